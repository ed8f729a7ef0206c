//! Suspicion: a request that may be forged is frozen, found unfounded by two people, or found forged.
//!
//! What it is not: what makes a request look forged; that is in `examine/warnings.rs` and the rules. Whoever forged it is told
//! nothing but that it is examined, or in the end that it was refused.
//!
//! To add a way out of a suspicion: it takes somebody who did not enter the request, and leaves nothing that was granted.

use serde_json::json;
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{RefusalGround, RequestState, TaskState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation};
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, Outcome};
use vigie_store::{Transaction, requests};

use super::take_back::take_back_for_now;
use super::{facts, find, object, step, worded, wrong_state};
use crate::approvals::Act;
use crate::notices::tell_permitted;
use crate::{App, Code, Error, Resource, Result, authorise};

impl App {
    /// Freezes a request that may be forged. Nothing is taken, shown or sent for it any more, and what was taken is destroyed.
    ///
    /// # Errors
    /// Not permitted, or the request is over or frozen.
    pub async fn suspect_forgery(&self, caller: &Caller, id: RequestId, why: &str) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        self.suspect_forgery_as(caller, id, why).await
    }

    pub(super) async fn suspect_forgery_as(&self, caller: &Caller, id: RequestId, why: &str) -> Result<()> {
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let entry = step(self, &mut tx, caller, &request, RequestState::ForgerySuspected).await?;
        take_back_for_now(self, &mut tx, id).await?;
        self.write_letter(&mut tx, &secrets, caller, (id, "note", true), why.trim().to_owned()).await?;
        let kind = NoticeKind::ForgerySuspected;
        tell_permitted(self, &mut tx, Operation::SettleWarnings, kind, &object(id)).await?;
        tx.commit(&entry).await?;
        self.destroy_taken(id).await
    }

    /// Asks a second person to find a suspicion unfounded. The request then waits as one of which nobody knows who asks.
    ///
    /// # Errors
    /// Not permitted, the request is not frozen, or no reason is given.
    pub async fn ask_to_clear_suspicion(&self, caller: &Caller, id: RequestId, why: &str) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let request = find(&mut self.store.read().await?, id).await?;
        if request.state != RequestState::ForgerySuspected {
            return Err(wrong_state(request.state));
        }
        self.ask_second_person(caller, &Act::ClearSuspicion { request: id }, why).await.map(drop)
    }

    /// Finds a frozen request forged, and ends it: its tasks are refused on that ground. Why is written for the file alone;
    /// the authority whose name was used is told by other means.
    ///
    /// # Errors
    /// Not permitted, the request is not frozen, the caller entered it, or no reason is given.
    pub async fn find_forged(&self, caller: &Caller, id: RequestId, why: &str) -> Result<()> {
        authorise(caller, Operation::SettleWarnings, Resource::Any)?;
        let why = worded(why, "say how it was found to be forged")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.state != RequestState::ForgerySuspected {
            return Err(wrong_state(request.state));
        }
        if request.brought_by == caller.actor() {
            return Err(Error::new(Code::SamePerson, "who entered the request cannot find it forged"));
        }
        let (ground, now) = (RefusalGround::Forged, self.now());
        let outcome = Outcome { ground: Some(ground), ..Outcome::default() };
        let tasks = request_tasks::of_request(&mut tx, id).await?;
        let mut refused = 0;
        for task in tasks.iter().filter(|task| !task.state.is_over()) {
            let states = (task.state, TaskState::Refused);
            refused += usize::from(request_tasks::advance(&mut tx, task.id, states, &outcome, now).await?);
        }
        self.write_letter(&mut tx, &secrets, caller, (id, "note", true), why).await?;
        let entry = step(self, &mut tx, caller, &request, RequestState::Refused).await?;
        let mut parameters = facts(&request);
        parameters["ground"] = json!(ground);
        parameters["refused"] = json!(refused);
        tx.commit(&entry.with(parameters)).await?;
        Ok(())
    }
}

/// Finds a suspicion unfounded, as two people agreed. What had left stands as it stood; the rest is looked at again from the
/// beginning.
pub(crate) async fn clear_suspicion(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    let request = find(tx, id).await?;
    let had_left = requests::stopped_in(tx, id).await?.filter(|state| state.has_left());
    let next = had_left.unwrap_or(RequestState::Quarantined);
    step(app, tx, &Caller::system(), &request, next).await.map(drop)
}
