//! Two people enter an authority and change its keys; one suspends it, and two lift that.

use std::time::Duration;

use vigie_model::Role;
use vigie_model::disclosure::WhyNot;
use vigie_seal::note::{Kind, SignerKey};
use vigie_store::approvals;

use super::*;
use crate::tests::{House, house};

/// An age recipient that nobody holds the identity of.
pub(crate) const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

pub(crate) fn verifier(number: u8, kind: Kind) -> String {
    SignerKey::from_seed("parquet.example/requests", kind, &[number; 32]).unwrap().verifier().to_string()
}

pub(crate) fn new(name: &str) -> NewAuthority {
    NewAuthority {
        name: name.into(),
        country: "FR".into(),
        roles: vec![IssuerRole::Prosecutor, IssuerRole::JudicialPoliceOfficer],
        domains: vec!["justice.example".into()],
        call_back: "+33 1 99 00 00 00".into(),
        directory: "Annuaire de la justice, p. 4".into(),
        keys: AuthorityKeys::default(),
    }
}

fn signed_by(number: u8) -> AuthorityKeys {
    AuthorityKeys { signing: Some(verifier(number, Kind::Note)), ..AuthorityKeys::default() }
}

/// Two legal officers.
pub(crate) async fn officers(house: &House) -> [Caller; 2] {
    [house.person("Lea", Role::LegalOfficer).await, house.person("Leo", Role::LegalOfficer).await]
}

/// An authority that both officers entered.
pub(crate) async fn entered(house: &House, officers: &[Caller; 2], new: NewAuthority) -> Authority {
    let (country, name) = (new.country.clone(), new.name.clone());
    let question = house.app.ask_to_enter_authority(&officers[0], new, "they asked to").await.unwrap();
    house.app.approve(&officers[1], question.id).await.unwrap();
    let known = house.app.authorities(&officers[0]).await.unwrap();
    known.into_iter().find(|known| known.country == country && known.name == name).unwrap()
}

/// What is wrong, and how it came to be.
type Wrong = (&'static str, fn(&mut NewAuthority));

fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code()
}

#[tokio::test]
async fn an_authority_is_entered_by_two_people_and_only_once() {
    let house = house().await;
    let [lea, leo] = officers(&house).await;
    let rea = house.person("Rea", Role::Releaser).await;
    let app = &house.app;
    assert_eq!(code(app.ask_to_enter_authority(&rea, new("Parquet"), "why").await), Code::Forbidden);
    assert_eq!(code(app.ask_to_enter_authority(&lea, new("Parquet"), " ").await), Code::InvalidValue);
    let question = app.ask_to_enter_authority(&lea, new("Parquet"), "they asked to").await.unwrap();
    let second = app.ask_to_enter_authority(&leo, new("Parquet"), "they asked to").await.unwrap();
    assert!(app.authorities(&rea).await.unwrap().is_empty(), "not before somebody agreed");
    assert_eq!(code(app.approve(&lea, question.id).await), Code::SamePerson);
    assert_eq!(code(app.approve(&rea, question.id).await), Code::Forbidden);
    app.approve(&leo, question.id).await.unwrap();
    assert_eq!(code(app.approve(&leo, question.id).await), Code::WrongState);
    assert_eq!(code(app.approve(&lea, second.id).await), Code::NameTaken);
    assert_eq!(app.authorities(&rea).await.unwrap().len(), 1);
    assert_eq!(code(app.ask_to_enter_authority(&lea, new("Parquet"), "why").await), Code::NameTaken);
    let elsewhere = NewAuthority { country: "BE".into(), ..new("Parquet") };
    app.ask_to_enter_authority(&lea, elsewhere, "another country").await.unwrap();
}

#[tokio::test]
async fn what_was_altered_after_it_was_asked_is_not_done() {
    let house = house().await;
    let [lea, leo] = officers(&house).await;
    let question = house.app.ask_to_enter_authority(&lea, new("Parquet"), "why").await.unwrap();
    let altered = Approval {
        id: vigie_model::id::ApprovalId(uuid::Uuid::from_u128(77)),
        parameters: question.parameters.replace("justice.example", "evil.example"),
        ..question
    };
    let mut tx = house.app.store.begin().await.unwrap();
    approvals::insert(&mut tx, &altered).await.unwrap();
    tx.commit(&crate::approvals::asked(&lea, &altered)).await.unwrap();
    assert_eq!(code(house.app.approve(&leo, altered.id).await), Code::ApprovalAltered);
    assert!(house.app.authorities(&lea).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_authority_is_described_as_it_must_be() {
    let house = house().await;
    let [lea, _] = officers(&house).await;
    let wrong: [Wrong; 12] = [
        ("no name", |new| new.name = "  ".into()),
        ("a name of two lines", |new| new.name = "Par\nquet".into()),
        ("small letters", |new| new.country = "fr".into()),
        ("no country", |new| new.country = "XX".into()),
        ("no role", |new| new.roles.clear()),
        ("no domain", |new| new.domains.clear()),
        ("an address", |new| new.domains = vec!["a@justice.example".into()]),
        ("one word", |new| new.domains = vec!["example".into()]),
        ("a national number", |new| new.call_back = "01 99 00 00 00".into()),
        ("words", |new| new.call_back = "+33 call me 99 00 00".into()),
        ("a short number", |new| new.call_back = "+33 17".into()),
        ("nowhere", |new| new.directory = String::new()),
    ];
    for (what, change) in wrong {
        let mut new = new("Parquet");
        change(&mut new);
        assert_eq!(
            code(house.app.ask_to_enter_authority(&lea, new, "why").await),
            Code::InvalidValue,
            "{what}"
        );
    }
}

#[tokio::test]
async fn texts_are_kept_in_one_form() {
    let house = house().await;
    let officers = officers(&house).await;
    let untidy = NewAuthority {
        name: " Parquet ".into(),
        roles: vec![IssuerRole::Prosecutor, IssuerRole::Judge, IssuerRole::Judge],
        domains: vec![" Justice.Example".into(), "justice.example".into(), "a.example".into()],
        call_back: " +33  1 99 00 00 00 ".into(),
        ..new("Parquet")
    };
    let question = house.app.ask_to_enter_authority(&officers[0], untidy, "why").await.unwrap();
    house.app.approve(&officers[1], question.id).await.unwrap();
    let known = house.app.authorities(&officers[0]).await.unwrap().remove(0);
    assert_eq!((known.name.as_str(), known.call_back.as_str()), ("Parquet", "+33 1 99 00 00 00"));
    assert_eq!(known.roles, [IssuerRole::Judge, IssuerRole::Prosecutor]);
    assert_eq!(known.domains, ["a.example", "justice.example"]);
    assert_eq!(house.app.authority(&officers[0], known.id).await.unwrap(), known);
}

#[tokio::test]
async fn keys_that_cannot_be_used_are_refused_and_never_repeated() {
    let house = house().await;
    let [lea, _] = officers(&house).await;
    let secret = "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ";
    let mut flipped = verifier(1, Kind::Note);
    flipped.replace_range(0..1, "q");
    let with = |signing: Option<&str>, sealing: Option<&str>| AuthorityKeys {
        signing: signing.map(str::to_owned),
        sealing: sealing.map(str::to_owned),
        valid_until: None,
    };
    let wrong = [
        with(Some("no key"), None),
        with(Some(&flipped), None),
        with(Some(&verifier(1, Kind::Cosignature)), None),
        with(None, Some(secret)),
        with(None, Some("age1yubikey1q")),
        with(None, Some(&RECIPIENT.replace('z', "y"))),
    ];
    for keys in wrong {
        let text = format!("{keys:?}");
        let asked = NewAuthority { keys, ..new("Parquet") };
        let error = house.app.ask_to_enter_authority(&lea, asked, "why").await.unwrap_err();
        assert_eq!(error.code(), Code::KeyUnusable, "{text}");
        assert!(!error.detail().contains("SECRET"), "{}", error.detail());
    }
    let over = AuthorityKeys { valid_until: Some(house.app.now()), ..signed_by(1) };
    let asked = NewAuthority { keys: over, ..new("Parquet") };
    assert_eq!(code(house.app.ask_to_enter_authority(&lea, asked, "why").await), Code::InvalidValue);
}

#[tokio::test]
async fn keys_are_changed_by_two_people_if_they_are_still_those_that_were_asked_about() {
    let house = house().await;
    let officers = officers(&house).await;
    let (app, [lea, leo]) = (&house.app, &officers);
    let one = entered(&house, &officers, new("One")).await;
    let other = entered(&house, &officers, new("Other")).await;
    let until = Some(app.now().after(Duration::from_secs(3_600)));
    let keys = AuthorityKeys { sealing: Some(RECIPIENT.into()), valid_until: until, ..signed_by(1) };
    let padded =
        AuthorityKeys { signing: keys.signing.clone().map(|key| format!(" {key}\n")), ..keys.clone() };
    let question = app.ask_to_change_authority_keys(lea, one.id, &padded, "their first").await.unwrap();
    let stale = app.ask_to_change_authority_keys(lea, one.id, &signed_by(2), "in between").await.unwrap();
    let same = app.ask_to_change_authority_keys(lea, other.id, &signed_by(1), "the same").await.unwrap();
    assert_eq!(code(app.approve(lea, question.id).await), Code::SamePerson);
    app.approve(leo, question.id).await.unwrap();
    assert_eq!(app.authority(lea, one.id).await.unwrap().keys, keys);
    assert_eq!(code(app.approve(leo, stale.id).await), Code::WrongState);
    assert_eq!(code(app.approve(leo, same.id).await), Code::KeyUnusable, "one key speaks for one authority");
    let again = app.ask_to_change_authority_keys(lea, one.id, &keys, "again").await;
    assert_eq!(code(again), Code::WrongState);
    let taken = app.ask_to_change_authority_keys(lea, other.id, &signed_by(1), "the same").await;
    assert_eq!(code(taken), Code::KeyUnusable);
    let taken = NewAuthority { keys: signed_by(1), ..new("Third") };
    assert_eq!(code(app.ask_to_enter_authority(lea, taken, "why").await), Code::KeyUnusable);

    let signing = keys.signing.unwrap();
    let found = by_signing_key(&mut app.store.read().await.unwrap(), &signing).await.unwrap().unwrap();
    assert_eq!((found.id, found.accepts(app.now())), (one.id, Ok(())));
    house.clock.advance(Duration::from_secs(3_600));
    assert!(found.accepts(app.now()).is_err(), "its keys have lapsed");
    let late = app.ask_to_change_authority_keys(lea, one.id, &signed_by(3), "new ones").await.unwrap();
    let brief = AuthorityKeys { valid_until: Some(app.now().after(Duration::from_secs(9))), ..signed_by(4) };
    let brief = app.ask_to_change_authority_keys(lea, other.id, &brief, "for a moment").await.unwrap();
    house.clock.advance(Duration::from_secs(9));
    assert_eq!(code(app.approve(leo, brief.id).await), Code::InvalidValue, "they would have lapsed by now");
    app.approve(leo, late.id).await.unwrap();
}

#[tokio::test]
async fn one_person_suspends_at_once_and_two_lift_that_and_no_later_one() {
    let house = house().await;
    let officers = officers(&house).await;
    let (app, [lea, leo]) = (&house.app, &officers);
    let auditor = house.person("Ana", Role::Auditor).await;
    let one = entered(&house, &officers, new("One")).await;
    assert_eq!(code(app.suspend_authority(&auditor, one.id, "why").await), Code::Forbidden);
    assert_eq!(code(app.suspend_authority(lea, one.id, " ").await), Code::InvalidValue);
    assert_eq!(code(app.ask_to_lift_suspension(lea, one.id, "why").await), Code::WrongState);
    app.suspend_authority(lea, one.id, "a stolen mailbox").await.unwrap();
    assert_eq!(code(app.suspend_authority(leo, one.id, "again").await), Code::WrongState);
    let known = app.authority(&auditor, one.id).await.unwrap();
    assert_eq!(known.suspended_for.as_deref(), Some("a stolen mailbox"));
    assert_eq!(known.accepts(app.now()), Err(WhyNot::Suspended));

    let question = app.ask_to_lift_suspension(lea, one.id, "they wrote new passwords").await.unwrap();
    let twin = app.ask_to_lift_suspension(lea, one.id, "asked twice").await.unwrap();
    assert_eq!(code(app.approve(lea, question.id).await), Code::SamePerson);
    assert!(app.authority(lea, one.id).await.unwrap().suspended_at.is_some());
    app.approve(leo, question.id).await.unwrap();
    assert_eq!(app.authority(lea, one.id).await.unwrap(), one);
    house.clock.advance(Duration::from_secs(5));
    app.suspend_authority(lea, one.id, "another").await.unwrap();
    assert_eq!(code(app.approve(leo, twin.id).await), Code::WrongState, "it was asked about the first");
    assert!(app.authority(lea, one.id).await.unwrap().suspended_at.is_some());
}
