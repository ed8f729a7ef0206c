//! The roster: who is on duty, and when nobody is.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use vigie_app::roster::gaps;
use vigie_app::{Resource, permits};
use vigie_model::id::{PersonId, TurnId};
use vigie_model::{Moment, Operation};

use super::{Id, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::section::Section;
use crate::visit::Desk;

/// How far the roster looks ahead.
const AHEAD: Duration = Duration::from_secs(14 * 24 * 60 * 60);

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/roster", list), Door::post("/roster", add), Door::post("/roster/{id}/remove", remove)]
}

/// A turn, or a time in which nobody is on duty.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) from: String,
    pub(crate) until: String,
    pub(crate) length: String,
    pub(crate) is_gap: bool,
    pub(crate) is_now: bool,
    begins: Moment,
}

/// A colleague who can be put on duty.
pub(crate) struct Colleague {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Template)]
#[template(path = "roster.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<Row>,
    pub(crate) colleagues: Vec<Colleague>,
    pub(crate) fields: Fields,
    pub(crate) may_manage: bool,
    pub(crate) problem: Option<Problem>,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let note = query.text("done").to_owned();
    show(&desk, Fields::default(), &note, None).await
}

async fn show(desk: &Desk, fields: Fields, done: &str, problem: Option<Problem>) -> Result<Response> {
    let app = &desk.console.app;
    let until = desk.now.after(AHEAD);
    let turns = app.roster(&desk.caller, desk.now, until).await?;
    let names = app.colleagues(&desk.caller).await?;
    let row = |id: String, name: String, from: Moment, until: Moment, is_gap| Row {
        id,
        name,
        from: desk.words.to_the_minute(from),
        until: desk.words.to_the_minute(until),
        length: desk.words.length(until.since(from)),
        is_gap,
        is_now: from <= desk.now && desk.now < until,
        begins: from,
    };
    let mut rows: Vec<Row> = turns
        .iter()
        .map(|turn| {
            let name = names.get(&turn.person).cloned().unwrap_or_default();
            row(turn.id.to_string(), name, turn.from, turn.until, false)
        })
        .collect();
    rows.extend(
        gaps(&turns, desk.now, until)
            .into_iter()
            .map(|(from, until)| row(String::new(), desk.words.say("roster-nobody"), from, until, true)),
    );
    rows.sort_by_key(|row| row.begins);
    let mut colleagues: Vec<_> =
        names.into_iter().map(|(id, name)| Colleague { id: id.to_string(), name }).collect();
    colleagues.sort_by(|a, b| a.name.cmp(&b.name));
    let frame = Frame::of(desk.visit(), Section::Roster, desk.words.say("roster-title")).await;
    Ok(page(&List {
        frame: frame.noting(done),
        rows,
        colleagues,
        fields,
        may_manage: permits(&desk.caller, Operation::ManageRoster, Resource::Any),
        problem,
    }))
}

async fn add(desk: Desk, Form(fields): Form) -> Result<Response> {
    let turn = (
        fields.text("person").parse::<PersonId>(),
        moment(fields.text("from")),
        moment(fields.text("until")),
    );
    let done = match turn {
        (Ok(person), Some(from), Some(until)) => {
            desk.console.app.add_turn(&desk.caller, person, from, until).await.map(drop)
        }
        _ => Err(vigie_app::Error::new(
            vigie_app::Code::InvalidValue,
            "choose a person, a beginning and an end",
        )),
    };
    match done {
        Ok(()) => Ok(go("/roster?done=turn-added")),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            show(&desk, fields, "", Some(problem)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn remove(desk: Desk, Id(id): Id<TurnId>) -> Result<Response> {
    desk.console.app.remove_turn(&desk.caller, id).await?;
    Ok(go("/roster?done=turn-removed"))
}

/// What a field for date and time sends, taken as UTC.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let seconds = if text.len() == 16 { ":00" } else { "" };
    format!("{text}{seconds}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_sends_for_date_and_time_is_read_as_utc() {
        assert_eq!(moment("2026-11-22T08:30").unwrap().to_string(), "2026-11-22T08:30:00Z");
        assert_eq!(moment("2026-11-22T08:30:15").unwrap().to_string(), "2026-11-22T08:30:15Z");
        assert_eq!(moment(""), None);
    }
}
