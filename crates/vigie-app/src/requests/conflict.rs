//! The law of a third country: the house objects that it forbids to carry out a request, and waits for the authority's answer.
//!
//! What it is: an objection with its reasons, in the time that the rule set gives, on tasks that are named. The whole request waits,
//! what it names stays held, what was taken is destroyed, and nobody goes on before the authority has answered: it takes the request
//! back, or says that it is upheld. What it is not: a refusal. Whose law prevails is for a court, and not for the house.
//!
//! To have a regime know it: a deadline in its file that `objection_sent` satisfies.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_formats::request::letters as papers;
use vigie_model::disclosure::{Instrument, Request, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment, Operation};
use vigie_store::request_conflicts::{self, ConflictRow};
use vigie_store::request_deadlines::RequestDeadline;
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, TaskRow};
use vigie_store::{Read, Transaction, request_deadlines};

use super::deadlines::is_met_by;
use super::decide::worded;
use super::examine::level_required;
use super::receive::Asked;
use super::take_back::take_back_for_now;
use super::{Secrets, facts, find, satisfy, step, step_as, wrong_state};
use crate::jobs::{Job, enqueue};
use crate::regimes::{RuleSet, Satisfaction};
use crate::{App, Code, Error, Resource, Result, authorise, letters};

/// That the law of a third country forbids to carry out tasks of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConflictObjection {
    /// Which, by number.
    pub tasks: BTreeSet<i64>,
    /// The provision of the third country.
    pub law: String,
    /// What it forbids, and why that applies.
    pub nature: String,
}

/// An objection that was raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What it says.
    pub objection: ConflictObjection,
    /// When it was raised.
    pub raised_at: Moment,
    /// When the authority answered it; none while it stands.
    pub answered_at: Option<Moment>,
}

impl App {
    /// Objects that the law of a third country forbids to carry out tasks of a request. The authority is told, and the request waits for
    /// its answer.
    ///
    /// # Errors
    /// Not permitted, something is not said, the regime knows no such objection, its time is over, it was raised before, or the request
    /// is not where it could be.
    pub async fn object_to_conflict(
        &self,
        caller: &Caller,
        id: RequestId,
        objection: &ConflictObjection,
    ) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let objection = ConflictObjection {
            law: worded(&objection.law, "name the provision of the third country")?,
            nature: worded(&objection.nature, "say what it forbids, and why that applies")?,
            tasks: objection.tasks.clone(),
        };
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if !may_object(request.state) {
            return Err(wrong_state(request.state));
        }
        if request_conflicts::of_request(&mut tx, id).await?.is_some() {
            return Err(Error::new(Code::WrongState, "it was objected before, and is objected once"));
        }
        let deadlines = request_deadlines::of_request(&mut tx, id).await?;
        let deadline = in_time(&deadlines, self.now())?;
        let open: Vec<_> = request_tasks::of_request(&mut tx, id).await?;
        let named: Vec<_> = open
            .into_iter()
            .filter(|task| !task.state.is_over() && objection.tasks.contains(&task.number))
            .collect();
        if named.is_empty() || named.len() != objection.tasks.len() {
            return Err(Error::new(Code::InvalidValue, "choose tasks of it that are not over"));
        }
        let letter = letter(self, &request, (&named, &secrets), (&objection, &deadline.source))?;
        let row = ConflictRow {
            request: id,
            said: secrets.seal(&objection)?,
            raised_by: caller.actor(),
            raised_at: self.now(),
            answered_at: None,
        };
        request_conflicts::insert(&mut tx, &row).await?;
        self.write_letter(&mut tx, &secrets, caller, (id, "conflict", true), letter).await?;
        satisfy(&mut tx, id, Satisfaction::ObjectionSent, self.now()).await?;
        let next = (RequestState::Suspended, "request.conflict_raised");
        let entry = step_as(self, &mut tx, caller, &request, next).await?;
        take_back_for_now(self, &mut tx, id).await?;
        let mut parameters = facts(&request);
        parameters["tasks"] = json!(objection.tasks);
        tx.commit(&entry.with(parameters)).await?;
        self.destroy_taken(id).await
    }
}

/// Where it can be objected: it is known who asks, and nothing has left.
fn may_object(state: RequestState) -> bool {
    use RequestState as S;
    matches!(state, S::Validating | S::Clarification) || super::may_be_decided_again(state)
}

/// Until when it may be objected about a request; none where it may not.
pub(super) fn objectable(request: &Request, deadlines: &[RequestDeadline], now: Moment) -> Option<Moment> {
    let deadline = in_time(deadlines, now).ok().filter(|_| may_object(request.state));
    deadline.map(|deadline| deadline.due_at)
}

/// The deadline of the objection, where that can still be raised.
fn in_time(deadlines: &[RequestDeadline], now: Moment) -> Result<&RequestDeadline> {
    let refused = |why: String| Err(Error::new(Code::WrongState, why));
    match deadlines.iter().find(|one| is_met_by(one, Satisfaction::ObjectionSent)) {
        None => refused("its regime knows no objection that the law of a third country forbids it".into()),
        Some(one) if one.satisfied_at.is_some() => refused("that can be objected no more".into()),
        Some(one) if one.due_at <= now => refused(format!("that could be objected until {}", one.due_at)),
        Some(one) => Ok(one),
    }
}

/// Whether the house objects under these rules, and refuses nothing by itself, where the law of a third country forbids it.
pub(super) fn is_objected(rules: &RuleSet) -> bool {
    rules.deadline.iter().any(|row| row.satisfied_by.contains(&Satisfaction::ObjectionSent))
}

fn letter(
    app: &App,
    request: &Request,
    (tasks, secrets): (&[TaskRow], &Secrets),
    (objection, under): (&ConflictObjection, &str),
) -> Result<String> {
    let named = |task: &TaskRow| {
        let asked: Asked = secrets.open(&task.asked)?;
        Ok((task.number, asked.wanted.identifier, task.category))
    };
    let said = papers::ConflictObjection {
        tasks: tasks.iter().map(named).collect::<Result<_>>()?,
        law: objection.law.clone(),
        nature: objection.nature.clone(),
        under: under.to_owned(),
    };
    Ok(letters::conflict_objection(app, request, &said).text())
}

/// The objection about a request, whether it was answered or not.
pub(super) async fn conflict(
    read: &mut impl Read,
    id: RequestId,
    secrets: &Secrets,
) -> Result<Option<Conflict>> {
    let Some(row) = request_conflicts::of_request(read, id).await? else { return Ok(None) };
    let objection = secrets.open(&row.said)?;
    Ok(Some(Conflict { objection, raised_at: row.raised_at, answered_at: row.answered_at }))
}

/// Whether an objection waits for its answer.
pub(super) async fn stands(read: &mut impl Read, id: RequestId) -> Result<bool> {
    Ok(request_conflicts::of_request(read, id).await?.is_some_and(|row| row.answered_at.is_none()))
}

/// Nothing goes on before the authority has answered an objection.
pub(super) async fn refuse_unanswered(read: &mut impl Read, id: RequestId) -> Result<()> {
    if !stands(read, id).await? {
        return Ok(());
    }
    let detail = "the objection that the law of a third country forbids it waits for its authority: that takes the request back, or \
                  says that it is upheld";
    Err(Error::new(Code::WrongState, detail))
}

/// The authority answered that the order is upheld. Where the request waited for that, it is looked at again.
pub(super) async fn upheld(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
) -> Result<Option<RequestState>> {
    if !stands(tx, request.id).await? {
        return Err(not_objected());
    }
    request_conflicts::answer(tx, request.id, app.now()).await?;
    if request.state != RequestState::Suspended {
        return Ok(None);
    }
    let is_known = request.level >= level_required(app.rules_of(request)?, instrument);
    let next = if is_known { RequestState::Validating } else { RequestState::Quarantined };
    step(app, tx, &Caller::system(), request, next).await?;
    enqueue(app, tx, &Job::ExamineRequest { request: request.id }).await?;
    Ok(Some(next))
}

/// Nothing was objected that could be upheld against.
pub(super) fn not_objected() -> Error {
    Error::new(Code::WrongState, "nothing was objected that waits for an answer")
}
