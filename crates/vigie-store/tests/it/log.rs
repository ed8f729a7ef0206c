//! The public log derived from the ledger's entries.

use std::time::Duration;

use vigie_model::Caller;
use vigie_seal::layout::Layout;
use vigie_seal::ledger::{Details, Unsealed, leaf_hash};
use vigie_seal::merkle;
use vigie_seal::tile::{self, EntryTooLong, Tile};
use vigie_store::acts;
use vigie_store::log::{self, Epoch, Signed};

use crate::house::{House, START, commit};

async fn with_entries(house: &House, count: usize) -> Epoch {
    for _ in 0..count {
        commit(house.begin().await).await;
    }
    let mut keeping = house.store.housekeeping().await.unwrap();
    log::open_first(&mut keeping, "example.org/log", START).await.unwrap();
    log::open_first(&mut keeping, "example.org/other", START).await.unwrap();
    keeping.commit().await.unwrap();
    let epochs = log::epochs(&mut house.store.read().await.unwrap()).await.unwrap();
    assert_eq!(epochs.len(), 1, "the first epoch is opened once");
    epochs.into_iter().next().unwrap()
}

pub(crate) async fn tiles_roots_and_proofs_follow_from_the_entries(house: &House) {
    const SIZE: u64 = 300;
    let epoch = with_entries(house, 300).await;
    let mut keeping = house.store.housekeeping().await.unwrap();
    assert_eq!(log::size(&mut keeping, &epoch).await.unwrap(), SIZE);
    assert!(log::derive(&mut keeping, &epoch, SIZE).await.unwrap());
    keeping.commit().await.unwrap();

    let mut reader = house.store.read().await.unwrap();
    let entries = log::entries(&mut reader, &epoch, 0, SIZE).await.unwrap();
    let mut expected: Vec<(Tile, Vec<u8>)> = vec![];
    let mut layout = Layout::new(|tile: Tile, bytes: &[u8]| {
        expected.push((tile, bytes.to_vec()));
        Ok::<_, EntryTooLong>(())
    });
    entries.iter().for_each(|entry| layout.push(entry).unwrap());
    let tree = layout.finish().unwrap();
    assert_eq!(expected.len(), tile::files_of(SIZE).count());
    for (tile, bytes) in expected {
        assert_eq!(log::file(&mut reader, &epoch, tile).await.unwrap(), bytes, "{}", tile.path());
    }
    assert_eq!(log::root(&mut reader, &epoch, SIZE).await.unwrap(), tree.root);
    for index in [0, 255, 256, 299] {
        let spans = merkle::inclusion(index, SIZE);
        let proof = log::spans(&mut reader, &epoch, &spans).await.unwrap();
        let leaf = leaf_hash(&entries[usize::try_from(index).unwrap()]);
        assert!(merkle::includes(&leaf, index, SIZE, &proof, &tree.root), "entry {index}");
    }
    assert!(log::hashes(&mut reader, &epoch, 0, 290, 11).await.is_err(), "they are not all there");
}

pub(crate) async fn what_is_signed_is_kept_before_it_is_shown_by_one_signer_at_a_time(house: &House) {
    let epoch = with_entries(house, 2).await;
    let signed = |size| Signed { size, note: format!("signed {size}"), signed_at: START, published_at: None };
    let mut keeping = house.store.housekeeping().await.unwrap();
    log::take_turn(&mut keeping).await.unwrap();
    log::keep(&mut keeping, &epoch, &signed(1)).await.unwrap();
    keeping.commit().await.unwrap();
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(log::last_signed(&mut reader, &epoch).await.unwrap(), Some(signed(1)));
    assert_eq!(log::published(&mut reader, &epoch).await.unwrap(), None);

    let mut keeping = house.store.housekeeping().await.unwrap();
    assert!(log::keep(&mut keeping, &epoch, &signed(1)).await.unwrap_err().is_duplicate());
    drop(keeping);
    let later = START.after(Duration::from_secs(9));
    let shown = |size| Signed { published_at: Some(later), ..signed(size) };
    let mut keeping = house.store.housekeeping().await.unwrap();
    log::publish(&mut keeping, &epoch, &shown(1), START).await.unwrap();
    log::keep(&mut keeping, &epoch, &signed(2)).await.unwrap();
    assert!(log::publish(&mut keeping, &epoch, &shown(3), START).await.is_err(), "it was never kept");
    log::publish(&mut keeping, &epoch, &shown(2), later).await.unwrap();
    keeping.commit().await.unwrap();
    assert_eq!(log::published(&mut reader, &epoch).await.unwrap(), Some(shown(2)));
    let rows = vigie_store::tables::rows(&house.store).await.unwrap();
    assert_eq!(rows["log_checkpoints"].len(), 1, "the old one is forgotten");

    // On PostgreSQL the second waits for the first; SQLite has one writer in any case.
    let turn = async || {
        let mut keeping = house.store.housekeeping().await.unwrap();
        log::take_turn(&mut keeping).await.unwrap();
        keeping.commit().await.unwrap();
    };
    tokio::join!(turn(), turn());
    let rows = vigie_store::tables::rows(&house.store).await.unwrap();
    assert_eq!(rows["log_signer"], ["1 | 3"]);
}

pub(crate) async fn acts_are_counted_by_class_and_day(house: &House) {
    let tomorrow = START.after(Duration::from_secs(24 * 60 * 60));
    for (action, at) in
        [("hunt.hit", START), ("hunt.hit", tomorrow), ("hunt.done", tomorrow), ("hunt.hit", tomorrow)]
    {
        let details = Details::new(&Caller::system(), action, "hunt:1", at);
        house.begin().await.commit(&details).await.unwrap();
    }
    let counted = acts::by_day(&mut house.store.read().await.unwrap()).await.unwrap();
    let told: Vec<_> = counted.iter().map(|act| (act.day.day(), act.action.as_str(), act.count)).collect();
    let day = |moment: vigie_model::Moment| moment.day();
    let expected =
        [(day(START), "hunt.hit", 1), (day(tomorrow), "hunt.done", 1), (day(tomorrow), "hunt.hit", 2)];
    assert_eq!(told, expected);
}

pub(crate) async fn entries_about_an_object_come_back_as_they_were_hashed(house: &House) {
    let mut numbers = vec![];
    for (action, object) in [
        ("bank.exported", "bank:1"),
        ("bank.exported", "bank:2"),
        ("bank.imported", "bank:1"),
        ("bank.exported", "bank:1"),
    ] {
        let details = Details::new(&Caller::system(), action, object, START);
        numbers.push(house.begin().await.commit(&details).await.unwrap());
    }
    let epoch = with_entries(house, 0).await;
    let mut reader = house.store.read().await.unwrap();
    let entries = log::entries(&mut reader, &epoch, 0, 4).await.unwrap();
    let kept = acts::kept_about(&mut reader, "bank.exported", "bank:1").await.unwrap();
    assert_eq!(kept.iter().map(|one| one.seq).collect::<Vec<_>>(), [numbers[0], numbers[3]]);
    for one in kept {
        assert_eq!(one.at, START);
        let opened = Unsealed::new(one.details, &one.salt);
        let entry = &entries[usize::try_from(one.seq).unwrap()];
        assert_eq!(opened.leaf(), leaf_hash(entry), "salt and details lead to the very leaf");
    }
}
