//! One request: where it stands, what each task asks and what stands against it, who asks, what was said, and what may be
//! done now.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use vigie_app::regimes::Remedy;
use vigie_app::requests::{
    CallBack, Delivered, Finding, OpenLetter, RequestView, StatedTask, TrailEntry, Warning,
};
use vigie_app::{Resource, permits};
use vigie_model::disclosure::{Authority, Identifier, RequestState, Span, TaskState, Wanted};
use vigie_model::id::{PersonId, RequestId};
use vigie_model::{Operation, disclosure};

use super::requests::{Due, Line, in_language};
use super::{Id, page};
use crate::door::Door;
use crate::failure::{Problem, Result};
use crate::fields::{Fields, Query};
use crate::frame::Frame;
use crate::language::Words;
use crate::parts::{Exact, Identifier as Hash, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/requests/{id}", one)]
}

/// Something that stands against a task.
pub(crate) struct Against {
    pub(crate) text: String,
    pub(crate) law: String,
    pub(crate) is_unconfirmed: bool,
    pub(crate) remedy: String,
}

/// A task as the page shows it.
pub(crate) struct Task {
    pub(crate) number: i64,
    pub(crate) kind: &'static str,
    pub(crate) identifier: String,
    pub(crate) service: String,
    pub(crate) category: &'static str,
    pub(crate) span: Option<(String, String)>,
    pub(crate) criterion: String,
    pub(crate) cap: String,
    /// Whom it means; none before somebody looked.
    pub(crate) accounts: Option<Vec<String>>,
    pub(crate) against: Option<Vec<Against>>,
    pub(crate) state: &'static str,
    pub(crate) looks: &'static str,
    pub(crate) ground: &'static str,
    pub(crate) explanation: String,
    pub(crate) nil: &'static str,
    pub(crate) records: String,
    pub(crate) is_open: bool,
    /// Whether it waits to be decided.
    pub(crate) is_undecided: bool,
}

impl Task {
    pub(super) fn of(words: Words, task: &StatedTask) -> Self {
        let Wanted { identifier: Identifier { kind, value, service }, span, criterion, cap, .. } =
            &task.wanted;
        let against = |found: &Vec<Finding>| found.iter().map(|one| against(words, one)).collect();
        Self {
            number: task.number,
            kind: kind.name(),
            identifier: value.clone(),
            service: service.clone(),
            category: task.category.name(),
            span: span.as_ref().map(|span| of_time(words, span)),
            criterion: criterion.clone().unwrap_or_default(),
            cap: cap.map(|cap| words.number(cap)).unwrap_or_default(),
            accounts: task.accounts.clone(),
            against: task.findings.as_ref().map(against),
            state: task.state.name(),
            looks: match task.state {
                TaskState::Released | TaskState::NoData => "ok-state",
                TaskState::Refused | TaskState::Blocked => "danger-state",
                state if state.is_over() => "quiet-state",
                _ => "",
            },
            ground: task.ground.map_or("", disclosure::RefusalGround::name),
            explanation: task.explanation.clone().unwrap_or_default(),
            nil: task.nil.map_or("", disclosure::NilReturn::name),
            records: task.records.map(|count| words.number(count)).unwrap_or_default(),
            is_open: !task.state.is_over(),
            is_undecided: matches!(task.state, TaskState::Pending | TaskState::Preserved),
        }
    }
}

/// The first and the last moment of a span, to the minute.
pub(super) fn of_time(words: Words, span: &Span) -> (String, String) {
    (words.to_the_minute(span.from), words.to_the_minute(span.until))
}

fn against(words: Words, finding: &Finding) -> Against {
    Against {
        text: in_language(words, &finding.en, &finding.fr),
        law: finding.law.clone(),
        is_unconfirmed: finding.confirm,
        remedy: remedy(words, finding.remedy),
    }
}

/// What follows from a finding, in words.
pub(super) fn remedy(words: Words, remedy: Remedy) -> String {
    match remedy {
        Remedy::Clarify => words.say("remedy-clarify"),
        Remedy::Senior => words.say("remedy-senior"),
        Remedy::Refuse(ground) => words.about("remedy-refuse", &words.name("refusal-ground", ground.name())),
    }
}

/// Something that should make people look twice.
pub(crate) struct Warned {
    pub(crate) task: i64,
    pub(crate) kind: String,
    pub(crate) is_alarm: bool,
    pub(crate) text: String,
    pub(crate) source: String,
    pub(crate) found: When,
    pub(crate) settled: Option<(String, When, String)>,
}

/// A call back, asked for or made.
pub(crate) struct Call {
    pub(crate) asked_by: String,
    pub(crate) asked: When,
    /// What is read back; empty for everybody but who calls.
    pub(crate) code: String,
    pub(crate) made: Option<(String, When, String, String, String)>,
}

/// A letter, or a note of the house.
pub(crate) struct Letter {
    pub(crate) kind: &'static str,
    pub(crate) text: String,
    pub(crate) by: String,
    pub(crate) written: When,
    pub(crate) is_unsent: bool,
}

/// The kinds of letters that have a word.
pub(crate) const LETTERS: &[&str] = &[
    "acknowledgement",
    "answer",
    "clarification",
    "enforcing_authority",
    "note",
    "refusal",
    "withdrawal",
    "letter",
];

/// A fact of the document.
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// What may be done now, by this person.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct May {
    pub(crate) handle: bool,
    pub(crate) settle: bool,
    pub(crate) clarify: bool,
    pub(crate) answer: bool,
    pub(crate) refuse: bool,
    pub(crate) accept: bool,
    pub(crate) ask_call: bool,
    pub(crate) call: bool,
    pub(crate) freeze: bool,
    pub(crate) clear: bool,
    pub(crate) suspend: bool,
    pub(crate) resume: bool,
    pub(crate) object: bool,
    pub(crate) withdraw: bool,
}

impl May {
    fn of(desk: &Desk, view: &RequestView) -> Self {
        use RequestState as S;
        let permitted = |operation| permits(&desk.caller, operation, Resource::Any);
        let state = view.request.state;
        let handle = permitted(Operation::HandleRequests);
        let becomes = |next| handle && state.may_become(next);
        let open_call = view.calls.iter().find(|call| call.made.is_none());
        Self {
            handle,
            settle: permitted(Operation::SettleWarnings),
            clarify: handle && state == S::Validating,
            answer: handle && state == S::Clarification,
            refuse: handle && matches!(state, S::Validating | S::Clarification | S::Quarantined),
            accept: handle && state == S::Validating,
            ask_call: handle && !state.is_over() && open_call.is_none(),
            call: permitted(Operation::CallBack)
                && !state.is_over()
                && open_call.is_some_and(|call| Some(call.begun_by) != desk.caller.person()),
            freeze: becomes(S::ForgerySuspected),
            clear: handle && state == S::ForgerySuspected,
            suspend: becomes(S::Suspended),
            resume: handle && state == S::Suspended,
            object: handle && matches!(state, S::EnforcingHold | S::Delivered),
            withdraw: becomes(S::Withdrawn),
        }
    }
}

/// What left, and what came of it.
pub(crate) struct Left {
    pub(crate) sha256: Hash,
    pub(crate) released: When,
    pub(crate) until: Exact,
    pub(crate) evidence: Vec<(&'static str, When, String)>,
}

#[derive(Template)]
#[template(path = "request.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) line: Line,
    pub(crate) level: &'static str,
    pub(crate) required: &'static str,
    pub(crate) is_known_enough: bool,
    pub(crate) preservation: &'static str,
    pub(crate) facts: Vec<Fact>,
    pub(crate) told: String,
    pub(crate) necessity: String,
    pub(crate) dues: Vec<Due>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) warnings: Vec<Warned>,
    pub(crate) unsettled: usize,
    pub(crate) calls: Vec<Call>,
    pub(crate) authorities: Vec<Authority>,
    pub(crate) letters: Vec<Letter>,
    pub(crate) unread: Vec<String>,
    pub(crate) trail: Vec<(i64, String, String, When)>,
    pub(crate) document: Hash,
    pub(crate) has_release: bool,
    pub(crate) left: Option<Left>,
    pub(crate) grounds: Vec<&'static str>,
    pub(crate) may: May,
    pub(crate) proposed: String,
    pub(crate) fields: Fields,
    pub(crate) problem: Option<Problem>,
}

async fn one(desk: Desk, Id(id): Id<RequestId>, Query(query): Query) -> Result<Response> {
    let done = query.text("done").to_owned();
    show(&desk, id, (&done, Fields::default()), None).await
}

/// Shows a request, after an act with what was done, or with why it was not and everything that was written.
pub(super) async fn show(
    desk: &Desk,
    id: RequestId,
    (done, fields): (&str, Fields),
    problem: Option<Problem>,
) -> Result<Response> {
    let app = &desk.console.app;
    let view = app.request(&desk.caller, id).await?;
    let names = app.colleagues(&desk.caller).await?;
    let words = desk.words;
    let may = May::of(desk, &view);
    let authorities = match may.call {
        true => app.authorities(&desk.caller).await?,
        false => vec![],
    };
    let line = Line::of(desk, &view.request);
    let title = words.about("request-numbered", &line.number);
    let frame = Frame::of(desk.visit(), Section::Requests, title).await.below("requests-title", "/requests");
    Ok(page(&One {
        frame: frame.noting(done),
        level: view.request.level.name(),
        required: view.required.name(),
        is_known_enough: view.request.level >= view.required,
        preservation: view.request.preservation.map_or("", disclosure::PreservationState::name),
        facts: facts(words, &view),
        told: view.instrument.facts.clone(),
        necessity: view.instrument.necessity.clone(),
        dues: view.deadlines.iter().map(|deadline| Due::of(desk, deadline)).collect(),
        tasks: view.tasks.iter().map(|task| Task::of(words, task)).collect(),
        warnings: view.warnings.iter().map(|warning| warned(desk, warning, &names)).collect(),
        unsettled: view.warnings.iter().filter(|one| one.settled.is_none() && one.weight != "hint").count(),
        calls: view.calls.iter().map(|call| called(desk, call, may, &names)).collect(),
        authorities: authorities.into_iter().filter(|one| one.country == view.request.country).collect(),
        letters: view.letters.iter().map(|letter| written(desk, letter, &names)).collect(),
        trail: view.trail.iter().map(|entry| trail(desk, entry, &names)).collect(),
        document: Hash::new(words, &hex::encode(view.request.document_sha256)),
        has_release: has_release(view.request.state) || view.package.is_some(),
        left: view.package.as_ref().map(|(package, evidence)| Left {
            sha256: Hash::new(words, &hex::encode(package.sha256)),
            released: When::new(words, package.released_at, desk.now),
            until: Exact::new(words, package.expires_at),
            evidence: evidence.iter().map(|one| delivered(desk, one)).collect(),
        }),
        grounds: grounds(&view),
        proposed: proposed(words, &view.tasks),
        unread: view.diagnostics,
        line,
        may,
        fields,
        problem,
    }))
}

/// Whether something lies there to be looked at before it leaves.
pub(super) fn has_release(state: RequestState) -> bool {
    use RequestState as S;
    matches!(state, S::EnforcingHold | S::ReadyForApproval | S::Approved)
}

fn grounds(view: &RequestView) -> Vec<&'static str> {
    use disclosure::RefusalGround as G;
    let may = |ground: &&G| **ground != G::HousePolicy || !view.request.is_binding;
    G::ALL.iter().filter(may).map(|ground| ground.name()).collect()
}

/// A letter that asks about what stands against the tasks: the officer goes over it.
fn proposed(words: Words, tasks: &[StatedTask]) -> String {
    let mut lines = Vec::new();
    for task in tasks.iter().filter(|task| !task.state.is_over()) {
        for finding in task.findings.iter().flatten().filter(|one| one.remedy == Remedy::Clarify) {
            let text = in_language(words, &finding.en, &finding.fr);
            let number = words.about("task-numbered", &words.number(task.number));
            lines.push(format!("{number}: {text} ({})", finding.law));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n\n{}", words.say("clarify-opening"), lines.join("\n"))
}

fn facts(words: Words, view: &RequestView) -> Vec<Fact> {
    let said = &view.instrument;
    let office = |office: &disclosure::Office| {
        let role = office.role.map(|role| words.name("issuer-role", role.name())).unwrap_or_default();
        let parts = [
            &office.name,
            &office.country,
            &role,
            &office.official,
            &office.post,
            &office.mail,
            &office.phone,
            &office.file,
        ];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
    };
    let offence = said.offence.as_ref().map(|offence| {
        let years =
            offence.maximum_years.map(|years| words.count("offence-years", years)).unwrap_or_default();
        let listed = offence.listed.clone().unwrap_or_default();
        let parts = [offence.text.clone(), offence.provision.clone(), listed, years];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    });
    let emergency = said
        .emergency
        .as_ref()
        .map(|one| format!("{} · {}", words.name("emergency-ground", one.ground.name()), one.text));
    let silence = said.silence.as_ref().map(|one| until(words, one.until, [&one.basis, &one.text]));
    let spared = said.do_not_act.as_ref().map(|one| until(words, Some(one.until), [&one.text, ""]));
    let rows = [
        ("request-issuer", Some(office(&said.issuer))),
        ("request-validator", said.validator.as_ref().map(office)),
        ("request-notified", said.notified.as_ref().map(office)),
        ("request-addressee", Some(said.addressee.clone())),
        ("request-issued", said.issued_at.map(|moment| words.day(moment))),
        ("request-bases", Some(said.legal_bases.join(", "))),
        ("request-offence", offence),
        ("request-subject", Some(words.name("subject-role", said.subject_role.name()))),
        ("request-emergency", emergency),
        ("request-silence", silence),
        ("request-do-not-act", spared),
        ("request-earlier", said.earlier.clone()),
    ];
    let told =
        rows.into_iter().filter_map(|(key, value)| Some((key, value.filter(|text| !text.is_empty())?)));
    told.map(|(key, value)| Fact { name: words.say(key), value }).collect()
}

fn until(words: Words, end: Option<vigie_model::Moment>, texts: [&str; 2]) -> String {
    let end = match end {
        Some(end) => words.about("request-until", &words.to_the_minute(end)),
        None => words.say("request-no-end"),
    };
    let texts = texts.into_iter().filter(|text| !text.is_empty()).map(str::to_owned);
    [end].into_iter().chain(texts).collect::<Vec<_>>().join(" · ")
}

fn warned(desk: &Desk, warning: &Warning, names: &HashMap<PersonId, String>) -> Warned {
    let settled = warning.settled.as_ref().map(|one| {
        let by = names.get(&one.by).cloned().unwrap_or_default();
        (by, When::new(desk.words, one.at, desk.now), one.reason.clone())
    });
    Warned {
        task: warning.task,
        kind: warning.kind.clone(),
        is_alarm: warning.weight != "hint",
        text: in_language(desk.words, &warning.text.en, &warning.text.fr),
        source: match warning.source.as_str() {
            "anomaly" => desk.words.say("warning-anomaly"),
            source => source.to_owned(),
        },
        found: When::new(desk.words, warning.found_at, desk.now),
        settled,
    }
}

fn called(desk: &Desk, call: &CallBack, may: May, names: &HashMap<PersonId, String>) -> Call {
    let name = |id: &PersonId| names.get(id).cloned().unwrap_or_default();
    let is_caller = may.call && call.made.is_none();
    Call {
        asked_by: name(&call.begun_by),
        asked: When::new(desk.words, call.begun_at, desk.now),
        code: if is_caller { call.nonce.clone() } else { String::new() },
        made: call.made.as_ref().map(|made| {
            let when = When::new(desk.words, made.at, desk.now);
            let outcome = desk.words.name("call-outcome", &made.outcome);
            (name(&made.by), when, made.number.clone(), made.spoke_with.clone(), outcome)
        }),
    }
}

fn written(
    desk: &Desk,
    OpenLetter { letter, text }: &OpenLetter,
    names: &HashMap<PersonId, String>,
) -> Letter {
    let kind = LETTERS.iter().find(|kind| **kind == letter.kind).copied().unwrap_or("letter");
    Letter {
        kind,
        text: text.clone(),
        by: actor(desk.words, &letter.written_by, names),
        written: When::new(desk.words, letter.written_at, desk.now),
        is_unsent: letter.sent_at.is_none() && letter.is_ours,
    }
}

fn trail(desk: &Desk, entry: &TrailEntry, names: &HashMap<PersonId, String>) -> (i64, String, String, When) {
    let by = actor(desk.words, &entry.actor, names);
    (entry.number, entry.action.clone(), by, When::new(desk.words, entry.at, desk.now))
}

/// An actor of the ledger as people know them: colleagues by name, the rest as it is.
fn actor(words: Words, actor: &str, names: &HashMap<PersonId, String>) -> String {
    let person = actor.strip_prefix("person:").and_then(|id| id.parse::<PersonId>().ok());
    match person.and_then(|id| names.get(&id)) {
        Some(name) => name.clone(),
        None if actor == "system" => words.say("actor-machine"),
        None => actor.to_owned(),
    }
}

pub(super) fn delivered(desk: &Desk, one: &Delivered) -> (&'static str, When, String) {
    (one.evidence.name(), When::new(desk.words, one.at, desk.now), one.detail.clone())
}
