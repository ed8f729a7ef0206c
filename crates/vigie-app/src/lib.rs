//! The use cases of the three desks: what may be done, by whom, in which transaction, with which trace.
//!
//! What it is: rules, permissions, transactions, jobs. One file per resource, named as in `vigie-store` below and
//! `vigie-api` and `vigie-console` above. What it is not: it speaks no HTTP and no SQL, and reaches the outside only
//! through the traits of [`ports`].
//!
//! To add a use case: a method of [`App`] in the file of its resource. It first asks [`authorise`], then does its work
//! in one transaction, and ends with a ledger entry. To add an operation, `authorise.rs` must say who may. To add an
//! error, give it a line in the table of `error.rs`. To make an act need two people, give it a variant of
//! [`approvals::Act`].

pub mod alarms;
mod app;
pub mod approvals;
mod authorise;
pub mod banks;
pub mod deadlines;
mod error;
pub mod heavy;
#[cfg_attr(not(test), expect(dead_code, reason = "until intake gathers: delete this line then"))]
mod incidents;
pub mod matching;
pub mod notices;
pub mod people;
pub mod ports;
pub mod roster;
pub mod secret;
pub mod sessions;
pub mod tokens;

pub use app::{App, Parts, Settings};
pub use authorise::{Resource, authorise, permitted_roles, permitted_scopes};
pub use error::{Code, Error, Result};

#[cfg(test)]
mod tests;
