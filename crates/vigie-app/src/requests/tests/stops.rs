//! What stops a request, and how it goes on: nothing gets stuck, and nothing that was stopped leaves by what was agreed before.

use vigie_model::approval::ApprovalState;
use vigie_model::disclosure::{Emergency, EmergencyGround};

use super::*;

/// A request of which the package waits for a second person.
async fn prepared(desk: &Desk) -> RequestId {
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    desk.house.app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval);
    id
}

async fn clear(desk: &Desk, id: RequestId) {
    let app = &desk.house.app;
    app.ask_to_clear_suspicion(&desk.officer, id, "the court confirmed it").await.unwrap();
    let mut reader = app.store.read().await.unwrap();
    let question = vigie_store::approvals::newest_about(&mut reader, &object(id)).await.unwrap().unwrap();
    drop(reader);
    app.approve(&desk.releaser, question.id).await.unwrap();
}

async fn fetch(desk: &Desk, id: RequestId) -> Result<()> {
    desk.house.app.publish_ledger().await.unwrap();
    desk.house.app.fetch_package(&caller_of(&desk.authority), &desk.authority, id).await.map(drop)
}

#[tokio::test]
async fn what_waited_for_a_court_is_decided_and_taken_again() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = prepared(&desk).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.suspend_request(&desk.officer, id, "a court looks at it").await.unwrap();
    assert!(app.release_view(&desk.officer, id, 0).await.is_err(), "what was taken opens no more");
    let asked = app.question(&desk.releaser, question.id).await.unwrap();
    assert_eq!(asked.state, ApprovalState::Withdrawn, "nobody is asked about what is no more");
    app.resume_request(&desk.officer, id, "it may go on").await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Validating);
    desk.release(id).await;
    fetch(&desk, id).await.unwrap();
}

#[tokio::test]
async fn what_had_left_when_it_was_stopped_stands_as_it_stood_when_that_ends() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = prepared(&desk).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    desk.work().await;
    app.suspend_request(&desk.officer, id, "a court looks at it").await.unwrap();
    assert_eq!(fetch(&desk, id).await.unwrap_err().code(), Code::WrongState);
    app.suspect_forgery(&desk.officer, id, "the court knows of no such order").await.unwrap();
    assert_eq!(fetch(&desk, id).await.unwrap_err().code(), Code::WrongState);
    clear(&desk, id).await;
    assert_eq!(desk.state(id).await, RequestState::Released);
    fetch(&desk, id).await.unwrap();

    app.note_objection(&desk.officer, id, (&Objection::Full, "immunity")).await.unwrap();
    app.suspect_forgery(&desk.officer, id, "it is odd").await.unwrap();
    clear(&desk, id).await;
    assert_eq!(desk.state(id).await, RequestState::UseRestricted, "a restriction outlives a suspicion");
    assert_eq!(fetch(&desk, id).await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn a_frozen_request_that_was_prepared_begins_anew_once_two_people_clear_it() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = prepared(&desk).await;
    app.suspect_forgery(&desk.officer, id, "the reference is odd").await.unwrap();
    clear(&desk, id).await;
    assert_eq!(desk.state(id).await, RequestState::Quarantined);
    let call = app.ask_call_back(&desk.officer, id).await.unwrap();
    let report = CallReport {
        authority: desk.authority.id,
        spoke_with: "the duty officer".into(),
        read_back: call.nonce,
        outcome: CallOutcome::Confirmed,
    };
    app.report_call_back(&desk.releaser, id, &report).await.unwrap();
    desk.work().await;
    desk.release(id).await;
}

#[tokio::test]
async fn a_forged_request_ends_as_one_and_its_sender_reads_nothing_of_why() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = prepared(&desk).await;
    let early = app.find_forged(&desk.releaser, id, "the court denies it").await.unwrap_err();
    assert_eq!(early.code(), Code::WrongState, "it is frozen first");
    app.suspect_forgery(&desk.officer, id, "the reference is odd").await.unwrap();
    let own = app.find_forged(&desk.officer, id, "the court denies it").await.unwrap_err();
    assert_eq!(own.code(), Code::Forbidden);
    let silent = app.find_forged(&desk.releaser, id, " ").await.unwrap_err();
    assert_eq!(silent.code(), Code::InvalidValue);
    app.find_forged(&desk.releaser, id, "the court denies it").await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Refused);
    let view = app.request(&desk.officer, id).await.unwrap();
    assert!(view.tasks.iter().all(|task| task.ground == Some(RefusalGround::Forged)));
    assert!(KEPT.lock().unwrap().is_empty(), "nothing is kept for it any more");
    let standing = app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
    let said = serde_json::to_string(&standing).unwrap();
    assert!(!said.contains("denies") && !said.contains("odd"), "{said}");
}

#[tokio::test]
async fn who_entered_a_request_does_not_find_it_forged() {
    let desk = desk().await;
    let app = &desk.house.app;
    let both = Caller { roles: vec![Role::LegalOfficer, Role::Releaser], ..desk.officer.clone() };
    let entered = EnteredRequest {
        document: Bytes::from_static(b"on paper"),
        mime: "text/plain".into(),
        instrument: instrument(&desk.house, "u-7"),
        diagnostics: vec![],
    };
    let id = app.enter_request(&both, entered).await.unwrap().id;
    desk.work().await;
    app.suspect_forgery(&both, id, "odd").await.unwrap();
    assert_eq!(app.find_forged(&both, id, "I know").await.unwrap_err().code(), Code::SamePerson);
}

#[tokio::test]
async fn an_objection_before_anybody_fetched_keeps_the_package_here() {
    let desk = desk().await;
    let app = &desk.house.app;
    let enforcing = Office { name: "Enforcing".into(), country: "DE".into(), ..Office::default() };
    let emergency =
        Emergency { ground: EmergencyGround::Life, text: "a child".into(), validation_follows: true };
    let urgent = Instrument {
        regime: "eu-epoc".into(),
        legal_bases: vec!["2023/1543".into()],
        notified: Some(enforcing),
        emergency: Some(emergency),
        ..instrument(&desk.house, "u-7")
    };
    let id = desk.send(&urgent).await;
    desk.work().await;
    for one in app.request(&desk.releaser, id).await.unwrap().warnings {
        let _ = app.settle_warning(&desk.releaser, id, (one.task, &one.kind, "confirmed by call")).await;
    }
    desk.release(id).await;
    app.note_objection(&desk.officer, id, (&Objection::Partial([1].into()), "immunity")).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::UseRestricted);
    assert_eq!(fetch(&desk, id).await.unwrap_err().code(), Code::WrongState);
    let standing = app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
    assert_eq!(standing.state, ToldState::UseRestricted);
}

#[tokio::test]
async fn what_two_people_agreed_to_leaves_at_once_when_the_enforcing_authority_raises_no_ground() {
    let desk = desk().await;
    let app = &desk.house.app;
    let enforcing = Office { name: "Enforcing".into(), country: "DE".into(), ..Office::default() };
    let id = held_for(&desk, enforcing).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    app.note_objection(&desk.officer, id, (&Objection::None, "no ground")).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Released);
}

#[tokio::test]
async fn a_key_that_changes_after_two_people_agreed_is_agreed_to_anew() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = prepared(&desk).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    let other = AuthorityKeys {
        sealing: Some(Identity::generate().to_public().to_string()),
        ..desk.authority.keys.clone()
    };
    let mut tx = app.store.begin().await.unwrap();
    authorities::set_keys(&mut tx, desk.authority.id, &other).await.unwrap();
    tx.commit(&Details::new(&Caller::operator(), "authority.keys", "authority", app.now())).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval, "nothing left by the old agreement");
    let question = app.ask_release(&desk.officer, id, "to its new key").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Released);
}

#[tokio::test]
async fn a_signed_document_for_which_nothing_was_drawn_is_taken_once_too() {
    let desk = desk().await;
    let plain = Instrument { nonce: String::new(), ..instrument(&desk.house, "u-7") };
    let sent = signed(&plain, &key());
    desk.house.app.receive_signed(sent.clone()).await.unwrap();
    let again = desk.house.app.receive_signed(sent).await.unwrap_err();
    assert_eq!(again.code(), Code::RequestReplayed);
}

#[tokio::test]
async fn nothing_waits_for_a_court_before_what_looks_odd_about_it_was_found() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    let early = app.suspend_request(&desk.officer, id, "a court").await.unwrap_err();
    assert_eq!(early.code(), Code::WrongState);
}

#[tokio::test]
async fn what_a_second_person_never_agreed_to_in_time_is_decided_again() {
    let mut desk = desk().await;
    let app = desk.house.app.clone();
    let id = prepared(&desk).await;
    desk.house.clock.advance(app.settings.disclosure.grant_life);
    desk.sign_in_again().await;
    let late = app.ask_release(&desk.officer, id, "found valid").await.unwrap_err();
    assert!(late.to_string().contains("its grant ended"), "{late}");
    assert_eq!(app.decide_again(&desk.officer, id, " ").await.unwrap_err().code(), Code::InvalidValue);
    assert_eq!(app.decide_again(&desk.releaser, id, "late").await.unwrap_err().code(), Code::Forbidden);
    app.decide_again(&desk.officer, id, "the grant lapsed").await.unwrap();
    assert!(app.release_view(&desk.officer, id, 0).await.is_err(), "what was taken opens no more");
    desk.work().await;
    desk.release(id).await;
    assert_eq!(app.decide_again(&desk.officer, id, "no").await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn a_grant_that_lapses_after_two_people_agreed_lets_nothing_out() {
    let mut desk = desk().await;
    let app = desk.house.app.clone();
    let id = prepared(&desk).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    desk.house.clock.advance(app.settings.disclosure.grant_life);
    desk.sign_in_again().await;
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval);
}

#[tokio::test]
async fn a_reason_is_given_in_words_and_not_in_a_book() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    app.accept_request(&desk.officer, id).await.unwrap();
    for text in ["", " \n ", &"x".repeat(20_001)] {
        for (act, outcome) in [
            ("note", app.note_request(&desk.officer, id, text).await),
            ("suspend", app.suspend_request(&desk.officer, id, text).await),
            ("decide again", app.decide_again(&desk.officer, id, text).await),
            ("settle", app.settle_warning(&desk.releaser, id, (0, "new_sender", text)).await),
            ("find forged", app.find_forged(&desk.releaser, id, text).await),
            ("end the silence", app.end_gag(&desk.officer, id, text).await),
            ("lift", app.lift_do_not_act(&desk.officer, id, text).await.map(drop)),
        ] {
            assert_eq!(outcome.map_err(|error| error.code()), Err(Code::InvalidValue), "{act}");
        }
    }
    assert_eq!(desk.state(id).await, RequestState::Accepted);
}
