//! Officials: the people who act for an authority at the portal, and for nobody else.
//!
//! The first one administers their authority: a legal officer invites them, and a second person of the house agrees. They
//! invite the others themselves. The house steps in again only where nobody administers an authority any more. An official
//! comes in by a one-time link, makes a passkey, and is known by that; each link starts their time anew, so that whoever
//! got hold of one is new for thirty days (`Official::is_seasoned`).
//!
//! What it is not: what an official does; that is `portal.rs`. To add a way in: it must end in a one-time link, and never let
//! somebody of the house in as an official who exists.

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_model::approval::Approval;
use vigie_model::disclosure::{Authority, IssuerRole, Official};
use vigie_model::id::{AuthorityId, PersonId};
use vigie_model::{Caller, Operation, Role};
use vigie_seal::ledger::Details;
use vigie_store::{Read, Transaction, officials, passkeys};

use crate::approvals::Act;
use crate::authorities::check;
use crate::people::{NewPerson, is_mail_address, name_taken};
use crate::{App, Code, Error, Resource, Result, authorise, authorities, people};

/// Somebody whom an authority wants to act for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Their name.
    pub name: String,
    /// Their mail address, of a domain of the authority.
    pub mail: String,
    /// What they are: one of what officials of the authority may be.
    pub role: IssuerRole,
    /// Whether they may invite others. Who is invited by the house does.
    pub is_administrator: bool,
}

/// The official about whom two people of the house are asked. They administer their authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOfficial {
    /// For whom they act.
    pub authority: AuthorityId,
    /// Its name, for who answers.
    pub authority_name: String,
    /// Their name.
    pub name: String,
    /// Their mail address.
    pub mail: String,
    /// What they are.
    pub role: IssuerRole,
}

/// An official with their authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// Who.
    pub official: Official,
    /// For whom they act.
    pub authority: Authority,
}

impl App {
    /// The officials of an authority, those whose access ended included.
    ///
    /// # Errors
    /// Not permitted, or no such authority.
    pub async fn officials_of(&self, caller: &Caller, authority: AuthorityId) -> Result<Vec<Official>> {
        authorise(caller, Operation::ReadAuthorities, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let authority = authorities::find(&mut reader, authority).await?;
        Ok(officials::of_authority(&mut reader, authority.id).await?)
    }

    /// For whom the caller acts, suspended or not: what the frame of the portal says.
    ///
    /// # Errors
    /// The caller is no official whose access stands.
    pub async fn enrolled_for(&self, caller: &Caller) -> Result<Enrolled> {
        enrolled(&mut self.store.read().await?, caller).await
    }

    /// The caller and for whom they act, where anything may be done for it.
    ///
    /// # Errors
    /// The caller is no official whose access stands; [`Code::AuthoritySuspended`].
    pub async fn acting_for(&self, caller: &Caller) -> Result<Enrolled> {
        acting(&mut self.store.read().await?, caller, Operation::HandInRequests).await
    }

    /// Those who act for the caller's own authority, those whose access ended included.
    ///
    /// # Errors
    /// The caller is no official.
    pub async fn own_officials(&self, caller: &Caller) -> Result<Vec<Official>> {
        let mut reader = self.store.read().await?;
        let own = acting(&mut reader, caller, Operation::HandInRequests).await?;
        Ok(officials::of_authority(&mut reader, own.authority.id).await?)
    }

    /// Asks a second person of the house to invite the official who administers their authority.
    ///
    /// # Errors
    /// Not permitted, no such authority, the invitation is not as it must be, or no reason is given;
    /// [`Code::WrongState`] where somebody administers the authority: they invite.
    pub async fn ask_to_invite_official(
        &self,
        caller: &Caller,
        authority: AuthorityId,
        invitation: Invitation,
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ManageAuthorities, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let authority = authorities::find(&mut reader, authority).await?;
        let invitation = checked(&mut reader, &authority, invitation).await?;
        refuse_where_administered(&mut reader, &authority).await?;
        drop(reader);
        let new = NewOfficial {
            authority: authority.id,
            authority_name: authority.name,
            name: invitation.name,
            mail: invitation.mail,
            role: invitation.role,
        };
        self.ask_second_person(caller, &Act::InviteOfficial(new), reason).await
    }

    /// Invites a colleague of an official who administers their authority. Gives the one-time link, which is shown once.
    ///
    /// # Errors
    /// Not permitted, or the invitation is not as it must be; [`Code::AuthoritySuspended`], [`Code::StepUpNeeded`].
    pub async fn invite_colleague(
        &self,
        caller: &Caller,
        invitation: Invitation,
    ) -> Result<(Official, String)> {
        let mut tx = self.store.begin().await?;
        let authority = administered(&mut tx, caller).await?.authority;
        self.confirmed_lately(caller)?;
        let invitation = checked(&mut tx, &authority, invitation).await?;
        let official = add(self, &mut tx, authority.id, invitation).await?;
        let link = self.write_link(&mut tx, official.person).await?;
        let entry = Details::new(caller, "official.invited", object(official.person), self.now());
        let said = json!({
            "authority": authority.id,
            "role": official.role,
            "is_administrator": official.is_administrator,
        });
        tx.commit(&entry.with(said)).await?;
        Ok((official, link))
    }

    /// Makes a one-time link for an official, and has their time begin anew. Who administers the authority makes one for
    /// any colleague. The house makes one only for who administers it and has no passkey yet: whoever has one is let in by
    /// nobody of the house.
    ///
    /// # Errors
    /// Not permitted, no such official, or their access is not the caller's to open; [`Code::AuthoritySuspended`],
    /// [`Code::StepUpNeeded`].
    pub async fn make_official_link(&self, caller: &Caller, person: PersonId) -> Result<String> {
        let mut tx = self.store.begin().await?;
        let official = looked_after(&mut tx, caller, person).await?;
        refuse_suspended(&authorities::find(&mut tx, official.authority).await?)?;
        self.confirmed_lately(caller)?;
        if caller.person() == Some(person) {
            return Err(Error::new(Code::SamePerson, "a colleague makes a link for you"));
        }
        if !caller.has(Role::Official) {
            let is_first = official.is_administrator && !passkeys::has_any(&mut tx, person).await?;
            if !is_first {
                let detail =
                    "the house makes a link only for who administers an authority and has no passkey yet";
                return Err(Error::new(Code::WrongState, detail));
            }
        }
        let link = self.write_link(&mut tx, person).await?;
        officials::enrol_again(&mut tx, person, self.now()).await?;
        let entry = Details::new(caller, "official.link_made", object(person), self.now());
        tx.commit(&entry.with(json!({ "authority": official.authority }))).await?;
        Ok(link)
    }

    /// Says whether a colleague may invite others.
    ///
    /// # Errors
    /// The caller does not administer the authority, no such colleague, or nobody would administer it any more;
    /// [`Code::AuthoritySuspended`], [`Code::StepUpNeeded`].
    pub async fn set_administrator(
        &self,
        caller: &Caller,
        person: PersonId,
        is_administrator: bool,
    ) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let own = administered(&mut tx, caller).await?;
        let official = living(&mut tx, person).await?;
        if official.authority != own.authority.id {
            return Err(Error::not_found("official"));
        }
        self.confirmed_lately(caller)?;
        if !is_administrator {
            keep_administrator(&mut tx, &official).await?;
        }
        officials::set_administrator(&mut tx, person, is_administrator).await?;
        let entry = Details::new(caller, "official.changed", object(person), self.now());
        let said = json!({ "authority": official.authority, "is_administrator": is_administrator });
        tx.commit(&entry.with(said)).await?;
        Ok(())
    }

    /// Ends an official's access and their sessions: by who administers their authority, or by the house, which may leave
    /// an authority without anybody.
    ///
    /// # Errors
    /// Not permitted, no such official whose access stands, or nobody would administer the authority any more.
    pub async fn end_official(&self, caller: &Caller, person: PersonId) -> Result<()> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let official = looked_after(&mut tx, caller, person).await?;
        if caller.has(Role::Official) {
            keep_administrator(&mut tx, &official).await?;
        }
        officials::end(&mut tx, person, now).await?;
        let entry = Details::new(caller, "official.ended", object(person), now);
        tx.commit(&entry.with(json!({ "authority": official.authority }))).await?;
        Ok(())
    }
}

/// The caller and for whom they act, where this is theirs to do and the authority is not suspended.
///
/// # Errors
/// Not permitted, or the caller is no official; [`Code::AuthoritySuspended`].
pub(crate) async fn acting(read: &mut impl Read, caller: &Caller, operation: Operation) -> Result<Enrolled> {
    authorise(caller, operation, Resource::Any)?;
    let own = enrolled(read, caller).await?;
    refuse_suspended(&own.authority)?;
    Ok(own)
}

/// Adds the official whom two people of the house invite, if nobody administers the authority still.
pub(crate) async fn invited(app: &App, tx: &mut Transaction, new: NewOfficial) -> Result<()> {
    let authority = authorities::find(tx, new.authority).await?;
    let invitation = Invitation { name: new.name, mail: new.mail, role: new.role, is_administrator: true };
    let invitation = checked(tx, &authority, invitation).await?;
    refuse_where_administered(tx, &authority).await?;
    add(app, tx, authority.id, invitation).await.map(drop)
}

async fn enrolled(read: &mut impl Read, caller: &Caller) -> Result<Enrolled> {
    let nobody = || Error::new(Code::Forbidden, "only an official of an authority comes here");
    let person = caller.person().filter(|_| caller.has(Role::Official)).ok_or_else(nobody)?;
    let official = officials::find(read, person).await?;
    let official = official.filter(|official| official.ended_at.is_none()).ok_or_else(nobody)?;
    let authority = authorities::find(read, official.authority).await?;
    Ok(Enrolled { official, authority })
}

/// The caller's authority, where they administer it.
async fn administered(read: &mut impl Read, caller: &Caller) -> Result<Enrolled> {
    let own = acting(read, caller, Operation::InviteOfficials).await?;
    if own.official.is_administrator {
        return Ok(own);
    }
    Err(Error::new(Code::Forbidden, "only who administers the authority looks after its officials"))
}

/// An official whose access stands, where the caller looks after them: of their own authority, or as the house.
async fn looked_after(read: &mut impl Read, caller: &Caller, person: PersonId) -> Result<Official> {
    if caller.has(Role::Official) {
        let own = administered(read, caller).await?;
        let official = living(read, person).await?;
        let is_own = official.authority == own.authority.id;
        return if is_own { Ok(official) } else { Err(Error::not_found("official")) };
    }
    authorise(caller, Operation::ManageAuthorities, Resource::Any)?;
    living(read, person).await
}

async fn living(read: &mut impl Read, person: PersonId) -> Result<Official> {
    let found = officials::find(read, person).await?;
    found.filter(|official| official.ended_at.is_none()).ok_or_else(|| Error::not_found("official"))
}

/// An invitation that fits the authority, its texts in their one form.
async fn checked(read: &mut impl Read, authority: &Authority, invitation: Invitation) -> Result<Invitation> {
    refuse_suspended(authority)?;
    let name = check::line("a name", &invitation.name, 100)?;
    let mail = invitation.mail.trim().to_ascii_lowercase();
    if !is_mail_address(&mail) || !authority.has_mail(&mail) {
        let domains = authority.domains.join(", ");
        let detail = format!("the mail address is of a domain of the authority: {domains}");
        return Err(Error::new(Code::InvalidValue, detail));
    }
    if !authority.roles.contains(&invitation.role) {
        return Err(Error::new(Code::InvalidValue, "the authority has no officials who are this"));
    }
    let known = officials::of_authority(read, authority.id).await?;
    if known.iter().any(|official| official.ended_at.is_none() && official.mail == mail) {
        return Err(Error::new(
            Code::NameTaken,
            "somebody with this mail address acts for the authority already",
        ));
    }
    Ok(Invitation { name, mail, ..invitation })
}

async fn add(
    app: &App,
    tx: &mut Transaction,
    authority: AuthorityId,
    invitation: Invitation,
) -> Result<Official> {
    let name = free_name(tx, &invitation).await?;
    let person = people::add(app, tx, NewPerson { name, roles: vec![Role::Official] }).await?;
    let official = Official {
        person: person.id,
        authority,
        name: person.name,
        mail: invitation.mail,
        role: invitation.role,
        is_administrator: invitation.is_administrator,
        enrolled_at: app.now(),
        ended_at: None,
    };
    officials::insert(tx, &official).await?;
    Ok(official)
}

/// Names are unique among everybody, and an official is not told whom else there is: where theirs is taken, it has their
/// mail address beside it.
async fn free_name(read: &mut impl Read, invitation: &Invitation) -> Result<String> {
    let with_mail = format!("{} ({})", invitation.name, invitation.mail);
    for name in [&invitation.name, &with_mail] {
        if vigie_store::people::find_by_name(read, name).await?.is_none() {
            return Ok(name.clone());
        }
    }
    Err(name_taken(&with_mail))
}

/// Refuses to let in an official whose authority is suspended: a link that was stolen with its mailbox makes no passkey.
pub(crate) async fn refuse_of_suspended(read: &mut impl Read, person: PersonId) -> Result<()> {
    let Some(official) = officials::find(read, person).await? else { return Ok(()) };
    refuse_suspended(&authorities::find(read, official.authority).await?)
}

pub(crate) fn refuse_suspended(authority: &Authority) -> Result<()> {
    if authority.suspended_at.is_none() {
        return Ok(());
    }
    Err(Error::new(Code::AuthoritySuspended, "nothing of this authority is accepted at this time"))
}

async fn administrators(read: &mut impl Read, authority: AuthorityId) -> Result<Vec<Official>> {
    let mut known = officials::of_authority(read, authority).await?;
    known.retain(|official| official.is_administrator && official.ended_at.is_none());
    Ok(known)
}

async fn refuse_where_administered(read: &mut impl Read, authority: &Authority) -> Result<()> {
    if administrators(read, authority.id).await?.is_empty() {
        return Ok(());
    }
    let detail = "somebody administers this authority: they invite their colleagues themselves";
    Err(Error::new(Code::WrongState, detail))
}

/// Somebody administers the authority when this official does not any more.
async fn keep_administrator(read: &mut impl Read, leaving: &Official) -> Result<()> {
    let left = administrators(read, leaving.authority).await?;
    if left.iter().any(|official| official.person != leaving.person) {
        return Ok(());
    }
    if !leaving.is_administrator {
        return Ok(());
    }
    Err(Error::new(Code::WrongState, "somebody has to administer the authority: name another first"))
}

/// How the ledger names an official: the person they are.
fn object(person: PersonId) -> String {
    format!("person:{person}")
}

#[cfg(test)]
pub(crate) mod tests;
