//! What people tell an authority besides papers and packages: that its document came, and that an order to act was given effect.
//!
//! What it is: that it was said, when, and what that satisfies. What it is not: the act. Content is removed by the moderation desk; who
//! handles the order says here what became of it.
//!
//! To add something that people tell: a method with its letter, what it satisfies, and its entry.

use serde_json::json;
use vigie_model::disclosure::{RequestKind, RequestState, TaskState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation};
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, Outcome};
use vigie_store::{request_letters, requests};

use super::decide::{open_tasks, refuse_unsettled, worded};
use super::{facts, find, partial, satisfy, step_as, wrong_state};
use crate::regimes::Satisfaction;
use crate::{App, Code, Error, Resource, Result, authorise, letters};

impl App {
    /// Notes that people sent the acknowledgement of a document that came on paper or by mail. (Who hands in by a machine is
    /// answered at once.)
    ///
    /// # Errors
    /// Not permitted, or its authority was told before.
    pub async fn note_acknowledgement(&self, caller: &Caller, id: RequestId) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.acknowledged_at.is_some() {
            return Err(Error::new(Code::WrongState, "its authority was told before that it came"));
        }
        requests::note_acknowledged(&mut tx, id, now).await?;
        request_letters::note_sent(&mut tx, (id, "acknowledgement"), now).await?;
        satisfy(&mut tx, id, Satisfaction::Acknowledged, now).await?;
        tx.commit(&partial(self, caller, &request, "request.acknowledged").with(facts(&request))).await?;
        Ok(())
    }

    /// Tells the authority which effect its order to act against content was given. What is left of it is done by that.
    ///
    /// # Errors
    /// Not permitted, it is no such order or not under validation, it is not known well enough who asks, a warning is not settled, or
    /// nothing is said.
    pub async fn note_effect(&self, caller: &Caller, id: RequestId, text: &str) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let text = worded(text, "say to the authority which effect was given")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.kind != RequestKind::Removal || request.state != RequestState::Validating {
            return Err(wrong_state(request.state));
        }
        let required = self.required_level(&mut tx, &request).await?;
        if request.level < required {
            let detail = format!("it must be known at {required} who asks, and is at {}", request.level);
            return Err(Error::new(Code::NotAuthenticated, detail));
        }
        refuse_unsettled(&mut tx, id, caller).await?;
        let open = open_tasks(&mut tx, id).await?;
        for task in &open {
            let states = (task.state, TaskState::ActedOn);
            request_tasks::advance(&mut tx, task.id, states, &Outcome::default(), self.now()).await?;
        }
        let letter = letters::effect(self, &request, &text).text();
        self.write_letter(&mut tx, &secrets, caller, (id, "effect", true), letter).await?;
        satisfy(&mut tx, id, Satisfaction::Removed, self.now()).await?;
        let next = (RequestState::Closed, "request.effect_given");
        let entry = step_as(self, &mut tx, caller, &request, next).await?;
        let mut parameters = facts(&request);
        parameters["tasks"] = json!(open.len());
        tx.commit(&entry.with(parameters)).await?;
        Ok(())
    }
}
