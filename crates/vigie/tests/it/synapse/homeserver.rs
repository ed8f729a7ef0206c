//! A homeserver for one test: a free port of loopback, SQLite in a temporary folder, nobody asked for anything.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use vigie_testkit::skipped;

/// How long the server may take to be ready: on a busy machine, its database alone takes half a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running homeserver. Dropping it kills it.
pub(super) struct Homeserver {
    child: Child,
    folder: tempfile::TempDir,
    programs: PathBuf,
    pub(super) base: String,
    client: Client,
}

impl Drop for Homeserver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "server_name: hs.test\nreport_stats: false\ntrusted_key_servers: []\npid_file: {folder}/pid\n\
         media_store_path: {folder}/media\nregistration_shared_secret: mellon\nmacaroon_secret_key: mellon\n\
         form_secret: mellon\nsigning_key: ed25519 a_test BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc\n\
         database: {{name: sqlite3, args: {{database: '{folder}/homeserver.db'}}}}\n\
         listeners:\n- {{port: {port}, bind_addresses: ['127.0.0.1'], type: http, tls: false, x_forwarded: true,\n   \
         resources: [{{names: [client], compress: false}}]}}\n"
    )
}

impl Homeserver {
    /// One for this test; none where its program was not brought.
    pub(super) async fn for_test(test: &str) -> Option<Self> {
        let Some(program) = std::env::var_os("VIGIE_TEST_SYNAPSE").map(PathBuf::from) else {
            skipped(test, "VIGIE_TEST_SYNAPSE names no program (cargo xtask test brings it)");
            return None;
        };
        Some(Self::start(&program).await)
    }

    async fn start(program: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        std::fs::write(folder.path().join("hs.yaml"), configuration(folder.path(), port)).unwrap();
        let output = std::fs::File::create(folder.path().join("output")).unwrap();
        let mut command = Command::new(program);
        command.args(["-c", "hs.yaml"]).current_dir(folder.path()).stdin(Stdio::null());
        let child = command.stdout(output.try_clone().unwrap()).stderr(output).spawn().unwrap();
        let mut server = Self {
            child,
            folder,
            programs: program.parent().unwrap().to_owned(),
            base: format!("http://127.0.0.1:{port}"),
            client: vigie_connect::auditing_client().unwrap(),
        };
        server.ready().await;
        server
    }

    async fn ready(&mut self) {
        let health = format!("{}/health", self.base);
        let until = Instant::now() + PATIENCE;
        while !self.client.get(&health).send().await.is_ok_and(|answer| answer.status().is_success()) {
            let has_ended = self.child.try_wait().unwrap();
            if has_ended.is_some() || Instant::now() > until {
                let output = std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default();
                panic!("the homeserver did not get ready ({has_ended:?}):\n{output}");
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Registers somebody, and signs them in: the token of their session.
    pub(super) async fn register(&self, name: &str, rights: &str) -> String {
        let mut command = Command::new(self.programs.join("register_new_matrix_user"));
        command.args(["-c", "hs.yaml", "-u", name, "-p", "a password", rights, &self.base]);
        command.current_dir(self.folder.path());
        let output = tokio::task::block_in_place(|| command.output()).unwrap();
        assert!(output.status.success(), "{output:?}");
        let who = json!({ "type": "m.id.user", "user": name });
        let body = json!({ "type": "m.login.password", "identifier": who, "password": "a password" });
        let answer =
            self.client.post(format!("{}/_matrix/client/v3/login", self.base)).json(&body).send().await;
        let answer: Value = answer.unwrap().error_for_status().unwrap().json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Is there, as somebody who comes from this address, or from loopback.
    pub(super) async fn visit(&self, token: &str, from: Option<&str>) {
        let mut request = self.client.get(format!("{}/_matrix/client/v3/account/whoami", self.base));
        if let Some(from) = from {
            request = request.header("x-forwarded-for", from);
        }
        request.bearer_auth(token).send().await.unwrap().error_for_status().unwrap();
    }

    /// Has exactly these numbers bound to an account; one that is bound already stays as it is.
    pub(super) async fn bind_phones(&self, administrator: &str, user: &str, numbers: &[&str]) {
        let request = self.client.put(format!("{}/_synapse/admin/v2/users/{user}", self.base));
        let bound = |number: &&str| json!({ "medium": "msisdn", "address": number });
        let body = json!({ "threepids": numbers.iter().map(bound).collect::<Vec<_>>() });
        request.bearer_auth(administrator).json(&body).send().await.unwrap().error_for_status().unwrap();
    }
}
