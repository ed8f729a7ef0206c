//! What stands in the address of a request: read so that a refusal is a problem document, like every other.

use axum::extract::{FromRequestParts, Path as AxumPath, Query as AxumQuery};
use http::request::Parts;
use serde::de::DeserializeOwned;
use vigie_app::Code;

use crate::{Problem, form};

/// The parts of the path that vary.
pub(crate) struct Path<T>(pub(crate) T);

/// What follows the question mark.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = AxumPath::from_request_parts(parts, state).await;
        let AxumPath(read) = read.map_err(|refused| Problem::new(Code::BadRequest, refused.body_text()))?;
        without_zero(parts)?;
        Ok(Self(read))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let read = AxumQuery::from_request_parts(parts, state).await;
        let AxumQuery(read) = read.map_err(|refused| Problem::new(Code::BadRequest, refused.body_text()))?;
        without_zero(parts)?;
        Ok(Self(read))
    }
}

fn without_zero(parts: &Parts) -> Result<(), Problem> {
    if parts.uri.to_string().contains("%00") { Err(form::zero()) } else { Ok(()) }
}
