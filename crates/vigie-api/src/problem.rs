//! Errors as problem documents (RFC 9457): the stable code for machines, the detail for people, the cause for the log.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;
use vigie_app::{Code, Error};

/// The problem document of RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Names the code; `docs/errors.md` explains it.
    pub r#type: String,
    /// A short title that does not change from case to case.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong in this case.
    pub detail: String,
    /// Names this failure in our log, where it is ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
}

/// An error on its way to the caller.
#[derive(Debug)]
pub struct Problem(Error);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl Problem {
    /// An error that the caller can understand and mend.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self(Error::new(code, detail))
    }

    /// The document that the caller gets. A failure of ours is logged here.
    pub(crate) fn into_document(self) -> ProblemDocument {
        let instance = self.0.is_ours().then(|| log_once(&self.0));
        ProblemDocument { instance, ..ProblemDocument::new(self.0.code(), self.0.detail()) }
    }
}

impl ProblemDocument {
    /// A document about something that the caller can understand.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            r#type: format!("urn:vigie:error:{code}"),
            title: code.title(),
            status: code.status(),
            code: code.text(),
            detail: detail.into(),
            instance: None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let code = self.0.code();
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, content_type(), Json(self.into_document())).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if code == Code::Busy {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The header of every problem document.
pub(crate) fn content_type() -> [(HeaderName, HeaderValue); 1] {
    [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))]
}

/// Logs the whole chain, here and nowhere else, under a name that the caller gets.
pub(crate) fn log_once(error: &Error) -> String {
    // A counter is enough to find the line again, and tells the caller nothing.
    static FAILURES: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let number = FAILURES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let instance = format!("failure-{number}");
    let mut chain = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        chain.push_str(": ");
        chain.push_str(&source.to_string());
        cause = source.source();
    }
    tracing::error!(%instance, "{chain}");
    instance
}
