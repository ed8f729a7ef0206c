//! Tasks of requests: one identifier, one category, one span each. Whom they name is sealed before it comes here.
//!
//! What it is not: a decision; `advance` moves a task only as `TaskState::may_become` says.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::disclosure::{Category, NilReturn, RefusalGround, TaskState};
use vigie_model::id::{RequestId, TaskId};

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Read, StoreError, Transaction};

/// A task as its row keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRow {
    /// Its identifier.
    pub id: TaskId,
    /// The request.
    pub request: RequestId,
    /// Its number within the request, from 1.
    pub number: i64,
    /// Which data.
    pub category: Category,
    /// What is asked, sealed.
    pub asked: Vec<u8>,
    /// The accounts that were meant, sealed; none before somebody looked.
    pub accounts: Option<Vec<u8>>,
    /// What its examination found, sealed; none before it was examined.
    pub findings: Option<Vec<u8>>,
    /// Where it stands.
    pub state: TaskState,
    /// On which ground it was refused.
    pub ground: Option<RefusalGround>,
    /// Why, in words.
    pub explanation: Option<String>,
    /// Why there was nothing to give.
    pub nil: Option<NilReturn>,
    /// How many records were taken for it.
    pub records: Option<i64>,
    /// When something last happened to it.
    pub updated_at: Moment,
}

/// Writes a task.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, task: &TaskRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO request_tasks (id, request, number, category, asked, accounts, findings, state, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(key(task.id))
    .bind(key(task.request))
    .bind(task.number)
    .bind(task.category.name())
    .bind(&task.asked)
    .bind(task.accounts.as_deref())
    .bind(task.findings.as_deref())
    .bind(task.state.name())
    .bind(task.updated_at.0)
    .execute(tx.connection())
    .await
    .attempt("write a task")?;
    Ok(())
}

/// The tasks of a request, in order.
///
/// # Errors
/// The statement failed.
pub async fn of_request(read: &mut impl Read, request: RequestId) -> Result<Vec<TaskRow>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM request_tasks WHERE request = $1 ORDER BY number").bind(key(request));
    rows.fetch_all(read.connection()).await.attempt("list the tasks of a request")?.iter().map(task).collect()
}

/// Says again what a task asks, as its document says it now, and that it was not examined since.
///
/// # Errors
/// No such task, or the statement failed.
pub async fn set_asked(
    tx: &mut Transaction,
    id: TaskId,
    asked: &[u8],
    now: Moment,
) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE request_tasks SET asked = $2, accounts = NULL, findings = NULL, updated_at = $3 WHERE id = $1",
    );
    let done = done.bind(key(id)).bind(asked).bind(now.0).execute(tx.connection()).await;
    crate::transaction::one_row(
        "saying again what a task asks",
        done.attempt("say what a task asks")?.rows_affected(),
    )
}

/// Notes whom a task means and what its examination found.
///
/// # Errors
/// No such task, or the statement failed.
pub async fn set_examined(
    tx: &mut Transaction,
    id: TaskId,
    (accounts, findings): (Option<&[u8]>, &[u8]),
    now: Moment,
) -> Result<(), StoreError> {
    let done =
        sqlx::query("UPDATE request_tasks SET accounts = $2, findings = $3, updated_at = $4 WHERE id = $1")
            .bind(key(id))
            .bind(accounts)
            .bind(findings)
            .bind(now.0)
            .execute(tx.connection())
            .await
            .attempt("note what a task was found to be")?;
    crate::transaction::one_row("noting what a task was found to be", done.rows_affected())
}

/// What becomes of a task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// On which ground it was refused.
    pub ground: Option<RefusalGround>,
    /// Why, in words.
    pub explanation: Option<&'a str>,
    /// Why there was nothing to give.
    pub nil: Option<NilReturn>,
    /// How many records were taken.
    pub records: Option<i64>,
}

/// Moves a task on, where it still stands where the caller thinks. Tells whether it did. Nothing moves it against
/// [`TaskState::may_become`].
///
/// # Errors
/// The statement failed.
pub async fn advance(
    tx: &mut Transaction,
    id: TaskId,
    (from, to): (TaskState, TaskState),
    outcome: &Outcome<'_>,
    now: Moment,
) -> Result<bool, StoreError> {
    if !from.may_become(to) {
        return Ok(false);
    }
    let done = sqlx::query(
        "UPDATE request_tasks SET state = $3, ground = COALESCE($4, ground), explanation = COALESCE($5, explanation), \
         nil = COALESCE($6, nil), records = COALESCE($7, records), updated_at = $8 WHERE id = $1 AND state = $2",
    )
    .bind(key(id))
    .bind(from.name())
    .bind(to.name())
    .bind(outcome.ground.map(RefusalGround::name))
    .bind(outcome.explanation)
    .bind(outcome.nil.map(NilReturn::name))
    .bind(outcome.records)
    .bind(now.0)
    .execute(tx.connection())
    .await
    .attempt("move a task on")?;
    Ok(done.rows_affected() == 1)
}

/// How many tasks are open, of all requests.
///
/// # Errors
/// The statement failed.
pub async fn count_open(read: &mut impl Read) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS open FROM request_tasks WHERE state IN ('pending', 'preserved', 'granted', 'extracted', 'in_review')",
    );
    row.fetch_one(read.connection()).await.attempt("count open tasks")?.number("open")
}

fn task(row: &AnyRow) -> Result<TaskRow, StoreError> {
    let ground = row.optional_text("ground")?.map(|text| text.parse()).transpose();
    let nil = row.optional_text("nil")?.map(|text| text.parse()).transpose();
    Ok(TaskRow {
        id: row.id("id")?,
        request: row.id("request")?,
        number: row.number("number")?,
        category: row.parsed("category")?,
        asked: row.bytes("asked")?,
        accounts: row.optional_bytes("accounts")?,
        findings: row.optional_bytes("findings")?,
        state: row.parsed("state")?,
        ground: ground.map_err(|error| wrong("ground", error))?,
        explanation: row.optional_text("explanation")?,
        nil: nil.map_err(|error| wrong("nil", error))?,
        records: row.optional_number("records")?,
        updated_at: row.moment("updated_at")?,
    })
}
