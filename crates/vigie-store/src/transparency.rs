//! The entries that accounts to the public are counted from.
//!
//! What it is: the erasable details of entries by class and moment; what is erased no longer counts. What it is not: it
//! counts nothing and decides nothing about who may see a number; that is `vigie_app::transparency`.

use vigie_model::Moment;

use crate::acts::{Kept, kept};
use crate::error::Attempt;
use crate::{Read, StoreError};

/// The entries of a class in a span, the earliest first.
///
/// # Errors
/// The statement failed.
pub async fn of_class(
    read: &mut impl Read,
    action: &str,
    (from, until): (Moment, Moment),
) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, at, salt, details FROM ledger_details WHERE action = $1 AND at >= $2 AND at < $3 ORDER BY seq",
    )
    .bind(action)
    .bind(from.0)
    .bind(until.0);
    let rows = rows.fetch_all(read.connection()).await.attempt("find entries of a class")?;
    rows.iter().map(kept).collect()
}

/// The entries of a class, whenever they were written, about what entries of another class in a span are about.
///
/// # Errors
/// The statement failed.
pub async fn about_the_same(
    read: &mut impl Read,
    (action, other): (&str, &str),
    (from, until): (Moment, Moment),
) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, at, salt, details FROM ledger_details WHERE action = $1 AND object IN \
         (SELECT object FROM ledger_details WHERE action = $2 AND at >= $3 AND at < $4) ORDER BY seq",
    )
    .bind(action)
    .bind(other)
    .bind(from.0)
    .bind(until.0);
    let rows = rows.fetch_all(read.connection()).await.attempt("find entries about the same")?;
    rows.iter().map(kept).collect()
}
