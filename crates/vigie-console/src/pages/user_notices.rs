//! What users are told of disclosures: what waits to be sent, each text ready to be copied, and that a person sent it.
//!
//! While silence stands about a request nothing of it is here: the use cases give nothing.

use askama::Template;
use axum::response::Response;
use vigie_app::gags::ListedNotice;
use vigie_app::{Resource, permits};
use vigie_model::Operation;
use vigie_model::id::LetterId;

use super::requests::Paging;
use super::{Id, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::Query;
use crate::frame::Frame;
use crate::parts::{TimeLeft, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/user-notices", list),
        Door::get("/user-notices/{id}", one),
        Door::post("/user-notices/{id}/told", told),
    ]
}

/// A notice in one line, without whom it is for.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) request: String,
    pub(crate) number: String,
    pub(crate) reference: String,
    pub(crate) authority: String,
    pub(crate) prepared: When,
    pub(crate) due: TimeLeft,
    pub(crate) is_due: bool,
    pub(crate) sent: Option<When>,
}

impl Row {
    pub(super) fn of(desk: &Desk, notice: &ListedNotice) -> Self {
        Self {
            id: notice.id.to_string(),
            request: notice.request.to_string(),
            number: desk.words.number(notice.number),
            reference: notice.reference.clone(),
            authority: notice.authority_name.clone(),
            prepared: When::new(desk.words, notice.prepared_at, desk.now),
            due: TimeLeft::new(desk.words, notice.due_at, desk.now),
            is_due: notice.due_at <= desk.now,
            sent: notice.sent_at.map(|moment| When::new(desk.words, moment, desk.now)),
        }
    }
}

#[derive(Template)]
#[template(path = "user_notices.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<Row>,
    pub(crate) paging: Paging,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let app = &desk.console.app;
    let from = query.text("from").parse::<i64>().unwrap_or(0).clamp(0, 10_000_000);
    let notices = app.user_notices(&desk.caller, from).await?;
    let total = app.waiting_user_notices(&desk.caller).await?;
    let title = desk.words.say("user-notices-title");
    let frame = Frame::of(desk.visit(), Section::UserNotices, title).await;
    Ok(page(&List {
        frame: frame.noting(query.text("done")),
        rows: notices.iter().map(|notice| Row::of(&desk, notice)).collect(),
        paging: Paging::of(desk.words, ("/user-notices?", from), notices.len(), Some(total)),
    }))
}

/// The text in one language.
pub(crate) struct Said {
    pub(crate) language: &'static str,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) rows: usize,
}

#[derive(Template)]
#[template(path = "user_notice.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) row: Row,
    pub(crate) service: String,
    pub(crate) account: String,
    pub(crate) texts: [Said; 2],
    pub(crate) may_tell: bool,
    pub(crate) problem: Option<Problem>,
}

async fn one(desk: Desk, Id(id): Id<LetterId>) -> Result<Response> {
    show(&desk, id, None).await
}

async fn show(desk: &Desk, id: LetterId, problem: Option<Problem>) -> Result<Response> {
    let words = desk.words;
    let open = desk.console.app.user_notice(&desk.caller, id).await?;
    let row = Row::of(desk, &open.listed);
    let title = words.about("user-notice-title", &row.number);
    let frame = Frame::of(desk.visit(), Section::UserNotices, title).await;
    let said = |language: &'static str, text: String| Said {
        name: words.name("in-language", language),
        rows: text.lines().map(|line| 1 + line.chars().count() / 80).sum::<usize>().clamp(6, 40),
        language,
        text,
    };
    let handles = permits(&desk.caller, Operation::HandleRequests, Resource::Any);
    let (service, account) = open.to;
    let mut texts = [said("en", open.text.en), said("fr", open.text.fr)];
    // That of the reader comes first.
    texts.sort_by_key(|one| one.language != words.0.tag());
    Ok(page(&One {
        frame: frame.below("user-notices-title", "/user-notices"),
        may_tell: handles && row.sent.is_none(),
        row,
        service,
        account,
        texts,
        problem,
    }))
}

async fn told(desk: Desk, Id(id): Id<LetterId>) -> Result<Response> {
    match desk.console.app.note_user_told(&desk.caller, id).await {
        Ok(()) => Ok(go("/user-notices?done=user-told")),
        Err(error) if failure::can_be_mended(&error) => {
            show(&desk, id, Some(Problem::of(&error, desk.visit()))).await
        }
        Err(error) => Err(error.into()),
    }
}
