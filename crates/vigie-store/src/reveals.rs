//! Looks at shielded media, and the single-use tickets by which the evidence listener shows it.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::id::{IncidentId, ItemId, PersonId, RevealId};
use vigie_model::incident::{Reveal, RevealStep};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Housekeeping, Read, StoreError, Transaction};

/// Writes that somebody is about to look.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, reveal: &Reveal) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO reveals (id, person, incident, item, step, shown_at, hidden_at) \
         VALUES ($1, $2, $3, $4, $5, $6, NULL)",
    )
    .bind(key(reveal.id))
    .bind(key(reveal.person))
    .bind(key(reveal.incident))
    .bind(key(reveal.item))
    .bind(reveal.step.name())
    .bind(reveal.shown_at.0)
    .execute(tx.connection())
    .await
    .attempt("write that somebody looks")?;
    Ok(())
}

/// The look with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: RevealId) -> Result<Option<Reveal>, StoreError> {
    let row = sqlx::query("SELECT * FROM reveals WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection()).await.attempt("find a look")?.as_ref().map(reveal).transpose()
}

/// The looks at the items of an incident, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list_of_incident(read: &mut impl Read, incident: IncidentId) -> Result<Vec<Reveal>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM reveals WHERE incident = $1 ORDER BY shown_at, id").bind(key(incident));
    rows.fetch_all(read.connection()).await.attempt("list looks")?.iter().map(reveal).collect()
}

/// The looks of a person at that moment or later, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list_of_person(
    read: &mut impl Read,
    person: PersonId,
    since: Moment,
) -> Result<Vec<Reveal>, StoreError> {
    let rows =
        sqlx::query("SELECT * FROM reveals WHERE person = $1 AND shown_at >= $2 ORDER BY shown_at, id")
            .bind(key(person))
            .bind(since.0);
    rows.fetch_all(read.connection())
        .await
        .attempt("list the looks of a person")?
        .iter()
        .map(reveal)
        .collect()
}

/// The looks of everybody at that moment or later, oldest first.
///
/// # Errors
/// The statement failed.
pub async fn list_since(read: &mut impl Read, since: Moment) -> Result<Vec<Reveal>, StoreError> {
    let rows = sqlx::query("SELECT * FROM reveals WHERE shown_at >= $1 ORDER BY shown_at, id").bind(since.0);
    rows.fetch_all(read.connection()).await.attempt("list everybody's looks")?.iter().map(reveal).collect()
}

/// Whether this person looked at the item in this step at that moment or later.
///
/// # Errors
/// The statement failed.
pub async fn has_looked(
    read: &mut impl Read,
    person: PersonId,
    item: ItemId,
    step: RevealStep,
    since: Moment,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "SELECT COUNT(*) AS count FROM reveals WHERE item = $1 AND person = $2 AND step = $3 AND shown_at >= $4",
    )
    .bind(key(item))
    .bind(key(person))
    .bind(step.name())
    .bind(since.0);
    Ok(row.fetch_one(read.connection()).await.attempt("see what somebody looked at")?.number("count")? > 0)
}

/// The looks of this person, past the shielded step, at items with this pivot: one for each item, its latest.
///
/// # Errors
/// The statement failed.
pub async fn sample(read: &mut impl Read, person: PersonId, pivot: &str) -> Result<Vec<Reveal>, StoreError> {
    let rows = sqlx::query(
        "SELECT r.* FROM reveals r JOIN item_pivots p ON p.item = r.item WHERE p.pivot = $1 AND r.person = $2 \
         AND r.step <> 'shielded' AND NOT EXISTS (SELECT 1 FROM reveals n WHERE n.item = r.item \
         AND n.person = r.person AND n.step <> 'shielded' AND (n.shown_at > r.shown_at \
         OR (n.shown_at = r.shown_at AND n.id > r.id))) ORDER BY r.shown_at, r.id",
    )
    .bind(pivot)
    .bind(key(person));
    rows.fetch_all(read.connection()).await.attempt("list a sample")?.iter().map(reveal).collect()
}

/// Notes that the screen does not show it any more. Only for the person who looked, and only once.
///
/// # Errors
/// The statement failed.
pub async fn hide(
    house: &mut Housekeeping,
    id: RevealId,
    person: PersonId,
    now: Moment,
) -> Result<bool, StoreError> {
    let done =
        sqlx::query("UPDATE reveals SET hidden_at = $3 WHERE id = $1 AND person = $2 AND hidden_at IS NULL")
            .bind(key(id))
            .bind(key(person))
            .bind(now.0)
            .execute(house.connection())
            .await
            .attempt("note the end of a look")?;
    Ok(done.rows_affected() == 1)
}

/// Writes a ticket for a look, by the hash of its secret.
///
/// # Errors
/// The statement failed.
pub async fn insert_ticket(
    tx: &mut Transaction,
    hash: &[u8; 32],
    id: RevealId,
    expires_at: Moment,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO preview_tickets (hash, reveal, expires_at, used_at) VALUES ($1, $2, $3, NULL)")
        .bind(hash.to_vec())
        .bind(key(id))
        .bind(expires_at.0)
        .execute(tx.connection())
        .await
        .attempt("write a ticket")?;
    Ok(())
}

/// Whether a ticket would be good at this moment: a stranger's guess is refused without waiting for the writer.
///
/// # Errors
/// The statement failed.
pub async fn is_open_ticket(read: &mut impl Read, hash: &[u8; 32], now: Moment) -> Result<bool, StoreError> {
    let row =
        sqlx::query("SELECT 1 FROM preview_tickets WHERE hash = $1 AND used_at IS NULL AND expires_at > $2");
    let row = row.bind(hash.to_vec()).bind(now.0);
    Ok(row.fetch_optional(read.connection()).await.attempt("find a ticket")?.is_some())
}

/// Uses up a ticket; for which look it was, if it was still good. One statement: two requests cannot both use it.
///
/// # Errors
/// The statement failed.
pub async fn use_ticket(
    house: &mut Housekeeping,
    hash: &[u8; 32],
    now: Moment,
) -> Result<Option<RevealId>, StoreError> {
    let row = sqlx::query(
        "UPDATE preview_tickets SET used_at = $2 WHERE hash = $1 AND used_at IS NULL AND expires_at > $2 \
         RETURNING reveal",
    )
    .bind(hash.to_vec())
    .bind(now.0);
    row.fetch_optional(house.connection())
        .await
        .attempt("use a ticket")?
        .map(|row| row.id("reveal"))
        .transpose()
}

/// Forgets tickets whose time was over at that moment.
///
/// # Errors
/// The statement failed.
pub async fn forget_tickets(house: &mut Housekeeping, before: Moment) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM preview_tickets WHERE expires_at <= $1")
        .bind(before.0)
        .execute(house.connection())
        .await
        .attempt("forget old tickets")?;
    Ok(())
}

fn reveal(row: &AnyRow) -> Result<Reveal, StoreError> {
    Ok(Reveal {
        id: row.id("id")?,
        person: row.id("person")?,
        incident: row.id("incident")?,
        item: row.id("item")?,
        step: row.parsed("step")?,
        shown_at: row.moment("shown_at")?,
        hidden_at: row.optional_moment("hidden_at")?,
    })
}
