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
