//! Participants' complaints. Who complained is not kept: nobody may ever learn it from here.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::UserReportId;

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// A participant's complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserReport {
    /// Its identifier.
    pub id: UserReportId,
    /// The messenger.
    pub service: String,
    /// The account complained of, by its identifier on the messenger.
    pub account: Option<String>,
    /// The conversation complained of, or in which it happened.
    pub conversation: Option<String>,
    /// The message complained of.
    pub message: Option<String>,
    /// Why, as the messenger's code.
    pub reason: String,
    /// What the participant wrote.
    pub body: Option<String>,
    /// How what was said is proved: `plain` is not.
    pub proof: String,
    /// When it came in.
    pub received_at: Moment,
}

/// Adds a complaint.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, report: &UserReport) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO user_reports (id, service, account, conversation, message, reason, body, proof, received_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(key(report.id))
    .bind(&report.service)
    .bind(&report.account)
    .bind(&report.conversation)
    .bind(&report.message)
    .bind(&report.reason)
    .bind(&report.body)
    .bind(&report.proof)
    .bind(report.received_at.0)
    .execute(tx.connection())
    .await
    .attempt("add a user report")?;
    Ok(())
}

/// The complaint with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: UserReportId) -> Result<Option<UserReport>, StoreError> {
    let row = sqlx::query("SELECT * FROM user_reports WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection())
        .await
        .attempt("find a user report")?
        .as_ref()
        .map(report)
        .transpose()
}

fn report(row: &AnyRow) -> Result<UserReport, StoreError> {
    Ok(UserReport {
        id: row.id("id")?,
        service: row.text("service")?,
        account: row.optional_text("account")?,
        conversation: row.optional_text("conversation")?,
        message: row.optional_text("message")?,
        reason: row.text("reason")?,
        body: row.optional_text("body")?,
        proof: row.text("proof")?,
        received_at: row.moment("received_at")?,
    })
}
