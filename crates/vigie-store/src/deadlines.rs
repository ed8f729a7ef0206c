//! Deadlines: what must happen by when, and what satisfied it.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::alarm::{Deadline, DeadlineKind};
use vigie_model::id::DeadlineId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// Writes a deadline that begins to run.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, deadline: &Deadline) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO deadlines (id, kind, subject, triggered_at, due_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(key(deadline.id))
    .bind(deadline.kind.name())
    .bind(&deadline.subject)
    .bind(deadline.triggered_at.0)
    .bind(deadline.due_at.0)
    .execute(tx.connection())
    .await
    .attempt("start a deadline")?;
    Ok(())
}

/// Marks a deadline of a subject as met, if it runs.
///
/// # Errors
/// The statement failed.
pub async fn satisfy(
    tx: &mut Transaction,
    kind: DeadlineKind,
    subject: &str,
    now: Moment,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE deadlines SET satisfied_at = $3 WHERE kind = $1 AND subject = $2 AND satisfied_at IS NULL",
    )
    .bind(kind.name())
    .bind(subject)
    .bind(now.0)
    .execute(tx.connection())
    .await
    .attempt("satisfy a deadline")?;
    Ok(())
}

/// Deadlines that run, the next to end first.
///
/// # Errors
/// The statement failed.
pub async fn list_running(read: &mut impl Read) -> Result<Vec<Deadline>, StoreError> {
    let rows = sqlx::query("SELECT * FROM deadlines WHERE satisfied_at IS NULL ORDER BY due_at, id");
    rows.fetch_all(read.connection()).await.attempt("list running deadlines")?.iter().map(deadline).collect()
}

/// Deadlines of a subject, in the order in which they end.
///
/// # Errors
/// The statement failed.
pub async fn of_subject(read: &mut impl Read, subject: &str) -> Result<Vec<Deadline>, StoreError> {
    let rows = sqlx::query("SELECT * FROM deadlines WHERE subject = $1 ORDER BY due_at, id").bind(subject);
    rows.fetch_all(read.connection())
        .await
        .attempt("list the deadlines of a subject")?
        .iter()
        .map(deadline)
        .collect()
}

/// Notes that people were told that a deadline is about to pass. Whether this call was the one that noted it.
///
/// # Errors
/// The statement failed.
pub async fn note_escalated(tx: &mut Transaction, id: DeadlineId, now: Moment) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE deadlines SET escalated_at = $2 WHERE id = $1 AND escalated_at IS NULL AND satisfied_at IS NULL",
    )
    .bind(key(id))
    .bind(now.0)
    .execute(tx.connection())
    .await
    .attempt("note that a deadline is about to pass")?;
    Ok(done.rows_affected() == 1)
}

/// Notes that people were told that a deadline has passed. Whether this call was the one that noted it.
///
/// # Errors
/// The statement failed.
pub async fn note_missed(tx: &mut Transaction, id: DeadlineId, now: Moment) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE deadlines SET missed_at = $2 WHERE id = $1 AND missed_at IS NULL AND satisfied_at IS NULL",
    )
    .bind(key(id))
    .bind(now.0)
    .execute(tx.connection())
    .await
    .attempt("note that a deadline has passed")?;
    Ok(done.rows_affected() == 1)
}

fn deadline(row: &AnyRow) -> Result<Deadline, StoreError> {
    Ok(Deadline {
        id: row.id("id")?,
        kind: row.parsed("kind")?,
        subject: row.text("subject")?,
        triggered_at: row.moment("triggered_at")?,
        due_at: row.moment("due_at")?,
        satisfied_at: row.optional_moment("satisfied_at")?,
        escalated_at: row.optional_moment("escalated_at")?,
        missed_at: row.optional_moment("missed_at")?,
    })
}
