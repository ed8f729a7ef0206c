//! Hostile bytes: whatever is read is refused or read, and nothing panics or asks for memory without end.
//!
//! Many more than the usual 256 cases of each: `PROPTEST_CASES=100000 cargo test -p vigie-match hostile`.

use std::sync::LazyLock;

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use vigie_match::vpdq::Vpdq;
use vigie_match::{Index, Pdq, Radii, Signal, SignalKind, Tuning};

use crate::banks::{Random, Shape, rows_of};

/// A saved index of every kind of signal: a small one that is compared row by row, or one with tables.
fn saved(scan_below: usize) -> Vec<u8> {
    let mut random = Random(30);
    let index = Index::tuned(Tuning { scan_below, merged_at_once: 4096 }, []);
    let mut rows = rows_of(&Shape::Clusters.hashes(40, &mut random));
    let others: Vec<_> = rows.iter().map(|row| (row.entry, row.bank, row.signal)).collect();
    for (entry, bank, signal) in others {
        for (kind, width) in [(SignalKind::Md5, 16), (SignalKind::Sha1, 20), (SignalKind::Sha256, 32)] {
            let signal =
                Signal::from_bytes(kind, &signal.bytes()[..width]).expect("the width is that of the kind");
            rows.push(vigie_match::Row { entry, bank, signal });
        }
    }
    index.insert(&rows);
    index.remove(&rows[..9]);
    let mut bytes = Vec::new();
    index.freeze().save(b"note", &mut bytes).expect("a list of bytes takes everything");
    bytes
}

static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| saved(100));
static TABLES: LazyLock<Vec<u8>> = LazyLock::new(|| saved(0));

/// Gives the file the checksum that its bytes ask for, as somebody would who wants it to be taken.
fn seal(bytes: &mut [u8]) {
    if let Some((body, sum)) = bytes.split_last_chunk_mut::<32>() {
        sum.copy_from_slice(&Sha256::digest(body));
    }
}

/// Everything that can be done with an index, whatever it answers.
fn use_up(index: &Index) {
    let mut random = Random(31);
    let mut hits = Vec::new();
    for radius in [0, 31, 90] {
        let mut asked = vec![Signal::Pdq(Pdq([0; 32])), Signal::Md5([0; 16]), Signal::Sha256([255; 32])];
        asked.extend((0..4).map(|_| Signal::Pdq(random.hash())));
        index.search_batch(&asked, &Radii::everywhere(radius), &mut hits);
    }
    let rows = rows_of(&Shape::Random.hashes(20, &mut random));
    index.insert(&rows);
    index.remove(&rows);
    while index.compact() {}
    index.freeze().save(b"", std::io::sink()).expect("a sink takes everything");
}

/// Places and values to write over, after a share of the file was cut off.
type Damage = Vec<(prop::sample::Index, u8)>;

fn damaged(mut bytes: Vec<u8>, damage: &Damage, cut: usize) -> Vec<u8> {
    bytes.truncate(bytes.len() - cut.min(bytes.len() / 2));
    for (place, value) in damage {
        let at = place.index(bytes.len());
        bytes[at] = *value;
    }
    seal(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn a_small_index_that_was_forged_is_refused_or_answers(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop_oneof![4 => Just(0_usize), 1 => 1..400_usize],
    ) {
        if let Ok((index, _)) = Index::load(damaged(SMALL.clone(), &damage, cut).as_slice()) {
            use_up(&index);
        }
    }

    #[test]
    fn an_index_with_tables_that_was_forged_is_refused_or_answers(
        // The tables' own lists are at the end of four megabytes of bucket bounds.
        near_end in prop::collection::vec((1..9000_usize, any::<u8>()), 0..5),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..2),
    ) {
        let mut bytes = TABLES.clone();
        for (from_end, value) in near_end {
            let at = bytes.len() - 32 - from_end;
            bytes[at] = value;
        }
        if let Ok((index, _)) = Index::load(damaged(bytes, &damage, 0).as_slice()) {
            use_up(&index);
        }
    }

    #[test]
    fn bytes_of_any_kind_are_no_index(mut bytes in prop::collection::vec(any::<u8>(), 0..400), known_start: bool) {
        if known_start {
            let start = &*SMALL;
            let length = bytes.len().min(24);
            bytes[..length].copy_from_slice(&start[..length]);
            seal(&mut bytes);
        }
        prop_assert!(Index::load(bytes.as_slice()).is_err());
    }

    #[test]
    fn a_text_is_a_signal_only_when_it_is_its_hexadecimal_form(
        text in prop_oneof!["\\PC{0,80}", "[0-9a-fA-F]{0,66}", "[0-9a-f]{32}", "[0-9a-fA-F]{40}", "[0-9A-F]{64}"],
    ) {
        for kind in SignalKind::ALL {
            if let Ok(signal) = Signal::parse(kind, &text) {
                prop_assert_eq!(signal.kind(), kind);
                prop_assert_eq!(signal.hex(), text.to_lowercase());
                prop_assert_eq!(Signal::from_bytes(kind, signal.bytes()), Some(signal));
            }
        }
        let named = text.parse::<SignalKind>().ok();
        prop_assert_eq!(named.map(SignalKind::name), named.map(|_| text.as_str()));
    }

    #[test]
    fn a_text_of_frames_is_read_or_refused(
        lines in prop::collection::vec(
            prop_oneof!["\\PC{0,90}", "[0-9]{1,11},[0-9]{1,4},[0-9a-f]{63,65},[0-9]{1,11}\\.[0-9]{0,4}"], 0..6,
        ),
    ) {
        if let Ok(video) = lines.join("\n").parse::<Vpdq>() {
            let text = video.to_string();
            prop_assert_eq!(text.parse::<Vpdq>().expect("it was just written").to_string(), text);
        }
    }
}
