//! The use cases of the three desks: what may be done, by whom, in which transaction, with which trace.
//!
//! What it is: rules, permissions, transactions, jobs. One file per resource, named as in `vigie-store` below and
//! `vigie-api` and `vigie-console` above. What it is not: it speaks no HTTP and no SQL, and reaches the outside only
//! through the traits of [`ports`].
//!
//! To add a use case: a method of [`App`] in the file of its resource. It first asks [`authorise()`], then does its work
//! in one transaction, and ends with a ledger entry. To add an operation, a policy must permit it ([`policies`]). To add an
//! error, give it a line in the table of `error.rs`. To make an act need two people, give it a variant of
//! [`approvals::Act`].

pub mod actions;
pub mod addresses;
pub mod alarms;
mod app;
pub mod approvals;
pub mod asker;
mod authorise;
pub mod authorities;
mod backups;
pub mod bank_entries;
pub mod bank_exports;
pub mod bank_lists;
pub mod banks;
pub mod bases;
pub mod check_file;
pub mod conversations;
mod counts;
pub mod deadlines;
pub mod decisions;
mod error;
pub mod evidence;
pub mod exchanges;
pub mod gags;
pub mod heavy;
pub mod history;
pub mod hma;
pub mod hunts;
pub mod identities;
mod incidents;
pub mod intake;
pub mod jobs;
pub mod ledger;
pub mod letters;
mod locks;
pub mod matching;
mod need;
pub mod notices;
pub mod officials;
pub mod outbox;
pub mod overview;
pub mod passkeys;
pub mod people;
pub mod policies;
pub mod portal;
pub mod ports;
mod preserve;
pub mod quality;
pub mod queue;
mod recent;
pub mod records;
pub mod regimes;
pub mod releases;
pub mod requests;
pub mod rereadings;
pub mod retention;
pub mod reveals;
mod room;
pub mod roster;
pub mod secret;
pub mod sessions;
pub mod statements;
mod step_up;
pub mod submissions;
pub mod tokens;
pub mod transparency;
pub mod user_reports;
pub mod views;
pub mod waves;
pub mod wellbeing;

pub use app::{ANY_SERVICE, AccessSettings, App, Parts, Settings};
pub use authorise::{Need, Resource, authorise, permits};
pub use error::{Code, Error, Result};
pub use room::{Media, Upload};

#[cfg(test)]
mod tests;
