//! Deadlines of requests: rows of a rule set that run, wait, are met or missed.
//!
//! What it is not: how long one is. `vigie_app::regimes` computes that, and here it is kept.

use serde::{Deserialize, Serialize};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::alarm::escalates_at;
use vigie_model::disclosure::RequestState;
use vigie_model::id::{DeadlineId, RequestId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// What people read of a deadline, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

/// A deadline of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestDeadline {
    /// Its identifier.
    pub id: DeadlineId,
    /// The request.
    pub request: RequestId,
    /// The row of the rule set: `eu-epoc`, `expost-validation`.
    pub rule: String,
    /// What people read.
    pub label: Label,
    /// The provision it comes from.
    pub source: String,
    /// Whether counsel has to confirm that provision.
    pub is_unconfirmed: bool,
    /// When it began to run.
    pub triggered_at: Moment,
    /// When it ends, with what it waited for added.
    pub due_at: Moment,
    /// States of the request in which it does not run.
    pub pauses_in: Vec<RequestState>,
    /// What satisfies it: `acknowledged`, or a state of the request.
    pub satisfied_by: Vec<String>,
    /// Since when it waits.
    pub paused_since: Option<Moment>,
    /// For how long it waited before, in microseconds.
    pub paused_for: i64,
    /// When it was met.
    pub satisfied_at: Option<Moment>,
    /// By what.
    pub satisfied_with: Option<String>,
    /// When people were told that it is about to pass.
    pub escalated_at: Option<Moment>,
    /// When people were told that it has passed.
    pub missed_at: Option<Moment>,
}

impl RequestDeadline {
    /// Whether it runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.satisfied_at.is_none() && self.paused_since.is_none()
    }

    /// When people are told that it is about to pass: when two thirds of the time are gone.
    #[must_use]
    pub fn escalates_at(&self) -> Moment {
        escalates_at(self.triggered_at, self.due_at)
    }
}

/// Writes a deadline that begins to run. One of the same rule that the request has already stays as it is.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, deadline: &RequestDeadline) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO request_deadlines (id, request, rule, label, source, unconfirmed, triggered_at, due_at, pauses_in, \
         satisfied_by, paused_for) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0) ON CONFLICT (request, rule) DO NOTHING",
    )
    .bind(key(deadline.id))
    .bind(key(deadline.request))
    .bind(&deadline.rule)
    .bind(serde_json::to_string(&deadline.label)?)
    .bind(&deadline.source)
    .bind(i64::from(deadline.is_unconfirmed))
    .bind(deadline.triggered_at.0)
    .bind(deadline.due_at.0)
    .bind(serde_json::to_string(&deadline.pauses_in)?)
    .bind(serde_json::to_string(&deadline.satisfied_by)?)
    .execute(tx.connection())
    .await
    .attempt("start a deadline of a request")?;
    Ok(())
}

/// The deadlines of a request, in the order in which they end.
///
/// # Errors
/// The statement failed.
pub async fn of_request(
    read: &mut impl Read,
    request: RequestId,
) -> Result<Vec<RequestDeadline>, StoreError> {
    let rows = sqlx::query("SELECT * FROM request_deadlines WHERE request = $1 ORDER BY due_at, rule");
    let rows = rows.bind(key(request)).fetch_all(read.connection()).await;
    rows.attempt("list the deadlines of a request")?.iter().map(deadline).collect()
}

/// Deadlines that are not met, the next to end first; those that wait last. So many after so many.
///
/// # Errors
/// The statement failed.
pub async fn board(
    read: &mut impl Read,
    (offset, limit): (i64, i64),
) -> Result<Vec<RequestDeadline>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM request_deadlines WHERE satisfied_at IS NULL \
         ORDER BY CASE WHEN paused_since IS NULL THEN 0 ELSE 1 END, due_at, id LIMIT $1 OFFSET $2",
    );
    let rows = rows.bind(limit).bind(offset).fetch_all(read.connection()).await;
    rows.attempt("list the deadlines that run")?.iter().map(deadline).collect()
}

/// How many deadlines are not met, how many of these have passed, and how many end before a moment.
///
/// # Errors
/// The statement failed.
pub async fn count(read: &mut impl Read, now: Moment, soon: Moment) -> Result<(i64, i64, i64), StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS running, COUNT(CASE WHEN due_at <= $1 AND paused_since IS NULL THEN 1 END) AS passed, \
         COUNT(CASE WHEN due_at > $1 AND due_at <= $2 AND paused_since IS NULL THEN 1 END) AS soon \
         FROM request_deadlines WHERE satisfied_at IS NULL",
    );
    let row = row.bind(now.0).bind(soon.0).fetch_one(read.connection()).await;
    let row = row.attempt("count the deadlines that run")?;
    Ok((row.number("running")?, row.number("passed")?, row.number("soon")?))
}

/// Deadlines that run and of which people were not told that they are about to pass, or have passed.
///
/// # Errors
/// The statement failed.
pub async fn untold(
    read: &mut impl Read,
    now: Moment,
    limit: i64,
) -> Result<Vec<RequestDeadline>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM request_deadlines WHERE satisfied_at IS NULL AND paused_since IS NULL \
         AND ((missed_at IS NULL AND due_at <= $1) \
         OR (escalated_at IS NULL AND triggered_at + (due_at - triggered_at) / 3 * 2 <= $1)) ORDER BY due_at LIMIT $2",
    );
    let rows = rows.bind(now.0).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("list deadlines that people have to hear of")?.iter().map(deadline).collect()
}

/// Deadlines that have passed and are not met, of those that this satisfies, where the request stands in one of these states.
///
/// # Errors
/// The statement failed.
pub async fn lapsed(
    read: &mut impl Read,
    (satisfied_by, states): (&str, &[RequestState]),
    now: Moment,
    limit: i64,
) -> Result<Vec<RequestDeadline>, StoreError> {
    let named: Vec<_> = states.iter().map(|state| format!("'{state}'")).collect();
    let statement = format!(
        "SELECT d.* FROM request_deadlines d JOIN requests r ON r.id = d.request WHERE d.satisfied_at IS NULL \
         AND d.paused_since IS NULL AND d.due_at <= $1 AND d.satisfied_by LIKE $2 AND r.state IN ({}) \
         ORDER BY d.due_at LIMIT $3",
        named.join(", ")
    );
    // Safe: made of names of states.
    let rows =
        sqlx::query(AssertSqlSafe(statement)).bind(now.0).bind(format!("%\"{satisfied_by}\"%")).bind(limit);
    let rows = rows.fetch_all(read.connection()).await;
    rows.attempt("list deadlines that have passed")?.iter().map(deadline).collect()
}

/// Rewrites what moves of a deadline: its end, what it waits for, what satisfied it, what was told.
///
/// # Errors
/// The statement failed.
pub async fn update(tx: &mut Transaction, deadline: &RequestDeadline) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE request_deadlines SET due_at = $2, paused_since = $3, paused_for = $4, satisfied_at = $5, \
         satisfied_with = $6, escalated_at = $7, missed_at = $8 WHERE id = $1",
    )
    .bind(key(deadline.id))
    .bind(deadline.due_at.0)
    .bind(deadline.paused_since.map(|moment| moment.0))
    .bind(deadline.paused_for)
    .bind(deadline.satisfied_at.map(|moment| moment.0))
    .bind(deadline.satisfied_with.as_deref())
    .bind(deadline.escalated_at.map(|moment| moment.0))
    .bind(deadline.missed_at.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("move a deadline of a request")?;
    crate::transaction::one_row("moving a deadline of a request", done.rows_affected())
}

fn deadline(row: &AnyRow) -> Result<RequestDeadline, StoreError> {
    Ok(RequestDeadline {
        id: row.id("id")?,
        request: row.id("request")?,
        rule: row.text("rule")?,
        label: row.json("label")?,
        source: row.text("source")?,
        is_unconfirmed: row.truth("unconfirmed")?,
        triggered_at: row.moment("triggered_at")?,
        due_at: row.moment("due_at")?,
        pauses_in: row.json("pauses_in")?,
        satisfied_by: row.json("satisfied_by")?,
        paused_since: row.optional_moment("paused_since")?,
        paused_for: row.number("paused_for")?,
        satisfied_at: row.optional_moment("satisfied_at")?,
        satisfied_with: row.optional_text("satisfied_with")?,
        escalated_at: row.optional_moment("escalated_at")?,
        missed_at: row.optional_moment("missed_at")?,
    })
}
