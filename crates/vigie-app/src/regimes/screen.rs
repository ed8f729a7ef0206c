//! The human-rights screen: what makes a senior legal officer and the data protection officer look before anything leaves.
//!
//! What it is: alarms, each with its source, from a table of the operator's and what the desk knows. What it is not: a
//! refusal. The table is the operator's own and versioned; none is shipped but an example with invented countries.

use serde::{Deserialize, Serialize};
use vigie_model::disclosure::{Category, Identifier, Instrument, Offence};

use super::load::{RegimeError, unreadable};
use super::predicate::same;
use super::provisions::names_any;
use super::rules::Text;

vigie_model::names! {
    /// Why people are to look.
    pub enum AlarmKind {
        /// The table has a concern about the issuing state.
        IssuingState => "issuing_state",
        /// What is prosecuted is not punishable here, as far as the table knows.
        DualCriminality => "dual_criminality",
        /// Somebody asked about is protected: a lawyer, a journalist, a doctor.
        PrivilegedOrPress => "privileged_or_press",
        /// It asks about many.
        ManyTargets => "many_targets",
        /// What is prosecuted is none of the offences for which the house discloses.
        OffenceMismatch => "offence_mismatch",
    }
}

vigie_model::names! {
    /// How grave the concern about a state is. Ordered.
    pub enum ConcernLevel {
        /// It was looked at, and there is none.
        None => "none",
        /// It is watched.
        Watch => "watch",
        /// It is grave.
        High => "high",
    }
}

/// The operator's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConcernTable {
    /// Its version, from 1.
    pub version: u32,
    /// Since when it stands: a calendar day.
    pub date: String,
    /// The country whose law the house follows: two letters, ISO 3166-1.
    pub home: String,
    /// How many people a request may be about before somebody looks.
    pub many_targets: u32,
    /// For which offences the house discloses, as documents name them; empty for no such limit.
    #[serde(default)]
    pub scope: Vec<String>,
    /// Which offences are punishable here, as documents name them; empty where that is not recorded.
    #[serde(default)]
    pub punishable_here: Vec<String>,
    /// States.
    #[serde(default)]
    pub state: Vec<StateConcern>,
}

/// What the table says of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateConcern {
    /// Two letters, ISO 3166-1.
    pub country: String,
    /// How grave.
    pub concern: ConcernLevel,
    /// Why.
    pub reason: Text,
    /// Who says so.
    pub source: String,
    /// When that was entered: a calendar day.
    pub date: String,
}

impl ConcernTable {
    /// Reads a table.
    ///
    /// # Errors
    /// It cannot be read, names a state twice, or says of one nothing that could be checked.
    pub fn read(file: &str, text: &str) -> Result<Self, RegimeError> {
        let table: Self = toml::from_str(text).map_err(|error| unreadable(file, &error))?;
        let senseless =
            |place: &str, why| RegimeError::Senseless { file: file.to_owned(), place: place.to_owned(), why };
        if table.version == 0 {
            return Err(senseless("version", "the first is 1"));
        }
        if table.many_targets == 0 {
            return Err(senseless("many_targets", "every request is about somebody"));
        }
        for (number, state) in table.state.iter().enumerate() {
            if state.source.trim().is_empty() {
                return Err(RegimeError::NoSource { file: file.to_owned(), place: state.country.clone() });
            }
            if table.state.iter().take(number).any(|earlier| same(&earlier.country, &state.country)) {
                return Err(RegimeError::Twice { file: file.to_owned(), name: state.country.clone() });
            }
        }
        Ok(table)
    }

    fn of(&self, country: &str) -> Option<&StateConcern> {
        self.state.iter().find(|state| same(&state.country, country))
    }

    fn name(&self) -> String {
        format!("table of concerns, version {} of {}", self.version, self.date)
    }
}

/// The table, and what the desk knows of this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerns {
    /// The operator's table.
    pub table: ConcernTable,
    /// Who is known to be protected.
    pub protected: Vec<Identifier>,
    /// How many people the identifiers mean, where that was looked up.
    pub targets: Option<u32>,
}

/// Why people are to look before anything leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// Why.
    pub kind: AlarmKind,
    /// What a person reads.
    pub text: Text,
    /// On what it rests.
    pub source: String,
}

/// What makes people look at what a document wants of a category. With any alarm, a senior legal officer and the data
/// protection officer both do.
#[must_use]
pub fn screen(instrument: &Instrument, category: Category, concerns: &Concerns) -> Vec<Alarm> {
    if !instrument.wanted.iter().any(|wanted| wanted.categories.contains(&category)) {
        return Vec::new();
    }
    let alarms = [
        issuing_state(instrument, &concerns.table),
        dual_criminality(instrument, &concerns.table),
        protected(instrument, category, concerns),
        many_targets(instrument, category, concerns),
        offence_mismatch(instrument, &concerns.table),
    ];
    alarms.into_iter().flatten().collect()
}

fn issuing_state(instrument: &Instrument, table: &ConcernTable) -> Option<Alarm> {
    let countries = [Some(&instrument.issuer), instrument.validator.as_ref()];
    let states = countries.into_iter().flatten().filter_map(|office| table.of(&office.country));
    let state =
        states.max_by_key(|state| state.concern).filter(|state| state.concern > ConcernLevel::None)?;
    Some(Alarm {
        kind: AlarmKind::IssuingState,
        text: state.reason.clone(),
        source: format!("{} ({}; {})", state.source, state.date, table.name()),
    })
}

fn dual_criminality(instrument: &Instrument, table: &ConcernTable) -> Option<Alarm> {
    let offence = instrument.offence.as_ref()?;
    let foreign = !same(&instrument.issuer.country, &table.home);
    let known = table.punishable_here.is_empty() || is_named(offence, &table.punishable_here);
    (foreign && !known).then(|| Alarm {
        kind: AlarmKind::DualCriminality,
        text: Text::new(
            "What is prosecuted abroad is not among what is known to be punishable here.",
            "Ce qui est poursuivi à l'étranger n'est pas parmi ce que l'on sait punissable ici.",
        ),
        source: table.name(),
    })
}

fn protected(instrument: &Instrument, category: Category, concerns: &Concerns) -> Option<Alarm> {
    let named = |identifier: &Identifier| {
        concerns.protected.iter().any(|one| {
            one.kind == identifier.kind
                && same(&one.value, &identifier.value)
                && same(&one.service, &identifier.service)
        })
    };
    let asked = instrument.wanted.iter().filter(|wanted| wanted.categories.contains(&category));
    asked.map(|wanted| &wanted.identifier).any(named).then(|| Alarm {
        kind: AlarmKind::PrivilegedOrPress,
        text: Text::new(
            "Somebody asked about is known to be protected: a lawyer, a journalist, a doctor or the like.",
            "Une personne visée est connue comme protégée : avocat, journaliste, médecin ou semblable.",
        ),
        source: "known at the desk".to_owned(),
    })
}

fn many_targets(instrument: &Instrument, category: Category, concerns: &Concerns) -> Option<Alarm> {
    let asked = instrument.wanted.iter().filter(|wanted| wanted.categories.contains(&category));
    let named: u32 = asked.map(|wanted| wanted.cap.unwrap_or(1).max(1)).fold(0, u32::saturating_add);
    let targets = named.max(concerns.targets.unwrap_or(0));
    (targets > concerns.table.many_targets).then(|| Alarm {
        kind: AlarmKind::ManyTargets,
        text: Text::new(
            format!("It asks about up to {targets} people."),
            format!("Il vise jusqu'à {targets} personnes."),
        ),
        source: concerns.table.name(),
    })
}

fn offence_mismatch(instrument: &Instrument, table: &ConcernTable) -> Option<Alarm> {
    let offence = instrument.offence.as_ref()?;
    let fits = table.scope.is_empty() || is_named(offence, &table.scope);
    (!fits).then(|| Alarm {
        kind: AlarmKind::OffenceMismatch,
        text: Text::new(
            "What is prosecuted is none of the offences for which the house discloses.",
            "Ce qui est poursuivi n'est aucune des infractions pour lesquelles la maison divulgue.",
        ),
        source: table.name(),
    })
}

/// Whether an offence is one of these, by its text, its provision or its list.
pub(crate) fn is_named(offence: &Offence, names: &[String]) -> bool {
    [Some(&offence.text), Some(&offence.provision), offence.listed.as_ref()]
        .into_iter()
        .flatten()
        .any(|text| names_any(text, names))
}
