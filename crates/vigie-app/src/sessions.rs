//! Sessions: from a one-time link to a signed-in browser, and back.

use std::time::Duration;

use vigie_model::access::CallerKind;
use vigie_model::id::SessionId;
use vigie_model::{Caller, Moment};
use vigie_seal::ledger::Details;
use vigie_store::people::{self, Person, Session};

use crate::{App, Code, Error, Result, secret};

/// A session ends after so long without use.
const IDLE_LIMIT: Duration = Duration::from_secs(30 * 60);
/// A session ends after so long in any case.
const ABSOLUTE_LIMIT: Duration = Duration::from_secs(12 * 60 * 60);
/// Use is noted at most so often: a heartbeat, not a log.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// A person with the session they came in by.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The caller for the use cases.
    pub caller: Caller,
    /// The person, with language and name.
    pub person: Person,
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
        let secret = secret::fresh("")?;
        let session = Session {
            id: SessionId::fresh(&*self.ids),
            hash: secret::hash(&secret),
            person: person.id,
            agent: agent.chars().take(200).collect(),
            created_at: now,
            last_seen_at: now,
            expires_at: now.after(ABSOLUTE_LIMIT),
        };
        people::insert_session(&mut tx, &session).await?;
        let caller = caller_of(&person, session.id);
        tx.commit(&Details::new(&caller, "session.opened", format!("session:{}", session.id), now)).await?;
        Ok(secret)
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
            .filter(|session| now.since(session.last_seen_at) < IDLE_LIMIT)
            .ok_or_else(not_signed_in)?;
        let person = people::find(&mut reader, session.person).await?;
        let person = person.filter(|person| person.ended_at.is_none()).ok_or_else(not_signed_in)?;
        drop(reader);
        self.touch(&session, now).await?;
        Ok(SignedIn { caller: caller_of(&person, session.id), person })
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
        let CallerKind::Person { session, .. } = caller.kind else {
            return Err(Error::new(Code::NotSignedIn, "nobody is signed in"));
        };
        let mut tx = self.store.begin().await?;
        people::end_session(&mut tx, session, self.now()).await?;
        tx.commit(&Details::new(caller, "session.ended", format!("session:{session}"), self.now())).await?;
        Ok(())
    }
}

fn caller_of(person: &Person, session: SessionId) -> Caller {
    Caller {
        kind: CallerKind::Person { id: person.id, session },
        name: person.name.clone(),
        roles: person.roles.clone(),
        scopes: vec![],
    }
}
