//! Banks.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::bank::{Bank, BankName};
use vigie_model::id::BankId;

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Adds a bank.
///
/// # Errors
/// The name is taken ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, bank: &Bank) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO banks (id, name, purpose, overlay, source, legal_ground, kind, origin, distance, verdict, \
         label_scheme, ratio, enabled, created_at, removed_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULL)",
    )
    .bind(key(bank.id))
    .bind(bank.name.as_str())
    .bind(&bank.purpose)
    .bind(&bank.overlay)
    .bind(&bank.source)
    .bind(&bank.legal_ground)
    .bind(bank.kind.name())
    .bind(bank.origin.name())
    .bind(i64::from(bank.distance))
    .bind(bank.verdict.name())
    .bind(&bank.label_scheme)
    .bind(bank.ratio)
    .bind(i64::from(bank.enabled))
    .bind(bank.created_at.0)
    .execute(tx.connection())
    .await
    .attempt("add a bank")?;
    Ok(())
}

/// The bank with this identifier, unless it was removed.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: BankId) -> Result<Option<Bank>, StoreError> {
    let row = sqlx::query("SELECT * FROM banks WHERE id = $1 AND removed_at IS NULL").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a bank")?.as_ref().map(bank).transpose()
}

/// The bank with this name, unless it was removed.
///
/// # Errors
/// The statement failed.
pub async fn find_by_name(read: &mut impl Read, name: &BankName) -> Result<Option<Bank>, StoreError> {
    let row = sqlx::query("SELECT * FROM banks WHERE name = $1 AND removed_at IS NULL").bind(name.as_str());
    row.fetch_optional(read.connection()).await.attempt("find a bank by name")?.as_ref().map(bank).transpose()
}

/// Every bank that was not removed, by name.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read) -> Result<Vec<Bank>, StoreError> {
    let rows = sqlx::query("SELECT * FROM banks WHERE removed_at IS NULL ORDER BY name");
    rows.fetch_all(read.connection()).await.attempt("list banks")?.iter().map(bank).collect()
}

/// Writes what can change of a bank: everything but its identifier, purpose, overlay, kind and age.
///
/// # Errors
/// The name is taken ([`StoreError::is_duplicate`]), there is no such bank, or the statement failed.
pub async fn update(tx: &mut Transaction, bank: &Bank) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE banks SET name = $2, distance = $3, verdict = $4, label_scheme = $5, ratio = $6, enabled = $7, \
         origin = $8, source = $9, legal_ground = $10 WHERE id = $1 AND removed_at IS NULL",
    )
    .bind(key(bank.id))
    .bind(bank.name.as_str())
    .bind(i64::from(bank.distance))
    .bind(bank.verdict.name())
    .bind(&bank.label_scheme)
    .bind(bank.ratio)
    .bind(i64::from(bank.enabled))
    .bind(bank.origin.name())
    .bind(&bank.source)
    .bind(&bank.legal_ground)
    .execute(tx.connection())
    .await
    .attempt("change a bank")?;
    one_row("changing a bank", done.rows_affected())
}

/// Removes a bank: it is found no more, its entries match no more, its rows stay for old receipts.
///
/// # Errors
/// There is no such bank, or the statement failed.
pub async fn remove(tx: &mut Transaction, id: BankId, now: Moment) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE banks SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL")
        .bind(key(id))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("remove a bank")?;
    one_row("removing a bank", done.rows_affected())
}

fn bank(row: &AnyRow) -> Result<Bank, StoreError> {
    let distance = row.number("distance")?;
    Ok(Bank {
        id: row.id("id")?,
        name: row.parsed("name")?,
        purpose: row.text("purpose")?,
        overlay: row.optional_text("overlay")?,
        source: row.text("source")?,
        legal_ground: row.text("legal_ground")?,
        kind: row.parsed("kind")?,
        origin: row.parsed("origin")?,
        distance: u32::try_from(distance).map_err(|error| wrong("distance", error))?,
        verdict: row.parsed("verdict")?,
        label_scheme: row.text("label_scheme")?,
        ratio: row.fraction("ratio")?,
        enabled: row.truth("enabled")?,
        created_at: row.moment("created_at")?,
    })
}
