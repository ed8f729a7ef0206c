//! Two loops on one database; a messenger that loses answers; shutdown.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie_app::App;
use vigie_model::action::{ActionKind, ActionState, Target};
use vigie_simulator::Fault;
use vigie_simulator::faults::Door;
use vigie_store::blobs;
use vigie_testkit::Database;
use vigie_worker::{run, run_due_once};

use crate::house::{House, removal_of};

/// Loops that work until they are stopped.
struct Loops {
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Loops {
    fn start(apps: &[App]) -> Self {
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        for app in apps {
            tasks.spawn(run(app.clone(), cancel.clone()));
        }
        Self { cancel, tasks }
    }

    async fn stop(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Waits for what the loops bring about, moving the clock so that no pause is waited for.
async fn until(house: &House, mut holds: impl AsyncFnMut() -> bool) {
    while !holds().await {
        house.clock.advance(Duration::from_millis(500));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Every action is performed once and ends with one receipt, whoever sends it and whatever answers get lost.
async fn two_loops_perform_each_action_once(database: Database) {
    let house = House::open(database).await;
    let apps = [house.process().await, house.process().await];
    let faults = [Fault::DropAfterPerforming, Fault::ServerError, Fault::TooManyRequests(Duration::ZERO)];
    house.messenger.inject_share(Door::Actions, 40, &faults, 3);
    let loops = Loops::start(&apps);
    let mut ids = Vec::new();
    for (message, app) in house.operation.messages.iter().zip(apps.iter().cycle()) {
        ids.push(house.queued(app, ActionKind::RemoveMessage, removal_of(message)).await);
    }
    until(&house, async || house.count(&apps[0], ActionState::Done).await == ids.len()).await;
    loops.stop().await;

    let performed = house.messenger.performed();
    assert_eq!(performed.len(), ids.len());
    let mut requests = 0;
    for one in performed {
        assert_eq!(one.executions, 1, "{}", one.action_id);
        let action = house.action(&apps[0], one.action_id).await;
        assert_eq!(action.receipt.expect("it has a receipt").receipt, one.receipt);
        // Each request was an attempt of ours: none was sent behind the back of its claim.
        assert!(i64::from(one.requests) <= action.attempts);
        requests += one.requests;
    }
    assert!(usize::try_from(requests).unwrap() > ids.len(), "no answer was lost");
    house.close(apps).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_loops_perform_each_action_once_on_sqlite() {
    two_loops_perform_each_action_once(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_loops_perform_each_action_once_on_postgres() {
    let Some(database) = Database::postgres("two_loops_perform_each_action_once_on_postgres").await else {
        return;
    };
    two_loops_perform_each_action_once(database).await;
}

#[tokio::test]
async fn a_conversation_is_sealed_as_it_was_before_it_is_closed() {
    let house = House::open(Database::sqlite()).await;
    let app = house.process().await;
    let hub = house.operation.conversation(&house.operation.truth.hubs[0]).unwrap().clone();
    let target = Target { conversation_id: Some(hub.id.to_string()), ..Target::default() };
    let closing = house.queued(&app, ActionKind::CloseConversation, target).await;
    house.messenger.inject(Door::Pulls, &[Fault::ServerError]);
    assert_eq!(run_due_once(&app).await, 1);
    assert!(!house.messenger.conversation(hub.id.as_str()).unwrap().closed, "nothing was preserved");
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(run_due_once(&app).await, 1);
    assert!(house.messenger.conversation(hub.id.as_str()).unwrap().closed);
    let done = house.action(&app, closing).await;
    assert_eq!(done.receipt.unwrap().state["closed"], true);
    let kept = done.preserved.expect("a copy was sealed");
    let kept = blobs::find(&mut app.store.read().await.unwrap(), kept).await.unwrap().unwrap();
    let sealed = app.store.vault().get(kept.id, kept.period).unwrap();
    let sealed: serde_json::Value = serde_json::from_slice(&sealed).unwrap();
    assert_eq!(sealed["members"].as_array().unwrap().len(), hub.members.len());
    assert_eq!(sealed["conversation"]["closed"], false, "it shows what was there before");
    house.close([app]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_shutdown_what_is_under_way_ends_and_nothing_new_begins() {
    let house = House::open(Database::sqlite()).await;
    let app = house.process().await;
    let [first, second] = [&house.operation.messages[0], &house.operation.messages[1]];
    house.messenger.inject(Door::Actions, &[Fault::Delay(Duration::from_millis(300))]);
    let under_way = house.queued(&app, ActionKind::RemoveMessage, removal_of(first)).await;
    let loops = Loops::start(std::slice::from_ref(&app));
    // The fault is taken when the order has come in: from then on it is under way.
    while house.messenger.waiting_faults(Door::Actions) > 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    loops.stop().await;
    assert_eq!(house.action(&app, under_way).await.state, ActionState::Done);
    let later = house.queued(&app, ActionKind::RemoveMessage, removal_of(second)).await;
    assert_eq!(house.action(&app, later).await.state, ActionState::Queued);
    assert_eq!(run_due_once(&app).await, 1);
    assert_eq!(house.action(&app, later).await.state, ActionState::Done);
    house.close([app]).await;
}
