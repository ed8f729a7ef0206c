//! Silence about requests: by which provision, who ordered it, until when. One row for a request that has one.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::RequestId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// Silence about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gag {
    /// The request.
    pub request: RequestId,
    /// The provision.
    pub basis: String,
    /// Who ordered it.
    pub issuer: String,
    /// Since when.
    pub began_at: Moment,
    /// Until when; none where nobody gave an end.
    pub until: Option<Moment>,
    /// When somebody looks at it again.
    pub review_at: Moment,
    /// When people were told that somebody should.
    pub told_at: Option<Moment>,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// Whom what left was about, sealed; none before anything left.
    pub accounts: Option<Vec<u8>>,
}

/// Begins a silence. One that the request has already stays as it is. Tells whether it began.
///
/// # Errors
/// The statement failed.
pub async fn begin(tx: &mut Transaction, gag: &Gag) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO gags (request, basis, issuer, began_at, until, review_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (request) DO NOTHING",
    )
    .bind(key(gag.request))
    .bind(&gag.basis)
    .bind(&gag.issuer)
    .bind(gag.began_at.0)
    .bind(gag.until.map(|moment| moment.0))
    .bind(gag.review_at.0)
    .execute(tx.connection())
    .await
    .attempt("begin a silence")?;
    Ok(done.rows_affected() == 1)
}

/// The silence about a request, whether it stands or has ended.
///
/// # Errors
/// The statement failed.
pub async fn of_request(read: &mut impl Read, request: RequestId) -> Result<Option<Gag>, StoreError> {
    let row = sqlx::query("SELECT * FROM gags WHERE request = $1").bind(key(request));
    row.fetch_optional(read.connection()).await.attempt("find a silence")?.as_ref().map(gag).transpose()
}

/// Silences that stand, the oldest first, so many after so many.
///
/// # Errors
/// The statement failed.
pub async fn standing(read: &mut impl Read, (offset, limit): (i64, i64)) -> Result<Vec<Gag>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM gags WHERE ended_at IS NULL ORDER BY began_at, request LIMIT $1 OFFSET $2",
    );
    let rows = rows.bind(limit).bind(offset).fetch_all(read.connection()).await;
    rows.attempt("list silences")?.iter().map(gag).collect()
}

/// How many silences stand, how many of these without an end, and since when the oldest does.
///
/// # Errors
/// The statement failed.
pub async fn figures(read: &mut impl Read) -> Result<(i64, i64, Option<Moment>), StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS standing, COUNT(CASE WHEN until IS NULL THEN 1 END) AS endless, MIN(began_at) AS oldest \
         FROM gags WHERE ended_at IS NULL",
    );
    let row = row.fetch_one(read.connection()).await.attempt("count silences")?;
    Ok((row.number("standing")?, row.number("endless")?, row.optional_moment("oldest")?))
}

/// How many silences stood at a moment, and since when the oldest of them did.
///
/// # Errors
/// The statement failed.
pub async fn standing_at(read: &mut impl Read, at: Moment) -> Result<(i64, Option<Moment>), StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS standing, MIN(began_at) AS oldest FROM gags \
         WHERE began_at < $1 AND (ended_at IS NULL OR ended_at >= $1)",
    );
    let row = row.bind(at.0).fetch_one(read.connection()).await.attempt("count silences of a moment")?;
    Ok((row.number("standing")?, row.optional_moment("oldest")?))
}

/// Silences whose time is over, or that somebody should look at and nobody was told so.
///
/// # Errors
/// The statement failed.
pub async fn due(read: &mut impl Read, now: Moment, limit: i64) -> Result<Vec<Gag>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM gags WHERE ended_at IS NULL AND ((until IS NOT NULL AND until <= $1) \
         OR (until IS NULL AND review_at <= $1 AND told_at IS NULL)) ORDER BY review_at LIMIT $2",
    );
    let rows = rows.bind(now.0).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("list silences that are due")?.iter().map(gag).collect()
}

/// Rewrites what moves of a silence that stands. Tells whether it did stand.
///
/// # Errors
/// The statement failed.
pub async fn update(tx: &mut Transaction, gag: &Gag) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE gags SET basis = $2, issuer = $3, until = $4, review_at = $5, told_at = $6, ended_at = $7, accounts = $8 \
         WHERE request = $1 AND ended_at IS NULL",
    )
    .bind(key(gag.request))
    .bind(&gag.basis)
    .bind(&gag.issuer)
    .bind(gag.until.map(|moment| moment.0))
    .bind(gag.review_at.0)
    .bind(gag.told_at.map(|moment| moment.0))
    .bind(gag.ended_at.map(|moment| moment.0))
    .bind(gag.accounts.as_deref())
    .execute(tx.connection())
    .await
    .attempt("change a silence")?;
    Ok(done.rows_affected() == 1)
}

fn gag(row: &AnyRow) -> Result<Gag, StoreError> {
    Ok(Gag {
        request: row.id("request")?,
        basis: row.text("basis")?,
        issuer: row.text("issuer")?,
        began_at: row.moment("began_at")?,
        until: row.optional_moment("until")?,
        review_at: row.moment("review_at")?,
        told_at: row.optional_moment("told_at")?,
        ended_at: row.optional_moment("ended_at")?,
        accounts: row.optional_bytes("accounts")?,
    })
}
