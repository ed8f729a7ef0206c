//! Retention periods of the vault: opened by their first object, closed when they are over, then their key is shredded.
//!
//! The order keeps evidence from being lost: nothing is sealed to a closed period, so that what lies in it only ever becomes
//! less, and its key is destroyed when nothing is left. The row says so last.

use sqlx::any::AnyRow;
use vigie_model::{Moment, Period};

use crate::error::Attempt;
use crate::row::Columns;
use crate::{Read, StoreError, Transaction};

/// A retention period and how far its life has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodState {
    /// The period.
    pub period: Period,
    /// Since when something was sealed to it.
    pub opened_at: Moment,
    /// Since when nothing is.
    pub closed_at: Option<Moment>,
    /// Since when its key is destroyed.
    pub shredded_at: Option<Moment>,
    /// How many objects are sealed to it.
    pub objects: i64,
    /// On how many of them a hold stands.
    pub held: i64,
}

/// What counts as living under a period. What was sealed before there were periods names none.
pub(crate) const IN_PERIOD: &str = "(blobs.period = $1 OR ($1 = 'legacy' AND blobs.period IS NULL))";

/// Every period, the earliest first, with what is sealed to it and what is held of that now.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, now: Moment) -> Result<Vec<PeriodState>, StoreError> {
    let rows = sqlx::query(
        "SELECT p.period, p.opened_at, p.closed_at, p.shredded_at, \
         (SELECT COUNT(*) FROM blobs b WHERE b.erased_at IS NULL AND COALESCE(b.period, 'legacy') = p.period) AS objects, \
         (SELECT COUNT(*) FROM blobs b WHERE b.erased_at IS NULL AND COALESCE(b.period, 'legacy') = p.period \
          AND EXISTS (SELECT 1 FROM holds h WHERE h.blob = b.id AND (h.until IS NULL OR h.until > $1))) AS held \
         FROM vault_periods p ORDER BY p.period",
    );
    let rows = rows.bind(now.0).fetch_all(read.connection()).await.attempt("list the retention periods")?;
    let state = |row: &AnyRow| {
        Ok(PeriodState {
            period: row.parsed("period")?,
            opened_at: row.moment("opened_at")?,
            closed_at: row.optional_moment("closed_at")?,
            shredded_at: row.optional_moment("shredded_at")?,
            objects: row.number("objects")?,
            held: row.number("held")?,
        })
    };
    rows.iter().map(state).collect()
}

/// How many objects that are not erased were sealed before there were periods.
///
/// # Errors
/// The statement failed.
pub async fn legacy_objects(read: &mut impl Read) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS objects FROM blobs WHERE period IS NULL AND erased_at IS NULL");
    row.fetch_one(read.connection()).await.attempt("count the objects of before")?.number("objects")
}

/// The first period from this one on that is not closed.
///
/// # Errors
/// The statement failed.
pub async fn first_open(read: &mut impl Read, from: Period) -> Result<Period, StoreError> {
    let rows = sqlx::query(
        "SELECT period FROM vault_periods WHERE closed_at IS NOT NULL AND period >= $1 AND period < 'l'",
    );
    let rows =
        rows.bind(from.to_string()).fetch_all(read.connection()).await.attempt("find an open period")?;
    let closed = rows.iter().map(|row| row.parsed("period")).collect::<Result<Vec<Period>, _>>()?;
    Ok((0..).map(|months| from.later(months)).find(|period| !closed.contains(period)).unwrap_or(from))
}

/// Makes a period known, where it is not.
pub(crate) async fn open(tx: &mut Transaction, period: Period, now: Moment) -> Result<(), StoreError> {
    let insert =
        "INSERT INTO vault_periods (period, opened_at) VALUES ($1, $2) ON CONFLICT (period) DO NOTHING";
    let done = sqlx::query(insert).bind(period.to_string()).bind(now.0).execute(tx.connection());
    done.await.attempt("open a retention period")?;
    Ok(())
}

pub(crate) async fn refuse_closed(tx: &mut Transaction, period: Period) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT closed_at FROM vault_periods WHERE period = $1").bind(period.to_string());
    let row = row.fetch_one(tx.connection()).await.attempt("look whether a period is closed")?;
    match row.optional_number("closed_at")? {
        Some(_) => Err(StoreError::PeriodClosed(period)),
        None => Ok(()),
    }
}

/// Closes a period: nothing is sealed to it any more. Whoever is about to seal to it has committed, or will be refused.
/// False when it was closed already.
///
/// # Errors
/// The statement failed.
pub async fn close(tx: &mut Transaction, period: Period, now: Moment) -> Result<bool, StoreError> {
    open(tx, period, now).await?;
    let lock = sqlx::query(tx.dialect().lock_period()).bind(period.to_string());
    lock.fetch_one(tx.connection()).await.attempt("lock a retention period")?;
    let close = "UPDATE vault_periods SET closed_at = $2 WHERE period = $1 AND closed_at IS NULL";
    let done = sqlx::query(close).bind(period.to_string()).bind(now.0).execute(tx.connection());
    Ok(done.await.attempt("close a retention period")?.rows_affected() == 1)
}

/// Says that the key of a closed period is destroyed. False when that was said already.
///
/// # Errors
/// The statement failed.
pub async fn set_shredded(tx: &mut Transaction, period: Period, now: Moment) -> Result<bool, StoreError> {
    let update = "UPDATE vault_periods SET shredded_at = $2 \
         WHERE period = $1 AND closed_at IS NOT NULL AND shredded_at IS NULL";
    let done = sqlx::query(update).bind(period.to_string()).bind(now.0).execute(tx.connection());
    Ok(done.await.attempt("say that a key is shredded")?.rows_affected() == 1)
}
