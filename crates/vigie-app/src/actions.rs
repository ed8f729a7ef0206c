//! Actions: what is ordered on the messenger, by whom, after whose agreement, and how it is taken back.
//!
//! An action is ordered inside the transaction of what it follows from (a decision, an alarm); `outbox.rs` carries it
//! out. What it is not: a place that decides whether something is done; that is the decision.

use serde_json::json;
use vigie_model::action::{Action, ActionKind, ActionState, Target};
use vigie_model::approval::ApprovalState;
use vigie_model::id::{ActionId, DecisionId, IncidentId};
use vigie_model::incident::{IncidentState, Subject, SubjectKind};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Read, Transaction, actions, approvals, incidents};

use crate::approvals::Act;
use crate::requests::do_not_act;
use crate::{App, Code, Error, Resource, Result, authorise, preserve};

pub use crate::preserve::{ERASED, NEVER_SUBMITTED, SIGNALS_ONLY};
pub use vigie_store::actions::{Filter, Place};

/// The longest page of a list.
const LONGEST_PAGE: usize = 200;

/// An action that is about to be ordered.
///
/// A restoration names the action it undoes in `restores`. Without that, it releases a message that was held back at
/// upload, and the target names conversation and message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewAction {
    /// The incident it belongs to.
    pub(crate) incident: Option<IncidentId>,
    /// The decision it follows from.
    pub(crate) decision: Option<DecisionId>,
    /// What is done.
    pub(crate) kind: ActionKind,
    /// The messenger.
    pub(crate) service: String,
    /// To what.
    pub(crate) target: Target,
    /// The action that this one undoes.
    pub(crate) restores: Option<ActionId>,
    /// Why, as a code the messenger may show: never who reported, never which bank.
    pub(crate) reason_code: String,
}

/// Orders an action in the caller's transaction: queued, or waiting for a second person with its question.
///
/// `at_once` is for the reversible lock under a child-at-risk alarm, whose second person comes afterwards.
pub(crate) async fn order(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    new: NewAction,
    at_once: bool,
    reason: &str,
) -> Result<Action> {
    check_target(&new)?;
    check_capability(app, &new.service, new.kind)?;
    let met = do_not_act::met(app, tx, (new.kind, &new.service, &new.target)).await?;
    do_not_act::tell_of(app, tx, &met).await?;
    // What is done to an account under a request that nothing be done waits, and looks like whatever else waits. The lock under an
    // alarm does not.
    let waits = (new.kind.needs_second_person() || !met.is_empty()) && !at_once;
    let now = app.now();
    let mut action = Action {
        id: ActionId::fresh(&*app.ids),
        incident: new.incident,
        decision: new.decision,
        item: None,
        kind: new.kind,
        service: new.service,
        target: new.target,
        restores: new.restores,
        reason_code: new.reason_code,
        state: if waits { ActionState::Waiting } else { ActionState::Queued },
        approval: None,
        attempts: 0,
        unanswered: 0,
        next_attempt_at: (!waits).then_some(now),
        requested_by: caller.actor(),
        requested_at: now,
        ended_at: None,
        receipt: None,
        preserved: None,
        not_preserved: None,
        last_error: None,
    };
    if waits {
        let act = Act::PerformAction {
            action: action.id,
            kind: action.kind,
            service: action.service.clone(),
            target: action.target.clone(),
        };
        action.approval = Some(app.write_question(tx, caller, &act, reason).await?.id);
    }
    preserve::at_order(app, tx, &mut action).await?;
    actions::insert(tx, &action).await?;
    Ok(action)
}

/// Takes an action back: withdraws what was not sent, and orders the restoration of what was done, or may have been
/// done although no answer came. Gives the restoration, where one is needed.
///
/// The restoration of an action that is being sent right now waits until that attempt has ended.
pub(crate) async fn undo(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    action: &Action,
) -> Result<Option<Action>> {
    let action = actions::lock(tx, action.id).await?.ok_or_else(|| Error::not_found("action"))?;
    // What undoes another action is part of its undoing. Only a release of what was held back is taken back itself.
    if action.restores.is_some() {
        return Ok(None);
    }
    if action.state.may_become(ActionState::Withdrawn) {
        take_back(app, tx, &action, "undone").await?;
    }
    if action.kind == ActionKind::Restore || !may_have_been_performed(&action) {
        return Ok(None);
    }
    if let Some(earlier) = standing_restoration(tx, action.id).await? {
        return Ok(Some(earlier));
    }
    let restoration = NewAction {
        incident: action.incident,
        decision: action.decision,
        kind: ActionKind::Restore,
        service: action.service.clone(),
        target: action.target.clone(),
        restores: Some(action.id),
        reason_code: action.reason_code.clone(),
    };
    order(app, tx, caller, restoration, false, "").await.map(Some)
}

/// What undoes an action, or has undone it.
pub(crate) async fn standing_restoration(read: &mut impl Read, action: ActionId) -> Result<Option<Action>> {
    let ended = [ActionState::Failed, ActionState::Withdrawn];
    let earlier = actions::restoring(read, action).await?;
    Ok(earlier.into_iter().find(|earlier| !ended.contains(&earlier.state)))
}

/// Whether the messenger performed it, or may have done so, or may do so yet, without our hearing of it.
fn may_have_been_performed(action: &Action) -> bool {
    match action.state {
        ActionState::Done | ActionState::Sending => true,
        ActionState::Queued | ActionState::Failed => action.unanswered > 0,
        ActionState::Waiting | ActionState::Withdrawn => false,
    }
}

/// Withdraws an action, and its question with it.
async fn take_back(app: &App, tx: &mut Transaction, action: &Action, why: &str) -> Result<()> {
    if !actions::withdraw(tx, action.id, why, app.now()).await? {
        return Err(Error::new(Code::WrongState, format!("the action is {} already", action.state)));
    }
    if let Some(question) = action.approval {
        approvals::end(tx, question, ApprovalState::Withdrawn, app.now()).await?;
    }
    Ok(())
}

/// The second person agreed: the action goes out, in the transaction that consumes the answer.
pub(crate) async fn agreed(
    app: &App,
    tx: &mut Transaction,
    id: ActionId,
    kind: ActionKind,
    service: &str,
    target: &Target,
) -> Result<()> {
    let action = actions::lock(tx, id).await?.ok_or_else(|| Error::not_found("action"))?;
    if action.kind != kind || action.service != service || action.target != *target {
        return Err(Error::new(Code::ApprovalAltered, "the action is not the one that was asked about"));
    }
    if action.state == ActionState::Waiting && is_under_senior_review(app, tx, &action).await? {
        return Err(do_not_act::waits_for_senior_review());
    }
    if action.state != ActionState::Waiting || !actions::queue(tx, id, app.now()).await? {
        return Err(Error::new(Code::WrongState, format!("the action is {} already", action.state)));
    }
    Ok(())
}

/// Whether an act on an account waits for senior review: an incident about it is escalated, or it is one of those to which nothing is
/// done for a while. Nothing tells the one from the other.
async fn is_under_senior_review(app: &App, tx: &mut Transaction, action: &Action) -> Result<bool> {
    let is_of_account = matches!(action.kind, ActionKind::RestrictAccount | ActionKind::SuspendAccount);
    let Some(account) = action.target.account_id.clone().filter(|_| is_of_account) else { return Ok(false) };
    let subject = Subject {
        kind: SubjectKind::Account,
        service: action.service.clone(),
        reference: account,
        name: None,
    };
    let incidents = incidents::list_of_subject(tx, &subject).await?;
    let is_escalated = incidents.iter().any(|incident| incident.state == IncidentState::Escalated);
    let met = do_not_act::met(app, tx, (action.kind, &action.service, &action.target)).await?;
    Ok(is_escalated || !met.is_empty())
}

/// The second person refused or did not answer in time: the action is withdrawn.
pub(crate) async fn not_agreed(
    app: &App,
    tx: &mut Transaction,
    id: ActionId,
    why: ApprovalState,
) -> Result<()> {
    // One that is withdrawn already stays so; one that was confirmed after the act was never waiting.
    if actions::lock(tx, id).await?.is_some_and(|action| action.state == ActionState::Waiting) {
        actions::withdraw(tx, id, &format!("question {why}"), app.now()).await?;
    }
    Ok(())
}

impl App {
    /// A page of actions, newest first: those after `place`, at most `limit` and at most 200.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn actions(
        &self,
        caller: &Caller,
        filter: &Filter,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Action>> {
        authorise(caller, Operation::ReadActions, Resource::Any)?;
        let limit = i64::try_from(limit.clamp(1, LONGEST_PAGE)).unwrap_or(1);
        Ok(actions::list(&mut self.store.read().await?, filter, after, limit).await?)
    }

    /// An action, with its state and its receipt.
    ///
    /// # Errors
    /// Not permitted, or no such action.
    pub async fn action(&self, caller: &Caller, id: ActionId) -> Result<Action> {
        authorise(caller, Operation::ReadActions, Resource::Any)?;
        actions::find(&mut self.store.read().await?, id).await?.ok_or_else(|| Error::not_found("action"))
    }

    /// How many actions failed and wait for a person.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn failed_actions(&self, caller: &Caller) -> Result<i64> {
        authorise(caller, Operation::ReadActions, Resource::Any)?;
        Ok(actions::count(&mut self.store.read().await?, ActionState::Failed).await?)
    }

    /// What can be done on a service: screens offer only this. Nothing where no messenger is connected.
    ///
    /// # Errors
    /// Not permitted.
    pub fn capabilities(&self, caller: &Caller, service: &str) -> Result<Vec<ActionKind>> {
        authorise(caller, Operation::ReadActions, Resource::Any)?;
        Ok(self.messenger(service).map(|messenger| messenger.capabilities()).unwrap_or_default())
    }

    /// Sends a failed action again, with the same identifier and a fresh count of attempts.
    ///
    /// # Errors
    /// Not permitted, no such action, or it did not fail.
    pub async fn retry_action(&self, caller: &Caller, id: ActionId) -> Result<Action> {
        authorise(caller, Operation::ReadActions, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let action = actions::lock(&mut tx, id).await?.ok_or_else(|| Error::not_found("action"))?;
        if action.state != ActionState::Failed || !actions::queue(&mut tx, id, self.now()).await? {
            return Err(Error::new(Code::WrongState, format!("the action is {}", action.state)));
        }
        let action = actions::find(&mut tx, id).await?.ok_or_else(|| Error::not_found("action"))?;
        tx.commit(&entry(caller, "action.retried", &action, self.now())).await?;
        Ok(action)
    }

    /// Takes an action back that is not done. Where the messenger may have performed it without our hearing of it, its
    /// restoration is ordered too, and comes back.
    ///
    /// # Errors
    /// Not permitted, no reason, no such action, somebody else's action without being a senior reviewer, or the action
    /// is being sent or at its end.
    pub async fn withdraw_action(
        &self,
        caller: &Caller,
        id: ActionId,
        reason: &str,
    ) -> Result<Option<Action>> {
        authorise(caller, Operation::ReviewIncidents, Resource::Any)?;
        if reason.trim().is_empty() {
            return Err(Error::new(Code::InvalidValue, "say why the action is taken back"));
        }
        let mut tx = self.store.begin().await?;
        let action = actions::lock(&mut tx, id).await?.ok_or_else(|| Error::not_found("action"))?;
        if action.requested_by != caller.actor() {
            authorise(caller, Operation::ReviewEscalated, Resource::Any)?;
        }
        if !action.state.may_become(ActionState::Withdrawn) {
            return Err(Error::new(Code::WrongState, format!("the action is {}", action.state)));
        }
        let restoration = if action.restores.is_some() {
            take_back(self, &mut tx, &action, reason.trim()).await?;
            None
        } else {
            undo(self, &mut tx, caller, &action).await?
        };
        let parameters = json!({
            "kind": action.kind, "was": action.state, "reason": reason.trim(),
            "restoration": restoration.as_ref().map(|one| one.id),
        });
        tx.commit(&entry(caller, "action.withdrawn", &action, self.now()).with(parameters)).await?;
        Ok(restoration)
    }
}

/// The entry about an act on an action, with its kind.
pub(crate) fn entry(caller: &Caller, what: &str, action: &Action, now: Moment) -> Details {
    Details::new(caller, what, format!("action:{}", action.id), now).with(json!({ "kind": action.kind }))
}

fn check_target(new: &NewAction) -> Result<()> {
    let target = &new.target;
    let complete = match new.kind {
        ActionKind::RemoveMessage => target.message_id.is_some(),
        ActionKind::RemoveMedia => target.media_id.is_some() || target.message_id.is_some(),
        ActionKind::RestrictAccount | ActionKind::SuspendAccount => target.account_id.is_some(),
        ActionKind::CloseConversation => target.conversation_id.is_some(),
        ActionKind::Restore => {
            new.restores.is_some() || (target.conversation_id.is_some() && target.message_id.is_some())
        }
    };
    if complete && (new.restores.is_none() || new.kind == ActionKind::Restore) {
        return Ok(());
    }
    Err(Error::new(Code::InvalidValue, format!("the target does not fit the action {}", new.kind)))
}

fn check_capability(app: &App, service: &str, kind: ActionKind) -> Result<()> {
    let Some(messenger) = app.messenger(service) else {
        return Err(Error::new(Code::NoMessenger, format!("no messenger is connected for {service}")));
    };
    if messenger.capabilities().contains(&kind) {
        return Ok(());
    }
    Err(Error::new(Code::MessengerCannot, format!("{service} has no action {kind}")))
}

#[cfg(test)]
pub(crate) mod tests;
