//! The way of a request through the house, and what stops it.

mod at_once;
mod attempts;
mod conflict;
mod corrected;
mod do_not_act;
mod effect;
mod lapses;
mod papers;
mod records;
mod refusals;
mod refused;
mod sent;
mod sequences;
mod stops;
mod targets;

use bytes::Bytes;
use vigie_model::disclosure::{
    AuthenticationLevel, Authority, AuthorityKeys, Category, Identifier, Instrument, IssuerRole, Office,
    RefusalGround, RequestKind, RequestState, Span, TaskState, Wanted,
};
use vigie_model::id::{AuthorityId, RequestId};
use vigie_model::{Caller, Role};
use vigie_seal::envelope::Envelope;
use vigie_seal::exchange::{Receipt, Withdrawal};
use vigie_seal::ledger::Details;
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::package::{self, Identity, TrustedKeys};
use vigie_store::authorities;

use super::*;
use crate::approvals::Act;
use crate::requests::decide::{Clarification, Refusal};
use crate::tests::{House, house};

pub(crate) use records::{FakeRecords, Interrupted, KEPT, MEANWHILE, SERVICE as RECORDS};

/// An order that names this office as notified, with everything taken that it asks for: it waits for the word of the office.
async fn held_for(desk: &Desk, notified: Office) -> RequestId {
    let id = desk.send(&Instrument { notified: Some(notified), ..lapses::order(desk, "u-7") }).await;
    desk.work().await;
    desk.house.app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::EnforcingHold);
    id
}

/// The key of the authority of these tests.
fn key() -> SignerKey {
    SignerKey::from_seed("parquet.example/unit", Kind::Note, &[3; 32]).unwrap()
}

fn other_key() -> SignerKey {
    SignerKey::from_seed("forger.example/unit", Kind::Note, &[4; 32]).unwrap()
}

pub(crate) struct Desk {
    pub(crate) house: House,
    pub(crate) officer: Caller,
    pub(crate) releaser: Caller,
    pub(crate) authority: Authority,
    identity: Identity,
}

/// A house with a legal officer, a releaser, and an authority of the directory whose officials may be anything.
pub(crate) async fn desk() -> Desk {
    desk_in(house().await).await
}

/// The same, with an authority whose officials are these.
pub(crate) async fn desk_for(roles: &[IssuerRole]) -> Desk {
    desk_of(house().await, roles).await
}

/// The same in a house that is there already.
pub(crate) async fn desk_in(house: House) -> Desk {
    desk_of(house, IssuerRole::ALL).await
}

async fn desk_of(house: House, roles: &[IssuerRole]) -> Desk {
    let officer = house.person("Lea", Role::LegalOfficer).await;
    let releaser = house.person("Rui", Role::Releaser).await;
    let identity = Identity::generate();
    let authority = Authority {
        id: AuthorityId::fresh(&*house.app.ids),
        name: "Parquet de Synthèse".into(),
        country: "FR".into(),
        roles: roles.to_vec(),
        domains: vec!["parquet.example".into()],
        call_back: "+33199000000".into(),
        directory: "Annuaire synthétique".into(),
        keys: AuthorityKeys {
            signing: Some(key().verifier().to_string()),
            sealing: Some(identity.to_public().to_string()),
            valid_until: None,
        },
        entered_at: house.app.now(),
        suspended_at: None,
        suspended_for: None,
    };
    let mut tx = house.app.store.begin().await.unwrap();
    authorities::insert(&mut tx, &authority).await.unwrap();
    let entry = Details::new(&Caller::operator(), "authority.entered", "authority", house.app.now());
    tx.commit(&entry).await.unwrap();
    Desk { house, officer, releaser, authority, identity }
}

/// How many cases a property has here: few, or as many as a soak asks for.
pub(crate) fn cases(few: u32) -> u32 {
    let asked = std::env::var_os("VIGIE_REQUEST_CASES").and_then(|cases| cases.to_str()?.parse().ok());
    asked.unwrap_or(few)
}

/// A requisition about one account, for its addresses and its phone number.
pub(crate) fn instrument(house: &House, user: &str) -> Instrument {
    vigie_synth::requests::requisition(house.app.now(), RECORDS, user)
}

fn signed(instrument: &Instrument, key: &SignerKey) -> Bytes {
    let payload = vigie_formats::request::exchange::write(instrument);
    Envelope::sign(vigie_formats::request::exchange::PAYLOAD_TYPE, payload, key).to_bytes().into()
}

impl Desk {
    /// People sign in anew: time has passed.
    pub(crate) async fn sign_in_again(&mut self) {
        self.officer = self.house.again("Lea").await;
        self.releaser = self.house.again("Rui").await;
    }

    pub(crate) async fn send(&self, instrument: &Instrument) -> RequestId {
        self.house.app.receive_signed(signed(instrument, &key())).await.unwrap().request
    }

    /// Carries out every job that waits.
    pub(crate) async fn work(&self) {
        self.house.app.carry_out_all().await.unwrap();
    }

    pub(crate) async fn state(&self, id: RequestId) -> RequestState {
        find(&mut self.house.app.store.read().await.unwrap(), id).await.unwrap().state
    }

    /// Accepts, extracts, asks and agrees; the package waits to be fetched.
    pub(crate) async fn release(&self, id: RequestId) {
        let app = &self.house.app;
        app.accept_request(&self.officer, id).await.unwrap();
        self.work().await;
        assert_eq!(self.state(id).await, RequestState::ReadyForApproval);
        let question = app.ask_release(&self.officer, id, "found valid").await.unwrap();
        app.approve(&self.releaser, question.id).await.unwrap();
        self.work().await;
        assert_eq!(self.state(id).await, RequestState::Released);
    }
}

#[tokio::test]
async fn a_signed_request_becomes_a_package_that_the_authority_verifies_and_opens() {
    let desk = desk().await;
    let app = &desk.house.app;
    let sent = signed(&instrument(&desk.house, "u-7"), &key());
    let answered = app.receive_signed(sent.clone()).await.unwrap();
    let envelope = Envelope::read(&answered.receipt).unwrap();
    let service = [app.disclosure_verifier().unwrap()];
    let receipt = Receipt::open(&envelope, &service, &sent).unwrap();
    assert_eq!((receipt.request, receipt.reference.as_str()), (answered.request, "PV 2026/118"));

    let id = answered.request;
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Validating);
    let view = app.request(&desk.officer, id).await.unwrap();
    assert_eq!(view.request.level, AuthenticationLevel::L4);
    let open: Vec<_> = view.tasks.iter().flat_map(|task| task.findings.iter().flatten()).collect();
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(view.tasks[1].accounts.as_deref(), Some(&["u-7".to_owned()][..]));
    desk.release(id).await;

    app.publish_ledger().await.unwrap();
    let caller = caller_of(&desk.authority);
    let package = app.fetch_package(&caller, &desk.authority, id).await.unwrap();
    let log = app.ledger_verifier().await.unwrap();
    let origin = log.name().to_owned();
    let trusted = TrustedKeys { service: service.to_vec(), log: Some((log, origin)) };
    let verified = package::verify(&package.bytes, &trusted);
    for (name, answer) in [
        ("authentic", &verified.authentic),
        ("complete", &verified.complete),
        ("within_grant", &verified.within_grant),
        ("in_log", &verified.in_log),
    ] {
        assert!(answer.is_yes(), "{name}: {answer:?}");
    }
    let opened = package::open(&package.bytes, &desk.identity, &trusted).unwrap();
    assert_eq!(opened.lines.len(), 4, "a phone number and three connections in the span");
    assert_eq!(desk.state(id).await, RequestState::Delivered);
    let view = app.request(&desk.officer, id).await.unwrap();
    let trail: Vec<_> = view.trail.iter().map(|entry| entry.action.as_str()).collect();
    for action in
        ["request.received", "request.accepted", "request.executing", "package.released", "request.delivered"]
    {
        assert!(trail.contains(&action), "{action} in {trail:?}");
    }
    assert!(
        app.secrets(id, vigie_store::request_keys::RequestPart::Staging).await.is_err(),
        "what was taken is destroyed"
    );
}

fn caller_of(authority: &Authority) -> Caller {
    let kind = vigie_model::access::CallerKind::Authority(authority.id);
    Caller { kind, name: authority.name.clone(), roles: vec![], scopes: vec![] }
}

#[tokio::test]
async fn nobody_who_is_not_in_the_directory_hands_anything_in_and_nothing_is_taken_twice() {
    let desk = desk().await;
    let app = &desk.house.app;
    let wanted = instrument(&desk.house, "u-7");
    let refused = app.receive_signed(signed(&wanted, &other_key())).await.unwrap_err();
    assert_eq!(refused.code(), Code::UnknownAuthority);
    let refused = app.receive_signed(Bytes::from_static(b"{}")).await.unwrap_err();
    assert_eq!(refused.code(), Code::UnknownAuthority);
    desk.send(&wanted).await;
    let again = app.receive_signed(signed(&wanted, &key())).await.unwrap_err();
    assert_eq!(again.code(), Code::RequestReplayed);
    let unknown = Instrument { regime: "xx-1".into(), nonce: "another-nonce-000001".into(), ..wanted };
    let refused = app.receive_signed(signed(&unknown, &key())).await.unwrap_err();
    assert_eq!(refused.code(), Code::UnknownRegime);
}

#[tokio::test]
async fn nothing_leaves_by_one_person_nor_where_anything_changed_since_it_was_asked() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    assert_eq!(app.approve(&desk.officer, question.id).await.unwrap_err().code(), Code::Forbidden);
    app.withhold_records(&desk.officer, id, (&[0], Some("of a third person"))).await.unwrap();
    let altered = app.approve(&desk.releaser, question.id).await.unwrap_err();
    assert_eq!(altered.code(), Code::ApprovalAltered);
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval);
    app.refuse(&desk.releaser, question.id).await.unwrap();
    let question = app.ask_release(&desk.officer, id, "one record withheld").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    desk.work().await;
    app.publish_ledger().await.unwrap();
    let package = app.fetch_package(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
    let manifest = package::Package::read(&package.bytes).unwrap().manifest().unwrap();
    assert_eq!(manifest.redactions.iter().map(|one| one.rows).sum::<u64>(), 1);
    assert_eq!(manifest.coverage.iter().map(|one| one.rows).sum::<u64>(), 3);
}

#[tokio::test]
async fn what_is_asked_of_nobody_leaves_as_a_signed_nil_return() {
    let desk = desk().await;
    let id = desk.send(&instrument(&desk.house, "nobody")).await;
    desk.work().await;
    desk.release(id).await;
    let view = desk.house.app.request(&desk.officer, id).await.unwrap();
    assert!(view.tasks.iter().all(|task| task.state == TaskState::NoData));
    assert!(
        view.tasks.iter().all(|task| task.nil == Some(vigie_model::disclosure::NilReturn::NoSuchAccount))
    );
}

#[tokio::test]
async fn a_withdrawn_request_leaves_nothing_behind_that_opens() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    app.release_view(&desk.officer, id, 0).await.unwrap();
    let withdrawal = Withdrawal {
        version: 1,
        request: id,
        reference: "PV 2026/118".into(),
        at: app.now(),
        reason: "solved otherwise".into(),
        nonce: "0123456789abcdef0123".into(),
    };
    let bytes = withdrawal.sign(&key()).unwrap().to_bytes();
    app.withdraw_signed(id, bytes.into()).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Withdrawn);
    let view = app.release_view(&desk.officer, id, 0).await;
    assert_eq!(view.unwrap_err().code(), Code::NotFound);
    let key = app.store.request_keys().existing(id, vigie_store::request_keys::RequestPart::Staging).unwrap();
    assert!(key.is_none(), "the key of what was taken is destroyed");
}

#[tokio::test]
async fn a_connector_that_gives_more_than_was_granted_gives_nothing() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-outside")).await;
    desk.work().await;
    app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Executing);
    let view = app.release_view(&desk.officer, id, 0).await;
    assert_eq!(view.unwrap_err().code(), Code::NotFound, "nothing of it was kept");
}

#[tokio::test]
async fn a_clarification_stops_the_time_of_the_house_and_its_answer_lets_it_run_again() {
    let desk = desk().await;
    let app = &desk.house.app;
    let without_time = Instrument {
        wanted: vec![Wanted { span: None, ..instrument(&desk.house, "u-7").wanted.remove(0) }],
        ..instrument(&desk.house, "u-7")
    };
    let with_time = instrument(&desk.house, "u-7");
    let id = desk.send(&without_time).await;
    desk.work().await;
    assert_eq!(app.accept_request(&desk.officer, id).await.unwrap_err().code(), Code::TaskNotReady);
    app.ask_clarification(&desk.officer, id, &Clarification { text: "Of which time?".into() }).await.unwrap();
    desk.house.clock.advance(std::time::Duration::from_secs(2 * 24 * 60 * 60));
    let paused = app.request(&desk.officer, id).await.unwrap();
    assert!(paused.deadlines.iter().any(|one| one.paused_since.is_some()), "{:?}", paused.deadlines);
    let clarified = EnteredRequest {
        document: Bytes::from_static(b"answer"),
        mime: "text/plain".into(),
        instrument: with_time,
        diagnostics: vec![],
    };
    app.take_clarification(&desk.officer, id, ("Of last week", Some(clarified))).await.unwrap();
    desk.work().await;
    let resumed = app.request(&desk.officer, id).await.unwrap();
    assert_eq!(resumed.request.state, RequestState::Validating);
    assert!(resumed.deadlines.iter().all(|one| one.satisfied_at.is_some() || one.paused_since.is_none()));
    assert!(resumed.deadlines.iter().any(|one| one.paused_for > 0));
    app.accept_request(&desk.officer, id).await.unwrap();
}

#[tokio::test]
async fn a_refusal_says_why_and_ends_a_request_of_which_nothing_is_left() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    let one = Refusal { tasks: [1].into(), ground: RefusalGround::OverBroad, explanation: "too much".into() };
    app.refuse_tasks(&desk.officer, id, &one).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Validating);
    let policy =
        Refusal { tasks: [].into(), ground: RefusalGround::HousePolicy, explanation: "we do not".into() };
    let refused = app.refuse_tasks(&desk.officer, id, &policy).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidValue, "a policy never narrows a binding order");
    let rest =
        Refusal { tasks: [].into(), ground: RefusalGround::NotCompetent, explanation: "not a judge".into() };
    app.refuse_tasks(&desk.officer, id, &rest).await.unwrap();
    assert_eq!(desk.state(id).await, RequestState::Refused);
    let view = app.request(&desk.officer, id).await.unwrap();
    assert!(view.deadlines.iter().all(|one| one.satisfied_at.is_some()));
}
