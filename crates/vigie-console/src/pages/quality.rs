//! What the overview and the page of a bank show of quality: counts beside every share, and small numbers said to be small.

use vigie_app::quality::{FEW, Judged, Quality, ratio};
use vigie_model::bank::BankName;
use vigie_model::id::BankId;

use super::incident;
use crate::language::{Language, Words};

/// How far two reviewers agree, and how often hits turn out to be none.
pub(crate) struct View {
    pub(crate) compared: String,
    pub(crate) same: String,
    /// Empty while nothing was compared.
    pub(crate) share: String,
    /// Empty where chance alone explains everything.
    pub(crate) kappa: String,
    pub(crate) is_few: bool,
    pub(crate) labels: Vec<LabelRow>,
    pub(crate) banks: Vec<BankRow>,
}

/// How far two reviewers agree about a label.
pub(crate) struct LabelRow {
    pub(crate) label: String,
    pub(crate) both: String,
    pub(crate) one: String,
    pub(crate) share: String,
    pub(crate) is_few: bool,
}

/// How items that matched a bank were judged.
pub(crate) struct BankRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) judged: String,
    pub(crate) not_violating: String,
    /// Empty while nothing was judged.
    pub(crate) share: String,
    pub(crate) unclear: String,
    pub(crate) is_few: bool,
}

pub(super) fn view(words: Words, quality: &Quality) -> View {
    let agreement = &quality.agreement;
    let label = |one: &vigie_app::quality::LabelAgreement| LabelRow {
        label: incident::labels_in_words(std::slice::from_ref(&one.label)),
        both: words.number(one.both),
        one: words.number(one.one),
        share: words.percent(one.share()),
        is_few: one.both + one.one < FEW,
    };
    View {
        compared: words.number(agreement.compared),
        same: words.number(agreement.same),
        share: share(words, agreement.same, agreement.compared),
        kappa: agreement.kappa.map(|kappa| decimal(words, kappa)).unwrap_or_default(),
        is_few: agreement.compared < FEW,
        labels: agreement.labels.iter().map(label).collect(),
        banks: quality.banks.iter().map(|(id, name, judged)| bank_row(words, *id, name, judged)).collect(),
    }
}

pub(super) fn bank_row(words: Words, id: BankId, name: &BankName, judged: &Judged) -> BankRow {
    let clear = judged.violating + judged.not_violating;
    BankRow {
        id: id.to_string(),
        name: name.to_string(),
        judged: words.number(clear + judged.unclear),
        not_violating: words.number(judged.not_violating),
        share: share(words, judged.not_violating, clear),
        unclear: words.number(judged.unclear),
        is_few: clear < FEW,
    }
}

fn share(words: Words, part: i64, whole: i64) -> String {
    ratio(part, whole).map(|share| words.percent(share)).unwrap_or_default()
}

fn decimal(words: Words, number: f64) -> String {
    let text = format!("{number:.2}");
    match words.0 {
        Language::English => text,
        Language::French => text.replace('.', ","),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_stands_beside_its_counts_and_small_numbers_are_said_to_be_small() {
        let name: BankName = "KNOWN".parse().unwrap();
        let id = BankId(uuid::Uuid::nil());
        let row = |judged: Judged| bank_row(Words(Language::French), id, &name, &judged);
        let many = row(Judged { violating: 30, not_violating: 10, unclear: 2 });
        assert_eq!((many.judged.as_str(), many.share.as_str(), many.is_few), ("42", "25\u{202f}%", false));
        let few = row(Judged { violating: 0, not_violating: 1, unclear: 30 });
        assert_eq!((few.share.as_str(), few.is_few), ("100\u{202f}%", true));
        assert_eq!(row(Judged::default()).share, "");
        assert_eq!(decimal(Words(Language::French), 0.704), "0,70");
    }
}
