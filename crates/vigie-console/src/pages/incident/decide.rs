//! The form of a decision: labels, a verdict for each item, what is done, and why.

use vigie_app::decisions::{Conclusion, Measure};
use vigie_app::{Code, Error, Result};
use vigie_model::bank::Label;
use vigie_model::id::ItemId;
use vigie_model::incident::Finding;

use crate::fields::Fields;

/// The labels that a decision can carry: vocabulary and code, as hotlines use them (NCMEC's industry classification,
/// INHOPE's baseline). Their order gives them their number key.
pub(in crate::pages) const LABELS: [(&str, &str); 6] = [
    ("ncmec", "A1"),
    ("ncmec", "A2"),
    ("ncmec", "B1"),
    ("ncmec", "B2"),
    ("inhope", "baseline"),
    ("inhope", "national"),
];

/// What the form says. Items without a verdict are left out: the use case says that they are missing. A verdict on all the
/// others holds for those alone that the page showed, never for what came in since.
pub(in crate::pages) fn conclusion(
    fields: &Fields,
    items: impl Iterator<Item = ItemId>,
) -> Result<Conclusion> {
    let outcome = fields.text("outcome").parse();
    let outcome = outcome.map_err(|_| Error::new(Code::InvalidValue, "choose what you conclude"))?;
    let known: Vec<ItemId> = fields.parsed("known").collect();
    let finding = |item: ItemId| {
        let own = fields.text(&format!("verdict-{item}")).parse().ok();
        let of_others =
            || known.contains(&item).then(|| fields.text("verdict-others").parse().ok()).flatten();
        Some(Finding { item, verdict: own.or_else(of_others)? })
    };
    Ok(Conclusion {
        outcome,
        labels: fields.all("label").filter_map(label).collect(),
        reason: fields.text("reason").to_owned(),
        findings: items.filter_map(finding).collect(),
        actions: fields.all("measure").filter_map(measure).collect(),
    })
}

/// `SCHEME:CODE`, as the form writes it.
fn label(text: &str) -> Option<Label> {
    let (scheme, code) = text.split_once(':')?;
    LABELS.contains(&(scheme, code)).then(|| Label { scheme: scheme.to_owned(), code: code.to_owned() })
}

/// `KIND:ITEM`, or `KIND:` for what the incident is about, as the form writes it.
pub(super) fn measure(text: &str) -> Option<Measure> {
    let (kind, item) = text.split_once(':')?;
    let item = if item.is_empty() { None } else { Some(item.parse().ok()?) };
    Some(Measure { kind: kind.parse().ok()?, item })
}

#[cfg(test)]
mod tests {
    use vigie_model::action::ActionKind;
    use vigie_model::incident::{ItemVerdict, Outcome};

    use super::*;

    #[test]
    fn what_was_chosen_is_read_and_what_was_not_offered_is_not() {
        let item: ItemId = "00000000-0000-0000-0000-000000000001".parse().unwrap();
        let other: ItemId = "00000000-0000-0000-0000-000000000002".parse().unwrap();
        let verdict = format!("verdict-{item}");
        let remove = format!("remove_message:{item}");
        let fields = Fields::of(&[
            ("outcome", "violating"),
            ("label", "ncmec:A1"),
            ("label", "own:Z9"),
            (&verdict, "violating"),
            ("measure", &remove),
            ("measure", "suspend_account:"),
            ("reason", "seen"),
        ]);
        let read = conclusion(&fields, [item, other].into_iter()).unwrap();
        assert_eq!(read.outcome, Outcome::Violating);
        assert_eq!(read.labels.len(), 1);
        assert_eq!(read.findings, [Finding { item, verdict: ItemVerdict::Violating }]);
        let kinds: Vec<_> = read.actions.iter().map(|measure| (measure.kind, measure.item)).collect();
        assert_eq!(kinds, [(ActionKind::RemoveMessage, Some(item)), (ActionKind::SuspendAccount, None)]);
        assert!(conclusion(&Fields::default(), [item].into_iter()).is_err());
    }

    #[test]
    fn a_verdict_on_the_others_holds_for_what_was_shown_alone() {
        let ids = ["1", "2", "3"].map(|end| format!("00000000-0000-0000-0000-00000000000{end}"));
        let [own, shown, since] = ids.clone().map(|id| id.parse::<ItemId>().unwrap());
        let verdict = format!("verdict-{own}");
        let fields = Fields::of(&[
            ("outcome", "violating"),
            (&verdict, "unclear"),
            ("verdict-others", "violating"),
            ("known", &ids[0]),
            ("known", &ids[1]),
        ]);
        let read = conclusion(&fields, [own, shown, since].into_iter()).unwrap();
        let found: Vec<_> = read.findings.iter().map(|one| (one.item, one.verdict)).collect();
        assert_eq!(found, [(own, ItemVerdict::Unclear), (shown, ItemVerdict::Violating)]);
    }
}
