//! The law of a third country: the house objects in time, nothing leaves before the authority answered, and nothing is let go.

use std::time::Duration;

use vigie_model::disclosure::{Emergency, EmergencyGround};

use super::sent::saying;
use super::*;
use crate::requests::{ConflictObjection, PaperKind, PaperLanguage};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn order(desk: &Desk) -> Instrument {
    Instrument {
        regime: "eu-epoc".into(),
        legal_bases: vec!["2023/1543".into()],
        ..instrument(&desk.house, "u-7")
    }
}

fn objecting(tasks: &[i64]) -> ConflictObjection {
    ConflictObjection {
        tasks: tasks.iter().copied().collect(),
        law: "18 USC <2702>".into(),
        nature: "It forbids to give content to a foreign authority.".into(),
    }
}

/// An order that is under validation.
async fn ordered(desk: &Desk) -> RequestId {
    let id = desk.send(&order(desk)).await;
    desk.work().await;
    id
}

async fn form_3(desk: &Desk, id: RequestId) -> Result<String> {
    let kind = (PaperKind::Form3Xml, PaperLanguage::English);
    let paper = desk.house.app.request_paper(&caller_of(&desk.authority), id, kind).await?;
    Ok(String::from_utf8(paper.bytes).unwrap())
}

async fn fetch(desk: &Desk, id: RequestId) -> Result<()> {
    desk.house.app.publish_ledger().await.unwrap();
    desk.house.app.fetch_package(&caller_of(&desk.authority), &desk.authority, id).await.map(drop)
}

#[tokio::test]
async fn an_order_that_a_third_country_forbids_waits_for_its_authority_and_its_data_stays_held() {
    let desk = &mut desk().await;
    let app = desk.house.app.clone();
    let id = ordered(desk).await;
    app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.object_to_conflict(&desk.officer, id, &objecting(&[2])).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Suspended);
    assert!(app.release_view(&desk.officer, id, 0).await.is_err(), "what was taken opens no more");
    assert!(app.approve(&desk.releaser, question.id).await.is_err(), "what was asked is asked no more");
    let view = app.request(&desk.officer, id).await.unwrap();
    let deadline = |rule: &str| view.deadlines.iter().find(|one| one.rule == rule).unwrap();
    assert_eq!(deadline("CONFLICT").satisfied_with.as_deref(), Some("objection_sent"));
    assert!(deadline("EU-EPOC").paused_since.is_some(), "nobody is late while it waits");
    assert_eq!(view.may_follow.iter().filter(|kind| **kind == FollowUpKind::Upheld).count(), 1);

    // The authority reads the objection with its reasons, as a letter and in the section of Form 3 that is made for it.
    let standing = app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
    let letter = standing.letters.last().unwrap();
    assert!(letter.kind == "conflict" && letter.text.contains("18 USC <2702>"), "{letter:?}");
    assert_eq!(standing.papers, [PaperKind::Form3, PaperKind::Form3Xml]);
    let form = form_3(desk, id).await.unwrap();
    for said in [
        "<ApplicableLaw>18 USC &lt;2702&gt;</ApplicableLaw>",
        "It forbids to give content",
        "CONFLICT_WITH_THIRD_COUNTRY_LAW",
    ] {
        assert!(form.contains(said), "{said}: {form}");
    }
    assert!(form.contains(">true<") && !form.contains(">false<"), "the data is held: {form}");

    // However long it takes, nobody of the house goes on by themselves, and nothing is let go.
    desk.house.clock.advance(DAY * 90);
    app.tend().await.unwrap();
    desk.work().await;
    desk.sign_in_again().await;
    assert_eq!(desk.state(id).await, RequestState::Suspended);
    let early = app.resume_request(&desk.officer, id, "we think so").await.unwrap_err();
    assert_eq!(early.code(), Code::WrongState);
    assert!(!KEPT.lock().unwrap().is_empty(), "what it names is held");

    let unsigned = SentFollowUp { document: None, ..saying(FollowUpKind::Upheld) };
    let theirs = caller_of(&desk.authority);
    let refused = app.hand_in_follow_up(&theirs, id, unsigned).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue, "a decision comes with its signed document");
    app.hand_in_follow_up(&theirs, id, saying(FollowUpKind::Upheld)).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Validating);
    desk.work().await;
    assert_eq!(form_3(desk, id).await.unwrap_err().code(), Code::WrongState, "nothing is objected any more");
    let again = app.object_to_conflict(&desk.officer, id, &objecting(&[2])).await.unwrap_err();
    assert_eq!(again.code(), Code::WrongState, "it is objected once");
    desk.release(id).await;
    fetch(desk, id).await.unwrap();
}

#[tokio::test]
async fn an_objection_names_tasks_a_provision_and_its_reasons_and_comes_in_time() {
    let desk = &mut desk().await;
    let app = desk.house.app.clone();
    let id = ordered(desk).await;
    let wrong = [
        objecting(&[]),
        objecting(&[9]),
        ConflictObjection { law: " ".into(), ..objecting(&[1]) },
        ConflictObjection { nature: String::new(), ..objecting(&[1]) },
    ];
    for objection in wrong {
        let refused = app.object_to_conflict(&desk.officer, id, &objection).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidValue, "{objection:?}");
    }
    let releaser = app.object_to_conflict(&desk.releaser, id, &objecting(&[1])).await.unwrap_err();
    assert_eq!(releaser.code(), Code::Forbidden);
    let theirs = app.object_to_conflict(&caller_of(&desk.authority), id, &objecting(&[1])).await.unwrap_err();
    assert_eq!(theirs.code(), Code::Forbidden);
    let unasked = app.hand_in_follow_up(&caller_of(&desk.authority), id, saying(FollowUpKind::Upheld)).await;
    assert_eq!(unasked.unwrap_err().code(), Code::WrongState, "nothing was objected");

    // Ten days from the receipt, whatever was asked meanwhile.
    app.ask_clarification(&desk.officer, id, &Clarification { text: "Which?".into() }).await.unwrap();
    desk.house.clock.advance(DAY * 10 - Duration::from_secs(1));
    desk.sign_in_again().await;
    assert!(app.request(&desk.officer, id).await.unwrap().objectable.is_some());
    desk.house.clock.advance(Duration::from_secs(1));
    assert!(app.request(&desk.officer, id).await.unwrap().objectable.is_none());
    let late = app.object_to_conflict(&desk.officer, id, &objecting(&[1])).await.unwrap_err();
    assert_eq!(late.code(), Code::WrongState);
    assert!(late.to_string().contains("could be objected until"), "{late}");
}

#[tokio::test]
async fn a_house_does_not_judge_by_itself_which_law_prevails_where_its_regime_has_it_object() {
    let desk = desk().await;
    let app = &desk.house.app;
    let refusal = Refusal {
        tasks: [1].into(),
        ground: RefusalGround::ThirdCountryConflict,
        explanation: "it is forbidden there".into(),
    };
    let id = ordered(&desk).await;
    let refused = app.refuse_tasks(&desk.officer, id, &refusal).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue);
    // A requisition knows no such objection: there the ground is one of a refusal.
    let requisition = Instrument { nonce: "nonce-of-a-requisition".into(), ..instrument(&desk.house, "u-7") };
    let other = desk.send(&requisition).await;
    desk.work().await;
    let unknown = app.object_to_conflict(&desk.officer, other, &objecting(&[1])).await.unwrap_err();
    assert_eq!(unknown.code(), Code::WrongState);
    app.refuse_tasks(&desk.officer, other, &refusal).await.unwrap();
}

#[tokio::test]
async fn an_objection_outlives_a_suspicion_and_ends_with_the_request() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = ordered(&desk).await;
    app.object_to_conflict(&desk.officer, id, &objecting(&[1])).await.unwrap();
    app.suspect_forgery(&desk.officer, id, "odd").await.unwrap();
    app.ask_to_clear_suspicion(&desk.officer, id, "the court confirmed it").await.unwrap();
    let mut reader = app.store.read().await.unwrap();
    let question = vigie_store::approvals::newest_about(&mut reader, &object(id)).await.unwrap().unwrap();
    drop(reader);
    app.approve(&desk.releaser, question.id).await.unwrap();
    let call = app.ask_call_back(&desk.officer, id).await.unwrap();
    let report = CallReport {
        authority: desk.authority.id,
        spoke_with: "the duty officer".into(),
        read_back: call.nonce,
        outcome: CallOutcome::Confirmed,
    };
    app.report_call_back(&desk.releaser, id, &report).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Validating);
    let early = app.accept_request(&desk.officer, id).await.unwrap_err();
    assert_eq!(early.code(), Code::WrongState, "the objection still stands");
    app.hand_in_follow_up(&caller_of(&desk.authority), id, saying(FollowUpKind::Upheld)).await.unwrap();
    desk.release(id).await;

    let second =
        Instrument { nonce: "nonce-of-a-second-order".into(), reference: "PV 2".into(), ..order(&desk) };
    let second = desk.send(&second).await;
    desk.work().await;
    app.object_to_conflict(&desk.officer, second, &objecting(&[1, 2])).await.unwrap();
    app.withdraw_request(&caller_of(&desk.authority), second, "the court lifted it").await.unwrap();
    assert_eq!(desk.state(second).await, RequestState::Withdrawn);
    assert_eq!(form_3(&desk, second).await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn in_an_emergency_an_objection_stops_the_eight_hours() {
    let desk = desk().await;
    let app = &desk.house.app;
    let emergency =
        Emergency { ground: EmergencyGround::Life, text: "a child".into(), validation_follows: false };
    let id = desk.send(&Instrument { emergency: Some(emergency), ..order(&desk) }).await;
    desk.work().await;
    app.object_to_conflict(&desk.officer, id, &objecting(&[1])).await.unwrap();
    let view = app.request(&desk.officer, id).await.unwrap();
    let hours = view.deadlines.iter().find(|one| one.rule == "EU-EMERG").unwrap();
    assert!(hours.paused_since.is_some() && hours.satisfied_at.is_none());
}
