//! The index: every known signal within a distance of an asked one, exactly, while banks change.
//!
//! What it is: a set of rows (entry, bank, signal) held in memory. Readers never wait: a search works on one immutable
//! snapshot. A writer adds or removes a batch, and what it did is seen by every search that begins after it returned.
//! What it is not: it knows nothing of what a bank or an entry means, keeps no clock and starts no thread; whoever owns
//! it calls [`Index::compact`] now and then, on a thread of its own.
//!
//! - PDQ hashes are found within a distance: `scan`.
//! - Exact are found when equal: `exact`.
//! - Both live on a `shelf`: an immutable list of segments that are merged as they grow.
//!
//! To add a kind of signal: give it a shelf in [`Index`] with a `Segment` that answers its question.

mod exact;
mod radii;
mod scan;
mod shelf;

use std::sync::atomic::{AtomicU64, Ordering};

pub use radii::Radii;

use crate::signal::{Pdq, Signal, SignalKind};
use exact::Exact;
use scan::Scan;
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

/// The rows of all banks.
#[derive(Default)]
pub struct Index {
    pdq: Shelf<Scan>,
    md5: Shelf<Exact<16>>,
    sha1: Shelf<Exact<20>>,
    sha256: Shelf<Exact<32>>,
    version: AtomicU64,
}

/// The rows of a batch, a list for each kind.
#[derive(Default)]
struct Sorted {
    pdq: shelf::Rows<Pdq>,
    md5: shelf::Rows<[u8; 16]>,
    sha1: shelf::Rows<[u8; 20]>,
    sha256: shelf::Rows<[u8; 32]>,
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

impl Index {
    /// An index with no rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An index of these rows, the fast way to begin with many. Rows are meant to be distinct: a copy counts in
    /// [`Index::len`], and is still reported once.
    #[must_use]
    pub fn build(rows: impl IntoIterator<Item = Row>) -> Self {
        let sorted = Sorted::new(rows);
        Self {
            pdq: Shelf::build(sorted.pdq),
            md5: Shelf::build(sorted.md5),
            sha1: Shelf::build(sorted.sha1),
            sha256: Shelf::build(sorted.sha256),
            version: AtomicU64::new(1),
        }
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
    /// nearest first. Exact ignore the distance and need only a bank that is asked.
    pub fn search(&self, signal: &Signal, radii: &Radii, hits: &mut Vec<Hit>) {
        let first = hits.len();
        match signal {
            Signal::Pdq(hash) => self.search_pdq(hash, radii, hits),
            Signal::Md5(digest) => equal(&self.md5, digest, *signal, radii, hits),
            Signal::Sha1(digest) => equal(&self.sha1, digest, *signal, radii, hits),
            Signal::Sha256(digest) => equal(&self.sha256, digest, *signal, radii, hits),
        }
        put_in_order(hits, first);
    }

    /// Asks for many signals in one call. Appends each hit with the place of its signal in `signals`; the hits of one
    /// signal stand together, in the order of [`Index::search`].
    pub fn search_batch(&self, signals: &[Signal], radii: &Radii, hits: &mut Vec<(usize, Hit)>) {
        let mut found = Vec::new();
        for (place, signal) in signals.iter().enumerate() {
            found.clear();
            self.search(signal, radii, &mut found);
            hits.extend(found.iter().map(|hit| (place, *hit)));
        }
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

    fn search_pdq(&self, hash: &Pdq, radii: &Radii, hits: &mut Vec<Hit>) {
        let Some(widest) = radii.widest() else { return };
        for sealed in self.pdq.snapshot().iter() {
            sealed.segment.within(hash, widest, &mut |at, distance| {
                let (entry, bank) = sealed.owner(at);
                if radii.of(bank).is_some_and(|radius| distance <= radius) && !sealed.is_dead(at) {
                    let signal = Signal::Pdq(sealed.segment.key(at));
                    hits.push(Hit { distance, bank, entry, signal });
                }
            });
        }
    }
}

impl FromIterator<Row> for Index {
    fn from_iter<T: IntoIterator<Item = Row>>(rows: T) -> Self {
        Self::build(rows)
    }
}

fn equal<S: Segment>(shelf: &Shelf<S>, key: &S::Key, signal: Signal, radii: &Radii, hits: &mut Vec<Hit>) {
    for sealed in shelf.snapshot().iter() {
        sealed.segment.equal(key, &mut |at| {
            let (entry, bank) = sealed.owner(at);
            if radii.of(bank).is_some() && !sealed.is_dead(at) {
                hits.push(Hit { distance: 0, bank, entry, signal });
            }
        });
    }
}

/// Sorts what a search appended from `first` on and drops copies; what stood before belongs to the caller.
fn put_in_order(hits: &mut Vec<Hit>, first: usize) {
    hits[first..].sort_unstable();
    let mut kept = first;
    for at in first..hits.len() {
        if kept == first || hits[at] != hits[kept - 1] {
            hits[kept] = hits[at];
            kept += 1;
        }
    }
    hits.truncate(kept);
}
