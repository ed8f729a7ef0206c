//! The transaction that ends in a ledger entry, the reader, and housekeeping.

use std::ops::RangeInclusive;
use std::sync::Arc;

use sqlx::Any;
use sqlx::AnyConnection;
use sqlx::pool::PoolConnection;
use tokio::sync::Notify;
use vigie_model::Moment;
use vigie_model::id::{BankId, Identifier};
use vigie_seal::ledger::{self, Details, Opening};

use crate::StoreError;
use crate::dialect::Dialect;
use crate::error::Attempt;
use crate::row::Columns;

/// Whatever can be read through. Functions that look take `&mut impl Read`.
pub trait Read: Send {
    /// The connection underneath. Only this crate speaks SQL through it.
    #[doc(hidden)]
    fn connection(&mut self) -> &mut AnyConnection;

    /// How a look ends at a row that others wait for until this is over; nothing where nothing follows from the look.
    #[doc(hidden)]
    fn and_hold(&self) -> &'static str {
        ""
    }
}

/// A connection that only looks.
#[derive(Debug)]
pub struct Reader(PoolConnection<Any>);

impl Reader {
    pub(crate) fn new(connection: PoolConnection<Any>) -> Self {
        Self(connection)
    }
}

impl Read for Reader {
    fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

/// What changed in the banks: the whole bank, or some of its entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankChange {
    /// The bank.
    pub bank: BankId,
    /// Numbers of the entries, or none when the bank itself changed.
    pub entries: Option<RangeInclusive<i64>>,
}

impl BankChange {
    /// The bank itself changed.
    #[must_use]
    pub fn of_bank(bank: BankId) -> Self {
        Self { bank, entries: None }
    }

    /// One entry came, changed or went.
    #[must_use]
    pub fn of_entry(bank: BankId, entry: i64) -> Self {
        Self { bank, entries: Some(entry..=entry) }
    }

    /// Entries came, changed or went, one number after the other.
    #[must_use]
    pub fn of_entries(bank: BankId, entries: RangeInclusive<i64>) -> Self {
        Self { bank, entries: Some(entries) }
    }
}

/// A log under a new origin, whose first entry quotes what was signed before.
#[derive(Debug, Clone)]
pub struct NewEpoch {
    /// Its number.
    pub number: i64,
    /// What its first entry says in public.
    pub opening: Opening,
}

/// A transaction. Its only end is [`Transaction::commit`]; dropped, it changes nothing.
#[derive(Debug)]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Any>,
    dialect: Dialect,
    changes: Vec<BankChange>,
    work: Arc<Notify>,
    has_work: bool,
    epoch: Option<NewEpoch>,
}

impl Read for Transaction {
    fn connection(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    fn and_hold(&self) -> &'static str {
        self.dialect.and_hold()
    }
}

impl Transaction {
    pub(crate) fn new(inner: sqlx::Transaction<'static, Any>, dialect: Dialect, work: Arc<Notify>) -> Self {
        Self { inner, dialect, changes: Vec::new(), work, has_work: false, epoch: None }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Wakes whoever carries out actions and jobs in this process, when this commits.
    pub(crate) fn brings_work(&mut self) {
        self.has_work = true;
    }

    /// Tells every process, when this commits, that a bank or an entry changed.
    pub fn announce(&mut self, change: BankChange) {
        self.changes.push(change);
    }

    /// Opens an epoch of the public log: the entry with which this commits is its first.
    pub fn open_epoch(&mut self, epoch: NewEpoch) {
        self.epoch = Some(epoch);
    }

    /// Appends the entry to the ledger and commits. The sequence number of the entry comes back.
    ///
    /// The entry and its leaf are the last statements: the head row is locked here and not before, so that other
    /// writers wait for as short as can be. Sequence numbers order commits, and so they order the feed of changes.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn commit(mut self, details: &Details) -> Result<i64, StoreError> {
        let mut salt = [0; 32];
        getrandom::fill(&mut salt)?;
        let epoch = self.epoch.take();
        let sealed = ledger::seal_opening(details, &salt, epoch.as_ref().map(|epoch| &epoch.opening))?;
        let head = sqlx::query(self.dialect.lock_head());
        let seq = head.fetch_one(&mut *self.inner).await.attempt("lock the ledger head")?.number("size")?;
        for (position, change) in (0..).zip(std::mem::take(&mut self.changes)) {
            self.record_change(seq, position, change).await?;
        }
        if let Some(epoch) = epoch {
            self.record_epoch(seq, details.at, epoch).await?;
        }
        sqlx::query("INSERT INTO ledger_details (seq, salt, actor, action, object, at, details) VALUES ($1, $2, $3, $4, $5, $6, $7)")
            .bind(seq)
            .bind(salt.to_vec())
            .bind(&details.actor)
            .bind(&details.action)
            .bind(&details.object)
            .bind(details.at.0)
            .bind(&sealed.details)
            .execute(&mut *self.inner)
            .await
            .attempt("write the details of a ledger entry")?;
        sqlx::query("INSERT INTO ledger_entries (seq, entry, leaf) VALUES ($1, $2, $3)")
            .bind(seq)
            .bind(sealed.entry)
            .bind(sealed.leaf.to_vec())
            .execute(&mut *self.inner)
            .await
            .attempt("append a ledger entry")?;
        sqlx::query("UPDATE ledger_head SET size = $1 WHERE id = 1")
            .bind(seq + 1)
            .execute(&mut *self.inner)
            .await
            .attempt("move the ledger head")?;
        fail::fail_point!("store-before-commit");
        self.inner.commit().await.attempt("commit a transaction")?;
        fail::fail_point!("store-after-commit");
        if self.has_work {
            self.work.notify_one();
        }
        Ok(seq)
    }

    async fn record_epoch(&mut self, seq: i64, at: Moment, epoch: NewEpoch) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO log_epochs (number, origin, first_seq, quotes, opened_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(epoch.number)
            .bind(epoch.opening.origin)
            .bind(seq)
            .bind(epoch.opening.quotes)
            .bind(at.0)
            .execute(&mut *self.inner)
            .await
            .attempt("open an epoch of the log")?;
        Ok(())
    }

    async fn record_change(&mut self, seq: i64, position: i64, change: BankChange) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO bank_changes (seq, position, bank, first_entry, last_entry) VALUES ($1, $2, $3, $4, $5)")
            .bind(seq)
            .bind(position)
            .bind(change.bank.uuid().as_bytes().to_vec())
            .bind(change.entries.as_ref().map(|entries| *entries.start()))
            .bind(change.entries.as_ref().map(|entries| *entries.end()))
            .execute(&mut *self.inner)
            .await
            .attempt("record a change of a bank")?;
        Ok(())
    }

    /// The next number of a series that has no gaps: drawn here, kept only if this commits.
    ///
    /// # Errors
    /// The counter row cannot be written.
    pub async fn next_number(&mut self, series: &'static str) -> Result<i64, StoreError> {
        self.next_numbers(series, 1).await
    }

    /// The first of `count` consecutive numbers of a series.
    ///
    /// # Errors
    /// The counter row cannot be written.
    pub async fn next_numbers(&mut self, series: &'static str, count: i64) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "INSERT INTO counters (name, value) VALUES ($1, $2) \
             ON CONFLICT (name) DO UPDATE SET value = counters.value + $2 RETURNING value",
        )
        .bind(series)
        .bind(count)
        .fetch_one(&mut *self.inner)
        .await
        .attempt("draw the next number of a series")?;
        Ok(row.number("value")? - count + 1)
    }
}

/// A transaction for what leaves no ledger entry. Only the functions that take it by name can write through it, and
/// those touch leases, heartbeats, sessions, ceremonies under way, counts and history without a match.
#[derive(Debug)]
pub struct Housekeeping(sqlx::Transaction<'static, Any>);

impl Read for Housekeeping {
    fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

impl Housekeeping {
    pub(crate) fn new(inner: sqlx::Transaction<'static, Any>) -> Self {
        Self(inner)
    }

    /// Commits.
    ///
    /// # Errors
    /// Nothing was changed.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.0.commit().await.attempt("commit housekeeping")
    }
}

/// What background work may be written through: it is lease-keeping, and at times part of a change that matters.
pub trait Write: Read {}

impl Write for Transaction {}

impl Write for Housekeeping {}

/// One statement must change exactly one row.
pub(crate) fn one_row(attempt: &'static str, changed: u64) -> Result<(), StoreError> {
    if changed == 1 {
        return Ok(());
    }
    Err(StoreError::WrongCount { attempt, changed })
}

#[cfg(test)]
mod tests {
    use vigie_model::{Caller, Moment};

    use super::*;
    use crate::{Store, StoreSettings};

    #[tokio::test]
    async fn a_commit_leaves_its_entry_and_a_dropped_transaction_leaves_nothing() {
        let data = tempfile::tempdir().unwrap();
        let store =
            Store::open(&StoreSettings { database: None, data: data.path().to_owned() }).await.unwrap();
        let details = Details::new(&Caller::operator(), "settings.changed", "settings", Moment(5));

        let mut dropped = store.begin().await.unwrap();
        assert_eq!(dropped.next_number("incident").await.unwrap(), 1);
        drop(dropped);

        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.next_numbers("incident", 3).await.unwrap(), 1, "a dropped transaction draws no number");
        assert_eq!(tx.commit(&details).await.unwrap(), 0);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.next_number("incident").await.unwrap(), 4);
        assert_eq!(tx.commit(&details).await.unwrap(), 1);

        let mut reader = store.read().await.unwrap();
        let rows = sqlx::query("SELECT e.seq, e.leaf, e.entry, d.salt, d.details FROM ledger_entries e JOIN ledger_details d ON d.seq = e.seq ORDER BY e.seq")
            .fetch_all(reader.connection())
            .await
            .unwrap();
        assert_eq!(rows.len(), 2);
        for row in rows {
            assert_eq!(row.bytes("leaf").unwrap(), ledger::leaf_hash(&row.bytes("entry").unwrap()));
        }
    }
}
