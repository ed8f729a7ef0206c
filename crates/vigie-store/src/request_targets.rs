//! About how many different people a sender asked, known by keyed hashes alone.
//!
//! What it is: one number, counted over what the requests of a sender named. What it is not: a list. No function here gives a
//! target back, and a hash of one sender says nothing about what another one asked.

use sqlx::AssertSqlSafe;
use vigie_model::Moment;
use vigie_model::id::RequestId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// How many rows one statement writes: a place is needed for each, and databases know a most.
const AT_ONCE: usize = 500;

/// Notes whom a request of a sender names. What it named before stays as it is.
///
/// # Errors
/// The statement failed.
pub async fn note(
    tx: &mut Transaction,
    (sender, request): ([u8; 32], RequestId),
    targets: &[[u8; 32]],
    now: Moment,
) -> Result<(), StoreError> {
    for some in targets.chunks(AT_ONCE) {
        let rows: Vec<_> = (4..4 + some.len()).map(|place| format!("($1, ${place}, $2, $3)")).collect();
        let statement = format!(
            "INSERT INTO request_targets (sender, target, request, asked_at) VALUES {} \
             ON CONFLICT (sender, target, request) DO NOTHING",
            rows.join(", ")
        );
        // Safe: made of numbers of places.
        let query =
            sqlx::query(AssertSqlSafe(statement)).bind(sender.to_vec()).bind(key(request)).bind(now.0);
        let query = some.iter().fold(query, |query, target| query.bind(target.to_vec()));
        query.execute(tx.connection()).await.attempt("note whom a request names")?;
    }
    Ok(())
}

/// How many different ones a sender asked about since a moment.
///
/// # Errors
/// The statement failed.
pub async fn distinct(read: &mut impl Read, sender: [u8; 32], since: Moment) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(DISTINCT target) AS targets FROM request_targets WHERE sender = $1 AND asked_at >= $2",
    );
    let row = row.bind(sender.to_vec()).bind(since.0).fetch_one(read.connection()).await;
    row.attempt("count about whom a sender asked")?.number("targets")
}
