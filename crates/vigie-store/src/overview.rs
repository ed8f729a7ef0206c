//! Counts for the overview: from the tables of every resource, never from a table of their own.

use vigie_model::Moment;
use vigie_model::incident::Severity;

use crate::error::Attempt;
use crate::incidents::severity;
use crate::row::Columns;
use crate::{Read, StoreError};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// How many incidents wait, by severity.
///
/// # Errors
/// The statement failed.
pub async fn waiting(read: &mut impl Read) -> Result<Vec<(Severity, i64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT severity, CAST(COUNT(*) AS BIGINT) AS waiting FROM incidents WHERE state IN ('open', 'escalated') \
         GROUP BY severity ORDER BY severity DESC",
    );
    let rows = rows.fetch_all(read.connection()).await.attempt("count waiting incidents")?;
    rows.iter().map(|row| Ok((severity(row, "severity")?, row.number("waiting")?))).collect()
}

/// How long incidents that were opened since a moment waited for their first claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstClaims {
    /// How many were claimed.
    pub claimed: i64,
    /// Their mean wait, in microseconds.
    pub mean: i64,
    /// The longest wait, in microseconds.
    pub longest: i64,
}

/// The waits for a first claim of incidents opened at or after this moment.
///
/// # Errors
/// The statement failed.
pub async fn first_claims(read: &mut impl Read, from: Moment) -> Result<FirstClaims, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) AS claimed, \
         CAST(COALESCE(AVG(first_claimed_at - opened_at), 0) AS BIGINT) AS mean, \
         CAST(COALESCE(MAX(first_claimed_at - opened_at), 0) AS BIGINT) AS longest \
         FROM incidents WHERE opened_at >= $1 AND first_claimed_at IS NOT NULL",
    );
    let row = row.bind(from.0).fetch_one(read.connection()).await.attempt("measure the waits for a claim")?;
    Ok(FirstClaims {
        claimed: row.number("claimed")?,
        mean: row.number("mean")?,
        longest: row.number("longest")?,
    })
}

/// Actions that the messenger performed, by day of their end, as the first moment of that day.
///
/// # Errors
/// The statement failed.
pub async fn actions_by_day(read: &mut impl Read, from: Moment) -> Result<Vec<(Moment, i64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT ended_at / $2 AS day, CAST(COUNT(*) AS BIGINT) AS performed FROM actions \
         WHERE state = 'done' AND ended_at >= $1 GROUP BY ended_at / $2 ORDER BY day",
    );
    let rows = rows.bind(from.0).bind(DAY).fetch_all(read.connection()).await;
    let rows = rows.attempt("count actions by day")?;
    rows.iter().map(|row| Ok((Moment(row.number("day")? * DAY), row.number("performed")?))).collect()
}
