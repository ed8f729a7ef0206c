//! People: adding them, their roles, the one-time links by which they sign in.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use vigie_model::id::PersonId;
use vigie_model::{Caller, Operation, Role};
use vigie_seal::ledger::Details;
use vigie_store::{Read, Transaction, people};

use crate::{App, Code, Error, Resource, Result, authorise, secret};

pub use vigie_store::people::Person;

/// How long a one-time link is good.
const LINK_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

impl App {
    /// Adds a person. A sign-in link is asked for apart.
    ///
    /// # Errors
    /// Not permitted, the name is empty or taken, or no role is given.
    pub async fn add_person(&self, caller: &Caller, name: &str, roles: &[Role]) -> Result<Person> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Error::new(Code::InvalidValue, "a name has 1 to 100 characters"));
        }
        if roles.is_empty() {
            return Err(Error::new(Code::InvalidValue, "a person needs at least one role"));
        }
        let person = Person {
            id: PersonId::fresh(&*self.ids),
            name: name.to_owned(),
            roles: roles.to_vec(),
            language: None,
            mail: None,
            created_at: self.now(),
            ended_at: None,
        };
        let mut tx = self.store.begin().await?;
        if let Err(error) = people::insert(&mut tx, &person).await {
            let taken = error.is_duplicate();
            return Err(if taken { name_taken(name) } else { error.into() });
        }
        let entry = Details::new(caller, "person.added", format!("person:{}", person.id), self.now());
        tx.commit(&entry.with(json!({ "roles": person.roles }))).await?;
        Ok(person)
    }

    /// Makes a one-time sign-in link for a person. The link is shown once and kept only as a hash.
    ///
    /// # Errors
    /// Not permitted, or no such living person.
    pub async fn make_sign_in_link(&self, caller: &Caller, person: PersonId) -> Result<String> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let person = living(&mut tx, person).await?;
        let link = self.write_link(&mut tx, person.id).await?;
        let entry =
            Details::new(caller, "person.sign_in_link_made", format!("person:{}", person.id), self.now());
        tx.commit(&entry).await?;
        Ok(link)
    }

    async fn write_link(&self, tx: &mut Transaction, person: PersonId) -> Result<String> {
        let secret = secret::fresh("")?;
        let now = self.now();
        people::insert_link(tx, &secret::hash(&secret), person, now, now.after(LINK_LIFE)).await?;
        Ok(format!("{}/sign-in/{secret}", self.settings.public_url))
    }

    /// Changes the roles of a person. Their sessions end, so that the change is in force at once.
    ///
    /// # Errors
    /// Not permitted, no such living person, no role, or the last administrator would be gone.
    pub async fn change_roles(&self, caller: &Caller, person: PersonId, roles: &[Role]) -> Result<()> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        if roles.is_empty() {
            return Err(Error::new(Code::InvalidValue, "a person needs at least one role"));
        }
        let mut tx = self.store.begin().await?;
        let mut person = living(&mut tx, person).await?;
        let before = std::mem::replace(&mut person.roles, roles.to_vec());
        if before.contains(&Role::Administrator) && !person.roles.contains(&Role::Administrator) {
            keep_an_administrator(&mut tx, person.id).await?;
        }
        people::update(&mut tx, &person).await?;
        people::end_sessions(&mut tx, person.id, self.now()).await?;
        let entry = Details::new(caller, "person.roles_changed", format!("person:{}", person.id), self.now());
        tx.commit(&entry.with(json!({ "before": before, "after": person.roles }))).await?;
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
            keep_an_administrator(&mut tx, person.id).await?;
        }
        person.ended_at = Some(self.now());
        people::update(&mut tx, &person).await?;
        people::end_sessions(&mut tx, person.id, self.now()).await?;
        let entry = Details::new(caller, "person.ended", format!("person:{}", person.id), self.now());
        tx.commit(&entry).await?;
        Ok(())
    }

    /// Everybody, those whose access ended included.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn people(&self, caller: &Caller) -> Result<Vec<Person>> {
        authorise(caller, Operation::ManagePeople, Resource::Any)?;
        Ok(people::list(&mut self.store.read().await?).await?)
    }

    /// The names of everybody, for screens that say who did what. Any person may know their colleagues.
    ///
    /// # Errors
    /// The caller is no person.
    pub async fn colleagues(&self, caller: &Caller) -> Result<HashMap<PersonId, String>> {
        if caller.person().is_none() {
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

async fn keep_an_administrator(tx: &mut Transaction, leaving: PersonId) -> Result<()> {
    let people = people::list(tx).await?;
    if administrators(&people).any(|person| person.id != leaving) {
        return Ok(());
    }
    Err(Error::new(Code::WrongState, "the last administrator cannot leave: name another first"))
}

fn administrators(people: &[Person]) -> impl Iterator<Item = &Person> {
    people.iter().filter(|person| person.ended_at.is_none() && person.roles.contains(&Role::Administrator))
}

/// Whether it can be an address: the mail server has the last word. What could end a header is refused here.
fn is_mail_address(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_graphic() && !"<>()[],;:\\\"".contains(letter);
    let sides = text.split_once('@');
    let is_whole = |(local, domain): (&str, &str)| {
        !local.is_empty() && domain.split('.').all(|part| !part.is_empty()) && !domain.contains('@')
    };
    text.len() <= 254 && text.chars().all(is_plain) && sides.is_some_and(is_whole)
}

fn name_taken(name: &str) -> Error {
    Error::new(Code::NameTaken, format!("somebody is named {name} already"))
}
