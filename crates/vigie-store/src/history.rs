//! Signals that matched nothing, kept only for surfaces whose basis switched history on, and at most thirty days.
//!
//! They lie in segments: what came in on one surface within one hour. A segment ends whole: its key first, so that the
//! references in every copy of the database are unreadable, then its compact file, then its rows.
//!
//! What it is not: a log of who posted what. The reference of a row is sealed before it comes here.

use std::collections::BTreeMap;

use futures_util::{Stream, StreamExt as _};
use sqlx::any::AnyRow;
use uuid::Uuid;
use vigie_model::hunt::Pass;
use vigie_model::id::BasisId;
use vigie_model::{Moment, Surface};

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Housekeeping, Read, StoreError};

/// Microseconds of an hour.
const HOUR: i64 = 60 * 60 * 1_000_000;

/// Numbers kept free for surfaces within an hour.
const SURFACES: i64 = 16;

/// A segment of history: one surface, one hour in UTC. Segments are in the order of their hours.
///
/// An hour, because a segment ends with its oldest row: of thirty days at most an hour is lost to the youngest. A day
/// would lose up to a day, and would leave a whole day that is not in its compact form yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Segment(pub i64);

impl Segment {
    /// The segment of what came in on a surface at a moment.
    #[must_use]
    pub fn of(surface: Surface, moment: Moment) -> Self {
        Self(Self::first_at(moment).0 + number(surface))
    }

    /// The least number of the hour of a moment: all segments from this one on end after the moment.
    #[must_use]
    pub fn first_at(moment: Moment) -> Self {
        Self(moment.0.div_euclid(HOUR) * SURFACES)
    }

    /// Its surface.
    ///
    /// # Errors
    /// The number is that of no surface.
    pub fn surface(self) -> Result<Surface, StoreError> {
        let own = self.0.rem_euclid(SURFACES);
        let found = Surface::ALL.iter().copied().find(|surface| number(*surface) == own);
        found.ok_or_else(|| wrong("segment", NoSurface))
    }

    /// When its hour begins.
    #[must_use]
    pub fn starts_at(self) -> Moment {
        Moment(self.0.div_euclid(SURFACES) * HOUR)
    }

    /// When its hour is over.
    #[must_use]
    pub fn ends_at(self) -> Moment {
        Moment(self.starts_at().0 + HOUR)
    }
}

/// The number of a surface within an hour. Stored: never change or reuse one.
fn number(surface: Surface) -> i64 {
    match surface {
        Surface::PublicChannel => 1,
        Surface::PublicGroup => 2,
        Surface::PrivateGroup => 3,
        Surface::DirectMessage => 4,
        Surface::Profile => 5,
        Surface::ReportedItem => 6,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a segment of no surface")]
struct NoSurface;

/// The signals of one submission without a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// Its identifier; adding it twice adds it once.
    pub id: Uuid,
    /// Where and when, to the hour.
    pub segment: Segment,
    /// The basis under which it was examined and is kept.
    pub basis: BasisId,
    /// Who, where and which message, sealed under the key of the segment.
    pub reference: Vec<u8>,
    /// Which pass made the PDQ signal.
    pub pass: Pass,
    /// Its PDQ signal.
    pub pdq: Option<Vec<u8>>,
    /// Its MD5 digest.
    pub md5: Option<Vec<u8>>,
    /// Its SHA-1 digest.
    pub sha1: Option<Vec<u8>>,
    /// Its SHA-256 digest.
    pub sha256: Option<Vec<u8>>,
    /// When it came in.
    pub received_at: Moment,
}

/// A row that is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// The row.
    pub past: Past,
    /// When it may be there no more.
    pub expires_at: Moment,
}

/// A segment that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentState {
    /// Which.
    pub segment: Segment,
    /// How many rows it has.
    pub rows: i64,
    /// When it vanishes.
    pub expires_at: Moment,
}

/// Adds rows; one that is there already stays as it is. A segment vanishes when the first of its rows has to.
///
/// # Errors
/// A statement failed.
pub async fn append(house: &mut Housekeeping, rows: &[Fresh]) -> Result<(), StoreError> {
    let mut added: BTreeMap<Segment, (i64, Moment)> = BTreeMap::new();
    for Fresh { past, expires_at } in rows {
        let count = insert(house, past).await?;
        let segment = added.entry(past.segment).or_insert((0, *expires_at));
        *segment = (segment.0 + count, segment.1.min(*expires_at));
    }
    for (segment, (count, expires_at)) in added {
        sqlx::query(
            "INSERT INTO history_segments (number, entries, expires_at) VALUES ($1, $2, $3) \
             ON CONFLICT (number) DO UPDATE SET entries = history_segments.entries + $2, expires_at = \
             CASE WHEN history_segments.expires_at < $3 THEN history_segments.expires_at ELSE $3 END",
        )
        .bind(segment.0)
        .bind(count)
        .bind(expires_at.0)
        .execute(house.connection())
        .await
        .attempt("count the rows of a segment")?;
    }
    Ok(())
}

async fn insert(house: &mut Housekeeping, past: &Past) -> Result<i64, StoreError> {
    let done = sqlx::query(
        "INSERT INTO history (segment, id, basis, reference, pass, pdq, md5, sha1, sha256, received_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (segment, id) DO NOTHING",
    )
    .bind(past.segment.0)
    .bind(past.id.as_bytes().to_vec())
    .bind(key(past.basis))
    .bind(past.reference.clone())
    .bind(past.pass.name())
    .bind(past.pdq.clone())
    .bind(past.md5.clone())
    .bind(past.sha1.clone())
    .bind(past.sha256.clone())
    .bind(past.received_at.0)
    .execute(house.connection())
    .await
    .attempt("add to the history")?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}

/// The segments that are to vanish at this moment, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn expired(read: &mut impl Read, now: Moment) -> Result<Vec<Segment>, StoreError> {
    let rows = sqlx::query("SELECT number FROM history_segments WHERE expires_at <= $1 ORDER BY number");
    let rows = rows.bind(now.0).fetch_all(read.connection()).await.attempt("find expired history")?;
    rows.iter().map(|row| row.number("number").map(Segment)).collect()
}

/// Deletes a segment whole. Its key and its file are removed before: see [`crate::segments::Segments::forget`]. Returns
/// how many rows that were.
///
/// # Errors
/// A statement failed.
pub async fn forget(house: &mut Housekeeping, segment: Segment) -> Result<u64, StoreError> {
    let done = sqlx::query("DELETE FROM history WHERE segment = $1").bind(segment.0);
    let done = done.execute(house.connection()).await.attempt("forget a segment of history")?;
    let gone = sqlx::query("DELETE FROM history_segments WHERE number = $1").bind(segment.0);
    gone.execute(house.connection()).await.attempt("forget a segment of history")?;
    Ok(done.rows_affected())
}

/// The segments after this one that hold something of a period, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn segments(
    read: &mut impl Read,
    after: Segment,
    from: Moment,
    until: Moment,
) -> Result<Vec<SegmentState>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM history_segments WHERE number > $1 AND number >= $2 AND number < $3 ORDER BY number",
    )
    .bind(after.0)
    .bind(Segment::first_at(from).0)
    .bind(Segment::first_at(Moment(until.0 - 1)).0 + SURFACES);
    rows.fetch_all(read.connection()).await.attempt("list segments of history")?.iter().map(state).collect()
}

/// One segment, as it is now.
///
/// # Errors
/// The statement failed.
pub async fn segment(read: &mut impl Read, segment: Segment) -> Result<Option<SegmentState>, StoreError> {
    let row = sqlx::query("SELECT * FROM history_segments WHERE number = $1").bind(segment.0);
    row.fetch_optional(read.connection())
        .await
        .attempt("find a segment of history")?
        .as_ref()
        .map(state)
        .transpose()
}

/// The rows of a segment, in the order of their identifiers.
pub fn rows(
    read: &mut impl Read,
    segment: Segment,
) -> impl Stream<Item = Result<Past, StoreError>> + Send + '_ {
    sqlx::query("SELECT * FROM history WHERE segment = $1 ORDER BY id")
        .bind(segment.0)
        .fetch(read.connection())
        .map(|row| past(&row.attempt("read a segment of history")?))
}

/// One row.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, segment: Segment, id: Uuid) -> Result<Option<Past>, StoreError> {
    let row = sqlx::query("SELECT * FROM history WHERE segment = $1 AND id = $2")
        .bind(segment.0)
        .bind(id.as_bytes().to_vec());
    row.fetch_optional(read.connection())
        .await
        .attempt("find a row of history")?
        .as_ref()
        .map(past)
        .transpose()
}

fn state(row: &AnyRow) -> Result<SegmentState, StoreError> {
    Ok(SegmentState {
        segment: Segment(row.number("number")?),
        rows: row.number("entries")?,
        expires_at: row.moment("expires_at")?,
    })
}

fn past(row: &AnyRow) -> Result<Past, StoreError> {
    Ok(Past {
        id: Uuid::from_slice(&row.bytes("id")?).map_err(|error| wrong("id", error))?,
        segment: Segment(row.number("segment")?),
        basis: row.id("basis")?,
        reference: row.bytes("reference")?,
        pass: row.parsed("pass")?,
        pdq: row.optional_bytes("pdq")?,
        md5: row.optional_bytes("md5")?,
        sha1: row.optional_bytes("sha1")?,
        sha256: row.optional_bytes("sha256")?,
        received_at: row.moment("received_at")?,
    })
}
