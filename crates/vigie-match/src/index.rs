//! The index: every known signal within a distance of an asked one, exactly, while banks change.
//!
//! What it is: a set of rows (entry, bank, signal) held in memory. Readers never wait: a search works on one immutable
//! snapshot. A writer adds or removes a batch, and what it did is seen by every search that begins after it returned.
//! What it is not: it knows nothing of what a bank or an entry means, keeps no clock and starts no thread; whoever owns
//! it calls [`Index::compact`] now and then, on a thread of its own.
//!
//! - PDQ hashes are found within a distance: few in a `scan`, many in a `ring`; `near` chooses.
//! - Exact are found when equal: `exact`.
//! - Both live on a `shelf`: an immutable list of segments that are merged as they grow.
//!
//! To add a kind of signal: give it a shelf in [`Index`] with a `Segment` that answers its question.

mod chunks;
mod exact;
mod machine;
mod near;
mod pages;
mod radii;
mod ring;
mod rows;
mod scan;
mod shelf;

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

pub use radii::Radii;

use crate::signal::{Pdq, Signal, SignalKind};
use exact::Exact;
use near::Near;
use rows::Rows;
use shelf::{Segment, Shelf};

/// One known signal of one bank entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Row {
    /// Identifier of the bank entry; an entry may have several rows.
    pub entry: u64,
    /// Dense slot number of the bank, given by the caller: [`Radii`] has one place for each.
    pub bank: u32,
    /// The known signal.
    pub signal: Signal,
}

/// A row that lies within the asked distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hit {
    /// How many bits differ; 0 for digests.
    pub distance: u32,
    /// Slot number of the bank.
    pub bank: u32,
    /// Identifier of the bank entry.
    pub entry: u64,
    /// The known signal that was hit, not the asked one.
    pub signal: Signal,
}

/// A hit by one of the eight dihedral variants of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DihedralHit {
    /// The row and its distance from the variant.
    pub hit: Hit,
    /// Which of the eight asked variants lies nearest, 0 to 7.
    pub variant: usize,
}

/// Sizes at which the index changes its ways. Answers never depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// Fewer PDQ hashes than this are compared one after the other; building tables for them would not pay.
    pub scan_below: usize,
    /// An insert merges segments itself as long as the result has no more rows than this. It is about how many rows an
    /// insert may copy; larger merges wait for [`Index::compact`].
    pub merged_at_once: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { scan_below: 16_384, merged_at_once: 4096 }
    }
}

/// The rows of all banks.
pub struct Index {
    pdq: Shelf<Near>,
    md5: Shelf<Exact<16>>,
    sha1: Shelf<Exact<20>>,
    sha256: Shelf<Exact<32>>,
    version: AtomicU64,
}

/// The rows of a batch, a list for each kind.
#[derive(Default)]
struct Sorted {
    pdq: Rows<Pdq>,
    md5: Rows<[u8; 16]>,
    sha1: Rows<[u8; 20]>,
    sha256: Rows<[u8; 32]>,
}

impl Sorted {
    fn new(rows: impl IntoIterator<Item = Row>) -> Self {
        let mut sorted = Self::default();
        for Row { entry, bank, signal } in rows {
            match signal {
                Signal::Pdq(hash) => sorted.pdq.push(entry, bank, hash),
                Signal::Md5(digest) => sorted.md5.push(entry, bank, digest),
                Signal::Sha1(digest) => sorted.sha1.push(entry, bank, digest),
                Signal::Sha256(digest) => sorted.sha256.push(entry, bank, digest),
            }
        }
        sorted
    }
}

/// Asked signals of one kind, and their places among all that are asked.
struct Keys<K> {
    places: Vec<usize>,
    keys: Vec<K>,
}

impl<K> Default for Keys<K> {
    fn default() -> Self {
        Self { places: Vec::new(), keys: Vec::new() }
    }
}

impl<K> Keys<K> {
    fn push(&mut self, place: usize, key: K) {
        self.places.push(place);
        self.keys.push(key);
    }
}

/// What a search asks for, a list for each kind.
#[derive(Default)]
struct Asked {
    pdq: Keys<Pdq>,
    md5: Keys<[u8; 16]>,
    sha1: Keys<[u8; 20]>,
    sha256: Keys<[u8; 32]>,
}

impl Index {
    /// An index with no rows.
    #[must_use]
    pub fn new() -> Self {
        Self::tuned(Tuning::default(), [])
    }

    /// An index of these rows, the fast way to begin with many. A copy of a row counts once.
    #[must_use]
    pub fn build(rows: impl IntoIterator<Item = Row>) -> Self {
        Self::tuned(Tuning::default(), rows)
    }

    /// An index of these rows with sizes of one's own.
    #[must_use]
    pub fn tuned(tuning: Tuning, rows: impl IntoIterator<Item = Row>) -> Self {
        let sorted = Sorted::new(rows);
        let index = Self {
            pdq: Shelf::build(sorted.pdq, tuning),
            md5: Shelf::build(sorted.md5, tuning),
            sha1: Shelf::build(sorted.sha1, tuning),
            sha256: Shelf::build(sorted.sha256, tuning),
            version: AtomicU64::new(0),
        };
        index.version.store(u64::from(!index.is_empty()), Ordering::Release);
        index
    }

    /// Adds a batch; a row that is already there changes nothing. Returns how many rows are new.
    ///
    /// Every search that begins after the return sees the rows. The rows of one kind appear together.
    pub fn insert(&self, rows: &[Row]) -> usize {
        let sorted = Sorted::new(rows.iter().copied());
        let added = self.pdq.insert(&sorted.pdq)
            + self.md5.insert(&sorted.md5)
            + self.sha1.insert(&sorted.sha1)
            + self.sha256.insert(&sorted.sha256);
        self.changed(added)
    }

    /// Removes rows that equal these in entry, bank and signal. Returns how many were there.
    ///
    /// No search that begins after the return sees them.
    pub fn remove(&self, rows: &[Row]) -> usize {
        let sorted = Sorted::new(rows.iter().copied());
        let removed = self.pdq.remove(&sorted.pdq)
            + self.md5.remove(&sorted.md5)
            + self.sha1.remove(&sorted.sha1)
            + self.sha256.remove(&sorted.sha256);
        self.changed(removed)
    }

    /// Appends to `hits` every row within its bank's radius of the signal, once each, in the order of [`Hit`]: the
    /// nearest first. Digests ignore the distance and need only a bank that is asked.
    pub fn search(&self, signal: &Signal, radii: &Radii, hits: &mut Vec<Hit>) {
        let mut found = Vec::new();
        self.search_batch(std::slice::from_ref(signal), radii, &mut found);
        hits.extend(found.into_iter().map(|(_, hit)| hit));
    }

    /// Asks for many signals in one call, which is faster than one by one. Appends each hit with the place of its signal
    /// in `signals`, in the order of these; the hits of one signal stand as [`Index::search`] gives them.
    pub fn search_batch(&self, signals: &[Signal], radii: &Radii, hits: &mut Vec<(usize, Hit)>) {
        let mut asked = Asked::default();
        for (place, signal) in signals.iter().enumerate() {
            match signal {
                Signal::Pdq(hash) => asked.pdq.push(place, *hash),
                Signal::Md5(digest) => asked.md5.push(place, *digest),
                Signal::Sha1(digest) => asked.sha1.push(place, *digest),
                Signal::Sha256(digest) => asked.sha256.push(place, *digest),
            }
        }
        let mut found = Vec::new();
        self.within(&asked.pdq, radii, &mut |place, hit| found.push((place, hit)));
        let mut exact = |place, bank, entry| {
            found.push((place, Hit { distance: 0, bank, entry, signal: signals[place] }));
        };
        equal(&self.md5, &asked.md5, radii, &mut exact);
        equal(&self.sha1, &asked.sha1, radii, &mut exact);
        equal(&self.sha256, &asked.sha256, radii, &mut exact);
        // What one segment found stands together already, so the first sort has little to do.
        found.sort_by_key(|&(place, _)| place);
        found.chunk_by_mut(|one, other| one.0 == other.0).for_each(<[_]>::sort_unstable);
        hits.append(&mut found);
    }

    /// Asks for all eight dihedral variants of a picture in one call. Appends each entry of each bank once, with its
    /// least distance and the variant that has it (the first of equals).
    pub fn search_dihedral(&self, variants: &[Pdq; 8], radii: &Radii, hits: &mut Vec<DihedralHit>) {
        let mut found = Vec::new();
        self.search_batch(&variants.map(Signal::Pdq), radii, &mut found);
        let mut nearest: Vec<_> =
            found.into_iter().map(|(variant, hit)| DihedralHit { hit, variant }).collect();
        nearest.sort_unstable_by_key(|found| {
            (found.hit.bank, found.hit.entry, found.hit.distance, found.variant)
        });
        nearest.dedup_by_key(|found| (found.hit.bank, found.hit.entry));
        nearest.sort_unstable();
        hits.append(&mut nearest);
    }

    /// A number that grows with every batch that changed the rows.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// How many rows of this kind can be found.
    #[must_use]
    pub fn len(&self, kind: SignalKind) -> usize {
        match kind {
            SignalKind::Pdq => self.pdq.len(),
            SignalKind::Md5 => self.md5.len(),
            SignalKind::Sha1 => self.sha1.len(),
            SignalKind::Sha256 => self.sha256.len(),
        }
    }

    /// Whether no row of any kind can be found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        SignalKind::ALL.into_iter().all(|kind| self.len(kind) == 0)
    }

    /// Merges small segments and drops removed rows, where that pays. Returns whether there was something to do: call
    /// it again until it says no.
    ///
    /// It may take seconds at millions of rows, so it belongs on a background thread, after changes. Searches and
    /// changes go on meanwhile; two calls at once take turns. Answers never depend on it, only speed and memory do.
    pub fn compact(&self) -> bool {
        // No short circuit: every kind gets its turn.
        self.pdq.compact() | self.md5.compact() | self.sha1.compact() | self.sha256.compact()
    }

    /// Bytes of memory that all structures hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.pdq.bytes() + self.md5.bytes() + self.sha1.bytes() + self.sha256.bytes()
    }

    fn changed(&self, rows: usize) -> usize {
        if rows > 0 {
            self.version.fetch_add(1, Ordering::AcqRel);
        }
        rows
    }

    fn within(&self, asked: &Keys<Pdq>, radii: &Radii, found: &mut dyn FnMut(usize, Hit)) {
        let Some(widest) = radii.widest() else { return };
        for sealed in self.pdq.snapshot().iter() {
            sealed.segment.within(&asked.keys, widest, &mut |number, at, hash, distance| {
                let (entry, bank) = sealed.owner(at);
                if radii.of(bank).is_some_and(|radius| distance <= radius) && !sealed.is_dead(at) {
                    found(asked.places[number], Hit { distance, bank, entry, signal: Signal::Pdq(hash) });
                }
            });
        }
    }
}

impl Default for Index {
    fn default() -> Self {
        Self::new()
    }
}

impl FromIterator<Row> for Index {
    fn from_iter<T: IntoIterator<Item = Row>>(rows: T) -> Self {
        Self::build(rows)
    }
}

/// Digests are looked up this many at a time, each step for all before the next: their misses of the cache overlap.
const AT_ONCE: usize = 32;

/// Reports place, bank and entry of every row that equals an asked digest.
fn equal<const N: usize>(
    shelf: &Shelf<Exact<N>>,
    asked: &Keys<[u8; N]>,
    radii: &Radii,
    found: &mut dyn FnMut(usize, u32, u64),
) {
    for sealed in shelf.snapshot().iter() {
        for (keys, places) in asked.keys.chunks(AT_ONCE).zip(asked.places.chunks(AT_ONCE)) {
            keys.iter().for_each(|key| sealed.segment.ask_for_start(key));
            keys.iter().for_each(|key| sealed.segment.ask_for_digests(key));
            let mut equal: [Range<u32>; AT_ONCE] = std::array::from_fn(|_| 0..0);
            for (key, equal) in keys.iter().zip(&mut equal) {
                *equal = sealed.segment.equal(key);
                sealed.ask_for_owner(equal.start);
            }
            for (&place, equal) in places.iter().zip(equal) {
                for at in equal {
                    let (entry, bank) = sealed.owner(at);
                    if radii.of(bank).is_some() && !sealed.is_dead(at) {
                        found(place, bank, entry);
                    }
                }
            }
        }
    }
}
