//! How much somebody saw, computed from their looks alone: nothing here reads a clock or the store.
//!
//! What counts is what is seen past the shielded step. How long: until the screen told that it was hidden, but at most
//! five minutes, for a screen that is left open looks at nobody; where the screen told nothing, a minute. Looks at the same
//! time count once.

use std::collections::HashSet;
use std::time::Duration;

use vigie_model::Moment;
use vigie_model::id::ItemId;
use vigie_model::incident::{Reveal, RevealStep};

use super::ExposureLimits;

/// A look counts at most so long.
const LONGEST: Duration = Duration::from_secs(5 * 60);
/// A look whose end no screen told counts so long.
const UNTOLD: Duration = Duration::from_secs(60);

/// What somebody saw within a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Items looked at in the shielded step.
    pub shielded: u32,
    /// Items looked at in grey, lightly blurred.
    pub soft: u32,
    /// Items looked at in colour, sharp.
    pub full: u32,
    /// Items looked at past the shielded step: what counts.
    pub items: u32,
    /// For how long.
    pub time: Duration,
}

/// Looks past the shielded step without a pause between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    items: HashSet<ItemId>,
    /// How long they lasted together.
    pub time: Duration,
    /// When the last of them ended.
    pub until: Moment,
    is_full: bool,
}

impl Run {
    /// None yet.
    pub(super) fn starting(at: Moment) -> Self {
        Self { items: HashSet::new(), time: Duration::ZERO, until: at, is_full: false }
    }

    /// How many items were looked at.
    #[must_use]
    pub fn items(&self) -> u32 {
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }

    /// Whether this item was among them.
    #[must_use]
    pub fn has(&self, item: ItemId) -> bool {
        self.items.contains(&item)
    }

    /// Until when a pause follows; none while it is short enough to go on.
    #[must_use]
    pub fn pause_until(&self, limits: &ExposureLimits) -> Option<Moment> {
        self.is_full.then(|| self.until.after(limits.pause))
    }
}

/// Whether a look in this step counts.
pub(super) fn exposes(step: RevealStep) -> bool {
    step > RevealStep::Shielded
}

/// What was seen in these looks, which are in the order of time.
pub(super) fn seen(looks: &[Reveal], now: Moment) -> Seen {
    let items = |wanted: &dyn Fn(RevealStep) -> bool| {
        let items: HashSet<_> = looks.iter().filter(|look| wanted(look.step)).map(|look| look.item).collect();
        u32::try_from(items.len()).unwrap_or(u32::MAX)
    };
    let mut time = Duration::ZERO;
    let mut counted_until = Moment(i64::MIN);
    for look in looks.iter().filter(|look| exposes(look.step)) {
        time += added(look, &mut counted_until, now);
    }
    Seen {
        shielded: items(&|step| step == RevealStep::Shielded),
        soft: items(&|step| step == RevealStep::Soft),
        full: items(&|step| step == RevealStep::Full),
        items: items(&exposes),
        time,
    }
}

/// The runs in these looks, which are in the order of time. So long without a look as a pause lasts ends one.
pub(super) fn runs(looks: &[Reveal], limits: &ExposureLimits, now: Moment) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut counted_until = Moment(i64::MIN);
    for look in looks.iter().filter(|look| exposes(look.step)) {
        let goes_on = runs.last().is_some_and(|run| look.shown_at < run.until.after(limits.pause));
        if !goes_on {
            runs.push(Run::starting(look.shown_at));
        }
        let Some(run) = runs.last_mut() else { continue };
        run.items.insert(look.item);
        run.time += added(look, &mut counted_until, now);
        run.until = run.until.max(end(look, now));
        run.is_full |= run.items() >= limits.items_in_a_row || run.time >= limits.time_in_a_row;
    }
    runs
}

/// How much longer somebody looked through this look than through those before it.
fn added(look: &Reveal, counted_until: &mut Moment, now: Moment) -> Duration {
    let (from, until) = (look.shown_at.max(*counted_until), end(look, now));
    *counted_until = until.max(*counted_until);
    if until > from { until.since(from) } else { Duration::ZERO }
}

fn end(look: &Reveal, now: Moment) -> Moment {
    match look.hidden_at {
        Some(hidden) => hidden.min(look.shown_at.after(LONGEST)),
        None => now.min(look.shown_at.after(UNTOLD)),
    }
}
