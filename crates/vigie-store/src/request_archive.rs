//! What is left of a request after years: that it was, of which kind, and how long things took.

use vigie_model::id::RequestId;

use crate::error::Attempt;
use crate::row::key;
use crate::{Read as _, StoreError, Transaction};

/// What is emptied. `$1` is the request, `$2` nothing.
const EMPTIED: [&str; 3] = [
    "UPDATE requests SET authority_name = '', reference = '', brought_by = '', nonce_hash = NULL, instrument = $2, diagnostics = $2 \
     WHERE id = $1",
    "UPDATE request_tasks SET asked = $2, accounts = NULL, findings = NULL, explanation = NULL WHERE request = $1",
    "UPDATE request_grants SET envelope = $2 WHERE request = $1",
];

/// What goes whole.
const GOES: [&str; 9] = [
    "UPDATE gags SET issuer = '', accounts = NULL WHERE request = $1",
    "DELETE FROM request_letters WHERE request = $1",
    "DELETE FROM request_conflicts WHERE request = $1",
    "DELETE FROM request_notified WHERE request = $1",
    "DELETE FROM request_documents WHERE request = $1",
    "DELETE FROM request_calls WHERE request = $1",
    "DELETE FROM user_notices WHERE request = $1",
    "DELETE FROM do_not_act WHERE request = $1",
    "DELETE FROM request_targets WHERE request = $1",
];

/// Removes everything of a request that says who asked or of whom.
///
/// # Errors
/// A statement failed.
pub async fn scrub(tx: &mut Transaction, request: RequestId) -> Result<(), StoreError> {
    let emptied = EMPTIED.map(|text| sqlx::query(text).bind(key(request)).bind(Vec::<u8>::new()));
    let goes = GOES.map(|text| sqlx::query(text).bind(key(request)));
    for statement in emptied.into_iter().chain(goes) {
        statement.execute(tx.connection()).await.attempt("remove what is left of a request")?;
    }
    Ok(())
}
