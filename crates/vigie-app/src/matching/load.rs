//! Having the banks in memory at start: from the saved index where there is a good one, else from the store.
//!
//! The saved index is as good as reading every row: it stands at a change that this database has reached, and what
//! changed since is followed as it is while running. Whatever is wrong with it costs time and nothing else.

use std::sync::Arc;

use tokio::sync::mpsc;
use vigie_match::{Index, Row};
use vigie_store::{Reader, bank_changes, bank_entries, banks, signal_pages};

use super::saved::Unusable;
use super::view::{View, next_batch};
use crate::{App, Result};

/// So many changed entries are followed in less time than every entry is read, however few there are.
const FOLLOWED: i64 = 100_000;

/// Where the banks were loaded from.
#[derive(Debug)]
pub enum BanksFrom {
    /// The saved index, and the changes since.
    SavedIndex,
    /// The store; there is no saved index, or more changed since than it holds.
    Store,
    /// The store, because the saved index cannot be used. The error is to be told to the operator.
    StoreInstead(crate::Error),
}

impl App {
    /// Loads every bank, and forgets what was loaded before. Matching knows nothing before this ended.
    ///
    /// # Errors
    /// The store failed.
    pub async fn load_banks(&self) -> Result<BanksFrom> {
        let _turn = self.matching().turn().await;
        let (view, from) = match self.view_of_saved_index().await? {
            Ok(Some(view)) => (view, BanksFrom::SavedIndex),
            Ok(None) => (self.view_of_store().await?, BanksFrom::Store),
            Err(unusable) => (self.view_of_store().await?, BanksFrom::StoreInstead(unusable.into())),
        };
        self.matching().publish(&view);
        self.follow_to_the_end().await?;
        self.matching().note_time(self.now(), true);
        Ok(from)
    }

    async fn view_of_saved_index(&self) -> Result<Result<Option<View>, Unusable>> {
        let saved = match self.read_saved_index().await? {
            Ok(Some(saved)) => saved,
            Ok(None) => return Ok(Ok(None)),
            Err(unusable) => return Ok(Err(unusable)),
        };
        let mut reader = self.store.read().await?;
        let leaf = bank_changes::leaf(&mut reader, saved.note.seen).await?;
        if leaf.as_deref() != Some(&*saved.note.leaf) {
            return Ok(Err(Unusable::Elsewhere));
        }
        let changed = bank_changes::named_after(&mut reader, saved.note.seen).await?;
        if changed > FOLLOWED.max(i64::try_from(saved.rows()).unwrap_or(i64::MAX)) {
            return Ok(Ok(None));
        }
        let mut view = saved.note.view(saved.index);
        saved.note.disabled.iter().for_each(|&(entry, until)| self.matching().disable(entry, Some(until)));
        self.matching().keeping.note_saved(view.seen, self.now());
        for bank in banks::list(&mut reader).await? {
            view.put(bank)?;
        }
        Ok(Ok(Some(view)))
    }

    async fn view_of_store(&self) -> Result<View> {
        let mut reader = self.store.read().await?;
        // Read first: a change that comes while the rest is read is followed once more, which does no harm.
        let mut view = View::empty(bank_changes::head(&mut reader).await?);
        for bank in banks::list(&mut reader).await? {
            view.put(bank)?;
        }
        let (rows, batches) = mpsc::channel(4);
        let build = self.heavy.run(move || Index::build(Batches(batches).flatten()));
        let (index, sent) = tokio::join!(build, self.send_rows(&mut reader, &view, rows));
        let sent = sent?;
        view.index = Arc::new(index?);
        self.matching().keeping.note_changed(sent);
        Ok(view)
    }

    /// Sends what the index is to hold. Returns how many rows that is.
    async fn send_rows(
        &self,
        reader: &mut Reader,
        view: &View,
        rows: mpsc::Sender<Vec<Row>>,
    ) -> Result<usize> {
        let mut count = 0;
        for (bank, slot) in &view.slots {
            let mut after = i64::MIN;
            while let Some((page, last)) = signal_pages::active(&self.store, reader, *bank, after).await? {
                after = last;
                let batch = self.sort_out(&page, *slot)?;
                count += batch.active.len();
                // The receiver is gone only when the build failed, and then that is the error to tell.
                let _ = rows.send(batch.active).await;
            }
            let mut videos = std::pin::pin!(bank_entries::active_videos(reader, *bank));
            while let Some(batch) = next_batch(&mut videos).await? {
                let batch = self.sort_out(&batch, *slot)?;
                count += batch.active.len();
                let _ = rows.send(batch.active).await;
            }
        }
        Ok(count)
    }
}

/// Batches of a channel, for a thread that may wait.
struct Batches(mpsc::Receiver<Vec<Row>>);

impl Iterator for Batches {
    type Item = Vec<Row>;

    fn next(&mut self) -> Option<Vec<Row>> {
        self.0.blocking_recv()
    }
}
