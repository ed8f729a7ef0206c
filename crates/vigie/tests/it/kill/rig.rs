//! What survives: the data folder, the messenger in this process, and a second view of the store. And what does not: the
//! service.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use tempfile::{NamedTempFile, TempDir};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vigie::clock::SystemClock;
use vigie::service::{Surroundings, open_app};
use vigie::settings::{Outside, RecordsAt, Settings};
use vigie_app::App;
use vigie_model::{Clock, Moment};
use vigie_simulator::faults::Door;
use vigie_simulator::{Fault, Messenger};
use vigie_synth::{Operation, Plan};
use vigie_testkit::{Database, Process};

use crate::program::program;

/// The signal of a process that ends at one of its points.
const ABORTED: i32 = 6;

const SECRET: &str = "known to both sides";

/// How the messenger misbehaves while the service is being killed: answers come late, or not at all, or not yet.
const FAULTS: [Fault; 4] = [
    Fault::Delay(Duration::from_millis(30)),
    Fault::Delay(Duration::from_millis(150)),
    Fault::DropAfterPerforming,
    Fault::ServerError,
];

pub(super) struct Rig {
    /// The use cases in this process, on the same data as the service: people decide through it.
    pub(super) app: App,
    pub(super) messenger: Messenger,
    pub(super) operation: Operation,
    pub(super) database: Database,
    data: TempDir,
    messenger_address: String,
    configuration: NamedTempFile,
    cancel: CancellationToken,
    tasks: TaskTracker,
}

impl Rig {
    pub(super) async fn start(database: Database, seed: u64) -> Self {
        let data = tempfile::tempdir().unwrap();
        let starts_at = Moment(SystemClock.now().0 - 2 * 24 * 3600 * 1_000_000);
        let operation = Operation::generate(&Plan::small(seed, starts_at));
        let messenger = Messenger::new(&operation, SECRET.as_bytes(), std::sync::Arc::new(SystemClock));
        messenger.inject_share(Door::Actions, 30, &FAULTS, seed);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let messenger_address = format!("http://{}", listener.local_addr().unwrap());
        let (cancel, tasks) = (CancellationToken::new(), TaskTracker::new());
        let (served, ended) = (messenger.clone(), cancel.clone());
        tasks.spawn(async move { served.serve(listener, ended).await.unwrap() });

        let service = operation.plan.service.clone();
        let configuration = NamedTempFile::new().unwrap();
        let records = format!(
            "[[records]]\nservice = \"{service}\"\nkind = \"signed_pull\"\nurl = \"{messenger_address}\"\nsecret = \"{SECRET}\"\n"
        );
        std::fs::write(configuration.path(), records).unwrap();
        let settings = Settings {
            data: data.path().to_owned(),
            database: database.address(),
            messenger: Some(Outside::new(messenger_address.clone(), SECRET.to_owned())),
            records: vec![RecordsAt::signed_pull(service, messenger_address.clone(), SECRET.to_owned())],
            ..Settings::default()
        };
        let app = open_app(&settings, &Surroundings::of_this_machine().unwrap()).await.unwrap();
        app.enter_default_bases().await.unwrap();
        messenger.trust_grants(vec![app.disclosure_verifier().unwrap()]);
        Self { app, messenger, operation, database, data, messenger_address, configuration, cancel, tasks }
    }

    /// The service, as an operator runs it.
    pub(super) fn serve(&self) -> Process {
        Process::start(&program(), self.arguments(), self.variables())
    }

    /// The service with a point at which it ends. None where it came there before it was ready: its loops begin earlier.
    pub(super) fn serve_with(&self, faults: &str) -> Option<Process> {
        let mut variables = self.variables();
        variables.push(("FAILPOINTS", faults.to_owned()));
        let started = Process::start_or_end(&program(), self.arguments(), variables);
        started.inspect_err(|status| assert_eq!(status.signal(), Some(ABORTED), "{status}")).ok()
    }

    /// The service, which hears of a file that may not grow by the error alone, and not by a signal that ends it.
    pub(super) fn serve_past_limits(&self) -> Process {
        let program = program();
        let arguments = ["-c", "trap '' XFSZ; exec \"$@\"", "sh", program.to_str().unwrap()];
        Process::start(Path::new("sh"), arguments.into_iter().chain(self.arguments()), self.variables())
    }

    /// A service that is killed so long after its start, ready or not.
    pub(super) fn kill_while_starting(&self, life: Duration) {
        Process::kill_while_starting(&program(), self.arguments(), self.variables(), life);
    }

    fn arguments(&self) -> [&str; 7] {
        let (data, configuration) = (self.data.path().to_str(), self.configuration.path().to_str());
        ["serve", "--listen", "127.0.0.1:0", "--data", data.unwrap(), "--config", configuration.unwrap()]
    }

    /// The data folder.
    pub(super) fn data(&self) -> &Path {
        self.data.path()
    }

    fn variables(&self) -> Vec<(&str, String)> {
        let mut variables = vec![
            ("VIGIE_LOG", "error".to_owned()),
            ("VIGIE_LIMITS__DECODING_CHILDREN", "1".to_owned()),
            ("VIGIE_MESSENGER__URL", self.messenger_address.clone()),
            ("VIGIE_MESSENGER__SECRET", SECRET.to_owned()),
        ];
        variables.extend(self.database.address().map(|address| ("VIGIE_DATABASE", address)));
        variables
    }

    /// The minutes pass that a claim outlives its holder and a pause lasts. Only while no service runs: nothing is claimed
    /// by anybody then.
    pub(super) async fn let_claims_lapse(&self) {
        let lapse = "UPDATE actions SET leased_until = 0, next_attempt_at = 0 WHERE state IN ('queued', 'sending') \
                     RETURNING attempts";
        self.rows(lapse).await;
        let lapse = "UPDATE jobs SET leased_until = 0, run_at = 1 WHERE ended_at IS NULL RETURNING attempts";
        self.rows(lapse).await;
    }

    /// Waits until the database knows that the service is gone: PostgreSQL still carries out what had reached it, and a check that
    /// asks twice would see it come.
    pub(super) async fn is_at_rest(&self) {
        if !self.app.store.is_postgres() {
            return;
        }
        let under_way = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                         AND backend_type = 'client backend' AND state <> 'idle'";
        while self.rows(under_way).await[0] > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// From here on the messenger answers as it should.
    pub(super) fn behave(&self) {
        self.messenger.inject_share(Door::Actions, 0, &[], 0);
    }

    pub(super) async fn rows(&self, query: &str) -> Vec<i64> {
        self.database.rows(self.data.path(), query).await
    }

    pub(super) async fn texts(&self, query: &str) -> Vec<String> {
        self.database.texts(self.data.path(), query).await
    }

    /// A column of bytes as lower-case digits, in the words of the database.
    pub(super) fn hex(&self, column: &str) -> String {
        match self.app.store.is_postgres() {
            true => format!("encode({column}, 'hex')"),
            false => format!("lower(hex({column}))"),
        }
    }

    pub(super) async fn close(self) {
        self.cancel.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.app.store.close().await;
        self.database.close().await;
    }
}
