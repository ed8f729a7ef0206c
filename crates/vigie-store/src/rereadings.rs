//! Decisions that are read again by a second reviewer, and how both conclusions compare.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::bank::Label;
use vigie_model::id::{DecisionId, IncidentId, PersonId, RereadingId};
use vigie_model::incident::Outcome;
use vigie_model::rereading::{Rereading, RereadingState, SecondConclusion, Settled};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Housekeeping, Read, StoreError, Transaction};

/// Puts a decision before a second reviewer.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, drawn: &Rereading) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO rereadings (id, decision, incident, decided_by, state, drawn_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key(drawn.id))
    .bind(key(drawn.decision))
    .bind(key(drawn.incident))
    .bind(key(drawn.decided_by))
    .bind(drawn.state.name())
    .bind(drawn.drawn_at.0)
    .execute(tx.connection())
    .await
    .attempt("put a decision before a second reviewer")?;
    Ok(())
}

/// The reading again with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: RereadingId) -> Result<Option<Rereading>, StoreError> {
    let row = sqlx::query("SELECT * FROM rereadings WHERE id = $1").bind(key(id));
    let row = row.fetch_optional(read.connection()).await.attempt("find a reading again")?;
    row.as_ref().map(rereading).transpose()
}

/// Those in this state, oldest first, at most so many.
///
/// # Errors
/// The statement failed.
pub async fn list(
    read: &mut impl Read,
    state: RereadingState,
    limit: i64,
) -> Result<Vec<Rereading>, StoreError> {
    let rows = sqlx::query("SELECT * FROM rereadings WHERE state = $1 ORDER BY drawn_at, id LIMIT $2");
    let rows = rows.bind(state.name()).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("list readings again")?.iter().map(rereading).collect()
}

/// What waits for a person: nobody else is at it, they neither decided nor escalated nor looked at it before, did not pass
/// on it, and are spared none of its labels. `$2` is since when somebody else's hold counts.
macro_rules! for_person {
    ($select:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM rereadings x JOIN incidents i ON i.id = x.incident WHERE x.state = 'waiting' AND x.decided_by <> $1 \
             AND (x.reader IS NULL OR x.reader = $1 OR x.taken_at <= $2) \
             AND (i.escalated_by IS NULL OR i.escalated_by <> $1) \
             AND NOT EXISTS (SELECT 1 FROM reveals r WHERE r.incident = x.incident AND r.person = $1 \
             AND r.shown_at <= x.drawn_at) \
             AND NOT EXISTS (SELECT 1 FROM incident_passes p WHERE p.incident = x.incident AND p.person = $1) \
             AND NOT EXISTS (SELECT 1 FROM incident_labels l JOIN spared_labels a ON a.label = l.label \
             WHERE l.incident = x.incident AND a.person = $1)",
            $rest
        )
    };
}

/// The oldest that waits for a person; what they are at comes first.
///
/// # Errors
/// The statement failed.
pub async fn next_for(
    read: &mut impl Read,
    person: PersonId,
    held_since: Moment,
) -> Result<Option<Rereading>, StoreError> {
    let text =
        for_person!("x.*", " ORDER BY CASE WHEN x.reader = $1 THEN 0 ELSE 1 END, x.drawn_at, x.id LIMIT 1");
    let row = sqlx::query(text).bind(key(person)).bind(held_since.0);
    let row = row.fetch_optional(read.connection()).await.attempt("find what to read again")?;
    row.as_ref().map(rereading).transpose()
}

/// How many wait for a person.
///
/// # Errors
/// The statement failed.
pub async fn count_for(
    read: &mut impl Read,
    person: PersonId,
    held_since: Moment,
) -> Result<i64, StoreError> {
    let row = sqlx::query(for_person!("COUNT(*) AS count", "")).bind(key(person)).bind(held_since.0);
    row.fetch_one(read.connection()).await.attempt("count what to read again")?.number("count")
}

/// Has a person read it again. False when somebody else is at it, or it does not wait.
///
/// # Errors
/// The statement failed.
pub async fn take(
    house: &mut Housekeeping,
    id: RereadingId,
    person: PersonId,
    held_since: Moment,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE rereadings SET reader = $2, taken_at = $4 WHERE id = $1 AND state = 'waiting' \
         AND (reader IS NULL OR reader = $2 OR taken_at <= $3)",
    )
    .bind(key(id))
    .bind(key(person))
    .bind(held_since.0)
    .bind(now.0)
    .execute(house.connection())
    .await
    .attempt("take a reading again")?;
    Ok(done.rows_affected() == 1)
}

/// Gives back what a person reads again.
///
/// # Errors
/// The statement failed.
pub async fn give_back(
    house: &mut Housekeeping,
    id: RereadingId,
    person: PersonId,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE rereadings SET reader = NULL, taken_at = NULL WHERE id = $1 AND reader = $2 AND state = 'waiting'",
    )
    .bind(key(id))
    .bind(key(person))
    .execute(house.connection())
    .await
    .attempt("give back a reading again")?;
    Ok(())
}

/// Whether a person is reading this incident again.
///
/// # Errors
/// The statement failed.
pub async fn is_read_by(
    read: &mut impl Read,
    incident: IncidentId,
    person: PersonId,
    held_since: Moment,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS count FROM rereadings WHERE incident = $1 AND reader = $2 AND state = 'waiting' \
         AND taken_at > $3",
    )
    .bind(key(incident))
    .bind(key(person))
    .bind(held_since.0);
    Ok(row.fetch_one(read.connection()).await.attempt("see who reads an incident again")?.number("count")?
        > 0)
}

/// Writes what the reader concluded. False when it is not theirs any more.
///
/// # Errors
/// The statement failed.
pub async fn conclude(
    tx: &mut Transaction,
    id: RereadingId,
    reader: PersonId,
    state: RereadingState,
    second: &SecondConclusion,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE rereadings SET state = $3, outcome = $4, labels = $5, items = $6, read_at = $7 \
         WHERE id = $1 AND reader = $2 AND state = 'waiting'",
    )
    .bind(key(id))
    .bind(key(reader))
    .bind(state.name())
    .bind(second.outcome.name())
    .bind(serde_json::to_string(&second.labels)?)
    .bind(serde_json::to_string(&second.findings)?)
    .bind(second.read_at.0)
    .execute(tx.connection())
    .await
    .attempt("write a second conclusion")?;
    Ok(done.rows_affected() == 1)
}

/// Writes which of two conclusions holds. False when it is not disputed any more.
///
/// # Errors
/// The statement failed.
pub async fn settle(tx: &mut Transaction, id: RereadingId, settled: &Settled) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE rereadings SET state = 'settled', settled_by = $2, settled_at = $3, settlement = $4, \
         settlement_reason = $5 WHERE id = $1 AND state = 'disputed'",
    )
    .bind(key(id))
    .bind(key(settled.by))
    .bind(settled.at.0)
    .bind(settled.settlement.name())
    .bind(&settled.reason)
    .execute(tx.connection())
    .await
    .attempt("settle a reading again")?;
    Ok(done.rows_affected() == 1)
}

/// Nobody needs to read a decision again that was undone.
///
/// # Errors
/// The statement failed.
pub async fn withdraw(tx: &mut Transaction, decision: DecisionId) -> Result<(), StoreError> {
    sqlx::query("UPDATE rereadings SET state = 'withdrawn' WHERE decision = $1 AND state = 'waiting'")
        .bind(key(decision))
        .execute(tx.connection())
        .await
        .attempt("withdraw a reading again")?;
    Ok(())
}

/// Two conclusions about one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The first outcome and the second.
    pub outcomes: (Outcome, Outcome),
    /// The labels of the first and of the second.
    pub labels: (Vec<Label>, Vec<Label>),
}

/// What was concluded twice since that moment.
///
/// # Errors
/// The statement failed.
pub async fn compared(read: &mut impl Read, since: Moment) -> Result<Vec<Compared>, StoreError> {
    let rows = sqlx::query(
        "SELECT d.outcome AS first, d.labels AS first_labels, x.outcome AS second, x.labels AS second_labels \
         FROM rereadings x JOIN decisions d ON d.id = x.decision WHERE x.read_at >= $1 ORDER BY x.read_at, x.id",
    )
    .bind(since.0);
    let rows = rows.fetch_all(read.connection()).await.attempt("compare conclusions")?;
    let compared = |row: &AnyRow| {
        Ok(Compared {
            outcomes: (row.parsed("first")?, row.parsed("second")?),
            labels: (row.json("first_labels")?, row.json("second_labels")?),
        })
    };
    rows.iter().map(compared).collect()
}

fn rereading(row: &AnyRow) -> Result<Rereading, StoreError> {
    let second = match row.optional_moment("read_at")? {
        Some(read_at) => Some(SecondConclusion {
            outcome: row.parsed("outcome")?,
            labels: row.json("labels")?,
            findings: row.json("items")?,
            read_at,
        }),
        None => None,
    };
    let settled = match (row.optional_id("settled_by")?, row.optional_moment("settled_at")?) {
        (Some(by), Some(at)) => Some(Settled {
            by,
            at,
            settlement: row.parsed("settlement")?,
            reason: row.optional_text("settlement_reason")?.unwrap_or_default(),
        }),
        _ => None,
    };
    Ok(Rereading {
        id: row.id("id")?,
        decision: row.id("decision")?,
        incident: row.id("incident")?,
        decided_by: row.id("decided_by")?,
        state: row.parsed("state")?,
        drawn_at: row.moment("drawn_at")?,
        reader: row.optional_id("reader")?.zip(row.optional_moment("taken_at")?),
        second,
        settled,
    })
}
