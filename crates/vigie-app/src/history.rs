//! History: signals that matched nothing, where a surface's basis switched it on, for a retro-hunt within thirty days.
//!
//! What it is: one appender that groups what many requests have to keep into one commit. Whoever comes while a commit is
//! under way joins the next one and waits for no timer, so an answer waits for one commit, or for two. Rows lie in
//! segments of an hour (`vigie_store::history`), which vanish whole; `forms.rs` makes a segment ready for a hunt. What it
//! is not: a log of who posted what. The reference of a row is sealed, and opened only for a row that hits a bank. Nothing
//! here looks for a signal that somebody brings: only `hunts.rs` searches, by the entries of a bank.

mod forms;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex as Turn, oneshot};
use vigie_model::conversation::ConversationKind;
use vigie_model::hunt::Pass;
use vigie_model::surface::DetectionBasis;
use vigie_store::SealingKey;
use vigie_store::history::{self, Fresh, Past, Segment};

use crate::matching::Signals;
use crate::{App, Error, Result};

/// How long history is kept at most.
pub const LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Who, where and which message, by the identifiers of the messenger: what is sealed into a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// The messenger.
    pub service: String,
    /// Who posted it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<String>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation: Option<String>,
    /// Of which form the conversation is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation_kind: Option<ConversationKind>,
    /// In which message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// The media itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub media: Option<String>,
}

/// Rows that wait to be kept.
#[derive(Default)]
pub(crate) struct Appender {
    waiting: Mutex<Vec<Waiting>>,
    /// Held by who commits.
    turn: Turn<()>,
}

struct Waiting {
    row: Fresh,
    kept: oneshot::Sender<bool>,
}

impl Appender {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        // Nothing that holds this lock can panic half-way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Keeps the signals of what matched nothing. They are durable when this returns.
    pub(crate) async fn keep_history(
        &self,
        basis: &DetectionBasis,
        reference: &Reference,
        signals: &Signals,
    ) -> Result<()> {
        let reference =
            serde_json::to_vec(reference).map_err(|source| Error::internal("write a reference", source))?;
        let received_at = self.now();
        let segment = Segment::of(basis.surface, received_at);
        let row = Past {
            id: self.ids.uuid(),
            segment,
            basis: basis.id,
            reference: self.segment_key(segment).await?.seal(&reference)?,
            pass: match signals.pass {
                vigie_media::Pass::Exact => Pass::Exact,
                vigie_media::Pass::First => Pass::First,
            },
            pdq: signals.pdq.map(|hash| hash.0.to_vec()),
            md5: signals.md5.map(|digest| digest.to_vec()),
            sha1: signals.sha1.map(|digest| digest.to_vec()),
            sha256: signals.sha256.map(|digest| digest.to_vec()),
            received_at,
        };
        let row = Fresh { expires_at: segment.starts_at().after(life(basis)), past: row };
        self.append(row).await
    }

    /// The key of the hour that goes on: made once an hour.
    async fn segment_key(&self, segment: Segment) -> Result<SealingKey> {
        let segments = self.store.segments();
        if let Some(key) = segments.held_key(segment) {
            return Ok(key);
        }
        let segments = segments.clone();
        Ok(self.heavy.run(move || segments.key(segment)).await??)
    }

    /// Adds the row to those that wait, and returns when a commit has taken it along: somebody else's, or our own.
    async fn append(&self, row: Fresh) -> Result<()> {
        let appender = &self.intake().appender;
        loop {
            let (kept, told) = oneshot::channel();
            appender.waiting().push(Waiting { row: row.clone(), kept });
            match self.told_or_our_turn(told).await {
                Some(true) => return Ok(()),
                Some(false) => return Err(Error::new(crate::Code::Internal, "cannot keep history")),
                // Whoever had taken the row along was cancelled. Its identifier keeps it from being added twice.
                None => {}
            }
        }
    }

    /// Whether the row was kept; none when nobody will ever tell.
    async fn told_or_our_turn(&self, mut told: oneshot::Receiver<bool>) -> Option<bool> {
        let appender = &self.intake().appender;
        tokio::select! {
            biased;
            kept = &mut told => kept.ok(),
            _turn = appender.turn.lock() => {
                let batch = std::mem::take(&mut *appender.waiting());
                if !batch.is_empty() {
                    self.commit_batch(batch).await;
                }
                told.await.ok()
            }
        }
    }

    async fn commit_batch(&self, batch: Vec<Waiting>) {
        let (rows, waiting): (Vec<_>, Vec<_>) = batch.into_iter().map(|one| (one.row, one.kept)).unzip();
        let done = self.write_batch(&rows).await;
        if let Err(error) = &done {
            tracing::error!(%error, rows = rows.len(), "history was not kept");
        }
        for kept in waiting {
            // Who asked may have gone meanwhile.
            let _ = kept.send(done.is_ok());
        }
    }

    async fn write_batch(&self, rows: &[Fresh]) -> Result<()> {
        let mut house = self.store.housekeeping().await?;
        history::append(&mut house, rows).await?;
        Ok(house.commit().await?)
    }

    /// Forgets segments of history whose time is over: first their keys, then their rows. Returns how many rows.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn forget_history(&self) -> Result<u64> {
        let now = self.now();
        let mut forgotten = 0;
        for segment in history::expired(&mut self.store.read().await?, now).await? {
            let segments = self.store.segments().clone();
            self.heavy.run(move || segments.forget(segment)).await??;
            let mut house = self.store.housekeeping().await?;
            forgotten += history::forget(&mut house, segment).await?;
            house.commit().await?;
        }
        let (segments, before) = (self.store.segments().clone(), Segment::first_at(now.before(LIFE)));
        self.heavy.run(move || segments.sweep(before)).await??;
        Ok(forgotten)
    }

    /// Opens the reference of a row that hit a bank; none when its segment has ended meanwhile.
    ///
    /// # Errors
    /// The reference was altered, or sealed under another key.
    pub(crate) async fn resolve(&self, row: &Past) -> Result<Option<Reference>> {
        let (segments, segment) = (self.store.segments().clone(), row.segment);
        let Some(key) = self.heavy.run(move || segments.existing_key(segment)).await?? else {
            return Ok(None);
        };
        let plain = key.unseal(&row.reference)?;
        serde_json::from_slice(&plain).map(Some).map_err(|source| Error::internal("read a reference", source))
    }
}

/// How long what is kept under a basis stays.
fn life(_basis: &DetectionBasis) -> Duration {
    LIFE
}

#[cfg(test)]
pub(crate) mod tests;
