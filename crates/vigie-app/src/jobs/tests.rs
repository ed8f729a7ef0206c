//! Paging the person on duty.

use std::time::Duration;

use vigie_model::Role;
use vigie_model::alarm::NoticeKind;
use vigie_model::id::AlarmId;
use vigie_model::incident::{Severity, Subject, SubjectKind};
use vigie_model::job::JobState;
use vigie_seal::ledger::Details;
use vigie_store::jobs;

use super::Job;
use crate::Code;
use crate::incidents::{Found, gather};
use crate::outbox::tests::work;
use crate::ports::DeliveryError;
use crate::tests::{House, house};

async fn alarm(house: &House) -> AlarmId {
    let ada = house.person("Ada", Role::Reviewer).await;
    let found = Found {
        subject: Subject {
            kind: SubjectKind::Account,
            service: "synthetic".into(),
            reference: "ann".into(),
            name: None,
        },
        severity: Severity::Medium,
        reach: 1,
        kind: vigie_model::incident::ItemKind::Submission,
        submission: None,
        report: None,
        media: None,
        pivots: vec![],
        labels: vec![],
    };
    let mut tx = house.app.store.begin().await.unwrap();
    let incident = gather(&house.app, &mut tx, found).await.unwrap().incident;
    tx.commit(&Details::new(&ada, "test.gathered", "test", house.app.now())).await.unwrap();
    house.app.raise_alarm(&ada, incident, "a child may be at risk").await.unwrap().id
}

fn by_webhook(alarm: AlarmId) -> Job {
    Job::Page { alarm, way: "webhook".into() }
}

async fn under_way(house: &House) -> Vec<(String, i64)> {
    jobs::under_way(&mut house.app.store.read().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_raised_alarm_pages_the_person_on_duty_once_without_content() {
    let house = house().await;
    let alarm = alarm(&house).await;
    assert_eq!(under_way(&house).await, [("page".to_owned(), 0)]);
    work(&house.app).await;
    assert!(under_way(&house).await.is_empty());
    let pages = house.pager.pages();
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].alarm, alarm);
    assert_eq!(pages[0].link, format!("http://localhost:8420/alarms/{alarm}"));
    assert!(!serde_json::to_string(&pages[0]).unwrap().contains("a child may be"));
}

#[tokio::test]
async fn a_page_is_tried_again_and_one_at_a_time_is_under_way() {
    let house = house().await;
    let alarm = alarm(&house).await;
    house.pager.misbehave([DeliveryError::later("503"), DeliveryError::later("503")]);
    for pause in [1, 5] {
        work(&house.app).await;
        let mut tx = house.app.store.begin().await.unwrap();
        assert!(!super::enqueue(&house.app, &mut tx, &by_webhook(alarm)).await.unwrap());
        drop(tx);
        house.clock.advance(Duration::from_secs(pause));
    }
    assert_eq!(under_way(&house).await, [("page".to_owned(), 2)]);
    work(&house.app).await;
    assert!(under_way(&house).await.is_empty());
    assert_eq!(house.pager.pages().len(), 1);
    let mut tx = house.app.store.begin().await.unwrap();
    assert!(super::enqueue(&house.app, &mut tx, &by_webhook(alarm)).await.unwrap(), "after the end of one");
}

#[tokio::test]
async fn how_far_the_page_has_come_is_seen_with_the_alarm() {
    let house = house().await;
    let alarm = alarm(&house).await;
    let leo = house.person("Leo", Role::LegalOfficer).await;
    let state = async || {
        let pages = house.app.pages_of_alarm(&leo, alarm).await.unwrap();
        assert_eq!((pages.len(), pages[0].way.as_str()), (1, "webhook"));
        (pages[0].state, pages[0].attempts)
    };
    assert_eq!(state().await, (JobState::Queued, 0));
    house.pager.misbehave([DeliveryError::later("503"), DeliveryError::Refused("410".into())]);
    work(&house.app).await;
    assert_eq!(state().await, (JobState::Queued, 1));
    house.clock.advance(Duration::from_secs(1));
    work(&house.app).await;
    assert_eq!(state().await, (JobState::Failed, 2));
    let eve = house.person("Eve", Role::Auditor).await;
    assert_eq!(house.app.pages_of_alarm(&eve, alarm).await.unwrap_err().code(), Code::Forbidden);
}

#[tokio::test]
async fn when_nobody_can_be_paged_everybody_who_may_take_the_alarm_is_told() {
    let house = house().await;
    let legal = house.person("Lea", Role::LegalOfficer).await;
    alarm(&house).await;
    let before = house.app.notices(&legal).await.unwrap().len();
    house.pager.misbehave([DeliveryError::Refused("404".into())]);
    work(&house.app).await;
    assert!(under_way(&house).await.is_empty());
    let notices = house.app.notices(&legal).await.unwrap();
    assert_eq!(notices.len(), before + 1);
    assert_eq!(notices[0].kind, NoticeKind::AlarmRaised);
}

#[test]
fn jobs_are_stored_under_stable_names() {
    let alarm = AlarmId(uuid::Uuid::nil());
    let text = serde_json::to_string(&by_webhook(alarm)).unwrap();
    assert_eq!(text, r#"{"job":"page","alarm":"00000000-0000-0000-0000-000000000000","way":"webhook"}"#);
    let earlier = r#"{"job":"page","alarm":"00000000-0000-0000-0000-000000000000"}"#;
    assert_eq!(serde_json::from_str::<Job>(earlier).unwrap(), by_webhook(alarm));
}
