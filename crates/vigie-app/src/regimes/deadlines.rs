//! Deadlines of a document: which run from an event, when each is due, and what standing still does to it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::disclosure::{Instrument, RequestState};

use super::calendar::Calendar;
use super::length::{rolled_over, working_days_after};
use super::predicate::{Asked, Truth};
use super::rows::{AskedTime, Deadline, KeptBy, Satisfaction, Trigger};
use super::rules::{Informant, RuleSet, Text};

/// A deadline that begins to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedDeadline {
    /// The row of the rule set: `EU-EPOC`.
    pub rule: String,
    /// What a person reads.
    pub label: Text,
    /// When it is due, if nothing makes it stand still.
    pub due_at: Moment,
    /// The provision.
    pub source: String,
    /// In which states of the request it stands still.
    pub pauses_on: Vec<RequestState>,
    /// What satisfies it: any of these.
    pub satisfied_by: Vec<Satisfaction>,
    /// Who has to keep it.
    pub kept_by: KeptBy,
    /// Whether the house set it, and no law.
    pub policy: bool,
    /// Whether counsel is still to confirm it.
    pub confirm: bool,
}

/// The deadlines that run from an event at this moment. A row whose condition the document leaves open runs too.
#[must_use]
pub fn deadlines(
    rules: &RuleSet,
    instrument: &Instrument,
    trigger: Trigger,
    at: Moment,
) -> Vec<PlannedDeadline> {
    let asked = Asked { provisions: &rules.provisions, instrument, wanted: None, circumstances: None };
    let applies = |row: &&Deadline| {
        row.trigger == trigger && row.applies.as_ref().is_none_or(|applies| applies.holds(asked) != Truth::No)
    };
    let calendar = rules.counted_by(Some(instrument));
    let asked = asked_time(instrument, at);
    let rows = rules.deadline.iter().filter(applies);
    rows.map(|row| asked_for(planned(row, at, calendar), row, asked)).collect()
}

/// The longest that a document may let the house wait: what is held for it is let go then.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What is impossible about the time that a document sets for the answer, by the name of its test. The time of the event stands for
/// the receipt.
pub(crate) fn impossible_times(instrument: &Instrument, received_at: Moment) -> [(&'static str, bool); 3] {
    let by = instrument.answer_by;
    let is = |wrong: &dyn Fn(Moment) -> bool| by.is_some_and(wrong);
    [
        ("answer_before_issue", is(&|by| instrument.issued_at.is_some_and(|issued| by <= issued))),
        ("answer_in_the_past", is(&|by| by <= received_at)),
        ("answer_after_the_hold", is(&|by| by > received_at.after(LONGEST_WAIT))),
    ]
}

/// The time that a document sets for the answer, where it can be kept.
fn asked_time(instrument: &Instrument, at: Moment) -> Option<Moment> {
    let is_impossible = impossible_times(instrument, at).iter().any(|(_, is)| *is);
    instrument.answer_by.filter(|_| !is_impossible)
}

/// A deadline that is due by the time that the document sets, where its row says so and that is earlier.
fn asked_for(planned: PlannedDeadline, row: &Deadline, asked: Option<Moment>) -> PlannedDeadline {
    match asked {
        Some(by) if row.answer_by == AskedTime::Earlier && by < planned.due_at => PlannedDeadline {
            due_at: by,
            policy: false,
            source: format!("{}; the time that the document sets", planned.source),
            ..planned
        },
        _ => planned,
    }
}

/// The deadlines that run from an event at this moment where there is no document: the house's own duties, such as what it
/// reported, or its reports to the public.
#[must_use]
pub fn own_deadlines(rules: &RuleSet, trigger: Trigger, at: Moment) -> Vec<PlannedDeadline> {
    let own = |row: &&Deadline| row.trigger == trigger && row.applies.is_none();
    let calendar = rules.counted_by(None);
    rules.deadline.iter().filter(own).map(|row| planned(row, at, calendar)).collect()
}

fn planned(row: &Deadline, at: Moment, calendar: Option<&Calendar>) -> PlannedDeadline {
    PlannedDeadline {
        rule: row.name.clone(),
        label: row.label.clone(),
        due_at: due_at(row, at, calendar),
        source: row.law.clone(),
        pauses_on: row.pauses_on.clone(),
        satisfied_by: row.satisfied_by.clone(),
        kept_by: row.kept_by,
        policy: row.policy,
        confirm: row.confirm,
    }
}

fn due_at(row: &Deadline, at: Moment, calendar: Option<&Calendar>) -> Moment {
    match (row.length, row.working_days) {
        (Some(length), _) if row.roll_over => rolled_over(length.after(at), calendar),
        (Some(length), _) => length.after(at),
        (None, days) => working_days_after(at, days.unwrap_or(0), calendar),
    }
}

/// A deadline that runs, or stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Running {
    /// When it is due, counting every pause that is over.
    pub due_at: Moment,
    /// Since when it stands still.
    pub paused_at: Option<Moment>,
}

impl Running {
    /// A deadline that runs.
    #[must_use]
    pub fn due(due_at: Moment) -> Self {
        Self { due_at, paused_at: None }
    }

    /// It stands still from this moment. One that has passed, or stands still already, does not change.
    #[must_use]
    pub fn paused(self, at: Moment) -> Self {
        if self.paused_at.is_some() || self.is_over(at) { self } else { Self { paused_at: Some(at), ..self } }
    }

    /// It runs again from this moment, with all the time that was left.
    #[must_use]
    pub fn resumed(self, at: Moment) -> Self {
        self.paused_at.map_or(self, |paused_at| Self::due(self.due_at.after(at.since(paused_at))))
    }

    /// It stands still or runs as the state of its request demands.
    #[must_use]
    pub fn in_state(self, state: RequestState, pauses_on: &[RequestState], at: Moment) -> Self {
        if pauses_on.contains(&state) { self.paused(at) } else { self.resumed(at) }
    }

    /// Whether it has passed.
    #[must_use]
    pub fn is_over(self, now: Moment) -> bool {
        self.paused_at.is_none() && self.due_at <= now
    }
}

/// Who tells the user, and when the house may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserNotice {
    /// Who.
    pub by: Informant,
    /// Whether the house tells them at all.
    pub by_house: bool,
    /// Whether the document keeps it from doing so for now.
    pub gagged: bool,
    /// From when on it may; none at once, or where a gag has no end.
    pub not_before: Option<Moment>,
    /// The provision.
    pub law: String,
    /// Whether counsel is still to confirm it.
    pub confirm: bool,
}

/// Who tells the user about this document.
#[must_use]
pub fn informs_user(rules: &RuleSet, instrument: &Instrument) -> UserNotice {
    let by = rules.informs_user.who;
    let by_house = by != Informant::Authority;
    let silence = instrument.silence.as_ref().filter(|_| by_house && by != Informant::Provider);
    UserNotice {
        by,
        by_house,
        gagged: silence.is_some(),
        not_before: silence.and_then(|silence| silence.until),
        law: rules.informs_user.law.clone(),
        confirm: rules.informs_user.confirm,
    }
}
