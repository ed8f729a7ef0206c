//! Sealed objects of the vault, and the holds that keep them from being deleted.
//!
//! The bytes are durable in the vault before a row here speaks of them.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::BlobId;

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Read, StoreError, Transaction};

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
/// The statement failed.
pub async fn insert(tx: &mut Transaction, blob: &Blob) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO blobs (id, purpose, mime, plain_size, plain_sha256, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key(blob.id))
    .bind(&blob.purpose)
    .bind(&blob.mime)
    .bind(blob.plain_size)
    .bind(blob.plain_sha256.to_vec())
    .bind(blob.created_at.0)
    .execute(tx.connection())
    .await
    .attempt("add a sealed object")?;
    Ok(())
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

/// Identifiers of every sealed object.
///
/// # Errors
/// The statement failed.
pub async fn ids(read: &mut impl Read) -> Result<Vec<BlobId>, StoreError> {
    let rows = sqlx::query("SELECT id FROM blobs");
    let rows = rows.fetch_all(read.connection()).await.attempt("list sealed objects")?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Places a hold, or moves the end of one that stands for the same reason.
///
/// # Errors
/// The statement failed.
pub async fn place_hold(tx: &mut Transaction, blob: BlobId, hold: &Hold) -> Result<(), StoreError> {
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
    Ok(())
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
    })
}

fn hold(row: &AnyRow) -> Result<Hold, StoreError> {
    Ok(Hold {
        reason: row.text("reason")?,
        placed_at: row.moment("placed_at")?,
        until: row.optional_moment("until")?,
    })
}
