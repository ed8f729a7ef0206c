//! Deciding as before: the very same bytes, looked at by who decided; nothing less, and written down as what it is.

use vigie_match::{Digests, Signal};
use vigie_model::action::{ActionKind, ActionState};
use vigie_model::bank::Verdict;
use vigie_model::id::IncidentId;
use vigie_model::incident::RevealStep::{Full, Shielded, Soft};
use vigie_model::incident::{IncidentState, ItemVerdict, Outcome, RevealStep};
use vigie_model::{Caller, Role};

use crate::Code;
use crate::outbox::tests::work;
use crate::tests::House;
use crate::tests::desk::{concluding, desk, posted, posted_as_digest};

use ItemVerdict::{NotViolating, Unclear, Violating};

/// Looks at everything of an incident up to this step, and decides it.
async fn decided(
    house: &House,
    caller: &Caller,
    id: IncidentId,
    step: Option<RevealStep>,
    verdict: ItemVerdict,
    kinds: &[ActionKind],
) {
    let fence = house.app.claim(caller, id).await.unwrap().lease.unwrap().fence;
    let items: Vec<_> =
        house.app.incident(caller, id).await.unwrap().items.iter().map(|one| one.item.id).collect();
    for one in RevealStep::ALL.iter().filter(|one| step.is_some_and(|step| **one <= step)) {
        house.app.reveal(caller, id, &items, *one).await.unwrap();
    }
    let conclusion = concluding(house, caller, id, verdict, kinds).await;
    house.app.decide(caller, id, fence, conclusion).await.unwrap();
}

async fn is_offered(house: &House, caller: &Caller, id: IncidentId) -> bool {
    house.app.incident(caller, id).await.unwrap().as_before.is_some()
}

#[tokio::test]
async fn what_was_looked_at_and_decided_is_decided_again_without_a_look() {
    let (house, picture) = desk().await;
    let (ada, ben) = (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
    let first = posted(&house, "ann", "m1", &picture).await;
    decided(&house, &ada, first, Some(Soft), Violating, &[ActionKind::RemoveMessage]).await;
    work(&house.app).await;
    let second = posted(&house, "bob", "m2", &picture).await;

    let before = house.app.incident(&ben, second).await.unwrap().as_before.unwrap();
    assert_eq!((before.outcome, before.reason.as_str()), (Outcome::Violating, "seen"));
    assert_eq!(before.labels[0].code, "A1");
    assert_eq!(before.decisions[0].decided_by, ada.person().unwrap());
    assert_eq!(before.actions[0].state, ActionState::Done);
    assert!(before.actions[0].receipt.is_some(), "what followed shows its receipt");
    assert_eq!(before.measures.len(), 1);

    let fence = house.app.claim(&ben, second).await.unwrap().lease.unwrap().fence;
    let refused = house.app.decide_as_before(&ben, second, fence, " ", vec![]).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue, "a reason is given here too");
    let reason = "the same bytes as before";
    let decision = house.app.decide_as_before(&ben, second, fence, reason, before.measures).await.unwrap();
    work(&house.app).await;
    assert_eq!(decision.as_before.len(), 1);
    let view = house.app.incident(&ada, second).await.unwrap();
    assert_eq!(view.incident.state, IncidentState::Decided);
    assert_eq!(view.decisions, [decision]);
    assert_eq!(view.items[0].item.verdict, Some(Violating));
    assert!(view.items[0].reveals.is_empty(), "nobody looked");
    assert_eq!((view.actions[0].kind, view.actions[0].state), (ActionKind::RemoveMessage, ActionState::Done));
    let rows = house.rows().await;
    let written = |row: &&String| row.contains("incident.decided") && row.contains(r#""as_before":[{"#);
    assert_eq!(rows["ledger_details"].iter().filter(written).count(), 1);
    assert_eq!(rows["reveals"].len(), 2, "those of the first alone");
}

#[tokio::test]
async fn who_decided_must_have_looked_and_a_chain_ends_with_eyes() {
    let (house, picture) = desk().await;
    let (ada, ben) = (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
    for (number, step) in [None, Some(Shielded)].into_iter().enumerate() {
        let id = posted(&house, &format!("account-{number}"), &format!("m{number}"), &picture).await;
        decided(&house, &ada, id, step, Violating, &[]).await;
    }
    let waiting = posted(&house, "bob", "m8", &picture).await;
    assert!(!is_offered(&house, &ben, waiting).await, "a shielded look is none");
    let item = house.app.incident(&ben, waiting).await.unwrap().items[0].item.id;
    let fence = house.app.claim(&ben, waiting).await.unwrap().lease.unwrap().fence;
    for step in [Shielded, Soft, Full] {
        house.app.reveal(&ben, waiting, &[item], step).await.unwrap();
    }
    house.app.release(&ben, waiting, fence).await.unwrap();
    decided(&house, &ada, waiting, None, Violating, &[]).await;
    let another = posted(&house, "cid", "m9", &picture).await;
    assert!(!is_offered(&house, &ben, another).await, "another's look is not the decider's");
}

#[tokio::test]
async fn a_resemblance_is_never_enough() {
    let (house, picture) = desk().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let first = posted(&house, "ann", "m1", &picture).await;
    decided(&house, &ada, first, Some(Full), Violating, &[]).await;
    // The same picture in other bytes: its PDQ is the same, its digests are not.
    let mut other = picture.clone();
    other.extend_from_slice(b"trailing bytes that no decoder reads");
    let pdq = vigie_media::examine::examine(&picture, &vigie_media::Limits::default()).unwrap().pdq.unwrap();
    let near = crate::matching::tests::bank(&house.app, "NEAR", Verdict::Review);
    crate::matching::tests::keep(&house.app, &near, &[Signal::Pdq(pdq)]).await;
    let second = posted(&house, "bob", "m2", &other).await;
    let view = house.app.incident(&ada, second).await.unwrap();
    assert_eq!(view.items[0].matches[0].distance, 0, "it resembles as much as can be");
    assert_eq!(view.as_before, None);
    let fence = house.app.claim(&ada, second).await.unwrap().lease.unwrap().fence;
    let refused = house.app.decide_as_before(&ada, second, fence, "alike", vec![]).await.unwrap_err();
    assert_eq!(refused.code(), Code::WrongState);
}

#[tokio::test]
async fn every_item_needs_its_precedent_and_a_digest_alone_can_have_one() {
    let (house, picture) = desk().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let other = b"bytes that are known by their digest";
    let known = crate::matching::tests::bank(&house.app, "OTHER", Verdict::Block);
    crate::matching::tests::keep(&house.app, &known, &[Signal::Sha256(Digests::of(other).sha256)]).await;
    let first = posted(&house, "ann", "m1", &picture).await;
    decided(&house, &ada, first, Some(Soft), NotViolating, &[]).await;
    let second = posted_as_digest(&house, "bob", "m2", &picture).await;
    let before = house.app.incident(&ada, second).await.unwrap().as_before.unwrap();
    assert_eq!((before.outcome, before.labels.len(), before.measures.len()), (Outcome::Dismissed, 0, 0));
    posted_as_digest(&house, "bob", "m3", other).await;
    assert!(!is_offered(&house, &ada, second).await, "one of two was never seen");
}

#[tokio::test]
async fn what_was_undone_unclear_or_contradicted_is_no_precedent() {
    let (house, picture) = desk().await;
    let (ada, ben) = (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    let waiting = posted(&house, "zoe", "m9", &picture).await;
    let first = posted(&house, "ann", "m1", &picture).await;
    decided(&house, &ada, first, Some(Soft), Violating, &[]).await;
    assert!(is_offered(&house, &ada, waiting).await);
    let decision = house.app.incident(&ada, first).await.unwrap().decisions[0].id;
    house.app.reverse_decision(&sue, decision, "a painting").await.unwrap();
    assert!(!is_offered(&house, &ada, waiting).await, "it is undone");
    decided(&house, &ada, first, Some(Soft), NotViolating, &[]).await;
    assert!(is_offered(&house, &ada, waiting).await);
    let second = posted(&house, "bob", "m2", &picture).await;
    decided(&house, &ben, second, Some(Soft), Violating, &[]).await;
    assert!(!is_offered(&house, &ada, waiting).await, "they contradict each other");

    let (house, picture) = desk().await;
    let ada = house.person("Ada", Role::Reviewer).await;
    let first = posted(&house, "ann", "m1", &picture).await;
    decided(&house, &ada, first, Some(Soft), Unclear, &[]).await;
    let second = posted(&house, "bob", "m2", &picture).await;
    assert!(!is_offered(&house, &ada, second).await, "it could not be told");
}
