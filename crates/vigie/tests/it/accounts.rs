//! Accounts to the public, made on the command line, and judged there by somebody who trusts one key.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vigie_model::{Caller, Moment};
use vigie_seal::ledger::Details;
use vigie_store::{Store, StoreSettings};

use crate::program::{Ran, vigie};

fn run(data: &Path, arguments: &[&str]) -> Ran {
    vigie(arguments.iter().map(AsRef::as_ref).chain(["--data".as_ref(), data.as_os_str()]))
}

/// A house to which six requests came in a year that is over; five were refused, one was answered.
async fn busy(data: &Path) {
    let store = Store::open(&StoreSettings { database: None, data: data.to_owned() }).await.unwrap();
    let facts = json!({"country": "FR", "regime": "fr-77-1-1", "kind": "production", "binding": true,
        "emergency": false, "door": "portal", "items": 1});
    let mut refused = facts.clone();
    refused["ground"] = json!("over_broad");
    let mut acts = vec![];
    for number in 0..6 {
        acts.push(("request.received", number, 100 + number, &facts));
    }
    for number in 0..5 {
        acts.push(("request.refused", number, 130, &refused));
    }
    acts.push(("package.released", 5, 140, &facts));
    let began: Moment = "2024-01-01T00:00:00Z".parse().unwrap();
    for (action, number, hour, parameters) in acts {
        let at = began.after(std::time::Duration::from_secs(hour * 3600));
        let entry = Details::new(&Caller::system(), action, format!("request:{number}"), at);
        store.begin().await.unwrap().commit(&entry.with(parameters.clone())).await.unwrap();
    }
    store.close().await;
}

/// A log in a folder, its key, and the report of it for auditors.
struct Judged {
    folder: tempfile::TempDir,
    log: PathBuf,
    key: String,
    report: Value,
}

impl Judged {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (data, log, out) =
            (folder.path().join("data"), folder.path().join("log"), folder.path().join("report.json"));
        busy(&data).await;
        let key = run(&data, &["ledger", "status", "--format", "json"]).json_lines()[0]["vkey"].clone();
        let span = ["ledger", "report", "--from", "2024-01-01", "--until", "2024-07-01", "--out"];
        let tables = folder.path().join("tables");
        let more = [out.to_str().unwrap(), "--orders", tables.to_str().unwrap()];
        let made = run(&data, &[&span[..], &more[..]].concat());
        assert_eq!(made.code, 0, "{}", made.err);
        let public = fs::read_to_string(&out).unwrap();
        assert!(!public.contains("request:") && !public.contains("openings"), "{public}");
        let table = fs::read_to_string(tables.join("orders-to-inform.csv")).unwrap();
        assert!(table.contains("FR,STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE,6,6,0.00,35.00"), "{table}");
        let auditors = folder.path().join("auditors.json");
        let more = [auditors.to_str().unwrap(), "--for-auditors"];
        assert_eq!(run(&data, &[&span[..], &more[..]].concat()).code, 0);
        assert_eq!(run(&data, &["ledger", "export", log.to_str().unwrap()]).code, 0);
        let open = ["ledger", "report", "--from", "2024-01-01", "--until", "2999-01-01", "--out", "/nowhere"];
        assert_eq!(run(&data, &open).code, 2, "the span has not ended");
        let report = serde_json::from_slice(&fs::read(&auditors).unwrap()).unwrap();
        let key = key.as_str().unwrap().to_owned();
        let judged = Self { folder, log, key, report };
        let unopened = judged.judge(&serde_json::from_str(&public).unwrap());
        assert_eq!(unopened.code, 0, "{}{}", unopened.out, unopened.err);
        assert!(unopened.out.contains("3 numbers, not openable here"), "{}", unopened.out);
        judged
    }

    fn judge(&self, report: &Value) -> Ran {
        let file = self.folder.path().join("judged.json");
        fs::write(&file, report.to_string()).unwrap();
        let (log, file) = (self.log.to_str().unwrap(), file.to_str().unwrap());
        vigie(["ledger", "verify", log, "--vkey", &self.key, "--report", file])
    }

    fn refused(&self, what: &str, words: &[&str], change: impl FnOnce(&mut Value)) {
        let mut report = self.report.clone();
        change(&mut report);
        let ran = self.judge(&report);
        assert_eq!(ran.code, 1, "{what}: {}{}", ran.out, ran.err);
        for word in words {
            assert!(ran.out.contains(word), "{what}, {word}: {}", ran.out);
        }
        assert!(!ran.out.contains("every number follows"), "{what}: {}", ran.out);
    }
}

#[tokio::test]
async fn a_report_holds_in_its_log_and_each_change_of_it_is_named() {
    let judged = Judged::new().await;
    let good = judged.judge(&judged.report);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    assert!(good.out.contains("yes       6  request.received, FR, fr-77-1-1, binding"), "{}", good.out);
    assert!(good.out.ends_with("each counted once\n"), "{}", good.out);

    judged.refused("a number changed", &["7 is published, and 6 entries are counted", "NO "], |report| {
        report["cells"][1]["count"] = json!("7");
    });
    let lists =
        |report: &mut Value| report["for_auditors"]["cells"][1]["entries"].as_array().unwrap().clone();
    judged.refused("an entry left out", &["is opened and counted nowhere", "commitment"], |report| {
        report["for_auditors"]["cells"][1]["entries"] = lists(report)[1..].into();
    });
    judged.refused("an opening left out", &["is counted and not opened"], |report| {
        report["for_auditors"]["openings"].as_array_mut().unwrap().remove(0);
    });
    judged.refused("an entry doubled", &["is counted twice"], |report| {
        let mut entries = lists(report);
        entries[5] = entries[4].clone();
        report["for_auditors"]["cells"][1]["entries"] = entries.into();
    });
    judged.refused("an opening altered", &["of the log is not what was opened"], |report| {
        let entry = &mut report["for_auditors"]["openings"][0]["entry"];
        entry["details"] = json!(entry["details"].as_str().unwrap().replace("FR", "DE"));
    });
    judged.refused("another log's checkpoint", &["the earlier checkpoint is not accepted"], |report| {
        report["checkpoint"] = json!("example.org/other\n0\n\n\n— x y\n");
    });
    let mut other = judged.report.clone();
    other["form"] = json!("vigie-accounts/9");
    assert_eq!(judged.judge(&other).code, 2, "it is no report");
}
