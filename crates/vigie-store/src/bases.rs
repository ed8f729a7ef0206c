//! Detection bases: every version that was ever entered, and until when each holds.

use sqlx::any::AnyRow;
use vigie_model::id::BasisId;
use vigie_model::surface::DetectionBasis;
use vigie_model::{Moment, Surface};

use crate::error::Attempt;
use crate::row::{Columns, key};
use crate::{Read, StoreError, Transaction};

/// Adds a version.
///
/// # Errors
/// The surface has this version already ([`StoreError::is_duplicate`]), or the statement failed.
pub async fn insert(tx: &mut Transaction, basis: &DetectionBasis) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO detection_bases (id, surface, version, legal_ground, valid_from, valid_until, techniques, \
         assessment_reference, history) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(key(basis.id))
    .bind(basis.surface.name())
    .bind(basis.version)
    .bind(&basis.legal_ground)
    .bind(basis.valid_from.0)
    .bind(basis.valid_until.map(|moment| moment.0))
    .bind(serde_json::to_string(&basis.techniques)?)
    .bind(&basis.assessment_reference)
    .bind(i64::from(basis.history))
    .execute(tx.connection())
    .await
    .attempt("add a detection basis")?;
    Ok(())
}

/// Ends every version of a surface that would hold beyond this moment. Returns how many there were.
///
/// # Errors
/// The statement failed.
pub async fn end(tx: &mut Transaction, surface: Surface, at: Moment) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "UPDATE detection_bases SET valid_until = $2 WHERE surface = $1 AND (valid_until IS NULL OR valid_until > $2)",
    )
    .bind(surface.name())
    .bind(at.0)
    .execute(tx.connection())
    .await
    .attempt("end the detection bases of a surface")?;
    Ok(done.rows_affected())
}

/// Every version, by surface, the newest first.
///
/// # Errors
/// The statement failed.
pub async fn list(read: &mut impl Read) -> Result<Vec<DetectionBasis>, StoreError> {
    let rows = sqlx::query("SELECT * FROM detection_bases ORDER BY surface, version DESC");
    rows.fetch_all(read.connection()).await.attempt("list detection bases")?.iter().map(basis).collect()
}

/// The version with this identifier.
///
/// # Errors
/// The statement failed.
pub async fn find(read: &mut impl Read, id: BasisId) -> Result<Option<DetectionBasis>, StoreError> {
    let row = sqlx::query("SELECT * FROM detection_bases WHERE id = $1").bind(key(id));
    row.fetch_optional(read.connection())
        .await
        .attempt("find a detection basis")?
        .as_ref()
        .map(basis)
        .transpose()
}

/// The highest version a surface ever had; 0 when it had none.
///
/// # Errors
/// The statement failed.
pub async fn newest_version(read: &mut impl Read, surface: Surface) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) AS newest FROM detection_bases WHERE surface = $1",
    )
    .bind(surface.name());
    row.fetch_one(read.connection()).await.attempt("find the newest detection basis")?.number("newest")
}

fn basis(row: &AnyRow) -> Result<DetectionBasis, StoreError> {
    Ok(DetectionBasis {
        id: row.id("id")?,
        surface: row.parsed("surface")?,
        version: row.number("version")?,
        legal_ground: row.text("legal_ground")?,
        valid_from: row.moment("valid_from")?,
        valid_until: row.optional_moment("valid_until")?,
        techniques: row.json("techniques")?,
        assessment_reference: row.text("assessment_reference")?,
        history: row.truth("history")?,
    })
}
