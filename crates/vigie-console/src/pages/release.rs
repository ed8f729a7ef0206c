//! The release of a request: what was asked, what is prepared and what leaves, side by side, before two people let it go.
//!
//! What it is not: the records themselves kept anywhere; each look opens them anew, and is in the ledger first. To add
//! something that is shown before a package leaves: a member of `Ready`.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use vigie_app::releases::{PAGE, ReleaseView, ShownRecord};
use vigie_app::requests::RequestView;
use vigie_app::{Resource, permits};
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::disclosure::{Record, RequestState};
use vigie_model::id::{PersonId, RequestId, TaskId};
use vigie_model::{Moment, Operation};

use super::request::has_release;
use super::request_acts::{confirmed_or, file};
use super::request_parts::{Left, Task};
use super::requests::Line;
use super::{Id, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::language::Words;
use crate::parts::{Exact, Identifier, TimeLeft, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get("/requests/{id}/release", look),
        Door::post("/requests/{id}/release/withhold", withhold),
        Door::post("/requests/{id}/release/ask", ask),
        Door::post("/requests/{id}/release/package", carry),
    ]
}

/// A task: what was asked, what is prepared, what leaves.
pub(crate) struct Beside {
    pub(crate) asked: Task,
    /// How many records were taken, where they do not wait any more.
    pub(crate) taken: Option<String>,
    pub(crate) prepared: Option<Prepared>,
}

/// What is prepared and leaves of a task.
pub(crate) struct Prepared {
    pub(crate) accounts: Vec<String>,
    pub(crate) fields: String,
    pub(crate) taken: String,
    pub(crate) leaves: String,
    pub(crate) withheld: String,
    pub(crate) first_and_last: Option<(String, String)>,
    pub(crate) nil: &'static str,
}

/// A record as the page shows it.
pub(crate) struct Row {
    pub(crate) position: usize,
    pub(crate) number: String,
    pub(crate) task: i64,
    pub(crate) account: String,
    pub(crate) what: What,
    pub(crate) withheld: Option<String>,
}

/// What a record says.
pub(crate) enum What {
    /// A connection: its address, its port where it was kept, its moment.
    Connection { address: String, port: String, at: String, iso: String },
    /// A phone number, and when the account had it.
    Phone { number: String, since: String, until: String },
}

/// The question to the second person.
pub(crate) struct Question {
    pub(crate) id: String,
    pub(crate) state: &'static str,
    pub(crate) asked_by: String,
    pub(crate) asked: When,
    pub(crate) left: Option<TimeLeft>,
    pub(crate) decided: Option<(String, When)>,
}

/// What lies there to be looked at.
pub(crate) struct Ready {
    pub(crate) rows: Vec<Row>,
    pub(crate) range: String,
    pub(crate) earlier: Option<usize>,
    pub(crate) later: Option<usize>,
    pub(crate) statement: &'static str,
    pub(crate) warnings: Vec<(&'static str, String)>,
    pub(crate) refused: Vec<(String, &'static str, String)>,
    pub(crate) withheld: Vec<(String, String, String)>,
    pub(crate) recipient: Option<Identifier>,
    pub(crate) grant: Identifier,
    pub(crate) grant_ends: Exact,
    pub(crate) leaves: String,
}

#[derive(Template)]
#[template(path = "release.html")]
pub(crate) struct Look {
    pub(crate) frame: Frame,
    pub(crate) line: Line,
    pub(crate) tasks: Vec<Beside>,
    pub(crate) ready: Option<Ready>,
    pub(crate) question: Option<Question>,
    pub(crate) left: Option<Left>,
    pub(crate) at: usize,
    pub(crate) may_withhold: bool,
    pub(crate) may_ask: bool,
    pub(crate) may_carry: bool,
    pub(crate) fields: Fields,
    pub(crate) problem: Option<Problem>,
}

async fn look(desk: Desk, Id(id): Id<RequestId>, Query(query): Query) -> Result<Response> {
    let at = query.text("page").parse().unwrap_or(0);
    let done = query.text("done").to_owned();
    show(&desk, id, (at, &done, Fields::default()), None).await
}

async fn show(
    desk: &Desk,
    id: RequestId,
    (at, done, fields): (usize, &str, Fields),
    problem: Option<Problem>,
) -> Result<Response> {
    let app = &desk.console.app;
    let view = app.request(&desk.caller, id).await?;
    let release = match has_release(view.request.state) {
        true => Some(app.release_view(&desk.caller, id, at).await?),
        false => None,
    };
    let names = app.colleagues(&desk.caller).await?;
    let words = desk.words;
    let line = Line::of(desk, &view.request);
    let title = words.about("release-title", &line.number);
    let frame = Frame::of(desk.visit(), Section::Requests, title).await.below("requests-title", "/requests");
    let question = view.question.as_ref().map(|one| asked(desk, one, &names));
    let handles = permits(&desk.caller, Operation::HandleRequests, Resource::Any);
    let is_asked = question.as_ref().is_some_and(|one| one.state == ApprovalState::Waiting.name());
    let state = view.request.state;
    Ok(page(&Look {
        frame: frame.noting(done),
        tasks: view.tasks.iter().map(|task| beside(words, task, release.as_ref())).collect(),
        ready: release.as_ref().map(|release| ready(words, &view, release, at)),
        left: view.package.as_ref().map(|(package, evidence)| Left::of(desk, package, evidence)),
        may_withhold: handles
            && matches!(state, RequestState::ReadyForApproval | RequestState::EnforcingHold),
        may_ask: handles && state == RequestState::ReadyForApproval && !is_asked,
        may_carry: handles && matches!(state, RequestState::Released | RequestState::Delivered),
        question,
        at,
        line,
        fields,
        problem,
    }))
}

fn asked(desk: &Desk, question: &Approval, names: &HashMap<PersonId, String>) -> Question {
    let name = |id: PersonId| names.get(&id).cloned().unwrap_or_default();
    let when = |moment| When::new(desk.words, moment, desk.now);
    Question {
        id: question.id.to_string(),
        state: match question.state {
            ApprovalState::Waiting if question.expires_at <= desk.now => ApprovalState::Expired.name(),
            state => state.name(),
        },
        asked_by: name(question.requested_by),
        asked: when(question.requested_at),
        left: (question.state == ApprovalState::Waiting)
            .then(|| TimeLeft::new(desk.words, question.expires_at, desk.now)),
        decided: question
            .decided_at
            .map(|moment| (question.decided_by.map(name).unwrap_or_default(), when(moment))),
    }
}

fn beside(words: Words, task: &vigie_app::requests::StatedTask, release: Option<&ReleaseView>) -> Beside {
    let prepared = release.and_then(|release| {
        let of_task = release.tasks.iter().find(|one| one.task == task.id)?;
        let granted = release.grant.task(task.id)?;
        let fields: Vec<_> = granted.fields.iter().map(|field| words.name("field", field.name())).collect();
        let nil = release.says.nil.iter().find(|(one, _)| *one == task.id);
        Some(Prepared {
            accounts: granted.subjects.clone(),
            fields: fields.join(", "),
            taken: words.count("release-records", of_task.taken),
            leaves: words.count("release-records", of_task.leaves),
            withheld: match of_task.taken - of_task.leaves {
                0 => String::new(),
                count => words.number(count),
            },
            first_and_last: of_task
                .first_and_last
                .map(|(first, last)| (words.exact(first), words.exact(last))),
            nil: nil.map_or("", |(_, why)| why.name()),
        })
    });
    let taken = task.records.map(|count| words.count("release-records", count));
    Beside { asked: Task::of(words, task), taken, prepared }
}

fn ready(words: Words, view: &RequestView, release: &ReleaseView, at: usize) -> Ready {
    let (shown, total) = (&release.records.0, release.records.1);
    let number = |id: TaskId| view.tasks.iter().find(|task| task.id == id).map_or(0, |task| task.number);
    let named = |id: TaskId| words.about("task-numbered", &words.number(number(id)));
    let count = |count: usize| words.number(count);
    let first = at.saturating_mul(PAGE);
    let last = first.saturating_add(shown.len());
    Ready {
        rows: shown.iter().map(|record| row(words, record, number(record.task))).collect(),
        range: words.say_with(
            "requests-range-of",
            [
                ("from", count(first + usize::from(!shown.is_empty())).into()),
                ("to", count(last).into()),
                ("total", count(total).into()),
            ],
        ),
        earlier: at.checked_sub(1),
        later: (last < total).then_some(at + 1),
        statement: release.says.statement,
        warnings: release
            .says
            .warnings
            .iter()
            .map(|one| (one.kind.name(), words.number(one.count)))
            .collect(),
        refused: release
            .says
            .out_of_scope
            .iter()
            .map(|one| (named(one.task), one.ground.name(), one.explanation.clone().unwrap_or_default()))
            .collect(),
        withheld: release
            .says
            .redactions
            .iter()
            .map(|one| (named(one.task), words.number(one.rows), one.reason.clone()))
            .collect(),
        recipient: release.recipient.as_deref().map(|key| Identifier::new(words, key)),
        grant: Identifier::new(words, &release.grant.id.to_string()),
        grant_ends: Exact::new(words, release.grant.expires_at),
        leaves: count(release.tasks.iter().map(|task| task.leaves).sum()),
    }
}

fn row(words: Words, shown: &ShownRecord, task: i64) -> Row {
    let moment = |moment: Option<Moment>| moment.map(|moment| words.exact(moment)).unwrap_or_default();
    let what = match &shown.record {
        Record::Connection { address, port, at, .. } => What::Connection {
            address: address.clone(),
            port: port.map(|port| port.to_string()).unwrap_or_default(),
            at: with_offset(words, *at),
            iso: at.to_string(),
        },
        Record::Phone { phone_number, since, until, .. } => {
            What::Phone { number: phone_number.clone(), since: moment(*since), until: moment(*until) }
        }
    };
    Row {
        position: shown.position,
        number: words.number(shown.position + 1),
        task,
        account: shown.record.account().to_owned(),
        what,
        withheld: shown.withheld.clone(),
    }
}

/// A moment with its offset from UTC written out, so that nobody takes it for the time of their own clock.
fn with_offset(words: Words, at: Moment) -> String {
    format!("{}, {}", words.day(at), at.timestamp().strftime("%H:%M:%S.%3f +00:00"))
}

async fn withhold(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let at = fields.text("page").parse().unwrap_or(0);
    let positions: Vec<usize> = fields.parsed("record").collect();
    let is_again = fields.text("act") == "again";
    let reason = fields.text("withheld");
    let outcome = match is_again {
        false if reason.is_empty() => Err(vigie_app::Error::new(
            vigie_app::Code::InvalidValue,
            "say why they do not leave: the authority reads it",
        )),
        _ => {
            let reason = (!is_again).then_some(reason);
            desk.console.app.withhold_records(&desk.caller, id, (&positions, reason)).await
        }
    };
    match outcome {
        Ok(()) => {
            let done = if is_again { "release-again" } else { "release-withheld" };
            Ok(go(format!("/requests/{id}/release?page={at}&done={done}")))
        }
        Err(error) => refused(&desk, id, (at, fields), error).await,
    }
}

async fn refused(
    desk: &Desk,
    id: RequestId,
    (at, fields): (usize, Fields),
    error: vigie_app::Error,
) -> Result<Response> {
    if !failure::can_be_mended(&error) {
        return Err(error.into());
    }
    let problem = Problem::of(&error, desk.visit());
    show(desk, id, (at, "", fields), Some(problem)).await
}

async fn ask(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let (action, back) = (format!("/requests/{id}/release/ask"), format!("/requests/{id}/release"));
    match desk.console.app.ask_release(&desk.caller, id, fields.text("reason")).await {
        Ok(_) => Ok(go(format!("{back}?done=question-asked"))),
        Err(error) => match confirmed_or(&desk, error, (&action, &fields, &back)).await {
            Ok(response) => Ok(response),
            Err(error) => refused(&desk, id, (0, fields), error).await,
        },
    }
}

async fn carry(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    let (action, back) = (format!("/requests/{id}/release/package"), format!("/requests/{id}/release"));
    match desk.console.app.carry_package(&desk.caller, id).await {
        Ok(package) => Ok(file(&package.name, package.bytes)),
        Err(error) => match confirmed_or(&desk, error, (&action, &Fields::default(), &back)).await {
            Ok(response) => Ok(response),
            Err(error) => refused(&desk, id, (0, Fields::default()), error).await,
        },
    }
}
