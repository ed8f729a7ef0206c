//! Entries of banks, the feed of their changes, exchanges, and what is counted by the hour.

use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use serde_json::json;
use vigie_model::Moment;
use vigie_model::bank::{Bank, BankEntry, BankKind, BankOrigin, CHILD_SAFETY, EntryState, Label, Verdict};
use vigie_model::id::BankId;
use vigie_store::bank_entries::{self, EntrySearch, SignalRow, StoredSignal};
use vigie_store::exchanges::{self, Exchange};
use vigie_store::{BankChange, bank_changes, banks, hourly, signal_pages};

use crate::house::{House, START, commit};

pub(crate) fn bank(house: &House, name: &str) -> Bank {
    Bank {
        id: house.id(),
        name: name.parse().unwrap(),
        purpose: CHILD_SAFETY.into(),
        overlay: None,
        source: "a synthetic hotline".into(),
        legal_ground: "Regulation (EU) 2022/2065, Article 16".into(),
        kind: BankKind::Known,
        origin: BankOrigin::Desk,
        distance: 31,
        verdict: Verdict::Review,
        label_scheme: "inhope".into(),
        ratio: 1.0,
        enabled: true,
        created_at: START,
    }
}

pub(crate) fn entry(id: i64, bank: BankId, note: &str) -> BankEntry {
    BankEntry {
        id,
        bank,
        source: "a synthetic hotline".into(),
        labels: vec![Label { scheme: "inhope".into(), code: format!("A{}", id % 2) }],
        note: (!note.is_empty()).then(|| note.into()),
        original_reference: Some(format!("case-{id}")),
        metadata: Some(json!({ "content_id": id.to_string() })),
        disabled_until: Some(Moment(id)),
        state: EntryState::Active,
        created_at: START,
    }
}

fn signals(id: i64) -> Vec<StoredSignal> {
    let byte = u8::try_from(id % 200).unwrap();
    vec![StoredSignal { kind: 1, value: vec![byte; 32] }, StoredSignal { kind: 2, value: vec![byte; 16] }]
}

/// A bank with so many entries, numbered from 1.
async fn filled(house: &House, count: i64) -> Bank {
    let bank = bank(house, "LAKES");
    let mut tx = house.begin().await;
    banks::insert(&mut tx, &bank).await.unwrap();
    let note = |id| if id % 3 == 0 { "100% Lake_1" } else { "" };
    let rows: Vec<_> = (1..=count).map(|id| (entry(id, bank.id, note(id)), signals(id))).collect();
    bank_entries::insert(&mut tx, &rows).await.unwrap();
    commit(tx).await;
    bank
}

pub(crate) async fn entries_come_back_with_their_signals_and_are_found_again(house: &House) {
    let bank = filled(house, 1100).await;
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(bank_entries::find(&mut reader, 7).await.unwrap(), Some(entry(7, bank.id, "")));
    assert!(bank_entries::signals(&mut reader, 1100).await.unwrap() == signals(1100));
    let both = bank_entries::signals_of(&mut reader, &[5, 6, 5000]).await.unwrap();
    assert!(both[&5] == signals(5) && both[&6] == signals(6) && both.len() == 2);

    let mut page = async |search: EntrySearch, after| {
        let page = bank_entries::page(&mut reader, bank.id, &search, after, 3).await.unwrap();
        page.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    let text = |text: &str| EntrySearch { text: Some(text.into()), ..EntrySearch::default() };
    assert_eq!(page(EntrySearch::default(), 1098).await, [1099, 1100]);
    assert_eq!(page(text("lake_1"), 3).await, [6, 9, 12]);
    assert_eq!(page(text("LAKE%1"), 0).await, [0; 0], "a percent sign means itself");
    assert_eq!(page(text("case-77"), 0).await, [77, 770, 771]);
    assert_eq!(page(text("a1"), 0).await, [1, 3, 5], "a label is found by its whole code");
    assert_eq!(page(text("a"), 0).await, [1, 2, 3], "the source holds it, too");
    let signal = EntrySearch { signal: Some(vec![9; 16]), ..EntrySearch::default() };
    assert_eq!(page(signal, 0).await, [9, 209, 409]);
    let removed = EntrySearch { state: Some(EntryState::Removed), ..EntrySearch::default() };
    assert_eq!(page(removed, 0).await, [0; 0]);

    let streamed: Vec<_> = bank_entries::active_signals(&mut reader, bank.id).try_collect().await.unwrap();
    assert_eq!(streamed.len(), 2200);
    assert_eq!(
        bank_entries::count_signals(&mut reader).await.unwrap(),
        BTreeMap::from([(1, 1100), (2, 1100)])
    );
    a_page_holds_what_the_stream_does(house, bank.id).await;
}

async fn a_page_holds_what_the_stream_does(house: &House, bank: BankId) {
    // An entry without a signal, which must not end the pages, and enough for a second one.
    let mut tx = house.begin().await;
    let rows: Vec<_> = (1101..=4200)
        .map(|id| {
            let entry = entry(id, bank, "");
            let disabled_until = entry.disabled_until.filter(|_| id % 2 == 0);
            (BankEntry { disabled_until, ..entry }, if id == 4096 { vec![] } else { signals(id) })
        })
        .collect();
    bank_entries::insert(&mut tx, &rows).await.unwrap();
    commit(tx).await;

    let mut reader = house.store.read().await.unwrap();
    let (mut paged, mut after, mut pages) = (vec![], i64::MIN, 0);
    while let Some((page, last)) = signal_pages::active(&house.store, &mut reader, bank, after).await.unwrap()
    {
        after = last;
        pages += 1;
        paged.extend(page);
    }
    assert_eq!((pages, after, paged.len()), (2, 4200, 8398));
    let order = |row: &SignalRow| (row.entry, row.signal.kind);
    paged.sort_by_key(order);
    let mut all: Vec<_> = bank_entries::active_signals(&mut reader, bank).try_collect().await.unwrap();
    all.sort_by_key(order);
    assert!(paged == all);
    assert!(paged.iter().any(|row| row.disabled_until.is_none()));
    assert!(signal_pages::active(&house.store, &mut reader, house.id(), 0).await.unwrap().is_none());
}

/// The signal of a video is as long as the video, and longer than what an index of PostgreSQL can hold.
pub(crate) async fn a_video_of_any_length_is_kept_and_never_looked_for_by_its_bytes(house: &House) {
    let bank = filled(house, 1).await;
    // Nothing in it repeats, so that it stays long where values are compressed.
    let value: Vec<u8> = (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let video = StoredSignal { kind: 5, value };
    let mut tx = house.begin().await;
    bank_entries::insert(&mut tx, &[(entry(9000, bank.id, ""), vec![video.clone()])]).await.unwrap();
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    assert!(bank_entries::signals(&mut reader, 9000).await.unwrap() == [video.clone()]);
    let search = EntrySearch { signal: Some(video.value), ..EntrySearch::default() };
    assert_eq!(bank_entries::page(&mut reader, bank.id, &search, 0, 3).await.unwrap().len(), 0);
}

pub(crate) async fn entries_move_between_states_and_are_counted(house: &House) {
    let bank = filled(house, 6).await;
    let mut tx = house.begin().await;
    for id in [2, 5] {
        let mut entry = bank_entries::find(&mut tx, id).await.unwrap().unwrap();
        entry.state = EntryState::Quarantined;
        entry.note = None;
        bank_entries::update(&mut tx, &entry).await.unwrap();
    }
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    let count = BTreeMap::from([(EntryState::Active, 4), (EntryState::Quarantined, 2)]);
    assert_eq!(bank_entries::count(&mut reader, bank.id).await.unwrap(), count);
    assert_eq!(bank_entries::counts(&mut reader).await.unwrap()[&bank.id], count);
    drop(reader);

    let mut tx = house.begin().await;
    let moved =
        bank_entries::move_all(&mut tx, bank.id, EntryState::Quarantined, EntryState::Active).await.unwrap();
    assert_eq!(moved, Some((2..=5, 2)));
    let again =
        bank_entries::move_all(&mut tx, bank.id, EntryState::Quarantined, EntryState::Active).await.unwrap();
    assert_eq!(again, None);
    commit(tx).await;
    let mut reader = house.store.read().await.unwrap();
    let changed: Vec<_> = bank_entries::changed_signals(&mut reader, 2..=3).try_collect().await.unwrap();
    assert_eq!(changed.len(), 4);
    assert!(changed.iter().all(|(of, row)| *of == bank.id && row.state == EntryState::Active));
    assert_eq!(changed[0].1.disabled_until, Some(Moment(2)));
}

pub(crate) async fn changes_are_followed_in_the_order_of_their_commits(house: &House) {
    let (one, two) = (house.id(), house.id());
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(bank_changes::head(&mut reader).await.unwrap(), -1);
    let changes = [
        vec![BankChange::of_bank(one)],
        vec![BankChange::of_entries(one, 1..=9), BankChange::of_entry(two, 10)],
        vec![BankChange::of_bank(two)],
    ];
    let mut numbers = vec![];
    for change in &changes {
        let mut tx = house.begin().await;
        change.iter().cloned().for_each(|change| tx.announce(change));
        numbers.push(commit(tx).await);
    }
    let last = commit(house.begin().await).await;
    let mut leaf = async |seq| bank_changes::leaf(&mut reader, seq).await.unwrap();
    assert_eq!(leaf(last).await.map(|leaf| leaf.len()), Some(32));
    assert_ne!(leaf(last).await, leaf(numbers[0]).await);
    assert_eq!(leaf(last + 1).await, None);

    let mut after = async |seq, limit| bank_changes::after(&mut reader, seq, limit).await.unwrap();
    let all: Vec<_> = after(-1, 100).await.into_iter().map(|(_, change)| change).collect();
    assert_eq!(all, changes.concat());
    assert_eq!(after(-1, 2).await.len(), 3, "a transaction is never cut in two");
    assert_eq!(after(numbers[1], 100).await, [(numbers[2], BankChange::of_bank(two))]);
    assert_eq!(after(numbers[2], 100).await, []);
    assert_eq!(bank_changes::head(&mut reader).await.unwrap(), numbers[2]);
}

pub(crate) async fn a_removed_bank_leaves_its_name_and_its_rows(house: &House) {
    let mut bank = filled(house, 2).await;
    let mut tx = house.begin().await;
    bank.name = "PONDS".parse().unwrap();
    bank.ratio = 0.5;
    bank.enabled = false;
    bank.verdict = Verdict::Block;
    bank.distance = 20;
    bank.source = "another".into();
    banks::update(&mut tx, &bank).await.unwrap();
    assert_eq!(banks::find(&mut tx, bank.id).await.unwrap(), Some(bank.clone()));
    banks::remove(&mut tx, bank.id, START).await.unwrap();
    assert!(banks::update(&mut tx, &bank).await.is_err());
    assert_eq!(banks::find(&mut tx, bank.id).await.unwrap(), None);
    assert_eq!(banks::find_by_name(&mut tx, &bank.name).await.unwrap(), None);
    assert_eq!(banks::list(&mut tx).await.unwrap(), []);
    banks::insert(&mut tx, &Bank { id: house.id(), ..bank }).await.unwrap();
    assert!(bank_entries::find(&mut tx, 1).await.unwrap().is_some());
    commit(tx).await;
}

pub(crate) async fn hours_are_counted_apart(house: &House) {
    let mut tx = house.begin().await;
    assert_eq!(hourly::add(&mut tx, "entries:a", 100, 5).await.unwrap(), 5);
    assert_eq!(hourly::add(&mut tx, "entries:a", 100, 2).await.unwrap(), 7);
    assert_eq!(hourly::add(&mut tx, "entries:b", 100, 1).await.unwrap(), 1);
    assert_eq!(hourly::count(&mut tx, "entries:a", 100).await.unwrap(), 7);
    assert_eq!(hourly::count(&mut tx, "entries:a", 99).await.unwrap(), 0);
    assert_eq!(hourly::add(&mut tx, "entries:a", 101, 1).await.unwrap(), 1);
    assert_eq!(hourly::add(&mut tx, "entries:b", 100, 1).await.unwrap(), 2);
    commit(tx).await;
}

pub(crate) async fn exchanges_credentials_and_signal_types_are_kept(house: &House) {
    let bank = filled(house, 1).await;
    let exchange = Exchange {
        name: bank.name.clone(),
        bank: bank.id,
        api: "sample".into(),
        enabled: true,
        configuration: json!({ "privacy_group": 5 }),
        created_at: START,
    };
    let mut tx = house.begin().await;
    exchanges::insert(&mut tx, &exchange).await.unwrap();
    exchanges::switch(&mut tx, &exchange.name, false).await.unwrap();
    let off = Exchange { enabled: false, ..exchange.clone() };
    assert_eq!(exchanges::find(&mut tx, &exchange.name).await.unwrap(), Some(off.clone()));
    assert_eq!(exchanges::list(&mut tx).await.unwrap(), [off]);
    exchanges::remove_of_bank(&mut tx, bank.id).await.unwrap();
    exchanges::remove(&mut tx, &exchange.name).await.unwrap();
    assert!(exchanges::switch(&mut tx, &exchange.name, true).await.is_err());

    assert!(!exchanges::has_credentials(&mut tx, "sample").await.unwrap());
    exchanges::keep_credentials(&mut tx, "sample", Some(b"sealed")).await.unwrap();
    exchanges::keep_credentials(&mut tx, "sample", Some(b"sealed again")).await.unwrap();
    assert!(exchanges::has_credentials(&mut tx, "sample").await.unwrap());
    exchanges::keep_credentials(&mut tx, "sample", None).await.unwrap();
    assert!(!exchanges::has_credentials(&mut tx, "sample").await.unwrap());

    exchanges::set_signal_type(&mut tx, "pdq", 0.5).await.unwrap();
    exchanges::set_signal_type(&mut tx, "pdq", 0.25).await.unwrap();
    let types = exchanges::signal_types(&mut tx).await.unwrap();
    assert_eq!(types, BTreeMap::from([("pdq".to_owned(), 0.25)]));
    exchanges::insert(&mut tx, &exchange).await.unwrap();
    assert!(exchanges::insert(&mut tx, &exchange).await.unwrap_err().is_duplicate());
}
