//! The lock under a child-at-risk alarm: one person sets it at once, a second confirms it within four hours.
//!
//! It is the one act on an account or a group that does not wait. It can be undone, it is asked about at once, and
//! where nobody answers in time seniors are told; it stays until somebody decides.

use serde_json::json;
use vigie_model::action::{Action, ActionKind, Target};
use vigie_model::alarm::DeadlineKind;
use vigie_model::approval::ApprovalState;
use vigie_model::id::{ActionId, AlarmId};
use vigie_model::incident::{Subject, SubjectKind};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Transaction, actions, alarms, deadlines, incidents};

use crate::actions::{NewAction, order, undo};
use crate::approvals::Act;
use crate::{App, Code, Error, Resource, Result, authorise};

/// What the messenger may show as the reason of a lock.
const REASON: &str = "child_safety";

impl App {
    /// Locks what the alarm's incident is about, at once: suspends the account, or closes the conversation. A second
    /// person is asked in the same transaction.
    ///
    /// # Errors
    /// Not permitted, no such running alarm, the messenger cannot do it, or it is locked under this alarm already.
    pub async fn lock_now(&self, caller: &Caller, alarm: AlarmId, reason: &str) -> Result<Action> {
        authorise(caller, Operation::ChildAtRisk, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let alarm = alarms::lock(&mut tx, alarm).await?.ok_or_else(|| Error::not_found("alarm"))?;
        if !alarm.state.is_running() {
            return Err(Error::new(Code::WrongState, format!("the alarm is {} already", alarm.state)));
        }
        let incident = incidents::find(&mut tx, alarm.incident).await?;
        let incident = incident.ok_or_else(|| Error::not_found("incident"))?;
        let (kind, target) = lock_of(&incident.subject);
        let earlier = actions::of_incident(&mut tx, incident.id).await?;
        if earlier
            .iter()
            .any(|action| action.kind == kind && action.target == target && action.state.is_in_force())
        {
            return Err(Error::new(Code::WrongState, "it is locked already, or about to be"));
        }
        let new = NewAction {
            incident: Some(incident.id),
            decision: None,
            kind,
            service: incident.subject.service.clone(),
            target,
            restores: None,
            reason_code: REASON.into(),
        };
        let action = order(self, &mut tx, caller, new, true, reason).await?;
        crate::deadlines::start(self, &mut tx, DeadlineKind::LockConfirmed, &subject(action.id)).await?;
        self.write_question(&mut tx, caller, &confirmation(&action), reason).await?;
        let entry = Details::new(caller, "alarm.locked", subject(action.id), self.now());
        tx.commit(&entry.with(json!({ "alarm": alarm.id, "incident": incident.id, "kind": kind }))).await?;
        Ok(action)
    }
}

/// The lock that fits what an incident is about.
fn lock_of(subject: &Subject) -> (ActionKind, Target) {
    let reference = Some(subject.reference.clone());
    match subject.kind {
        SubjectKind::Account => {
            (ActionKind::SuspendAccount, Target { account_id: reference, ..Target::default() })
        }
        SubjectKind::Conversation => {
            (ActionKind::CloseConversation, Target { conversation_id: reference, ..Target::default() })
        }
    }
}

fn confirmation(action: &Action) -> Act {
    Act::ConfirmLock {
        action: action.id,
        kind: action.kind,
        service: action.service.clone(),
        target: action.target.clone(),
    }
}

/// The second person agreed: the lock stands, and its deadline is met.
pub(crate) async fn confirmed(app: &App, tx: &mut Transaction, action: ActionId) -> Result<()> {
    Ok(deadlines::satisfy(tx, DeadlineKind::LockConfirmed, &subject(action), app.now()).await?)
}

/// The second person did not agree: the lock is undone. Where nobody answered it stays, and seniors have been told.
pub(crate) async fn not_confirmed(
    app: &App,
    tx: &mut Transaction,
    action: ActionId,
    why: ApprovalState,
) -> Result<()> {
    if why != ApprovalState::Refused {
        return Ok(());
    }
    let action = actions::find(tx, action).await?.ok_or_else(|| Error::not_found("action"))?;
    undo(app, tx, &Caller::system(), &action).await?;
    confirmed(app, tx, action.id).await
}

fn subject(action: ActionId) -> String {
    format!("action:{action}")
}
