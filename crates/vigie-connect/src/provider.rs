//! The sign-in service of an organisation, reached over HTTP: what it publishes, and the exchange of codes.
//!
//! It is asked where the operator said, and where it says itself. Nothing is sent in the clear, unless the operator's own
//! address is of this very machine; no redirect is followed; an answer has a limit in time and in size. What it is not: a judge
//! of the answer, and a browser: nobody signs in through here.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, Url};
use vigie_app::ports::{Answer, DeliveryError, SignInAnswer, SignInCall, SignInService};

use crate::http::{self, ConnectError};

/// How long an answer may take: somebody waits for it.
const ANSWERING: Duration = Duration::from_secs(10);

/// Of an answer, so much is read.
const LARGEST_ANSWER: usize = 512 * 1024;

/// The service at an address.
pub struct HttpSignInService {
    client: Client,
    /// Whether it is on this very machine, where the clear is not dark.
    is_here: bool,
}

impl HttpSignInService {
    /// The service whose issuer has this address.
    ///
    /// # Errors
    /// The address cannot be called.
    pub fn new(issuer: &str) -> Result<Self, ConnectError> {
        let address = http::address(issuer)?;
        Ok(Self { client: http::client(ANSWERING)?, is_here: is_here(&address) })
    }

    async fn ask(&self, call: SignInCall) -> Result<SignInAnswer, DeliveryError> {
        let url = Url::parse(&call.url).map_err(|_| refused("it names an address that is none"))?;
        let is_safe = url.scheme() == "https" || (self.is_here && is_here(&url));
        if !is_safe {
            return Err(refused("it names an address that is not one of https"));
        }
        let request = match call.form {
            Some(form) => {
                let form_type = "application/x-www-form-urlencoded";
                self.client.post(url).header(CONTENT_TYPE, form_type).body(form)
            }
            None => self.client.get(url),
        };
        let request = request.header(ACCEPT, "application/json");
        let request = match call.authorization {
            Some(credential) => request.header(AUTHORIZATION, credential),
            None => request,
        };
        let response = request.send().await.map_err(|error| DeliveryError::later(http::no_answer(&error)))?;
        let status = response.status().as_u16();
        let stated = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = stated.map(str::to_owned);
        let body = http::body(response, LARGEST_ANSWER).await?;
        Ok(SignInAnswer { status, content_type, body })
    }
}

fn is_here(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

fn refused(why: &str) -> DeliveryError {
    DeliveryError::Refused(why.into())
}

impl SignInService for HttpSignInService {
    fn call(&self, call: SignInCall) -> Answer<'_, Result<SignInAnswer, DeliveryError>> {
        Box::pin(self.ask(call))
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;

    use super::*;

    async fn service() -> u16 {
        let router = Router::new()
            .route("/known", get(async || ([("content-type", "application/json")], "{}")))
            .route("/away", get(async || Redirect::temporary("/known")))
            .route("/endless", get(async || "x".repeat(LARGEST_ANSWER + 1)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio_util::task::TaskTracker::new().spawn(async { axum::serve(listener, router).await });
        port
    }

    async fn ask(issuer: &str, url: &str) -> Result<SignInAnswer, DeliveryError> {
        let call = SignInCall { url: url.to_owned(), authorization: None, form: None };
        HttpSignInService::new(issuer).unwrap().call(call).await
    }

    #[tokio::test]
    async fn an_answer_comes_as_it_is_and_no_redirect_is_followed() {
        let here = format!("http://127.0.0.1:{}", service().await);
        let known = ask(&here, &format!("{here}/known")).await.unwrap();
        assert_eq!((known.status, known.content_type.as_deref()), (200, Some("application/json")));
        assert_eq!(ask(&here, &format!("{here}/away")).await.unwrap().status, 307);
        assert_eq!(ask(&here, &format!("{here}/nowhere")).await.unwrap().status, 404);
        assert!(ask(&here, &format!("{here}/endless")).await.is_err(), "nothing is read without end");
    }

    #[tokio::test]
    async fn nothing_is_sent_in_the_clear_to_where_a_service_points() {
        let here = format!("http://127.0.0.1:{}/known", service().await);
        for (issuer, url) in [
            ("https://login.example.org", here.as_str()),
            ("http://localhost:1", "http://login.example.org/token"),
            ("https://login.example.org", "ftp://login.example.org/"),
            ("https://login.example.org", "token"),
        ] {
            let answer = ask(issuer, url).await;
            assert!(matches!(answer, Err(DeliveryError::Refused(_))), "{issuer} {url}");
        }
    }
}
