//! A simulated messenger that listens, and actions for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use vigie_app::ports::{DeliveryError, Messenger as _};
use vigie_connect::Webhook;
use vigie_model::action::{Action, ActionKind, ActionState, Receipt, Target};
use vigie_model::id::ActionId;
use vigie_model::{Clock, ManualClock, Moment};
use vigie_simulator::Messenger;
use vigie_synth::operation::Message;
use vigie_synth::{Operation, Plan};

pub(crate) const SECRET: &[u8] = b"known to both sides";

pub(crate) struct Rig {
    pub(crate) messenger: Messenger,
    pub(crate) operation: Operation,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) base: String,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let start = Moment::from_unix_seconds(1_800_000_000);
        let operation = Operation::generate(&Plan::small(5, start));
        let clock = Arc::new(ManualClock::at(start));
        let messenger = Messenger::new(&operation, SECRET, clock.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (served, ended) = (messenger.clone(), cancel.clone());
        tasks.spawn(async move { served.serve(listener, ended).await.expect("the listener works") });
        Self { messenger, operation, clock, base, cancel, tasks }
    }

    pub(crate) async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(crate) fn webhook(&self) -> Webhook {
        Webhook::new(&self.base, SECRET).unwrap()
    }

    /// A webhook that gives up soon.
    pub(crate) fn impatient(&self) -> Webhook {
        Webhook::with_patience(&self.base, SECRET, Duration::from_millis(50)).unwrap()
    }

    /// A message that carries a known image.
    pub(crate) fn known_message(&self) -> &Message {
        self.operation.known_copies().next().expect("the operation carries known images").0
    }

    pub(crate) fn action(&self, number: u128, kind: ActionKind, target: Target) -> Action {
        Action {
            id: ActionId(Uuid::from_u128(number)),
            incident: None,
            decision: None,
            item: None,
            kind,
            service: self.operation.plan.service.clone(),
            target,
            restores: None,
            reason_code: "child_safety".into(),
            state: ActionState::Sending,
            approval: None,
            attempts: 1,
            unanswered: 1,
            next_attempt_at: None,
            requested_by: "system".into(),
            requested_at: self.clock.now(),
            ended_at: None,
            receipt: None,
            preserved: None,
            not_preserved: None,
            last_error: None,
        }
    }

    /// The removal of a message that carries a known image.
    pub(crate) fn removal(&self, number: u128) -> Action {
        let message = self.known_message();
        let target = Target {
            message_id: Some(message.id.to_string()),
            conversation_id: Some(message.conversation.to_string()),
            ..Target::default()
        };
        self.action(number, ActionKind::RemoveMessage, target)
    }

    pub(crate) async fn perform(&self, webhook: &Webhook, action: &Action) -> Result<Receipt, DeliveryError> {
        webhook.perform(action, self.clock.now()).await
    }
}

/// Why it is to be tried later, and the pause that was asked for.
#[track_caller]
pub(crate) fn later<T: std::fmt::Debug>(outcome: Result<T, DeliveryError>) -> (String, Option<Duration>) {
    match outcome {
        Err(DeliveryError::Later { why, wait }) => (why, wait),
        other => panic!("not to be tried later: {other:?}"),
    }
}

/// Why it was refused.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, DeliveryError>) -> String {
    match outcome {
        Err(DeliveryError::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}
