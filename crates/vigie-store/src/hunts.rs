//! Retro-hunts, what they found, and the counts that are made public.
//!
//! What it is not: a way to search. Nothing here takes a signal; the entries that are looked for are read from their bank.

use std::collections::HashSet;

use futures_util::{Stream, StreamExt as _};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use uuid::Uuid;
use vigie_model::Moment;
use vigie_model::hunt::{Hunt, HuntProgress, HuntState, HuntTerms};
use vigie_model::id::{BankId, HuntId, IncidentId, ItemId};

use crate::bank_entries::StoredSignal;
use crate::error::Attempt;
use crate::history::Segment;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Housekeeping, Read, StoreError, Transaction};

/// Writes a hunt that is asked for.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, hunt: &Hunt) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO hunts (id, number, bank, purpose, entries_since, entries_until, entries, from_at, until_at, state, \
         segments, segments_done, last_segment, rows_examined, hits, approval, asked_by, asked_at, ended_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0, $11, $12, $13, NULL)",
    )
    .bind(key(hunt.id))
    .bind(hunt.number)
    .bind(key(hunt.terms.bank))
    .bind(&hunt.terms.purpose)
    .bind(hunt.terms.entries_since.map(|moment| moment.0))
    .bind(hunt.terms.entries_until.0)
    .bind(hunt.entries)
    .bind(hunt.terms.from.0)
    .bind(hunt.terms.until.0)
    .bind(hunt.state.name())
    .bind(key(hunt.approval))
    .bind(key(hunt.asked_by))
    .bind(hunt.asked_at.0)
    .execute(tx.connection())
    .await
    .attempt("write a retro-hunt")?;
    Ok(())
}

/// The hunt with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: HuntId) -> Result<Option<Hunt>, StoreError> {
    let row = sqlx::query("SELECT * FROM hunts WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a retro-hunt")?.as_ref().map(hunt).transpose()
}

/// The newest hunts, at most so many.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, limit: i64) -> Result<Vec<Hunt>, StoreError> {
    let rows = sqlx::query("SELECT * FROM hunts ORDER BY number DESC LIMIT $1").bind(limit);
    rows.fetch_all(read.connection()).await.attempt("list retro-hunts")?.iter().map(hunt).collect()
}

/// Moves a hunt on, where it still stands where the caller thinks. Tells whether it did.
///
/// # Errors
/// The statement failed.
pub async fn advance(
    tx: &mut Transaction,
    id: HuntId,
    from: HuntState,
    to: HuntState,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE hunts SET state = $3, ended_at = $4 WHERE id = $1 AND state = $2")
        .bind(key(id))
        .bind(from.name())
        .bind(to.name())
        .bind(to.is_over().then_some(now.0))
        .execute(tx.connection())
        .await
        .attempt("move a retro-hunt on")?;
    Ok(done.rows_affected() == 1)
}

/// The segment after which a hunt goes on.
///
/// # Errors
/// No such hunt, or the statement failed.
pub async fn last_segment(read: &mut impl Read, id: HuntId) -> Result<Segment, StoreError> {
    let row = sqlx::query("SELECT last_segment FROM hunts WHERE id = $1").bind(key(id));
    let row = row.fetch_one(read.connection()).await.attempt("find how far a retro-hunt is")?;
    row.number("last_segment").map(Segment)
}

/// Notes how many segments are still to be done.
///
/// # Errors
/// The statement failed.
pub async fn plan(house: &mut Housekeeping, id: HuntId, remaining: i64) -> Result<(), StoreError> {
    sqlx::query("UPDATE hunts SET segments = segments_done + $2 WHERE id = $1")
        .bind(key(id))
        .bind(remaining)
        .execute(house.connection())
        .await
        .attempt("plan a retro-hunt")?;
    Ok(())
}

/// Segments that were looked through, up to the last of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The last of them.
    pub last: Segment,
    /// How many.
    pub segments: i64,
    /// Rows in them.
    pub rows: i64,
}

/// Notes a step. False when the hunt is not under way any more, or somebody else is as far.
///
/// # Errors
/// The statement failed.
pub async fn step(house: &mut Housekeeping, id: HuntId, step: &Step) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE hunts SET last_segment = $2, segments_done = segments_done + $3, rows_examined = rows_examined + $4 \
         WHERE id = $1 AND last_segment < $2 AND state = 'running'",
    )
    .bind(key(id))
    .bind(step.last.0)
    .bind(step.segments)
    .bind(step.rows)
    .execute(house.connection())
    .await
    .attempt("note how far a retro-hunt is")?;
    Ok(done.rows_affected() == 1)
}

/// Something that a hunt found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// By the entries of which bank.
    pub bank: BankId,
    /// The row of history.
    pub upload: Uuid,
    /// By which hunt.
    pub hunt: HuntId,
    /// The item it became.
    pub item: ItemId,
    /// Whether only the quick first pass says so.
    pub unconfirmed: bool,
}

/// Whether any hunt found this upload by this bank before.
///
/// # Errors
/// The statement failed.
pub async fn is_found(read: &mut impl Read, bank: BankId, upload: Uuid) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT hunt FROM hunt_hits WHERE bank = $1 AND upload = $2")
        .bind(key(bank))
        .bind(upload.as_bytes().to_vec());
    Ok(row.fetch_optional(read.connection()).await.attempt("see whether an upload was found")?.is_some())
}

/// Notes what a hunt found.
///
/// # Errors
/// It was found before, or the statement failed.
pub async fn add_hit(tx: &mut Transaction, hit: &Hit) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO hunt_hits (bank, upload, hunt, item, unconfirmed) VALUES ($1, $2, $3, $4, $5)")
        .bind(key(hit.bank))
        .bind(hit.upload.as_bytes().to_vec())
        .bind(key(hit.hunt))
        .bind(key(hit.item))
        .bind(i64::from(hit.unconfirmed))
        .execute(tx.connection())
        .await
        .attempt("note what a retro-hunt found")?;
    let done = sqlx::query("UPDATE hunts SET hits = hits + 1 WHERE id = $1")
        .bind(key(hit.hunt))
        .execute(tx.connection())
        .await
        .attempt("count what a retro-hunt found")?;
    one_row("counting what a retro-hunt found", done.rows_affected())
}

/// An incident with something in it that a hunt found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundIncident {
    /// The incident.
    pub incident: IncidentId,
    /// Its number.
    pub number: i64,
    /// How many items the hunt put into it.
    pub items: i64,
    /// How many of these are unconfirmed.
    pub unconfirmed: i64,
}

/// The incidents into which a hunt put something, in the order of their numbers.
///
/// # Errors
/// The statement failed.
pub async fn incidents(read: &mut impl Read, id: HuntId) -> Result<Vec<FoundIncident>, StoreError> {
    let rows = sqlx::query(
        "SELECT i.id, i.number, COUNT(*) AS items, CAST(SUM(h.unconfirmed) AS BIGINT) AS unconfirmed FROM hunt_hits h \
         JOIN incident_items t ON t.id = h.item JOIN incidents i ON i.id = t.incident WHERE h.hunt = $1 \
         GROUP BY i.id, i.number ORDER BY i.number",
    )
    .bind(key(id));
    rows.fetch_all(read.connection())
        .await
        .attempt("list what a retro-hunt found")?
        .iter()
        .map(|row| {
            Ok(FoundIncident {
                incident: row.id("id")?,
                number: row.number("number")?,
                items: row.number("items")?,
                unconfirmed: row.number("unconfirmed")?,
            })
        })
        .collect()
}

/// An item that a hunt found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The item.
    pub item: ItemId,
    /// The hunt.
    pub hunt: HuntId,
    /// Its number.
    pub number: i64,
    /// Whether only the quick first pass says so.
    pub unconfirmed: bool,
}

/// The items of an incident that hunts found.
///
/// # Errors
/// The statement failed.
pub async fn marks(read: &mut impl Read, incident: IncidentId) -> Result<Vec<Mark>, StoreError> {
    let rows = sqlx::query(
        "SELECT t.id, h.hunt, u.number, h.unconfirmed FROM incident_items t JOIN hunt_hits h ON h.item = t.id \
         JOIN hunts u ON u.id = h.hunt WHERE t.incident = $1 ORDER BY t.added_at, t.id",
    )
    .bind(key(incident));
    rows.fetch_all(read.connection())
        .await
        .attempt("find which items retro-hunts found")?
        .iter()
        .map(|row| {
            Ok(Mark {
                item: row.id("id")?,
                hunt: row.id("hunt")?,
                number: row.number("number")?,
                unconfirmed: row.truth("unconfirmed")?,
            })
        })
        .collect()
}

/// Which of these incidents hold something that a hunt found.
///
/// # Errors
/// The statement failed.
pub async fn retrospective(
    read: &mut impl Read,
    incidents: &[IncidentId],
) -> Result<HashSet<IncidentId>, StoreError> {
    if incidents.is_empty() {
        return Ok(HashSet::new());
    }
    let places: Vec<_> = (1..=incidents.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT DISTINCT incident FROM incident_items WHERE kind = 'retro_hunt' AND incident IN ({})",
        places.join(", ")
    );
    // Safe: only numbers of parameters are formatted in.
    let query = incidents.iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, id| query.bind(key(*id)));
    let rows = query.fetch_all(read.connection()).await.attempt("find retrospective incidents")?;
    rows.iter().map(|row| row.id("incident")).collect()
}

/// The signals of a bank's entries that match at this moment and joined within a time, by entry.
pub fn wanted<'read>(
    read: &'read mut impl Read,
    terms: &HuntTerms,
    now: Moment,
) -> impl Stream<Item = Result<(i64, StoredSignal), StoreError>> + Send + 'read {
    sqlx::query(
        "SELECT e.id, s.kind, s.value FROM bank_entries e JOIN entry_signals s ON s.entry = e.id \
         WHERE e.bank = $1 AND e.state = 'active' AND e.created_at >= $2 AND e.created_at < $3 \
         AND (e.disabled_until IS NULL OR e.disabled_until <= $4)",
    )
    .bind(key(terms.bank))
    .bind(terms.entries_since.map_or(i64::MIN, |moment| moment.0))
    .bind(terms.entries_until.0)
    .bind(now.0)
    .fetch(read.connection())
    .map(|row| {
        let row = row.attempt("read what a retro-hunt looks for")?;
        Ok((row.number("id")?, StoredSignal { kind: row.number("kind")?, value: row.bytes("value")? }))
    })
}

/// How many of a bank's entries match at this moment and joined within a time.
///
/// # Errors
/// The statement failed.
pub async fn count_wanted(read: &mut impl Read, terms: &HuntTerms, now: Moment) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS entries FROM bank_entries \
         WHERE bank = $1 AND state = 'active' AND created_at >= $2 AND created_at < $3 \
         AND (disabled_until IS NULL OR disabled_until <= $4)",
    )
    .bind(key(terms.bank))
    .bind(terms.entries_since.map_or(i64::MIN, |moment| moment.0))
    .bind(terms.entries_until.0)
    .bind(now.0);
    row.fetch_one(read.connection()).await.attempt("count what a retro-hunt looks for")?.number("entries")
}

/// What retro-hunts did by the entries of one bank in one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HuntCount {
    /// The bank.
    pub bank: BankId,
    /// The month in UTC, as `2026-11`.
    pub month: String,
    /// Hunts that were carried out.
    pub hunts: i64,
    /// Rows of history that they examined.
    pub rows: i64,
    /// Uploads that they found.
    pub hits: i64,
}

/// Adds to the counts of a bank and month.
///
/// # Errors
/// The statement failed.
pub async fn count(tx: &mut Transaction, more: &HuntCount) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO hunt_counts (bank, month, hunts, rows_examined, hits) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (bank, month) DO UPDATE SET hunts = hunt_counts.hunts + $3, \
         rows_examined = hunt_counts.rows_examined + $4, hits = hunt_counts.hits + $5",
    )
    .bind(key(more.bank))
    .bind(&more.month)
    .bind(more.hunts)
    .bind(more.rows)
    .bind(more.hits)
    .execute(tx.connection())
    .await
    .attempt("count a retro-hunt")?;
    Ok(())
}

/// The counts of every bank and month, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn counts(read: &mut impl Read) -> Result<Vec<HuntCount>, StoreError> {
    let rows = sqlx::query("SELECT * FROM hunt_counts ORDER BY month, bank");
    rows.fetch_all(read.connection())
        .await
        .attempt("list the counts of retro-hunts")?
        .iter()
        .map(|row| {
            Ok(HuntCount {
                bank: row.id("bank")?,
                month: row.text("month")?,
                hunts: row.number("hunts")?,
                rows: row.number("rows_examined")?,
                hits: row.number("hits")?,
            })
        })
        .collect()
}

fn hunt(row: &AnyRow) -> Result<Hunt, StoreError> {
    Ok(Hunt {
        id: row.id("id")?,
        number: row.number("number")?,
        terms: HuntTerms {
            bank: row.id("bank")?,
            purpose: row.text("purpose")?,
            entries_since: row.optional_moment("entries_since")?,
            entries_until: row.moment("entries_until")?,
            from: row.moment("from_at")?,
            until: row.moment("until_at")?,
        },
        entries: row.number("entries")?,
        state: row.parsed("state")?,
        progress: HuntProgress {
            segments: row.number("segments")?,
            segments_done: row.number("segments_done")?,
            rows: row.number("rows_examined")?,
            hits: row.number("hits")?,
        },
        approval: row.id("approval")?,
        asked_by: row.id("asked_by")?,
        asked_at: row.moment("asked_at")?,
        ended_at: row.optional_moment("ended_at")?,
    })
}
