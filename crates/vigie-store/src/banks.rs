//! Banks.

use sqlx::any::AnyRow;
use vigie_model::bank::{Bank, BankName};
use vigie_model::id::BankId;

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Read, StoreError, Transaction};

/// Adds a bank.
///
/// # Errors
/// The name is taken ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, bank: &Bank) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO banks (id, name, purpose, overlay, source, legal_ground, kind, origin, distance, verdict, \
         label_scheme, ratio, enabled, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
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

/// The bank with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: BankId) -> Result<Option<Bank>, StoreError> {
    let row = sqlx::query("SELECT * FROM banks WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a bank")?.as_ref().map(bank).transpose()
}

/// The bank with this name.
///
/// # Errors
/// The statement failed.
pub async fn find_by_name(read: &mut impl Read, name: &BankName) -> Result<Option<Bank>, StoreError> {
    let row = sqlx::query("SELECT * FROM banks WHERE name = $1").bind(name.as_str());
    row.fetch_optional(read.connection()).await.attempt("find a bank by name")?.as_ref().map(bank).transpose()
}

/// Every bank, by name.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read) -> Result<Vec<Bank>, StoreError> {
    let rows = sqlx::query("SELECT * FROM banks ORDER BY name");
    rows.fetch_all(read.connection()).await.attempt("list banks")?.iter().map(bank).collect()
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
