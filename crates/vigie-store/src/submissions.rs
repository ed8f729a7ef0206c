//! Submissions that left a trace: they hit a bank, could not be decoded, or were reported.

use sqlx::any::AnyRow;
use vigie_model::action::Target;
use vigie_model::bank::Verdict;
use vigie_model::id::{BankId, BasisId, BlobId, IncidentId, SubmissionId};
use vigie_model::{Moment, Surface};

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key, wrong};
use crate::{Read, StoreError, Transaction};

/// Media, or its signals, with the context a messenger gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its identifier.
    pub id: SubmissionId,
    /// Where it appeared.
    pub surface: Surface,
    /// The version of the basis under which it was examined.
    pub basis: BasisId,
    /// The messenger.
    pub service: String,
    /// The context as it was given, as JSON.
    pub context: String,
    /// Who posted it, by the identifier on the messenger.
    pub account: Option<String>,
    /// Where, by the identifier on the messenger.
    pub conversation: Option<String>,
    /// In which message, by the identifier on the messenger.
    pub message: Option<String>,
    /// The media itself, by the identifier on the messenger.
    pub media_reference: Option<String>,
    /// When it was posted, as the messenger says.
    pub sent_at: Option<Moment>,
    /// When it came in.
    pub received_at: Moment,
    /// Its media type, by its content.
    pub mime: Option<String>,
    /// Pixels in a row.
    pub width: Option<i64>,
    /// Rows.
    pub height: Option<i64>,
    /// PDQ quality, 0 to 100.
    pub quality: Option<i64>,
    /// Why it could not be decoded, as a stable code.
    pub failure: Option<String>,
    /// What was answered.
    pub verdict: Verdict,
    /// The sealed bytes, where they were kept.
    pub blob: Option<BlobId>,
    /// The state of the index that was asked.
    pub index_version: i64,
}

/// A signal as it is kept: the number of its kind, and its raw bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptSignal {
    /// The number of its kind.
    pub kind: i64,
    /// Its bytes.
    pub value: Vec<u8>,
}

/// A match receipt as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMatch {
    /// The number of the kind of signal that matched.
    pub kind: i64,
    /// The bank.
    pub bank: BankId,
    /// Its entry.
    pub entry: i64,
    /// In how many bits the signals differ.
    pub distance: i64,
    /// The whole receipt, as JSON.
    pub receipt: String,
}

/// Adds a submission.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, submission: &Submission) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO submissions (id, surface, basis, service, context, account, conversation, message, media_reference, \
         sent_at, received_at, mime, width, height, quality, failure, verdict, blob, index_version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
    )
    .bind(key(submission.id))
    .bind(submission.surface.name())
    .bind(key(submission.basis))
    .bind(&submission.service)
    .bind(&submission.context)
    .bind(&submission.account)
    .bind(&submission.conversation)
    .bind(&submission.message)
    .bind(&submission.media_reference)
    .bind(submission.sent_at.map(|moment| moment.0))
    .bind(submission.received_at.0)
    .bind(&submission.mime)
    .bind(submission.width)
    .bind(submission.height)
    .bind(submission.quality)
    .bind(&submission.failure)
    .bind(submission.verdict.name())
    .bind(optional_key(submission.blob))
    .bind(submission.index_version)
    .execute(tx.connection())
    .await
    .attempt("add a submission")?;
    Ok(())
}

/// Adds a signal of a submission.
///
/// # Errors
/// The statement failed.
pub async fn insert_signal(
    tx: &mut Transaction,
    submission: SubmissionId,
    signal: &KeptSignal,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO submission_signals (submission, kind, value) VALUES ($1, $2, $3)")
        .bind(key(submission))
        .bind(signal.kind)
        .bind(signal.value.clone())
        .execute(tx.connection())
        .await
        .attempt("add a signal of a submission")?;
    Ok(())
}

/// Adds a match receipt of a submission; positions count from 0.
///
/// # Errors
/// The statement failed.
pub async fn insert_match(
    tx: &mut Transaction,
    submission: SubmissionId,
    position: i64,
    found: &KeptMatch,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO matches (submission, position, kind, bank, entry, distance, receipt) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key(submission))
    .bind(position)
    .bind(found.kind)
    .bind(key(found.bank))
    .bind(found.entry)
    .bind(found.distance)
    .bind(&found.receipt)
    .execute(tx.connection())
    .await
    .attempt("add a match receipt")?;
    Ok(())
}

/// The submission with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: SubmissionId) -> Result<Option<Submission>, StoreError> {
    let row = sqlx::query("SELECT * FROM submissions WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection())
        .await
        .attempt("find a submission")?
        .as_ref()
        .map(submission)
        .transpose()
}

/// The signals of a submission, by kind.
///
/// # Errors
/// The statement failed.
pub async fn signals(read: &mut impl Read, id: SubmissionId) -> Result<Vec<KeptSignal>, StoreError> {
    let rows = sqlx::query("SELECT kind, value FROM submission_signals WHERE submission = $1 ORDER BY kind");
    let rows =
        rows.bind(key(id)).fetch_all(read.connection()).await.attempt("list the signals of a submission")?;
    rows.iter().map(|row| Ok(KeptSignal { kind: row.number("kind")?, value: row.bytes("value")? })).collect()
}

/// The match receipts of a submission, in their order.
///
/// # Errors
/// The statement failed.
pub async fn matches(read: &mut impl Read, id: SubmissionId) -> Result<Vec<KeptMatch>, StoreError> {
    let rows = sqlx::query("SELECT * FROM matches WHERE submission = $1 ORDER BY position");
    let rows = rows.bind(key(id)).fetch_all(read.connection()).await.attempt("list match receipts")?;
    rows.iter().map(kept_match).collect()
}

/// A submission that hit a bank, with the incident it was gathered in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// The submission.
    pub submission: Submission,
    /// The incident.
    pub incident: IncidentId,
}

/// What was found in a conversation, newest first, at most so many. What was only reported, or could not be decoded, was
/// not found there.
///
/// # Errors
/// The statement failed.
pub async fn of_conversation(
    read: &mut impl Read,
    service: &str,
    conversation: &str,
    limit: i64,
) -> Result<Vec<Gathered>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.*, i.incident FROM submissions s JOIN incident_items i ON i.submission = s.id \
         WHERE s.service = $1 AND s.conversation = $2 AND EXISTS (SELECT 1 FROM matches m WHERE m.submission = s.id) \
         ORDER BY s.received_at DESC, s.id DESC LIMIT $3",
    );
    let rows = rows.bind(service).bind(conversation).bind(limit).fetch_all(read.connection()).await;
    let rows = rows.attempt("list what was found in a conversation")?;
    rows.iter()
        .map(|row| Ok(Gathered { submission: submission(row)?, incident: row.id("incident")? }))
        .collect()
}

/// What was found in a message, or of a media object, by the identifiers of the messenger; newest first, at most 100.
/// A message is looked for in its conversation where that is named.
///
/// # Errors
/// The statement failed.
pub async fn of_target(
    read: &mut impl Read,
    service: &str,
    target: &Target,
) -> Result<Vec<Submission>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM submissions WHERE service = $1 AND (media_reference = $2 OR (message = $3 \
         AND (conversation = $4 OR $4 IS NULL))) ORDER BY received_at DESC, id DESC LIMIT 100",
    )
    .bind(service)
    .bind(&target.media_id)
    .bind(&target.message_id)
    .bind(&target.conversation_id);
    rows.fetch_all(read.connection())
        .await
        .attempt("find what was found of a target")?
        .iter()
        .map(submission)
        .collect()
}

/// Who posted what was found in a conversation, and how many each, most first.
///
/// # Errors
/// The statement failed.
pub async fn posters(
    read: &mut impl Read,
    service: &str,
    conversation: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = sqlx::query(
        "SELECT s.account, CAST(COUNT(*) AS BIGINT) AS found FROM submissions s \
         JOIN incident_items i ON i.submission = s.id WHERE s.service = $1 AND s.conversation = $2 \
         AND s.account IS NOT NULL AND EXISTS (SELECT 1 FROM matches m WHERE m.submission = s.id) \
         GROUP BY s.account ORDER BY found DESC, s.account LIMIT $3",
    );
    let rows = rows.bind(service).bind(conversation).bind(limit).fetch_all(read.connection()).await;
    let rows = rows.attempt("list who posted what was found")?;
    rows.iter().map(|row| Ok((row.text("account")?, row.number("found")?))).collect()
}

fn submission(row: &AnyRow) -> Result<Submission, StoreError> {
    Ok(Submission {
        id: row.id("id")?,
        surface: row.parsed("surface")?,
        basis: row.id("basis")?,
        service: row.text("service")?,
        context: row.text("context")?,
        account: row.optional_text("account")?,
        conversation: row.optional_text("conversation")?,
        message: row.optional_text("message")?,
        media_reference: row.optional_text("media_reference")?,
        sent_at: row.optional_moment("sent_at")?,
        received_at: row.moment("received_at")?,
        mime: row.optional_text("mime")?,
        width: row.optional_number("width")?,
        height: row.optional_number("height")?,
        quality: row.optional_number("quality")?,
        failure: row.optional_text("failure")?,
        verdict: row.parsed("verdict")?,
        blob: row.optional_id("blob")?,
        index_version: row.number("index_version")?,
    })
}

fn kept_match(row: &AnyRow) -> Result<KeptMatch, StoreError> {
    let entry = row.number("entry")?;
    if entry < 0 {
        return Err(wrong("entry", "a negative number"));
    }
    Ok(KeptMatch {
        kind: row.number("kind")?,
        bank: row.id("bank")?,
        entry,
        distance: row.number("distance")?,
        receipt: row.text("receipt")?,
    })
}
