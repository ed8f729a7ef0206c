//! Whether the house is set up: a second administrator was named once. It does not begin anew when one of them leaves.

use vigie_model::Moment;

use crate::error::Attempt;
use crate::{Read, StoreError, Transaction};

/// Whether a second administrator was ever named.
///
/// # Errors
/// The statement failed.
pub async fn is_over(read: &mut impl Read) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT id FROM set_up").fetch_optional(read.connection());
    Ok(row.await.attempt("look whether the house is set up")?.is_some())
}

/// Says that a second administrator is named. Saying it again changes nothing.
///
/// # Errors
/// The statement failed.
pub async fn end(tx: &mut Transaction, now: Moment) -> Result<(), StoreError> {
    let insert = sqlx::query("INSERT INTO set_up (id, ended_at) VALUES (1, $1) ON CONFLICT (id) DO NOTHING");
    insert.bind(now.0).execute(tx.connection()).await.attempt("end the set-up")?;
    Ok(())
}
