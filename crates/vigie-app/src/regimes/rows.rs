//! Rows of deadlines, as files say them.

use serde::{Deserialize, Serialize};
use vigie_model::disclosure::RequestState;

use super::length::Length;
use super::predicate::Predicate;
use super::rules::Text;

vigie_model::names! {
    /// From what a deadline runs.
    pub enum Trigger {
        /// The document was received.
        Received => "received",
        /// The enforcing authority received its notification.
        Notified => "notified",
        /// The authority was asked to clarify.
        ClarificationAsked => "clarification_asked",
        /// The data was held.
        Preserved => "preserved",
        /// A hold ended, and was extended from then.
        Extended => "extended",
        /// The whole of it was refused.
        Refused => "refused",
        /// Data left.
        Disclosed => "disclosed",
        /// The authority asked for enforcement.
        EnforcementRequested => "enforcement_requested",
        /// The house filed its report.
        ReportFiled => "report_filed",
        /// A reporting period ended.
        PeriodEnded => "period_ended",
    }
}

vigie_model::names! {
    /// What satisfies a deadline.
    pub enum Satisfaction {
        /// The authority was told that it came in.
        Acknowledged => "acknowledged",
        /// Data, or a signed answer that there is none, was handed over.
        Transmitted => "transmitted",
        /// The enforcing authority said what it has to say.
        EnforcingAuthorityAnswered => "enforcing_authority_answered",
        /// The authority clarified.
        Clarified => "clarified",
        /// The validation, or the order, came in afterwards.
        Validated => "validated",
        /// The objection was sent.
        ObjectionSent => "objection_sent",
        /// The hold was extended, confirmed, or let go.
        HoldSettled => "hold_settled",
        /// It was acted on.
        Removed => "removed",
        /// The enforcing authority recognised the order.
        Recognised => "recognised",
        /// The report was published.
        Published => "published",
    }
}

vigie_model::names! {
    /// Who has to keep a deadline. That the house misses one is a failure; that others do is news.
    #[derive(Default)]
    pub enum KeptBy {
        /// The house.
        #[default]
        House => "house",
        /// The authority that asks.
        Authority => "authority",
        /// The enforcing authority.
        EnforcingAuthority => "enforcing_authority",
    }
}

vigie_model::names! {
    /// What a time that the document sets for the answer does to a deadline.
    #[derive(Default)]
    pub enum AskedTime {
        /// Nothing: the law sets the time, and no document another one.
        #[default]
        Ignored => "ignored",
        /// It is due by then, where that is earlier.
        Earlier => "earlier",
    }
}

/// A deadline, as the law gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// Its name, unique in the file.
    pub name: String,
    /// What a person reads.
    pub label: Text,
    /// From what it runs.
    pub trigger: Trigger,
    /// How long it is, in the calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Length>,
    /// Or in working days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_days: Option<u32>,
    /// To which documents it applies; none for every one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applies: Option<Predicate>,
    /// In which states of the request it stands still.
    #[serde(default)]
    pub pauses_on: Vec<RequestState>,
    /// What satisfies it: any of these.
    pub satisfied_by: Vec<Satisfaction>,
    /// Who has to keep it.
    #[serde(default)]
    pub kept_by: KeptBy,
    /// Whether an end on a weekend moves to the next working day. Not unless counsel says so.
    #[serde(default)]
    pub roll_over: bool,
    /// What a time that the document sets for the answer does to it.
    #[serde(default)]
    pub answer_by: AskedTime,
    /// Whether the house set it, and no law.
    #[serde(default)]
    pub policy: bool,
    /// The provision.
    #[serde(default)]
    pub law: String,
    /// To be confirmed by counsel.
    #[serde(default)]
    pub confirm: bool,
}
