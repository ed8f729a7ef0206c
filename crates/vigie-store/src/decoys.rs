//! Identifiers that nobody was ever given. They are known by a keyed hash alone: the list cannot be read back.

use vigie_model::Moment;

use crate::error::Attempt;
use crate::{Read, StoreError, Transaction};

/// Plants a decoy. One that was planted before stays.
///
/// # Errors
/// The statement failed.
pub async fn plant(tx: &mut Transaction, identifier: [u8; 32], now: Moment) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO decoys (identifier, planted_at, hits) VALUES ($1, $2, 0) ON CONFLICT (identifier) DO NOTHING",
    )
    .bind(identifier.to_vec())
    .bind(now.0)
    .execute(tx.connection())
    .await
    .attempt("plant a decoy")?;
    Ok(())
}

/// Whether an identifier is a decoy.
///
/// # Errors
/// The statement failed.
pub async fn is_one(read: &mut impl Read, identifier: [u8; 32]) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT hits FROM decoys WHERE identifier = $1").bind(identifier.to_vec());
    Ok(row.fetch_optional(read.connection()).await.attempt("look for a decoy")?.is_some())
}

/// Counts that somebody named a decoy.
///
/// # Errors
/// The statement failed.
pub async fn count_hit(tx: &mut Transaction, identifier: [u8; 32]) -> Result<(), StoreError> {
    sqlx::query("UPDATE decoys SET hits = hits + 1 WHERE identifier = $1")
        .bind(identifier.to_vec())
        .execute(tx.connection())
        .await
        .attempt("count a decoy that was named")?;
    Ok(())
}
