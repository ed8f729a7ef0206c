//! Notices: what a person should know, shown on every screen until they have seen it.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::alarm::Notice;
use vigie_model::id::{NoticeId, PersonId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// Writes a notice.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, notice: &Notice) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO notices (id, person, kind, subject, created_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(key(notice.id))
        .bind(key(notice.person))
        .bind(notice.kind.name())
        .bind(&notice.subject)
        .bind(notice.created_at.0)
        .execute(tx.connection())
        .await
        .attempt("write a notice")?;
    Ok(())
}

/// What a person has not seen yet, newest first.
///
/// # Errors
/// The statement failed.
pub async fn list_unseen(read: &mut impl Read, person: PersonId) -> Result<Vec<Notice>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM notices WHERE person = $1 AND seen_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 100",
    )
    .bind(key(person));
    rows.fetch_all(read.connection()).await.attempt("list notices")?.iter().map(notice).collect()
}

/// Notes that a person has seen a notice of theirs.
///
/// # Errors
/// The statement failed.
pub async fn note_seen(
    tx: &mut Transaction,
    id: NoticeId,
    person: PersonId,
    now: Moment,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE notices SET seen_at = $3 WHERE id = $1 AND person = $2 AND seen_at IS NULL")
        .bind(key(id))
        .bind(key(person))
        .bind(now.0)
        .execute(tx.connection())
        .await
        .attempt("note that a notice was seen")?;
    Ok(())
}

fn notice(row: &AnyRow) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: row.id("id")?,
        person: row.id("person")?,
        kind: row.parsed("kind")?,
        subject: row.text("subject")?,
        created_at: row.moment("created_at")?,
    })
}
