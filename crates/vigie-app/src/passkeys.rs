//! Passkeys: making them, signing in by them, confirming by them, removing them.
//!
//! What it is: the ceremonies, each in two halves. The first half hands the browser a challenge and remembers the rest in a
//! row; the second takes that row away, whatever comes of it, and verifies. A ceremony lives for five minutes, is good
//! once, and belongs to who began it in the browser in which it was begun. Whatever is wrong, the caller learns one thing:
//! [`Code::PasskeyRefused`]. What it is not: the cryptography, which `party.rs` has the library do.

mod party;

use std::time::Duration;

use serde_json::{Value, json};
use vigie_model::access::{CallerKind, CeremonyKind, OpenedBy};
use vigie_model::alarm::NoticeKind;
use vigie_model::id::{PasskeyId, PersonId, SessionId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::passkeys::{self, Ceremony};
use vigie_store::people::{self, Person};
use vigie_store::{StoreError, Transaction};

use crate::people::living;
use crate::sessions::{SignedIn, caller_of, in_session, object};
use crate::{App, Code, Error, Resource, Result, authorise, secret};
pub(crate) use party::RelyingParty;
use party::{Assertion, Opening, Refused};

pub use vigie_store::passkeys::Passkey;

/// How long a ceremony may take.
const CEREMONY_LIFE: Duration = Duration::from_secs(5 * 60);
/// How many passkeys a person may have.
const MOST: usize = 20;

/// The first half of a ceremony, for the browser.
#[derive(Debug, Clone)]
pub struct Begun {
    /// What the second half names it by.
    pub ceremony: String,
    /// What the browser hands to the authenticator.
    pub options: Value,
}

impl App {
    /// Begins the making of a passkey for who is signed in. A person who has one already used it shortly before, unless a
    /// link let them in for nothing else.
    ///
    /// # Errors
    /// [`Code::StepUpNeeded`], the person has too many, or the public address has no name.
    pub async fn begin_enrolment(&self, signed_in: &SignedIn) -> Result<Begun> {
        let by = in_session(&signed_in.caller)?;
        let known = passkeys::list(&mut self.store.read().await?, by.0).await?;
        if !known.is_empty() && !signed_in.only_enrols {
            self.used_a_passkey_lately(&signed_in.caller)?;
        }
        if known.len() >= MOST {
            return Err(Error::new(Code::WrongState, format!("a person has at most {MOST} passkeys")));
        }
        let known = known.into_iter().map(|passkey| passkey.credential_id).collect();
        let opening = self.party()?.begin_enrolment(by.0, &signed_in.person.name, known)?;
        self.begin(CeremonyKind::Enrol, Some(by), opening).await
    }

    /// Ends it: the passkey is kept, and the session rests on it from now on.
    ///
    /// # Errors
    /// [`Code::PasskeyRefused`], or the name is not allowed.
    pub async fn finish_enrolment(
        &self,
        signed_in: &SignedIn,
        ceremony: &str,
        answer: &str,
        name: &str,
    ) -> Result<PasskeyId> {
        let (person, session) = in_session(&signed_in.caller)?;
        let name = name.trim();
        if !(1..=60).contains(&name.chars().count()) {
            return Err(Error::new(Code::InvalidValue, "the name of a passkey has 1 to 60 characters"));
        }
        let state = self.take(CeremonyKind::Enrol, Some((person, session)), ceremony).await?;
        let (party, answer) = (self.party()?.clone(), answer.to_owned());
        let made = self.heavy.run(move || party.finish_enrolment(&state, &answer)).await?.map_err(refuse)?;
        let passkey = Passkey {
            id: PasskeyId::fresh(&*self.ids),
            person,
            credential_id: made.credential_id,
            credential: made.credential,
            name: name.to_owned(),
            created_at: self.now(),
            last_used_at: None,
        };
        let mut tx = self.store.begin().await?;
        living(&mut tx, person).await?;
        crate::officials::refuse_of_suspended(&mut tx, person).await?;
        let had_a_way = self.has_a_way_in(&mut tx, person).await?;
        passkeys::insert(&mut tx, &passkey).await.map_err(known_already)?;
        people::strengthen_session(&mut tx, session, OpenedBy::Passkey, fresh(&signed_in.caller)).await?;
        let recovers = signed_in.only_enrols && signed_in.opened_by == OpenedBy::Link;
        if recovers && had_a_way {
            self.tell_of_a_way_in_by_link(&mut tx, person, NoticeKind::PasskeyByLink).await?;
        }
        let entry = Details::new(&signed_in.caller, "passkey.enrolled", of_person(person), self.now());
        tx.commit(&entry.with(json!({ "passkey": passkey.id, "let_in_by_link": recovers }))).await?;
        Ok(passkey.id)
    }

    /// Begins a sign-in. It is not known yet who signs in: the authenticator tells.
    ///
    /// # Errors
    /// The public address has no name.
    pub async fn begin_passkey_sign_in(&self) -> Result<Begun> {
        let opening = self.party()?.begin_assertion(&[])?;
        self.begin(CeremonyKind::SignIn, None, opening).await
    }

    /// Ends it. Gives the secret of a session.
    ///
    /// # Errors
    /// [`Code::PasskeyRefused`].
    pub async fn finish_passkey_sign_in(&self, ceremony: &str, answer: &str, agent: &str) -> Result<String> {
        let state = self.take(CeremonyKind::SignIn, None, ceremony).await?;
        let (mut tx, passkey, person) = self.use_passkey(state, answer, None).await?;
        let (secret, session) = self.open_session(&mut tx, person.id, OpenedBy::Passkey, agent).await?;
        let caller = caller_of(&person, &session);
        let entry = Details::new(&caller, "session.opened", object(session.id), self.now());
        tx.commit(&entry.with(json!({ "by": OpenedBy::Passkey, "passkey": passkey }))).await?;
        Ok(secret)
    }

    /// Begins the confirmation that it is still the caller.
    ///
    /// # Errors
    /// The caller is no person, or has no passkey.
    pub async fn begin_confirmation(&self, caller: &Caller) -> Result<Begun> {
        let by = in_session(caller)?;
        let known = passkeys::list(&mut self.store.read().await?, by.0).await?;
        if known.is_empty() {
            return Err(Error::new(Code::WrongState, "there is no passkey yet to confirm with"));
        }
        let known: Vec<_> = known.into_iter().map(|passkey| passkey.credential_id).collect();
        let opening = self.party()?.begin_assertion(&known)?;
        self.begin(CeremonyKind::Confirm, Some(by), opening).await
    }

    /// Ends it: for a while, the session may do what asks for it.
    ///
    /// # Errors
    /// [`Code::PasskeyRefused`].
    pub async fn finish_confirmation(&self, caller: &Caller, ceremony: &str, answer: &str) -> Result<()> {
        let (person, session) = in_session(caller)?;
        let state = self.take(CeremonyKind::Confirm, Some((person, session)), ceremony).await?;
        let (mut tx, passkey, _) = self.use_passkey(state, answer, Some(person)).await?;
        people::strengthen_session(&mut tx, session, OpenedBy::Passkey, Some(self.now())).await?;
        let entry = Details::new(caller, "session.confirmed", object(session), self.now());
        tx.commit(&entry.with(json!({ "passkey": passkey }))).await?;
        Ok(())
    }

    /// The caller's own passkeys, oldest first.
    ///
    /// # Errors
    /// The caller is no person.
    pub async fn own_passkeys(&self, caller: &Caller) -> Result<Vec<Passkey>> {
        Ok(passkeys::list(&mut self.store.read().await?, in_session(caller)?.0).await?)
    }

    /// Removes one of the caller's own passkeys. Their other sessions end: one of them may be where it was lost.
    ///
    /// # Errors
    /// [`Code::StepUpNeeded`], there is no such passkey, or it is the last one and the operator wants one.
    pub async fn remove_own_passkey(&self, caller: &Caller, id: PasskeyId) -> Result<()> {
        let (person, session) = in_session(caller)?;
        self.used_a_passkey_lately(caller)?;
        let mut tx = self.store.begin().await?;
        if !passkeys::remove(&mut tx, person, id).await? {
            return Err(Error::not_found("passkey"));
        }
        let is_required = self.must_have_a_passkey(&living(&mut tx, person).await?);
        if is_required && !passkeys::has_any(&mut tx, person).await? {
            return Err(Error::new(Code::WrongState, "the last passkey stays: make another first"));
        }
        people::end_other_sessions(&mut tx, person, session, self.now()).await?;
        let entry = Details::new(caller, "passkey.removed", of_person(person), self.now());
        tx.commit(&entry.with(json!({ "passkey": id }))).await?;
        Ok(())
    }

    /// The passkeys of a person, oldest first.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn passkeys_of(&self, caller: &Caller, person: PersonId) -> Result<Vec<Passkey>> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        Ok(passkeys::list(&mut self.store.read().await?, person).await?)
    }

    /// Removes every passkey of a person, and ends their sessions: for when they were lost or stolen.
    ///
    /// # Errors
    /// Not permitted, or no such living person.
    pub async fn remove_passkeys_of(&self, caller: &Caller, person: PersonId) -> Result<()> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let person = living(&mut tx, person).await?.id;
        let removed = passkeys::list(&mut tx, person).await?;
        for passkey in &removed {
            passkeys::remove(&mut tx, person, passkey.id).await?;
        }
        people::end_sessions(&mut tx, person, self.now()).await?;
        let removed: Vec<_> = removed.iter().map(|passkey| passkey.id).collect();
        let entry = Details::new(caller, "passkey.all_removed", of_person(person), self.now());
        tx.commit(&entry.with(json!({ "passkeys": removed }))).await?;
        Ok(())
    }

    /// Whether browsers make passkeys for this instance: its public address has a name.
    #[must_use]
    pub fn can_have_passkeys(&self) -> bool {
        self.relying_party().is_some()
    }

    /// Forgets ceremonies that nobody finished.
    pub(crate) async fn forget_ceremonies(&self) -> Result<()> {
        let mut house = self.store.housekeeping().await?;
        passkeys::forget_ceremonies(&mut house, self.now()).await?;
        Ok(house.commit().await?)
    }

    fn party(&self) -> Result<&RelyingParty> {
        let nameless = "passkeys need a public address with a name, not with numbers";
        self.relying_party().ok_or_else(|| Error::new(Code::WrongState, nameless))
    }

    async fn begin(
        &self,
        kind: CeremonyKind,
        by: Option<(PersonId, SessionId)>,
        opening: Opening,
    ) -> Result<Begun> {
        let ceremony = secret::fresh("")?;
        let row = Ceremony { kind, by, state: opening.state, expires_at: self.now().after(CEREMONY_LIFE) };
        self.remember_ceremony(&ceremony, &row).await?;
        Ok(Begun { ceremony, options: opening.options })
    }

    /// Takes a ceremony away, so that it is never finished twice, and gives its state if it is this one.
    async fn take(
        &self,
        kind: CeremonyKind,
        by: Option<(PersonId, SessionId)>,
        ceremony: &str,
    ) -> Result<String> {
        let taken = self.take_ceremony(ceremony).await?;
        let fits = |taken: &Ceremony| taken.kind == kind && taken.by == by && taken.expires_at > self.now();
        let taken = taken.filter(fits).ok_or(Refused::NoCeremony).map_err(refuse)?;
        Ok(taken.state)
    }

    /// Remembers a ceremony of any kind under the hash of its secret.
    pub(crate) async fn remember_ceremony(&self, secret: &str, row: &Ceremony) -> Result<()> {
        let mut house = self.store.housekeeping().await?;
        passkeys::begin_ceremony(&mut house, &secret::hash(secret), row).await?;
        Ok(house.commit().await?)
    }

    /// Takes a ceremony of any kind away. Whether it is the right one is for the caller to see.
    pub(crate) async fn take_ceremony(&self, secret: &str) -> Result<Option<Ceremony>> {
        let hash = secret::hash(secret);
        if !passkeys::is_under_way(&mut self.store.read().await?, &hash).await? {
            return Ok(None);
        }
        let mut house = self.store.housekeeping().await?;
        let taken = passkeys::take_ceremony(&mut house, &hash).await?;
        house.commit().await?;
        Ok(taken)
    }

    /// Verifies an assertion, and notes the use in a transaction that the caller goes on with.
    async fn use_passkey(
        &self,
        state: String,
        answer: &str,
        whose: Option<PersonId>,
    ) -> Result<(Transaction, PasskeyId, Person)> {
        let assertion = Assertion::read(answer).map_err(refuse)?;
        let known =
            passkeys::find_by_credential(&mut self.store.read().await?, assertion.credential_id()).await?;
        let known = known.filter(|passkey| assertion.may_be_of(passkey.person, whose));
        let passkey = known.ok_or(Refused::Unknown).map_err(refuse)?;
        let (party, credential) = (self.party()?.clone(), passkey.credential.clone());
        let verified = self.heavy.run(move || party.verify(&state, &assertion, &credential)).await?;
        let used = match verified {
            Ok(used) => used,
            Err(Refused::Copied) => return self.suspect_a_copy(&passkey).await,
            Err(refused) => return Err(refuse(refused)),
        };
        let mut tx = self.store.begin().await?;
        let person = living(&mut tx, passkey.person).await.map_err(|_| refuse(Refused::Unknown))?;
        if !passkeys::note_use(&mut tx, &passkey, &used, self.now()).await? {
            return Err(refuse(Refused::Unknown));
        }
        Ok((tx, passkey.id, person))
    }

    /// A counter that goes back is written down: somebody may hold a copy of the passkey.
    async fn suspect_a_copy<T>(&self, passkey: &Passkey) -> Result<T> {
        let entry =
            Details::new(&Caller::system(), "passkey.copy_suspected", of_person(passkey.person), self.now());
        let tx = self.store.begin().await?;
        tx.commit(&entry.with(json!({ "passkey": passkey.id }))).await?;
        Err(refuse(Refused::Copied))
    }
}

/// The one error of all ceremonies. That it happened is for the doors to log; why, for who looks for a fault.
fn refuse(why: Refused) -> Error {
    tracing::debug!(why = &why as &dyn std::error::Error, "a passkey was not accepted");
    Error::new(Code::PasskeyRefused, "begin again, with a passkey of this service").because(why)
}

fn known_already(error: StoreError) -> Error {
    if error.is_duplicate() { refuse(Refused::Known) } else { error.into() }
}

fn fresh(caller: &Caller) -> Option<Moment> {
    match caller.kind {
        CallerKind::Person { fresh, .. } => fresh,
        _ => None,
    }
}

fn of_person(person: PersonId) -> String {
    format!("person:{person}")
}

#[cfg(test)]
mod tests;
