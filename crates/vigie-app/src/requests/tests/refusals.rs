//! What stops a request before anything leaves, and what whoever sent it learns of that.

use super::*;

/// A request that a clerk entered from paper, and that was examined.
async fn entered_on_paper(desk: &Desk) -> RequestId {
    let entered = EnteredRequest {
        document: Bytes::from_static(b"%PDF-1.7 a requisition"),
        mime: "application/pdf".into(),
        instrument: instrument(&desk.house, "u-7"),
        diagnostics: vec![],
    };
    let id = desk.house.app.enter_request(&desk.officer, entered).await.unwrap().id;
    desk.work().await;
    id
}

#[tokio::test]
async fn a_request_on_paper_waits_until_a_second_person_called_back() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = entered_on_paper(&desk).await;
    assert_eq!(desk.state(id).await, RequestState::Quarantined);
    let early = app.accept_request(&desk.officer, id).await.unwrap_err();
    assert_eq!(early.code(), Code::WrongState);
    let call = app.ask_call_back(&desk.officer, id).await.unwrap();
    let report = CallReport {
        authority: desk.authority.id,
        spoke_with: "the duty officer".into(),
        read_back: call.nonce.clone(),
        outcome: CallOutcome::Confirmed,
    };
    let own = app.report_call_back(&desk.officer, id, &report).await.unwrap_err();
    assert_eq!(own.code(), Code::SamePerson);
    let wrong = CallReport { read_back: "GUESSED".into(), ..report.clone() };
    assert_eq!(
        app.report_call_back(&desk.releaser, id, &wrong).await.unwrap_err().code(),
        Code::InvalidValue
    );
    app.report_call_back(&desk.releaser, id, &report).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Validating);
    app.accept_request(&desk.officer, id).await.unwrap();
}

#[tokio::test]
async fn a_request_that_its_authority_denies_is_frozen_and_comes_back_by_two_people_alone() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = entered_on_paper(&desk).await;
    app.ask_call_back(&desk.officer, id).await.unwrap();
    let report = CallReport {
        authority: desk.authority.id,
        spoke_with: "the duty officer".into(),
        read_back: String::new(),
        outcome: CallOutcome::Denied,
    };
    app.report_call_back(&desk.releaser, id, &report).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::ForgerySuspected);
    let frozen = app.accept_request(&desk.officer, id).await.unwrap_err();
    assert_eq!(frozen.code(), Code::WrongState);
    app.ask_to_clear_suspicion(&desk.officer, id, "the wrong office was called").await.unwrap();
    let mut reader = app.store.read().await.unwrap();
    let question = vigie_store::approvals::newest_about(&mut reader, &object(id)).await.unwrap().unwrap();
    drop(reader);
    assert!(matches!(serde_json::from_str(&question.parameters), Ok(Act::ClearSuspicion { .. })));
    app.approve(&desk.releaser, question.id).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Quarantined);
}

#[tokio::test]
async fn a_request_that_waited_for_a_court_is_not_better_known_by_that() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = entered_on_paper(&desk).await;
    app.suspend_request(&desk.officer, id, "a court looks at it").await.unwrap();
    app.resume_request(&desk.officer, id, "it may go on").await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Quarantined);
    assert_eq!(app.accept_request(&desk.officer, id).await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn an_emergency_as_the_first_thing_that_is_heard_of_an_authority_is_looked_at_twice() {
    let desk = desk().await;
    let app = &desk.house.app;
    let emergency = vigie_model::disclosure::Emergency {
        ground: vigie_model::disclosure::EmergencyGround::Life,
        text: "a child is missing".into(),
        validation_follows: false,
    };
    let urgent = Instrument { emergency: Some(emergency), ..instrument(&desk.house, "u-7") };
    let id = desk.send(&urgent).await;
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Validating);
    assert_eq!(app.accept_request(&desk.officer, id).await.unwrap_err().code(), Code::WarningNotSettled);
    let view = app.request(&desk.officer, id).await.unwrap();
    let alarms: Vec<_> = view.warnings.iter().filter(|warning| warning.weight == "alarm").collect();
    for alarm in alarms {
        let about = (alarm.task, alarm.kind.as_str(), "the unit confirmed it on its known number");
        let own = app.settle_warning(&desk.officer, id, about).await.unwrap_err();
        assert_eq!(own.code(), Code::Forbidden);
        app.settle_warning(&desk.releaser, id, about).await.unwrap();
    }
    app.accept_request(&desk.officer, id).await.unwrap();
}

#[tokio::test]
async fn a_package_is_sealed_to_a_key_of_the_authority_or_not_at_all_and_is_there_for_a_time() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    let keys = |sealing: Option<String>| AuthorityKeys { sealing, ..desk.authority.keys.clone() };
    let set = async |keys: AuthorityKeys| {
        let mut tx = app.store.begin().await.unwrap();
        authorities::set_keys(&mut tx, desk.authority.id, &keys).await.unwrap();
        let entry = Details::new(&Caller::operator(), "authority.keys_changed", "authority", app.now());
        tx.commit(&entry).await.unwrap();
    };
    set(keys(None)).await;
    app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    let refused = app.ask_release(&desk.officer, id, "found valid").await.unwrap_err();
    assert_eq!(refused.code(), Code::NoSealingKey);
    set(desk.authority.keys.clone()).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    desk.work().await;
    app.publish_ledger().await.unwrap();
    desk.house.clock.advance(app.settings.disclosure.package_life);
    let late = app.fetch_package(&caller_of(&desk.authority), &desk.authority, id).await.unwrap_err();
    assert_eq!(late.code(), Code::PackageExpired);
    app.tend().await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Closed, "nobody fetched it, and that is noted");
}

#[tokio::test]
async fn whoever_names_a_decoy_is_frozen_before_anything_is_looked_up() {
    let desk = desk().await;
    let app = &desk.house.app;
    let wanted = instrument(&desk.house, "u-never-given");
    app.plant_decoy(&desk.releaser, &wanted.wanted[0].identifier).await.unwrap();
    let id = desk.send(&wanted).await;
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::ForgerySuspected);
    let view = app.request(&desk.officer, id).await.unwrap();
    assert!(view.tasks.iter().all(|task| task.accounts.is_none() && task.state == TaskState::Pending));
    assert!(view.warnings.iter().any(|warning| warning.kind == "decoy"), "{:?}", view.warnings);
    let standing = app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
    assert_eq!(standing.state, ToldState::UnderExamination, "whoever sent it learns nothing");
}

#[tokio::test]
async fn the_answer_at_the_door_is_the_same_whether_anybody_is_here_or_not() {
    let desk = desk().await;
    let mut texts = Vec::new();
    for user in ["u-7", "nobody"] {
        let id = desk.send(&instrument(&desk.house, user)).await;
        desk.work().await;
        let caller = caller_of(&desk.authority);
        let standing = desk.house.app.request_standing(&caller, &desk.authority, id).await.unwrap();
        let number = find(&mut desk.house.app.store.read().await.unwrap(), id).await.unwrap().number;
        let text = standing.letters[0].text.replace(&format!(": {number}\n"), ": N\n");
        texts.push((standing.state, standing.letters.len(), text));
    }
    assert_eq!(texts[0], texts[1]);
}
