//! The house policy: what a house asks of a request that does not bind it. It narrows what is given of the house's own will,
//! and never a binding order.

use serde::{Deserialize, Serialize};
use vigie_model::disclosure::{Instrument, IssuerRole, RefusalGround, SubjectRole};

use super::load::{RegimeError, unreadable};
use super::remedy::Remedy;
use super::rules::{RuleSet, Text};
use super::screen::is_named;
use super::validate::Finding;

/// What a house asks before it gives anything of its own will.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HousePolicy {
    /// Its version, from 1.
    pub version: u32,
    /// A judge, court or prosecutor issued or validated it.
    pub judicial_origin: bool,
    /// The person asked about is a suspect.
    pub suspect: bool,
    /// What is prosecuted is one of these, as documents name it; empty for no such limit.
    #[serde(default)]
    pub offences: Vec<String>,
    /// Whether all that holds in an emergency too.
    #[serde(default)]
    pub in_emergencies: bool,
}

impl HousePolicy {
    /// Reads a policy.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(file: &str, text: &str) -> Result<Self, RegimeError> {
        let policy: Self = toml::from_str(text).map_err(|error| unreadable(file, &error))?;
        if policy.version == 0 {
            let (file, place, why) = (file.to_owned(), "version".to_owned(), "the first is 1");
            return Err(RegimeError::Senseless { file, place, why });
        }
        Ok(policy)
    }

    /// What the policy has against a request that does not bind; nothing, always, against one that does.
    #[must_use]
    pub fn narrows(&self, rules: &RuleSet, instrument: &Instrument) -> Option<Finding> {
        let exempt = instrument.emergency.is_some() && !self.in_emergencies;
        if rules.binding || rules.own_duty || exempt {
            return None;
        }
        let refuse = Remedy::Refuse(RefusalGround::HousePolicy);
        if self.judicial_origin && !is_judicial(instrument) {
            return Some(self.finding("house_judicial_origin", refuse));
        }
        if self.suspect {
            match instrument.subject_role {
                SubjectRole::Suspect => {}
                SubjectRole::Unstated => return Some(self.finding("house_suspect", Remedy::Clarify)),
                _ => return Some(self.finding("house_suspect", refuse)),
            }
        }
        match &instrument.offence {
            _ if self.offences.is_empty() => None,
            None => Some(self.finding("house_offence", Remedy::Clarify)),
            Some(offence) if is_named(offence, &self.offences) => None,
            Some(_) => Some(self.finding("house_offence", refuse)),
        }
    }

    fn finding(&self, test: &str, remedy: Remedy) -> Finding {
        let what = match test {
            "house_judicial_origin" => Text::new(
                "The house gives nothing of its own will that no judge, court or prosecutor asks for.",
                "La maison ne donne rien de son gré que ne demande un juge, un tribunal ou un procureur.",
            ),
            "house_suspect" => Text::new(
                "The house gives nothing of its own will about somebody who is not a suspect.",
                "La maison ne donne rien de son gré sur une personne qui n'est pas suspecte.",
            ),
            _ => Text::new(
                "The house gives nothing of its own will for an offence that its policy does not name.",
                "La maison ne donne rien de son gré pour une infraction que sa politique ne nomme pas.",
            ),
        };
        let law = format!("house policy, version {}", self.version);
        Finding { test: test.to_owned(), law, confirm: false, what, remedy }
    }
}

fn is_judicial(instrument: &Instrument) -> bool {
    use IssuerRole::{Court, InvestigatingJudge, Judge, Prosecutor};
    let roles = [instrument.issuer.role, instrument.validator.as_ref().and_then(|office| office.role)];
    roles.into_iter().flatten().any(|role| matches!(role, Judge | Court | InvestigatingJudge | Prosecutor))
}
