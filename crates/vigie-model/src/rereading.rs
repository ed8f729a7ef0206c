//! Readings again: a share of decisions that a second reviewer concludes about without knowing the first conclusion.

use serde::{Deserialize, Serialize};

use crate::bank::Label;
use crate::clock::Moment;
use crate::id::{DecisionId, IncidentId, PersonId, RereadingId};
use crate::incident::{Finding, Outcome};

crate::names! {
    /// Where a reading again stands.
    pub enum RereadingState {
        /// Waits for a second reviewer, or one is at it.
        Waiting => "waiting",
        /// Both concluded the same.
        Agreed => "agreed",
        /// They did not: it waits for a senior reviewer.
        Disputed => "disputed",
        /// A senior reviewer said which conclusion holds.
        Settled => "settled",
        /// The decision was undone before.
        Withdrawn => "withdrawn",
    }
}

crate::names! {
    /// What a senior reviewer says about two conclusions that differ.
    pub enum Settlement {
        /// The first holds.
        First => "first",
        /// The second is right.
        Second => "second",
        /// Neither is.
        Neither => "neither",
    }
}

/// A decision that is read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rereading {
    /// Its identifier.
    pub id: RereadingId,
    /// The decision.
    pub decision: DecisionId,
    /// The incident that was decided.
    pub incident: IncidentId,
    /// Who decided first.
    pub decided_by: PersonId,
    /// Where it stands.
    pub state: RereadingState,
    /// When it was drawn: when the decision was made.
    pub drawn_at: Moment,
    /// Who reads it, and since when.
    pub reader: Option<(PersonId, Moment)>,
    /// What they concluded.
    pub second: Option<SecondConclusion>,
    /// What a senior reviewer said, where the conclusions differ.
    pub settled: Option<Settled>,
}

/// What the second reviewer concluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondConclusion {
    /// What was concluded.
    pub outcome: Outcome,
    /// Under which labels.
    pub labels: Vec<Label>,
    /// What was concluded about each item.
    pub findings: Vec<Finding>,
    /// When.
    pub read_at: Moment,
}

/// What a senior reviewer said about two conclusions that differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: Moment,
    /// Which conclusion holds.
    pub settlement: Settlement,
    /// Why.
    pub reason: String,
}
