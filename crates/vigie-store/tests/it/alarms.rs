//! Alarms, their deadlines, the roster, notices.

use vigie_model::alarm::{Alarm, AlarmState, Deadline, DeadlineKind, Notice, NoticeKind, Turn};
use vigie_model::incident::Severity;
use vigie_store::{alarms, deadlines, notices, roster};

use crate::house::{House, START, commit};
use crate::review::{later, open, person};

pub(crate) async fn an_alarm_comes_back_whole(house: &House) {
    let ada = person(house, "Ada").await;
    let incident = open(house, "a1", |_| ()).await.id;
    let alarm = Alarm {
        id: house.id(),
        incident,
        state: AlarmState::Raised,
        raised_by: ada,
        raised_at: START,
        reason: "a meeting is arranged".into(),
        paged: Some(ada),
        acknowledged_by: None,
        acknowledged_at: None,
        handed_over_by: None,
        handed_over_at: None,
        handover_reference: None,
        stood_down_by: None,
        stood_down_at: None,
        stood_down_reason: None,
        severity_before: Severity::Medium,
    };
    let ended = Alarm {
        state: AlarmState::HandedOver,
        acknowledged_by: Some(ada),
        acknowledged_at: Some(later(1)),
        handed_over_by: Some(ada),
        handed_over_at: Some(later(2)),
        handover_reference: Some("unit 7, 12/26".into()),
        stood_down_by: Some(ada),
        stood_down_at: Some(later(3)),
        stood_down_reason: Some("mistaken".into()),
        ..alarm.clone()
    };
    let mut tx = house.begin().await;
    alarms::insert(&mut tx, &alarm).await.unwrap();
    assert_eq!(alarms::list_running(&mut tx).await.unwrap(), std::slice::from_ref(&alarm));
    assert!(alarms::list_ended(&mut tx, 9).await.unwrap().is_empty());
    assert_eq!(alarms::lock(&mut tx, alarm.id).await.unwrap(), Some(alarm));
    alarms::update(&mut tx, &ended).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(alarms::find(&mut reader, ended.id).await.unwrap(), Some(ended.clone()));
    assert!(alarms::list_running(&mut reader).await.unwrap().is_empty());
    assert_eq!(alarms::of_incident(&mut reader, incident).await.unwrap(), std::slice::from_ref(&ended));
    assert_eq!(alarms::list_ended(&mut reader, 9).await.unwrap(), [ended]);
}

pub(crate) async fn deadlines_are_told_of_once(house: &House) {
    let kind = DeadlineKind::AlarmAcknowledged;
    let deadline = Deadline {
        id: house.id(),
        kind,
        subject: "alarm:1".into(),
        triggered_at: START,
        due_at: START.after(kind.length()),
        satisfied_at: None,
        escalated_at: None,
        missed_at: None,
    };
    let mut tx = house.begin().await;
    deadlines::insert(&mut tx, &deadline).await.unwrap();
    assert_eq!(deadlines::list_running(&mut tx).await.unwrap(), std::slice::from_ref(&deadline));
    assert!(deadlines::note_escalated(&mut tx, deadline.id, later(600)).await.unwrap());
    assert!(!deadlines::note_escalated(&mut tx, deadline.id, later(601)).await.unwrap());
    assert!(deadlines::note_missed(&mut tx, deadline.id, later(900)).await.unwrap());
    assert!(!deadlines::note_missed(&mut tx, deadline.id, later(901)).await.unwrap());
    for (subject, seconds) in [("alarm:2", 940), ("alarm:1", 950), ("alarm:1", 951)] {
        deadlines::satisfy(&mut tx, kind, subject, later(seconds)).await.unwrap();
    }
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert!(deadlines::list_running(&mut reader).await.unwrap().is_empty());
    let met = Deadline {
        satisfied_at: Some(later(950)),
        escalated_at: Some(later(600)),
        missed_at: Some(later(900)),
        ..deadline
    };
    assert_eq!(deadlines::of_subject(&mut reader, "alarm:1").await.unwrap(), [met]);
}

pub(crate) async fn turns_lie_between_moments(house: &House) {
    let ada = person(house, "Ada").await;
    let turn = |from, until| Turn { id: house.id(), person: ada, from: later(from), until: later(until) };
    let (first, second) = (turn(0, 100), turn(100, 200));
    let mut tx = house.begin().await;
    roster::insert(&mut tx, &second).await.unwrap();
    roster::insert(&mut tx, &first).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    for (from, until, expected) in [
        (0, 200, vec![&first, &second]),
        (99, 100, vec![&first]),
        (100, 101, vec![&second]),
        (200, 300, vec![]),
    ] {
        let turns = roster::list(&mut reader, later(from), later(until)).await.unwrap();
        assert_eq!(turns.iter().collect::<Vec<_>>(), expected, "{from} to {until}");
    }
    let mut tx = house.begin().await;
    roster::remove(&mut tx, first.id).await.unwrap();
    assert!(roster::remove(&mut tx, first.id).await.is_err());
    commit(tx).await;
    assert_eq!(roster::list(&mut reader, START, later(200)).await.unwrap(), [second]);
}

pub(crate) async fn notices_are_seen_once(house: &House) {
    let (ada, ben) = (person(house, "Ada").await, person(house, "Ben").await);
    let mut written = Vec::new();
    let mut tx = house.begin().await;
    for kind in NoticeKind::ALL {
        let subject = "incident:1".into();
        let notice = Notice { id: house.id(), person: ada, kind: *kind, subject, created_at: START };
        notices::insert(&mut tx, &notice).await.unwrap();
        written.push(notice);
    }
    written.reverse();
    assert_eq!(notices::list_unseen(&mut tx, ada).await.unwrap(), written);
    assert!(notices::list_unseen(&mut tx, ben).await.unwrap().is_empty());
    notices::note_seen(&mut tx, written[0].id, ada, later(1)).await.unwrap();
    notices::note_seen(&mut tx, written[1].id, ben, later(1)).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(notices::list_unseen(&mut reader, ada).await.unwrap(), written[1..]);
}
