//! The public log derived from the ledger's entries: its epochs, the hashes above the leaves, and what was signed.
//!
//! What it is: rows. Every tile, bundle and root of any size up to the derived one is read from them at any time, so that
//! no partial tile ever ceases to be served and nothing but entries needs a backup. What it is not: it signs nothing and
//! decides nothing; that is `vigie_app::ledger`.

use sqlx::any::AnyRow;
use vigie_model::Moment;
use vigie_seal::ledger::leaf_hash;
use vigie_seal::merkle::{self, Hash, Node, Span};
use vigie_seal::tile::{self, Kind, Tile, WIDTH};

use crate::error::Attempt;
use crate::row::Columns;
use crate::transaction::one_row;
use crate::{Housekeeping, Read, StoreError};

/// How many hashes are derived in one transaction, at most: others wait to write meanwhile.
const AT_ONCE: usize = 32;

/// A log of its own origin within the one ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Epoch {
    /// Its number, from 1.
    pub number: i64,
    /// Its origin.
    pub origin: String,
    /// The ledger's number of its first entry.
    pub first_seq: i64,
    /// The checkpoint that its first entry quotes; none for the first epoch.
    pub quotes: Option<String>,
    /// When it was opened.
    pub opened_at: Moment,
}

/// A checkpoint that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The size of the log.
    pub size: u64,
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub signed_at: Moment,
    /// Since when it is shown.
    pub published_at: Option<Moment>,
}

/// Opens the first epoch. Where there is one already, nothing changes.
///
/// # Errors
/// The statement failed.
pub async fn open_first(house: &mut Housekeeping, origin: &str, now: Moment) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO log_epochs (number, origin, first_seq, quotes, opened_at) VALUES (1, $1, 0, NULL, $2) \
         ON CONFLICT (number) DO NOTHING",
    )
    .bind(origin)
    .bind(now.0)
    .execute(house.connection())
    .await
    .attempt("open the log")?;
    Ok(())
}

/// Every epoch, the newest first.
///
/// # Errors
/// The statement failed.
pub async fn epochs(read: &mut impl Read) -> Result<Vec<Epoch>, StoreError> {
    let rows = sqlx::query("SELECT * FROM log_epochs ORDER BY number DESC");
    let rows = rows.fetch_all(read.connection()).await.attempt("list the epochs of the log")?;
    let epoch = |row: &AnyRow| {
        Ok(Epoch {
            number: row.number("number")?,
            origin: row.text("origin")?,
            first_seq: row.number("first_seq")?,
            quotes: row.optional_text("quotes")?,
            opened_at: row.moment("opened_at")?,
        })
    };
    rows.iter().map(epoch).collect()
}

/// How many entries the log has, signed or not.
///
/// # Errors
/// The statement failed.
pub async fn size(read: &mut impl Read, epoch: &Epoch) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT size FROM ledger_head WHERE id = 1").fetch_one(read.connection());
    let size = row.await.attempt("ask how long the ledger is")?.number("size")?;
    Ok(u64::try_from(size - epoch.first_seq).unwrap_or(0))
}

/// Entries, the first of them by its number in the log, as many as there are of so many.
///
/// # Errors
/// The statement failed.
pub async fn entries(
    read: &mut impl Read,
    epoch: &Epoch,
    first: u64,
    count: u64,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = of_entries(read, epoch, first, count).await?;
    rows.iter().map(|row| row.bytes("entry")).collect()
}

async fn of_entries(
    read: &mut impl Read,
    epoch: &Epoch,
    first: u64,
    count: u64,
) -> Result<Vec<AnyRow>, StoreError> {
    let first = epoch.first_seq.saturating_add_unsigned(first);
    sqlx::query("SELECT entry, leaf FROM ledger_entries WHERE seq >= $1 AND seq < $2 ORDER BY seq")
        .bind(first)
        .bind(first.saturating_add_unsigned(count))
        .fetch_all(read.connection())
        .await
        .attempt("read entries of the log")
}

/// Hashes of a level of tiles: exactly so many, from this one on.
///
/// # Errors
/// They are not all there, or the statement failed.
pub async fn hashes(
    read: &mut impl Read,
    epoch: &Epoch,
    level: u32,
    first: u64,
    count: u64,
) -> Result<Vec<Hash>, StoreError> {
    let found: Vec<Hash> = match level {
        0 => {
            let rows = of_entries(read, epoch, first, count).await?;
            rows.iter().map(|row| hash(row, "leaf")).collect::<Result<_, _>>()?
        }
        _ => {
            let rows = sqlx::query(
                "SELECT hash FROM log_nodes WHERE epoch = $1 AND level = $2 AND number >= $3 AND number < $4 ORDER BY number",
            )
            .bind(epoch.number)
            .bind(i64::from(level))
            .bind(i64::try_from(first).unwrap_or(i64::MAX))
            .bind(i64::try_from(first.saturating_add(count)).unwrap_or(i64::MAX));
            let rows = rows.fetch_all(read.connection()).await.attempt("read hashes of the log")?;
            rows.iter().map(|row| hash(row, "hash")).collect::<Result<_, _>>()?
        }
    };
    if found.len() as u64 == count {
        Ok(found)
    } else {
        Err(StoreError::LogIncomplete { level, first, count })
    }
}

fn hash(row: &AnyRow, column: &str) -> Result<Hash, StoreError> {
    let bytes = row.bytes(column)?;
    bytes.try_into().map_err(|_| crate::row::wrong(column, "it is not 32 bytes long"))
}

/// The bytes of a tile or a bundle, all of whose hashes or entries must be there.
///
/// # Errors
/// They are not all there, or the statement failed.
pub async fn file(read: &mut impl Read, epoch: &Epoch, tile: Tile) -> Result<Vec<u8>, StoreError> {
    let (first, count) = (tile.first(), u64::from(tile.width));
    let Kind::Hashes(level) = tile.kind else {
        let entries = entries(read, epoch, first, count).await?;
        if entries.len() as u64 != count {
            return Err(StoreError::LogIncomplete { level: 0, first, count });
        }
        let mut bundle = Vec::new();
        for entry in entries {
            tile::put_entry(&mut bundle, &entry).map_err(|source| StoreError::Seal {
                attempt: "put an entry into a bundle",
                source: source.into(),
            })?;
        }
        return Ok(bundle);
    };
    Ok(tile::tile_bytes(&hashes(read, epoch, u32::from(level), first, count).await?))
}

/// Derives hashes above the leaves for a log of this size, some of them in this transaction. Whether all are there now.
/// Each entry is hashed again on the way: what does not fit its leaf is never signed.
///
/// # Errors
/// An entry does not fit its leaf, or a statement failed.
pub async fn derive(house: &mut Housekeeping, epoch: &Epoch, size: u64) -> Result<bool, StoreError> {
    let mut room = AT_ONCE;
    for level in 1.. {
        let wanted = tile::count_at(level, size);
        if wanted == 0 {
            return Ok(true);
        }
        for number in derived(house, epoch, level).await?..wanted {
            if room == 0 {
                return Ok(false);
            }
            room -= 1;
            if level == 1 {
                check_entries(house, epoch, number * WIDTH).await?;
            }
            let below = hashes(house, epoch, level - 1, number * WIDTH, WIDTH).await?;
            insert_hash(house, epoch, level, number, merkle::root_of(&below)).await?;
        }
    }
    Ok(true)
}

async fn derived(house: &mut Housekeeping, epoch: &Epoch, level: u32) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT MAX(number) AS newest FROM log_nodes WHERE epoch = $1 AND level = $2")
        .bind(epoch.number)
        .bind(i64::from(level))
        .fetch_one(house.connection())
        .await
        .attempt("ask which hashes of the log are derived")?;
    Ok(row.optional_number("newest")?.map_or(0, |newest| u64::try_from(newest).unwrap_or(0) + 1))
}

/// Forgets every hash that was derived: they are derived again from the entries.
///
/// # Errors
/// The statement failed.
pub async fn forget_derived(house: &mut Housekeeping, epoch: &Epoch) -> Result<(), StoreError> {
    let done = sqlx::query("DELETE FROM log_nodes WHERE epoch = $1").bind(epoch.number);
    done.execute(house.connection()).await.attempt("forget derived hashes of the log")?;
    Ok(())
}

async fn check_entries(house: &mut Housekeeping, epoch: &Epoch, first: u64) -> Result<(), StoreError> {
    for (row, number) in of_entries(house, epoch, first, WIDTH).await?.iter().zip(first..) {
        if leaf_hash(&row.bytes("entry")?) != hash(row, "leaf")? {
            return Err(StoreError::LogAltered(number));
        }
    }
    Ok(())
}

async fn insert_hash(
    house: &mut Housekeeping,
    epoch: &Epoch,
    level: u32,
    number: u64,
    hash: Hash,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO log_nodes (epoch, level, number, hash) VALUES ($1, $2, $3, $4) ON CONFLICT (epoch, level, number) DO NOTHING")
        .bind(epoch.number)
        .bind(i64::from(level))
        .bind(i64::try_from(number).unwrap_or(i64::MAX))
        .bind(hash.to_vec())
        .execute(house.connection())
        .await
        .attempt("keep a hash of the log")?;
    Ok(())
}

/// The root of the first so many entries. The hashes above them have been derived.
///
/// # Errors
/// Hashes are missing, or a statement failed.
pub async fn root(read: &mut impl Read, epoch: &Epoch, size: u64) -> Result<Hash, StoreError> {
    let mut levels = Vec::new();
    for level in (0..).take_while(|level| tile::count_at(*level, size) > 0) {
        let count = tile::count_at(level, size);
        levels.push(hashes(read, epoch, level, count - count % WIDTH, count % WIDTH).await?);
    }
    Ok(tile::root_of_levels(&levels))
}

/// The hashes of spans of leaves, as proofs are made of.
///
/// # Errors
/// Hashes are missing, or a statement failed.
pub async fn spans(read: &mut impl Read, epoch: &Epoch, spans: &[Span]) -> Result<Vec<Hash>, StoreError> {
    let mut found = Vec::new();
    for span in spans {
        let mut nodes = Vec::new();
        for node in span.nodes() {
            nodes.push(node_hash(read, epoch, node).await?);
        }
        found.push(merkle::fold(&nodes));
    }
    Ok(found)
}

async fn node_hash(read: &mut impl Read, epoch: &Epoch, node: Node) -> Result<Hash, StoreError> {
    let (level, within) = (node.height / tile::HEIGHT, node.height % tile::HEIGHT);
    let below = hashes(read, epoch, level, node.index << within, 1 << within).await?;
    Ok(merkle::root_of(&below))
}

/// Waits for its turn to sign, and holds it until this transaction ends.
///
/// # Errors
/// The statement failed.
pub async fn take_turn(house: &mut Housekeeping) -> Result<(), StoreError> {
    let done =
        sqlx::query("UPDATE log_signer SET signed = signed + 1 WHERE id = 1").execute(house.connection());
    one_row(
        "take its turn to sign the log",
        done.await.attempt("take its turn to sign the log")?.rows_affected(),
    )
}

/// The checkpoint that was signed last.
///
/// # Errors
/// The statement failed.
pub async fn last_signed(read: &mut impl Read, epoch: &Epoch) -> Result<Option<Signed>, StoreError> {
    one(read, "SELECT * FROM log_checkpoints WHERE epoch = $1 ORDER BY size DESC LIMIT 1", epoch).await
}

/// The checkpoint that is shown.
///
/// # Errors
/// The statement failed.
pub async fn published(read: &mut impl Read, epoch: &Epoch) -> Result<Option<Signed>, StoreError> {
    let newest = "SELECT * FROM log_checkpoints WHERE epoch = $1 AND published_at IS NOT NULL ORDER BY size DESC LIMIT 1";
    one(read, newest, epoch).await
}

async fn one(
    read: &mut impl Read,
    statement: &'static str,
    epoch: &Epoch,
) -> Result<Option<Signed>, StoreError> {
    let row = sqlx::query(statement).bind(epoch.number).fetch_optional(read.connection());
    let Some(row) = row.await.attempt("find a checkpoint")? else { return Ok(None) };
    Ok(Some(Signed {
        size: u64::try_from(row.number("size")?).unwrap_or(0),
        note: row.text("note")?,
        signed_at: row.moment("signed_at")?,
        published_at: row.optional_moment("published_at")?,
    }))
}

/// Keeps a checkpoint that was signed, before anybody sees it.
///
/// # Errors
/// One of this size is there already, or the statement failed.
pub async fn keep(house: &mut Housekeeping, epoch: &Epoch, signed: &Signed) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO log_checkpoints (epoch, size, note, signed_at, published_at) VALUES ($1, $2, $3, $4, NULL)")
        .bind(epoch.number)
        .bind(i64::try_from(signed.size).unwrap_or(i64::MAX))
        .bind(&signed.note)
        .bind(signed.signed_at.0)
        .execute(house.connection())
        .await
        .attempt("keep a checkpoint")?;
    Ok(())
}

/// Shows a checkpoint, with the cosignatures it has by now, and forgets those that were signed before `forget`.
///
/// # Errors
/// It was never kept, or a statement failed.
pub async fn publish(
    house: &mut Housekeeping,
    epoch: &Epoch,
    shown: &Signed,
    forget: Moment,
) -> Result<(), StoreError> {
    let size = i64::try_from(shown.size).unwrap_or(i64::MAX);
    let done =
        sqlx::query("UPDATE log_checkpoints SET note = $3, published_at = $4 WHERE epoch = $1 AND size = $2")
            .bind(epoch.number)
            .bind(size)
            .bind(&shown.note)
            .bind(shown.published_at.map(|at| at.0))
            .execute(house.connection())
            .await
            .attempt("publish a checkpoint")?;
    one_row("publishing a checkpoint", done.rows_affected())?;
    sqlx::query("DELETE FROM log_checkpoints WHERE epoch = $1 AND size < $2 AND signed_at < $3")
        .bind(epoch.number)
        .bind(size)
        .bind(forget.0)
        .execute(house.connection())
        .await
        .attempt("forget old checkpoints")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use vigie_model::Caller;
    use vigie_seal::ledger::Details;

    use super::*;
    use crate::{Store, StoreSettings};

    async fn with_entries(data: &std::path::Path, count: usize) -> (Store, Epoch) {
        let store = Store::open(&StoreSettings { database: None, data: data.to_owned() }).await.unwrap();
        let mut house = store.housekeeping().await.unwrap();
        open_first(&mut house, "example.org/log", Moment(1)).await.unwrap();
        house.commit().await.unwrap();
        for _ in 0..count {
            let details = Details::new(&Caller::operator(), "settings.changed", "settings", Moment(5));
            store.begin().await.unwrap().commit(&details).await.unwrap();
        }
        let epoch = epochs(&mut store.read().await.unwrap()).await.unwrap().remove(0);
        (store, epoch)
    }

    #[tokio::test]
    async fn an_altered_entry_is_never_derived_from_and_missing_hashes_are_made_again() {
        let data = tempfile::tempdir().unwrap();
        let (store, epoch) = with_entries(data.path(), 300).await;
        let mut house = store.housekeeping().await.unwrap();
        assert!(derive(&mut house, &epoch, 300).await.unwrap());
        let before = root(&mut house, &epoch, 300).await.unwrap();
        forget_derived(&mut house, &epoch).await.unwrap();
        assert!(matches!(
            root(&mut house, &epoch, 300).await,
            Err(StoreError::LogIncomplete { level: 1, .. })
        ));
        assert!(derive(&mut house, &epoch, 300).await.unwrap());
        assert_eq!(root(&mut house, &epoch, 300).await.unwrap(), before);

        forget_derived(&mut house, &epoch).await.unwrap();
        let altered = sqlx::query("UPDATE ledger_entries SET entry = $1 WHERE seq = 77").bind(vec![b'{']);
        altered.execute(house.connection()).await.unwrap();
        assert!(matches!(derive(&mut house, &epoch, 300).await, Err(StoreError::LogAltered(77))));
    }
}
