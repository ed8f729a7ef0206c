//! What the page of a request shows: its document as facts, tasks, warnings, calls, letters, its trail and what left.
//!
//! What it is not: a handler; nothing here asks a use case. To add a part: a struct with `of`, a member of the page in
//! `request.rs`.

use std::collections::HashMap;

use vigie_app::regimes::Remedy;
use vigie_app::requests::{
    CallBack, Delivered, Finding, OpenLetter, PackageRow, RequestView, StatedTask, TrailEntry, Warning,
};
use vigie_model::disclosure::{self, Identifier, Span, TaskState, Wanted};
use vigie_model::id::PersonId;

use super::request::May;
use crate::language::Words;
use crate::parts::{Exact, Identifier as Hash, When};
use crate::visit::Desk;

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
                TaskState::Released | TaskState::NoData | TaskState::ActedOn => "ok-state",
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
        text: words.of_two(&finding.en, &finding.fr),
        law: words.provision(&finding.law),
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
    "conflict",
    "document_declined",
    "document_taken",
    "effect",
    "enforcement_requested",
    "enforcing_authority",
    "enforcing_decision",
    "extension",
    "new_deadline",
    "note",
    "preservation_ended",
    "production_announced",
    "recognised",
    "refusal",
    "silence",
    "upheld",
    "use_restricted",
    "validation",
    "validation_refused",
    "withdrawal",
    "letter",
];

/// A fact of the document.
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// What left, and what came of it.
pub(crate) struct Left {
    pub(crate) sha256: Hash,
    pub(crate) released: When,
    pub(crate) until: Exact,
    pub(crate) evidence: Vec<(&'static str, When, String)>,
}

impl Left {
    pub(super) fn of(desk: &Desk, package: &PackageRow, evidence: &[Delivered]) -> Self {
        let when = |moment| When::new(desk.words, moment, desk.now);
        Self {
            sha256: Hash::new(desk.words, &hex::encode(package.sha256)),
            released: when(package.released_at),
            until: Exact::new(desk.words, package.expires_at),
            evidence: evidence
                .iter()
                .map(|one| (one.evidence.name(), when(one.at), one.detail.clone()))
                .collect(),
        }
    }
}

pub(super) fn facts(words: Words, view: &RequestView) -> Vec<Fact> {
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
        ("request-answer-by", said.answer_by.map(|moment| words.to_the_minute(moment))),
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

pub(super) fn warned(desk: &Desk, warning: &Warning, names: &HashMap<PersonId, String>) -> Warned {
    let settled = warning.settled.as_ref().map(|one| {
        let by = names.get(&one.by).cloned().unwrap_or_default();
        (by, When::new(desk.words, one.at, desk.now), one.reason.clone())
    });
    Warned {
        task: warning.task,
        kind: warning.kind.clone(),
        is_alarm: warning.weight != "hint",
        text: desk.words.of_two(&warning.text.en, &warning.text.fr),
        source: match warning.source.as_str() {
            "anomaly" => desk.words.say("warning-anomaly"),
            source => desk.words.provision(source),
        },
        found: When::new(desk.words, warning.found_at, desk.now),
        settled,
    }
}

pub(super) fn called(desk: &Desk, call: &CallBack, may: May, names: &HashMap<PersonId, String>) -> Call {
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

pub(super) fn written(
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

pub(super) fn trail(
    desk: &Desk,
    entry: &TrailEntry,
    names: &HashMap<PersonId, String>,
) -> (i64, String, String, When) {
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
