//! What becomes of sealed objects when their retention ends: erased where no hold stands, moved to a later key where one does.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use vigie_model::id::BlobId;
use vigie_model::{Moment, Period};

use crate::error::Attempt;
use crate::periods::IN_PERIOD;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction, blobs};

/// A sealed object and the period to whose key it is sealed.
pub type Placed = (BlobId, Period);

/// Whether a hold stands on an object at the moment `$2`.
const HELD: &str =
    "EXISTS (SELECT 1 FROM holds WHERE holds.blob = blobs.id AND (holds.until IS NULL OR holds.until > $2))";

/// When the retention of objects ends.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// The present moment.
    pub now: Moment,
    /// Of an object that has no end of its own, retention is over when it was kept before this moment.
    pub kept_before: Moment,
}

/// Objects whose retention is over and on which no hold stands, the oldest first.
///
/// # Errors
/// The statement failed.
pub async fn due(read: &mut impl Read, due: Due, limit: i64) -> Result<Vec<Placed>, StoreError> {
    let statement = format!(
        "SELECT id, period FROM blobs WHERE erased_at IS NULL \
         AND (retain_until <= $2 OR (retain_until IS NULL AND created_at <= $1)) AND NOT {HELD} ORDER BY created_at, id LIMIT $3"
    );
    // Safe: made of constants.
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(due.kept_before.0).bind(due.now.0).bind(limit);
    placed(&rows.fetch_all(read.connection()).await.attempt("list what has to be erased")?)
}

/// Objects that have to leave a closed period because a hold stands on them: all of a month; of what was sealed before there
/// were periods, those whose retention is over.
///
/// # Errors
/// The statement failed.
pub async fn held(
    read: &mut impl Read,
    period: Period,
    due: Due,
    limit: i64,
) -> Result<Vec<Placed>, StoreError> {
    let statement = format!(
        "SELECT id, period FROM blobs WHERE erased_at IS NULL AND {IN_PERIOD} AND {HELD} \
         AND (blobs.period IS NOT NULL OR created_at <= $3) ORDER BY created_at, id LIMIT $4"
    );
    let rows = sqlx::query(AssertSqlSafe(statement));
    let rows = rows.bind(period.to_string()).bind(due.now.0).bind(due.kept_before.0).bind(limit);
    placed(&rows.fetch_all(read.connection()).await.attempt("list what is held beyond its retention")?)
}

/// Says that an object is erased, unless a hold stands on it by now. Whether it is this time.
///
/// # Errors
/// The statement failed.
pub async fn erase(tx: &mut Transaction, blob: BlobId, now: Moment) -> Result<bool, StoreError> {
    // Locked first: a hold that is being placed is seen by the next statement, or finds the object erased.
    if !blobs::lock(tx, blob).await? {
        return Ok(false);
    }
    let statement = format!("UPDATE blobs SET erased_at = $2 WHERE id = $1 AND NOT {HELD}");
    let done = sqlx::query(AssertSqlSafe(statement)).bind(key(blob)).bind(now.0).execute(tx.connection());
    Ok(done.await.attempt("erase a sealed object")?.rows_affected() == 1)
}

/// Every object that is sealed to a period and not erased.
///
/// # Errors
/// The statement failed.
pub async fn of_period(read: &mut impl Read, period: Period) -> Result<Vec<BlobId>, StoreError> {
    let statement =
        format!("SELECT id FROM blobs WHERE erased_at IS NULL AND {IN_PERIOD} ORDER BY created_at, id");
    let rows = sqlx::query(AssertSqlSafe(statement)).bind(period.to_string());
    let rows = rows.fetch_all(read.connection()).await.attempt("list the objects of a period")?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Says that an object is sealed to another key now. False when it is erased, or was moved before.
///
/// # Errors
/// Nothing is sealed to that period any more, or the statement failed.
pub async fn move_to(
    tx: &mut Transaction,
    (blob, from): Placed,
    to: Period,
    now: Moment,
) -> Result<bool, StoreError> {
    crate::periods::open(tx, to, now).await?;
    let statement =
        format!("UPDATE blobs SET period = $2 WHERE id = $3 AND erased_at IS NULL AND {IN_PERIOD}");
    let done =
        sqlx::query(AssertSqlSafe(statement)).bind(from.to_string()).bind(to.to_string()).bind(key(blob));
    let moved = done.execute(tx.connection()).await.attempt("move a sealed object")?.rows_affected() == 1;
    crate::periods::refuse_closed(tx, to).await?;
    Ok(moved)
}

/// A reason for which holds stand, and on how many objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingHold {
    /// The reason: `incident:…`, `user_report:…`, `action:…`, `alarm:…`.
    pub reason: String,
    /// Since when the first of them stands.
    pub placed_at: Moment,
    /// How many objects it keeps.
    pub objects: i64,
}

/// The reasons for which holds stand on objects that are not erased, the oldest first, so many at most.
///
/// # Errors
/// The statement failed.
pub async fn standing(
    read: &mut impl Read,
    now: Moment,
    limit: i64,
) -> Result<Vec<StandingHold>, StoreError> {
    let rows = sqlx::query(
        "SELECT h.reason, MIN(h.placed_at) AS placed_at, COUNT(*) AS objects FROM holds h JOIN blobs b ON b.id = h.blob \
         WHERE b.erased_at IS NULL AND (h.until IS NULL OR h.until > $1) GROUP BY h.reason ORDER BY 2, 1 LIMIT $2",
    );
    let rows = rows.bind(now.0).bind(limit).fetch_all(read.connection()).await.attempt("list the holds")?;
    let standing = |row: &AnyRow| {
        Ok(StandingHold {
            reason: row.text("reason")?,
            placed_at: row.moment("placed_at")?,
            objects: row.number("objects")?,
        })
    };
    rows.iter().map(standing).collect()
}

/// The objects on which a hold for this reason stands.
///
/// # Errors
/// The statement failed.
pub async fn held_for(read: &mut impl Read, reason: &str, now: Moment) -> Result<Vec<BlobId>, StoreError> {
    let rows = sqlx::query(
        "SELECT h.blob FROM holds h JOIN blobs b ON b.id = h.blob \
         WHERE h.reason = $1 AND b.erased_at IS NULL AND (h.until IS NULL OR h.until > $2) ORDER BY h.blob",
    );
    let rows =
        rows.bind(reason).bind(now.0).fetch_all(read.connection()).await.attempt("list what is held")?;
    rows.iter().map(|row| row.id("blob")).collect()
}

/// Lifts the hold for this reason from an object. False when there is none.
///
/// # Errors
/// The statement failed.
pub async fn lift(tx: &mut Transaction, blob: BlobId, reason: &str) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM holds WHERE blob = $1 AND reason = $2").bind(key(blob)).bind(reason);
    Ok(done.execute(tx.connection()).await.attempt("lift a hold")?.rows_affected() == 1)
}

fn placed(rows: &[AnyRow]) -> Result<Vec<Placed>, StoreError> {
    rows.iter().map(|row| Ok((row.id("id")?, blobs::period(row)?))).collect()
}
