//! People: adding them, their roles, the one-time links by which they sign in.
//!
//! Who is trusted with much ([`Role::is_powerful`]) is so by two administrators: one asks, the other agrees. Until a second
//! administrator was named once, the house is being set up, and the first administrator and the local operator give every
//! role. Afterwards the operator gives no powerful one, and takes none of the last two administrators away: with the latter
//! they could name others in their place. One exception: when a single administrator is left, the operator may add one.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_model::access::CallerKind;
use vigie_model::approval::Approval;
use vigie_model::id::PersonId;
use vigie_model::{Caller, Operation, Role};
use vigie_seal::ledger::Details;
use vigie_store::{Read, Transaction, people, set_up};

use crate::approvals::Act;
use crate::{App, Code, Error, Resource, Result, authorise, secret};

pub use vigie_store::people::Person;

/// How long a one-time link is good.
const LINK_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// A person that two administrators are about to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPerson {
    /// The name shown to colleagues.
    pub name: String,
    /// What they are trusted with.
    pub roles: Vec<Role>,
}

/// Roles that two administrators are about to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleChange {
    /// Whose.
    pub person: PersonId,
    /// Their name, for who answers.
    pub name: String,
    /// The roles when it was asked. Where they are others by then, nothing is changed.
    pub before: Vec<Role>,
    /// The roles afterwards.
    pub after: Vec<Role>,
}

impl App {
    /// Adds a person. A sign-in link is asked for apart.
    ///
    /// # Errors
    /// Not permitted, the name is empty or taken, or no role is given; [`Code::SecondPersonNeeded`] where a role takes a
    /// second administrator.
    pub async fn add_person(&self, caller: &Caller, name: &str, roles: &[Role]) -> Result<Person> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let new = checked(name, roles)?;
        let mut tx = self.store.begin().await?;
        if needs_second(&mut tx, roles).await? && !may_mend(&mut tx, caller, roles).await? {
            return Err(second_needed());
        }
        let person = add(self, &mut tx, new).await?;
        let entry = Details::new(caller, "person.added", format!("person:{}", person.id), self.now());
        tx.commit(&entry.with(json!({ "roles": person.roles }))).await?;
        Ok(person)
    }

    /// Asks a second administrator to add a person with a role that takes two.
    ///
    /// # Errors
    /// Not permitted, the name is empty or taken, no role or no reason is given.
    pub async fn ask_to_add_person(
        &self,
        caller: &Caller,
        name: &str,
        roles: &[Role],
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let new = checked(name, roles)?;
        if people::find_by_name(&mut self.store.read().await?, &new.name).await?.is_some() {
            return Err(name_taken(&new.name));
        }
        self.ask_second_person(caller, &Act::AddPerson(new), reason).await
    }

    /// Asks a second administrator to change roles where one is gained that takes two.
    ///
    /// # Errors
    /// Not permitted, no such living person, no role or no reason is given.
    pub async fn ask_to_change_roles(
        &self,
        caller: &Caller,
        person: PersonId,
        roles: &[Role],
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        if roles.is_empty() {
            return Err(Error::new(Code::InvalidValue, "a person needs at least one role"));
        }
        refuse_officials(roles)?;
        let person = living(&mut self.store.read().await?, person).await?;
        refuse_officials(&person.roles)?;
        let change =
            RoleChange { person: person.id, name: person.name, before: person.roles, after: roles.to_vec() };
        self.ask_second_person(caller, &Act::ChangeRoles(change), reason).await
    }

    /// Whether giving these roles to somebody who has those takes a second administrator.
    ///
    /// # Errors
    /// The store failed.
    pub async fn takes_second_administrator(&self, before: &[Role], after: &[Role]) -> Result<bool> {
        needs_second(&mut self.store.read().await?, &gained(before, after)).await
    }

    /// Makes a one-time sign-in link for a person. The link is shown once and kept only as a hash.
    ///
    /// # Errors
    /// Not permitted, or no such living person.
    pub async fn make_sign_in_link(&self, caller: &Caller, person: PersonId) -> Result<String> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let person = living(&mut tx, person).await?;
        refuse_officials(&person.roles)?;
        let link = self.write_link(&mut tx, person.id).await?;
        let entry =
            Details::new(caller, "person.sign_in_link_made", format!("person:{}", person.id), self.now());
        tx.commit(&entry).await?;
        Ok(link)
    }

    pub(crate) async fn write_link(&self, tx: &mut Transaction, person: PersonId) -> Result<String> {
        let secret = secret::fresh("")?;
        let now = self.now();
        people::insert_link(tx, &secret::hash(&secret), person, now, now.after(LINK_LIFE)).await?;
        Ok(format!("{}/sign-in/{secret}", self.settings.public_url))
    }

    /// Changes the roles of a person. Their sessions end, so that the change is in force at once.
    ///
    /// # Errors
    /// Not permitted, no such living person, no role, or the last administrator would be gone;
    /// [`Code::SecondPersonNeeded`] where a role is gained that takes a second administrator.
    pub async fn change_roles(&self, caller: &Caller, person: PersonId, roles: &[Role]) -> Result<()> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        if roles.is_empty() {
            return Err(Error::new(Code::InvalidValue, "a person needs at least one role"));
        }
        refuse_officials(roles)?;
        let mut tx = self.store.begin().await?;
        let person = living(&mut tx, person).await?;
        refuse_officials(&person.roles)?;
        if needs_second(&mut tx, &gained(&person.roles, roles)).await? {
            return Err(second_needed());
        }
        if is_demoted(&person.roles, roles) {
            keep_administrators(&mut tx, caller, person.id).await?;
        }
        let (id, before) = (person.id, person.roles.clone());
        set_roles(self, &mut tx, person, roles).await?;
        let entry = Details::new(caller, "person.roles_changed", format!("person:{id}"), self.now());
        tx.commit(&entry.with(json!({ "before": before, "after": roles }))).await?;
        Ok(())
    }

    /// Sets where pages are mailed to a person on duty; none leaves it to the address that the operator configured. The
    /// ledger tells that it changed, not what it is.
    ///
    /// # Errors
    /// Not permitted, no such living person, or it is no mail address.
    pub async fn set_mail(&self, caller: &Caller, person: PersonId, mail: Option<&str>) -> Result<()> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let mail = mail.map(str::trim).filter(|mail| !mail.is_empty());
        if !mail.is_none_or(is_mail_address) {
            return Err(Error::new(Code::InvalidValue, "a mail address is like ada@example.org"));
        }
        let mut tx = self.store.begin().await?;
        let mut person = living(&mut tx, person).await?;
        person.mail = mail.map(str::to_owned);
        people::update(&mut tx, &person).await?;
        let entry = Details::new(caller, "person.mail_changed", format!("person:{}", person.id), self.now());
        tx.commit(&entry.with(json!({ "is_set": person.mail.is_some() }))).await?;
        Ok(())
    }

    /// Ends a person's access. The row stays: the ledger speaks of it.
    ///
    /// # Errors
    /// Not permitted, no such living person, or the last administrator would be gone.
    pub async fn end_person(&self, caller: &Caller, person: PersonId) -> Result<()> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let mut person = living(&mut tx, person).await?;
        if person.roles.contains(&Role::Administrator) {
            keep_administrators(&mut tx, caller, person.id).await?;
        }
        person.ended_at = Some(self.now());
        people::update(&mut tx, &person).await?;
        people::end_sessions(&mut tx, person.id, self.now()).await?;
        let entry = Details::new(caller, "person.ended", format!("person:{}", person.id), self.now());
        tx.commit(&entry).await?;
        Ok(())
    }

    /// Everybody of the house, those whose access ended included. Officials stand with their authority.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn people(&self, caller: &Caller) -> Result<Vec<Person>> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let mut people = people::list(&mut self.store.read().await?).await?;
        people.retain(|person| !person.roles.contains(&Role::Official));
        Ok(people)
    }

    /// The names of everybody, for screens that say who did what. Any person of the house may know their colleagues.
    ///
    /// # Errors
    /// The caller is no person of the house.
    pub async fn colleagues(&self, caller: &Caller) -> Result<HashMap<PersonId, String>> {
        if caller.person().is_none() || caller.has(Role::Official) {
            return Err(Error::new(Code::Forbidden, "only a signed-in person has colleagues"));
        }
        let people = people::list(&mut self.store.read().await?).await?;
        Ok(people.into_iter().map(|person| (person.id, person.name)).collect())
    }

    /// The person of this name.
    ///
    /// # Errors
    /// Not permitted, or nobody has it.
    pub async fn person_named(&self, caller: &Caller, name: &str) -> Result<Person> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let found = people::find_by_name(&mut self.store.read().await?, name).await?;
        found.ok_or_else(|| Error::not_found("person"))
    }

    /// Whether a second administrator still has to be named: one alone could not be stopped by anybody.
    ///
    /// # Errors
    /// The store failed.
    pub async fn needs_second_administrator(&self) -> Result<bool> {
        let people = people::list(&mut self.store.read().await?).await?;
        Ok(administrators(&people).count() == 1)
    }
}

pub(crate) async fn living(read: &mut impl Read, id: PersonId) -> Result<Person> {
    let found = people::find(read, id).await?;
    found.filter(|person| person.ended_at.is_none()).ok_or_else(|| Error::not_found("person"))
}

fn checked(name: &str, roles: &[Role]) -> Result<NewPerson> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::new(Code::InvalidValue, "a name has 1 to 100 characters"));
    }
    if roles.is_empty() {
        return Err(Error::new(Code::InvalidValue, "a person needs at least one role"));
    }
    refuse_officials(roles)?;
    Ok(NewPerson { name: name.to_owned(), roles: roles.to_vec() })
}

/// Who acts for an authority is no colleague, and no colleague becomes one: they are invited, as somebody else.
fn refuse_officials(roles: &[Role]) -> Result<()> {
    if roles.iter().all(|role| role.is_of_the_house()) {
        return Ok(());
    }
    Err(Error::new(Code::InvalidValue, "an official is invited by their authority, and holds no role here"))
}

/// Adds a person, whoever agreed to it.
pub(crate) async fn add(app: &App, tx: &mut Transaction, new: NewPerson) -> Result<Person> {
    let person = Person {
        id: PersonId::fresh(&*app.ids),
        name: new.name,
        roles: new.roles,
        language: None,
        mail: None,
        created_at: app.now(),
        ended_at: None,
    };
    if let Err(error) = people::insert(tx, &person).await {
        let taken = error.is_duplicate();
        return Err(if taken { name_taken(&person.name) } else { error.into() });
    }
    end_set_up(app, tx).await?;
    Ok(person)
}

/// Changes roles as two administrators agreed, if they are still those that were asked about.
pub(crate) async fn agreed(app: &App, tx: &mut Transaction, change: RoleChange) -> Result<()> {
    let person = living(tx, change.person).await?;
    if person.roles != change.before {
        return Err(Error::new(Code::WrongState, "the roles of this person are others by now: ask again"));
    }
    if is_demoted(&change.before, &change.after) {
        keep_administrators(tx, &Caller::system(), person.id).await?;
    }
    set_roles(app, tx, person, &change.after).await
}

async fn set_roles(app: &App, tx: &mut Transaction, mut person: Person, roles: &[Role]) -> Result<()> {
    person.roles = roles.to_vec();
    people::update(tx, &person).await?;
    people::end_sessions(tx, person.id, app.now()).await?;
    end_set_up(app, tx).await
}

fn gained(before: &[Role], after: &[Role]) -> Vec<Role> {
    after.iter().copied().filter(|role| !before.contains(role)).collect()
}

fn is_demoted(before: &[Role], after: &[Role]) -> bool {
    before.contains(&Role::Administrator) && !after.contains(&Role::Administrator)
}

async fn needs_second(read: &mut impl Read, gained: &[Role]) -> Result<bool> {
    Ok(gained.iter().any(|role| role.is_powerful()) && set_up::is_over(read).await?)
}

fn second_needed() -> Error {
    Error::new(
        Code::SecondPersonNeeded,
        "such a role is given by two administrators: one asks for it on the console, the other agrees",
    )
}

/// The operator helps a house out that has a single administrator left, who can ask nobody.
async fn may_mend(tx: &mut Transaction, caller: &Caller, roles: &[Role]) -> Result<bool> {
    if caller.kind != CallerKind::Operator || roles != [Role::Administrator] {
        return Ok(false);
    }
    Ok(administrators(&people::list(tx).await?).count() < 2)
}

/// From the moment two administrators are there, the house is set up.
async fn end_set_up(app: &App, tx: &mut Transaction) -> Result<()> {
    if administrators(&people::list(tx).await?).count() > 1 {
        set_up::end(tx, app.now()).await?;
    }
    Ok(())
}

/// Somebody can look after the house when this administrator is gone: one more, or two where the operator takes them away.
async fn keep_administrators(tx: &mut Transaction, caller: &Caller, leaving: PersonId) -> Result<()> {
    let people = people::list(tx).await?;
    let left = administrators(&people).filter(|person| person.id != leaving).count();
    if left == 0 {
        return Err(Error::new(Code::WrongState, "the last administrator cannot leave: name another first"));
    }
    if left == 1 && caller.kind == CallerKind::Operator && set_up::is_over(tx).await? {
        let detail =
            "the last two administrators are not taken away beside them: one of them ends the other's access";
        return Err(Error::new(Code::SecondPersonNeeded, detail));
    }
    Ok(())
}

fn administrators(people: &[Person]) -> impl Iterator<Item = &Person> {
    people.iter().filter(|person| person.ended_at.is_none() && person.roles.contains(&Role::Administrator))
}

/// Whether it can be an address: the mail server has the last word. What could end a header is refused here.
pub(crate) fn is_mail_address(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"<>()[],;:\\\"".contains(letter);
    let sides = text.split_once('@');
    let is_whole = |(local, domain): (&str, &str)| {
        !local.is_empty() && domain.split('.').all(|part| !part.is_empty()) && !domain.contains('@')
    };
    text.len() <= 254 && text.chars().all(is_plain) && sides.is_some_and(is_whole)
}

pub(crate) fn name_taken(name: &str) -> Error {
    Error::new(Code::NameTaken, format!("somebody is named {name} already"))
}

#[cfg(test)]
mod tests;
