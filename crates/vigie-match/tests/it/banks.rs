//! Banks and questions for tests, from a seed.

use vigie_match::{Hit, Pdq, Radii, Row, Signal};

/// A small generator (SplitMix64): the same seed gives the same bank everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub(crate) fn hash(&mut self) -> Pdq {
        let mut bytes = [0; 32];
        bytes.chunks_exact_mut(8).for_each(|eight| eight.copy_from_slice(&self.next().to_be_bytes()));
        Pdq(bytes)
    }

    /// `hash` with exactly `distance` bits turned.
    pub(crate) fn at_distance(&mut self, hash: Pdq, distance: usize) -> Pdq {
        let mut places: Vec<usize> = (0..256).collect();
        let mut turned = hash;
        for chosen in 0..distance {
            places.swap(chosen, chosen + self.below(256 - chosen));
            turned.0[places[chosen] / 8] ^= 1 << (places[chosen] % 8);
        }
        turned
    }
}

/// How the hashes of a bank lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Every bit by its own coin.
    Random,
    /// Copies of one hash.
    Copies,
    /// Groups of near-duplicates.
    Clusters,
    /// Bits that are mostly off, and that follow their neighbours.
    Correlated,
    /// Hashes that share most of their bytes.
    Crowded,
}

impl Shape {
    pub(crate) const ALL: [Self; 5] =
        [Self::Random, Self::Copies, Self::Clusters, Self::Correlated, Self::Crowded];

    pub(crate) fn hashes(self, count: usize, random: &mut Random) -> Vec<Pdq> {
        let centres: Vec<Pdq> = (0..count.div_ceil(40).max(1)).map(|_| random.hash()).collect();
        (0..count)
            .map(|_| match self {
                Self::Random => random.hash(),
                Self::Copies => centres[0],
                Self::Clusters => {
                    let centre = centres[random.below(centres.len())];
                    let distance = random.below(20);
                    random.at_distance(centre, distance)
                }
                Self::Correlated => {
                    let (left, right) = (random.hash(), random.hash());
                    Pdq(std::array::from_fn(|byte| {
                        left.0[byte] & right.0[byte / 2 * 2] & !(left.0[byte] >> 1)
                    }))
                }
                Self::Crowded => {
                    let mut hash = centres[0];
                    hash.0[5] = random.next() as u8;
                    hash.0[6] = random.next() as u8;
                    hash
                }
            })
            .collect()
    }
}

/// Rows of these hashes in three banks; every seventh hash belongs to two entries.
pub(crate) fn rows_of(hashes: &[Pdq]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (number, hash) in (0_u64..).zip(hashes) {
        rows.push(Row { entry: number, bank: (number % 3) as u32, signal: Signal::Pdq(*hash) });
        if number % 7 == 0 {
            let other = ((number + 1) % 3) as u32;
            rows.push(Row { entry: number + 1_000_000, bank: other, signal: Signal::Pdq(*hash) });
        }
    }
    rows
}

/// The same question answered by looking at every row.
pub(crate) fn linear_scan(rows: &[Row], asked: &Signal, radii: &Radii) -> Vec<Hit> {
    let distance = |known: &Signal| match (known, asked) {
        (Signal::Pdq(known), Signal::Pdq(asked)) => Some(known.distance(asked)),
        (known, asked) => (known == asked).then_some(0),
    };
    let mut hits: Vec<Hit> = rows
        .iter()
        .filter_map(|row| {
            let radius = radii.of(row.bank)?;
            let distance = distance(&row.signal)?;
            (distance <= radius).then_some(Hit {
                distance,
                bank: row.bank,
                entry: row.entry,
                signal: row.signal,
            })
        })
        .collect();
    hits.sort_unstable();
    hits.dedup();
    hits
}
