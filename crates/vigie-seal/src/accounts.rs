//! Accounts to the public: how many requests of authorities came and what became of them, with what proves each number.
//!
//! What it is: pure counting. One rule ([`tally()`]) makes the numbers of a report and judges them afterwards ([`judge()`]), so
//! that who publishes and who checks cannot count by two rules. Every entry counts in one cell and no sums are published: two
//! tables over the same entries would give away by subtraction what a range hides. Each cell carries a commitment to
//! the entries that it counts, under a salt of its own; who may open them gets salts and openings, in a part that the
//! public report leaves out. What it is not: it cannot show that no entry was left uncounted, because an entry that
//! nobody opens tells nothing.
//!
//! To count a further class: its name in [`CLASSES`], and words for it on the page.

mod judge;
mod tally;

use std::fmt;

use hex::encode;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_model::Moment;

use crate::canonical;
use crate::ledger::Unsealed;

pub use judge::{Fault, Judgement, judge};
pub use tally::{CLASSES, RECEIVED, Tally, is_answer, key_of, tally};

/// The form of a report.
pub const FORM: &str = "vigie-accounts/1";

/// A smaller number is not shown.
pub const FEW: u64 = 5;

/// A number of acts, as it may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Shown {
    /// One or more, and fewer than [`FEW`].
    Few,
    /// So many.
    Exactly(u64),
}

impl Shown {
    /// How a number is shown.
    #[must_use]
    pub fn of(count: u64) -> Self {
        if count < FEW { Self::Few } else { Self::Exactly(count) }
    }

    /// The least and the most that it may stand for.
    #[must_use]
    pub fn bounds(self) -> (u64, u64) {
        match self {
            Self::Few => (1, FEW - 1),
            Self::Exactly(count) => (count, count),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Few => write!(f, "1-{}", FEW - 1),
            Self::Exactly(count) => count.fmt(f),
        }
    }
}

impl From<Shown> for String {
    fn from(shown: Shown) -> Self {
        shown.to_string()
    }
}

impl TryFrom<String> for Shown {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let shown = text.parse().map_or(Self::Few, Self::Exactly);
        if shown.to_string() == text { Ok(shown) } else { Err(format!("{text} is no number of acts")) }
    }
}

/// What the entries of one cell have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The class of the acts.
    pub action: String,
    /// Which State asked: two letters; none where the class has none.
    pub country: Option<String>,
    /// Under which regime.
    pub regime: Option<String>,
    /// Whether it bound.
    pub binding: Option<bool>,
    /// Whether it could not wait.
    pub emergency: Option<bool>,
    /// On which ground it was refused.
    pub ground: Option<String>,
}

/// A published number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// What it counts.
    pub of: Key,
    /// How many.
    pub count: Shown,
    /// What commits to the entries that were counted, in hex.
    pub commitment: String,
}

/// How long answers took under one regime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The regime.
    pub regime: String,
    /// The bucket that holds the median.
    pub median: Took,
}

vigie_model::names! {
    /// How long something took, in the steps in which it is published.
    pub enum Took {
        /// Under eight hours.
        Hours => "under_8_hours",
        /// Under a day.
        Day => "under_1_day",
        /// Under five days.
        FiveDays => "under_5_days",
        /// Under ten days.
        TenDays => "under_10_days",
        /// Ten days or more.
        Longer => "10_days_or_more",
    }
}

/// The entries of one cell, for who may open them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// The salt of the commitment, in hex.
    pub salt: String,
    /// The numbers of the entries in the log, in order.
    pub entries: Vec<u64>,
}

impl Counted {
    /// What commits to these entries of this cell.
    #[must_use]
    pub fn commitment(&self, of: &Key) -> String {
        let text = canonical::to_string(&(FORM, of, &self.salt, &self.entries)).unwrap_or_default();
        encode(Sha256::digest(text))
    }
}

/// An entry, opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// Its number in the log.
    pub index: u64,
    /// What opens it.
    pub entry: Unsealed,
}

/// The part for auditors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForAuditors {
    /// The entries of each cell, in the order of the cells.
    pub cells: Vec<Counted>,
    /// Every entry that counts, and the receipts of requests that were answered in the span and came before it.
    pub openings: Vec<Opened>,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// [`FORM`].
    pub form: String,
    /// The first moment of the span.
    pub from: Moment,
    /// The first moment after it.
    pub until: Moment,
    /// The signed checkpoint of the log that holds every entry that was counted.
    pub checkpoint: String,
    /// The numbers.
    pub cells: Vec<Cell>,
    /// How long answers took, where there are enough of them.
    pub times: Vec<Time>,
    /// How long the oldest silence has stood, which the house states and no entry proves; none where none stands.
    pub oldest_silence: Option<String>,
    /// The openings; none in the public report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_auditors: Option<ForAuditors>,
}

impl Report {
    /// Reads a report.
    ///
    /// # Errors
    /// It is none, or of another form.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let report: Self = serde_json::from_slice(bytes)?;
        if report.form == FORM {
            return Ok(report);
        }
        Err(serde::de::Error::custom(format!("the form is not {FORM}")))
    }

    /// The report as everybody may have it.
    #[must_use]
    pub fn public(self) -> Self {
        Self { for_auditors: None, ..self }
    }
}

#[cfg(test)]
mod tests;
