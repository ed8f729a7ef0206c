//! Waves: incidents that share one item or near-duplicate cluster.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::WaveId;
use vigie_model::incident::{Wave, WaveState};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Writes a new wave.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, wave: &Wave) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO waves (id, number, pivot, state, opened_at, decided_at) VALUES ($1, $2, $3, $4, $5, NULL)",
    )
    .bind(key(wave.id))
    .bind(wave.number)
    .bind(&wave.pivot)
    .bind(wave.state.name())
    .bind(wave.opened_at.0)
    .execute(tx.connection())
    .await
    .attempt("open a wave")?;
    Ok(())
}

/// The wave with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: WaveId) -> Result<Option<Wave>, StoreError> {
    let row = sqlx::query("SELECT * FROM waves WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a wave")?.as_ref().map(wave).transpose()
}

/// The open wave of this pivot.
///
/// # Errors
/// The statement failed.
pub async fn find_open(read: &mut impl Read, pivot: &str) -> Result<Option<Wave>, StoreError> {
    let row = sqlx::query("SELECT * FROM waves WHERE pivot = $1 AND state = 'open'").bind(pivot);
    row.fetch_optional(read.connection()).await.attempt("find an open wave")?.as_ref().map(wave).transpose()
}

/// Waves by number, newest first: those below `before`, or from the newest.
///
/// # Errors
/// The statement failed.
pub async fn list(
    read: &mut impl Read,
    state: Option<WaveState>,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Wave>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM waves WHERE ($1 IS NULL OR state = $1) AND ($2 IS NULL OR number < $2) \
         ORDER BY number DESC LIMIT $3",
    )
    .bind(state.map(WaveState::name))
    .bind(before)
    .bind(limit);
    rows.fetch_all(read.connection()).await.attempt("list waves")?.iter().map(wave).collect()
}

/// How many waves are in this state, or in any.
///
/// # Errors
/// The statement failed.
pub async fn count(read: &mut impl Read, state: Option<WaveState>) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS count FROM waves WHERE ($1 IS NULL OR state = $1)")
        .bind(state.map(WaveState::name));
    row.fetch_one(read.connection()).await.attempt("count waves")?.number("count")
}

/// Moves a wave to a state.
///
/// # Errors
/// No such wave, or the statement failed.
pub async fn set_state(
    tx: &mut Transaction,
    id: WaveId,
    state: WaveState,
    decided_at: Option<Moment>,
) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE waves SET state = $2, decided_at = $3 WHERE id = $1")
        .bind(key(id))
        .bind(state.name())
        .bind(decided_at.map(|moment| moment.0))
        .execute(tx.connection())
        .await
        .attempt("change a wave")?;
    one_row("changing a wave", done.rows_affected())
}

fn wave(row: &AnyRow) -> Result<Wave, StoreError> {
    Ok(Wave {
        id: row.id("id")?,
        number: row.number("number")?,
        pivot: row.text("pivot")?,
        state: row.parsed("state")?,
        opened_at: row.moment("opened_at")?,
        decided_at: row.optional_moment("decided_at")?,
    })
}
