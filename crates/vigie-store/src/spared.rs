//! Labels that people would rather not be handed, the labels of incidents, and who is there to take what somebody is spared.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::bank::Label;
use vigie_model::id::{IncidentId, PersonId};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Housekeeping, Read, StoreError, Transaction};

/// Notes that something in an incident carries a label.
///
/// # Errors
/// The statement failed.
pub async fn label_incident(
    tx: &mut Transaction,
    incident: IncidentId,
    label: &Label,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO incident_labels (incident, label) VALUES ($1, $2) ON CONFLICT (incident, label) DO NOTHING",
    )
    .bind(key(incident))
    .bind(label.to_string())
    .execute(tx.connection())
    .await
    .attempt("label an incident")?;
    Ok(())
}

/// Every label that an incident carries, each once, by name. What a bank calls a label and cannot be read as one is left out.
///
/// # Errors
/// The statement failed.
pub async fn labels_in_use(read: &mut impl Read) -> Result<Vec<Label>, StoreError> {
    let rows = sqlx::query("SELECT DISTINCT label FROM incident_labels ORDER BY label");
    let rows = rows.fetch_all(read.connection()).await.attempt("list the labels in use")?;
    let texts = rows.iter().map(|row| row.text("label")).collect::<Result<Vec<_>, _>>()?;
    Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
}

/// Puts these in place of the labels that a person would rather not get.
///
/// # Errors
/// A statement failed.
pub async fn replace(house: &mut Housekeeping, person: PersonId, labels: &[Label]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM spared_labels WHERE person = $1")
        .bind(key(person))
        .execute(house.connection())
        .await
        .attempt("forget what a person is spared")?;
    for label in labels {
        sqlx::query(
            "INSERT INTO spared_labels (person, label) VALUES ($1, $2) ON CONFLICT (person, label) DO NOTHING",
        )
        .bind(key(person))
        .bind(label.to_string())
        .execute(house.connection())
        .await
        .attempt("note what a person is spared")?;
    }
    Ok(())
}

/// The labels that a person would rather not get, by name.
///
/// # Errors
/// The statement failed.
pub async fn of_person(read: &mut impl Read, person: PersonId) -> Result<Vec<Label>, StoreError> {
    let rows =
        sqlx::query("SELECT label FROM spared_labels WHERE person = $1 ORDER BY label").bind(key(person));
    let rows = rows.fetch_all(read.connection()).await.attempt("list what a person is spared")?;
    let label = |row: &AnyRow| row.parsed("label");
    rows.iter().map(label).collect()
}

/// Who is signed in and was seen since that moment, did not pass on this incident, and is not spared any of its labels.
///
/// # Errors
/// The statement failed.
pub async fn takers(
    read: &mut impl Read,
    incident: IncidentId,
    seen_since: Moment,
    now: Moment,
) -> Result<Vec<PersonId>, StoreError> {
    let rows = sqlx::query(
        "SELECT DISTINCT s.person FROM sessions s WHERE s.ended_at IS NULL AND s.expires_at > $3 \
         AND s.last_seen_at >= $2 \
         AND NOT EXISTS (SELECT 1 FROM incident_passes x WHERE x.incident = $1 AND x.person = s.person) \
         AND NOT EXISTS (SELECT 1 FROM incident_labels l JOIN spared_labels a ON a.label = l.label \
         WHERE l.incident = $1 AND a.person = s.person)",
    )
    .bind(key(incident))
    .bind(seen_since.0)
    .bind(now.0);
    let rows = rows.fetch_all(read.connection()).await.attempt("see who takes an incident")?;
    rows.iter().map(|row| row.id("person")).collect()
}
