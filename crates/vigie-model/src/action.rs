//! Actions: what is done on the messenger, and the states each passes through until its receipt.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{ActionId, ApprovalId, BlobId, DecisionId, IncidentId, ItemId};

crate::names! {
    /// What is done on the messenger.
    pub enum ActionKind {
        /// Take one message away.
        RemoveMessage => "remove_message",
        /// Take the media itself away, wherever it is shown.
        RemoveMedia => "remove_media",
        /// Let the account read but not post.
        RestrictAccount => "restrict_account",
        /// Lock the account until further notice.
        SuspendAccount => "suspend_account",
        /// Close a group or channel.
        CloseConversation => "close_conversation",
        /// Undo an earlier action.
        Restore => "restore",
    }
}

impl ActionKind {
    /// Whether a second person has to agree first.
    ///
    /// What undoes itself without loss (taking a message out of sight, a restriction) does not wait. A reversible lock
    /// under a child-at-risk alarm does not wait either: its second person comes within four hours.
    #[must_use]
    pub fn needs_second_person(self) -> bool {
        matches!(self, Self::SuspendAccount | Self::CloseConversation)
    }

    /// Whether content may be lost by it, so that a sealed copy has to exist before it is sent.
    #[must_use]
    pub fn needs_preservation(self) -> bool {
        matches!(self, Self::RemoveMessage | Self::RemoveMedia | Self::CloseConversation)
    }
}

/// What an action is done to, by the identifiers of the messenger. What is not needed is not named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// A message; goes with its conversation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message_id: Option<String>,
    /// A media object.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub media_id: Option<String>,
    /// An account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_id: Option<String>,
    /// A conversation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation_id: Option<String>,
}

crate::names! {
    /// Where an action stands. Nothing vanishes: every one ends in done, failed or withdrawn.
    pub enum ActionState {
        /// Waits for a second person.
        Waiting => "waiting",
        /// Will be sent as soon as what it would destroy is preserved.
        Queued => "queued",
        /// Is being sent; or was, when the process died.
        Sending => "sending",
        /// The messenger answered with a receipt.
        Done => "done",
        /// The messenger refused for good, or the attempts are used up. A person must look.
        Failed => "failed",
        /// The second person refused, or the asker took it back before it was sent.
        Withdrawn => "withdrawn",
    }
}

impl ActionState {
    /// Whether what was ordered is done, or may still be.
    #[must_use]
    pub fn is_in_force(self) -> bool {
        matches!(self, Self::Waiting | Self::Queued | Self::Sending | Self::Done)
    }

    /// Whether this state may follow that one.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use ActionState::{Done, Failed, Queued, Sending, Waiting, Withdrawn};
        matches!(
            (self, next),
            (Waiting, Queued | Withdrawn)
                | (Queued, Sending | Withdrawn)
                | (Sending, Done | Failed | Queued)
                | (Failed, Queued | Withdrawn)
        )
    }
}

/// An action with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its identifier: the messenger performs each at most once.
    pub id: ActionId,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// The decision it follows from.
    pub decision: Option<DecisionId>,
    /// The item it was decided about; none when it is about the subject of the incident.
    pub item: Option<ItemId>,
    /// What is done.
    pub kind: ActionKind,
    /// The messenger.
    pub service: String,
    /// To what.
    pub target: Target,
    /// The action that this one undoes.
    pub restores: Option<ActionId>,
    /// Why, as a code the messenger may show: never who reported, never which bank.
    pub reason_code: String,
    /// Where it stands.
    pub state: ActionState,
    /// The question to a second person, where one was needed.
    pub approval: Option<ApprovalId>,
    /// How often it was tried since a person last let it go out.
    pub attempts: i64,
    /// How often it may have reached the messenger without an answer that settles it. What never did, and what the
    /// messenger refused, was not performed.
    pub unanswered: i64,
    /// When it is sent next.
    pub next_attempt_at: Option<Moment>,
    /// Who asked for it, as the ledger names them.
    pub requested_by: String,
    /// When it was asked for.
    pub requested_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// What the messenger answered.
    pub receipt: Option<Receipt>,
    /// The sealed copy of what it destroys.
    pub preserved: Option<BlobId>,
    /// Why there is no sealed copy, where there can be none.
    pub not_preserved: Option<String>,
    /// Why the last attempt did not succeed, or why it was withdrawn.
    pub last_error: Option<String>,
}

impl Action {
    /// Whether it may be sent: what it would destroy is preserved, or there is a reason on record why it cannot be.
    #[must_use]
    pub fn is_preserved(&self) -> bool {
        !self.kind.needs_preservation() || self.preserved.is_some() || self.not_preserved.is_some()
    }
}

/// What the messenger answered: the proof that something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The messenger's own word for it.
    pub receipt: String,
    /// `done`, or `already_done` when it had been performed before.
    pub outcome: String,
    /// When the messenger performed it.
    pub performed_at: Moment,
    /// What the target looks like now, read again after the act.
    pub state: serde_json::Value,
}
