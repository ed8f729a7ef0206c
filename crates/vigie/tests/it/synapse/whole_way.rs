//! The whole way of a request against a real Synapse: an authority signs and sends it from the command line, two people of the
//! house answer it, and the authority fetches, verifies and opens the package when there is no house any more.
//!
//! The homeserver has somebody who is asked about, somebody who is not, and its administrator. Each of them was there before the
//! time asked about, in it and after it, from other addresses each time.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use vigie::clock::SystemClock;
use vigie::settings::Settings;
use vigie_app::Code;
use vigie_app::authorities::NewAuthority;
use vigie_app::ledger::Published;
use vigie_model::access::CallerKind;
use vigie_model::disclosure::{AuthorityKeys, IssuerRole, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Clock as _, Moment, Role};
use vigie_testkit::{House, Plan};

use super::SERVICE;
use super::homeserver::Homeserver;
use crate::program::{Ran, vigie};

const MIRA: &str = "@mira:hs.test";
/// What the account asked about had in the time asked about.
const PHONE: &str = "+447700900123";
const ADDRESSES: [&str; 2] = ["2001:db8::7", "203.0.113.7"];
/// What must not leave: of other people, of the administrator, of another time.
const OF_OTHERS: [&str; 12] = [
    "@nele",
    "@desk",
    "33199001234",
    "33639980001",
    "203.0.113.50",
    "203.0.113.60",
    "447700900456",
    "198.51.100.1",
    "198.51.100.2",
    "198.51.100.3",
    "127.0.0.1",
    "a password",
];

/// Long enough that no moment of one side is taken for one of the other: Synapse counts in milliseconds.
async fn a_moment_later() -> Moment {
    tokio::time::sleep(Duration::from_millis(20)).await;
    let now = SystemClock.now();
    tokio::time::sleep(Duration::from_millis(20)).await;
    now
}

/// Three people on the homeserver, over three times; the second is the one asked about: its first and its last moment.
async fn live(server: &Homeserver) -> (String, Moment, Moment) {
    let desk = server.register("desk", "--admin").await;
    let mira = server.register("mira", "--no-admin").await;
    let nele = server.register("nele", "--no-admin").await;
    server.visit(&mira, Some("198.51.100.1")).await;
    server.visit(&nele, Some("198.51.100.3")).await;
    let from = a_moment_later().await;
    server.bind_phones(&desk, MIRA, &["447700900123"]).await;
    server.bind_phones(&desk, "@nele:hs.test", &["33199001234"]).await;
    server.bind_phones(&desk, "@desk:hs.test", &["33639980001"]).await;
    server.visit(&mira, Some("203.0.113.7")).await;
    server.visit(&nele, Some("203.0.113.50")).await;
    server.visit(&desk, Some("203.0.113.60")).await;
    server.visit(&mira, Some("2001:db8::7")).await;
    let until = a_moment_later().await;
    server.bind_phones(&desk, MIRA, &["447700900123", "447700900456"]).await;
    server.visit(&mira, Some("198.51.100.2")).await;
    (desk, from, until)
}

/// Runs the program without standing in the way of the house, which answers it from this process.
fn run(arguments: &[&str]) -> Ran {
    tokio::task::block_in_place(|| vigie(arguments))
}

fn told(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
    ran.json_lines().remove(0)
}

/// The same person after they used their passkey.
fn confirmed(caller: &Caller) -> Caller {
    let mut caller = caller.clone();
    if let CallerKind::Person { fresh, .. } = &mut caller.kind {
        *fresh = Some(SystemClock.now());
    }
    caller
}

/// The two people who answer requests, one more who knows the authorities, and the house.
struct Desk {
    house: House,
    officer: Caller,
    releaser: Caller,
    guardian: Caller,
}

impl Desk {
    /// A house that reads this server and asks for a passkey before anything leaves.
    async fn open(server: &Homeserver, token: &str) -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        let text = format!(
            "[[records]]\nservice = \"{SERVICE}\"\nkind = \"synapse\"\nurl = \"{}\"\nsecret = \"{token}\"\n",
            server.base
        );
        std::fs::write(file.path(), text).unwrap();
        let settings = Settings::read(Some(file.path())).unwrap();
        let house =
            House::of(Plan { settings, clock: Some(std::sync::Arc::new(SystemClock)), ..Plan::default() })
                .await;
        let officer = house.caller(&house.person("Lea", &[Role::LegalOfficer]).await).await;
        let releaser = house.caller(&house.person("Rui", &[Role::Releaser]).await).await;
        let guardian = house.caller(&house.person("Dan", &[Role::DataProtectionOfficer]).await).await;
        Self { house, officer, releaser, guardian }
    }

    /// Enters an authority with these public keys, by two people.
    async fn know(&self, keys: &Value) {
        let text = |name: &str| Some(keys[name].as_str().unwrap().to_owned());
        let authority = NewAuthority {
            name: "Parquet de Synthèse".into(),
            country: "FR".into(),
            roles: vec![IssuerRole::Prosecutor],
            domains: vec!["parquet.example".into()],
            call_back: "+33 1 99 00 10 20".into(),
            directory: "Annuaire synthétique".into(),
            keys: AuthorityKeys { signing: text("signing"), sealing: text("sealing"), valid_until: None },
        };
        let app = self.house.app();
        let question = app.ask_to_enter_authority(&confirmed(&self.officer), authority, "called back").await;
        app.approve(&confirmed(&self.guardian), question.unwrap().id).await.unwrap();
    }

    async fn state(&self, id: RequestId) -> RequestState {
        self.house.app().request(&self.officer, id).await.unwrap().request.state
    }

    /// Accepts what was examined, takes it from the homeserver, and lets it leave by two people.
    async fn answer(&self, id: RequestId) {
        let app = self.house.app();
        assert_eq!(self.state(id).await, RequestState::Validating);
        let grant = app.accept_request(&confirmed(&self.officer), id).await.unwrap();
        assert_eq!(grant.service, SERVICE);
        self.house.work().await;
        assert_eq!(self.state(id).await, RequestState::ReadyForApproval);
        let unconfirmed = app.ask_release(&self.officer, id, "found valid").await.unwrap_err();
        assert_eq!(unconfirmed.code(), Code::StepUpNeeded);
        let question = app.ask_release(&confirmed(&self.officer), id, "found valid").await.unwrap();
        let own = app.approve(&confirmed(&self.officer), question.id).await.unwrap_err();
        assert_eq!(own.code(), Code::Forbidden, "nobody agrees with themselves");
        let unconfirmed = app.approve(&self.releaser, question.id).await.unwrap_err();
        assert_eq!(unconfirmed.code(), Code::StepUpNeeded);
        app.approve(&confirmed(&self.releaser), question.id).await.unwrap();
        self.house.work().await;
        assert_eq!(self.state(id).await, RequestState::Released);
        while app.publish_ledger().await.unwrap() == Published::More {}
    }

    /// The acts about a request as the ledger has them, each of them proved to stand in its published log.
    async fn trail(&self, id: RequestId) -> Vec<String> {
        let app = self.house.app();
        let view = app.request(&self.officer, id).await.unwrap();
        // That somebody looked is an act too.
        while app.publish_ledger().await.unwrap() == Published::More {}
        for entry in &view.trail {
            app.prove_entry(&Caller::operator(), entry.number).await.unwrap();
        }
        view.trail.into_iter().map(|entry| entry.action).collect()
    }
}

/// The authority's half on the command line: a folder of keys, and the address of the house.
struct Authority<'a> {
    folder: &'a Path,
    service: String,
}

impl Authority<'_> {
    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn keys(&self) -> Value {
        let folder = self.path("keys");
        let name = "parquet.example/unit";
        told(&run(&["order", "keys", "--folder", &folder, "--name", name, "--format", "json"]))
    }

    /// Takes the keys of the house in, which it got by another hand than the packages.
    async fn trust(&self, house: &House) {
        let service = house.app().disclosure_verifier().unwrap().to_string();
        let log = house.app().ledger_verifier().await.unwrap().to_string();
        std::fs::write(self.folder.join("keys/service.vkey"), service).unwrap();
        std::fs::write(self.folder.join("keys/log.vkey"), log).unwrap();
    }

    fn order(&self, arguments: &[&str]) -> Ran {
        let keys = self.path("keys");
        let fixed = ["--to", &self.service, "--keys", &keys, "--format", "json"];
        run(&[&["order"][..], arguments, &fixed[..]].concat())
    }

    /// Drafts, signs and sends a request about an account: its number in the house.
    fn ask(&self, reference: &str, account: &str, (from, until): (Moment, Moment)) -> RequestId {
        let name = reference.replace([' ', '/'], "-");
        let (draft, keys) = (self.path(&format!("{name}.json")), self.path("keys"));
        let identifier = format!("user_id={account}");
        let (from, until) = (from.to_string(), until.to_string());
        #[rustfmt::skip]
        let words = [
            "order", "draft", &draft, "--keys", &keys, "--regime", "fr-77-1-1", "--reference", reference,
            "--issuer", "Parquet de Synthèse", "--role", "prosecutor", "--legal-basis", "77-1-1",
            "--offence", "Diffusion d'images", "--provision", "227-23 du code pénal", "--maximum-years", "5",
            "--by-network", "--subject-role", "suspect", "--identifier", &identifier, "--service", SERVICE,
            "--category", "subscriber", "--category", "identification", "--from", &from, "--until", &until,
        ];
        let drafted = run(&words);
        assert_eq!(drafted.code, 0, "{}", drafted.err);
        let signed = run(&["order", "sign", &draft, "--keys", &keys]);
        assert_eq!(signed.code, 0, "{}", signed.err);
        let receipt = told(&self.order(&["send", &self.path(&format!("{name}.signed.json"))]));
        assert_eq!(receipt["receipt"], "verified");
        receipt["request"].as_str().unwrap().parse().unwrap()
    }

    fn state(&self, id: RequestId) -> String {
        told(&self.order(&["status", &id.to_string()]))["state"].as_str().unwrap().to_owned()
    }

    fn fetch(&self, id: RequestId, name: &str) -> String {
        let package = self.path(name);
        told(&self.order(&["fetch", &id.to_string(), "--out", &package]));
        package
    }

    /// Verifies a package, four times yes, and opens it: everything that was written, and the lines of its records.
    fn open(&self, package: &str) -> (String, Vec<Value>) {
        let keys = self.path("keys");
        let verified = told(&run(&["package", "verify", package, "--keys", &keys, "--format", "json"]));
        for question in ["authentic", "complete", "within_grant", "in_log"] {
            assert_eq!(verified[question], "yes", "{question}: {verified}");
        }
        let out = format!("{package}.opened");
        let opened = run(&["package", "open", package, "--keys", &keys, "--out", &out, "--format", "json"]);
        assert_eq!(opened.code, 0, "{} {}", opened.out, opened.err);
        let records = std::fs::read_to_string(Path::new(&out).join("records.jsonl")).unwrap();
        let lines = records.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let files = std::fs::read_dir(&out).unwrap().map(|file| file.unwrap().path());
        (files.map(|file| std::fs::read_to_string(file).unwrap()).collect(), lines)
    }
}

/// The acts that must be seen, in this order.
fn assert_seen(trail: &[String], acts: &[&str]) {
    let mut rest = trail.iter();
    for act in acts {
        assert!(rest.any(|seen| seen == act), "{act} is not in its place: {trail:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_request_is_answered_from_a_real_synapse_and_opened_without_the_house() {
    let test = "a_signed_request_is_answered_from_a_real_synapse_and_opened_without_the_house";
    let Some(server) = Homeserver::for_test(test).await else { return };
    let (token, from, until) = live(&server).await;
    let desk = Desk::open(&server, &token).await;
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority { folder: folder.path(), service: desk.house.address() };
    desk.know(&authority.keys()).await;
    authority.trust(&desk.house).await;

    let id = authority.ask("PV 2026/401", MIRA, (from, until));
    desk.house.work().await;
    assert_eq!(authority.state(id), "under_examination");
    desk.answer(id).await;
    assert_eq!(authority.state(id), "ready");
    let package = authority.fetch(id, "answer.tar");
    assert_eq!(authority.state(id), "fetched");
    assert_seen(
        &desk.trail(id).await,
        &[
            "request.received",
            "request.authenticated",
            "request.validating",
            "request.task_examined",
            "request.preserved",
            "request.accepted",
            "request.executing",
            "request.ready_for_approval",
            "package.released",
            "request.delivered",
        ],
    );
    let log = format!("{}/log", desk.house.address());
    let verified =
        run(&["ledger", "verify", &log, "--vkey", &format!("@{}", authority.path("keys/log.vkey"))]);
    assert_eq!(verified.code, 0, "{} {}", verified.out, verified.err);
    desk.house.close().await;
    drop(server);

    // From here on there is neither a house nor a homeserver.
    let (everything, lines) = authority.open(&package);
    let said = |member: &str| -> BTreeSet<&str> {
        lines.iter().filter_map(|line| line["record"][member].as_str()).collect()
    };
    assert_eq!(said("account"), BTreeSet::from([MIRA]));
    assert_eq!(said("phone_number"), BTreeSet::from([PHONE]));
    assert_eq!(said("address"), BTreeSet::from(ADDRESSES));
    assert_eq!(lines.len(), 3, "{lines:?}");
    for line in lines.iter().filter(|line| line["record"]["record"] == "connection") {
        let at: Moment = line["record"]["at"].as_str().unwrap().parse().unwrap();
        assert!(from <= at && at < until, "{line}");
        assert!(line["record"].get("port").is_none(), "Synapse keeps no ports");
    }
    for other in OF_OTHERS {
        assert!(!everything.contains(other), "{other} left");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_somebody_who_is_not_there_or_was_not_yet_a_signed_word_leaves_and_nothing_else() {
    let test = "of_somebody_who_is_not_there_or_was_not_yet_a_signed_word_leaves_and_nothing_else";
    let Some(server) = Homeserver::for_test(test).await else { return };
    let (token, from, until) = live(&server).await;
    let desk = Desk::open(&server, &token).await;
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority { folder: folder.path(), service: desk.house.address() };
    desk.know(&authority.keys()).await;
    authority.trust(&desk.house).await;

    let day = Duration::from_secs(24 * 3600);
    let before = (from.before(day * 20), from.before(day * 10));
    let cases = [("PV 2026/402", "@nobody:hs.test", (from, until)), ("PV 2026/403", MIRA, before)];
    let mut packages = Vec::new();
    for (reference, account, span) in cases {
        let id = authority.ask(reference, account, span);
        desk.house.work().await;
        let told = desk.house.app().request(&desk.officer, id).await.unwrap();
        assert!(
            told.tasks.iter().all(|task| task.accounts.as_ref().is_some_and(Vec::is_empty)),
            "{account}: it signed up later, or never"
        );
        desk.answer(id).await;
        packages.push(authority.fetch(id, &format!("{id}.tar")));
        assert_seen(&desk.trail(id).await, &["request.accepted", "package.released", "request.delivered"]);
    }
    desk.house.close().await;
    drop(server);

    for package in packages {
        let (everything, lines) = authority.open(&package);
        assert_eq!(lines.len(), 2, "a word for each task: {lines:?}");
        assert!(lines.iter().all(|line| line["nil"] == "no_such_account" && line.get("record").is_none()));
        for other in OF_OTHERS.iter().chain(&ADDRESSES).chain(&[PHONE]) {
            assert!(!everything.contains(other), "{other} left");
        }
    }
}
