//! Authorities that may ask, and the people who act for them.

use vigie_model::disclosure::{Authority, AuthorityKeys, IssuerRole, Official};
use vigie_model::{Moment, Role};
use vigie_store::people::{self, Person, Session};
use vigie_store::{authorities, officials};

use crate::house::{House, START, commit};
use crate::spine::person;

fn authority(house: &House, name: &str) -> Authority {
    Authority {
        id: house.id(),
        name: name.into(),
        country: "FR".into(),
        roles: vec![IssuerRole::Prosecutor, IssuerRole::JudicialPoliceOfficer],
        domains: vec!["justice.example".into(), "police.example".into()],
        call_back: "+33 1 99 00 00 00".into(),
        directory: "Annuaire, p. 4".into(),
        keys: AuthorityKeys::default(),
        entered_at: START,
        suspended_at: None,
        suspended_for: None,
    }
}

fn keys(signing: &str) -> AuthorityKeys {
    AuthorityKeys {
        signing: Some(signing.into()),
        sealing: Some("age1synthetic".into()),
        valid_until: Some(Moment(START.0 + 50)),
    }
}

async fn kept(house: &House, authority: &Authority) {
    let mut tx = house.begin().await;
    authorities::insert(&mut tx, authority).await.unwrap();
    commit(tx).await;
}

pub(crate) async fn an_authority_comes_back_whole_and_is_named_once(house: &House) {
    let plain = authority(house, "Parquet de Synthèse");
    let full = Authority {
        country: "DE".into(),
        keys: keys("a+1+x"),
        suspended_at: Some(Moment(START.0 + 7)),
        suspended_for: Some("a forged seal".into()),
        ..authority(house, "Parquet de Synthèse")
    };
    kept(house, &plain).await;
    kept(house, &full).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(authorities::list(&mut reader).await.unwrap(), [full.clone(), plain.clone()]);
    assert_eq!(authorities::find(&mut reader, plain.id).await.unwrap(), Some(plain.clone()));
    assert_eq!(authorities::find(&mut reader, house.id()).await.unwrap(), None);
    let named = authorities::find_by_name(&mut reader, "DE", &full.name).await.unwrap();
    assert_eq!(named, Some(full.clone()));
    assert_eq!(authorities::find_by_name(&mut reader, "BE", &full.name).await.unwrap(), None);
    drop(reader);

    let mut tx = house.begin().await;
    let twice = authority(house, &plain.name);
    assert!(authorities::insert(&mut tx, &twice).await.unwrap_err().is_duplicate());
}

pub(crate) async fn keys_belong_to_one_authority(house: &House) {
    let (one, other) = (authority(house, "One"), authority(house, "Other"));
    kept(house, &one).await;
    kept(house, &other).await;
    let mut tx = house.begin().await;
    authorities::set_keys(&mut tx, one.id, &keys("a+1+x")).await.unwrap();
    assert!(authorities::set_keys(&mut tx, house.id(), &keys("b+1+x")).await.is_err());
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    let found = authorities::find_by_signing_key(&mut reader, "a+1+x").await.unwrap();
    assert_eq!(found, Some(Authority { keys: keys("a+1+x"), ..one.clone() }));
    assert_eq!(authorities::find_by_signing_key(&mut reader, "b+1+x").await.unwrap(), None);
    drop(reader);

    let mut tx = house.begin().await;
    let taken = authorities::set_keys(&mut tx, other.id, &keys("a+1+x")).await.unwrap_err();
    assert!(taken.is_duplicate());
    drop(tx);
    let mut tx = house.begin().await;
    authorities::set_keys(&mut tx, one.id, &AuthorityKeys::default()).await.unwrap();
    authorities::set_keys(&mut tx, other.id, &keys("a+1+x")).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(authorities::find(&mut reader, one.id).await.unwrap(), Some(one));
}

pub(crate) async fn a_suspension_is_lifted_once_and_no_other_is(house: &House) {
    let one = authority(house, "One");
    kept(house, &one).await;
    let (first, later) = (Moment(START.0 + 5), Moment(START.0 + 9));
    let mut tx = house.begin().await;
    assert!(authorities::suspend(&mut tx, one.id, "a stolen mailbox", first).await.unwrap());
    assert!(!authorities::suspend(&mut tx, one.id, "again", later).await.unwrap(), "it is already");
    commit(tx).await;
    let suspended = Authority {
        suspended_at: Some(first),
        suspended_for: Some("a stolen mailbox".into()),
        ..one.clone()
    };
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(authorities::find(&mut reader, one.id).await.unwrap(), Some(suspended));
    drop(reader);

    let mut tx = house.begin().await;
    assert!(!authorities::lift_suspension(&mut tx, one.id, later).await.unwrap(), "another suspension");
    assert!(authorities::lift_suspension(&mut tx, one.id, first).await.unwrap());
    assert!(!authorities::lift_suspension(&mut tx, one.id, first).await.unwrap());
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(authorities::find(&mut reader, one.id).await.unwrap(), Some(one));
}

pub(crate) async fn an_official_acts_for_one_authority_until_they_are_ended(house: &House) {
    let (one, other) = (authority(house, "One"), authority(house, "Other"));
    kept(house, &one).await;
    kept(house, &other).await;
    let claire = Person { roles: vec![Role::Official], ..person(house, "Claire") };
    let official = Official {
        person: claire.id,
        authority: one.id,
        name: "Claire".into(),
        mail: "claire@justice.example".into(),
        role: IssuerRole::Prosecutor,
        is_administrator: false,
        enrolled_at: START,
        ended_at: None,
    };
    let ada = person(house, "Ada");
    let session = session(house, &claire);
    let mut tx = house.begin().await;
    people::insert(&mut tx, &claire).await.unwrap();
    people::insert(&mut tx, &ada).await.unwrap();
    officials::insert(&mut tx, &official).await.unwrap();
    people::insert_session(&mut tx, &session).await.unwrap();
    commit(tx).await;

    let mut tx = house.begin().await;
    let twice = Official { authority: other.id, ..official.clone() };
    assert!(officials::insert(&mut tx, &twice).await.unwrap_err().is_duplicate());
    drop(tx);
    let mut tx = house.begin().await;
    officials::set_administrator(&mut tx, claire.id, true).await.unwrap();
    officials::enrol_again(&mut tx, claire.id, Moment(START.0 + 4)).await.unwrap();
    assert!(officials::set_administrator(&mut tx, ada.id, true).await.is_err(), "no official");
    assert!(officials::enrol_again(&mut tx, ada.id, START).await.is_err(), "no official");
    assert!(officials::end(&mut tx, ada.id, START).await.is_err(), "no official");
    commit(tx).await;
    let official = Official { is_administrator: true, enrolled_at: Moment(START.0 + 4), ..official };
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(officials::find(&mut reader, claire.id).await.unwrap(), Some(official.clone()));
    assert_eq!(officials::find(&mut reader, ada.id).await.unwrap(), None);
    assert_eq!(officials::of_authority(&mut reader, one.id).await.unwrap(), std::slice::from_ref(&official));
    assert!(officials::of_authority(&mut reader, other.id).await.unwrap().is_empty());
    assert!(people::find_session(&mut reader, &session.hash, START).await.unwrap().is_some());
    drop(reader);

    let end = Moment(START.0 + 8);
    let mut tx = house.begin().await;
    officials::end(&mut tx, claire.id, end).await.unwrap();
    assert!(officials::end(&mut tx, claire.id, end).await.is_err(), "only once");
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    let ended = Official { ended_at: Some(end), ..official };
    assert_eq!(officials::of_authority(&mut reader, one.id).await.unwrap(), [ended]);
    assert!(people::find_session(&mut reader, &session.hash, START).await.unwrap().is_none());
}

fn session(house: &House, person: &Person) -> Session {
    Session {
        id: house.id(),
        hash: [9; 32],
        person: person.id,
        agent: "Firefox".into(),
        opened_by: vigie_model::access::OpenedBy::Link,
        created_at: START,
        last_seen_at: START,
        expires_at: Moment(START.0 + 1_000),
        fresh_at: None,
    }
}
