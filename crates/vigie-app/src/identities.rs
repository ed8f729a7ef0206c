//! Accounts at the sign-in service of the organisation: joining a person to one, signing in by it, parting them again.
//!
//! What it is: the two halves of OpenID Connect's code flow. The first sends the browser away with a state, a nonce and the
//! hash of a verifier, and remembers the rest in a row beside the ceremonies of passkeys; the second takes that row away,
//! whatever comes of it, and has everything verified. A row lives for ten minutes, is good once, and belongs to the browser
//! that carries its cookie. Who somebody is, is issuer and subject: an address of mail says nothing. Nobody is joined by
//! signing in; it takes a session of their own, which a link may have opened. Signing in so is no fresh passkey.
//! What it is not: the protocol itself, which `provider.rs` has the library speak.

mod provider;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vigie_model::access::{CallerKind, CeremonyKind, OpenedBy};
use vigie_model::alarm::NoticeKind;
use vigie_model::id::{IdentityId, PersonId, SessionId};
use vigie_model::{Caller, Operation, Role};
use vigie_seal::ledger::Details;
use vigie_store::passkeys::{self, Ceremony};
use vigie_store::people::Person;
use vigie_store::{StoreError, Transaction, identities, officials, people};

use crate::notices::{tell, tell_permitted};
use crate::people::living;
use crate::sessions::{SignedIn, caller_of, in_session, object};
use crate::{App, Code, Error, Resource, Result, authorise, secret};
use provider::Errand;

pub use provider::{Provider, ProviderError, Why};
pub use vigie_store::identities::Identity;

/// How long somebody may be away at the service.
const AWAY: Duration = Duration::from_secs(10 * 60);
/// How many accounts a person may have.
const MOST: usize = 5;

/// A browser on its way to the service.
pub struct Leaving {
    /// Where it goes.
    pub address: String,
    /// The secret that stays in this browser until it comes back.
    pub browser: String,
}

/// What the service sent the browser back with.
#[derive(Debug, Clone, Copy, Default)]
pub struct Returned<'a> {
    /// Which sign-in it was.
    pub state: &'a str,
    /// What is exchanged for who it is.
    pub code: &'a str,
    /// What went wrong there; empty where nothing did.
    pub error: &'a str,
    /// The service that says so; empty where it does not.
    pub issuer: &'a str,
}

/// What came of it.
#[derive(Debug)]
pub enum Arrived {
    /// Somebody signed in: the secret of their session.
    SignedIn(String),
    /// Who was signed in is joined to their account.
    Joined(IdentityId),
}

/// What a row remembers.
#[derive(Serialize, Deserialize)]
struct Remembered {
    errand: Errand,
    /// The hash of what the browser carries.
    browser: String,
}

impl App {
    /// What people call the sign-in service; none where none is set.
    #[must_use]
    pub fn sign_in_service(&self) -> Option<&str> {
        self.provider.as_ref().map(|provider| provider.name.as_str())
    }

    /// Begins a sign-in. It is not known yet who signs in.
    ///
    /// # Errors
    /// No service is set, or [`Code::ProviderUnavailable`].
    pub async fn begin_provider_sign_in(&self) -> Result<Leaving> {
        self.leave(CeremonyKind::ProviderSignIn, None).await
    }

    /// Sends who is signed in to the service, to be joined to the account they sign in with there. As for a passkey: who has
    /// one used it shortly before, unless a link let them in for nothing else.
    ///
    /// # Errors
    /// No service is set, [`Code::StepUpNeeded`], the person has too many, or [`Code::ProviderUnavailable`].
    pub async fn begin_joining(&self, signed_in: &SignedIn) -> Result<Leaving> {
        let by = in_session(&signed_in.caller)?;
        if is_outsider(&signed_in.person) {
            return Err(Error::new(Code::Forbidden, "officials sign in by passkeys alone"));
        }
        let mut reader = self.store.read().await?;
        let has_passkey = passkeys::has_any(&mut reader, by.0).await?;
        let known = identities::list(&mut reader, by.0).await?.len();
        drop(reader);
        if has_passkey && !signed_in.only_enrols {
            self.used_a_passkey_lately(&signed_in.caller)?;
        }
        if known >= MOST {
            return Err(Error::new(Code::WrongState, format!("a person has at most {MOST} accounts")));
        }
        self.leave(CeremonyKind::ProviderJoin, Some(by)).await
    }

    /// Ends what one of the two began, in the browser that it began in.
    ///
    /// # Errors
    /// [`Code::IdentityRefused`], [`Code::IdentityUnknown`] or [`Code::ProviderUnavailable`].
    pub async fn arrive(
        &self,
        signed_in: Option<&SignedIn>,
        returned: Returned<'_>,
        browser: &str,
        agent: &str,
    ) -> Result<Arrived> {
        let provider = self.provider()?;
        let ceremony = self.come_back(returned.state, browser).await?;
        let is_foreign = !returned.issuer.is_empty() && returned.issuer != provider.issuer;
        if is_foreign {
            return self.refuse_token(Why::Issuer).await;
        }
        if !returned.error.is_empty() || returned.code.is_empty() {
            return Err(refused("the sign-in service sent you back without having let you in"));
        }
        let remembered: Remembered = serde_json::from_str(&ceremony.state)
            .map_err(|source| Error::internal("read what was remembered of a sign-in", source))?;
        let subject = provider.subject(&self.way_back(), returned.code, remembered.errand, self.now()).await;
        let subject = match subject {
            Ok(subject) => subject,
            Err(ProviderError::Refused(Why::Code)) => return Err(refused(&Why::Code.to_string())),
            Err(ProviderError::Refused(why)) => return self.refuse_token(why).await,
            Err(error) => return Err(unavailable(error)),
        };
        match ceremony.kind {
            CeremonyKind::ProviderJoin => self.join(signed_in, ceremony.by, subject).await,
            _ => self.sign_in_as(&subject, agent).await,
        }
    }

    /// The caller's own accounts, oldest first.
    ///
    /// # Errors
    /// The caller is no person.
    pub async fn own_identities(&self, caller: &Caller) -> Result<Vec<Identity>> {
        Ok(identities::list(&mut self.store.read().await?, in_session(caller)?.0).await?)
    }

    /// Parts the caller from one of their own accounts. Their other sessions end: it may be in other hands.
    ///
    /// # Errors
    /// [`Code::StepUpNeeded`] where the caller has a passkey, or there is no such account.
    pub async fn remove_own_identity(&self, caller: &Caller, id: IdentityId) -> Result<()> {
        let (person, session) = in_session(caller)?;
        if passkeys::has_any(&mut self.store.read().await?, person).await? {
            self.used_a_passkey_lately(caller)?;
        }
        let mut tx = self.store.begin().await?;
        if !identities::remove(&mut tx, person, id).await? {
            return Err(Error::not_found("account"));
        }
        people::end_other_sessions(&mut tx, person, session, self.now()).await?;
        self.commit_removal(tx, caller, person, id).await
    }

    /// The accounts of a person, oldest first.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn identities_of(&self, caller: &Caller, person: PersonId) -> Result<Vec<Identity>> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        Ok(identities::list(&mut self.store.read().await?, person).await?)
    }

    /// Parts a person from an account, and ends their sessions.
    ///
    /// # Errors
    /// Not permitted, no such living person, or no such account.
    pub async fn remove_identity_of(&self, caller: &Caller, person: PersonId, id: IdentityId) -> Result<()> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let person = living(&mut tx, person).await?.id;
        if !identities::remove(&mut tx, person, id).await? {
            return Err(Error::not_found("account"));
        }
        people::end_sessions(&mut tx, person, self.now()).await?;
        self.commit_removal(tx, caller, person, id).await
    }

    async fn commit_removal(
        &self,
        tx: Transaction,
        caller: &Caller,
        person: PersonId,
        id: IdentityId,
    ) -> Result<()> {
        let entry = Details::new(caller, "identity.removed", of_person(person), self.now());
        tx.commit(&entry.with(json!({ "identity": id }))).await?;
        Ok(())
    }

    fn provider(&self) -> Result<&Provider> {
        let none = || Error::new(Code::NotFound, "no sign-in service is set");
        self.provider.as_ref().ok_or_else(none)
    }

    /// Where the service sends browsers back to.
    fn way_back(&self) -> String {
        format!("{}/sign-in/provider/return", self.settings.public_url)
    }

    async fn leave(&self, kind: CeremonyKind, by: Option<(PersonId, SessionId)>) -> Result<Leaving> {
        let provider = self.provider()?;
        let (state, browser) = (secret::fresh("")?, secret::fresh("")?);
        let errand = Errand { nonce: secret::fresh("")?, verifier: secret::fresh("")? };
        let address = provider.address(&self.way_back(), &state, &errand).await.map_err(unavailable)?;
        let remembered = Remembered { errand, browser: hex::encode(secret::hash(&browser)) };
        let remembered = serde_json::to_string(&remembered)
            .map_err(|source| Error::internal("remember a sign-in", source))?;
        let row = Ceremony { kind, by, state: remembered, expires_at: self.now().after(AWAY) };
        self.remember_ceremony(&state, &row).await?;
        Ok(Leaving { address, browser })
    }

    /// Takes the row away, so that it is never used twice, and gives it if this browser began it and it is in time.
    async fn come_back(&self, state: &str, browser: &str) -> Result<Ceremony> {
        let again = || refused("this sign-in was used before, has ended, or began in another browser");
        let taken = self.take_ceremony(state).await?.ok_or_else(again)?;
        let browser = hex::encode(secret::hash(browser));
        let began_here = |taken: &Ceremony| {
            serde_json::from_str::<Remembered>(&taken.state).is_ok_and(|known| known.browser == browser)
        };
        let is_ours = matches!(taken.kind, CeremonyKind::ProviderSignIn | CeremonyKind::ProviderJoin);
        let fits = is_ours && taken.expires_at > self.now() && began_here(&taken);
        if fits { Ok(taken) } else { Err(again()) }
    }

    async fn sign_in_as(&self, subject: &str, agent: &str) -> Result<Arrived> {
        let issuer = &self.provider()?.issuer;
        let known = identities::find(&mut self.store.read().await?, issuer, subject).await?;
        let Some(identity) = known else { return self.nobody(subject).await };
        let mut tx = self.store.begin().await?;
        let person = living(&mut tx, identity.person).await.ok().filter(|person| !is_outsider(person));
        let Some(person) = person else {
            drop(tx);
            return self.nobody(subject).await;
        };
        if !identities::note_use(&mut tx, identity.id, self.now()).await? {
            drop(tx);
            return self.nobody(subject).await;
        }
        let (secret, session) = self.open_session(&mut tx, person.id, OpenedBy::Provider, agent).await?;
        let caller = caller_of(&person, &session);
        let entry = Details::new(&caller, "session.opened", object(session.id), self.now());
        tx.commit(&entry.with(json!({ "by": OpenedBy::Provider, "identity": identity.id }))).await?;
        Ok(Arrived::SignedIn(secret))
    }

    async fn join(
        &self,
        signed_in: Option<&SignedIn>,
        by: Option<(PersonId, SessionId)>,
        subject: String,
    ) -> Result<Arrived> {
        let began = |signed_in: &&SignedIn| in_session(&signed_in.caller).ok() == by;
        let elsewhere = || refused("who began this is not signed in here any more");
        let signed_in = signed_in.filter(began).ok_or_else(elsewhere)?;
        let (person, session) = in_session(&signed_in.caller)?;
        let identity = Identity {
            id: IdentityId::fresh(&*self.ids),
            person,
            issuer: self.provider()?.issuer.clone(),
            subject,
            created_at: self.now(),
            last_used_at: None,
        };
        let mut tx = self.store.begin().await?;
        living(&mut tx, person).await?;
        let had_a_way = self.has_a_way_in(&mut tx, person).await?;
        identities::insert(&mut tx, &identity).await.map_err(joined_already)?;
        let by_link = signed_in.opened_by == OpenedBy::Link;
        if by_link {
            people::strengthen_session(&mut tx, session, OpenedBy::Provider, fresh(&signed_in.caller))
                .await?;
            if had_a_way {
                self.tell_of_a_way_in_by_link(&mut tx, person, NoticeKind::IdentityByLink).await?;
            }
        }
        let entry = Details::new(&signed_in.caller, "identity.joined", of_person(person), self.now());
        let subject = &identity.subject;
        let about = json!({ "identity": identity.id, "subject": subject, "let_in_by_link": by_link });
        tx.commit(&entry.with(about)).await?;
        Ok(Arrived::Joined(identity.id))
    }

    /// Whoever makes links could make a way in for themselves: the person and every administrator are told what came of it. Of an
    /// official those are told who keep the directory, where the official is shown, with their authority.
    pub(crate) async fn tell_of_a_way_in_by_link(
        &self,
        tx: &mut Transaction,
        person: PersonId,
        kind: NoticeKind,
    ) -> Result<()> {
        tell(self, tx, person, kind, "account").await?;
        let (who, about) = match officials::find(tx, person).await? {
            Some(official) => (Operation::ManageAuthorities, format!("authority:{}", official.authority)),
            None => (Operation::ManagePeople, of_person(person)),
        };
        tell_permitted(self, tx, who, kind, &about).await?;
        Ok(())
    }

    /// Whether a person has a way in besides links.
    pub(crate) async fn has_a_way_in(
        &self,
        read: &mut impl vigie_store::Read,
        person: PersonId,
    ) -> Result<bool> {
        Ok(passkeys::has_any(read, person).await? || identities::has_any(read, person).await?)
    }

    /// What the service vouched for and does not count is written down: somebody may be at work there.
    async fn refuse_token<T>(&self, why: Why) -> Result<T> {
        self.write_refusal(json!({ "why": why.name() })).await?;
        Err(refused(&why.to_string()).because(why))
    }

    async fn nobody<T>(&self, subject: &str) -> Result<T> {
        self.write_refusal(json!({ "why": "unknown", "subject": subject })).await?;
        let detail = "you are known there, but joined to nobody here: ask an administrator for a link";
        Err(Error::new(Code::IdentityUnknown, detail))
    }

    async fn write_refusal(&self, why: Value) -> Result<()> {
        let entry = Details::new(&Caller::system(), "identity.refused", "provider", self.now());
        self.store.begin().await?.commit(&entry.with(why)).await?;
        Ok(())
    }
}

/// Officials are of another organisation, whatever account they may have at this one's.
fn is_outsider(person: &Person) -> bool {
    person.roles.contains(&Role::Official)
}

fn refused(detail: &str) -> Error {
    Error::new(Code::IdentityRefused, detail)
}

/// Why it was so is for the operator: the answer of another service is not shown to a stranger.
fn unavailable(error: ProviderError) -> Error {
    tracing::warn!(error = &error as &dyn std::error::Error, "the sign-in service cannot be used");
    Error::new(Code::ProviderUnavailable, "nothing was changed").because(error)
}

fn joined_already(error: StoreError) -> Error {
    let known = "this account is joined to somebody already";
    if error.is_duplicate() { Error::new(Code::WrongState, known) } else { error.into() }
}

fn fresh(caller: &Caller) -> Option<vigie_model::Moment> {
    match caller.kind {
        CallerKind::Person { fresh, .. } => fresh,
        _ => None,
    }
}

fn of_person(person: PersonId) -> String {
    format!("person:{person}")
}
