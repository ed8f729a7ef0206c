//! Child-at-risk alarms.

use sqlx::any::AnyRow;
use vigie_model::alarm::Alarm;
use vigie_model::id::{AlarmId, IncidentId};
use vigie_model::incident::Severity;

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key, wrong};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Writes an alarm that has just been raised.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, alarm: &Alarm) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO alarms (id, incident, state, raised_by, raised_at, reason, paged, severity_before) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key(alarm.id))
    .bind(key(alarm.incident))
    .bind(alarm.state.name())
    .bind(key(alarm.raised_by))
    .bind(alarm.raised_at.0)
    .bind(&alarm.reason)
    .bind(optional_key(alarm.paged))
    .bind(alarm.severity_before as i64)
    .execute(tx.connection())
    .await
    .attempt("raise an alarm")?;
    Ok(())
}

/// Writes where an alarm stands now, and who brought it there.
///
/// # Errors
/// No such alarm, or the statement failed.
pub async fn update(tx: &mut Transaction, alarm: &Alarm) -> Result<(), StoreError> {
    let done = sqlx::query(
        "UPDATE alarms SET state = $2, acknowledged_by = $3, acknowledged_at = $4, handed_over_by = $5, \
         handed_over_at = $6, handover_reference = $7, stood_down_by = $8, stood_down_at = $9, stood_down_reason = $10 \
         WHERE id = $1",
    )
    .bind(key(alarm.id))
    .bind(alarm.state.name())
    .bind(optional_key(alarm.acknowledged_by))
    .bind(alarm.acknowledged_at.map(|moment| moment.0))
    .bind(optional_key(alarm.handed_over_by))
    .bind(alarm.handed_over_at.map(|moment| moment.0))
    .bind(&alarm.handover_reference)
    .bind(optional_key(alarm.stood_down_by))
    .bind(alarm.stood_down_at.map(|moment| moment.0))
    .bind(&alarm.stood_down_reason)
    .execute(tx.connection())
    .await
    .attempt("change an alarm")?;
    one_row("changing an alarm", done.rows_affected())
}

/// The alarm with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: AlarmId) -> Result<Option<Alarm>, StoreError> {
    let row = sqlx::query("SELECT * FROM alarms WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find an alarm")?.as_ref().map(alarm).transpose()
}

/// The alarm with this identifier, kept from being changed by others until the transaction ends.
///
/// # Errors
/// The statement failed.
pub async fn lock(tx: &mut Transaction, id: AlarmId) -> Result<Option<Alarm>, StoreError> {
    let row = sqlx::query("UPDATE alarms SET state = state WHERE id = $1 RETURNING *").bind(key(id));
    row.fetch_optional(tx.connection()).await.attempt("lock an alarm")?.as_ref().map(alarm).transpose()
}

/// Alarms on an incident, newest first.
///
/// # Errors
/// The statement failed.
pub async fn of_incident(read: &mut impl Read, incident: IncidentId) -> Result<Vec<Alarm>, StoreError> {
    let rows = sqlx::query("SELECT * FROM alarms WHERE incident = $1 ORDER BY raised_at DESC, id DESC")
        .bind(key(incident));
    rows.fetch_all(read.connection())
        .await
        .attempt("list the alarms of an incident")?
        .iter()
        .map(alarm)
        .collect()
}

/// Alarms on which somebody still has to act, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list_running(read: &mut impl Read) -> Result<Vec<Alarm>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM alarms WHERE state IN ('raised', 'acknowledged') ORDER BY raised_at, id");
    rows.fetch_all(read.connection()).await.attempt("list running alarms")?.iter().map(alarm).collect()
}

/// The newest alarms that have ended.
///
/// # Errors
/// The statement failed.
pub async fn list_ended(read: &mut impl Read, limit: i64) -> Result<Vec<Alarm>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM alarms WHERE state IN ('handed_over', 'stood_down') ORDER BY raised_at DESC, id DESC LIMIT $1",
    )
    .bind(limit);
    rows.fetch_all(read.connection()).await.attempt("list ended alarms")?.iter().map(alarm).collect()
}

fn alarm(row: &AnyRow) -> Result<Alarm, StoreError> {
    let severity = usize::try_from(row.number("severity_before")?).ok();
    Ok(Alarm {
        id: row.id("id")?,
        incident: row.id("incident")?,
        state: row.parsed("state")?,
        raised_by: row.id("raised_by")?,
        raised_at: row.moment("raised_at")?,
        reason: row.text("reason")?,
        paged: row.optional_id("paged")?,
        acknowledged_by: row.optional_id("acknowledged_by")?,
        acknowledged_at: row.optional_moment("acknowledged_at")?,
        handed_over_by: row.optional_id("handed_over_by")?,
        handed_over_at: row.optional_moment("handed_over_at")?,
        handover_reference: row.optional_text("handover_reference")?,
        stood_down_by: row.optional_id("stood_down_by")?,
        stood_down_at: row.optional_moment("stood_down_at")?,
        stood_down_reason: row.optional_text("stood_down_reason")?,
        severity_before: severity
            .and_then(|place| Severity::ALL.get(place).copied())
            .ok_or_else(|| wrong("severity_before", "no such severity"))?,
    })
}
