//! A rule set: what one law says about requests, as a file says it.
//!
//! What it is: the values of a file of `regimes/`, each key documented where it is. What it is not: `load.rs` checks them,
//! `validate.rs` and `deadlines.rs` apply them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::disclosure::{AuthenticationLevel, Category, IssuerRole, RequestKind};

use super::calendars::Calendars;
use super::examples::Example;
use super::predicate::Predicate;
use super::remedy::Remedy;
use super::rows::Deadline;

/// A text in both languages of the screens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// In English.
    pub en: String,
    /// In French.
    pub fr: String,
}

impl Text {
    /// A text of these two.
    #[must_use]
    pub fn new(en: impl Into<String>, fr: impl Into<String>) -> Self {
        Self { en: en.into(), fr: fr.into() }
    }
}

/// What one law says about requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSet {
    /// Its name, and that of its file: `eu-epoc`.
    pub id: String,
    /// Its version, from 1.
    pub version: u32,
    /// What it is called.
    pub title: Text,
    /// The law.
    pub law: String,
    /// Whose law: two letters, ISO 3166-1; `EU`; `*` for what is bound to no country.
    pub country: String,
    /// By which calendar its working days are counted: its name, or `issuing_country`. None leaves out Saturdays and Sundays alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// The calendars that are known, beside the file.
    #[serde(skip)]
    pub calendars: Arc<Calendars>,
    /// What may be wanted under it.
    pub kinds: Vec<RequestKind>,
    /// Whether it binds. What does not is disclosed of the house's own will, or not.
    pub binding: bool,
    /// Whether it is a duty of the house itself, and nobody orders it.
    #[serde(default)]
    pub own_duty: bool,
    /// Since when requests are judged by it.
    pub valid_from: Moment,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Moment>,
    /// Who reviewed it, by role.
    pub reviewer: String,
    /// When; none means that no lawyer has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<Moment>,
    /// How documents name the provisions on which they rely.
    pub provisions: Vec<String>,
    /// In which form the house answers.
    pub answer: Answer,
    /// Who tells the user.
    pub informs_user: Informs,
    /// What is to be confirmed by counsel beyond the rows that are marked.
    #[serde(default)]
    pub confirm: Vec<Text>,
    /// What holds for each category. What is not here cannot be asked under it.
    pub category: BTreeMap<Category, CategoryRules>,
    /// Tests.
    #[serde(default)]
    pub test: Vec<Test>,
    /// Deadlines.
    #[serde(default)]
    pub deadline: Vec<Deadline>,
    /// Worked examples; the loader refuses the file where one comes out otherwise.
    #[serde(default)]
    pub example: Vec<Example>,
}

impl RuleSet {
    /// Its name with its version: `eu-epoc@1`. A request keeps it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// Whether requests of this moment are judged by it, as far as it says itself.
    #[must_use]
    pub fn is_valid_at(&self, moment: Moment) -> bool {
        self.valid_from <= moment && self.valid_until.is_none_or(|until| moment < until)
    }
}

vigie_model::names! {
    /// The document in which the house asks for clarification, or refuses.
    pub enum AnswerDocument {
        /// A letter.
        Letter => "letter",
        /// Form 3 of Regulation (EU) 2023/1543 (Annex III).
        Form3 => "form_3",
    }
}

/// In which form the house answers: to ask for clarification, or to refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The form, in words.
    pub form: Text,
    /// The document that is made of it.
    #[serde(default = "AnswerDocument::letter")]
    pub document: AnswerDocument,
    /// The provision on which asking for clarification rests.
    pub law: String,
    /// To be confirmed by counsel.
    #[serde(default)]
    pub confirm: bool,
}

impl AnswerDocument {
    const fn letter() -> Self {
        Self::Letter
    }
}

vigie_model::names! {
    /// Who tells the user about a request.
    pub enum Informant {
        /// The authority.
        Authority => "authority",
        /// The house.
        Provider => "provider",
        /// The house, unless the document forbids it.
        ProviderUnlessGagged => "provider_unless_gagged",
        /// The house, when effect is given, or at the time that the authority set.
        AtTimeSet => "at_time_set",
    }
}

/// Who tells the user, and on what that rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Informs {
    /// Who.
    pub who: Informant,
    /// The provision.
    pub law: String,
    /// To be confirmed by counsel.
    #[serde(default)]
    pub confirm: bool,
}

vigie_model::names! {
    /// Whether an authority of the house's own country is notified, and what that does.
    pub enum Notification {
        /// It is not.
        None => "none",
        /// It is, and the answer waits for it; in an emergency it does not wait.
        SuspendsUnlessEmergency => "suspends_unless_emergency",
    }
}

vigie_model::names! {
    /// What follows where a validation is needed and none is shown.
    pub enum Unvalidated {
        /// The authority is asked.
        Clarify => "clarify",
        /// It is refused: whoever issued it may not alone.
        Refuse => "refuse",
    }
}

/// What holds for a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryRules {
    /// Who may issue alone.
    pub issuers: Vec<IssuerRole>,
    /// Who may issue with a validation.
    #[serde(default)]
    pub validated: Vec<IssuerRole>,
    /// Who may validate.
    #[serde(default)]
    pub validators: Vec<IssuerRole>,
    /// What follows where the validation is not shown.
    pub without_validation: Unvalidated,
    /// Whether in an emergency the validation may follow.
    #[serde(default)]
    pub validation_may_follow: bool,
    /// The provision about who may.
    pub law: String,
    /// What the offence must be; none where every one is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Threshold>,
    /// Whether an enforcing authority is notified.
    pub notification: Notification,
    /// How sure the house must be who asks.
    pub assurance: Assurance,
    /// To be confirmed by counsel.
    #[serde(default)]
    pub confirm: bool,
}

/// What the offence must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// What must hold.
    pub holds: Predicate,
    /// The provision.
    pub law: String,
    /// To be confirmed by counsel.
    #[serde(default)]
    pub confirm: bool,
}

/// How sure the house must be who asks, by how urgent it is and what is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assurance {
    /// When it can wait.
    pub routine: Required,
    /// When it cannot.
    pub emergency: Required,
    /// When nothing is given but kept: fraud aims at that too.
    pub preservation: Required,
}

/// What is required before anything is given, kept on request, or confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// The least level.
    pub level: AuthenticationLevel,
    /// A second magistrate or officer on duty is reached too.
    #[serde(default)]
    pub second_reachable: bool,
    /// Two people approve, beside whoever compiled it.
    #[serde(default)]
    pub two_approvers: bool,
    /// Within so many hours an order must follow; otherwise it is an incident.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_hoc_hours: Option<u32>,
}

impl Required {
    /// The most that can be required.
    pub const MOST: Self = Self {
        level: AuthenticationLevel::L4,
        second_reachable: true,
        two_approvers: true,
        post_hoc_hours: Some(48),
    };
}

/// A question to the document, and what follows when the answer is no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Its name, unique in the file.
    pub name: String,
    /// Of which categories; empty for all.
    #[serde(default)]
    pub categories: Vec<Category>,
    /// Of which kinds; empty for all.
    #[serde(default)]
    pub kinds: Vec<RequestKind>,
    /// What must hold.
    pub holds: Predicate,
    /// The provision, or `policy`.
    pub law: String,
    /// What follows when it does not hold.
    pub otherwise: Remedy,
    /// What follows when the document does not say.
    #[serde(default)]
    pub unstated: Unstated,
    /// What a person reads then.
    pub what: Text,
    /// To be confirmed by counsel.
    #[serde(default)]
    pub confirm: bool,
}

impl Test {
    /// Whether it asks about this.
    #[must_use]
    pub fn is_about(&self, category: Category, kind: RequestKind) -> bool {
        (self.categories.is_empty() || self.categories.contains(&category))
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

vigie_model::names! {
    /// What follows when the document does not say. Never a refusal.
    #[derive(Default)]
    pub enum Unstated {
        /// The authority is asked.
        #[default]
        Clarify => "clarify",
        /// Nothing: the house need not know.
        Passes => "passes",
    }
}
