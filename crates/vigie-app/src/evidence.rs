//! Evidence: sealed to the key of its retention period, opened again, and gone when its time is over and no hold stands on it.
//!
//! What it is: the way into the vault and out of it, and the hourly round that ends things. Each step of the round is durable
//! before the next begins, and a later round goes on where one stopped:
//!
//! 1. A period that is over is closed: nothing is sealed to it any more.
//! 2. Objects past their retention on which no hold stands: the row says erased, then the file goes.
//! 3. Held objects of a closed period: sealed again to a later key, then the row changes, then the first file goes.
//! 4. A closed period without objects: what still lies in it goes, its key is destroyed, then the row says so.
//!
//! What it is not: who may lift a hold or end a period ahead of its time; that is `retention.rs`.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use vigie_model::id::BlobId;
use vigie_model::{Caller, Period};
use vigie_seal::ledger::Details;
use vigie_store::Read;
use vigie_store::blobs::{self, Blob};
use vigie_store::periods::{self, PeriodState};
use vigie_store::retention::{self, Due, Placed};

use crate::{App, Code, Error, Result};

/// How long a period stays open after its end: what was sealed to it in its last moment has committed by then.
const GRACE: Duration = Duration::from_secs(24 * 60 * 60);
/// For how many months what is held is sealed at a time: what a hold was lifted from stays in old backups for as long.
const HELD_MONTHS: i16 = 3;
/// How many objects are erased or moved in one transaction.
const AT_ONCE: usize = 50;
/// How many held objects one round moves out of a period at most.
const MOVED_IN_A_ROUND: i64 = 10_000;

/// How long things are kept.
#[derive(Debug, Clone)]
pub struct RetentionSettings {
    /// Evidence on which no hold stands, from when it was kept.
    pub evidence: Duration,
}

impl Default for RetentionSettings {
    /// A year: what 18 U.S.C. 2258A(h) has a provider preserve after a report, and the most that Regulation (EU) 2021/1232
    /// allows.
    fn default() -> Self {
        Self { evidence: Duration::from_secs(365 * 24 * 60 * 60) }
    }
}

/// What one round ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) erased: usize,
    pub(crate) resealed: usize,
    pub(crate) shredded: usize,
}

impl App {
    /// Seals bytes into the vault. They are durable when this returns, and no row speaks of them yet.
    pub(crate) async fn keep_evidence(
        &self,
        purpose: &str,
        mime: &str,
        bytes: Bytes,
        sha256: [u8; 32],
    ) -> Result<Blob> {
        let (id, now) = (BlobId::fresh(&*self.ids), self.now());
        let retain_until = now.after(self.settings.retention.evidence);
        let period = periods::first_open(&mut self.store.read().await?, Period::of(retain_until)).await?;
        let blob = Blob {
            id,
            purpose: purpose.to_owned(),
            mime: mime.to_owned(),
            plain_size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
            plain_sha256: sha256,
            created_at: now,
            period,
            retain_until: Some(retain_until),
            erased_at: None,
        };
        let vault = self.store.vault().clone();
        self.heavy.run(move || vault.put(id, period, &bytes)).await??;
        Ok(blob)
    }

    /// Opens a sealed object, for callers that hold no connection.
    ///
    /// # Errors
    /// It is erased, or does not open.
    pub(crate) async fn open_evidence(&self, id: BlobId) -> Result<Vec<u8>> {
        self.open_evidence_with(&mut self.store.read().await?, id).await
    }

    /// The same with the connection that the caller holds: who waits for a second one while holding the first may wait for
    /// somebody who does the same.
    ///
    /// # Errors
    /// It is erased, or does not open.
    pub(crate) async fn open_evidence_with(&self, read: &mut impl Read, id: BlobId) -> Result<Vec<u8>> {
        let mut period = living_evidence(read, id).await?.period;
        loop {
            let vault = self.store.vault().clone();
            let failed = match self.heavy.run(move || vault.get(id, period)).await? {
                Ok(plain) => return Ok(plain),
                Err(error) => error,
            };
            // It may have been moved to a later period while it was looked for.
            let placed = living_evidence(read, id).await?.period;
            if placed == period {
                return Err(failed.into());
            }
            period = placed;
        }
    }

    /// One round of what ends evidence. It comes once an hour, and goes on where an earlier one stopped.
    ///
    /// # Errors
    /// The store or the vault failed; what was done stands, and the next round does the rest.
    pub(crate) async fn expire_evidence(&self) -> Result<Ended> {
        self.close_periods().await?;
        let erased = self.erase_due().await?;
        let resealed = self.reseal_held().await?;
        let shredded = self.shred_keys().await?;
        if !self.store.empty_write_log().await? {
            tracing::info!("the database's log of writes is being read and will be emptied next time");
        }
        Ok(Ended { erased, resealed, shredded })
    }

    fn due(&self) -> Due {
        let now = self.now();
        Due { now, kept_before: now.before(self.settings.retention.evidence) }
    }

    async fn periods(&self) -> Result<Vec<PeriodState>> {
        Ok(periods::list(&mut self.store.read().await?, self.now()).await?)
    }

    async fn close_periods(&self) -> Result<()> {
        let known = self.periods().await?;
        let is_over = |period: Period| period.end().is_some_and(|end| end.after(GRACE) <= self.now());
        let open = known.iter().filter(|state| state.closed_at.is_none()).map(|state| state.period);
        let mut over: Vec<Period> = open.filter(|period| is_over(*period)).collect();
        let is_new = !known.iter().any(|state| state.period == Period::Legacy);
        // From the first start with periods on, the one key of before seals nothing.
        if is_new && self.store.vault().key_file(Period::Legacy).exists() {
            over.push(Period::Legacy);
        }
        for period in over {
            let mut tx = self.store.begin().await?;
            if periods::close(&mut tx, period, self.now()).await? {
                tx.commit(&self.told("evidence.period_closed", object(period))).await?;
            }
        }
        Ok(())
    }

    async fn erase_due(&self) -> Result<usize> {
        let mut count = 0;
        loop {
            let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
            let due = retention::due(&mut self.store.read().await?, self.due(), limit).await?;
            let erased = self.erase_rows(&due).await?;
            if erased.is_empty() {
                return Ok(count);
            }
            count += erased.len();
            self.remove_files(erased).await?;
        }
    }

    /// Says that objects are erased; those on which a hold was placed meanwhile stay.
    async fn erase_rows(&self, due: &[Placed]) -> Result<Vec<Placed>> {
        let mut tx = self.store.begin().await?;
        let mut erased = Vec::new();
        for placed in due {
            if retention::erase(&mut tx, placed.0, self.now()).await? {
                erased.push(*placed);
            }
        }
        if !erased.is_empty() {
            let objects = json!({ "objects": listed(&erased) });
            tx.commit(&self.told("evidence.erased", "evidence".to_owned()).with(objects)).await?;
        }
        Ok(erased)
    }

    /// Removes files that no row needs any more. What a crash leaves of them, the sweep of the vault finds.
    async fn remove_files(&self, files: Vec<Placed>) -> Result<()> {
        let vault = self.store.vault().clone();
        let remove = move || files.into_iter().try_for_each(|(id, period)| vault.remove(id, period));
        Ok(self.heavy.run(remove).await??)
    }

    async fn reseal_held(&self) -> Result<usize> {
        let mut count = 0;
        for state in self.periods().await?.iter().filter(|state| state.closed_at.is_some() && state.held > 0)
        {
            let mut reader = self.store.read().await?;
            let held = retention::held(&mut reader, state.period, self.due(), MOVED_IN_A_ROUND).await?;
            let later = Period::of(self.now()).later(HELD_MONTHS);
            let later = periods::first_open(&mut reader, later).await?;
            drop(reader);
            for batch in held.chunks(AT_ONCE) {
                let sealed = self.seal_again(batch, later).await;
                let moved = self.move_rows(&sealed, later).await?;
                count += moved.len();
                self.remove_files(moved).await?;
            }
        }
        Ok(count)
    }

    /// Seals objects to a later period, beside what they are sealed to now. What does not open is left where it is, and its key
    /// with it.
    async fn seal_again(&self, batch: &[Placed], later: Period) -> Vec<Placed> {
        let mut sealed = Vec::new();
        for (id, period) in batch.iter().copied() {
            let vault = self.store.vault().clone();
            let done = self.heavy.run(move || vault.put(id, later, &vault.get(id, period)?)).await;
            match done.and_then(|done| Ok(done?)) {
                Ok(()) => sealed.push((id, period)),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, blob.id = %id, "a held object cannot be sealed to a later period");
                }
            }
        }
        sealed
    }

    async fn move_rows(&self, sealed: &[Placed], later: Period) -> Result<Vec<Placed>> {
        let mut tx = self.store.begin().await?;
        let mut moved = Vec::new();
        for placed in sealed {
            if retention::move_to(&mut tx, *placed, later, self.now()).await? {
                moved.push(*placed);
            }
        }
        if !moved.is_empty() {
            let parameters = json!({ "objects": listed(&moved), "to": later });
            tx.commit(&self.told("evidence.resealed", object(later)).with(parameters)).await?;
        }
        Ok(moved)
    }

    async fn shred_keys(&self) -> Result<usize> {
        let mut count = 0;
        for state in self.periods().await? {
            if state.closed_at.is_none() || state.shredded_at.is_some() || state.objects > 0 {
                continue;
            }
            let (vault, period) = (self.store.vault().clone(), state.period);
            // Nothing comes to a closed period, and no row names what still lies there.
            let end = move || {
                let left = vault.list()?.into_iter().filter(|stored| stored.period == period);
                left.into_iter().try_for_each(|stored| vault.remove(stored.id, period))?;
                vault.shred(period)
            };
            self.heavy.run(end).await??;
            let mut tx = self.store.begin().await?;
            if periods::set_shredded(&mut tx, period, self.now()).await? {
                tx.commit(&self.told("evidence.key_shredded", object(period))).await?;
                count += 1;
            }
        }
        Ok(count)
    }

    fn told(&self, action: &str, object: String) -> Details {
        Details::new(&Caller::system(), action, object, self.now())
    }
}

/// A period as the ledger names it.
pub(crate) fn object(period: Period) -> String {
    format!("period:{period}")
}

fn listed(objects: &[Placed]) -> Vec<serde_json::Value> {
    objects.iter().map(|(id, period)| json!({ "object": id, "period": period })).collect()
}

async fn living_evidence(read: &mut impl Read, id: BlobId) -> Result<Blob> {
    let blob = blobs::find(read, id).await?.ok_or_else(|| Error::not_found("object"))?;
    match blob.erased_at {
        None => Ok(blob),
        Some(_) => Err(Error::new(Code::NotPreviewable, "it was erased when its retention ended")),
    }
}

#[cfg(test)]
pub(crate) mod tests;
