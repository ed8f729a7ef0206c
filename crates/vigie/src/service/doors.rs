//! The doors: which routers stand behind which listener, and what every answer carries.

mod log;
mod refusals;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use vigie_api::Problem;
use vigie_api::hma::Hma;
use vigie_app::asker::Asker;
use vigie_app::ports::MediaSource;
use vigie_app::{App, Code, Resource, authorise};
use vigie_connect::AllowedHosts;
use vigie_model::Operation;

use refusals::Refusals;

use super::health::Health;
use super::metrics::Metrics;
use crate::settings::Settings;

/// What an answer carries that says nothing stricter itself: it is no page, so a browser may do nothing with it, and nobody
/// keeps a copy. Screens, previews and the public log say their own.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
    ),
];

/// Two years, for this name and those under it.
const BY_TLS_ALONE: &str = "max-age=63072000; includeSubDomains";

/// One route of the service, for the test that sends a stranger to each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, with parameters in braces.
    pub path: String,
    /// Whether it says itself that anybody may call it. The list of those is checked in.
    pub public: bool,
}

/// Every route of the main door.
#[must_use]
pub fn routes() -> Vec<Route> {
    let own =
        own().into_iter().map(|(path, public, _)| Route { method: Method::GET, path: path.into(), public });
    let api = vigie_api::routes().into_iter();
    let api = api.map(|route| Route { method: route.method, path: route.path, public: route.public });
    let console = vigie_console::routes().into_iter();
    let console =
        console.map(|route| Route { method: route.method, path: route.path.into(), public: route.public });
    let hma = vigie_api::hma::routes().into_iter();
    let hma = hma.map(|route| Route { method: route.method, path: route.path, public: route.public });
    own.chain(api).chain(hma).chain(console).collect()
}

/// The routes that belong to no crate below: path, whether anybody may call it, and what answers.
fn own() -> Vec<(&'static str, bool, MethodRouter<Doors>)> {
    let log = log::doors().into_iter().map(|(path, answer)| (path, true, answer));
    let service = [
        ("/healthz", true, get(async || "alive\n")),
        ("/readyz", true, get(async |State(doors): State<Doors>| doors.health.readyz(doors.app).await)),
        ("/metrics", false, get(metrics)),
    ];
    service.into_iter().chain(log).collect()
}

/// What the routers are made of.
#[derive(Clone)]
pub(super) struct Doors {
    app: App,
    health: Health,
    metrics: Metrics,
    hma: Hma,
    refusals: Refusals,
    /// Whether people reach us by TLS alone.
    by_tls: bool,
}

impl Doors {
    pub(super) fn new(app: App, health: Health, metrics: Metrics, settings: &Settings) -> Self {
        let by_tls = settings.public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
        let hosts = &settings.hma.allowed_hosts;
        let source = (!hosts.is_empty()).then(|| Arc::new(AllowedHosts::new(hosts)) as Arc<dyn MediaSource>);
        let hma = Hma {
            app: app.clone(),
            anonymous: settings.hma.anonymous,
            token_in_path: settings.hma.token_in_path,
            source,
        };
        Self { app, health, metrics, hma, refusals: Refusals::default(), by_tls }
    }

    /// Console and APIs.
    pub(super) fn main(&self) -> Router {
        let own =
            own().into_iter().fold(Router::new(), |router, (path, _, answer)| router.route(path, answer));
        let own = own.with_state(self.clone());
        let api = vigie_api::router(vigie_api::Api { app: self.app.clone() });
        let console = vigie_console::router(vigie_console::Console { app: self.app.clone() });
        let hma = vigie_api::hma::router(self.hma.clone());
        // Outermost, so that nothing below it sees a token that stands in a path.
        vigie_api::hma::door(self.finished(own.merge(api).merge(hma).merge(console)))
    }

    /// Previews of evidence, by single-use links. No cookie is read or set here.
    pub(super) fn evidence(&self) -> Router {
        self.finished(super::evidence::router(self.app.clone()))
    }

    /// What holds for every route of a door.
    fn finished(&self, router: Router) -> Router {
        let (metrics, refusals) = (self.metrics.clone(), self.refusals.clone());
        let router = router
            .layer(middleware::from_fn(move |request, next| refusals.clone().note(request, next)))
            .layer(middleware::from_fn(move |request, next| metrics.clone().count(request, next)))
            .layer(CatchPanicLayer::custom(panicked));
        let router =
            HEADERS.into_iter().fold(router, |router, (name, value)| router.layer(always(name, value)));
        match self.by_tls {
            true => router.layer(always(header::STRICT_TRANSPORT_SECURITY, BY_TLS_ALONE)),
            false => router,
        }
    }
}

fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// A handler that panics costs its own request. What it said goes to the log as any panic does.
fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::new(Code::Internal, "the request could not be answered").into_response()
}

async fn metrics(
    State(doors): State<Doors>,
    Extension(asker): Extension<Asker>,
    headers: HeaderMap,
) -> Result<String, Problem> {
    let token =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let caller = doors.app.token_caller(token.unwrap_or_default().trim()).await?;
    asker.is(&caller);
    authorise(&caller, Operation::ReadMetrics, Resource::Any)?;
    Ok(doors.metrics.text(doors.app.now()))
}
