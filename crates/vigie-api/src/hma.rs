//! The HMA-compatible API: `/h`, `/m`, `/c`, `/status`, as clients of Hasher-Matcher-Actioner 1.1 call them.
//!
//! What it is: HMA's paths, parameters, shapes of answers and of errors, with its quirks where clients rely on them and
//! without its faults. What it is not: another set of rules; everything goes through the same use cases and the same
//! ledger as the rest. No problem documents here: HMA's clients know only `{"message": …}`.
//!
//! The token comes as `Authorization: Bearer …`, as the password of Basic authentication, or, where the operator allows it, in
//! front of the path: `/hma/<token>/c/banks`. [`door()`] takes the latter off, before anything is routed, traced or logged.
//!
//! To add a route: a handler with its `#[utoipa::path]`, and its line in `described`. The OpenAPI document, the site map and
//! the list of routes follow.

mod caller;
mod content;
mod curation;
mod door;
mod error;
mod exchanges;
mod form;
mod hashing;
mod matching;
mod query;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::any;
use http::Method;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vigie_app::App;
use vigie_app::ports::MediaSource;

pub use door::door;
pub use error::HmaError;

use crate::Route;

/// What the handlers work with.
#[derive(Clone)]
pub struct Hma {
    /// The use cases.
    pub app: App,
    /// Whether programs on this very machine may come without a token.
    pub anonymous: bool,
    /// Whether a token may stand in front of the path, for clients that know no other way.
    pub token_in_path: bool,
    /// What fetches media by address; none where no host is allowed.
    pub source: Option<Arc<dyn MediaSource>>,
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Open Media Match API",
    description = "Compatible with Hasher-Matcher-Actioner 1.1."
))]
struct Document;

/// Paths that anybody may call.
const PUBLIC: [&str; 4] = ["/status", "/status/live", "/site-map", "/openapi/openapi.json"];

fn described() -> OpenApiRouter<Hma> {
    // Handlers that take media in bound what they read themselves, by the room of all uploads.
    let media = OpenApiRouter::new()
        .routes(routes!(hashing::hash_address, hashing::hash_upload))
        .routes(routes!(matching::lookup_signal, matching::lookup_upload))
        .routes(routes!(content::add_content))
        .layer(DefaultBodyLimit::disable());
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(media)
        .routes(routes!(status::status))
        .routes(routes!(status::live))
        .routes(routes!(status::site_map))
        .routes(routes!(status::openapi))
        .routes(routes!(matching::raw_lookup))
        .routes(routes!(matching::index_status))
        .routes(routes!(matching::compare))
        .routes(routes!(curation::list_banks, curation::make_bank))
        .routes(routes!(curation::read_bank, curation::change_bank, curation::delete_bank))
        .routes(routes!(content::add_signals))
        .routes(routes!(content::read_content, content::change_content, content::delete_content))
        .routes(routes!(exchanges::list_kinds))
        .routes(routes!(exchanges::read_kind, exchanges::keep_credentials))
        .routes(routes!(exchanges::read_schema))
        .routes(routes!(exchanges::list_exchanges, exchanges::make_exchange))
        .routes(routes!(exchanges::read_exchange, exchanges::switch_exchange, exchanges::delete_exchange))
        .routes(routes!(exchanges::read_status))
        .routes(routes!(curation::list_signal_types))
        .routes(routes!(curation::set_signal_type))
        .routes(routes!(curation::signal_index))
        .routes(routes!(curation::list_content_types))
}

/// The routes of the HMA-compatible API. Wrap the whole door in [`door()`], too.
pub fn router(hma: Hma) -> Router {
    let (router, _) = described().split_for_parts();
    let nothing = any(async || HmaError::not_found());
    router
        .method_not_allowed_fallback(async || HmaError::method_not_allowed())
        .route("/openapi/swagger", axum::routing::get(status::swagger))
        .route("/h/{*rest}", nothing.clone())
        .route("/m/{*rest}", nothing.clone())
        .route("/c/{*rest}", nothing)
        .with_state(hma)
}

/// Every route of the HMA-compatible API.
#[must_use]
pub fn routes() -> Vec<Route> {
    let (_, document) = described().split_for_parts();
    let mut routes: Vec<_> = crate::routes::of(&document)
        .map(|(method, path)| Route { method, public: PUBLIC.contains(&path.as_str()), path })
        .collect();
    routes.push(Route { method: Method::GET, path: "/openapi/swagger".into(), public: true });
    routes
}

/// The OpenAPI document of this part.
#[must_use]
pub fn openapi_json() -> String {
    let (_, document) = described().split_for_parts();
    document.to_pretty_json().expect("an OpenAPI document of plain strings becomes JSON")
}
