//! Retro-hunts: asking for one by the entries of a bank, how far each is, and what came of it.
//!
//! What it is not: a search. No field of its form takes a hash.

use askama::Template;
use axum::response::Response;
use vigie_app::hunts::{HuntOverview, HuntView, NewHunt};
use vigie_app::{Resource, permits};
use vigie_model::hunt::{Hunt, HuntState};
use vigie_model::id::HuntId;
use vigie_model::{Moment, Operation};

use super::roster::moment;
use super::{FormErrors, Id, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::parts::When;
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/hunts", list),
        Door::post("/hunts", ask),
        Door::get("/hunts/{id}", one),
        Door::post("/hunts/{id}/stop", stop),
    ]
}

/// A hunt as the list shows it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) bank: String,
    pub(crate) purpose: String,
    pub(crate) state: HuntState,
    pub(crate) progress: Progress,
    pub(crate) asked: When,
}

/// How far a hunt is.
pub(crate) struct Progress {
    pub(crate) segments: i64,
    pub(crate) done: i64,
    pub(crate) rows: String,
    pub(crate) hits: String,
}

/// A bank that can be hunted for.
pub(crate) struct Bank {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Template)]
#[template(path = "hunts.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) hunts: Vec<Row>,
    pub(crate) banks: Vec<Bank>,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) may_ask: bool,
    pub(crate) problem: Option<Problem>,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let note = query.text("done").to_owned();
    show(&desk, query, FormErrors::default(), &note, None).await
}

async fn show(
    desk: &Desk,
    fields: Fields,
    errors: FormErrors,
    done: &str,
    problem: Option<Problem>,
) -> Result<Response> {
    let app = &desk.console.app;
    let hunts = app.hunts(&desk.caller).await?;
    let may_ask = permits(&desk.caller, Operation::AskHunts, Resource::Any);
    let banks = if may_ask { app.banks(&desk.caller).await? } else { vec![] };
    let frame = Frame::of(desk.visit(), Section::Hunts, desk.words.say("hunts-title")).await;
    Ok(page(&List {
        frame: frame.noting(done),
        hunts: hunts.into_iter().map(|overview| row(desk, overview)).collect(),
        banks: banks
            .into_iter()
            .filter(vigie_app::hunts::can_be_hunted)
            .map(|bank| Bank { id: bank.id.to_string(), name: bank.name.into() })
            .collect(),
        fields,
        errors,
        may_ask,
        problem,
    }))
}

fn row(desk: &Desk, HuntOverview { hunt, bank }: HuntOverview) -> Row {
    Row {
        id: hunt.id.to_string(),
        number: desk.words.number(hunt.number),
        bank: bank.unwrap_or_else(|| desk.words.say("hunt-bank-removed")),
        progress: progress(desk, &hunt),
        state: hunt.state,
        asked: When::new(desk.words, hunt.asked_at, desk.now),
        purpose: hunt.terms.purpose,
    }
}

fn progress(desk: &Desk, hunt: &Hunt) -> Progress {
    Progress {
        segments: hunt.progress.segments,
        done: hunt.progress.segments_done,
        rows: desk.words.number(hunt.progress.rows),
        hits: desk.words.number(hunt.progress.hits),
    }
}

async fn ask(desk: Desk, Form(fields): Form) -> Result<Response> {
    let mut errors = FormErrors::default();
    errors.require(!fields.text("purpose").is_empty(), "purpose", desk.words, "hunt-purpose-missing");
    let bank = fields.text("bank").parse();
    errors.require(bank.is_ok(), "bank", desk.words, "hunt-bank-missing");
    let mut time = |field| {
        let time = optional_moment(fields.text(field));
        errors.require(time.is_ok(), field, desk.words, "hunt-time-wrong");
        time.unwrap_or_default()
    };
    let (entries_since, from, until) = (time("since"), time("from"), time("until"));
    let Some(bank) = bank.ok().filter(|_| errors.is_empty()) else {
        return show(&desk, fields, errors, "", None).await;
    };
    let purpose = fields.text("purpose").to_owned();
    let new = NewHunt { bank, purpose, entries_since, from, until };
    match desk.console.app.ask_hunt(&desk.caller, new).await {
        Ok(hunt) => Ok(go(format!("/hunts/{}?done=question-asked", hunt.id))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            show(&desk, fields, FormErrors::default(), "", Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn optional_moment(text: &str) -> std::result::Result<Option<Moment>, ()> {
    if text.is_empty() { Ok(None) } else { moment(text).map(Some).ok_or(()) }
}

/// An incident that a hunt put something into.
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) items: String,
    pub(crate) unconfirmed: i64,
}

#[derive(Template)]
#[template(path = "hunt.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    pub(crate) state: HuntState,
    pub(crate) bank: String,
    pub(crate) purpose: String,
    pub(crate) entries: String,
    pub(crate) since: String,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) progress: Progress,
    pub(crate) asked_by: String,
    pub(crate) asked: When,
    pub(crate) decided_by: String,
    pub(crate) decided: Option<When>,
    pub(crate) ended: Option<When>,
    pub(crate) question: String,
    pub(crate) found: Option<Vec<Found>>,
    pub(crate) may_stop: bool,
    pub(crate) problem: Option<Problem>,
}

async fn one(desk: Desk, Id(id): Id<HuntId>, Query(query): Query) -> Result<Response> {
    show_one(&desk, id, query.text("done"), None).await
}

async fn show_one(desk: &Desk, id: HuntId, done: &str, problem: Option<Problem>) -> Result<Response> {
    let app = &desk.console.app;
    let HuntView { hunt, bank, approval, incidents } = app.hunt(&desk.caller, id).await?;
    let names = app.colleagues(&desk.caller).await?;
    let (words, name) = (desk.words, |id| names.get(&id).cloned().unwrap_or_default());
    let when = |moment| When::new(words, moment, desk.now);
    let title = words.about("hunt-numbered", &words.number(hunt.number));
    let frame = Frame::of(desk.visit(), Section::Hunts, title).await.below("hunts-title", "/hunts");
    let may_see = app.question(&desk.caller, hunt.approval).await.is_ok();
    let may_ask = permits(&desk.caller, Operation::AskHunts, Resource::Any);
    let found = |one: &vigie_app::hunts::FoundIncident| Found {
        id: one.incident.to_string(),
        number: words.number(one.number),
        items: words.number(one.items),
        unconfirmed: one.unconfirmed,
    };
    Ok(page(&One {
        frame: frame.noting(done),
        id: hunt.id.to_string(),
        state: hunt.state,
        bank: bank.unwrap_or_else(|| words.say("hunt-bank-removed")),
        entries: words.number(hunt.entries),
        since: hunt.terms.entries_since.map(|since| words.to_the_minute(since)).unwrap_or_default(),
        from: words.to_the_minute(hunt.terms.from),
        until: words.to_the_minute(hunt.terms.until),
        progress: progress(desk, &hunt),
        asked_by: name(hunt.asked_by),
        asked: when(hunt.asked_at),
        decided_by: approval.as_ref().and_then(|one| one.decided_by).map(name).unwrap_or_default(),
        decided: approval.and_then(|one| one.decided_at).map(when),
        ended: hunt.ended_at.map(when),
        question: if may_see { hunt.approval.to_string() } else { String::new() },
        found: incidents.map(|incidents| incidents.iter().map(found).collect()),
        may_stop: may_ask && !hunt.state.is_over(),
        purpose: hunt.terms.purpose,
        problem,
    }))
}

async fn stop(desk: Desk, Id(id): Id<HuntId>) -> Result<Response> {
    match desk.console.app.cancel_hunt(&desk.caller, id).await {
        Ok(()) => Ok(go(format!("/hunts/{id}?done=hunt-stopped"))),
        Err(error) if failure::can_be_mended(&error) => {
            show_one(&desk, id, "", Some(Problem::of(&error, desk.visit()))).await
        }
        Err(error) => Err(error.into()),
    }
}
