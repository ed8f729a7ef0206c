//! The queue: what waits for a reviewer, the most pressing first, and taking the next.

use askama::Template;
use axum::response::Response;
use vigie_app::queue::QueueQuery;
use vigie_model::incident::{Incident, IncidentState, Severity, SubjectKind};

use super::{go, page};
use crate::door::Door;
use crate::failure::Result;
use crate::fields::{Fields, Query};
use crate::frame::Frame;
use crate::parts::When;
use crate::section::Section;
use crate::visit::Desk;

/// How many incidents one page shows.
const PAGE: usize = 50;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/queue", list), Door::post("/queue/next", next)]
}

/// An incident as lists show it. Never with a picture.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) subject: String,
    pub(crate) kind: SubjectKind,
    pub(crate) severity: Severity,
    pub(crate) state: IncidentState,
    pub(crate) child_at_risk: bool,
    pub(crate) items: String,
    pub(crate) reach: String,
    pub(crate) opened: When,
    pub(crate) holder: String,
    pub(crate) is_own: bool,
    pub(crate) wave: String,
    /// Whether a retro-hunt found something of it; told in the queue.
    pub(crate) is_retrospective: bool,
}

/// Makes the row of an incident.
pub(super) fn row(
    desk: &Desk,
    incident: &Incident,
    names: &std::collections::HashMap<vigie_model::id::PersonId, String>,
) -> Row {
    let lease = incident.lease.filter(|lease| lease.until > desk.now);
    Row {
        id: incident.id.to_string(),
        number: desk.words.number(incident.number),
        subject: incident.subject.name.clone().unwrap_or_else(|| incident.subject.reference.clone()),
        kind: incident.subject.kind,
        severity: incident.severity,
        state: incident.state,
        child_at_risk: incident.child_at_risk,
        items: desk.words.number(incident.items),
        reach: desk.words.number(incident.reach),
        opened: When::new(desk.words, incident.opened_at, desk.now),
        holder: lease.and_then(|lease| names.get(&lease.holder).cloned()).unwrap_or_default(),
        is_own: lease.is_some_and(|lease| Some(lease.holder) == desk.caller.person()),
        wave: incident.wave.map(|wave| wave.to_string()).unwrap_or_default(),
        is_retrospective: false,
    }
}

/// A way to look at the queue.
pub(crate) struct Chip {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) is_here: bool,
}

#[derive(Template)]
#[template(path = "queue.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) incidents: Vec<Row>,
    pub(crate) total: usize,
    pub(crate) chips: Vec<Chip>,
    pub(crate) next: String,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let app = &desk.console.app;
    let after = Some(query.text("after")).filter(|after| !after.is_empty());
    let found = app.queue(&desk.caller, &wanted(&query), after, PAGE).await?;
    let names = app.colleagues(&desk.caller).await?;
    let frame = Frame::of(desk.visit(), Section::Queue, desk.words.say("queue-title")).await;
    let next = found.next.map(|next| format!("/queue?{}after={next}", kept(&query)));
    Ok(page(&List {
        frame: frame.noting(query.text("done")),
        incidents: found
            .incidents
            .iter()
            .map(|incident| Row {
                is_retrospective: found.retrospective.contains(&incident.id),
                ..row(&desk, incident, &names)
            })
            .collect(),
        total: usize::try_from(found.total).unwrap_or(0),
        chips: chips(&desk, &query),
        next: next.unwrap_or_default(),
    }))
}

/// What the address asks for; what it cannot ask for is left out.
fn wanted(query: &Fields) -> QueueQuery {
    QueueQuery {
        state: query.text("state").parse().ok(),
        severity: query.text("severity").parse().ok(),
        subject: query.text("subject").parse().ok(),
        wave: query.text("wave").parse().ok(),
        mine: query.text("mine") == "yes",
        ..QueueQuery::default()
    }
}

/// The choices of an address, to go on with them.
fn kept(query: &Fields) -> String {
    let names = ["state", "severity", "subject", "wave", "mine"];
    let pairs = names.iter().filter(|name| !query.text(name).is_empty());
    let text = |name: &&str| {
        let value: String = url::form_urlencoded::byte_serialize(query.text(name).as_bytes()).collect();
        format!("{name}={value}&")
    };
    pairs.map(text).collect()
}

fn chips(desk: &Desk, query: &Fields) -> Vec<Chip> {
    let chip = |key: &str, choice: &str| Chip {
        name: desk.words.say(key),
        path: if choice.is_empty() { "/queue".to_owned() } else { format!("/queue?{choice}") },
        is_here: kept(query).trim_end_matches('&') == choice,
    };
    vec![
        chip("queue-all", ""),
        chip("queue-mine", "mine=yes"),
        chip("queue-pressing", "severity=high"),
        chip("queue-escalated", "state=escalated"),
        chip("queue-accounts", "subject=account"),
        chip("queue-conversations", "subject=conversation"),
    ]
}

/// Takes the most pressing incident that is free for the person.
async fn next(desk: Desk) -> Result<Response> {
    let taken = desk.console.app.claim_next(&desk.caller).await?;
    Ok(go(
        taken.map_or("/queue?done=queue-empty".to_owned(), |incident| format!("/incidents/{}", incident.id))
    ))
}
