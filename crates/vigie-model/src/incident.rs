//! Incidents: the unit of review, and the states it passes through.

use serde::{Deserialize, Serialize};

use crate::bank::Label;
use crate::clock::Moment;
use crate::id::{
    BlobId, DecisionId, IncidentId, ItemId, PersonId, RevealId, SubmissionId, UserReportId, WaveId,
};

crate::names! {
    /// What an incident is about.
    pub enum SubjectKind {
        /// One account.
        Account => "account",
        /// One conversation.
        Conversation => "conversation",
    }
}

/// The account or conversation an incident is about, by its identifier on the messenger.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Account or conversation.
    pub kind: SubjectKind,
    /// The messenger.
    pub service: String,
    /// The identifier there.
    pub reference: String,
    /// The name to show, as the messenger told it last.
    pub name: Option<String>,
}

crate::names! {
    /// Where an incident stands.
    pub enum IncidentState {
        /// Waits for a reviewer. (Who holds it at the moment is its lease.)
        Open => "open",
        /// Waits for a senior reviewer.
        Escalated => "escalated",
        /// Decided; its actions may still be under way.
        Decided => "decided",
        /// Decided as nothing to act on.
        Dismissed => "dismissed",
    }
}

impl IncidentState {
    /// Whether somebody has to look at it.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::Open | Self::Escalated)
    }
}

crate::names! {
    /// How pressing an incident is. Ordered: the later, the more pressing.
    pub enum Severity {
        /// A note, no known material.
        Low => "low",
        /// A perceptual match or a plain report.
        Medium => "medium",
        /// An exact match of a verified list, or a proven report.
        High => "high",
        /// A child may be at risk now.
        Critical => "critical",
    }
}

/// An incident: all signals and reports about one account or conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its identifier.
    pub id: IncidentId,
    /// Its number, for people: consecutive from 1.
    pub number: i64,
    /// Whom or what it is about.
    pub subject: Subject,
    /// Where it stands.
    pub state: IncidentState,
    /// How pressing it is.
    pub severity: Severity,
    /// How many people could have seen the content, as far as the messenger told.
    pub reach: i64,
    /// How many items it gathers.
    pub items: i64,
    /// The wave it belongs to.
    pub wave: Option<WaveId>,
    /// Whether a child-at-risk alarm stands on it.
    pub child_at_risk: bool,
    /// Who holds it, and until when.
    pub lease: Option<Lease>,
    /// When it was opened.
    pub opened_at: Moment,
    /// When something last happened to it.
    pub updated_at: Moment,
    /// Why it went to a senior reviewer, once it did.
    pub escalation: Option<Escalation>,
}

/// Why an incident went to a senior reviewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Who sent it there.
    pub by: PersonId,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

/// Who holds an incident. Two people never hold one: the fence counts the holders, and a stale one is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The holder.
    pub holder: PersonId,
    /// When it ends unless renewed.
    pub until: Moment,
    /// Grows with every holder.
    pub fence: i64,
}

crate::names! {
    /// Why an item is in an incident.
    pub enum ItemKind {
        /// A submission that hit a bank, or could not be decoded on a public surface.
        Submission => "submission",
        /// A participant's report.
        UserReport => "user_report",
        /// An upload of the past that a retro-hunt found: its signals were kept, its bytes were not.
        RetroHunt => "retro_hunt",
    }
}

crate::names! {
    /// What a reviewer concluded about one item.
    pub enum ItemVerdict {
        /// It is what the label says.
        Violating => "violating",
        /// It is not.
        NotViolating => "not_violating",
        /// It cannot be told.
        Unclear => "unclear",
    }
}

/// One thing gathered in an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its identifier.
    pub id: ItemId,
    /// The incident it stands in.
    pub incident: IncidentId,
    /// Why it is there.
    pub kind: ItemKind,
    /// The submission, where it is one.
    pub submission: Option<SubmissionId>,
    /// The report, where it is one.
    pub report: Option<UserReportId>,
    /// The sealed media, where bytes were kept.
    pub media: Option<BlobId>,
    /// What was concluded.
    pub verdict: Option<ItemVerdict>,
    /// When it was added.
    pub added_at: Moment,
}

crate::names! {
    /// Steps of revealing shielded media, from least to most. Each is asked for, and recorded.
    pub enum RevealStep {
        /// Small, grey, strongly blurred.
        Shielded => "shielded",
        /// Grey, lightly blurred.
        Soft => "soft",
        /// In colour, sharp.
        Full => "full",
    }
}

impl RevealStep {
    /// The step that must have been looked at before this one.
    #[must_use]
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Shielded => None,
            Self::Soft => Some(Self::Shielded),
            Self::Full => Some(Self::Soft),
        }
    }
}

/// One look at shielded media.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reveal {
    /// Its identifier.
    pub id: RevealId,
    /// Who looked.
    pub person: PersonId,
    /// In which incident.
    pub incident: IncidentId,
    /// At which item.
    pub item: ItemId,
    /// How much of it was shown.
    pub step: RevealStep,
    /// From when.
    pub shown_at: Moment,
    /// Until when, where the screen told.
    pub hidden_at: Option<Moment>,
}

crate::names! {
    /// What a decision concludes about an incident.
    pub enum Outcome {
        /// At least one item is what its label says.
        Violating => "violating",
        /// Nothing to act on.
        Dismissed => "dismissed",
    }
}

impl Outcome {
    /// The state in which it leaves the incident.
    #[must_use]
    pub fn state(self) -> IncidentState {
        match self {
            Self::Violating => IncidentState::Decided,
            Self::Dismissed => IncidentState::Dismissed,
        }
    }
}

/// What a reviewer concluded about one item of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The item.
    pub item: ItemId,
    /// What was concluded.
    pub verdict: ItemVerdict,
}

/// An earlier conclusion about the very same bytes, on which a conclusion about an item rests that nobody looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precedent {
    /// The item.
    pub item: ItemId,
    /// The item with the same bytes that somebody looked at.
    pub earlier: ItemId,
    /// The decision that concluded about it.
    pub decision: DecisionId,
}

/// What a reviewer concluded about an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its identifier.
    pub id: DecisionId,
    /// The incident.
    pub incident: IncidentId,
    /// The wave, where it was decided with others after a sample.
    pub wave: Option<WaveId>,
    /// Who decided; of a wave, who proposed it.
    pub decided_by: PersonId,
    /// What was concluded.
    pub outcome: Outcome,
    /// Under which labels.
    pub labels: Vec<Label>,
    /// Why.
    pub reason: String,
    /// What was concluded about each item.
    pub findings: Vec<Finding>,
    /// What it rests on, where it was made as earlier decisions and without a look; none otherwise.
    pub as_before: Vec<Precedent>,
    /// When.
    pub decided_at: Moment,
    /// How it was undone, where it was.
    pub reversal: Option<Reversal>,
}

/// How a decision was undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// Who undid it.
    pub by: PersonId,
    /// When.
    pub at: Moment,
    /// Why.
    pub reason: String,
}

crate::names! {
    /// Where a wave stands.
    pub enum WaveState {
        /// Waits for a decision.
        Open => "open",
        /// Decided once for all that were in it.
        Decided => "decided",
    }
}

/// Incidents that share one item or near-duplicate cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// Its identifier.
    pub id: WaveId,
    /// Its number, for people: consecutive from 1.
    pub number: i64,
    /// What its incidents share, such as `entry:17`. Never a signal.
    pub pivot: String,
    /// Where it stands.
    pub state: WaveState,
    /// When it was opened.
    pub opened_at: Moment,
    /// When it was decided.
    pub decided_at: Option<Moment>,
}
