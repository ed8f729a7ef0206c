//! An authority's side on the command line: its keys, its documents, what a service answers, and the package it gets.
//!
//! The service here is a stub of its own: it opens what comes by the same library and answers as the exchange does.

pub(crate) mod packages;
mod stub;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::program::{Ran, vigie};
use stub::{Answers, Stub};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Makes the keys of an authority in a folder; their public halves.
fn keys(folder: &Path) -> Value {
    let made = vigie([
        "order",
        "keys",
        "--folder",
        text(folder),
        "--name",
        "parquet.example/unit",
        "--format",
        "json",
    ]);
    assert_eq!(made.code, 0, "{}", made.err);
    made.json_lines().remove(0)
}

fn draft(file: &Path, folder: &Path, more: &[&str]) -> Ran {
    let fixed = [
        "order",
        "draft",
        text(file),
        "--regime",
        "fr-77-1-1",
        "--keys",
        text(folder),
        "--reference",
        "PV 2026/17",
        "--issuer",
        "Parquet of Example",
        "--role",
        "prosecutor",
        "--identifier",
        "username=lakeside",
        "--service",
        "messenger.example",
        "--category",
        "subscriber",
        "--from",
        "2026-10-01",
        "--until",
        "2026-11-01",
        "--format",
        "json",
    ];
    vigie(fixed.iter().chain(more).copied())
}

/// A document that these keys signed.
fn signed(folder: &Path) -> std::path::PathBuf {
    let file = folder.join("order.json");
    assert_eq!(draft(&file, folder, &[]).code, 0);
    let ran = vigie(["order", "sign", text(&file), "--keys", text(folder)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    folder.join("order.signed.json")
}

#[test]
fn keys_are_made_once_and_their_private_halves_are_their_owners_alone() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("keys");
    let public = keys(&folder);
    assert_eq!(keys(&folder), public, "they are not made anew");
    for (file, mode) in [("signing.key", 0o600), ("sealing.key", 0o600), ("", 0o700)] {
        assert_eq!(fs::metadata(folder.join(file)).unwrap().permissions().mode() & 0o777, mode, "{file}");
    }
    assert_eq!(
        fs::read_to_string(folder.join("signing.vkey")).unwrap().trim(),
        public["signing"].as_str().unwrap()
    );
    let secret = fs::read_to_string(folder.join("sealing.key")).unwrap();
    assert!(secret.starts_with("AGE-SECRET-KEY-1"));
    let shown = vigie(["order", "keys", "--folder", text(&folder), "--name", "parquet.example/unit"]);
    assert!(!shown.out.contains("SECRET") && shown.out.contains(public["sealing"].as_str().unwrap()));
    assert_eq!(vigie(["order", "keys", "--folder", text(&folder), "--name", "other.example"]).code, 2);
    let spaced = place.path().join("spaced");
    assert_eq!(vigie(["order", "keys", "--folder", text(&spaced), "--name", "a unit"]).code, 2);
    assert!(!spaced.exists());
}

#[test]
fn a_draft_is_whole_says_what_is_empty_and_is_signed_only_as_it_can_be_meant() {
    let place = tempfile::tempdir().unwrap();
    let (folder, file) = (place.path().to_owned(), place.path().join("order.json"));
    let public = keys(&folder);
    let ran = draft(&file, &folder, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let told = ran.json_lines().remove(0);
    assert_eq!(told["empty"].as_array().unwrap().len(), 2, "{told}");
    let written: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["answer_to"], public["sealing"]);
    assert_eq!(written["nonce"], told["nonce"]);
    assert_eq!(written["wanted"][0]["span"]["from"], "2026-10-01T00:00:00Z");
    assert_eq!(draft(&file, &folder, &[]).code, 2, "a draft is not written over");
    let other = folder.join("other.json");
    draft(&other, &folder, &[]);
    let second: Value = serde_json::from_slice(&fs::read(&other).unwrap()).unwrap();
    assert_ne!(second["nonce"], written["nonce"]);
    assert_eq!(draft(&folder.join("x"), &folder, &["--until", "2026-09-01"]).code, 2);
    assert_eq!(draft(&folder.join("x"), &folder, &["--identifier", "lakeside"]).code, 2);

    let ran = vigie(["order", "sign", text(&file), "--keys", text(&folder), "--format", "json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.json_lines()[0]["file"], text(&folder.join("order.signed.json")));
    for (member, value) in
        [("nonce", "short"), ("reference", ""), ("answer_to", "age1other"), ("surprise", "x")]
    {
        let mut changed = written.clone();
        changed[member] = value.into();
        fs::write(&other, changed.to_string()).unwrap();
        let refused = vigie(["order", "sign", text(&other), "--keys", text(&folder)]);
        assert_eq!(refused.code, 2, "{member}: {}", refused.out);
        assert!(!folder.join("other.signed.json").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_handed_in_asked_about_and_answered_by_a_package_that_holds() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("keys");
    let public = keys(&folder);
    let stub = Stub::start(&public, Answers::Well).await;
    fs::write(folder.join("service.vkey"), stub.service_key()).unwrap();
    let document = signed(&folder);
    let call = |words: &[&str]| {
        let fixed = ["--to", stub.address(), "--keys", text(&folder), "--format", "json"];
        vigie(words.iter().chain(&fixed).copied())
    };
    let sent = call(&["order", "send", text(&document)]);
    assert_eq!(sent.code, 0, "{}{}", sent.out, sent.err);
    let receipt = sent.json_lines().remove(0);
    assert_eq!((&receipt["receipt"], &receipt["reference"]), (&"verified".into(), &"PV 2026/17".into()));
    let id = receipt["request"].as_str().unwrap();

    let status = call(&["order", "status", id]);
    assert_eq!((status.code, &status.json_lines()[0]["state"]), (0, &"released".into()), "{}", status.err);
    let answer = place.path().join("answer.tar");
    let fetched = call(&["order", "fetch", id, "--out", text(&answer)]);
    assert_eq!(fetched.code, 0, "{}{}", fetched.out, fetched.err);
    let form = place.path().join("form-3.pdf");
    let paper = call(&["order", "paper", id, "form_3", "--language", "fr", "--out", text(&form)]);
    assert_eq!(paper.code, 0, "{}{}", paper.out, paper.err);
    assert_eq!(fs::read_to_string(&form).unwrap(), "form_3/fr");
    assert_eq!(call(&["order", "paper", id, "cover_sheet", "--out", text(&form)]).code, 2);
    let withdrawn = call(&["order", "withdraw", id, "--reference", "PV 2026/17", "--reason", "found"]);
    assert_eq!(
        (withdrawn.code, &withdrawn.json_lines()[0]["receipt"]),
        (0, &"verified".into()),
        "{}",
        withdrawn.err
    );

    let out = place.path().join("opened");
    let opened = vigie([
        "package",
        "open",
        text(&answer),
        "--keys",
        text(&folder),
        "--out",
        text(&out),
        "--format",
        "json",
    ]);
    assert_eq!(opened.code, 0, "{}{}", opened.out, opened.err);
    assert!(fs::read_to_string(out.join("records.jsonl")).unwrap().contains("+33639980001"));
    stub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_request_is_drafted_whole_signed_and_sent_to_it() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("keys");
    let public = keys(&folder);
    let stub = Stub::start(&public, Answers::Well).await;
    fs::write(folder.join("service.vkey"), stub.service_key()).unwrap();
    let document = signed(&folder);
    let to = ["--to", stub.address(), "--keys", text(&folder), "--format", "json"];
    let sent = vigie(["order", "send", text(&document)].iter().chain(&to).copied());
    let id = sent.json_lines()[0]["request"].as_str().unwrap().to_owned();

    let follow = |name: &str, more: &[&str]| {
        let file = place.path().join(name);
        let fixed = [
            "order",
            "follow-up",
            text(&file),
            "--request",
            &id,
            "--reference",
            "PV 2026/17",
            "--format",
            "json",
        ];
        (vigie(fixed.iter().chain(more).copied()), file.clone())
    };
    let order = folder.join("order.json");
    let whole: [(&str, &[&str]); 3] = [
        ("validation.json", &["--kind", "validation", "--text", "validated"]),
        ("answer.json", &["--kind", "answer", "--text", "the second one", "--corrected", text(&order)]),
        (
            "decision.json",
            &["--kind", "enforcing_decision", "--text", "a", "--decision", "partial", "--task", "2"],
        ),
    ];
    for (name, more) in whole {
        let (drafted, file) = follow(name, more);
        assert_eq!(drafted.code, 0, "{name}: {}", drafted.err);
        let ran = vigie(["order", "sign", text(&file), "--keys", text(&folder)]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        let signed = file.with_extension("signed.json");
        let sent = vigie(["order", "send", text(&signed)].iter().chain(&to).copied());
        assert_eq!(
            (sent.code, &sent.json_lines()[0]["receipt"]),
            (0, &"verified".into()),
            "{name}: {}",
            sent.err
        );
        assert_eq!(follow(name, more).0.code, 2, "a draft is not written over");
        let mut changed: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        changed["text"] = " ".into();
        fs::write(&file, changed.to_string()).unwrap();
        assert_eq!(vigie(["order", "sign", text(&file), "--keys", text(&folder)]).code, 2, "{name}");
    }
    let refused: [&[&str]; 5] = [
        &["--kind", "validation", "--text", ""],
        &["--kind", "new_deadline", "--text", "sooner"],
        &["--kind", "enforcing_decision", "--text", "a"],
        &["--kind", "validation", "--text", "a", "--decision", "full"],
        &["--kind", "validation", "--text", "a", "--corrected", text(&order)],
    ];
    for more in refused {
        let (ran, file) = follow("refused.json", more);
        assert!(ran.code == 2 && !file.exists(), "{more:?}: {}", ran.out);
    }
    stub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_shown_plainly_and_a_false_receipt_is_not_believed() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("keys");
    let public = keys(&folder);
    let document = signed(&folder);
    let send = |stub: &Stub, more: &[&str]| {
        let fixed = ["order", "send", text(&document), "--to", stub.address(), "--keys", text(&folder)];
        vigie(fixed.iter().chain(more).copied())
    };
    let refusing = Stub::start(&public, Answers::Refusing).await;
    let refused = send(&refusing, &[]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert_eq!(refused.out, "refused: 422 not_sound: The document is not sound: line one  [31mline  two\n");
    refusing.stop().await;

    let lying = Stub::start(&public, Answers::Lying).await;
    let key = lying.service_key();
    let believed = send(&lying, &["--service-key", &key]);
    assert_eq!(believed.code, 1);
    assert!(believed.out.contains("FAIL: the receipt does not hold"), "{}", believed.out);
    let unknown = send(&lying, &[]);
    assert!(unknown.code == 0 && unknown.out.contains("not verified"), "{}", unknown.out);
    let address = lying.address().to_owned();
    lying.stop().await;
    let gone = vigie(["order", "send", text(&document), "--to", &address, "--keys", text(&folder)]);
    assert!(gone.code == 2 && gone.err.contains("cannot reach"), "{}", gone.err);
    let open = vigie([
        "order",
        "send",
        text(&document),
        "--to",
        "http://vigie.example.org",
        "--keys",
        text(&folder),
    ]);
    assert!(open.code == 2 && open.err.contains("https://"), "{}", open.err);
    // A draft, or a document of somebody else's, never leaves.
    let draft = folder.join("order.json");
    let unsigned = vigie(["order", "send", text(&draft), "--to", &address, "--keys", text(&folder)]);
    assert!(unsigned.code == 2 && unsigned.err.contains("is not signed"), "{}", unsigned.err);
    let other = place.path().join("other");
    keys(&other);
    let foreign = vigie(["order", "send", text(&document), "--to", &address, "--keys", text(&other)]);
    assert!(foreign.code == 2 && foreign.err.contains("these keys signed"), "{}", foreign.err);
}
