//! The router: doors in two groups, open and guarded, within one set of layers.

use axum::Router;
use axum::body::Body;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use vigie_app::{App, Code};

use crate::door::{Door, Route};
use crate::failure::Failure;
use crate::{assets, guard, pages, security, visit};

/// What the handlers work with.
#[derive(Clone)]
pub struct Console {
    /// The use cases.
    pub app: App,
}

impl Console {
    /// Whether people reach us over TLS.
    pub(crate) fn is_secure(&self) -> bool {
        self.app.settings.public_url.starts_with("https://")
    }
}

/// Every route of the console.
#[must_use]
pub fn routes() -> Vec<Route> {
    pages::doors().into_iter().chain([assets::door()]).map(|door| door.route).collect()
}

/// The screens. It brings the page for addresses that lead nowhere, so what it is merged with must not.
pub fn router(console: Console) -> Router {
    let (open, guarded): (Vec<Door>, Vec<Door>) =
        pages::doors().into_iter().partition(|door| door.route.public);
    let guarded = collect(guarded).route_layer(from_fn(guard::signed_in_only));
    let screens = collect(open)
        .merge(guarded)
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(CsrfLayer::new().with_rejection_response(not_from_here))
        .layer(from_fn_with_state(console.clone(), visit::open));
    // Assets are the same for everybody: no session is looked up for them.
    screens
        .merge(collect(vec![assets::door()]))
        .layer(from_fn_with_state(console.clone(), security::write_headers))
        .with_state(console)
}

fn collect(doors: Vec<Door>) -> Router<Console> {
    doors.into_iter().fold(Router::new(), |router, door| router.route(door.route.path, door.answer))
}

async fn nowhere() -> Failure {
    Failure::new(Code::NotFound, "no such page")
}

async fn not_so() -> Failure {
    Failure::new(Code::MethodNotAllowed, "this address does not take that")
}

/// A form that another site sent is refused, whoever's session it carries.
fn not_from_here(_: ProtectionError) -> Response<Body> {
    Failure::new(Code::Forbidden, "the form was not sent from a page of this console").into_response()
}
