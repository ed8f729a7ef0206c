//! Retro-hunts: looking through history for what entries of a bank say is known by now.
//!
//! A hunt is asked by entries of a bank and by nothing else: no value here holds a signal.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{ApprovalId, BankId, HuntId, PersonId};

crate::names! {
    /// Which pass made the perceptual hash of a row of history.
    pub enum Pass {
        /// The exact one.
        Exact => "exact",
        /// The first, quick one: its hash may have drifted by some bits, so a hit by it is unconfirmed.
        First => "first",
    }
}

crate::names! {
    /// Where a retro-hunt stands.
    pub enum HuntState {
        /// Waits for a second person.
        Asked => "asked",
        /// Approved, and under way or about to be.
        Running => "running",
        /// History was looked through.
        Done => "done",
        /// Somebody stopped it; what it had found by then stays.
        Cancelled => "cancelled",
        /// The second person refused, or nobody answered in time.
        Refused => "refused",
        /// It could not be carried out.
        Failed => "failed",
    }
}

impl HuntState {
    /// Whether nothing more happens to it.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Asked | Self::Running)
    }
}

/// What a retro-hunt looks for, why, and where: what the second person agrees to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HuntTerms {
    /// The bank whose entries are looked for.
    pub bank: BankId,
    /// Why, in words.
    pub purpose: String,
    /// Only entries that joined the bank at or after this moment; the whole bank if none.
    pub entries_since: Option<Moment>,
    /// And before this one, which is when it was asked: entries that join later are not agreed to.
    pub entries_until: Moment,
    /// Uploads that came in at or after this moment.
    pub from: Moment,
    /// And before this one.
    pub until: Moment,
}

/// How far a retro-hunt is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HuntProgress {
    /// Segments of history that it covers; 0 before it began.
    pub segments: i64,
    /// Those that were looked through.
    pub segments_done: i64,
    /// Rows that were examined.
    pub rows: i64,
    /// Uploads that were found and that no hunt for this bank had found before.
    pub hits: i64,
}

/// A retro-hunt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunt {
    /// Its identifier.
    pub id: HuntId,
    /// Its number, for people: consecutive from 1.
    pub number: i64,
    /// What it looks for, why and where.
    pub terms: HuntTerms,
    /// How many entries that were when it was asked.
    pub entries: i64,
    /// Where it stands.
    pub state: HuntState,
    /// How far it is.
    pub progress: HuntProgress,
    /// The question to the second person.
    pub approval: ApprovalId,
    /// Who asked.
    pub asked_by: PersonId,
    /// When.
    pub asked_at: Moment,
    /// When it was over.
    pub ended_at: Option<Moment>,
}
