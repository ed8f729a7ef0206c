//! Incidents: opening, joining, changing and finding them. Who holds one, and in which order they wait: `queue.rs`.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{IncidentId, WaveId};
use vigie_model::incident::{Escalation, Incident, Lease, Severity, Subject};

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key, wrong};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Waits until no other transaction gathers, and keeps others from gathering until this one ends.
///
/// Two transactions that opened the same incident or wave would make two of it, and two that touch several incidents
/// would wait for each other. Matches are rare, so gathering is one at a time; SQLite has one writer anyway.
///
/// # Errors
/// The counter row cannot be locked.
pub async fn lock_gathering(tx: &mut Transaction) -> Result<(), StoreError> {
    tx.next_numbers("incident", 0).await.map(drop)
}

/// Writes a new incident. `rank_at` is its place in the queue.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, incident: &Incident, rank_at: Moment) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO incidents (id, number, subject_kind, service, subject, subject_name, state, severity, reach, items, \
         wave, child_at_risk, holder, leased_until, fence, rank_at, opened_at, first_claimed_at, updated_at, escalated_by, \
         escalated_at, escalation_reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, NULL, 0, $13, \
         $14, NULL, $15, NULL, NULL, NULL)",
    )
    .bind(key(incident.id))
    .bind(incident.number)
    .bind(incident.subject.kind.name())
    .bind(&incident.subject.service)
    .bind(&incident.subject.reference)
    .bind(&incident.subject.name)
    .bind(incident.state.name())
    .bind(incident.severity as i64)
    .bind(incident.reach)
    .bind(incident.items)
    .bind(optional_key(incident.wave))
    .bind(i64::from(incident.child_at_risk))
    .bind(rank_at.0)
    .bind(incident.opened_at.0)
    .bind(incident.updated_at.0)
    .execute(tx.connection())
    .await
    .attempt("open an incident")?;
    Ok(())
}

/// The incident with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: IncidentId) -> Result<Option<Incident>, StoreError> {
    let row = sqlx::query("SELECT * FROM incidents WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection())
        .await
        .attempt("find an incident")?
        .as_ref()
        .map(incident)
        .transpose()
}

/// The incident with this number.
///
/// # Errors
/// The statement failed.
pub async fn find_by_number(read: &mut impl Read, number: i64) -> Result<Option<Incident>, StoreError> {
    let row = sqlx::query("SELECT * FROM incidents WHERE number = $1").bind(number);
    row.fetch_optional(read.connection())
        .await
        .attempt("find an incident by its number")?
        .as_ref()
        .map(incident)
        .transpose()
}

/// The incident with this identifier, kept from changing until the transaction ends.
///
/// # Errors
/// The statement failed.
pub async fn lock(tx: &mut Transaction, id: IncidentId) -> Result<Option<Incident>, StoreError> {
    let row = sqlx::query("UPDATE incidents SET fence = fence WHERE id = $1 RETURNING *").bind(key(id));
    row.fetch_optional(tx.connection()).await.attempt("lock an incident")?.as_ref().map(incident).transpose()
}

/// The newest incident of a subject that waits for somebody.
///
/// # Errors
/// The statement failed.
pub async fn find_waiting(read: &mut impl Read, subject: &Subject) -> Result<Option<Incident>, StoreError> {
    let row = sqlx::query(
        "SELECT * FROM incidents WHERE service = $1 AND subject_kind = $2 AND subject = $3 \
         AND state IN ('open', 'escalated') ORDER BY opened_at DESC, id DESC LIMIT 1",
    )
    .bind(&subject.service)
    .bind(subject.kind.name())
    .bind(&subject.reference);
    row.fetch_optional(read.connection())
        .await
        .attempt("find the incident of a subject")?
        .as_ref()
        .map(incident)
        .transpose()
}

/// Every incident of a subject, newest first, at most 100.
///
/// # Errors
/// The statement failed.
pub async fn list_of_subject(read: &mut impl Read, subject: &Subject) -> Result<Vec<Incident>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM incidents WHERE service = $1 AND subject_kind = $2 AND subject = $3 \
         ORDER BY opened_at DESC, id DESC LIMIT 100",
    )
    .bind(&subject.service)
    .bind(subject.kind.name())
    .bind(&subject.reference);
    rows.fetch_all(read.connection())
        .await
        .attempt("list the incidents of a subject")?
        .iter()
        .map(incident)
        .collect()
}

/// Writes what changes about an incident besides its lease. `rank_at` is its place in the queue.
///
/// # Errors
/// No such incident, or the statement failed.
pub async fn update(tx: &mut Transaction, incident: &Incident, rank_at: Moment) -> Result<(), StoreError> {
    let escalation = incident.escalation.as_ref();
    let done = sqlx::query(
        "UPDATE incidents SET subject_name = $2, state = $3, severity = $4, reach = $5, items = $6, wave = $7, \
         child_at_risk = $8, rank_at = $9, updated_at = $10, escalated_by = $11, escalated_at = $12, \
         escalation_reason = $13 WHERE id = $1",
    )
    .bind(key(incident.id))
    .bind(&incident.subject.name)
    .bind(incident.state.name())
    .bind(incident.severity as i64)
    .bind(incident.reach)
    .bind(incident.items)
    .bind(optional_key(incident.wave))
    .bind(i64::from(incident.child_at_risk))
    .bind(rank_at.0)
    .bind(incident.updated_at.0)
    .bind(optional_key(escalation.map(|escalation| escalation.by)))
    .bind(escalation.map(|escalation| escalation.at.0))
    .bind(escalation.map(|escalation| escalation.reason.clone()))
    .execute(tx.connection())
    .await
    .attempt("change an incident")?;
    one_row("changing an incident", done.rows_affected())
}

/// Puts an incident into a wave, unless it is in one that is not decided yet.
///
/// # Errors
/// The statement failed.
pub async fn put_into_wave(tx: &mut Transaction, id: IncidentId, wave: WaveId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE incidents SET wave = $2 WHERE id = $1 \
         AND (wave IS NULL OR wave IN (SELECT id FROM waves WHERE state = 'decided'))",
    )
    .bind(key(id))
    .bind(key(wave))
    .execute(tx.connection())
    .await
    .attempt("put an incident into a wave")?;
    Ok(())
}

/// Incidents that wait and hold an item with this pivot, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list_waiting_with_pivot(
    read: &mut impl Read,
    pivot: &str,
    limit: i64,
) -> Result<Vec<Incident>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM incidents WHERE state IN ('open', 'escalated') AND id IN (SELECT t.incident FROM incident_items t \
         JOIN item_pivots p ON p.item = t.id WHERE p.pivot = $1) ORDER BY opened_at, id LIMIT $2",
    )
    .bind(pivot)
    .bind(limit);
    rows.fetch_all(read.connection())
        .await
        .attempt("list incidents that share a pivot")?
        .iter()
        .map(incident)
        .collect()
}

/// Ends whatever lease stands on an incident: it was decided, or goes to somebody else.
///
/// # Errors
/// The statement failed.
pub async fn end_lease(tx: &mut Transaction, id: IncidentId) -> Result<(), StoreError> {
    sqlx::query("UPDATE incidents SET holder = NULL, leased_until = NULL WHERE id = $1")
        .bind(key(id))
        .execute(tx.connection())
        .await
        .attempt("end a lease")?;
    Ok(())
}

pub(crate) fn incident(row: &AnyRow) -> Result<Incident, StoreError> {
    Ok(Incident {
        id: row.id("id")?,
        number: row.number("number")?,
        subject: Subject {
            kind: row.parsed("subject_kind")?,
            service: row.text("service")?,
            reference: row.text("subject")?,
            name: row.optional_text("subject_name")?,
        },
        state: row.parsed("state")?,
        severity: severity(row, "severity")?,
        reach: row.number("reach")?,
        items: row.number("items")?,
        wave: row.optional_id("wave")?,
        child_at_risk: row.truth("child_at_risk")?,
        lease: lease(row)?,
        opened_at: row.moment("opened_at")?,
        updated_at: row.moment("updated_at")?,
        escalation: escalation(row)?,
    })
}

fn lease(row: &AnyRow) -> Result<Option<Lease>, StoreError> {
    let (Some(holder), Some(until)) = (row.optional_id("holder")?, row.optional_moment("leased_until")?)
    else {
        return Ok(None);
    };
    Ok(Some(Lease { holder, until, fence: row.number("fence")? }))
}

fn escalation(row: &AnyRow) -> Result<Option<Escalation>, StoreError> {
    let (Some(by), Some(at)) = (row.optional_id("escalated_by")?, row.optional_moment("escalated_at")?)
    else {
        return Ok(None);
    };
    Ok(Some(Escalation { by, at, reason: row.optional_text("escalation_reason")?.unwrap_or_default() }))
}

/// Severities are kept as numbers, because the queue compares them.
pub(crate) fn severity(row: &AnyRow, column: &str) -> Result<Severity, StoreError> {
    let number = row.number(column)?;
    let known = usize::try_from(number).ok().and_then(|place| Severity::ALL.get(place));
    known.copied().ok_or_else(|| wrong(column, format!("{number} is no severity")))
}
