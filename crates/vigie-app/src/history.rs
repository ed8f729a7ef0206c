//! History: signals that matched nothing, where a surface's basis switched it on, for a retro-hunt within thirty days.
//!
//! What it is: one appender that groups what many requests have to keep into one commit. Whoever comes while a commit is
//! under way joins the next one and waits for no timer, so an answer waits for one commit, or for two. What it is not: a
//! log of who posted what. The reference of a row is sealed, and opened only for a row that hits a bank.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex as Turn, oneshot};
use vigie_model::Surface;
use vigie_store::history::{self, Past};

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
    row: Past,
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
        surface: Surface,
        reference: &Reference,
        signals: &Signals,
    ) -> Result<()> {
        let reference =
            serde_json::to_vec(reference).map_err(|source| Error::internal("write a reference", source))?;
        let row = Past {
            id: self.ids.uuid(),
            surface,
            reference: self.store.history_key().seal(&reference)?,
            pdq: signals.pdq.map(|hash| hash.0.to_vec()),
            md5: signals.md5.map(|digest| digest.to_vec()),
            sha1: signals.sha1.map(|digest| digest.to_vec()),
            sha256: signals.sha256.map(|digest| digest.to_vec()),
            received_at: self.now(),
        };
        self.append(row).await
    }

    /// Adds the row to those that wait, and returns when a commit has taken it along: somebody else's, or our own.
    async fn append(&self, row: Past) -> Result<()> {
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
        let done = self.write_batch(&batch).await;
        if let Err(error) = &done {
            tracing::error!(%error, rows = batch.len(), "history was not kept");
        }
        for waiting in batch {
            // Who asked may have gone meanwhile.
            let _ = waiting.kept.send(done.is_ok());
        }
    }

    async fn write_batch(&self, batch: &[Waiting]) -> Result<()> {
        let mut house = self.store.housekeeping().await?;
        for waiting in batch {
            history::append(&mut house, &waiting.row).await?;
        }
        Ok(house.commit().await?)
    }

    /// Forgets history that is older than it may be.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn forget_history(&self) -> Result<u64> {
        let mut house = self.store.housekeeping().await?;
        let forgotten = history::forget(&mut house, self.now().before(LIFE)).await?;
        house.commit().await?;
        Ok(forgotten)
    }

    /// Opens the reference of a row that hit a bank.
    ///
    /// # Errors
    /// The reference was altered, or sealed under another key.
    #[cfg_attr(not(test), expect(dead_code, reason = "the retro-hunt will open what hits a bank"))]
    pub(crate) fn resolve(&self, row: &Past) -> Result<Reference> {
        let plain = self.store.history_key().unseal(&row.reference)?;
        serde_json::from_slice(&plain).map_err(|source| Error::internal("read a reference", source))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use vigie_model::Moment;

    use super::*;
    use crate::tests::house;

    fn reference(number: usize) -> Reference {
        Reference {
            service: "synthetic".into(),
            account: Some(format!("account {number}")),
            ..Reference::default()
        }
    }

    #[tokio::test]
    async fn rows_of_many_requests_are_all_kept_and_only_their_key_opens_them() {
        let house = house().await;
        let signals = Signals { sha256: Some([7; 32]), ..Signals::default() };
        let references: Vec<_> = (0..50).map(reference).collect();
        let keep = |reference| house.app.keep_history(Surface::PublicGroup, reference, &signals);
        for done in join_all(references.iter().map(keep)).await {
            done.unwrap();
        }
        let mut reader = house.app.store.read().await.unwrap();
        let rows = history::list(&mut reader, Moment(0), 100).await.unwrap();
        assert!(rows.iter().all(|row| !row.reference.windows(7).any(|part| part == b"account")));
        let mut opened: Vec<_> = rows.iter().map(|row| house.app.resolve(row).unwrap()).collect();
        opened.sort_by_key(|reference| reference.account.clone());
        let mut expected = references;
        expected.sort_by_key(|reference| reference.account.clone());
        assert_eq!(opened, expected);
    }

    #[tokio::test]
    async fn who_waits_on_a_request_that_goes_away_is_kept_all_the_same() {
        let house = house().await;
        let signals = Signals { md5: Some([7; 16]), ..Signals::default() };
        let (first, second) = (reference(1), reference(2));
        let mut leader = Box::pin(house.app.keep_history(Surface::PublicGroup, &first, &signals));
        let mut follower = Box::pin(house.app.keep_history(Surface::PublicGroup, &second, &signals));
        // The follower's row waits before the leader takes its turn, and then the leader's caller goes away.
        let busy = house.app.intake().appender.turn.lock().await;
        assert!(futures_util::poll!(&mut follower).is_pending());
        assert!(futures_util::poll!(&mut leader).is_pending());
        drop(busy);
        assert!(futures_util::poll!(&mut leader).is_pending());
        drop(leader);
        follower.await.unwrap();

        let mut reader = house.app.store.read().await.unwrap();
        let rows = history::list(&mut reader, Moment(0), 100).await.unwrap();
        assert_eq!(rows.iter().filter(|row| house.app.resolve(row).unwrap() == second).count(), 1);
    }

    #[tokio::test]
    async fn history_goes_after_thirty_days() {
        let house = house().await;
        let signals = Signals { md5: Some([7; 16]), ..Signals::default() };
        house.app.keep_history(Surface::PublicGroup, &reference(1), &signals).await.unwrap();
        house.clock.advance(LIFE);
        assert_eq!(house.app.forget_history().await.unwrap(), 0);
        house.clock.advance(Duration::from_secs(1));
        assert_eq!(house.app.forget_history().await.unwrap(), 1);
    }
}
