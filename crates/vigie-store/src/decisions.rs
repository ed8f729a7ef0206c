//! Decisions on incidents, and how they were undone.

use sqlx::any::AnyRow;
use vigie_model::id::{DecisionId, IncidentId, WaveId};
use vigie_model::incident::{Decision, ItemVerdict, Precedent, Reversal};

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Writes a decision.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, decision: &Decision) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO decisions (id, incident, wave, decided_by, outcome, labels, reason, items, decided_at, as_before, \
         reversed_at, reversed_by, reversal_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, NULL, NULL, NULL)",
    )
    .bind(key(decision.id))
    .bind(key(decision.incident))
    .bind(optional_key(decision.wave))
    .bind(key(decision.decided_by))
    .bind(decision.outcome.name())
    .bind(serde_json::to_string(&decision.labels)?)
    .bind(&decision.reason)
    .bind(serde_json::to_string(&decision.findings)?)
    .bind(decision.decided_at.0)
    .bind(match decision.as_before.is_empty() {
        true => None,
        false => Some(serde_json::to_string(&decision.as_before)?),
    })
    .execute(tx.connection())
    .await
    .attempt("write a decision")?;
    Ok(())
}

/// The decision with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: DecisionId) -> Result<Option<Decision>, StoreError> {
    let row = sqlx::query("SELECT * FROM decisions WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a decision")?.as_ref().map(decision).transpose()
}

/// The decisions on an incident, newest first.
///
/// # Errors
/// The statement failed.
pub async fn list_of_incident(
    read: &mut impl Read,
    incident: IncidentId,
) -> Result<Vec<Decision>, StoreError> {
    let rows = sqlx::query("SELECT * FROM decisions WHERE incident = $1 ORDER BY decided_at DESC, id DESC")
        .bind(key(incident));
    rows.fetch_all(read.connection()).await.attempt("list decisions")?.iter().map(decision).collect()
}

/// The decisions that were made with a wave, in the order of their incidents.
///
/// # Errors
/// The statement failed.
pub async fn list_of_wave(read: &mut impl Read, wave: WaveId) -> Result<Vec<Decision>, StoreError> {
    let rows = sqlx::query("SELECT * FROM decisions WHERE wave = $1 ORDER BY decided_at, id").bind(key(wave));
    rows.fetch_all(read.connection())
        .await
        .attempt("list the decisions of a wave")?
        .iter()
        .map(decision)
        .collect()
}

/// Conclusions about the very same bytes as those of the items of an incident (their SHA-256 is equal): each was made by
/// somebody who had looked at them past the shielded step, stands, and is not doubted by who read it again. In the order of
/// the items, the latest decision first, each with what it concluded.
///
/// # Errors
/// The statement failed.
pub async fn precedents(
    read: &mut impl Read,
    incident: IncidentId,
) -> Result<Vec<(Precedent, ItemVerdict)>, StoreError> {
    let rows = sqlx::query(
        "SELECT t.id AS item, e.id AS earlier, e.verdict, d.id AS decision FROM incident_items t \
         JOIN submission_signals s ON s.submission = t.submission AND s.kind = 4 \
         JOIN submission_signals q ON q.value = s.value AND q.kind = 4 \
         JOIN incident_items e ON e.submission = q.submission AND e.id <> t.id AND e.verdict IS NOT NULL \
         JOIN decisions d ON d.incident = e.incident AND d.reversed_at IS NULL AND d.as_before IS NULL \
         WHERE t.incident = $1 AND EXISTS (SELECT 1 FROM reveals r WHERE r.item = e.id AND r.person = d.decided_by \
         AND r.step <> 'shielded' AND r.shown_at <= d.decided_at) \
         AND NOT EXISTS (SELECT 1 FROM rereadings x WHERE x.decision = d.id \
         AND (x.state = 'disputed' OR x.settlement IN ('second', 'neither'))) \
         ORDER BY t.added_at, t.id, d.decided_at DESC, d.id DESC, e.id",
    )
    .bind(key(incident));
    let rows = rows.fetch_all(read.connection()).await.attempt("find earlier conclusions")?;
    let precedent = |row: &AnyRow| {
        let precedent =
            Precedent { item: row.id("item")?, earlier: row.id("earlier")?, decision: row.id("decision")? };
        Ok((precedent, row.parsed("verdict")?))
    };
    rows.iter().map(precedent).collect()
}

/// Notes that a decision was undone. Only one reversal counts.
///
/// # Errors
/// It was undone before, or the statement failed.
pub async fn reverse(tx: &mut Transaction, id: DecisionId, reversal: &Reversal) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE decisions SET reversed_at = $2, reversed_by = $3, reversal_reason = $4 \
         WHERE id = $1 AND reversed_at IS NULL",
    )
    .bind(key(id))
    .bind(reversal.at.0)
    .bind(key(reversal.by))
    .bind(&reversal.reason)
    .execute(tx.connection())
    .await
    .attempt("undo a decision")?;
    one_row("undoing a decision", done.rows_affected())
}

fn decision(row: &AnyRow) -> Result<Decision, StoreError> {
    Ok(Decision {
        id: row.id("id")?,
        incident: row.id("incident")?,
        wave: row.optional_id("wave")?,
        decided_by: row.id("decided_by")?,
        outcome: row.parsed("outcome")?,
        labels: row.json("labels")?,
        reason: row.text("reason")?,
        findings: row.json("items")?,
        as_before: row.optional_json("as_before")?.unwrap_or_default(),
        decided_at: row.moment("decided_at")?,
        reversal: reversal(row)?,
    })
}

fn reversal(row: &AnyRow) -> Result<Option<Reversal>, StoreError> {
    let (Some(by), Some(at)) = (row.optional_id("reversed_by")?, row.optional_moment("reversed_at")?) else {
        return Ok(None);
    };
    Ok(Some(Reversal { by, at, reason: row.optional_text("reversal_reason")?.unwrap_or_default() }))
}
