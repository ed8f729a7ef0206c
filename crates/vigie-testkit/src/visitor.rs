//! Somebody at the door: a stranger, a person with a session, a machine with a token.

use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// Sends requests with the credentials of one actor, over a real connection. Redirects are shown, not followed.
#[derive(Debug, Clone)]
pub struct Visitor {
    client: Client,
    address: String,
    credential: Option<(HeaderName, HeaderValue)>,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as text.
    pub body: String,
}

impl Reply {
    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// The value of a header; empty where it is not there.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Visitor {
    /// Somebody without any credential, at the door of this address.
    #[must_use]
    pub fn new(address: String) -> Self {
        // Somebody else in this process may have decided already.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = Client::builder().redirect(Policy::none()).no_proxy().build();
        Self { client: client.expect("a client without settings can be made"), address, credential: None }
    }

    /// The same with an API token.
    #[must_use]
    pub fn with_token(mut self, secret: &str) -> Self {
        self.credential = Some((AUTHORIZATION, value(&format!("Bearer {secret}"))));
        self
    }

    /// Opens the page of a sign-in link, presses its button, and keeps the session.
    pub async fn sign_in(&mut self, path: &str) {
        let reply = self.form(path, &[]).await;
        let cookie = reply.header(SET_COOKIE.as_str()).split(';').next().unwrap_or_default();
        assert!(reply.status == 303 && !cookie.is_empty(), "the sign-in link gives no session: {reply:?}");
        self.credential = Some((COOKIE, value(cookie)));
    }

    /// The secret of the session, where there is one.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        let (name, value) = self.credential.as_ref()?;
        let (_, secret) = value.to_str().ok()?.split_once('=')?;
        (name == COOKIE).then_some(secret)
    }

    /// Asks for a path.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    /// Sends a form, as a page of the console does.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let origin = self.address.clone();
        // Browsers send nothing else in the fields that our forms have; anything odd is the test's own business.
        let body: Vec<String> =
            fields.iter().map(|(name, text)| format!("{name}={}", encode(text))).collect();
        let request = self.request(Method::POST, path).header("origin", origin);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(body.join("&"))).await
    }

    /// Sends JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// A request with the credentials, for what the other methods do not do.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.address));
        match &self.credential {
            Some((name, value)) => request.header(name, value),
            None => request,
        }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap_or_else(|error| panic!("no answer: {error:?}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.text().await.unwrap_or_else(|error| panic!("half an answer: {error:?}"));
        Reply { status, headers, body }
    }
}

fn value(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text).expect("credentials are plain characters");
    value.set_sensitive(true);
    value
}

/// Everything but letters and digits as `%XX`.
fn encode(text: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}
