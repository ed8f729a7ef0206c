//! The few differences between SQLite and PostgreSQL, all in one place.

use sqlx::AnyConnection;
use sqlx::{Executor, Row};

use crate::StoreError;
use crate::error::Attempt;

/// The database behind the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Embedded, one writer.
    Sqlite,
    /// A server, many writers.
    Postgres,
}

impl Dialect {
    pub(crate) fn of(url: &str) -> Self {
        if url.starts_with("postgres") { Self::Postgres } else { Self::Sqlite }
    }

    /// How a transaction that writes begins. SQLite must take its lock at once: a later upgrade fails without waiting.
    pub(crate) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// What the portable word BYTES of the migrations stands for.
    pub(crate) fn bytes(self) -> &'static str {
        match self {
            Self::Sqlite => "BLOB",
            Self::Postgres => "BYTEA",
        }
    }

    /// Locks the ledger head until the transaction ends. SQLite holds its one write lock since `BEGIN IMMEDIATE`.
    pub(crate) fn lock_head(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT size FROM ledger_head WHERE id = 1",
            Self::Postgres => "SELECT size FROM ledger_head WHERE id = 1 FOR UPDATE",
        }
    }

    /// Holds a row that was looked at until the transaction ends. What refers to the row is still written meanwhile.
    pub(crate) fn and_hold(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR NO KEY UPDATE",
        }
    }

    /// Locks a retention period until the transaction ends, also against rows that are about to name it.
    pub(crate) fn lock_period(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT closed_at FROM vault_periods WHERE period = $1",
            Self::Postgres => "SELECT closed_at FROM vault_periods WHERE period = $1 FOR UPDATE",
        }
    }

    /// The function that joins texts, and the signal as a hexadecimal text; see `signal_pages`.
    pub(crate) fn pack(self) -> [&'static str; 2] {
        match self {
            Self::Sqlite => ["GROUP_CONCAT", "HEX(signal.value)"],
            Self::Postgres => ["STRING_AGG", "ENCODE(signal.value, 'hex')"],
        }
    }

    /// Lists our tables by name, without those of the migrations.
    pub(crate) fn list_tables(self) -> &'static str {
        match self {
            Self::Sqlite => {
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite#_%' ESCAPE '#' \
                 AND name NOT LIKE '#_sqlx%' ESCAPE '#' ORDER BY name"
            }
            Self::Postgres => {
                "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_name NOT LIKE '#_sqlx%' ESCAPE '#' ORDER BY table_name"
            }
        }
    }

    /// Prepares a fresh connection: what is committed must survive a power loss.
    pub(crate) async fn prepare(self, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite => {
                for pragma in [
                    "PRAGMA journal_mode = WAL",
                    "PRAGMA synchronous = FULL",
                    "PRAGMA foreign_keys = ON",
                    "PRAGMA busy_timeout = 5000",
                    "PRAGMA secure_delete = ON",
                    "PRAGMA journal_size_limit = 67108864",
                    "PRAGMA cache_size = -16384",
                ] {
                    connection.execute(pragma).await?;
                }
                if is_careless() {
                    connection.execute("PRAGMA synchronous = OFF").await?;
                }
            }
            Self::Postgres => {
                connection.execute("SET synchronous_commit = on").await?;
                connection.execute("SET timezone = 'UTC'").await?;
            }
        }
        Ok(())
    }

    /// Asserts that the connection keeps what it commits. Libraries are known to lower this silently.
    pub(crate) async fn assert_durable(self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let (question, wanted) = match self {
            Self::Sqlite => ("SELECT CAST(synchronous AS TEXT) AS setting FROM pragma_synchronous", "2"),
            // Without `fsync` the server says that it is durable and never asks the disk.
            Self::Postgres => (
                "SELECT current_setting('synchronous_commit') || ' with fsync ' || current_setting('fsync') AS setting",
                "on with fsync on",
            ),
        };
        let row = connection.fetch_one(question).await.attempt("ask the database how durable it is")?;
        let setting: String = row.try_get("setting").attempt("read how durable the database is")?;
        if setting == wanted || is_careless() {
            return Ok(());
        }
        Err(StoreError::NotDurable(format!("synchronous is {setting}, it must be {wanted}")))
    }
}

/// Whether a test wants a database that does not wait for the disk, to see that it finds out. Never so in a program that is
/// delivered: the point is not compiled there.
fn is_careless() -> bool {
    fail::fail_point!("store-careless", |_| true);
    false
}
