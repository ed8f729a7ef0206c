//! Child at risk: alarms that run, their deadlines, and what was handed over or ended.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use vigie_app::alarms::PageProgress;
use vigie_app::{Resource, authorise, permits};
use vigie_model::Operation;
use vigie_model::alarm::{Alarm, AlarmState, Deadline};
use vigie_model::id::{AlarmId, IncidentId, PersonId};
use vigie_model::job::JobState;

use super::{Id, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Form, Query};
use crate::frame::Frame;
use crate::parts::{TimeLeft, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/alarms", list),
        Door::get("/alarms/{id}", show),
        Door::get("/child-at-risk", ask),
        Door::post("/incidents/{id}/alarm", raise),
        Door::post("/alarms/{id}/acknowledge", acknowledge),
        Door::post("/alarms/{id}/hand-over", hand_over),
        Door::post("/alarms/{id}/lock", lock),
        Door::post("/alarms/{id}/stand-down", stand_down),
    ]
}

/// An alarm as the board shows it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) incident: String,
    pub(crate) state: AlarmState,
    pub(crate) reason: String,
    pub(crate) raised_by: String,
    pub(crate) raised: When,
    pub(crate) paged: String,
    pub(crate) acknowledged_by: String,
    pub(crate) acknowledged: Option<When>,
    pub(crate) ended_by: String,
    pub(crate) ended: Option<When>,
    pub(crate) outcome: String,
    pub(crate) deadlines: Vec<Limit>,
}

impl Row {
    /// How the state is coloured; its words say the same.
    pub(crate) fn tone(&self) -> &'static str {
        match self.state {
            AlarmState::Raised => "danger-state",
            AlarmState::Acknowledged => "warn-state",
            AlarmState::HandedOver | AlarmState::StoodDown => "ok-state",
        }
    }
}

/// A time limit that runs on an alarm.
pub(crate) struct Limit {
    pub(crate) name: String,
    pub(crate) left: TimeLeft,
}

/// How far the page by one way has come.
pub(crate) struct PageRow {
    pub(crate) way: String,
    pub(crate) state: JobState,
    pub(crate) attempts: usize,
    pub(crate) at: When,
    pub(crate) error: String,
}

#[derive(Template)]
#[template(path = "alarms.html")]
pub(crate) struct Board {
    pub(crate) frame: Frame,
    pub(crate) running: Vec<Row>,
    pub(crate) ended: Vec<Row>,
    pub(crate) locks: Vec<Limit>,
    pub(crate) may_stand_down: bool,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let desk = &desk;
    let app = &desk.console.app;
    let (running, ended) = (app.running_alarms(&desk.caller).await?, app.ended_alarms(&desk.caller).await?);
    let deadlines = app.deadlines(&desk.caller).await?;
    let names = app.colleagues(&desk.caller).await?;
    let rows = |alarms: &[Alarm]| alarms.iter().map(|alarm| row(desk, alarm, &deadlines, &names)).collect();
    let frame = Frame::of(desk.visit(), Section::Alarms, desk.words.say("alarms-title")).await;
    Ok(page(&Board {
        frame: frame.noting(query.text("done")),
        running: rows(&running),
        ended: rows(&ended),
        locks: limits(desk, &deadlines, |subject| subject.starts_with("action:")),
        may_stand_down: may_stand_down(desk),
    }))
}

fn may_stand_down(desk: &Desk) -> bool {
    permits(&desk.caller, Operation::ReviewEscalated, Resource::Any)
}

/// One alarm: what a page to the person on duty leads to, and where each act on it ends.
#[derive(Template)]
#[template(path = "alarm.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) alarm: Row,
    pub(crate) pages: Vec<PageRow>,
    pub(crate) may_stand_down: bool,
    pub(crate) problem: Option<Problem>,
}

async fn show(desk: Desk, Id(id): Id<AlarmId>, Query(query): Query) -> Result<Response> {
    one(&desk, id, query.text("done"), None).await
}

async fn one(desk: &Desk, id: AlarmId, done: &str, problem: Option<Problem>) -> Result<Response> {
    let app = &desk.console.app;
    let alarm = app.alarm(&desk.caller, id).await?;
    let deadlines = app.deadlines(&desk.caller).await?;
    let names = app.colleagues(&desk.caller).await?;
    let pages = app.pages_of_alarm(&desk.caller, id).await?;
    let frame = Frame::of(desk.visit(), Section::Alarms, desk.words.say("alarm-title")).await;
    Ok(page(&One {
        frame: frame.below("alarms-title", "/alarms").noting(done),
        alarm: row(desk, &alarm, &deadlines, &names),
        pages: pages.into_iter().map(|one| page_row(desk, one)).collect(),
        may_stand_down: may_stand_down(desk),
        problem,
    }))
}

fn page_row(desk: &Desk, one: PageProgress) -> PageRow {
    let at = one.ended_at.or(one.next_at).unwrap_or(desk.now);
    PageRow {
        way: desk.words.name("page-way", &one.way),
        state: one.state,
        attempts: one.attempts.try_into().unwrap_or(0),
        at: When::new(desk.words, at, desk.now),
        error: one.last_error.unwrap_or_default(),
    }
}

fn row(desk: &Desk, alarm: &Alarm, deadlines: &[Deadline], names: &HashMap<PersonId, String>) -> Row {
    let when = |moment| When::new(desk.words, moment, desk.now);
    let name = |person: Option<PersonId>| person.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
    let subject = format!("alarm:{}", alarm.id);
    let outcome = alarm.handover_reference.clone().or_else(|| alarm.stood_down_reason.clone());
    Row {
        id: alarm.id.to_string(),
        incident: alarm.incident.to_string(),
        state: alarm.state,
        reason: alarm.reason.clone(),
        raised_by: name(Some(alarm.raised_by)),
        raised: when(alarm.raised_at),
        paged: name(alarm.paged),
        acknowledged_by: name(alarm.acknowledged_by),
        acknowledged: alarm.acknowledged_at.map(when),
        ended_by: name(alarm.handed_over_by.or(alarm.stood_down_by)),
        ended: alarm.handed_over_at.or(alarm.stood_down_at).map(when),
        outcome: outcome.unwrap_or_default(),
        deadlines: limits(desk, deadlines, |other| other == subject),
    }
}

fn limits(desk: &Desk, deadlines: &[Deadline], about: impl Fn(&str) -> bool) -> Vec<Limit> {
    let ours = deadlines.iter().filter(|deadline| about(&deadline.subject));
    ours.map(|deadline| Limit {
        name: desk.words.name("deadline", deadline.kind.name()),
        left: TimeLeft::new(desk.words, deadline.due_at, desk.now),
    })
    .collect()
}

#[derive(Template)]
#[template(path = "child_at_risk.html")]
pub(crate) struct Ask {
    pub(crate) frame: Frame,
    pub(crate) incident: String,
    pub(crate) reason: String,
    pub(crate) problem: Option<Problem>,
}

/// The page behind the control that is always there. It raises nothing by being looked at.
async fn ask(desk: Desk, Query(query): Query) -> Result<Response> {
    authorise(&desk.caller, Operation::ChildAtRisk, Resource::Any)?;
    let mut incident = query.text("incident").parse::<IncidentId>().ok();
    if let Ok(number) = query.text("number").parse::<i64>() {
        incident = Some(desk.console.app.incident_numbered(&desk.caller, number).await?);
    }
    Ok(page(&form(&desk, incident, "", None).await))
}

async fn form(desk: &Desk, incident: Option<IncidentId>, reason: &str, problem: Option<Problem>) -> Ask {
    Ask {
        frame: Frame::of(desk.visit(), Section::Alarms, desk.words.say("child-at-risk")).await,
        incident: incident.map(|incident| incident.to_string()).unwrap_or_default(),
        reason: reason.to_owned(),
        problem,
    }
}

async fn raise(desk: Desk, Id(incident): Id<IncidentId>, Form(fields): Form) -> Result<Response> {
    match desk.console.app.raise_alarm(&desk.caller, incident, fields.text("reason")).await {
        Ok(alarm) => Ok(go(format!("/alarms/{}?done=alarm-raised", alarm.id))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            Ok(page(&form(&desk, Some(incident), fields.text("reason"), Some(problem)).await))
        }
        Err(error) => Err(error.into()),
    }
}

async fn acknowledge(desk: Desk, Id(id): Id<AlarmId>) -> Result<Response> {
    let done = desk.console.app.acknowledge_alarm(&desk.caller, id).await;
    answered(&desk, id, done, "alarm-acknowledged").await
}

/// Locks what the alarm is about at once; a second person is asked in the same breath.
async fn lock(desk: Desk, Id(id): Id<AlarmId>, Form(fields): Form) -> Result<Response> {
    let done = desk.console.app.lock_now(&desk.caller, id, fields.text("reason")).await.map(drop);
    answered(&desk, id, done, "alarm-locked").await
}

async fn hand_over(desk: Desk, Id(id): Id<AlarmId>, Form(fields): Form) -> Result<Response> {
    let done = desk.console.app.hand_over_alarm(&desk.caller, id, fields.text("reference")).await;
    answered(&desk, id, done, "alarm-handed-over").await
}

async fn stand_down(desk: Desk, Id(id): Id<AlarmId>, Form(fields): Form) -> Result<Response> {
    let done = desk.console.app.stand_down_alarm(&desk.caller, id, fields.text("reason")).await;
    answered(&desk, id, done, "alarm-stood-down").await
}

async fn answered(desk: &Desk, id: AlarmId, done: vigie_app::Result<()>, note: &str) -> Result<Response> {
    match done {
        Ok(()) => Ok(go(format!("/alarms/{id}?done={note}"))),
        Err(error) if failure::can_be_mended(&error) => {
            one(desk, id, "", Some(Problem::of(&error, desk.visit()))).await
        }
        Err(error) => Err(error.into()),
    }
}
