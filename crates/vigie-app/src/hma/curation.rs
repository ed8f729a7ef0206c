//! Banks and their content as HMA's clients keep them: by name and number.
//!
//! A caller changes and deletes only banks that came this way and were not adopted. Entries may be added to the desk's
//! banks, too, by a token: its hourly limit bounds them. Strangers on loopback touch nothing of the desk.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use vigie_match::{Signal, SignalKind};
use vigie_model::access::CallerKind;
use vigie_model::bank::{Bank, BankEntry, BankKind, BankName, BankOrigin, CHILD_SAFETY, Verdict};
use vigie_model::id::BankId;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Read, bank_entries as rows, banks as bank_rows};

use super::{check_ratio, named, parse, shown_name};
use crate::bank_entries::{self, EntryEdit, EntrySignals, NewEntry};
use crate::banks::{self, BankEdit};
use crate::{App, Code, Error, Resource, Result, authorise};

/// HMA's PDQ threshold.
pub(super) const DISTANCE: u32 = 31;

/// Until when content is disabled that is disabled for good.
const FOR_GOOD: Moment = Moment(i64::MAX);

/// How far ahead content may be disabled.
const FIVE_YEARS: Duration = Duration::from_secs(5 * 366 * 24 * 60 * 60);

/// Content that is about to be added.
#[derive(Debug, Clone, Default)]
pub struct NewContent {
    /// Its signals.
    pub signals: Vec<Signal>,
    /// `content_id`, `content_uri` and `json` of the client.
    pub metadata: Option<Value>,
    /// A free note.
    pub note: Option<String>,
}

/// Content of a bank.
#[derive(Debug, Clone)]
pub struct Content {
    /// The entry behind it.
    pub entry: BankEntry,
    /// The bank.
    pub bank: Bank,
    /// Its signals, by the name of their type.
    pub signals: BTreeMap<&'static str, String>,
}

/// What is to change of content; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct ContentEdit {
    /// HMA's `disable_until_ts`: 0 disables, 1 enables, anything else is the unix time until which it is disabled.
    pub disable_until_ts: Option<i64>,
    /// A free note; an empty one takes it away.
    pub note: Option<String>,
}

impl Content {
    /// HMA's `disable_until_ts`.
    #[must_use]
    pub fn disable_until_ts(&self) -> i64 {
        match self.entry.disabled_until {
            None => 1,
            Some(FOR_GOOD) => 0,
            Some(until) => until.unix_seconds(),
        }
    }
}

/// The share of lookups in which a bank takes part, as HMA counts a bank that is off.
#[must_use]
pub fn ratio(bank: &Bank) -> f64 {
    if bank.enabled { bank.ratio } else { 0.0 }
}

impl App {
    /// Every bank of known material, by name.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn hma_banks(&self, caller: &Caller) -> Result<Vec<Bank>> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let banks = bank_rows::list(&mut self.store.read().await?).await?;
        Ok(banks.into_iter().filter(|bank| bank.kind == BankKind::Known).collect())
    }

    /// The bank of this name.
    ///
    /// # Errors
    /// Not permitted, or no such bank.
    pub async fn hma_bank(&self, caller: &Caller, name: &str) -> Result<Bank> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        named_bank(&mut self.store.read().await?, name).await
    }

    /// Makes a bank that is live on the HMA surface at once and only notes at the desk.
    ///
    /// # Errors
    /// Not permitted, a name that is not allowed or taken, or a ratio outside 0 to 1.
    pub async fn hma_make_bank(&self, caller: &Caller, name: &str, ratio: f64) -> Result<Bank> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let bank = new_bank(self, caller, bank_name(name)?, ratio)?;
        let mut tx = self.store.begin().await?;
        banks::insert(&mut tx, &bank).await?;
        tx.commit(&Details::new(caller, "bank.made_through_hma", banks::object(bank.id), self.now())).await?;
        self.show_bank_changes().await;
        Ok(bank)
    }

    /// Renames a bank or changes its ratio.
    ///
    /// # Errors
    /// Not permitted, no such bank, a bank of the desk, a name that is not allowed or taken, or a ratio outside 0 to 1.
    pub async fn hma_change_bank(
        &self,
        caller: &Caller,
        name: &str,
        new_name: Option<&str>,
        ratio: Option<f64>,
    ) -> Result<Bank> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        ratio.map_or(Ok(()), check_ratio)?;
        let edit = BankEdit { name: new_name.map(bank_name).transpose()?, ratio, ..BankEdit::default() };
        let mut tx = self.store.begin().await?;
        let bank = named_bank(&mut tx, name).await?;
        not_of_the_desk(&bank)?;
        let changed = banks::change(&mut tx, bank.id, &edit).await?;
        tx.commit(&Details::new(caller, "bank.changed", banks::object(bank.id), self.now())).await?;
        self.show_bank_changes().await;
        Ok(changed)
    }

    /// Deletes a bank with the exchange that fills it; one that is not there is deleted already.
    ///
    /// # Errors
    /// Not permitted, or a bank of the desk.
    pub async fn hma_delete_bank(&self, caller: &Caller, name: &str) -> Result<()> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let Ok(name) = name.parse::<BankName>() else { return Ok(()) };
        let mut tx = self.store.begin().await?;
        let Some(bank) = bank_rows::find_by_name(&mut tx, &name).await? else { return Ok(()) };
        not_of_the_desk(&bank)?;
        banks::remove(self, &mut tx, bank.id).await?;
        tx.commit(&Details::new(caller, "bank.removed", banks::object(bank.id), self.now())).await?;
        self.show_bank_changes().await;
        Ok(())
    }

    /// Adds content. Its number comes back; the entries of all banks are numbered from 1 without a gap.
    ///
    /// # Errors
    /// Not permitted, no such bank, no signals, or a note that is too long.
    pub async fn hma_add_content(&self, caller: &Caller, bank: &str, new: NewContent) -> Result<i64> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let bank = named_bank(&mut tx, bank).await?;
        if caller.kind == CallerKind::Loopback {
            not_of_the_desk(&bank)?;
        }
        let entry = NewEntry {
            signals: EntrySignals::from(new.signals),
            metadata: new.metadata,
            note: new.note,
            ..NewEntry::default()
        };
        bank_entries::check(&entry)?;
        let added = bank_entries::add(self, &mut tx, caller, &bank, vec![entry]).await?;
        tx.commit(&bank_entries::added_details(self, caller, &bank, &added)).await?;
        self.show_bank_changes().await;
        Ok(added.first)
    }

    /// Content of a bank.
    ///
    /// # Errors
    /// Not permitted, no such bank, or no such content in this bank.
    pub async fn hma_content(&self, caller: &Caller, bank: &str, content: i64) -> Result<Content> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let bank = named_bank(&mut reader, bank).await?;
        content_of(&mut reader, bank, content).await
    }

    /// Disables, enables or notes content.
    ///
    /// # Errors
    /// Not permitted, no such bank or content, a bank of the desk, or a value that is not allowed.
    pub async fn hma_change_content(
        &self,
        caller: &Caller,
        bank: &str,
        content: i64,
        edit: ContentEdit,
    ) -> Result<Content> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let disabled_until = edit.disable_until_ts.map(|ts| disabled_until(ts, self.now())).transpose()?;
        let edit = EntryEdit {
            disabled_until,
            note: edit.note.map(|note| (!note.is_empty()).then_some(note)),
            ..EntryEdit::default()
        };
        let mut tx = self.store.begin().await?;
        let bank = named_bank(&mut tx, bank).await?;
        content_of(&mut tx, bank.clone(), content).await?;
        not_of_the_desk(&bank)?;
        bank_entries::change(&mut tx, &bank, content, edit).await?;
        let entry = Details::new(caller, "entry.changed", bank_entries::object(content), self.now());
        tx.commit(&entry).await?;
        self.show_bank_changes().await;
        content_of(&mut self.store.read().await?, bank, content).await
    }

    /// Deletes content; false when it was not there.
    ///
    /// # Errors
    /// Not permitted, no such bank, or a bank of the desk.
    pub async fn hma_delete_content(&self, caller: &Caller, bank: &str, content: i64) -> Result<bool> {
        authorise(caller, Operation::HmaCurate, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let bank = named_bank(&mut tx, bank).await?;
        not_of_the_desk(&bank)?;
        if !bank_entries::remove(&mut tx, &bank, content).await? {
            return Ok(false);
        }
        let entry = Details::new(caller, "entry.removed", bank_entries::object(content), self.now());
        tx.commit(&entry.with(json!({ "bank": bank.id }))).await?;
        self.show_bank_changes().await;
        Ok(true)
    }
}

/// Reads signals by the name of their type.
///
/// # Errors
/// A type is unknown, or a text is no signal of it.
pub fn read_signals<'a>(named_texts: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Vec<Signal>> {
    let read = |(name, text): (&str, &str)| {
        let it =
            named(name).map_err(|_| Error::new(Code::InvalidValue, format!("No such signal type {name}")))?;
        parse(it, text).map_err(|error| {
            Error::new(Code::InvalidValue, format!("Invalid {name} signal: {}", error.detail()))
        })
    };
    named_texts.map(read).collect()
}

/// A bank as a client of HMA makes it.
pub(crate) fn new_bank(app: &App, caller: &Caller, name: BankName, ratio: f64) -> Result<Bank> {
    check_ratio(ratio)?;
    Ok(Bank {
        id: BankId::fresh(&*app.ids),
        name,
        purpose: CHILD_SAFETY.to_owned(),
        overlay: None,
        source: format!("made by {} through the HMA-compatible API", caller.name),
        legal_ground: "not stated: to be entered when two people adopt it".to_owned(),
        kind: BankKind::Known,
        origin: BankOrigin::Hma,
        distance: DISTANCE,
        verdict: Verdict::Allow,
        label_scheme: "hma".to_owned(),
        ratio,
        enabled: true,
        created_at: app.now(),
    })
}

pub(crate) fn bank_name(name: &str) -> Result<BankName> {
    name.parse().map_err(|error: vigie_model::bank::InvalidBankName| {
        Error::new(Code::InvalidValue, error.to_string())
    })
}

/// The bank of known material of this name.
pub(crate) async fn named_bank(read: &mut impl Read, name: &str) -> Result<Bank> {
    let missing = || Error::new(Code::NotFound, format!("bank '{name}' not found"));
    let parsed: BankName = name.parse().map_err(|_| missing())?;
    let bank = bank_rows::find_by_name(read, &parsed).await?;
    bank.filter(|bank| bank.kind == BankKind::Known).ok_or_else(missing)
}

/// What the desk made or adopted is changed at the desk.
pub(crate) fn not_of_the_desk(bank: &Bank) -> Result<()> {
    if bank.origin == BankOrigin::Hma {
        return Ok(());
    }
    Err(Error::new(Code::Forbidden, format!("bank '{}' belongs to the desk and is changed there", bank.name)))
}

async fn content_of(read: &mut impl Read, bank: Bank, id: i64) -> Result<Content> {
    let entry = bank_entries::living(read, bank.id, id).await?;
    let entry = entry.ok_or_else(|| Error::new(Code::NotFound, format!("content '{id}' not found")))?;
    let stored = rows::signals(read, id).await?;
    let signals = EntrySignals::from_stored(&stored);
    let kinds = signals.kinds();
    let video = signals.video.map(|video| (SignalKind::Vpdq.name(), video.field()));
    let single = signals.single.iter().map(|signal| (shown_name(signal.kind(), &kinds), signal.hex()));
    let signals = single.chain(video).collect();
    Ok(Content { entry, bank, signals })
}

fn disabled_until(ts: i64, now: Moment) -> Result<Option<Moment>> {
    let refused = |detail| Err(Error::new(Code::InvalidValue, detail));
    match ts {
        0 => Ok(Some(FOR_GOOD)),
        1 => Ok(None),
        ts if ts < 0 => refused("disable_until_ts must be a non-negative integer"),
        ts if Moment::from_unix_seconds(ts) > now.after(FIVE_YEARS) => {
            refused("disable_until_ts must be less than 5 years in the future")
        }
        ts => Ok(Some(Moment::from_unix_seconds(ts))),
    }
}
