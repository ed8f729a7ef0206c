//! Holds lifted and periods ended by two people.

use std::time::Duration;

use vigie_model::Role;
use vigie_model::approval::ApprovalState;
use vigie_store::blobs;

use super::*;
use crate::evidence::tests::{hold, kept};
use crate::tests::{House, house};

async fn officers(house: &House) -> [Caller; 2] {
    [house.person("Lea", Role::LegalOfficer).await, house.person("Dan", Role::DataProtectionOfficer).await]
}

async fn is_held(house: &House, id: BlobId) -> bool {
    !blobs::holds(&mut house.app.store.read().await.unwrap(), id).await.unwrap().is_empty()
}

#[tokio::test]
async fn a_hold_is_lifted_by_two_people_from_what_they_agreed_to_alone() {
    let house = house().await;
    let [lea, dan] = officers(&house).await;
    let (first, later) = (kept(&house, b"first").await, kept(&house, b"later").await);
    assert!(hold(&house, first, None).await);
    let question = house.app.ask_to_lift_hold(&lea, "order:7", "the order was withdrawn").await.unwrap();
    assert!(hold(&house, later, None).await);
    assert!(is_held(&house, first).await, "nobody agreed yet");
    let rea = house.person("Rea", Role::SeniorReviewer).await;
    assert_eq!(house.app.approve(&rea, question.id).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(house.app.approve(&lea, question.id).await.unwrap_err().code(), Code::SamePerson);
    house.app.approve(&dan, question.id).await.unwrap();
    assert!(!is_held(&house, first).await && is_held(&house, later).await);

    let page = house.app.kept_evidence(&lea).await.unwrap();
    assert_eq!((page.holds.len(), page.holds[0].objects), (1, 1));
    assert_eq!((page.periods.len(), page.periods[0].objects, page.periods[0].held), (1, 2, 1));
    let none = house.app.ask_to_lift_hold(&lea, "order:8", "why").await.unwrap_err();
    assert_eq!(none.code(), Code::NotFound);
    let silent = house.app.ask_to_lift_hold(&lea, "order:7", " ").await.unwrap_err();
    assert_eq!(silent.code(), Code::InvalidValue);
    for refused in [
        house.app.ask_to_lift_hold(&rea, "order:7", "why").await.unwrap_err(),
        house.app.ask_to_lift_hold(&Caller::operator(), "order:7", "why").await.unwrap_err(),
        house.app.kept_evidence(&rea).await.unwrap_err(),
    ] {
        assert_eq!(refused.code(), Code::Forbidden);
    }
}

#[tokio::test]
async fn a_period_ends_ahead_of_its_time_by_two_people_and_keeps_what_is_held() {
    let house = house().await;
    let [lea, dan] = officers(&house).await;
    let (free, held) = (kept(&house, b"free").await, kept(&house, b"held").await);
    assert!(hold(&house, held, None).await);
    let period = house.app.kept_evidence(&lea).await.unwrap().periods[0].period;
    let unknown = house.app.ask_to_end_period(&lea, period.later(1), "why").await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let question = house.app.ask_to_end_period(&lea, period, "the key was seen elsewhere").await.unwrap();
    house.app.keep_house().await.unwrap();
    assert_eq!(house.app.open_evidence(free).await.unwrap(), b"free");
    house.app.approve(&dan, question.id).await.unwrap();

    // No hour has passed: what was agreed to is done at the next occasion.
    house.app.keep_house().await.unwrap();
    assert!(!house.app.store.vault().key_file(period).exists());
    assert_eq!(house.app.open_evidence(free).await.unwrap_err().code(), Code::NotPreviewable);
    assert_eq!(house.app.open_evidence(held).await.unwrap(), b"held");
    assert_eq!(house.app.store.vault().list().unwrap().len(), 1);
    let again = house.app.ask_to_end_period(&lea, period, "why").await.unwrap_err();
    assert_eq!(again.code(), Code::WrongState);
}

#[tokio::test]
async fn answers_that_do_not_count_are_refused_and_written_down() {
    let house = house().await;
    let [lea, dan] = officers(&house).await;
    kept(&house, b"free").await;
    let period = house.app.kept_evidence(&lea).await.unwrap().periods[0].period;
    let ask = async || house.app.ask_to_end_period(&lea, period, "why").await.unwrap().id;
    let own = ask().await;
    assert_eq!(house.app.approve(&lea, own).await.unwrap_err().code(), Code::SamePerson);
    assert_eq!(house.app.refuse(&lea, own).await.unwrap_err().code(), Code::SamePerson);
    house.app.refuse(&dan, own).await.unwrap();
    assert_eq!(house.app.approve(&dan, own).await.unwrap_err().code(), Code::WrongState);
    let late = ask().await;
    house.clock.advance(Duration::from_secs(73 * 60 * 60));
    let dan = house.person("Dee", Role::DataProtectionOfficer).await;
    assert_eq!(house.app.approve(&dan, late).await.unwrap_err().code(), Code::ApprovalExpired);

    let rows = &house.rows().await["ledger_details"];
    let told = |action: &str| rows.iter().filter(|row| row.contains(&format!("| {action} |"))).count();
    assert_eq!(told("question.own_answer_refused"), 2);
    assert_eq!(told("question.second_answer_refused"), 1);
    assert_eq!(told("question.late_answer_refused"), 1);
    let state = house.app.question(&lea, own).await.unwrap().state;
    assert_eq!(state, ApprovalState::Refused, "what was refused once stays so");
}
