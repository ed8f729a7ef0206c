//! From a participant's complaint to the incident it stands in.

use vigie_model::bank::Verdict;
use vigie_model::incident::SubjectKind;
use vigie_model::{Role, Scope};
use vigie_store::{items, submissions};

use super::*;
use crate::submissions::tests::{context, know_bytes, messenger, recipe, started};
use crate::tests::{House, machine};

fn report(house: &House, bytes: Option<&[u8]>) -> NewReport {
    let media = bytes.map(|bytes| {
        let mut upload = house.app.begin_reported_upload(&messenger()).unwrap();
        upload.push(bytes).unwrap();
        upload.finish()
    });
    NewReport {
        context: context(Surface::DirectMessage, "a1"),
        reason: "child_safety".into(),
        body: Some("please look".into()),
        media,
        idempotency_key: None,
    }
}

#[tokio::test]
async fn a_report_becomes_an_item_of_the_incident_of_whom_it_is_about() {
    let house = started().await;
    let received = house.app.hand_in_report(&messenger(), report(&house, None)).await.unwrap();
    assert_eq!((received.examined, received.verdict), (false, None));
    let again = house.app.hand_in_report(&messenger(), report(&house, None)).await.unwrap();
    assert_eq!(again.incident, received.incident);
    assert_ne!(again.report, received.report);

    let mut reader = house.app.store.read().await.unwrap();
    let row = user_reports::find(&mut reader, received.report).await.unwrap().unwrap();
    assert_eq!((row.account.as_deref(), row.proof.as_str()), (Some("a1"), "plain"));
    let incident = vigie_store::incidents::find(&mut reader, received.incident).await.unwrap().unwrap();
    assert_eq!((incident.subject.kind, incident.severity), (SubjectKind::Account, Severity::Medium));
    let items = items::list(&mut reader, received.incident).await.unwrap();
    assert!(items.iter().all(|item| item.kind == ItemKind::UserReport && item.submission.is_none()));
    assert_eq!(items.len(), 2);
}

#[tokio::test]
async fn reported_media_is_kept_as_evidence_even_if_nobody_knows_it() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    let received = house.app.hand_in_report(&messenger(), report(&house, Some(&picture))).await.unwrap();
    assert_eq!((received.examined, received.verdict), (true, Some(Verdict::Allow)));

    let mut reader = house.app.store.read().await.unwrap();
    let item = items::list(&mut reader, received.incident).await.unwrap().remove(0);
    assert_eq!(item.report, Some(received.report));
    let blob = item.media.unwrap();
    assert_eq!(house.app.open_evidence(blob).await.unwrap(), picture);
    let reasons: Vec<_> =
        blobs::holds(&mut reader, blob).await.unwrap().into_iter().map(|hold| hold.reason).collect();
    assert!(reasons.contains(&format!("user_report:{}", received.report)), "{reasons:?}");
    let submission = submissions::find(&mut reader, item.submission.unwrap()).await.unwrap().unwrap();
    assert_eq!((submission.surface, submission.blob), (Surface::ReportedItem, Some(blob)));
}

#[tokio::test]
async fn reported_media_that_is_known_is_blocked_and_pressing() {
    let house = started().await;
    let picture = recipe(1).render().bytes;
    know_bytes(&house, Verdict::Block, &picture).await;
    let received = house.app.hand_in_report(&messenger(), report(&house, Some(&picture))).await.unwrap();
    assert_eq!(received.verdict, Some(Verdict::Block));
    let mut reader = house.app.store.read().await.unwrap();
    let incident = vigie_store::incidents::find(&mut reader, received.incident).await.unwrap().unwrap();
    assert_eq!(incident.severity, Severity::High);
}

#[tokio::test]
async fn without_a_basis_reported_media_is_neither_examined_nor_kept() {
    let house = started().await;
    let dan = house.person("Dan", Role::DataProtectionOfficer).await;
    house.app.end_basis(&dan, Surface::ReportedItem, "for this test").await.unwrap();
    let picture = recipe(1).render().bytes;
    let received = house.app.hand_in_report(&messenger(), report(&house, Some(&picture))).await.unwrap();
    assert!(!received.examined);
    let rows = house.rows().await;
    assert!(rows["blobs"].is_empty() && rows["submissions"].is_empty());
    assert_eq!(rows["user_reports"].len(), 1, "the complaint itself is heard");
    assert!(house.app.store.vault().list().unwrap().is_empty());
}

#[tokio::test]
async fn a_repeated_report_has_one_effect_and_wrong_ones_none() {
    let house = started().await;
    let before = house.rows().await;
    let keyed = |body: &str| NewReport {
        idempotency_key: Some("k1".into()),
        body: Some(body.into()),
        ..report(&house, None)
    };
    let stranger = machine(3, &[Scope::Banks]);
    let refused = house.app.hand_in_report(&stranger, keyed("one")).await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    for wrong in [
        NewReport { reason: " ".into(), ..keyed("one") },
        NewReport { reason: "r".repeat(101), ..keyed("one") },
        keyed(&"b".repeat(10_001)),
        NewReport {
            context: Context { account: None, conversation: None, ..keyed("").context },
            ..keyed("one")
        },
    ] {
        let refused = house.app.hand_in_report(&messenger(), wrong).await;
        assert_eq!(refused.unwrap_err().code(), Code::InvalidValue);
    }
    assert!(house.rows().await == before);

    let first = house.app.hand_in_report(&messenger(), keyed("one")).await.unwrap();
    let before = house.rows().await;
    assert_eq!(house.app.hand_in_report(&messenger(), keyed("one")).await.unwrap(), first);
    let other = house.app.hand_in_report(&messenger(), keyed("another")).await;
    assert_eq!(other.unwrap_err().code(), Code::KeyReused);
    assert!(house.rows().await == before);
}
