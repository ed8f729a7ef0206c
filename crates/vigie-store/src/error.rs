//! What can go wrong in the store: what was attempted, and the cause as source.

use vigie_model::Period;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database could not be opened.
    #[error("cannot open the database")]
    Open(#[source] sqlx::Error),
    /// The database is not set up as durability demands.
    #[error("the database connection does not keep what it commits: {0}")]
    NotDurable(String),
    /// The schema could not be brought up to date.
    #[error("cannot bring the database schema up to date")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("cannot {attempt}")]
    Statement {
        /// What was attempted, as a verb phrase.
        attempt: &'static str,
        /// Why it failed.
        #[source]
        source: sqlx::Error,
    },
    /// A row holds what the program cannot read.
    #[error("column {column} does not hold what it should")]
    Column {
        /// The column.
        column: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A statement changed another number of rows than it must.
    #[error("{attempt} changed {changed} rows")]
    WrongCount {
        /// What was attempted.
        attempt: &'static str,
        /// How many rows changed.
        changed: u64,
    },
    /// A value could not be written as JSON.
    #[error("cannot write a value as JSON")]
    Json(#[from] serde_json::Error),
    /// The operating system gave no randomness.
    #[error("the operating system gave no randomness")]
    Randomness(#[from] getrandom::Error),
    /// Hashes or entries of the log are not there.
    #[error("the log has not all of the {count} hashes of level {level} from {first} on")]
    LogIncomplete {
        /// The level of tiles.
        level: u32,
        /// The first of them.
        first: u64,
        /// How many were looked for.
        count: u64,
    },
    /// An entry of the log does not fit its leaf.
    #[error("entry {0} of the log was altered: it does not fit its leaf")]
    LogAltered(u64),
    /// The key of a retention period is not there: it was shredded, or never restored.
    #[error("the key of the retention period {0} is not there")]
    NoKey(Period),
    /// Nothing is sealed to this retention period any more.
    #[error("the retention period {0} is closed")]
    PeriodClosed(Period),
    /// The vault folder failed.
    #[error("cannot {attempt} in the vault")]
    Vault {
        /// What was attempted, as a verb phrase.
        attempt: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A sealed object does not open.
    #[error("cannot {attempt}")]
    Seal {
        /// What was attempted, as a verb phrase.
        attempt: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// Whether a row with the same unique key exists already.
    #[must_use]
    pub fn is_duplicate(&self) -> bool {
        let Self::Statement { source: sqlx::Error::Database(database), .. } = self else { return false };
        database.is_unique_violation()
    }

    /// Whether nothing more can be kept: the disk is full, or may not be written to any more.
    #[must_use]
    pub fn is_storage_full(&self) -> bool {
        match self {
            Self::Vault { source, .. } => no_room(source),
            Self::Statement { source, .. } | Self::Open(source) => match source {
                sqlx::Error::Database(database) => database.code().is_some_and(|code| no_room_by_code(&code)),
                sqlx::Error::Io(source) => no_room(source),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a text holds what PostgreSQL can keep in no text: the character of number zero.
    #[must_use]
    pub fn is_unkeepable_text(&self) -> bool {
        let Self::Statement { source: sqlx::Error::Database(database), .. } = self else { return false };
        database.code().is_some_and(|code| code == "22021" || code == "22P05")
    }
}

/// What the operating system says when there is no room, or none for this process, or none to be written to.
fn no_room(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge | ReadOnlyFilesystem)
}

/// What the databases say then. PostgreSQL has classes for it; SQLite has `FULL`, and `IOERR` and `READONLY` with what
/// happened in the higher bits: of those to a write, a sync, a cut or a new file.
fn no_room_by_code(code: &str) -> bool {
    const OF_POSTGRES: [&str; 3] = ["53100", "25006", "58030"];
    const OF_SQLITE: [&str; 5] = ["13", "778", "1034", "1546", "4874"];
    let read_only = code.len() < 5 && code.parse().is_ok_and(|number: u32| number & 0xFF == 8);
    OF_POSTGRES.contains(&code) || OF_SQLITE.contains(&code) || read_only
}

/// Names what a statement attempted, where it failed.
pub(crate) trait Attempt<T> {
    fn attempt(self, attempt: &'static str) -> Result<T, StoreError>;
}

impl<T> Attempt<T> for Result<T, sqlx::Error> {
    fn attempt(self, attempt: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Statement { attempt, source })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Error, ErrorKind};

    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_broken_one() {
        let vault = |kind| StoreError::Vault { attempt: "keep an object", source: Error::from(kind) };
        assert!(vault(ErrorKind::StorageFull).is_storage_full());
        assert!(vault(ErrorKind::ReadOnlyFilesystem).is_storage_full());
        assert!(!vault(ErrorKind::NotFound).is_storage_full());
        // SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_READONLY, SQLITE_READONLY_DBMOVED; disk_full of PostgreSQL.
        for code in ["13", "778", "8", "1032", "53100"] {
            assert!(no_room_by_code(code), "{code}");
        }
        // SQLITE_CONSTRAINT, SQLITE_IOERR_READ, SQLITE_CORRUPT; unique_violation of PostgreSQL.
        for code in ["19", "266", "11", "23505", "08006"] {
            assert!(!no_room_by_code(code), "{code}");
        }
    }
}
