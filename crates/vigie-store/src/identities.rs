//! Accounts of people at the sign-in service of their organisation. Their ceremonies stand beside those of passkeys.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{IdentityId, PersonId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// An account by which a person signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its identifier here.
    pub id: IdentityId,
    /// Whose it is.
    pub person: PersonId,
    /// The service that vouches for it.
    pub issuer: String,
    /// What that service calls it, once and for all.
    pub subject: String,
    /// When it was joined to the person.
    pub created_at: Moment,
    /// When it was last used.
    pub last_used_at: Option<Moment>,
}

/// Joins an account to a person.
///
/// # Errors
/// It is joined to somebody already ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, identity: &Identity) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO identities (id, person, issuer, subject, created_at, last_used_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key(identity.id))
    .bind(key(identity.person))
    .bind(&identity.issuer)
    .bind(&identity.subject)
    .bind(identity.created_at.0)
    .bind(identity.last_used_at.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("join an account to a person")?;
    Ok(())
}

/// The accounts of a person, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, person: PersonId) -> Result<Vec<Identity>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM identities WHERE person = $1 ORDER BY created_at, id").bind(key(person));
    rows.fetch_all(read.connection()).await.attempt("list accounts")?.iter().map(identity).collect()
}

/// Whether a person has any account.
///
/// # Errors
/// The statement failed.
pub async fn has_any(read: &mut impl Read, person: PersonId) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS count FROM identities WHERE person = $1").bind(key(person));
    let row = row.fetch_one(read.connection()).await.attempt("see whether somebody has an account")?;
    Ok(row.number("count")? > 0)
}

/// The account that a service calls so.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, issuer: &str, subject: &str) -> Result<Option<Identity>, StoreError> {
    let row =
        sqlx::query("SELECT * FROM identities WHERE issuer = $1 AND subject = $2").bind(issuer).bind(subject);
    let row = row.fetch_optional(read.connection()).await.attempt("find an account")?;
    row.as_ref().map(identity).transpose()
}

/// Notes a use; false where the account was removed meanwhile.
///
/// # Errors
/// The statement failed.
pub async fn note_use(tx: &mut Transaction, id: IdentityId, now: Moment) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE identities SET last_used_at = $2 WHERE id = $1")
        .bind(key(id))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("note the use of an account")?;
    Ok(done.rows_affected() == 1)
}

/// Parts an account from a person; false where they have none such.
///
/// # Errors
/// The statement failed.
pub async fn remove(tx: &mut Transaction, person: PersonId, id: IdentityId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM identities WHERE id = $1 AND person = $2")
        .bind(key(id))
        .bind(key(person))
        .execute(tx.connection())
        .await
        .attempt("part an account from a person")?;
    Ok(done.rows_affected() == 1)
}

fn identity(row: &AnyRow) -> Result<Identity, StoreError> {
    Ok(Identity {
        id: row.id("id")?,
        person: row.id("person")?,
        issuer: row.text("issuer")?,
        subject: row.text("subject")?,
        created_at: row.moment("created_at")?,
        last_used_at: row.optional_moment("last_used_at")?,
    })
}
