//! What was said to and by authorities about a request: letters, and calls back. Texts are sealed before they come here.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{LetterId, PersonId, RequestId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// A letter, ours or the authority's, or a note that people of the house wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its identifier.
    pub id: LetterId,
    /// The request.
    pub request: RequestId,
    /// What kind of letter: `acknowledgement`, `clarification`, `refusal`, `answer`, `note`.
    pub kind: String,
    /// Whether it is ours.
    pub is_ours: bool,
    /// The text, sealed.
    pub text: Vec<u8>,
    /// Who wrote it, as the ledger names them.
    pub written_by: String,
    /// When.
    pub written_at: Moment,
    /// When it left; none of what did not.
    pub sent_at: Option<Moment>,
}

/// Writes a letter.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, letter: &Letter) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO request_letters (id, request, kind, is_ours, text, written_by, written_at, sent_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key(letter.id))
    .bind(key(letter.request))
    .bind(&letter.kind)
    .bind(i64::from(letter.is_ours))
    .bind(&letter.text)
    .bind(&letter.written_by)
    .bind(letter.written_at.0)
    .bind(letter.sent_at.map(|moment| moment.0))
    .execute(tx.connection())
    .await
    .attempt("write a letter")?;
    Ok(())
}

/// The letters about a request, the oldest first.
///
/// # Errors
/// The statement failed.
pub async fn of_request(read: &mut impl Read, request: RequestId) -> Result<Vec<Letter>, StoreError> {
    let rows = sqlx::query("SELECT * FROM request_letters WHERE request = $1 ORDER BY written_at, id");
    let rows = rows.bind(key(request)).fetch_all(read.connection()).await.attempt("list letters")?;
    rows.iter().map(letter).collect()
}

/// Notes that people sent letters of a kind that had not left.
///
/// # Errors
/// The statement failed.
pub async fn note_sent(
    tx: &mut Transaction,
    (request, kind): (RequestId, &str),
    now: Moment,
) -> Result<(), StoreError> {
    let sent = sqlx::query(
        "UPDATE request_letters SET sent_at = $3 WHERE request = $1 AND kind = $2 AND sent_at IS NULL",
    );
    let sent = sent.bind(key(request)).bind(kind).bind(now.0).execute(tx.connection()).await;
    sent.attempt("note that a letter was sent")?;
    Ok(())
}

fn letter(row: &AnyRow) -> Result<Letter, StoreError> {
    Ok(Letter {
        id: row.id("id")?,
        request: row.id("request")?,
        kind: row.text("kind")?,
        is_ours: row.truth("is_ours")?,
        text: row.bytes("text")?,
        written_by: row.text("written_by")?,
        written_at: row.moment("written_at")?,
        sent_at: row.optional_moment("sent_at")?,
    })
}

/// A call back, begun by one person and made by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The request.
    pub request: RequestId,
    /// What the authority reads back.
    pub nonce: String,
    /// Who asked for the call.
    pub begun_by: PersonId,
    /// When.
    pub begun_at: Moment,
    /// What came of it; none before it was made.
    pub made: Option<CallMade>,
}

/// What came of a call back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallMade {
    /// Who called.
    pub by: PersonId,
    /// When.
    pub at: Moment,
    /// Which number.
    pub number: String,
    /// With whom they spoke.
    pub spoke_with: String,
    /// `confirmed`, `denied` or `not_reached`.
    pub outcome: String,
}

/// Writes a call that somebody asked for.
///
/// # Errors
/// The statement failed.
pub async fn begin_call(tx: &mut Transaction, call: &Call) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO request_calls (request, nonce, begun_by, begun_at) VALUES ($1, $2, $3, $4)")
        .bind(key(call.request))
        .bind(&call.nonce)
        .bind(key(call.begun_by))
        .bind(call.begun_at.0)
        .execute(tx.connection())
        .await
        .attempt("ask for a call back")?;
    Ok(())
}

/// Notes what came of a call. False when it was made before.
///
/// # Errors
/// The statement failed.
pub async fn note_call(
    tx: &mut Transaction,
    request: RequestId,
    nonce: &str,
    made: &CallMade,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE request_calls SET called_by = $3, called_at = $4, number_called = $5, spoke_with = $6, outcome = $7 \
         WHERE request = $1 AND nonce = $2 AND called_by IS NULL",
    )
    .bind(key(request))
    .bind(nonce)
    .bind(key(made.by))
    .bind(made.at.0)
    .bind(&made.number)
    .bind(&made.spoke_with)
    .bind(&made.outcome)
    .execute(tx.connection())
    .await
    .attempt("note a call back")?;
    Ok(done.rows_affected() == 1)
}

/// The calls about a request, the oldest first.
///
/// # Errors
/// The statement failed.
pub async fn calls(read: &mut impl Read, request: RequestId) -> Result<Vec<Call>, StoreError> {
    let rows = sqlx::query("SELECT * FROM request_calls WHERE request = $1 ORDER BY begun_at, nonce");
    let rows = rows.bind(key(request)).fetch_all(read.connection()).await.attempt("list calls back")?;
    rows.iter().map(call).collect()
}

fn call(row: &AnyRow) -> Result<Call, StoreError> {
    let made = match row.optional_id("called_by")? {
        None => None,
        Some(by) => Some(CallMade {
            by,
            at: row.moment("called_at")?,
            number: row.text("number_called")?,
            spoke_with: row.text("spoke_with")?,
            outcome: row.text("outcome")?,
        }),
    };
    Ok(Call {
        request: row.id("request")?,
        nonce: row.text("nonce")?,
        begun_by: row.id("begun_by")?,
        begun_at: row.moment("begun_at")?,
        made,
    })
}
