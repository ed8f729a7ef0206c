//! Wellbeing: what a person saw, what is left for today, what they would rather not get; for the head of the desk, the same
//! of everybody, by name. And the screen that says when a pause ends.

use std::time::Duration;

use askama::Template;
use axum::response::Response;
use vigie_app::wellbeing::{Day, Exposure, ExposureLimits, Seen};
use vigie_app::{Code, Resource, permits};
use vigie_model::Operation;
use vigie_model::bank::Label;

use super::overview::{Chart, chart};
use super::{go, incident, page};
use crate::door::Door;
use crate::failure::{Problem, Result};
use crate::fields::{Form, Query};
use crate::frame::Frame;
use crate::language::Words;
use crate::section::Section;
use crate::visit::{Desk, Visit};

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/wellbeing", own),
        Door::post("/wellbeing/spared", spare),
        Door::get("/wellbeing/desk", desk_overview),
    ]
}

/// What was seen within a time, in words.
pub(crate) struct Figures {
    pub(crate) items: String,
    pub(crate) time: String,
    pub(crate) shielded: String,
    pub(crate) soft: String,
    pub(crate) full: String,
}

/// One day, as the table shows it.
pub(crate) struct DayRow {
    pub(crate) day: String,
    pub(crate) seen: Figures,
    pub(crate) pauses: String,
}

/// A label that a person can be spared.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) title: String,
    pub(crate) meaning: String,
    pub(crate) is_chosen: bool,
}

/// The limits, in words.
pub(crate) struct Limits {
    pub(crate) items_per_day: String,
    pub(crate) time_per_day: String,
    pub(crate) items_in_a_row: String,
    pub(crate) time_in_a_row: String,
    pub(crate) pause: String,
}

/// When a pause ends.
pub(crate) struct Pause {
    pub(crate) left: String,
    pub(crate) iso: String,
    pub(crate) exact: String,
}

#[derive(Template)]
#[template(path = "wellbeing.html")]
pub(crate) struct Own {
    pub(crate) frame: Frame,
    pub(crate) pause: Option<Pause>,
    pub(crate) is_spent: bool,
    pub(crate) today: Figures,
    pub(crate) items_left: String,
    pub(crate) time_left: String,
    pub(crate) run_items: String,
    pub(crate) run_time: String,
    pub(crate) limits: Limits,
    pub(crate) charts: Vec<Chart>,
    pub(crate) days: Vec<DayRow>,
    pub(crate) labels: Vec<Choice>,
    pub(crate) may_see_desk: bool,
}

async fn own(desk: Desk, Query(query): Query) -> Result<Response> {
    let app = &desk.console.app;
    let told = app.own_exposure(&desk.caller).await?;
    let spared = app.spared(&desk.caller).await?;
    let words = desk.words;
    let frame = Frame::of(desk.visit(), Section::Wellbeing, words.say("wellbeing-title")).await;
    let standing = &told.standing;
    Ok(page(&Own {
        frame: frame.noting(query.text("done")),
        pause: pause_of(desk.visit(), &told),
        is_spent: standing.is_spent(),
        today: figures(words, &standing.today),
        items_left: words.number(standing.items_left),
        time_left: words.length(standing.time_left),
        run_items: words.number(standing.run.items()),
        run_time: words.length(standing.run.time),
        limits: limits(words, &app.settings.review.exposure),
        charts: vec![chart(words, "wellbeing-chart-own", "wellbeing-total", &items_by_day(&[&told]))],
        days: told.days.iter().rev().map(|day| day_row(words, day)).collect(),
        labels: labels(words, &spared.labels, &spared.in_use),
        may_see_desk: permits(&desk.caller, Operation::ReadExposure, Resource::Any),
    }))
}

/// Nothing is asked, nothing is said about why.
async fn spare(desk: Desk, Form(fields): Form) -> Result<Response> {
    let labels: Vec<Label> = fields.parsed("label").collect();
    desk.console.app.spare(&desk.caller, &labels).await?;
    Ok(go("/wellbeing?done=spared"))
}

/// A person, as the table of the desk shows them.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) today: Figures,
    pub(crate) items_left: String,
    pub(crate) time_left: String,
    pub(crate) week: Figures,
    pub(crate) pauses: String,
    pub(crate) pause: Option<Pause>,
    pub(crate) is_spent: bool,
}

#[derive(Template)]
#[template(path = "wellbeing_desk.html")]
pub(crate) struct DeskOverview {
    pub(crate) frame: Frame,
    pub(crate) rows: Vec<Row>,
    pub(crate) limits: Limits,
    pub(crate) charts: Vec<Chart>,
}

async fn desk_overview(desk: Desk) -> Result<Response> {
    let app = &desk.console.app;
    let told = app.desk_exposure(&desk.caller).await?;
    let words = desk.words;
    let frame = Frame::of(desk.visit(), Section::Wellbeing, words.say("wellbeing-desk-title")).await;
    let days = items_by_day(&told.iter().collect::<Vec<_>>());
    let row = |one: &Exposure| Row {
        name: one.name.clone(),
        today: figures(words, &one.standing.today),
        items_left: words.number(one.standing.items_left),
        time_left: words.length(one.standing.time_left),
        week: figures(words, &sum(&one.days)),
        pauses: words.number(one.days.iter().map(|day| i64::from(day.pauses)).sum::<i64>()),
        pause: pause_of(desk.visit(), one),
        is_spent: one.standing.is_spent(),
    };
    Ok(page(&DeskOverview {
        frame: frame.below("wellbeing-title", "/wellbeing"),
        rows: told.iter().map(row).collect(),
        limits: limits(words, &app.settings.review.exposure),
        charts: vec![chart(words, "wellbeing-chart-desk", "wellbeing-total", &days)],
    }))
}

#[derive(Template)]
#[template(path = "pause.html")]
struct PausePage {
    frame: Frame,
    problem: Problem,
    pause: Option<Pause>,
}

/// The screen in place of what has to wait: kind, and with the moment at which it ends.
pub(crate) async fn pause(visit: &Visit, problem: Problem, code: Code) -> Response {
    let told = match visit.caller() {
        Ok(caller) => visit.console.app.own_exposure(caller).await.ok(),
        Err(_) => None,
    };
    let pause = told.filter(|_| code == Code::OnPause).and_then(|told| pause_of(visit, &told));
    let frame = Frame::of(visit, Section::None, problem.title.clone()).await;
    page(&PausePage { frame, problem, pause })
}

fn pause_of(visit: &Visit, told: &Exposure) -> Option<Pause> {
    let until = told.standing.pause_until.filter(|until| *until > visit.now)?;
    // Rounded up: nobody comes back to a pause that has seconds left.
    let left = until.since(visit.now) + Duration::from_secs(59);
    Some(Pause { left: visit.words.length(left), iso: until.to_string(), exact: visit.words.exact(until) })
}

fn figures(words: Words, seen: &Seen) -> Figures {
    Figures {
        items: words.number(seen.items),
        time: words.length(seen.time),
        shielded: words.number(seen.shielded),
        soft: words.number(seen.soft),
        full: words.number(seen.full),
    }
}

/// The days together. An item seen on two days was seen twice.
fn sum(days: &[Day]) -> Seen {
    days.iter().fold(Seen::default(), |sum, day| Seen {
        shielded: sum.shielded + day.seen.shielded,
        soft: sum.soft + day.seen.soft,
        full: sum.full + day.seen.full,
        items: sum.items + day.seen.items,
        time: sum.time + day.seen.time,
    })
}

fn day_row(words: Words, day: &Day) -> DayRow {
    DayRow {
        day: super::overview::named_day(words, &day.day),
        seen: figures(words, &day.seen),
        pauses: words.number(day.pauses),
    }
}

fn items_by_day(people: &[&Exposure]) -> Vec<(String, i64)> {
    let Some(first) = people.first() else { return vec![] };
    let items = |place: usize| people.iter().map(|one| i64::from(one.days[place].seen.items)).sum();
    first.days.iter().enumerate().map(|(place, day)| (day.day.clone(), items(place))).collect()
}

fn limits(words: Words, limits: &ExposureLimits) -> Limits {
    Limits {
        items_per_day: words.number(limits.items_per_day),
        time_per_day: words.length(limits.time_per_day),
        items_in_a_row: words.number(limits.items_in_a_row),
        time_in_a_row: words.length(limits.time_in_a_row),
        pause: words.length(limits.pause),
    }
}

/// The labels of the form of a decision, and whatever else incidents carry or the person named before.
fn labels(words: Words, chosen: &[Label], in_use: &[Label]) -> Vec<Choice> {
    let of_form = incident::LABELS
        .iter()
        .map(|(scheme, code)| Label { scheme: (*scheme).to_owned(), code: (*code).to_owned() });
    let mut all: Vec<Label> = Vec::new();
    for label in of_form.chain(in_use.iter().cloned()).chain(chosen.iter().cloned()) {
        if !all.contains(&label) {
            all.push(label);
        }
    }
    let choice = |label: &Label| {
        let key = format!("{}-{}", label.scheme, label.code.to_lowercase());
        let is_ours = incident::LABELS.contains(&(label.scheme.as_str(), label.code.as_str()));
        Choice {
            value: label.to_string(),
            title: format!("{} {}", label.scheme.to_uppercase(), label.code),
            meaning: if is_ours { words.name("label", &key) } else { String::new() },
            is_chosen: chosen.contains(label),
        }
    };
    all.iter().map(choice).collect()
}
