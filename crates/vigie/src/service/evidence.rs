//! The evidence listener: one preview for one ticket, and nothing that a browser could do anything else with.
//!
//! It is a listener of its own because a path is not an origin. It reads no cookie and sets none: the ticket, given to who
//! was written down as looking, says who that is, and is spent by the first request. Whether they still need to see it is asked
//! again.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;
use vigie_api::Problem;
use vigie_app::App;

/// What every answer of this listener carries. Browsers take the console's address and this one for the same site, so
/// `same-site` lets the console show the picture and nobody else.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox",
    ),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-site"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_DISPOSITION, "attachment; filename=\"preview.png\""),
];

pub(super) fn router(app: App) -> Router {
    // Asking for the headers alone must not spend the ticket.
    let preview = get(preview).head(async || StatusCode::METHOD_NOT_ALLOWED);
    let router = Router::new().route("/preview/{ticket}", preview).with_state(app);
    HEADERS.into_iter().fold(router, |router, (name, value)| {
        router.layer(SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value)))
    })
}

async fn preview(State(app): State<App>, Path(ticket): Path<String>) -> Result<Response, Problem> {
    let redeemed = app.redeem_preview(&ticket).await?;
    let preview = app.preview_bytes(&redeemed).await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], preview.png).into_response())
}
