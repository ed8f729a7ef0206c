//! Signals that matched nothing, kept only for surfaces whose basis switched history on, and at most thirty days.
//!
//! What it is not: a log of who posted what. The reference of a row is sealed before it comes here.

use sqlx::any::AnyRow;
use uuid::Uuid;
use vigie_model::{Moment, Surface};

use crate::error::Attempt;
use crate::row::Columns;
use crate::{Housekeeping, Read, StoreError};

/// The signals of one submission without a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Its identifier; adding it twice adds it once.
    pub id: Uuid,
    /// Where it appeared.
    pub surface: Surface,
    /// Who, where and which message, sealed.
    pub reference: Vec<u8>,
    /// Its PDQ signal.
    pub pdq: Option<Vec<u8>>,
    /// Its MD5 digest.
    pub md5: Option<Vec<u8>>,
    /// Its SHA-1 digest.
    pub sha1: Option<Vec<u8>>,
    /// Its SHA-256 digest.
    pub sha256: Option<Vec<u8>>,
    /// When it came in.
    pub received_at: Moment,
}

/// Adds a row; one that is there already stays as it is.
///
/// # Errors
/// The statement failed.
pub async fn append(house: &mut Housekeeping, past: &Past) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO history (id, surface, reference, pdq, md5, sha1, sha256, received_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
    )
    .bind(past.id.as_bytes().to_vec())
    .bind(past.surface.name())
    .bind(past.reference.clone())
    .bind(past.pdq.clone())
    .bind(past.md5.clone())
    .bind(past.sha1.clone())
    .bind(past.sha256.clone())
    .bind(past.received_at.0)
    .execute(house.connection())
    .await
    .attempt("add to the history")?;
    Ok(())
}

/// Deletes what came in before this moment. Returns how many rows that were.
///
/// # Errors
/// The statement failed.
pub async fn forget(house: &mut Housekeeping, before: Moment) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM history WHERE received_at < $1")
        .bind(before.0)
        .execute(house.connection())
        .await
        .attempt("forget old history")?;
    Ok(done.rows_affected())
}

/// Rows that came in at or after this moment, oldest first, at most so many.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, from: Moment, limit: i64) -> Result<Vec<Past>, StoreError> {
    let rows = sqlx::query("SELECT * FROM history WHERE received_at >= $1 ORDER BY received_at, id LIMIT $2")
        .bind(from.0)
        .bind(limit);
    rows.fetch_all(read.connection()).await.attempt("list history")?.iter().map(past).collect()
}

fn past(row: &AnyRow) -> Result<Past, StoreError> {
    Ok(Past {
        id: Uuid::from_slice(&row.bytes("id")?).map_err(|error| crate::row::wrong("id", error))?,
        surface: row.parsed("surface")?,
        reference: row.bytes("reference")?,
        pdq: row.optional_bytes("pdq")?,
        md5: row.optional_bytes("md5")?,
        sha1: row.optional_bytes("sha1")?,
        sha256: row.optional_bytes("sha256")?,
        received_at: row.moment("received_at")?,
    })
}
