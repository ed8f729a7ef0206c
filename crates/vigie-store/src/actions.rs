//! Actions on their way to the messenger: the outbox.
//!
//! No function moves an action against [`ActionState::may_become`]: the states it may come from are part of each
//! statement. What is being sent belongs to whoever claimed it: only the holder of the latest fence can end an attempt.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe};
use vigie_model::Moment;
use vigie_model::action::{Action, ActionState, Receipt};
use vigie_model::id::{ActionId, BlobId, DecisionId, IncidentId};

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key};
use crate::{Housekeeping, Read, StoreError, Transaction, Write};

/// An action in the hands of one sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The action, as it stood when it was claimed.
    pub action: Action,
    /// Grows with every claim: a stale holder cannot end an attempt.
    pub fence: i64,
}

/// Writes an action as it is.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, action: &Action) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO actions (id, incident, decision, item, kind, service, target, restores, reason_code, state, approval, \
         attempts, unanswered, fence, next_attempt_at, requested_by, requested_at, preserved, not_preserved) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, $12, $13, $14, $15, $16)",
    )
    .bind(key(action.id))
    .bind(optional_key(action.incident))
    .bind(optional_key(action.decision))
    .bind(optional_key(action.item))
    .bind(action.kind.name())
    .bind(&action.service)
    .bind(serde_json::to_string(&action.target)?)
    .bind(optional_key(action.restores))
    .bind(&action.reason_code)
    .bind(action.state.name())
    .bind(optional_key(action.approval))
    .bind(action.next_attempt_at.map(|moment| moment.0))
    .bind(&action.requested_by)
    .bind(action.requested_at.0)
    .bind(optional_key(action.preserved))
    .bind(&action.not_preserved)
    .execute(tx.connection())
    .await
    .attempt("write an action")?;
    tx.brings_work();
    Ok(())
}

/// The action with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: ActionId) -> Result<Option<Action>, StoreError> {
    let row = sqlx::query("SELECT * FROM actions WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find an action")?.as_ref().map(action).transpose()
}

/// The action with this identifier, kept from changing until the transaction ends.
///
/// # Errors
/// The statement failed.
pub async fn lock(tx: &mut Transaction, id: ActionId) -> Result<Option<Action>, StoreError> {
    let row = sqlx::query("UPDATE actions SET fence = fence WHERE id = $1 RETURNING *").bind(key(id));
    row.fetch_optional(tx.connection()).await.attempt("lock an action")?.as_ref().map(action).transpose()
}

/// Actions of an incident, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn of_incident(read: &mut impl Read, incident: IncidentId) -> Result<Vec<Action>, StoreError> {
    let rows = sqlx::query("SELECT * FROM actions WHERE incident = $1 ORDER BY requested_at, id");
    all(read, rows.bind(key(incident)), "list the actions of an incident").await
}

/// Actions that follow from a decision, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn of_decision(read: &mut impl Read, decision: DecisionId) -> Result<Vec<Action>, StoreError> {
    let rows = sqlx::query("SELECT * FROM actions WHERE decision = $1 ORDER BY requested_at, id");
    all(read, rows.bind(key(decision)), "list the actions of a decision").await
}

/// Actions that undo this one, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn restoring(read: &mut impl Read, action: ActionId) -> Result<Vec<Action>, StoreError> {
    let rows = sqlx::query("SELECT * FROM actions WHERE restores = $1 ORDER BY requested_at, id");
    all(read, rows.bind(key(action)), "list what undoes an action").await
}

/// Which actions are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that stand here.
    pub state: Option<ActionState>,
    /// Only those of this messenger.
    pub service: Option<String>,
}

/// A place in the list: the last action of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When it was asked for.
    pub requested_at: Moment,
    /// Its identifier.
    pub id: ActionId,
}

impl Place {
    /// The place of this action.
    #[must_use]
    pub fn of(action: &Action) -> Self {
        Self { requested_at: action.requested_at, id: action.id }
    }
}

/// A page of actions, newest first.
///
/// # Errors
/// The statement failed.
pub async fn list(
    read: &mut impl Read,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Action>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM actions WHERE ($1 IS NULL OR state = $1) AND ($2 IS NULL OR service = $2) \
         AND ($3 IS NULL OR requested_at < $3 OR (requested_at = $3 AND id < $4)) \
         ORDER BY requested_at DESC, id DESC LIMIT $5",
    )
    .bind(filter.state.map(ActionState::name))
    .bind(filter.service.clone())
    .bind(after.map(|place| place.requested_at.0))
    .bind(optional_key(after.map(|place| place.id)))
    .bind(limit);
    all(read, rows, "list actions").await
}

/// How many actions stand in a state.
///
/// # Errors
/// The statement failed.
pub async fn count(read: &mut impl Read, state: ActionState) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COUNT(*) AS count FROM actions WHERE state = $1").bind(state.name());
    row.fetch_one(read.connection()).await.attempt("count actions")?.number("count")
}

/// Lets an action go out that waited for a second person or had failed. Its attempts are counted anew; why the last one
/// failed stays on record. Tells whether it stood where that is possible.
///
/// # Errors
/// The statement failed.
pub async fn queue(tx: &mut Transaction, id: ActionId, now: Moment) -> Result<bool, StoreError> {
    let text = unclaimed(
        ActionState::Queued,
        "attempts = 0, next_attempt_at = $2, ended_at = NULL, leased_until = NULL",
    );
    let done = sqlx::query(text)
        .bind(key(id))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("queue an action")?;
    tx.brings_work();
    Ok(done.rows_affected() == 1)
}

/// Takes an action back that is not being sent. Tells whether it stood where that is possible.
///
/// # Errors
/// The statement failed.
pub async fn withdraw(
    tx: &mut Transaction,
    id: ActionId,
    why: &str,
    now: Moment,
) -> Result<bool, StoreError> {
    let text = unclaimed(ActionState::Withdrawn, "last_error = $2, ended_at = $3, next_attempt_at = NULL");
    let done = sqlx::query(text)
        .bind(key(id))
        .bind(why)
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("withdraw an action")?;
    Ok(done.rows_affected() == 1)
}

/// What may be sent now: queued and due, or being sent by somebody whose lease ended. What undoes another action waits
/// until that one has ended.
macro_rules! due {
    ($now:literal) => {
        concat!(
            "((state = 'queued' AND next_attempt_at <= ",
            $now,
            ") OR (state = 'sending' AND leased_until <= ",
            $now,
            ")) AND (restores IS NULL OR NOT EXISTS (SELECT 1 FROM actions undone WHERE undone.id = actions.restores \
             AND undone.state IN ('queued', 'sending')))"
        )
    };
}

/// Actions that may be sent now, most overdue first.
///
/// # Errors
/// The statement failed.
pub async fn due(read: &mut impl Read, now: Moment, limit: i64) -> Result<Vec<ActionId>, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT id FROM actions WHERE ",
        due!("$1"),
        " ORDER BY next_attempt_at, id LIMIT $2"
    ));
    let rows = rows.bind(now.0).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("find due actions")?.iter().map(|row| row.id("id")).collect()
}

/// Takes an action that may be sent now, until the lease ends. None when somebody else was faster.
///
/// The condition is asked again on the row itself, so of two claims at the same moment one finds nothing. From here on
/// the action may reach the messenger, unless something has to be preserved first.
///
/// # Errors
/// The statement failed.
pub async fn claim(
    house: &mut Housekeeping,
    id: ActionId,
    now: Moment,
    until: Moment,
) -> Result<Option<Claimed>, StoreError> {
    let row = sqlx::query(concat!(
        "UPDATE actions SET state = 'sending', attempts = attempts + 1, fence = fence + 1, leased_until = $3, \
         unanswered = unanswered + CASE WHEN kind = 'close_conversation' AND preserved IS NULL THEN 0 ELSE 1 END \
         WHERE id = $1 AND ",
        due!("$2"),
        " RETURNING *"
    ))
    .bind(key(id))
    .bind(now.0)
    .bind(until.0);
    let row = row.fetch_optional(house.connection()).await.attempt("claim an action")?;
    row.map(|row| Ok(Claimed { action: action(&row)?, fence: row.number("fence")? })).transpose()
}

/// Keeps a claim for longer. Tells whether it still holds.
///
/// # Errors
/// The statement failed.
pub async fn renew(
    house: &mut Housekeeping,
    id: ActionId,
    fence: i64,
    until: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE actions SET leased_until = $3 WHERE id = $1 AND fence = $2 AND state = 'sending'",
    );
    let done = done.bind(key(id)).bind(fence).bind(until.0).execute(house.connection()).await;
    Ok(done.attempt("renew a claim")?.rows_affected() == 1)
}

/// Notes the sealed copy of what the action will destroy; from here on it may reach the messenger. Tells whether the
/// claim still holds.
///
/// # Errors
/// The statement failed.
pub async fn set_preserved(
    tx: &mut Transaction,
    id: ActionId,
    fence: i64,
    blob: BlobId,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE actions SET preserved = $3, unanswered = unanswered + 1 WHERE id = $1 AND fence = $2 AND state = 'sending'",
    );
    let done = done.bind(key(id)).bind(fence).bind(key(blob)).execute(tx.connection()).await;
    Ok(done.attempt("note what was preserved")?.rows_affected() == 1)
}

/// The messenger answered with a receipt. Tells whether the claim still holds.
///
/// # Errors
/// The statement failed.
pub async fn complete(
    tx: &mut Transaction,
    id: ActionId,
    fence: i64,
    receipt: &Receipt,
    now: Moment,
) -> Result<bool, StoreError> {
    let text = claimed(
        ActionState::Done,
        "receipt = $3, ended_at = $4, unanswered = 0, leased_until = NULL, next_attempt_at = NULL, last_error = NULL",
    );
    let done = sqlx::query(text)
        .bind(key(id))
        .bind(fence)
        .bind(serde_json::to_string(receipt)?)
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("complete an action")?;
    // What undoes this one may have waited for it.
    tx.brings_work();
    Ok(done.rows_affected() == 1)
}

/// The action failed for good: the messenger refused it, or the attempts are used up. Tells whether the claim still
/// holds.
///
/// # Errors
/// The statement failed.
pub async fn fail(
    tx: &mut Transaction,
    id: ActionId,
    fence: i64,
    why: &str,
    refused: bool,
    now: Moment,
) -> Result<bool, StoreError> {
    let text = claimed(
        ActionState::Failed,
        "last_error = $3, ended_at = $4, unanswered = CASE WHEN $5 = 1 THEN 0 ELSE unanswered END, \
         leased_until = NULL, next_attempt_at = NULL",
    );
    let done = sqlx::query(text)
        .bind(key(id))
        .bind(fence)
        .bind(why)
        .bind(now.0)
        .bind(i64::from(refused))
        .execute(tx.connection())
        .await
        .attempt("fail an action")?;
    tx.brings_work();
    Ok(done.rows_affected() == 1)
}

/// The attempt did not succeed; the next one comes at this moment. Tells whether the claim still holds.
///
/// # Errors
/// The statement failed.
pub async fn postpone(
    write: &mut impl Write,
    id: ActionId,
    fence: i64,
    why: &str,
    at: Moment,
) -> Result<bool, StoreError> {
    let text = claimed(ActionState::Queued, "last_error = $3, next_attempt_at = $4, leased_until = NULL");
    let done = sqlx::query(text)
        .bind(key(id))
        .bind(fence)
        .bind(why)
        .bind(at.0)
        .execute(write.connection())
        .await
        .attempt("postpone an action")?;
    Ok(done.rows_affected() == 1)
}

/// A change of state of an action that nobody is sending. `$1` is the action.
fn unclaimed(next: ActionState, and_set: &str) -> AssertSqlSafe<String> {
    change(next, and_set, "state <> 'sending'")
}

/// A change of state by the holder of a claim. `$1` is the action, `$2` the fence.
fn claimed(next: ActionState, and_set: &str) -> AssertSqlSafe<String> {
    change(next, and_set, "state = 'sending' AND fence = $2")
}

/// Safe: every part is written in this file or is the name of a state.
fn change(next: ActionState, and_set: &str, condition: &str) -> AssertSqlSafe<String> {
    let from = ActionState::ALL.iter().filter(|state| state.may_become(next));
    let from: Vec<_> = from.map(|state| format!("'{state}'")).collect();
    AssertSqlSafe(format!(
        "UPDATE actions SET state = '{next}', {and_set} WHERE id = $1 AND {condition} AND state IN ({})",
        from.join(", ")
    ))
}

async fn all(
    read: &mut impl Read,
    rows: sqlx::query::Query<'_, Any, sqlx::any::AnyArguments>,
    attempt: &'static str,
) -> Result<Vec<Action>, StoreError> {
    rows.fetch_all(read.connection()).await.attempt(attempt)?.iter().map(action).collect()
}

fn action(row: &AnyRow) -> Result<Action, StoreError> {
    Ok(Action {
        id: row.id("id")?,
        incident: row.optional_id("incident")?,
        decision: row.optional_id("decision")?,
        item: row.optional_id("item")?,
        kind: row.parsed("kind")?,
        service: row.text("service")?,
        target: row.json("target")?,
        restores: row.optional_id("restores")?,
        reason_code: row.text("reason_code")?,
        state: row.parsed("state")?,
        approval: row.optional_id("approval")?,
        attempts: row.number("attempts")?,
        unanswered: row.number("unanswered")?,
        next_attempt_at: row.optional_moment("next_attempt_at")?,
        requested_by: row.text("requested_by")?,
        requested_at: row.moment("requested_at")?,
        ended_at: row.optional_moment("ended_at")?,
        receipt: row.optional_json("receipt")?,
        preserved: row.optional_id("preserved")?,
        not_preserved: row.optional_text("not_preserved")?,
        last_error: row.optional_text("last_error")?,
    })
}
