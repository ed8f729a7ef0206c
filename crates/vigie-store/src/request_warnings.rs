//! Why somebody should look twice at a request: hints of forgery, and alarms of the human-rights screen.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{PersonId, RequestId};

use crate::error::Attempt;
use crate::request_deadlines::Label;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// A warning, of the whole request or of one of its tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The request.
    pub request: RequestId,
    /// The number of the task; 0 for the whole.
    pub task: i64,
    /// What it is, by its name.
    pub kind: String,
    /// `hint`, `alarm`, or `certain`.
    pub weight: String,
    /// What people read.
    pub text: Label,
    /// Where that is known from.
    pub source: String,
    /// When it was found.
    pub found_at: Moment,
    /// Who settled it, when, and how.
    pub settled: Option<Settled>,
}

/// How a warning was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// By whom.
    pub by: PersonId,
    /// When.
    pub at: Moment,
    /// With which reason.
    pub reason: String,
}

/// Writes a warning. One that stands already stays as it is.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, warning: &Warning) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO request_warnings (request, task, kind, weight, text, source, found_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (request, task, kind) DO NOTHING",
    )
    .bind(key(warning.request))
    .bind(warning.task)
    .bind(&warning.kind)
    .bind(&warning.weight)
    .bind(serde_json::to_string(&warning.text)?)
    .bind(&warning.source)
    .bind(warning.found_at.0)
    .execute(tx.connection())
    .await
    .attempt("write a warning")?;
    Ok(())
}

/// Settles a warning. False when it was settled before, or never stood.
///
/// # Errors
/// The statement failed.
pub async fn settle(
    tx: &mut Transaction,
    (request, task, kind): (RequestId, i64, &str),
    settled: &Settled,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE request_warnings SET settled_by = $4, settled_at = $5, settled_with = $6 \
         WHERE request = $1 AND task = $2 AND kind = $3 AND settled_by IS NULL",
    )
    .bind(key(request))
    .bind(task)
    .bind(kind)
    .bind(key(settled.by))
    .bind(settled.at.0)
    .bind(&settled.reason)
    .execute(tx.connection())
    .await
    .attempt("settle a warning")?;
    Ok(done.rows_affected() == 1)
}

/// The warnings of a request, those of the whole first.
///
/// # Errors
/// The statement failed.
pub async fn of_request(read: &mut impl Read, request: RequestId) -> Result<Vec<Warning>, StoreError> {
    let rows = sqlx::query("SELECT * FROM request_warnings WHERE request = $1 ORDER BY task, found_at, kind");
    let rows = rows.bind(key(request)).fetch_all(read.connection()).await.attempt("list warnings")?;
    rows.iter().map(warning).collect()
}

fn warning(row: &AnyRow) -> Result<Warning, StoreError> {
    let settled = match row.optional_id("settled_by")? {
        None => None,
        Some(by) => Some(Settled { by, at: row.moment("settled_at")?, reason: row.text("settled_with")? }),
    };
    Ok(Warning {
        request: row.id("request")?,
        task: row.number("task")?,
        kind: row.text("kind")?,
        weight: row.text("weight")?,
        text: row.json("text")?,
        source: row.text("source")?,
        found_at: row.moment("found_at")?,
        settled,
    })
}
