//! Deciding as before, without a look: the very same bytes were looked at and decided here already, so nobody has to see
//! them again.
//!
//! It rests on SHA-256 alone: of MD5 and SHA-1 two files can be made that share a digest, and a resemblance is never
//! enough. Every item must have its precedent: an item with the same bytes, which whoever decided about it had looked at
//! past the shielded step, in a decision that stands and that no second reader doubts. Where such decisions contradict each
//! other, somebody has to look. A decision made this way is no precedent itself: the chain always ends with eyes.

use vigie_model::Caller;
use vigie_model::action::{Action, ActionKind};
use vigie_model::bank::Label;
use vigie_model::id::{DecisionId, IncidentId};
use vigie_model::incident::{Decision, Finding, Item, ItemVerdict, Outcome, Precedent};
use vigie_store::{Read, actions, decisions, items};

use super::{Conclusion, Measure, check};
use crate::{App, Code, Error, Result};

/// What would be decided about an incident without a look, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct AsBefore {
    /// Something to act on, or nothing.
    pub outcome: Outcome,
    /// The labels of the earlier decisions, where something violates.
    pub labels: Vec<Label>,
    /// The reason of the latest of them, to begin with.
    pub reason: String,
    /// What is concluded about each item.
    pub findings: Vec<Finding>,
    /// On what each conclusion rests.
    pub precedents: Vec<Precedent>,
    /// What was done about the same bytes, for the items that violate.
    pub measures: Vec<Measure>,
    /// The earlier decisions, the latest first.
    pub decisions: Vec<Decision>,
    /// What followed from them about the same bytes, with its receipts.
    pub actions: Vec<Action>,
}

impl App {
    /// Decides an incident that the caller holds as the very same bytes were decided before, without a look.
    ///
    /// # Errors
    /// As [`App::decide`], or an item has no precedent.
    pub async fn decide_as_before(
        &self,
        caller: &Caller,
        id: IncidentId,
        fence: i64,
        reason: &str,
        actions: Vec<Measure>,
    ) -> Result<Decision> {
        let mut deciding = self.begin_to_decide(caller, id, fence).await?;
        let before = find(&mut deciding.tx, id, &deciding.all).await?;
        let before = before.ok_or_else(|| {
            Error::new(Code::WrongState, "not every item was looked at and decided here before")
        })?;
        let conclusion = Conclusion {
            outcome: before.outcome,
            labels: before.labels,
            reason: reason.to_owned(),
            findings: before.findings,
            actions,
        };
        check(&conclusion, &deciding.all)?;
        self.finish_decision(caller, deciding, conclusion, before.precedents).await
    }
}

/// What would be decided about these items of an incident without a look; none where somebody has to look.
pub(crate) async fn find(
    read: &mut impl Read,
    incident: IncidentId,
    all: &[Item],
) -> Result<Option<AsBefore>> {
    if all.is_empty() || all.iter().any(|item| item.submission.is_none()) {
        return Ok(None);
    }
    let known = decisions::precedents(read, incident).await?;
    let (mut findings, mut precedents) = (Vec::new(), Vec::new());
    for item in all {
        let Some((precedent, verdict)) = of_item(&known, item) else { return Ok(None) };
        findings.push(Finding { item: item.id, verdict });
        precedents.push(precedent);
    }
    let decisions = decisions_of(read, &precedents).await?;
    let is_violating = findings.iter().any(|finding| finding.verdict == ItemVerdict::Violating);
    let outcome = if is_violating { Outcome::Violating } else { Outcome::Dismissed };
    let labels = if is_violating { labels_of(&decisions) } else { vec![] };
    let actions = actions_of(read, &precedents).await?;
    let measures = measures(read, incident, &findings, &precedents, &actions).await?;
    let reason = decisions.first().map(|decision| decision.reason.clone()).unwrap_or_default();
    Ok(Some(AsBefore { outcome, labels, reason, findings, precedents, measures, decisions, actions }))
}

/// The latest conclusion about an item's bytes, where all of them say the same, and say something.
fn of_item(known: &[(Precedent, ItemVerdict)], item: &Item) -> Option<(Precedent, ItemVerdict)> {
    let mut own = known.iter().filter(|(precedent, _)| precedent.item == item.id);
    let (precedent, verdict) = *own.next()?;
    let is_clear = verdict != ItemVerdict::Unclear && own.all(|(_, other)| *other == verdict);
    is_clear.then_some((precedent, verdict))
}

async fn decisions_of(read: &mut impl Read, precedents: &[Precedent]) -> Result<Vec<Decision>> {
    let mut ids: Vec<DecisionId> = Vec::new();
    let mut found = Vec::new();
    for precedent in precedents {
        if ids.contains(&precedent.decision) {
            continue;
        }
        ids.push(precedent.decision);
        found.extend(decisions::find(read, precedent.decision).await?);
    }
    found.sort_by_key(|decision| std::cmp::Reverse(decision.decided_at));
    Ok(found)
}

fn labels_of(decisions: &[Decision]) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for label in decisions.iter().flat_map(|decision| &decision.labels) {
        if !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    labels
}

/// What followed about the earlier items themselves; what was done to accounts is decided anew each time.
async fn actions_of(read: &mut impl Read, precedents: &[Precedent]) -> Result<Vec<Action>> {
    let mut found: Vec<Action> = Vec::new();
    for precedent in precedents {
        for action in actions::of_decision(read, precedent.decision).await? {
            let is_content = matches!(action.kind, ActionKind::RemoveMessage | ActionKind::RemoveMedia);
            if is_content && found.iter().all(|one| one.id != action.id) {
                found.push(action);
            }
        }
    }
    Ok(found)
}

/// The same kinds of removal, for the items that violate and name what is removed.
async fn measures(
    read: &mut impl Read,
    incident: IncidentId,
    findings: &[Finding],
    precedents: &[Precedent],
    actions: &[Action],
) -> Result<Vec<Measure>> {
    let origins = items::origins(read, incident).await?;
    let mut measures = Vec::new();
    for (finding, precedent) in findings.iter().zip(precedents) {
        let Some(origin) = origins.iter().find(|origin| origin.item == finding.item) else { continue };
        if finding.verdict != ItemVerdict::Violating {
            continue;
        }
        for kind in [ActionKind::RemoveMessage, ActionKind::RemoveMedia] {
            let was_done =
                actions.iter().any(|one| one.decision == Some(precedent.decision) && one.kind == kind);
            let is_named = match kind {
                ActionKind::RemoveMessage => origin.message.is_some(),
                _ => origin.media.is_some(),
            };
            if was_done && is_named {
                measures.push(Measure { kind, item: Some(finding.item) });
            }
        }
    }
    Ok(measures)
}

#[cfg(test)]
mod tests;
