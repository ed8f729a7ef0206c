//! How often somebody used something that is limited by the hour. Counted in the transaction that uses it.

use crate::error::Attempt;
use crate::row::Columns;
use crate::{Read, StoreError, Transaction};

/// Adds to the count of this name in this hour (hours since 1970) and returns the new count. Earlier hours of the name
/// are forgotten.
///
/// # Errors
/// The statement failed.
pub async fn add(tx: &mut Transaction, name: &str, hour: i64, count: i64) -> Result<i64, StoreError> {
    sqlx::query("DELETE FROM hourly_counts WHERE name = $1 AND hour < $2")
        .bind(name)
        .bind(hour)
        .execute(tx.connection())
        .await
        .attempt("forget the counts of earlier hours")?;
    let row = sqlx::query(
        "INSERT INTO hourly_counts (name, hour, count) VALUES ($1, $2, $3) \
         ON CONFLICT (name, hour) DO UPDATE SET count = hourly_counts.count + $3 RETURNING count",
    )
    .bind(name)
    .bind(hour)
    .bind(count)
    .fetch_one(tx.connection())
    .await
    .attempt("count what is limited by the hour")?;
    row.number("count")
}

/// The count of this name in this hour.
///
/// # Errors
/// The statement failed.
pub async fn count(read: &mut impl Read, name: &str, hour: i64) -> Result<i64, StoreError> {
    let row =
        sqlx::query("SELECT count FROM hourly_counts WHERE name = $1 AND hour = $2").bind(name).bind(hour);
    let row = row.fetch_optional(read.connection()).await.attempt("read a count of this hour")?;
    row.map_or(Ok(0), |row| row.number("count"))
}
