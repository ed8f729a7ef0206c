//! Questions to a second person.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::id::{ApprovalId, PersonId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Writes a question.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, approval: &Approval) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO approvals (id, operation, subject, parameters, parameters_hash, requested_by, reason, requested_at, \
         expires_at, state, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL)",
    )
    .bind(key(approval.id))
    .bind(approval.operation.name())
    .bind(&approval.subject)
    .bind(&approval.parameters)
    .bind(&approval.parameters_hash)
    .bind(key(approval.requested_by))
    .bind(&approval.reason)
    .bind(approval.requested_at.0)
    .bind(approval.expires_at.0)
    .bind(approval.state.name())
    .execute(tx.connection())
    .await
    .attempt("write a question to a second person")?;
    Ok(())
}

/// The question with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: ApprovalId) -> Result<Option<Approval>, StoreError> {
    let row = sqlx::query("SELECT * FROM approvals WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a question")?.as_ref().map(approval).transpose()
}

/// Questions that wait and have not lapsed, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list_waiting(read: &mut impl Read, now: Moment) -> Result<Vec<Approval>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM approvals WHERE state = 'waiting' AND expires_at > $1 ORDER BY requested_at, id",
    )
    .bind(now.0);
    rows.fetch_all(read.connection()).await.attempt("list waiting questions")?.iter().map(approval).collect()
}

/// Answers a question that waits. Exactly one answer counts.
///
/// # Errors
/// The question does not wait any more, or the statement failed.
pub async fn decide(
    tx: &mut Transaction,
    id: ApprovalId,
    state: ApprovalState,
    person: PersonId,
    now: Moment,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE approvals SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND state = 'waiting'",
    )
    .bind(key(id))
    .bind(state.name())
    .bind(key(person))
    .bind(now.0)
    .execute(tx.connection())
    .await
    .attempt("answer a question")?;
    one_row("answering a question", done.rows_affected())
}

/// Questions that wait although their time is over, oldest first, at most so many.
///
/// # Errors
/// The statement failed.
pub async fn list_lapsed(read: &mut impl Read, now: Moment, limit: i64) -> Result<Vec<Approval>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM approvals WHERE state = 'waiting' AND expires_at <= $1 ORDER BY requested_at, id LIMIT $2",
    )
    .bind(now.0)
    .bind(limit);
    rows.fetch_all(read.connection()).await.attempt("list lapsed questions")?.iter().map(approval).collect()
}

/// Ends a question that waits without an answer: it lapsed, or was taken back. Tells whether it did wait.
///
/// # Errors
/// The statement failed.
pub async fn end(
    tx: &mut Transaction,
    id: ApprovalId,
    state: ApprovalState,
    now: Moment,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE approvals SET state = $2, decided_at = $3 WHERE id = $1 AND state = 'waiting'")
            .bind(key(id))
            .bind(state.name())
            .bind(now.0)
            .execute(tx.connection())
            .await
            .attempt("end a question")?;
    Ok(done.rows_affected() == 1)
}

/// The newest question about a subject, answered or not.
///
/// # Errors
/// The statement failed.
pub async fn newest_about(read: &mut impl Read, subject: &str) -> Result<Option<Approval>, StoreError> {
    let row =
        sqlx::query("SELECT * FROM approvals WHERE subject = $1 ORDER BY requested_at DESC, id DESC LIMIT 1");
    let row = row.bind(subject).fetch_optional(read.connection()).await;
    row.attempt("find the newest question about something")?.as_ref().map(approval).transpose()
}

/// Every question about one of two subjects.
///
/// # Errors
/// The statement failed.
pub async fn ids_about(
    read: &mut impl Read,
    (one, other): (&str, &str),
) -> Result<Vec<ApprovalId>, StoreError> {
    let rows =
        sqlx::query("SELECT id FROM approvals WHERE subject = $1 OR subject = $2 ORDER BY requested_at, id");
    let rows = rows.bind(one).bind(other).fetch_all(read.connection()).await;
    rows.attempt("list the questions about something")?.iter().map(|row| row.id("id")).collect()
}

fn approval(row: &AnyRow) -> Result<Approval, StoreError> {
    Ok(Approval {
        id: row.id("id")?,
        operation: row.parsed("operation")?,
        subject: row.text("subject")?,
        parameters: row.text("parameters")?,
        parameters_hash: row.text("parameters_hash")?,
        requested_by: row.id("requested_by")?,
        reason: row.text("reason")?,
        requested_at: row.moment("requested_at")?,
        expires_at: row.moment("expires_at")?,
        state: row.parsed("state")?,
        decided_by: row.optional_id("decided_by")?,
        decided_at: row.optional_moment("decided_at")?,
    })
}
