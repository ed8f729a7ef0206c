//! Gathering: one incident for each subject, one wave for what several share.

use std::time::Duration;

use vigie_model::incident::{Incident, ItemKind, Severity, Subject, SubjectKind};
use vigie_model::{Caller, Moment};
use vigie_seal::ledger::Details;
use vigie_store::{incidents, items, waves};

use super::{Found, Gathered, gather, rank_at};
use crate::tests::{House, house};

fn about(account: &str, pivots: &[&str]) -> Found {
    Found {
        subject: Subject {
            kind: SubjectKind::Account,
            service: "synthetic".into(),
            reference: account.into(),
            name: None,
        },
        severity: Severity::Medium,
        reach: 10,
        kind: ItemKind::Submission,
        submission: None,
        report: None,
        media: None,
        pivots: pivots.iter().map(ToString::to_string).collect(),
        labels: vec![],
    }
}

async fn gathered(house: &House, found: Found) -> Gathered {
    let mut tx = house.app.store.begin().await.unwrap();
    let gathered = gather(&house.app, &mut tx, found).await.unwrap();
    tx.commit(&Details::new(&Caller::system(), "item.gathered", "incident", house.app.now())).await.unwrap();
    gathered
}

async fn incident(house: &House, gathered: Gathered) -> Incident {
    incidents::find(&mut house.app.store.read().await.unwrap(), gathered.incident).await.unwrap().unwrap()
}

#[tokio::test]
async fn what_is_about_one_subject_gathers_in_one_incident() {
    let house = house().await;
    let first = gathered(&house, about("ann", &[])).await;
    let second = gathered(&house, Found { severity: Severity::High, reach: 99, ..about("ann", &[]) }).await;
    let other = gathered(&house, about("ben", &[])).await;
    assert!(first.opened && !second.opened && other.opened);
    assert_eq!((first.incident, first.number, other.number), (second.incident, 1, 2));
    let incident = incident(&house, first).await;
    assert_eq!((incident.items, incident.severity, incident.reach), (2, Severity::High, 99));
    let mut reader = house.app.store.read().await.unwrap();
    assert_eq!(items::list(&mut reader, first.incident).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_conversation_and_an_account_of_one_name_are_two_subjects() {
    let house = house().await;
    let account = gathered(&house, about("same", &[])).await;
    let mut found = about("same", &[]);
    found.subject.kind = SubjectKind::Conversation;
    assert_ne!(gathered(&house, found).await.incident, account.incident);
}

#[tokio::test]
async fn incidents_that_share_a_pivot_form_a_wave() {
    let house = house().await;
    let ann = gathered(&house, about("ann", &["entry:17"])).await;
    assert_eq!(ann.wave, None, "one incident is no wave");
    gathered(&house, about("ann", &["entry:17"])).await;
    assert_eq!(incident(&house, ann).await.wave, None, "two items of one incident are no wave");

    let ben = gathered(&house, about("ben", &["entry:4", "entry:17"])).await;
    let wave = ben.wave.expect("two incidents share entry 17");
    assert_eq!(incident(&house, ann).await.wave, Some(wave));
    let cid = gathered(&house, about("cid", &["entry:17"])).await;
    assert_eq!(cid.wave, Some(wave), "a third joins");

    let dan = gathered(&house, about("dan", &["entry:4"])).await;
    let second = dan.wave.expect("another pivot is another wave");
    assert_ne!(second, wave);
    assert_eq!(incident(&house, ben).await.wave, Some(wave), "an incident stays in its first wave");
    let mut reader = house.app.store.read().await.unwrap();
    assert_eq!(waves::count(&mut reader, None).await.unwrap(), 2);
    assert_eq!(items::list_waiting_with_pivot(&mut reader, "entry:17").await.unwrap().len(), 4);
}

#[test]
fn age_outweighs_severity_and_reach_in_the_end() {
    let hours = |count: u64| Duration::from_secs(count * 60 * 60);
    let start = Moment::from_unix_seconds(1_800_000_000);
    let incident = |severity, reach, opened_at| {
        let subject = about("ann", &[]).subject;
        rank_at(&Incident {
            id: vigie_model::id::IncidentId(uuid::Uuid::nil()),
            number: 1,
            subject,
            state: vigie_model::incident::IncidentState::Open,
            severity,
            reach,
            items: 1,
            wave: None,
            child_at_risk: false,
            lease: None,
            opened_at,
            updated_at: opened_at,
            escalation: None,
        })
    };
    let low = incident(Severity::Low, 0, start);
    for pair in Severity::ALL.windows(2) {
        assert!(incident(pair[1], 0, start) < incident(pair[0], 0, start), "{pair:?}");
    }
    assert!(incident(Severity::Low, 1_000, start) < low, "reach raises");
    assert!(incident(Severity::High, 0, start.after(hours(23))) < low, "a day's head start");
    assert!(low < incident(Severity::High, 0, start.after(hours(25))), "and no more");
    assert!(
        low < incident(Severity::Critical, i64::MAX - 1, start.after(hours(72 + 8 + 1))),
        "nothing is passed over for ever"
    );
}
