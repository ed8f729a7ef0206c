//! Actions on the messenger: each with its state until it is done, failed or withdrawn, and its receipt.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use vigie_app::actions::{Filter, Place};
use vigie_model::Moment;
use vigie_model::action::{Action, ActionState, Target};
use vigie_model::id::{ActionId, PersonId};

use super::{Id, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::parts::{Identifier, When};
use crate::section::Section;
use crate::visit::Desk;

/// How many actions one page of the list shows.
const PAGE: usize = 50;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/actions", list),
        Door::get("/actions/{id}", action),
        Door::post("/actions/{id}/retry", retry),
        Door::post("/actions/{id}/withdraw", withdraw),
    ]
}

/// An action as lists show it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) service: String,
    pub(crate) target: Vec<Part>,
    pub(crate) state: ActionState,
    pub(crate) asked_by: String,
    pub(crate) asked: When,
    pub(crate) ended: Option<When>,
    pub(crate) next: String,
    pub(crate) attempts: i64,
    pub(crate) error: String,
    pub(crate) receipt: String,
}

/// One part of what an action is done to.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// What an action is done to, part by part.
fn parts(target: &Target) -> Vec<Part> {
    [
        ("message", &target.message_id),
        ("media", &target.media_id),
        ("account", &target.account_id),
        ("conversation", &target.conversation_id),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(Part { name, value: value.clone()? }))
    .collect()
}

/// Makes the row of an action.
pub(super) fn row(desk: &Desk, action: &Action, names: &HashMap<PersonId, String>) -> Row {
    let when = |moment| When::new(desk.words, moment, desk.now);
    let next = action.next_attempt_at.filter(|next| *next > desk.now && action.attempts > 0);
    Row {
        id: action.id.to_string(),
        kind: desk.words.name("action", action.kind.name()),
        service: action.service.clone(),
        target: parts(&action.target),
        state: action.state,
        asked_by: asker(desk, &action.requested_by, names),
        asked: when(action.requested_at),
        ended: action.ended_at.map(when),
        next: next.map(|next| desk.words.length(next.since(desk.now))).unwrap_or_default(),
        attempts: action.attempts,
        error: action.last_error.clone().unwrap_or_default(),
        receipt: action.receipt.as_ref().map(|receipt| receipt.receipt.clone()).unwrap_or_default(),
    }
}

/// The name behind an actor of the ledger: a colleague, or Vigie itself.
fn asker(desk: &Desk, actor: &str, names: &HashMap<PersonId, String>) -> String {
    let person = actor.strip_prefix("person:").and_then(|id| id.parse::<PersonId>().ok());
    let name = person.and_then(|person| names.get(&person).cloned());
    name.unwrap_or_else(|| desk.words.say("actor-machine"))
}

#[derive(Template)]
#[template(path = "actions.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) actions: Vec<Row>,
    pub(crate) states: &'static [ActionState],
    pub(crate) state: Option<ActionState>,
    pub(crate) next: String,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let state = query.text("state").parse::<ActionState>().ok();
    let filter = Filter { state, ..Filter::default() };
    let found = desk.console.app.actions(&desk.caller, &filter, place(&query), PAGE).await?;
    let names = desk.console.app.colleagues(&desk.caller).await?;
    let next = found.last().filter(|_| found.len() == PAGE).map(|last| {
        let state = state.map(|state| format!("&state={state}")).unwrap_or_default();
        format!("/actions?after={}_{}{state}", last.requested_at.0, last.id)
    });
    Ok(page(&List {
        frame: Frame::of(desk.visit(), Section::Actions, desk.words.say("actions-title")).await,
        actions: found.iter().map(|action| row(&desk, action, &names)).collect(),
        states: ActionState::ALL,
        state,
        next: next.unwrap_or_default(),
    }))
}

/// The place in the list that an address names.
fn place(query: &Fields) -> Option<Place> {
    let (moment, id) = query.text("after").split_once('_')?;
    Some(Place { requested_at: Moment(moment.parse().ok()?), id: id.parse().ok()? })
}

#[derive(Template)]
#[template(path = "action.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) row: Row,
    pub(crate) identifier: Identifier,
    pub(crate) incident: String,
    pub(crate) question: String,
    pub(crate) reason_code: String,
    pub(crate) outcome: String,
    pub(crate) performed: Option<When>,
    pub(crate) after: String,
    pub(crate) preserved: String,
    pub(crate) may_withdraw: bool,
    pub(crate) problem: Option<Problem>,
}

async fn action(desk: Desk, Id(id): Id<ActionId>, Query(query): Query) -> Result<Response> {
    show(&desk, id, query.text("done"), None).await
}

async fn show(desk: &Desk, id: ActionId, done: &str, problem: Option<Problem>) -> Result<Response> {
    let action = desk.console.app.action(&desk.caller, id).await?;
    let names = desk.console.app.colleagues(&desk.caller).await?;
    let row = row(desk, &action, &names);
    let frame = Frame::of(desk.visit(), Section::Actions, row.kind.clone()).await;
    let receipt = action.receipt.as_ref();
    let preserved = match (&action.preserved, &action.not_preserved) {
        (Some(_), _) => desk.words.say("action-preserved"),
        (None, Some(why)) => desk.words.name("action-not-preserved", why),
        (None, None) => String::new(),
    };
    Ok(page(&One {
        frame: frame.below("actions-title", "/actions").noting(done),
        identifier: Identifier::new(desk.words, &row.id),
        incident: action.incident.map(|incident| incident.to_string()).unwrap_or_default(),
        question: action.approval.map(|question| question.to_string()).unwrap_or_default(),
        reason_code: action.reason_code.clone(),
        outcome: receipt.map(|receipt| receipt.outcome.clone()).unwrap_or_default(),
        performed: receipt.map(|receipt| When::new(desk.words, receipt.performed_at, desk.now)),
        after: receipt.map(|receipt| receipt.state.to_string()).unwrap_or_default(),
        preserved,
        may_withdraw: action.state.may_become(ActionState::Withdrawn),
        row,
        problem,
    }))
}

async fn retry(desk: Desk, Id(id): Id<ActionId>) -> Result<Response> {
    let done = desk.console.app.retry_action(&desk.caller, id).await.map(drop);
    answered(&desk, id, done, "action-retried").await
}

async fn withdraw(desk: Desk, Id(id): Id<ActionId>, Form(fields): Form) -> Result<Response> {
    let done = desk.console.app.withdraw_action(&desk.caller, id, fields.text("reason")).await.map(drop);
    answered(&desk, id, done, "action-withdrawn").await
}

async fn answered(desk: &Desk, id: ActionId, done: vigie_app::Result<()>, note: &str) -> Result<Response> {
    match done {
        Ok(()) => Ok(go(format!("/actions/{id}?done={note}"))),
        Err(error) if failure::can_be_mended(&error) => {
            show(desk, id, "", Some(Problem::of(&error, desk.visit()))).await
        }
        Err(error) => Err(error.into()),
    }
}
