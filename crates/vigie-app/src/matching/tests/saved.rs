//! The saved index: a start from it knows what a start from the store knows, and a bad one only costs time.

use std::fs;
use std::path::Path;
use std::time::Duration;

use vigie_match::Signal;
use vigie_model::bank::{EntryState, Verdict};
use vigie_store::{BankChange, banks};

use super::{bank, change, change_entry, keep, pdq, trace};
use crate::App;
use crate::matching::{Asked, BanksFrom, Signals};
use crate::tests::{House, house};

/// What each of these signals finds: bank, entry and distance.
fn answers(app: &App, asked: &[Signal]) -> Vec<(String, i64, u32)> {
    let asked =
        asked.iter().flat_map(|signal| app.find_matches(&Signals::of(signal), &Asked::with_coin(0.0)));
    asked.map(|found| (found.bank.name.to_string(), found.entry, found.distance)).collect()
}

fn is_saved(from: &BanksFrom) -> bool {
    matches!(from, BanksFrom::SavedIndex)
}

/// Why the saved index was not used.
fn refusal(from: BanksFrom) -> String {
    let BanksFrom::StoreInstead(error) = from else { panic!("it was not refused: {from:?}") };
    std::error::Error::source(&error).unwrap().to_string()
}

/// A fresh process that starts from the store, because there is no saved index.
async fn from_store(house: &House) -> App {
    let file = house.app.store.index_file().path();
    let aside = file.with_extension("aside");
    fs::rename(&file, &aside).unwrap();
    let app = house.second_process().await;
    assert!(matches!(app.load_banks().await.unwrap(), BanksFrom::Store));
    fs::rename(aside, file).unwrap();
    app
}

#[tokio::test]
async fn a_start_from_the_saved_index_knows_what_a_start_from_the_store_knows() {
    let house = house().await;
    let app = &house.app;
    assert!(!app.save_index().await.unwrap(), "there is nothing to save yet");
    let gone = bank(app, "GONE", Verdict::Review);
    keep(app, &gone, &[Signal::Pdq(pdq(0)), Signal::Md5([9; 16])]).await;
    let known = bank(app, "KNOWN", Verdict::Review);
    let entries = keep(app, &known, &[1, 2, 3, 4, 5].map(|byte| Signal::Md5([byte; 16]))).await;
    let later = app.now().after(Duration::from_secs(60));
    change_entry(app, entries[0], |entry| entry.disabled_until = Some(later)).await;
    change_entry(app, entries[1], |entry| entry.state = EntryState::Quarantined).await;
    assert!(app.save_index().await.unwrap());
    assert!(!app.save_index().await.unwrap(), "nothing changed since");

    // What comes after it was saved: a bank goes, a bank comes into no other's slot, entries change.
    let mut tx = app.store.begin().await.unwrap();
    banks::remove(&mut tx, gone.id, app.now()).await.unwrap();
    tx.announce(BankChange::of_bank(gone.id));
    tx.commit(&trace(app)).await.unwrap();
    app.follow_changes().await.unwrap();
    let fresh = bank(app, "AAA_FRESH", Verdict::Review);
    keep(app, &fresh, &[Signal::Pdq(pdq(100)), Signal::Md5([3; 16])]).await;
    change_entry(app, entries[3], |entry| entry.disabled_until = Some(later)).await;
    change_entry(app, entries[4], |entry| entry.state = EntryState::Removed).await;

    let asked = (1..=9).map(|byte| Signal::Md5([byte; 16]));
    let asked: Vec<_> = asked.chain([0, 4, 90].map(|bits| Signal::Pdq(pdq(bits)))).collect();
    let saved = house.second_process().await;
    assert!(is_saved(&saved.load_banks().await.unwrap()));
    let stored = from_store(&house).await;
    let now = answers(app, &asked);
    let fresh_and_third = |name: &str| now.iter().filter(|(bank, ..)| bank == name).count();
    assert_eq!((now.len(), fresh_and_third("AAA_FRESH"), fresh_and_third("KNOWN")), (3, 2, 1));
    for other in [&saved, &stored] {
        assert_eq!(answers(other, &asked), now);
        assert_eq!(other.index_version(), app.index_version());
    }
    house.clock.advance(Duration::from_secs(60));
    assert_eq!(answers(app, &asked).len(), 5, "two come back by themselves");
    assert_eq!(answers(&saved, &asked), answers(app, &asked));

    // The process that started from it goes on following, and saves in its turn.
    change_entry(app, entries[0], |entry| entry.state = EntryState::Removed).await;
    saved.follow_changes().await.unwrap();
    assert_eq!(answers(&saved, &asked), answers(app, &asked));
    assert!(saved.save_index().await.unwrap());
    let third = house.second_process().await;
    assert!(is_saved(&third.load_banks().await.unwrap()));
    assert_eq!(answers(&third, &asked), answers(app, &asked));
}

#[tokio::test]
async fn a_torn_altered_or_foreign_file_is_refused_by_name_and_the_store_is_read() {
    let house = house().await;
    let known = bank(&house.app, "KNOWN", Verdict::Review);
    keep(&house.app, &known, &[Signal::Pdq(pdq(0)), Signal::Md5([1; 16])]).await;
    assert!(house.app.save_index().await.unwrap());
    let file = house.app.store.index_file().path();
    let whole = fs::read(&file).unwrap();
    let mut altered = whole.clone();
    // In the note, behind its length.
    altered[40] ^= 1;
    let mut other_format = whole.clone();
    other_format[8] ^= 0x40;
    for (bytes, reason) in [
        (&whole[..whole.len() - 1], "its end is missing"),
        (b"", "its end is missing"),
        (&altered, "it was altered"),
        (&other_format, "it has format"),
        (b"a shopping list, long enough to be one", "it is not one"),
    ] {
        fs::write(&file, bytes).unwrap();
        let app = house.second_process().await;
        let told = refusal(app.load_banks().await.unwrap());
        assert!(told.contains(reason), "{told}");
        assert_eq!(answers(&app, &[Signal::Md5([1; 16])]).len(), 1);
        assert!(app.save_index().await.unwrap(), "a good one takes its place");
        assert!(is_saved(&house.second_process().await.load_banks().await.unwrap()));
    }
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let app = house.second_process().await;
    let told = refusal(app.load_banks().await.unwrap());
    assert!(told.contains("cannot read the saved index"), "{told}");
    assert!(app.save_index().await.is_err());
    assert_eq!(answers(&app, &[Signal::Md5([1; 16])]).len(), 1);
}

#[tokio::test]
async fn a_file_of_another_schema_or_form_is_refused() {
    let house = house().await;
    let known = bank(&house.app, "KNOWN", Verdict::Review);
    keep(&house.app, &known, &[Signal::Md5([1; 16])]).await;
    for key in ["form", "schema"] {
        let index = vigie_match::Index::new();
        let mut note = serde_json::json!({
            "form": 2, "schema": vigie_store::schema_versions().last(), "seen": 0, "leaf": [], "slots": 0,
            "banks": [], "disabled": [],
        });
        note[key] = 99.into();
        let place = house.app.store.index_file();
        let write =
            |file: &fs::File| index.freeze().save(note.to_string().as_bytes(), file).map_err(|error| error.0);
        assert!(place.replace(write).unwrap());
        let app = house.second_process().await;
        let told = refusal(app.load_banks().await.unwrap());
        assert!(told.contains("another version"), "{told}");
        assert_eq!(answers(&app, &[Signal::Md5([1; 16])]).len(), 1);
    }
}

/// Copies the database, whose connections are closed.
fn copy_database(from: &Path, to: &Path) {
    for name in ["vigie.db", "vigie.db-wal", "vigie.db-shm"] {
        match fs::copy(from.join(name), to.join(name)) {
            Ok(_) => {}
            Err(_) => drop(fs::remove_file(to.join(name))),
        }
    }
}

#[tokio::test]
async fn a_database_that_was_set_back_is_not_answered_from_its_future() {
    let mut house = house().await;
    let known = bank(&house.app, "KNOWN", Verdict::Review);
    keep(&house.app, &known, &[Signal::Md5([1; 16])]).await;
    house.app.store.close().await;
    let backup = tempfile::tempdir().unwrap();
    copy_database(house.folder(), backup.path());

    house.app = house.second_process().await;
    house.app.load_banks().await.unwrap();
    keep(&house.app, &known, &[Signal::Md5([2; 16])]).await;
    assert!(house.app.save_index().await.unwrap());
    house.app.store.close().await;
    copy_database(backup.path(), house.folder());

    // The saved index knows more than the database.
    house.app = house.second_process().await;
    let told = refusal(house.app.load_banks().await.unwrap());
    assert!(told.contains("restored from a backup"), "{told}");
    assert_eq!(answers(&house.app, &[Signal::Md5([2; 16])]), []);

    // Now the database went on, past the place where the saved index stands.
    keep(&house.app, &known, &[Signal::Md5([3; 16])]).await;
    keep(&house.app, &known, &[Signal::Md5([4; 16])]).await;
    let later = house.second_process().await;
    assert!(refusal(later.load_banks().await.unwrap()).contains("restored from a backup"));
    assert_eq!(answers(&later, &[2, 3, 4].map(|byte| Signal::Md5([byte; 16]))).len(), 2);
    assert!(later.save_index().await.unwrap());
    assert!(is_saved(&house.second_process().await.load_banks().await.unwrap()));
}

#[tokio::test]
async fn the_index_of_another_house_is_refused() {
    let (house, other) = (house().await, self::house().await);
    for house in [&house, &other] {
        let known = bank(&house.app, "KNOWN", Verdict::Review);
        keep(&house.app, &known, &[Signal::Md5([1; 16])]).await;
    }
    assert!(other.app.save_index().await.unwrap());
    assert!(house.app.save_index().await.unwrap());
    fs::copy(other.app.store.index_file().path(), house.app.store.index_file().path()).unwrap();
    let told = refusal(house.second_process().await.load_banks().await.unwrap());
    assert!(told.contains("another database"), "{told}");
}

#[tokio::test]
async fn two_processes_save_in_turn_and_changes_go_on_meanwhile() {
    let house = house().await;
    let other = house.second_process().await;
    other.load_banks().await.unwrap();
    let known = bank(&house.app, "KNOWN", Verdict::Review);
    keep(&house.app, &known, &[Signal::Md5([1; 16])]).await;
    other.follow_changes().await.unwrap();

    // While one of them writes, the other leaves it alone and stays ready to do it later.
    let place = other.store.index_file().clone();
    let (began, begun) = std::sync::mpsc::channel();
    let (end, ended) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        place.replace(|_| {
            began.send(()).unwrap();
            ended.recv().unwrap();
            Err(std::io::Error::other("it gave up"))
        })
    });
    begun.recv().unwrap();
    assert!(!house.app.save_index().await.unwrap());
    change(&house.app, &known).await;
    end.send(()).unwrap();
    assert!(writer.join().unwrap().is_err());
    assert!(house.app.save_index().await.unwrap());
    assert!(other.save_index().await.unwrap(), "it is behind, and saves what it has");

    let third = house.second_process().await;
    assert!(is_saved(&third.load_banks().await.unwrap()));
    assert_eq!(third.index_version(), house.app.index_version());
}

#[tokio::test]
async fn the_index_is_saved_by_itself_when_enough_changed_or_after_an_hour() {
    let house = house().await;
    let file = house.app.store.index_file().path();
    house.app.load_banks().await.unwrap();
    let known = bank(&house.app, "KNOWN", Verdict::Review);
    keep(&house.app, &known, &[Signal::Md5([1; 16])]).await;
    house.app.keep_index().await.unwrap();
    assert!(file.exists(), "there was none");

    let saved = fs::read(&file).unwrap();
    keep(&house.app, &known, &[Signal::Md5([2; 16])]).await;
    house.app.keep_index().await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), saved, "one entry is no reason");
    house.clock.advance(Duration::from_secs(60 * 60));
    house.app.keep_index().await.unwrap();
    assert_ne!(fs::read(&file).unwrap(), saved);
}

#[tokio::test]
async fn a_saved_index_that_so_much_came_after_is_passed_over() {
    let house = house().await;
    let app = &house.app;
    let known = bank(app, "KNOWN", Verdict::Review);
    keep(app, &known, &[Signal::Md5([1; 16])]).await;
    assert!(app.save_index().await.unwrap());
    for (last, from_store) in [(100_000, false), (100_001, true)] {
        let mut tx = app.store.begin().await.unwrap();
        tx.announce(BankChange { bank: known.id, entries: Some(2..=last) });
        tx.commit(&trace(app)).await.unwrap();
        app.follow_changes().await.unwrap();
        let process = house.second_process().await;
        let from = process.load_banks().await.unwrap();
        assert_eq!(matches!(from, BanksFrom::Store), from_store, "{from:?}");
        assert_eq!(answers(&process, &[Signal::Md5([1; 16])]).len(), 1);
    }
}
