//! Decisions: what follows from one, who may make it, and that undoing it leaves nothing of it standing.

use vigie_model::Role;
use vigie_model::action::{ActionKind, ActionState};
use vigie_model::alarm::NoticeKind;
use vigie_model::incident::{IncidentState, ItemVerdict, Outcome};

use super::{Measure, REASON_RELEASED, REASON_VIOLATING};
use crate::Code;
use crate::outbox::tests::work;
use crate::queue::LEASE;
use crate::tests::desk::{concluding, desk, posted};

use ItemVerdict::{NotViolating, Unclear, Violating};

#[tokio::test]
async fn a_decision_removes_at_once_and_waits_with_what_is_hard_to_undo() {
    let (house, picture) = desk().await;
    let (ada, sue) =
        (house.person("Ada", Role::Reviewer).await, house.person("Sue", Role::SeniorReviewer).await);
    let id = posted(&house, "ann", "m1", &picture).await;
    let fence = house.app.claim(&ada, id).await.unwrap().lease.unwrap().fence;
    let kinds = [ActionKind::RemoveMessage, ActionKind::RemoveMedia, ActionKind::SuspendAccount];
    let conclusion = concluding(&house, &ada, id, Violating, &kinds).await;
    let decision = house.app.decide(&ada, id, fence, conclusion).await.unwrap();
    work(&house.app).await;

    let view = house.app.incident(&ada, id).await.unwrap();
    assert_eq!((view.incident.state, view.incident.lease), (IncidentState::Decided, None));
    assert_eq!(view.items[0].item.verdict, Some(Violating));
    assert_eq!(view.decisions, [decision]);
    let states: Vec<_> = view.actions.iter().map(|action| (action.kind, action.state)).collect();
    assert_eq!(
        states,
        [
            (ActionKind::RemoveMessage, ActionState::Done),
            (ActionKind::RemoveMedia, ActionState::Done),
            (ActionKind::SuspendAccount, ActionState::Waiting),
        ]
    );
    assert!(view.actions[..2].iter().all(|action| action.preserved.is_some() && action.receipt.is_some()));
    assert!(view.actions.iter().all(|action| action.reason_code == REASON_VIOLATING));
    let question = view.actions[2].approval.unwrap();
    assert_eq!(house.app.approve(&ada, question).await.unwrap_err().code(), Code::Forbidden);
    house.app.approve(&sue, question).await.unwrap();
    work(&house.app).await;
    let suspended = house.app.action(&ada, view.actions[2].id).await.unwrap();
    assert_eq!((suspended.state, suspended.target.account_id.as_deref()), (ActionState::Done, Some("ann")));
}

#[tokio::test]
async fn only_who_holds_it_decides_and_an_escalated_one_only_a_senior() {
    let (house, picture) = desk().await;
    let (ada, ben) = (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let conclusion = concluding(&house, &ada, id, Unclear, &[]).await;
    let fence = house.app.claim(&ada, id).await.unwrap().lease.unwrap().fence;
    let decide = async |caller, fence| {
        house.app.decide(caller, id, fence, conclusion.clone()).await.map_err(|error| error.code()).err()
    };
    assert_eq!(decide(&ben, fence).await, Some(Code::LeaseLost));
    assert_eq!(decide(&ada, fence + 1).await, Some(Code::LeaseLost));
    house.clock.advance(LEASE);
    assert_eq!(decide(&ada, fence).await, Some(Code::LeaseLost), "it lapsed");
    let fence = house.app.claim(&ada, id).await.unwrap().lease.unwrap().fence;
    house.app.escalate(&ada, id, fence, "unsure").await.unwrap();
    assert_eq!(decide(&ada, fence).await, Some(Code::Forbidden));
    let fence = house.app.claim(&sue, id).await.unwrap().lease.unwrap().fence;
    assert_eq!(decide(&sue, fence).await, None);
    assert_eq!(decide(&sue, fence).await, Some(Code::WrongState), "once");
    let state = house.app.incident(&ada, id).await.unwrap().incident.state;
    assert_eq!(state, IncidentState::Dismissed);
}

#[tokio::test]
async fn a_conclusion_speaks_of_every_item_and_does_not_contradict_itself() {
    let (house, picture) = desk().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let good = concluding(&house, &ada, id, Violating, &[ActionKind::RemoveMedia]).await;
    let fence = house.app.claim(&ada, id).await.unwrap().lease.unwrap().fence;
    let refused = async |conclusion| house.app.decide(&ada, id, fence, conclusion).await.unwrap_err().code();
    let with = |change: fn(&mut super::Conclusion)| {
        let mut conclusion = good.clone();
        change(&mut conclusion);
        conclusion
    };
    for wrong in [
        with(|one| one.labels.clear()),
        with(|one| one.reason = "  ".into()),
        with(|one| one.outcome = Outcome::Dismissed),
        with(|one| one.findings[0].verdict = NotViolating),
        with(|one| one.actions[0].item = None),
        with(|one| one.actions[0].kind = ActionKind::Restore),
        with(|one| one.actions = vec![Measure { kind: ActionKind::CloseConversation, item: None }]),
    ] {
        assert_eq!(refused(wrong.clone()).await, Code::InvalidValue, "{wrong:?}");
    }
    assert_eq!(refused(with(|one| one.findings.clear())).await, Code::WrongState);
    posted(&house, "ann", "m2", &picture).await;
    assert_eq!(refused(good).await, Code::WrongState, "an item came in meanwhile");
    let view = house.app.incident(&ada, id).await.unwrap();
    assert!(view.actions.is_empty() && view.decisions.is_empty(), "what is refused leaves nothing behind");
}

#[tokio::test]
async fn what_was_held_back_and_does_not_violate_is_released() {
    let (house, picture) = desk().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let fence = house.app.claim(&ada, id).await.unwrap().lease.unwrap().fence;
    let conclusion = concluding(&house, &ada, id, NotViolating, &[]).await;
    house.app.decide(&ada, id, fence, conclusion).await.unwrap();
    work(&house.app).await;
    let [released] = &house.app.incident(&ada, id).await.unwrap().actions[..] else { panic!("one release") };
    assert_eq!((released.kind, released.state), (ActionKind::Restore, ActionState::Done));
    assert_eq!((released.restores, released.reason_code.as_str()), (None, REASON_RELEASED));
    assert_eq!(released.target.message_id.as_deref(), Some("m1"));
    assert_eq!(released.target.conversation_id.as_deref(), Some("c1"));
}

#[tokio::test]
async fn a_reversal_follows_everything_the_decision_caused() {
    let (house, picture) = desk().await;
    let (ada, sue) =
        (house.person("Ada", Role::Reviewer).await, house.person("Sue", Role::SeniorReviewer).await);
    let id = posted(&house, "ann", "m1", &picture).await;
    let fence = house.app.claim(&ada, id).await.unwrap().lease.unwrap().fence;
    let kinds = [ActionKind::RemoveMessage, ActionKind::SuspendAccount, ActionKind::RestrictAccount];
    let conclusion = concluding(&house, &ada, id, Violating, &kinds).await;
    let decision = house.app.decide(&ada, id, fence, conclusion).await.unwrap().id;
    work(&house.app).await;
    let added = Measure { kind: ActionKind::SuspendAccount, item: None };
    house.app.act_on_decided(&ada, id, added, "again").await.unwrap();

    assert_eq!(house.app.reverse_decision(&ada, decision, "no").await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(house.app.reverse_decision(&sue, decision, "").await.unwrap_err().code(), Code::InvalidValue);
    house.app.reverse_decision(&sue, decision, "a painting").await.unwrap();
    assert_eq!(house.app.reverse_decision(&sue, decision, "x").await.unwrap_err().code(), Code::WrongState);
    work(&house.app).await;

    let view = house.app.incident(&ada, id).await.unwrap();
    assert_eq!(view.incident.state, IncidentState::Open);
    assert_eq!(view.items[0].item.verdict, None);
    assert_eq!(view.decisions[0].reversal.as_ref().unwrap().reason, "a painting");
    let restored = |id| {
        let restores = |one: &&vigie_model::action::Action| one.restores == Some(id);
        view.actions.iter().find(restores).map(|one| one.state)
    };
    for action in view.actions.iter().filter(|action| action.kind != ActionKind::Restore) {
        match action.state {
            ActionState::Withdrawn => assert_eq!(restored(action.id), None),
            ActionState::Done => assert_eq!(restored(action.id), Some(ActionState::Done)),
            other => panic!("{} is {other}", action.kind),
        }
    }
    assert!(house.app.waiting_questions(&sue).await.unwrap().is_empty(), "nobody is asked any more");
    assert_eq!(house.app.notices(&ada).await.unwrap()[0].kind, NoticeKind::DecisionReversed);
    let added = Measure { kind: ActionKind::RestrictAccount, item: None };
    assert_eq!(
        house.app.act_on_decided(&ada, id, added, "x").await.unwrap_err().code(),
        Code::WrongState,
        "nothing follows from what was undone"
    );
    let fence = house.app.claim(&ada, id).await.unwrap().lease.unwrap().fence;
    let conclusion = concluding(&house, &ada, id, NotViolating, &[]).await;
    house.app.decide(&ada, id, fence, conclusion).await.unwrap();
}
