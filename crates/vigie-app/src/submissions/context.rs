//! Where an upload appeared and by whom, as the messenger tells it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vigie_model::conversation::ConversationKind;
use vigie_model::incident::{Subject, SubjectKind};
use vigie_model::{Moment, Surface};

use crate::history::Reference;
use crate::{Code, Error, Result};

/// Identifiers of a messenger and names of people and conversations are no longer than this many bytes.
const TEXT_LENGTH: usize = 1024;

/// Where and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// Where it appeared.
    pub surface: Surface,
    /// The messenger.
    pub service: String,
    /// In which conversation.
    pub conversation: Option<ConversationContext>,
    /// By which account.
    pub account: Option<AccountContext>,
    /// In which message.
    pub message_id: Option<String>,
    /// The media itself.
    pub media_id: Option<String>,
    /// When.
    pub sent_at: Option<Moment>,
    /// From which address.
    pub ip: Option<IpAddr>,
    /// From which port: behind one address there may be many people.
    pub port: Option<u16>,
}

/// A conversation, as far as an upload tells about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationContext {
    /// Its identifier on the messenger.
    pub id: String,
    /// Its form.
    pub kind: ConversationKind,
    /// Its name.
    pub name: Option<String>,
}

/// An account, as far as an upload tells about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountContext {
    /// Its identifier on the messenger.
    pub id: String,
    /// The name it shows.
    pub name: Option<String>,
}

impl Context {
    /// That somebody can be found by it, and that nothing is longer than it may be.
    pub(crate) fn check(&self) -> Result<()> {
        if self.account.is_none() && self.conversation.is_none() {
            return Err(Error::new(Code::InvalidValue, "the context names an account or a conversation"));
        }
        let account = self.account.as_ref();
        let conversation = self.conversation.as_ref();
        check_texts(
            &[Some(&self.service), account.map(|account| &account.id), conversation.map(|one| &one.id)],
            &[
                self.message_id.as_ref(),
                self.media_id.as_ref(),
                account.and_then(|account| account.name.as_ref()),
                conversation.and_then(|one| one.name.as_ref()),
            ],
        )
    }

    /// Whom or what an incident about it is about: in a channel, where one speaks to many, the channel; elsewhere the
    /// account, where one is named.
    pub(crate) fn subject(&self) -> Option<Subject> {
        let conversation =
            self.conversation.as_ref().map(|one| (SubjectKind::Conversation, &one.id, &one.name));
        let account = self.account.as_ref().map(|one| (SubjectKind::Account, &one.id, &one.name));
        let is_channel = self.conversation.as_ref().is_some_and(|one| one.kind == ConversationKind::Channel);
        let (kind, reference, name) = if is_channel { conversation } else { account.or(conversation) }?;
        Some(Subject {
            kind,
            service: self.service.clone(),
            reference: reference.clone(),
            name: name.clone(),
        })
    }

    pub(crate) fn account_id(&self) -> Option<String> {
        self.account.as_ref().map(|account| account.id.clone())
    }

    pub(crate) fn conversation_id(&self) -> Option<String> {
        self.conversation.as_ref().map(|conversation| conversation.id.clone())
    }

    /// What history seals.
    pub(crate) fn reference(&self) -> Reference {
        Reference {
            service: self.service.clone(),
            account: self.account_id(),
            conversation: self.conversation_id(),
            conversation_kind: self.conversation.as_ref().map(|conversation| conversation.kind),
            message: self.message_id.clone(),
            media: self.media_id.clone(),
        }
    }

    /// What can be told of an upload of which history kept the reference.
    pub(crate) fn of_reference(surface: Surface, reference: Reference) -> Self {
        let kind = reference.conversation_kind.unwrap_or(ConversationKind::Group);
        Self {
            surface,
            service: reference.service,
            conversation: reference.conversation.map(|id| ConversationContext { id, kind, name: None }),
            account: reference.account.map(|id| AccountContext { id, name: None }),
            message_id: reference.message,
            media_id: reference.media,
            sent_at: None,
            ip: None,
            port: None,
        }
    }
}

/// That texts which must say something do, and that none is longer than it may be.
pub(crate) fn check_texts(required: &[Option<&String>], optional: &[Option<&String>]) -> Result<()> {
    if required.iter().flatten().any(|text| text.trim().is_empty()) {
        return Err(Error::new(Code::InvalidValue, "a service or an identifier is empty"));
    }
    if required.iter().chain(optional).flatten().any(|text| text.len() > TEXT_LENGTH) {
        let detail = format!("an identifier or a name is longer than {TEXT_LENGTH} bytes");
        return Err(Error::new(Code::InvalidValue, detail));
    }
    Ok(())
}
