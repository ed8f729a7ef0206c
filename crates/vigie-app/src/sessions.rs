//! Sessions: from a one-time link, a passkey or the sign-in service to a signed-in browser, their list, and their end.

use std::time::Duration;

use serde_json::json;
use vigie_model::access::{CallerKind, OpenedBy, PasskeyRule};
use vigie_model::id::{PersonId, SessionId};
use vigie_model::{Caller, Moment, Operation, Role};
use vigie_seal::ledger::Details;
use vigie_store::people::{self, Person};
use vigie_store::{Read, Transaction, passkeys};

use crate::{App, Code, Error, Resource, Result, authorise, secret};

pub use vigie_store::people::Session;

/// A session ends after so long without use.
const IDLE_LIMIT: Duration = Duration::from_secs(30 * 60);
/// A session ends after so long in any case.
const ABSOLUTE_LIMIT: Duration = Duration::from_secs(12 * 60 * 60);
/// Use is noted at most so often: a heartbeat, not a log.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// What is kept of the name that a browser gives itself.
const AGENT_LENGTH: usize = 200;

/// A person with the session they came in by.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The caller for the use cases.
    pub caller: Caller,
    /// The person, with language and name.
    pub person: Person,
    /// Whether this session is only good for making a passkey: what opened it is not enough for this person.
    /// The caller has no role then.
    pub only_enrols: bool,
    /// What the session rests on.
    pub opened_by: OpenedBy,
}

impl App {
    /// Whether a one-time link's secret would still be accepted is told only by using it. Gives the secret of a session.
    ///
    /// # Errors
    /// [`Code::LinkSpent`] when the link was used, has ended, or never was.
    pub async fn sign_in(&self, link_secret: &str, agent: &str) -> Result<String> {
        let spent = || Error::new(Code::LinkSpent, "ask an administrator for a new sign-in link");
        let now = self.now();
        let hash = secret::hash(link_secret);
        if !people::is_open_link(&mut self.store.read().await?, &hash, now).await? {
            return Err(spent());
        }
        let mut tx = self.store.begin().await?;
        let person = people::use_link(&mut tx, &hash, now).await?.ok_or_else(spent)?;
        let person = crate::people::living(&mut tx, person).await.map_err(|_| spent())?;
        crate::officials::refuse_of_suspended(&mut tx, person.id).await?;
        let has_passkey = passkeys::has_any(&mut tx, person.id).await?;
        let (secret, session) = self.open_session(&mut tx, person.id, OpenedBy::Link, agent).await?;
        let caller = caller_of(&person, &session);
        let entry = Details::new(&caller, "session.opened", object(session.id), now);
        tx.commit(&entry.with(json!({ "by": OpenedBy::Link, "has_passkey": has_passkey }))).await?;
        Ok(secret)
    }

    /// Writes a session and gives its secret.
    pub(crate) async fn open_session(
        &self,
        tx: &mut Transaction,
        person: PersonId,
        opened_by: OpenedBy,
        agent: &str,
    ) -> Result<(String, Session)> {
        let now = self.now();
        let secret = secret::fresh("")?;
        let session = Session {
            id: SessionId::fresh(&*self.ids),
            hash: secret::hash(&secret),
            person,
            agent: agent.chars().take(AGENT_LENGTH).collect(),
            opened_by,
            created_at: now,
            last_seen_at: now,
            expires_at: now.after(ABSOLUTE_LIMIT),
            fresh_at: None,
        };
        people::insert_session(tx, &session).await?;
        Ok((secret, session))
    }

    /// Who carries this session secret, if the session lives.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`].
    pub async fn signed_in(&self, session_secret: &str) -> Result<SignedIn> {
        let not_signed_in = || Error::new(Code::NotSignedIn, "sign in to go on");
        let now = self.now();
        let mut reader = self.store.read().await?;
        let session = people::find_session(&mut reader, &secret::hash(session_secret), now)
            .await?
            .filter(|session| is_in_use(session, now))
            .ok_or_else(not_signed_in)?;
        let person = people::find(&mut reader, session.person).await?;
        let person = person.filter(|person| person.ended_at.is_none()).ok_or_else(not_signed_in)?;
        let only_enrols = self.is_too_little(&mut reader, &session, &person).await?;
        drop(reader);
        self.touch(&session, now).await?;
        let mut caller = caller_of(&person, &session);
        if only_enrols {
            caller.roles.clear();
        }
        Ok(SignedIn { caller, person, only_enrols, opened_by: session.opened_by })
    }

    /// Whether what opened a session needs a passkey beside it: a link, once there is another way in, and whatever is none
    /// where one is needed.
    async fn is_too_little(&self, read: &mut impl Read, session: &Session, person: &Person) -> Result<bool> {
        let is_needed = self.must_have_a_passkey(person);
        match session.opened_by {
            OpenedBy::Passkey => Ok(false),
            OpenedBy::Link => Ok(is_needed || self.has_a_way_in(read, person.id).await?),
            OpenedBy::Provider => Ok(is_needed && !passkeys::has_any(read, person.id).await?),
        }
    }

    /// Whether this person has a passkey or does nothing: as the operator wants it, and every official.
    pub(crate) fn must_have_a_passkey(&self, person: &Person) -> bool {
        self.settings.access.passkeys == PasskeyRule::Required || person.roles.contains(&Role::Official)
    }

    async fn touch(&self, session: &Session, now: Moment) -> Result<()> {
        if now.since(session.last_seen_at) < TOUCH_EVERY {
            return Ok(());
        }
        let mut house = self.store.housekeeping().await?;
        people::touch_session(&mut house, session.id, now).await?;
        Ok(house.commit().await?)
    }

    /// Ends the caller's own session.
    ///
    /// # Errors
    /// The caller is no person.
    pub async fn sign_out(&self, caller: &Caller) -> Result<()> {
        let (person, session) = in_session(caller)?;
        let mut tx = self.store.begin().await?;
        people::end_session(&mut tx, person, session, self.now()).await?;
        tx.commit(&Details::new(caller, "session.ended", object(session), self.now())).await?;
        Ok(())
    }

    /// The caller's own sessions that are in use, the newest first.
    ///
    /// # Errors
    /// The caller is no person.
    pub async fn own_sessions(&self, caller: &Caller) -> Result<Vec<Session>> {
        self.sessions_in_use(in_session(caller)?.0).await
    }

    /// The sessions of a person that are in use, the newest first.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn sessions_of(&self, caller: &Caller, person: PersonId) -> Result<Vec<Session>> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        self.sessions_in_use(person).await
    }

    async fn sessions_in_use(&self, person: PersonId) -> Result<Vec<Session>> {
        let sessions = people::sessions(&mut self.store.read().await?, person, self.now()).await?;
        Ok(sessions.into_iter().filter(|session| is_in_use(session, self.now())).collect())
    }

    /// Ends one of the caller's own sessions. It is refused at its next request.
    ///
    /// # Errors
    /// The caller is no person, or has no such session.
    pub async fn revoke_own_session(&self, caller: &Caller, session: SessionId) -> Result<()> {
        self.revoke(caller, in_session(caller)?.0, session).await
    }

    /// Ends a session of a person. It is refused at its next request.
    ///
    /// # Errors
    /// Not permitted, or there is no such session.
    pub async fn revoke_session_of(
        &self,
        caller: &Caller,
        person: PersonId,
        session: SessionId,
    ) -> Result<()> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        self.revoke(caller, person, session).await
    }

    async fn revoke(&self, caller: &Caller, person: PersonId, session: SessionId) -> Result<()> {
        let mut tx = self.store.begin().await?;
        if !people::end_session(&mut tx, person, session, self.now()).await? {
            return Err(Error::not_found("session"));
        }
        let entry = Details::new(caller, "session.revoked", object(session), self.now());
        tx.commit(&entry.with(json!({ "person": person }))).await?;
        Ok(())
    }

    /// Ends the caller's sessions but the one they are in. Gives how many.
    ///
    /// # Errors
    /// The caller is no person.
    pub async fn revoke_other_sessions(&self, caller: &Caller) -> Result<u64> {
        let (person, session) = in_session(caller)?;
        let mut tx = self.store.begin().await?;
        let ended = people::end_other_sessions(&mut tx, person, session, self.now()).await?;
        let entry = Details::new(caller, "session.others_revoked", format!("person:{person}"), self.now());
        tx.commit(&entry.with(json!({ "sessions": ended }))).await?;
        Ok(ended)
    }

    /// Ends every session of a person.
    ///
    /// # Errors
    /// Not permitted, or no such living person.
    pub async fn revoke_sessions_of(&self, caller: &Caller, person: PersonId) -> Result<()> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let person = crate::people::living(&mut tx, person).await?.id;
        people::end_sessions(&mut tx, person, self.now()).await?;
        let entry = Details::new(caller, "session.all_revoked", format!("person:{person}"), self.now());
        tx.commit(&entry).await?;
        Ok(())
    }
}

/// Who is asking, and in which session.
///
/// # Errors
/// The caller is no person.
pub(crate) fn in_session(caller: &Caller) -> Result<(PersonId, SessionId)> {
    match caller.kind {
        CallerKind::Person { id, session, .. } => Ok((id, session)),
        _ => Err(Error::new(Code::NotSignedIn, "nobody is signed in")),
    }
}

/// How the ledger names a session.
pub(crate) fn object(session: SessionId) -> String {
    format!("session:{session}")
}

pub(crate) fn caller_of(person: &Person, session: &Session) -> Caller {
    Caller {
        kind: CallerKind::Person { id: person.id, session: session.id, fresh: session.fresh_at },
        name: person.name.clone(),
        roles: person.roles.clone(),
        scopes: vec![],
    }
}

fn is_in_use(session: &Session, now: Moment) -> bool {
    now.since(session.last_seen_at) < IDLE_LIMIT
}

#[cfg(test)]
mod tests;
