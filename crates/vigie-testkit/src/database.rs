//! A database for one test, and raw looks into it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, AssertSqlSafe};

use crate::skipped;

/// A database that nobody else uses. It is gone after [`Database::close`].
#[derive(Debug, Clone)]
pub struct Database {
    /// The address of the server, where there is one.
    server: Option<String>,
    /// The address of the database; for SQLite none, which puts it into the data folder.
    address: Option<String>,
}

impl Database {
    /// SQLite in the data folder.
    #[must_use]
    pub fn sqlite() -> Self {
        Self { server: None, address: None }
    }

    /// A fresh database of the PostgreSQL that `VIGIE_TEST_POSTGRES` names; none, after saying so, where it names none.
    pub async fn postgres(test: &str) -> Option<Self> {
        static DATABASES: AtomicU64 = AtomicU64::new(0);
        let server = std::env::var_os("VIGIE_TEST_POSTGRES").unwrap_or_default();
        let server = server.into_string().expect("an address is text");
        if server.is_empty() {
            skipped(test, "VIGIE_TEST_POSTGRES names no server (cargo xtask test does)");
            return None;
        }
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("vigie_house_{}_{number}", std::process::id());
        say(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        say(&server, &format!("CREATE DATABASE {name}")).await;
        let (host, _) = server.rsplit_once('/').expect("an address names a database");
        let address = format!("{host}/{name}");
        Some(Self { server: Some(server), address: Some(address) })
    }

    /// As the configuration names it.
    #[must_use]
    pub fn address(&self) -> Option<String> {
        self.address.clone()
    }

    /// What a query for one number answers: for what only a test may ask. `data` is the data folder.
    pub async fn number(&self, data: &Path, query: &str) -> i64 {
        self.rows(data, query).await.first().copied().unwrap_or_default()
    }

    /// What a query for a column of numbers answers.
    pub async fn rows(&self, data: &Path, query: &str) -> Vec<i64> {
        let pool = self.pool(data).await;
        let found = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(&pool).await;
        pool.close().await;
        found.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// What a query for a column of texts answers.
    pub async fn texts(&self, data: &Path, query: &str) -> Vec<String> {
        let pool = self.pool(data).await;
        let found = sqlx::query_scalar(AssertSqlSafe(query.to_owned())).fetch_all(&pool).await;
        pool.close().await;
        found.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// Has everybody who writes wait until what comes back is let go: on PostgreSQL at their last statements, so that of several who
    /// began meanwhile each has looked before one is done. SQLite has them wait at the first.
    pub async fn hold_commits(&self, data: &Path) -> HeldCommits {
        let pool = self.pool(data).await;
        let mut connection = pool.acquire().await.expect("a connection is free");
        let statements = match self.address {
            Some(_) => ["BEGIN", "SELECT size FROM ledger_head WHERE id = 1 FOR UPDATE"],
            None => ["BEGIN IMMEDIATE", "SELECT size FROM ledger_head WHERE id = 1"],
        };
        for statement in statements {
            let said = sqlx::query(statement).execute(&mut *connection).await;
            said.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        HeldCommits { connection, pool }
    }

    async fn pool(&self, data: &Path) -> AnyPool {
        let file = || format!("sqlite://{}", data.join("vigie.db").display());
        connect(&self.address.clone().unwrap_or_else(file)).await
    }

    /// Takes a database of a server away again.
    pub async fn close(&self) {
        if let (Some(server), Some(address)) = (&self.server, &self.address) {
            let (_, name) = address.rsplit_once('/').expect("an address names a database");
            say(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        }
    }
}

/// Everybody who writes waits for this.
#[derive(Debug)]
pub struct HeldCommits {
    connection: PoolConnection<Any>,
    pool: AnyPool,
}

impl HeldCommits {
    /// Lets them go on.
    pub async fn let_go(mut self) {
        let said = sqlx::query("ROLLBACK").execute(&mut *self.connection).await;
        said.unwrap_or_else(|error| panic!("the commits cannot be let go: {error}"));
        drop(self.connection);
        self.pool.close().await;
    }
}

async fn connect(address: &str) -> AnyPool {
    sqlx::any::install_default_drivers();
    let pool = AnyPoolOptions::new().max_connections(1).connect(address).await;
    pool.unwrap_or_else(|error| panic!("cannot connect to {address}: {error}"))
}

async fn say(server: &str, statement: &str) {
    let pool = connect(server).await;
    let said = sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&pool).await;
    pool.close().await;
    said.unwrap_or_else(|error| panic!("{statement}: {error}"));
}
