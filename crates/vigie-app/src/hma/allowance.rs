//! How often a caller may look something up: whoever asks without end can find out what banks hold, and how to be near without
//! being found.
//!
//! What it is: a count for each caller and hour, in this process alone. What it is not: a quota that is billed; it starts anew with
//! the process, and every process of a house has its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use vigie_model::access::CallerKind;
use vigie_model::id::TokenId;
use vigie_model::{Caller, Moment};

/// Microseconds of an hour.
const HOUR: i64 = 60 * 60 * 1_000_000;

/// What was looked up in the present hour, by token; without one, everybody on this machine is one caller.
#[derive(Debug, Default)]
pub(crate) struct Allowance(Mutex<Hour>);

#[derive(Debug, Default)]
struct Hour {
    number: i64,
    taken: HashMap<Option<TokenId>, u32>,
}

impl Allowance {
    /// Takes one lookup; false where none is left in this hour.
    pub(crate) fn take(&self, caller: &Caller, now: Moment, most: u32) -> bool {
        let mut hour = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0.div_euclid(HOUR);
        if hour.number != number {
            *hour = Hour { number, taken: HashMap::new() };
        }
        let token = match caller.kind {
            CallerKind::Token(token) => Some(token),
            _ => None,
        };
        let taken = hour.taken.entry(token).or_default();
        let is_left = *taken < most;
        *taken += u32::from(is_left);
        is_left
    }
}
