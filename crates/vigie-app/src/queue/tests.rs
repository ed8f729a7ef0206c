//! The queue: an order, pages, and one holder at a time.

use std::time::Duration;

use vigie_model::alarm::NoticeKind;
use vigie_model::incident::{IncidentState, Severity};
use vigie_model::{Caller, Role};

use super::{LEASE, QueueQuery};
use crate::Code;
use crate::tests::House;
use crate::tests::desk::{desk, posted};

async fn people(house: &House) -> (Caller, Caller, Caller) {
    (
        house.person("Ada", Role::Reviewer).await,
        house.person("Ben", Role::Reviewer).await,
        house.person("Sue", Role::SeniorReviewer).await,
    )
}

#[tokio::test]
async fn two_people_never_hold_one_incident() {
    let (house, picture) = desk().await;
    let (ada, ben, sue) = people(&house).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    for _ in 0..8 {
        let (one, two, three) =
            tokio::join!(house.app.claim(&ada, id), house.app.claim(&ben, id), house.app.claim(&sue, id));
        let held: Vec<_> = [&one, &two, &three].into_iter().filter_map(|claim| claim.as_ref().ok()).collect();
        assert_eq!(held.len(), 1, "{held:?}");
        for refused in [one.as_ref().err(), two.as_ref().err(), three.as_ref().err()].into_iter().flatten() {
            assert_eq!(refused.code(), Code::HeldByAnother);
        }
        house.clock.advance(LEASE);
    }
}

#[tokio::test]
async fn a_lease_lapses_and_the_late_holder_is_refused() {
    let (house, picture) = desk().await;
    let (ada, ben, _) = people(&house).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let first = house.app.claim(&ada, id).await.unwrap().lease.unwrap();
    house.clock.advance(LEASE / 2);
    let same = house.app.claim(&ada, id).await.unwrap().lease.unwrap();
    assert_eq!(same.fence, first.fence, "one's own is renewed");
    house.clock.advance(LEASE / 2);
    assert_eq!(house.app.claim(&ben, id).await.unwrap_err().code(), Code::HeldByAnother);
    let renewed = house.app.renew_claim(&ada, id, first.fence).await.unwrap();
    assert_eq!(renewed.until, house.app.now().after(LEASE));
    house.clock.advance(LEASE);
    let second = house.app.claim(&ben, id).await.unwrap().lease.unwrap();
    assert!(second.fence > first.fence);
    for refused in [
        house.app.renew_claim(&ada, id, first.fence).await.map(drop),
        house.app.release(&ada, id, first.fence).await,
        house.app.escalate(&ada, id, first.fence, "late").await,
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::LeaseLost);
    }
    house.app.release(&ben, id, second.fence).await.unwrap();
    house.app.claim(&ada, id).await.unwrap();
}

#[tokio::test]
async fn the_next_incident_is_free_and_was_not_skipped() {
    let (house, picture) = desk().await;
    let (ada, ben, _) = people(&house).await;
    let mut ids = Vec::new();
    for account in ["ann", "bob", "cid"] {
        ids.push(posted(&house, account, account, &picture).await);
        house.clock.advance(Duration::from_secs(60));
    }
    let next = async |caller| house.app.claim_next(caller).await.unwrap().map(|incident| incident.id);
    assert_eq!(next(&ada).await, Some(ids[0]));
    assert_eq!(next(&ben).await, Some(ids[1]));
    house.app.skip(&ada, ids[0]).await.unwrap();
    assert_eq!(next(&ada).await, Some(ids[2]));
    assert_eq!(next(&ada).await, None, "one is skipped, one is another's, one is held");
    assert_eq!(next(&ben).await, Some(ids[0]));
    let mine = QueueQuery { mine: true, ..QueueQuery::default() };
    assert_eq!(house.app.queue(&ben, &mine, None, 9).await.unwrap().total, 2);
}

#[tokio::test]
async fn pages_hold_everything_once() {
    let (house, picture) = desk().await;
    let (ada, ..) = people(&house).await;
    for number in 0..5 {
        posted(&house, &format!("account-{number}"), &format!("m{number}"), &picture).await;
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = house.app.queue(&ada, &QueueQuery::default(), after.as_deref(), 2).await.unwrap();
        assert_eq!(page.total, 5);
        seen.extend(page.incidents.iter().map(|incident| incident.number));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
    for wrong in ["", "1", "1.2", "1.x.y", "1.2.y"] {
        let refused = house.app.queue(&ada, &QueueQuery::default(), Some(wrong), 2).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidValue, "{wrong}");
    }
    let pressing = QueueQuery { severity: Some(Severity::Critical), ..QueueQuery::default() };
    assert_eq!(house.app.queue(&ada, &pressing, None, 9).await.unwrap().total, 0);
}

#[tokio::test]
async fn passing_leaves_no_word_behind_and_tells_seniors_when_nobody_is_left() {
    let (house, picture) = desk().await;
    let (ada, ben, sue) = people(&house).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    house.app.claim(&ada, id).await.unwrap();
    let before = house.rows().await;
    house.app.pass(&ada, id).await.unwrap();
    let after = house.rows().await;
    assert_eq!(before["ledger_entries"], after["ledger_entries"], "nothing is counted");
    assert_eq!(house.app.queue(&ada, &QueueQuery::default(), None, 9).await.unwrap().total, 0);
    assert_eq!(house.app.claim(&ben, id).await.unwrap().id, id, "it was given back");
    house.app.pass(&ben, id).await.unwrap();
    assert!(house.app.notices(&sue).await.unwrap().is_empty());
    house.app.pass(&sue, id).await.unwrap();
    let notices = house.app.notices(&sue).await.unwrap();
    assert_eq!(notices.iter().map(|notice| notice.kind).collect::<Vec<_>>(), [NoticeKind::NobodyLeft]);
}

#[tokio::test]
async fn an_escalated_incident_waits_for_a_senior_and_everybody_sees_why() {
    let (house, picture) = desk().await;
    let (ada, ben, sue) = people(&house).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    let fence = house.app.claim(&ada, id).await.unwrap().lease.unwrap().fence;
    assert_eq!(house.app.escalate(&ada, id, fence, " ").await.unwrap_err().code(), Code::InvalidValue);
    house.app.escalate(&ada, id, fence, "a drawing?").await.unwrap();
    assert_eq!(house.app.claim(&ben, id).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(house.app.claim_next(&ben).await.unwrap(), None);
    let seen = house.app.incident(&ben, id).await.unwrap().incident;
    assert_eq!(seen.state, IncidentState::Escalated);
    assert_eq!(seen.escalation.unwrap().reason, "a drawing?");
    assert_eq!(house.app.notices(&sue).await.unwrap()[0].kind, NoticeKind::IncidentEscalated);
    assert_eq!(house.app.claim_next(&sue).await.unwrap().unwrap().id, id);
}
