//! One request: where it stands, what each task asks and what stands against it, who asks, what was said, and what may be
//! done now.
//!
//! What it is not: any act (`request_acts.rs`, `request_after.rs`, `request_documents.rs`) or how a part of it looks
//! (`request_parts.rs`). To add something that may be done: a member of `May`, its form in the template, its door in
//! `request_acts.rs`.

use askama::Template;
use axum::response::Response;
use vigie_app::regimes::Remedy;
use vigie_app::requests::{RequestView, RightsDrafts, StatedTask, may_be_decided_again};
use vigie_app::{Resource, permits};
use vigie_model::disclosure::{Authority, RequestKind, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Operation, disclosure};

use super::request_beside::{Beside, beside};
use super::request_documents::{Document, document};
use super::request_parts::{Call, Fact, Left, Letter, Task, Warned, called, facts, trail, warned, written};
use super::requests::{Due, Line};
use super::{Id, page};
use crate::door::Door;
use crate::failure::{Problem, Result};
use crate::fields::{Fields, Query};
use crate::frame::Frame;
use crate::language::Words;
use crate::parts::{Identifier as Hash, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![Door::get("/requests/{id}", one)]
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
    pub(crate) effect: bool,
    pub(crate) ask_call: bool,
    pub(crate) call: bool,
    pub(crate) freeze: bool,
    pub(crate) clear: bool,
    pub(crate) find_forged: bool,
    pub(crate) decide_again: bool,
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
            accept: handle && state == S::Validating && view.request.kind == RequestKind::Production,
            effect: handle && state == S::Validating && view.request.kind == RequestKind::Removal,
            ask_call: handle && !state.is_over() && open_call.is_none(),
            call: permitted(Operation::CallBack)
                && !state.is_over()
                && open_call.is_some_and(|call| Some(call.begun_by) != desk.caller.person()),
            freeze: becomes(S::ForgerySuspected),
            clear: handle && state == S::ForgerySuspected,
            find_forged: permitted(Operation::SettleWarnings)
                && state == S::ForgerySuspected
                && view.request.brought_by != desk.caller.actor(),
            decide_again: handle && may_be_decided_again(state),
            suspend: becomes(S::Suspended),
            resume: handle && state == S::Suspended && !waits_for_answer(view),
            object: handle && matches!(state, S::EnforcingHold | S::Released | S::Delivered),
            withdraw: becomes(S::Withdrawn),
        }
    }
}

#[derive(Template)]
#[template(path = "request.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) line: Line,
    pub(crate) level: &'static str,
    pub(crate) required: &'static str,
    pub(crate) is_known_enough: bool,
    pub(crate) awaits_second: bool,
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
    pub(crate) papers: Vec<&'static str>,
    /// Where one is fetched.
    pub(crate) papers_from: String,
    /// Whether letters about fundamental rights are ready.
    pub(crate) has_drafts: bool,
    pub(crate) unread: Vec<String>,
    pub(crate) trail: Vec<(i64, String, String, When)>,
    pub(crate) document: Hash,
    pub(crate) documents: Vec<Document>,
    pub(crate) has_release: bool,
    pub(crate) left: Option<Left>,
    pub(crate) grounds: Vec<&'static str>,
    pub(crate) may: May,
    /// The question to a second person that waits, where one is asked to clear it of suspicion.
    pub(crate) asked: Option<String>,
    /// Silence, accounts to which nothing is done, documents that follow, and the end.
    pub(crate) beside: Beside,
    /// Until when it may be objected that the law of a third country forbids it.
    pub(crate) objectable: Option<String>,
    /// Whether that was objected, and its authority has not answered.
    pub(crate) is_objected: bool,
    pub(crate) proposed: String,
    pub(crate) fields: Fields,
    pub(crate) problem: Option<Problem>,
}

impl One {
    /// What is due next. It stands under the title, because on a narrow screen the deadlines are far below.
    fn next_due(&self) -> Option<&Due> {
        self.dues.iter().find(|due| !matches!(due.state, "met" | "paused"))
    }
}

async fn one(desk: Desk, Id(id): Id<RequestId>, Query(query): Query) -> Result<Response> {
    let done = query.text("done").to_owned();
    let mut fields = Fields::default();
    fields.put("draft", query.text("draft"));
    show(&desk, id, (&done, fields), None).await
}

/// The fields, filled in with the letter about fundamental rights that is asked for, for the officer to go over. Nothing is sent by it.
fn drafted(mut fields: Fields, drafts: Option<&RightsDrafts>) -> Fields {
    match (fields.text("draft"), drafts) {
        ("ask", Some(drafts)) => fields.put("clarification", &drafts.ask),
        ("refuse", Some(drafts)) => {
            fields.put("ground", disclosure::RefusalGround::HumanRights.name());
            fields.put("explanation", &drafts.refuse);
        }
        _ => {}
    }
    fields
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
    let asked = asked_to_clear(desk, &view).await?;
    let beside = beside(desk, &view).await?;
    let line = Line::of(desk, &view.request);
    let title = words.about("request-numbered", &line.number);
    let frame = Frame::of(desk.visit(), Section::Requests, title).await.below("requests-title", "/requests");
    Ok(page(&One {
        frame: frame.noting(done),
        level: view.request.level.name(),
        required: view.required.name(),
        is_known_enough: view.request.level >= view.required,
        awaits_second: view.awaits_second,
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
        papers_from: format!("/requests/{id}/paper"),
        papers: view.papers.iter().map(|paper| paper.name()).collect(),
        has_drafts: view.drafts.is_some(),
        fields: drafted(fields, view.drafts.as_ref()),
        letters: view.letters.iter().map(|letter| written(desk, letter, &names)).collect(),
        trail: view.trail.iter().map(|entry| trail(desk, entry, &names)).collect(),
        document: Hash::new(words, &hex::encode(view.request.document_sha256)),
        documents: view.documents.iter().map(|one| document(desk, one)).collect(),
        has_release: has_release(view.request.state) || view.package.is_some(),
        left: view.package.as_ref().map(|(package, evidence)| Left::of(desk, package, evidence)),
        grounds: grounds(&view),
        objectable: view.objectable.filter(|_| may.handle).map(|until| words.to_the_minute(until)),
        is_objected: waits_for_answer(&view) && !view.request.state.is_over(),
        proposed: proposed(words, &view.tasks),
        unread: view.diagnostics,
        asked,
        beside,
        line,
        may,
        problem,
    }))
}

/// The question that waits, where a second person is asked to clear the request of suspicion.
async fn asked_to_clear(desk: &Desk, view: &RequestView) -> Result<Option<String>> {
    if view.request.state != RequestState::ForgerySuspected {
        return Ok(None);
    }
    let about = format!("request:{}", view.request.id);
    let waiting = desk.console.app.waiting_questions(&desk.caller).await?;
    Ok(waiting.iter().find(|one| one.subject == about).map(|one| one.id.to_string()))
}

/// Whether something lies there to be looked at before it leaves.
pub(super) fn has_release(state: RequestState) -> bool {
    use RequestState as S;
    matches!(state, S::EnforcingHold | S::ReadyForApproval | S::Approved)
}

fn grounds(view: &RequestView) -> Vec<&'static str> {
    use disclosure::RefusalGround as G;
    let may = |ground: &&G| match ground {
        G::HousePolicy => !view.request.is_binding,
        G::ThirdCountryConflict => !view.knows_objection,
        _ => true,
    };
    G::ALL.iter().filter(may).map(|ground| ground.name()).collect()
}

/// Whether the house objected that the law of a third country forbids it, and its authority has not answered.
fn waits_for_answer(view: &RequestView) -> bool {
    view.conflict.as_ref().is_some_and(|conflict| conflict.answered_at.is_none())
}

/// A letter that asks about what stands against the tasks: the officer goes over it.
fn proposed(words: Words, tasks: &[StatedTask]) -> String {
    let mut lines = Vec::new();
    for task in tasks.iter().filter(|task| !task.state.is_over()) {
        for finding in task.findings.iter().flatten().filter(|one| one.remedy == Remedy::Clarify) {
            let text = words.of_two(&finding.en, &finding.fr);
            let number = words.about("task-numbered", &words.number(task.number));
            lines.push(format!("{number}: {text} ({})", words.provision(&finding.law)));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    format!("{}\n\n{}", words.say("clarify-opening"), lines.join("\n"))
}
