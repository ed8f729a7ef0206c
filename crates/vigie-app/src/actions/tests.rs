//! Ordering, agreeing, taking back. What happens on the way to the messenger is in `outbox/tests.rs`.

use std::time::Duration;

use vigie_model::action::{Action, ActionKind, ActionState, Target};
use vigie_model::approval::ApprovalState;
use vigie_model::bank::Verdict;
use vigie_model::id::{BasisId, BlobId, SubmissionId};
use vigie_model::incident::{ItemKind, Severity, Subject, SubjectKind};
use vigie_model::{Caller, Role, Surface};
use vigie_seal::ledger::Details;
use vigie_store::blobs;
use vigie_store::submissions::{self, Submission};
use vigie_store::{actions, approvals};

use super::{Filter, NEVER_SUBMITTED, NewAction, Place, SIGNALS_ONLY};
use crate::incidents::{Found, gather};
use crate::tests::messenger::SERVICE;
use crate::tests::{House, house};
use crate::{Code, Result};

pub(crate) fn target() -> Target {
    Target {
        message_id: Some("m-1".into()),
        media_id: None,
        account_id: Some("ann".into()),
        conversation_id: Some("c-1".into()),
    }
}

pub(crate) fn new(kind: ActionKind) -> NewAction {
    NewAction {
        incident: None,
        decision: None,
        kind,
        service: SERVICE.into(),
        target: target(),
        restores: None,
        reason_code: "child_safety".into(),
    }
}

pub(crate) async fn ordered(house: &House, caller: &Caller, new: NewAction, at_once: bool) -> Result<Action> {
    let mut tx = house.app.store.begin().await.unwrap();
    let action = super::order(&house.app, &mut tx, caller, new, at_once, "seen twice").await?;
    tx.commit(&Details::new(caller, "test.ordered", "test", house.app.now())).await.unwrap();
    Ok(action)
}

pub(crate) async fn undone(house: &House, caller: &Caller, action: &Action) -> Option<Action> {
    let mut tx = house.app.store.begin().await.unwrap();
    let restoration = super::undo(&house.app, &mut tx, caller, action).await.unwrap();
    tx.commit(&Details::new(caller, "test.undone", "test", house.app.now())).await.unwrap();
    restoration
}

pub(crate) async fn now(house: &House, action: &Action) -> Action {
    actions::find(&mut house.app.store.read().await.unwrap(), action.id).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_is_easy_to_undo_is_queued_and_what_is_not_waits_for_a_second_person() {
    let house = house().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    for kind in ActionKind::ALL {
        let action = ordered(&house, &ada, new(*kind), false).await.unwrap();
        let waits = matches!(kind, ActionKind::SuspendAccount | ActionKind::CloseConversation);
        let expected = if waits { ActionState::Waiting } else { ActionState::Queued };
        assert_eq!((action.state, action.approval.is_some()), (expected, waits), "{kind}");
        assert_eq!(now(&house, &action).await, action, "{kind}");
    }
    let at_once = ordered(&house, &ada, new(ActionKind::SuspendAccount), true).await.unwrap();
    assert_eq!((at_once.state, at_once.approval), (ActionState::Queued, None));
}

#[tokio::test]
async fn the_second_person_agrees_or_refuses_and_the_asker_is_not_one() {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let ben = house.person("Ben", Role::SeniorReviewer).await;
    let agreed = ordered(&house, &ada, new(ActionKind::SuspendAccount), false).await.unwrap();
    let refused = ordered(&house, &ada, new(ActionKind::CloseConversation), false).await.unwrap();
    let questions = house.app.waiting_questions(&ben).await.unwrap();
    assert_eq!(
        questions.iter().map(|one| one.subject.clone()).collect::<Vec<_>>(),
        [&agreed, &refused].map(|one| format!("action:{}", one.id))
    );
    assert!(questions[0].parameters.contains("\"account_id\":\"ann\""), "{}", questions[0].parameters);

    let question = agreed.approval.unwrap();
    assert_eq!(house.app.approve(&ada, question).await.unwrap_err().code(), Code::SamePerson);
    house.app.approve(&ben, question).await.unwrap();
    house.app.refuse(&ben, refused.approval.unwrap()).await.unwrap();
    assert_eq!(now(&house, &agreed).await.state, ActionState::Queued);
    let refused = now(&house, &refused).await;
    assert_eq!(
        (refused.state, refused.last_error.as_deref()),
        (ActionState::Withdrawn, Some("question refused"))
    );
}

#[tokio::test]
async fn a_question_that_nobody_answers_withdraws_its_action() {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let action = ordered(&house, &ada, new(ActionKind::CloseConversation), false).await.unwrap();
    house.clock.advance(Duration::from_secs(71 * 60 * 60));
    assert_eq!(house.app.end_lapsed_questions().await.unwrap(), 0);
    house.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(house.app.end_lapsed_questions().await.unwrap(), 1);
    assert_eq!(house.app.end_lapsed_questions().await.unwrap(), 0);
    assert_eq!(now(&house, &action).await.state, ActionState::Withdrawn);
    let mut reader = house.app.store.read().await.unwrap();
    let question = approvals::find(&mut reader, action.approval.unwrap()).await.unwrap().unwrap();
    assert_eq!((question.state, question.decided_by), (ApprovalState::Expired, None));
}

#[tokio::test]
async fn what_was_not_sent_is_withdrawn_with_its_question_and_nothing_is_restored() {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let ben = house.person("Ben", Role::SeniorReviewer).await;
    let waiting = ordered(&house, &ada, new(ActionKind::SuspendAccount), false).await.unwrap();
    let queued = ordered(&house, &ada, new(ActionKind::RemoveMessage), false).await.unwrap();
    for action in [&waiting, &queued] {
        assert_eq!(undone(&house, &ben, action).await, None);
        assert_eq!(undone(&house, &ben, action).await, None, "a second time changes nothing");
        assert_eq!(now(&house, action).await.state, ActionState::Withdrawn);
    }
    let late = house.app.approve(&ben, waiting.approval.unwrap()).await.unwrap_err();
    assert_eq!(late.code(), Code::WrongState);
}

#[tokio::test]
async fn only_what_the_messenger_can_do_may_be_ordered_and_only_with_a_whole_target() {
    let house = house().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    house.messenger.cannot(ActionKind::RemoveMedia);
    let code = async |new| ordered(&house, &ada, new, false).await.unwrap_err().code();
    assert_eq!(code(new(ActionKind::RemoveMedia)).await, Code::MessengerCannot);
    let elsewhere = NewAction { service: "another".into(), ..new(ActionKind::RemoveMessage) };
    assert_eq!(code(elsewhere).await, Code::NoMessenger);
    house.messenger.cannot(ActionKind::CloseConversation);
    assert_eq!(house.app.capabilities(&ada, SERVICE).unwrap().len(), ActionKind::ALL.len() - 2);
    assert!(house.app.capabilities(&ada, "another").unwrap().is_empty());
    for kind in ActionKind::ALL.iter().filter(|kind| **kind != ActionKind::RemoveMedia) {
        let empty = NewAction { target: Target::default(), ..new(*kind) };
        assert_eq!(code(empty).await, Code::InvalidValue, "{kind}");
    }
}

#[tokio::test]
async fn of_what_was_never_submitted_the_reason_stands_with_the_action() {
    let house = house().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let removal = ordered(&house, &ada, new(ActionKind::RemoveMessage), false).await.unwrap();
    assert_eq!((removal.preserved, removal.not_preserved.as_deref()), (None, Some(NEVER_SUBMITTED)));
    let restriction = ordered(&house, &ada, new(ActionKind::RestrictAccount), false).await.unwrap();
    assert_eq!((restriction.preserved, restriction.not_preserved), (None, None));
}

#[tokio::test]
async fn actions_are_listed_in_pages_newest_first_for_those_who_may() {
    let house = house().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let eve = house.person("Eve", Role::Auditor).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.insert(0, ordered(&house, &ada, new(ActionKind::RemoveMessage), false).await.unwrap());
    }
    let filter = Filter { state: Some(ActionState::Queued), service: Some(SERVICE.into()) };
    let first = house.app.actions(&ada, &filter, None, 3).await.unwrap();
    let rest = house.app.actions(&ada, &filter, Some(Place::of(&first[2])), 3).await.unwrap();
    assert_eq!([first, rest].concat(), all);
    let none = Filter { state: Some(ActionState::Done), service: None };
    assert!(house.app.actions(&ada, &none, None, 3).await.unwrap().is_empty());
    assert_eq!(house.app.actions(&eve, &none, None, 3).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(house.app.action(&eve, all[0].id).await.unwrap_err().code(), Code::Forbidden);
}

#[tokio::test]
async fn somebody_elses_action_is_taken_back_by_a_senior_reviewer_with_a_reason() {
    let house = house().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let eve = house.person("Eve", Role::Reviewer).await;
    let ben = house.person("Ben", Role::SeniorReviewer).await;
    let action = ordered(&house, &ada, new(ActionKind::RemoveMessage), false).await.unwrap();
    let other = ordered(&house, &ada, new(ActionKind::RemoveMessage), false).await.unwrap();
    let code = |error: crate::Error| error.code();
    assert_eq!(house.app.withdraw_action(&eve, action.id, "no").await.map_err(code), Err(Code::Forbidden));
    assert_eq!(house.app.withdraw_action(&ben, action.id, " ").await.map_err(code), Err(Code::InvalidValue));
    assert_eq!(house.app.withdraw_action(&ben, action.id, "mistaken").await.map_err(code), Ok(None));
    assert_eq!(
        house.app.withdraw_action(&ben, action.id, "mistaken").await.map_err(code),
        Err(Code::WrongState)
    );
    assert_eq!(house.app.withdraw_action(&ada, other.id, "mistaken").await.map_err(code), Ok(None));
    assert_eq!(house.app.retry_action(&ada, other.id).await.map_err(code), Err(Code::WrongState));
}

#[tokio::test]
async fn what_came_in_of_a_message_is_held_before_it_is_removed() {
    let house = house().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let blob =
        house.app.keep_evidence("submission", "image/png", b"abc".as_slice().into(), [7; 32]).await.unwrap();
    let mut tx = house.app.store.begin().await.unwrap();
    blobs::insert(&mut tx, &blob).await.unwrap();
    let kept = submission(&house, "m-1", Some(blob.id));
    submissions::insert(&mut tx, &kept).await.unwrap();
    submissions::insert(&mut tx, &submission(&house, "m-2", None)).await.unwrap();
    let found = Found {
        subject: Subject {
            kind: SubjectKind::Account,
            service: SERVICE.into(),
            reference: "ann".into(),
            name: None,
        },
        severity: Severity::High,
        reach: 1,
        kind: ItemKind::Submission,
        submission: Some(kept.id),
        report: None,
        media: Some(blob.id),
        pivots: vec![],
        labels: vec![],
    };
    let gathered = gather(&house.app, &mut tx, found).await.unwrap();
    tx.commit(&Details::new(&ada, "test.gathered", "test", house.app.now())).await.unwrap();

    let about = NewAction { incident: Some(gathered.incident), ..new(ActionKind::RemoveMedia) };
    let removal = ordered(&house, &ada, about, false).await.unwrap();
    assert_eq!(
        (removal.item, removal.preserved, removal.not_preserved),
        (Some(gathered.item), Some(blob.id), None)
    );
    let holds = blobs::holds(&mut house.app.store.read().await.unwrap(), blob.id).await.unwrap();
    assert!(holds.iter().any(|hold| hold.reason == format!("action:{}", removal.id)), "{holds:?}");
    // The same message elsewhere is another one.
    let elsewhere = Target { conversation_id: Some("c-2".into()), ..target() };
    let elsewhere = NewAction { target: elsewhere, ..new(ActionKind::RemoveMessage) };
    let elsewhere = ordered(&house, &ada, elsewhere, false).await.unwrap();
    assert_eq!((elsewhere.preserved, elsewhere.not_preserved.as_deref()), (None, Some(NEVER_SUBMITTED)));
    let signals = Target { message_id: Some("m-2".into()), ..target() };
    let signals = NewAction { target: signals, ..new(ActionKind::RemoveMessage) };
    let signals = ordered(&house, &ada, signals, false).await.unwrap();
    assert_eq!((signals.preserved, signals.not_preserved.as_deref()), (None, Some(SIGNALS_ONLY)));
}

fn submission(house: &House, message: &str, blob: Option<BlobId>) -> Submission {
    Submission {
        id: SubmissionId::fresh(&*house.app.ids),
        surface: Surface::PublicChannel,
        basis: BasisId::fresh(&*house.app.ids),
        service: SERVICE.into(),
        context: "{}".into(),
        account: Some("ann".into()),
        conversation: Some("c-1".into()),
        message: Some(message.into()),
        media_reference: None,
        sent_at: None,
        received_at: house.app.now(),
        mime: None,
        width: None,
        height: None,
        quality: None,
        failure: None,
        verdict: Verdict::Review,
        blob,
        index_version: 0,
    }
}

#[tokio::test]
async fn an_agreement_is_worth_nothing_for_another_action_than_the_one_that_was_shown() {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let action = ordered(&house, &ada, new(ActionKind::SuspendAccount), false).await.unwrap();
    let another = Target { account_id: Some("ben".into()), ..Target::default() };
    let kind = action.kind;
    for (kind, target) in [(ActionKind::CloseConversation, &action.target), (kind, &another)] {
        let mut tx = house.app.store.begin().await.unwrap();
        let error = super::agreed(&house.app, &mut tx, action.id, kind, SERVICE, target).await.unwrap_err();
        assert_eq!(error.code(), Code::ApprovalAltered);
    }
    assert_eq!(now(&house, &action).await.state, ActionState::Waiting);
}
