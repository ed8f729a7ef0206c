//! Backups: of a house that runs, verified, altered, restored, and recognised when they are old.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use vigie_model::{Role, Scope};
use vigie_store::{Store, StoreSettings, blobs};
use vigie_synth::{Recipe, Size};
use vigie_testkit::{Database, House, Plan, Process, Visitor};

use crate::program::{Ran, program, vigie};

fn run(data: &Path, arguments: &[&str]) -> Ran {
    vigie(arguments.iter().map(AsRef::as_ref).chain(["--data".as_ref(), data.as_os_str()]))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn verify(folder: &Path) -> Ran {
    vigie(["backup", "verify", text(folder), "--format", "json"])
}

fn faults(folder: &Path) -> String {
    let ran = verify(folder);
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    ran.json_lines()[0]["faults"].to_string()
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// A picture that somebody reported lies in the vault.
async fn report(house: &House) {
    let messenger = house.machine(&[Scope::Submit]).await;
    let picture = Recipe::original(7, Size::clamped(320, 240)).render().bytes;
    let told = serde_json::json!({
        "service": "synthetic", "account_id": "a1", "message_id": "m1", "reason": "child_safety", "text": "please look",
    });
    let form = Form::new()
        .part("report", Part::text(told.to_string()))
        .part("media", Part::bytes(picture).file_name("f1"));
    let reply = messenger.send(messenger.request(Method::POST, "/api/v1/user-reports").multipart(form)).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
}

/// How many objects of a house open, of how many.
async fn opened(data: &Path, database: Option<String>) -> (usize, usize) {
    let store = Store::open(&StoreSettings { database, data: data.to_owned() }).await.unwrap();
    let living = blobs::living(&mut store.read().await.unwrap()).await.unwrap();
    let opened = living.iter().filter(|(id, period)| store.vault().get(*id, *period).is_ok()).count();
    store.close().await;
    (opened, living.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_that_runs_is_backed_up_restored_and_serves() {
    let house = House::of(Plan { works: true, ..Plan::default() }).await;
    house.person("Ada", &[Role::Auditor]).await;
    report(&house).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let (backup, keys) = (elsewhere.path().join("backup"), elsewhere.path().join("keys"));
    let made = run(house.data(), &["backup", text(&backup), "--keyring", text(&keys), "--format", "json"]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!(
        (&made.json_lines()[0]["objects"], &made.json_lines()[0]["keys_included"]),
        (&1.into(), &false.into())
    );
    assert_eq!(verify(&backup).code, 0, "{}", verify(&backup).out);
    assert!(!backup.join("keyring").exists() && keys.join("ledger.key").exists());
    let again = run(house.data(), &["backup", text(&backup)]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("never overwrites"), "{}", again.err);
    let told = house
        .database
        .texts(house.data(), "SELECT actor FROM ledger_details WHERE action = 'backup.begun'")
        .await;
    assert_eq!(told, ["operator"]);
    house.close().await;

    let data = elsewhere.path().join("restored");
    copy_folder(&backup, &data);
    assert_eq!(opened(&data, None).await, (0, 1), "without the keys nothing opens");
    copy_folder(&keys, &data.join("keyring"));
    assert_eq!(opened(&data, None).await, (1, 1));
    let service = Process::start(&program(), ["serve", "--listen", "127.0.0.1:0", "--data", text(&data)], []);
    assert_eq!(Visitor::new(service.address()).get("/readyz").await.status, 200);
    assert!(run(&data, &["person", "list"]).out.contains("Ada"));
    assert_eq!(service.interrupt(), Some(0));
}

#[test]
fn a_backup_without_keys_says_so_and_every_change_of_it_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let (data, backup) = (folder.path().join("data"), folder.path().join("backup"));
    assert_eq!(run(&data, &["person", "add", "Ada", "--role", "auditor"]).code, 0);
    let made = run(&data, &["backup", text(&backup)]);
    assert_eq!(made.code, 0, "{}", made.err);
    assert!(made.out.contains("KEYS ARE NOT IN IT"), "{}", made.out);
    assert_eq!(verify(&backup).code, 0);
    let manifest = fs::read_to_string(backup.join("manifest.json")).unwrap();

    let database = backup.join("vigie.db");
    let whole = fs::read(&database).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    fs::write(&database, altered).unwrap();
    assert!(faults(&backup).contains("vigie.db was altered"));
    fs::write(&database, &whole).unwrap();
    fs::write(backup.join("vigie.db-wal"), "more").unwrap();
    assert!(faults(&backup).contains("vigie.db-wal does not belong"));
    fs::remove_file(backup.join("vigie.db-wal")).unwrap();
    fs::remove_file(backup.join("instance")).unwrap();
    assert!(faults(&backup).contains("instance cannot be read"));
    fs::write(backup.join("instance"), fs::read(data.join("instance")).unwrap()).unwrap();
    assert_eq!(verify(&backup).code, 0);

    let other = manifest.replace("\"entries\": ", "\"entries\": 1");
    fs::write(backup.join("manifest.json"), other).unwrap();
    assert!(faults(&backup).contains("not the one of the manifest"));
    let outside = manifest.replace("\"instance\"", "\"../data/instance\"");
    fs::write(backup.join("manifest.json"), outside).unwrap();
    assert_eq!(verify(&backup).code, 2, "a path that leads out is never followed");
    fs::remove_file(backup.join("manifest.json")).unwrap();
    assert_eq!(verify(&backup).code, 2, "without a manifest it is no backup");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_finished_leaves_nothing_behind_but_its_entry() {
    let house = House::open().await;
    report(&house).await;
    let sealed = house.app().store.vault().list().unwrap().remove(0);
    house.app().store.vault().remove(sealed.id, sealed.period).unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (backup, keys) = (elsewhere.path().join("backup"), elsewhere.path().join("keys"));
    let failed = run(house.data(), &["backup", text(&backup), "--keyring", text(&keys)]);
    assert!(failed.code == 2 && failed.err.contains("3 times"), "{}", failed.err);
    assert!(!backup.exists() && !keys.exists());
    let query = "SELECT action FROM ledger_details WHERE object = 'backup' ORDER BY seq";
    assert_eq!(house.database.texts(house.data(), query).await, ["backup.begun", "backup.given_up"]);
    house.close().await;
}

#[test]
fn a_backup_that_is_older_than_what_was_signed_is_a_fork() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    let (data, backup, keys) = (at("data"), at("backup"), at("keys"));
    let config = at("vigie.toml");
    fs::write(&config, format!("[ledger]\nhigh_water = \"{}\"\n", at("mark").display())).unwrap();
    let config = text(&config);
    let go = |data: &Path, arguments: &[&str]| {
        run(data, &arguments.iter().copied().chain(["--config", config]).collect::<Vec<_>>())
    };
    assert_eq!(go(&data, &["person", "add", "Ada", "--role", "auditor"]).code, 0);
    assert_eq!(go(&data, &["backup", text(&backup), "--keyring", text(&keys)]).code, 0);
    // Publishing raises the mark.
    assert_eq!(go(&data, &["ledger", "export", text(&at("log"))]).code, 0);
    let restore = |name: &str| {
        copy_folder(&backup, &at(name));
        copy_folder(&keys, &at(name).join("keyring"));
        at(name)
    };
    let fresh = go(&restore("fresh"), &["ledger", "status", "--format", "json"]);
    assert!(fresh.json_lines()[0]["fork"].is_null(), "nothing happened since: {}", fresh.out);

    assert_eq!(go(&data, &["person", "add", "Bo", "--role", "auditor"]).code, 0);
    assert_eq!(go(&data, &["ledger", "export", text(&at("log"))]).code, 0);
    let old = restore("old");
    let status = go(&old, &["ledger", "status", "--format", "json"]);
    assert!(!status.json_lines()[0]["fork"].is_null(), "{}", status.out);
    let doctor = go(&old, &["doctor"]);
    assert!(doctor.code == 1 && doctor.out.contains("BAD ledger: nothing is signed"), "{}", doctor.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_backed_up_by_its_own_program() {
    const TEST: &str = "postgres_is_backed_up_by_its_own_program";
    let Some(database) = Database::postgres(TEST).await else { return };
    let house = House::of(Plan { database: database.clone(), ..Plan::default() }).await;
    report(&house).await;
    let folder = tempfile::tempdir().unwrap();
    let (backup, config) = (folder.path().join("backup"), folder.path().join("vigie.toml"));
    fs::write(&config, format!("database = \"{}\"\n", database.address().unwrap())).unwrap();
    let command = ["backup", text(&backup), "--config", text(&config), "--format", "json"];
    let made = run(house.data(), &command);
    if std::process::Command::new("pg_dump").arg("--version").output().is_err() {
        assert!(made.code == 2 && made.err.contains("pg_dump") && !backup.exists(), "{}", made.err);
    } else {
        assert_eq!(made.code, 0, "{}", made.err);
        assert!(backup.join("vigie.dump").exists());
        assert_eq!(verify(&backup).code, 0, "{}", verify(&backup).out);
        let dump = fs::read(backup.join("vigie.dump")).unwrap();
        fs::write(backup.join("vigie.dump"), &dump[..dump.len() / 2]).unwrap();
        assert_eq!(verify(&backup).code, 1);
    }
    house.close().await;
}
