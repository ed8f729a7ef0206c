//! A messenger that listens on a port of its own, and a caller who can sign as Vigie does.

use std::sync::Arc;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use vigie_model::action::{ActionKind, Target};
use vigie_model::{Clock, ManualClock, Moment};
use vigie_simulator::{Messenger, signature};
use vigie_synth::operation::Message;
use vigie_synth::{Operation, Plan};

pub(crate) const SECRET: &[u8] = b"known to both sides";

pub(crate) struct Rig {
    pub(crate) messenger: Messenger,
    pub(crate) operation: Arc<Operation>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: Client,
    pub(crate) base: String,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

/// An HTTP client. Nothing here speaks TLS, but the client wants to know who would.
pub(crate) fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

/// A free port of this machine.
pub(crate) async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("a bound listener has an address");
    (listener, format!("http://{address}"))
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let start = Moment::from_unix_seconds(1_800_000_000);
        let operation = Arc::new(Operation::generate(&Plan::small(5, start)));
        let clock = Arc::new(ManualClock::at(start));
        let messenger = Messenger::new(&operation, SECRET, clock.clone());
        let (listener, base) = listener().await;
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (served, ended) = (messenger.clone(), cancel.clone());
        tasks.spawn(async move { served.serve(listener, ended).await.expect("the listener works") });
        Self { messenger, operation, clock, client: client(), base, cancel, tasks }
    }

    /// Ends the messenger and waits for it.
    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// A message that carries a known image.
    pub(crate) fn known_message(&self) -> &Message {
        self.operation.known_copies().next().expect("the operation carries known images").0
    }

    pub(crate) fn order(&self, action: Uuid, kind: ActionKind, target: &Target) -> Value {
        json!({
            "action_id": action, "kind": kind, "issued_at": self.clock.now(),
            "service": self.operation.plan.service, "target": target, "reason_code": "known_material",
        })
    }

    /// An order to undo an earlier action.
    pub(crate) fn restoration(&self, action: Uuid, restores: Uuid) -> Value {
        let mut order = self.order(action, ActionKind::Restore, &Target::default());
        order["restores"] = json!(restores);
        order
    }

    /// Sends an order, signed now.
    pub(crate) async fn send(&self, order: &Value) -> Response {
        self.try_send(order).await.expect("the messenger answers")
    }

    pub(crate) async fn try_send(&self, order: &Value) -> reqwest::Result<Response> {
        let id = order["action_id"].as_str().expect("an order has an identifier");
        self.post("/vigie/v1/actions", id, order.to_string()).await
    }

    pub(crate) async fn post(&self, path: &str, id: &str, body: String) -> reqwest::Result<Response> {
        let now = self.clock.now().unix_seconds();
        let signature = signature::sign(SECRET, now, body.as_bytes());
        let request =
            self.client.post(format!("{}{path}", self.base)).header("Content-Type", "application/json");
        request
            .header("Vigie-Action-Id", id)
            .header("Vigie-Timestamp", now)
            .header("Vigie-Signature", signature)
            .body(body)
            .send()
            .await
    }

    /// Asks a signed question.
    pub(crate) async fn pull(&self, path: &str) -> Response {
        let now = self.clock.now().unix_seconds();
        let request = self.client.get(format!("{}{path}", self.base)).header("Vigie-Timestamp", now);
        let signature = signature::sign(SECRET, now, format!("GET {path}").as_bytes());
        request.header("Vigie-Signature", signature).send().await.expect("the messenger answers")
    }

    /// Looks as anybody may.
    pub(crate) async fn look(&self, path: &str) -> (StatusCode, String) {
        let answer =
            self.client.get(format!("{}{path}", self.base)).send().await.expect("the messenger answers");
        (answer.status(), answer.text().await.expect("the answer is text"))
    }

    /// Whether the bytes of a picture can be fetched.
    pub(crate) async fn media_status(&self, id: &str) -> StatusCode {
        let answer = self.client.get(format!("{}/media/{id}", self.base)).send().await;
        answer.expect("the messenger answers").status()
    }
}

/// The body as JSON, after checking the status.
#[track_caller]
pub(crate) fn body(status: StatusCode, answer: Response) -> impl Future<Output = Value> {
    assert_eq!(answer.status(), status);
    async { answer.json().await.expect("the answer is JSON") }
}

pub(crate) fn message_target(message: &Message) -> Target {
    Target {
        message_id: Some(message.id.to_string()),
        conversation_id: Some(message.conversation.to_string()),
        ..Target::default()
    }
}
