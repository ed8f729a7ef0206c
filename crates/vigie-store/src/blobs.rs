//! Sealed objects of the vault, and the holds that keep them from being deleted.
//!
//! The bytes are durable in the vault before a row here speaks of them.

use sqlx::any::AnyRow;
use vigie_model::id::BlobId;
use vigie_model::{Moment, Period};

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Read, StoreError, Transaction, periods};

/// What is known of a sealed object without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Its identifier, which is its place in the vault too.
    pub id: BlobId,
    /// Why it was kept.
    pub purpose: String,
    /// Its media type, by its content where that was told.
    pub mime: String,
    /// Length of what was sealed, in bytes.
    pub plain_size: i64,
    /// SHA-256 of what was sealed.
    pub plain_sha256: [u8; 32],
    /// When it was kept.
    pub created_at: Moment,
    /// The retention period to whose key it is sealed.
    pub period: Period,
    /// Until when it is kept where no hold stands on it; none counts from when it was kept, by what is configured.
    pub retain_until: Option<Moment>,
    /// Since when it is gone: past its retention, and without a hold.
    pub erased_at: Option<Moment>,
}

/// A legal reason why an object may not be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The reason, with what it stands on: `submission:…`, `user_report:…`.
    pub reason: String,
    /// Since when.
    pub placed_at: Moment,
    /// Until when; without end if none.
    pub until: Option<Moment>,
}

/// Makes a sealed object findable. Its bytes must be durable by now.
///
/// # Errors
/// Nothing is sealed to its period any more, or the statement failed.
pub async fn insert(tx: &mut Transaction, blob: &Blob) -> Result<(), StoreError> {
    periods::open(tx, blob.period, blob.created_at).await?;
    sqlx::query(
        "INSERT INTO blobs (id, purpose, mime, plain_size, plain_sha256, created_at, period, retain_until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key(blob.id))
    .bind(&blob.purpose)
    .bind(&blob.mime)
    .bind(blob.plain_size)
    .bind(blob.plain_sha256.to_vec())
    .bind(blob.created_at.0)
    .bind(blob.period.to_string())
    .bind(blob.retain_until.map(|until| until.0))
    .execute(tx.connection())
    .await
    .attempt("add a sealed object")?;
    // Only now: the reference of the new row keeps the period from being closed under it.
    periods::refuse_closed(tx, blob.period).await
}

/// The sealed object with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: BlobId) -> Result<Option<Blob>, StoreError> {
    let row = sqlx::query("SELECT * FROM blobs WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection())
        .await
        .attempt("find a sealed object")?
        .as_ref()
        .map(blob)
        .transpose()
}

/// Every sealed object that is not erased, with the period to whose key it is sealed.
///
/// # Errors
/// The statement failed.
pub async fn living(read: &mut impl Read) -> Result<Vec<(BlobId, Period)>, StoreError> {
    let rows = sqlx::query("SELECT id, period FROM blobs WHERE erased_at IS NULL");
    let rows = rows.fetch_all(read.connection()).await.attempt("list sealed objects")?;
    rows.iter().map(|row| Ok((row.id("id")?, period(row)?))).collect()
}

/// Keeps a sealed object as it is until this transaction ends. False when it is erased, or never was.
pub(crate) async fn lock(tx: &mut Transaction, blob: BlobId) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE blobs SET erased_at = NULL WHERE id = $1 AND erased_at IS NULL");
    let done = done.bind(key(blob)).execute(tx.connection()).await.attempt("lock a sealed object")?;
    Ok(done.rows_affected() == 1)
}

/// Places a hold, or moves the end of one that stands for the same reason. False when the object is erased: nothing is held.
///
/// # Errors
/// The statement failed.
pub async fn place_hold(tx: &mut Transaction, blob: BlobId, hold: &Hold) -> Result<bool, StoreError> {
    if !lock(tx, blob).await? {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO holds (blob, reason, placed_at, until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (blob, reason) DO UPDATE SET until = excluded.until",
    )
    .bind(key(blob))
    .bind(&hold.reason)
    .bind(hold.placed_at.0)
    .bind(hold.until.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("place a hold")?;
    Ok(true)
}

/// Holds that stand on an object, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn holds(read: &mut impl Read, blob: BlobId) -> Result<Vec<Hold>, StoreError> {
    let rows = sqlx::query("SELECT * FROM holds WHERE blob = $1 ORDER BY placed_at, reason").bind(key(blob));
    rows.fetch_all(read.connection()).await.attempt("list the holds of an object")?.iter().map(hold).collect()
}

fn blob(row: &AnyRow) -> Result<Blob, StoreError> {
    let sha256 = row.bytes("plain_sha256")?;
    Ok(Blob {
        id: row.id("id")?,
        purpose: row.text("purpose")?,
        mime: row.text("mime")?,
        plain_size: row.number("plain_size")?,
        plain_sha256: sha256.try_into().map_err(|_| wrong("plain_sha256", "not 32 bytes"))?,
        created_at: row.moment("created_at")?,
        period: period(row)?,
        retain_until: row.optional_moment("retain_until")?,
        erased_at: row.optional_moment("erased_at")?,
    })
}

/// The period of a row: what was sealed before there were periods names none.
pub(crate) fn period(row: &AnyRow) -> Result<Period, StoreError> {
    let Some(text) = row.optional_text("period")? else { return Ok(Period::Legacy) };
    text.parse().map_err(|error| wrong("period", error))
}

fn hold(row: &AnyRow) -> Result<Hold, StoreError> {
    Ok(Hold {
        reason: row.text("reason")?,
        placed_at: row.moment("placed_at")?,
        until: row.optional_moment("until")?,
    })
}
