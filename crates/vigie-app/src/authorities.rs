//! Authorities: who may ask for data, by which keys they are known, and since when nothing of one is accepted.
//!
//! What it is: the directory. Entering an authority, changing its keys and lifting a suspension take two people; suspending
//! takes one, at once. What it is not: the people who act for an authority (`officials.rs`), nor what they ask.
//!
//! To add a fact about an authority: a member of `NewAuthority`, what it must be like in `check.rs`, its column in the store.

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_model::approval::Approval;
use vigie_model::disclosure::{Authority, AuthorityKeys, IssuerRole};
use vigie_model::id::AuthorityId;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Read, Transaction, authorities};

use crate::approvals::Act;
use crate::{App, Code, Error, Resource, Result, authorise};

pub(crate) mod check;

/// An authority that two people are about to enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAuthority {
    /// Its name.
    pub name: String,
    /// Its country: two letters, ISO 3166-1.
    pub country: String,
    /// What its officials may be.
    pub roles: Vec<IssuerRole>,
    /// Domains of its mail.
    pub domains: Vec<String>,
    /// The number under which it is called back, from a directory that no request brought.
    pub call_back: String,
    /// Where that number stands.
    pub directory: String,
    /// Its keys, where it has any.
    pub keys: AuthorityKeys,
}

/// Keys that two people are about to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// Whose.
    pub authority: AuthorityId,
    /// Its name, for who answers.
    pub name: String,
    /// The keys when it was asked. Where they are others by then, nothing is changed.
    pub before: AuthorityKeys,
    /// The keys afterwards.
    pub after: AuthorityKeys,
}

/// A suspension that two people are about to lift: this one, and no later one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Whose.
    pub authority: AuthorityId,
    /// Its name, for who answers.
    pub name: String,
    /// When it began.
    pub suspended_at: Moment,
    /// Why.
    pub suspended_for: String,
}

impl App {
    /// Every authority, by country and name.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn authorities(&self, caller: &Caller) -> Result<Vec<Authority>> {
        authorise(caller, Operation::ReadAuthorities, Resource::Any)?;
        Ok(authorities::list(&mut self.store.read().await?).await?)
    }

    /// One authority.
    ///
    /// # Errors
    /// Not permitted, or no such authority.
    pub async fn authority(&self, caller: &Caller, id: AuthorityId) -> Result<Authority> {
        authorise(caller, Operation::ReadAuthorities, Resource::Any)?;
        find(&mut self.store.read().await?, id).await
    }

    /// Asks a second person to enter an authority.
    ///
    /// # Errors
    /// Not permitted, the authority is not described as it must be, or no reason is given; [`Code::NameTaken`] where its
    /// country has one of this name; [`Code::KeyUnusable`].
    pub async fn ask_to_enter_authority(
        &self,
        caller: &Caller,
        new: NewAuthority,
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ManageAuthorities, Resource::Any)?;
        let new = check::authority(new, self.now())?;
        refuse_known(&mut self.store.read().await?, &new).await?;
        self.ask_second_person(caller, &Act::EnterAuthority(new), reason).await
    }

    /// Asks a second person to change the keys of an authority.
    ///
    /// # Errors
    /// Not permitted, no such authority, the keys are those that it has, or no reason is given; [`Code::KeyUnusable`].
    pub async fn ask_to_change_authority_keys(
        &self,
        caller: &Caller,
        id: AuthorityId,
        keys: &AuthorityKeys,
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ManageAuthorities, Resource::Any)?;
        let after = check::keys(keys, self.now())?;
        let mut reader = self.store.read().await?;
        let known = find(&mut reader, id).await?;
        if known.keys == after {
            return Err(Error::new(Code::WrongState, "these are the keys that the authority has"));
        }
        refuse_known_key(&mut reader, &after, Some(id)).await?;
        drop(reader);
        let change = KeyChange { authority: id, name: known.name, before: known.keys, after };
        self.ask_second_person(caller, &Act::ChangeAuthorityKeys(change), reason).await
    }

    /// Suspends an authority, at once: nothing of it is accepted, and nothing is handed to it. The reason is for the house.
    ///
    /// # Errors
    /// Not permitted, no such authority, no reason is given, or it is suspended already.
    pub async fn suspend_authority(&self, caller: &Caller, id: AuthorityId, reason: &str) -> Result<()> {
        authorise(caller, Operation::ManageAuthorities, Resource::Any)?;
        let reason = check::words("why it is suspended", reason, 2_000)?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        find(&mut tx, id).await?;
        if !authorities::suspend(&mut tx, id, &reason, now).await? {
            return Err(Error::new(Code::WrongState, "the authority is suspended already"));
        }
        let entry = Details::new(caller, "authority.suspended", object(id), now);
        tx.commit(&entry.with(json!({ "reason": reason }))).await?;
        Ok(())
    }

    /// Asks a second person to lift the suspension of an authority.
    ///
    /// # Errors
    /// Not permitted, no such authority, it is not suspended, or no reason is given.
    pub async fn ask_to_lift_suspension(
        &self,
        caller: &Caller,
        id: AuthorityId,
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ManageAuthorities, Resource::Any)?;
        let known = find(&mut self.store.read().await?, id).await?;
        let Some(suspended_at) = known.suspended_at else { return Err(not_suspended()) };
        let suspension = Suspension {
            authority: id,
            name: known.name,
            suspended_at,
            suspended_for: known.suspended_for.unwrap_or_default(),
        };
        self.ask_second_person(caller, &Act::LiftSuspension(suspension), reason).await
    }
}

/// The authority that registered this signing key. Whether anything is accepted of it, [`Authority::accepts`] says.
pub(crate) async fn by_signing_key(read: &mut impl Read, signing: &str) -> Result<Option<Authority>> {
    Ok(authorities::find_by_signing_key(read, signing.trim()).await?)
}

/// Enters an authority as two people agreed, if it is still as it must be.
pub(crate) async fn enter(app: &App, tx: &mut Transaction, new: NewAuthority) -> Result<()> {
    let new = check::authority(new, app.now())?;
    refuse_known(tx, &new).await?;
    let authority = Authority {
        id: AuthorityId::fresh(&*app.ids),
        name: new.name,
        country: new.country,
        roles: new.roles,
        domains: new.domains,
        call_back: new.call_back,
        directory: new.directory,
        keys: new.keys,
        entered_at: app.now(),
        suspended_at: None,
        suspended_for: None,
    };
    Ok(authorities::insert(tx, &authority).await?)
}

/// Changes keys as two people agreed, if they are still those that were asked about.
pub(crate) async fn change_keys(app: &App, tx: &mut Transaction, change: KeyChange) -> Result<()> {
    let known = find(tx, change.authority).await?;
    if known.keys != change.before {
        return Err(Error::new(Code::WrongState, "the keys of this authority are others by now: ask again"));
    }
    let after = check::keys(&change.after, app.now())?;
    refuse_known_key(tx, &after, Some(known.id)).await?;
    Ok(authorities::set_keys(tx, known.id, &after).await?)
}

/// Lifts the suspension about which two people agreed.
pub(crate) async fn lift(tx: &mut Transaction, suspension: &Suspension) -> Result<()> {
    let stood = authorities::lift_suspension(tx, suspension.authority, suspension.suspended_at).await?;
    if stood { Ok(()) } else { Err(not_suspended()) }
}

pub(crate) async fn find(read: &mut impl Read, id: AuthorityId) -> Result<Authority> {
    authorities::find(read, id).await?.ok_or_else(|| Error::not_found("authority"))
}

/// How the ledger names an authority.
pub(crate) fn object(id: AuthorityId) -> String {
    format!("authority:{id}")
}

async fn refuse_known(read: &mut impl Read, new: &NewAuthority) -> Result<()> {
    if authorities::find_by_name(read, &new.country, &new.name).await?.is_some() {
        let detail = format!("{} has an authority named {} already", new.country, new.name);
        return Err(Error::new(Code::NameTaken, detail));
    }
    refuse_known_key(read, &new.keys, None).await
}

/// A key speaks for one authority.
async fn refuse_known_key(read: &mut impl Read, keys: &AuthorityKeys, of: Option<AuthorityId>) -> Result<()> {
    let Some(signing) = &keys.signing else { return Ok(()) };
    match by_signing_key(read, signing).await? {
        Some(known) if Some(known.id) != of => {
            let detail = format!("the signing key is that of {} ({})", known.name, known.country);
            Err(Error::new(Code::KeyUnusable, detail))
        }
        _ => Ok(()),
    }
}

fn not_suspended() -> Error {
    Error::new(Code::WrongState, "this suspension does not stand any more")
}

#[cfg(test)]
pub(crate) mod tests;
