//! Validation: what a rule set and the house find about one task, a finding each.
//!
//! What it is: who may ask, the threshold, the rows of the file, and what holds under every regime (`general.rs`). What it is
//! not: a decision. A person reads the findings and decides; no finding means that the document shows nothing against it.

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::disclosure::{Category, Instrument, RefusalGround, RequestKind, Wanted};

use super::general;
use super::predicate::{Asked, Truth};
use super::remedy::Remedy;
use super::rules::{CategoryRules, Notification, Required, RuleSet, Test, Text, Unstated, Unvalidated};

/// What the house knows beside the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circumstances {
    /// When it was received: only what is stored then can be asked.
    pub received_at: Moment,
    /// Now.
    pub now: Moment,
    /// The names of the house's services.
    pub services: Vec<String>,
    /// The names under which the house is addressed.
    pub addressees: Vec<String>,
    /// What it holds.
    pub held: Vec<Held>,
    /// How many accounts the identifier meant in the span; none before anybody looked.
    pub holders: Option<u32>,
}

/// That the house holds a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub category: Category,
    /// For how many days; none without limit, or where a hold on this account keeps it.
    pub days: Option<u32>,
}

/// Something that stands against a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The test that found it.
    pub test: String,
    /// On what it rests.
    pub law: String,
    /// Whether counsel is still to confirm that.
    pub confirm: bool,
    /// What a person reads.
    pub what: Text,
    /// What follows.
    pub remedy: Remedy,
}

/// What stands against one entry of what a document wants, for one category of it. The order is that of the file.
#[must_use]
pub fn validate(
    rules: &RuleSet,
    instrument: &Instrument,
    entry: usize,
    category: Category,
    here: &Circumstances,
) -> Vec<Finding> {
    let wanted = instrument.wanted.get(entry).filter(|wanted| wanted.categories.contains(&category));
    let Some(wanted) = wanted else { return vec![general::finding(rules, "not_asked", Remedy::Clarify)] };
    let asked =
        Asked { provisions: &rules.provisions, instrument, wanted: Some(wanted), circumstances: Some(here) };
    let mut found = general::about_the_document(rules, instrument, here);
    match rules.category.get(&category) {
        None => found.push(not_of_this_regime(rules)),
        Some(its) => {
            found.extend(competence(rules, its, instrument));
            found.extend(threshold(its, asked));
        }
    }
    let rows = rules.test.iter().filter(|test| test.is_about(category, instrument.kind));
    found.extend(rows.filter_map(|test| judge(test, asked)));
    found.extend(general::about_what_is_wanted(rules, instrument, entry, wanted, category, here));
    found
}

fn not_of_this_regime(rules: &RuleSet) -> Finding {
    let finding = general::finding(rules, "category_of_regime", Remedy::Refuse(RefusalGround::NotCompetent));
    Finding { law: rules.law.clone(), ..finding }
}

/// A row of the file: the finding when it does not hold.
fn judge(test: &Test, asked: Asked<'_>) -> Option<Finding> {
    let remedy = match test.holds.holds(asked) {
        Truth::Yes => return None,
        Truth::No => test.otherwise,
        Truth::Unknown if test.unstated == Unstated::Passes => return None,
        Truth::Unknown => Remedy::Clarify,
    };
    Some(Finding {
        test: test.name.clone(),
        law: test.law.clone(),
        confirm: test.confirm,
        what: test.what.clone(),
        remedy,
    })
}

/// Whether whoever issued and validated it may.
fn competence(rules: &RuleSet, its: &CategoryRules, instrument: &Instrument) -> Option<Finding> {
    let refuse = Remedy::Refuse(RefusalGround::NotCompetent);
    let (test, remedy) = match (instrument.issuer.role, instrument.validator.as_ref().map(|v| v.role)) {
        (None, _) => ("issuer_stated", Remedy::Clarify),
        (Some(issuer), _) if its.issuers.contains(&issuer) => return None,
        (Some(issuer), _) if !its.validated.contains(&issuer) => ("issuer", refuse),
        (Some(_), Some(None)) => ("validator_stated", Remedy::Clarify),
        (Some(_), Some(Some(validator))) if its.validators.contains(&validator) => return None,
        (Some(_), Some(Some(_))) => ("validator", refuse),
        (Some(_), None) => return unvalidated(rules, its, instrument),
    };
    Some(of_the_category(general::finding(rules, test, remedy), its))
}

fn unvalidated(rules: &RuleSet, its: &CategoryRules, instrument: &Instrument) -> Option<Finding> {
    let (test, remedy) = match &instrument.emergency {
        Some(emergency) if its.validation_may_follow && emergency.validation_follows => return None,
        Some(_) if its.validation_may_follow => ("validation_follows", Remedy::Clarify),
        _ => match its.without_validation {
            Unvalidated::Clarify => ("validation", Remedy::Clarify),
            Unvalidated::Refuse => ("validation", Remedy::Refuse(RefusalGround::NotCompetent)),
        },
    };
    Some(of_the_category(general::finding(rules, test, remedy), its))
}

fn of_the_category(finding: Finding, its: &CategoryRules) -> Finding {
    Finding { law: its.law.clone(), confirm: its.confirm, ..finding }
}

fn threshold(its: &CategoryRules, asked: Asked<'_>) -> Option<Finding> {
    let threshold = its.threshold.as_ref()?;
    let (remedy, what) = match threshold.holds.holds(asked) {
        Truth::Yes => return None,
        Truth::No => (Remedy::Refuse(RefusalGround::OffenceOutOfScope), general::text("threshold")),
        Truth::Unknown => (Remedy::Clarify, general::text("threshold_stated")),
    };
    Some(Finding {
        test: "threshold".to_owned(),
        law: threshold.law.clone(),
        confirm: threshold.confirm,
        what,
        remedy,
    })
}

/// What is required before anything of a category is given or kept on request. Of a category that the regime does not know:
/// the most.
#[must_use]
pub fn minimum_level(rules: &RuleSet, category: Category, emergency: bool, kind: RequestKind) -> Required {
    rules.category.get(&category).map_or(Required::MOST, |its| match (kind, emergency) {
        (RequestKind::Preservation, _) => its.assurance.preservation,
        (_, true) => its.assurance.emergency,
        (_, false) => its.assurance.routine,
    })
}

/// Whether the answer waits for the enforcing authority. One that the document names is always waited for, whatever the
/// category, except in an emergency.
#[must_use]
pub fn waits_for_enforcing_authority(rules: &RuleSet, instrument: &Instrument) -> bool {
    let provided = rules.category.values().any(|its| its.notification != Notification::None);
    provided && instrument.notified.is_some() && instrument.emergency.is_none()
}

/// Whether the entry names a group of people rather than one.
pub(crate) fn names_a_group(wanted: &Wanted) -> bool {
    use vigie_model::disclosure::IdentifierKind as K;
    match wanted.identifier.kind {
        K::GroupId | K::InviteLink => true,
        K::IpAddress => wanted.identifier.value.contains(['/', '-', '*']),
        _ => false,
    }
}
