//! Counts by surface and day: the only trace of what was not examined or matched nothing.

use std::ops::AddAssign;

use sqlx::any::AnyRow;
use vigie_model::Surface;

use crate::error::Attempt;
use crate::row::Columns;
use crate::{Housekeeping, Read, StoreError};

/// What came in on one surface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Submissions of any outcome.
    pub submitted: i64,
    /// Those without a basis.
    pub not_examined: i64,
    /// Those that hit a bank.
    pub matched: i64,
    /// Those that could not be decoded.
    pub undecodable: i64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.submitted += more.submitted;
        self.not_examined += more.not_examined;
        self.matched += more.matched;
        self.undecodable += more.undecodable;
    }
}

/// The tally of one surface on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayCount {
    /// The surface.
    pub surface: Surface,
    /// The day in UTC, as `2026-11-22`.
    pub day: String,
    /// What came in.
    pub tally: Tally,
}

/// Adds to the tally of a surface and day.
///
/// # Errors
/// The statement failed.
pub async fn add(house: &mut Housekeeping, more: &DayCount) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO surface_counts (surface, day, submitted, not_examined, matched, undecodable) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (surface, day) DO UPDATE SET \
         submitted = surface_counts.submitted + excluded.submitted, \
         not_examined = surface_counts.not_examined + excluded.not_examined, \
         matched = surface_counts.matched + excluded.matched, \
         undecodable = surface_counts.undecodable + excluded.undecodable",
    )
    .bind(more.surface.name())
    .bind(&more.day)
    .bind(more.tally.submitted)
    .bind(more.tally.not_examined)
    .bind(more.tally.matched)
    .bind(more.tally.undecodable)
    .execute(house.connection())
    .await
    .attempt("add to the counts of a surface")?;
    Ok(())
}

/// The tallies from this day on, by day and surface.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, from_day: &str) -> Result<Vec<DayCount>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM surface_counts WHERE day >= $1 ORDER BY day, surface").bind(from_day);
    rows.fetch_all(read.connection()).await.attempt("list counts")?.iter().map(day_count).collect()
}

fn day_count(row: &AnyRow) -> Result<DayCount, StoreError> {
    Ok(DayCount {
        surface: row.parsed("surface")?,
        day: row.text("day")?,
        tally: Tally {
            submitted: row.number("submitted")?,
            not_examined: row.number("not_examined")?,
            matched: row.number("matched")?,
            undecodable: row.number("undecodable")?,
        },
    })
}
