//! Conversations as subjects: groups and channels, what was found in them, who posted it, where they point to.

use askama::Template;
use axum::response::Response;
use vigie_app::conversations::Link;
use vigie_model::bank::Verdict;
use vigie_model::id::ConversationId;

use super::{Id, page};
use crate::door::Door;
use crate::failure::Result;
use crate::frame::Frame;
use crate::parts::{Identifier, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/conversations", list), Door::get("/conversations/{id}", conversation)]
}

/// A conversation as the list shows it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) kind: String,
    pub(crate) service: String,
    pub(crate) members: String,
    pub(crate) found: String,
    pub(crate) updated: When,
}

#[derive(Template)]
#[template(path = "conversations.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) conversations: Vec<Row>,
}

async fn list(desk: Desk) -> Result<Response> {
    let found = desk.console.app.conversations(&desk.caller).await?;
    let words = desk.words;
    let conversations = found
        .into_iter()
        .map(|listed| Row {
            id: listed.conversation.id.to_string(),
            title: listed.conversation.title.unwrap_or(listed.conversation.reference),
            kind: words.name("conversation", listed.conversation.kind.name()),
            service: listed.conversation.service,
            members: listed.conversation.members.map(|members| words.number(members)).unwrap_or_default(),
            found: words.number(listed.found),
            updated: When::new(words, listed.conversation.updated_at, desk.now),
        })
        .collect();
    let frame = Frame::of(desk.visit(), Section::Conversations, words.say("conversations-title")).await;
    Ok(page(&List { frame, conversations }))
}

/// Something that was found in a conversation. No picture of it: those are seen in its incident, step by step.
pub(crate) struct Find {
    pub(crate) received: When,
    pub(crate) account: String,
    pub(crate) verdict: Verdict,
    pub(crate) incident: String,
}

/// Who posted what was found.
pub(crate) struct Poster {
    pub(crate) account: String,
    pub(crate) count: String,
}

/// A conversation that points here, or is pointed to.
pub(crate) struct Neighbour {
    pub(crate) title: String,
    pub(crate) path: String,
}

#[derive(Template)]
#[template(path = "conversation.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) kind: String,
    pub(crate) service: String,
    pub(crate) reference: Identifier,
    pub(crate) description: String,
    pub(crate) owner: String,
    pub(crate) administrators: Vec<String>,
    pub(crate) invite_link: String,
    pub(crate) members: String,
    pub(crate) first_seen: When,
    pub(crate) updated: When,
    pub(crate) sealed: bool,
    pub(crate) found: Vec<Find>,
    pub(crate) posters: Vec<Poster>,
    pub(crate) linked: Vec<Neighbour>,
    pub(crate) linked_from: Vec<Neighbour>,
}

async fn conversation(desk: Desk, Id(id): Id<ConversationId>) -> Result<Response> {
    let told = desk.console.app.conversation(&desk.caller, id).await?;
    let words = desk.words;
    let when = |moment| When::new(words, moment, desk.now);
    let subject = told.conversation;
    let title = subject.title.clone().unwrap_or_else(|| subject.reference.clone());
    let frame = Frame::of(desk.visit(), Section::Conversations, title).await;
    let found = told.found.into_iter().map(|gathered| Find {
        received: when(gathered.submission.received_at),
        account: gathered.submission.account.unwrap_or_default(),
        verdict: gathered.submission.verdict,
        incident: gathered.incident.to_string(),
    });
    Ok(page(&One {
        frame: frame.below("conversations-title", "/conversations"),
        kind: words.name("conversation", subject.kind.name()),
        service: subject.service,
        reference: Identifier::new(words, &subject.reference),
        description: subject.description.unwrap_or_default(),
        owner: subject.owner.unwrap_or_default(),
        administrators: subject.administrators,
        invite_link: subject.invite_link.unwrap_or_default(),
        members: subject.members.map(|members| words.number(members)).unwrap_or_default(),
        first_seen: when(subject.first_seen),
        updated: when(subject.updated_at),
        sealed: told.sealed,
        found: found.collect(),
        posters: told
            .posters
            .into_iter()
            .map(|(account, count)| Poster { account, count: words.number(count) })
            .collect(),
        linked: told.linked.into_iter().map(neighbour).collect(),
        linked_from: told.linked_from.into_iter().map(neighbour).collect(),
    }))
}

fn neighbour(link: Link) -> Neighbour {
    Neighbour {
        path: link.known.map(|id| format!("/conversations/{id}")).unwrap_or_default(),
        title: link.title.unwrap_or(link.reference),
    }
}
