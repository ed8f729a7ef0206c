//! Requests at the portal: the authority's own, each with what the house said, its answer to a question, and its package.
//!
//! What it is not: anything that the exchange would not tell the authority as well. To add an act: its door, and the form on
//! `portal_request.html`.

use askama::Template;
use axum::response::Response;
use vigie_app::Code;
use vigie_app::portal::{OwnRefusal, OwnRequest, OwnStanding};
use vigie_app::requests::{FollowUpKind, PaperKind, PaperLanguage, StandingLetter, ToldState};
use vigie_model::id::RequestId;

use super::portal_follow::offered;
use super::request_acts::file;
use super::request_documents::{Document, document};
use super::requests::Paging;
use super::{FormErrors, Id, go, page, passkeys};
use crate::door::Door;
use crate::failure::{self, Failure, Problem, Result};
use crate::fields::{Fields, Form, Query};
use crate::frame::Frame;
use crate::parts::{TimeLeft, When};
use crate::section::Section;
use crate::visit::Desk;

pub(super) fn doors() -> Vec<Door> {
    vec![
        Door::get(super::PORTAL, list),
        Door::get("/portal/requests/{id}", show),
        Door::post("/portal/requests/{id}/answer", answer),
        Door::post("/portal/requests/{id}/package", fetch),
        Door::post("/portal/requests/{id}/paper", paper),
    ]
}

/// A request as lists and its own page show it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) reference: String,
    pub(crate) regime: String,
    pub(crate) kind: &'static str,
    pub(crate) state: ToldState,
    pub(crate) is_emergency: bool,
    pub(crate) received: When,
}

fn row(desk: &Desk, request: &OwnRequest) -> Row {
    let regimes = desk.console.app.regimes_in_force();
    let regime = regimes.iter().find(|rules| rules.id == request.regime);
    Row {
        id: request.id.to_string(),
        reference: request.reference.clone(),
        regime: regime.map_or_else(|| request.regime.clone(), |rules| desk.words.either(&rules.title)),
        kind: request.kind.name(),
        state: request.state,
        is_emergency: request.is_emergency,
        received: When::new(desk.words, request.received_at, desk.now),
    }
}

#[derive(Template)]
#[template(path = "portal_requests.html")]
pub(crate) struct List {
    pub(crate) frame: Frame,
    pub(crate) requests: Vec<Row>,
    pub(crate) paging: Paging,
}

async fn list(desk: Desk, Query(query): Query) -> Result<Response> {
    let from = query.text("from").parse::<i64>().unwrap_or(0).clamp(0, 10_000_000);
    let requests = desk.console.app.own_requests(&desk.caller, from).await?;
    let address = format!("{}?", super::PORTAL);
    let paging = Paging::of(desk.words, (&address, from), requests.len(), None);
    let frame = frame(&desk, desk.words.say("portal-requests")).await.noting(query.text("done"));
    Ok(page(&List { frame, paging, requests: requests.iter().map(|request| row(&desk, request)).collect() }))
}

/// What the house wrote.
pub(crate) struct Letter {
    pub(crate) kind: String,
    pub(crate) sent: When,
    pub(crate) text: String,
}

/// What was refused.
pub(crate) struct Refused {
    pub(crate) number: i64,
    pub(crate) category: String,
    pub(crate) ground: String,
    pub(crate) explanation: String,
    pub(crate) law: String,
}

#[derive(Template)]
#[template(path = "portal_request.html")]
pub(crate) struct One {
    pub(crate) frame: Frame,
    pub(crate) request: Row,
    pub(crate) letters: Vec<Letter>,
    pub(crate) refusals: Vec<Refused>,
    pub(crate) deadlines: Vec<(String, TimeLeft)>,
    pub(crate) may_answer: bool,
    /// What is asked; empty where nothing is.
    pub(crate) question: String,
    pub(crate) may_fetch: bool,
    pub(crate) documents: Vec<Document>,
    pub(crate) papers: Vec<&'static str>,
    /// Where one is fetched.
    pub(crate) papers_from: String,
    pub(crate) offered: Vec<&'static str>,
    pub(crate) fields: Fields,
    pub(crate) errors: FormErrors,
    pub(crate) problem: Option<Problem>,
}

async fn show(desk: Desk, Id(id): Id<RequestId>, Query(query): Query) -> Result<Response> {
    let one = one(&desk, id, Fields::default(), (FormErrors::default(), None)).await?;
    Ok(page(&One { frame: one.frame.noting(query.text("done")), ..one }))
}

/// Shows a request with why something sent about it was not taken, and with what was written.
pub(super) async fn show_refused(
    desk: &Desk,
    id: RequestId,
    fields: Fields,
    (errors, problem): (FormErrors, Option<Problem>),
) -> Result<Response> {
    Ok(page(&one(desk, id, fields, (errors, problem)).await?))
}

async fn one(
    desk: &Desk,
    id: RequestId,
    fields: Fields,
    (errors, problem): (FormErrors, Option<Problem>),
) -> Result<One> {
    let OwnStanding { request, standing, refusals, documents } =
        desk.console.app.own_request(&desk.caller, id).await?;
    let letter = |letter: StandingLetter| Letter {
        kind: desk.words.name("portal-letter", &letter.kind),
        sent: When::new(desk.words, letter.sent_at, desk.now),
        text: letter.text,
    };
    let is_asked = request.state == ToldState::ClarificationAsked;
    let asked = standing.letters.iter().rev().find(|letter| is_asked && letter.kind == "clarification");
    let asked = asked.map(|letter| letter.text.clone());
    let is_objected = standing.letters.iter().any(|letter| letter.kind == "conflict");
    let running = standing.deadlines.into_iter().filter(|deadline| !deadline.is_paused);
    let left = running.map(|one| (one.rule, TimeLeft::new(desk.words, one.due_at, desk.now)));
    Ok(One {
        frame: frame(desk, request.reference.clone()).await.below("portal-requests", super::PORTAL),
        may_answer: is_asked,
        may_fetch: matches!(request.state, ToldState::Ready | ToldState::Fetched),
        question: asked.unwrap_or_default(),
        // The newest first: what the service wrote last is what somebody comes to read.
        letters: standing.letters.into_iter().rev().map(letter).collect(),
        refusals: refusals.into_iter().map(|refusal| refused(desk, refusal)).collect(),
        deadlines: left.collect(),
        documents: documents.iter().map(|one| document(desk, one)).collect(),
        papers_from: format!("/portal/requests/{id}/paper"),
        papers: standing.papers.iter().map(|paper| paper.name()).collect(),
        offered: match request.state {
            ToldState::Refused | ToldState::Withdrawn | ToldState::Closed => vec![],
            _ => {
                let kinds = offered(request.kind, request.is_emergency, is_objected);
                kinds.into_iter().map(FollowUpKind::name).collect()
            }
        },
        request: row(desk, &request),
        fields,
        errors,
        problem,
    })
}

fn refused(desk: &Desk, refusal: OwnRefusal) -> Refused {
    Refused {
        number: refusal.number,
        category: desk.words.name("data-category", refusal.category.name()),
        ground: desk.words.name("portal-ground", refusal.ground.name()),
        explanation: refusal.explanation,
        law: desk.words.provision(&refusal.law),
    }
}

async fn answer(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    match desk.console.app.answer_clarification(&desk.caller, id, fields.text("answer")).await {
        Ok(()) => Ok(go(format!("/portal/requests/{id}?done=portal-answered"))),
        Err(error) if failure::can_be_mended(&error) => {
            let problem = Problem::of(&error, desk.visit());
            show_refused(&desk, id, fields, (FormErrors::default(), Some(problem))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn fetch(desk: Desk, Id(id): Id<RequestId>) -> Result<Response> {
    let back = format!("/portal/requests/{id}");
    match desk.console.app.fetch_own_package(&desk.caller, id).await {
        Ok(package) => Ok(file(&package.name, package.bytes)),
        Err(error) if error.code() == Code::StepUpNeeded => {
            passkeys::ask_first(&desk, &format!("{back}/package"), &Fields::default(), &back).await
        }
        Err(error)
            if matches!(error.code(), Code::ProofPending | Code::NothingReleased | Code::PackageExpired) =>
        {
            let problem = Problem::of(&error, desk.visit());
            show_refused(&desk, id, Fields::default(), (FormErrors::default(), Some(problem))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn paper(desk: Desk, Id(id): Id<RequestId>, Form(fields): Form) -> Result<Response> {
    let chosen =
        (fields.text("paper").parse::<PaperKind>(), fields.text("language").parse::<PaperLanguage>());
    let (Ok(kind), Ok(language)) = chosen else {
        return Err(Failure::new(Code::NotFound, "no such paper"));
    };
    let paper = desk.console.app.request_paper(&desk.caller, id, (kind, language)).await?;
    Ok(file(&paper.name, paper.bytes))
}

async fn frame(desk: &Desk, title: String) -> Frame {
    Frame::of(desk.visit(), Section::None, title).await
}
