//! Periods of the vault, what is due, and holds that come at the same moment as an erasure.

use std::time::Duration;

use vigie_model::{Moment, Period};
use vigie_store::blobs::{self, Blob, Hold};
use vigie_store::retention::{self, Due};
use vigie_store::{StoreError, periods};

use crate::house::{House, START, commit};

const HOUR: Duration = Duration::from_secs(60 * 60);

fn march() -> Period {
    "2027-03".parse().unwrap()
}

fn due_at(now: Moment) -> Due {
    Due { now, kept_before: Moment(0) }
}

async fn kept(house: &House, retain_until: Moment) -> Blob {
    let blob = Blob {
        id: house.id(),
        purpose: "submission".into(),
        mime: "image/png".into(),
        plain_size: 3,
        plain_sha256: [3; 32],
        created_at: START,
        period: march(),
        retain_until: Some(retain_until),
        erased_at: None,
    };
    let mut tx = house.begin().await;
    blobs::insert(&mut tx, &blob).await.unwrap();
    commit(tx).await;
    blob
}

fn hold(until: Option<Moment>) -> Hold {
    Hold { reason: "order:7".into(), placed_at: START, until }
}

pub(crate) async fn what_is_due_is_erased_once_and_never_under_a_hold(house: &House) {
    let (now, later) = (START.after(HOUR), START.after(2 * HOUR));
    let (free, young, held, freed) =
        (kept(house, now).await, kept(house, later).await, kept(house, now).await, kept(house, now).await);
    let mut tx = house.begin().await;
    assert!(blobs::place_hold(&mut tx, held.id, &hold(None)).await.unwrap());
    assert!(blobs::place_hold(&mut tx, freed.id, &hold(Some(now))).await.unwrap());
    commit(tx).await;

    let mut reader = house.store.read().await.unwrap();
    let due = retention::due(&mut reader, due_at(now), 10).await.unwrap();
    assert_eq!(due, [(free.id, march()), (freed.id, march())]);
    assert_eq!(retention::due(&mut reader, due_at(now), 1).await.unwrap().len(), 1);
    let mut tx = house.begin().await;
    assert!(retention::erase(&mut tx, free.id, now).await.unwrap());
    assert!(!retention::erase(&mut tx, free.id, now).await.unwrap(), "once");
    assert!(!retention::erase(&mut tx, held.id, now).await.unwrap(), "a hold stands on it");
    assert!(!blobs::place_hold(&mut tx, free.id, &hold(None)).await.unwrap(), "it is gone");
    assert!(!blobs::place_hold(&mut tx, house.id(), &hold(None)).await.unwrap(), "it never was");
    commit(tx).await;

    let living = blobs::living(&mut reader).await.unwrap();
    assert_eq!(living.len(), 3);
    assert!(!living.contains(&(free.id, march())));
    assert_eq!(blobs::find(&mut reader, free.id).await.unwrap().unwrap().erased_at, Some(now));
    let state = periods::list(&mut reader, now).await.unwrap().remove(0);
    assert_eq!((state.period, state.objects, state.held), (march(), 3, 1));
    assert_eq!(retention::held_for(&mut reader, "order:7", now).await.unwrap(), [held.id]);
    let standing = retention::standing(&mut reader, now, 10).await.unwrap().remove(0);
    assert_eq!((standing.reason.as_str(), standing.objects), ("order:7", 1));
    drop(reader);
    let mut tx = house.begin().await;
    assert!(retention::lift(&mut tx, held.id, "order:7").await.unwrap());
    assert!(!retention::lift(&mut tx, held.id, "order:7").await.unwrap());
    commit(tx).await;
    let due = retention::due(&mut house.store.read().await.unwrap(), due_at(later), 10).await.unwrap();
    assert_eq!(due.len(), 3, "{young:?}");
}

pub(crate) async fn a_period_closes_once_and_takes_nothing_more(house: &House) {
    let first = kept(house, START).await;
    let mut tx = house.begin().await;
    assert!(!periods::set_shredded(&mut tx, march(), START).await.unwrap(), "it is not closed");
    assert!(periods::close(&mut tx, march(), START).await.unwrap());
    assert!(!periods::close(&mut tx, march(), START).await.unwrap());
    commit(tx).await;

    let late = Blob { id: house.id(), ..first.clone() };
    let mut tx = house.begin().await;
    let refused = blobs::insert(&mut tx, &late).await;
    assert!(matches!(refused, Err(StoreError::PeriodClosed(period)) if period == march()), "{refused:?}");
    drop(tx);
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(periods::first_open(&mut reader, march()).await.unwrap(), march().later(1));
    assert_eq!(periods::first_open(&mut reader, march().later(-1)).await.unwrap(), march().later(-1));
    drop(reader);

    let mut tx = house.begin().await;
    blobs::place_hold(&mut tx, first.id, &hold(None)).await.unwrap();
    let april = march().later(1);
    assert!(retention::move_to(&mut tx, (first.id, march()), april, START).await.unwrap());
    assert!(!retention::move_to(&mut tx, (first.id, march()), april, START).await.unwrap(), "it was moved");
    assert!(periods::set_shredded(&mut tx, march(), START).await.unwrap());
    assert!(!periods::set_shredded(&mut tx, march(), START).await.unwrap());
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(blobs::living(&mut reader).await.unwrap(), [(first.id, april)]);
    assert_eq!(retention::held(&mut reader, april, due_at(START), 9).await.unwrap(), [(first.id, april)]);
}

#[tokio::test]
async fn nothing_of_what_was_deleted_is_left_in_the_files_of_sqlite() {
    let house = House::sqlite().await;
    let blob = kept(&house, START).await;
    let reason = "order:a-name-that-stands-nowhere-else";
    let mut tx = house.begin().await;
    blobs::place_hold(&mut tx, blob.id, &Hold { reason: reason.into(), ..hold(None) }).await.unwrap();
    commit(tx).await;
    let files = || {
        ["vigie.db", "vigie.db-wal"]
            .map(|name| std::fs::read(house.settings.data.join(name)).unwrap_or_default())
            .concat()
    };
    let stands = |files: Vec<u8>| files.windows(reason.len()).any(|part| part == reason.as_bytes());
    assert!(house.store.empty_write_log().await.unwrap() && stands(files()));
    let mut tx = house.begin().await;
    assert!(retention::lift(&mut tx, blob.id, reason).await.unwrap());
    commit(tx).await;
    assert!(stands(files()), "the log of writes has not been taken over");
    assert!(house.store.empty_write_log().await.unwrap());
    assert!(!stands(files()));
    house.close().await;
}

/// On PostgreSQL both writers are at work at once; on SQLite one waits for the other.
pub(crate) async fn a_hold_and_an_erasure_at_once_never_both_come_about(house: &House) {
    for _ in 0..20 {
        let blob = kept(house, START).await;
        let erase = async {
            let mut tx = house.begin().await;
            let erased = retention::erase(&mut tx, blob.id, START).await.unwrap();
            commit(tx).await;
            erased
        };
        let place = async {
            let mut tx = house.begin().await;
            let held = blobs::place_hold(&mut tx, blob.id, &hold(None)).await.unwrap();
            commit(tx).await;
            held
        };
        let (erased, held) = tokio::join!(erase, place);
        assert!(erased != held, "erased: {erased}, held: {held}");
    }
}
