//! The JSON API under `/api/v1`, for messengers and other machines.
//!
//! What it is: translation between HTTP and the use cases of `vigie-app`, nothing else; one file per resource, named as
//! in the layers below. Its types are its own, so that a renamed field inside never changes the contract silently. What
//! it is not: it decides nothing, and knows no SQL.
//!
//! To add a route: a handler with its `#[utoipa::path]` in the file of its resource, and a `.routes(routes!(…))` line
//! here. The OpenAPI document, the list of routes and the test that every route refuses strangers follow by themselves.

mod address;
mod banks;
mod caller;
mod conversations;
mod exchange;
mod form;
pub mod hma;
mod hunts;
mod problem;
mod routes;
mod statements;
mod submissions;
mod token;
mod user_reports;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vigie_app::{App, Code};

pub use caller::Machine;
pub use problem::{Problem, ProblemDocument};
pub use routes::{Route, routes};

/// What the handlers work with.
#[derive(Clone)]
pub struct Api {
    /// The use cases.
    pub app: App,
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Vigie",
    description = "Child-safety operations for messaging services. Every call carries `Authorization: Bearer <token>`. \
                   Errors are problem documents (RFC 9457) with a stable `code`."
))]
struct Document;

fn described() -> OpenApiRouter<Api> {
    // Handlers that take media in bound what they read themselves, by the room of all uploads.
    let media = OpenApiRouter::new()
        .routes(routes!(submissions::submit))
        .routes(routes!(conversations::describe))
        .routes(routes!(user_reports::hand_in))
        .routes(routes!(banks::import))
        .layer(DefaultBodyLimit::disable());
    // Ten thousand entries with their notes.
    let entries = OpenApiRouter::new()
        .routes(routes!(banks::entries, banks::add))
        .layer(DefaultBodyLimit::max(16 << 20));
    // A document of 20 MiB at most, in its envelope.
    let exchange = OpenApiRouter::new()
        .routes(routes!(exchange::hand_in))
        .routes(routes!(exchange::read))
        .routes(routes!(exchange::fetch))
        .routes(routes!(exchange::paper))
        .routes(routes!(exchange::withdraw))
        .routes(routes!(exchange::follow_up))
        .layer(DefaultBodyLimit::max(32 << 20));
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(media)
        .merge(entries)
        .routes(routes!(banks::list))
        .routes(routes!(banks::read))
        .routes(routes!(banks::remove))
        .routes(routes!(submissions::submit_batch))
        .merge(exchange)
        .routes(routes!(hunts::list))
        .routes(routes!(hunts::counts))
        .routes(routes!(hunts::read))
        .routes(routes!(statements::state))
        .routes(routes!(token::read))
    // The next resource goes here.
}

/// The routes of the API.
pub fn router(api: Api) -> Router {
    let (router, _) = described().split_for_parts();
    router
        .route("/api/v1/openapi.json", axum::routing::get(openapi))
        .route("/exchange/v1/vkey", axum::routing::get(exchange::key))
        .route("/api/v1/{*unknown}", axum::routing::any(unknown))
        .method_not_allowed_fallback(wrong_method)
        .with_state(api)
}

/// An address below ours that nobody serves. Strangers do not learn which those are.
async fn unknown(_: Machine) -> Problem {
    Problem::new(Code::NotFound, "no such address")
}

async fn wrong_method(_: Machine) -> Problem {
    Problem::new(Code::MethodNotAllowed, "this address does not take that method")
}

/// The OpenAPI document, as it is checked in under `docs/api/openapi.json`.
#[must_use]
pub fn openapi_json() -> String {
    let (_, document) = described().split_for_parts();
    let mut text = document.to_pretty_json().expect("an OpenAPI document of plain strings becomes JSON");
    text.push('\n');
    text
}

async fn openapi() -> impl axum::response::IntoResponse {
    ([(http::header::CONTENT_TYPE, "application/json")], openapi_json())
}

#[cfg(test)]
mod tests {
    /// Run with `UPDATE_EXPECT=1` after a change that is meant.
    #[test]
    fn the_checked_in_openapi_document_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(path, super::openapi_json()).unwrap();
        }
        let checked_in = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            checked_in == super::openapi_json(),
            "docs/api/openapi.json is old: run this test with UPDATE_EXPECT=1"
        );
    }
}
