//! Evidence over its time: the round, every place where it can stop half-way, and what a copy of yesterday still opens.

use std::path::Path;

use vigie_model::Moment;
use vigie_store::blobs::Hold;
use vigie_store::{Store, StoreSettings};

use super::*;
use crate::tests::{House, house};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An object with a row.
pub(crate) async fn kept(house: &House, bytes: &'static [u8]) -> BlobId {
    let app = &house.app;
    let blob = app.keep_evidence("test", "image/png", bytes.into(), [0; 32]).await.unwrap();
    let mut tx = app.store.begin().await.unwrap();
    blobs::insert(&mut tx, &blob).await.unwrap();
    tx.commit(&app.told("test.kept", "test".into())).await.unwrap();
    blob.id
}

pub(crate) async fn hold(house: &House, id: BlobId, until: Option<Moment>) -> bool {
    let app = &house.app;
    let hold = Hold { reason: "order:7".into(), placed_at: app.now(), until };
    let mut tx = app.store.begin().await.unwrap();
    let held = blobs::place_hold(&mut tx, id, &hold).await.unwrap();
    tx.commit(&app.told("test.held", "test".into())).await.unwrap();
    held
}

async fn found(house: &House, id: BlobId) -> Blob {
    blobs::find(&mut house.app.store.read().await.unwrap(), id).await.unwrap().unwrap()
}

/// Goes on to a moment at which the period of an object is over.
async fn let_retention_end(house: &House, id: BlobId) -> Period {
    let period = found(house, id).await.period;
    house.clock.advance(period.end().unwrap().after(GRACE).since(house.app.now()));
    period
}

async fn state(house: &House, period: Period) -> PeriodState {
    let all = house.app.periods().await.unwrap();
    all.into_iter().find(|state| state.period == period).unwrap()
}

/// Actions of the ledger that begin so, in their order.
async fn told(house: &House) -> Vec<String> {
    let rows = house.rows().await["ledger_details"].clone();
    let mut actions: Vec<(i64, String)> = rows
        .iter()
        .map(|row| {
            let cells: Vec<_> = row.split(" | ").collect();
            (cells[0].parse().unwrap(), cells[3].to_owned())
        })
        .filter(|(_, action)| action.starts_with("evidence."))
        .collect();
    actions.sort_unstable();
    actions.into_iter().map(|(_, action)| action).collect()
}

fn files(house: &House) -> usize {
    house.app.store.vault().list().unwrap().len()
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// How many objects of a restored copy open, of those whose rows are not erased there.
async fn open_in(data: &Path) -> (usize, usize) {
    let store = Store::open(&StoreSettings { database: None, data: data.to_owned() }).await.unwrap();
    let living = blobs::living(&mut store.read().await.unwrap()).await.unwrap();
    let opened = living.iter().filter(|(id, period)| store.vault().get(*id, *period).is_ok()).count();
    store.close().await;
    (opened, living.len())
}

#[tokio::test]
async fn of_yesterdays_backup_nothing_opens_when_retention_has_ended() {
    let house = house().await;
    let mut objects = Vec::new();
    for _ in 0..100 {
        objects.push(kept(&house, b"a lake at dusk").await);
    }
    let held = objects[42];
    assert!(hold(&house, held, None).await);
    let backup = tempfile::tempdir().unwrap();
    house.app.store.empty_write_log().await.unwrap();
    for part in ["vault", "keyring"] {
        copy_folder(&house.folder().join(part), &backup.path().join(part));
    }
    std::fs::copy(house.folder().join("vigie.db"), backup.path().join("vigie.db")).unwrap();
    assert_eq!(open_in(backup.path()).await, (100, 100), "with the keys of then all of it opens");

    let period = let_retention_end(&house, held).await;
    let ended = house.app.expire_evidence().await.unwrap();
    assert_eq!(ended, Ended { erased: 99, resealed: 1, shredded: 1 });
    assert_eq!(house.app.open_evidence(held).await.unwrap(), b"a lake at dusk");
    assert!(state(&house, period).await.shredded_at.is_some());
    assert_eq!(files(&house), 1);
    let gone = house.app.open_evidence(objects[0]).await.unwrap_err();
    assert_eq!(gone.code(), Code::NotPreviewable);

    std::fs::remove_dir_all(backup.path().join("keyring")).unwrap();
    assert_eq!(open_in(backup.path()).await, (0, 100), "without the keys");
    std::fs::remove_dir_all(backup.path().join("keyring")).unwrap();
    copy_folder(&house.folder().join("keyring"), &backup.path().join("keyring"));
    assert_eq!(open_in(backup.path()).await, (0, 100), "with the keys of today");
    let told = told(&house).await;
    assert_eq!(told[0], "evidence.period_closed");
    assert_eq!(told[told.len() - 2..], ["evidence.resealed", "evidence.key_shredded"]);
}

#[tokio::test]
async fn retention_ends_to_the_day_and_a_hold_keeps_what_it_stands_on() {
    let house = house().await;
    let (free, held) = (kept(&house, b"free").await, kept(&house, b"held").await);
    assert!(hold(&house, held, Some(house.app.now().after(366 * DAY))).await);
    house.clock.advance(364 * DAY);
    assert_eq!(house.app.expire_evidence().await.unwrap(), Ended::default());
    house.clock.advance(DAY);
    assert_eq!(house.app.expire_evidence().await.unwrap().erased, 1);
    assert!(found(&house, free).await.erased_at.is_some());
    assert!(!hold(&house, free, None).await, "what is erased cannot be held any more");
    assert_eq!(house.app.open_evidence(held).await.unwrap(), b"held");
    house.clock.advance(DAY);
    assert_eq!(house.app.expire_evidence().await.unwrap().erased, 1, "the set of holds is empty now");
}

#[tokio::test]
async fn what_was_moved_goes_with_its_hold_and_its_later_key_too() {
    let house = house().await;
    let held = kept(&house, b"held").await;
    let ends = found(&house, held).await.period.end().unwrap().after(2 * DAY);
    assert!(hold(&house, held, Some(ends)).await);
    let first = let_retention_end(&house, held).await;
    assert_eq!(house.app.expire_evidence().await.unwrap(), Ended { erased: 0, resealed: 1, shredded: 1 });
    let later = found(&house, held).await.period;
    assert_eq!(later, first.later(1 + HELD_MONTHS));
    house.clock.advance(DAY);
    assert_eq!(house.app.expire_evidence().await.unwrap().erased, 1);
    let_retention_end(&house, held).await;
    assert_eq!(house.app.expire_evidence().await.unwrap().shredded, 1);
    assert!(!house.app.store.vault().key_file(later).exists());
}

#[tokio::test]
async fn a_round_that_stopped_after_the_rows_said_erased_is_gone_on_with() {
    let house = house().await;
    let id = kept(&house, b"a lake").await;
    let period = let_retention_end(&house, id).await;
    house.app.close_periods().await.unwrap();
    assert_eq!(house.app.erase_rows(&[(id, period)]).await.unwrap(), [(id, period)]);
    assert_eq!(files(&house), 1, "the process died here");

    assert_eq!(house.app.expire_evidence().await.unwrap().shredded, 1);
    assert_eq!(files(&house), 0);
}

#[tokio::test]
async fn a_round_that_stopped_while_it_moved_something_is_gone_on_with() {
    let house = house().await;
    let id = kept(&house, b"a lake").await;
    assert!(hold(&house, id, None).await);
    let period = let_retention_end(&house, id).await;
    house.app.close_periods().await.unwrap();
    let later = Period::of(house.app.now()).later(HELD_MONTHS);
    assert_eq!(house.app.seal_again(&[(id, period)], later).await, [(id, period)]);
    assert_eq!(files(&house), 2, "the process died before the row said so");
    assert_eq!(house.app.open_evidence(id).await.unwrap(), b"a lake");

    house.app.seal_again(&[(id, period)], later).await;
    assert_eq!(house.app.move_rows(&[(id, period)], later).await.unwrap(), [(id, period)]);
    assert_eq!(files(&house), 2, "the process died before the first file went");
    assert_eq!(house.app.open_evidence(id).await.unwrap(), b"a lake");

    assert_eq!(house.app.expire_evidence().await.unwrap(), Ended { erased: 0, resealed: 0, shredded: 1 });
    assert_eq!(house.app.open_evidence(id).await.unwrap(), b"a lake");
    assert_eq!(files(&house), 1);
    // One that was sealed again and never moved lies in a period that goes on.
    house.app.seal_again(&[(id, later)], later.later(1)).await;
    let written_at = house.app.store.vault().list().unwrap()[0].written_at;
    house.clock.advance(written_at.since(house.app.now()) + 2 * DAY);
    house.app.keep_house().await.unwrap();
    assert_eq!(files(&house), 1);
    assert_eq!(house.app.open_evidence(id).await.unwrap(), b"a lake");
}

#[tokio::test]
async fn a_round_that_stopped_after_a_key_was_destroyed_says_so_in_the_next() {
    let house = house().await;
    let id = kept(&house, b"a lake").await;
    let period = let_retention_end(&house, id).await;
    house.app.close_periods().await.unwrap();
    house.app.erase_due().await.unwrap();
    house.app.store.vault().shred(period).unwrap();
    assert_eq!(state(&house, period).await.shredded_at, None, "the process died here");

    assert_eq!(house.app.expire_evidence().await.unwrap().shredded, 1);
    assert!(state(&house, period).await.shredded_at.is_some());
    assert_eq!(told(&house).await.last().unwrap(), "evidence.key_shredded");
    assert_eq!(house.app.expire_evidence().await.unwrap(), Ended::default(), "it is said once");
}

#[tokio::test]
async fn the_key_of_what_does_not_open_is_left_alone() {
    let house = house().await;
    let id = kept(&house, b"a lake").await;
    assert!(hold(&house, id, None).await);
    let period = let_retention_end(&house, id).await;
    let file = house.folder().join(vigie_store::vault::Vault::file(id, period));
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, b"torn").unwrap();
    assert_eq!(house.app.expire_evidence().await.unwrap(), Ended::default());
    assert!(house.app.store.vault().key_file(period).exists());
    std::fs::write(&file, whole).unwrap();
    assert_eq!(house.app.expire_evidence().await.unwrap().resealed, 1);
}

#[tokio::test]
async fn nothing_is_sealed_to_a_closed_period_nor_slips_into_it() {
    let house = house().await;
    let app = &house.app;
    let late = app.keep_evidence("test", "image/png", b"late".as_slice().into(), [0; 32]).await.unwrap();
    let mut tx = app.store.begin().await.unwrap();
    assert!(periods::close(&mut tx, late.period, app.now()).await.unwrap());
    tx.commit(&app.told("test.closed", "test".into())).await.unwrap();

    let mut tx = app.store.begin().await.unwrap();
    let refused = Error::from(blobs::insert(&mut tx, &late).await.unwrap_err());
    assert_eq!(refused.code(), Code::Busy);
    drop(tx);
    let id = kept(&house, b"a lake").await;
    assert_eq!(found(&house, id).await.period, late.period.later(1));
}
