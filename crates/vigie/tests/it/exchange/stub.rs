//! A service of the exchange, as far as an authority's commands see one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie::clock::SystemClock;
use vigie_model::Clock as _;
use vigie_model::id::{Identifier as _, RequestId};
use vigie_seal::envelope::{self, Envelope};
use vigie_seal::exchange::{self, FollowUp, Receipt, Withdrawal};
use vigie_seal::note::VerifierKey;
use vigie_seal::pass::{Call, Pass};

use super::packages;

/// How the stub answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answers {
    Well,
    /// Every document is refused with a problem document.
    Refusing,
    /// Receipts are of other bytes.
    Lying,
}

struct Inner {
    authority: VerifierKey,
    recipient: String,
    answers: Answers,
    host: String,
    nonces: Mutex<HashSet<String>>,
}

type Shared = State<Arc<Inner>>;

pub(super) struct Stub {
    address: String,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Stub {
    /// A service to which this authority's keys are known.
    pub(super) async fn start(public: &Value, answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let inner = Arc::new(Inner {
            authority: public["signing"].as_str().unwrap().parse().unwrap(),
            recipient: public["sealing"].as_str().unwrap().to_owned(),
            answers,
            host: host.clone(),
            nonces: Mutex::default(),
        });
        let router = Router::new()
            .route("/exchange/v1/requests", post(submit))
            .route("/exchange/v1/requests/{id}", get(status))
            .route("/exchange/v1/requests/{id}/package", get(package))
            .route("/exchange/v1/requests/{id}/papers/{paper}/{language}", get(paper))
            .route("/exchange/v1/requests/{id}/withdraw", post(withdraw))
            .route("/exchange/v1/requests/{id}/follow-ups", post(follow_up))
            .with_state(inner);
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let ended = cancel.clone().cancelled_owned();
        tasks
            .spawn(async move { axum::serve(listener, router).with_graceful_shutdown(ended).await.unwrap() });
        Self { address: format!("http://{host}"), cancel, tasks }
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn service_key(&self) -> String {
        packages::service().verifier().to_string()
    }

    pub(super) async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn request() -> RequestId {
    RequestId::from_uuid(uuid::Uuid::from_u128(71))
}

async fn submit(State(stub): Shared, headers: HeaderMap, body: Bytes) -> Response {
    assert_eq!(headers[header::CONTENT_TYPE], envelope::CONTENT_TYPE);
    let keys = [stub.authority.clone()];
    let (document, _) = exchange::open_instrument(&Envelope::read(&body).unwrap(), &keys).unwrap();
    if stub.answers == Answers::Refusing {
        let problem = "{\"code\":\"not_sound\",\"title\":\"The document is not sound\",\
            \"detail\":\"line one\\n\\u001b[31mline \\u202etwo\"}";
        let form = [(header::CONTENT_TYPE, "application/problem+json")];
        return (StatusCode::UNPROCESSABLE_ENTITY, form, problem).into_response();
    }
    let of = if stub.answers == Answers::Lying { b"something else".as_slice() } else { &body };
    receipt(of, &document.reference, &document.nonce)
}

async fn withdraw(State(stub): Shared, Path(id): Path<RequestId>, body: Bytes) -> Response {
    let keys = [stub.authority.clone()];
    let (withdrawal, _) = Withdrawal::open(&Envelope::read(&body).unwrap(), &keys).unwrap();
    assert_eq!((withdrawal.request, id), (request(), request()));
    receipt(&body, &withdrawal.reference, &withdrawal.nonce)
}

async fn follow_up(State(stub): Shared, Path(id): Path<RequestId>, body: Bytes) -> Response {
    let keys = [stub.authority.clone()];
    let (said, _) = FollowUp::open(&Envelope::read(&body).unwrap(), &keys).unwrap();
    assert_eq!((said.request, id), (request(), request()));
    receipt(&body, &said.reference, &said.nonce)
}

fn receipt(of: &[u8], reference: &str, nonce: &str) -> Response {
    let receipt = Receipt::of(of, request(), reference, nonce, SystemClock.now());
    let signed = receipt.sign(&packages::service()).unwrap().to_bytes();
    (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, envelope::CONTENT_TYPE)], signed).into_response()
}

/// Whether the pass is this authority's, for this very call, and came for the first time.
fn admits(stub: &Inner, headers: &HeaderMap, uri: &Uri) -> bool {
    let Some(pass) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let call = Call { method: "GET".into(), path: uri.path().into(), host: stub.host.clone() };
    let keys = [stub.authority.clone()];
    let Ok((pass, _)) = Pass::open(pass, &keys, &call, SystemClock.now()) else { return false };
    stub.nonces.lock().unwrap().insert(pass.nonce)
}

async fn status(State(stub): Shared, headers: HeaderMap, uri: Uri) -> Response {
    if !admits(&stub, &headers, &uri) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    r#"{"state":"released"}"#.into_response()
}

/// Says which paper was asked for, to whoever may have one.
async fn paper(State(stub): Shared, headers: HeaderMap, uri: Uri) -> Response {
    if !admits(&stub, &headers, &uri) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    uri.path().rsplit_once("/papers/").unwrap().1.to_owned().into_response()
}

async fn package(State(stub): Shared, headers: HeaderMap, uri: Uri) -> Response {
    if !admits(&stub, &headers, &uri) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    packages::package(&stub.recipient.parse().unwrap()).to_bytes().into_response()
}
