//! People, their sign-in links and their sessions.

use sqlx::any::AnyRow;
use vigie_model::access::OpenedBy;
use vigie_model::id::{PersonId, SessionId};
use vigie_model::{Moment, Role};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Housekeeping, Read, StoreError, Transaction};

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their identifier.
    pub id: PersonId,
    /// The name shown to colleagues; unique.
    pub name: String,
    /// What they are trusted with.
    pub roles: Vec<Role>,
    /// The language of their screens, once they chose.
    pub language: Option<String>,
    /// Where a page without content is mailed.
    pub mail: Option<String>,
    /// When they were added.
    pub created_at: Moment,
    /// When their access ended.
    pub ended_at: Option<Moment>,
}

/// A signed-in browser. The secret itself is never kept, only its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identifier, to list and revoke it by.
    pub id: SessionId,
    /// SHA-256 of the secret in the cookie.
    pub hash: [u8; 32],
    /// Whose it is.
    pub person: PersonId,
    /// What the browser calls itself.
    pub agent: String,
    /// What opened it.
    pub opened_by: OpenedBy,
    /// When it began.
    pub created_at: Moment,
    /// When it was last used.
    pub last_seen_at: Moment,
    /// When it ends at the latest.
    pub expires_at: Moment,
    /// When the person last confirmed in it, by a passkey, that it is them.
    pub fresh_at: Option<Moment>,
}

/// Adds a person.
///
/// # Errors
/// The name is taken ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, person: &Person) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO people (id, name, roles, language, mail, created_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7)")
        .bind(key(person.id))
        .bind(&person.name)
        .bind(serde_json::to_string(&person.roles)?)
        .bind(&person.language)
        .bind(&person.mail)
        .bind(person.created_at.0)
        .bind(person.ended_at.map(|moment| moment.0))
        .execute(tx.connection())
        .await
        .attempt("add a person")?;
    Ok(())
}

/// Writes a person's roles, language, mail and end.
///
/// # Errors
/// No such person, or the statement failed.
pub async fn update(tx: &mut Transaction, person: &Person) -> Result<(), StoreError> {
    let done =
        sqlx::query("UPDATE people SET roles = $2, language = $3, mail = $4, ended_at = $5 WHERE id = $1")
            .bind(key(person.id))
            .bind(serde_json::to_string(&person.roles)?)
            .bind(&person.language)
            .bind(&person.mail)
            .bind(person.ended_at.map(|moment| moment.0))
            .execute(tx.connection())
            .await
            .attempt("change a person")?;
    one_row("changing a person", done.rows_affected())
}

/// The person with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: PersonId) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query("SELECT * FROM people WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a person")?.as_ref().map(person).transpose()
}

/// The person with this name.
///
/// # Errors
/// The statement failed.
pub async fn find_by_name(read: &mut impl Read, name: &str) -> Result<Option<Person>, StoreError> {
    let row = sqlx::query("SELECT * FROM people WHERE name = $1").bind(name);
    row.fetch_optional(read.connection())
        .await
        .attempt("find a person by name")?
        .as_ref()
        .map(person)
        .transpose()
}

/// Everybody, in the order in which they were added.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read) -> Result<Vec<Person>, StoreError> {
    let rows = sqlx::query("SELECT * FROM people ORDER BY created_at, id");
    rows.fetch_all(read.connection()).await.attempt("list people")?.iter().map(person).collect()
}

/// Writes a one-time sign-in link, by the hash of its secret.
///
/// # Errors
/// The statement failed.
pub async fn insert_link(
    tx: &mut Transaction,
    hash: &[u8; 32],
    person: PersonId,
    created_at: Moment,
    expires_at: Moment,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO sign_in_links (hash, person, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, NULL)")
        .bind(hash.to_vec())
        .bind(key(person))
        .bind(created_at.0)
        .bind(expires_at.0)
        .execute(tx.connection())
        .await
        .attempt("write a sign-in link")?;
    Ok(())
}

/// Whether a sign-in link would be good at this moment: a stranger's guess is refused without waiting for the writer.
///
/// # Errors
/// The statement failed.
pub async fn is_open_link(read: &mut impl Read, hash: &[u8; 32], now: Moment) -> Result<bool, StoreError> {
    let row =
        sqlx::query("SELECT 1 FROM sign_in_links WHERE hash = $1 AND used_at IS NULL AND expires_at > $2");
    let row = row.bind(hash.to_vec()).bind(now.0);
    Ok(row.fetch_optional(read.connection()).await.attempt("find a sign-in link")?.is_some())
}

/// Uses up a sign-in link; whose it was, if it was still good. One statement: two browsers cannot both use it.
///
/// # Errors
/// The statement failed.
pub async fn use_link(
    tx: &mut Transaction,
    hash: &[u8; 32],
    now: Moment,
) -> Result<Option<PersonId>, StoreError> {
    let row = sqlx::query(
        "UPDATE sign_in_links SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING person",
    )
    .bind(hash.to_vec())
    .bind(now.0);
    row.fetch_optional(tx.connection())
        .await
        .attempt("use a sign-in link")?
        .map(|row| row.id("person"))
        .transpose()
}

/// Opens a session. Written in the transaction of the sign-in, whose entry names it.
///
/// # Errors
/// The statement failed.
pub async fn insert_session(tx: &mut Transaction, session: &Session) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sessions (id, hash, person, agent, created_at, last_seen_at, expires_at, opened_by, fresh_at, \
         ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)",
    )
    .bind(key(session.id))
    .bind(session.hash.to_vec())
    .bind(key(session.person))
    .bind(&session.agent)
    .bind(session.created_at.0)
    .bind(session.last_seen_at.0)
    .bind(session.expires_at.0)
    .bind(session.opened_by.name())
    .bind(session.fresh_at.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("open a session")?;
    Ok(())
}

/// The living session with this secret: not ended, not past its end.
///
/// # Errors
/// The statement failed.
pub async fn find_session(
    read: &mut impl Read,
    hash: &[u8; 32],
    now: Moment,
) -> Result<Option<Session>, StoreError> {
    let row = sqlx::query("SELECT * FROM sessions WHERE hash = $1 AND ended_at IS NULL AND expires_at > $2")
        .bind(hash.to_vec())
        .bind(now.0);
    row.fetch_optional(read.connection()).await.attempt("find a session")?.as_ref().map(session).transpose()
}

/// Living sessions of a person, newest first.
///
/// # Errors
/// The statement failed.
pub async fn sessions(
    read: &mut impl Read,
    person: PersonId,
    now: Moment,
) -> Result<Vec<Session>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM sessions WHERE person = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY created_at DESC",
    )
    .bind(key(person))
    .bind(now.0);
    rows.fetch_all(read.connection()).await.attempt("list sessions")?.iter().map(session).collect()
}

/// Notes that a session was used.
///
/// # Errors
/// The statement failed.
pub async fn touch_session(house: &mut Housekeeping, id: SessionId, now: Moment) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET last_seen_at = $2 WHERE id = $1")
        .bind(key(id))
        .bind(now.0)
        .execute(house.connection())
        .await
        .attempt("note the use of a session")?;
    Ok(())
}

/// Writes what a passkey changes in a session: what it rests on, and when the person was last confirmed.
///
/// # Errors
/// The session has ended, or the statement failed.
pub async fn strengthen_session(
    tx: &mut Transaction,
    id: SessionId,
    opened_by: OpenedBy,
    fresh_at: Option<Moment>,
) -> Result<(), StoreError> {
    let done =
        sqlx::query("UPDATE sessions SET opened_by = $2, fresh_at = $3 WHERE id = $1 AND ended_at IS NULL")
            .bind(key(id))
            .bind(opened_by.name())
            .bind(fresh_at.map(|moment| moment.0))
            .execute(tx.connection())
            .await
            .attempt("strengthen a session")?;
    one_row("strengthening a session", done.rows_affected())
}

/// Ends one session of a person; false where it lived no more, or is not theirs.
///
/// # Errors
/// The statement failed.
pub async fn end_session(
    tx: &mut Transaction,
    person: PersonId,
    id: SessionId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE sessions SET ended_at = $3 WHERE id = $1 AND person = $2 AND ended_at IS NULL")
            .bind(key(id))
            .bind(key(person))
            .bind(now.0)
            .execute(tx.connection())
            .await
            .attempt("end a session")?;
    Ok(done.rows_affected() == 1)
}

/// Ends every session of a person but one; how many those were.
///
/// # Errors
/// The statement failed.
pub async fn end_other_sessions(
    tx: &mut Transaction,
    person: PersonId,
    kept: SessionId,
    now: Moment,
) -> Result<u64, StoreError> {
    let done =
        sqlx::query("UPDATE sessions SET ended_at = $3 WHERE person = $1 AND id <> $2 AND ended_at IS NULL")
            .bind(key(person))
            .bind(key(kept))
            .bind(now.0)
            .execute(tx.connection())
            .await
            .attempt("end the other sessions of a person")?;
    Ok(done.rows_affected())
}

/// Ends every session of a person.
///
/// # Errors
/// The statement failed.
pub async fn end_sessions(tx: &mut Transaction, person: PersonId, now: Moment) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET ended_at = $2 WHERE person = $1 AND ended_at IS NULL")
        .bind(key(person))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("end the sessions of a person")?;
    Ok(())
}

fn person(row: &AnyRow) -> Result<Person, StoreError> {
    Ok(Person {
        id: row.id("id")?,
        name: row.text("name")?,
        roles: row.json("roles")?,
        language: row.optional_text("language")?,
        mail: row.optional_text("mail")?,
        created_at: row.moment("created_at")?,
        ended_at: row.optional_moment("ended_at")?,
    })
}

fn session(row: &AnyRow) -> Result<Session, StoreError> {
    let hash = row.bytes("hash")?;
    Ok(Session {
        id: row.id("id")?,
        hash: hash.try_into().map_err(|_| crate::row::wrong("hash", "not 32 bytes"))?,
        person: row.id("person")?,
        agent: row.text("agent")?,
        opened_by: row.parsed("opened_by")?,
        created_at: row.moment("created_at")?,
        last_seen_at: row.moment("last_seen_at")?,
        expires_at: row.moment("expires_at")?,
        fresh_at: row.optional_moment("fresh_at")?,
    })
}
