//! Errors on their way to a browser: a calm page that says what happened, what to do, and a code.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use vigie_app::{Code, Error};

use crate::frame::Frame;
use crate::pages::{page, wellbeing};
use crate::section::Section;
use crate::visit::Visit;

/// What a handler answers when it cannot do what was asked.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// An error without its page yet: only the outermost layer knows the language and who is looking.
#[derive(Debug, Clone)]
pub(crate) struct Failure(Arc<Error>);

impl Failure {
    /// A failure that the person can understand.
    pub(crate) fn new(code: Code, detail: &str) -> Self {
        Self(Arc::new(Error::new(code, detail)))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl From<askama::Error> for Failure {
    fn from(source: askama::Error) -> Self {
        Error::internal("write a page", source).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = status(self.0.code()).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Whether the person can mend the error by filling in the form differently: then the form is shown again.
pub(crate) fn can_be_mended(error: &Error) -> bool {
    matches!(
        error.code(),
        Code::InvalidValue
            | Code::KeyUnusable
            | Code::NameTaken
            | Code::WrongState
            | Code::SamePerson
            | Code::SecondPersonNeeded
            | Code::TooMany
            | Code::NoMessenger
            | Code::MessengerCannot
            | Code::HeldByAnother
            | Code::LeaseLost
            | Code::NoNeed
            | Code::NotPreviewable
            | Code::SampleTooSmall
            | Code::UnknownRegime
            | Code::RequestUnreadable
            | Code::RequestReplayed
            | Code::AuthoritySuspended
            | Code::NotAuthenticated
            | Code::TaskNotReady
            | Code::WarningNotSettled
            | Code::NoSealingKey
            | Code::OtherRequest
            | Code::DocumentUndecided
            | Code::NotTheirsToSay
            | Code::ExtendedBefore
            | Code::NothingReleased
            | Code::PackageExpired
            | Code::UnknownAuthority
            | Code::ProofPending
    )
}

#[derive(Template)]
#[template(path = "failure.html")]
struct Page {
    frame: Frame,
    problem: Problem,
    signed_in: bool,
}

/// What a banner or an error page says about an error.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    /// What happened, in the person's language.
    pub(crate) title: String,
    /// What to do, in the person's language.
    pub(crate) help: String,
    /// The particulars, in English, where there are any.
    pub(crate) detail: String,
    /// The stable code, with the number in the log where the failure is ours.
    pub(crate) code: String,
}

impl Problem {
    /// Says an error in the language of the visit. A failure of ours is logged here, once, with its whole chain.
    pub(crate) fn of(error: &Error, visit: &Visit) -> Self {
        let code = error.code();
        let is_ours = error.is_ours();
        let set = visit.words.name("failure", code.text());
        let help = visit.words.name("failure-help", code.text());
        let code = if is_ours { format!("{code} · {}", log_once(error)) } else { code.to_string() };
        let detail = if is_ours { String::new() } else { error.detail().to_owned() };
        Self { title: set, help, detail, code }
    }
}

/// Gives a failure its page. A program that asked for no page gets the status and a line of text.
pub(crate) async fn show(failure: &Failure, visit: &Visit, headers: &HeaderMap) -> Response {
    let code = failure.0.code();
    let problem = Problem::of(&failure.0, visit);
    if matches!(code, Code::OnPause | Code::ExposureSpent) && wants_a_page(headers) {
        return (status(code), wellbeing::pause(visit, problem, code).await).into_response();
    }
    if !wants_a_page(headers) {
        return (status(code), format!("{}: {}\n", problem.code, failure.0)).into_response();
    }
    let frame = Frame::of(visit, Section::None, problem.title.clone()).await;
    let page = page(&Page { frame, problem, signed_in: visit.signed_in.is_some() });
    (status(code), page).into_response()
}

fn wants_a_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Logs the chain of causes under a name that the person is shown.
fn log_once(error: &Error) -> String {
    // A counter is enough to find the line again, and tells nobody anything.
    static FAILURES: AtomicU64 = AtomicU64::new(1);
    let instance = format!("screen-{}", FAILURES.fetch_add(1, Ordering::Relaxed));
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
