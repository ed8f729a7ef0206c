//! Legal regimes: what laws say about requests, as data, and the judgement of a document by them.
//!
//! What it is: rule sets from the files of `regimes/` and of an operator's own folder, and pure functions that apply them.
//! The same document, circumstances and rule set give the same findings, always: no store, no clock, no network. What it is
//! not: a lawyer. Each row names its source, and what counsel is still to confirm is marked and shown.
//!
//! To add a country: a file, and nothing else ([the guide](../../../docs/guide/regimes.md)). To ship it with the program: a
//! line in `TEXTS` too. A country's holidays are a file of `regimes/calendars/`. To add a question that no file can ask yet: `predicate.rs`.

mod anomalies;
mod calendar;
mod calendar_page;
mod calendars;
mod deadlines;
mod examples;
mod general;
mod house;
mod length;
mod load;
mod page;
mod predicate;
mod provisions;
mod remedy;
mod rows;
mod rules;
mod screen;
mod validate;
mod words;

use std::path::Path;
use std::sync::Arc;

use vigie_model::Moment;

pub use anomalies::{Anomaly, AnomalyKind, Seen, Usual, Weight, anomalies, call_for_suspicion};
pub use calendar::{Calendar, Counted, Day, MonthDay, NoMonthDay, Weekday};
pub use calendar_page::{CalendarPage, HolidayRow};
pub use calendars::Calendars;
pub use deadlines::{PlannedDeadline, Running, UserNotice, deadlines, informs_user, own_deadlines};
pub use examples::Example;
pub use house::HousePolicy;
pub use length::{Length, NoLength};
pub use load::RegimeError;
pub use page::{CategoryRow, DeadlineRow, RegimePage, Standing, TestRow};
pub use predicate::{Predicate, Truth};
pub(crate) use provisions::names_any;
pub use remedy::{NoRemedy, Remedy};
pub use rows::{AskedTime, Deadline, KeptBy, Satisfaction, Trigger};
pub use rules::{
    Answer, AnswerDocument, Assurance, CategoryRules, Informant, Informs, Notification, Required, RuleSet,
    Test, Text, Threshold, Unstated, Unvalidated,
};
pub use screen::{Alarm, AlarmKind, ConcernLevel, ConcernTable, Concerns, StateConcern, screen};
pub(crate) use validate::names_a_group;
pub use validate::{Circumstances, Finding, Held, minimum_level, validate, waits_for_enforcing_authority};
pub use words::Words;

/// The rule sets that come with the program.
const TEXTS: &[(&str, &str)] = &[
    ("dsa-10.toml", include_str!("../regimes/dsa-10.toml")),
    ("dsa-9.toml", include_str!("../regimes/dsa-9.toml")),
    ("emergency.toml", include_str!("../regimes/emergency.toml")),
    ("eu-epoc-pr.toml", include_str!("../regimes/eu-epoc-pr.toml")),
    ("eu-epoc.toml", include_str!("../regimes/eu-epoc.toml")),
    ("eu-tco.toml", include_str!("../regimes/eu-tco.toml")),
    ("fr-60-1.toml", include_str!("../regimes/fr-60-1.toml")),
    ("fr-60-2.toml", include_str!("../regimes/fr-60-2.toml")),
    ("fr-77-1-1.toml", include_str!("../regimes/fr-77-1-1.toml")),
    ("fr-99-3.toml", include_str!("../regimes/fr-99-3.toml")),
    ("fr-lcen-6-1.toml", include_str!("../regimes/fr-lcen-6-1.toml")),
    ("us-2258a.toml", include_str!("../regimes/us-2258a.toml")),
    ("us-2702-emergency.toml", include_str!("../regimes/us-2702-emergency.toml")),
    ("us-2703f.toml", include_str!("../regimes/us-2703f.toml")),
];

/// The rule sets by which requests are judged, every version of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleSets {
    /// By name, then by version.
    all: Vec<RuleSet>,
}

impl RuleSets {
    /// Those that come with the program.
    ///
    /// # Errors
    /// One of them cannot be judged by. A test holds that this does not happen.
    pub fn shipped() -> Result<Self, RegimeError> {
        Self::ours(&Arc::new(Calendars::shipped()?))
    }

    /// Those that come with the program, and those of a folder, which add to them or follow them by a later version.
    ///
    /// # Errors
    /// The folder cannot be read, or one of its files cannot be judged by.
    pub fn load(folder: &Path) -> Result<Self, RegimeError> {
        let (house, calendars) = (load::files_of(folder)?, Arc::new(Calendars::load(folder)?));
        let house = Self::read(house.iter().map(|(file, text)| (file.as_str(), text.as_str())), &calendars)?;
        Self::ours(&calendars)?.and(house)
    }

    fn ours(calendars: &Arc<Calendars>) -> Result<Self, RegimeError> {
        Self::read(TEXTS.iter().map(|(file, text)| (*file, *text)), calendars)
    }

    fn read<'a>(
        files: impl Iterator<Item = (&'a str, &'a str)>,
        calendars: &Arc<Calendars>,
    ) -> Result<Self, RegimeError> {
        let mut all = Self::default();
        for (file, text) in files {
            all.insert(file, load::read(file, text, calendars)?)?;
        }
        let ends_late = |pair: &[RuleSet]| match pair {
            [earlier, later] if earlier.id == later.id => {
                earlier.valid_until.is_some_and(|until| until > later.valid_from)
            }
            _ => false,
        };
        match all.all.windows(2).find(|pair| ends_late(pair)) {
            Some([earlier, later, ..]) => Err(overlap(earlier, later)),
            _ => all.in_order(),
        }
    }

    /// Those, followed by these: a later version ends an earlier one.
    fn and(mut self, house: Self) -> Result<Self, RegimeError> {
        for rules in house.all {
            self.insert(&format!("{}.toml", rules.name()), rules)?;
        }
        self.in_order()
    }

    fn insert(&mut self, file: &str, rules: RuleSet) -> Result<(), RegimeError> {
        let key = |one: &RuleSet| (one.id.clone(), one.version);
        match self.all.binary_search_by_key(&key(&rules), key) {
            Ok(_) => Err(RegimeError::Twice { file: file.to_owned(), name: rules.name() }),
            Err(place) => {
                self.all.insert(place, rules);
                Ok(())
            }
        }
    }

    /// A later version begins later.
    fn in_order(self) -> Result<Self, RegimeError> {
        let begins_early = |pair: &[RuleSet]| match pair {
            [earlier, later] => earlier.id == later.id && later.valid_from <= earlier.valid_from,
            _ => false,
        };
        match self.all.windows(2).find(|pair| begins_early(pair)) {
            Some([earlier, later, ..]) => Err(overlap(earlier, later)),
            _ => Ok(self),
        }
    }

    /// The rule set of this name by which a request of that moment is judged: the latest version that had begun, unless that
    /// one had ended.
    #[must_use]
    pub fn at(&self, id: &str, moment: Moment) -> Option<&RuleSet> {
        let begun = self.all.iter().rev().find(|rules| rules.id == id && rules.valid_from <= moment);
        begun.filter(|rules| rules.is_valid_at(moment))
    }

    /// The rule set of this name and version: `eu-epoc@1`. Requests that were judged by it find it here for ever.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&RuleSet> {
        self.all.iter().find(|rules| rules.name() == name)
    }

    /// Every version of every one, by name.
    pub fn iter(&self) -> impl Iterator<Item = &RuleSet> {
        self.all.iter()
    }

    /// Those by which requests of that moment are judged, by name.
    pub fn in_force(&self, moment: Moment) -> impl Iterator<Item = &RuleSet> {
        self.all
            .iter()
            .filter(move |rules| self.at(&rules.id, moment).is_some_and(|at| at.version == rules.version))
    }
}

fn overlap(earlier: &RuleSet, later: &RuleSet) -> RegimeError {
    RegimeError::Overlap { name: later.name(), earlier: earlier.name() }
}

#[cfg(test)]
mod tests;
