//! A shelf: rows of one kind of signal, in an immutable list of segments that is swapped as a whole.
//!
//! Readers load the list once and work on it. A writer holds a lock that no reader touches. An insert adds a small
//! segment (and merges it with small neighbours, so that there are never many); a removal marks the row dead in place;
//! [`Shelf::compact`] merges larger segments beside the running work, and marks in the merged segment what was removed
//! meanwhile. Sizes on the shelf fall at least by half from one segment to the next after compaction, so that there are
//! few, and a row is copied a logarithmic number of times.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use super::Tuning;
use super::machine::prefetch;
use super::rows::{Owners, Rows};
use super::saved::{In, LoadError, Out};

/// A segment is rewritten when at least one in this many of its rows is dead.
const DEAD_SHARE: usize = 4;

/// Keys in the form that answers the questions about them. It never changes.
pub(super) trait Segment: Send + Sync + Sized {
    /// The signal.
    type Key: Copy + Ord + Send + Sync;

    /// A segment of these rows, and who owns each of its positions. Positions follow the segment's own order of keys;
    /// rows with the same key stand in the order of entry and bank, and no row stands there twice.
    fn build(rows: Rows<Self::Key>, tuning: &Tuning) -> (Self, Owners);

    /// The key at this position.
    fn key(&self, at: u32) -> Self::Key;

    /// All keys in the order of their positions.
    fn keys(&self) -> Vec<Self::Key>;

    /// The positions of this key.
    fn equal(&self, key: &Self::Key) -> Range<u32>;

    /// How many positions there are.
    fn len(&self) -> usize;

    /// Bytes of memory held.
    fn bytes(&self) -> usize;

    /// Writes what [`Segment::load`] reads.
    fn save(&self, out: &mut Out<impl Write>) -> io::Result<()>;

    /// Reads what [`Segment::save`] wrote, and refuses lists that do not go together.
    fn load(from: &mut In<impl Read>) -> Result<Self, LoadError>;
}

/// Whether these are bounds of buckets that hold so many positions: from 0 up to their number, never falling.
pub(super) fn are_bounds(starts: &[u32], count: usize) -> bool {
    starts.first() == Some(&0)
        && starts.is_sorted()
        && starts.last().is_some_and(|&last| last as usize == count)
}

/// The first position of the range for which `before` is false, when it is true up to there.
pub(super) fn partition(mut range: Range<u32>, before: impl Fn(u32) -> bool) -> u32 {
    while range.start < range.end {
        let middle = range.start.midpoint(range.end);
        if before(middle) {
            range.start = middle + 1;
        } else {
            range.end = middle;
        }
    }
    range.start
}

/// A segment with the owners of its keys, and the marks of those that were removed.
pub(super) struct Sealed<S> {
    pub(super) segment: S,
    owners: Owners,
    dead: Vec<AtomicU64>,
    dead_count: AtomicUsize,
    /// Set, under the writer's lock, while a compaction copies the segment: an insert leaves it in its place.
    claimed: AtomicBool,
}

impl<S: Segment> Sealed<S> {
    fn new(rows: Rows<S::Key>, tuning: &Tuning) -> Self {
        let (segment, owners) = S::build(rows, tuning);
        let marks = vec![0; owners.entries.len().div_ceil(64)];
        Self::marked(segment, owners, &marks)
    }

    fn marked(segment: S, owners: Owners, marks: &[u64]) -> Self {
        let dead_count = marks.iter().map(|word| word.count_ones() as usize).sum();
        Self {
            segment,
            owners,
            dead: marks.iter().map(|&word| AtomicU64::new(word)).collect(),
            dead_count: AtomicUsize::new(dead_count),
            claimed: AtomicBool::new(false),
        }
    }

    /// Entry and bank of the key at this position.
    pub(super) fn owner(&self, at: u32) -> (u64, u32) {
        (self.owners.entries[at as usize], self.owners.banks[at as usize])
    }

    /// Asks for what [`Sealed::owner`] and [`Sealed::is_dead`] read.
    pub(super) fn ask_for_owner(&self, at: u32) {
        prefetch(&self.dead, at as usize / 64);
        prefetch(&self.owners.entries, at as usize);
        prefetch(&self.owners.banks, at as usize);
    }

    /// Whether the row at this position was removed.
    pub(super) fn is_dead(&self, at: u32) -> bool {
        self.dead[at as usize / 64].load(Ordering::Acquire) & mark(at) != 0
    }

    /// Marks the row dead; false when it was already.
    fn kill(&self, at: u32) -> bool {
        let fresh = self.dead[at as usize / 64].fetch_or(mark(at), Ordering::AcqRel) & mark(at) == 0;
        self.dead_count.fetch_add(usize::from(fresh), Ordering::AcqRel);
        fresh
    }

    fn live(&self) -> usize {
        self.owners.entries.len() - self.dead_count.load(Ordering::Acquire)
    }

    /// Whether so many rows are dead that rewriting pays.
    fn is_crowded(&self) -> bool {
        let dead = self.dead_count.load(Ordering::Acquire);
        dead > 0 && dead * DEAD_SHARE >= self.owners.entries.len()
    }

    /// Position of the living row that equals this one.
    fn position(&self, entry: u64, bank: u32, key: &S::Key) -> Option<u32> {
        let equal = self.segment.equal(key);
        let at = partition(equal.clone(), |at| self.owner(at) < (entry, bank));
        (at < equal.end && self.owner(at) == (entry, bank) && !self.is_dead(at)).then_some(at)
    }

    fn bytes(&self) -> usize {
        self.segment.bytes()
            + self.owners.entries.capacity() * size_of::<u64>()
            + self.owners.banks.capacity() * size_of::<u32>()
            + self.dead.capacity() * size_of::<AtomicU64>()
    }
}

fn mark(at: u32) -> u64 {
    1 << (at % 64)
}

type Segments<S> = Vec<Arc<Sealed<S>>>;

/// See the module.
pub(super) struct Shelf<S> {
    segments: ArcSwap<Segments<S>>,
    /// Held while the list or the marks change.
    writer: Mutex<()>,
    /// Held by the one compaction that may run.
    compaction: Mutex<()>,
    tuning: Tuning,
}

impl<S: Segment> Shelf<S> {
    /// A shelf of these rows.
    pub(super) fn build(rows: Rows<S::Key>, tuning: Tuning) -> Self {
        let first = (rows.len() > 0).then(|| Arc::new(Sealed::new(rows, &tuning)));
        Self::of(first.into_iter().collect(), tuning)
    }

    fn of(segments: Segments<S>, tuning: Tuning) -> Self {
        Self {
            segments: ArcSwap::from_pointee(segments),
            writer: Mutex::new(()),
            compaction: Mutex::new(()),
            tuning,
        }
    }

    /// The segments as they are now.
    pub(super) fn freeze(&self) -> FrozenShelf<S> {
        let _writer = lock(&self.writer);
        let segments = self.segments.load_full();
        let dead = segments.iter().map(|sealed| marks(sealed)).collect();
        FrozenShelf { segments, dead }
    }

    /// Reads what [`FrozenShelf::save`] wrote.
    pub(super) fn load(from: &mut In<impl Read>, tuning: Tuning) -> Result<Self, LoadError> {
        let mut segments = Vec::new();
        for _ in 0..from.length()? {
            let segment = S::load(from)?;
            let owners = Owners { entries: from.list()?, banks: from.list()? };
            let dead: Vec<u64> = from.list()?;
            if !fits(segment.len(), &owners, &dead) {
                return Err(LoadError::Altered);
            }
            segments.push(Arc::new(Sealed::marked(segment, owners, &dead)));
        }
        Ok(Self::of(segments, tuning))
    }

    /// What a search works on.
    pub(super) fn snapshot(&self) -> arc_swap::Guard<Arc<Segments<S>>> {
        self.segments.load()
    }

    pub(super) fn len(&self) -> usize {
        self.snapshot().iter().map(|sealed| sealed.live()).sum()
    }

    pub(super) fn bytes(&self) -> usize {
        self.snapshot().iter().map(|sealed| sealed.bytes()).sum()
    }

    pub(super) fn insert(&self, rows: &Rows<S::Key>) -> usize {
        let _writer = lock(&self.writer);
        let mut segments = Segments::clone(&self.snapshot());
        let mut unknown: Vec<_> = rows
            .iter()
            .filter(|(entry, bank, key)| {
                segments.iter().all(|sealed| sealed.position(*entry, *bank, key).is_none())
            })
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        let added = unknown.len();
        if added == 0 {
            return 0;
        }
        let mut fresh = Rows::default();
        unknown.into_iter().for_each(|(entry, bank, key)| fresh.push(entry, bank, key));
        while let Some(last) = segments.last()
            && last.live() < 2 * fresh.len()
            && last.live() + fresh.len() <= self.tuning.merged_at_once
            && !last.claimed.load(Ordering::Acquire)
        {
            append_living(last, &marks(last), &mut fresh);
            segments.pop();
        }
        segments.push(Arc::new(Sealed::new(fresh, &self.tuning)));
        self.segments.store(Arc::new(segments));
        added
    }

    pub(super) fn remove(&self, rows: &Rows<S::Key>) -> usize {
        let _writer = lock(&self.writer);
        let segments = self.snapshot();
        let kill = |(entry, bank, key): (u64, u32, S::Key)| {
            segments.iter().any(|sealed| {
                let position = sealed.position(entry, bank, &key);
                position.is_some_and(|at| sealed.kill(at))
            })
        };
        rows.iter().filter(|row| kill(*row)).count()
    }

    /// Does the one piece of work that pays most; false when there is none.
    pub(super) fn compact(&self) -> bool {
        let _turn = lock(&self.compaction);
        let sources = self.claim();
        if sources.is_empty() {
            return false;
        }
        let seen: Vec<_> = sources.iter().map(|source| marks(source)).collect();
        let mut rows = Rows::default();
        for (source, marks) in sources.iter().zip(&seen) {
            append_living(source, marks, &mut rows);
        }
        let merged = (rows.len() > 0).then(|| Arc::new(Sealed::<S>::new(rows, &self.tuning)));

        let _writer = lock(&self.writer);
        if let Some(merged) = &merged {
            for (source, marks) in sources.iter().zip(&seen) {
                bury(source, marks, merged);
            }
        }
        let now = self.snapshot();
        let kept = now.iter().filter(|sealed| !sealed.claimed.load(Ordering::Acquire));
        let mut segments: Segments<S> = kept.cloned().chain(merged).collect();
        segments.sort_by_key(|sealed| std::cmp::Reverse(sealed.live()));
        self.segments.store(Arc::new(segments));
        true
    }

    fn claim(&self) -> Segments<S> {
        let _writer = lock(&self.writer);
        let sources = worth_merging(&self.snapshot());
        for source in &sources {
            source.claimed.store(true, Ordering::Release);
        }
        sources
    }
}

/// The segments of a shelf at one moment, and which of their rows were dead.
pub(super) struct FrozenShelf<S> {
    segments: Arc<Segments<S>>,
    dead: Vec<Vec<u64>>,
}

impl<S: Segment> FrozenShelf<S> {
    /// Writes what [`Shelf::load`] reads.
    pub(super) fn save(&self, out: &mut Out<impl Write>) -> io::Result<()> {
        out.number(self.segments.len() as u64)?;
        for (sealed, dead) in self.segments.iter().zip(&self.dead) {
            sealed.segment.save(out)?;
            out.list(&sealed.owners.entries)?;
            out.list(&sealed.owners.banks)?;
            out.list(dead)?;
        }
        Ok(())
    }
}

/// Whether there is one owner and one mark for each position.
fn fits(count: usize, owners: &Owners, dead: &[u64]) -> bool {
    let behind = dead.last().filter(|_| !count.is_multiple_of(64)).map_or(0, |last| last >> (count % 64));
    owners.entries.len() == count
        && owners.banks.len() == count
        && dead.len() == count.div_ceil(64)
        && behind == 0
}

/// The segments to merge next: the last ones, as long as the one before is not twice as large as what comes behind it;
/// else one with many dead rows; else none.
fn worth_merging<S: Segment>(segments: &[Arc<Sealed<S>>]) -> Segments<S> {
    let mut behind = 0;
    let mut first = segments.len();
    for (at, sealed) in segments.iter().enumerate().rev() {
        if sealed.live() < 2 * behind {
            first = at;
        }
        behind += sealed.live();
    }
    if first < segments.len() {
        return segments[first..].to_vec();
    }
    segments.iter().find(|sealed| sealed.is_crowded()).cloned().into_iter().collect()
}

fn marks<S>(sealed: &Sealed<S>) -> Vec<u64> {
    sealed.dead.iter().map(|word| word.load(Ordering::Acquire)).collect()
}

fn append_living<S: Segment>(sealed: &Sealed<S>, marks: &[u64], rows: &mut Rows<S::Key>) {
    for (at, key) in (0..).zip(sealed.segment.keys()) {
        if marks[at as usize / 64] & mark(at) == 0 {
            let (entry, bank) = sealed.owner(at);
            rows.push(entry, bank, key);
        }
    }
}

/// Marks in `merged` the rows of a source that died after `marks` were read.
fn bury<S: Segment>(source: &Sealed<S>, marks: &[u64], merged: &Sealed<S>) {
    for (word, (now, then)) in source.dead.iter().zip(marks).enumerate() {
        let mut fresh = now.load(Ordering::Acquire) & !then;
        while fresh != 0 {
            let at = word as u32 * 64 + fresh.trailing_zeros();
            fresh &= fresh - 1;
            let (entry, bank) = source.owner(at);
            if let Some(position) = merged.position(entry, bank, &source.segment.key(at)) {
                merged.kill(position);
            }
        }
    }
}

/// A writer that panicked left the list whole, because it is swapped in one step.
fn lock(mutex: &Mutex<()>) -> MutexGuard<'_, ()> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
