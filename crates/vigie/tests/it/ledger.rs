//! The public log as a service shows it, an auditor verifies it, and a witness watches it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reqwest::Method;
use vigie_model::Role;
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::ledger::leaf_hash;
use vigie_seal::merkle::{self, Tree};
use vigie_seal::note::{Kind, Note, SignerKey, VerifierKey};
use vigie_seal::witness::Request;
use vigie_testkit::{House, Plan, Process, Reply, Visitor, shared, skipped};

use crate::program::{Ran, program, vigie};

fn run(data: &Path, arguments: &[&str]) -> Ran {
    vigie(arguments.iter().map(AsRef::as_ref).chain(["--data".as_ref(), data.as_os_str()]))
}

/// The newest checkpoint of this many signature lines, as soon as there is one.
async fn checkpoint(service: &Visitor, size: u64, signatures: usize) -> Reply {
    for _ in 0..600 {
        let reply = service.get("/log/checkpoint").await;
        let note = Note::read(reply.body.as_bytes()).ok();
        let is_it = note.is_some_and(|note| {
            let checkpoint = Checkpoint::read(note.text()).unwrap();
            checkpoint.tree.size >= size && note.signatures().len() >= signatures
        });
        if is_it {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no checkpoint of {size} entries came within half a minute");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_publishes_what_it_commits_to_anybody() {
    let house = House::of(Plan { works: true, ..Plan::default() }).await;
    house.person("Ada", &[Role::Auditor]).await;
    let stranger = house.stranger();
    let shown = checkpoint(&stranger, 3, 1).await;
    assert_eq!(shown.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(shown.header("cache-control"), "public, max-age=1");

    let entry = stranger.get("/log/tile/entries/000.p/1").await;
    assert_eq!(entry.status, 200);
    assert_eq!(entry.header("content-type"), "application/octet-stream");
    assert_eq!(entry.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(entry.body.contains(r#"{"H":""#) && !entry.body.contains("basis"), "{}", entry.body);
    for missing in ["/log/tile/0/000", "/log/tile/0/7", "/log/tile/9/000.p/1", "/log/tile/0/../entries/000"] {
        assert_eq!(stranger.get(missing).await.status, 404, "{missing}");
    }

    let key = stranger.get("/log/vkey").await;
    assert_eq!((key.body.lines().count(), key.header("content-type")), (1, "text/plain; charset=utf-8"));
    let verify = |key: &str, more: &[&str]| {
        let address = house.address();
        vigie(["ledger", "verify", &address, "--vkey", key].iter().chain(more).copied())
    };
    let good = verify(key.body.trim(), &["--format", "json"]);
    assert_eq!((good.code, &good.json_lines()[0]["verified"]), (0, &serde_json::json!(true)), "{}", good.err);
    let name = key.body.split('+').next().unwrap();
    let other = SignerKey::from_seed(name, Kind::Note, &[1; 32]).unwrap().verifier().to_string();
    let refused = verify(&other, &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.out.starts_with("FAIL: the checkpoint is not accepted"), "{}", refused.out);
    assert_eq!(verify("nonsense", &[]).code, 2);
    house.close().await;
}

#[test]
fn an_export_is_verified_proven_and_every_change_of_it_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("log"));
    for name in ["Ada", "Bo", "Cy"] {
        assert_eq!(run(&data, &["person", "add", name, "--role", "auditor"]).code, 0);
    }
    let status = run(&data, &["ledger", "status", "--format", "json"]);
    let key = status.json_lines()[0]["vkey"].as_str().unwrap().to_owned();
    let vkey = folder.path().join("vkey");
    fs::write(&vkey, format!("{key}\n")).unwrap();
    let (out_text, vkey) = (out.to_str().unwrap(), format!("@{}", vkey.display()));
    let verify =
        |more: &[&str]| vigie(["ledger", "verify", out_text, "--vkey", &vkey].iter().chain(more).copied());
    assert_eq!(verify(&[]).code, 2, "there is nothing to look at yet");

    assert_eq!(run(&data, &["ledger", "export", out_text]).code, 0);
    let old = folder.path().join("old");
    fs::copy(out.join("checkpoint"), &old).unwrap();
    let proof = folder.path().join("entry-1.tlog-proof");
    let (old, proof) = (old.to_str().unwrap(), proof.to_str().unwrap());
    assert_eq!(run(&data, &["ledger", "prove", "1", "--out", proof]).code, 0);
    assert_eq!(run(&data, &["ledger", "prove", "999"]).code, 2);
    assert_eq!(run(&data, &["person", "add", "Di", "--role", "auditor"]).code, 0);
    assert_eq!(run(&data, &["ledger", "export", out_text]).code, 0);
    let good = verify(&["--old", old, "--proof", proof]);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    assert!(good.out.contains("the proof of entry 1 holds") && good.out.ends_with("OK\n"), "{}", good.out);
    independent(&out, &key, &[("-old", old), ("-proof", proof)]);

    let entries: Vec<PathBuf> =
        fs::read_dir(out.join("tile/entries/000.p")).unwrap().map(|file| file.unwrap().path()).collect();
    let newest = entries.iter().max().unwrap();
    let mut bytes = fs::read(newest).unwrap();
    bytes[20] ^= 1;
    fs::write(newest, bytes).unwrap();
    let bad = verify(&["--format", "json"]);
    assert_eq!((bad.code, &bad.json_lines()[0]["verified"]), (1, &serde_json::json!(false)));
}

/// The independent verifier accepts what was exported.
fn independent(log: &Path, key: &str, questions: &[(&str, &str)]) {
    const TEST: &str = "an_export_is_verified_proven_and_every_change_of_it_refused";
    let Some(source) = shared(TEST, "tools/tlog-verify") else { return };
    if !Command::new("go").arg("version").output().is_ok_and(|output| output.status.success()) {
        skipped(TEST, "Go is absent (cargo xtask test brings it)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let built = Command::new("go")
        .args(["build", "-o", "tlog-verify"])
        .arg(source.join("main.go").canonicalize().unwrap())
        .current_dir(folder.path())
        .envs([("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode"), ("GOFLAGS", "")])
        .env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-build"))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let mut verify = Command::new(folder.path().join("tlog-verify"));
    verify.args(questions.iter().flat_map(|(name, value)| [name, value])).arg(log).arg(key);
    let judged = verify.output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
}

#[tokio::test]
async fn a_witness_answers_by_the_statuses_of_the_protocol_and_remembers_over_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let log = SignerKey::from_seed("vigie.example.org/desk1", Kind::Note, &[7; 32]).unwrap();
    let key = log.verifier().to_string();
    let start = || {
        let folder = folder.path().to_str().unwrap();
        let name = ["ledger", "witness", "--name", "witness.example.net", "--listen", "127.0.0.1:0"];
        Process::start(&program(), name.into_iter().chain(["--folder", folder, "--log", &key]), [])
    };
    let leaves: Vec<_> = (0..12_u8).map(|number| leaf_hash(&[number])).collect();
    let signed = |size: usize, key: &SignerKey| {
        let tree = Tree { size: size as u64, root: merkle::root_of(&leaves[..size]) };
        Checkpoint { origin: key.verifier().name().to_owned(), tree }.sign(key).unwrap().to_string()
    };
    let span = |span: merkle::Span| merkle::root_of(&leaves[span.start as usize..span.end as usize]);
    let growth: Vec<_> = merkle::consistency(5, 12).into_iter().map(span).collect();
    async fn ask(witness: &Visitor, body: String) -> Reply {
        witness.send(witness.request(Method::POST, "/add-checkpoint").body(body)).await
    }

    let process = start();
    let witness = Visitor::new(process.address());
    let first = ask(&witness, Request::body(0, &[], &signed(5, &log))).await;
    assert_eq!(first.status, 200, "{}", first.body);
    let verifier: VerifierKey = witness.get("/vkey").await.body.parse().unwrap();
    let text = Note::read(signed(5, &log).as_bytes()).unwrap().text().to_owned();
    let cosigned = verifier.check(&text, &first.body.trim_end().parse().unwrap());
    assert!(cosigned.unwrap().is_some_and(|seconds| seconds > 1_700_000_000));
    process.kill();

    let process = start();
    let witness = Visitor::new(process.address());
    let stale = ask(&witness, Request::body(0, &[], &signed(12, &log))).await;
    assert_eq!((stale.status, stale.body.as_str()), (409, "5\n"), "it remembers what it cosigned");
    assert_eq!(stale.header("content-type"), "text/x.tlog.size");
    let forger = SignerKey::from_seed("vigie.example.org/desk1", Kind::Note, &[8; 32]).unwrap();
    let stranger = SignerKey::from_seed("vigie.example.org/desk2", Kind::Note, &[7; 32]).unwrap();
    let refused = [
        (403, Request::body(5, &growth, &signed(12, &forger))),
        (404, Request::body(5, &growth, &signed(12, &stranger))),
        (400, Request::body(12, &[], &signed(5, &log))),
        (400, "nonsense".to_owned()),
        (422, Request::body(5, &growth[1..], &signed(12, &log))),
    ];
    for (status, body) in refused {
        assert_eq!(ask(&witness, body.clone()).await.status, status, "{body}");
    }
    assert_eq!(ask(&witness, Request::body(5, &growth, &signed(12, &log))).await.status, 200);
    let seen = fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .filter(|file| file.path().extension().is_some_and(|ending| ending == "seen"));
    assert_eq!(seen.count(), 1, "nothing is remembered of logs that are not watched");
    assert_eq!(process.interrupt(), Some(0));
}

#[tokio::test]
async fn a_service_asks_its_witness_and_a_restored_backup_waits_for_a_new_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert_eq!(run(&data, &["person", "add", "Ada", "--role", "administrator"]).code, 0);
    let status = run(&data, &["ledger", "status", "--format", "json"]);
    let key = status.json_lines()[0]["vkey"].as_str().unwrap().to_owned();
    let place = folder.path().join("witness");
    let arguments = ["ledger", "witness", "--name", "witness.example.net", "--listen", "127.0.0.1:0"];
    let arguments = arguments.into_iter().chain(["--folder", place.to_str().unwrap(), "--log", &key]);
    let witness = Process::start(&program(), arguments, []);
    let witness_key = Visitor::new(witness.address()).get("/vkey").await.body;

    let config = folder.path().join("vigie.toml");
    let table = format!(
        "[ledger]\nhigh_water = \"{}\"\nwitnesses_needed = 1\n[[ledger.witnesses]]\nurl = \"{}\"\nvkey = \"{}\"\n",
        folder.path().join("mark").display(),
        witness.address(),
        witness_key.trim(),
    );
    fs::write(&config, table).unwrap();
    let config = config.to_str().unwrap();
    let serve = || {
        let data = data.to_str().unwrap();
        let listen = ["serve", "--listen", "127.0.0.1:0", "--data", data, "--config", config];
        Process::start(&program(), listen, [])
    };
    let copy = |from: &str, to: &str| {
        fs::copy(data.join(from), data.join(to)).unwrap();
    };
    let service = serve();
    let visitor = Visitor::new(service.address());
    let shown = checkpoint(&visitor, 1, 2).await;
    let keys: [VerifierKey; 2] = [key.parse().unwrap(), witness_key.parse().unwrap()];
    assert_eq!(Note::read(shown.body.as_bytes()).unwrap().verify(&keys).unwrap().len(), 2);
    assert_eq!(service.interrupt(), Some(0));
    copy("vigie.db", "backup");
    assert_eq!(run(&data, &["person", "add", "Bo", "--role", "auditor", "--config", config]).code, 0);
    let service = serve();
    checkpoint(&Visitor::new(service.address()), 3, 2).await;
    assert_eq!(service.interrupt(), Some(0));

    for ending in ["-wal", "-shm"] {
        drop(fs::remove_file(data.join(format!("vigie.db{ending}"))));
    }
    copy("backup", "vigie.db");
    let doctor = run(&data, &["doctor", "--config", config]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.out.contains("BAD ledger: nothing is signed"), "{}", doctor.out);
    let epoch =
        ["ledger", "epoch", "--reason", "the backup was restored", "--config", config, "--format", "json"];
    let opened = run(&data, &epoch);
    assert_eq!(opened.code, 0, "{}", opened.err);
    assert!(opened.json_lines()[0]["origin"].as_str().unwrap().ends_with("/epoch2"), "{}", opened.out);
    assert_eq!(run(&data, &["doctor", "--config", config]).code, 0);
}
