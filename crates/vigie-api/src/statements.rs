//! The signed statement on an account, for a messenger whose user asks.
//!
//! The account is in the body: addresses are logged, and an account is nobody's business.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use utoipa::ToSchema;
use vigie_app::requests::EXCHANGE_TYPE;

use crate::form;
use crate::{Api, Machine, Problem, ProblemDocument};

/// Of whom a statement is asked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskedStatement {
    /// The messenger.
    service: String,
    /// The account, as the messenger names it.
    account: String,
}

/// States what was disclosed of an account, as far as it may be told. The answer is a signed envelope; its form is the same whether
/// nothing was disclosed or nothing may be said.
#[utoipa::path(post, path = "/api/v1/statements", tag = "statements",
    request_body(content = AskedStatement, content_type = "application/json"),
    responses(
        (status = 200, body = Object, content_type = "application/vnd.dsse.v1+json"),
        (status = "4XX", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
pub(crate) async fn state(
    State(api): State<Api>,
    Machine(caller): Machine,
    request: Request,
) -> Result<Response, Problem> {
    api.app.may_ask_statements(&caller)?;
    let asked: AskedStatement = form::json_body(request).await?;
    let statement = api.app.account_statement(&caller, &asked.service, &asked.account).await?;
    let headers = [(header::CONTENT_TYPE, EXCHANGE_TYPE), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, statement).into_response())
}
