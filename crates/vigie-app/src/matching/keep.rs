//! Keeping the index small and saved, in the background.
//!
//! A start takes the saved index and follows what changed since, so it is saved anew only when following would begin to
//! cost: after a share of the rows changed, an hour after any change, and when the service stops in good order.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use vigie_model::Moment;
use vigie_store::bank_changes;

use super::saved::{self, Note};
use super::view::View;
use crate::heavy::Heavy;
use crate::{App, Error, Result};

/// The index is saved when at least one in this many of its rows changed,
const CHANGED_SHARE: u64 = 16;
/// and at least so many,
const CHANGED_LEAST: u64 = 10_000;
/// or when the last change to be saved waited so long.
const OFTEN_ENOUGH: Duration = Duration::from_secs(60 * 60);

/// What is known of the saved index.
#[derive(Debug)]
pub(super) struct Keeping {
    /// Compaction and saving take seconds at millions of rows. They have a place of their own, so that nothing that
    /// somebody waits for ever queues behind them.
    place: Heavy,
    /// Rows that changed since it was saved.
    changed: AtomicU64,
    /// The last change that is in it; -1 before there is one.
    seen: AtomicI64,
    /// When it was saved or loaded, in microseconds since 1970.
    at: AtomicI64,
}

impl Default for Keeping {
    fn default() -> Self {
        Self {
            place: Heavy::new(NonZeroUsize::MIN),
            changed: AtomicU64::new(0),
            seen: AtomicI64::new(-1),
            at: AtomicI64::new(i64::MIN),
        }
    }
}

impl Keeping {
    pub(super) fn note_changed(&self, rows: usize) {
        self.changed.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(super) fn note_saved(&self, seen: i64, at: Moment) {
        self.seen.store(seen, Ordering::Relaxed);
        self.at.store(at.0, Ordering::Relaxed);
    }

    /// Whether following what changed since would cost more than saving.
    fn is_due(&self, view: &View, now: Moment) -> bool {
        let rows = vigie_match::SignalKind::ALL.map(|kind| view.index.len(kind) as u64).iter().sum::<u64>();
        let changed = self.changed.load(Ordering::Relaxed);
        let waited = now.since(Moment(self.at.load(Ordering::Relaxed))) >= OFTEN_ENOUGH;
        self.seen.load(Ordering::Relaxed) != view.seen
            && (waited || changed >= (rows / CHANGED_SHARE).max(CHANGED_LEAST))
    }
}

impl App {
    /// Makes the index small and fast again after changes, and saves it where that pays. It may take seconds; nobody
    /// waits for it meanwhile, and changes are followed while it works.
    ///
    /// # Errors
    /// The file could not be written, or the store failed.
    pub async fn keep_index(&self) -> Result<()> {
        let index = Arc::clone(&self.matching().view().index);
        self.matching().keeping.place.run(move || while index.compact() {}).await?;
        let is_due = self.matching().keeping.is_due(&self.matching().view(), self.now());
        if is_due { self.save_index().await.map(drop) } else { Ok(()) }
    }

    /// Saves the index with the change that it stands at, for the next start. Returns whether there was anything new,
    /// and nobody else who saves it right now.
    ///
    /// # Errors
    /// The file could not be written, or the store failed.
    pub async fn save_index(&self) -> Result<bool> {
        let keeping = &self.matching().keeping;
        let turn = self.matching().turn().await;
        let view = View::clone(&self.matching().view());
        if view.seen == keeping.seen.load(Ordering::Relaxed) {
            return Ok(false);
        }
        // Rows, slots and disabled entries of one moment: whoever changes them takes the turn.
        let (rows, disabled) = (view.index.freeze(), self.matching().disabled());
        let changed = keeping.changed.load(Ordering::Relaxed);
        drop(turn);
        let leaf = bank_changes::leaf(&mut self.store.read().await?, view.seen).await?;
        let leaf =
            leaf.ok_or_else(|| Error::internal("save the index", "its last change is in no ledger"))?;
        let note = Note::of(&view, leaf, disabled);
        let place = self.store.index_file().clone();
        let written = keeping.place.run(move || saved::write(&place, &rows, &note)).await?;
        let written = written.map_err(|source| Error::internal("save the index", source))?;
        if written {
            keeping.note_saved(view.seen, self.now());
            keeping.changed.fetch_sub(changed, Ordering::Relaxed);
        }
        Ok(written)
    }
}
