//! A sign-in service of an organisation, as OpenID Connect describes one: it publishes its key, asks who is there on a page of
//! its own, and vouches for that in a token signed by ES256.
//!
//! What it is: the code flow with PKCE, checked as strictly as a good service does, over state in memory. [`Provider`] is also
//! the handle by which a test asks it to be wrong: see [`Wrong`]. What it is not: safe to expose; whoever presses a button on
//! its page is believed.
//!
//! To have it be wrong in another way: a variant of [`Wrong`], and its line where the answer is made.

mod token;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use vigie_model::Clock;

use token::Key;

/// Who may ask it, and with which secret.
pub const CLIENT: (&str, &str) = ("vigie", "a secret of the provider");

/// A way to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The token is for another client.
    Audience,
    /// The token is for another client besides.
    TwoAudiences,
    /// The token answers another request.
    Nonce,
    /// The token answers no request.
    NoNonce,
    /// The token says that another service made it.
    Issuer,
    /// The token's time is over.
    Expired,
    /// The token is not signed, and says so.
    Unsigned,
    /// The token is signed by the secret that both know.
    SharedSecret,
    /// The token is signed by somebody else's key.
    StrangeKey,
    /// The token was altered after it was signed.
    Altered,
    /// There is no token.
    NoToken,
    /// There is something else where the token would be.
    Rubbish,
    /// Nobody is named.
    NoSubject,
    /// The exchange of the code leads elsewhere.
    Elsewhere,
    /// The exchange of the code answers without end.
    Endless,
    /// It publishes the name of another service.
    OtherName,
    /// It is out of order.
    Down,
}

/// A sign-in service. Copies are handles to the same one.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

struct Inner {
    issuer: String,
    clock: Arc<dyn Clock>,
    key: Key,
    state: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    wrong: Option<Wrong>,
    codes: HashMap<String, Asked>,
    given: u64,
}

/// What the browser was sent with.
#[derive(Debug, Clone, Deserialize)]
struct Asked {
    response_type: String,
    client_id: String,
    redirect_uri: String,
    scope: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    /// Who pressed the button; empty on the page before it.
    #[serde(default)]
    subject: String,
}

#[derive(Deserialize)]
struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

impl Provider {
    /// The service at this address, whose clock dates its tokens.
    #[must_use]
    pub fn new(issuer: &str, clock: Arc<dyn Clock>) -> Self {
        let inner = Inner { issuer: issuer.to_owned(), clock, key: Key::of(7), state: Mutex::default() };
        Self { inner: Arc::new(inner) }
    }

    /// All its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(published))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/consent", get(consent))
            .route("/token", post(token))
            .with_state(self.clone())
    }

    /// From now on it is wrong in this way, or right.
    pub fn be(&self, wrong: Option<Wrong>) {
        self.known(|known| known.wrong = wrong);
    }

    fn is(&self, wrong: Wrong) -> bool {
        self.known(|known| known.wrong == Some(wrong))
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.inner.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn published(State(provider): State<Provider>) -> Response {
    if provider.is(Wrong::Down) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let here = &provider.inner.issuer;
    let issuer = if provider.is(Wrong::OtherName) { "https://other.example.org" } else { here };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{here}/authorize"),
        "token_endpoint": format!("{here}/token"),
        "jwks_uri": format!("{here}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // A service may offer weak ways: it is for its clients not to take them.
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
        "code_challenge_methods_supported": ["S256"],
    }))
    .into_response()
}

async fn keys(State(provider): State<Provider>) -> Response {
    Json(json!({ "keys": [provider.inner.key.published()] })).into_response()
}

/// The page on which somebody says who they are.
async fn authorize(State(provider): State<Provider>, Query(asked): Query<Asked>) -> Response {
    if !is_allowed(&asked) {
        return (StatusCode::BAD_REQUEST, "not a request that is known here").into_response();
    }
    let escape = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let fields = [
        ("response_type", &asked.response_type),
        ("client_id", &asked.client_id),
        ("redirect_uri", &asked.redirect_uri),
        ("scope", &asked.scope),
        ("state", &asked.state),
        ("nonce", &asked.nonce),
        ("code_challenge", &asked.code_challenge),
        ("code_challenge_method", &asked.code_challenge_method),
    ];
    let fields: String = fields
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    let here = &provider.inner.issuer;
    Html(format!(
        "<!DOCTYPE html><html lang=\"en\"><head><title>A synthetic organisation</title><link rel=\"icon\" href=\"data:,\">\
         </head><body><main><h1>A synthetic organisation</h1><form action=\"{here}/consent\">{fields}\
         <label>Name <input name=\"subject\"></label> <button>Sign in</button></form></main></body></html>"
    ))
    .into_response()
}

/// Somebody said who they are: back with a code.
async fn consent(State(provider): State<Provider>, Query(asked): Query<Asked>) -> Response {
    if !is_allowed(&asked) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let back = |what: String| {
        Redirect::to(&format!("{}?{what}&state={}", asked.redirect_uri, asked.state)).into_response()
    };
    if asked.subject == "nobody" {
        return back("error=access_denied".into());
    }
    let code = provider.known(|known| {
        known.given += 1;
        let code = format!("code-{}", known.given);
        known.codes.insert(code.clone(), asked.clone());
        code
    });
    back(format!("code={code}"))
}

fn is_allowed(asked: &Asked) -> bool {
    asked.response_type == "code"
        && asked.client_id == CLIENT.0
        && asked.scope.split(' ').any(|scope| scope == "openid")
        && asked.code_challenge_method == "S256"
        && [&asked.state, &asked.nonce, &asked.code_challenge].iter().all(|text| text.len() >= 43)
}

/// Gives a token for a code: once, to the client that asked, from who asked.
async fn token(
    State(provider): State<Provider>,
    headers: HeaderMap,
    Form(exchange): Form<Exchange>,
) -> Response {
    let credential = BASE64_STANDARD.encode(format!("{}:{}", CLIENT.0, CLIENT.1.replace(' ', "+")));
    let stated = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if stated != Some(&format!("Basic {credential}")) {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    if provider.is(Wrong::Elsewhere) {
        return Redirect::temporary("/keys").into_response();
    }
    if provider.is(Wrong::Endless) {
        return "x".repeat(4 << 20).into_response();
    }
    let asked = provider.known(|known| known.codes.remove(&exchange.code));
    let proven = |asked: &Asked| {
        let hash = Sha256::digest(exchange.code_verifier.as_bytes());
        asked.code_challenge == BASE64_URL_SAFE_NO_PAD.encode(hash)
            && asked.redirect_uri == exchange.redirect_uri
            && exchange.grant_type == "authorization_code"
    };
    match asked.filter(proven) {
        Some(asked) => Json(provider.answer(&asked)).into_response(),
        None => refusal(StatusCode::BAD_REQUEST, "invalid_grant"),
    }
}

fn refusal(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
