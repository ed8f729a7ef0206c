//! What a test of a rule set can ask: a closed vocabulary, and answers that may be "not known".
//!
//! What it is: one variant a question about the document, and groups of them. What it is not: what follows from an answer
//! stands in the row that asks.
//!
//! To add a question: a variant here, its answer in `one`, and its words in `words.rs`. Do it only when no country can be
//! written without it.

use serde::{Deserialize, Serialize};
use vigie_model::disclosure::{
    Category, EmergencyGround, Identifier, IdentifierKind, Instrument, IssuerRole, RequestKind, Span,
    SubjectRole, Wanted,
};

use super::length::Length;
use super::provisions::names_any;
use super::validate::Circumstances;

/// What is asked. In a file: a table with one key, `{ offence_at_least_years = 3 }`. A question with `false` asks for the
/// opposite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// At least one of these holds.
    AnyOf(Vec<Predicate>),
    /// All of these hold.
    AllOf(Vec<Predicate>),
    /// None of these holds.
    NoneOf(Vec<Predicate>),
    /// Who issued it is one of these.
    IssuerRoleIn(Vec<IssuerRole>),
    /// Who validated it is one of these.
    ValidatedByIn(Vec<IssuerRole>),
    /// The issuer's country is one of these.
    IssuerCountryIn(Vec<String>),
    /// It wants one of these.
    KindIn(Vec<RequestKind>),
    /// The highest sentence for the offence is at least so many years.
    OffenceAtLeastYears(u32),
    /// The offence is on one of these lists.
    OffenceListed(Vec<String>),
    /// It says what is prosecuted.
    OffenceStated(bool),
    /// The offence was committed in the country of the issuer.
    OffenceInIssuingState(bool),
    /// The offence was committed by means of a network or information system.
    ByNetwork(bool),
    /// The person asked about is one of these.
    SubjectIs(Vec<SubjectRole>),
    /// It says of which time.
    SpanPresent(bool),
    /// That time is no longer than this.
    SpanAtMost(Length),
    /// The identifier is of one of these kinds.
    IdentifierKindIn(Vec<IdentifierKind>),
    /// Nothing is wanted about this identifier but what tells who it is.
    SolePurposeIdentification(bool),
    /// At least one provision on which it relies is one of the rule set's.
    LegalBasisKnown(bool),
    /// It says that it cannot wait.
    EmergencyStated(bool),
    /// Why it cannot wait is one of these.
    EmergencyGroundIn(Vec<EmergencyGround>),
    /// It says that its validation follows.
    ValidationFollows(bool),
    /// It names an enforcing authority that was notified.
    NotifiedStated(bool),
    /// It says that the user is not to be told.
    SilenceStated(bool),
    /// It says why it is necessary and proportionate.
    NecessityStated(bool),
    /// It bears a date.
    DateStated(bool),
    /// It names the request that it continues.
    EarlierStated(bool),
    /// The identifier names somebody on a service of the house.
    ServiceIsOurs(bool),
    /// It is addressed to the house.
    AddresseeIsOurs(bool),
}

/// An answer. What the document does not say is neither yes nor no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    Yes,
    /// It does not.
    No,
    /// The document does not say.
    Unknown,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Truth {
    fn is(self, wanted: bool) -> Self {
        match (self, wanted) {
            (Self::Yes, false) => Self::No,
            (Self::No, false) => Self::Yes,
            (same, _) => same,
        }
    }
}

/// What is asked about.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) provisions: &'a [String],
    pub(crate) instrument: &'a Instrument,
    /// One entry of what it wants; none where the question is about the whole document.
    pub(crate) wanted: Option<&'a Wanted>,
    pub(crate) circumstances: Option<&'a Circumstances>,
}

impl Predicate {
    /// Whether it holds. A group is decided by what is known in it, as far as that decides it.
    pub(crate) fn holds(&self, asked: Asked<'_>) -> Truth {
        match self {
            Self::AnyOf(group) => any(group, asked),
            Self::AllOf(group) => all(group, asked),
            Self::NoneOf(group) => any(group, asked).is(false),
            one => one.one(asked),
        }
    }

    /// Whether it, or one in it, is a group of nothing: that would hold always, or never.
    #[must_use]
    pub fn has_empty_group(&self) -> bool {
        match self {
            Self::AnyOf(group) | Self::AllOf(group) | Self::NoneOf(group) => {
                group.is_empty() || group.iter().any(Self::has_empty_group)
            }
            _ => false,
        }
    }

    fn one(&self, asked: Asked<'_>) -> Truth {
        let it = asked.instrument;
        match self {
            Self::IssuerRoleIn(roles) => among(it.issuer.role, roles),
            Self::ValidatedByIn(roles) => match &it.validator {
                None => Truth::No,
                Some(validator) => among(validator.role, roles),
            },
            Self::IssuerCountryIn(countries) => stated(&it.issuer.country, |country| has(countries, country)),
            Self::KindIn(kinds) => kinds.contains(&it.kind).into(),
            Self::SubjectIs(roles) => match it.subject_role {
                SubjectRole::Unstated => Truth::Unknown,
                role => roles.contains(&role).into(),
            },
            Self::LegalBasisKnown(wanted) => legal_basis_known(it, asked.provisions).is(*wanted),
            Self::EmergencyStated(wanted) => Truth::from(it.emergency.is_some()).is(*wanted),
            Self::EmergencyGroundIn(grounds) => {
                it.emergency.as_ref().is_some_and(|emergency| grounds.contains(&emergency.ground)).into()
            }
            Self::ValidationFollows(wanted) => {
                Truth::from(it.emergency.as_ref().is_some_and(|emergency| emergency.validation_follows))
                    .is(*wanted)
            }
            Self::NotifiedStated(wanted) => Truth::from(it.notified.is_some()).is(*wanted),
            Self::SilenceStated(wanted) => Truth::from(it.silence.is_some()).is(*wanted),
            Self::NecessityStated(wanted) => Truth::from(!it.necessity.trim().is_empty()).is(*wanted),
            Self::DateStated(wanted) => Truth::from(it.issued_at.is_some()).is(*wanted),
            Self::EarlierStated(wanted) => Truth::from(it.earlier.is_some()).is(*wanted),
            Self::AddresseeIsOurs(wanted) => addressee_is_ours(asked).is(*wanted),
            other => other.about_the_offence(it).unwrap_or_else(|| other.about_what_is_wanted(asked)),
        }
    }

    fn about_the_offence(&self, it: &Instrument) -> Option<Truth> {
        let offence = it.offence.as_ref();
        Some(match self {
            Self::OffenceStated(wanted) => {
                let said =
                    offence.is_some_and(|o| !o.text.trim().is_empty() || !o.provision.trim().is_empty());
                Truth::from(said).is(*wanted)
            }
            Self::OffenceAtLeastYears(years) => offence
                .and_then(|o| o.maximum_years)
                .map_or(Truth::Unknown, |maximum| (maximum >= *years).into()),
            Self::OffenceListed(lists) => offence
                .and_then(|o| o.listed.as_deref())
                .map_or(Truth::Unknown, |listed| names_any(listed, lists).into()),
            Self::ByNetwork(wanted) => {
                offence.and_then(|o| o.by_network).map_or(Truth::Unknown, |by| Truth::from(by).is(*wanted))
            }
            Self::OffenceInIssuingState(wanted) => offence
                .and_then(|o| o.country.as_deref())
                .map_or(Truth::Unknown, |country| stated(&it.issuer.country, |own| same(own, country)))
                .is(*wanted),
            _ => return None,
        })
    }

    fn about_what_is_wanted(&self, asked: Asked<'_>) -> Truth {
        let Some(wanted) = asked.wanted else { return Truth::Unknown };
        match self {
            Self::SpanPresent(expected) => Truth::from(wanted.span.is_some()).is(*expected),
            Self::SpanAtMost(length) => {
                wanted.span.map_or(Truth::Unknown, |span| is_at_most(span, *length).into())
            }
            Self::IdentifierKindIn(kinds) => kinds.contains(&wanted.identifier.kind).into(),
            Self::SolePurposeIdentification(expected) => Truth::from(only_identifies(wanted)).is(*expected),
            Self::ServiceIsOurs(expected) => asked
                .circumstances
                .map_or(Truth::Unknown, |here| here.serves(&wanted.identifier).into())
                .is(*expected),
            _ => Truth::Unknown,
        }
    }
}

fn any(group: &[Predicate], asked: Asked<'_>) -> Truth {
    let mut best = Truth::No;
    for one in group {
        match one.holds(asked) {
            Truth::Yes => return Truth::Yes,
            Truth::Unknown => best = Truth::Unknown,
            Truth::No => {}
        }
    }
    best
}

fn all(group: &[Predicate], asked: Asked<'_>) -> Truth {
    let mut worst = Truth::Yes;
    for one in group {
        match one.holds(asked) {
            Truth::No => return Truth::No,
            Truth::Unknown => worst = Truth::Unknown,
            Truth::Yes => {}
        }
    }
    worst
}

fn among(role: Option<IssuerRole>, roles: &[IssuerRole]) -> Truth {
    role.map_or(Truth::Unknown, |role| roles.contains(&role).into())
}

fn stated(text: &str, holds: impl Fn(&str) -> bool) -> Truth {
    if text.trim().is_empty() { Truth::Unknown } else { holds(text).into() }
}

pub(crate) fn has(texts: &[String], text: &str) -> bool {
    texts.iter().any(|one| same(one, text))
}

/// Whether two names are the same, whatever their case.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

fn legal_basis_known(it: &Instrument, provisions: &[String]) -> Truth {
    if it.legal_bases.iter().all(|basis| basis.trim().is_empty()) {
        return Truth::Unknown;
    }
    it.legal_bases.iter().any(|basis| names_any(basis, provisions)).into()
}

fn addressee_is_ours(asked: Asked<'_>) -> Truth {
    asked.circumstances.map_or(Truth::Unknown, |here| {
        stated(&asked.instrument.addressee, |addressee| has(&here.addressees, addressee))
    })
}

fn is_at_most(span: Span, length: Length) -> bool {
    span.until <= length.after(span.from)
}

fn only_identifies(wanted: &Wanted) -> bool {
    wanted
        .categories
        .iter()
        .all(|category| matches!(category, Category::Subscriber | Category::Identification))
}

impl Circumstances {
    /// Whether the identifier is one of a service of the house.
    #[must_use]
    pub fn serves(&self, identifier: &Identifier) -> bool {
        has(&self.services, &identifier.service)
    }
}
