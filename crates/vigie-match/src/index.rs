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
//! - `past` asks the other way round: a few known signals of millions of past ones.
//! - `saved` is the form in which an index is kept from one start to the next.
//!
//! To add a kind of signal: give it a shelf in [`Index`] with a `Segment` that answers its question.

mod chunks;
mod exact;
mod frozen;
mod machine;
mod near;
mod pages;
mod past;
mod radii;
mod ring;
mod rows;
mod saved;
mod scan;
mod search;
mod shelf;

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

pub use frozen::Frozen;
pub use past::{Candidate, Known, Pass, PastError, PastRow, PastWriter, Sweep, Swept};
pub use radii::Radii;
pub use saved::{LoadError, SaveError};

use crate::signal::{Pdq, Signal, SignalKind};
use exact::Exact;
use near::Near;
use rows::Rows;
use saved::In;
use shelf::Shelf;

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
        let found = search::all(self, std::slice::from_ref(signal), radii);
        hits.extend(found.into_iter().map(|(_, hit)| hit));
    }

    /// Asks for many signals in one call, which is faster than one by one. Appends each hit with the place of its signal
    /// in `signals`, in the order of these; the hits of one signal stand as [`Index::search`] gives them.
    pub fn search_batch(&self, signals: &[Signal], radii: &Radii, hits: &mut Vec<(usize, Hit)>) {
        hits.append(&mut search::all(self, signals, radii));
    }

    /// Asks for all eight dihedral variants of a picture in one call. Appends each entry of each bank once, with its
    /// least distance and the variant that has it (the first of equals).
    pub fn search_dihedral(&self, variants: &[Pdq; 8], radii: &Radii, hits: &mut Vec<DihedralHit>) {
        let found = search::all(self, &variants.map(Signal::Pdq), radii);
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

    /// How many rows of this kind can be found. Frames of videos are rows of PDQ.
    #[must_use]
    pub fn len(&self, kind: SignalKind) -> usize {
        match kind {
            SignalKind::Pdq => self.pdq.len(),
            SignalKind::Md5 => self.md5.len(),
            SignalKind::Sha1 => self.sha1.len(),
            SignalKind::Sha256 => self.sha256.len(),
            SignalKind::Vpdq => 0,
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

    /// The rows as they are now, to be saved while searches and changes go on. Takes no longer than a search.
    ///
    /// A change that is under way may be in it or not; to apply it once more after loading does no harm.
    #[must_use]
    pub fn freeze(&self) -> Frozen {
        Frozen {
            version: self.version(),
            pdq: self.pdq.freeze(),
            md5: self.md5.freeze(),
            sha1: self.sha1.freeze(),
            sha256: self.sha256.freeze(),
        }
    }

    /// Reads what [`Frozen::save`] wrote, and the note that was saved with it.
    ///
    /// # Errors
    /// The file could not be read, or is not a whole saved index of this format; nothing of it is taken then.
    pub fn load(file: impl Read) -> Result<(Self, Vec<u8>), LoadError> {
        let tuning = Tuning::default();
        let mut from = In::begin(file)?;
        let note = from.list()?;
        let version = AtomicU64::new(from.number()?);
        let index = Self {
            pdq: Shelf::load(&mut from, tuning)?,
            md5: Shelf::load(&mut from, tuning)?,
            sha1: Shelf::load(&mut from, tuning)?,
            sha256: Shelf::load(&mut from, tuning)?,
            version,
        };
        from.end()?;
        Ok((index, note))
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
