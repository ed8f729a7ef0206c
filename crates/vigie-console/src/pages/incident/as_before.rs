//! What would be decided about an incident without a look: the earlier decisions, what followed from them, and the form.

use std::collections::HashMap;

use vigie_app::decisions::Measure;
use vigie_app::decisions::as_before::AsBefore;
use vigie_app::views::IncidentView;
use vigie_model::id::PersonId;
use vigie_model::incident::{Decision, ItemVerdict, Outcome};

use super::view::{Choice, on_subject};
use crate::fields::Fields;
use crate::pages::actions;
use crate::parts::When;
use crate::visit::Desk;

/// The offer to decide as before.
pub(crate) struct Offer {
    pub(crate) outcome: Outcome,
    pub(crate) labels: String,
    pub(crate) earlier: Vec<Earlier>,
    pub(crate) receipts: Vec<actions::Row>,
    pub(crate) measures: Vec<Choice>,
    pub(crate) reason: String,
}

/// An earlier decision about the very same bytes.
pub(crate) struct Earlier {
    pub(crate) incident: String,
    pub(crate) outcome: Outcome,
    pub(crate) by: String,
    pub(crate) when: When,
    pub(crate) labels: String,
    pub(crate) reason: String,
}

/// Makes the offer. `fields` is what was filled in before, where the form is shown again.
pub(super) fn offer(
    desk: &Desk,
    told: &IncidentView,
    before: &AsBefore,
    names: &HashMap<PersonId, String>,
    fields: &Fields,
) -> Offer {
    let earlier = |decision: &Decision| Earlier {
        incident: decision.incident.to_string(),
        outcome: decision.outcome,
        by: names.get(&decision.decided_by).cloned().unwrap_or_default(),
        when: When::new(desk.words, decision.decided_at, desk.now),
        labels: super::view::labels_in_words(&decision.labels),
        reason: decision.reason.clone(),
    };
    let is_again = !fields.text("as-before").is_empty();
    Offer {
        outcome: before.outcome,
        labels: super::view::labels_in_words(&before.labels),
        earlier: before.decisions.iter().map(earlier).collect(),
        receipts: before.actions.iter().map(|action| actions::row(desk, action, names)).collect(),
        measures: measures(desk, told, before, fields, is_again),
        reason: if is_again { fields.text("reason").to_owned() } else { before.reason.clone() },
    }
}

/// What can be done about each item that violates, and about the subject; what was done before is chosen to begin with.
fn measures(
    desk: &Desk,
    told: &IncidentView,
    before: &AsBefore,
    fields: &Fields,
    is_again: bool,
) -> Vec<Choice> {
    let mut choices = Vec::new();
    for (place, view) in told.items.iter().enumerate() {
        let id = view.item.id;
        let violates =
            before.findings.iter().any(|one| one.item == id && one.verdict == ItemVerdict::Violating);
        if !violates {
            continue;
        }
        for (kind, choice) in super::item::on_item(desk, told, view, fields) {
            let was_done = before.measures.contains(&Measure { kind, item: Some(id) });
            let named = [("place", (place + 1).into()), ("action", choice.title.clone().into())];
            choices.push(Choice {
                title: desk.words.say_with("as-before-measure", named),
                is_chosen: if is_again { choice.is_chosen } else { was_done },
                ..choice
            });
        }
    }
    if before.outcome == Outcome::Violating {
        choices.extend(on_subject(desk, told, fields));
    }
    choices
}

/// A measure that no longer fits an item that came in since is refused by the use case, not here.
pub(super) fn chosen(fields: &Fields) -> Vec<Measure> {
    fields.all("measure").filter_map(super::decide::measure).collect()
}
