//! Answers that were given under an idempotency key, so that a repeated request has the same answer and no second effect.

use vigie_model::Moment;

use crate::error::Attempt;
use crate::row::{Columns, wrong};
use crate::{Housekeeping, Read, StoreError, Transaction};

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// SHA-256 of the request, to tell a repetition from another request under the same key.
    pub request_hash: [u8; 32],
    /// The answer, as JSON.
    pub response: String,
}

/// The answer that was given to this caller under this key.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, actor: &str, key: &str) -> Result<Option<Given>, StoreError> {
    let row = sqlx::query("SELECT * FROM idempotency WHERE actor = $1 AND key = $2").bind(actor).bind(key);
    let row = row.fetch_optional(read.connection()).await.attempt("find an answer that was given")?;
    let Some(row) = row else { return Ok(None) };
    let hash = row.bytes("request_hash")?;
    Ok(Some(Given {
        request_hash: hash.try_into().map_err(|_| wrong("request_hash", "not 32 bytes"))?,
        response: row.text("response")?,
    }))
}

/// Keeps an answer, in the transaction of what it answers.
///
/// # Errors
/// An answer was given under this key already ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(
    tx: &mut Transaction,
    actor: &str,
    key: &str,
    given: &Given,
    now: Moment,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO idempotency (actor, key, request_hash, response, created_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(actor)
    .bind(key)
    .bind(given.request_hash.to_vec())
    .bind(&given.response)
    .bind(now.0)
    .execute(tx.connection())
    .await
    .attempt("keep an answer")?;
    Ok(())
}

/// Deletes answers that were given before this moment.
///
/// # Errors
/// The statement failed.
pub async fn forget(house: &mut Housekeeping, before: Moment) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM idempotency WHERE created_at < $1")
        .bind(before.0)
        .execute(house.connection())
        .await
        .attempt("forget old answers")?;
    Ok(done.rows_affected())
}
