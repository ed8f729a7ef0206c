//! The roster: who is on duty when.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::alarm::Turn;
use vigie_model::id::TurnId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Adds a turn.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, turn: &Turn) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO roster (id, person, from_at, until_at) VALUES ($1, $2, $3, $4)")
        .bind(key(turn.id))
        .bind(key(turn.person))
        .bind(turn.from.0)
        .bind(turn.until.0)
        .execute(tx.connection())
        .await
        .attempt("add a turn to the roster")?;
    Ok(())
}

/// Takes a turn out.
///
/// # Errors
/// No such turn, or the statement failed.
pub async fn remove(tx: &mut Transaction, id: TurnId) -> Result<(), StoreError> {
    let done = sqlx::query("DELETE FROM roster WHERE id = $1").bind(key(id));
    let done = done.execute(tx.connection()).await.attempt("take a turn out of the roster")?;
    one_row("taking a turn out of the roster", done.rows_affected())
}

/// Turns that touch a period, in their order.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, from: Moment, until: Moment) -> Result<Vec<Turn>, StoreError> {
    let rows = sqlx::query("SELECT * FROM roster WHERE until_at > $1 AND from_at < $2 ORDER BY from_at, id")
        .bind(from.0)
        .bind(until.0);
    rows.fetch_all(read.connection()).await.attempt("list the roster")?.iter().map(turn).collect()
}

fn turn(row: &AnyRow) -> Result<Turn, StoreError> {
    Ok(Turn {
        id: row.id("id")?,
        person: row.id("person")?,
        from: row.moment("from_at")?,
        until: row.moment("until_at")?,
    })
}
