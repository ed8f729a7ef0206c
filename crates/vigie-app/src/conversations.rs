//! Conversations as subjects: what the messenger tells about groups and channels, and what was found in them.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_model::conversation::{Conversation, ConversationKind};
use vigie_model::id::ConversationId;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::conversations::{self, Listed};
use vigie_store::{Read, submissions};

use crate::submissions::check_texts;
use crate::{App, Code, Error, Resource, Result, authorise};

/// So many administrators or links are taken in at most.
const LIST_LENGTH: usize = 1000;
/// A description is no longer than this many bytes.
const DESCRIPTION_LENGTH: usize = 10_000;
/// A page shows so many at most.
const SHOWN: i64 = 200;

/// What a messenger tells about a conversation.
#[derive(Debug, Clone)]
pub struct ToldConversation {
    /// The messenger.
    pub service: String,
    /// Its identifier there.
    pub reference: String,
    /// Its form.
    pub kind: ConversationKind,
    /// Its title.
    pub title: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The account that owns it.
    pub owner: Option<String>,
    /// The accounts that administer it.
    pub administrators: Vec<String>,
    /// Its invite link.
    pub invite_link: Option<String>,
    /// Channels and groups it points to, by their identifier there.
    pub linked: Vec<String>,
    /// How many members it has.
    pub members: Option<i64>,
}

/// The page of a conversation.
#[derive(Debug, Clone)]
pub struct ConversationPage {
    /// The conversation.
    pub conversation: Conversation,
    /// What was found in it, newest first.
    pub found: Vec<submissions::Gathered>,
    /// Who posted what was found, with how many, most first.
    pub posters: Vec<(String, i64)>,
    /// Where it points to.
    pub linked: Vec<Link>,
    /// What points to it.
    pub linked_from: Vec<Link>,
    /// Whether its members, administrators and postings were sealed before it was closed.
    pub sealed: bool,
}

/// One conversation that points to another, or is pointed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its identifier on the messenger.
    pub reference: String,
    /// Its identifier here, where it is known.
    pub known: Option<ConversationId>,
    /// Its title, where it is known.
    pub title: Option<String>,
}

impl App {
    /// Takes in what a messenger tells about a conversation: a new one, or the latest word on one that is known. What is
    /// known already leaves no trace.
    ///
    /// # Errors
    /// Not permitted, or it is not described as it must be.
    pub async fn describe_conversation(
        &self,
        caller: &Caller,
        told: ToldConversation,
    ) -> Result<ConversationId> {
        authorise(caller, Operation::DescribeConversations, Resource::Any)?;
        check(&told)?;
        let mut reader = self.store.read().await?;
        let known = conversations::find_by_reference(&mut reader, &told.service, &told.reference).await?;
        drop(reader);
        let conversation = self.as_told(told, known.as_ref());
        if let Some(known) = known.filter(|known| same(known, &conversation)) {
            return Ok(known.id);
        }
        let mut tx = self.store.begin().await?;
        let id = conversations::upsert(&mut tx, &conversation).await?;
        let entry = Details::new(caller, "conversation.described", format!("conversation:{id}"), self.now());
        tx.commit(&entry.with(json!({ "kind": conversation.kind, "members": conversation.members }))).await?;
        Ok(id)
    }

    /// Conversations, those with most found first.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn conversations(&self, caller: &Caller) -> Result<Vec<Listed>> {
        authorise(caller, Operation::ReadConversations, Resource::Any)?;
        Ok(conversations::list(&mut self.store.read().await?, SHOWN).await?)
    }

    /// The page of a conversation.
    ///
    /// # Errors
    /// Not permitted, or no such conversation.
    pub async fn conversation(&self, caller: &Caller, id: ConversationId) -> Result<ConversationPage> {
        authorise(caller, Operation::ReadConversations, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let found = conversations::find(&mut reader, id).await?;
        let conversation = found.ok_or_else(|| Error::not_found("conversation"))?;
        let (service, reference) = (conversation.service.clone(), conversation.reference.clone());
        let pointing = conversations::pointing_to(&mut reader, &service, &reference).await?;
        Ok(ConversationPage {
            found: submissions::of_conversation(&mut reader, &service, &reference, SHOWN).await?,
            posters: submissions::posters(&mut reader, &service, &reference, SHOWN).await?,
            linked: links(&mut reader, &service, &conversation.linked).await?,
            linked_from: links(&mut reader, &service, &pointing).await?,
            sealed: conversations::snapshot(&mut reader, id).await?.is_some(),
            conversation,
        })
    }

    /// The identifier of a conversation that is known by its identifier on the messenger.
    ///
    /// # Errors
    /// Not permitted, or no such conversation.
    pub async fn find_conversation(
        &self,
        caller: &Caller,
        service: &str,
        reference: &str,
    ) -> Result<ConversationId> {
        authorise(caller, Operation::ReadConversations, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let found = conversations::find_by_reference(&mut reader, service, reference).await?;
        found.map(|found| found.id).ok_or_else(|| Error::not_found("conversation"))
    }

    fn as_told(&self, told: ToldConversation, known: Option<&Conversation>) -> Conversation {
        let now = self.now();
        let ordered = |list: Vec<String>| list.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        Conversation {
            id: known.map_or_else(|| ConversationId::fresh(&*self.ids), |known| known.id),
            service: told.service,
            reference: told.reference,
            kind: told.kind,
            title: told.title,
            description: told.description,
            owner: told.owner,
            administrators: ordered(told.administrators),
            invite_link: told.invite_link,
            linked: ordered(told.linked),
            members: told.members,
            first_seen: known.map_or(now, |known| known.first_seen),
            updated_at: now,
        }
    }
}

fn same(known: &Conversation, told: &Conversation) -> bool {
    *known == Conversation { updated_at: known.updated_at, ..told.clone() }
}

async fn links(read: &mut impl Read, service: &str, references: &[String]) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    for reference in references {
        let known = conversations::find_by_reference(read, service, reference).await?;
        links.push(Link {
            reference: reference.clone(),
            known: known.as_ref().map(|known| known.id),
            title: known.and_then(|known| known.title),
        });
    }
    Ok(links)
}

fn check(told: &ToldConversation) -> Result<()> {
    let invalid = |detail: String| Err(Error::new(Code::InvalidValue, detail));
    let lists = [&told.administrators, &told.linked];
    if lists.iter().any(|list| list.len() > LIST_LENGTH) {
        return invalid(format!("more than {LIST_LENGTH} administrators or links"));
    }
    if told.description.as_ref().is_some_and(|text| text.len() > DESCRIPTION_LENGTH) {
        return invalid(format!("a description has {DESCRIPTION_LENGTH} bytes at most"));
    }
    if told.members.is_some_and(|members| members < 0) {
        return invalid("a number of members is not negative".into());
    }
    let mut required = vec![Some(&told.service), Some(&told.reference), told.owner.as_ref()];
    required.extend(lists.into_iter().flatten().map(Some));
    check_texts(&required, &[told.title.as_ref(), told.invite_link.as_ref()])
}

#[cfg(test)]
mod tests;
