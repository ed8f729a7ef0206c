//! A real Synapse, from PyPI in a Python environment of its own, as a house with `[[records]]` reads it.
//!
//! `VIGIE_TEST_SYNAPSE` is the path of its program, which `cargo xtask test` brings. It runs on a free port of loopback, on SQLite in
//! a temporary folder, asks no other server for anything, and ends with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use uuid::Uuid;
use vigie::settings::Settings;
use vigie_app::records::{Holder, pull_whole};
use vigie_model::disclosure::{
    Category, Field, Grant, GrantedTask, Identifier, IdentifierKind, Record, Span,
};
use vigie_model::id::{GrantId, RequestId, TaskId};
use vigie_model::{ManualClock, Moment};
use vigie_seal::grants::SignedGrant;
use vigie_seal::note::{Kind, SignerKey};
use vigie_testkit::{House, Plan, skipped};

const SERVICE: &str = "matrix.hs.test";
const PHONE: TaskId = TaskId(Uuid::from_u128(1));
const CONNECTIONS: TaskId = TaskId(Uuid::from_u128(2));

/// How long the server may take to be ready: on a busy machine, its database alone takes half a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running homeserver. Dropping it kills it.
struct Homeserver {
    child: Child,
    folder: tempfile::TempDir,
    programs: PathBuf,
    base: String,
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
    async fn register(&self, name: &str, rights: &str) -> String {
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
    async fn visit(&self, token: &str, from: Option<&str>) {
        let mut request = self.client.get(format!("{}/_matrix/client/v3/account/whoami", self.base));
        if let Some(from) = from {
            request = request.header("x-forwarded-for", from);
        }
        request.bearer_auth(token).send().await.unwrap().error_for_status().unwrap();
    }

    async fn bind_phone(&self, administrator: &str, user: &str, number: &str) {
        let request = self.client.put(format!("{}/_synapse/admin/v2/users/{user}", self.base));
        let body = json!({ "threepids": [{ "medium": "msisdn", "address": number }] });
        request.bearer_auth(administrator).json(&body).send().await.unwrap().error_for_status().unwrap();
    }
}

/// A house that reads this server with this token.
async fn house(base: &str, token: &str) -> House {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "[[records]]\nservice = \"{SERVICE}\"\nkind = \"synapse\"\nurl = \"{base}\"\nsecret = \"{token}\"\n\
         [access]\nstep_up = \"none\"\n"
    );
    std::fs::write(file.path(), text).unwrap();
    House::of(Plan { settings: Settings::read(Some(file.path())).unwrap(), ..Plan::default() }).await
}

/// The key of the desk, as the house made it.
fn desk_key(house: &House) -> SignerKey {
    let seed = vigie_store::signing_seed(&house.data().join("keyring"), "grants").unwrap();
    let instance = std::fs::read_to_string(house.data().join("instance")).unwrap();
    SignerKey::from_seed(&format!("vigie-{}/grants", instance.trim()), Kind::Note, &seed).unwrap()
}

/// Phone numbers and connections of two accounts, whenever.
fn grant(now: Moment, span: Span) -> Grant {
    let task = |task, category, fields: &[Field]| GrantedTask {
        task,
        category,
        subjects: vec!["@nobody:hs.test".into(), "@mira:hs.test".into()],
        fields: fields.to_vec(),
        span,
    };
    Grant {
        version: 1,
        id: GrantId(Uuid::from_u128(3)),
        request: RequestId(Uuid::from_u128(4)),
        reference: "4711/26".into(),
        authority: "Tribunal of the tests".into(),
        service: SERVICE.into(),
        rule_set: "eu-epoc@1".into(),
        tasks: vec![
            task(PHONE, Category::Subscriber, &[Field::PhoneNumber]),
            task(CONNECTIONS, Category::Identification, &[Field::Address, Field::Port, Field::At]),
        ],
        granted_at: now,
        expires_at: now.after(Duration::from_secs(3600)),
        approvals: vec![],
    }
}

fn years(from: i32, until: i32) -> Span {
    let first = |year: i32| format!("{year}-01-01T00:00:00Z").parse().unwrap();
    Span { from: first(from), until: first(until) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_synapse_gives_what_a_grant_names_and_nothing_else() {
    let test = "a_real_synapse_gives_what_a_grant_names_and_nothing_else";
    let Some(program) = std::env::var_os("VIGIE_TEST_SYNAPSE").map(PathBuf::from) else {
        return skipped(test, "VIGIE_TEST_SYNAPSE names no program (cargo xtask test brings it)");
    };
    let server = Homeserver::start(&program).await;
    let administrator = server.register("desk", "--admin").await;
    let mira = server.register("mira", "--no-admin").await;
    server.bind_phone(&administrator, "@mira:hs.test", "447700900123").await;
    server.visit(&mira, None).await;
    server.visit(&mira, Some("2001:db8::7")).await;

    let house = house(&server.base, &administrator).await;
    let now = house.app().now();
    let records = house.app().account_records(SERVICE).expect("it is configured").clone();
    assert!(house.app().account_records("another").is_none());

    let resolve = async |kind: IdentifierKind, value: &str, span: Span| {
        let identifier = Identifier { kind, value: value.to_owned(), service: SERVICE.into() };
        records.resolve(&identifier, &span, now).await.unwrap()
    };
    let accounts = |holders: &[Holder]| holders.iter().map(|one| one.account.clone()).collect::<Vec<_>>();
    let ever = years(2020, 2200);
    for (kind, value) in [
        (IdentifierKind::UserId, "@mira:hs.test"),
        (IdentifierKind::Username, "mira"),
        (IdentifierKind::PhoneNumber, "+447700900123"),
    ] {
        let found = resolve(kind, value, ever).await;
        assert_eq!(accounts(&found), ["@mira:hs.test"], "{value}");
        assert!(found[0].from.is_some_and(|from| ever.contains(from)), "{found:?}");
        assert_eq!(
            accounts(&resolve(kind, value, years(2001, 2002)).await),
            [""; 0],
            "{value} before it was"
        );
    }
    assert_eq!(accounts(&resolve(IdentifierKind::UserId, "nobody", ever).await), [""; 0]);
    assert_eq!(accounts(&resolve(IdentifierKind::PhoneNumber, "+447700900999", ever).await), [""; 0]);

    let pull = async |grant: &Grant, task: TaskId| {
        let signed = SignedGrant::sign(grant, &desk_key(&house)).unwrap().to_bytes();
        pull_whole(&*records, &signed, grant, task, &ManualClock::at(now)).await.unwrap()
    };
    let granted = grant(now, ever);
    let [Record::Phone { account, phone_number, since, until: None }] = &pull(&granted, PHONE).await[..]
    else {
        panic!("one phone number is bound")
    };
    assert_eq!((account.as_str(), phone_number.as_str()), ("@mira:hs.test", "+447700900123"));
    assert!(since.is_some_and(|since| ever.contains(since)));

    let connections = pull(&granted, CONNECTIONS).await;
    let seen: Vec<_> = connections
        .iter()
        .map(|record| match record {
            Record::Connection { account, address, port: None, at } if account == "@mira:hs.test" => {
                assert!(ever.contains(*at));
                address.as_str()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        seen,
        ["127.0.0.1", "2001:db8::7"],
        "in order of time, and the administrator's are not among them"
    );
    assert!(pull(&grant(now, years(2001, 2002)), CONNECTIONS).await.is_empty());

    let stranger = SignerKey::from_seed("vigie-stranger/grants", Kind::Note, &[9; 32]).unwrap();
    let forged = SignedGrant::sign(&granted, &stranger).unwrap().to_bytes();
    let refused = records.pull(&forged, PHONE, None, now).await.unwrap_err();
    assert_eq!(refused.to_string(), "refused: the grant is not genuine");
    house.close().await;
}
