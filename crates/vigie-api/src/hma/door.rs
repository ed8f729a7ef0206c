//! The path as it comes in: the token is taken out of it, and doubled slashes are one.

use axum::Router;
use axum::extract::Request;
use http::Uri;
use http::uri::PathAndQuery;
use tower::util::MapRequest;

/// A token that stood in front of the path.
#[derive(Clone)]
pub(super) struct PathToken(pub(super) String);

/// Wraps all routes of a listener. It must be the outermost layer: behind it no path holds a token, so that none is
/// traced, logged or counted.
pub fn door(router: Router) -> Router {
    Router::new().fallback_service(MapRequest::new(router, straightened))
}

/// `/hma/<token>/c/banks` becomes `/c/banks`, with the token beside the request; `//c/banks`, which clients make of an
/// address with a slash at its end, becomes `/c/banks`.
fn straightened(mut request: Request) -> Request {
    let path = request.uri().path();
    let (token, rest) = match path.trim_start_matches('/').strip_prefix("hma/") {
        Some(rest) => {
            let (token, rest) = rest.split_once('/').unwrap_or((rest, ""));
            (Some(PathToken(token.to_owned())), format!("/{}", rest.trim_start_matches('/')))
        }
        None if path.starts_with("//") => (None, format!("/{}", path.trim_start_matches('/'))),
        None => return request,
    };
    let with_query = match request.uri().query() {
        Some(query) => format!("{rest}?{query}"),
        None => rest,
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query =
        Some(PathAndQuery::try_from(with_query).unwrap_or_else(|_| PathAndQuery::from_static("/")));
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_else(|_| Uri::from_static("/"));
    if let Some(token) = token {
        request.extensions_mut().insert(token);
    }
    request
}
