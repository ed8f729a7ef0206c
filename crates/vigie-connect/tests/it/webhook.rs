//! Orders and snapshots, as the simulated messenger takes them.

use std::time::Duration;

use vigie_app::ports::Messenger as _;
use vigie_connect::Webhook;
use vigie_model::Clock as _;
use vigie_model::action::{ActionKind, Target};
use vigie_simulator::Fault;
use vigie_simulator::faults::Door;

use crate::rig::{Rig, later, refused};

#[tokio::test]
async fn an_order_is_performed_and_answered_with_a_receipt() {
    let rig = Rig::start().await;
    let action = rig.removal(1);
    let receipt = rig.perform(&rig.webhook(), &action).await.unwrap();
    assert_eq!((receipt.outcome.as_str(), &receipt.state["removed"]), ("done", &true.into()));
    assert_eq!(receipt.receipt, rig.messenger.performed()[0].receipt);
    assert_eq!(receipt.performed_at, rig.clock.now());
    assert!(rig.messenger.message(rig.known_message().id.as_str()).unwrap().removed);
    rig.stop().await;
}

#[tokio::test]
async fn a_lost_answer_leads_to_one_execution_and_one_receipt() {
    let rig = Rig::start().await;
    rig.messenger.inject(Door::Actions, &[Fault::DropAfterPerforming]);
    let (webhook, action) = (rig.webhook(), rig.removal(1));
    later(rig.perform(&webhook, &action).await);
    let receipt = rig.perform(&webhook, &action).await.unwrap();
    assert_eq!(receipt.outcome, "already_done");
    assert_eq!(receipt.receipt, rig.messenger.performed()[0].receipt);
    assert_eq!((rig.messenger.executions(action.id), rig.messenger.requests(action.id)), (1, 2));
    rig.stop().await;
}

#[tokio::test]
async fn what_passes_is_for_later_and_the_pause_that_was_asked_for_is_told() {
    let rig = Rig::start().await;
    let faults = [Fault::ServerError, Fault::TooManyRequests(Duration::from_secs(7))];
    rig.messenger.inject(Door::Actions, &faults);
    let (webhook, action) = (rig.webhook(), rig.removal(1));
    assert_eq!(later(rig.perform(&webhook, &action).await), ("500 injected_fault".into(), None));
    assert_eq!(
        later(rig.perform(&webhook, &action).await),
        ("429 injected_fault".into(), Some(Duration::from_secs(7)))
    );
    rig.messenger.inject(Door::Actions, &[Fault::Delay(Duration::from_secs(3600))]);
    assert_eq!(later(rig.perform(&rig.impatient(), &action).await), ("no answer in time".into(), None));
    assert_eq!(rig.perform(&webhook, &action).await.unwrap().outcome, "done");
    rig.stop().await;
}

#[tokio::test]
async fn nobody_there_is_for_later() {
    let rig = Rig::start().await;
    let (webhook, action) = (rig.webhook(), rig.removal(1));
    let (base, clock) = (rig.base.clone(), rig.clock.clone());
    rig.stop().await;
    assert_eq!(later(webhook.perform(&action, clock.now()).await).0, "no connection", "{base}");
}

#[tokio::test]
async fn what_the_messenger_does_not_know_or_does_not_believe_is_refused() {
    let rig = Rig::start().await;
    let nobody = Target { account_id: Some("nobody".into()), ..Target::default() };
    let action = rig.action(1, ActionKind::SuspendAccount, nobody);
    assert_eq!(refused(rig.perform(&rig.webhook(), &action).await), "404 unknown_target");
    let stranger = Webhook::new(&rig.base, b"another secret").unwrap();
    assert_eq!(refused(rig.perform(&stranger, &rig.removal(2)).await), "401 signature_invalid");
    assert!(rig.messenger.performed().is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn what_was_done_is_restored() {
    let rig = Rig::start().await;
    let (webhook, removal) = (rig.webhook(), rig.removal(1));
    rig.perform(&webhook, &removal).await.unwrap();
    let mut restoration = rig.action(2, ActionKind::Restore, removal.target.clone());
    restoration.restores = Some(removal.id);
    let receipt = rig.perform(&webhook, &restoration).await.unwrap();
    assert_eq!((receipt.outcome.as_str(), &receipt.state["removed"]), ("done", &false.into()));
    assert!(!rig.messenger.message(rig.known_message().id.as_str()).unwrap().removed);
    rig.stop().await;
}

#[tokio::test]
async fn a_conversation_is_shown_whole_to_a_signed_question() {
    let rig = Rig::start().await;
    let hub = rig.operation.conversation(&rig.operation.truth.hubs[0]).unwrap();
    let snapshot = rig.webhook().snapshot(hub.id.as_str(), rig.clock.now()).await.unwrap();
    assert_eq!(snapshot["members"].as_array().unwrap().len(), hub.members.len());
    assert!(!snapshot["postings"].as_array().unwrap().is_empty());

    rig.messenger.inject(Door::Pulls, &[Fault::ServerError]);
    let webhook = rig.webhook();
    assert_eq!(later(webhook.snapshot(hub.id.as_str(), rig.clock.now()).await).0, "500 injected_fault");
    // The identifier is escaped before it is signed and sent: it cannot lead to another address.
    for strange in ["../x?y=1#z", "a/b", "ä b%2F"] {
        let why = refused(webhook.snapshot(strange, rig.clock.now()).await);
        assert_eq!(why, "404 unknown_target", "{strange}");
    }
    for nowhere in ["", ".", ".."] {
        let why = refused(webhook.snapshot(nowhere, rig.clock.now()).await);
        assert_eq!(why, "an identifier cannot be part of an address", "{nowhere:?}");
    }
    rig.stop().await;
}

#[test]
fn a_webhook_needs_an_address_and_a_secret() {
    for address in ["", "messenger.example", "ftp://messenger.example", "data:text/plain,x"] {
        assert!(Webhook::new(address, b"secret").is_err(), "{address}");
    }
    assert!(Webhook::new("https://messenger.example/base/", b"").is_err());
    let webhook = Webhook::new("https://messenger.example/base/", b"secret").unwrap();
    assert_eq!(webhook.capabilities(), ActionKind::ALL);
    let webhook = webhook.able(&[ActionKind::RemoveMessage]);
    assert_eq!(webhook.capabilities(), [ActionKind::RemoveMessage]);
}
