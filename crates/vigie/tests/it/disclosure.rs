//! The whole way of a request: an authority signs and sends it from the command line, two people answer it in the browser, and
//! the authority fetches, verifies and opens the package, offline and with no key that came with it.

use std::path::Path;

use serde_json::{Value, json};

use crate::program::{Ran, vigie};
use crate::{browser, demo};

const ACCOUNT: &str = "account-1";

fn told(ran: &Ran) -> Value {
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
    ran.json_lines().remove(0)
}

/// The authority's half on the command line.
struct Authority<'a> {
    keys: &'a str,
    service: &'a str,
    folder: &'a Path,
}

impl Authority<'_> {
    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Drafts, signs and sends a request about the account; the service's name for it.
    fn send(&self, reference: &str) -> String {
        let draft = self.file("order.json");
        let drafted = vigie([
            "order",
            "draft",
            &draft,
            "--regime",
            "fr-77-1-1",
            "--keys",
            self.keys,
            "--reference",
            reference,
            "--issuer",
            "Parquet de Synthèse",
            "--role",
            "prosecutor",
            "--legal-basis",
            "77-1-1",
            "--offence",
            "Diffusion d'images",
            "--provision",
            "227-23 du code pénal",
            "--maximum-years",
            "5",
            "--by-network",
            "--subject-role",
            "suspect",
            "--identifier",
            &format!("user_id={ACCOUNT}"),
            "--service",
            "lakechat",
            "--category",
            "subscriber",
            "--category",
            "identification",
            "--from",
            &days_ago(20),
            "--until",
            &days_ago(0),
            "--format",
            "json",
        ]);
        assert_eq!(drafted.code, 0, "{}", drafted.err);
        let signed = vigie(["order", "sign", &draft, "--keys", self.keys]);
        assert_eq!(signed.code, 0, "{}", signed.err);
        let receipt = told(&self.order(&["send", &self.file("order.signed.json")]));
        assert_eq!(receipt["receipt"], "verified");
        receipt["request"].as_str().unwrap().to_owned()
    }

    fn order(&self, arguments: &[&str]) -> Ran {
        let fixed = ["--to", self.service, "--keys", self.keys, "--format", "json"];
        vigie(["order"].iter().chain(arguments).chain(&fixed).copied())
    }

    fn state(&self, request: &str) -> String {
        told(&self.order(&["status", request]))["state"].as_str().unwrap().to_owned()
    }
}

/// The first moment of a day so many days before today: requests speak of what is stored when they come.
fn days_ago(days: u64) -> String {
    use vigie_model::Clock as _;
    let now = vigie::clock::SystemClock.now();
    now.before(std::time::Duration::from_secs(days * 24 * 3600)).start_of_day().to_string()
}

#[test]
fn a_judge_is_answered_by_two_people_and_the_authority_opens_the_package() {
    if !browser::is_here("a_judge_is_answered_by_two_people_and_the_authority_opens_the_package") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let demo = demo::start(folder.path(), &["--no-traffic"]);
    let mut facts = demo::facts(&demo);
    let (service, keys) = (facts["ready"].clone(), facts["authority_keys"].clone());
    let authority =
        Authority { keys: keys.as_str().unwrap(), service: service.as_str().unwrap(), folder: folder.path() };
    let request = authority.send("PV 2026/300");
    assert_eq!(authority.state(&request), "under_examination");
    facts["request"] = json!(request);
    if let Err(complaint) = browser::journey("disclosure", &facts) {
        panic!("{complaint}");
    }
    assert_eq!(authority.state(&request), "ready");

    let package = authority.file("answer.vigie-package");
    let mut fetched = authority.order(&["fetch", &request, "--out", &package]);
    for _ in 0..50 {
        // The proof of the release is there once the next checkpoint is signed.
        if fetched.code == 0 || !fetched.out.contains("proof_pending") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        fetched = authority.order(&["fetch", &request, "--out", &package]);
    }
    assert_eq!(fetched.code, 0, "{} {}", fetched.out, fetched.err);
    assert_eq!(authority.state(&request), "fetched");
    drop(demo);

    // From here on there is no service any more.
    let verified =
        told(&vigie(["package", "verify", &package, "--keys", authority.keys, "--format", "json"]));
    for answer in ["authentic", "complete", "within_grant", "in_log"] {
        let said = &verified[answer];
        assert!(said == true || said == "yes" || said["answer"] == "yes", "{answer}: {verified}");
    }
    let opened = authority.file("opened");
    let ran =
        vigie(["package", "open", &package, "--keys", authority.keys, "--out", &opened, "--format", "json"]);
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
}
