//! Requests of authorities: the board of what is due, the next first, and the lists of those that are open or over.
//!
//! To add a list: a `Tab` with its word, and what it asks the use cases for.

use askama::Template;
use axum::response::Response;
use vigie_app::requests::{BoardCounts, BoardRow, LISTED, Listed, RequestDeadline, SOON};
use vigie_app::{Resource, permits};
use vigie_model::disclosure::Request;
use vigie_model::{Moment, Operation};

use super::page;
use crate::door::Door;
use crate::failure::Result;
use crate::fields::Query;
use crate::frame::Frame;
use crate::language::Words;
use crate::parts::{Exact, TimeLeft, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/requests", list)]
}

/// What the page lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Deadlines, the next first.
    Due,
    /// Requests that are open, the newest first.
    Open,
    /// Requests that are over.
    Closed,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Due, Self::Open, Self::Closed];

    fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// A request in one line, as lists and the heads of pages show it.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) authority: String,
    pub(crate) country: String,
    pub(crate) reference: String,
    pub(crate) regime: String,
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) looks: &'static str,
    pub(crate) is_emergency: bool,
    pub(crate) is_binding: bool,
    pub(crate) received: When,
}

impl Line {
    pub(super) fn of(desk: &Desk, request: &Request) -> Self {
        Self {
            id: request.id.to_string(),
            number: desk.words.number(request.number),
            authority: request.authority_name.clone(),
            country: request.country.clone(),
            reference: request.reference.clone(),
            regime: request.rule_set.clone(),
            kind: request.kind.name(),
            state: request.state.name(),
            looks: looks(request),
            is_emergency: request.is_emergency,
            is_binding: request.is_binding,
            received: When::new(desk.words, request.received_at, desk.now),
        }
    }
}

/// How a state looks, beside its word.
fn looks(request: &Request) -> &'static str {
    use vigie_model::disclosure::RequestState as S;
    match request.state {
        S::ForgerySuspected | S::UseRestricted => "danger-state",
        S::Quarantined | S::Clarification | S::Suspended | S::EnforcingHold => "warn-state",
        S::ReadyForApproval | S::Approved | S::Released | S::Delivered => "ok-state",
        state if state.is_over() => "quiet-state",
        _ => "",
    }
}

/// A deadline: what is due, how long it is until then, and the law that says so.
pub(crate) struct Due {
    pub(crate) what: String,
    pub(crate) law: String,
    pub(crate) is_unconfirmed: bool,
    /// `met`, `paused`, `passed`, `soon` or `running`.
    pub(crate) state: &'static str,
    pub(crate) left: TimeLeft,
    /// What is left once it runs again, where it stands still.
    pub(crate) still_left: String,
    pub(crate) due: Exact,
    pub(crate) met: Option<When>,
}

impl Due {
    pub(super) fn of(desk: &Desk, deadline: &RequestDeadline) -> Self {
        let words = desk.words;
        let paused = deadline.paused_since.filter(|_| deadline.satisfied_at.is_none());
        let rest = paused.map(|since| words.length(deadline.due_at.since(since)));
        Self {
            what: words.of_two(&deadline.label.en, &deadline.label.fr),
            law: words.provision(&deadline.source),
            is_unconfirmed: deadline.is_unconfirmed,
            state: state(deadline, desk.now),
            left: TimeLeft::new(words, deadline.due_at, desk.now),
            still_left: rest.unwrap_or_default(),
            due: Exact::new(words, deadline.due_at),
            met: deadline.satisfied_at.map(|moment| When::new(words, moment, desk.now)),
        }
    }
}

fn state(deadline: &RequestDeadline, now: Moment) -> &'static str {
    match deadline {
        _ if deadline.satisfied_at.is_some() => "met",
        _ if deadline.paused_since.is_some() => "paused",
        _ if deadline.due_at <= now => "passed",
        _ if deadline.due_at.since(now) < SOON => "soon",
        _ => "running",
    }
}

/// A link to another list.
pub(crate) struct TabLink {
    pub(crate) name: &'static str,
    pub(crate) is_here: bool,
}

/// Counts above the board.
pub(crate) struct Counts {
    pub(crate) running: String,
    pub(crate) soon: String,
    pub(crate) passed: String,
    pub(crate) tasks: String,
}

/// Links to the page before, and to the next.
pub(crate) struct Paging {
    pub(crate) shown: String,
    pub(crate) earlier: Option<String>,
    pub(crate) later: Option<String>,
}

impl Paging {
    /// The paging of a list of which so many rows from `from` on are shown.
    pub(super) fn of(words: Words, (address, from): (&str, i64), shown: usize, total: Option<i64>) -> Self {
        let shown = i64::try_from(shown).unwrap_or(0);
        let is_full = shown == LISTED && total.is_none_or(|total| from + shown < total);
        let last = words.number(from + shown);
        let range = match total {
            Some(total) => words.say_with(
                "requests-range-of",
                [
                    ("from", words.number(from + i64::from(shown > 0)).into()),
                    ("to", last.into()),
                    ("total", words.number(total).into()),
                ],
            ),
            None => words.say_with(
                "requests-range",
                [("from", words.number(from + i64::from(shown > 0)).into()), ("to", last.into())],
            ),
        };
        Self {
            shown: range,
            earlier: (from > 0).then(|| format!("{address}from={}", (from - LISTED).max(0))),
            later: is_full.then(|| format!("{address}from={}", from + LISTED)),
        }
    }
}

#[derive(Template)]
#[template(path = "requests.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) tabs: Vec<TabLink>,
    pub(crate) counts: Counts,
    pub(crate) board: Vec<(Due, Line)>,
    pub(crate) requests: Vec<Line>,
    pub(crate) is_board: bool,
    pub(crate) tab: &'static str,
    pub(crate) paging: Paging,
    pub(crate) may_enter: bool,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let app = &desk.console.app;
    let tab = Tab::ALL.into_iter().find(|tab| tab.name() == query.text("list")).unwrap_or(Tab::Due);
    let from = query.text("from").parse::<i64>().unwrap_or(0).clamp(0, 10_000_000);
    let (counts, board, requests) = match tab {
        Tab::Due => {
            let board = app.request_board(&desk.caller, from).await?;
            (board.counts, board.rows, vec![])
        }
        Tab::Open | Tab::Closed => {
            let which = if tab == Tab::Closed { Listed::Over } else { Listed::Open };
            let requests = app.requests(&desk.caller, which, from).await?;
            (app.request_counts(&desk.caller).await?, vec![], requests)
        }
    };
    let (address, shown, total) = match tab {
        Tab::Due => ("/requests?".to_owned(), board.len(), Some(counts.running)),
        _ => (format!("/requests?list={}&", tab.name()), requests.len(), None),
    };
    let frame = Frame::of(desk.visit(), Section::Requests, desk.words.say("requests-title")).await;
    Ok(page(&List {
        frame: frame.noting(query.text("done")),
        tabs: Tab::ALL.iter().map(|one| TabLink { name: one.name(), is_here: *one == tab }).collect(),
        counts: numbers(desk.words, counts),
        board: board.iter().map(|row| board_row(&desk, row)).collect(),
        requests: requests.iter().map(|request| Line::of(&desk, request)).collect(),
        is_board: tab == Tab::Due,
        tab: tab.name(),
        paging: Paging::of(desk.words, (&address, from), shown, total),
        may_enter: permits(&desk.caller, Operation::HandleRequests, Resource::Any),
    }))
}

fn board_row(desk: &Desk, row: &BoardRow) -> (Due, Line) {
    (Due::of(desk, &row.deadline), Line::of(desk, &row.request))
}

fn numbers(words: Words, counts: BoardCounts) -> Counts {
    Counts {
        running: words.number(counts.running),
        soon: words.number(counts.soon),
        passed: words.number(counts.passed),
        tasks: words.number(counts.tasks),
    }
}
