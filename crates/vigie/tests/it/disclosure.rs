//! The whole way of a request: an authority signs and sends it from the command line, two people answer it in the browser, and
//! the authority fetches, verifies and opens the package, offline and with no key that came with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vigie_seal::ledger::Unsealed;
use vigie_seal::note::VerifierKey;
use vigie_seal::proof::EntryProof;
use vigie_store::{Store, StoreSettings, acts, approvals};

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
    let (demo, mut facts, data) = started(folder.path());
    let (service, keys) = (facts["ready"].clone(), facts["authority_keys"].clone());
    let authority =
        Authority { keys: keys.as_str().unwrap(), service: service.as_str().unwrap(), folder: folder.path() };
    let request = authority.send("PV 2026/300");
    assert_eq!(authority.state(&request), "under_examination");
    let refused = authority.order(&["paper", &request, "refusal", "--out", &authority.file("refusal.pdf")]);
    assert!(refused.code != 0 && refused.out.contains("wrong_state"), "{} {}", refused.out, refused.err);
    facts["request"] = json!(request);
    if let Err(complaint) = browser::journey("disclosure", &facts) {
        panic!("{complaint}");
    }
    assert_eq!(authority.state(&request), "ready");

    let package = authority.file("answer.vigie-package");
    let mut fetched = authority.order(&["fetch", &request, "--out", &package]);
    for _ in 0..300 {
        // The proof of the release is there once the next checkpoint is signed.
        if fetched.code == 0 || !fetched.out.contains("proof_pending") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
        fetched = authority.order(&["fetch", &request, "--out", &package]);
    }
    assert_eq!(fetched.code, 0, "{} {}", fetched.out, fetched.err);
    assert_eq!(authority.state(&request), "fetched");
    assert_eq!(demo.interrupt(), Some(0));

    // From here on there is no service any more.
    verify_and_open(&package, authority.keys, &authority.file("opened"));
    let trail = read(&folder.path().join("trail.json"));
    let steps = [
        "request.received",
        "request.authenticated",
        "request.validating",
        "request.preserved",
        "request.accepted",
        "request.executing",
        "request.ready_for_approval",
        "question.asked",
        "question.approved",
        "package.released",
    ];
    stand_in_the_ledger(&data, authority.keys, (&request, &trail), &steps);
    // That it was fetched stands after what the page showed.
    let kept = tokio::runtime::Runtime::new().unwrap().block_on(kept(&data, &request));
    let last = kept.values().filter_map(Unsealed::details).map(|details| details.action).next_back();
    assert_eq!(last.as_deref(), Some("request.delivered"));
}

#[test]
fn an_official_is_answered_at_the_portal_in_both_languages_and_opens_the_packages() {
    if !browser::is_here("an_official_is_answered_at_the_portal_in_both_languages_and_opens_the_packages") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (demo, facts, data) = started(folder.path());
    if let Err(complaint) = browser::journey("answered", &facts) {
        panic!("{complaint}");
    }
    assert_eq!(demo.interrupt(), Some(0));

    // From here on there is no service any more.
    let keys = facts["authority_keys"].as_str().unwrap();
    let trails = read(&folder.path().join("trails.json"));
    for language in ["fr", "en"] {
        let file = |name: &str| folder.path().join(format!("{name}-{language}")).display().to_string();
        let package = format!("{}.vigie-package", file("answer"));
        verify_and_open(&package, keys, &file("opened"));
        let records = std::fs::read_to_string(Path::new(&file("opened")).join("records.jsonl")).unwrap();
        assert!(!records.contains("account-2"), "what was left aside is in no package");
        let decided = if language == "en" { "request.document_declined" } else { "request.task_examined" };
        let steps = [
            "request.received",
            "request.quarantined",
            "request.call_asked",
            "request.called_back",
            "request.authenticated",
            "request.validating",
            "request.clarification",
            "request.viewed",
            "request.answered",
            decided,
            "request.accepted",
            "request.executing",
            "request.ready_for_approval",
            "question.asked",
            "question.approved",
            "package.released",
            "request.delivered",
        ];
        let request = trails[language]["request"].as_str().unwrap();
        stand_in_the_ledger(&data, keys, (request, &trails[language]["trail"]), &steps);
    }
}

/// A demo whose data stays, what it says, and where its data is. What is fetched in the browser goes into the folder.
fn started(folder: &Path) -> (vigie_testkit::Process, Value, PathBuf) {
    let data = folder.join("data");
    let demo = demo::start(folder, &["--no-traffic", "--data", data.to_str().unwrap()]);
    let mut facts = demo::facts(&demo);
    facts["downloads"] = json!(folder);
    (demo, facts, data)
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// Verifies a package and opens it, with the keys of its authority and nothing else.
fn verify_and_open(package: &str, keys: &str, out: &str) {
    let verified = told(&vigie(["package", "verify", package, "--keys", keys, "--format", "json"]));
    for answer in ["authentic", "complete", "within_grant", "in_log"] {
        assert_eq!(verified[answer], "yes", "{answer}: {verified}");
    }
    let ran = vigie(["package", "open", package, "--keys", keys, "--out", out, "--format", "json"]);
    assert_eq!(ran.code, 0, "{} {}", ran.out, ran.err);
}

/// Holds the trail of a request, as its page showed it, to the ledger: the steps are in it, in this order; each is the entry that the
/// page calls it; and the command line proves that it stands in the log whose key the authority has.
fn stand_in_the_ledger(data: &Path, keys: &str, (request, trail): (&str, &Value), steps: &[&str]) {
    let kept = tokio::runtime::Runtime::new().unwrap().block_on(kept(data, request));
    let key = std::fs::read_to_string(Path::new(keys).join("log.vkey")).unwrap();
    let key: VerifierKey = key.trim().parse().unwrap();
    let shown = trail.as_array().unwrap();
    let mut at = shown.iter();
    for step in steps {
        let found = at.find(|entry| entry[1] == **step);
        let entry = found.unwrap_or_else(|| panic!("{step} does not follow in {shown:?}"));
        prove(data, &key, &kept, (entry[0].as_i64().unwrap(), step));
    }
}

/// Has the command line prove an entry, and holds what the house keeps of it to the proof.
fn prove(data: &Path, key: &VerifierKey, kept: &BTreeMap<i64, Unsealed>, (number, step): (i64, &str)) {
    let entry = kept.get(&number).unwrap_or_else(|| panic!("{step} is not kept as entry {number}"));
    assert_eq!(entry.details().unwrap().action, step, "entry {number}");
    let text = number.to_string();
    let ran = vigie(["ledger", "prove", &text, "--data", data.to_str().unwrap(), "--format", "json"]);
    let proof = EntryProof::read(told(&ran)["proof"].as_str().unwrap()).unwrap();
    proof.verify(&entry.leaf(), key, key.name()).unwrap_or_else(|error| panic!("{step}: {error}"));
}

/// What the house keeps of every entry about a request, and about the questions to a second person about it, by number.
async fn kept(data: &Path, request: &str) -> BTreeMap<i64, Unsealed> {
    let store = Store::open(&StoreSettings { database: None, data: data.to_owned() }).await.unwrap();
    let mut reader = store.read().await.unwrap();
    let (own, release) = (format!("request:{request}"), format!("release:{request}"));
    let questions = approvals::ids_about(&mut reader, (&own, &release)).await.unwrap();
    let objects = questions.iter().map(|question| format!("approval:{question}")).chain([own]);
    let mut found = BTreeMap::new();
    for object in objects.collect::<Vec<_>>() {
        let about = acts::about(&mut reader, &object).await.unwrap();
        let actions: BTreeSet<_> = about.into_iter().map(|(_, action, ..)| action).collect();
        for action in actions {
            for one in acts::kept_about(&mut reader, &action, &object).await.unwrap() {
                found.insert(one.seq, Unsealed::new(one.details, &one.salt));
            }
        }
    }
    drop(reader);
    store.close().await;
    found
}
