//! The values everybody speaks of: identifiers, moments, roles, operations, states.
//!
//! What it is: plain data with its rules (which state follows which, which texts are valid). What it is not: it knows
//! no database, network, clock or environment; time and identifiers come in through [`Clock`] and [`IdGen`].
//!
//! To add an identifier: one line in `id.rs`. To add an operation: one line in `operation.rs`, then the compiler asks
//! `vigie-app` who may perform it. To add a set of states: the [`names!`] macro.

pub mod access;
pub mod action;
pub mod alarm;
pub mod approval;
pub mod bank;
pub mod clock;
pub mod conversation;
pub mod country;
pub mod disclosure;
mod foreign;
pub mod hunt;
pub mod id;
pub mod incident;
pub mod job;
mod names;
pub mod operation;
pub mod period;
pub mod rereading;
pub mod surface;

pub use access::{Caller, CallerKind, Role, Scope};
pub use clock::{Clock, ManualClock, Moment};
pub use foreign::{harmless, is_harmful};
pub use id::{IdGen, SequentialIds};
pub use operation::Operation;
pub use period::Period;
pub use surface::Surface;
