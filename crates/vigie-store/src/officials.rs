//! Officials: people of the list who act for one authority. Their name and the end of their access are the person's.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::disclosure::Official;
use vigie_model::id::{AuthorityId, PersonId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction, people};

/// Officials with what stands in the list of people; the rest of the statement follows.
macro_rules! officials {
    ($rest:literal) => {
        concat!(
            "SELECT officials.person, officials.authority, people.name, officials.mail, officials.role, ",
            "officials.is_administrator, officials.enrolled_at, people.ended_at ",
            "FROM officials JOIN people ON people.id = officials.person ",
            $rest
        )
    };
}

/// Adds what makes an official of a person who was added before. The name is the person's and is not written.
///
/// # Errors
/// They act for an authority already ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, official: &Official) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO officials (person, authority, mail, role, is_administrator, enrolled_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key(official.person))
    .bind(key(official.authority))
    .bind(&official.mail)
    .bind(official.role.name())
    .bind(i64::from(official.is_administrator))
    .bind(official.enrolled_at.0)
    .execute(tx.connection())
    .await
    .attempt("add an official")?;
    Ok(())
}

/// Whom a person acts for, where they are an official; those whose access ended included.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, person: PersonId) -> Result<Option<Official>, StoreError> {
    let row = sqlx::query(officials!("WHERE officials.person = $1")).bind(key(person));
    row.fetch_optional(read.connection())
        .await
        .attempt("find an official")?
        .as_ref()
        .map(official)
        .transpose()
}

/// The officials of an authority, those whose access ended included, in the order in which they were enrolled.
///
/// # Errors
/// The statement failed.
pub async fn of_authority(read: &mut impl Read, authority: AuthorityId) -> Result<Vec<Official>, StoreError> {
    let rows = sqlx::query(officials!(
        "WHERE officials.authority = $1 ORDER BY officials.enrolled_at, officials.person"
    ));
    let rows = rows.bind(key(authority));
    rows.fetch_all(read.connection()).await.attempt("list officials")?.iter().map(official).collect()
}

/// Says whether an official may invite others.
///
/// # Errors
/// No such official, or the statement failed.
pub async fn set_administrator(
    tx: &mut Transaction,
    person: PersonId,
    is_administrator: bool,
) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE officials SET is_administrator = $2 WHERE person = $1")
        .bind(key(person))
        .bind(i64::from(is_administrator))
        .execute(tx.connection())
        .await
        .attempt("change an official")?;
    one_row("changing an official", done.rows_affected())
}

/// Has the time of an official begin anew: they were let in by a link once more.
///
/// # Errors
/// No such official, or the statement failed.
pub async fn enrol_again(tx: &mut Transaction, person: PersonId, now: Moment) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE officials SET enrolled_at = $2 WHERE person = $1")
        .bind(key(person))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("enrol an official again")?;
    one_row("enrolling an official again", done.rows_affected())
}

/// Ends an official's access and their sessions.
///
/// # Errors
/// No such official whose access stands, or a statement failed.
pub async fn end(tx: &mut Transaction, person: PersonId, now: Moment) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE people SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL \
         AND id IN (SELECT person FROM officials)",
    )
    .bind(key(person))
    .bind(now.0)
    .execute(tx.connection())
    .await
    .attempt("end the access of an official")?;
    one_row("ending the access of an official", done.rows_affected())?;
    people::end_sessions(tx, person, now).await
}

fn official(row: &AnyRow) -> Result<Official, StoreError> {
    Ok(Official {
        person: row.id("person")?,
        authority: row.id("authority")?,
        name: row.text("name")?,
        mail: row.text("mail")?,
        role: row.parsed("role")?,
        is_administrator: row.truth("is_administrator")?,
        enrolled_at: row.moment("enrolled_at")?,
        ended_at: row.optional_moment("ended_at")?,
    })
}
