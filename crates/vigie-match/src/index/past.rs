//! The index the other way round: a few known signals are asked of millions of past ones, which stream by.
//!
//! What it is: the compact form of a segment of history ([`PastWriter`]), and a [`Sweep`] that reads such a form once,
//! from its beginning to its end, and tells which rows come near the known signals. What it is not: the history itself.
//! The database keeps the rows; this form is made from them, can always be made again, and holds no reference to
//! anybody.
//!
//! A hash is compared whole. Of a digest the form keeps four bytes, so that a hit by digest is a *candidate*: the caller
//! compares it with the row. Among ten million rows and a thousand known digests there are about two false candidates.
//!
//! Few known hashes are looked for with a `sieve`, many with the [`Index`]; `file` is the form on disk.

mod file;
mod sieve;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::Read;

pub use file::{PastError, PastWriter};

use super::chunks::hash_of;
use super::{Index, Radii, Row};
use crate::signal::{Pdq, Signal, SignalKind};
use file::{Block, Blocks};
use sieve::Sieve;

/// More known hashes than this are looked for with the index: a bucket of the sieve would hold too many.
const SIEVE_UP_TO: usize = 16_384;

/// Which pass made the hash of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pass {
    /// The exact one.
    Exact,
    /// The first, quick one: the hash may have drifted by some bits.
    First,
}

/// The signals of one row of history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastRow {
    /// The identifier of the row, by which its candidates are named.
    pub id: [u8; 16],
    /// Its hash, and which pass made it.
    pub pdq: Option<(Pdq, Pass)>,
    /// Its MD5 digest.
    pub md5: Option<[u8; 16]>,
    /// Its SHA-1 digest.
    pub sha1: Option<[u8; 20]>,
    /// Its SHA-256 digest.
    pub sha256: Option<[u8; 32]>,
}

/// A signal that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The entry it belongs to.
    pub entry: u64,
    /// The signal.
    pub signal: Signal,
}

/// A row that comes near a known signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Candidate {
    /// The row.
    pub row: [u8; 16],
    /// The entry whose signal it comes near.
    pub entry: u64,
    /// By which kind of signal. By a hash it is a hit; by a digest the row has to be compared.
    pub kind: SignalKind,
    /// How many bits of the hash differ; 0 for digests.
    pub distance: u32,
}

/// What a sweep through one segment came upon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many rows it read.
    pub rows: u64,
    /// The candidates, in the order of the rows.
    pub candidates: Vec<Candidate>,
}

/// Known signals, made ready to be looked for in many segments.
pub struct Sweep {
    hashes: Hashes,
    /// Known hashes are looked for up to this distance from rows of the exact pass.
    radius: u32,
    /// And up to this one from rows of the first pass.
    first_radius: u32,
    digests: [HashMap<u32, Vec<u64>>; 3],
}

/// Known hashes, for rows of either pass.
struct Hashes {
    entries: Vec<u64>,
    exact: Near,
    first: Near,
}

/// Known hashes within one radius; each is numbered by its place.
enum Near {
    Few(Box<Sieve>),
    Many(Box<Index>),
}

/// The kinds of digest, in the order in which the form holds their first bytes.
const DIGESTS: [SignalKind; 3] = [SignalKind::Md5, SignalKind::Sha1, SignalKind::Sha256];

impl Sweep {
    /// Makes known signals ready. Hashes of the exact pass are found up to `radius` bits away, those of the first pass up
    /// to `drift` bits further.
    #[must_use]
    pub fn new(known: &[Known], radius: u32, drift: u32) -> Self {
        let first_radius = radius + drift;
        let mut digests: [HashMap<u32, Vec<u64>>; 3] = Default::default();
        let mut hashes = Vec::new();
        for Known { entry, signal } in known {
            if let Signal::Pdq(hash) = signal {
                hashes.push((*entry, *hash));
            } else if let Some(kind) = DIGESTS.iter().position(|kind| *kind == signal.kind()) {
                digests[kind].entry(beginning(signal.bytes())).or_default().push(*entry);
            }
        }
        Self { hashes: Hashes::new(&hashes, radius, first_radius), radius, first_radius, digests }
    }

    /// Reads a segment once and tells which rows come near. Nothing of a segment that is not whole is told.
    ///
    /// # Errors
    /// The file could not be read, or is not a whole segment: it is then to be made again.
    pub fn through(&self, segment: impl Read) -> Result<Swept, PastError> {
        let mut swept = Swept::default();
        let mut blocks = Blocks::begin(segment)?;
        while let Some(block) = blocks.next()? {
            self.block(block, &mut swept.candidates);
            swept.rows += block.ids.len() as u64;
        }
        Ok(swept)
    }

    fn block(&self, block: &Block, found: &mut Vec<Candidate>) {
        let start = found.len();
        let mut add = |row: usize, entry, kind, distance| {
            found.push(Candidate { row: block.ids[row], entry, kind, distance });
        };
        let (exact, first) = block.hashes.split_at(block.exact);
        self.hashes.near(exact, self.radius, false, &mut |row, entry, distance| {
            add(row, entry, SignalKind::Pdq, distance);
        });
        self.hashes.near(first, self.first_radius, true, &mut |row, entry, distance| {
            add(block.exact + row, entry, SignalKind::Pdq, distance);
        });
        for ((known, beginnings), kind) in self.digests.iter().zip(&block.digests).zip(DIGESTS) {
            if known.is_empty() {
                continue;
            }
            for (row, beginning) in beginnings.iter().enumerate() {
                for entry in known.get(beginning).into_iter().flatten() {
                    add(row, *entry, kind, 0);
                }
            }
        }
        found[start..].sort_unstable();
    }
}

impl Hashes {
    fn new(hashes: &[(u64, Pdq)], radius: u32, first_radius: u32) -> Self {
        let known: Vec<Pdq> = hashes.iter().map(|(_, hash)| *hash).collect();
        Self {
            entries: hashes.iter().map(|(entry, _)| *entry).collect(),
            exact: Near::new(&known, radius),
            first: Near::new(&known, first_radius),
        }
    }

    /// Tells row, entry and distance of everything within the radius.
    fn near(
        &self,
        rows: &[super::chunks::Chunks],
        radius: u32,
        first_pass: bool,
        tell: &mut dyn FnMut(usize, u64, u32),
    ) {
        let near = if first_pass { &self.first } else { &self.exact };
        near.tell(rows, radius, &mut |row, known, distance| tell(row, self.entries[known], distance));
    }
}

impl Near {
    fn new(known: &[Pdq], radius: u32) -> Self {
        let few = if known.len() > SIEVE_UP_TO { None } else { Sieve::new(known, radius) };
        few.map_or_else(
            || {
                let row = |(entry, hash): (u64, &Pdq)| Row { entry, bank: 0, signal: Signal::Pdq(*hash) };
                Self::Many(Box::new(Index::build((0..).zip(known).map(row))))
            },
            |sieve| Self::Few(Box::new(sieve)),
        )
    }

    fn tell(&self, rows: &[super::chunks::Chunks], radius: u32, tell: &mut dyn FnMut(usize, usize, u32)) {
        match self {
            Self::Few(sieve) => {
                sieve.sift(rows, &mut |row, known, distance| tell(row, known as usize, distance));
            }
            Self::Many(index) => {
                let asked: Vec<_> = rows.iter().map(|chunks| Signal::Pdq(hash_of(chunks))).collect();
                let mut hits = Vec::new();
                index.search_batch(&asked, &Radii::everywhere(radius), &mut hits);
                hits.into_iter().for_each(|(row, hit)| tell(row, hit.entry as usize, hit.distance));
            }
        }
    }
}

/// The first four bytes of a digest, which is what the form keeps of it.
fn beginning(digest: &[u8]) -> u32 {
    digest.iter().take(4).fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}
