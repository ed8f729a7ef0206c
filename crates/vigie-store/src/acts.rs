//! The acts in the ledger: counted by class and day, and those about one object.
//!
//! What it is: the erasable details of entries; what is erased no longer counts. What it is not: it decides
//! nothing about who may see which number; that is `vigie_app::ledger`.

use sqlx::any::AnyRow;
use vigie_model::Moment;

use crate::error::Attempt;
use crate::row::Columns;
use crate::{Read, StoreError};

/// Microseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// How many acts of one class a day had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOfActs {
    /// The class, for example `incident.decided`.
    pub action: String,
    /// The first moment of the day, in UTC.
    pub day: Moment,
    /// How many, at least one.
    pub count: u64,
}

/// How many acts of each class each day had, by day and class.
///
/// # Errors
/// The statement failed.
pub async fn by_day(read: &mut impl Read) -> Result<Vec<DayOfActs>, StoreError> {
    let counted = sqlx::query(
        "SELECT action, at / $1 AS day, COUNT(*) AS count FROM ledger_details GROUP BY 1, 2 ORDER BY 2, 1",
    )
    .bind(DAY);
    let rows = counted.fetch_all(read.connection()).await.attempt("count the acts of the ledger")?;
    rows.iter().map(day_of_acts).collect()
}

/// The entries about an object, the oldest first: number, class, actor, moment.
///
/// # Errors
/// The statement failed.
pub async fn about(
    read: &mut impl Read,
    object: &str,
) -> Result<Vec<(i64, String, String, Moment)>, StoreError> {
    let rows =
        sqlx::query("SELECT seq, action, actor, at FROM ledger_details WHERE object = $1 ORDER BY seq");
    let rows =
        rows.bind(object).fetch_all(read.connection()).await.attempt("list the acts about something")?;
    let act =
        |row: &AnyRow| Ok((row.number("seq")?, row.text("action")?, row.text("actor")?, row.moment("at")?));
    rows.iter().map(act).collect()
}

/// An entry of the ledger as its erasable row keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub seq: i64,
    /// When.
    pub at: Moment,
    /// The salt under which it was hashed.
    pub salt: [u8; 32],
    /// The canonical text of its details.
    pub details: String,
}

/// The entries of one class about one object, the earliest first.
///
/// # Errors
/// The statement failed.
pub async fn kept_about(read: &mut impl Read, action: &str, object: &str) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, at, salt, details FROM ledger_details WHERE object = $1 AND action = $2 ORDER BY seq",
    )
    .bind(object)
    .bind(action);
    let rows = rows.fetch_all(read.connection()).await.attempt("find entries about an object")?;
    rows.iter().map(kept).collect()
}

pub(crate) fn kept(row: &AnyRow) -> Result<Kept, StoreError> {
    let salt = row.bytes("salt")?.try_into();
    Ok(Kept {
        seq: row.number("seq")?,
        at: row.moment("at")?,
        salt: salt.map_err(|_| crate::row::wrong("salt", "not 32 bytes"))?,
        details: row.text("details")?,
    })
}

fn day_of_acts(row: &AnyRow) -> Result<DayOfActs, StoreError> {
    Ok(DayOfActs {
        action: row.text("action")?,
        day: Moment(row.number("day")? * DAY),
        count: u64::try_from(row.number("count")?).unwrap_or(0),
    })
}
