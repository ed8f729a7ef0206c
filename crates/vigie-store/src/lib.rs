//! Where Vigie keeps things: SQL on SQLite or PostgreSQL, sealed evidence in a folder, and one kind of transaction.
//!
//! What it is: the only crate that knows SQL. One file per resource, one statement per function, portable SQL written
//! once; the few differences of dialect stand in `dialect.rs`. What it is not: it holds no rule of the trade and asks
//! nobody's permission; that is `vigie-app`.
//!
//! The one rule that everything rests on: [`Store::begin`] gives a [`Transaction`] whose only end is
//! [`Transaction::commit`] with a ledger entry, so that no change that matters goes unseen. Leases, heartbeats,
//! sessions, ceremonies under way, counts and history without a match go through [`Store::housekeeping`], whose functions
//! cannot touch anything else.
//!
//! To add a resource: its table in a new file under `migrations/` (add it to the list in `migrations.rs`), and a module
//! with functions that take `&mut impl Read` to look and `&mut Transaction` to change.

pub mod actions;
pub mod acts;
pub mod alarms;
pub mod approvals;
pub mod authorities;
pub mod backup;
pub mod bank_changes;
pub mod bank_entries;
pub mod banks;
pub mod bases;
pub mod blobs;
pub mod conversations;
pub mod counts;
pub mod deadlines;
pub mod decisions;
pub mod decoys;
mod dialect;
pub mod do_not_act;
mod error;
pub mod exchanges;
pub mod gags;
pub mod grants;
pub mod history;
pub mod hourly;
pub mod hunts;
pub mod idempotency;
pub mod identities;
pub mod incidents;
mod index_file;
pub mod items;
pub mod jobs;
mod keyring;
pub mod log;
pub mod mark;
mod migrations;
pub mod notices;
pub mod officials;
pub mod overview;
pub mod packages;
pub mod passkeys;
pub mod people;
pub mod periods;
pub mod queue;
pub mod request_archive;
pub mod request_conflicts;
pub mod request_deadlines;
pub mod request_documents;
pub mod request_keys;
pub mod request_letters;
pub mod request_notified;
pub mod request_targets;
pub mod request_tasks;
pub mod request_warnings;
pub mod requests;
pub mod rereadings;
pub mod retention;
pub mod reveals;
pub mod roster;
mod row;
pub mod segments;
pub mod set_up;
pub mod signal_pages;
pub mod spared;
mod store;
pub mod submissions;
pub mod tables;
pub mod tokens;
mod transaction;
pub mod transparency;
pub mod user_notices;
pub mod user_reports;
pub mod vault;
pub mod waves;

pub use error::StoreError;
pub use index_file::IndexFile;
pub use keyring::{SealingKey, signing_seed};
pub use migrations::schema_versions;
pub use store::{Store, StoreSettings};
pub use transaction::{BankChange, Housekeeping, NewEpoch, Read, Reader, Transaction, Write};
