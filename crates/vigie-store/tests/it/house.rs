//! A store for one test, on either database.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::{AnyPool, AssertSqlSafe};
use vigie_model::{Caller, IdGen, Moment, SequentialIds};
use vigie_seal::ledger::Details;
use vigie_store::{Store, StoreSettings, Transaction};

/// The moment at which tests begin.
pub(crate) const START: Moment = Moment(1_790_000_000_000_000);

/// A store with nothing in it.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) settings: StoreSettings,
    pub(crate) ids: SequentialIds,
    server: Option<Server>,
    _data: tempfile::TempDir,
}

/// A database of our own on somebody's PostgreSQL.
struct Server {
    address: String,
    database: String,
}

impl House {
    pub(crate) async fn sqlite() -> Self {
        Self::sqlite_at(None).await
    }

    /// With the schema of this version.
    pub(crate) async fn sqlite_at(version: Option<i64>) -> Self {
        let data = tempfile::tempdir().unwrap();
        let settings = StoreSettings { database: None, data: data.path().to_owned() };
        Self::open(settings, version, None, data).await
    }

    /// `None`, after saying so, where there is no PostgreSQL and there need not be one.
    pub(crate) async fn postgres(test: &str) -> Option<Self> {
        Self::postgres_at(test, None).await
    }

    /// With the schema of this version.
    pub(crate) async fn postgres_at(test: &str, version: Option<i64>) -> Option<Self> {
        static DATABASES: AtomicU64 = AtomicU64::new(0);
        let Ok(address) = std::env::var_os("VIGIE_TEST_POSTGRES").unwrap_or_default().into_string() else {
            panic!("VIGIE_TEST_POSTGRES is no text");
        };
        if address.is_empty() {
            println!("skipped: {test}: VIGIE_TEST_POSTGRES names no server (cargo xtask test does)");
            assert!(
                std::env::var_os("CI").is_none_or(|value| value != "true"),
                "{test} may not be skipped here"
            );
            return None;
        }
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let database = format!("vigie_{}_{number}", std::process::id());
        let server = Server { address, database };
        server.say(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", server.database)).await;
        server.say(&format!("CREATE DATABASE {}", server.database)).await;
        let data = tempfile::tempdir().unwrap();
        let settings = StoreSettings { database: Some(server.url()), data: data.path().to_owned() };
        Some(Self::open(settings, version, Some(server), data).await)
    }

    async fn open(
        settings: StoreSettings,
        version: Option<i64>,
        server: Option<Server>,
        data: tempfile::TempDir,
    ) -> Self {
        let store = Store::open_at(&settings, version).await.unwrap();
        Self { store, settings, ids: SequentialIds::default(), server, _data: data }
    }

    pub(crate) async fn close(self) {
        self.store.close().await;
        if let Some(server) = self.server {
            server.say(&format!("DROP DATABASE {} WITH (FORCE)", server.database)).await;
        }
    }

    /// A fresh identifier.
    pub(crate) fn id<I: vigie_model::id::Identifier>(&self) -> I {
        I::from_uuid(self.ids.uuid())
    }

    pub(crate) async fn begin(&self) -> Transaction {
        self.store.begin().await.unwrap()
    }

    /// Raw connections to the database, for what only a test may ask.
    pub(crate) async fn raw(&self) -> AnyPool {
        let file = self.settings.data.join("vigie.db");
        let address =
            self.server.as_ref().map_or_else(|| format!("sqlite://{}", file.display()), Server::url);
        AnyPool::connect(&address).await.unwrap()
    }
}

impl Server {
    fn url(&self) -> String {
        let (server, _) = self.address.rsplit_once('/').expect("an address names a database");
        format!("{server}/{}", self.database)
    }

    async fn say(&self, statement: &str) {
        sqlx::any::install_default_drivers();
        let pool = AnyPool::connect(&self.address).await.unwrap();
        sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&pool).await.unwrap();
        pool.close().await;
    }
}

/// Commits with an entry that says nothing.
pub(crate) fn commit(tx: Transaction) -> impl Future<Output = i64> {
    let details = Details::new(&Caller::system(), "test.done", "test", START);
    async move { tx.commit(&details).await.unwrap() }
}
