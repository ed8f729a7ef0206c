//! What users are told about disclosures of their data. Account and text are sealed before they come here; an account is found by a
//! keyed hash.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{LetterId, RequestId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// What a user is told about one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserNotice {
    /// Its identifier.
    pub id: LetterId,
    /// The request.
    pub request: RequestId,
    /// The account, sealed.
    pub account: Vec<u8>,
    /// The text, sealed.
    pub text: Vec<u8>,
    /// From when on it is to be sent.
    pub due_at: Moment,
    /// When it was prepared.
    pub prepared_at: Moment,
    /// When it was sent.
    pub sent_at: Option<Moment>,
}

/// Writes what a user is told, with the keyed hash of their account.
///
/// # Errors
/// The statement failed.
pub async fn insert(
    tx: &mut Transaction,
    notice: &UserNotice,
    account_hash: [u8; 32],
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO user_notices (id, request, account, text, due_at, prepared_at, account_hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key(notice.id))
    .bind(key(notice.request))
    .bind(&notice.account)
    .bind(&notice.text)
    .bind(notice.due_at.0)
    .bind(notice.prepared_at.0)
    .bind(account_hash.to_vec())
    .execute(tx.connection())
    .await
    .attempt("write what a user is told")?;
    Ok(())
}

/// The notice with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: LetterId) -> Result<Option<UserNotice>, StoreError> {
    let row = sqlx::query("SELECT * FROM user_notices WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection())
        .await
        .attempt("find what a user is told")?
        .as_ref()
        .map(notice)
        .transpose()
}

/// What waits to be sent: about no request about which silence stands.
const WAITS: &str = "sent_at IS NULL AND NOT EXISTS \
     (SELECT 1 FROM gags g WHERE g.request = user_notices.request AND g.ended_at IS NULL)";

/// Notices that wait to be sent, the next due first, so many after so many.
///
/// # Errors
/// The statement failed.
pub async fn waiting(
    read: &mut impl Read,
    (offset, limit): (i64, i64),
) -> Result<Vec<UserNotice>, StoreError> {
    let statement =
        format!("SELECT * FROM user_notices WHERE {WAITS} ORDER BY due_at, id LIMIT $1 OFFSET $2");
    let rows = sqlx::query(AssertSqlSafe(statement));
    let rows = rows.bind(limit).bind(offset).fetch_all(read.connection()).await;
    rows.attempt("list what users are told")?.iter().map(notice).collect()
}

/// How many notices wait to be sent.
///
/// # Errors
/// The statement failed.
pub async fn count_waiting(read: &mut impl Read) -> Result<i64, StoreError> {
    let statement = format!("SELECT COUNT(*) AS waiting FROM user_notices WHERE {WAITS}");
    let row = sqlx::query(AssertSqlSafe(statement)).fetch_one(read.connection()).await;
    row.attempt("count what users are told")?.number("waiting")
}

/// The notices of a request, in the order in which they were prepared.
///
/// # Errors
/// The statement failed.
pub async fn of_request(read: &mut impl Read, request: RequestId) -> Result<Vec<UserNotice>, StoreError> {
    let rows = sqlx::query("SELECT * FROM user_notices WHERE request = $1 ORDER BY prepared_at, id");
    let rows = rows.bind(key(request)).fetch_all(read.connection()).await;
    rows.attempt("list what users are told of a request")?.iter().map(notice).collect()
}

/// The notices about an account, the oldest first.
///
/// # Errors
/// The statement failed.
pub async fn about(
    read: &mut impl Read,
    account_hash: [u8; 32],
    limit: i64,
) -> Result<Vec<UserNotice>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM user_notices WHERE account_hash = $1 ORDER BY prepared_at, id LIMIT $2");
    let rows = rows.bind(account_hash.to_vec()).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("list what a user is told")?.iter().map(notice).collect()
}

/// Notes that a notice was sent. False when it was sent before, or is none.
///
/// # Errors
/// The statement failed.
pub async fn note_sent(tx: &mut Transaction, id: LetterId, now: Moment) -> Result<bool, StoreError> {
    let done = sqlx::query("UPDATE user_notices SET sent_at = $2 WHERE id = $1 AND sent_at IS NULL");
    let done = done.bind(key(id)).bind(now.0).execute(tx.connection()).await;
    Ok(done.attempt("note that a user was told")?.rows_affected() == 1)
}

fn notice(row: &AnyRow) -> Result<UserNotice, StoreError> {
    Ok(UserNotice {
        id: row.id("id")?,
        request: row.id("request")?,
        account: row.bytes("account")?,
        text: row.bytes("text")?,
        due_at: row.moment("due_at")?,
        prepared_at: row.moment("prepared_at")?,
        sent_at: row.optional_moment("sent_at")?,
    })
}
