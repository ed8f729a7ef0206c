//! What a messenger sends to Vigie's JSON interface, and what it reads of the answer.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vigie_model::bank::Verdict;
use vigie_model::conversation::ConversationKind;
use vigie_model::{Moment, Surface};
use vigie_synth::operation::{Account, Conversation, Message, UserReport};
use vigie_synth::{AccountId, ConversationId, MediaId, MessageId};

/// The `context` part of a submission.
#[derive(Debug, Serialize)]
pub(super) struct Context<'operation> {
    surface: Surface,
    service: &'operation str,
    conversation: Place<'operation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<Person<'operation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'operation MessageId>,
    pub(super) media_id: &'operation MediaId,
    sent_at: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
}

#[derive(Debug, Serialize)]
struct Place<'operation> {
    id: &'operation ConversationId,
    kind: ConversationKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'operation str>,
}

#[derive(Debug, Serialize)]
struct Person<'operation> {
    id: &'operation AccountId,
    name: &'operation str,
}

impl<'operation> Context<'operation> {
    /// Names this upload, so that a request tried again is not a second one.
    pub(super) fn idempotency_key(&self) -> String {
        let occasion = self.message_id.map_or(self.media_id.as_str(), MessageId::as_str);
        format!("{}:{occasion}:{}", self.service, self.sent_at.0)
    }

    /// A picture in a message.
    pub(super) fn of(
        service: &'operation str,
        conversation: &'operation Conversation,
        account: &'operation Account,
        message: &'operation Message,
        media_id: &'operation MediaId,
    ) -> Self {
        Self {
            surface: conversation.surface,
            service,
            conversation: Place::of(conversation),
            account: Some(Person::of(account)),
            message_id: Some(&message.id),
            media_id,
            sent_at: message.sent_at,
            ip: Some(message.address),
            port: Some(message.port),
        }
    }

    /// The picture of a conversation, which its owner chose.
    pub(super) fn of_avatar(
        service: &'operation str,
        conversation: &'operation Conversation,
        owner: Option<&'operation Account>,
        media_id: &'operation MediaId,
    ) -> Self {
        Self {
            surface: Surface::Profile,
            service,
            conversation: Place::of(conversation),
            account: owner.map(Person::of),
            message_id: None,
            media_id,
            sent_at: conversation.created_at,
            ip: None,
            port: None,
        }
    }
}

impl<'operation> Place<'operation> {
    fn of(conversation: &'operation Conversation) -> Self {
        Self { id: &conversation.id, kind: conversation.kind, name: conversation.title.as_deref() }
    }
}

impl<'operation> Person<'operation> {
    fn of(account: &'operation Account) -> Self {
        Self { id: &account.id, name: &account.name }
    }
}

/// What is told about a conversation.
#[derive(Debug, Serialize)]
pub(super) struct Card<'operation> {
    service: &'operation str,
    id: &'operation ConversationId,
    kind: ConversationKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'operation str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'operation str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'operation AccountId>,
    administrators: &'operation [AccountId],
    #[serde(skip_serializing_if = "Option::is_none")]
    invite_link: Option<&'operation str>,
    linked: &'operation [ConversationId],
    members: usize,
}

impl<'operation> Card<'operation> {
    pub(super) fn of(service: &'operation str, conversation: &'operation Conversation) -> Self {
        Self {
            service,
            id: &conversation.id,
            kind: conversation.kind,
            title: conversation.title.as_deref(),
            description: conversation.description.as_deref(),
            owner: conversation.owner.as_ref(),
            administrators: &conversation.administrators,
            invite_link: conversation.invite_link.as_deref(),
            linked: &conversation.linked,
            members: conversation.members.len(),
        }
    }
}

/// A participant's complaint.
#[derive(Debug, Serialize)]
pub(super) struct Complaint<'operation> {
    service: &'operation str,
    account_id: &'operation AccountId,
    conversation_id: &'operation ConversationId,
    message_id: &'operation MessageId,
    reason: &'operation str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'operation str>,
}

impl<'operation> Complaint<'operation> {
    /// Who complains is not told: Vigie has no need of it to look at the message.
    pub(super) fn of(service: &'operation str, report: &'operation UserReport) -> Self {
        Self {
            service,
            account_id: &report.account,
            conversation_id: &report.conversation,
            message_id: &report.message,
            reason: &report.reason,
            text: report.text.as_deref(),
        }
    }
}

/// What the messenger reads of the answer to a submission.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    pub(super) examined: Option<bool>,
}
