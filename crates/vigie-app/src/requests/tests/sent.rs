//! What authorities send after a request: who may say what, and what whoever may not learns.

use vigie_model::disclosure::{Emergency, EmergencyGround, EnforcingDecision};
use vigie_seal::exchange::{self, FollowUp as Message};

use super::*;
use crate::authorities::tests::{entered as entered_authority, new};

/// What an authority sends of this kind, with a document and no nonce.
pub(super) fn saying(kind: FollowUpKind) -> SentFollowUp {
    SentFollowUp {
        kind,
        text: "as it came".into(),
        decision: None,
        document: Some(("application/pdf".into(), Bytes::from_static(b"%PDF-1.7 signed"))),
        corrected: None,
        nonce: String::new(),
    }
}

fn deciding(decision: Objection) -> SentFollowUp {
    SentFollowUp { decision: Some(decision), ..saying(FollowUpKind::EnforcingDecision) }
}

fn message(id: RequestId, kind: FollowUpKind) -> Message {
    Message {
        version: exchange::VERSION,
        request: id,
        reference: "PV 2026/118".into(),
        kind,
        at: vigie_model::Moment(0),
        text: "signed and said".into(),
        decision: None,
        tasks: vec![],
        corrected: None,
        nonce: "0123456789abcdef0123".into(),
    }
}

fn bytes(message: &Message, key: &SignerKey) -> Bytes {
    message.sign(key).unwrap().to_bytes().into()
}

/// An emergency whose validation follows, of which an enforcing authority was notified.
async fn emergency(desk: &Desk) -> RequestId {
    let emergency =
        Emergency { ground: EmergencyGround::Life, text: "a child".into(), validation_follows: true };
    let said = Instrument {
        regime: "eu-epoc".into(),
        legal_bases: vec!["2023/1543".into()],
        emergency: Some(emergency),
        ..instrument(&desk.house, "u-7")
    };
    let id = desk.send(&said).await;
    desk.work().await;
    id
}

/// An order of which this office was notified; it waits for what that decides.
async fn notified(desk: &Desk, office: &Authority) -> RequestId {
    let notified =
        Office { name: format!(" {} ", office.name), country: office.country.clone(), ..Office::default() };
    let said = Instrument {
        regime: "eu-epoc".into(),
        legal_bases: vec!["2023/1543".into()],
        notified: Some(notified),
        ..instrument(&desk.house, "u-7")
    };
    let id = desk.send(&said).await;
    desk.work().await;
    id
}

async fn actions(desk: &Desk, id: RequestId) -> Vec<String> {
    let trail = vigie_store::acts::about(&mut desk.house.app.store.read().await.unwrap(), &object(id)).await;
    trail.unwrap().into_iter().map(|(_, action, ..)| action).collect()
}

#[tokio::test]
async fn a_signed_validation_is_kept_as_it_came_answered_by_a_receipt_and_taken_once() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = emergency(&desk).await;
    let sent = bytes(&message(id, FollowUpKind::Validation), &key());
    for (forged, expected) in [
        (bytes(&message(id, FollowUpKind::Validation), &other_key()), Code::UnknownAuthority),
        (Bytes::from_static(b"{}"), Code::UnknownAuthority),
        (signed(&instrument(&desk.house, "u-7"), &key()), Code::RequestUnreadable),
    ] {
        assert_eq!(app.follow_up_signed(id, forged).await.unwrap_err().code(), expected);
    }
    let elsewhere = app.follow_up_signed(RequestId::fresh(&*app.ids), sent.clone()).await.unwrap_err();
    assert_eq!(elsewhere.code(), Code::RequestUnreadable, "it is about another request");
    let answered = app.follow_up_signed(id, sent.clone()).await.unwrap();
    let service = [app.disclosure_verifier().unwrap()];
    let receipt = Receipt::open(&Envelope::read(&answered.receipt).unwrap(), &service, &sent).unwrap();
    assert_eq!((receipt.request, receipt.reference.as_str()), (id, "PV 2026/118"));
    assert_eq!(app.follow_up_signed(id, sent.clone()).await.unwrap_err().code(), Code::RequestReplayed);
    let view = app.request(&desk.officer, id).await.unwrap();
    let document = view.documents.last().unwrap();
    assert_eq!((document.number, document.kind.as_str()), (2, "validation"));
    let (_, kept) = app.request_document_numbered(&desk.officer, id, 2).await.unwrap();
    assert_eq!(kept, sent);
    assert!(view.letters.iter().any(|one| one.text == "signed and said" && !one.letter.is_ours));
    let trail = actions(&desk, id).await;
    assert!(
        trail.contains(&"request.validation".to_owned()) && trail.contains(&"request.replayed".to_owned())
    );
}

/// A document that names the authority's key, and that this key did not sign.
fn tampered(bytes: &Bytes) -> Bytes {
    let mut envelope: serde_json::Value = serde_json::from_slice(bytes).unwrap();
    let payload = envelope["payload"].as_str().unwrap().to_owned();
    let (head, tail) = payload.split_at(payload.len() - 8);
    let other = if tail.starts_with('A') { "B" } else { "A" };
    envelope["payload"] = format!("{head}{other}{}", &tail[1..]).into();
    serde_json::to_vec(&envelope).unwrap().into()
}

#[tokio::test]
async fn what_was_changed_after_it_was_signed_is_of_nobody() {
    let desk = desk().await;
    let app = &desk.house.app;
    let said = instrument(&desk.house, "u-7");
    let whole = signed(&said, &key());
    assert_eq!(app.receive_signed(tampered(&whole)).await.unwrap_err().code(), Code::UnknownAuthority);
    let id = app.receive_signed(whole).await.unwrap().request;
    desk.work().await;
    let withdrawal = Withdrawal {
        version: 1,
        request: id,
        reference: said.reference,
        at: app.now(),
        reason: "solved otherwise".into(),
        nonce: "0123456789abcdef0123".into(),
    };
    let withdrawal: Bytes = withdrawal.sign(&key()).unwrap().to_bytes().into();
    let refused = app.withdraw_signed(id, tampered(&withdrawal)).await.unwrap_err();
    assert_eq!(refused.code(), Code::UnknownAuthority);
    let follow_up = bytes(&message(id, FollowUpKind::Withdrawal), &key());
    let refused = app.follow_up_signed(id, tampered(&follow_up)).await.unwrap_err();
    assert_eq!(refused.code(), Code::UnknownAuthority);
    assert_eq!(desk.state(id).await, RequestState::Validating, "nothing was done");
}

#[tokio::test]
async fn whoever_is_neither_the_sender_nor_notified_finds_nothing_whatever_they_say() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let people = [desk.officer.clone(), second];
    let other = entered_authority(&desk.house, &people, new("Other")).await;
    let third = entered_authority(&desk.house, &people, new("Third")).await;
    let id = notified(&desk, &other).await;
    let quiet = desk
        .send(&Instrument { nonce: "0123456789abcdefquiet".into(), ..instrument(&desk.house, "u-7") })
        .await;
    let unknown = caller_of(&Authority { id: AuthorityId::fresh(&*app.ids), ..other.clone() });
    let nothing = RequestId::fresh(&*app.ids);
    for kind in FollowUpKind::ALL {
        let mut sent = saying(*kind);
        sent.decision = (*kind == FollowUpKind::EnforcingDecision).then_some(Objection::Full);
        for (caller, about) in [
            (caller_of(&other), quiet),
            (unknown.clone(), id),
            (caller_of(&third), id),
            (caller_of(&other), nothing),
        ] {
            let refused = app.hand_in_follow_up(&caller, about, sent.clone()).await.unwrap_err();
            assert_eq!((refused.code(), refused.to_string()), {
                let absent = Error::not_found("request");
                (absent.code(), absent.to_string())
            });
        }
        let of_issuer = app.hand_in_follow_up(&caller_of(&desk.authority), quiet, sent.clone()).await;
        if !kind.is_of_the_issuer() {
            assert_eq!(of_issuer.unwrap_err().code(), Code::NotTheirsToSay, "{kind}");
        }
        if !kind.is_of_the_notified() {
            let of_notified = app.hand_in_follow_up(&caller_of(&other), id, sent).await;
            assert_eq!(of_notified.unwrap_err().code(), Code::NotTheirsToSay, "{kind}");
        }
    }
}

#[tokio::test]
async fn the_notified_office_refuses_in_part_and_nothing_of_that_leaves() {
    let desk = desk().await;
    let app = &desk.house.app;
    let second = desk.house.person("Leo", Role::LegalOfficer).await;
    let other = entered_authority(&desk.house, &[desk.officer.clone(), second], new("Other")).await;
    let id = notified(&desk, &other).await;
    // Before anything waits for it, its word is kept, and people hear of it.
    app.hand_in_follow_up(&caller_of(&other), id, deciding(Objection::Full)).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Validating);
    assert!(actions(&desk, id).await.contains(&"request.follow_up_noted".to_owned()));
    app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::EnforcingHold);
    let nobody = deciding(Objection::Partial([9].into()));
    let refused = app.hand_in_follow_up(&caller_of(&other), id, nobody).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue);
    app.hand_in_follow_up(&caller_of(&other), id, deciding(Objection::Partial([1].into()))).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval);
    let view = app.request(&desk.officer, id).await.unwrap();
    assert_eq!(view.tasks[0].state, TaskState::Blocked);
    assert_eq!(app.release_view(&desk.officer, id, 0).await.unwrap().grant.tasks.len(), 1);

    // What was released and nobody fetched is not given once it refuses the rest as well.
    let question = app.ask_release(&desk.officer, id, "the rest").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Released);
    app.hand_in_follow_up(&caller_of(&other), id, deciding(Objection::Full)).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::UseRestricted);
}

#[tokio::test]
async fn a_validation_that_is_refused_stops_the_request_and_destroys_what_was_taken() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = emergency(&desk).await;
    for warning in app.request(&desk.releaser, id).await.unwrap().warnings {
        let _ = app.settle_warning(&desk.releaser, id, (warning.task, &warning.kind, "looked at")).await;
    }
    app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    let theirs = caller_of(&desk.authority);
    let bare = SentFollowUp { document: None, ..saying(FollowUpKind::ValidationRefused) };
    let refused = app.hand_in_follow_up(&theirs, id, bare).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue, "the signed document is missing");
    app.hand_in_follow_up(&theirs, id, saying(FollowUpKind::ValidationRefused)).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Withdrawn);
    let view = app.release_view(&desk.officer, id, 0).await;
    assert_eq!(view.unwrap_err().code(), Code::NotFound);
    assert!(actions(&desk, id).await.contains(&"request.withdrawn".to_owned()));
    let again =
        app.hand_in_follow_up(&theirs, id, saying(FollowUpKind::ValidationRefused)).await.unwrap_err();
    assert_eq!(again.code(), Code::WrongState);
}

#[tokio::test]
async fn of_a_frozen_request_whoever_sent_it_hears_what_they_would_hear_of_any_other() {
    for kind in FollowUpKind::ALL.iter().filter(|kind| kind.is_of_the_issuer()) {
        let mut heard = Vec::new();
        for is_frozen in [false, true] {
            let desk = desk().await;
            let app = &desk.house.app;
            let id = emergency(&desk).await;
            if is_frozen {
                app.suspect_forgery(&desk.officer, id, "the number belongs to nobody").await.unwrap();
            }
            let said = app.hand_in_follow_up(&caller_of(&desk.authority), id, saying(*kind)).await;
            heard.push(said.map_err(|error| (error.code(), error.to_string())));
            if is_frozen {
                assert_eq!(desk.state(id).await, RequestState::ForgerySuspected, "{kind}: nothing is done");
            }
        }
        assert_eq!(heard[0], heard[1], "{kind}");
        let told = format!("{heard:?}");
        for state in ["forgery", "quarantined", "validating"] {
            assert!(!told.contains(state), "{kind}: {told}");
        }
    }
}

#[tokio::test]
async fn a_package_of_a_frozen_request_is_not_given_and_nobody_is_told_why() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    desk.release(id).await;
    app.publish_ledger().await.unwrap();
    app.suspect_forgery(&desk.officer, id, "the court knows nothing of it").await.unwrap();
    let refused = app.fetch_package(&caller_of(&desk.authority), &desk.authority, id).await.unwrap_err();
    assert_eq!(refused.code(), Code::WrongState);
    assert!(!format!("{refused:?}").contains("forgery"), "{refused:?}");
}

#[tokio::test]
async fn a_signed_answer_brings_the_corrected_document_with_it() {
    let desk = desk().await;
    let app = &desk.house.app;
    let said = instrument(&desk.house, "u-7");
    let id = desk.send(&said).await;
    desk.work().await;
    let unasked = app.follow_up_signed(id, bytes(&message(id, FollowUpKind::Answer), &key())).await;
    assert_eq!(unasked.unwrap_err().code(), Code::WrongState);
    app.ask_clarification(&desk.officer, id, &Clarification { text: "Why?".into() }).await.unwrap();
    let corrected = Instrument { necessity: "No other means.".into(), ..said };
    let answer = Message { corrected: Some(corrected.clone()), ..message(id, FollowUpKind::Answer) };
    let sent = bytes(&answer, &key());
    app.follow_up_signed(id, sent.clone()).await.unwrap();
    assert_eq!(app.follow_up_signed(id, sent.clone()).await.unwrap_err().code(), Code::RequestReplayed);
    desk.work().await;
    let view = app.request(&desk.officer, id).await.unwrap();
    assert_eq!(view.instrument.necessity, corrected.necessity);
    assert_eq!(view.request.level, AuthenticationLevel::L4);
    assert_eq!(app.request_document(&desk.officer, id).await.unwrap().1, sent);
    app.accept_request(&desk.officer, id).await.unwrap();
}

#[test]
fn a_decision_names_tasks_where_it_refuses_some_alone() {
    assert_eq!(decided(EnforcingDecision::NoGrounds, &[]).unwrap(), Objection::None);
    assert_eq!(decided(EnforcingDecision::Full, &[]).unwrap(), Objection::Full);
    assert_eq!(decided(EnforcingDecision::Partial, &[2, 1]).unwrap(), Objection::Partial([1, 2].into()));
    for (decision, tasks) in [
        (EnforcingDecision::NoGrounds, &[1][..]),
        (EnforcingDecision::Full, &[1]),
        (EnforcingDecision::Partial, &[]),
    ] {
        assert!(decided(decision, tasks).is_err(), "{decision}");
    }
}
