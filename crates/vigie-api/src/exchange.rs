//! The exchange between instances: authorities hand in signed requests, ask how they stand, and fetch what was released.
//!
//! Who calls is whose registered key signed: the document itself where one is handed in, a pass of the moment where something
//! is asked for. There is no token here. An answer never tells whether an account exists before something leaves.
//!
//! What it is not: a judgement; each route calls one use case. To add a call: its route and its path for OpenAPI here, its
//! use case in `vigie_app::requests`.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_app::Code;
use vigie_app::requests::{Call, EXCHANGE_TYPE, PaperKind, PaperLanguage, Standing};
use vigie_model::Caller;
use vigie_model::disclosure::Authority;
use vigie_model::id::RequestId;

use crate::address::Path;
use crate::caller::tell_asker;
use crate::{Api, Problem, ProblemDocument};

/// An authority with a pass for this very call.
#[derive(Debug)]
pub(crate) struct OfAuthority(Caller, Authority);

impl FromRequestParts<Api> for OfAuthority {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        let pass = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let (caller, authority) = api.app.authority_caller(pass.unwrap_or_default(), &call(parts)).await?;
        tell_asker(parts, &caller);
        Ok(Self(caller, authority))
    }
}

/// The call that a pass must be for. The host is what the caller wrote.
fn call(parts: &Parts) -> Call {
    let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = host.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str));
    let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    Call {
        method: parts.method.to_string(),
        path: path.to_owned(),
        host: host.unwrap_or_default().to_owned(),
    }
}

/// How a request stands, for its authority.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandingDocument {
    /// The request.
    #[schema(value_type = String)]
    request: RequestId,
    /// The number that the authority gave it.
    reference: String,
    /// `under_examination`, `clarification_asked`, `being_carried_out`, `ready`, `fetched`, `use_restricted`, `refused`, `withdrawn` or
    /// `closed`.
    state: String,
    /// When it came in.
    received_at: String,
    /// Its deadlines that run.
    deadlines: Vec<DeadlineDocument>,
    /// What the house wrote, the oldest first.
    letters: Vec<LetterDocument>,
    /// The papers that can be fetched: `form_3`, `form_3_xml`, `clarification`, `refusal`.
    papers: Vec<String>,
}

/// A deadline of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeadlineDocument {
    /// The row of the rule set.
    rule: String,
    /// When it ends.
    due_at: String,
    /// Whether it stands still.
    is_paused: bool,
}

/// A letter about a request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LetterDocument {
    /// What kind of letter.
    kind: String,
    /// When it was sent.
    sent_at: String,
    /// The text.
    text: String,
}

/// Hands in a signed request. The answer is a signed receipt.
#[utoipa::path(post, path = "/exchange/v1/requests", tag = "exchange",
    request_body(content = Object, content_type = "application/vnd.dsse.v1+json"),
    responses(
        (status = 202, body = Object, content_type = "application/vnd.dsse.v1+json"),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
pub(crate) async fn hand_in(State(api): State<Api>, body: Bytes) -> Result<Response, Problem> {
    let answered = api.app.receive_signed(body).await?;
    Ok(receipt(answered.receipt))
}

/// Tells how a request stands, to its authority.
#[utoipa::path(get, path = "/exchange/v1/requests/{request}", tag = "exchange", params(("request" = String, Path)),
    responses(
        (status = 200, body = StandingDocument),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
pub(crate) async fn read(
    State(api): State<Api>,
    OfAuthority(caller, authority): OfAuthority,
    Path(request): Path<String>,
) -> Result<Json<StandingDocument>, Problem> {
    let standing = api.app.request_standing(&caller, &authority, named(&request)?).await?;
    Ok(Json(document(standing)))
}

/// Gives the package of a request to its authority.
#[utoipa::path(get, path = "/exchange/v1/requests/{request}/package", tag = "exchange", params(("request" = String, Path)),
    responses(
        (status = 200, body = String, content_type = "application/x-tar"),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, body = ProblemDocument, content_type = "application/problem+json"),
    ))]
pub(crate) async fn fetch(
    State(api): State<Api>,
    OfAuthority(caller, authority): OfAuthority,
    Path(request): Path<String>,
) -> Result<Response, Problem> {
    let package = api.app.fetch_package(&caller, &authority, named(&request)?).await?;
    Ok(file("application/x-tar", &package.name, package.bytes))
}

/// Takes a request back by a signed withdrawal. The answer is a signed receipt.
#[utoipa::path(post, path = "/exchange/v1/requests/{request}/withdraw", tag = "exchange", params(("request" = String, Path)),
    request_body(content = Object, content_type = "application/vnd.dsse.v1+json"),
    responses(
        (status = 202, body = Object, content_type = "application/vnd.dsse.v1+json"),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
pub(crate) async fn withdraw(
    State(api): State<Api>,
    Path(request): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let answered = api.app.withdraw_signed(signed_about(&request), body).await?;
    Ok(receipt(answered.receipt))
}

/// Takes what an authority signed about a request after it: its answer, a validation or its refusal, an extension, the announcement of
/// a production, that it is taken back; or the decision of the enforcing authority that was notified. The answer is a signed receipt.
#[utoipa::path(post, path = "/exchange/v1/requests/{request}/follow-ups", tag = "exchange", params(("request" = String, Path)),
    request_body(content = Object, content_type = "application/vnd.dsse.v1+json"),
    responses(
        (status = 202, body = Object, content_type = "application/vnd.dsse.v1+json"),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
pub(crate) async fn follow_up(
    State(api): State<Api>,
    Path(request): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let answered = api.app.follow_up_signed(signed_about(&request), body).await?;
    Ok(receipt(answered.receipt))
}

/// The key that checks receipts, grants and manifests of this house: one line, for anybody.
pub(crate) async fn key(State(api): State<Api>) -> Result<Response, Problem> {
    let key = api.app.disclosure_verifier()?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], format!("{key}\n")).into_response())
}

fn receipt(bytes: Vec<u8>) -> Response {
    (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, EXCHANGE_TYPE)], bytes).into_response()
}

/// Gives a paper of a request to its authority: `form_3`, `form_3_xml`, `clarification`, `refusal`, in `en` or `fr`.
#[utoipa::path(get, path = "/exchange/v1/requests/{request}/papers/{paper}/{language}", tag = "exchange",
    params(("request" = String, Path), ("paper" = String, Path), ("language" = String, Path)),
    responses(
        (status = 200, body = String, content_type = "application/pdf"),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
pub(crate) async fn paper(
    State(api): State<Api>,
    OfAuthority(caller, _): OfAuthority,
    Path((request, paper, language)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let unknown = |what: &str| Problem::new(Code::NotFound, format!("no such {what}"));
    let kind: PaperKind = paper.parse().map_err(|_| unknown("paper"))?;
    let language: PaperLanguage = language.parse().map_err(|_| unknown("language: en, fr"))?;
    let paper = api.app.request_paper(&caller, named(&request)?, (kind, language)).await?;
    Ok(file(paper.mime, &paper.name, paper.bytes))
}

/// A file for the authority alone: kept by nobody on the way.
fn file(mime: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, mime.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// The request that a signed document is about. What is no identifier names no request; that is told only to who signed.
fn signed_about(text: &str) -> RequestId {
    text.parse().unwrap_or(RequestId(uuid::Uuid::nil()))
}

fn named(text: &str) -> Result<RequestId, Problem> {
    text.parse().map_err(|_| Problem::new(Code::NotFound, "no such request"))
}

fn document(standing: Standing) -> StandingDocument {
    let deadline = |one: vigie_app::requests::StandingDeadline| DeadlineDocument {
        rule: one.rule,
        due_at: one.due_at.to_string(),
        is_paused: one.is_paused,
    };
    let letter = |one: vigie_app::requests::StandingLetter| LetterDocument {
        kind: one.kind,
        sent_at: one.sent_at.to_string(),
        text: one.text,
    };
    StandingDocument {
        request: standing.request,
        reference: standing.reference,
        state: standing.state.to_string(),
        received_at: standing.received_at.to_string(),
        deadlines: standing.deadlines.into_iter().map(deadline).collect(),
        letters: standing.letters.into_iter().map(letter).collect(),
        papers: standing.papers.iter().map(ToString::to_string).collect(),
    }
}
