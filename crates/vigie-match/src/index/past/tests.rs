//! A sweep finds what a comparison of every row with every known signal finds; a segment that is not whole is refused.

use proptest::prelude::*;

use super::*;

/// Numbers that look random and come again.
fn noise(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

fn bytes<const N: usize>(next: &mut impl FnMut() -> u64) -> [u8; N] {
    std::array::from_fn(|_| next() as u8)
}

/// The hash with `count` bits changed.
fn changed(hash: Pdq, count: u32, next: &mut impl FnMut() -> u64) -> Pdq {
    let mut other = hash;
    while other.distance(&hash) < count {
        let bit = next() as usize % 256;
        other.0[bit / 8] ^= 1 << (bit % 8);
    }
    other
}

/// Known signals, and rows of which many lie near one of them, at every distance around the radius.
fn scene(seed: u64, count: u32, rows: u128) -> (Vec<Known>, Vec<PastRow>) {
    let mut next = noise(seed);
    let known: Vec<_> = (0..u64::from(count))
        .map(|entry| {
            let signal = match entry % 5 {
                0 => Signal::Md5(bytes(&mut next)),
                1 => Signal::Sha1(bytes(&mut next)),
                2 => Signal::Sha256(bytes(&mut next)),
                _ => Signal::Pdq(Pdq(bytes(&mut next))),
            };
            Known { entry, signal }
        })
        .collect();
    let row = |id: u128| {
        let mut row = PastRow { id: id.to_be_bytes(), pdq: None, md5: None, sha1: None, sha256: None };
        let pass = if next().is_multiple_of(4) { Pass::First } else { Pass::Exact };
        if !next().is_multiple_of(5) {
            row.pdq = Some((Pdq(bytes(&mut next)), pass));
        }
        match known.get(next() as usize % (known.len() * 2 + 1)).map(|known| known.signal) {
            Some(Signal::Pdq(hash)) => {
                let distance = next() as u32 % 48;
                row.pdq = Some((changed(hash, distance, &mut next), pass));
            }
            Some(Signal::Md5(digest)) => row.md5 = Some(digest),
            Some(Signal::Sha1(digest)) => row.sha1 = Some(digest),
            Some(Signal::Sha256(digest)) => row.sha256 = Some(digest),
            None => {}
        }
        row
    };
    let rows = (0..rows).map(row).collect();
    (known, rows)
}

fn segment(rows: &[PastRow]) -> Vec<u8> {
    let mut writer = PastWriter::begin(Vec::new()).unwrap();
    rows.iter().for_each(|row| writer.push(*row).unwrap());
    writer.end().unwrap()
}

/// Every row compared with every known signal.
fn linear(known: &[Known], rows: &[PastRow], radius: u32, drift: u32) -> Vec<Candidate> {
    let mut found = Vec::new();
    for row in rows {
        for Known { entry, signal } in known {
            let distance = match (signal, row.pdq) {
                (Signal::Pdq(hash), Some((own, pass))) => {
                    let reach = if pass == Pass::First { radius + drift } else { radius };
                    Some(hash.distance(&own)).filter(|distance| *distance <= reach)
                }
                (Signal::Md5(digest), _) => (row.md5 == Some(*digest)).then_some(0),
                (Signal::Sha1(digest), _) => (row.sha1 == Some(*digest)).then_some(0),
                (Signal::Sha256(digest), _) => (row.sha256 == Some(*digest)).then_some(0),
                _ => None,
            };
            let kind = signal.kind();
            found.extend(distance.map(|distance| Candidate { row: row.id, entry: *entry, kind, distance }));
        }
    }
    found.sort_unstable();
    found
}

fn sorted(swept: Swept) -> Vec<Candidate> {
    let mut candidates = swept.candidates;
    candidates.sort_unstable();
    candidates
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_sweep_finds_what_comparing_all_with_all_finds(
        seed: u64, count in 0_u32..200, rows in 0_u128..400, radius in 0_u32..70, drift in 0_u32..12,
    ) {
        let (known, rows) = scene(seed, count, rows);
        let swept = Sweep::new(&known, radius, drift).through(segment(&rows).as_slice()).unwrap();
        prop_assert_eq!(swept.rows, rows.len() as u64);
        prop_assert_eq!(sorted(swept), linear(&known, &rows, radius, drift));
    }

    #[test]
    fn a_segment_with_a_changed_or_missing_byte_is_refused(seed: u64, at: usize, bit in 0_u8..8) {
        let (known, rows) = scene(seed, 20, 50);
        let sweep = Sweep::new(&known, 31, 0);
        let whole = segment(&rows);
        let at = at % whole.len();
        prop_assert!(matches!(sweep.through(&whole[..at]), Err(PastError::Torn)));
        let mut altered = whole;
        altered[at] ^= 1 << bit;
        prop_assert!(sweep.through(altered.as_slice()).is_err());
    }
}

#[test]
fn rows_of_several_blocks_keep_their_identifiers() {
    let (known, rows) = scene(7, 40, 70_000);
    let swept = Sweep::new(&known, 31, 4).through(segment(&rows).as_slice()).unwrap();
    assert_eq!(swept.rows, 70_000);
    assert_eq!(sorted(swept), linear(&known, &rows, 31, 4));
}

#[test]
fn more_known_hashes_than_a_sieve_holds_are_found_all_the_same() {
    let mut next = noise(11);
    let known: Vec<_> =
        (0..20_000).map(|entry| Known { entry, signal: Signal::Pdq(Pdq(bytes(&mut next))) }).collect();
    let Signal::Pdq(hash) = known[777].signal else { unreachable!() };
    let row = PastRow {
        id: [9; 16],
        pdq: Some((changed(hash, 31, &mut next), Pass::Exact)),
        md5: None,
        sha1: None,
        sha256: None,
    };
    let swept = Sweep::new(&known, 31, 0).through(segment(&[row]).as_slice()).unwrap();
    assert_eq!(swept.candidates, linear(&known, &[row], 31, 0));
    assert_eq!(swept.candidates.len(), 1);
}
