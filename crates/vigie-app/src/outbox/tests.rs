//! On the way to the messenger: attempts, receipts, what is preserved first, what is undone meanwhile.

use std::time::Duration;

use vigie_model::action::{Action, ActionKind, ActionState};
use vigie_model::alarm::NoticeKind;
use vigie_model::conversation::{Conversation, ConversationKind};
use vigie_model::id::ConversationId;
use vigie_model::{Caller, Role};
use vigie_seal::ledger::Details;
use vigie_store::{actions, blobs, conversations, tables};

use super::{LEASE, Piece, Work};
use crate::actions::tests::{new, now, ordered, undone};
use crate::ports::DeliveryError;
use crate::tests::messenger::{Fault, SERVICE};
use crate::tests::{House, house};
use crate::{App, Code};

/// Carries out what is due now.
pub(crate) async fn work(app: &App) -> usize {
    let work = app.claim_due_work(100).await.unwrap();
    for piece in &work {
        app.carry_out(piece).await.unwrap();
    }
    work.len()
}

/// Carries out what is due until nothing comes any more, moving the clock from attempt to attempt.
async fn work_for_a_day(house: &House) {
    for _ in 0..20 {
        work(&house.app).await;
        house.clock.advance(Duration::from_secs(60 * 60));
    }
}

fn later() -> Fault {
    Fault::Unperformed(DeliveryError::later("503"))
}

async fn removal(house: &House) -> (Caller, Action) {
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let action = ordered(house, &ada, new(ActionKind::RemoveMessage), false).await.unwrap();
    (ada, action)
}

async fn closing(house: &House) -> (Caller, Action) {
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let ben = house.person("Ben", Role::SeniorReviewer).await;
    let action = ordered(house, &ada, new(ActionKind::CloseConversation), false).await.unwrap();
    assert_eq!(work(&house.app).await, 0, "nothing is sent before the second person agreed");
    house.app.approve(&ben, action.approval.unwrap()).await.unwrap();
    (ada, action)
}

#[tokio::test]
async fn an_action_is_done_when_its_receipt_is_kept_with_its_entry_in_the_ledger() {
    let house = house().await;
    let (_, action) = removal(&house).await;
    assert_eq!(work(&house.app).await, 1);
    assert_eq!(work(&house.app).await, 0);
    let done = now(&house, &action).await;
    assert_eq!((done.state, done.attempts, done.unanswered), (ActionState::Done, 1, 0));
    let receipt = done.receipt.unwrap();
    assert_eq!((receipt.outcome.as_str(), &receipt.state["removed"]), ("done", &true.into()));
    assert_eq!(done.ended_at, Some(house.app.now()));
    let ledger = tables::rows(&house.app.store).await.unwrap()["ledger_details"].clone();
    let entry = ledger.iter().find(|line| line.contains("action.done")).expect("it is in the ledger");
    assert!(entry.contains(&receipt.receipt), "{entry}");
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_performs_nothing_twice() {
    let house = house().await;
    let (_, action) = removal(&house).await;
    house.messenger.misbehave([Fault::AnswerLost]);
    work(&house.app).await;
    let waiting = now(&house, &action).await;
    assert_eq!(
        (waiting.state, waiting.last_error.as_deref()),
        (ActionState::Queued, Some("the answer was lost"))
    );
    assert_eq!(waiting.receipt, None);
    assert_eq!(work(&house.app).await, 0, "there is a pause");
    house.clock.advance(Duration::from_secs(1));
    work(&house.app).await;
    let done = now(&house, &action).await;
    assert_eq!((done.state, done.receipt.unwrap().outcome.as_str()), (ActionState::Done, "already_done"));
    assert_eq!(house.messenger.requests(action.id), 2);
}

#[tokio::test]
async fn pauses_grow_and_after_twelve_attempts_a_person_is_told_and_can_send_it_again() {
    let house = house().await;
    let (ada, action) = removal(&house).await;
    house.messenger.misbehave((0..12).map(|_| later()));
    let mut pauses = Vec::new();
    loop {
        assert_eq!(work(&house.app).await, 1);
        let Some(next) = now(&house, &action).await.next_attempt_at else { break };
        pauses.push(next.since(house.app.now()).as_secs());
        house.clock.advance(next.since(house.app.now()));
    }
    assert_eq!(pauses, [1, 5, 30, 120, 600, 3600, 3600, 3600, 3600, 3600, 3600]);
    let failed = now(&house, &action).await;
    assert_eq!(
        (failed.state, failed.attempts, failed.last_error.as_deref()),
        (ActionState::Failed, 12, Some("503"))
    );
    assert_eq!(house.app.failed_actions(&ada).await.unwrap(), 1);
    let notices = house.app.notices(&ada).await.unwrap();
    assert_eq!(notices.iter().map(|one| one.kind).collect::<Vec<_>>(), [NoticeKind::ActionFailed]);
    assert_eq!(notices[0].subject, format!("action:{}", action.id));

    let again = house.app.retry_action(&ada, action.id).await.unwrap();
    assert_eq!((again.state, again.attempts), (ActionState::Queued, 0));
    work(&house.app).await;
    assert_eq!(now(&house, &action).await.state, ActionState::Done);
    assert_eq!(house.app.retry_action(&ada, action.id).await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn the_receiver_may_ask_for_a_longer_pause_but_not_for_a_day() {
    let house = house().await;
    let (_, action) = removal(&house).await;
    for (asked, paused) in [(7, 7), (2, 5), (86_400, 3600)] {
        let wait = Some(Duration::from_secs(asked));
        house.messenger.misbehave([Fault::Unperformed(DeliveryError::Later { why: "429".into(), wait })]);
        work(&house.app).await;
        let next = now(&house, &action).await.next_attempt_at.unwrap();
        assert_eq!(next.since(house.app.now()).as_secs(), paused, "asked for {asked}");
        house.clock.advance(Duration::from_secs(paused));
    }
}

#[tokio::test]
async fn a_refusal_fails_at_once_and_then_there_is_nothing_to_undo() {
    let house = house().await;
    let (ada, action) = removal(&house).await;
    house.messenger.misbehave([Fault::Unperformed(DeliveryError::Refused("404 unknown_target".into()))]);
    work(&house.app).await;
    let failed = now(&house, &action).await;
    assert_eq!((failed.state, failed.attempts), (ActionState::Failed, 1));
    assert_eq!(failed.last_error.as_deref(), Some("refused: 404 unknown_target"));
    assert_eq!(undone(&house, &ada, &action).await, None);
    assert_eq!(now(&house, &action).await.state, ActionState::Withdrawn);
}

#[tokio::test]
async fn a_conversation_is_sealed_before_it_is_closed() {
    let house = house().await;
    let (ada, action) = closing(&house).await;
    let known = Conversation {
        id: ConversationId::fresh(&*house.app.ids),
        service: SERVICE.into(),
        reference: "c-1".into(),
        kind: ConversationKind::Group,
        title: None,
        description: None,
        owner: None,
        administrators: vec![],
        invite_link: None,
        linked: vec![],
        members: None,
        first_seen: house.app.now(),
        updated_at: house.app.now(),
    };
    let mut tx = house.app.store.begin().await.unwrap();
    conversations::upsert(&mut tx, &known).await.unwrap();
    tx.commit(&Details::new(&ada, "test.told", "test", house.app.now())).await.unwrap();

    work(&house.app).await;
    let done = now(&house, &action).await;
    assert_eq!(done.state, ActionState::Done);
    let blob = done.preserved.expect("something was sealed");
    assert_eq!(house.messenger.ordered(action.id).unwrap().preserved, Some(blob), "before it was ordered");
    let mut reader = house.app.store.read().await.unwrap();
    let holds = blobs::holds(&mut reader, blob).await.unwrap();
    assert_eq!(holds[0].reason, format!("action:{}", action.id));
    assert_eq!(conversations::snapshot(&mut reader, known.id).await.unwrap(), Some(blob));
    let sealed = house.app.open_evidence(blob).await.unwrap();
    let sealed: serde_json::Value = serde_json::from_slice(&sealed).unwrap();
    assert_eq!(sealed["members"], serde_json::json!(["ann", "ben"]));
}

#[tokio::test]
async fn nothing_is_closed_while_it_cannot_be_preserved_and_it_is_said_why() {
    let house = house().await;
    let (ada, action) = closing(&house).await;
    house.messenger.refuse_snapshot(DeliveryError::Refused("403".into()));
    house.messenger.refuse_snapshot(DeliveryError::later("503"));
    for why in ["refused: 403", "503"] {
        work(&house.app).await;
        let waiting = now(&house, &action).await;
        assert_eq!((waiting.state, waiting.preserved, waiting.unanswered), (ActionState::Queued, None, 0));
        assert_eq!(waiting.last_error.unwrap(), format!("nothing is preserved yet: {why}"));
        house.clock.advance(Duration::from_secs(5));
    }
    assert!(house.messenger.performed().is_empty());
    // Since nothing reached the messenger, there is nothing to restore either.
    assert_eq!(undone(&house, &ada, &action).await, None);
}

#[tokio::test]
async fn a_conversation_is_sealed_once_however_often_the_closing_is_tried() {
    let house = house().await;
    let (_, action) = closing(&house).await;
    house.messenger.misbehave([later(), Fault::AnswerLost]);
    work_for_a_day(&house).await;
    assert_eq!(now(&house, &action).await.state, ActionState::Done);
    assert_eq!(house.messenger.snapshots(), ["c-1"]);
    assert_eq!(tables::rows(&house.app.store).await.unwrap()["blobs"].len(), 1);
}

#[tokio::test]
async fn what_was_done_is_restored_by_a_new_action_and_only_once() {
    let house = house().await;
    let (ada, action) = removal(&house).await;
    work(&house.app).await;
    let restoration = undone(&house, &ada, &action).await.expect("it was done");
    assert_eq!((restoration.kind, restoration.restores), (ActionKind::Restore, Some(action.id)));
    assert_eq!(undone(&house, &ada, &action).await, Some(restoration.clone()));
    assert_eq!(
        undone(&house, &ada, &restoration).await,
        None,
        "undoing all that followed keeps the restoration"
    );
    work(&house.app).await;
    assert_eq!(now(&house, &restoration).await.state, ActionState::Done);
    assert_eq!(house.messenger.ordered(restoration.id).unwrap().restores, Some(action.id));
    assert_eq!(undone(&house, &ada, &restoration).await, None, "nor is it undone when it is done");
}

#[tokio::test]
async fn a_restoration_can_be_taken_back_before_it_is_sent() {
    let house = house().await;
    let (ada, action) = removal(&house).await;
    work(&house.app).await;
    let restoration = undone(&house, &ada, &action).await.expect("it was done");
    assert_eq!(house.app.withdraw_action(&ada, restoration.id, "it was right").await.unwrap(), None);
    assert_eq!(work(&house.app).await, 0);
    let another = undone(&house, &ada, &action).await.expect("it may be undone later all the same");
    assert_ne!(another.id, restoration.id);
}

#[tokio::test]
async fn what_may_have_been_performed_unheard_is_withdrawn_and_restored() {
    let house = house().await;
    let (ada, action) = removal(&house).await;
    house.messenger.misbehave([Fault::AnswerLost]);
    work(&house.app).await;
    let restoration = house.app.withdraw_action(&ada, action.id, "mistaken").await.unwrap();
    let restoration = restoration.expect("the messenger may have removed it");
    assert_eq!(now(&house, &action).await.state, ActionState::Withdrawn);
    work_for_a_day(&house).await;
    assert_eq!(house.messenger.performed(), [action.id, restoration.id]);
    assert_eq!(house.messenger.requests(action.id), 1, "it was not sent again");
}

#[tokio::test]
async fn what_is_undone_while_it_is_being_sent_is_restored_after_that() {
    let house = house().await;
    let (ada, action) = removal(&house).await;
    let work_in_hand = house.app.claim_due_work(1).await.unwrap();
    let error = house.app.withdraw_action(&ada, action.id, "mistaken").await.unwrap_err();
    assert_eq!(error.code(), Code::WrongState);
    let restoration = undone(&house, &ada, &action).await.expect("it may be performed any moment");
    assert!(house.app.claim_due_work(9).await.unwrap().is_empty(), "the restoration waits");
    house.app.carry_out(&work_in_hand[0]).await.unwrap();
    assert_eq!(now(&house, &action).await.state, ActionState::Done);
    work(&house.app).await;
    assert_eq!(now(&house, &restoration).await.state, ActionState::Done);
}

#[tokio::test]
async fn what_is_undone_while_an_attempt_fails_is_not_tried_again() {
    for (refused, restored) in [(true, ActionState::Withdrawn), (false, ActionState::Done)] {
        let house = house().await;
        let (ada, action) = removal(&house).await;
        let work_in_hand = house.app.claim_due_work(1).await.unwrap();
        let restoration = undone(&house, &ada, &action).await.expect("it may be performed any moment");
        let refusal = || Fault::Unperformed(DeliveryError::Refused("404".into()));
        house.messenger.misbehave([if refused { refusal() } else { Fault::AnswerLost }]);
        house.app.carry_out(&work_in_hand[0]).await.unwrap();
        work_for_a_day(&house).await;
        assert_eq!(house.messenger.requests(action.id), 1);
        let ended = if refused { ActionState::Failed } else { ActionState::Withdrawn };
        assert_eq!(now(&house, &action).await.state, ended);
        assert_eq!(now(&house, &restoration).await.state, restored, "refused: {refused}");
    }
}

#[tokio::test]
async fn what_a_dead_process_was_sending_is_sent_again_when_its_lease_ends() {
    let house = house().await;
    let (_, action) = removal(&house).await;
    let lost = house.app.claim_due_work(9).await.unwrap();
    let second = house.second_process().await;
    assert!(second.claim_due_work(9).await.unwrap().is_empty());
    house.app.keep_claims(lost.iter()).await.unwrap();
    house.clock.advance(LEASE);
    let taken = second.claim_due_work(9).await.unwrap();
    assert_eq!(taken.len(), 1);
    house.clock.advance(LEASE / 2);
    second.keep_claims(taken.iter()).await.unwrap();
    house.clock.advance(LEASE / 2);
    assert!(house.app.claim_due_work(9).await.unwrap().is_empty(), "the claim was kept alive");

    // The first one was not dead after all: its receipt comes too late to count, and changes nothing.
    house.app.carry_out(&lost[0]).await.unwrap();
    assert_eq!(now(&house, &action).await.state, ActionState::Sending);
    second.carry_out(&taken[0]).await.unwrap();
    let done = now(&house, &action).await;
    assert_eq!((done.state, done.receipt.unwrap().outcome.as_str()), (ActionState::Done, "already_done"));
    assert_eq!(house.messenger.performed(), [action.id]);
    let ledger = tables::rows(&house.app.store).await.unwrap()["ledger_details"].clone();
    assert_eq!(ledger.iter().filter(|line| line.contains("action.done")).count(), 1);
}

#[tokio::test]
async fn two_processes_that_claim_at_the_same_moment_share_the_work() {
    let house = house().await;
    let second = house.second_process().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    for _ in 0..12 {
        ordered(&house, &ada, new(ActionKind::RestrictAccount), false).await.unwrap();
    }
    let (one, other) = tokio::join!(house.app.claim_due_work(100), second.claim_due_work(100));
    let ids = |work: Vec<Work>| {
        work.into_iter().map(|work| match work.0 {
            Piece::Action(claimed) => claimed.action.id,
            Piece::Job(_) => panic!("there is no job"),
        })
    };
    let mut claimed: Vec<_> = ids(one.unwrap()).chain(ids(other.unwrap())).collect();
    assert_eq!(claimed.len(), 12);
    claimed.sort_unstable();
    claimed.dedup();
    assert_eq!(claimed.len(), 12, "none was claimed twice");
    assert_eq!(
        actions::count(&mut house.app.store.read().await.unwrap(), ActionState::Sending).await.unwrap(),
        12
    );
}

#[tokio::test]
async fn an_action_for_a_messenger_that_is_gone_waits_for_it() {
    let house = house().await;
    let (_, action) = removal(&house).await;
    let without = house.process_without_messenger().await;
    work(&without).await;
    let waiting = now(&house, &action).await;
    assert_eq!(waiting.state, ActionState::Queued);
    assert_eq!(waiting.last_error.as_deref(), Some("no messenger is connected for synthetic"));
    house.clock.advance(Duration::from_secs(1));
    work(&house.app).await;
    assert_eq!(now(&house, &action).await.state, ActionState::Done);
}
