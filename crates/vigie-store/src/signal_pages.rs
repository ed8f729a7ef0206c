//! The signals of a whole bank, thousands in one row of an answer: how a million of them are read at start.
//!
//! A row of its own for each signal costs the driver many times what it costs the database. So the database joins a page
//! of them into one text, which is taken apart here: `entry kind disabled-until signal`, the signal in hexadecimal, with
//! semicolons between.

use sqlx::AssertSqlSafe;
use vigie_model::Moment;
use vigie_model::bank::EntryState;
use vigie_model::id::BankId;

use crate::bank_entries::{SignalRow, StoredSignal};
use crate::error::Attempt;
use crate::row::{Columns, key, wrong};
use crate::{Read, Store, StoreError};

/// Entries in one page.
const ENTRIES: i64 = 4096;

/// The signals of one hash (see [`bank_entries::active_videos`](crate::bank_entries::active_videos) for the others) of a
/// bank's active entries with numbers over `after`, a page of them, and the number of its last entry.
/// None at the end.
///
/// # Errors
/// The statement failed.
pub async fn active(
    store: &Store,
    read: &mut impl Read,
    bank: BankId,
    after: i64,
) -> Result<Option<(Vec<SignalRow>, i64)>, StoreError> {
    let [join, hexadecimal] = store.dialect().pack();
    // CROSS JOIN keeps SQLite from looking for the page in the signals.
    let sql = format!(
        "WITH page AS (SELECT id, disabled_until FROM bank_entries WHERE bank = $1 AND state = 'active' AND id > $2 \
         ORDER BY id LIMIT $3) SELECT (SELECT MAX(id) FROM page) AS last, COALESCE({join}(CAST(page.id AS TEXT) || ' ' || \
         CAST(signal.kind AS TEXT) || ' ' || COALESCE(CAST(page.disabled_until AS TEXT), '') || ' ' || {hexadecimal}, \
         ';'), '') AS packed FROM page CROSS JOIN entry_signals signal WHERE signal.entry = page.id \
         AND signal.kind < 5"
    );
    // Safe: only the words of the dialect are formatted in.
    let row = sqlx::query(AssertSqlSafe(sql)).bind(key(bank)).bind(after).bind(ENTRIES);
    let row = row.fetch_one(read.connection()).await.attempt("read the signals of a bank")?;
    let Some(last) = row.optional_number("last")? else { return Ok(None) };
    let packed = row.text("packed")?;
    let signals = packed
        .split_terminator(';')
        .map(|text| unpacked(text).ok_or_else(|| wrong("packed", "a signal is not as it was packed")));
    Ok(Some((signals.collect::<Result<_, _>>()?, last)))
}

fn unpacked(text: &str) -> Option<SignalRow> {
    let mut words = text.split(' ');
    let (entry, kind, until, value) = (words.next()?, words.next()?, words.next()?, words.next()?);
    Some(SignalRow {
        entry: entry.parse().ok()?,
        signal: StoredSignal { kind: kind.parse().ok()?, value: hex::decode(value).ok()? },
        disabled_until: match until {
            "" => None,
            until => Some(Moment(until.parse().ok()?)),
        },
        state: EntryState::Active,
    })
}
