//! What stops a request: its authority takes it back, a court or another law has it wait, or the enforcing authority objects.
//! What looks forged is in `suspicion.rs`.
//!
//! What it is not: what becomes of what was granted; that is `take_back.rs`. To add a stop: a state that the request may
//! take, and a method that ends in `step` and takes back.

use std::collections::BTreeSet;

use serde_json::json;
use vigie_model::disclosure::{RequestState, TaskState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, Outcome};
use vigie_store::request_warnings::{self, Settled};
use vigie_store::{Transaction, requests};

use super::documents::{Kept, write_following};
use super::take_back::{take_back, take_back_for_now};
use super::{find, object, refused_in, satisfy, step, worded, wrong_state};
use crate::jobs::{Job, enqueue};
use crate::regimes::Satisfaction;
use crate::{App, Code, Error, Resource, Result, authorise};

/// What an enforcing authority says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// It raises no ground.
    None,
    /// It refuses these tasks.
    Partial(BTreeSet<i64>),
    /// It refuses the whole.
    Full,
}

impl Objection {
    /// As entries of the ledger name it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial(_) => "partial",
            Self::Full => "full",
        }
    }

    /// Where it leads a request that stands here; none where nothing waits for it.
    fn leads(&self, from: RequestState) -> Option<RequestState> {
        use RequestState as S;
        match (from, self) {
            (S::EnforcingHold, Self::Full) => Some(S::Refused),
            (S::EnforcingHold, Self::None | Self::Partial(_)) => Some(S::ReadyForApproval),
            // What was released and nobody fetched yet is not given any more either.
            (S::Released | S::Delivered, Self::Partial(_) | Self::Full) => Some(S::UseRestricted),
            _ => None,
        }
    }
}

impl App {
    /// Withdraws a request: its authority took it back. What was taken for it is destroyed.
    ///
    /// # Errors
    /// Not permitted, or the request is over.
    pub async fn withdraw_request(&self, caller: &Caller, id: RequestId, why: &str) -> Result<()> {
        self.authorise_for(caller, id).await?;
        self.withdraw(caller, id, (why, None)).await
    }

    /// Withdraws a request for a caller who may, with the document that says so where there is one.
    pub(super) async fn withdraw(
        &self,
        caller: &Caller,
        id: RequestId,
        (why, kept): (&str, Option<&Kept>),
    ) -> Result<()> {
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if !request.state.may_become(RequestState::Withdrawn) {
            return Err(refused_in(caller, request.state));
        }
        let entry = step(self, &mut tx, caller, &request, RequestState::Withdrawn).await?;
        write_following(self, &mut tx, (&request, caller), ("withdrawal", kept)).await?;
        take_back(self, &mut tx, id).await?;
        cancel_tasks(self, &mut tx, id).await?;
        let text = if why.trim().is_empty() { "withdrawn" } else { why.trim() };
        self.write_letter(&mut tx, &secrets, caller, (id, "withdrawal", false), text.to_owned()).await?;
        tx.commit(&entry).await?;
        fail::fail_point!("request-after-taking-back");
        self.destroy_taken(id).await
    }

    /// Has a request wait: a court, or a conflict with another law. What was taken for it is destroyed, and taken anew where
    /// it goes on.
    ///
    /// # Errors
    /// Not permitted, or the request cannot wait.
    pub async fn suspend_request(&self, caller: &Caller, id: RequestId, why: &str) -> Result<()> {
        self.note_and_step(caller, id, RequestState::Suspended, why).await?;
        self.destroy_taken(id).await
    }

    /// Has a request that waited go on. What had left stands as it stood; the rest is looked at again.
    ///
    /// # Errors
    /// Not permitted, or the request does not wait.
    pub async fn resume_request(&self, caller: &Caller, id: RequestId, why: &str) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let request = find(&mut reader, id).await?;
        if request.state != RequestState::Suspended {
            return Err(wrong_state(request.state));
        }
        super::conflict::refuse_unanswered(&mut reader, id).await?;
        let had_left = requests::stopped_in(&mut reader, id).await?.filter(|state| state.has_left());
        let is_known = request.level >= self.required_level(&mut reader, &request).await?;
        drop(reader);
        let again = if is_known { RequestState::Validating } else { RequestState::Quarantined };
        self.note_and_step(caller, id, had_left.unwrap_or(again), why).await
    }

    /// Writes a note beside a request, for colleagues. The authority never reads it.
    ///
    /// # Errors
    /// Not permitted, no such request, or the note is empty.
    pub async fn note_request(&self, caller: &Caller, id: RequestId, text: &str) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let text = worded(text, "say what is noted")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        self.write_letter(&mut tx, &secrets, caller, (id, "note", true), text).await?;
        tx.commit(&super::partial(self, caller, &request, "request.noted")).await?;
        Ok(())
    }

    async fn note_and_step(&self, caller: &Caller, id: RequestId, to: RequestState, why: &str) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let why = worded(why, "say why")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.state == to {
            return Err(wrong_state(request.state));
        }
        let entry = step(self, &mut tx, caller, &request, to).await?;
        if to == RequestState::Suspended {
            take_back_for_now(self, &mut tx, id).await?;
        } else {
            enqueue(self, &mut tx, &Job::ExamineRequest { request: id }).await?;
        }
        self.write_letter(&mut tx, &secrets, caller, (id, "note", true), why).await?;
        tx.commit(&entry).await?;
        Ok(())
    }

    /// Notes what the enforcing authority says: before anything leaves it may stop all or some of it, after delivery it may
    /// restrict its use.
    ///
    /// # Errors
    /// Not permitted, or the request neither waits for it nor was delivered.
    pub async fn note_objection(
        &self,
        caller: &Caller,
        id: RequestId,
        (objection, text): (&Objection, &str),
    ) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        self.object(caller, id, (objection, text), None).await
    }

    /// Notes it for a caller who may, with the document that says so where there is one.
    pub(super) async fn object(
        &self,
        caller: &Caller,
        id: RequestId,
        (objection, text): (&Objection, &str),
        kept: Option<&Kept>,
    ) -> Result<()> {
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let mut next = objection.leads(request.state).ok_or_else(|| refused_in(caller, request.state))?;
        if request.state == RequestState::EnforcingHold {
            let left = block(self, &mut tx, id, objection).await?;
            match (left, objection) {
                (false, _) => next = RequestState::Refused,
                // What two people may have agreed to already stays as it is.
                (true, Objection::None) => {}
                (true, _) => super::decide::narrow(self, &mut tx, id).await?,
            }
        }
        satisfy(&mut tx, id, Satisfaction::EnforcingAuthorityAnswered, self.now()).await?;
        let entry = step(self, &mut tx, caller, &request, next).await?;
        if next == RequestState::ReadyForApproval {
            // What two people agreed to while it waited leaves now, even where this process ends before the last line.
            enqueue(self, &mut tx, &Job::ReleasePackage { request: id }).await?;
        }
        if next == RequestState::Refused {
            take_back(self, &mut tx, id).await?;
        }
        let text = if text.trim().is_empty() { "-" } else { text.trim() };
        self.write_letter(&mut tx, &secrets, caller, (id, "enforcing_authority", false), text.to_owned())
            .await?;
        write_following(self, &mut tx, (&request, caller), ("enforcing_decision", kept)).await?;
        let mut parameters = super::facts(&request);
        parameters["objection"] = json!(objection.name());
        tx.commit(&entry.with(parameters)).await?;
        if next == RequestState::Refused {
            self.destroy_taken(id).await?;
        }
        crate::releases::go_on_as_agreed(self, id).await
    }

    /// Settles what should make somebody look twice, with a reason. Nobody who entered this request does, and whoever does is not
    /// who accepts it.
    ///
    /// # Errors
    /// Not permitted, no such warning stands, or no reason is given.
    pub async fn settle_warning(
        &self,
        caller: &Caller,
        id: RequestId,
        (task, kind, reason): (i64, &str, &str),
    ) -> Result<()> {
        authorise(caller, Operation::SettleWarnings, Resource::Any)?;
        let by = caller.person().ok_or_else(|| Error::new(Code::Forbidden, "only a person settles"))?;
        let reason = worded(reason, "say why it stands no more")?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.brought_by == caller.actor() {
            return Err(Error::new(Code::SamePerson, "who entered the request cannot settle its warnings"));
        }
        let settled = Settled { by, at: self.now(), reason };
        if !request_warnings::settle(&mut tx, (id, task, kind), &settled).await? {
            return Err(Error::not_found("open warning"));
        }
        let entry = Details::new(caller, "request.warning_settled", object(id), self.now());
        tx.commit(&entry.with(json!({ "task": task, "kind": kind }))).await?;
        Ok(())
    }
}

/// Blocks what the enforcing authority refuses. Whether anything is left.
async fn block(app: &App, tx: &mut Transaction, id: RequestId, objection: &Objection) -> Result<bool> {
    let mut left = false;
    for task in request_tasks::of_request(tx, id).await? {
        if task.state.is_over() {
            continue;
        }
        let is_blocked = match objection {
            Objection::None => false,
            Objection::Partial(numbers) => numbers.contains(&task.number),
            Objection::Full => true,
        };
        if is_blocked {
            let states = (task.state, TaskState::Blocked);
            request_tasks::advance(tx, task.id, states, &Outcome::default(), app.now()).await?;
        }
        left |= !is_blocked;
    }
    Ok(left)
}

pub(super) async fn cancel_tasks(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    for task in request_tasks::of_request(tx, id).await?.into_iter().filter(|task| !task.state.is_over()) {
        let states = (task.state, TaskState::Cancelled);
        request_tasks::advance(tx, task.id, states, &Outcome::default(), app.now()).await?;
    }
    Ok(())
}
