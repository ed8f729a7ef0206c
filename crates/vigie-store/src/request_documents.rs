//! The documents of a request, each as it came: the request itself, what corrects it, what follows it.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_model::disclosure::DocumentState;
use vigie_model::id::{BlobId, RequestId};

use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Read, StoreError, Transaction};

/// The document of a request that it is itself.
pub const REQUEST: &str = "request";
/// One that corrects it.
pub const CORRECTION: &str = "correction";

/// A document of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// The request.
    pub request: RequestId,
    /// Its number within the request, from 1.
    pub number: i64,
    /// [`REQUEST`], [`CORRECTION`], or what it says that follows.
    pub kind: String,
    /// Where it stands.
    pub state: DocumentState,
    /// The document as it came, sealed in the vault.
    pub blob: BlobId,
    /// SHA-256 of it.
    pub sha256: [u8; 32],
    /// Of what was drawn for it alone.
    pub nonce_hash: Option<[u8; 32]>,
    /// What a correction says, and wherein it differs, sealed.
    pub said: Option<Vec<u8>>,
    /// Who brought it, as the ledger names them.
    pub brought_by: String,
    /// When it came.
    pub received_at: Moment,
    /// Who decided about it, when, and why (sealed).
    pub decided: Option<Decided>,
}

/// That somebody decided about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Who, as the ledger names them.
    pub by: String,
    /// When.
    pub at: Moment,
    /// Why, sealed.
    pub reason: Vec<u8>,
}

/// Writes a document that came, with the next number of its request.
///
/// # Errors
/// The statement failed.
pub async fn insert(tx: &mut Transaction, document: &DocumentRow) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO request_documents (request, number, kind, state, blob, sha256, nonce_hash, said, brought_by, received_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(key(document.request))
    .bind(document.number)
    .bind(&document.kind)
    .bind(document.state.name())
    .bind(key(document.blob))
    .bind(document.sha256.to_vec())
    .bind(document.nonce_hash.map(|hash| hash.to_vec()))
    .bind(document.said.as_deref())
    .bind(&document.brought_by)
    .bind(document.received_at.0)
    .execute(tx.connection())
    .await
    .attempt("write a document of a request")?;
    Ok(())
}

/// The documents of a request, the oldest first.
///
/// # Errors
/// The statement failed.
pub async fn of_request(read: &mut impl Read, request: RequestId) -> Result<Vec<DocumentRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM request_documents WHERE request = $1 ORDER BY number");
    let rows = rows.bind(key(request)).fetch_all(read.connection()).await;
    rows.attempt("list the documents of a request")?.iter().map(document).collect()
}

/// The request about which a document came for which this was drawn.
///
/// # Errors
/// The statement failed.
pub async fn find_by_nonce(
    read: &mut impl Read,
    nonce_hash: [u8; 32],
) -> Result<Option<RequestId>, StoreError> {
    let row = sqlx::query("SELECT request FROM request_documents WHERE nonce_hash = $1");
    let row = row.bind(nonce_hash.to_vec()).fetch_optional(read.connection()).await;
    row.attempt("find a document by its nonce")?.map(|row| row.id("request")).transpose()
}

/// Moves a document on, where it still stands where the caller thinks. Tells whether it did.
///
/// # Errors
/// The statement failed.
pub async fn advance(
    tx: &mut Transaction,
    (request, number): (RequestId, i64),
    (from, to): (DocumentState, DocumentState),
    decided: Option<&Decided>,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE request_documents SET state = $4, decided_by = COALESCE($5, decided_by), \
         decided_at = COALESCE($6, decided_at), reason = COALESCE($7, reason) \
         WHERE request = $1 AND number = $2 AND state = $3",
    )
    .bind(key(request))
    .bind(number)
    .bind(from.name())
    .bind(to.name())
    .bind(decided.map(|decided| decided.by.as_str()))
    .bind(decided.map(|decided| decided.at.0))
    .bind(decided.map(|decided| decided.reason.as_slice()))
    .execute(tx.connection())
    .await
    .attempt("move a document of a request on")?;
    Ok(done.rows_affected() == 1)
}

fn document(row: &AnyRow) -> Result<DocumentRow, StoreError> {
    let hash = |column: &str, bytes: Vec<u8>| bytes.try_into().map_err(|_| wrong(column, "not 32 bytes"));
    let decided = match (row.optional_text("decided_by")?, row.optional_moment("decided_at")?) {
        (Some(by), Some(at)) => {
            Some(Decided { by, at, reason: row.optional_bytes("reason")?.unwrap_or_default() })
        }
        _ => None,
    };
    Ok(DocumentRow {
        request: row.id("request")?,
        number: row.number("number")?,
        kind: row.text("kind")?,
        state: row.parsed("state")?,
        blob: row.id("blob")?,
        sha256: hash("sha256", row.bytes("sha256")?)?,
        nonce_hash: row.optional_bytes("nonce_hash")?.map(|bytes| hash("nonce_hash", bytes)).transpose()?,
        said: row.optional_bytes("said")?,
        brought_by: row.text("brought_by")?,
        received_at: row.moment("received_at")?,
        decided,
    })
}
