//! Quality: how far two reviewers agree, and how often the hits of a bank turn out to be none.
//!
//! Agreement about the outcome is the share of the same answers, with Cohen's kappa beside it, which takes off what chance
//! alone would give (J. Cohen, "A Coefficient of Agreement for Nominal Scales", Educational and Psychological Measurement
//! 20, 1960). Kappa misleads where one answer is rare (A. Feinstein and D. Cicchetti, "High agreement but low kappa: I",
//! Journal of Clinical Epidemiology 43, 1990), so labels have the measure that paper's second part proposes instead:
//! positive agreement, twice the number both gave over the sum of how often each gave it. Shares of fewer than
//! [`FEW`] are said to rest on small numbers.

use std::time::Duration;

use vigie_model::bank::{BankName, Label};
use vigie_model::id::BankId;
use vigie_model::incident::Outcome;
use vigie_model::{Caller, Operation};
pub use vigie_store::items::Judged;
pub use vigie_store::rereadings::Compared;
use vigie_store::{Read, banks, items, rereadings};

use crate::{App, Resource, Result, authorise, permits};

/// A share of fewer than these says little.
pub const FEW: i64 = 20;
/// How far back conclusions are compared.
pub const DAYS: u32 = 90;

/// What is known of the quality of decisions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quality {
    /// How far two reviewers agreed within the last [`DAYS`] days.
    pub agreement: Agreement,
    /// How items that matched were judged, by bank and its name; empty for callers who may not read banks.
    pub banks: Vec<(BankId, BankName, Judged)>,
}

/// How far two reviewers agreed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Agreement {
    /// How many decisions were read again.
    pub compared: i64,
    /// In how many both came to the same outcome.
    pub same: i64,
    /// Cohen's kappa of the outcome; none where chance alone explains everything, as when nobody ever dismissed.
    pub kappa: Option<f64>,
    /// Each label that one of them gave, by name.
    pub labels: Vec<LabelAgreement>,
}

/// How far two reviewers agreed about a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelAgreement {
    /// The label.
    pub label: Label,
    /// How often both gave it.
    pub both: i64,
    /// How often one of them alone did.
    pub one: i64,
}

impl LabelAgreement {
    /// Positive agreement, 0.0 to 1.0.
    #[must_use]
    pub fn share(&self) -> f64 {
        ratio(2 * self.both, 2 * self.both + self.one).unwrap_or(0.0)
    }
}

impl Agreement {
    /// Compares conclusions.
    #[must_use]
    pub fn of(pairs: &[Compared]) -> Self {
        let count = |wanted: (Outcome, Outcome)| {
            i64::try_from(pairs.iter().filter(|pair| pair.outcomes == wanted).count()).unwrap_or(i64::MAX)
        };
        let (yes, no) = (Outcome::Violating, Outcome::Dismissed);
        let table = [[count((yes, yes)), count((yes, no))], [count((no, yes)), count((no, no))]];
        let mut labels: Vec<LabelAgreement> = Vec::new();
        for label in pairs.iter().flat_map(|pair| pair.labels.0.iter().chain(&pair.labels.1)) {
            if labels.iter().all(|known| known.label != *label) {
                labels.push(label_agreement(label, pairs));
            }
        }
        labels.sort_by_key(|one| one.label.to_string());
        Self {
            compared: table.iter().flatten().sum(),
            same: table[0][0] + table[1][1],
            kappa: kappa(table),
            labels,
        }
    }
}

fn label_agreement(label: &Label, pairs: &[Compared]) -> LabelAgreement {
    let mut counted = LabelAgreement { label: label.clone(), both: 0, one: 0 };
    for pair in pairs {
        match (pair.labels.0.contains(label), pair.labels.1.contains(label)) {
            (true, true) => counted.both += 1,
            (false, false) => {}
            _ => counted.one += 1,
        }
    }
    counted
}

/// Cohen's kappa of two answers: `table[first][second]`.
fn kappa(table: [[i64; 2]; 2]) -> Option<f64> {
    let all: i64 = table.iter().flatten().sum();
    let observed = ratio(table[0][0] + table[1][1], all)?;
    let by_chance: f64 = (0..2)
        .map(|answer| {
            let first = ratio(table[answer].iter().sum(), all).unwrap_or(0.0);
            let second = ratio(table[0][answer] + table[1][answer], all).unwrap_or(0.0);
            first * second
        })
        .sum();
    (by_chance < 1.0).then(|| (observed - by_chance) / (1.0 - by_chance))
}

/// A share of a whole; none of nothing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of decisions are far below 2^52")]
pub fn ratio(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl App {
    /// How items that matched a bank were judged.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn judged_of_bank(&self, caller: &Caller, bank: BankId) -> Result<Judged> {
        authorise(caller, Operation::ReadBanks, Resource::Any)?;
        let all = items::judged_by_bank(&mut self.store.read().await?).await?;
        Ok(all.into_iter().find(|(one, _)| *one == bank).map(|(_, judged)| judged).unwrap_or_default())
    }

    /// What the overview shows of quality.
    pub(crate) async fn quality(&self, caller: &Caller, read: &mut impl Read) -> Result<Quality> {
        let since = self.now().before(Duration::from_secs(u64::from(DAYS) * 24 * 60 * 60));
        let agreement = Agreement::of(&rereadings::compared(read, since).await?);
        let mut named = Vec::new();
        if permits(caller, Operation::ReadBanks, Resource::Any) {
            for (id, judged) in items::judged_by_bank(read).await? {
                let bank = banks::find(read, id).await?;
                named.extend(bank.map(|bank| (id, bank.name, judged)));
            }
            named.sort_by(|one, other| one.1.cmp(&other.1));
        }
        Ok(Quality { agreement, banks: named })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many pairs of outcomes: both violating, the first alone, the second alone, neither.
    fn pairs(counts: [usize; 4]) -> Vec<Compared> {
        let (yes, no) = (Outcome::Violating, Outcome::Dismissed);
        let outcomes = [(yes, yes), (yes, no), (no, yes), (no, no)];
        let each = outcomes.into_iter().zip(counts);
        each.flat_map(|(outcomes, count)| vec![Compared { outcomes, labels: (vec![], vec![]) }; count])
            .collect()
    }

    #[track_caller]
    fn check(counts: [usize; 4], same: i64, kappa: Option<f64>) {
        let agreement = Agreement::of(&pairs(counts));
        assert_eq!(agreement.same, same);
        let rounded = agreement.kappa.map(|kappa| (kappa * 100.0).round() / 100.0);
        assert_eq!(rounded, kappa);
    }

    #[test]
    fn kappa_is_that_of_the_published_tables() {
        // Feinstein and Cicchetti 1990, tables with the same share of agreement and different kappa.
        check([40, 9, 6, 45], 85, Some(0.70));
        check([80, 10, 5, 5], 85, Some(0.32));
        check([0, 5, 5, 0], 0, Some(-1.0));
        check([9, 0, 0, 0], 9, None);
        check([0; 4], 0, None);
    }

    #[test]
    fn labels_are_compared_where_one_of_both_gave_them() {
        let label = |text: &str| text.parse::<Label>().unwrap();
        let pair = |first: &[&str], second: &[&str]| Compared {
            outcomes: (Outcome::Violating, Outcome::Violating),
            labels: (
                first.iter().map(|one| label(one)).collect(),
                second.iter().map(|one| label(one)).collect(),
            ),
        };
        let agreement = Agreement::of(&[
            pair(&["ncmec:B1", "ncmec:A1"], &["ncmec:A1"]),
            pair(&["ncmec:A1"], &["ncmec:A1"]),
            pair(&["ncmec:A1"], &["ncmec:A2"]),
            pair(&[], &[]),
        ]);
        let counted: Vec<_> =
            agreement.labels.iter().map(|one| (one.label.code.as_str(), one.both, one.one)).collect();
        assert_eq!(counted, [("A1", 2, 1), ("A2", 0, 1), ("B1", 0, 1)]);
        assert!((agreement.labels[0].share() - 0.8).abs() < 1e-9);
        assert!(agreement.labels[1].share().abs() < 1e-9);
    }
}
