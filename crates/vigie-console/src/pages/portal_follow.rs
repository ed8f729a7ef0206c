//! What an official sends after a request: of their own authority, or the decision of an enforcing authority that was notified of
//! another's.
//!
//! To add something that may be sent: a kind in `offered`, with its words `follow-up-…` and `follow-up-meaning-…`.

use askama::Template;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use vigie_app::portal::NotifiedRequest;
use vigie_app::requests::{FollowUpKind, SentFollowUp, decided};
use vigie_model::disclosure::{Category, EnforcingDecision, RequestKind};
use vigie_model::id::RequestId;

use super::portal_form::mime;
use super::portal_new::LARGEST;
use super::portal_requests::show_refused;
use super::requests::Paging;
use super::{FormErrors, Id, go, page};
use crate::door::Door;
use crate::failure::{self, Problem, Result};
use crate::fields::{Fields, Query};
use crate::frame::Frame;
use crate::parts::{TimeLeft, When};
use crate::section::Section;
use crate::uploads::{File, Upload};
use crate::visit::Desk;

/// Where the decision of an enforcing authority is handed in.
const DECISIONS: &str = "/portal/decisions";

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::post("/portal/requests/{id}/follow-ups", follow_up).taking(DefaultBodyLimit::max(LARGEST)),
        Door::get(DECISIONS, decision),
        Door::post(DECISIONS, decide).taking(DefaultBodyLimit::max(LARGEST)),
    ]
}

/// What may be sent about a request of one's own, by what it wants, whether it cannot wait, and whether the house objected.
pub(super) fn offered(kind: RequestKind, is_emergency: bool, is_objected: bool) -> Vec<FollowUpKind> {
    use FollowUpKind as F;
    let mut offered = match kind {
        RequestKind::Preservation => vec![F::ProductionAnnounced, F::Extension, F::PreservationEnded],
        _ if is_emergency => vec![F::Validation, F::ValidationRefused],
        _ => vec![],
    };
    if is_objected {
        offered.push(F::Upheld);
    }
    offered.push(F::Withdrawal);
    offered
}

async fn follow_up(desk: Desk, Id(id): Id<RequestId>, sent: Upload) -> Result<Response> {
    // Asked first: nobody reads the document of a request that is not theirs.
    desk.console.app.own_request(&desk.caller, id).await?;
    let (fields, File { bytes: document, .. }) = sent.read("document").await?;
    let mut errors = FormErrors::default();
    let kind = fields.parsed::<FollowUpKind>("kind").next().filter(|kind| *kind != FollowUpKind::Answer);
    errors.require(kind.is_some(), "kind", desk.words, "portal-follow-kind-missing");
    errors.require(!fields.text("text").is_empty(), "text", desk.words, "portal-follow-text-missing");
    let kept = mime(&document).map(|mime| (mime.to_owned(), document.clone()));
    errors.require(kept.is_some() || document.is_empty(), "document", desk.words, "portal-document-wrong");
    let (Some(kind), true) = (kind, errors.is_empty()) else {
        return show_refused(&desk, id, fields, (errors, None)).await;
    };
    let text = fields.text("text").to_owned();
    let sent =
        SentFollowUp { kind, text, decision: None, document: kept, corrected: None, nonce: String::new() };
    match desk.console.app.hand_in_follow_up(&desk.caller, id, sent).await {
        Ok(()) => Ok(go(format!("/portal/requests/{id}?done=portal-followed"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            show_refused(&desk, id, fields, (errors, Some(problem))).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "portal_decision.html")]
pub(crate) struct Decision {
    pub(crate) frame: Frame,
    pub(crate) notified: Vec<Notified>,
    pub(crate) paging: Paging,
    pub(crate) decisions: Vec<&'static str>,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
}

/// A request of another authority of which this one was notified.
pub(crate) struct Notified {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) authority: String,
    pub(crate) country: String,
    pub(crate) is_emergency: bool,
    pub(crate) received: When,
    /// How long a decision is awaited still; none where none is.
    pub(crate) left: Option<TimeLeft>,
    pub(crate) tasks: Vec<String>,
}

fn notified(desk: &Desk, one: NotifiedRequest) -> Notified {
    let words = desk.words;
    let task = |(number, category): &(i64, Category)| {
        format!("{} {}", words.number(*number), words.name("data-category", category.name()))
    };
    Notified {
        id: one.id.to_string(),
        tasks: one.tasks.iter().map(task).collect(),
        reference: one.reference,
        authority: one.authority,
        country: one.country,
        is_emergency: one.is_emergency,
        received: When::new(words, one.received_at, desk.now),
        left: one.decide_by.map(|due| TimeLeft::new(words, due, desk.now)),
    }
}

async fn decision(desk: Desk, Query(query): Query) -> Result<Response> {
    let mut fields = Fields::default();
    fields.put("request", query.text("request"));
    let from = query.text("from").parse::<i64>().unwrap_or(0).clamp(0, 10_000_000);
    let shown = form(&desk, (fields, from), (FormErrors::default(), None)).await?;
    Ok(page(&Decision { frame: shown.frame.noting(query.text("done")), ..shown }))
}

async fn form(
    desk: &Desk,
    (fields, from): (Fields, i64),
    (errors, problem): (FormErrors, Option<Problem>),
) -> Result<Decision> {
    let listed = desk.console.app.notified_requests(&desk.caller, from).await?;
    let address = format!("{DECISIONS}?");
    let paging = Paging::of(desk.words, (&address, from), listed.len(), None);
    let notified = listed.into_iter().map(|one| notified(desk, one)).collect();
    let title = desk.words.say("portal-decision");
    let frame = Frame::of(desk.visit(), Section::None, title).await.below("portal-requests", super::PORTAL);
    let decisions = EnforcingDecision::ALL.iter().map(|one| one.name()).collect();
    Ok(Decision { frame, notified, paging, decisions, fields, errors, problem })
}

async fn decide(desk: Desk, sent: Upload) -> Result<Response> {
    desk.console.app.acting_for(&desk.caller).await?;
    let (fields, File { bytes: document, .. }) = sent.read("document").await?;
    let mut errors = FormErrors::default();
    let id = fields.parsed::<RequestId>("request").next();
    errors.require(id.is_some(), "request", desk.words, "portal-decision-request-missing");
    let decision = fields.parsed::<EnforcingDecision>("decision").next();
    errors.require(decision.is_some(), "decision", desk.words, "portal-decision-missing");
    let tasks: std::result::Result<Vec<i64>, _> =
        fields.text("tasks").split([',', ' ']).filter(|part| !part.is_empty()).map(str::parse).collect();
    errors.require(tasks.is_ok(), "tasks", desk.words, "portal-decision-tasks-wrong");
    errors.require(!fields.text("text").is_empty(), "text", desk.words, "portal-follow-text-missing");
    let kept = mime(&document).map(|mime| (mime.to_owned(), document));
    errors.require(kept.is_some(), "document", desk.words, "portal-document-wrong");
    let (Some(id), Some(decision), Ok(tasks), true) = (id, decision, tasks, errors.is_empty()) else {
        return Ok(page(&form(&desk, (fields, 0), (errors, None)).await?));
    };
    let outcome = match decided(decision, &tasks) {
        Ok(decision) => {
            let sent = SentFollowUp {
                kind: FollowUpKind::EnforcingDecision,
                text: fields.text("text").to_owned(),
                decision: Some(decision),
                document: kept,
                corrected: None,
                nonce: String::new(),
            };
            desk.console.app.hand_in_follow_up(&desk.caller, id, sent).await
        }
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => Ok(go(format!("{DECISIONS}?done=portal-decided"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            Ok(page(&form(&desk, (fields, 0), (errors, Some(problem))).await?))
        }
        Err(error) => Err(error.into()),
    }
}
