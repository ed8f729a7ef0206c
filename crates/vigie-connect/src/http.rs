//! The one way to call out: time-outs, no redirects, answers of a limited size, and what each status means.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use vigie_app::ports::DeliveryError;

/// How long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(5);

/// How long an answer may take, in whole, unless the caller says otherwise.
pub(crate) const ANSWERING: Duration = Duration::from_secs(20);

/// Of a problem document, so much is read.
const LARGEST_PROBLEM: usize = 16 * 1024;

/// The longest code of a problem document that is passed on.
const LONGEST_CODE: usize = 64;

/// Why an adapter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The address is none that can be called.
    #[error("the address {0:?} is not one of http or https")]
    Address(String),
    /// What is said there could be read on the way.
    #[error("the address {0:?} must begin with https:// unless its host is localhost")]
    NotEncrypted(String),
    /// There is no secret to sign with.
    #[error("there is no secret to sign with")]
    NoSecret,
    /// A token cannot be sent.
    #[error("the token cannot be sent: it holds something else than printable text")]
    Token,
    /// A mail address is none.
    #[error("{0:?} is no mail address")]
    MailAddress(String),
    /// The encryption of mail could not be set up.
    #[error("cannot set up encrypted mail")]
    Mail(#[source] lettre::transport::smtp::Error),
    /// The client could not be made.
    #[error("cannot make a client for calls to the outside")]
    Client(#[source] reqwest::Error),
}

/// A client for signed calls. It goes straight to the address: no proxy, no redirect.
pub(crate) fn client(answering: Duration) -> Result<Client, ConnectError> {
    install_crypto();
    Client::builder()
        .connect_timeout(CONNECTING)
        .timeout(answering)
        .redirect(Policy::none())
        .no_proxy()
        .user_agent("vigie")
        .build()
        .map_err(ConnectError::Client)
}

/// A client for reading what is public: the log of a ledger. It sends nothing but its questions.
///
/// # Errors
/// The client cannot be made.
pub fn auditing_client() -> Result<Client, ConnectError> {
    client(ANSWERING)
}

/// The cryptography of TLS. Whoever installs it first decides for the process, and everybody installs the same.
pub(crate) fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The address of a receiver.
pub(crate) fn address(text: &str) -> Result<Url, ConnectError> {
    let invalid = || ConnectError::Address(text.to_owned());
    let url = Url::parse(text).map_err(|_| invalid())?;
    let callable = matches!(url.scheme(), "http" | "https") && url.has_host();
    if callable { Ok(url) } else { Err(invalid()) }
}

/// Sends a request and tells apart what can be tried later from what is refused for good. A status of success comes back.
pub(crate) async fn send(request: RequestBuilder) -> Result<Response, DeliveryError> {
    judged(answer(request).await?).await
}

/// Sends a request and gives whatever answer comes.
pub(crate) async fn answer(request: RequestBuilder) -> Result<Response, DeliveryError> {
    request.send().await.map_err(|error| DeliveryError::later(no_answer(&error)))
}

/// An answer by its status: what can be tried later, what is refused for good, or a success.
pub(crate) async fn judged(response: Response) -> Result<Response, DeliveryError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let wait = retry_after(&response);
    let why = match problem_code(response).await {
        Some(code) => format!("{} {code}", status.as_u16()),
        None => status.as_u16().to_string(),
    };
    if status.is_client_error() && !is_passing(status) {
        return Err(DeliveryError::Refused(why));
    }
    Err(DeliveryError::Later { why, wait })
}

/// The body of an answer, at most so many bytes.
pub(crate) async fn body(response: Response, largest: usize) -> Result<Vec<u8>, DeliveryError> {
    let too_large = || DeliveryError::later(format!("the answer is larger than {largest} bytes"));
    within(response, largest).await?.ok_or_else(too_large)
}

/// The body of an answer; none where it is larger than so many bytes.
pub(crate) async fn within(mut response: Response, largest: usize) -> Result<Option<Vec<u8>>, DeliveryError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| DeliveryError::later(no_answer(&error)))? {
        if body.len() + chunk.len() > largest {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// Statuses of the 4xx class that speak of the moment and not of the request.
fn is_passing(status: StatusCode) -> bool {
    matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS)
}

/// The pause that was asked for, where it is given in seconds.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The code of a problem document, as far as it is one: nothing else of a foreign answer is passed on or logged.
async fn problem_code(response: Response) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    let body = body(response, LARGEST_PROBLEM).await.ok()?;
    let code = serde_json::from_slice::<Problem>(&body).ok()?.code;
    let is_code = !code.is_empty()
        && code.len() <= LONGEST_CODE
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    is_code.then_some(code)
}

/// What happened to a call that got no whole answer, without its address.
pub(crate) fn no_answer(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    }
}
