//! Decisions: what a reviewer concludes about an incident, what follows from it, and how all of it is undone.
//!
//! A decision is one transaction: the row, the state of the incident, the verdict on each item, the actions. What is hard
//! to undo waits there for a second person. What was held back at upload and turns out not to violate is released.

pub mod as_before;

use serde_json::json;
use vigie_model::action::{Action, ActionKind, Target};
use vigie_model::alarm::NoticeKind;
use vigie_model::bank::{Label, Verdict};
use vigie_model::id::{DecisionId, IncidentId, ItemId, PersonId, WaveId};
use vigie_model::incident::{
    Decision, Finding, Incident, IncidentState, Item, ItemVerdict, Outcome, Precedent, Reversal, SubjectKind,
};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::items::Origin;
use vigie_store::{Transaction, actions, decisions, incidents, items, submissions};

use crate::actions::{NewAction, order, undo};
use crate::incidents::{object, rank_at};
use crate::notices::tell;
use crate::queue::{acting, is_held, may_decide};
use crate::{App, Code, Error, Resource, Result, authorise, rereadings};

/// What a messenger may tell about an action that follows from a violating item. It names neither bank nor reporter.
pub const REASON_VIOLATING: &str = "child_safety";
/// What a messenger may tell about the release of a message that was held back.
pub const REASON_RELEASED: &str = "not_violating";

/// What a reviewer concludes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conclusion {
    /// Something to act on, or nothing.
    pub outcome: Outcome,
    /// Under which labels; at least one where something violates.
    pub labels: Vec<Label>,
    /// Why.
    pub reason: String,
    /// What is concluded about each item: about every one of them.
    pub findings: Vec<Finding>,
    /// What is done.
    pub actions: Vec<Measure>,
}

/// Something that is done on the messenger. What it is done to follows from the item, or from the incident's subject:
/// nobody types identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// What is done.
    pub kind: ActionKind,
    /// About which item; none for the subject itself.
    pub item: Option<ItemId>,
}

/// An incident that is about to be decided, locked in its transaction.
struct Deciding {
    tx: Transaction,
    person: PersonId,
    incident: Incident,
    all: Vec<Item>,
}

impl App {
    /// Decides an incident that the caller holds under this fence.
    ///
    /// # Errors
    /// The lease was lost, the incident does not wait, an escalated one is not for this caller, an item is left out or new,
    /// the conclusion contradicts itself, or an action cannot be ordered.
    pub async fn decide(
        &self,
        caller: &Caller,
        id: IncidentId,
        fence: i64,
        conclusion: Conclusion,
    ) -> Result<Decision> {
        let deciding = self.begin_to_decide(caller, id, fence).await?;
        check(&conclusion, &deciding.all)?;
        self.finish_decision(caller, deciding, conclusion, vec![]).await
    }

    /// Locks an incident that the caller holds under this fence and may decide.
    async fn begin_to_decide(&self, caller: &Caller, id: IncidentId, fence: i64) -> Result<Deciding> {
        let person = self.may_review(caller)?;
        let mut tx = self.store.begin().await?;
        let incident = incidents::lock(&mut tx, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        may_decide(caller, &incident)?;
        is_held(&incident, person, fence, self.now())?;
        let all = items::list(&mut tx, id).await?;
        Ok(Deciding { tx, person, incident, all })
    }

    /// Writes a conclusion that was checked, orders what follows, and commits. What one person decided after looking may be
    /// drawn to be read again.
    async fn finish_decision(
        &self,
        caller: &Caller,
        deciding: Deciding,
        conclusion: Conclusion,
        as_before: Vec<Precedent>,
    ) -> Result<Decision> {
        let Deciding { mut tx, person, incident, all } = deciding;
        let id = incident.id;
        let decision = Decision {
            id: DecisionId::fresh(&*self.ids),
            incident: id,
            wave: None,
            decided_by: person,
            outcome: conclusion.outcome,
            labels: conclusion.labels,
            reason: stated(&conclusion.reason, "say why you decide so")?,
            findings: conclusion.findings,
            as_before,
            decided_at: self.now(),
            reversal: None,
        };
        conclude(self, &mut tx, incident, &decision).await?;
        if decision.as_before.is_empty() {
            rereadings::draw(self, &mut tx, &decision).await?;
        }
        let origins = items::origins(&mut tx, id).await?;
        let incident = incidents::find(&mut tx, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        let mut ordered = release(self, &mut tx, caller, &decision, &all, &origins).await?;
        for measure in conclusion.actions {
            ordered.push(measure_of(self, &mut tx, caller, &decision, &incident, &origins, measure).await?);
        }
        let entry = Details::new(caller, "incident.decided", object(id), self.now());
        tx.commit(&entry.with(summary(&decision, &ordered))).await?;
        Ok(decision)
    }

    /// Does one thing more about an incident that was decided as violating: an account penalty after a wave, for example.
    ///
    /// # Errors
    /// Not permitted, the incident is not decided as violating, or the action cannot be ordered.
    pub async fn act_on_decided(
        &self,
        caller: &Caller,
        id: IncidentId,
        measure: Measure,
        reason: &str,
    ) -> Result<Action> {
        self.may_review(caller)?;
        let reason = stated(reason, "say why this is done")?;
        let mut tx = self.store.begin().await?;
        let incident = incidents::lock(&mut tx, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        let standing =
            decisions::list_of_incident(&mut tx, id).await?.into_iter().find(|one| one.reversal.is_none());
        let mut decision = standing
            .filter(|one| one.outcome == Outcome::Violating && incident.state == IncidentState::Decided)
            .ok_or_else(|| Error::new(Code::WrongState, "the incident is not decided as violating"))?;
        decision.reason = reason;
        let origins = items::origins(&mut tx, id).await?;
        let action = measure_of(self, &mut tx, caller, &decision, &incident, &origins, measure).await?;
        let entry = Details::new(caller, "incident.acted_on", object(id), self.now());
        tx.commit(&entry.with(json!({ "action": action.id, "kind": action.kind }))).await?;
        Ok(action)
    }

    /// Undoes a decision and everything that followed from it: what was not sent is withdrawn, what was done is restored,
    /// the incident waits again, its items have no verdict.
    ///
    /// # Errors
    /// Not permitted, no such decision, it is undone already, or no reason is given.
    pub async fn reverse_decision(&self, caller: &Caller, id: DecisionId, reason: &str) -> Result<()> {
        authorise(caller, Operation::ReverseDecisions, Resource::Any)?;
        let by = acting(caller)?;
        let reason = stated(reason, "say why the decision is undone")?;
        let reversal = Reversal { by, at: self.now(), reason };
        let mut tx = self.store.begin().await?;
        incidents::lock_gathering(&mut tx).await?;
        let decision = decisions::find(&mut tx, id).await?.ok_or_else(|| Error::not_found("decision"))?;
        let undone = reverse(self, &mut tx, caller, &decision, &reversal).await?;
        let entry = Details::new(caller, "decision.reversed", object(decision.incident), self.now());
        tx.commit(&entry.with(json!({ "decision": id, "actions": undone }))).await?;
        Ok(())
    }
}

/// Writes the decision, the verdicts and the state of the incident, and ends its lease.
pub(crate) async fn conclude(
    app: &App,
    tx: &mut Transaction,
    mut incident: Incident,
    decision: &Decision,
) -> Result<()> {
    decisions::insert(tx, decision).await?;
    for finding in &decision.findings {
        items::set_verdict(tx, finding.item, Some(finding.verdict)).await?;
    }
    incident.state = decision.outcome.state();
    incident.updated_at = app.now();
    incidents::update(tx, &incident, rank_at(&incident)).await?;
    Ok(incidents::end_lease(tx, incident.id).await?)
}

/// Orders the release of every message that was held back at upload and is found not to violate.
pub(crate) async fn release(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    decision: &Decision,
    all: &[Item],
    origins: &[Origin],
) -> Result<Vec<Action>> {
    let mut ordered = Vec::new();
    for item in all.iter().filter(|item| verdict_on(decision, item.id) == Some(ItemVerdict::NotViolating)) {
        let Some(submission) = item.submission else { continue };
        let held_back = submissions::find(tx, submission)
            .await?
            .is_some_and(|submission| submission.verdict != Verdict::Allow);
        let origin = origins.iter().find(|origin| origin.item == item.id);
        let Some(origin) = origin.filter(|_| held_back) else { continue };
        let named = origin.conversation.is_some() && origin.message.is_some();
        // Without a messenger nothing of ours holds the message back: it asked for an answer and has one.
        if !named || app.messenger(&origin.service).is_none() {
            continue;
        }
        let target = Target {
            conversation_id: origin.conversation.clone(),
            message_id: origin.message.clone(),
            ..Target::default()
        };
        let new = NewAction {
            incident: Some(decision.incident),
            decision: Some(decision.id),
            kind: ActionKind::Restore,
            service: origin.service.clone(),
            target,
            restores: None,
            reason_code: REASON_RELEASED.into(),
        };
        ordered.push(order(app, tx, caller, new, false, &decision.reason).await?);
    }
    Ok(ordered)
}

/// Orders one measure of a decision.
pub(crate) async fn measure_of(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    decision: &Decision,
    incident: &Incident,
    origins: &[Origin],
    measure: Measure,
) -> Result<Action> {
    let origin = match measure.item {
        Some(item) => {
            if verdict_on(decision, item) == Some(ItemVerdict::NotViolating) {
                return Err(contradiction("nothing is done about an item that does not violate"));
            }
            let origin = origins.iter().find(|origin| origin.item == item);
            Some(origin.ok_or_else(|| Error::not_found("item"))?)
        }
        None => None,
    };
    let new = NewAction {
        incident: Some(incident.id),
        decision: Some(decision.id),
        kind: measure.kind,
        service: origin.map_or_else(|| incident.subject.service.clone(), |origin| origin.service.clone()),
        target: target_of(measure.kind, incident, origin)?,
        restores: None,
        reason_code: REASON_VIOLATING.into(),
    };
    order(app, tx, caller, new, false, &decision.reason).await
}

/// What a measure is done to: the item's message, media, account or conversation, or the subject of the incident.
fn target_of(kind: ActionKind, incident: &Incident, origin: Option<&Origin>) -> Result<Target> {
    let subject = |wanted| (incident.subject.kind == wanted).then(|| incident.subject.reference.clone());
    let target = match (kind, origin) {
        (ActionKind::RemoveMessage, Some(origin)) => Target {
            message_id: origin.message.clone(),
            conversation_id: origin.conversation.clone(),
            ..Target::default()
        },
        (ActionKind::RemoveMedia, Some(origin)) => Target {
            media_id: origin.media.clone(),
            message_id: origin.message.clone(),
            conversation_id: origin.conversation.clone(),
            ..Target::default()
        },
        (ActionKind::RestrictAccount | ActionKind::SuspendAccount, origin) => Target {
            account_id: match origin {
                Some(origin) => origin.account.clone(),
                None => subject(SubjectKind::Account),
            },
            ..Target::default()
        },
        (ActionKind::CloseConversation, origin) => Target {
            conversation_id: match origin {
                Some(origin) => origin.conversation.clone(),
                None => subject(SubjectKind::Conversation),
            },
            ..Target::default()
        },
        _ => return Err(contradiction("this action is about an item")),
    };
    Ok(target)
}

/// Undoes one decision in the caller's transaction. Gives how many actions were withdrawn or restored.
pub(crate) async fn reverse(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    decision: &Decision,
    reversal: &Reversal,
) -> Result<usize> {
    if decision.reversal.is_some() {
        return Err(Error::new(Code::WrongState, "the decision is undone already"));
    }
    decisions::reverse(tx, decision.id, reversal).await?;
    vigie_store::rereadings::withdraw(tx, decision.id).await?;
    let followed = actions::of_decision(tx, decision.id).await?;
    for action in &followed {
        undo(app, tx, caller, action).await?;
    }
    for item in items::list(tx, decision.incident).await? {
        if verdict_on(decision, item.id).is_some() {
            items::set_verdict(tx, item.id, None).await?;
        }
    }
    let incident = incidents::lock(tx, decision.incident).await?;
    let mut incident = incident.ok_or_else(|| Error::not_found("incident"))?;
    incident.state =
        if incident.escalation.is_some() { IncidentState::Escalated } else { IncidentState::Open };
    incident.updated_at = app.now();
    incidents::update(tx, &incident, rank_at(&incident)).await?;
    if decision.decided_by != reversal.by {
        tell(app, tx, decision.decided_by, NoticeKind::DecisionReversed, &object(incident.id)).await?;
    }
    Ok(followed.len())
}

/// A conclusion speaks of every item, and does not contradict itself.
fn check(conclusion: &Conclusion, all: &[Item]) -> Result<()> {
    let judged =
        |item: &Item| conclusion.findings.iter().filter(|finding| finding.item == item.id).count() == 1;
    if conclusion.findings.len() != all.len() || !all.iter().all(judged) {
        return Err(Error::new(
            Code::WrongState,
            "conclude about each item: some came in since, or are missing",
        ));
    }
    refuse_contradiction(conclusion.outcome, &conclusion.labels, &conclusion.findings)?;
    if conclusion.outcome == Outcome::Dismissed && !conclusion.actions.is_empty() {
        return Err(contradiction("nothing is done about what is dismissed"));
    }
    Ok(())
}

/// Refuses an outcome that contradicts its findings or lacks a label.
pub(crate) fn refuse_contradiction(outcome: Outcome, labels: &[Label], findings: &[Finding]) -> Result<()> {
    let violating = findings.iter().any(|finding| finding.verdict == ItemVerdict::Violating);
    match outcome {
        Outcome::Violating if !violating => Err(contradiction("no item is violating")),
        Outcome::Violating if labels.is_empty() => Err(contradiction("a violation has a label")),
        Outcome::Dismissed if violating => Err(contradiction("a violating item cannot be dismissed")),
        _ => Ok(()),
    }
}

fn verdict_on(decision: &Decision, item: ItemId) -> Option<ItemVerdict> {
    decision.findings.iter().find(|finding| finding.item == item).map(|finding| finding.verdict)
}

fn contradiction(detail: &str) -> Error {
    Error::new(Code::InvalidValue, detail)
}

/// A reason of 1 to 2000 characters.
pub(crate) fn stated(text: &str, wanted: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Error::new(Code::InvalidValue, wanted));
    }
    Ok(text.to_owned())
}

/// What the ledger keeps of a decision: identifiers and codes, no words of people.
pub(crate) fn summary(decision: &Decision, ordered: &[Action]) -> serde_json::Value {
    let actions: Vec<_> =
        ordered.iter().map(|action| json!({ "id": action.id, "kind": action.kind })).collect();
    json!({
        "decision": decision.id, "outcome": decision.outcome, "labels": decision.labels,
        "findings": decision.findings, "actions": actions, "wave": decision.wave.map(|wave: WaveId| wave),
        "as_before": decision.as_before,
    })
}

#[cfg(test)]
mod tests;
