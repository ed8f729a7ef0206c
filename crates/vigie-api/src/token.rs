//! The token itself: what it may be used for.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Machine, Problem, ProblemDocument};

/// What a token may be used for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TokenView {
    /// Its name.
    name: String,
    /// Its scopes.
    #[schema(value_type = Vec<String>, example = json!(["submit"]))]
    scopes: Vec<vigie_model::Scope>,
}

/// Tells the caller what its token may be used for.
#[utoipa::path(
    get,
    path = "/api/v1/token",
    tag = "token",
    responses((status = 200, body = TokenView), (status = 401, body = ProblemDocument, content_type = "application/problem+json"))
)]
pub(crate) async fn read(Machine(caller): Machine) -> Result<Json<TokenView>, Problem> {
    Ok(Json(TokenView { name: caller.name, scopes: caller.scopes }))
}
