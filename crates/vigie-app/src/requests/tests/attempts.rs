//! What somebody tries who may not: an authority about itself, a key that holds no more, one person in two roles, one document
//! in two wrappings.

use std::time::Duration;

use vigie_model::disclosure::{Difference, DocumentState, Emergency, EmergencyGround, IdentifierKind};

use super::corrected::entered;
use super::sent::saying;
use super::*;
use crate::authorities::tests::{entered as entered_authority, new};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn set_authority(desk: &Desk, keys: &AuthorityKeys, suspended: Option<&str>) {
    let app = &desk.house.app;
    let mut tx = app.store.begin().await.unwrap();
    authorities::set_keys(&mut tx, desk.authority.id, keys).await.unwrap();
    if let Some(why) = suspended {
        assert!(authorities::suspend(&mut tx, desk.authority.id, why, app.now()).await.unwrap());
    }
    tx.commit(&Details::new(&Caller::operator(), "authority.changed", "authority", app.now())).await.unwrap();
}

/// A request of which the package waits for a second person.
async fn prepared(desk: &Desk) -> RequestId {
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    desk.house.app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval);
    id
}

#[tokio::test]
async fn nothing_is_sealed_to_a_key_whose_time_is_over_whenever_it_ended() {
    let mut desk = desk().await;
    let app = desk.house.app.clone();
    let until = |moment| AuthorityKeys { valid_until: Some(moment), ..desk.authority.keys.clone() };
    let (soon, later) = (until(app.now().after(DAY)), until(app.now().after(DAY * 3)));
    set_authority(&desk, &soon, None).await;
    let id = prepared(&desk).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    desk.house.clock.advance(DAY);
    desk.sign_in_again().await;
    let refused = app.approve(&desk.releaser, question.id).await.unwrap_err();
    assert_eq!(refused.code(), Code::AuthoritySuspended, "it ended between the question and the answer");
    app.refuse(&desk.releaser, question.id).await.unwrap();
    let refused = app.ask_release(&desk.officer, id, "found valid").await.unwrap_err();
    assert_eq!(refused.code(), Code::AuthoritySuspended);
    assert!(app.release_view(&desk.officer, id, 0).await.unwrap().recipient.is_none());

    // It is renewed, two people agree, and it ends before the job seals.
    set_authority(&desk, &later, None).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    desk.house.clock.advance(DAY * 2);
    desk.sign_in_again().await;
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval, "nothing left");
}

#[tokio::test]
async fn nothing_leaves_for_an_authority_that_was_suspended_meanwhile_by_nobodys_hand() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = prepared(&desk).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    set_authority(&desk, &desk.authority.keys, Some("its mailbox was stolen")).await;
    let refused = app.approve(&desk.releaser, question.id).await.unwrap_err();
    assert_eq!(refused.code(), Code::AuthoritySuspended);

    let desk = super::desk().await;
    let app = &desk.house.app;
    let id = prepared(&desk).await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    desk.work().await;
    app.publish_ledger().await.unwrap();
    set_authority(&desk, &desk.authority.keys, Some("its mailbox was stolen")).await;
    let carried = app.carry_package(&desk.officer, id).await.unwrap_err();
    assert_eq!(carried.code(), Code::AuthoritySuspended, "nobody carries it there either");
    assert_eq!(desk.state(id).await, RequestState::Released);
}

#[tokio::test]
async fn an_authority_that_names_itself_as_notified_raises_no_ground_about_itself() {
    let desk = desk().await;
    let app = &desk.house.app;
    let itself = Office {
        name: desk.authority.name.to_uppercase(),
        country: desk.authority.country.clone(),
        ..Office::default()
    };
    let id = held_for(&desk, itself).await;
    let sent = SentFollowUp { decision: Some(Objection::None), ..saying(FollowUpKind::EnforcingDecision) };
    let refused = app.hand_in_follow_up(&caller_of(&desk.authority), id, sent).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotTheirsToSay);
    assert_eq!(desk.state(id).await, RequestState::EnforcingHold, "its ten days go on");
}

#[tokio::test]
async fn a_correction_that_leaves_out_who_was_notified_or_names_another_waits_for_an_officer() {
    let office = |name: &str| Office { name: name.into(), country: "DE".into(), ..Office::default() };
    for (notified, waits) in
        [(None, true), (Some(office("Another")), true), (Some(office(" staatsanwaltschaft ")), false)]
    {
        let desk = desk().await;
        let app = &desk.house.app;
        let said = Instrument {
            regime: "eu-epoc".into(),
            legal_bases: vec!["2023/1543".into()],
            notified: Some(office("Staatsanwaltschaft")),
            ..instrument(&desk.house, "u-7")
        };
        let id = desk.send(&said).await;
        desk.work().await;
        let asked = Clarification { text: "Of which offence?".into() };
        app.ask_clarification(&desk.officer, id, &asked).await.unwrap();
        let later = Instrument { notified, facts: "Images were offered.".into(), ..said };
        let caller = caller_of(&desk.authority);
        app.take_clarification(&caller, id, ("As it says now.", Some(entered(&later)))).await.unwrap();
        let view = app.request(&desk.officer, id).await.unwrap();
        let last = view.documents.last().unwrap();
        let differs: Vec<_> = last.differs.iter().map(|one| one.how).collect();
        if waits {
            assert_eq!((last.state, differs), (DocumentState::Waiting, vec![Difference::NotifiedChanged]));
        } else {
            assert_eq!((last.state, differs), (DocumentState::InForce, vec![]));
        }
    }
}

#[tokio::test]
async fn a_request_of_one_authority_is_not_confirmed_by_calling_another() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let other = entered_authority(&desk.house, &[desk.officer.clone(), second], new("Other")).await;
    assert_eq!(other.country, desk.authority.country);
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    let call = app.ask_call_back(&desk.officer, id).await.unwrap();
    let mut report = CallReport {
        authority: other.id,
        spoke_with: "somebody".into(),
        read_back: call.nonce,
        outcome: CallOutcome::Confirmed,
    };
    let refused = app.report_call_back(&desk.releaser, id, &report).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue);
    report.authority = desk.authority.id;
    app.report_call_back(&desk.releaser, id, &report).await.unwrap();
    let request = find(&mut app.store.read().await.unwrap(), id).await.unwrap();
    assert_eq!(request.authority, Some(desk.authority.id));
}

#[tokio::test]
async fn a_signed_document_is_taken_once_however_its_envelope_is_written() {
    let desk = desk().await;
    let app = &desk.house.app;
    let plain = Instrument { nonce: String::new(), ..instrument(&desk.house, "u-7") };
    let sent = signed(&plain, &key());
    app.receive_signed(sent.clone()).await.unwrap();
    let mut spaced = sent.to_vec();
    spaced.push(b'\n');
    let mut wire: serde_json::Value = serde_json::from_slice(&sent).unwrap();
    wire["note"] = "passed over".into();
    let mut twice: serde_json::Value = serde_json::from_slice(&sent).unwrap();
    let again = twice["signatures"][0].clone();
    twice["signatures"].as_array_mut().unwrap().push(again);
    for wrapped in [spaced, serde_json::to_vec(&wire).unwrap(), serde_json::to_vec(&twice).unwrap()] {
        let refused = app.receive_signed(wrapped.into()).await.unwrap_err();
        assert_eq!(refused.code(), Code::RequestReplayed);
    }
}

#[tokio::test]
async fn who_settled_an_alarm_does_not_also_accept_the_request() {
    let desk = desk().await;
    let app = &desk.house.app;
    let emergency = Emergency {
        ground: EmergencyGround::Life,
        text: "a child is missing".into(),
        validation_follows: false,
    };
    let urgent = Instrument { emergency: Some(emergency), ..instrument(&desk.house, "u-7") };
    let id = desk.send(&urgent).await;
    desk.work().await;
    let both = Caller { roles: vec![Role::LegalOfficer, Role::Releaser], ..desk.releaser.clone() };
    for warning in app.request(&both, id).await.unwrap().warnings {
        app.settle_warning(&both, id, (warning.task, &warning.kind, "looked at")).await.unwrap();
    }
    assert_eq!(app.accept_request(&both, id).await.unwrap_err().code(), Code::SamePerson);
    app.accept_request(&desk.officer, id).await.unwrap();
}

#[tokio::test]
async fn a_category_that_is_named_a_hundred_times_is_one_task() {
    let desk = desk().await;
    let mut said = instrument(&desk.house, "u-7");
    said.wanted[0].categories = vec![Category::Subscriber; 100];
    let id = desk.send(&said).await;
    desk.work().await;
    assert_eq!(desk.house.app.request(&desk.officer, id).await.unwrap().tasks.len(), 1);
}

#[tokio::test]
async fn a_pass_that_was_made_for_another_host_opens_nothing_here() {
    let desk = desk().await;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    let app = desk.house.process_set(|settings| settings.public_url = "https://vigie.example".into()).await;
    let call = |host: &str| Call {
        method: "GET".into(),
        path: format!("/exchange/v1/requests/{id}"),
        host: host.into(),
    };
    for (host, opens) in [
        ("vigie.example", true),
        ("Vigie.Example:443", true),
        ("vigie.example.evil.example", false),
        ("vigie.example:8443", false),
        ("127.0.0.1:8420", false),
    ] {
        let nonce = format!("0123456789abcdef{}", host.len());
        let pass = vigie_seal::pass::Pass::for_call(&call(host), app.now(), nonce).sign(&key()).unwrap();
        let answer = app.authority_caller(&pass, &call(host)).await;
        assert_eq!(answer.is_ok(), opens, "{host}");
    }
}

/// How a request stands and what a second message is answered, for whoever sent it.
async fn told(
    desk: &Desk,
    id: RequestId,
    kinds: [FollowUpKind; 2],
) -> (String, Vec<(ToldState, String, String)>) {
    let app = &desk.house.app;
    let caller = caller_of(&desk.authority);
    let mut heard = Vec::new();
    for kind in kinds {
        let said = app.hand_in_follow_up(&caller, id, saying(kind)).await;
        app.tend().await.unwrap();
        let standing = app.request_standing(&caller, &desk.authority, id).await.unwrap();
        let deadlines = format!("{:?}", standing.deadlines);
        let letters: Vec<_> = standing.letters.iter().map(|letter| letter.kind.as_str()).collect();
        heard.push((standing.state, deadlines, format!("{said:?} {letters:?} {:?}", standing.papers)));
    }
    let refused = app.fetch_package(&caller, &desk.authority, id).await.unwrap_err();
    (format!("{refused:?}"), heard)
}

/// What is sent about a frozen request does nothing; whoever sent it, and sends it again, cannot see that.
#[tokio::test]
async fn of_a_frozen_request_nobody_learns_by_looking_or_by_saying_it_twice() {
    use FollowUpKind as K;
    let emergency =
        Emergency { ground: EmergencyGround::Life, text: "a child".into(), validation_follows: true };
    for kinds in [
        [K::Withdrawal, K::Withdrawal],
        [K::Validation, K::Validation],
        [K::Validation, K::ValidationRefused],
        [K::ValidationRefused, K::Validation],
        [K::Extension, K::Extension],
        [K::Extension, K::ProductionAnnounced],
        [K::ProductionAnnounced, K::Extension],
        [K::ProductionAnnounced, K::PreservationEnded],
        [K::PreservationEnded, K::Withdrawal],
    ] {
        let mut heard = Vec::new();
        for is_frozen in [false, true] {
            let desk = desk().await;
            let said = instrument(&desk.house, "u-7");
            let epoc = Instrument { regime: "eu-epoc".into(), legal_bases: vec!["2023/1543".into()], ..said };
            let said = match kinds[0] {
                K::Extension | K::ProductionAnnounced | K::PreservationEnded => {
                    Instrument { regime: "eu-epoc-pr".into(), kind: RequestKind::Preservation, ..epoc }
                }
                _ => Instrument { emergency: Some(emergency.clone()), ..epoc },
            };
            let id = desk.send(&said).await;
            desk.work().await;
            if is_frozen {
                desk.house.app.suspect_forgery(&desk.officer, id, "odd").await.unwrap();
            }
            heard.push(told(&desk, id, kinds).await);
            let state = desk.state(id).await;
            assert_eq!(state == RequestState::ForgerySuspected, is_frozen, "{kinds:?}: nothing is done");
        }
        assert_eq!(heard[0], heard[1], "{kinds:?}");
    }
}

#[tokio::test]
async fn a_decoy_is_known_however_its_name_is_written() {
    let desk = desk().await;
    let app = &desk.house.app;
    let identifier = |kind, value: &str| Identifier { kind, value: value.into(), service: RECORDS.into() };
    for (kind, planted, named) in [
        (IdentifierKind::Username, "Mooring_Light", "@mooring_light"),
        (IdentifierKind::Username, "@quay", " QUAY "),
        (IdentifierKind::MailAddress, "Quay@harbour.example", "quay@Harbour.Example"),
        (IdentifierKind::PhoneNumber, "+33 1 99 00 12 34", "+33199001234"),
    ] {
        app.plant_decoy(&desk.releaser, &identifier(kind, planted)).await.unwrap();
        let mut said = instrument(&desk.house, "u-7");
        said.wanted[0].identifier = identifier(kind, named);
        said.reference = planted.into();
        said.nonce = format!("0123456789abcdef-{}", hex::encode(planted));
        let id = desk.send(&said).await;
        desk.work().await;
        assert_eq!(desk.state(id).await, RequestState::ForgerySuspected, "{named}");
    }
}

#[tokio::test]
async fn what_is_a_duty_of_the_house_itself_nobody_orders() {
    let desk = desk().await;
    let app = &desk.house.app;
    let said = Instrument {
        regime: "us-2258a".into(),
        kind: RequestKind::Preservation,
        ..instrument(&desk.house, "u-7")
    };
    let refused = app.receive_signed(signed(&said, &key())).await.unwrap_err();
    assert_eq!(refused.code(), Code::UnknownRegime);
    assert!(!refused.detail().contains("2258a"), "{refused}");
}

#[tokio::test]
async fn the_documents_of_a_request_are_let_go_with_it_and_not_before() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    let refused = app.ask_to_lift_hold(&desk.officer, &object(id), "no room").await.unwrap_err();
    assert_eq!(refused.code(), Code::WrongState);
}

#[tokio::test]
async fn nobody_asks_for_a_second_call_beside_the_one_that_is_open() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    app.ask_call_back(&desk.officer, id).await.unwrap();
    for caller in [&desk.officer, &second] {
        assert_eq!(app.ask_call_back(caller, id).await.unwrap_err().code(), Code::WrongState);
    }
    let report = CallReport {
        authority: desk.authority.id,
        spoke_with: String::new(),
        read_back: String::new(),
        outcome: CallOutcome::NotReached,
    };
    app.report_call_back(&second, id, &report).await.unwrap();
    app.ask_call_back(&second, id).await.unwrap();
}

/// Freezing a request takes its grant and its package away, and shows in nothing that its sender is told.
#[tokio::test]
async fn that_a_request_is_frozen_is_not_seen_in_how_it_stands() {
    for (steps, before, after) in [
        (0, ToldState::UnderExamination, ToldState::UnderExamination),
        (1, ToldState::BeingCarriedOut, ToldState::BeingCarriedOut),
        (2, ToldState::Ready, ToldState::BeingCarriedOut),
        (3, ToldState::Fetched, ToldState::Fetched),
    ] {
        let desk = desk().await;
        let app = &desk.house.app;
        let caller = caller_of(&desk.authority);
        let id = desk.send(&instrument(&desk.house, "u-7")).await;
        desk.work().await;
        match steps {
            0 => {}
            1 => drop(app.accept_request(&desk.officer, id).await.unwrap()),
            _ => desk.release(id).await,
        }
        if steps == 3 {
            app.publish_ledger().await.unwrap();
            app.fetch_package(&caller, &desk.authority, id).await.unwrap();
        }
        let told = async || app.request_standing(&caller, &desk.authority, id).await.unwrap().state;
        assert_eq!(told().await, before);
        app.suspect_forgery(&desk.officer, id, "odd").await.unwrap();
        assert_eq!(told().await, after, "{before}");
    }
}

#[tokio::test]
async fn an_answer_to_an_objection_is_told_alike_where_the_request_is_frozen() {
    let mut heard = Vec::new();
    for is_frozen in [false, true] {
        let desk = desk().await;
        let app = &desk.house.app;
        let said = instrument(&desk.house, "u-7");
        let order = Instrument { regime: "eu-epoc".into(), legal_bases: vec!["2023/1543".into()], ..said };
        let id = desk.send(&order).await;
        desk.work().await;
        let objection = crate::requests::ConflictObjection {
            tasks: [1].into(),
            law: "18 USC 2702".into(),
            nature: "It forbids it.".into(),
        };
        app.object_to_conflict(&desk.officer, id, &objection).await.unwrap();
        if is_frozen {
            app.suspect_forgery(&desk.officer, id, "odd").await.unwrap();
        }
        heard.push(told(&desk, id, [FollowUpKind::Upheld, FollowUpKind::Upheld]).await);
    }
    assert_eq!(heard[0], heard[1]);
    assert!(heard[0].1[1].2.contains("nothing was objected"), "{heard:?}");
}

#[tokio::test]
async fn a_pass_that_was_used_is_not_used_again_after_a_start() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    let call = Call {
        method: "GET".into(),
        path: format!("/exchange/v1/requests/{id}"),
        host: "localhost:8420".into(),
    };
    let pass = vigie_seal::pass::Pass::for_call(&call, app.now(), "0123456789abcdef");
    let pass = pass.sign(&key()).unwrap();
    app.authority_caller(&pass, &call).await.unwrap();
    assert_eq!(app.authority_caller(&pass, &call).await.unwrap_err().code(), Code::UnknownAuthority);
    desk.house.clock.advance(Duration::from_secs(1));
    let restarted = desk.house.process_set(|_| {}).await;
    assert_eq!(restarted.authority_caller(&pass, &call).await.unwrap_err().code(), Code::UnknownAuthority);
    let fresh = vigie_seal::pass::Pass::for_call(&call, restarted.now(), "0123456789abcdef");
    restarted.authority_caller(&fresh.sign(&key()).unwrap(), &call).await.unwrap();
}
