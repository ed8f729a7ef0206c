//! The loop that carries out actions and jobs.
//!
//! What it is: it claims what is due, carries a few pieces out at once, keeps their claims alive, and at shutdown waits
//! for what is under way. Several may run on one database, in one process or in many: claims keep them apart. What it is
//! not: it knows no kind of work; what is done, and when it is tried again, stands in `vigie-app`.
//!
//! To add work: see `vigie_app::jobs`. To add something that is looked after every few seconds: `App::tend`.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use vigie_app::App;
use vigie_app::outbox::{LEASE, Work};

/// How many pieces of work are carried out at once.
const AT_ONCE: usize = 8;

/// How long work of another process may go unseen.
const POLL: Duration = Duration::from_millis(400);

/// How often deadlines and questions are looked after.
const TENDING: Duration = Duration::from_secs(5);

/// Works until `cancel` is cancelled and what is under way has ended.
pub async fn run(app: App, cancel: CancellationToken) {
    let mut under_way = UnderWay::default();
    let mut heartbeat = every(LEASE / 3);
    let mut tending = every(TENDING);
    while !cancel.is_cancelled() {
        under_way.fill(&app).await;
        tokio::select! {
            () = cancel.cancelled() => {}
            () = under_way.one_ends(), if !under_way.is_empty() => {}
            () = app.work_arrived(), if under_way.has_room() => {}
            () = sleep(POLL), if under_way.has_room() => {}
            _ = heartbeat.tick() => under_way.keep_claims(&app).await,
            _ = tending.tick() => report("look after deadlines and questions", app.tend().await),
        }
    }
    while !under_way.is_empty() {
        tokio::select! {
            () = under_way.one_ends() => {}
            _ = heartbeat.tick() => under_way.keep_claims(&app).await,
        }
    }
}

/// Looks after deadlines and questions, then carries out what is due now, one after the other, and returns how many
/// pieces that were: for tests and for the command line.
pub async fn run_due_once(app: &App) -> usize {
    report("look after deadlines and questions", app.tend().await);
    let mut count = 0;
    for work in claim(app, usize::from(u16::MAX)).await {
        report("write down how work ended", app.carry_out(&work).await);
        count += 1;
    }
    count
}

/// The work that is being carried out. Each piece is a task of its own: one that waits for the messenger must not keep
/// the others from finishing.
#[derive(Default)]
struct UnderWay {
    tasks: JoinSet<()>,
    work: HashMap<Id, Arc<Work>>,
}

impl UnderWay {
    fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    fn has_room(&self) -> bool {
        self.work.len() < AT_ONCE
    }

    /// Claims as much as there is room for, and begins it.
    async fn fill(&mut self, app: &App) {
        if !self.has_room() {
            return;
        }
        for work in claim(app, AT_ONCE - self.work.len()).await {
            let work = Arc::new(work);
            let (app, piece) = (app.clone(), work.clone());
            let task = self
                .tasks
                .spawn(async move { report("write down how work ended", app.carry_out(&piece).await) });
            self.work.insert(task.id(), work);
        }
    }

    /// Waits until one piece has ended.
    async fn one_ends(&mut self) {
        let ended = match self.tasks.join_next_with_id().await {
            Some(Ok((id, ()))) => id,
            Some(Err(panicked)) => {
                // Its claim is kept no more, so another attempt follows when the lease has ended.
                tracing::error!(error = &panicked as &dyn Error, "work ended without saying how");
                JoinError::id(&panicked)
            }
            None => return,
        };
        self.work.remove(&ended);
    }

    async fn keep_claims(&self, app: &App) {
        if !self.work.is_empty() {
            let kept = app.keep_claims(self.work.values().map(AsRef::as_ref)).await;
            report("keep the claims on work", kept);
        }
    }
}

async fn claim(app: &App, at_most: usize) -> Vec<Work> {
    match app.claim_due_work(at_most).await {
        Ok(work) => work,
        Err(error) => {
            report("claim work", Err(error));
            vec![]
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

/// A failure is told once, here; the work comes again when its lease has ended.
fn report(attempt: &str, outcome: vigie_app::Result<()>) {
    if let Err(error) = outcome {
        tracing::error!(error = &error as &dyn Error, "cannot {attempt}");
    }
}
