//! Banks: named sets of known signals, each for one stated purpose. Made, armed, adopted and taken out of the house by two
//! people; everything that makes a bank weaker takes one.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_model::approval::Approval;
use vigie_model::bank::{Bank, BankKind, BankName, BankOrigin, CHILD_SAFETY, EntryState, Verdict};
use vigie_model::id::BankId;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{BankChange, Read, Transaction, bank_entries, banks, exchanges};

use crate::approvals::Act;
use crate::{App, Code, Error, Resource, Result, authorise};

/// The greatest distance that a bank may have: beyond it pictures look alike only by chance.
pub const GREATEST_DISTANCE: u32 = 64;

/// A bank that two people are about to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBank {
    /// Its name.
    pub name: BankName,
    /// What it is for.
    pub purpose: String,
    /// Who signed for another purpose than child safety, and where that is kept.
    pub overlay: Option<String>,
    /// Who hands out the list.
    pub source: String,
    /// The legal ground on which it is held.
    pub legal_ground: String,
    /// Known material, or known not to be.
    pub kind: BankKind,
    /// Greatest PDQ distance that is a match. A negative bank should have 0: see [`crate::matching::judge`].
    pub distance: u32,
    /// What a match asks for.
    pub verdict: Verdict,
    /// The vocabulary of its labels.
    pub label_scheme: String,
}

/// What is to change of a bank; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BankEdit {
    /// Its name.
    pub name: Option<BankName>,
    /// Greatest PDQ distance that is a match, at most [`GREATEST_DISTANCE`].
    pub distance: Option<u32>,
    /// Share of lookups in which it takes part, 0.0 to 1.0.
    #[serde(with = "share", default)]
    pub ratio: Option<f64>,
    /// Whether it takes part at all.
    pub enabled: Option<bool>,
    /// What a match asks for.
    pub verdict: Option<Verdict>,
    /// The vocabulary of its labels.
    pub label_scheme: Option<String>,
}

/// The terms on which two people take a bank over that came through the HMA-compatible API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adoption {
    /// Who stands behind the list.
    pub source: String,
    /// The legal ground on which it is held from now on.
    pub legal_ground: String,
    /// What a match asks for from now on.
    pub verdict: Verdict,
    /// Greatest PDQ distance that is a match.
    pub distance: u32,
    /// The vocabulary of its labels.
    pub label_scheme: String,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Changed {
    /// It is done.
    Done(Bank),
    /// A second person is asked.
    Asked(Approval),
}

/// A bank with how many entries it has in each state.
#[derive(Debug, Clone, PartialEq)]
pub struct BankOverview {
    /// The bank.
    pub bank: Bank,
    /// Its entries, counted.
    pub entries: BTreeMap<EntryState, i64>,
}

impl App {
    /// Asks a second person to make a bank.
    ///
    /// # Errors
    /// Not permitted, or the bank is not described as it must be.
    pub async fn propose_bank(&self, caller: &Caller, bank: NewBank, reason: &str) -> Result<Approval> {
        authorise(caller, Operation::ManageBanks, Resource::Any)?;
        check_new(&bank)?;
        if banks::find_by_name(&mut self.store.read().await?, &bank.name).await?.is_some() {
            return Err(name_taken(&bank.name));
        }
        self.ask_second_person(caller, &Act::MakeBank(bank), reason).await
    }

    /// Changes a bank. What gives it more force (arming it with `block`, widening a negative bank) asks a second person,
    /// with the whole change and the reason; the rest happens at once.
    ///
    /// # Errors
    /// Not permitted, no such bank, a value out of its range, a name that is taken, or no reason where one is needed.
    pub async fn change_bank(
        &self,
        caller: &Caller,
        id: BankId,
        edit: BankEdit,
        reason: &str,
    ) -> Result<Changed> {
        authorise(caller, Operation::ManageBanks, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let bank = find(&mut tx, id).await?;
        let changed = edited(&bank, &edit)?;
        if needs_two(&bank, &changed) {
            drop(tx);
            let act = Act::ChangeBank { bank: id, edit };
            return self.ask_second_person(caller, &act, reason).await.map(Changed::Asked);
        }
        let bank = change(&mut tx, id, &edit).await?;
        let entry = Details::new(caller, "bank.changed", object(id), self.now());
        tx.commit(&entry.with(json!({ "changed": changed_fields(&edit) }))).await?;
        self.show_bank_changes().await;
        Ok(Changed::Done(bank))
    }

    /// Asks a second person to take over a bank that came through the HMA-compatible API: from then on it is a bank of
    /// the desk, with these terms.
    ///
    /// # Errors
    /// Not permitted, no such bank, it is the desk's already, or a term is not allowed.
    pub async fn propose_adoption(
        &self,
        caller: &Caller,
        id: BankId,
        terms: Adoption,
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ManageBanks, Resource::Any)?;
        let bank = find(&mut self.store.read().await?, id).await?;
        adopted(bank, &terms)?;
        self.ask_second_person(caller, &Act::AdoptBank { bank: id, terms }, reason).await
    }

    /// Asks a second person to remove a bank. Its entries match no more; its rows stay, so that old receipts can be read.
    ///
    /// # Errors
    /// Not permitted, or no such bank.
    pub async fn propose_bank_removal(&self, caller: &Caller, id: BankId, reason: &str) -> Result<Approval> {
        authorise(caller, Operation::ManageBanks, Resource::Any)?;
        find(&mut self.store.read().await?, id).await?;
        self.ask_second_person(caller, &Act::RemoveBank { bank: id }, reason).await
    }

    /// Every bank, by name.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn banks(&self, caller: &Caller) -> Result<Vec<Bank>> {
        authorise(caller, Operation::ReadBanks, Resource::Any)?;
        Ok(banks::list(&mut self.store.read().await?).await?)
    }

    /// Every bank with the count of its entries, by name.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn bank_overviews(&self, caller: &Caller) -> Result<Vec<BankOverview>> {
        authorise(caller, Operation::ReadBanks, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let mut counts: HashMap<_, _> = bank_entries::counts(&mut reader).await?;
        let with_count = |bank: Bank| {
            let entries = counts.remove(&bank.id).unwrap_or_default();
            BankOverview { bank, entries }
        };
        Ok(banks::list(&mut reader).await?.into_iter().map(with_count).collect())
    }

    /// One bank with the count of its entries.
    ///
    /// # Errors
    /// Not permitted, or no such bank.
    pub async fn bank(&self, caller: &Caller, id: BankId) -> Result<BankOverview> {
        authorise(caller, Operation::ReadBanks, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let bank = find(&mut reader, id).await?;
        let entries = bank_entries::count(&mut reader, id).await?;
        Ok(BankOverview { bank, entries })
    }

    /// Shows this process what was just committed. A failure is no failure of the change: it is followed a moment later.
    pub(crate) async fn show_bank_changes(&self) {
        if let Err(error) = self.follow_changes().await {
            tracing::warn!(%error, "changes of banks are not seen yet");
        }
    }
}

/// The ledger's name of a bank.
pub(crate) fn object(id: BankId) -> String {
    format!("bank:{id}")
}

pub(crate) async fn find(read: &mut impl Read, id: BankId) -> Result<Bank> {
    banks::find(read, id).await?.ok_or_else(|| Error::not_found("bank"))
}

fn check_new(bank: &NewBank) -> Result<()> {
    check_grounds(&bank.source, &bank.legal_ground)?;
    if bank.purpose != CHILD_SAFETY && bank.overlay.as_deref().is_none_or(|overlay| overlay.trim().is_empty())
    {
        return invalid("another purpose than child safety needs a signed overlay");
    }
    check_force(bank.kind, bank.distance, bank.verdict)
}

fn check_grounds(source: &str, legal_ground: &str) -> Result<()> {
    if source.trim().is_empty() || legal_ground.trim().is_empty() {
        return invalid("a bank states its source and its legal ground");
    }
    Ok(())
}

fn check_force(kind: BankKind, distance: u32, verdict: Verdict) -> Result<()> {
    if distance > GREATEST_DISTANCE {
        return invalid("a distance over 64 of 256 bits is no match any more");
    }
    if kind == BankKind::Negative && verdict != Verdict::Allow {
        return invalid("a negative bank allows: its verdict cannot be review or block");
    }
    Ok(())
}

fn invalid(detail: &str) -> Result<()> {
    Err(Error::new(Code::InvalidValue, detail))
}

fn name_taken(name: &BankName) -> Error {
    Error::new(Code::NameTaken, format!("a bank is named {name} already"))
}

/// The bank as the edit leaves it.
fn edited(bank: &Bank, edit: &BankEdit) -> Result<Bank> {
    let mut changed = bank.clone();
    if let Some(name) = &edit.name {
        changed.name = name.clone();
    }
    changed.distance = edit.distance.unwrap_or(bank.distance);
    changed.ratio = edit.ratio.unwrap_or(bank.ratio);
    changed.enabled = edit.enabled.unwrap_or(bank.enabled);
    changed.verdict = edit.verdict.unwrap_or(bank.verdict);
    if let Some(scheme) = &edit.label_scheme {
        changed.label_scheme = scheme.trim().to_owned();
    }
    if !(0.0..=1.0).contains(&changed.ratio) {
        invalid("a ratio lies between 0 and 1")?;
    }
    if bank.origin == BankOrigin::Hma && changed.verdict != bank.verdict {
        let detail = "a bank that came through the HMA-compatible API has no verdict before it is adopted";
        return Err(Error::new(Code::WrongState, detail));
    }
    check_force(changed.kind, changed.distance, changed.verdict)?;
    Ok(changed)
}

/// Whether the change gives the bank more force than one person may give it.
fn needs_two(bank: &Bank, changed: &Bank) -> bool {
    let armed = changed.verdict == Verdict::Block && bank.verdict != Verdict::Block;
    let hides_more = bank.kind == BankKind::Negative && changed.distance > bank.distance;
    armed || hides_more
}

fn adopted(bank: Bank, terms: &Adoption) -> Result<Bank> {
    if bank.origin != BankOrigin::Hma {
        return Err(Error::new(Code::WrongState, "the bank is the desk's own already"));
    }
    check_grounds(&terms.source, &terms.legal_ground)?;
    check_force(bank.kind, terms.distance, terms.verdict)?;
    Ok(Bank {
        origin: BankOrigin::Desk,
        source: terms.source.trim().to_owned(),
        legal_ground: terms.legal_ground.trim().to_owned(),
        verdict: terms.verdict,
        distance: terms.distance,
        label_scheme: terms.label_scheme.trim().to_owned(),
        ..bank
    })
}

/// What an edit speaks of, for the ledger.
fn changed_fields(edit: &BankEdit) -> Vec<&'static str> {
    let named = [
        ("name", edit.name.is_some()),
        ("distance", edit.distance.is_some()),
        ("ratio", edit.ratio.is_some()),
        ("enabled", edit.enabled.is_some()),
        ("verdict", edit.verdict.is_some()),
        ("label_scheme", edit.label_scheme.is_some()),
    ];
    named.into_iter().filter_map(|(name, there)| there.then_some(name)).collect()
}

/// Makes the bank within the transaction that consumes the second person's answer.
pub(crate) async fn make(app: &App, tx: &mut Transaction, new: NewBank) -> Result<Bank> {
    let bank = Bank {
        id: BankId::fresh(&*app.ids),
        name: new.name,
        purpose: new.purpose,
        overlay: new.overlay,
        source: new.source,
        legal_ground: new.legal_ground,
        kind: new.kind,
        origin: BankOrigin::Desk,
        distance: new.distance,
        verdict: new.verdict,
        label_scheme: new.label_scheme,
        ratio: 1.0,
        enabled: true,
        created_at: app.now(),
    };
    insert(tx, &bank).await?;
    Ok(bank)
}

/// Adds a bank and announces it.
pub(crate) async fn insert(tx: &mut Transaction, bank: &Bank) -> Result<()> {
    banks::insert(tx, bank).await.map_err(|error| match error.is_duplicate() {
        true => name_taken(&bank.name),
        false => error.into(),
    })?;
    tx.announce(BankChange::of_bank(bank.id));
    Ok(())
}

/// Changes a bank within a transaction.
pub(crate) async fn change(tx: &mut Transaction, id: BankId, edit: &BankEdit) -> Result<Bank> {
    let bank = find(tx, id).await?;
    let changed = edited(&bank, edit)?;
    update(tx, &changed).await?;
    Ok(changed)
}

/// Takes a bank over within a transaction.
pub(crate) async fn adopt(tx: &mut Transaction, id: BankId, terms: &Adoption) -> Result<()> {
    let bank = find(tx, id).await?;
    update(tx, &adopted(bank, terms)?).await
}

/// Removes a bank within a transaction, with the exchanges that fill it.
pub(crate) async fn remove(app: &App, tx: &mut Transaction, id: BankId) -> Result<()> {
    find(tx, id).await?;
    exchanges::remove_of_bank(tx, id).await?;
    banks::remove(tx, id, app.now()).await?;
    tx.announce(BankChange::of_bank(id));
    Ok(())
}

async fn update(tx: &mut Transaction, bank: &Bank) -> Result<()> {
    banks::update(tx, bank).await.map_err(|error| match error.is_duplicate() {
        true => name_taken(&bank.name),
        false => error.into(),
    })?;
    tx.announce(BankChange::of_bank(bank.id));
    Ok(())
}

/// A share as text: what two people agree to is hashed, and numbers with a point have no one way to be written.
mod share {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(share: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        share.map(|share| share.to_string()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        let text: Option<String> = Option::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
    }
}
