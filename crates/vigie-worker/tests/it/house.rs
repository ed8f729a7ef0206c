//! Several processes on one database, and the messenger they send to.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;
use vigie_app::evidence::RetentionSettings;
use vigie_app::heavy::Heavy;
use vigie_app::intake::IntakeSettings;
use vigie_app::ledger::LedgerSettings;
use vigie_app::ports::Messenger as Port;
use vigie_app::wellbeing::ReviewSettings;
use vigie_app::{App, Parts, Settings};
use vigie_connect::{Webhook, WebhookPager};
use vigie_model::action::{Action, ActionKind, ActionState, Target};
use vigie_model::id::ActionId;
use vigie_model::{Caller, Clock as _, ManualClock, Moment, SequentialIds};
use vigie_seal::ledger::Details;
use vigie_simulator::Messenger;
use vigie_store::{Store, StoreSettings, actions};
use vigie_synth::operation::Message;
use vigie_synth::{Operation, Plan};
use vigie_testkit::Database;

const SECRET: &[u8] = b"known to both sides";

pub(crate) struct House {
    pub(crate) messenger: Messenger,
    pub(crate) operation: Operation,
    pub(crate) clock: Arc<ManualClock>,
    ids: Arc<SequentialIds>,
    base: String,
    database: Database,
    data: tempfile::TempDir,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl House {
    pub(crate) async fn open(database: Database) -> Self {
        let start = Moment::from_unix_seconds(1_800_000_000);
        let operation = Operation::generate(&Plan::small(5, start));
        let clock = Arc::new(ManualClock::at(start));
        let messenger = Messenger::new(&operation, SECRET, clock.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("a bound listener has an address"));
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (served, ended) = (messenger.clone(), cancel.clone());
        tasks.spawn(async move { served.serve(listener, ended).await.expect("the listener works") });
        let data = tempfile::tempdir().expect("a folder can be made");
        let ids = Arc::new(SequentialIds::default());
        Self { messenger, operation, clock, ids, base, database, data, cancel, tasks }
    }

    /// A process of the service.
    pub(crate) async fn process(&self) -> App {
        let settings = StoreSettings { database: self.database.address(), data: self.folder() };
        let webhook: Arc<dyn Port> = Arc::new(Webhook::new(&self.base, SECRET).unwrap());
        let pager = WebhookPager::new(&format!("{}/pager", self.base), SECRET).unwrap();
        App::new(Parts {
            store: Store::open(&settings).await.unwrap(),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            heavy: Heavy::new(NonZeroUsize::MIN),
            media: None,
            messengers: BTreeMap::from([(self.operation.plan.service.clone(), webhook)]),
            records: BTreeMap::new(),
            pagers: vec![Arc::new(pager)],
            witnesses: vec![],
            provider: None,
            settings: Settings {
                instance: "test".into(),
                public_url: "http://localhost:8420".into(),
                evidence_url: "http://localhost:8421".into(),
                ledger: LedgerSettings::unwatched("vigie.example.org/test"),
                intake: IntakeSettings::default(),
                retention: RetentionSettings::default(),
                review: ReviewSettings { reread_percent: 0, ..ReviewSettings::default() },
                access: vigie_app::AccessSettings::LINKS_ALONE,
                disclosure: vigie_app::requests::DisclosureSettings::default(),
            },
        })
    }

    fn folder(&self) -> PathBuf {
        self.data.path().to_owned()
    }

    pub(crate) async fn close(self, processes: impl IntoIterator<Item = App>) {
        for app in processes {
            app.store.close().await;
        }
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.database.close().await;
    }

    /// A queued action, as a decision leaves it.
    pub(crate) async fn queued(&self, app: &App, kind: ActionKind, target: Target) -> ActionId {
        let action = Action {
            id: ActionId(Uuid::from_u128(u128::from(self.next()))),
            incident: None,
            decision: None,
            item: None,
            kind,
            service: self.operation.plan.service.clone(),
            target,
            restores: None,
            reason_code: "child_safety".into(),
            state: ActionState::Queued,
            approval: None,
            attempts: 0,
            unanswered: 0,
            next_attempt_at: Some(self.clock.now()),
            requested_by: "system".into(),
            requested_at: self.clock.now(),
            ended_at: None,
            receipt: None,
            preserved: None,
            not_preserved: (kind == ActionKind::RemoveMessage).then(|| "signals_only".into()),
            last_error: None,
        };
        let mut tx = app.store.begin().await.unwrap();
        actions::insert(&mut tx, &action).await.unwrap();
        tx.commit(&Details::new(&Caller::system(), "test.ordered", "test", self.clock.now())).await.unwrap();
        action.id
    }

    fn next(&self) -> u64 {
        use vigie_model::IdGen as _;
        self.ids.uuid().as_u64_pair().1
    }

    pub(crate) async fn action(&self, app: &App, id: ActionId) -> Action {
        actions::find(&mut app.store.read().await.unwrap(), id).await.unwrap().unwrap()
    }

    /// How many actions stand in a state.
    pub(crate) async fn count(&self, app: &App, state: ActionState) -> usize {
        let count = actions::count(&mut app.store.read().await.unwrap(), state).await.unwrap();
        usize::try_from(count).unwrap()
    }
}

pub(crate) fn removal_of(message: &Message) -> Target {
    Target {
        message_id: Some(message.id.to_string()),
        conversation_id: Some(message.conversation.to_string()),
        ..Target::default()
    }
}
