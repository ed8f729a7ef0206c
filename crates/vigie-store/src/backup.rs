//! A picture of the database at one moment, and looking into one that lies somewhere else.
//!
//! SQLite writes it itself (`VACUUM INTO`), beside whoever works on it. Of PostgreSQL a snapshot is held open here while its
//! own program copies by it. What it is not: the files of the vault and the keys; the command that makes a backup takes those.

use std::path::Path;

use sqlx::{Any, AnyConnection, Connection as _};
use vigie_seal::ledger::leaf_hash;
use vigie_seal::merkle::{self, Hash};

use crate::error::Attempt;
use crate::retention::Placed;
use crate::row::{Columns, wrong};
use crate::{Read, Store, StoreError, blobs};

/// How many entries of the ledger are read at a time.
const AT_ONCE: i64 = 4_096;

/// What a picture of the database holds, as far as a backup has to fit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictured {
    /// How many entries the ledger has.
    pub entries: u64,
    /// The root over all of them.
    pub root: Hash,
    /// The objects that must lie in the vault.
    pub objects: Vec<Placed>,
}

/// A snapshot of PostgreSQL that stays as it is while others write.
#[derive(Debug)]
pub struct Frozen {
    inner: sqlx::Transaction<'static, Any>,
    /// By which name another connection sees the same.
    pub name: String,
}

impl Read for Frozen {
    fn connection(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

/// A copy of an SQLite database that is only looked at.
#[derive(Debug)]
pub struct DatabaseCopy(AnyConnection);

impl Read for DatabaseCopy {
    fn connection(&mut self) -> &mut AnyConnection {
        &mut self.0
    }
}

impl Store {
    /// Writes the SQLite database, as it is at this moment, to a file that is not there yet. Others go on writing.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub async fn picture_into(&self, file: &Path) -> Result<(), StoreError> {
        let mut reader = self.read().await?;
        let done = sqlx::query("VACUUM INTO $1").bind(file.display().to_string());
        done.execute(reader.connection()).await.attempt("write a picture of the database")?;
        Ok(())
    }

    /// Holds a snapshot of the PostgreSQL database open.
    ///
    /// # Errors
    /// The server gives none.
    pub async fn freeze(&self) -> Result<Frozen, StoreError> {
        let mut inner = self.begin_frozen().await?;
        let row = sqlx::query("SELECT pg_export_snapshot() AS name").fetch_one(&mut *inner);
        let name = row.await.attempt("hold a snapshot of the database")?.text("name")?;
        Ok(Frozen { inner, name })
    }
}

/// Opens a copy of an SQLite database. Not a byte of it is changed, and nothing is made beside it.
///
/// # Errors
/// It is no database.
pub async fn open_copy(file: &Path) -> Result<DatabaseCopy, StoreError> {
    sqlx::any::install_default_drivers();
    let address = format!("sqlite://{}?mode=ro&immutable=1", file.display());
    AnyConnection::connect(&address).await.map(DatabaseCopy).map_err(StoreError::Open)
}

impl DatabaseCopy {
    /// What SQLite itself has to say against the file; nothing when it is sound.
    ///
    /// # Errors
    /// It cannot even be looked at.
    pub async fn damage(&mut self) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("PRAGMA integrity_check(1)");
        let said = row.fetch_one(&mut self.0).await.attempt("check the database")?.text("integrity_check")?;
        Ok((said != "ok").then_some(said))
    }

    /// Closes it.
    ///
    /// # Errors
    /// It could not be closed in good order.
    pub async fn close(self) -> Result<(), StoreError> {
        self.0.close().await.attempt("close the copy of the database")
    }
}

/// Reads what a backup has to fit, and holds the ledger to itself on the way: numbers follow one another, each entry fits its
/// leaf, the head stands behind the last.
///
/// # Errors
/// The ledger does not hold together, or a statement failed.
pub async fn look(read: &mut impl Read) -> Result<Pictured, StoreError> {
    let mut leaves = Vec::<Hash>::new();
    loop {
        let next = i64::try_from(leaves.len()).unwrap_or(i64::MAX);
        let rows =
            sqlx::query("SELECT seq, entry, leaf FROM ledger_entries WHERE seq >= $1 ORDER BY seq LIMIT $2");
        let rows =
            rows.bind(next).bind(AT_ONCE).fetch_all(read.connection()).await.attempt("read the ledger")?;
        for row in &rows {
            let number = leaves.len() as u64;
            let leaf = leaf_hash(&row.bytes("entry")?);
            if u64::try_from(row.number("seq")?) != Ok(number) || row.bytes("leaf")? != leaf {
                return Err(StoreError::LogAltered(number));
            }
            leaves.push(leaf);
        }
        if rows.is_empty() {
            break;
        }
    }
    let head = sqlx::query("SELECT size FROM ledger_head WHERE id = 1").fetch_one(read.connection());
    let head = head.await.attempt("ask how long the ledger is")?.number("size")?;
    if u64::try_from(head) != Ok(leaves.len() as u64) {
        return Err(wrong(
            "ledger_head.size",
            format!("it says {head}, and there are {} entries", leaves.len()),
        ));
    }
    let objects = blobs::living(read).await?;
    Ok(Pictured { entries: leaves.len() as u64, root: merkle::root_of(&leaves), objects })
}
