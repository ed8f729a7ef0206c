//! Whether the service is there, and what it offers. Anybody may ask.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use http::{StatusCode, header};
use vigie_app::matching::IndexState;

use super::{Hma, described, openapi_json};

const ALIVE: &str = "I-AM-ALIVE";

/// Says whether lookups can be trusted.
#[utoipa::path(get, path = "/status", tag = "Core", responses((status = 200, description = "I-AM-ALIVE"), (status = 503, description = "INDEX-NOT-LOADED or INDEX-STALE")))]
pub(super) async fn status(State(hma): State<Hma>) -> (StatusCode, &'static str) {
    match hma.app.index_state() {
        IndexState::Ready => (StatusCode::OK, ALIVE),
        IndexState::NotLoaded => (StatusCode::SERVICE_UNAVAILABLE, "INDEX-NOT-LOADED"),
        IndexState::Stale => (StatusCode::SERVICE_UNAVAILABLE, "INDEX-STALE"),
    }
}

/// Says that the service runs.
#[utoipa::path(get, path = "/status/live", tag = "Core", responses((status = 200, description = "I-AM-ALIVE")))]
pub(super) async fn live() -> &'static str {
    ALIVE
}

/// Lists the patterns of all routes, as Flask writes them.
#[utoipa::path(get, path = "/site-map", tag = "Core", responses((status = 200, description = "Route patterns")))]
pub(super) async fn site_map() -> Json<Vec<String>> {
    let (_, document) = described().split_for_parts();
    let pattern =
        |path: &String| path.replace("{content_id}", "<int:content_id>").replace('{', "<").replace('}', ">");
    Json(document.paths.paths.keys().map(pattern).collect())
}

/// Describes this API.
#[utoipa::path(get, path = "/openapi/openapi.json", tag = "Core", responses((status = 200, description = "OpenAPI")))]
pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], openapi_json())
}

/// HMA shows a page here; the document itself does as well.
pub(super) async fn swagger() -> Redirect {
    Redirect::to("/openapi/openapi.json")
}
