//! Opening the database, and the three ways in: read, change, keep house.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Connection as _};
use tokio::sync::Notify;

use crate::dialect::Dialect;
use crate::error::Attempt;
use crate::index_file::IndexFile;
use crate::keyring::{SealingKey, signing_seed};
use crate::request_keys::RequestKeys;
use crate::row::Columns;
use crate::segments::Segments;
use crate::transaction::{Housekeeping, Reader, Transaction};
use crate::vault::{self, Vault};
use crate::{StoreError, migrations};

/// How many connections may read at once.
const READERS: u32 = 6;

/// How long to wait for a connection before it is an error.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where things are kept.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// `sqlite://…` or `postgres://…`; none stands for SQLite in the data folder.
    pub database: Option<String>,
    /// The data folder: database, vault and keyring.
    pub data: PathBuf,
}

impl StoreSettings {
    fn address(&self) -> String {
        self.database
            .clone()
            .unwrap_or_else(|| format!("sqlite://{}?mode=rwc", self.data.join("vigie.db").display()))
    }
}

/// The open store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writers: AnyPool,
    readers: AnyPool,
    dialect: Dialect,
    vault: Vault,
    index_file: IndexFile,
    segments: Segments,
    request_keys: RequestKeys,
    credentials_key: SealingKey,
    log_seed: [u8; 32],
    work: Arc<Notify>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("dialect", &self.dialect).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database, brings its schema up to date, and opens the vault beside it.
    ///
    /// # Errors
    /// The folder, the database or its schema cannot be used.
    pub async fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        Self::open_at(settings, None).await
    }

    /// Opens the database with its schema brought up only to this version: for tests of the migrations.
    ///
    /// # Errors
    /// The folder, the database or its schema cannot be used.
    pub async fn open_at(settings: &StoreSettings, version: Option<i64>) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let vault = Vault::open(&settings.data)?;
        let segments = Segments::open(&settings.data)?;
        let request_keys = RequestKeys::open(&settings.data)?;
        let credentials_key = SealingKey::open(&settings.data.join(vault::KEYRING), "credentials")?;
        let log_seed = signing_seed(&settings.data.join(vault::KEYRING), "ledger")?;
        let address = settings.address();
        let dialect = Dialect::of(&address);
        let (write_connections, read_connections) = match dialect {
            Dialect::Sqlite => (1, READERS),
            Dialect::Postgres => (READERS, READERS),
        };
        let writers = pool(&address, dialect, write_connections).await?;
        let mut connection = writers.acquire().await.attempt("acquire a connection")?;
        dialect.assert_durable(&mut connection).await?;
        migrations::run(&mut connection, dialect, version).await?;
        drop(connection);
        let readers = pool(&address, dialect, read_connections).await?;
        Ok(Self {
            writers,
            readers,
            dialect,
            vault,
            index_file: IndexFile::in_folder(&settings.data),
            segments,
            request_keys,
            credentials_key,
            log_seed,
            work: Arc::default(),
        })
    }

    /// A connection that only looks.
    ///
    /// # Errors
    /// No connection came free in time.
    pub async fn read(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(self.readers.acquire().await.attempt("acquire a connection to read")?))
    }

    /// A transaction. Its only end is [`Transaction::commit`]; dropped, it changes nothing.
    ///
    /// # Errors
    /// No connection came free in time.
    pub async fn begin(&self) -> Result<Transaction, StoreError> {
        let inner = self.writers.begin_with(self.dialect.begin()).await.attempt("begin a transaction")?;
        Ok(Transaction::new(inner, self.dialect, self.work.clone()))
    }

    /// A transaction for what leaves no ledger entry: leases, heartbeats, sessions, counts, history without a match.
    ///
    /// # Errors
    /// No connection came free in time.
    pub async fn housekeeping(&self) -> Result<Housekeeping, StoreError> {
        let inner = self.writers.begin_with(self.dialect.begin()).await.attempt("begin a transaction")?;
        Ok(Housekeeping::new(inner))
    }

    /// Waits until something commits in this process that brought an action or a job. What other processes commit is
    /// not told here: look for it at intervals too.
    pub async fn work_arrived(&self) {
        self.work.notified().await;
    }

    /// A transaction that sees one moment of PostgreSQL however long it lasts.
    pub(crate) async fn begin_frozen(&self) -> Result<sqlx::Transaction<'static, sqlx::Any>, StoreError> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        self.readers.begin_with(begin).await.attempt("begin a snapshot")
    }

    /// Leaves nothing of what was erased in the database's log of writes: what was overwritten in the tables stands there
    /// until it is emptied. False while somebody reads from it; on PostgreSQL there is nothing to do.
    ///
    /// # Errors
    /// The statement failed.
    pub async fn empty_write_log(&self) -> Result<bool, StoreError> {
        if self.dialect == Dialect::Postgres {
            return Ok(true);
        }
        let mut connection = self.writers.acquire().await.attempt("acquire a connection")?;
        let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection);
        Ok(row.await.attempt("empty the log of writes")?.number("busy")? == 0)
    }

    /// The vault of sealed evidence.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Where the index is kept from one start to the next.
    #[must_use]
    pub fn index_file(&self) -> &IndexFile {
        &self.index_file
    }

    /// The key under which credentials for the outside are sealed.
    #[must_use]
    pub fn credentials_key(&self) -> &SealingKey {
        &self.credentials_key
    }

    /// The secret of the key that signs the ledger's checkpoints. It lies in the keyring, never in the database.
    #[must_use]
    pub fn log_seed(&self) -> &[u8; 32] {
        &self.log_seed
    }

    /// The keys of requests, which lie beside the database.
    #[must_use]
    pub fn request_keys(&self) -> &RequestKeys {
        &self.request_keys
    }

    /// What segments of history keep beside the database.
    #[must_use]
    pub fn segments(&self) -> &Segments {
        &self.segments
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Which database this is.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.dialect == Dialect::Postgres
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }
}

async fn pool(address: &str, dialect: Dialect, connections: u32) -> Result<AnyPool, StoreError> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .after_connect(move |connection, _| Box::pin(dialect.prepare(connection)))
        .before_acquire(move |connection, _| Box::pin(still_durable(connection, dialect)))
        .connect(address)
        .await
        .map_err(StoreError::Open)
}

/// A connection whose durability was lowered is thrown away, and a fresh one takes its place. So is one that takes itself to be
/// in a transaction: where a commit failed on a full disk, SQLite has rolled back by itself, the rollback that follows fails too,
/// and no transaction could ever begin on it again.
async fn still_durable(connection: &mut AnyConnection, dialect: Dialect) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        tracing::error!("a database connection was closed that had not ended a transaction");
        return Ok(false);
    }
    if let Err(error) = dialect.assert_durable(connection).await {
        tracing::error!(%error, "a database connection was closed");
        return Ok(false);
    }
    Ok(true)
}
