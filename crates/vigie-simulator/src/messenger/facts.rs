//! `/api/…`: what is true on the messenger, as JSON, for tests. Anybody may read it, because nothing in it is real.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;

use super::Messenger;
use crate::problem::Problem;

pub(super) fn router() -> Router<Messenger> {
    Router::new()
        .route("/api/state", get(state))
        .route("/api/conversations/{id}", get(conversation))
        .route("/api/messages/{id}", get(message))
        .route("/api/accounts/{id}", get(account))
        .route("/api/media/{id}", get(media))
        .route("/api/pager", get(pager))
}

async fn state(State(messenger): State<Messenger>) -> Response {
    messenger.read(|state| {
        let world = &state.world;
        let conversations: Vec<_> =
            world.order.iter().filter_map(|id| world.conversation(id.as_str())).collect();
        let accounts: Vec<_> = world.accounts.keys().filter_map(|id| world.account(id.as_str())).collect();
        Json(json!({
            "service": world.service,
            "messages": world.messages.len(),
            "media": world.media.len(),
            "conversations": conversations,
            "accounts": accounts,
            "actions": state.register.performed(),
        }))
        .into_response()
    })
}

async fn conversation(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    messenger.read(|state| {
        let Some(facts) = state.world.conversation(&id) else {
            return Problem::unknown("conversation").into_response();
        };
        let ids =
            state.world.places.get(id.as_str()).map(|place| place.messages.as_slice()).unwrap_or_default();
        let messages: Vec<_> = ids.iter().filter_map(|id| state.world.message(id.as_str())).collect();
        Json(json!({ "conversation": facts, "messages": messages })).into_response()
    })
}

async fn message(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    told("message", messenger.message(&id))
}

async fn account(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    told("account", messenger.account(&id))
}

async fn media(State(messenger): State<Messenger>, Path(id): Path<String>) -> Response {
    told("media", messenger.media(&id))
}

async fn pager(State(messenger): State<Messenger>) -> Response {
    Json(messenger.calls()).into_response()
}

/// Facts as JSON, or that there are none.
pub(super) fn told(what: &str, facts: Option<impl Serialize>) -> Response {
    facts.map_or_else(|| Problem::unknown(what).into_response(), |facts| Json(facts).into_response())
}
