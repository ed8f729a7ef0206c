//! Taking back: nothing more happens under the grant of a request that stopped or ended, and what was taken under it opens for
//! nobody any more.
//!
//! To stop a request anew: `take_back` in the transaction of its step, or `take_back_for_now` where it may go on, and
//! `destroy_taken` after it. The key of what was taken goes before that transaction is done: whoever ends in between has destroyed
//! too much, which is taken anew once the request is decided again, and never told anybody that something is destroyed which still
//! opens.

use vigie_model::approval::ApprovalState;
use vigie_model::disclosure::{RequestState, TaskState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation};
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, Outcome};
use vigie_store::{Transaction, approvals, grants, retention};

use super::{find, step, worded, wrong_state};
use crate::jobs::{Job, enqueue};
use crate::releases::release_subject;
use crate::{App, Resource, Result, authorise};

/// Takes back what was granted of a request, what was taken under it, and the question whether that may leave.
pub(super) async fn take_back(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    grants::revoke(tx, id, app.now()).await?;
    take_question_back(app, tx, id).await?;
    app.forget_staging(tx, id).await?;
    app.shred_secrets(id, RequestPart::Staging).await?;
    fail::fail_point!("request-before-taking-back");
    Ok(())
}

/// The same of a request that may go on: tasks that were granted and did not leave are decided again.
pub(super) async fn take_back_for_now(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    take_back(app, tx, id).await?;
    for task in request_tasks::of_request(tx, id).await? {
        if matches!(task.state, TaskState::Granted | TaskState::Extracted | TaskState::InReview) {
            let states = (task.state, TaskState::Preserved);
            request_tasks::advance(tx, task.id, states, &Outcome::default(), app.now()).await?;
        }
    }
    Ok(())
}

/// Ends the question that waits whether a package may leave: what it asked about is no more.
pub(super) async fn take_question_back(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    let Some(question) = approvals::newest_about(tx, &release_subject(id)).await? else { return Ok(()) };
    approvals::end(tx, question.id, ApprovalState::Withdrawn, app.now()).await?;
    Ok(())
}

/// Where something was granted and has not left: until then it can be decided again.
pub fn may_be_decided_again(state: RequestState) -> bool {
    use RequestState as S;
    matches!(state, S::Accepted | S::Executing | S::EnforcingHold | S::ReadyForApproval | S::Approved)
}

impl App {
    /// Has a request decided again of which something was granted and nothing has left: it was decided wrongly, the messenger
    /// gives what it may not, or the grant lapsed before a second person agreed.
    ///
    /// # Errors
    /// Not permitted, nothing is granted or it has left, or no reason is given.
    pub async fn decide_again(&self, caller: &Caller, id: RequestId, why: &str) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let why = worded(why, "say why")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if !may_be_decided_again(request.state) {
            return Err(wrong_state(request.state));
        }
        let entry = step(self, &mut tx, caller, &request, RequestState::Validating).await?;
        take_back_for_now(self, &mut tx, id).await?;
        self.write_letter(&mut tx, &secrets, caller, (id, "note", true), why).await?;
        enqueue(self, &mut tx, &Job::ExamineRequest { request: id }).await?;
        tx.commit(&entry).await?;
        self.destroy_taken(id).await
    }

    /// What was taken opens for nobody any more once the transaction is done and its key is destroyed; its object goes with
    /// the next round.
    pub(crate) async fn forget_staging(&self, tx: &mut Transaction, id: RequestId) -> Result<()> {
        let Some(staging) = grants::staged(tx, id).await? else { return Ok(()) };
        grants::note_shredded(tx, id, self.now()).await?;
        retention::erase(tx, staging.object, self.now()).await?;
        Ok(())
    }

    /// Destroys the key of what was taken, where nothing that was taken waits to leave, and nothing is being taken. Doing it again
    /// does no harm.
    pub(crate) async fn destroy_taken(&self, id: RequestId) -> Result<()> {
        let mut tx = self.store.begin().await?;
        // Nobody begins to take anything before the transaction is over.
        let request = find(&mut tx, id).await?;
        if request.state != RequestState::Executing && grants::staged(&mut tx, id).await?.is_none() {
            self.shred_secrets(id, RequestPart::Staging).await?;
        }
        drop(tx);
        self.intake().clean_soon();
        Ok(())
    }
}
