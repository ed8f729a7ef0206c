//! One item of an incident: its shield, what is known about it, what can be concluded and done about it.

use std::time::Duration;

use vigie_app::reveals::Revealed;
use vigie_app::views::{IncidentView, ItemMatch, ItemView, Submission};
use vigie_model::action::ActionKind;
use vigie_model::incident::{ItemVerdict, RevealStep};

use super::view::{Choice, choice, measure};
use crate::fields::Fields;
use crate::visit::Desk;

/// How long a step that was looked at lets the next one be asked for.
const STEP_LIFE: Duration = Duration::from_secs(30 * 60);

/// An item, its media shielded.
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) place: usize,
    pub(crate) kind: String,
    pub(crate) has_media: bool,
    /// Whether this person has a need to see it now.
    pub(crate) may_look: bool,
    pub(crate) picture: Option<Picture>,
    pub(crate) steps: Vec<Step>,
    pub(crate) looks: usize,
    pub(crate) facts: Vec<Fact>,
    pub(crate) more: Vec<Fact>,
    /// The number of the retro-hunt that found it; empty when none did.
    pub(crate) hunt: String,
    pub(crate) is_unconfirmed: bool,
    pub(crate) words: String,
    pub(crate) matches: Vec<Match>,
    pub(crate) verdict: Option<ItemVerdict>,
    pub(crate) verdicts: Vec<Choice>,
    pub(crate) measures: Vec<Choice>,
}

/// What is shown of an item at this moment, by a single-use address.
pub(crate) struct Picture {
    pub(crate) url: String,
    pub(crate) step: RevealStep,
    pub(crate) look: String,
}

/// A step of revealing, as a button.
pub(crate) struct Step {
    pub(crate) step: RevealStep,
    pub(crate) is_open: bool,
}

/// Something that is known about an item.
pub(crate) struct Fact {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// What an item matched.
pub(crate) struct Match {
    pub(crate) bank: String,
    pub(crate) entry: i64,
    pub(crate) how: String,
}

pub(in crate::pages) fn item(
    desk: &Desk,
    told: &IncidentView,
    at: usize,
    view: &ItemView,
    fields: &Fields,
    revealed: &[Revealed],
) -> Item {
    let id = view.item.id;
    let picture = revealed.iter().find(|one| one.item == id).map(|one| Picture {
        url: one.url.clone(),
        step: one.step,
        look: one.reveal.to_string(),
    });
    let field = format!("verdict-{id}");
    let verdict = |one: &ItemVerdict| Choice {
        is_chosen: fields.text(&field) == one.name(),
        ..choice(desk, fields, "item-verdict", one.name())
    };
    Item {
        id: id.to_string(),
        place: at + 1,
        kind: desk.words.name("item-kind", view.item.kind.name()),
        has_media: view.item.media.is_some(),
        may_look: view.may_look,
        picture,
        steps: RevealStep::ALL
            .iter()
            .map(|step| Step { step: *step, is_open: is_open(desk, view, *step) })
            .collect(),
        looks: view.reveals.len(),
        facts: facts(desk, view),
        more: more_facts(desk, view),
        hunt: view.mark.map(|mark| desk.words.number(mark.number)).unwrap_or_default(),
        is_unconfirmed: view.mark.is_some_and(|mark| mark.unconfirmed),
        words: view.report.as_ref().and_then(|report| report.body.clone()).unwrap_or_default(),
        matches: matches(desk, view),
        verdict: view.item.verdict,
        verdicts: ItemVerdict::ALL.iter().map(verdict).collect(),
        measures: on_item(desk, told, view, fields).into_iter().map(|(_, choice)| choice).collect(),
    }
}

/// Whether a step can be asked for: the one before was looked at by this person shortly before.
fn is_open(desk: &Desk, view: &ItemView, step: RevealStep) -> bool {
    let Some(before) = step.before() else { return true };
    let person = desk.caller.person();
    view.reveals.iter().any(|look| {
        Some(look.person) == person && look.step == before && desk.now.since(look.shown_at) < STEP_LIFE
    })
}

/// What it matched, a line for each entry of a bank, however many of its signals did.
fn matches(desk: &Desk, view: &ItemView) -> Vec<Match> {
    let signal = |one: &ItemMatch| {
        let kind = one.receipt.get("signal").and_then(|kind| kind.as_str()).unwrap_or_default();
        kind.to_uppercase().replace("SHA", "SHA-")
    };
    let is_same = |one: &&ItemMatch, other: &ItemMatch| (one.bank, one.entry) == (other.bank, other.entry);
    let mut lines: Vec<Match> = Vec::new();
    for (at, first) in view.matches.iter().enumerate() {
        if view.matches[..at].iter().any(|earlier| is_same(&earlier, first)) {
            continue;
        }
        let of_entry = || view.matches.iter().filter(|one| is_same(one, first));
        let exact: Vec<_> = of_entry().filter(|one| one.distance == 0).map(signal).collect();
        let near = of_entry().filter(|one| one.distance > 0).map(|one| {
            format!("{} {}", signal(one), desk.words.about("item-near", &desk.words.number(one.distance)))
        });
        let identical = (!exact.is_empty()).then(|| desk.words.about("item-identical", &exact.join(", ")));
        lines.push(Match {
            bank: first.bank_name.clone().unwrap_or_default(),
            entry: first.entry,
            how: identical.into_iter().chain(near).collect::<Vec<_>>().join(", "),
        });
    }
    lines
}

/// Facts with a value, by the key of their name.
fn said(desk: &Desk, facts: Vec<(&str, Option<String>)>) -> Vec<Fact> {
    let fact = |(key, value): (&str, Option<String>)| {
        value.filter(|value| !value.is_empty()).map(|value| Fact { name: desk.words.say(key), value })
    };
    facts.into_iter().filter_map(fact).collect()
}

/// What is needed to judge an item.
fn facts(desk: &Desk, view: &ItemView) -> Vec<Fact> {
    let words = desk.words;
    let (submission, report) = (view.submission.as_ref(), view.report.as_ref());
    said(
        desk,
        vec![
            ("item-surface", submission.map(|one| words.name("surface", one.surface.name()))),
            ("item-answered", submission.map(|one| words.name("verdict", one.verdict.name()))),
            ("item-failure", submission.and_then(|one| one.failure.clone())),
            ("item-report-reason", report.map(|one| one.reason.clone())),
            ("item-report-proof", report.map(|one| words.name("proof", &one.proof))),
            ("item-account", view.origin.as_ref().and_then(|origin| origin.account.clone())),
            ("item-came", Some(words.exact(came_at(view)))),
        ],
    )
}

/// When it came in: what a retro-hunt found came in long before it was added.
fn came_at(view: &ItemView) -> vigie_model::Moment {
    let past = view.submission.as_ref().filter(|_| view.mark.is_some());
    past.map_or(view.item.added_at, |submission| submission.received_at)
}

/// What is seldom needed.
fn more_facts(desk: &Desk, view: &ItemView) -> Vec<Fact> {
    let (submission, origin) = (view.submission.as_ref(), view.origin.as_ref());
    let size =
        |one: &Submission| one.width.zip(one.height).map(|(width, height)| format!("{width} × {height}"));
    said(
        desk,
        vec![
            ("item-conversation", origin.and_then(|origin| origin.conversation.clone())),
            ("item-message", origin.and_then(|origin| origin.message.clone())),
            ("item-size", submission.and_then(size)),
            ("item-type", submission.and_then(|one| one.mime.clone())),
            (
                "item-quality",
                submission.and_then(|one| one.quality.map(|quality| desk.words.number(quality))),
            ),
        ],
    )
}

/// What can be done about an item, as far as its messenger can and the item names what it is done to.
pub(super) fn on_item(
    desk: &Desk,
    told: &IncidentView,
    view: &ItemView,
    fields: &Fields,
) -> Vec<(ActionKind, Choice)> {
    let Some(origin) = &view.origin else { return vec![] };
    let fits = |kind: &ActionKind| match kind {
        ActionKind::RemoveMessage => origin.message.is_some(),
        ActionKind::RemoveMedia => origin.media.is_some(),
        _ => false,
    };
    let id = view.item.id.to_string();
    let kinds = told.capabilities.iter().filter(|kind| fits(kind));
    kinds.map(|kind| (*kind, measure(desk, fields, *kind, &id))).collect()
}
