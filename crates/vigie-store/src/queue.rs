//! The queue of incidents, the lease by which one person holds one, and what people skip or pass on.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{IncidentId, PersonId, WaveId};
use vigie_model::incident::{Incident, IncidentState, Lease, Severity, SubjectKind};

use crate::error::Attempt;
use crate::incidents::incident;
use crate::row::{Columns, key, optional_key};
use crate::{Housekeeping, Read, StoreError, Transaction};

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

/// Gives an incident that waits to a person whoever holds it, under a new fence: the earlier holder's word counts no
/// more. False when it does not wait.
///
/// # Errors
/// The statement failed.
pub async fn take_over(
    tx: &mut Transaction,
    id: IncidentId,
    person: PersonId,
    now: Moment,
    until: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE incidents SET holder = $2, leased_until = $4, fence = fence + 1, \
         first_claimed_at = COALESCE(first_claimed_at, $3) WHERE id = $1 AND state IN ('open', 'escalated')",
    )
    .bind(key(id))
    .bind(key(person))
    .bind(now.0)
    .bind(until.0)
    .execute(tx.connection())
    .await
    .attempt("take an incident over")?;
    Ok(done.rows_affected() == 1)
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
pub async fn list(
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
pub async fn count(read: &mut impl Read, filter: &QueueFilter) -> Result<i64, StoreError> {
    let query = filter_arguments(sqlx::query(queue!("COUNT(*) AS count", "")), filter);
    query.fetch_one(read.connection()).await.attempt("count the queue")?.number("count")
}

/// An incident that may be handed to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Free {
    /// The incident.
    pub id: IncidentId,
    /// Whether it carries a label that the person would rather not get.
    pub is_spared: bool,
}

/// The first incidents that may be handed to this person: nobody holds them, and the person did not just skip them. Without
/// `with_spared` those are left out whose labels the person would rather not get.
///
/// # Errors
/// The statement failed.
pub async fn next_free(
    read: &mut impl Read,
    filter: &QueueFilter,
    with_spared: bool,
    limit: i64,
) -> Result<Vec<Free>, StoreError> {
    let text = queue!(
        "i.id, CAST((SELECT COUNT(*) FROM incident_labels l JOIN spared_labels a ON a.label = l.label \
         WHERE l.incident = i.id AND a.person = $1 AND i.child_at_risk = 0) AS BIGINT) AS spared",
        " AND (i.holder IS NULL OR i.leased_until <= $8) AND NOT EXISTS (SELECT 1 FROM incident_skips s \
         WHERE s.incident = i.id AND s.person = $1 AND s.until > $8) \
         AND ($9 = 1 OR i.child_at_risk = 1 OR NOT EXISTS (SELECT 1 FROM incident_labels l \
         JOIN spared_labels a ON a.label = l.label WHERE l.incident = i.id AND a.person = $1)) \
         ORDER BY i.child_at_risk DESC, i.rank_at, i.id LIMIT $10"
    );
    let query = filter_arguments(sqlx::query(text), filter).bind(i64::from(with_spared)).bind(limit);
    let rows = query.fetch_all(read.connection()).await.attempt("find the next incident")?;
    rows.iter().map(|row| Ok(Free { id: row.id("id")?, is_spared: row.truth("spared")? })).collect()
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
