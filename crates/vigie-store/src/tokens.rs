//! API tokens of machines. The secret itself is never kept, only its hash.

use sqlx::any::AnyRow;
use vigie_model::id::TokenId;
use vigie_model::{Moment, Scope};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// An API token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its identifier, to list and revoke it by.
    pub id: TokenId,
    /// What it is for.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// How many bank entries it may add in an hour before they wait in quarantine.
    pub entries_per_hour: i64,
    /// When it was made.
    pub created_at: Moment,
    /// When it ends by itself.
    pub expires_at: Option<Moment>,
    /// When it was revoked.
    pub revoked_at: Option<Moment>,
}

/// Adds a token.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, token: &Token) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO tokens (id, name, hash, scopes, entries_per_hour, created_at, expires_at, revoked_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, NULL)",
    )
    .bind(key(token.id))
    .bind(&token.name)
    .bind(token.hash.to_vec())
    .bind(serde_json::to_string(&token.scopes)?)
    .bind(token.entries_per_hour)
    .bind(token.created_at.0)
    .bind(token.expires_at.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("add a token")?;
    Ok(())
}

/// The living token with this secret: not revoked, not past its end.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, hash: &[u8; 32], now: Moment) -> Result<Option<Token>, StoreError> {
    let row = sqlx::query(
        "SELECT * FROM tokens WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
    )
    .bind(hash.to_vec())
    .bind(now.0);
    row.fetch_optional(read.connection()).await.attempt("find a token")?.as_ref().map(token).transpose()
}

/// How many bank entries this token may add in an hour; none if it is unknown.
///
/// # Errors
/// The statement failed.
pub async fn entries_per_hour(read: &mut impl Read, id: TokenId) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT entries_per_hour FROM tokens WHERE id = $1").bind(key(id));
    let row = row.fetch_optional(read.connection()).await.attempt("find the limit of a token")?;
    row.map_or(Ok(0), |row| row.number("entries_per_hour"))
}

/// Every token, newest first.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read) -> Result<Vec<Token>, StoreError> {
    let rows = sqlx::query("SELECT * FROM tokens ORDER BY created_at DESC, id");
    rows.fetch_all(read.connection()).await.attempt("list tokens")?.iter().map(token).collect()
}

/// Revokes a token.
///
/// # Errors
/// No such living token, or the statement failed.
pub async fn revoke(tx: &mut Transaction, id: TokenId, now: Moment) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(key(id))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("revoke a token")?;
    one_row("revoking a token", done.rows_affected())
}

fn token(row: &AnyRow) -> Result<Token, StoreError> {
    let hash = row.bytes("hash")?;
    Ok(Token {
        id: row.id("id")?,
        name: row.text("name")?,
        hash: hash.try_into().map_err(|_| crate::row::wrong("hash", "not 32 bytes"))?,
        scopes: row.json("scopes")?,
        entries_per_hour: row.number("entries_per_hour")?,
        created_at: row.moment("created_at")?,
        expires_at: row.optional_moment("expires_at")?,
        revoked_at: row.optional_moment("revoked_at")?,
    })
}
