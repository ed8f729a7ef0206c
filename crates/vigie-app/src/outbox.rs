//! The outbox: carrying out what was ordered, until the receiver's receipt is kept.
//!
//! What it is: one step at a time for `vigie-worker` to call: claim what is due, carry one piece out, keep the claims
//! alive. An action goes out under its own identifier as often as it takes, and the messenger performs it once; it is
//! done when the receipt is stored, in the transaction of its ledger entry. What it is not: a place that orders
//! anything. Nobody asks these steps for permission, because no caller reaches them.

mod send;

use std::time::Duration;

use vigie_model::Moment;
use vigie_store::{actions, jobs};

use crate::{App, Result};

/// How long a claim lasts unless it is kept alive.
pub const LEASE: Duration = Duration::from_secs(60);

/// How often something is tried before a person has to look at it.
pub const MOST_ATTEMPTS: i64 = 12;

/// Pauses after the first attempts, in seconds; afterwards an hour each.
const PAUSES: [u64; 5] = [1, 5, 30, 120, 600];

/// The longest pause, and the longest that a receiver may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// A piece of work in our hands, under a lease.
#[derive(Debug)]
pub struct Work(Piece);

#[derive(Debug)]
enum Piece {
    Action(Box<actions::Claimed>),
    Job(jobs::Claimed),
}

impl App {
    /// Takes at most so many pieces of work that are due. Actions come first.
    ///
    /// # Errors
    /// The store failed. What was claimed by then comes back to others when its lease ends.
    pub async fn claim_due_work(&self, at_most: usize) -> Result<Vec<Work>> {
        let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
        let now = self.now();
        // Looking first keeps an idle worker away from the one writer of SQLite.
        let mut reader = self.store.read().await?;
        let due_actions = actions::due(&mut reader, now, limit).await?;
        let due_jobs = jobs::due(&mut reader, now, limit).await?;
        drop(reader);
        let mut work = Vec::new();
        for id in due_actions {
            let mut house = self.store.housekeeping().await?;
            let claimed = actions::claim(&mut house, id, now, now.after(LEASE)).await?;
            house.commit().await?;
            work.extend(claimed.map(|claimed| Work(Piece::Action(Box::new(claimed)))));
        }
        for id in due_jobs.into_iter().take(at_most.saturating_sub(work.len())) {
            let mut house = self.store.housekeeping().await?;
            let claimed = jobs::claim(&mut house, id, now, now.after(LEASE)).await?;
            house.commit().await?;
            work.extend(claimed.map(|claimed| Work(Piece::Job(claimed))));
        }
        Ok(work)
    }

    /// Carries a piece of work out, and writes down how it ended.
    ///
    /// # Errors
    /// How it ended could not be written down: it is carried out again when its lease ends.
    pub async fn carry_out(&self, work: &Work) -> Result<()> {
        match &work.0 {
            Piece::Action(claimed) => send::send(self, claimed).await,
            Piece::Job(claimed) => crate::jobs::run(self, claimed).await,
        }
    }

    /// Carries out what is due, a piece after the other, until nothing is: in place of the worker, where nothing else runs.
    ///
    /// # Errors
    /// As [`App::claim_due_work`] and [`App::carry_out`].
    pub async fn carry_out_all(&self) -> Result<()> {
        loop {
            let work = self.claim_due_work(20).await?;
            if work.is_empty() {
                return Ok(());
            }
            for piece in &work {
                self.carry_out(piece).await?;
            }
        }
    }

    /// Keeps claims alive for another lease: of work that takes long.
    ///
    /// # Errors
    /// The store failed.
    pub async fn keep_claims(&self, work: impl Iterator<Item = &Work>) -> Result<()> {
        let until = self.now().after(LEASE);
        let mut house = self.store.housekeeping().await?;
        for piece in work {
            // A claim that is lost stays lost: whoever carries it out is told when it ends.
            match &piece.0 {
                Piece::Action(held) => actions::renew(&mut house, held.action.id, held.fence, until).await?,
                Piece::Job(held) => jobs::renew(&mut house, held.id, held.fence, until).await?,
            };
        }
        Ok(house.commit().await?)
    }

    /// Waits until something commits in this process that brings work.
    pub async fn work_arrived(&self) {
        self.store.work_arrived().await;
    }

    /// What has to be looked after every few seconds: deadlines that are about to pass, questions that lapsed.
    ///
    /// # Errors
    /// The store failed; it is looked after next time.
    pub async fn tend(&self) -> Result<()> {
        self.escalate_deadlines().await?;
        self.end_lapsed_questions().await?;
        crate::requests::lapse(self).await?;
        self.escalate_request_deadlines().await?;
        crate::releases::note_unfetched(self).await?;
        crate::gags::round(self).await?;
        crate::requests::close_finished(self).await?;
        crate::requests::archive(self).await?;
        Ok(())
    }

    /// When to try again after an attempt that did not succeed; none when the attempts are used up.
    pub(crate) fn next_attempt(&self, attempts: i64, asked: Option<Duration>) -> Option<Moment> {
        if attempts >= MOST_ATTEMPTS {
            return None;
        }
        let pause = usize::try_from(attempts - 1).ok().and_then(|past| PAUSES.get(past));
        let pause = pause.map_or(LONGEST_PAUSE, |seconds| Duration::from_secs(*seconds));
        let pause = asked.map_or(pause, |asked| pause.max(asked.min(LONGEST_PAUSE)));
        Some(self.now().after(pause))
    }
}

#[cfg(test)]
pub(crate) mod tests;
