//! Carrying a hunt out: segment by segment, oldest first, in steps that are written down.
//!
//! It may be killed at any moment and begins again after its last step. What it finds a second time it finds noted, so an
//! upload becomes one item however often it is come upon.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use vigie_match::{Candidate, Known, Signal, Sweep};
use vigie_media::DRIFT;
use vigie_model::bank::Bank;
use vigie_model::hunt::{Hunt, HuntState};
use vigie_model::id::HuntId;
use vigie_model::{Caller, Moment};
use vigie_seal::ledger::Details;
use vigie_store::banks;
use vigie_store::history::{self, SegmentState};
use vigie_store::hunts::{self, Step};

use super::{count, ended, find, may_be_hunted, object};
use crate::matching::read_signal;
use crate::{App, Error, Result};

/// How many rows are looked through between two steps: a fraction of a second.
const ROWS_IN_A_STEP: i64 = 1 << 19;

/// What is looked for, made ready.
pub(super) struct Wanted {
    pub(super) bank: Bank,
    sweep: Arc<Sweep>,
    signals: HashMap<i64, Vec<Signal>>,
}

impl Wanted {
    pub(super) async fn read(app: &App, hunt: &Hunt, bank: Bank) -> Result<Self> {
        let mut reader = app.store.read().await?;
        let mut signals: HashMap<i64, Vec<Signal>> = HashMap::new();
        let mut known = Vec::new();
        let mut stored = std::pin::pin!(hunts::wanted(&mut reader, &hunt.terms, app.now()));
        while let Some((entry, stored)) = stored.try_next().await? {
            let signal =
                read_signal(&stored).ok_or_else(|| Error::internal("read a signal", "it is of no kind"))?;
            let number = u64::try_from(entry).map_err(|source| Error::internal("number an entry", source))?;
            known.push(Known { entry: number, signal });
            signals.entry(entry).or_default().push(signal);
        }
        let radius = bank.distance;
        let sweep = app.heavy.run(move || Arc::new(Sweep::new(&known, radius, DRIFT))).await?;
        Ok(Self { bank, sweep, signals })
    }

    /// Whether an entry has this very signal.
    pub(super) fn has(&self, entry: i64, signal: &Signal) -> bool {
        self.signals.get(&entry).is_some_and(|signals| signals.contains(signal))
    }
}

/// Carries a hunt out, or goes on with it.
///
/// # Errors
/// Something failed on our side; what was done by then stays, and another attempt goes on from there.
pub(crate) async fn run(app: &App, id: HuntId) -> Result<()> {
    let mut reader = app.store.read().await?;
    let hunt = find(&mut reader, id).await?;
    if hunt.state != HuntState::Running {
        return Ok(());
    }
    let bank = banks::find(&mut reader, hunt.terms.bank).await?;
    drop(reader);
    let Ok(bank) = may_be_hunted(bank) else { return end(app, id, HuntState::Failed, "hunt.failed").await };
    let wanted = Wanted::read(app, &hunt, bank).await?;
    let segments = remaining(app, &hunt).await?;
    let mut segments = segments.as_slice();
    while !segments.is_empty() {
        let (now, later) = segments.split_at(step_of(segments));
        if !look_through(app, &hunt, &wanted, now).await? {
            return Ok(());
        }
        segments = later;
    }
    end(app, id, HuntState::Done, "hunt.done").await
}

/// The segments that are still to be done, and how many they are written down.
pub(super) async fn remaining(app: &App, hunt: &Hunt) -> Result<Vec<SegmentState>> {
    let mut reader = app.store.read().await?;
    let after = hunts::last_segment(&mut reader, hunt.id).await?;
    let mut segments = history::segments(&mut reader, after, hunt.terms.from, hunt.terms.until).await?;
    drop(reader);
    let now = app.now();
    segments.retain(|state| state.expires_at > now);
    let mut house = app.store.housekeeping().await?;
    hunts::plan(&mut house, hunt.id, i64::try_from(segments.len()).unwrap_or(i64::MAX)).await?;
    house.commit().await?;
    Ok(segments)
}

/// How many segments the next step has.
fn step_of(segments: &[SegmentState]) -> usize {
    let mut rows = 0;
    let fits = |state: &&SegmentState| {
        rows += state.rows;
        rows <= ROWS_IN_A_STEP
    };
    segments.iter().take_while(fits).count().max(1)
}

/// Does one step. False when the hunt was stopped, or another worker does it.
pub(super) async fn look_through(
    app: &App,
    hunt: &Hunt,
    wanted: &Wanted,
    segments: &[SegmentState],
) -> Result<bool> {
    let mut rows = 0;
    for state in segments {
        let swept = app.sweep_segment(&wanted.sweep, *state).await?;
        rows += swept.rows;
        for candidates in by_row(swept.candidates) {
            if !app.note_candidates(hunt, wanted, state.segment, &candidates).await? {
                return Ok(false);
            }
        }
    }
    let Some(last) = segments.last() else { return Ok(true) };
    let step = Step {
        last: last.segment,
        segments: i64::try_from(segments.len()).unwrap_or(i64::MAX),
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
    };
    let mut house = app.store.housekeeping().await?;
    let goes_on = hunts::step(&mut house, hunt.id, &step).await?;
    house.commit().await?;
    Ok(goes_on)
}

/// Candidates of one row together.
fn by_row(mut candidates: Vec<Candidate>) -> Vec<Vec<Candidate>> {
    candidates.sort_unstable();
    candidates.chunk_by(|one, other| one.row == other.row).map(<[_]>::to_vec).collect()
}

/// Ends a hunt and counts it, unless somebody stopped it or ended it before.
async fn end(app: &App, id: HuntId, state: HuntState, action: &str) -> Result<()> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    if !hunts::advance(&mut tx, id, HuntState::Running, state, now).await? {
        return Ok(());
    }
    let hunt = find(&mut tx, id).await?;
    count(&mut tx, &hunt, now).await?;
    tx.commit(&ended(&Caller::system(), action, &hunt, now)).await?;
    Ok(())
}

/// The ledger entry of something that a hunt found.
pub(super) fn found(hunt: &Hunt, now: Moment) -> Details {
    Details::new(&Caller::system(), "hunt.hit", object(hunt.id), now)
}
