//! Every row of every table as text: what shows, in a test, what is kept and what is not.
//!
//! What it is not: a backup or an export; nothing in the product reads it.

use std::collections::BTreeMap;

use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AssertSqlSafe, Row, ValueRef as _};

use crate::error::Attempt;
use crate::row::Columns;
use crate::{Read, Store, StoreError};

/// The rows of each table, sorted, each as its columns in one line of text.
pub type Rows = BTreeMap<String, Vec<String>>;

/// Reads every row of every table, without those that the migrations keep for themselves.
///
/// # Errors
/// A statement failed.
pub async fn rows(store: &Store) -> Result<Rows, StoreError> {
    let mut reader = store.read().await?;
    let mut all = Rows::new();
    for table in names(store).await? {
        // Safe: the name comes from the database's own list of its tables.
        let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM \"{table}\"")));
        let rows = rows.fetch_all(reader.connection()).await.attempt("read a table")?;
        let mut lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        lines.sort_unstable();
        all.insert(table, lines);
    }
    Ok(all)
}

/// The names of all tables, without those that the migrations keep for themselves.
///
/// # Errors
/// The statement failed.
pub async fn names(store: &Store) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(store.dialect().list_tables());
    let rows = rows.fetch_all(store.read().await?.connection()).await.attempt("list the tables")?;
    rows.iter().map(|row| row.text("name")).collect()
}

fn line(row: &AnyRow) -> Result<String, StoreError> {
    let cells = (0..row.len()).map(|at| cell(row, at)).collect::<Result<Vec<_>, _>>();
    Ok(cells.attempt("read a row")?.join(" | "))
}

fn cell(row: &AnyRow, at: usize) -> Result<String, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    Ok(match raw.type_info().kind() {
        AnyTypeInfoKind::Null => "-".into(),
        AnyTypeInfoKind::Text => row.try_get(at)?,
        AnyTypeInfoKind::Blob => hex::encode(row.try_get::<Vec<u8>, _>(at)?),
        AnyTypeInfoKind::Real | AnyTypeInfoKind::Double => row.try_get::<f64, _>(at)?.to_string(),
        AnyTypeInfoKind::Bool => row.try_get::<bool, _>(at)?.to_string(),
        _ => row.try_get::<i64, _>(at)?.to_string(),
    })
}
