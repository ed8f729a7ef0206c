//! Entries of banks and their signals.
//!
//! A signal is stored as the number of its kind and its raw bytes; what the numbers stand for is `vigie-match`'s.

use std::ops::RangeInclusive;

use futures_util::{Stream, StreamExt as _};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};
use vigie_model::Moment;
use vigie_model::bank::{BankEntry, EntryState};
use vigie_model::id::{BankId, Identifier as _};

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Rows in one statement. SQLite takes 32,766 parameters in one, and an entry has ten.
const ROWS: usize = 512;

/// A known signal of an entry.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSignal {
    /// The number of its kind.
    pub kind: i64,
    /// Its raw bytes.
    pub value: Vec<u8>,
}

/// A known signal with what decides whether it matches.
#[derive(Clone, PartialEq, Eq)]
pub struct SignalRow {
    /// The entry.
    pub entry: i64,
    /// The signal.
    pub signal: StoredSignal,
    /// Until when the entry does not match.
    pub disabled_until: Option<Moment>,
    /// Active, quarantined or removed.
    pub state: EntryState,
}

/// Adds entries with their signals, many rows in one statement.
///
/// # Errors
/// A number is taken, a bank unknown, or a statement failed.
pub async fn insert(
    tx: &mut Transaction,
    entries: &[(BankEntry, Vec<StoredSignal>)],
) -> Result<(), StoreError> {
    for few in entries.chunks(ROWS) {
        insert_rows(tx, few).await?;
        let signals: Vec<_> = few
            .iter()
            .flat_map(|(entry, signals)| signals.iter().map(move |signal| (entry.id, signal)))
            .collect();
        for few in signals.chunks(ROWS) {
            insert_signals(tx, few).await?;
        }
    }
    Ok(())
}

async fn insert_rows(
    tx: &mut Transaction,
    entries: &[(BankEntry, Vec<StoredSignal>)],
) -> Result<(), StoreError> {
    let sql = format!(
        "INSERT INTO bank_entries (id, bank, source, labels, note, original_reference, metadata, disabled_until, \
         state, created_at) VALUES {}",
        places(entries.len(), 10)
    );
    // Safe: only numbers of parameters are formatted in.
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (entry, _) in entries {
        query = query
            .bind(entry.id)
            .bind(key(entry.bank))
            .bind(&entry.source)
            .bind(serde_json::to_string(&entry.labels)?)
            .bind(&entry.note)
            .bind(&entry.original_reference)
            .bind(entry.metadata.as_ref().map(serde_json::to_string).transpose()?)
            .bind(entry.disabled_until.map(|moment| moment.0))
            .bind(entry.state.name())
            .bind(entry.created_at.0);
    }
    query.execute(tx.connection()).await.attempt("add entries to a bank")?;
    Ok(())
}

async fn insert_signals(tx: &mut Transaction, signals: &[(i64, &StoredSignal)]) -> Result<(), StoreError> {
    let sql = format!("INSERT INTO entry_signals (entry, kind, value) VALUES {}", places(signals.len(), 3));
    // Safe: only numbers of parameters are formatted in.
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (entry, signal) in signals {
        query = query.bind(*entry).bind(signal.kind).bind(&signal.value);
    }
    query.execute(tx.connection()).await.attempt("add signals to entries")?;
    Ok(())
}

/// `($1, $2), ($3, $4)` for so many rows of so many columns.
fn places(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let places: Vec<_> = (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", places.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// The entry with this number, whatever its state.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: i64) -> Result<Option<BankEntry>, StoreError> {
    let row = sqlx::query("SELECT * FROM bank_entries WHERE id = $1").bind(id);
    row.fetch_optional(read.connection()).await.attempt("find an entry")?.as_ref().map(entry).transpose()
}

/// The signals of an entry, by kind.
///
/// # Errors
/// The statement failed.
pub async fn signals(read: &mut impl Read, entry: i64) -> Result<Vec<StoredSignal>, StoreError> {
    let rows =
        sqlx::query("SELECT kind, value FROM entry_signals WHERE entry = $1 ORDER BY kind").bind(entry);
    let rows = rows.fetch_all(read.connection()).await.attempt("find the signals of an entry")?;
    rows.iter()
        .map(|row| Ok(StoredSignal { kind: row.number("kind")?, value: row.bytes("value")? }))
        .collect()
}

/// Writes what can change of an entry: labels, note, original reference, disabled-until, state.
///
/// # Errors
/// There is no such entry, or the statement failed.
pub async fn update(tx: &mut Transaction, entry: &BankEntry) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE bank_entries SET labels = $2, note = $3, original_reference = $4, disabled_until = $5, state = $6 \
         WHERE id = $1",
    )
    .bind(entry.id)
    .bind(serde_json::to_string(&entry.labels)?)
    .bind(&entry.note)
    .bind(&entry.original_reference)
    .bind(entry.disabled_until.map(|moment| moment.0))
    .bind(entry.state.name())
    .execute(tx.connection())
    .await
    .attempt("change an entry")?;
    one_row("changing an entry", done.rows_affected())
}

/// The signals of a bank's active entries, one after the other: banks may be larger than memory.
pub fn active_signals(
    read: &mut impl Read,
    bank: BankId,
) -> impl Stream<Item = Result<SignalRow, StoreError>> + Send + '_ {
    sqlx::query(
        "SELECT e.id, s.kind, s.value, e.disabled_until FROM bank_entries e JOIN entry_signals s ON s.entry = e.id \
         WHERE e.bank = $1 AND e.state = 'active'",
    )
    .bind(bank.uuid().as_bytes().to_vec())
    .fetch(read.connection())
    .map(|row| signal(&row.attempt("read the signals of a bank")?, EntryState::Active))
}

/// The signals of some entries of a bank, whatever their state, one after the other.
pub fn changed_signals(
    read: &mut impl Read,
    bank: BankId,
    entries: RangeInclusive<i64>,
) -> impl Stream<Item = Result<SignalRow, StoreError>> + Send + '_ {
    sqlx::query(
        "SELECT e.id, s.kind, s.value, e.disabled_until, e.state FROM bank_entries e \
         JOIN entry_signals s ON s.entry = e.id WHERE e.bank = $1 AND e.id >= $2 AND e.id <= $3",
    )
    .bind(bank.uuid().as_bytes().to_vec())
    .bind(*entries.start())
    .bind(*entries.end())
    .fetch(read.connection())
    .map(|row| {
        let row = row.attempt("read changed signals")?;
        signal(&row, row.parsed("state")?)
    })
}

/// By place and not by name: this runs once for each of millions of rows.
fn signal(row: &AnyRow, state: EntryState) -> Result<SignalRow, StoreError> {
    let value = |place: usize| move |error| wrong(["id", "kind", "value", "disabled_until"][place], error);
    Ok(SignalRow {
        entry: row.try_get(0).map_err(value(0))?,
        signal: StoredSignal {
            kind: row.try_get(1).map_err(value(1))?,
            value: row.try_get(2).map_err(value(2))?,
        },
        disabled_until: row.try_get::<Option<i64>, _>(3).map_err(value(3))?.map(Moment),
        state,
    })
}

fn entry(row: &AnyRow) -> Result<BankEntry, StoreError> {
    Ok(BankEntry {
        id: row.number("id")?,
        bank: row.id("bank")?,
        source: row.text("source")?,
        labels: row.json("labels")?,
        note: row.optional_text("note")?,
        original_reference: row.optional_text("original_reference")?,
        metadata: row.optional_json("metadata")?,
        disabled_until: row.optional_moment("disabled_until")?,
        state: row.parsed("state")?,
        created_at: row.moment("created_at")?,
    })
}
