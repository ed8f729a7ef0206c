//! Doors: each route with its handler, written once, so that the list of routes is the router.

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::MethodRouter;
use http::Method;

use crate::Console;

/// One route of the console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// Whether anybody may call it.
    pub public: bool,
}

/// A route with what answers it. Closed to strangers unless it says otherwise.
pub(crate) struct Door {
    pub(crate) route: Route,
    pub(crate) answer: MethodRouter<Console>,
}

impl Door {
    /// A page to look at.
    pub(crate) fn get<T: 'static>(path: &'static str, handler: impl Handler<T, Console>) -> Self {
        Self::new(Method::GET, path, axum::routing::get(handler))
    }

    /// A form that is sent.
    pub(crate) fn post<T: 'static>(path: &'static str, handler: impl Handler<T, Console>) -> Self {
        Self::new(Method::POST, path, axum::routing::post(handler))
    }

    /// With another limit for what is sent than the usual one.
    pub(crate) fn taking(mut self, limit: DefaultBodyLimit) -> Self {
        self.answer = self.answer.layer(limit);
        self
    }

    /// Opens it to everybody.
    pub(crate) fn public(mut self) -> Self {
        self.route.public = true;
        self
    }

    fn new(method: Method, path: &'static str, answer: MethodRouter<Console>) -> Self {
        Self { route: Route { method, path, public: false }, answer }
    }
}
