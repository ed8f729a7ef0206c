//! Entries of banks and their signals.
//!
//! A signal is stored as the number of its kind and its raw bytes; what the numbers stand for is `vigie-match`'s.

use std::collections::{BTreeMap, HashMap};
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

/// What to look for in a bank.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntrySearch {
    /// Only entries in this state.
    pub state: Option<EntryState>,
    /// Only entries with this text in their note, their original reference or their source, or with this label;
    /// whatever the case.
    pub text: Option<String>,
    /// Only entries with a signal of these bytes.
    pub signal: Option<Vec<u8>>,
}

/// Entries of a bank with a number over `after`, in the order of their numbers.
///
/// # Errors
/// The statement failed.
pub async fn page(
    read: &mut impl Read,
    bank: BankId,
    search: &EntrySearch,
    after: i64,
    limit: i64,
) -> Result<Vec<BankEntry>, StoreError> {
    let sql = concat!(
        "SELECT * FROM bank_entries WHERE bank = $1 AND id > $2 AND ($3 = '' OR state = $3) AND ($4 = '%%' ",
        "OR LOWER(note) LIKE $4 ESCAPE '!' OR LOWER(original_reference) LIKE $4 ESCAPE '!' ",
        "OR LOWER(source) LIKE $4 ESCAPE '!' OR LOWER(labels) LIKE $5 ESCAPE '!') ",
        "AND ($6 = 0 OR id IN (SELECT entry FROM entry_signals WHERE value = $7 AND kind < 5)) ORDER BY id LIMIT $8",
    );
    let text = escaped(search.text.as_deref().unwrap_or_default());
    let rows = sqlx::query(sql)
        .bind(key(bank))
        .bind(after)
        .bind(search.state.map_or("", EntryState::name))
        .bind(format!("%{text}%"))
        .bind(format!("%\"code\":\"{text}\"%"))
        .bind(i64::from(search.signal.is_some()))
        .bind(search.signal.clone().unwrap_or_default())
        .bind(limit);
    let rows = rows.fetch_all(read.connection()).await.attempt("list the entries of a bank")?;
    rows.iter().map(entry).collect()
}

/// A text in lower case, as a LIKE pattern that means just itself.
fn escaped(text: &str) -> String {
    text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

/// The signals of some entries, by entry.
///
/// # Errors
/// The statement failed.
pub async fn signals_of(
    read: &mut impl Read,
    entries: &[i64],
) -> Result<HashMap<i64, Vec<StoredSignal>>, StoreError> {
    let mut found: HashMap<i64, Vec<StoredSignal>> = HashMap::new();
    for few in entries.chunks(ROWS) {
        let places: Vec<_> = (1..=few.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "SELECT entry, kind, value FROM entry_signals WHERE entry IN ({}) ORDER BY entry, kind",
            places.join(", ")
        );
        // Safe: only numbers of parameters are formatted in.
        let query = few.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, entry| query.bind(*entry));
        for row in query.fetch_all(read.connection()).await.attempt("find the signals of entries")? {
            let signal = StoredSignal { kind: row.number("kind")?, value: row.bytes("value")? };
            found.entry(row.number("entry")?).or_default().push(signal);
        }
    }
    Ok(found)
}

/// How many entries each bank has, by state.
///
/// # Errors
/// The statement failed.
pub async fn counts(read: &mut impl Read) -> Result<HashMap<BankId, BTreeMap<EntryState, i64>>, StoreError> {
    let rows = sqlx::query("SELECT bank, state, COUNT(*) AS entries FROM bank_entries GROUP BY bank, state");
    let mut counts: HashMap<BankId, BTreeMap<EntryState, i64>> = HashMap::new();
    for row in rows.fetch_all(read.connection()).await.attempt("count the entries of banks")? {
        counts.entry(row.id("bank")?).or_default().insert(row.parsed("state")?, row.number("entries")?);
    }
    Ok(counts)
}

/// How many entries of one bank are in each state.
///
/// # Errors
/// The statement failed.
pub async fn count(read: &mut impl Read, bank: BankId) -> Result<BTreeMap<EntryState, i64>, StoreError> {
    let rows =
        sqlx::query("SELECT state, COUNT(*) AS entries FROM bank_entries WHERE bank = $1 GROUP BY state")
            .bind(key(bank));
    let rows = rows.fetch_all(read.connection()).await.attempt("count the entries of a bank")?;
    rows.iter().map(|row| Ok((row.parsed("state")?, row.number("entries")?))).collect()
}

/// How many signals of each kind active entries of all banks have.
///
/// # Errors
/// The statement failed.
pub async fn count_signals(read: &mut impl Read) -> Result<BTreeMap<i64, i64>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.kind, COUNT(*) AS signals FROM bank_entries e JOIN entry_signals s ON s.entry = e.id \
         JOIN banks b ON b.id = e.bank WHERE e.state = 'active' AND b.removed_at IS NULL GROUP BY s.kind",
    );
    let rows = rows.fetch_all(read.connection()).await.attempt("count the signals of all banks")?;
    rows.iter().map(|row| Ok((row.number("kind")?, row.number("signals")?))).collect()
}

/// Moves every entry of a bank from one state to another. Returns between which numbers they lie and how many they are.
///
/// # Errors
/// The statement failed.
pub async fn move_all(
    tx: &mut Transaction,
    bank: BankId,
    from: EntryState,
    to: EntryState,
) -> Result<Option<(RangeInclusive<i64>, i64)>, StoreError> {
    let row = sqlx::query(
        "SELECT MIN(id) AS first, MAX(id) AS last, COUNT(*) AS entries FROM bank_entries WHERE bank = $1 AND state = $2",
    )
    .bind(key(bank))
    .bind(from.name());
    let row = row.fetch_one(tx.connection()).await.attempt("find the entries of a state")?;
    let (Some(first), Some(last)) = (row.optional_number("first")?, row.optional_number("last")?) else {
        return Ok(None);
    };
    sqlx::query("UPDATE bank_entries SET state = $3 WHERE bank = $1 AND state = $2")
        .bind(key(bank))
        .bind(from.name())
        .bind(to.name())
        .execute(tx.connection())
        .await
        .attempt("move entries to another state")?;
    Ok(Some((first..=last, row.number("entries")?)))
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

/// The videos of a bank's active entries, one after the other: each may be long.
pub fn active_videos(
    read: &mut impl Read,
    bank: BankId,
) -> impl Stream<Item = Result<SignalRow, StoreError>> + Send + '_ {
    sqlx::query(
        "SELECT e.id, s.kind, s.value, e.disabled_until FROM bank_entries e JOIN entry_signals s ON s.entry = e.id \
         WHERE e.bank = $1 AND e.state = 'active' AND s.kind >= 5",
    )
    .bind(bank.uuid().as_bytes().to_vec())
    .fetch(read.connection())
    .map(|row| signal(&row.attempt("read the videos of a bank")?, EntryState::Active))
}

/// The signals of entries between these numbers, whatever their state and bank, one after the other.
///
/// The numbers of one bank's entries may enclose those of another's, so the caller looks at the bank. (Asked for both,
/// SQLite would read the whole bank.)
pub fn changed_signals(
    read: &mut impl Read,
    entries: RangeInclusive<i64>,
) -> impl Stream<Item = Result<(BankId, SignalRow), StoreError>> + Send + '_ {
    sqlx::query(
        "SELECT e.id, s.kind, s.value, e.disabled_until, e.state, e.bank FROM bank_entries e \
         JOIN entry_signals s ON s.entry = e.id WHERE e.id >= $1 AND e.id <= $2",
    )
    .bind(*entries.start())
    .bind(*entries.end())
    .fetch(read.connection())
    .map(|row| {
        let row = row.attempt("read changed signals")?;
        Ok((row.id("bank")?, signal(&row, row.parsed("state")?)?))
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
