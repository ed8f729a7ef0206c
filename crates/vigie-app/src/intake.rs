//! What intake may cost, what it holds in memory, and its regular chores.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use vigie_model::bank::Verdict;
use vigie_model::surface::DetectionBasis;
use vigie_model::{Caller, Moment};
use vigie_store::{blobs, idempotency};

use crate::counts::Counts;
use crate::history::Appender;
use crate::hma::Allowance;
use crate::matching::VideoRule;
use crate::recent::Recent;
use crate::room::Room;
use crate::{App, Result};

/// How long a repeated request gets the answer of the first.
const ANSWER_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a file of the vault may lie without a row that speaks of it.
const ORPHAN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);
/// How often what is too old is looked for.
const CLEAN_EVERY: Duration = Duration::from_secs(60 * 60);

/// What an operator sets about intake.
#[derive(Debug, Clone)]
pub struct IntakeSettings {
    /// The length of one piece of media, in bytes, at most.
    pub media_limit: usize,
    /// The bytes of media that all requests together may hold in memory.
    pub memory: usize,
    /// Whether uploads are hashed by the quick first pass, and exactly only where something is near; see
    /// [`vigie_media::examine`].
    pub first_pass: bool,
    /// The verdict about media that cannot be decoded, where anybody can see it.
    pub undecodable_in_public: Verdict,
    /// The verdict about media that cannot be decoded, where people expect privacy.
    pub undecodable_in_private: Verdict,
    /// How much two videos must have in common.
    pub video: VideoRule,
    /// How many signals one token may look up in an hour.
    pub lookups_per_hour: u32,
}

impl Default for IntakeSettings {
    /// 50 MiB for one, 200 MiB for all; the exact pass alone; held back in public, let through with a note in private.
    fn default() -> Self {
        Self {
            media_limit: 50 << 20,
            memory: 200 << 20,
            first_pass: false,
            undecodable_in_public: Verdict::Review,
            undecodable_in_private: Verdict::Allow,
            video: VideoRule::default(),
            lookups_per_hour: 1_000_000,
        }
    }
}

/// What intake holds in memory.
pub(crate) struct Intake {
    pub(crate) room: Room,
    pub(crate) bases: Recent<(), Arc<Vec<DetectionBasis>>>,
    pub(crate) lookups: Allowance,
    pub(crate) tokens: Recent<[u8; 32], Caller>,
    pub(crate) counts: Counts,
    pub(crate) appender: Appender,
    cleaned_at: Mutex<Option<Moment>>,
}

impl Intake {
    pub(crate) fn new(settings: &IntakeSettings) -> Self {
        Self {
            room: Room::new(settings.memory, settings.media_limit),
            bases: Recent::default(),
            lookups: Allowance::default(),
            tokens: Recent::default(),
            counts: Counts::default(),
            appender: Appender::default(),
            cleaned_at: Mutex::default(),
        }
    }

    /// Has what is too old looked for at the next occasion.
    pub(crate) fn clean_soon(&self) {
        *self.cleaned_at.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether what is too old has to be looked for now; who is told so does it.
    fn is_due(&self, now: Moment) -> bool {
        let mut cleaned_at = self.cleaned_at.lock().unwrap_or_else(PoisonError::into_inner);
        let due = cleaned_at.is_none_or(|last| now.since(last) >= CLEAN_EVERY);
        if due {
            *cleaned_at = Some(now);
        }
        due
    }
}

impl App {
    /// Does the regular chores: writes counts every time, and once an hour forgets what is too old. The composition calls
    /// it twice a second, and once more when it shuts down.
    ///
    /// # Errors
    /// The store failed; the next call tries again.
    pub async fn keep_house(&self) -> Result<()> {
        self.flush_counts().await?;
        if !self.intake().is_due(self.now()) {
            return Ok(());
        }
        let history = self.forget_history().await?;
        self.make_forms().await?;
        self.forget_answers().await?;
        self.forget_tickets().await?;
        let ended = self.expire_evidence().await?;
        self.forget_ceremonies().await?;
        let objects = self.sweep_vault().await?;
        tracing::info!(
            history,
            objects,
            evidence = ended.erased,
            keys = ended.shredded,
            "forgot what was too old"
        );
        Ok(())
    }

    async fn forget_answers(&self) -> Result<()> {
        let mut house = self.store.housekeeping().await?;
        idempotency::forget(&mut house, self.now().before(ANSWER_LIFE)).await?;
        Ok(house.commit().await?)
    }

    /// Removes files of the vault that no row speaks of: their transaction failed after the bytes were durable, or they are
    /// what a crash left of an object that was erased or moved to a later key. Gives how many there were.
    async fn sweep_vault(&self) -> Result<usize> {
        let before = self.now().before(ORPHAN_LIFE);
        let vault = self.store.vault().clone();
        // The files first: a row that is committed while they are listed belongs to a file that is too young.
        let old = self.heavy.run(move || {
            vault.remove_unfinished(before)?;
            let mut old = vault.list()?;
            old.retain(|stored| stored.written_at < before);
            Ok::<_, vigie_store::StoreError>(old)
        });
        let old = old.await??;
        let known: HashSet<_> = blobs::living(&mut self.store.read().await?).await?.into_iter().collect();
        let old = old.into_iter().map(|stored| (stored.id, stored.period));
        let orphans: Vec<_> = old.filter(|placed| !known.contains(placed)).collect();
        let count = orphans.len();
        let vault = self.store.vault().clone();
        let remove = move || orphans.into_iter().try_for_each(|(id, period)| vault.remove(id, period));
        self.heavy.run(remove).await??;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use vigie_seal::ledger::Details;

    use super::*;
    use crate::tests::house;

    #[tokio::test]
    async fn a_file_without_a_row_is_swept_after_a_day_and_no_other() {
        let house = house().await;
        let app = &house.app;
        let kept = async || {
            app.keep_evidence("test", "image/png", b"a lake at dusk".as_slice().into(), [0; 32])
                .await
                .unwrap()
        };
        let (blob, _orphan) = (kept().await, kept().await);
        let mut tx = app.store.begin().await.unwrap();
        blobs::insert(&mut tx, &blob).await.unwrap();
        tx.commit(&Details::new(&Caller::system(), "test.kept", "test", app.now())).await.unwrap();
        let written_at = app.store.vault().list().unwrap()[0].written_at;
        house.clock.advance(written_at.since(app.now()) + Duration::from_secs(60 * 60));

        app.keep_house().await.unwrap();
        assert_eq!(app.store.vault().list().unwrap().len(), 2, "it may be a transaction that is not over");
        house.clock.advance(ORPHAN_LIFE);
        app.keep_house().await.unwrap();
        let left: Vec<_> = app.store.vault().list().unwrap().into_iter().map(|stored| stored.id).collect();
        assert_eq!(left, [blob.id]);
    }
}
