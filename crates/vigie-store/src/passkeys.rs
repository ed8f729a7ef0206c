//! Passkeys of people, and ceremonies under way.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::access::CeremonyKind;
use vigie_model::id::{PasskeyId, PersonId, SessionId};

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key};
use crate::{Housekeeping, Read, StoreError, Transaction};

/// How many ceremonies of strangers are remembered. Who begins more drives out the oldest ones.
const STRANGERS: i64 = 50_000;

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its identifier here.
    pub id: PasskeyId,
    /// Whose it is.
    pub person: PersonId,
    /// Its identifier for authenticators.
    pub credential_id: Vec<u8>,
    /// Public key, counter and flags, as the library that verifies writes them.
    pub credential: String,
    /// What the person calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last used.
    pub last_used_at: Option<Moment>,
}

/// A ceremony between its two halves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// What it is for.
    pub kind: CeremonyKind,
    /// Who began it, and in which browser; none where somebody is only about to sign in.
    pub by: Option<(PersonId, SessionId)>,
    /// What the library remembers of it.
    pub state: String,
    /// When it ends.
    pub expires_at: Moment,
}

/// Adds a passkey.
///
/// # Errors
/// The credential is known already ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, passkey: &Passkey) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO passkeys (id, person, credential_id, credential, name, created_at, last_used_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key(passkey.id))
    .bind(key(passkey.person))
    .bind(passkey.credential_id.clone())
    .bind(&passkey.credential)
    .bind(&passkey.name)
    .bind(passkey.created_at.0)
    .bind(passkey.last_used_at.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("add a passkey")?;
    Ok(())
}

/// The passkeys of a person, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, person: PersonId) -> Result<Vec<Passkey>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM passkeys WHERE person = $1 ORDER BY created_at, id").bind(key(person));
    rows.fetch_all(read.connection()).await.attempt("list passkeys")?.iter().map(passkey).collect()
}

/// Whether a person has any passkey.
///
/// # Errors
/// The statement failed.
pub async fn has_any(read: &mut impl Read, person: PersonId) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS count FROM passkeys WHERE person = $1").bind(key(person));
    Ok(row
        .fetch_one(read.connection())
        .await
        .attempt("see whether somebody has a passkey")?
        .number("count")?
        > 0)
}

/// The passkey with this identifier for authenticators.
///
/// # Errors
/// The statement failed.
pub async fn find_by_credential(
    read: &mut impl Read,
    credential_id: &[u8],
) -> Result<Option<Passkey>, StoreError> {
    let row = sqlx::query("SELECT * FROM passkeys WHERE credential_id = $1").bind(credential_id.to_vec());
    let row = row.fetch_optional(read.connection()).await.attempt("find a passkey")?;
    row.as_ref().map(passkey).transpose()
}

/// Notes a use: what it changed in the credential, and when. False where the passkey is not any more as it was read: it was
/// removed, or used elsewhere with the same counter.
///
/// # Errors
/// The statement failed.
pub async fn note_use(
    tx: &mut Transaction,
    read: &Passkey,
    credential: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE passkeys SET credential = $2, last_used_at = $3 WHERE id = $1 AND credential = $4",
    )
    .bind(key(read.id))
    .bind(credential)
    .bind(now.0)
    .bind(&read.credential)
    .execute(tx.connection())
    .await
    .attempt("note the use of a passkey")?;
    Ok(done.rows_affected() == 1)
}

/// Removes a passkey of a person; false where they have none such.
///
/// # Errors
/// The statement failed.
pub async fn remove(tx: &mut Transaction, person: PersonId, id: PasskeyId) -> Result<bool, StoreError> {
    let done = sqlx::query("DELETE FROM passkeys WHERE id = $1 AND person = $2")
        .bind(key(id))
        .bind(key(person))
        .execute(tx.connection())
        .await
        .attempt("remove a passkey")?;
    Ok(done.rows_affected() == 1)
}

/// Remembers a ceremony by the hash of its secret. Of one kind, a browser has one under way: an earlier one is forgotten.
///
/// # Errors
/// A statement failed.
pub async fn begin_ceremony(
    house: &mut Housekeeping,
    hash: &[u8; 32],
    ceremony: &Ceremony,
) -> Result<(), StoreError> {
    match ceremony.by {
        Some((_, session)) => forget_those_of(house, session, ceremony.kind).await?,
        None => forget_beyond(house, STRANGERS).await?,
    }
    sqlx::query(
        "INSERT INTO ceremonies (hash, kind, person, session, state, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(hash.to_vec())
    .bind(ceremony.kind.name())
    .bind(optional_key(ceremony.by.map(|(person, _)| person)))
    .bind(optional_key(ceremony.by.map(|(_, session)| session)))
    .bind(&ceremony.state)
    .bind(ceremony.expires_at.0)
    .execute(house.connection())
    .await
    .attempt("begin a ceremony")?;
    Ok(())
}

async fn forget_those_of(
    house: &mut Housekeeping,
    session: SessionId,
    kind: CeremonyKind,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM ceremonies WHERE session = $1 AND kind = $2")
        .bind(key(session))
        .bind(kind.name())
        .execute(house.connection())
        .await
        .attempt("forget an earlier ceremony")?;
    Ok(())
}

/// Forgets the ceremonies of strangers beyond so many, those first that end first.
async fn forget_beyond(house: &mut Housekeeping, most: i64) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM ceremonies WHERE person IS NULL AND expires_at <= (SELECT expires_at FROM ceremonies \
         WHERE person IS NULL ORDER BY expires_at DESC LIMIT 1 OFFSET $1)",
    )
    .bind(most - 1)
    .execute(house.connection())
    .await
    .attempt("forget ceremonies of strangers")?;
    Ok(())
}

/// Whether there is such a ceremony: a stranger's guess is refused without waiting for the writer.
///
/// # Errors
/// The statement failed.
pub async fn is_under_way(read: &mut impl Read, hash: &[u8; 32]) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 FROM ceremonies WHERE hash = $1").bind(hash.to_vec());
    Ok(row.fetch_optional(read.connection()).await.attempt("find a ceremony")?.is_some())
}

/// Takes a ceremony away by the hash of its secret. One statement: nobody takes it twice.
///
/// # Errors
/// The statement failed.
pub async fn take_ceremony(
    house: &mut Housekeeping,
    hash: &[u8; 32],
) -> Result<Option<Ceremony>, StoreError> {
    let row = sqlx::query(
        "DELETE FROM ceremonies WHERE hash = $1 RETURNING kind, person, session, state, expires_at",
    )
    .bind(hash.to_vec());
    let row = row.fetch_optional(house.connection()).await.attempt("take a ceremony")?;
    row.as_ref().map(ceremony).transpose()
}

/// Forgets ceremonies whose time was over at that moment.
///
/// # Errors
/// The statement failed.
pub async fn forget_ceremonies(house: &mut Housekeeping, before: Moment) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM ceremonies WHERE expires_at <= $1")
        .bind(before.0)
        .execute(house.connection())
        .await
        .attempt("forget old ceremonies")?;
    Ok(())
}

fn passkey(row: &AnyRow) -> Result<Passkey, StoreError> {
    Ok(Passkey {
        id: row.id("id")?,
        person: row.id("person")?,
        credential_id: row.bytes("credential_id")?,
        credential: row.text("credential")?,
        name: row.text("name")?,
        created_at: row.moment("created_at")?,
        last_used_at: row.optional_moment("last_used_at")?,
    })
}

fn ceremony(row: &AnyRow) -> Result<Ceremony, StoreError> {
    Ok(Ceremony {
        kind: row.parsed("kind")?,
        by: row.optional_id("person")?.zip(row.optional_id("session")?),
        state: row.text("state")?,
        expires_at: row.moment("expires_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, StoreSettings};

    #[tokio::test]
    async fn strangers_fill_no_disk() {
        let data = tempfile::tempdir().unwrap();
        let settings = StoreSettings { database: None, data: data.path().to_owned() };
        let store = Store::open(&settings).await.unwrap();
        let mut house = store.housekeeping().await.unwrap();
        let ceremony = |ends| Ceremony {
            kind: CeremonyKind::SignIn,
            by: None,
            state: String::new(),
            expires_at: Moment(ends),
        };
        for ends in 1..=5 {
            begin_ceremony(&mut house, &[u8::try_from(ends).unwrap(); 32], &ceremony(ends)).await.unwrap();
        }
        forget_beyond(&mut house, 3).await.unwrap();
        for (hash, is_left) in [(1, false), (3, false), (4, true), (5, true)] {
            let taken = take_ceremony(&mut house, &[hash; 32]).await.unwrap();
            assert_eq!(taken.is_some(), is_left, "{hash}");
        }
    }
}
