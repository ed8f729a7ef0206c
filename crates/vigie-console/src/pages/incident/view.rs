//! What the page of an incident shows.

use std::collections::HashMap;

use askama::Template;
use vigie_app::reveals::Revealed;
use vigie_app::views::IncidentView;
use vigie_app::{Resource, permits};
use vigie_model::Operation;
use vigie_model::action::ActionKind;
use vigie_model::bank::Label;
use vigie_model::id::PersonId;
use vigie_model::incident::{Decision, Incident, IncidentState, ItemVerdict, Outcome, Severity, SubjectKind};

use super::as_before::{Offer, offer};
use super::decide::LABELS;
use super::item::{Item, item};
use crate::failure::Problem;
use crate::fields::Fields;
use crate::frame::Frame;
use crate::pages::{actions, queue};
use crate::parts::{Identifier, TimeLeft, When};
use crate::section::Section;
use crate::visit::Desk;

#[derive(Template)]
#[template(path = "incident.html")]
pub(crate) struct Page {
    pub(crate) frame: Frame,
    pub(crate) id: String,
    /// Where the forms of the items begin.
    pub(crate) base: String,
    pub(crate) state: IncidentState,
    pub(crate) severity: Severity,
    pub(crate) child_at_risk: bool,
    /// Whether a retro-hunt found something of it.
    pub(crate) is_retrospective: bool,
    pub(crate) subject: Subject,
    pub(crate) opened: When,
    pub(crate) updated: When,
    pub(crate) holder: String,
    pub(crate) lease_left: String,
    pub(crate) is_held_by_caller: bool,
    pub(crate) is_held_by_another: bool,
    pub(crate) may_claim: bool,
    pub(crate) may_reverse: bool,
    pub(crate) fence: i64,
    pub(crate) escalation: Option<Escalation>,
    pub(crate) items: Vec<Item>,
    pub(crate) shown: Vec<String>,
    pub(crate) labels: Vec<Choice>,
    pub(crate) outcomes: Vec<Choice>,
    pub(crate) others: Vec<Choice>,
    pub(crate) measures: Vec<Choice>,
    pub(crate) reason: String,
    pub(crate) decisions: Vec<Decided>,
    pub(crate) actions: Vec<actions::Row>,
    pub(crate) earlier: Vec<queue::Row>,
    pub(crate) wave: String,
    pub(crate) wave_number: String,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) may_act: bool,
    pub(crate) as_before: Option<Offer>,
    pub(crate) problem: Option<Problem>,
}

/// Whom or what the incident is about.
pub(crate) struct Subject {
    pub(crate) kind: SubjectKind,
    pub(crate) name: String,
    pub(crate) service: String,
    pub(crate) reference: Identifier,
    pub(crate) reach: String,
}

/// Why it went to a senior reviewer.
pub(crate) struct Escalation {
    pub(crate) by: String,
    pub(crate) when: When,
    pub(crate) reason: String,
}

/// Something that can be chosen in the form.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) title: String,
    pub(crate) meaning: String,
    pub(crate) is_chosen: bool,
    pub(crate) needs_second: bool,
}

/// A decision that was made.
pub(crate) struct Decided {
    pub(crate) id: String,
    pub(crate) outcome: Outcome,
    pub(crate) by: String,
    pub(crate) when: When,
    pub(crate) labels: String,
    pub(crate) reason: String,
    /// Whether it was made as an earlier one, without a look.
    pub(crate) is_as_before: bool,
    pub(crate) reversed: Option<(String, When, String)>,
}

/// An alarm on the incident, with what can be done at once.
pub(crate) struct Alarm {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) is_running: bool,
    pub(crate) reason: String,
    pub(crate) raised_by: String,
    pub(crate) raised: When,
    pub(crate) limits: Vec<(String, TimeLeft)>,
}

/// Everything of the page.
pub(super) async fn page_of(
    desk: &Desk,
    told: &IncidentView,
    names: &HashMap<PersonId, String>,
    fields: &Fields,
    revealed: &[Revealed],
    done: &str,
    problem: Option<Problem>,
) -> Page {
    let incident = &told.incident;
    let lease = incident.lease.filter(|lease| lease.until > desk.now);
    let is_own = lease.is_some_and(|lease| Some(lease.holder) == desk.caller.person());
    let title = desk.words.say_with("incident-title", [("number", incident.number.into())]);
    let mut frame = Frame::of(desk.visit(), Section::Queue, title).await;
    frame.incident = incident.id.to_string();
    let permitted = |operation| permits(&desk.caller, operation, Resource::Any);
    let needed = match incident.state {
        IncidentState::Escalated => Operation::ReviewEscalated,
        _ => Operation::ReviewIncidents,
    };
    let when = |moment| When::new(desk.words, moment, desk.now);
    let name = |id: PersonId| names.get(&id).cloned().unwrap_or_default();
    Page {
        frame: frame.below("queue-title", "/queue").noting(done),
        id: incident.id.to_string(),
        base: format!("/incidents/{}", incident.id),
        state: incident.state,
        severity: incident.severity,
        child_at_risk: incident.child_at_risk,
        is_retrospective: told.items.iter().any(|item| item.mark.is_some()),
        subject: subject(desk, incident),
        opened: when(incident.opened_at),
        updated: when(incident.updated_at),
        holder: lease.map(|lease| name(lease.holder)).unwrap_or_default(),
        // A lease that ends is no alarm: it is said in plain words.
        lease_left: lease
            .map(|lease| desk.words.about("time-left", &desk.words.length(lease.until.since(desk.now))))
            .unwrap_or_default(),
        is_held_by_caller: is_own,
        is_held_by_another: lease.is_some() && !is_own,
        may_claim: lease.is_none() && incident.state.is_waiting() && permitted(needed),
        may_reverse: permitted(Operation::ReverseDecisions),
        fence: lease.map_or(-1, |lease| lease.fence),
        escalation: incident.escalation.as_ref().map(|one| Escalation {
            by: name(one.by),
            when: when(one.at),
            reason: one.reason.clone(),
        }),
        items: told
            .items
            .iter()
            .enumerate()
            .map(|(at, one)| item(desk, told, at, one, fields, revealed))
            .collect(),
        shown: revealed.iter().map(|one| one.reveal.to_string()).collect(),
        labels: labels(desk, fields),
        outcomes: Outcome::ALL.iter().map(|one| choice(desk, fields, "outcome", one.name())).collect(),
        others: others(desk, fields),
        measures: on_subject(desk, told, fields),
        reason: if fields.text("as-before").is_empty() {
            fields.text("reason").to_owned()
        } else {
            String::new()
        },
        decisions: told.decisions.iter().map(|one| decided(desk, one, names)).collect(),
        actions: told.actions.iter().map(|action| actions::row(desk, action, names)).collect(),
        earlier: told.earlier.iter().map(|other| queue::row(desk, other, names)).collect(),
        wave: told.wave.as_ref().map(|wave| wave.id.to_string()).unwrap_or_default(),
        wave_number: told.wave.as_ref().map(|wave| desk.words.number(wave.number)).unwrap_or_default(),
        alarms: alarms(desk, told, names),
        may_act: incident.state == IncidentState::Decided && permitted(Operation::ReviewIncidents),
        as_before: told.as_before.as_ref().map(|before| offer(desk, told, before, names, fields)),
        problem,
    }
}

fn subject(desk: &Desk, incident: &Incident) -> Subject {
    let subject = &incident.subject;
    Subject {
        kind: subject.kind,
        name: subject.name.clone().unwrap_or_else(|| subject.reference.clone()),
        service: subject.service.clone(),
        reference: Identifier::new(desk.words, &subject.reference),
        reach: desk.words.number(incident.reach),
    }
}

pub(in crate::pages) fn choice(desk: &Desk, fields: &Fields, set: &str, name: &str) -> Choice {
    Choice {
        value: name.to_owned(),
        title: desk.words.name(set, name),
        meaning: String::new(),
        is_chosen: fields.text(set) == name,
        needs_second: false,
    }
}

pub(in crate::pages) fn labels(desk: &Desk, fields: &Fields) -> Vec<Choice> {
    let label = |(scheme, code): &(&str, &str)| {
        let value = format!("{scheme}:{code}");
        Choice {
            is_chosen: fields.all("label").any(|chosen| chosen == value),
            title: format!("{} {code}", scheme.to_uppercase()),
            meaning: desk.words.name("label", &format!("{scheme}-{}", code.to_lowercase())),
            needs_second: false,
            value,
        }
    };
    LABELS.iter().map(label).collect()
}

pub(super) fn measure(desk: &Desk, fields: &Fields, kind: ActionKind, item: &str) -> Choice {
    let value = format!("{kind}:{item}");
    Choice {
        is_chosen: fields.all("measure").any(|chosen| chosen == value),
        title: desk.words.name("action", kind.name()),
        meaning: String::new(),
        needs_second: kind.needs_second_person(),
        value,
    }
}

/// The verdicts on every item that gets none of its own.
pub(in crate::pages) fn others(desk: &Desk, fields: &Fields) -> Vec<Choice> {
    let one = |verdict: &ItemVerdict| Choice {
        is_chosen: fields.text("verdict-others") == verdict.name(),
        ..choice(desk, fields, "item-verdict", verdict.name())
    };
    ItemVerdict::ALL.iter().map(one).collect()
}

/// What can be done about whom or what the incident is about.
pub(super) fn on_subject(desk: &Desk, told: &IncidentView, fields: &Fields) -> Vec<Choice> {
    let is_account = told.incident.subject.kind == SubjectKind::Account;
    let fits = |kind: &ActionKind| match kind {
        ActionKind::RestrictAccount | ActionKind::SuspendAccount => is_account,
        ActionKind::CloseConversation => !is_account,
        _ => false,
    };
    told.capabilities.iter().filter(|kind| fits(kind)).map(|kind| measure(desk, fields, *kind, "")).collect()
}

fn decided(desk: &Desk, decision: &Decision, names: &HashMap<PersonId, String>) -> Decided {
    let when = |moment| When::new(desk.words, moment, desk.now);
    let name = |id: &PersonId| names.get(id).cloned().unwrap_or_default();
    Decided {
        id: decision.id.to_string(),
        outcome: decision.outcome,
        by: name(&decision.decided_by),
        when: when(decision.decided_at),
        labels: labels_in_words(&decision.labels),
        reason: decision.reason.clone(),
        is_as_before: !decision.as_before.is_empty(),
        reversed: decision.reversal.as_ref().map(|one| (name(&one.by), when(one.at), one.reason.clone())),
    }
}

/// Labels as people read them, one after the other.
pub(in crate::pages) fn labels_in_words(labels: &[Label]) -> String {
    let labels: Vec<_> =
        labels.iter().map(|label| format!("{} {}", label.scheme.to_uppercase(), label.code)).collect();
    labels.join(", ")
}

fn alarms(desk: &Desk, told: &IncidentView, names: &HashMap<PersonId, String>) -> Vec<Alarm> {
    let limits = |subject: &str| {
        let ours = told.deadlines.iter().filter(|one| one.subject == subject && one.satisfied_at.is_none());
        ours.map(|one| {
            (desk.words.name("deadline", one.kind.name()), TimeLeft::new(desk.words, one.due_at, desk.now))
        })
        .collect()
    };
    let alarm = |alarm: &vigie_model::alarm::Alarm| Alarm {
        id: alarm.id.to_string(),
        state: desk.words.name("alarm-state", alarm.state.name()),
        is_running: alarm.state.is_running(),
        reason: alarm.reason.clone(),
        raised_by: names.get(&alarm.raised_by).cloned().unwrap_or_default(),
        raised: When::new(desk.words, alarm.raised_at, desk.now),
        limits: limits(&format!("alarm:{}", alarm.id)),
    };
    told.alarms.iter().map(alarm).collect()
}
