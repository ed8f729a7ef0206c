//! The exchange as an authority calls it: a request is handed in, its state is asked for, its package is fetched.
//!
//! What it is: the calls of `/exchange/v1`, and what a service answered. What it is not: it signs nothing and believes
//! nothing; documents, passes and receipts are made and opened by `vigie-seal`.
//!
//! To add a call: a method that says what is signed for it (`…_call`), and one that makes it.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use vigie_app::ports::DeliveryError;
use vigie_model::harmless;
use vigie_model::id::RequestId;
use vigie_seal::envelope;
use vigie_seal::pass::Call;

use crate::http::{self, ConnectError};

/// Of an answer that is no package, so much is read.
const LARGEST_ANSWER: usize = 1 << 20;

/// The largest package that is fetched.
const LARGEST_PACKAGE: usize = 1 << 30;

/// How long a package may take to arrive.
const FETCHING: Duration = Duration::from_secs(30 * 60);

/// The service of a messenger, as an authority reaches it.
pub struct Exchange {
    client: Client,
    address: Url,
}

/// Why a call did not end well.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Nothing came back that could be read to its end.
    #[error("the service did not answer: {0}")]
    NoAnswer(String),
    /// The service refused it.
    #[error("the service refuses with {status}{}", .problem.as_ref().map_or_else(String::new, |problem| format!(", {problem}")))]
    Refused {
        /// The status.
        status: u16,
        /// What it said, where it said something in the form of RFC 9457.
        problem: Option<Problem>,
    },
}

/// A problem document (RFC 9457), as far as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The code that does not change.
    #[serde(default)]
    pub code: String,
    /// In short.
    #[serde(default)]
    pub title: String,
    /// In words.
    #[serde(default)]
    pub detail: String,
}

impl std::fmt::Display for Problem {
    /// On one line, whatever the service wrote.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said: Vec<String> =
            [&self.code, &self.title, &self.detail].into_iter().map(|text| plain(text)).collect();
        let said: Vec<&str> = said.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        f.write_str(&said.join(": "))
    }
}

/// A foreign text, short and without anything that a terminal would obey.
fn plain(text: &str) -> String {
    harmless(text).chars().take(400).collect()
}

impl Exchange {
    /// The service at this address.
    ///
    /// # Errors
    /// The address cannot be called: it is neither `https` nor of this very machine.
    pub fn new(address: &str) -> Result<Self, ConnectError> {
        let url = http::address(&format!("{}/", address.trim_end_matches('/')))?;
        let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if url.scheme() != "https" && !is_here {
            return Err(ConnectError::NotEncrypted(address.to_owned()));
        }
        Ok(Self { client: http::client(FETCHING)?, address: url })
    }

    /// Asking for the state of a request, as a pass names it.
    #[must_use]
    pub fn status_call(&self, request: RequestId) -> Call {
        self.call("GET", &format!("{request}"))
    }

    /// Fetching the package of a request, as a pass names it.
    #[must_use]
    pub fn package_call(&self, request: RequestId) -> Call {
        self.call("GET", &format!("{request}/package"))
    }

    /// Fetching a paper of a request, as a pass names it.
    #[must_use]
    pub fn paper_call(&self, request: RequestId, paper: (&str, &str)) -> Call {
        self.call("GET", &paper_of(request, paper))
    }

    fn call(&self, method: &str, rest: &str) -> Call {
        let url = self.url(rest);
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Call { method: method.to_owned(), path: url.path().to_owned(), host }
    }

    /// Below `/exchange/v1/requests` of the service.
    fn url(&self, rest: &str) -> Url {
        let mut url = self.address.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        let rest = if rest.is_empty() { String::new() } else { format!("/{rest}") };
        url.set_path(&format!("{base}/exchange/v1/requests{rest}"));
        url
    }

    /// Hands a signed document in; the envelope of its receipt comes back.
    ///
    /// # Errors
    /// The service refused it or did not answer.
    pub async fn submit(&self, document: Vec<u8>) -> Result<Vec<u8>, ExchangeError> {
        self.post("", document).await
    }

    /// Sends what follows a request, signed; the envelope of its receipt comes back.
    ///
    /// # Errors
    /// As [`Exchange::submit`].
    pub async fn follow_up(&self, request: RequestId, document: Vec<u8>) -> Result<Vec<u8>, ExchangeError> {
        self.post(&format!("{request}/follow-ups"), document).await
    }

    /// Takes a request back by a signed withdrawal; the envelope of its receipt comes back.
    ///
    /// # Errors
    /// The service refused it or did not answer.
    pub async fn withdraw(&self, request: RequestId, document: Vec<u8>) -> Result<Vec<u8>, ExchangeError> {
        self.post(&format!("{request}/withdraw"), document).await
    }

    /// How a request stands, as the JSON of the service.
    ///
    /// # Errors
    /// The service refused it or did not answer.
    pub async fn status(&self, request: RequestId, pass: &str) -> Result<Vec<u8>, ExchangeError> {
        self.get(&format!("{request}"), pass, LARGEST_ANSWER).await
    }

    /// The package of a request, not verified.
    ///
    /// # Errors
    /// The service refused it or did not answer.
    pub async fn package(&self, request: RequestId, pass: &str) -> Result<Vec<u8>, ExchangeError> {
        self.get(&format!("{request}/package"), pass, LARGEST_PACKAGE).await
    }

    /// A paper of a request, by its name and language: `("form_3", "fr")`.
    ///
    /// # Errors
    /// The service refused it or did not answer.
    pub async fn paper(
        &self,
        request: RequestId,
        paper: (&str, &str),
        pass: &str,
    ) -> Result<Vec<u8>, ExchangeError> {
        self.get(&paper_of(request, paper), pass, LARGEST_ANSWER).await
    }

    async fn get(&self, rest: &str, pass: &str, largest: usize) -> Result<Vec<u8>, ExchangeError> {
        answer(self.client.get(self.url(rest)).header(AUTHORIZATION, pass), largest).await
    }

    async fn post(&self, rest: &str, document: Vec<u8>) -> Result<Vec<u8>, ExchangeError> {
        let call = self.client.post(self.url(rest)).header(CONTENT_TYPE, envelope::CONTENT_TYPE);
        answer(call.body(document), LARGEST_ANSWER).await
    }
}

fn paper_of(request: RequestId, (kind, language): (&str, &str)) -> String {
    format!("{request}/papers/{kind}/{language}")
}

async fn answer(call: RequestBuilder, largest: usize) -> Result<Vec<u8>, ExchangeError> {
    let response = call.send().await;
    let response = response.map_err(|error| ExchangeError::NoAnswer(http::no_answer(&error).to_owned()))?;
    let status = response.status();
    if status.is_success() {
        return http::body(response, largest).await.map_err(broken);
    }
    let problem = http::body(response, LARGEST_ANSWER).await.ok();
    let problem = problem.and_then(|body| serde_json::from_slice::<Problem>(&body).ok());
    Err(ExchangeError::Refused { status: StatusCode::as_u16(&status), problem })
}

fn broken(error: DeliveryError) -> ExchangeError {
    match error {
        DeliveryError::Later { why, .. } | DeliveryError::Refused(why) => ExchangeError::NoAnswer(why),
    }
}
