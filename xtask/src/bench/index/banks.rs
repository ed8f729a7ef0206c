//! Banks and questions for the bench, as files of raw hashes: the same in every run.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Context;

use super::QUESTIONS;

type Hash = [u64; 4];

/// How the hashes of a bank lie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Every bit by its own coin.
    Random,
    /// Clusters of near-duplicates around hashes whose bits follow those of the row above in three of four cases: real
    /// pictures come in copies, and their coefficients hang together.
    Skewed,
}

/// So many hashes have a common origin in a skewed bank, on average.
const CLUSTER: u64 = 40;
/// They differ from it by fewer bits than this.
const SPREAD: u64 = 20;

/// Writes a bank and the questions to it: most of these a known distance from one of its hashes, from 0 to beyond the
/// radius, the others strange to it.
///
/// # Errors
/// A file cannot be written.
pub(super) fn write(bank: &Path, questions: &Path, size: u64, shape: Shape) -> anyhow::Result<()> {
    let mut random = Random(size ^ u64::from(shape == Shape::Skewed));
    let centres: Vec<Hash> = match shape {
        Shape::Random => Vec::new(),
        Shape::Skewed => (0..size / CLUSTER + 1).map(|_| random.correlated()).collect(),
    };
    let mut file = create(bank)?;
    let mut chosen = Vec::new();
    let every = (size / QUESTIONS as u64).max(1);
    for number in 0..size {
        let hash = match shape {
            Shape::Random => random.hash(),
            Shape::Skewed => {
                let centre = centres[random.below(centres.len() as u64) as usize];
                let distance = random.below(SPREAD);
                random.turned(centre, distance)
            }
        };
        if number % every == 0 && chosen.len() < QUESTIONS {
            chosen.push(hash);
        }
        put(&mut file, &hash)?;
    }
    file.flush()?;
    let mut file = create(questions)?;
    for number in 0..QUESTIONS {
        // Not in the order of the bank, so that a part of the file is as good as the whole.
        let known = chosen.get(number * 7919 % QUESTIONS);
        let asked = match known {
            Some(known) if number % 50 < 41 => random.turned(*known, number as u64 % 50),
            _ if shape == Shape::Skewed => random.correlated(),
            _ => random.hash(),
        };
        put(&mut file, &asked)?;
    }
    file.flush()?;
    Ok(())
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

fn put(file: &mut BufWriter<File>, hash: &Hash) -> std::io::Result<()> {
    let mut bytes = [0; 32];
    bytes.chunks_exact_mut(8).zip(hash).for_each(|(eight, word)| eight.copy_from_slice(&word.to_be_bytes()));
    file.write_all(&bytes)
}

/// SplitMix64 (Steele, Lea, Flood 2014): good enough for hashes that stand for nothing.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    fn hash(&mut self) -> Hash {
        std::array::from_fn(|_| self.next())
    }

    /// Sixteen rows of sixteen bits, each like the row above but for a quarter of its bits.
    fn correlated(&mut self) -> Hash {
        let mut row = self.next() as u16;
        std::array::from_fn(|_| {
            (0..4).fold(0, |word, _| {
                row ^= (self.next() & self.next()) as u16;
                word << 16 | u64::from(row)
            })
        })
    }

    /// The hash with exactly so many bits turned.
    fn turned(&mut self, hash: Hash, distance: u64) -> Hash {
        let mut turned = [0_u64; 4];
        let mut left = distance;
        while left > 0 {
            let place = self.below(256);
            let (word, bit) = ((place / 64) as usize, 1 << (place % 64));
            left -= u64::from(turned[word] & bit == 0);
            turned[word] |= bit;
        }
        std::array::from_fn(|word| hash[word] ^ turned[word])
    }
}
