//! Passkeys, accounts, ceremonies, and the ends of sessions.

use std::time::Duration;

use vigie_model::access::{CeremonyKind, OpenedBy};
use vigie_model::id::{PersonId, SessionId};
use vigie_store::identities::{self, Identity};
use vigie_store::passkeys::{self, Ceremony, Passkey};
use vigie_store::people::{self, Session};

use crate::house::{House, START, commit};
use crate::spine::person;

/// A person with so many sessions.
async fn signed_in(house: &House, name: &str, sessions: u8) -> (PersonId, Vec<SessionId>) {
    let one = person(house, name);
    let mut tx = house.begin().await;
    people::insert(&mut tx, &one).await.unwrap();
    let mut opened = vec![];
    for number in 0..sessions {
        let id: SessionId = house.id();
        let mut hash = [number; 32];
        hash[..16].copy_from_slice(id.0.as_bytes());
        let session = Session {
            id,
            hash,
            person: one.id,
            agent: "test".into(),
            opened_by: OpenedBy::Link,
            created_at: START,
            last_seen_at: START,
            expires_at: START.after(Duration::from_secs(3_600)),
            fresh_at: None,
        };
        people::insert_session(&mut tx, &session).await.unwrap();
        opened.push(id);
    }
    commit(tx).await;
    (one.id, opened)
}

pub(crate) async fn a_passkey_is_kept_used_and_removed(house: &House) {
    let (ada, _) = signed_in(house, "Ada", 0).await;
    let (ben, _) = signed_in(house, "Ben", 0).await;
    let passkey = Passkey {
        id: house.id(),
        person: ada,
        credential_id: vec![1, 2, 3],
        credential: "{\"counter\":1}".into(),
        name: "laptop".into(),
        created_at: START,
        last_used_at: None,
    };
    let mut tx = house.begin().await;
    passkeys::insert(&mut tx, &passkey).await.unwrap();
    commit(tx).await;
    let mut tx = house.begin().await;
    let twin = Passkey { id: house.id(), person: ben, ..passkey.clone() };
    assert!(
        passkeys::insert(&mut tx, &twin).await.unwrap_err().is_duplicate(),
        "a credential is one person's"
    );
    drop(tx);
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(passkeys::find_by_credential(&mut reader, &[1, 2, 3]).await.unwrap(), Some(passkey.clone()));
    assert_eq!(passkeys::find_by_credential(&mut reader, &[1, 2]).await.unwrap(), None);
    assert!(passkeys::has_any(&mut reader, ada).await.unwrap());
    assert!(!passkeys::has_any(&mut reader, ben).await.unwrap());
    drop(reader);

    let mut tx = house.begin().await;
    let later = START.after(Duration::from_secs(60));
    assert!(passkeys::note_use(&mut tx, &passkey, "{\"counter\":2}", later).await.unwrap());
    assert!(
        !passkeys::note_use(&mut tx, &passkey, "{\"counter\":2}", later).await.unwrap(),
        "it is not as it was read: two uses at once cannot both count"
    );
    assert!(!passkeys::remove(&mut tx, ben, passkey.id).await.unwrap(), "it is not Ben's");
    commit(tx).await;
    let listed = passkeys::list(&mut house.store.read().await.unwrap(), ada).await.unwrap();
    assert_eq!((listed.len(), listed[0].last_used_at), (1, Some(later)));
    let mut tx = house.begin().await;
    assert!(passkeys::remove(&mut tx, ada, passkey.id).await.unwrap());
    assert!(!passkeys::remove(&mut tx, ada, passkey.id).await.unwrap());
    commit(tx).await;
}

pub(crate) async fn an_account_is_one_persons_and_is_parted_again(house: &House) {
    let (ada, _) = signed_in(house, "Ada", 0).await;
    let (ben, _) = signed_in(house, "Ben", 0).await;
    let account = |person, issuer: &str| Identity {
        id: house.id(),
        person,
        issuer: issuer.into(),
        subject: "24400320".into(),
        created_at: START,
        last_used_at: None,
    };
    let of_ada = account(ada, "https://login.example.org");
    let of_ben = account(ben, "https://other.example.org");
    let mut tx = house.begin().await;
    identities::insert(&mut tx, &of_ada).await.unwrap();
    identities::insert(&mut tx, &of_ben).await.unwrap();
    commit(tx).await;
    let mut tx = house.begin().await;
    let twin = account(ben, "https://login.example.org");
    assert!(
        identities::insert(&mut tx, &twin).await.unwrap_err().is_duplicate(),
        "an account is one person's"
    );
    drop(tx);
    let mut reader = house.store.read().await.unwrap();
    let find = async |reader: &mut _, issuer: &str, subject: &str| {
        identities::find(reader, issuer, subject).await.unwrap().map(|found| found.person)
    };
    assert_eq!(find(&mut reader, "https://login.example.org", "24400320").await, Some(ada));
    assert_eq!(find(&mut reader, "https://other.example.org", "24400320").await, Some(ben));
    assert_eq!(find(&mut reader, "https://login.example.org", "24400321").await, None);
    assert!(identities::has_any(&mut reader, ada).await.unwrap());
    drop(reader);
    let mut tx = house.begin().await;
    assert!(identities::note_use(&mut tx, of_ada.id, START).await.unwrap());
    assert!(!identities::remove(&mut tx, ben, of_ada.id).await.unwrap(), "it is not Ben's");
    commit(tx).await;
    let listed = identities::list(&mut house.store.read().await.unwrap(), ada).await.unwrap();
    assert_eq!(listed, [Identity { last_used_at: Some(START), ..of_ada.clone() }]);
    let mut tx = house.begin().await;
    assert!(identities::remove(&mut tx, ada, of_ada.id).await.unwrap());
    assert!(!identities::note_use(&mut tx, of_ada.id, START).await.unwrap(), "what is gone is not used");
    commit(tx).await;
    assert!(!identities::has_any(&mut house.store.read().await.unwrap(), ada).await.unwrap());
}

pub(crate) async fn a_ceremony_is_taken_once(house: &House) {
    let (ada, sessions) = signed_in(house, "Ada", 1).await;
    let ceremony = |kind, by| Ceremony { kind, by, state: "{}".into(), expires_at: START };
    let mine = ceremony(CeremonyKind::Confirm, Some((ada, sessions[0])));
    let anybody = ceremony(CeremonyKind::SignIn, None);
    let mut keeping = house.store.housekeeping().await.unwrap();
    passkeys::begin_ceremony(&mut keeping, &[1; 32], &mine).await.unwrap();
    passkeys::begin_ceremony(&mut keeping, &[2; 32], &mine).await.unwrap();
    passkeys::begin_ceremony(&mut keeping, &[3; 32], &anybody).await.unwrap();
    passkeys::begin_ceremony(&mut keeping, &[4; 32], &anybody).await.unwrap();
    assert_eq!(passkeys::take_ceremony(&mut keeping, &[1; 32]).await.unwrap(), None, "another began there");
    assert_eq!(passkeys::take_ceremony(&mut keeping, &[2; 32]).await.unwrap(), Some(mine));
    assert_eq!(passkeys::take_ceremony(&mut keeping, &[2; 32]).await.unwrap(), None);
    assert_eq!(passkeys::take_ceremony(&mut keeping, &[3; 32]).await.unwrap(), Some(anybody));
    passkeys::forget_ceremonies(&mut keeping, START).await.unwrap();
    assert_eq!(passkeys::take_ceremony(&mut keeping, &[4; 32]).await.unwrap(), None, "its time was over");
    keeping.commit().await.unwrap();
}

pub(crate) async fn sessions_end_one_by_one_and_all_but_one(house: &House) {
    let (ada, of_ada) = signed_in(house, "Ada", 3).await;
    let (ben, of_ben) = signed_in(house, "Ben", 1).await;
    let mut tx = house.begin().await;
    people::strengthen_session(&mut tx, of_ada[2], OpenedBy::Passkey, Some(START)).await.unwrap();
    assert!(!people::end_session(&mut tx, ben, of_ada[0], START).await.unwrap(), "it is not Ben's");
    assert!(people::end_session(&mut tx, ada, of_ada[0], START).await.unwrap());
    assert!(!people::end_session(&mut tx, ada, of_ada[0], START).await.unwrap(), "it has ended already");
    assert!(people::strengthen_session(&mut tx, of_ada[0], OpenedBy::Passkey, None).await.is_err());
    assert_eq!(people::end_other_sessions(&mut tx, ada, of_ada[2], START).await.unwrap(), 1);
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    let left = people::sessions(&mut reader, ada, START).await.unwrap();
    assert_eq!((left.len(), left[0].id, left[0].opened_by), (1, of_ada[2], OpenedBy::Passkey));
    assert_eq!(left[0].fresh_at, Some(START));
    assert_eq!(people::sessions(&mut reader, ben, START).await.unwrap()[0].id, of_ben[0]);
}
