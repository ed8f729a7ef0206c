//! Exchanges of the HMA-compatible API, the credentials of their kinds, and how far each signal type is switched on.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::bank::BankName;
use vigie_model::id::BankId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Where a bank gets its entries from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Its name, which its bank had when it was made.
    pub name: BankName,
    /// The bank that it fills.
    pub bank: BankId,
    /// The kind of exchange.
    pub api: String,
    /// Whether it fetches.
    pub enabled: bool,
    /// What its kind needs to know besides, a JSON object.
    pub configuration: Value,
    /// When it was made.
    pub created_at: Moment,
}

/// Adds an exchange.
///
/// # Errors
/// The name is taken ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, exchange: &Exchange) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO exchanges (name, bank, api, enabled, configuration, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(exchange.name.as_str())
    .bind(key(exchange.bank))
    .bind(&exchange.api)
    .bind(i64::from(exchange.enabled))
    .bind(exchange.configuration.to_string())
    .bind(exchange.created_at.0)
    .execute(tx.connection())
    .await
    .attempt("add an exchange")?;
    Ok(())
}

/// The exchange with this name.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, name: &BankName) -> Result<Option<Exchange>, StoreError> {
    let row = sqlx::query("SELECT * FROM exchanges WHERE name = $1").bind(name.as_str());
    row.fetch_optional(read.connection())
        .await
        .attempt("find an exchange")?
        .as_ref()
        .map(exchange)
        .transpose()
}

/// Every exchange, by name.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read) -> Result<Vec<Exchange>, StoreError> {
    let rows = sqlx::query("SELECT * FROM exchanges ORDER BY name");
    rows.fetch_all(read.connection()).await.attempt("list exchanges")?.iter().map(exchange).collect()
}

/// Switches an exchange on or off.
///
/// # Errors
/// There is no such exchange, or the statement failed.
pub async fn switch(tx: &mut Transaction, name: &BankName, enabled: bool) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE exchanges SET enabled = $2 WHERE name = $1")
        .bind(name.as_str())
        .bind(i64::from(enabled))
        .execute(tx.connection())
        .await
        .attempt("switch an exchange")?;
    one_row("switching an exchange", done.rows_affected())
}

/// Removes an exchange.
///
/// # Errors
/// The statement failed.
pub async fn remove(tx: &mut Transaction, name: &BankName) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM exchanges WHERE name = $1")
        .bind(name.as_str())
        .execute(tx.connection())
        .await
        .attempt("remove an exchange")?;
    Ok(())
}

/// Removes the exchanges that fill a bank.
///
/// # Errors
/// The statement failed.
pub async fn remove_of_bank(tx: &mut Transaction, bank: BankId) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM exchanges WHERE bank = $1")
        .bind(key(bank))
        .execute(tx.connection())
        .await
        .attempt("remove the exchanges of a bank")?;
    Ok(())
}

/// Whether credentials of this kind of exchange are kept.
///
/// # Errors
/// The statement failed.
pub async fn has_credentials(read: &mut impl Read, api: &str) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT api FROM exchange_credentials WHERE api = $1").bind(api);
    Ok(row.fetch_optional(read.connection()).await.attempt("find credentials")?.is_some())
}

/// Keeps the sealed credentials of this kind of exchange, in place of those before; none forgets them.
///
/// # Errors
/// The statement failed.
pub async fn keep_credentials(
    tx: &mut Transaction,
    api: &str,
    sealed: Option<&[u8]>,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM exchange_credentials WHERE api = $1")
        .bind(api)
        .execute(tx.connection())
        .await
        .attempt("forget credentials")?;
    let Some(sealed) = sealed else { return Ok(()) };
    sqlx::query("INSERT INTO exchange_credentials (api, sealed) VALUES ($1, $2)")
        .bind(api)
        .bind(sealed.to_vec())
        .execute(tx.connection())
        .await
        .attempt("keep credentials")?;
    Ok(())
}

/// The share of lookups in which each signal type takes part, where it was ever set.
///
/// # Errors
/// The statement failed.
pub async fn signal_types(read: &mut impl Read) -> Result<BTreeMap<String, f64>, StoreError> {
    let rows = sqlx::query("SELECT name, ratio FROM signal_types");
    let rows = rows.fetch_all(read.connection()).await.attempt("list signal types")?;
    rows.iter().map(|row| Ok((row.text("name")?, row.fraction("ratio")?))).collect()
}

/// Sets the share of a signal type.
///
/// # Errors
/// The statement failed.
pub async fn set_signal_type(tx: &mut Transaction, name: &str, ratio: f64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO signal_types (name, ratio) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET ratio = $2",
    )
    .bind(name)
    .bind(ratio)
    .execute(tx.connection())
    .await
    .attempt("set the share of a signal type")?;
    Ok(())
}

fn exchange(row: &AnyRow) -> Result<Exchange, StoreError> {
    Ok(Exchange {
        name: row.parsed("name")?,
        bank: row.id("bank")?,
        api: row.text("api")?,
        enabled: row.truth("enabled")?,
        configuration: row.json("configuration")?,
        created_at: row.moment("created_at")?,
    })
}
