//! The list of routes: a test sends a stranger to each.

use http::Method;
use utoipa::openapi::{OpenApi, PathItem};

use crate::described;

/// One route of a door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its path, with parameters in braces.
    pub path: String,
    /// Whether anybody may call it.
    pub public: bool,
}

/// Every route of the API.
#[must_use]
pub fn routes() -> Vec<Route> {
    let (_, document) = described().split_for_parts();
    let mut routes: Vec<_> =
        of(&document).map(|(method, path)| Route { method, path, public: false }).collect();
    for path in ["/api/v1/openapi.json", "/exchange/v1/vkey"] {
        routes.push(Route { method: Method::GET, path: path.into(), public: true });
    }
    routes
}

/// Method and path of everything that a document describes.
pub(crate) fn of(document: &OpenApi) -> impl Iterator<Item = (Method, String)> {
    document.paths.paths.iter().flat_map(|(path, item)| methods(item).map(|method| (method, path.clone())))
}

fn methods(item: &PathItem) -> impl Iterator<Item = Method> {
    [
        (Method::GET, item.get.is_some()),
        (Method::POST, item.post.is_some()),
        (Method::PUT, item.put.is_some()),
        (Method::PATCH, item.patch.is_some()),
        (Method::DELETE, item.delete.is_some()),
    ]
    .into_iter()
    .filter_map(|(method, there)| there.then_some(method))
}
