//! The feed by which every process follows what changes in the banks. It is written by
//! [`Transaction::commit`](crate::Transaction::commit) alone.

use vigie_model::id::BankId;

use crate::error::Attempt;
use crate::row::Columns;
use crate::{BankChange, Read, StoreError};

/// How far the feed has come: the sequence number of the last change, or -1 before the first.
///
/// # Errors
/// The statement failed.
pub async fn head(read: &mut impl Read) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT COALESCE(MAX(seq), -1) AS head FROM bank_changes");
    row.fetch_one(read.connection()).await.attempt("find the head of the changes of banks")?.number("head")
}

/// The leaf of the ledger entry with this sequence number, where there is one. It was made with a salt, so that no two
/// databases have the same, and neither has a database that was set back and went on from there.
///
/// # Errors
/// The statement failed.
pub async fn leaf(read: &mut impl Read, seq: i64) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query("SELECT leaf FROM ledger_entries WHERE seq = $1").bind(seq);
    let row = row.fetch_optional(read.connection()).await.attempt("find the leaf of a change")?;
    row.map(|row| row.bytes("leaf")).transpose()
}

/// How many entries the changes after this sequence number name, each as often as it is named.
///
/// # Errors
/// The statement failed.
pub async fn named_after(read: &mut impl Read, seq: i64) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(last_entry - first_entry + 1), 0) AS BIGINT) AS named FROM bank_changes WHERE seq > $1",
    )
    .bind(seq);
    row.fetch_one(read.connection()).await.attempt("count what changed in the banks")?.number("named")
}

/// Changes after this sequence number, in the order in which they were committed. A transaction is never cut in two.
///
/// # Errors
/// The statement failed.
pub async fn after(read: &mut impl Read, seq: i64, limit: i64) -> Result<Vec<(i64, BankChange)>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, bank, first_entry, last_entry FROM bank_changes WHERE seq > $1 AND seq <= \
         (SELECT MAX(seq) FROM (SELECT seq FROM bank_changes WHERE seq > $1 ORDER BY seq, position LIMIT $2) AS few) \
         ORDER BY seq, position",
    )
    .bind(seq)
    .bind(limit);
    let rows = rows.fetch_all(read.connection()).await.attempt("read the changes of banks")?;
    rows.iter()
        .map(|row| {
            let bank: BankId = row.id("bank")?;
            let first = row.optional_number("first_entry")?;
            let last = row.optional_number("last_entry")?;
            let entries = first.zip(last).map(|(first, last)| first..=last);
            Ok((row.number("seq")?, BankChange { bank, entries }))
        })
        .collect()
}
