//! Grants, and what was taken under them and has not left.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{BlobId, GrantId, RequestId};

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Read, StoreError, Transaction};

/// A grant as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRow {
    /// Its identifier.
    pub id: GrantId,
    /// The request.
    pub request: RequestId,
    /// The signed envelope, byte by byte.
    pub envelope: Vec<u8>,
    /// SHA-256 of what was signed.
    pub hash: [u8; 32],
    /// When it was made.
    pub granted_at: Moment,
    /// Until when anything may be taken under it.
    pub expires_at: Moment,
    /// When it was taken back.
    pub revoked_at: Option<Moment>,
}

/// Writes a grant.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, grant: &GrantRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO request_grants (id, request, envelope, hash, granted_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key(grant.id))
    .bind(key(grant.request))
    .bind(&grant.envelope)
    .bind(grant.hash.to_vec())
    .bind(grant.granted_at.0)
    .bind(grant.expires_at.0)
    .execute(tx.connection())
    .await
    .attempt("write a grant")?;
    Ok(())
}

/// The grant of a request that stands, the newest where there were several.
///
/// # Errors
/// The statement failed.
pub async fn standing(read: &mut impl Read, request: RequestId) -> Result<Option<GrantRow>, StoreError> {
    let row = sqlx::query(
        "SELECT * FROM request_grants WHERE request = $1 AND revoked_at IS NULL ORDER BY granted_at DESC LIMIT 1",
    );
    let row = row.bind(key(request)).fetch_optional(read.connection()).await.attempt("find a grant")?;
    row.as_ref().map(grant).transpose()
}

/// Takes back every grant of a request. Nothing is taken or leaves under them any more.
///
/// # Errors
/// The statement failed.
pub async fn revoke(tx: &mut Transaction, request: RequestId, now: Moment) -> Result<(), StoreError> {
    sqlx::query("UPDATE request_grants SET revoked_at = $2 WHERE request = $1 AND revoked_at IS NULL")
        .bind(key(request))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("take a grant back")?;
    Ok(())
}

fn grant(row: &AnyRow) -> Result<GrantRow, StoreError> {
    Ok(GrantRow {
        id: row.id("id")?,
        request: row.id("request")?,
        envelope: row.bytes("envelope")?,
        hash: row.bytes("hash")?.try_into().map_err(|_| wrong("hash", "not 32 bytes"))?,
        granted_at: row.moment("granted_at")?,
        expires_at: row.moment("expires_at")?,
        revoked_at: row.optional_moment("revoked_at")?,
    })
}

/// What was taken under a grant and has not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staging {
    /// The request.
    pub request: RequestId,
    /// The grant.
    pub granted_under: GrantId,
    /// The object of the vault: records, sealed to the key of the staging besides.
    pub object: BlobId,
    /// How many records.
    pub records: i64,
    /// Which of them will not leave, and why: sealed.
    pub redactions: Vec<u8>,
    /// When they were taken.
    pub staged_at: Moment,
    /// When the key was destroyed.
    pub shredded_at: Option<Moment>,
}

/// Writes what was taken; it takes the place of what was taken before.
///
/// # Errors
/// The statement failed.
pub async fn stage(tx: &mut Transaction, staging: &Staging) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO request_stagings (request, granted_under, object, records, redactions, staged_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (request) DO UPDATE SET granted_under = excluded.granted_under, \
         object = excluded.object, records = excluded.records, redactions = excluded.redactions, \
         staged_at = excluded.staged_at, shredded_at = NULL",
    )
    .bind(key(staging.request))
    .bind(key(staging.granted_under))
    .bind(key(staging.object))
    .bind(staging.records)
    .bind(&staging.redactions)
    .bind(staging.staged_at.0)
    .execute(tx.connection())
    .await
    .attempt("stage what was taken")?;
    Ok(())
}

/// What was taken for a request and can still be opened.
///
/// # Errors
/// The statement failed.
pub async fn staged(read: &mut impl Read, request: RequestId) -> Result<Option<Staging>, StoreError> {
    let row = sqlx::query("SELECT * FROM request_stagings WHERE request = $1 AND shredded_at IS NULL");
    let row =
        row.bind(key(request)).fetch_optional(read.connection()).await.attempt("find what was taken")?;
    let staging = |row: &AnyRow| {
        Ok(Staging {
            request: row.id("request")?,
            granted_under: row.id("granted_under")?,
            object: row.id("object")?,
            records: row.number("records")?,
            redactions: row.bytes("redactions")?,
            staged_at: row.moment("staged_at")?,
            shredded_at: row.optional_moment("shredded_at")?,
        })
    };
    row.as_ref().map(staging).transpose()
}

/// Says which of what was taken will not leave.
///
/// # Errors
/// Nothing is staged, or the statement failed.
pub async fn redact(tx: &mut Transaction, request: RequestId, redactions: &[u8]) -> Result<(), StoreError> {
    let done =
        sqlx::query("UPDATE request_stagings SET redactions = $2 WHERE request = $1 AND shredded_at IS NULL");
    let done = done.bind(key(request)).bind(redactions).execute(tx.connection()).await;
    crate::transaction::one_row(
        "redacting what was taken",
        done.attempt("redact what was taken")?.rows_affected(),
    )
}

/// Says that what was taken opens no more. Whether anything did before.
///
/// # Errors
/// The statement failed.
pub async fn note_shredded(
    tx: &mut Transaction,
    request: RequestId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE request_stagings SET shredded_at = $2 WHERE request = $1 AND shredded_at IS NULL",
    );
    let done = done.bind(key(request)).bind(now.0).execute(tx.connection()).await;
    Ok(done.attempt("shred what was taken")?.rows_affected() == 1)
}
