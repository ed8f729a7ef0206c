//! Waves: incidents that share one item or near-duplicate cluster, decided once after a sample was looked at.
//!
//! The rule of the sample: all items with media when there are up to five; of more, as many as the square root of their
//! number, at least five and at most fifty. Who proposes the decision has looked at that many, past the shielded step.
//! Items of which only signals came have nothing to look at: a wave of these alone is decided by what matched.
//!
//! A second person agrees, and then content is removed in bulk, each removal an action with its own receipt. Accounts and
//! conversations are never penalised in bulk: that stays with each incident. Left out, and told, are incidents that
//! somebody holds, that a child-at-risk alarm stands on, or that hold items which are not part of the wave.

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_model::action::{Action, ActionKind};
use vigie_model::approval::Approval;
use vigie_model::bank::Label;
use vigie_model::id::{DecisionId, IncidentId, ItemId, PersonId, RevealId, WaveId};
use vigie_model::incident::{
    Decision, Finding, Incident, Item, ItemVerdict, Outcome, Reveal, Reversal, Wave, WaveState,
};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Transaction, actions, approvals, decisions, incidents, items, reveals, waves};

use crate::approvals::Act;
use crate::decisions::{Measure, conclude, measure_of, release, reverse, stated};
use crate::incidents::wave_of;
use crate::queue::acting;
use crate::{App, Code, Error, Resource, Result, authorise};

/// More incidents than these form a wave of their own when these are decided.
const MOST_INCIDENTS: i64 = 500;
/// The longest page of waves.
const LONGEST_PAGE: usize = 200;

/// What is concluded about a wave: the act that a second person agrees to, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The wave.
    pub wave: WaveId,
    /// Who proposes it.
    pub proposed_by: PersonId,
    /// Violating or not.
    pub outcome: Outcome,
    /// Under which labels.
    pub labels: Vec<Label>,
    /// Why.
    pub reason: String,
    /// What is done about each item: `remove_message` and `remove_media` only.
    pub actions: Vec<ActionKind>,
    /// The incidents it was proposed for.
    pub incidents: Vec<IncidentId>,
    /// The looks that make up the sample.
    pub sample: Vec<RevealId>,
}

/// What a senior reviewer concludes about a wave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaveConclusion {
    /// Violating or not.
    pub outcome: Outcome,
    /// Under which labels; at least one where it violates.
    pub labels: Vec<Label>,
    /// Why.
    pub reason: String,
    /// What is done about each item: `remove_message` and `remove_media` only.
    pub actions: Vec<ActionKind>,
}

/// A page of waves.
#[derive(Debug, Clone)]
pub struct WavePage {
    /// Its waves, newest first.
    pub waves: Vec<Wave>,
    /// How many there are on all pages.
    pub total: i64,
    /// The number below which the next page begins, if there is one.
    pub next: Option<i64>,
}

/// A wave with what belongs to it.
#[derive(Debug, Clone)]
pub struct WaveView {
    /// The wave.
    pub wave: Wave,
    /// Its incidents that wait, oldest first, at most 500.
    pub incidents: Vec<Incident>,
    /// Their items that share what makes the wave.
    pub items: Vec<Item>,
    /// How many items have to be looked at.
    pub sample_size: usize,
    /// The looks of the caller that count.
    pub sample: Vec<Reveal>,
    /// Questions about it that wait for a second person.
    pub questions: Vec<Approval>,
    /// What was decided with it.
    pub decisions: Vec<Decision>,
    /// The receipt list: what was done in bulk, each with its state and receipt.
    pub actions: Vec<Action>,
}

/// How many of so many items have to be looked at before they are decided together.
#[must_use]
pub fn sample_size(items: usize) -> usize {
    let root = items.isqrt() + usize::from(items.isqrt().pow(2) < items);
    root.clamp(5, 50).min(items)
}

impl App {
    /// A page of waves, newest first: those numbered below `before`.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn waves(
        &self,
        caller: &Caller,
        state: Option<WaveState>,
        before: Option<i64>,
        limit: usize,
    ) -> Result<WavePage> {
        authorise(caller, Operation::ReadIncidents, Resource::Any)?;
        let limit = limit.clamp(1, LONGEST_PAGE);
        let mut reader = self.store.read().await?;
        let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut found = waves::list(&mut reader, state, before, wanted).await?;
        let goes_on = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| goes_on).map(|wave| wave.number);
        Ok(WavePage { waves: found, total: waves::count(&mut reader, state).await?, next })
    }

    /// A wave, its incidents, its sample, and what was decided.
    ///
    /// # Errors
    /// Not permitted, or no such wave.
    pub async fn wave(&self, caller: &Caller, id: WaveId) -> Result<WaveView> {
        authorise(caller, Operation::ReadIncidents, Resource::Any)?;
        let person = acting(caller)?;
        let mut reader = self.store.read().await?;
        let wave = waves::find(&mut reader, id).await?.ok_or_else(|| Error::not_found("wave"))?;
        let items = items::list_waiting_with_pivot(&mut reader, &wave.pivot).await?;
        let decisions = decisions::list_of_wave(&mut reader, id).await?;
        let mut done = Vec::new();
        for decision in &decisions {
            done.extend(actions::of_decision(&mut reader, decision.id).await?);
        }
        let subject = object(id);
        let mut questions = approvals::list_waiting(&mut reader, self.now()).await?;
        questions.retain(|question| question.subject == subject);
        Ok(WaveView {
            incidents: incidents::list_waiting_with_pivot(&mut reader, &wave.pivot, MOST_INCIDENTS).await?,
            sample_size: sample_size(items.iter().filter(|item| item.media.is_some()).count()),
            sample: reveals::sample(&mut reader, person, &wave.pivot).await?,
            items,
            questions,
            decisions,
            actions: done,
            wave,
        })
    }

    /// Proposes the decision of a wave to a second person, once enough of it was looked at.
    ///
    /// # Errors
    /// Not permitted, the wave is decided, too little was looked at, or the conclusion does not fit a wave.
    pub async fn propose_wave_decision(
        &self,
        caller: &Caller,
        id: WaveId,
        conclusion: WaveConclusion,
    ) -> Result<Approval> {
        authorise(caller, Operation::ReviewEscalated, Resource::Any)?;
        let view = self.wave(caller, id).await?;
        check(&conclusion)?;
        if view.wave.state != WaveState::Open {
            return Err(Error::new(Code::WrongState, "the wave is decided already"));
        }
        let there: Vec<_> = view.items.iter().map(|item| item.id).collect();
        let sample: Vec<_> = view.sample.iter().filter(|look| there.contains(&look.item)).collect();
        if view.items.is_empty() {
            return Err(Error::new(Code::WrongState, "nothing of the wave waits any more"));
        }
        if sample.len() < view.sample_size {
            let detail = format!("look at {} of its items first: {} so far", view.sample_size, sample.len());
            return Err(Error::new(Code::SampleTooSmall, detail));
        }
        let proposal = Proposal {
            wave: id,
            proposed_by: acting(caller)?,
            outcome: conclusion.outcome,
            labels: conclusion.labels,
            reason: stated(&conclusion.reason, "say why you decide so")?,
            actions: conclusion.actions,
            incidents: view.incidents.iter().map(|incident| incident.id).collect(),
            sample: sample.into_iter().map(|look| look.id).collect(),
        };
        let reason = proposal.reason.clone();
        self.ask_second_person(caller, &Act::DecideWave(proposal), &reason).await
    }

    /// Undoes the decision of a wave: every decision that was made with it, and what followed from each.
    ///
    /// # Errors
    /// Not permitted, no such wave, it is not decided, or no reason is given.
    pub async fn reverse_wave(&self, caller: &Caller, id: WaveId, reason: &str) -> Result<()> {
        authorise(caller, Operation::ReverseDecisions, Resource::Any)?;
        let reason = stated(reason, "say why the decision is undone")?;
        let reversal = Reversal { by: acting(caller)?, at: self.now(), reason };
        let mut tx = self.store.begin().await?;
        incidents::lock_gathering(&mut tx).await?;
        let wave = waves::find(&mut tx, id).await?.ok_or_else(|| Error::not_found("wave"))?;
        if wave.state != WaveState::Decided {
            return Err(Error::new(Code::WrongState, "the wave is not decided"));
        }
        // While it was decided, what was left may have formed a new wave: then its incidents wait there.
        let open = match waves::find_open(&mut tx, &wave.pivot).await? {
            Some(open) => open.id,
            None => {
                waves::set_state(&mut tx, id, WaveState::Open, None).await?;
                id
            }
        };
        let mut undone = Vec::new();
        for decision in decisions::list_of_wave(&mut tx, id).await? {
            if decision.reversal.is_none() {
                reverse(self, &mut tx, caller, &decision, &reversal).await?;
                incidents::put_into_wave(&mut tx, decision.incident, open).await?;
                undone.push(decision.id);
            }
        }
        let entry = Details::new(caller, "wave.reversed", object(id), self.now());
        tx.commit(&entry.with(json!({ "decisions": undone }))).await?;
        Ok(())
    }
}

/// Decides the wave in the transaction that consumes the second person's answer.
pub(crate) async fn decide(app: &App, tx: &mut Transaction, proposal: Proposal) -> Result<()> {
    incidents::lock_gathering(tx).await?;
    let wave = waves::find(tx, proposal.wave).await?.ok_or_else(|| Error::not_found("wave"))?;
    if wave.state != WaveState::Open {
        return Err(Error::new(Code::WrongState, "the wave is decided already"));
    }
    let shared = items::list_waiting_with_pivot(tx, &wave.pivot).await?;
    for id in &proposal.incidents {
        if let Some(incident) = incidents::lock(tx, *id).await?.filter(|one| is_free(one, app)) {
            decide_one(app, tx, &proposal, incident, &shared).await?;
        }
    }
    waves::set_state(tx, wave.id, WaveState::Decided, Some(app.now())).await?;
    // What was left out, or came in since it was proposed, waits in a wave of its own.
    wave_of(app, tx, &wave.pivot).await.map(drop)
}

/// Whether an incident may be decided with others: it waits, nobody is at work on it, and no child is at risk.
fn is_free(incident: &Incident, app: &App) -> bool {
    let is_held = incident.lease.is_some_and(|lease| lease.until > app.now());
    incident.state.is_waiting() && !is_held && !incident.child_at_risk
}

/// Decides one incident of a wave. One with items besides gets its verdicts by itself.
async fn decide_one(
    app: &App,
    tx: &mut Transaction,
    proposal: &Proposal,
    incident: Incident,
    shared: &[Item],
) -> Result<()> {
    let all = items::list(tx, incident.id).await?;
    let is_shared = |item: &Item| shared.iter().any(|one| one.id == item.id);
    if all.is_empty() || !all.iter().all(is_shared) {
        return Ok(());
    }
    let verdict = match proposal.outcome {
        Outcome::Violating => ItemVerdict::Violating,
        Outcome::Dismissed => ItemVerdict::NotViolating,
    };
    let decision = Decision {
        id: DecisionId::fresh(&*app.ids),
        incident: incident.id,
        wave: Some(proposal.wave),
        decided_by: proposal.proposed_by,
        outcome: proposal.outcome,
        labels: proposal.labels.clone(),
        reason: proposal.reason.clone(),
        findings: all.iter().map(|item| Finding { item: item.id, verdict }).collect(),
        as_before: vec![],
        decided_at: app.now(),
        reversal: None,
    };
    conclude(app, tx, incident.clone(), &decision).await?;
    let origins = items::origins(tx, incident.id).await?;
    // Both people stand in the decision and in the answer to the question; the actions are carried out for them.
    let caller = Caller::system();
    release(app, tx, &caller, &decision, &all, &origins).await?;
    for (item, kind) in pairs(&all, &proposal.actions) {
        let names = origins.iter().find(|origin| origin.item == item);
        let can_be_named = names.is_some_and(|origin| origin.message.is_some() || origin.media.is_some());
        let has_message = names.is_some_and(|origin| origin.message.is_some());
        // An avatar has no message that could be taken away: its media is.
        if can_be_named && (kind != ActionKind::RemoveMessage || has_message) {
            let measure = Measure { kind, item: Some(item) };
            measure_of(app, tx, &caller, &decision, &incident, &origins, measure).await?;
        }
    }
    Ok(())
}

fn pairs(all: &[Item], kinds: &[ActionKind]) -> Vec<(ItemId, ActionKind)> {
    all.iter().flat_map(|item| kinds.iter().map(|kind| (item.id, *kind))).collect()
}

fn check(conclusion: &WaveConclusion) -> Result<()> {
    let invalid = |detail: &str| Err(Error::new(Code::InvalidValue, detail));
    let is_content = |kind: &ActionKind| matches!(kind, ActionKind::RemoveMessage | ActionKind::RemoveMedia);
    if !conclusion.actions.iter().all(is_content) {
        return invalid("in bulk only content is removed: accounts and conversations are decided one by one");
    }
    match conclusion.outcome {
        Outcome::Violating if conclusion.labels.is_empty() => invalid("a violation has a label"),
        Outcome::Dismissed if !conclusion.actions.is_empty() => {
            invalid("nothing is done about what is dismissed")
        }
        _ => Ok(()),
    }
}

pub(crate) fn object(id: WaveId) -> String {
    format!("wave:{id}")
}

#[cfg(test)]
mod tests;
