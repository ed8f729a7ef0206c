//! An alarm from the first word to the police unit's, and what happens when nobody answers.

use std::time::Duration;

use vigie_model::action::{ActionKind, ActionState};
use vigie_model::alarm::{AlarmState, DeadlineKind, NoticeKind};
use vigie_model::id::IncidentId;
use vigie_model::incident::{Incident, ItemKind, Severity, Subject, SubjectKind};
use vigie_model::{Caller, Role};
use vigie_seal::ledger::Details;
use vigie_store::incidents;

use crate::Code;
use crate::incidents::{Found, gather};
use crate::tests::{House, house};

async fn opened(house: &House) -> IncidentId {
    let found = Found {
        subject: Subject {
            kind: SubjectKind::Account,
            service: "synthetic".into(),
            reference: "ann".into(),
            name: None,
        },
        severity: Severity::Medium,
        reach: 1,
        kind: ItemKind::Submission,
        submission: None,
        report: None,
        media: None,
        pivots: vec![],
        labels: vec![],
    };
    let mut tx = house.app.store.begin().await.unwrap();
    let gathered = gather(&house.app, &mut tx, found).await.unwrap();
    tx.commit(&Details::new(&Caller::system(), "item.gathered", "incident", house.app.now())).await.unwrap();
    gathered.incident
}

async fn incident(house: &House, id: IncidentId) -> Incident {
    incidents::find(&mut house.app.store.read().await.unwrap(), id).await.unwrap().unwrap()
}

async fn on_duty(house: &House, person: &Caller) {
    let admin = house.person("Admin", Role::Administrator).await;
    let (from, until) = (house.app.now(), house.app.now().after(Duration::from_secs(8 * 60 * 60)));
    house.app.add_turn(&admin, person.person().unwrap(), from, until).await.unwrap();
}

async fn kinds(house: &House, caller: &Caller) -> Vec<NoticeKind> {
    house.app.notices(caller).await.unwrap().into_iter().map(|notice| notice.kind).collect()
}

#[tokio::test]
async fn an_alarm_tells_who_is_on_duty_and_is_seen_through() {
    let house = house().await;
    let (ada, ben) =
        (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::LegalOfficer).await);
    on_duty(&house, &ben).await;
    let id = opened(&house).await;

    let alarm = house.app.raise_alarm(&ada, id, "a voice in the background").await.unwrap();
    assert_eq!(alarm.paged, ben.person());
    assert_eq!(
        (kinds(&house, &ben).await, kinds(&house, &ada).await),
        (vec![NoticeKind::AlarmRaised], vec![])
    );
    let pressing = incident(&house, id).await;
    assert!(pressing.child_at_risk && pressing.severity == Severity::Critical);
    assert_eq!(house.app.deadlines(&ada).await.unwrap().len(), 2);

    let again = house.app.raise_alarm(&ben, id, "once more").await.unwrap();
    assert_eq!(again.id, alarm.id, "one alarm runs on an incident");
    house.app.acknowledge_alarm(&ben, alarm.id).await.unwrap();
    assert_eq!(house.app.acknowledge_alarm(&ada, alarm.id).await.unwrap_err().code(), Code::WrongState);
    assert_eq!(house.app.deadlines(&ada).await.unwrap().len(), 1);
    assert_eq!(house.app.hand_over_alarm(&ben, alarm.id, " ").await.unwrap_err().code(), Code::InvalidValue);
    house.app.hand_over_alarm(&ben, alarm.id, "Unit 7, 2026-114").await.unwrap();
    assert!(house.app.deadlines(&ada).await.unwrap().is_empty());
    assert!(house.app.running_alarms(&ada).await.unwrap().is_empty());
    assert_eq!(house.app.ended_alarms(&ada).await.unwrap()[0].state, AlarmState::HandedOver);
}

#[tokio::test]
async fn who_takes_an_alarm_takes_the_incident_from_whoever_held_it() {
    let house = house().await;
    let (ada, rea) = (house.person("Ada", Role::Reviewer).await, house.person("Rea", Role::Reviewer).await);
    let id = opened(&house).await;
    let held = house.app.claim(&ada, id).await.unwrap().lease.unwrap();
    let alarm = house.app.raise_alarm(&rea, id, "a voice").await.unwrap();
    assert_eq!(incident(&house, id).await.lease, Some(held), "raising alone interrupts nobody");

    house.app.acknowledge_alarm(&rea, alarm.id).await.unwrap();
    let lease = incident(&house, id).await.lease.unwrap();
    assert_eq!((Some(lease.holder), lease.fence), (rea.person(), held.fence + 1));
    assert!(kinds(&house, &ada).await.contains(&NoticeKind::IncidentTakenOver));
    let late = house.app.escalate(&ada, id, held.fence, "unsure").await.unwrap_err();
    assert_eq!(late.code(), Code::LeaseLost);
    assert_eq!(house.app.claim(&ada, id).await.unwrap_err().code(), Code::HeldByAnother);
}

#[tokio::test]
async fn who_may_not_review_takes_the_alarm_and_leaves_the_incident_where_it_is() {
    let house = house().await;
    let (ada, leo) =
        (house.person("Ada", Role::Reviewer).await, house.person("Leo", Role::LegalOfficer).await);
    let id = opened(&house).await;
    let held = house.app.claim(&ada, id).await.unwrap().lease;
    let alarm = house.app.raise_alarm(&ada, id, "a voice").await.unwrap();
    house.app.acknowledge_alarm(&leo, alarm.id).await.unwrap();
    assert_eq!(incident(&house, id).await.lease, held);
    assert!(!kinds(&house, &ada).await.contains(&NoticeKind::IncidentTakenOver));
}

#[tokio::test]
async fn a_gap_in_the_roster_tells_everybody_who_may_act() {
    let house = house().await;
    let (ada, sue) =
        (house.person("Ada", Role::Reviewer).await, house.person("Sue", Role::SeniorReviewer).await);
    let eve = house.person("Eve", Role::Auditor).await;
    let id = opened(&house).await;
    assert_eq!(house.app.raise_alarm(&eve, id, "no").await.unwrap_err().code(), Code::Forbidden);
    let alarm = house.app.raise_alarm(&ada, id, "a voice").await.unwrap();
    assert_eq!(alarm.paged, None);
    for caller in [&ada, &sue] {
        assert_eq!(kinds(&house, caller).await, [NoticeKind::AlarmRaised]);
    }
    assert!(kinds(&house, &eve).await.is_empty());
}

#[tokio::test]
async fn seniors_are_told_before_a_deadline_passes_and_after_and_once_each() {
    let house = house().await;
    let (ada, sue) =
        (house.person("Ada", Role::Reviewer).await, house.person("Sue", Role::SeniorReviewer).await);
    on_duty(&house, &ada).await;
    let id = opened(&house).await;
    house.app.raise_alarm(&ada, id, "a voice").await.unwrap();

    house.clock.advance(Duration::from_secs(9 * 60));
    assert_eq!(house.app.escalate_deadlines().await.unwrap(), 0);
    house.clock.advance(Duration::from_secs(60));
    assert_eq!(house.app.escalate_deadlines().await.unwrap(), 1);
    assert_eq!(house.app.escalate_deadlines().await.unwrap(), 0);
    assert_eq!(kinds(&house, &sue).await, [NoticeKind::DeadlineNear]);
    house.clock.advance(Duration::from_secs(5 * 60));
    assert_eq!(house.app.escalate_deadlines().await.unwrap(), 1);
    assert!(kinds(&house, &sue).await.contains(&NoticeKind::DeadlineMissed));
}

#[tokio::test]
async fn a_mistaken_alarm_is_ended_by_a_senior_and_leaves_the_incident_as_it_was() {
    let house = house().await;
    let (ada, sue) =
        (house.person("Ada", Role::Reviewer).await, house.person("Sue", Role::SeniorReviewer).await);
    let id = opened(&house).await;
    let alarm = house.app.raise_alarm(&ada, id, "a voice").await.unwrap();
    assert_eq!(house.app.stand_down_alarm(&ada, alarm.id, "x").await.unwrap_err().code(), Code::Forbidden);
    house.app.stand_down_alarm(&sue, alarm.id, "a film in the background").await.unwrap();
    let calm = incident(&house, id).await;
    assert!(!calm.child_at_risk && calm.severity == Severity::Medium);
    let newer = house.app.raise_alarm(&ada, id, "again").await.unwrap();
    assert_ne!(newer.id, alarm.id);
}

#[tokio::test]
async fn one_person_locks_at_once_and_a_second_confirms() {
    let house = house().await;
    let (ada, sue) =
        (house.person("Ada", Role::Reviewer).await, house.person("Sue", Role::SeniorReviewer).await);
    let id = opened(&house).await;
    let alarm = house.app.raise_alarm(&ada, id, "a voice").await.unwrap();
    let lock = house.app.lock_now(&ada, alarm.id, "the child is there now").await.unwrap();
    assert_eq!((lock.kind, lock.state), (ActionKind::SuspendAccount, ActionState::Queued));
    assert_eq!(lock.target.account_id.as_deref(), Some("ann"));
    let twice = house.app.lock_now(&ada, alarm.id, "again").await.unwrap_err();
    assert_eq!(twice.code(), Code::WrongState);

    let running = || async {
        let deadlines = house.app.deadlines(&ada).await.unwrap();
        deadlines.into_iter().filter(|deadline| deadline.kind == DeadlineKind::LockConfirmed).count()
    };
    assert_eq!(running().await, 1);
    let question = house.app.waiting_questions(&sue).await.unwrap().remove(0);
    assert_eq!(question.subject, format!("action:{}", lock.id));
    house.app.approve(&sue, question.id).await.unwrap();
    assert_eq!(running().await, 0);
    assert_eq!(house.app.action(&sue, lock.id).await.unwrap().state, ActionState::Queued);
}

#[tokio::test]
async fn a_lock_that_is_not_confirmed_is_undone_and_one_nobody_answers_stays_and_is_told() {
    let house = house().await;
    let (ada, sue) =
        (house.person("Ada", Role::Reviewer).await, house.person("Sue", Role::SeniorReviewer).await);
    let id = opened(&house).await;
    let alarm = house.app.raise_alarm(&ada, id, "a voice").await.unwrap();
    let lock = house.app.lock_now(&ada, alarm.id, "now").await.unwrap();
    house.clock.advance(DeadlineKind::LockConfirmed.length());
    house.app.escalate_deadlines().await.unwrap();
    assert!(kinds(&house, &sue).await.contains(&NoticeKind::DeadlineMissed));
    assert_eq!(house.app.action(&sue, lock.id).await.unwrap().state, ActionState::Queued, "it stays");

    // Four hours later the session of the second person has ended: they sign in again.
    let sam = house.person("Sam", Role::SeniorReviewer).await;
    let question = house.app.waiting_questions(&sam).await.unwrap().remove(0);
    house.app.refuse(&sam, question.id).await.unwrap();
    assert_eq!(house.app.action(&sam, lock.id).await.unwrap().state, ActionState::Withdrawn);
}
