//! The saved form: it gives back what was saved, and refuses what is not whole.

use vigie_match::{Index, LoadError, Radii, Row, Signal, SignalKind, Tuning};

use crate::banks::{Random, Shape, linear_scan, rows_of};

fn saved(index: &Index) -> Vec<u8> {
    let mut bytes = Vec::new();
    index.freeze().save(b"as of change 7", &mut bytes).expect("a list of bytes takes everything");
    bytes
}

/// An index with every kind of signal and every kind of segment, and with removed rows.
fn sample() -> (Index, Vec<Row>) {
    let mut random = Random(20);
    let index = Index::tuned(Tuning { scan_below: 100, merged_at_once: 4096 }, []);
    let mut rows = rows_of(&Shape::Clusters.hashes(150, &mut random));
    for entry in 0..90_u64 {
        let bytes = random.hash().0;
        for (kind, width) in [(SignalKind::Md5, 16), (SignalKind::Sha1, 20), (SignalKind::Sha256, 32)] {
            let signal = Signal::from_bytes(kind, &bytes[..width]).expect("the width is that of the kind");
            rows.push(Row { entry, bank: 1, signal });
        }
    }
    index.insert(&rows);
    let few = rows_of(&Shape::Random.hashes(20, &mut random));
    let few: Vec<Row> = few.into_iter().map(|row| Row { entry: row.entry + 5000, ..row }).collect();
    index.insert(&few);
    rows.extend(few);
    let removed: Vec<Row> = rows.iter().step_by(10).copied().collect();
    index.remove(&removed);
    rows.retain(|row| !removed.contains(row));
    (index, rows)
}

#[test]
fn what_was_saved_comes_back_and_goes_on_changing() {
    let (index, mut rows) = sample();
    let (loaded, note) = Index::load(saved(&index).as_slice()).expect("it was just saved");
    assert_eq!(note, b"as of change 7");
    assert_eq!(loaded.version(), index.version());
    for kind in SignalKind::ALL {
        assert_eq!(loaded.len(kind), index.len(kind));
    }
    assert_eq!(loaded.insert(&rows), 0);
    assert_eq!(loaded.remove(&rows[..40]), 40);
    rows.drain(..40);
    while loaded.compact() {}
    let radii = Radii::everywhere(31);
    for row in &rows {
        let mut hits = Vec::new();
        loaded.search(&row.signal, &radii, &mut hits);
        assert_eq!(hits, linear_scan(&rows, &row.signal, &radii));
    }
}

#[test]
fn a_torn_file_is_refused_wherever_it_ends() {
    let bytes = saved(&sample().0);
    for end in (0..bytes.len()).rev().take(200).chain((0..bytes.len()).step_by(8191)) {
        let refused = Index::load(&bytes[..end]).err().expect("a torn file is not taken");
        assert!(matches!(refused, LoadError::Torn), "{refused} at {end} of {}", bytes.len());
    }
}

#[test]
fn an_altered_file_is_refused_whatever_bit_is_turned() {
    let mut bytes = saved(&sample().0);
    let places: Vec<usize> =
        (0..200).chain((200..bytes.len()).step_by(40_009)).chain([bytes.len() - 1]).collect();
    for place in places {
        for bit in [0, 7] {
            bytes[place] ^= 1 << bit;
            let refused = Index::load(bytes.as_slice()).err().expect("an altered file is not taken");
            match place {
                0..8 => assert!(matches!(refused, LoadError::Foreign), "{refused} at {place}"),
                8..12 => assert!(matches!(refused, LoadError::Format { .. }), "{refused} at {place}"),
                // A length that was altered may ask for more than there is.
                _ => assert!(matches!(refused, LoadError::Altered | LoadError::Torn), "{refused} at {place}"),
            }
            bytes[place] ^= 1 << bit;
        }
    }
    bytes.push(0);
    assert!(matches!(Index::load(bytes.as_slice()), Err(LoadError::Altered)));
}

#[test]
fn what_is_no_index_is_refused_by_name() {
    assert!(matches!(Index::load(&b"hash,quality,path\nabc"[..]), Err(LoadError::Foreign)));
    assert!(matches!(Index::load(&b""[..]), Err(LoadError::Torn)));
    let mut bytes = saved(&Index::new());
    bytes[8] = 9;
    let refused = Index::load(bytes.as_slice()).err().expect("another format is not taken");
    assert_eq!(refused.to_string(), "cannot read the saved index: it has format 9, and format 3 is known");
}

#[test]
fn a_file_that_cannot_be_read_or_written_says_so() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    impl std::io::Write for Broken {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    assert!(matches!(Index::load(Broken), Err(LoadError::Read(_))));
    assert!(Index::new().freeze().save(b"", Broken).is_err());
}
