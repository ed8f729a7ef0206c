//! What leaves the house goes with a proof: a bank is handed out through the real doors, and who received it checks it with nothing but
//! the program, a key and two files.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};
use vigie_app::ledger::Published;
use vigie_model::Role;
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::proof::EntryProof;
use vigie_testkit::{Database, House, Plan, Reply, Visitor};

use crate::program::{Ran, vigie};

const MD5: &str = "00112233445566778899aabbccddeeff";

/// What stands between two texts on a page.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("{before} is not on the page: {page}")).1;
    rest.split_once(after).unwrap().0
}

/// A question about an export that a second person agreed to: its path.
async fn agreed(house: &House, asker: &Visitor, second: &Visitor) -> String {
    let banks = house.app().banks(&house.caller(asker).await).await.unwrap();
    let bank = format!("/banks/{}", banks[0].id);
    let asked = asker.form(&format!("{bank}/export"), &[("format", "csv"), ("reason", "A partner")]).await;
    assert_eq!(asked.status, 303, "{}", asked.body);
    let questions = second.get("/questions").await.body;
    let question = format!("/questions/{}", between(&questions, "href=\"/questions/", "\""));
    second.form(&format!("{question}/approve"), &[]).await;
    question
}

async fn publish(house: &House) {
    while matches!(house.app().publish_ledger().await.unwrap(), Published::More | Published::Checkpoint(_)) {}
}

/// The judgement of somebody who has two files and a key.
fn judge(folder: &Path, key: &str, more: &[&str]) -> Ran {
    let proof = folder.join("proof");
    vigie(["ledger", "verify", "--vkey", key, "--proof", proof.to_str().unwrap()].iter().chain(more).copied())
}

async fn a_bank_goes_with_a_proof_that_anybody_checks_offline(database: Database) {
    let house = House::of(Plan { database, ..Plan::default() }).await;
    house.know(vec![serde_json::json!({ "md5": MD5 })]).await;
    let sam = house.person("Sam", &[Role::SeniorReviewer]).await;
    let tea = house.person("Tea", &[Role::SeniorReviewer]).await;
    let question = agreed(&house, &sam, &tea).await;
    assert!(!sam.get(&question).await.body.contains("What has left"), "nothing has yet");
    let fetch = async || -> Reply { sam.form(&format!("{question}/export"), &[]).await };
    let list = fetch().await;
    let entry = list.header("vigie-ledger-entry").to_owned();
    let digest = Sha256::digest(list.body.as_bytes());
    assert!(list.status == 200 && list.body.contains(MD5), "{list:?}");
    let stated = between(list.header("repr-digest"), "sha-256=:", ":").to_owned();
    assert_eq!(stated, BASE64_STANDARD.encode(digest));
    assert_eq!(list.header("content-length"), list.body.len().to_string());

    let proof = format!("{question}/exports/{entry}/proof");
    let early = sam.get(&proof).await;
    assert!(early.status == 503 && early.body.contains("In a moment"), "{}", early.body);
    publish(&house).await;
    let page = tea.get(&question).await.body;
    assert!(page.contains(&hex::encode(digest)) && page.contains(&proof), "{page}");
    let given = tea.get(&proof).await;
    assert_eq!((given.status, given.header("content-type")), (200, "text/plain; charset=utf-8"));
    let rea = house.person("Rea", &[Role::Reviewer]).await;
    assert_eq!(rea.get(&proof).await.status, 404, "who may not see the question gets no proof");
    let before: i64 = entry.parse::<i64>().unwrap() - 1;
    let other = format!("{question}/exports/{before}/proof");
    assert_eq!(sam.get(&other).await.status, 404, "no other entry is opened by it");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("KNOWN.csv");
    fs::write(folder.path().join("proof"), &given.body).unwrap();
    fs::write(&file, &list.body).unwrap();
    let key = house.stranger().get("/log/vkey").await.body.trim().to_owned();
    let file_text = file.to_str().unwrap();
    let good = judge(folder.path(), &key, &["--file", file_text]);
    assert_eq!(good.code, 0, "{}{}", good.out, good.err);
    let approval = question.rsplit('/').next().unwrap();
    for told in ["bank.exported bank:", approval, "the file is the one", "OK"] {
        assert!(good.out.contains(told), "{told}: {}", good.out);
    }
    let told = judge(folder.path(), &key, &["--format", "json"]).json_lines().remove(0);
    assert_eq!((&told["verified"], &told["entry"]["action"]), (&true.into(), &"bank.exported".into()));
    assert!(told["file_is_the_one"].is_null());

    fs::write(&file, list.body.replace(MD5, "ffeeddccbbaa99887766554433221100")).unwrap();
    let altered = judge(folder.path(), &key, &["--file", file_text]);
    assert!(altered.code == 1 && altered.out.contains("FAIL: the file is not the one"), "{}", altered.out);
    let name = key.split('+').next().unwrap();
    let strange = SignerKey::from_seed(name, Kind::Note, &[1; 32]).unwrap().verifier().to_string();
    assert_eq!(judge(folder.path(), &strange, &[]).code, 1, "another key signed it");

    let whole = EntryProof::read(&given.body).unwrap();
    let says_otherwise =
        String::from_utf8(whole.extra.clone().unwrap()).unwrap().replace(approval, &"0".repeat(36));
    for (extra, code) in [(Some(says_otherwise.into_bytes()), 1), (None, 2), (Some(b"a package".to_vec()), 2)]
    {
        let proof = EntryProof { extra, ..whole.clone() };
        fs::write(folder.path().join("proof"), proof.to_string()).unwrap();
        let judged = judge(folder.path(), &key, &[]);
        assert_eq!(judged.code, code, "{}{}", judged.out, judged.err);
    }

    let again = fetch().await.header("vigie-ledger-entry").to_owned();
    assert_ne!(again, entry, "each fetch is an entry of its own");
    assert!(sam.get(&question).await.body.contains(&format!("/exports/{again}/proof")));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_a_bank_goes_with_a_proof_that_anybody_checks_offline() {
    a_bank_goes_with_a_proof_that_anybody_checks_offline(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_a_bank_goes_with_a_proof_that_anybody_checks_offline() {
    const TEST: &str = "exports::postgres_a_bank_goes_with_a_proof_that_anybody_checks_offline";
    let Some(database) = Database::postgres(TEST).await else { return };
    a_bank_goes_with_a_proof_that_anybody_checks_offline(database).await;
}
