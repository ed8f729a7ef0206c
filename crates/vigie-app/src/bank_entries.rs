//! Entries of banks: added, changed, removed, searched, and held in quarantine where too many come in an hour.

mod signals;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use vigie_match::SignalKind;
use vigie_model::access::CallerKind;
use vigie_model::approval::Approval;
use vigie_model::bank::{Bank, BankEntry, BankKind, EntryState, Label};
use vigie_model::id::BankId;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::bank_entries::{self, EntrySearch};
use vigie_store::{BankChange, Read, Transaction, hourly, tokens};

use crate::approvals::Act;
use crate::{App, Code, Error, Resource, Result, authorise, banks};
pub use signals::EntrySignals;

/// As many entries may be added in one call; longer lists are imported.
pub const MOST_AT_ONCE: usize = 10_000;

/// As many entries may be shown on a page.
pub const LONGEST_PAGE: i64 = 500;

/// Characters of the longest note, as HMA counts them.
pub const LONGEST_NOTE: usize = 255;

/// Entries that a stranger on loopback may add in an hour before they wait in quarantine.
const LOOPBACK_ENTRIES_PER_HOUR: i64 = 10_000;

/// The series of entry numbers: consecutive from 1 over all banks.
pub(crate) const NUMBERS: &str = "bank_entry";

/// An entry that is about to be added.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NewEntry {
    /// Its signals.
    pub signals: EntrySignals,
    /// Who vouches for it; the source of the bank if none.
    #[serde(default)]
    pub source: Option<String>,
    /// What it is about. A label without a scheme gets the scheme of the bank.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// A free note of at most [`LONGEST_NOTE`] characters.
    #[serde(default)]
    pub note: Option<String>,
    /// Where the source keeps the original.
    #[serde(default)]
    pub original_reference: Option<String>,
    /// Metadata that an HMA client sent along.
    #[serde(default)]
    pub metadata: Option<Value>,
    /// Until when it does not match.
    #[serde(default)]
    pub disabled_until: Option<Moment>,
}

/// What became of added entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Added {
    /// The number of the first; the others follow without a gap.
    pub first: i64,
    /// How many they are.
    pub count: i64,
    /// How many of them, the last ones, wait in quarantine.
    pub quarantined: i64,
}

/// What is to change of an entry; what is none stays, and an inner none takes it away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EntryEdit {
    /// What it is about.
    pub labels: Option<Vec<Label>>,
    /// A free note.
    pub note: Option<Option<String>>,
    /// Where the source keeps the original.
    pub original_reference: Option<Option<String>>,
    /// Until when it does not match.
    pub disabled_until: Option<Option<Moment>>,
}

/// An entry as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownEntry {
    /// The entry.
    pub entry: BankEntry,
    /// Its signals.
    pub signals: EntrySignals,
}

/// What is looked for in a bank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryQuery {
    /// Only entries in this state.
    pub state: Option<EntryState>,
    /// The digits of a signal, or a text in note, original reference or source, or a whole label.
    pub text: Option<String>,
    /// Entries behind this number.
    pub after: i64,
    /// At most so many, at most [`LONGEST_PAGE`].
    pub limit: i64,
}

impl App {
    /// Adds entries to a bank. They match at once, unless they come past the hourly limit of a token: then a person
    /// releases them.
    ///
    /// # Errors
    /// Not permitted, no such bank, a negative bank (two people fill it), or an entry that is not as it must be.
    pub async fn add_entries(&self, caller: &Caller, bank: BankId, entries: Vec<NewEntry>) -> Result<Added> {
        authorise(caller, Operation::FillBanks, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let bank = banks::find(&mut tx, bank).await?;
        refuse_negative(&bank)?;
        let added = add(self, &mut tx, caller, &bank, entries).await?;
        tx.commit(&added_details(self, caller, &bank, &added)).await?;
        self.show_bank_changes().await;
        Ok(added)
    }

    /// Asks a second person to add entries to a bank of what is known not to be illegal.
    ///
    /// # Errors
    /// Not permitted, no such bank, a bank of another kind, or an entry that is not as it must be.
    pub async fn propose_negative_entries(
        &self,
        caller: &Caller,
        bank: BankId,
        entries: Vec<NewEntry>,
        reason: &str,
    ) -> Result<Approval> {
        authorise(caller, Operation::ManageBanks, Resource::Any)?;
        let found = banks::find(&mut self.store.read().await?, bank).await?;
        if found.kind != BankKind::Negative {
            return Err(Error::new(Code::WrongState, "the bank is not negative: one person fills it"));
        }
        check_all(&entries)?;
        self.ask_second_person(caller, &Act::FillNegativeBank { bank, entries }, reason).await
    }

    /// Changes an entry.
    ///
    /// # Errors
    /// Not permitted, no such entry in this bank, or a value that is not allowed.
    pub async fn change_entry(
        &self,
        caller: &Caller,
        bank: BankId,
        entry: i64,
        edit: EntryEdit,
    ) -> Result<ShownEntry> {
        authorise(caller, Operation::FillBanks, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let bank = banks::find(&mut tx, bank).await?;
        change(&mut tx, &bank, entry, edit).await?;
        tx.commit(&Details::new(caller, "entry.changed", object(entry), self.now())).await?;
        self.show_bank_changes().await;
        find_in(&mut self.store.read().await?, bank.id, entry).await
    }

    /// Removes an entry: it matches no more, its row stays, so that old receipts can be read. Returns whether it was
    /// there.
    ///
    /// # Errors
    /// Not permitted, or no such bank.
    pub async fn remove_entry(&self, caller: &Caller, bank: BankId, entry: i64) -> Result<bool> {
        authorise(caller, Operation::FillBanks, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let bank = banks::find(&mut tx, bank).await?;
        if !remove(&mut tx, &bank, entry).await? {
            return Ok(false);
        }
        tx.commit(&Details::new(caller, "entry.removed", object(entry), self.now())).await?;
        self.show_bank_changes().await;
        Ok(true)
    }

    /// Releases every entry of a bank that waits in quarantine. Returns how many.
    ///
    /// # Errors
    /// Not permitted (only a person may), or no such bank.
    pub async fn release_quarantine(&self, caller: &Caller, bank: BankId) -> Result<i64> {
        authorise(caller, Operation::ManageBanks, Resource::Any)?;
        self.empty_quarantine(caller, bank, EntryState::Active, "entries.released").await
    }

    /// Removes every entry of a bank that waits in quarantine. Returns how many.
    ///
    /// # Errors
    /// Not permitted (only a person may), or no such bank.
    pub async fn discard_quarantine(&self, caller: &Caller, bank: BankId) -> Result<i64> {
        authorise(caller, Operation::ManageBanks, Resource::Any)?;
        self.empty_quarantine(caller, bank, EntryState::Removed, "entries.discarded").await
    }

    /// Entries of a bank, in the order of their numbers.
    ///
    /// # Errors
    /// Not permitted, or no such bank.
    pub async fn entries(
        &self,
        caller: &Caller,
        bank: BankId,
        query: &EntryQuery,
    ) -> Result<Vec<ShownEntry>> {
        authorise(caller, Operation::ReadBanks, Resource::Any)?;
        let mut reader = self.store.read().await?;
        banks::find(&mut reader, bank).await?;
        let limit = query.limit.clamp(1, LONGEST_PAGE);
        page(&mut reader, bank, &search(query), query.after, limit).await
    }

    /// One entry of a bank, whatever its state.
    ///
    /// # Errors
    /// Not permitted, or no such entry in this bank.
    pub async fn entry(&self, caller: &Caller, bank: BankId, entry: i64) -> Result<ShownEntry> {
        authorise(caller, Operation::ReadBanks, Resource::Any)?;
        let mut reader = self.store.read().await?;
        banks::find(&mut reader, bank).await?;
        find_in(&mut reader, bank, entry).await
    }

    async fn empty_quarantine(
        &self,
        caller: &Caller,
        bank: BankId,
        to: EntryState,
        action: &str,
    ) -> Result<i64> {
        let mut tx = self.store.begin().await?;
        banks::find(&mut tx, bank).await?;
        let moved = bank_entries::move_all(&mut tx, bank, EntryState::Quarantined, to).await?;
        let Some((entries, count)) = moved else { return Ok(0) };
        tx.announce(BankChange::of_entries(bank, entries));
        let entry = Details::new(caller, action, banks::object(bank), self.now());
        tx.commit(&entry.with(json!({ "count": count }))).await?;
        self.show_bank_changes().await;
        Ok(count)
    }
}

/// The ledger's name of an entry.
pub(crate) fn object(entry: i64) -> String {
    format!("entry:{entry}")
}

pub(crate) fn added_details(app: &App, caller: &Caller, bank: &Bank, added: &Added) -> Details {
    Details::new(caller, "entries.added", banks::object(bank.id), app.now()).with(json!(added))
}

/// Only two people fill a negative bank.
pub(crate) fn refuse_negative(bank: &Bank) -> Result<()> {
    if bank.kind == BankKind::Negative {
        return Err(Error::new(Code::Forbidden, "two people add entries to a negative bank"));
    }
    Ok(())
}

/// Adds entries within a transaction, as many of them active as the caller's hourly limit leaves.
pub(crate) async fn add(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    bank: &Bank,
    entries: Vec<NewEntry>,
) -> Result<Added> {
    check_all(&entries)?;
    let count = i64::try_from(entries.len()).map_err(|source| Error::internal("count entries", source))?;
    let added = begin(app, tx, caller, bank, count).await?;
    write(app, tx, bank, &added, 0, entries).await?;
    Ok(added)
}

/// Draws the numbers of so many entries, tells how many must wait in quarantine, and announces them.
pub(crate) async fn begin(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    bank: &Bank,
    count: i64,
) -> Result<Added> {
    let allowed = allowance(app, tx, caller, count).await?;
    let first = tx.next_numbers(NUMBERS, count).await?;
    tx.announce(BankChange::of_entries(bank.id, first..=first + count - 1));
    Ok(Added { first, count, quarantined: count - allowed })
}

/// Writes some of the entries that were begun, those behind `offset`.
pub(crate) async fn write(
    app: &App,
    tx: &mut Transaction,
    bank: &Bank,
    added: &Added,
    offset: i64,
    entries: Vec<NewEntry>,
) -> Result<()> {
    let allowed = added.count - added.quarantined;
    let row = |(place, new): (i64, NewEntry)| {
        let state = if place < allowed { EntryState::Active } else { EntryState::Quarantined };
        let signals = new.signals.stored();
        (made(app, bank, added.first + place, state, new), signals)
    };
    let rows: Vec<_> = (offset..).zip(entries).map(row).collect();
    Ok(bank_entries::insert(tx, &rows).await?)
}

fn made(app: &App, bank: &Bank, id: i64, state: EntryState, new: NewEntry) -> BankEntry {
    BankEntry {
        id,
        bank: bank.id,
        source: new.source.unwrap_or_else(|| bank.source.clone()),
        labels: labelled(bank, new.labels),
        note: new.note,
        original_reference: new.original_reference,
        metadata: new.metadata,
        disabled_until: new.disabled_until,
        state,
        created_at: app.now(),
    }
}

fn labelled(bank: &Bank, labels: Vec<Label>) -> Vec<Label> {
    let with_scheme = |label: Label| match label.scheme.is_empty() {
        true => Label { scheme: bank.label_scheme.clone(), ..label },
        false => label,
    };
    labels.into_iter().map(with_scheme).collect()
}

/// How many of so many entries the caller may still add in this hour. People are not limited.
async fn allowance(app: &App, tx: &mut Transaction, caller: &Caller, count: i64) -> Result<i64> {
    let limit = match caller.kind {
        CallerKind::Token(id) => tokens::entries_per_hour(tx, id).await?,
        CallerKind::Loopback => LOOPBACK_ENTRIES_PER_HOUR,
        CallerKind::Person { .. } | CallerKind::Operator | CallerKind::Authority(_) | CallerKind::System => {
            return Ok(count);
        }
    };
    let hour = app.now().unix_seconds().div_euclid(3600);
    let total = hourly::add(tx, &format!("entries:{}", caller.actor()), hour, count).await?;
    Ok((limit - (total - count)).clamp(0, count))
}

/// Fills a negative bank within the transaction that consumes the second person's answer.
pub(crate) async fn fill_negative(
    app: &App,
    tx: &mut Transaction,
    bank: BankId,
    entries: Vec<NewEntry>,
) -> Result<()> {
    let bank = banks::find(tx, bank).await?;
    add(app, tx, &Caller::system(), &bank, entries).await.map(drop)
}

/// Changes an entry within a transaction.
pub(crate) async fn change(tx: &mut Transaction, bank: &Bank, id: i64, edit: EntryEdit) -> Result<()> {
    let mut entry = living(tx, bank.id, id).await?.ok_or_else(|| Error::not_found("entry"))?;
    if let Some(labels) = edit.labels {
        entry.labels = labelled(bank, labels);
    }
    entry.note = edit.note.unwrap_or(entry.note);
    entry.original_reference = edit.original_reference.unwrap_or(entry.original_reference);
    entry.disabled_until = edit.disabled_until.unwrap_or(entry.disabled_until);
    check_words(&entry.labels, entry.note.as_deref())?;
    bank_entries::update(tx, &entry).await?;
    tx.announce(BankChange::of_entry(bank.id, id));
    Ok(())
}

/// Removes an entry within a transaction; false when it was not there.
pub(crate) async fn remove(tx: &mut Transaction, bank: &Bank, id: i64) -> Result<bool> {
    let Some(mut entry) = living(tx, bank.id, id).await? else { return Ok(false) };
    entry.state = EntryState::Removed;
    bank_entries::update(tx, &entry).await?;
    tx.announce(BankChange::of_entry(bank.id, id));
    Ok(true)
}

/// The entry of this bank, unless it was removed.
pub(crate) async fn living(read: &mut impl Read, bank: BankId, id: i64) -> Result<Option<BankEntry>> {
    let entry = bank_entries::find(read, id).await?;
    Ok(entry.filter(|entry| entry.bank == bank && entry.state != EntryState::Removed))
}

/// A page of entries with their signals.
pub(crate) async fn page(
    read: &mut impl Read,
    bank: BankId,
    search: &EntrySearch,
    after: i64,
    limit: i64,
) -> Result<Vec<ShownEntry>> {
    let entries = bank_entries::page(read, bank, search, after, limit).await?;
    let numbers: Vec<_> = entries.iter().map(|entry| entry.id).collect();
    let mut signals = bank_entries::signals_of(read, &numbers).await?;
    let shown = |entry: BankEntry| {
        let stored = signals.remove(&entry.id).unwrap_or_default();
        ShownEntry { entry, signals: EntrySignals::from_stored(&stored) }
    };
    Ok(entries.into_iter().map(shown).collect())
}

async fn find_in(read: &mut impl Read, bank: BankId, id: i64) -> Result<ShownEntry> {
    let entry = bank_entries::find(read, id).await?.filter(|entry| entry.bank == bank);
    let entry = entry.ok_or_else(|| Error::not_found("entry"))?;
    let stored = bank_entries::signals(read, id).await?;
    Ok(ShownEntry { entry, signals: EntrySignals::from_stored(&stored) })
}

fn search(query: &EntryQuery) -> EntrySearch {
    let text = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
    // Digits of a signal's length are looked for as a signal: no note is that long and hexadecimal.
    let signal =
        text.filter(|text| [32, 40, 64].contains(&text.len())).and_then(|text| hex::decode(text).ok());
    let text = text.filter(|_| signal.is_none()).map(str::to_owned);
    EntrySearch { state: query.state, text, signal }
}

fn check_all(entries: &[NewEntry]) -> Result<()> {
    if entries.is_empty() || entries.len() > MOST_AT_ONCE {
        return invalid(format!("between 1 and {MOST_AT_ONCE} entries can be added at once"));
    }
    for (place, entry) in (1..).zip(entries) {
        check(entry)
            .map_err(|error| Error::new(Code::InvalidValue, format!("entry {place}: {}", error.detail())))?;
    }
    Ok(())
}

/// What every new entry must keep to.
pub(crate) fn check(entry: &NewEntry) -> Result<()> {
    let kinds = entry.signals.kinds();
    if kinds.is_empty() {
        return invalid("it has no signal");
    }
    if SignalKind::ALL.iter().any(|kind| kinds.iter().filter(|it| *it == kind).count() > 1) {
        return invalid("it has two signals of one kind");
    }
    if entry.signals.video.as_ref().is_some_and(|video| video.kept().is_empty()) {
        return invalid("no frame of its video has a quality of 50 or more: it would match nothing");
    }
    check_words(&entry.labels, entry.note.as_deref())
}

fn check_words(labels: &[Label], note: Option<&str>) -> Result<()> {
    if note.is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return invalid(format!("a note has at most {LONGEST_NOTE} characters"));
    }
    let plain = |text: &str| text.len() <= 64 && !text.contains([':', ';', '|', '"', '\\', '\n']);
    let fine = |label: &Label| !label.code.trim().is_empty() && plain(&label.scheme) && plain(&label.code);
    if !labels.iter().all(fine) {
        return invalid("a label is a code of at most 64 characters without : ; | \" or \\");
    }
    Ok(())
}

fn invalid(detail: impl Into<String>) -> Result<()> {
    Err(Error::new(Code::InvalidValue, detail))
}
