//! Background work: data here, effect in `vigie-app`.
//!
//! A job belongs to whoever claimed it until the lease ends; only the holder of the latest fence can end the run.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::JobId;
use vigie_model::job::JobState;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Housekeeping, Read, StoreError, Transaction, Write};

/// A job that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob<'a> {
    /// Its identifier.
    pub id: JobId,
    /// Its kind, as a stable name.
    pub kind: &'a str,
    /// What it is about, as JSON.
    pub payload: String,
    /// Of jobs with the same text here, one at a time is under way. None: as many as there are.
    pub once: Option<String>,
    /// Whether one that runs already is run once more: what it saw may be older than what it is asked for now.
    pub anew: bool,
    /// When it is due.
    pub run_at: Moment,
    /// When it was asked for.
    pub created_at: Moment,
}

/// A job in the hands of one worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Its identifier.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// What it is about, as JSON.
    pub payload: String,
    /// How often it was run, this time included.
    pub attempts: i64,
    /// Grows with every claim.
    pub fence: i64,
}

/// How far a job has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What made it one at a time.
    pub once: String,
    /// Where it stands.
    pub state: JobState,
    /// How often it was run.
    pub attempts: i64,
    /// Why the last run did not succeed.
    pub last_error: Option<String>,
    /// When it is run next, or was.
    pub run_at: Moment,
    /// When it came to its end.
    pub ended_at: Option<Moment>,
}

/// How a job ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Its effect is there.
    Done,
    /// It is given up.
    Failed {
        /// Why.
        why: String,
    },
}

/// When a job was due that runs and is to run once more. No other is due at that moment.
macro_rules! anew {
    () => {
        "0"
    };
}

macro_rules! insert {
    ($conflict:expr) => {
        concat!(
            "INSERT INTO jobs (id, kind, payload, once, state, run_at, attempts, fence, created_at) \
             VALUES ($1, $2, $3, $4, 'queued', $5, 0, 0, $6) ON CONFLICT ",
            $conflict
        )
    };
}

/// Asks for a job. False when one with the same `once` is under way, unless that one runs already and is to run anew.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, job: &NewJob<'_>) -> Result<bool, StoreError> {
    let done = sqlx::query(match job.anew {
        true => insert!(concat!(
            "(once) WHERE ended_at IS NULL DO UPDATE SET run_at = ",
            anew!(),
            " WHERE jobs.state = 'running'"
        )),
        false => insert!("DO NOTHING"),
    })
    .bind(key(job.id))
    .bind(job.kind)
    .bind(&job.payload)
    .bind(job.once.clone())
    .bind(job.run_at.0)
    .bind(job.created_at.0)
    .execute(tx.connection())
    .await
    .attempt("ask for a job")?;
    tx.brings_work();
    Ok(done.rows_affected() == 1)
}

/// What may run now: queued and due, or in the hands of somebody whose lease ended.
macro_rules! due {
    ($now:literal) => {
        concat!(
            "((state = 'queued' AND run_at <= ",
            $now,
            ") OR (state = 'running' AND leased_until <= ",
            $now,
            "))"
        )
    };
}

/// Jobs that may run now, most overdue first.
///
/// # Errors
/// The statement failed.
pub async fn due(read: &mut impl Read, now: Moment, limit: i64) -> Result<Vec<JobId>, StoreError> {
    let rows =
        sqlx::query(concat!("SELECT id FROM jobs WHERE ", due!("$1"), " ORDER BY run_at, id LIMIT $2"));
    let rows = rows.bind(now.0).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("find due jobs")?.iter().map(|row| row.id("id")).collect()
}

/// Takes a job that may run now, until the lease ends. None when somebody else was faster.
///
/// # Errors
/// The statement failed.
pub async fn claim(
    house: &mut Housekeeping,
    id: JobId,
    now: Moment,
    until: Moment,
) -> Result<Option<Claimed>, StoreError> {
    let row = sqlx::query(concat!(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, fence = fence + 1, leased_until = $3 \
         WHERE id = $1 AND ",
        due!("$2"),
        " RETURNING *"
    ));
    let row = row.bind(key(id)).bind(now.0).bind(until.0).fetch_optional(house.connection()).await;
    row.attempt("claim a job")?.as_ref().map(claimed).transpose()
}

/// Keeps a claim for longer. Tells whether it still holds.
///
/// # Errors
/// The statement failed.
pub async fn renew(
    house: &mut Housekeeping,
    id: JobId,
    fence: i64,
    until: Moment,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE jobs SET leased_until = $3 WHERE id = $1 AND fence = $2 AND state = 'running'");
    let done = done.bind(key(id)).bind(fence).bind(until.0).execute(house.connection()).await;
    Ok(done.attempt("renew the claim on a job")?.rows_affected() == 1)
}

/// Ends a job, or has it run once more where that was asked while it ran. Tells whether the claim still holds.
///
/// # Errors
/// The statement failed.
pub async fn end(
    write: &mut impl Write,
    id: JobId,
    fence: i64,
    end: &End,
    now: Moment,
) -> Result<bool, StoreError> {
    let (state, why) = match end {
        End::Done => ("done", None),
        End::Failed { why } => ("failed", Some(why.as_str())),
    };
    let done = sqlx::query(concat!(
        "UPDATE jobs SET state = CASE WHEN run_at = ",
        anew!(),
        " THEN 'queued' ELSE $3 END, ended_at = CASE WHEN run_at = ",
        anew!(),
        " THEN NULL ELSE $5 END, run_at = CASE WHEN run_at = ",
        anew!(),
        " THEN $5 ELSE run_at END, attempts = CASE WHEN run_at = ",
        anew!(),
        " THEN 0 ELSE attempts END, last_error = $4, leased_until = NULL \
         WHERE id = $1 AND fence = $2 AND state = 'running'"
    ))
    .bind(key(id))
    .bind(fence)
    .bind(state)
    .bind(why)
    .bind(now.0)
    .execute(write.connection())
    .await
    .attempt("end a job")?;
    Ok(done.rows_affected() == 1)
}

/// The run did not succeed; the next one comes at this moment. Tells whether the claim still holds.
///
/// # Errors
/// The statement failed.
pub async fn postpone(
    house: &mut Housekeeping,
    id: JobId,
    fence: i64,
    why: &str,
    at: Moment,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE jobs SET state = 'queued', last_error = $3, run_at = $4, leased_until = NULL \
         WHERE id = $1 AND fence = $2 AND state = 'running'",
    );
    let done = done.bind(key(id)).bind(fence).bind(why).bind(at.0).execute(house.connection()).await;
    Ok(done.attempt("postpone a job")?.rows_affected() == 1)
}

/// Jobs that are not at their end, by kind, with how often each was tried: for tests and for the operator.
///
/// # Errors
/// The statement failed.
pub async fn under_way(read: &mut impl Read) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query("SELECT kind, attempts FROM jobs WHERE ended_at IS NULL ORDER BY created_at, id");
    let rows = rows.fetch_all(read.connection()).await.attempt("list jobs under way")?;
    rows.iter().map(|row| Ok((row.text("kind")?, row.number("attempts")?))).collect()
}

/// Jobs of a kind whose `once` begins so, oldest first. The beginning holds neither `%` nor `_`.
///
/// # Errors
/// The statement failed.
pub async fn progress(
    read: &mut impl Read,
    kind: &str,
    beginning: &str,
) -> Result<Vec<Progress>, StoreError> {
    let rows = sqlx::query(
        "SELECT once, state, attempts, last_error, run_at, ended_at FROM jobs WHERE kind = $1 AND once LIKE $2 \
         ORDER BY created_at, once",
    );
    let rows = rows.bind(kind).bind(format!("{beginning}%")).fetch_all(read.connection()).await;
    let progress = |row: &AnyRow| {
        Ok(Progress {
            once: row.text("once")?,
            state: row.parsed("state")?,
            attempts: row.number("attempts")?,
            last_error: row.optional_text("last_error")?,
            run_at: row.moment("run_at")?,
            ended_at: row.optional_moment("ended_at")?,
        })
    };
    rows.attempt("see how far jobs have come")?.iter().map(progress).collect()
}

fn claimed(row: &AnyRow) -> Result<Claimed, StoreError> {
    Ok(Claimed {
        id: row.id("id")?,
        kind: row.text("kind")?,
        payload: row.text("payload")?,
        attempts: row.number("attempts")?,
        fence: row.number("fence")?,
    })
}
