//! Items of incidents: what was gathered, with its context as the messenger told it, and its match receipts.

use serde_json::Value;
use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{BankId, IncidentId, ItemId};
use vigie_model::incident::{Item, ItemVerdict};

use crate::error::Attempt;
use crate::row::{Columns, key, optional_key};
use crate::transaction::one_row;
use crate::{Read, StoreError, Transaction};

/// Adds an item to its incident.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, item: &Item) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO incident_items (id, incident, kind, submission, report, media, verdict, added_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(key(item.id))
    .bind(key(item.incident))
    .bind(item.kind.name())
    .bind(optional_key(item.submission))
    .bind(optional_key(item.report))
    .bind(optional_key(item.media))
    .bind(item.verdict.map(ItemVerdict::name))
    .bind(item.added_at.0)
    .execute(tx.connection())
    .await
    .attempt("add an item to an incident")?;
    Ok(())
}

/// Notes what an item has in common with others.
///
/// # Errors
/// The statement failed.
pub async fn insert_pivot(tx: &mut Transaction, item: ItemId, pivot: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO item_pivots (item, pivot) VALUES ($1, $2) ON CONFLICT (item, pivot) DO NOTHING")
        .bind(key(item))
        .bind(pivot)
        .execute(tx.connection())
        .await
        .attempt("note what items have in common")?;
    Ok(())
}

/// The item with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: ItemId) -> Result<Option<Item>, StoreError> {
    let row = sqlx::query("SELECT * FROM incident_items WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find an item")?.as_ref().map(item).transpose()
}

/// The items of an incident, in the order in which they came.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read, incident: IncidentId) -> Result<Vec<Item>, StoreError> {
    let rows = sqlx::query("SELECT * FROM incident_items WHERE incident = $1 ORDER BY added_at, id")
        .bind(key(incident));
    rows.fetch_all(read.connection())
        .await
        .attempt("list the items of an incident")?
        .iter()
        .map(item)
        .collect()
}

/// The items with this pivot that stand in incidents which wait for somebody, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list_waiting_with_pivot(read: &mut impl Read, pivot: &str) -> Result<Vec<Item>, StoreError> {
    let rows = sqlx::query(
        "SELECT t.* FROM incident_items t JOIN item_pivots p ON p.item = t.id JOIN incidents i ON i.id = t.incident \
         WHERE p.pivot = $1 AND i.state IN ('open', 'escalated') ORDER BY t.added_at, t.id",
    )
    .bind(pivot);
    rows.fetch_all(read.connection()).await.attempt("list the items of a wave")?.iter().map(item).collect()
}

/// The items of an incident that waits which share what makes a wave that is not decided, in no order.
///
/// # Errors
/// The statement failed.
pub async fn in_open_waves(read: &mut impl Read, incident: IncidentId) -> Result<Vec<ItemId>, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT t.id FROM incident_items t JOIN item_pivots p ON p.item = t.id \
         JOIN waves w ON w.pivot = p.pivot JOIN incidents i ON i.id = t.incident \
         WHERE t.incident = $1 AND w.state = 'open' AND i.state IN ('open', 'escalated')",
    )
    .bind(key(incident));
    let rows = rows.fetch_all(read.connection()).await.attempt("list the items of open waves")?;
    rows.iter().map(|row| row.id("id")).collect()
}

/// Writes what was concluded about an item; none takes it back.
///
/// # Errors
/// No such item, or the statement failed.
pub async fn set_verdict(
    tx: &mut Transaction,
    id: ItemId,
    verdict: Option<ItemVerdict>,
) -> Result<(), StoreError> {
    let done = sqlx::query("UPDATE incident_items SET verdict = $2 WHERE id = $1")
        .bind(key(id))
        .bind(verdict.map(ItemVerdict::name))
        .execute(tx.connection())
        .await
        .attempt("write the verdict on an item")?;
    one_row("writing the verdict on an item", done.rows_affected())
}

/// Where an item comes from, as the messenger told it with the submission or the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// The item.
    pub item: ItemId,
    /// The messenger.
    pub service: String,
    /// The account that posted it.
    pub account: Option<String>,
    /// The conversation it was posted in.
    pub conversation: Option<String>,
    /// The message that shows it.
    pub message: Option<String>,
    /// The media object.
    pub media: Option<String>,
    /// Everything the messenger told with it.
    pub context: Value,
    /// When it came in.
    pub received_at: Moment,
}

/// Where the items of an incident come from, in no order.
///
/// # Errors
/// The statement failed.
pub async fn origins(read: &mut impl Read, incident: IncidentId) -> Result<Vec<Origin>, StoreError> {
    let rows = sqlx::query(
        "SELECT t.id, s.service, s.account, s.conversation, s.message, s.media_reference, s.context, s.received_at \
         FROM incident_items t JOIN submissions s ON s.id = t.submission WHERE t.incident = $1 \
         UNION ALL \
         SELECT t.id, r.service, r.account, r.conversation, r.message, NULL, NULL, r.received_at \
         FROM incident_items t JOIN user_reports r ON r.id = t.report WHERE t.incident = $1 AND t.submission IS NULL",
    )
    .bind(key(incident));
    rows.fetch_all(read.connection())
        .await
        .attempt("find where items come from")?
        .iter()
        .map(origin)
        .collect()
}

/// A match of an item with an entry of a bank.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemMatch {
    /// The item.
    pub item: ItemId,
    /// The bank.
    pub bank: BankId,
    /// Its name now.
    pub bank_name: Option<String>,
    /// The entry.
    pub entry: i64,
    /// How far apart the signals are; 0 for digests.
    pub distance: i64,
    /// The whole receipt, as it was written.
    pub receipt: Value,
}

/// The matches of the items of an incident.
///
/// # Errors
/// The statement failed.
pub async fn matches(read: &mut impl Read, incident: IncidentId) -> Result<Vec<ItemMatch>, StoreError> {
    let rows = sqlx::query(
        "SELECT t.id, m.bank, b.name, m.entry, m.distance, m.receipt FROM incident_items t \
         JOIN matches m ON m.submission = t.submission LEFT JOIN banks b ON b.id = m.bank WHERE t.incident = $1 \
         ORDER BY t.added_at, t.id, m.position",
    )
    .bind(key(incident));
    rows.fetch_all(read.connection())
        .await
        .attempt("list the matches of an incident")?
        .iter()
        .map(matched)
        .collect()
}

/// How the items that matched a bank were judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Judged {
    /// Items that are what the bank says.
    pub violating: i64,
    /// Items that are not.
    pub not_violating: i64,
    /// Items of which it cannot be told.
    pub unclear: i64,
}

/// How the items that matched each bank were judged; banks of which none was are left out.
///
/// # Errors
/// The statement failed.
pub async fn judged_by_bank(read: &mut impl Read) -> Result<Vec<(BankId, Judged)>, StoreError> {
    let rows = sqlx::query(
        "SELECT m.bank, CAST(SUM(CASE WHEN t.verdict = 'violating' THEN 1 ELSE 0 END) AS BIGINT) AS violating, \
         CAST(SUM(CASE WHEN t.verdict = 'not_violating' THEN 1 ELSE 0 END) AS BIGINT) AS not_violating, \
         CAST(SUM(CASE WHEN t.verdict = 'unclear' THEN 1 ELSE 0 END) AS BIGINT) AS unclear \
         FROM incident_items t JOIN (SELECT DISTINCT submission, bank FROM matches) m ON m.submission = t.submission \
         WHERE t.verdict IS NOT NULL GROUP BY m.bank ORDER BY m.bank",
    );
    let rows = rows.fetch_all(read.connection()).await.attempt("count how items of banks were judged")?;
    let judged = |row: &AnyRow| {
        let judged = Judged {
            violating: row.number("violating")?,
            not_violating: row.number("not_violating")?,
            unclear: row.number("unclear")?,
        };
        Ok((row.id("bank")?, judged))
    };
    rows.iter().map(judged).collect()
}

fn item(row: &AnyRow) -> Result<Item, StoreError> {
    Ok(Item {
        id: row.id("id")?,
        incident: row.id("incident")?,
        kind: row.parsed("kind")?,
        submission: row.optional_id("submission")?,
        report: row.optional_id("report")?,
        media: row.optional_id("media")?,
        verdict: match row.optional_text("verdict")? {
            Some(_) => Some(row.parsed("verdict")?),
            None => None,
        },
        added_at: row.moment("added_at")?,
    })
}

fn origin(row: &AnyRow) -> Result<Origin, StoreError> {
    Ok(Origin {
        item: row.id("id")?,
        service: row.text("service")?,
        account: row.optional_text("account")?,
        conversation: row.optional_text("conversation")?,
        message: row.optional_text("message")?,
        media: row.optional_text("media_reference")?,
        context: row.optional_json("context")?.unwrap_or(Value::Null),
        received_at: row.moment("received_at")?,
    })
}

fn matched(row: &AnyRow) -> Result<ItemMatch, StoreError> {
    Ok(ItemMatch {
        item: row.id("id")?,
        bank: row.id("bank")?,
        bank_name: row.optional_text("name")?,
        entry: row.number("entry")?,
        distance: row.number("distance")?,
        receipt: row.json("receipt")?,
    })
}
