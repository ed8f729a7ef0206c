//! Authorities that may ask: who they are, their keys, whether they are suspended.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::disclosure::{Authority, AuthorityKeys};
use vigie_model::id::AuthorityId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Adds an authority.
///
/// # Errors
/// Its country has one of this name, or another has its signing key ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, authority: &Authority) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO authorities (id, name, country, roles, domains, call_back, directory, signing_key, sealing_key, \
         keys_until, entered_at, suspended_at, suspended_for) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(key(authority.id))
    .bind(&authority.name)
    .bind(&authority.country)
    .bind(serde_json::to_string(&authority.roles)?)
    .bind(serde_json::to_string(&authority.domains)?)
    .bind(&authority.call_back)
    .bind(&authority.directory)
    .bind(&authority.keys.signing)
    .bind(&authority.keys.sealing)
    .bind(authority.keys.valid_until.map(|moment| moment.0))
    .bind(authority.entered_at.0)
    .bind(authority.suspended_at.map(|moment| moment.0))
    .bind(&authority.suspended_for)
    .execute(tx.connection())
    .await
    .attempt("add an authority")?;
    Ok(())
}

/// The authority with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: AuthorityId) -> Result<Option<Authority>, StoreError> {
    let row = sqlx::query("SELECT * FROM authorities WHERE id = $1").bind(key(id));
    let row = row.fetch_optional(read.connection()).await.attempt("find an authority")?;
    row.as_ref().map(authority).transpose()
}

/// The authority of a country with this name.
///
/// # Errors
/// The statement failed.
pub async fn find_by_name(
    read: &mut impl Read,
    country: &str,
    name: &str,
) -> Result<Option<Authority>, StoreError> {
    let row =
        sqlx::query("SELECT * FROM authorities WHERE country = $1 AND name = $2").bind(country).bind(name);
    let row = row.fetch_optional(read.connection()).await.attempt("find an authority by its name")?;
    row.as_ref().map(authority).transpose()
}

/// The authority with this signing key.
///
/// # Errors
/// The statement failed.
pub async fn find_by_signing_key(
    read: &mut impl Read,
    signing: &str,
) -> Result<Option<Authority>, StoreError> {
    let row = sqlx::query("SELECT * FROM authorities WHERE signing_key = $1").bind(signing);
    let row = row.fetch_optional(read.connection()).await.attempt("find an authority by its key")?;
    row.as_ref().map(authority).transpose()
}

/// The authority with the signing key of this name, as envelopes name their signers: `name+hash`.
///
/// # Errors
/// The statement failed.
pub async fn find_by_key_name(read: &mut impl Read, name: &str) -> Result<Option<Authority>, StoreError> {
    let row = sqlx::query(
        "SELECT * FROM authorities WHERE substr(signing_key, 1, length($1)) = $1 ORDER BY entered_at LIMIT 1",
    );
    // The whole name, up to where the key itself begins.
    let row = row.bind(format!("{name}+")).fetch_optional(read.connection()).await;
    row.attempt("find an authority by the name of its key")?.as_ref().map(authority).transpose()
}

/// Every authority, by country and name.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read) -> Result<Vec<Authority>, StoreError> {
    let rows = sqlx::query("SELECT * FROM authorities ORDER BY country, name");
    rows.fetch_all(read.connection()).await.attempt("list authorities")?.iter().map(authority).collect()
}

/// Writes the keys of an authority.
///
/// # Errors
/// Another has the signing key ([`StoreError::is_duplicate`]), no such authority, or the statement failed.
pub async fn set_keys(tx: &mut Transaction, id: AuthorityId, keys: &AuthorityKeys) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE authorities SET signing_key = $2, sealing_key = $3, keys_until = $4 WHERE id = $1",
    )
    .bind(key(id))
    .bind(&keys.signing)
    .bind(&keys.sealing)
    .bind(keys.valid_until.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("write the keys of an authority")?;
    one_row("writing the keys of an authority", done.rows_affected())
}

/// Suspends an authority that is not suspended; whether it was not.
///
/// # Errors
/// The statement failed.
pub async fn suspend(
    tx: &mut Transaction,
    id: AuthorityId,
    reason: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE authorities SET suspended_at = $2, suspended_for = $3 WHERE id = $1 AND suspended_at IS NULL",
    )
    .bind(key(id))
    .bind(now.0)
    .bind(reason)
    .execute(tx.connection())
    .await
    .attempt("suspend an authority")?;
    Ok(done.rows_affected() == 1)
}

/// Lifts the suspension that began at a moment, and no later one; whether it stood.
///
/// # Errors
/// The statement failed.
pub async fn lift_suspension(
    tx: &mut Transaction,
    id: AuthorityId,
    since: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE authorities SET suspended_at = NULL, suspended_for = NULL WHERE id = $1 AND suspended_at = $2",
    )
    .bind(key(id))
    .bind(since.0)
    .execute(tx.connection())
    .await
    .attempt("lift the suspension of an authority")?;
    Ok(done.rows_affected() == 1)
}

fn authority(row: &AnyRow) -> Result<Authority, StoreError> {
    Ok(Authority {
        id: row.id("id")?,
        name: row.text("name")?,
        country: row.text("country")?,
        roles: row.json("roles")?,
        domains: row.json("domains")?,
        call_back: row.text("call_back")?,
        directory: row.text("directory")?,
        keys: AuthorityKeys {
            signing: row.optional_text("signing_key")?,
            sealing: row.optional_text("sealing_key")?,
            valid_until: row.optional_moment("keys_until")?,
        },
        entered_at: row.moment("entered_at")?,
        suspended_at: row.optional_moment("suspended_at")?,
        suspended_for: row.optional_text("suspended_for")?,
    })
}
