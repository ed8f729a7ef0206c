//! Accounts to which nothing is done for a while, known by a keyed hash alone.
//!
//! What it is: one question, asked with the account in hand; and what a request placed, lifted by the request. What it is not: a
//! list. No function here gives an account back.

use vigie_model::Moment;
use vigie_model::id::RequestId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// Places an account of a request, until a moment. One that the request placed before stays as it is. Tells whether it was new.
///
/// # Errors
/// The statement failed.
pub async fn place(
    tx: &mut Transaction,
    account: [u8; 32],
    request: RequestId,
    (until, now): (Moment, Moment),
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "INSERT INTO do_not_act (account, request, until, placed_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account, request) DO NOTHING",
    );
    let done = done.bind(account.to_vec()).bind(key(request)).bind(until.0).bind(now.0);
    Ok(done.execute(tx.connection()).await.attempt("place an account")?.rows_affected() == 1)
}

/// By which requests nothing is done to this account at this moment. What a request that is over, or may be forged, once asked
/// counts no more.
///
/// # Errors
/// The statement failed.
pub async fn standing_on(
    read: &mut impl Read,
    account: [u8; 32],
    now: Moment,
) -> Result<Vec<RequestId>, StoreError> {
    let rows = sqlx::query(
        "SELECT d.request AS request FROM do_not_act d JOIN requests r ON r.id = d.request \
         WHERE d.account = $1 AND d.until > $2 AND d.lifted_at IS NULL AND r.closed_at IS NULL \
         AND r.state <> 'forgery_suspected' ORDER BY d.placed_at",
    );
    let rows = rows.bind(account.to_vec()).bind(now.0).fetch_all(read.connection()).await;
    rows.attempt("ask whether something may be done to an account")?
        .iter()
        .map(|row| row.id("request"))
        .collect()
}

/// Until when a request keeps anything from being done; none where nothing of it stands, as [`standing_on`] counts.
///
/// # Errors
/// The statement failed.
pub async fn until(
    read: &mut impl Read,
    request: RequestId,
    now: Moment,
) -> Result<Option<Moment>, StoreError> {
    let row = sqlx::query(
        "SELECT MAX(d.until) AS until FROM do_not_act d JOIN requests r ON r.id = d.request \
         WHERE d.request = $1 AND d.until > $2 AND d.lifted_at IS NULL AND r.closed_at IS NULL \
         AND r.state <> 'forgery_suspected'",
    );
    let row = row.bind(key(request)).bind(now.0).fetch_one(read.connection()).await;
    row.attempt("ask until when nothing is done")?.optional_moment("until")
}

/// Lifts what a request placed. Tells of how many accounts.
///
/// # Errors
/// The statement failed.
pub async fn lift(tx: &mut Transaction, request: RequestId, now: Moment) -> Result<u64, StoreError> {
    let done = sqlx::query("UPDATE do_not_act SET lifted_at = $2 WHERE request = $1 AND lifted_at IS NULL");
    let done = done.bind(key(request)).bind(now.0).execute(tx.connection()).await;
    Ok(done.attempt("lift what a request placed")?.rows_affected())
}
