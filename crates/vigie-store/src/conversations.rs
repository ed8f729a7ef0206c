//! Conversations as subjects: what the messenger last told about each, and which points to which.

use sqlx::any::AnyRow;
use vigie_model::conversation::Conversation;
use vigie_model::id::{BlobId, ConversationId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Writes what the messenger told: a new conversation, or the latest word on one that is known by service and reference,
/// which keeps its identifier and the moment it was first heard of. Links are replaced. Gives the identifier it has.
///
/// # Errors
/// A statement failed.
pub async fn upsert(tx: &mut Transaction, told: &Conversation) -> Result<ConversationId, StoreError> {
    let row = sqlx::query(
        "INSERT INTO conversations (id, service, reference, kind, title, description, owner, administrators, invite_link, \
         members, first_seen, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
         ON CONFLICT (service, reference) DO UPDATE SET kind = excluded.kind, title = excluded.title, \
         description = excluded.description, owner = excluded.owner, administrators = excluded.administrators, \
         invite_link = excluded.invite_link, members = excluded.members, updated_at = excluded.updated_at RETURNING id",
    )
    .bind(key(told.id))
    .bind(&told.service)
    .bind(&told.reference)
    .bind(told.kind.name())
    .bind(&told.title)
    .bind(&told.description)
    .bind(&told.owner)
    .bind(serde_json::to_string(&told.administrators)?)
    .bind(&told.invite_link)
    .bind(told.members)
    .bind(told.first_seen.0)
    .bind(told.updated_at.0)
    .fetch_one(tx.connection())
    .await
    .attempt("write a conversation")?;
    let id = row.id("id")?;
    replace_links(tx, id, told).await?;
    Ok(id)
}

async fn replace_links(
    tx: &mut Transaction,
    id: ConversationId,
    told: &Conversation,
) -> Result<(), StoreError> {
    let attempt = "write the links of a conversation";
    sqlx::query("DELETE FROM conversation_links WHERE conversation = $1")
        .bind(key(id))
        .execute(tx.connection())
        .await
        .attempt(attempt)?;
    for reference in &told.linked {
        sqlx::query(
            "INSERT INTO conversation_links (conversation, service, reference) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(key(id))
        .bind(&told.service)
        .bind(reference)
        .execute(tx.connection())
        .await
        .attempt(attempt)?;
    }
    Ok(())
}

/// Notes the sealed list of members, administrators and postings that was taken before a conversation was closed.
///
/// # Errors
/// No such conversation, or the statement failed.
pub async fn set_snapshot(tx: &mut Transaction, id: ConversationId, blob: BlobId) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE conversations SET snapshot = $2 WHERE id = $1")
        .bind(key(id))
        .bind(key(blob))
        .execute(tx.connection())
        .await
        .attempt("note the snapshot of a conversation")?;
    one_row("noting the snapshot of a conversation", done.rows_affected())
}

/// The sealed list taken before a conversation was closed, where there is one.
///
/// # Errors
/// The statement failed.
pub async fn snapshot(read: &mut impl Read, id: ConversationId) -> Result<Option<BlobId>, StoreError> {
    let row = sqlx::query("SELECT snapshot FROM conversations WHERE id = $1").bind(key(id));
    let row = row.fetch_optional(read.connection()).await.attempt("find the snapshot of a conversation")?;
    row.as_ref().map_or(Ok(None), |row| row.optional_id("snapshot"))
}

/// The conversation with this identifier.
///
/// # Errors
/// A statement failed.
pub async fn find(read: &mut impl Read, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    let row = sqlx::query("SELECT * FROM conversations WHERE id = $1").bind(key(id));
    let row = row.fetch_optional(read.connection()).await.attempt("find a conversation")?;
    with_links(read, row).await
}

/// The conversation with this identifier on a messenger.
///
/// # Errors
/// A statement failed.
pub async fn find_by_reference(
    read: &mut impl Read,
    service: &str,
    reference: &str,
) -> Result<Option<Conversation>, StoreError> {
    let row = sqlx::query("SELECT * FROM conversations WHERE service = $1 AND reference = $2");
    let row = row.bind(service).bind(reference).fetch_optional(read.connection()).await;
    let row = row.attempt("find a conversation by its reference")?;
    with_links(read, row).await
}

/// Known conversations that point to this one, by their identifier on the messenger.
///
/// # Errors
/// The statement failed.
pub async fn pointing_to(
    read: &mut impl Read,
    service: &str,
    reference: &str,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "SELECT c.reference AS reference FROM conversation_links l JOIN conversations c ON c.id = l.conversation \
         WHERE l.service = $1 AND l.reference = $2 ORDER BY c.reference",
    );
    let rows = rows.bind(service).bind(reference).fetch_all(read.connection()).await;
    rows.attempt("list what points to a conversation")?.iter().map(|row| row.text("reference")).collect()
}

/// A conversation with the number of submissions that were found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The conversation, without its links.
    pub conversation: Conversation,
    /// How many submissions from it hit a bank.
    pub found: i64,
}

/// Conversations, those with most found first, at most so many.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, limit: i64) -> Result<Vec<Listed>, StoreError> {
    let rows = sqlx::query(
        "SELECT c.*, (SELECT CAST(COUNT(*) AS BIGINT) FROM submissions s JOIN incident_items i ON i.submission = s.id \
         WHERE s.service = c.service AND s.conversation = c.reference \
         AND EXISTS (SELECT 1 FROM matches m WHERE m.submission = s.id)) AS found \
         FROM conversations c ORDER BY found DESC, c.updated_at DESC, c.id LIMIT $1",
    );
    let rows = rows.bind(limit).fetch_all(read.connection()).await.attempt("list conversations")?;
    rows.iter()
        .map(|row| Ok(Listed { conversation: conversation(row)?, found: row.number("found")? }))
        .collect()
}

async fn with_links(read: &mut impl Read, row: Option<AnyRow>) -> Result<Option<Conversation>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let mut found = conversation(&row)?;
    let links =
        sqlx::query("SELECT reference FROM conversation_links WHERE conversation = $1 ORDER BY reference");
    let links = links.bind(key(found.id)).fetch_all(read.connection()).await;
    found.linked = links
        .attempt("list the links of a conversation")?
        .iter()
        .map(|link| link.text("reference"))
        .collect::<Result<_, _>>()?;
    Ok(Some(found))
}

fn conversation(row: &AnyRow) -> Result<Conversation, StoreError> {
    Ok(Conversation {
        id: row.id("id")?,
        service: row.text("service")?,
        reference: row.text("reference")?,
        kind: row.parsed("kind")?,
        title: row.optional_text("title")?,
        description: row.optional_text("description")?,
        owner: row.optional_text("owner")?,
        administrators: row.json("administrators")?,
        invite_link: row.optional_text("invite_link")?,
        linked: vec![],
        members: row.optional_number("members")?,
        first_seen: row.moment("first_seen")?,
        updated_at: row.moment("updated_at")?,
    })
}
