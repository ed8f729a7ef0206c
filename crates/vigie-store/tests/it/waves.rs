//! Which items of an incident belong to a wave that is not decided.

use vigie_model::id::{IncidentId, ItemId};
use vigie_model::incident::{IncidentState, Item, ItemKind, Wave, WaveState};
use vigie_store::{items, waves};

use crate::house::{House, START, commit};
use crate::review::open;

async fn add_item(house: &House, incident: IncidentId, pivots: &[&str]) -> ItemId {
    let item = Item {
        id: house.id(),
        incident,
        kind: ItemKind::Submission,
        submission: None,
        report: None,
        media: None,
        verdict: None,
        added_at: START,
    };
    let mut tx = house.begin().await;
    items::insert(&mut tx, &item).await.unwrap();
    for pivot in pivots {
        items::insert_pivot(&mut tx, item.id, pivot).await.unwrap();
    }
    commit(tx).await;
    item.id
}

pub(crate) async fn items_of_open_waves_are_told_by_what_they_share(house: &House) {
    let waits = open(house, "a1", |_| ()).await.id;
    let decided = open(house, "a2", |incident| incident.state = IncidentState::Decided).await.id;
    let shared = add_item(house, waits, &["entry:17", "cluster:3"]).await;
    add_item(house, waits, &["entry:18"]).await;
    add_item(house, waits, &[]).await;
    add_item(house, decided, &["entry:17"]).await;
    let wave = |number: i64, pivot: &str| Wave {
        id: house.id(),
        number,
        pivot: pivot.into(),
        state: WaveState::Open,
        opened_at: START,
        decided_at: None,
    };
    let both = [wave(1, "entry:17"), wave(2, "cluster:3")];
    let mut tx = house.begin().await;
    for wave in &both {
        waves::insert(&mut tx, wave).await.unwrap();
    }
    commit(tx).await;

    let told = async |incident| {
        items::in_open_waves(&mut house.store.read().await.unwrap(), incident).await.unwrap()
    };
    assert_eq!(told(waits).await, [shared], "once, though it is in two");
    assert!(told(decided).await.is_empty(), "it does not wait any more");
    for (wave, left) in both.iter().zip([1, 0]) {
        let mut tx = house.begin().await;
        waves::set_state(&mut tx, wave.id, WaveState::Decided, Some(START)).await.unwrap();
        commit(tx).await;
        assert_eq!(told(waits).await.len(), left);
    }
}
