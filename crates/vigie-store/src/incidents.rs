//! Incidents: opening and joining them, the queue, and the lease by which one person holds one.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{IncidentId, PersonId, WaveId};
use vigie_model::incident::{Escalation, Incident, IncidentState, Lease, Severity, Subject, SubjectKind};

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key, wrong};
use crate::transaction::one_row;
use crate::{Housekeeping, Read, StoreError, Transaction};

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

/// Takes an incident that nobody holds, under a new fence. None when somebody holds it, or it does not wait.
///
/// # Errors
/// The statement failed.
pub async fn claim(
    house: &mut Housekeeping,
    id: IncidentId,
    person: PersonId,
    now: Moment,
    until: Moment,
) -> Result<Option<Incident>, StoreError> {
    let row = sqlx::query(
        "UPDATE incidents SET holder = $2, leased_until = $4, fence = fence + 1, \
         first_claimed_at = COALESCE(first_claimed_at, $3) \
         WHERE id = $1 AND state IN ('open', 'escalated') AND (holder IS NULL OR leased_until <= $3) RETURNING *",
    )
    .bind(key(id))
    .bind(key(person))
    .bind(now.0)
    .bind(until.0);
    row.fetch_optional(house.connection())
        .await
        .attempt("claim an incident")?
        .as_ref()
        .map(incident)
        .transpose()
}

/// Prolongs a lease that is still good. Whether it was.
///
/// # Errors
/// The statement failed.
pub async fn renew(
    house: &mut Housekeeping,
    id: IncidentId,
    lease: Lease,
    now: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE incidents SET leased_until = $5 WHERE id = $1 AND holder = $2 AND fence = $3 AND leased_until > $4",
    )
    .bind(key(id))
    .bind(key(lease.holder))
    .bind(lease.fence)
    .bind(now.0)
    .bind(lease.until.0)
    .execute(house.connection())
    .await
    .attempt("renew a lease")?;
    Ok(done.rows_affected() == 1)
}

/// Gives an incident back. Whether this person held it under this fence.
///
/// # Errors
/// The statement failed.
pub async fn release(
    house: &mut Housekeeping,
    id: IncidentId,
    person: PersonId,
    fence: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE incidents SET holder = NULL, leased_until = NULL WHERE id = $1 AND holder = $2 AND fence = $3",
    )
    .bind(key(id))
    .bind(key(person))
    .bind(fence)
    .execute(house.connection())
    .await
    .attempt("release an incident")?;
    Ok(done.rows_affected() == 1)
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

/// Notes that a person does not want to be handed this incident until then.
///
/// # Errors
/// The statement failed.
pub async fn skip(
    house: &mut Housekeeping,
    id: IncidentId,
    person: PersonId,
    until: Moment,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO incident_skips (incident, person, until) VALUES ($1, $2, $3) \
         ON CONFLICT (incident, person) DO UPDATE SET until = $3",
    )
    .bind(key(id))
    .bind(key(person))
    .bind(until.0)
    .execute(house.connection())
    .await
    .attempt("skip an incident")?;
    Ok(())
}

/// Keeps an incident from a person's eyes for good. Nothing but the pair is kept: no reason, no time.
///
/// # Errors
/// The statement failed.
pub async fn pass(house: &mut Housekeeping, id: IncidentId, person: PersonId) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO incident_passes (incident, person) VALUES ($1, $2) ON CONFLICT (incident, person) DO NOTHING",
    )
    .bind(key(id))
    .bind(key(person))
    .execute(house.connection())
    .await
    .attempt("pass on an incident")?;
    Ok(())
}

/// Who passed on an incident: asked only to see whether anybody is left.
///
/// # Errors
/// The statement failed.
pub async fn passed_by(read: &mut impl Read, id: IncidentId) -> Result<Vec<PersonId>, StoreError> {
    let rows = sqlx::query("SELECT person FROM incident_passes WHERE incident = $1").bind(key(id));
    rows.fetch_all(read.connection())
        .await
        .attempt("see who is left for an incident")?
        .iter()
        .map(|row| row.id("person"))
        .collect()
}

/// What of the queue is asked for.
#[derive(Debug, Clone)]
pub struct QueueFilter {
    /// For whom: what they passed on is left out.
    pub person: PersonId,
    /// Only this state.
    pub state: Option<IncidentState>,
    /// At least this severity.
    pub severity: Severity,
    /// Only this messenger.
    pub service: Option<String>,
    /// Only accounts, or only conversations.
    pub subject: Option<SubjectKind>,
    /// Only this wave.
    pub wave: Option<WaveId>,
    /// Only what this person holds.
    pub mine: bool,
    /// The present moment: leases that ended do not count.
    pub now: Moment,
}

/// A place in the queue: the last incident of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuePlace {
    /// Whether a child-at-risk alarm stands on it.
    pub child_at_risk: bool,
    /// Its rank.
    pub rank_at: Moment,
    /// Its identifier.
    pub id: IncidentId,
}

/// What both the page and the count ask. `$8` is a lease that has not ended.
macro_rules! queue {
    ($select:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM incidents i WHERE i.state IN ('open', 'escalated') \
             AND NOT EXISTS (SELECT 1 FROM incident_passes x WHERE x.incident = i.id AND x.person = $1) \
             AND ($2 IS NULL OR i.state = $2) AND i.severity >= $3 AND ($4 IS NULL OR i.service = $4) \
             AND ($5 IS NULL OR i.subject_kind = $5) AND ($6 IS NULL OR i.wave = $6) \
             AND ($7 = 0 OR (i.holder = $1 AND i.leased_until > $8))",
            $rest
        )
    };
}

/// A page of the queue: child at risk first, then by rank. Each with its place.
///
/// # Errors
/// The statement failed.
pub async fn queue(
    read: &mut impl Read,
    filter: &QueueFilter,
    after: Option<QueuePlace>,
    limit: i64,
) -> Result<Vec<(Incident, QueuePlace)>, StoreError> {
    let text = queue!(
        "i.*",
        " AND ($9 IS NULL OR i.child_at_risk < $9 OR (i.child_at_risk = $9 AND (i.rank_at > $10 \
         OR (i.rank_at = $10 AND i.id > $11)))) ORDER BY i.child_at_risk DESC, i.rank_at, i.id LIMIT $12"
    );
    let query = filter_arguments(sqlx::query(text), filter)
        .bind(after.map(|place| i64::from(place.child_at_risk)))
        .bind(after.map(|place| place.rank_at.0))
        .bind(optional_key(after.map(|place| place.id)))
        .bind(limit);
    let rows = query.fetch_all(read.connection()).await.attempt("list the queue")?;
    rows.iter().map(|row| Ok((incident(row)?, place(row)?))).collect()
}

/// How many incidents the filter lets through.
///
/// # Errors
/// The statement failed.
pub async fn count_queue(read: &mut impl Read, filter: &QueueFilter) -> Result<i64, StoreError> {
    let query = filter_arguments(sqlx::query(queue!("COUNT(*) AS count", "")), filter);
    query.fetch_one(read.connection()).await.attempt("count the queue")?.number("count")
}

/// The first incidents that may be handed to this person: nobody holds them, and the person did not just skip them.
///
/// # Errors
/// The statement failed.
pub async fn next_free(
    read: &mut impl Read,
    filter: &QueueFilter,
    limit: i64,
) -> Result<Vec<IncidentId>, StoreError> {
    let text = queue!(
        "i.id",
        " AND (i.holder IS NULL OR i.leased_until <= $8) AND NOT EXISTS (SELECT 1 FROM incident_skips s \
         WHERE s.incident = i.id AND s.person = $1 AND s.until > $8) \
         ORDER BY i.child_at_risk DESC, i.rank_at, i.id LIMIT $9"
    );
    let query = filter_arguments(sqlx::query(text), filter).bind(limit);
    let rows = query.fetch_all(read.connection()).await.attempt("find the next incident")?;
    rows.iter().map(|row| row.id("id")).collect()
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

fn filter_arguments<'q>(query: Query<'q>, filter: &QueueFilter) -> Query<'q> {
    query
        .bind(key(filter.person))
        .bind(filter.state.map(IncidentState::name))
        .bind(filter.severity as i64)
        .bind(filter.service.clone())
        .bind(filter.subject.map(SubjectKind::name))
        .bind(optional_key(filter.wave))
        .bind(i64::from(filter.mine))
        .bind(filter.now.0)
}

fn place(row: &AnyRow) -> Result<QueuePlace, StoreError> {
    Ok(QueuePlace {
        child_at_risk: row.truth("child_at_risk")?,
        rank_at: row.moment("rank_at")?,
        id: row.id("id")?,
    })
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
