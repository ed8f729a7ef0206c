//! Worked examples in the files themselves: the essentials of a document, and what is found about it.
//!
//! What it is: tests that a lawyer can read and write, run whenever a file is loaded. What an example does not say is filled
//! in with what nothing stands against.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::disclosure::{
    Category, Emergency, EmergencyGround, Identifier, IdentifierKind, Instrument, IssuerRole, Offence,
    Office, RequestKind, Silence, Span, SubjectRole, Wanted,
};

use super::rules::RuleSet;
use super::validate::{Circumstances, Held, validate};

/// The essentials of a document, and what is found about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// Which data is wanted.
    pub category: Category,
    /// What is wanted; the first kind of the rule set where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<RequestKind>,
    /// Who issued it; none where the document does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<IssuerRole>,
    /// The country of the issuer; that of the rule set where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Who validated it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<IssuerRole>,
    /// The provisions on which it relies; the first of the rule set where they are not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_bases: Option<Vec<String>>,
    /// To whom it is addressed; to the house where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addressee: Option<String>,
    /// The highest sentence in years.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_years: Option<u32>,
    /// The list on which the offence stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listed: Option<String>,
    /// Whether it was committed by means of a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_network: Option<bool>,
    /// Where it was committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offence_country: Option<String>,
    /// What the person asked about is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectRole>,
    /// Why it cannot wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emergency: Option<EmergencyGround>,
    /// Whether its validation follows.
    #[serde(default)]
    pub validation_follows: bool,
    /// Whether an enforcing authority was notified.
    #[serde(default)]
    pub notified: bool,
    /// Whether it says why it is necessary.
    #[serde(default)]
    pub necessity: bool,
    /// Whether the user is not to be told.
    #[serde(default)]
    pub silence: bool,
    /// Whether it names an offence; that is so where it is not said.
    #[serde(default = "yes")]
    pub offence: bool,
    /// Whether it bears a date; that is so where it is not said.
    #[serde(default = "yes")]
    pub dated: bool,
    /// Whether it says of which time; that is so where it is not said.
    #[serde(default = "yes")]
    pub span: bool,
    /// Of how many days.
    #[serde(default = "a_week")]
    pub span_days: u32,
    /// What names the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<IdentifierKind>,
    /// What else is wanted of the same identifier.
    #[serde(default)]
    pub also: Vec<Category>,
    /// What is found: `validation: clarify`. Empty where nothing stands against it.
    pub expect: Vec<String>,
}

fn yes() -> bool {
    true
}

fn a_week() -> u32 {
    7
}

const SERVICE: &str = "service.example";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Example {
    /// What is found about it.
    #[must_use]
    pub fn found(&self, rules: &RuleSet) -> Vec<String> {
        let received_at = rules.valid_from.after(DAY * 1000);
        let instrument = self.instrument(rules, received_at);
        let findings = validate(rules, &instrument, 0, self.category, &circumstances(received_at));
        findings.iter().map(|finding| format!("{}: {}", finding.test, finding.remedy)).collect()
    }

    /// The document of which it says the essentials.
    #[must_use]
    pub fn instrument(&self, rules: &RuleSet, received_at: Moment) -> Instrument {
        let country = self.country.clone().unwrap_or_else(|| default_country(rules));
        let office = |role: Option<IssuerRole>| Office {
            name: "An office".to_owned(),
            country: country.clone(),
            role,
            ..Office::default()
        };
        Instrument {
            regime: rules.id.clone(),
            kind: self.kind.or_else(|| rules.kinds.first().copied()).unwrap_or(RequestKind::Production),
            reference: "EXAMPLE-1".to_owned(),
            issued_at: self.dated.then(|| received_at.before(DAY)),
            issuer: office(self.issuer),
            validator: self.validator.map(|role| office(Some(role))),
            addressee: self.addressee.clone().unwrap_or_else(|| "The house".to_owned()),
            legal_bases: self
                .legal_bases
                .clone()
                .unwrap_or_else(|| rules.provisions.first().cloned().into_iter().collect()),
            offence: self.offence.then(|| self.prosecuted()),
            subject_role: self.subject.unwrap_or(SubjectRole::Unstated),
            emergency: self.emergency.map(|ground| Emergency {
                ground,
                text: "It cannot wait".to_owned(),
                validation_follows: self.validation_follows,
            }),
            notified: self.notified.then(|| office(None)),
            silence: self.silence.then(|| Silence {
                basis: "A provision".to_owned(),
                until: None,
                text: String::new(),
            }),
            answer_by: None,
            do_not_act: None,
            earlier: None,
            wanted: vec![self.wanted(received_at)],
            facts: String::new(),
            necessity: if self.necessity { "It is necessary".to_owned() } else { String::new() },
            answer_to: None,
            nonce: "example".to_owned(),
        }
    }

    fn prosecuted(&self) -> Offence {
        Offence {
            text: "An offence".to_owned(),
            provision: "A provision".to_owned(),
            listed: self.listed.clone(),
            maximum_years: self.maximum_years,
            by_network: self.by_network,
            country: self.offence_country.clone(),
        }
    }

    fn wanted(&self, received_at: Moment) -> Wanted {
        let until = received_at.before(DAY * 2);
        let kind = self.identifier.unwrap_or(IdentifierKind::UserId);
        Wanted {
            identifier: Identifier { kind, value: "10001".to_owned(), service: SERVICE.to_owned() },
            categories: std::iter::once(self.category).chain(self.also.iter().copied()).collect(),
            span: self.span.then(|| Span { from: until.before(DAY.saturating_mul(self.span_days)), until }),
            criterion: None,
            cap: None,
        }
    }
}

fn default_country(rules: &RuleSet) -> String {
    match rules.country.as_str() {
        "EU" | "*" => "FR".to_owned(),
        country => country.to_owned(),
    }
}

/// A house that holds everything, for ever.
fn circumstances(received_at: Moment) -> Circumstances {
    Circumstances {
        received_at,
        now: received_at,
        services: vec![SERVICE.to_owned()],
        addressees: vec!["The house".to_owned()],
        held: Category::ALL.iter().map(|category| Held { category: *category, days: None }).collect(),
        holders: Some(1),
    }
}
