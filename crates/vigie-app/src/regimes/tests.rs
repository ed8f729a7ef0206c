//! The rule sets that come with the program, and what is judged by them.

mod calendars;
mod guide;
mod judgement;
mod loading;
mod screening;
mod suspicion;
mod thresholds;
mod times;

use std::sync::OnceLock;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Instrument};

use super::{Circumstances, Example, Held, RuleSet, RuleSets};

/// The invented country.
pub(crate) const INVENTED: &str = include_str!("../../regimes/example/xx-12.toml");

pub(crate) fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

pub(crate) fn shipped() -> &'static RuleSets {
    static SHIPPED: OnceLock<RuleSets> = OnceLock::new();
    SHIPPED.get_or_init(|| RuleSets::shipped().unwrap_or_else(|error| panic!("{error}")))
}

pub(crate) fn rule_set(id: &str) -> RuleSet {
    shipped().at(id, moment("2026-11-26T12:00:00Z")).cloned().unwrap()
}

/// A document with these essentials, otherwise one that nothing stands against.
pub(crate) fn document(rules: &RuleSet, essentials: &str) -> Instrument {
    let example: Example = toml::from_str(&format!("name = ''\nexpect = []\n{essentials}")).unwrap();
    example.instrument(rules, received())
}

pub(crate) fn received() -> Moment {
    moment("2026-11-26T12:00:00Z")
}

/// A house that holds everything for a year.
pub(crate) fn here() -> Circumstances {
    Circumstances {
        received_at: received(),
        now: received(),
        services: vec!["service.example".to_owned()],
        addressees: vec!["The house".to_owned()],
        held: Category::ALL.iter().map(|category| Held { category: *category, days: Some(365) }).collect(),
        holders: Some(1),
    }
}

pub(crate) fn found(rules: &RuleSet, instrument: &Instrument, here: &Circumstances) -> Vec<String> {
    let category = instrument.wanted[0].categories[0];
    super::validate(rules, instrument, 0, category, here)
        .iter()
        .map(|finding| format!("{}: {}", finding.test, finding.remedy))
        .collect()
}
