//! The commands, one file each: its arguments with their help, and its `run`.

pub(crate) mod backup;
pub(crate) mod bank;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod drill;
pub(crate) mod hash;
pub(crate) mod ledger;
pub(crate) mod matching;
mod operator;
pub(crate) mod order;
pub(crate) mod package;
pub(crate) mod person;
pub(crate) mod serve;
pub(crate) mod token;
