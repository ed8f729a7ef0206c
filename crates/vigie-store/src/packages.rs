//! Packages that left, and the evidence of their delivery.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::disclosure::DeliveryEvidence;
use vigie_model::id::{BlobId, PackageId, RequestId};

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Read, StoreError, Transaction};

/// A package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRow {
    /// Its identifier.
    pub id: PackageId,
    /// The request.
    pub request: RequestId,
    /// The object of the vault.
    pub object: BlobId,
    /// SHA-256 of the package, without the proof that is put beside it when it is fetched.
    pub sha256: [u8; 32],
    /// SHA-256 of its manifest: what the ledger entry of its release names.
    pub manifest_sha256: [u8; 32],
    /// When it was released.
    pub released_at: Moment,
    /// Until when it can be fetched.
    pub expires_at: Moment,
}

/// Writes a package that is released.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, package: &PackageRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO packages (id, request, object, sha256, manifest_sha256, released_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key(package.id))
    .bind(key(package.request))
    .bind(key(package.object))
    .bind(package.sha256.to_vec())
    .bind(package.manifest_sha256.to_vec())
    .bind(package.released_at.0)
    .bind(package.expires_at.0)
    .execute(tx.connection())
    .await
    .attempt("write a package")?;
    Ok(())
}

/// The package of a request, the newest where there were several.
///
/// # Errors
/// The statement failed.
pub async fn of_request(read: &mut impl Read, request: RequestId) -> Result<Option<PackageRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM packages WHERE request = $1 ORDER BY released_at DESC LIMIT 1");
    let row = row.bind(key(request)).fetch_optional(read.connection()).await.attempt("find a package")?;
    row.as_ref().map(package).transpose()
}

/// The number and the opening (salt and details) of the ledger entry with this object and action; the newest.
///
/// # Errors
/// The statement failed.
pub async fn release_entry(
    read: &mut impl Read,
    (object, action): (&str, &str),
) -> Result<Option<(i64, Vec<u8>, String)>, StoreError> {
    let row = sqlx::query(
        "SELECT seq, salt, details FROM ledger_details WHERE object = $1 AND action = $2 ORDER BY seq DESC LIMIT 1",
    );
    let row = row.bind(object).bind(action).fetch_optional(read.connection()).await;
    let row = row.attempt("find the entry of a release")?;
    row.map(|row| Ok((row.number("seq")?, row.bytes("salt")?, row.text("details")?))).transpose()
}

/// Evidence that a package went a step further, or did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// What happened.
    pub evidence: DeliveryEvidence,
    /// When.
    pub at: Moment,
    /// To whom, or why not.
    pub detail: String,
}

/// Adds evidence of delivery.
///
/// # Errors
/// The statement failed.
pub async fn add_delivery(
    tx: &mut Transaction,
    package: PackageId,
    delivered: &Delivered,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO package_deliveries (package, position, evidence, at, detail) \
         SELECT $1, COUNT(*), $2, $3, $4 FROM package_deliveries WHERE package = $1",
    )
    .bind(key(package))
    .bind(delivered.evidence.name())
    .bind(delivered.at.0)
    .bind(&delivered.detail)
    .execute(tx.connection())
    .await
    .attempt("add evidence of delivery")?;
    Ok(())
}

/// The evidence of delivery of a package, in order.
///
/// # Errors
/// The statement failed.
pub async fn deliveries(read: &mut impl Read, package: PackageId) -> Result<Vec<Delivered>, StoreError> {
    let rows = sqlx::query("SELECT * FROM package_deliveries WHERE package = $1 ORDER BY position");
    let rows = rows.bind(key(package)).fetch_all(read.connection()).await;
    let delivered = |row: &AnyRow| {
        Ok(Delivered {
            evidence: row.parsed("evidence")?,
            at: row.moment("at")?,
            detail: row.text("detail")?,
        })
    };
    rows.attempt("list evidence of delivery")?.iter().map(delivered).collect()
}

/// Packages that can be fetched no more and that nobody fetched, of which nothing says so yet.
///
/// # Errors
/// The statement failed.
pub async fn unfetched(read: &mut impl Read, now: Moment, limit: i64) -> Result<Vec<PackageRow>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM packages WHERE expires_at <= $1 AND NOT EXISTS (SELECT 1 FROM package_deliveries d \
         WHERE d.package = packages.id AND d.evidence IN ('retrieval', 'non_retrieval')) ORDER BY expires_at LIMIT $2",
    );
    let rows = rows.bind(now.0).bind(limit).fetch_all(read.connection()).await;
    rows.attempt("list packages that nobody fetched")?.iter().map(package).collect()
}

fn package(row: &AnyRow) -> Result<PackageRow, StoreError> {
    let hash = |column: &'static str| -> Result<[u8; 32], StoreError> {
        row.bytes(column)?.try_into().map_err(|_| wrong(column, "not 32 bytes"))
    };
    Ok(PackageRow {
        id: row.id("id")?,
        request: row.id("request")?,
        object: row.id("object")?,
        sha256: hash("sha256")?,
        manifest_sha256: hash("manifest_sha256")?,
        released_at: row.moment("released_at")?,
        expires_at: row.moment("expires_at")?,
    })
}
