//! Objections of the house: that the law of a third country forbids to carry out a request.
//!
//! What it is: that one was raised, and answered. What it is not: what it says; that is sealed before it comes here. To keep more of
//! one: a member of what is sealed, and no column.

use vigie_model::Moment;
use vigie_model::id::RequestId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// An objection of the house. A request has one at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictRow {
    /// The request.
    pub request: RequestId,
    /// What it says, sealed.
    pub said: Vec<u8>,
    /// Who raised it, as the ledger names them.
    pub raised_by: String,
    /// When.
    pub raised_at: Moment,
    /// When the authority answered it; none while it stands.
    pub answered_at: Option<Moment>,
}

/// Writes an objection.
///
/// # Errors
/// The request has one, or the statement failed.
pub async fn insert(tx: &mut Transaction, conflict: &ConflictRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO request_conflicts (request, said, raised_by, raised_at, answered_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(key(conflict.request))
    .bind(&conflict.said)
    .bind(&conflict.raised_by)
    .bind(conflict.raised_at.0)
    .bind(conflict.answered_at.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("write an objection")?;
    Ok(())
}

/// The objection that was raised about a request, whether it was answered or not.
///
/// # Errors
/// The statement failed.
pub async fn of_request(read: &mut impl Read, request: RequestId) -> Result<Option<ConflictRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM request_conflicts WHERE request = $1").bind(key(request));
    let row = row.fetch_optional(read.connection()).await.attempt("find an objection")?;
    let read = |row: sqlx::any::AnyRow| {
        Ok(ConflictRow {
            request: row.id("request")?,
            said: row.bytes("said")?,
            raised_by: row.text("raised_by")?,
            raised_at: row.moment("raised_at")?,
            answered_at: row.optional_moment("answered_at")?,
        })
    };
    row.map(read).transpose()
}

/// Notes that the authority answered an objection.
///
/// # Errors
/// None stands, or the statement failed.
pub async fn answer(tx: &mut Transaction, request: RequestId, now: Moment) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE request_conflicts SET answered_at = $2 WHERE request = $1 AND answered_at IS NULL",
    );
    let done = done.bind(key(request)).bind(now.0).execute(tx.connection()).await;
    let done = done.attempt("note the answer to an objection")?;
    crate::transaction::one_row("noting the answer to an objection", done.rows_affected())
}
