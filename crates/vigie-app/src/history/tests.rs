//! History: kept by many at once, readable by its key alone, gone whole.

use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use vigie_model::id::BasisId;
use vigie_model::surface::Technique;
use vigie_model::{Moment, Surface};

use super::*;
use crate::tests::{House, house};

fn reference(number: usize) -> Reference {
    Reference {
        service: "synthetic".into(),
        account: Some(format!("account {number}")),
        ..Reference::default()
    }
}

/// A basis under which history is kept, and which is in no table.
pub(crate) fn basis(app: &App) -> DetectionBasis {
    DetectionBasis {
        id: BasisId(uuid::Uuid::from_u128(1)),
        surface: Surface::PublicGroup,
        version: 1,
        legal_ground: "for this test".into(),
        valid_from: app.now(),
        valid_until: None,
        techniques: Technique::ALL.to_vec(),
        assessment_reference: "assessment 7".into(),
        history: true,
    }
}

/// Every row of history.
pub(crate) async fn rows(house: &House) -> Vec<Past> {
    let mut reader = house.app.store.read().await.unwrap();
    let now = house.app.now().after(Duration::from_secs(1));
    let mut rows = vec![];
    for state in history::segments(&mut reader, Segment(0), Moment(0), now).await.unwrap() {
        let mut more: Vec<_> = history::rows(&mut reader, state.segment).try_collect().await.unwrap();
        rows.append(&mut more);
    }
    rows
}

#[tokio::test]
async fn rows_of_many_requests_are_all_kept_and_only_their_key_opens_them() {
    let house = house().await;
    let basis = basis(&house.app);
    let signals = Signals { sha256: Some([7; 32]), ..Signals::default() };
    let references: Vec<_> = (0..50).map(reference).collect();
    let keep = |reference| house.app.keep_history(&basis, reference, &signals);
    for done in join_all(references.iter().map(keep)).await {
        done.unwrap();
    }
    let rows = rows(&house).await;
    assert!(rows.iter().all(|row| !row.reference.windows(7).any(|part| part == b"account")));
    let mut opened = vec![];
    for row in &rows {
        opened.push(house.app.resolve(row).await.unwrap().unwrap());
    }
    opened.sort_by_key(|reference| reference.account.clone());
    let mut expected = references;
    expected.sort_by_key(|reference| reference.account.clone());
    assert_eq!(opened, expected);
}

#[tokio::test]
async fn who_waits_on_a_request_that_goes_away_is_kept_all_the_same() {
    let house = house().await;
    let basis = basis(&house.app);
    let signals = Signals { md5: Some([7; 16]), ..Signals::default() };
    let (first, second) = (reference(1), reference(2));
    let keep = |reference| house.app.keep_history(&basis, reference, &signals);
    // The key of the hour is there from here on.
    keep(&first).await.unwrap();
    let mut leader = Box::pin(keep(&first));
    let mut follower = Box::pin(keep(&second));
    // The follower's row waits before the leader takes its turn, and then the leader's caller goes away.
    let busy = house.app.intake().appender.turn.lock().await;
    assert!(futures_util::poll!(&mut follower).is_pending());
    assert!(futures_util::poll!(&mut leader).is_pending());
    drop(busy);
    assert!(futures_util::poll!(&mut leader).is_pending());
    drop(leader);
    follower.await.unwrap();

    let mut kept = 0;
    for row in rows(&house).await {
        kept += usize::from(house.app.resolve(&row).await.unwrap().as_ref() == Some(&second));
    }
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn history_goes_whole_within_thirty_days_and_an_old_copy_of_it_tells_nothing() {
    let house = house().await;
    let basis = basis(&house.app);
    let signals = Signals { md5: Some([7; 16]), ..Signals::default() };
    let keep = |number| {
        let reference = reference(number);
        let (house, basis, signals) = (&house, &basis, &signals);
        async move { house.app.keep_history(basis, &reference, signals).await.unwrap() }
    };
    keep(1).await;
    house.clock.advance(Duration::from_secs(60 * 60));
    keep(2).await;
    let copy = rows(&house).await;

    house.clock.advance(LIFE.checked_sub(Duration::from_secs(2 * 60 * 60)).unwrap());
    assert_eq!(house.app.forget_history().await.unwrap(), 0);
    house.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(house.app.forget_history().await.unwrap(), 1, "the first hour, not the second");
    assert_eq!(rows(&house).await, copy[1..]);
    assert_eq!(house.app.resolve(&copy[0]).await.unwrap(), None);
    assert_eq!(house.app.resolve(&copy[1]).await.unwrap(), Some(reference(2)));
    house.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(house.app.forget_history().await.unwrap(), 1);
    let left = std::fs::read_dir(house.folder().join("keyring").join("history")).unwrap().count();
    assert_eq!(left, 0, "no key is left");
}
