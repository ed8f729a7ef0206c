//! Two people: a question with unchangeable parameters, put to a second person.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{ApprovalId, PersonId};
use crate::operation::Operation;

crate::names! {
    /// Where the question stands.
    pub enum ApprovalState {
        /// Waits for a second person.
        Waiting => "waiting",
        /// The second person agreed, and the act was performed in the same transaction.
        Approved => "approved",
        /// The second person refused.
        Refused => "refused",
        /// Nobody answered in time.
        Expired => "expired",
        /// The asker took it back.
        Withdrawn => "withdrawn",
    }
}

/// A question to a second person. What is shown is exactly what is performed: the parameters, never a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its identifier.
    pub id: ApprovalId,
    /// The operation the second person must be permitted.
    pub operation: Operation,
    /// What it is about, to find it by: `bank:…`, `action:…`, `incident:…`, `wave:…`.
    pub subject: String,
    /// The act with all its parameters, as canonical JSON.
    pub parameters: String,
    /// SHA-256 of the parameters, in hexadecimal; checked again at the act.
    pub parameters_hash: String,
    /// Who asks.
    pub requested_by: PersonId,
    /// Why.
    pub reason: String,
    /// When it was asked.
    pub requested_at: Moment,
    /// When the question lapses.
    pub expires_at: Moment,
    /// Where it stands.
    pub state: ApprovalState,
    /// The second person.
    pub decided_by: Option<PersonId>,
    /// When they answered.
    pub decided_at: Option<Moment>,
}
