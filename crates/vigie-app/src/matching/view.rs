//! One process's view of the banks: loaded at start (`load.rs`), then following the changes of every process.
//!
//! Searches read one immutable [`View`] and never wait. Whoever commits a change calls [`App::follow_changes`], so that
//! it is seen at once; the composition calls it several times a second for the changes of other processes, and
//! [`App::keep_index`](super::keep) now and then.
//!
//! A change names entries and says nothing of what became of them: they are read again, so that following twice, or
//! late, comes to the same end.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};
use futures_util::{Stream, TryStreamExt as _};
use tokio::sync::{Mutex, MutexGuard};
use vigie_match::vpdq::{self, Owner, VideoHit};
use vigie_match::{Hit, Index, Radii, Row, Signal, SignalKind, Vpdq};
use vigie_model::Moment;
use vigie_model::bank::{Bank, EntryState};
use vigie_model::id::BankId;
use vigie_store::bank_entries::{self, SignalRow, StoredSignal};
use vigie_store::{BankChange, Reader, StoreError, bank_changes, banks};

use super::keep::Keeping;
use super::{Asked, Match, VideoMatch};
use crate::{App, Error, Result};

/// Rows handed on at once, while many are read.
const BATCH: usize = 8192;

/// Bytes of signals handed on at once, which only videos ever reach.
const BATCH_BYTES: usize = 4 << 20;

/// Changes read at once.
const CHANGES: i64 = 1000;

/// As many rows change the index without leaving async code.
const FEW: usize = 64;

/// What a search works on.
#[derive(Clone)]
pub(super) struct View {
    pub(super) index: Arc<Index>,
    /// By slot number, which is the place of the bank in the index. The slot of a removed bank stays empty.
    pub(super) banks: Vec<Option<Arc<Bank>>>,
    pub(super) slots: HashMap<BankId, u32>,
    /// The last change that is in.
    pub(super) seen: i64,
}

/// The view, and who may change it.
pub(crate) struct Matching {
    view: ArcSwap<View>,
    /// Entries that do not match before a moment. They stay in the index: they come back without anybody's doing.
    disabled: RwLock<HashMap<i64, Moment>>,
    /// When the view was last brought up to date, in microseconds since 1970; least of all before it was loaded.
    followed_at: AtomicI64,
    /// When something in the index last changed, likewise.
    changed_at: AtomicI64,
    /// Held by who brings the view up to date.
    turn: Mutex<()>,
    pub(super) keeping: Keeping,
}

/// How far the view is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexState {
    /// Nothing was loaded yet.
    NotLoaded,
    /// The changes of other processes were not followed for over a minute.
    Stale,
    /// It is up to date.
    Ready,
}

/// So long may following the changes take before answers are called stale: HMA's own limit.
const STALE_AFTER: Duration = Duration::from_secs(65);

impl Matching {
    /// A view of no bank, before anything is loaded.
    pub(crate) fn empty() -> Self {
        Self {
            view: ArcSwap::from_pointee(View::empty(-1)),
            disabled: RwLock::default(),
            followed_at: AtomicI64::new(i64::MIN),
            changed_at: AtomicI64::new(i64::MIN),
            turn: Mutex::default(),
            keeping: Keeping::default(),
        }
    }

    /// Waits until nobody else brings the view up to date.
    pub(super) async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    pub(super) fn view(&self) -> Guard<Arc<View>> {
        self.view.load()
    }

    pub(super) fn is_disabled(&self, entry: i64, now: Moment) -> bool {
        let disabled = self.disabled.read().unwrap_or_else(PoisonError::into_inner);
        disabled.get(&entry).is_some_and(|until| *until > now)
    }

    /// The entries that do not match before a moment.
    pub(super) fn disabled(&self) -> Vec<(i64, Moment)> {
        let disabled = self.disabled.read().unwrap_or_else(PoisonError::into_inner);
        disabled.iter().map(|(&entry, &until)| (entry, until)).collect()
    }

    pub(super) fn disable(&self, entry: i64, until: Option<Moment>) {
        let mut disabled = self.disabled.write().unwrap_or_else(PoisonError::into_inner);
        match until {
            Some(until) => disabled.insert(entry, until),
            None => disabled.remove(&entry),
        };
    }

    /// Signals of this kind in the index.
    pub(crate) fn size(&self, kind: SignalKind) -> usize {
        self.view().index.len(kind)
    }

    /// When something in the index last changed.
    pub(crate) fn changed_at(&self) -> Moment {
        Moment(self.changed_at.load(Ordering::Relaxed))
    }

    pub(super) fn note_time(&self, now: Moment, changed: bool) {
        self.followed_at.store(now.0, Ordering::Relaxed);
        if changed {
            self.changed_at.store(now.0, Ordering::Relaxed);
        }
    }

    pub(super) fn publish(&self, view: &View) {
        self.view.store(Arc::new(view.clone()));
    }
}

impl View {
    /// A view of no bank, as of this change.
    pub(super) fn empty(seen: i64) -> Self {
        Self { index: Arc::default(), banks: vec![], slots: HashMap::new(), seen }
    }

    /// How far to look in each bank; banks that take no part are left out.
    pub(super) fn radii(&self, asked: &Asked) -> Radii {
        let takes_part = |bank: &Bank| {
            bank.enabled
                && (asked.every_ratio || bank.ratio > 0.0 && bank.ratio >= asked.coin)
                && asked.banks.as_ref().is_none_or(|names| names.contains(&bank.name))
        };
        (0..).zip(&self.banks).fold(Radii::nowhere(), |radii, (slot, bank)| {
            radii.with(
                slot,
                bank.as_ref().filter(|bank| takes_part(bank)).map(|bank| bank.distance + asked.widened_by),
            )
        })
    }

    pub(super) fn found(&self, hit: &Hit, variant: Option<u8>) -> Option<Match> {
        let owner = Owner::of(hit.entry);
        let share = owner.share_of_picture();
        Some(Match {
            bank: self.banks.get(hit.bank as usize)?.clone()?,
            entry: i64::try_from(owner.entry).ok()?,
            kind: if share.is_some() { SignalKind::Vpdq } else { hit.signal.kind() },
            distance: hit.distance,
            variant,
            video: share.map(|share| VideoMatch { share, frame: None }),
            index_version: self.version(),
        })
    }

    pub(super) fn found_in_video(&self, hit: &VideoHit) -> Option<Match> {
        Some(Match {
            bank: self.banks.get(hit.bank as usize)?.clone()?,
            entry: i64::try_from(hit.owner.entry).ok()?,
            kind: if hit.owner.frames.is_some() { SignalKind::Vpdq } else { SignalKind::Pdq },
            distance: hit.distance,
            variant: None,
            video: Some(VideoMatch { share: hit.share, frame: Some(hit.frame) }),
            index_version: self.version(),
        })
    }

    fn version(&self) -> u64 {
        u64::try_from(self.seen + 1).unwrap_or(0)
    }

    pub(super) fn put(&mut self, bank: Bank) -> Result<u32> {
        let fresh = u32::try_from(self.banks.len())
            .map_err(|source| Error::internal("number another bank", source))?;
        let slot = *self.slots.entry(bank.id).or_insert(fresh);
        if slot == fresh {
            self.banks.push(None);
        }
        self.banks[slot as usize] = Some(Arc::new(bank));
        Ok(slot)
    }

    fn take_out(&mut self, bank: BankId) -> Option<u32> {
        let slot = self.slots.remove(&bank)?;
        self.banks[slot as usize] = None;
        Some(slot)
    }
}

impl App {
    /// The state of the banks that a search asks now; see [`Match::index_version`].
    #[must_use]
    pub fn index_version(&self) -> u64 {
        self.matching().view().version()
    }

    /// Brings the view up to date with what any process committed. Returns how many changes there were.
    ///
    /// # Errors
    /// The store failed; what was not followed is followed next time.
    pub async fn follow_changes(&self) -> Result<usize> {
        let _turn = self.matching().turn().await;
        self.follow_to_the_end().await
    }

    /// Follows every change there is. The caller has the turn.
    pub(super) async fn follow_to_the_end(&self) -> Result<usize> {
        let mut reader = self.store.read().await?;
        let mut followed = 0;
        loop {
            let mut view = View::clone(&self.matching().view());
            let changes = bank_changes::after(&mut reader, view.seen, CHANGES).await?;
            let Some((seen, _)) = changes.last() else {
                self.matching().note_time(self.now(), followed > 0);
                return Ok(followed);
            };
            for (_, change) in &changes {
                self.follow(&mut reader, &mut view, change).await?;
                // A slot must never be given twice, not even when a later change fails.
                self.matching().publish(&view);
            }
            view.seen = *seen;
            self.matching().publish(&view);
            followed += changes.len();
        }
    }

    /// How far this process's view of the banks is to be trusted.
    #[must_use]
    pub fn index_state(&self) -> IndexState {
        match self.matching().followed_at.load(Ordering::Relaxed) {
            i64::MIN => IndexState::NotLoaded,
            followed if self.now().since(Moment(followed)) > STALE_AFTER => IndexState::Stale,
            _ => IndexState::Ready,
        }
    }

    async fn follow(&self, reader: &mut Reader, view: &mut View, change: &BankChange) -> Result<()> {
        let bank = banks::find(reader, change.bank).await?;
        match (bank, &change.entries) {
            (Some(bank), None) => view.put(bank).map(drop),
            (Some(bank), Some(entries)) => {
                let slot = view.put(bank)?;
                self.follow_entries(reader, view, change.bank, slot, entries.clone()).await
            }
            (None, _) => self.forget_bank(reader, view, change.bank).await,
        }
    }

    async fn follow_entries(
        &self,
        reader: &mut Reader,
        view: &View,
        bank: BankId,
        slot: u32,
        entries: RangeInclusive<i64>,
    ) -> Result<()> {
        let mine = |row: (BankId, SignalRow)| std::future::ready(Ok((row.0 == bank).then_some(row.1)));
        let changed = bank_entries::changed_signals(reader, entries).try_filter_map(mine);
        let mut signals = std::pin::pin!(changed);
        while let Some(batch) = next_batch(&mut signals).await? {
            self.change_index(view, self.sort_out(&batch, slot)?).await?;
        }
        Ok(())
    }

    async fn forget_bank(&self, reader: &mut Reader, view: &mut View, bank: BankId) -> Result<()> {
        let Some(slot) = view.take_out(bank) else { return Ok(()) };
        // From here on no search asks the slot. What follows only gives the memory back.
        self.matching().publish(view);
        let mut signals = std::pin::pin!(bank_entries::active_signals(reader, bank));
        while let Some(batch) = next_batch(&mut signals).await? {
            batch.iter().for_each(|row| self.matching().disable(row.entry, None));
            let gone = batch.iter().map(|row| index_rows(row, slot)).collect::<Result<Vec<_>>>()?.concat();
            self.change_index(view, Sorted { active: vec![], gone }).await?;
        }
        Ok(())
    }

    async fn change_index(&self, view: &View, rows: Sorted) -> Result<()> {
        let index = Arc::clone(&view.index);
        let count = rows.active.len() + rows.gone.len();
        self.matching().keeping.note_changed(count);
        let few = count <= FEW;
        let change = move || {
            index.remove(&rows.gone);
            index.insert(&rows.active);
        };
        if few {
            change();
            return Ok(());
        }
        self.heavy.run(change).await
    }

    /// Tells what matches from what does not, and remembers until when an entry is disabled.
    pub(super) fn sort_out(&self, batch: &[SignalRow], slot: u32) -> Result<Sorted> {
        let now = self.now();
        let mut sorted = Sorted::default();
        for row in batch {
            let active = row.state == EntryState::Active;
            self.matching().disable(row.entry, row.disabled_until.filter(|until| active && *until > now));
            let rows = if active { &mut sorted.active } else { &mut sorted.gone };
            rows.append(&mut index_rows(row, slot)?);
        }
        Ok(sorted)
    }
}

/// Rows to have in the index, and rows not to have.
#[derive(Default)]
pub(super) struct Sorted {
    pub(super) active: Vec<Row>,
    gone: Vec<Row>,
}

/// The rows of a known signal: one, or one for each frame of a video.
fn index_rows(row: &SignalRow, slot: u32) -> Result<Vec<Row>> {
    let corrupt =
        || Error::new(crate::Code::Internal, "cannot read a known signal: its kind or length is wrong");
    let entry = u64::try_from(row.entry).map_err(|source| Error::internal("number an entry", source))?;
    if row.signal.kind == i64::from(SignalKind::Vpdq as u8) {
        let video = Vpdq::from_bytes(&row.signal.value).map_err(|_| corrupt())?;
        return Ok(vpdq::rows(entry, slot, &video));
    }
    let signal = read_signal(&row.signal).ok_or_else(corrupt)?;
    Ok(vec![Row { entry, bank: slot, signal }])
}

/// A signal as the store keeps it, read.
pub(crate) fn read_signal(stored: &StoredSignal) -> Option<Signal> {
    let kind = SignalKind::from_number(u8::try_from(stored.kind).ok()?)?;
    Signal::from_bytes(kind, &stored.value)
}

/// A signal as the store keeps it.
pub(crate) fn stored_signal(signal: &Signal) -> StoredSignal {
    StoredSignal { kind: i64::from(signal.kind() as u8), value: signal.bytes().to_vec() }
}

/// The signal of a video as the store keeps it.
pub(crate) fn stored_video(video: &Vpdq) -> StoredSignal {
    StoredSignal { kind: i64::from(SignalKind::Vpdq as u8), value: video.to_bytes() }
}

/// The next rows of a stream, at most [`BATCH`] and few of them videos; none at its end.
pub(super) async fn next_batch<S>(rows: &mut S) -> Result<Option<Vec<SignalRow>>>
where
    S: Stream<Item = Result<SignalRow, StoreError>> + Unpin,
{
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH
        && bytes < BATCH_BYTES
        && let Some(row) = rows.try_next().await?
    {
        bytes += row.signal.value.len();
        batch.push(row);
    }
    Ok((!batch.is_empty()).then_some(batch))
}
