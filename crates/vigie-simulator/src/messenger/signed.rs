//! `/vigie/v1/…`, `/records/v1/…` and `POST /pager`: what only Vigie may ask, because only Vigie can sign.
//!
//! What it is: the check of the signature, then the faults that a test asked for, then the request itself. To add a
//! question: a route in [`router`]; it is guarded without further ado.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use uuid::Uuid;

use super::enforcement::Order;
use super::facts::told;
use super::{Call, Messenger, records};
use crate::faults::{self, Door};
use crate::problem::Problem;
use crate::signature::{self, Refused};

/// Larger orders are refused.
const LARGEST_BODY: usize = 256 * 1024;

/// A question about accounts may carry a grant that names thousands of them.
const LARGEST_QUESTION: usize = 4 * 1024 * 1024;

pub(super) fn router(messenger: &Messenger) -> Router<Messenger> {
    Router::new()
        .route("/vigie/v1/actions", post(act))
        .route("/vigie/v1/conversations/{id}/snapshot", get(snapshot))
        .route("/vigie/v1/conversations/{id}", get(conversation))
        .route("/vigie/v1/messages/{id}", get(message))
        .route("/vigie/v1/media/{id}", get(media))
        .route("/vigie/v1/accounts/{id}", get(account))
        .route("/pager", post(page))
        .merge(records::router())
        .route_layer(middleware::from_fn_with_state(messenger.clone(), guard))
}

/// Lets a request through when its signature holds, and makes it meet the fault that is waiting at its door.
async fn guard(State(messenger): State<Messenger>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let is_question = parts.uri.path().starts_with("/records/");
    let largest = if is_question { LARGEST_QUESTION } else { LARGEST_BODY };
    let Ok(body) = to_bytes(body, largest).await else {
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "the body is too large")
            .into_response();
    };
    let path_and_query = parts.uri.path_and_query().map_or("/", |whole| whole.as_str());
    let is_pull = parts.method == Method::GET;
    let text = if is_pull { signature::pull_text(path_and_query) } else { body.to_vec() };
    if let Err(refused) = verify(&messenger, &parts.headers, &text) {
        return Problem::new(StatusCode::UNAUTHORIZED, code(refused), refused.to_string()).into_response();
    }
    let door = match parts.uri.path() {
        "/pager" => Door::Pager,
        _ if is_question => Door::Records,
        _ if is_pull => Door::Pulls,
        _ => Door::Actions,
    };
    let fault = messenger.inner.faults.take(door);
    let perform = next.run(Request::from_parts(parts, Body::from(body)));
    faults::misbehave(fault, &messenger.inner.cancel, perform).await
}

fn verify(messenger: &Messenger, headers: &HeaderMap, text: &[u8]) -> Result<(), Refused> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Refused::Missing);
    let (timestamp, given) = (header(signature::TIMESTAMP)?, header(signature::SIGNATURE)?);
    signature::verify(&messenger.inner.secret, messenger.now(), timestamp, given, text)
}

fn code(refused: Refused) -> &'static str {
    match refused {
        Refused::Missing => "signature_missing",
        Refused::Stale => "timestamp_stale",
        Refused::Wrong => "signature_invalid",
    }
}

async fn act(
    State(messenger): State<Messenger>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let unreadable = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "order_unreadable", detail);
    let order: Order = serde_json::from_slice(&body).map_err(|error| unreadable(error.to_string()))?;
    let in_header: Option<Uuid> =
        headers.get(signature::ACTION_ID).and_then(|value| value.to_str().ok()?.parse().ok());
    if in_header != Some(order.action_id.0) {
        return Err(unreadable("the header and the body do not name the same action".to_owned()));
    }
    let now = messenger.now();
    let answer = messenger.change(|state| state.register.obey(&mut state.world, &order, now))?;
    Ok(Json(answer).into_response())
}

async fn snapshot(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    let now = messenger.now();
    told("conversation", messenger.read(|state| state.world.snapshot(&id, now)))
}

async fn conversation(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    told("conversation", messenger.conversation(&id))
}

async fn message(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    told("message", messenger.message(&id))
}

async fn media(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    told("media", messenger.media(&id))
}

async fn account(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    told("account", messenger.account(&id))
}

async fn page(State(messenger): State<Messenger>, headers: HeaderMap, body: Bytes) -> Response {
    let call_id = headers.get(signature::ACTION_ID).and_then(|value| value.to_str().ok()).map(str::to_owned);
    // A pager takes every call: what is no JSON is kept as text.
    let body = serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into());
    let received_at = messenger.now();
    messenger.change(|state| state.calls.push(Call { received_at, call_id, body }));
    Json(json!({ "received_at": received_at })).into_response()
}
