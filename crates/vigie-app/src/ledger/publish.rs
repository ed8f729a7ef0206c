//! Signing and publishing, one step at a time.

use std::time::Duration;

use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::merkle::Tree;
use vigie_seal::note::Note;
use vigie_store::StoreError;
use vigie_store::log::{self, Epoch, Signed};

use super::Progress;
use crate::{App, Error, Result};

/// How long a checkpoint that was published stays in the database, beside the newest. Tiles stay for ever.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// What a step of the publisher did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// Nothing: all there is has been published.
    Nothing,
    /// Something, and more is to be done at once.
    More,
    /// A checkpoint of this size.
    Checkpoint(u64),
    /// A checkpoint of this size waits for the cosignatures that it needs.
    WaitsForWitnesses(u64),
}

impl App {
    /// Publishes what was committed and has not been published: one step, of bounded work. Called again and again.
    ///
    /// # Errors
    /// The ledger is a fork, the high-water mark cannot be written, or the store failed.
    pub async fn publish_ledger(&self) -> Result<Published> {
        let mut progress = self.publisher().0.lock().await;
        let epoch = self.ledger_epoch().await?;
        let size = log::size(&mut self.store.read().await?, &epoch).await?;
        if !self.derive(&epoch, size).await? {
            return Ok(Published::More);
        }
        self.refuse_a_fork(&mut progress, &epoch, size).await?;
        let shown = log::published(&mut self.store.read().await?, &epoch).await?;
        let waiting = self.waiting_checkpoint(&epoch, size).await?;
        let Some(waiting) = waiting.filter(|one| shown.is_none_or(|shown| shown.size < one.size)) else {
            return Ok(Published::Nothing);
        };
        fail::fail_point!("ledger-before-mark");
        self.raise_mark(&waiting.note).await?;
        fail::fail_point!("ledger-before-publish");
        self.show(&mut progress, &epoch, waiting).await
    }

    /// Derives some of the hashes that a log of this size needs. Whether all are there.
    async fn derive(&self, epoch: &Epoch, size: u64) -> Result<bool> {
        let mut house = self.store.housekeeping().await?;
        let derived = log::derive(&mut house, epoch, size).await;
        if matches!(derived, Err(StoreError::LogIncomplete { level: 1.., .. })) {
            // Somebody took derived hashes away: entries are all that counts, and from them they are made anew.
            tracing::warn!("derived hashes of the ledger are missing and are derived again");
            log::forget_derived(&mut house, epoch).await?;
            house.commit().await?;
            return Ok(false);
        }
        let is_whole = derived?;
        house.commit().await?;
        Ok(is_whole)
    }

    async fn refuse_a_fork(&self, progress: &mut Progress, epoch: &Epoch, size: u64) -> Result<()> {
        if progress.epoch != epoch.number {
            *progress = Progress { epoch: epoch.number, ..Progress::default() };
        }
        if progress.sound == Some(size) {
            return Ok(());
        }
        progress.fork = match self.find_fork(epoch).await? {
            None => self.ask_witnesses_before_signing(progress, epoch).await?,
            fork => fork,
        };
        if let Some(fork) = &progress.fork {
            progress.sound = None;
            return Err(fork.clone().into());
        }
        progress.sound = Some(size);
        Ok(())
    }

    /// The newest checkpoint that was signed; if entries came since, that is one signed now.
    async fn waiting_checkpoint(&self, epoch: &Epoch, size: u64) -> Result<Option<Signed>> {
        let last = log::last_signed(&mut self.store.read().await?, epoch).await?;
        let is_new = size > 0 && last.as_ref().is_none_or(|last| last.size < size);
        if is_new { self.sign(epoch, size).await.map(Some) } else { Ok(last) }
    }

    /// Signs, and keeps what was signed, while no other process does either.
    async fn sign(&self, epoch: &Epoch, size: u64) -> Result<Signed> {
        let mut house = self.store.housekeeping().await?;
        log::take_turn(&mut house).await?;
        let last = log::last_signed(&mut house, epoch).await?;
        if let Some(last) = last.filter(|last| last.size >= size) {
            return Ok(last);
        }
        let tree = Tree { size, root: log::root(&mut house, epoch, size).await? };
        let note = self.signed_note(epoch, tree)?.to_string();
        let signed = Signed { size, note, signed_at: self.now(), published_at: None };
        log::keep(&mut house, epoch, &signed).await?;
        house.commit().await?;
        Ok(signed)
    }

    pub(super) fn signed_note(&self, epoch: &Epoch, tree: Tree) -> Result<Note> {
        let key = self.ledger_key(&epoch.origin)?;
        let checkpoint = Checkpoint { origin: epoch.origin.clone(), tree };
        checkpoint.sign(&key).map_err(|source| Error::internal("sign a checkpoint", source))
    }

    /// Asks witnesses, and shows the checkpoint if enough of them cosigned.
    async fn show(&self, progress: &mut Progress, epoch: &Epoch, waiting: Signed) -> Result<Published> {
        let size = waiting.size;
        let (note, cosigned) = self.cosigned(progress, epoch, &waiting).await?;
        if cosigned < self.settings.ledger.witnesses_needed {
            return Ok(Published::WaitsForWitnesses(size));
        }
        let now = self.now();
        let shown = Signed { note, published_at: Some(now), ..waiting };
        let mut house = self.store.housekeeping().await?;
        log::publish(&mut house, epoch, &shown, now.before(KEPT)).await?;
        house.commit().await?;
        Ok(Published::Checkpoint(size))
    }
}
