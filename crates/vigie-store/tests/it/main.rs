//! What the store promises, shown on both databases.
//!
//! What it is: one list of checks (`conformance.rs`), each run on SQLite and on PostgreSQL, and the tests of the schema's
//! steps. To add a check, write it in the file of its resource and add its line to the list.

#[cfg(test)]
mod alarms;
#[cfg(test)]
mod authorities;
#[cfg(test)]
mod background;
#[cfg(test)]
mod banks;
#[cfg(test)]
mod bases;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod house;
#[cfg(test)]
mod hunts;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod log;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod overview;
#[cfg(test)]
mod passkeys;
#[cfg(test)]
mod request_targets;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod review;
#[cfg(test)]
mod spine;
#[cfg(test)]
mod waves;
#[cfg(test)]
mod wellbeing;
