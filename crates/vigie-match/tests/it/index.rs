//! The index against a linear scan.

use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use vigie_match::{Hit, Index, Pdq, Radii, Row, Signal, SignalKind, Tuning};

use crate::banks::{Random, Shape, linear_scan, rows_of};

/// Sizes at which an index could go wrong: none, few, and powers of two with their neighbours.
const SIZES: [usize; 27] = [
    0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512,
    513,
];

fn search(index: &Index, signal: Signal, radii: &Radii) -> Vec<Hit> {
    let mut hits = Vec::new();
    index.search(&signal, radii, &mut hits);
    hits
}

/// Sizes that make even one row a ring of tables, and merge as often as can be.
const TABLES: Tuning = Tuning { scan_below: 0, merged_at_once: 4096 };

/// The same rows in every form that an index may have: few compared one by one, tables, and both saved and loaded.
fn indexes(rows: &[Row]) -> Vec<Index> {
    let built = [Tuning::default(), TABLES].map(|tuning| Index::tuned(tuning, rows.iter().copied()));
    let loaded = built.each_ref().map(reloaded);
    built.into_iter().chain(loaded).collect()
}

#[track_caller]
fn check_all(indexes: &[Index], rows: &[Row], asked: Pdq, radii: &Radii) {
    let asked = Signal::Pdq(asked);
    let expected = linear_scan(rows, &asked, radii);
    for index in indexes {
        assert_eq!(search(index, asked, radii), expected, "{radii:?}, {} rows", rows.len());
    }
}

#[track_caller]
fn check(index: &Index, rows: &[Row], asked: Pdq, radii: &Radii) {
    check_all(std::slice::from_ref(index), rows, asked, radii);
}

/// The index as it comes back from a file.
fn reloaded(index: &Index) -> Index {
    let mut bytes = Vec::new();
    index.freeze().save(b"", &mut bytes).expect("a list of bytes takes everything");
    Index::load(bytes.as_slice()).expect("it was just saved").0
}

#[test]
fn finds_what_a_linear_scan_finds_at_every_distance_and_size() {
    let mut random = Random(1);
    for shape in Shape::ALL {
        for size in SIZES {
            let hashes = shape.hashes(size, &mut random);
            let rows = rows_of(&hashes);
            let indexes = indexes(&rows);
            for distance in 0..=40 {
                let near = hashes.get(random.below(size.max(1))).copied().unwrap_or(Pdq([0; 32]));
                let asked = random.at_distance(near, distance);
                for radius in [0, 1, 14, 15, 16, 30, 31, 32, 40, distance as u32] {
                    check_all(&indexes, &rows, asked, &Radii::everywhere(radius));
                }
            }
            check_all(&indexes, &rows, random.hash(), &Radii::everywhere(31));
        }
    }
}

#[test]
fn every_radius_is_complete() {
    let mut random = Random(2);
    for shape in Shape::ALL {
        let hashes = shape.hashes(300, &mut random);
        let rows = rows_of(&hashes);
        let indexes = [Tuning::default(), TABLES].map(|tuning| Index::tuned(tuning, rows.iter().copied()));
        for radius in (0..=80).chain((81..=256).step_by(25)) {
            let near = hashes[random.below(300)];
            let asked = random.at_distance(near, radius as usize);
            check_all(&indexes, &rows, asked, &Radii::everywhere(radius));
        }
        check_all(&indexes, &rows, hashes[0], &Radii::everywhere(u32::MAX));
    }
}

/// An index of HMA that holds a power of two copies of one hash finds none of them after it was saved and loaded.
#[test]
fn copies_of_one_hash_are_all_found() {
    let hash = Random(3).hash();
    for copies in [1, 2, 3, 4, 8, 16, 255, 256, 257] {
        let rows: Vec<Row> = (0..copies)
            .map(|entry| Row { entry, bank: entry as u32 % 5, signal: Signal::Pdq(hash) })
            .collect();
        let mut indexes = indexes(&rows);
        let filled = Index::new();
        assert_eq!(filled.insert(&rows), rows.len());
        let filled_tables = Index::tuned(TABLES, []);
        rows.chunks(3).for_each(|batch| {
            filled_tables.insert(batch);
        });
        indexes.extend([filled, filled_tables]);
        for index in &indexes {
            check(index, &rows, hash, &Radii::everywhere(0));
            check(index, &rows, Random(4).at_distance(hash, 31), &Radii::everywhere(31));
            assert_eq!(index.len(SignalKind::Pdq), rows.len());
        }
    }
}

#[test]
fn each_bank_has_its_own_radius() {
    let mut random = Random(5);
    let hash = random.hash();
    let rows: Vec<Row> = (0..120)
        .map(|entry| {
            let near = random.at_distance(hash, (entry / 3) as usize);
            Row { entry, bank: (entry % 3) as u32, signal: Signal::Pdq(near) }
        })
        .collect();
    let index = Index::build(rows.iter().copied());
    for radii in [
        Radii::everywhere(31).with(1, None).with(2, Some(10)),
        Radii::nowhere().with(2, Some(31)),
        Radii::everywhere(4).with(0, Some(40)),
        Radii::nowhere(),
    ] {
        check(&index, &rows, hash, &radii);
    }
    assert!(
        search(&index, Signal::Pdq(hash), &Radii::everywhere(31).with(1, None))
            .iter()
            .all(|hit| hit.bank != 1)
    );
}

#[test]
fn digests_are_found_when_equal_in_the_banks_that_are_asked() {
    let mut random = Random(6);
    for size in SIZES {
        let mut rows = Vec::new();
        for entry in 0..size as u64 {
            let bytes = random.hash().0;
            for kind in [SignalKind::Md5, SignalKind::Sha1, SignalKind::Sha256] {
                let width = match kind {
                    SignalKind::Md5 => 16,
                    SignalKind::Sha1 => 20,
                    _ => 32,
                };
                let signal =
                    Signal::from_bytes(kind, &bytes[..width]).expect("the width is that of the kind");
                rows.push(Row { entry, bank: entry as u32 % 3, signal });
                rows.push(Row { entry: entry + 5000, bank: entry as u32 % 2, signal });
            }
        }
        let index = Index::build(rows.iter().copied());
        let radii = Radii::everywhere(0).with(1, None);
        for row in &rows {
            assert_eq!(search(&index, row.signal, &radii), linear_scan(&rows, &row.signal, &radii));
        }
        assert_eq!(search(&index, Signal::Md5([7; 16]), &radii), []);
        assert_eq!(index.len(SignalKind::Sha1), 2 * size);
        assert_eq!(index.remove(&rows), rows.len());
        assert!(index.is_empty());
    }
}

#[test]
fn a_batch_answers_as_its_questions_do() {
    let mut random = Random(7);
    let hashes = Shape::Clusters.hashes(500, &mut random);
    let index = Index::build(rows_of(&hashes));
    let radii = Radii::everywhere(31).with(2, Some(8));
    let mut asked: Vec<Signal> =
        hashes.iter().map(|hash| Signal::Pdq(random.at_distance(*hash, 12))).collect();
    asked.insert(3, Signal::Md5([1; 16]));
    let mut together = Vec::new();
    index.search_batch(&asked, &radii, &mut together);
    let mut apart = Vec::new();
    for (place, signal) in asked.iter().enumerate() {
        apart.extend(search(&index, *signal, &radii).into_iter().map(|hit| (place, hit)));
    }
    assert_eq!(together, apart);
}

#[test]
fn dihedral_search_gives_each_entry_once_with_its_nearest_variant() {
    let mut random = Random(8);
    let variants: [Pdq; 8] = std::array::from_fn(|_| random.hash());
    let mut rows = Vec::new();
    for entry in 0..64_u64 {
        // Each entry lies near two of the variants.
        for (variant, distance) in [(entry % 8, entry % 30), ((entry + 3) % 8, (entry + 5) % 30)] {
            let near = random.at_distance(variants[variant as usize], distance as usize);
            rows.push(Row { entry, bank: entry as u32 % 2, signal: Signal::Pdq(near) });
        }
    }
    let index = Index::build(rows.iter().copied());
    let mut hits = Vec::new();
    index.search_dihedral(&variants, &Radii::everywhere(31), &mut hits);
    assert_eq!(hits.len(), 64);
    assert!(hits.is_sorted());
    for found in &hits {
        let nearest = rows
            .iter()
            .filter(|row| row.entry == found.hit.entry)
            .flat_map(|row| {
                variants.iter().map(|asked| {
                    linear_scan(&[*row], &Signal::Pdq(*asked), &Radii::everywhere(256))[0].distance
                })
            })
            .min();
        assert_eq!(Some(found.hit.distance), nearest);
        let Signal::Pdq(known) = found.hit.signal else { panic!("a PDQ question has PDQ hits") };
        assert_eq!(known.distance(&variants[found.variant]), found.hit.distance);
    }
}

#[test]
fn a_row_is_there_once_and_the_version_counts_changes() {
    let mut random = Random(9);
    let rows = rows_of(&Shape::Random.hashes(10, &mut random));
    let index = Index::new();
    let twice: Vec<Row> = rows.iter().chain(&rows).copied().collect();
    assert_eq!(index.version(), 0);
    assert_eq!(index.insert(&twice), rows.len());
    assert_eq!(index.insert(&rows), 0);
    assert_eq!(index.version(), 1);
    assert_eq!(index.remove(&rows[..3]), 3);
    assert_eq!(index.remove(&rows[..3]), 0);
    assert_eq!(index.version(), 2);
    assert_eq!(index.insert(&rows), 3);
    assert_eq!(index.len(SignalKind::Pdq), rows.len());
    for index in indexes(&twice) {
        assert_eq!(index.len(SignalKind::Pdq), rows.len());
        let Signal::Pdq(hash) = rows[0].signal else { panic!("all rows are PDQ") };
        check(&index, &rows, hash, &Radii::everywhere(31));
    }
}

#[test]
fn memory_stays_flat_under_churn() {
    let mut random = Random(10);
    for tuning in [Tuning::default(), Tuning { scan_below: 500, merged_at_once: 100 }] {
        let index = Index::tuned(tuning, []);
        let mut kept: Vec<Vec<Row>> = Vec::new();
        let mut peak = 0;
        for round in 0..60_u64 {
            let rows = rows_of(&Shape::Random.hashes(500, &mut random));
            kept.push(rows.into_iter().map(|row| Row { entry: row.entry + (round << 32), ..row }).collect());
            index.insert(kept.last().expect("it was just pushed"));
            if kept.len() > 4 {
                let oldest = kept.remove(0);
                assert_eq!(index.remove(&oldest), oldest.len());
            }
            while index.compact() {}
            match round {
                0..20 => peak = peak.max(index.bytes()),
                _ => assert!(index.bytes() <= peak, "round {round}: {} bytes, {peak} before", index.bytes()),
            }
        }
        let rows: Vec<Row> = kept.concat();
        assert_eq!(index.len(SignalKind::Pdq), rows.len());
        assert_eq!(index.remove(&rows), rows.len());
        while index.compact() {}
        assert_eq!(index.bytes(), 0);
    }
}

/// More rows in one bucket of a table than two bytes can number.
#[test]
fn a_bucket_of_any_size_is_searched() {
    let mut random = Random(12);
    let hashes = Shape::Crowded.hashes(70_000, &mut random);
    let rows = rows_of(&hashes);
    for index in indexes(&rows) {
        for asked in [hashes[0], random.at_distance(hashes[69_999], 3), random.hash()] {
            check(&index, &rows, asked, &Radii::everywhere(4));
        }
        assert_eq!(index.insert(&rows[..10]), 0);
        assert_eq!(index.remove(&rows[69_990..]), rows.len() - 69_990);
    }
}

/// What a test does to the index and to its model.
#[derive(Debug, Clone)]
enum Step {
    Insert { from: usize, count: usize },
    Remove { from: usize, count: usize },
    Compact,
    Reload,
    Ask { near: usize, distance: usize, radius: u32 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..400_usize, 1..120_usize).prop_map(|(from, count)| Step::Insert { from, count }),
        2 => (0..400_usize, 1..120_usize).prop_map(|(from, count)| Step::Remove { from, count }),
        2 => Just(Step::Compact),
        1 => Just(Step::Reload),
        4 => (0..400_usize, 0..=40_usize, 0..=40_u32)
            .prop_map(|(near, distance, radius)| Step::Ask { near, distance, radius }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_history_of_changes_answers_like_a_linear_scan(
        seed: u64,
        shape in prop::sample::select(Shape::ALL.to_vec()),
        tuning in prop_oneof![Just(Tuning { merged_at_once: 30, ..Tuning::default() }), Just(TABLES)],
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut random = Random(seed);
        let hashes = shape.hashes(400, &mut random);
        let pool = rows_of(&hashes);
        let mut index = Index::tuned(tuning, []);
        let mut model: Vec<Row> = Vec::new();
        for step in steps {
            match step {
                Step::Insert { from, count } => {
                    let batch: Vec<Row> = pool.iter().skip(from).take(count).copied().collect();
                    index.insert(&batch);
                    model.extend(&batch);
                    model.sort_unstable();
                    model.dedup();
                }
                Step::Remove { from, count } => {
                    let batch: Vec<Row> = pool.iter().skip(from).take(count).copied().collect();
                    let before = model.len();
                    model.retain(|row| !batch.contains(row));
                    prop_assert_eq!(index.remove(&batch), before - model.len());
                }
                Step::Compact => { index.compact(); }
                Step::Reload => index = reloaded(&index),
                Step::Ask { near, distance, radius } => {
                    let asked = Signal::Pdq(random.at_distance(hashes[near], distance));
                    let radii = Radii::everywhere(radius);
                    prop_assert_eq!(search(&index, asked, &radii), linear_scan(&model, &asked, &radii));
                }
            }
            prop_assert_eq!(index.len(SignalKind::Pdq), model.len());
        }
    }
}

/// Rows that stay are found by every search, rows that come are found once they are in, and rows that went are not,
/// while one thread changes the index, one compacts it, one saves it and two read it.
#[test]
fn readers_see_a_whole_index_while_it_changes() {
    let mut random = Random(11);
    let lasting = rows_of(&Shape::Clusters.hashes(3000, &mut random));
    let passing = rows_of(&Shape::Random.hashes(3000, &mut random));
    let passing: Vec<Row> =
        passing.into_iter().map(|row| Row { entry: row.entry + 10_000_000, ..row }).collect();
    let tuning = Tuning { scan_below: 1000, merged_at_once: 512 };
    let index = Index::tuned(tuning, lasting.iter().copied());
    let over = AtomicBool::new(false);
    let radii = Radii::everywhere(31);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..30 {
                for batch in passing.chunks(100 + round) {
                    index.insert(batch);
                    for row in batch.iter().step_by(37) {
                        assert!(search(&index, row.signal, &radii).iter().any(|hit| hit.entry == row.entry));
                    }
                }
                for batch in passing.chunks(333) {
                    index.remove(batch);
                    for row in batch.iter().step_by(37) {
                        assert!(search(&index, row.signal, &radii).iter().all(|hit| hit.entry != row.entry));
                    }
                }
            }
            over.store(true, Ordering::Release);
        });
        scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                index.compact();
            }
        });
        scope.spawn(|| {
            let mut random = Random(99);
            while !over.load(Ordering::Acquire) {
                let loaded = reloaded(&index);
                let row = lasting[random.below(lasting.len())];
                let mut found = search(&loaded, row.signal, &radii);
                found.retain(|hit| hit.entry < 10_000_000);
                assert_eq!(found, linear_scan(&lasting, &row.signal, &radii), "saved while it changed");
            }
        });
        for reader in 0..2 {
            let (index, over, lasting, radii) = (&index, &over, &lasting, &radii);
            scope.spawn(move || {
                let mut random = Random(100 + reader);
                while !over.load(Ordering::Acquire) {
                    let row = lasting[random.below(lasting.len())];
                    let found = search(index, row.signal, radii);
                    let stayed: Vec<Hit> =
                        found.iter().filter(|hit| hit.entry < 10_000_000).copied().collect();
                    assert_eq!(stayed, linear_scan(lasting, &row.signal, radii));
                }
            });
        }
    });
    while index.compact() {}
    assert_eq!(index.len(SignalKind::Pdq), lasting.len());
}
