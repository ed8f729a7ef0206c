//! Errors in HMA's shapes: `{"message": …}`, and for what its request models refuse a list, as pydantic writes it.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use vigie_app::{Code, Error};

/// An error on its way to a client of HMA.
#[derive(Debug)]
pub enum HmaError {
    /// `{"message": …}` with this status.
    Message(StatusCode, String),
    /// 422 with a list: what kind of fault, where, in which words, of which input.
    Model(Value),
}

impl HmaError {
    /// The request cannot be understood.
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::Message(StatusCode::BAD_REQUEST, message.into())
    }

    /// A required field is missing.
    pub(super) fn missing(field: &str, input: &Value) -> Self {
        Self::fault("missing", &json!([field]), "Field required", input)
    }

    /// A fault in pydantic's words.
    pub(super) fn fault(kind: &str, place: &Value, words: &str, input: &Value) -> Self {
        let url = format!("https://errors.pydantic.dev/2.11/v/{kind}");
        Self::Model(json!([{ "type": kind, "loc": place, "msg": words, "input": input, "url": url }]))
    }

    pub(super) fn not_found() -> Self {
        Self::Message(StatusCode::NOT_FOUND, "The requested URL was not found on the server.".into())
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::Message(
            StatusCode::METHOD_NOT_ALLOWED,
            "The method is not allowed for the requested URL.".into(),
        )
    }
}

impl From<Error> for HmaError {
    fn from(error: Error) -> Self {
        let status = match error.code() {
            // HMA's statuses: what a value should not be is 400, a name that is taken 403.
            Code::InvalidValue | Code::UnknownMediaType | Code::Undecodable => 400,
            Code::NameTaken => 403,
            code => code.status(),
        };
        if error.is_ours() {
            crate::problem::log_once(&error);
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::Message(status, error.detail().to_owned())
    }
}

impl IntoResponse for HmaError {
    fn into_response(self) -> Response {
        match self {
            Self::Model(faults) => (StatusCode::UNPROCESSABLE_ENTITY, Json(faults)).into_response(),
            Self::Message(status, message) => {
                let mut response = (status, Json(json!({ "message": message }))).into_response();
                if status == StatusCode::UNAUTHORIZED {
                    response
                        .headers_mut()
                        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                }
                response
            }
        }
    }
}
