//! The end of a request: what the messenger kept for it is let go, it closes by itself, and after years only counts remain.
//!
//! What it is not: what stops a request before its end (`interrupt.rs`, `suspicion.rs`). What a round or a job does here can be
//! done again.
//!
//! To add something that ends with a request: its line in `archive_one`, or in `end` where the messenger has to let go of it.

use serde_json::json;
use vigie_model::disclosure::{PreservationState, Request, RequestKind, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_deadlines::{self, RequestDeadline};
use vigie_store::request_keys::RequestPart;
use vigie_store::{
    Transaction, do_not_act, packages, request_archive, request_documents, request_tasks, requests, retention,
};

use super::examine::reason_to_keep;
use super::receive::Asked;
use super::{Unexamined, find, object, step, waits_for};
use crate::jobs::{Job, enqueue};
use crate::records::RecordsError;
use crate::regimes::Satisfaction;
use crate::{App, Code, Error, Resource, Result, authorise};

/// How many requests one round closes or archives.
const AT_ONCE: i64 = 100;

/// Has let go what is kept for a request of which nothing is left.
pub(super) async fn begin_end(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    enqueue(app, tx, &Job::EndRequest { request: id }).await.map(drop)
}

/// Until when what was refused stays held, in case the order is enforced; none where nothing does.
pub(super) fn held_though_refused(request: &Request, deadlines: &[RequestDeadline]) -> Option<Moment> {
    if request.state != RequestState::Refused {
        return None;
    }
    deadlines.iter().find(|one| waits_for(one, Satisfaction::HoldSettled)).map(|one| one.due_at)
}

/// Whether nothing of it has to be kept any more.
fn is_kept_no_more(request: &Request) -> bool {
    let ended = matches!(request.preservation, Some(PreservationState::Ended | PreservationState::Expired));
    request.state.is_over() || ended
}

/// Lets go what the messenger kept for a request: the job of its end. Doing it again does no harm.
pub(crate) async fn end(app: &App, id: RequestId) -> Result<(), Unexamined> {
    let request = find(&mut app.store.read().await?, id).await?;
    if !is_kept_no_more(&request) || request.state == RequestState::Archived {
        return Ok(());
    }
    let deadlines = request_deadlines::of_request(&mut app.store.read().await?, id).await?;
    if held_though_refused(&request, &deadlines).is_some() {
        let mut tx = app.store.begin().await?;
        do_not_act::lift(&mut tx, id, app.now()).await?;
        tx.commit(&Details::new(&Caller::system(), "request.held_though_refused", object(id), app.now()))
            .await?;
        return Ok(());
    }
    let secrets = app.secrets(id, RequestPart::Whole).await?;
    let tasks = request_tasks::of_request(&mut app.store.read().await?, id).await?;
    for task in &tasks {
        let asked: Asked = secrets.open(&task.asked)?;
        let Some(records) = app.account_records(&asked.wanted.identifier.service) else { continue };
        if !records.capabilities().holds {
            continue;
        }
        match records.lift(&reason_to_keep(id, task.number), app.now()).await {
            Ok(()) => {}
            Err(RecordsError::Later { why, .. }) => return Err(Unexamined::Later(why)),
            Err(error) => tracing::warn!(%error, "the messenger does not let go what it kept"),
        }
    }
    let mut tx = app.store.begin().await?;
    if request.state.is_over() {
        do_not_act::lift(&mut tx, id, app.now()).await?;
    }
    let entry = Details::new(&Caller::system(), "request.let_go", object(id), app.now());
    tx.commit(&entry.with(json!({ "tasks": tasks.len() }))).await?;
    Ok(())
}

impl App {
    /// Closes a request: its authority has what there is, and nothing more is expected of anybody.
    ///
    /// # Errors
    /// Not permitted, it was not delivered, or something is expected still.
    pub async fn close_request(&self, caller: &Caller, id: RequestId) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if !matches!(request.state, RequestState::Delivered | RequestState::UseRestricted) {
            return Err(super::wrong_state(request.state));
        }
        let deadlines = vigie_store::request_deadlines::of_request(&mut tx, id).await?;
        let open = deadlines.iter().find(|one| one.satisfied_at.is_none() && one.due_at > self.now());
        if let Some(open) = open {
            let detail = format!("{}: until {} something is expected", open.label.en, open.due_at);
            return Err(Error::new(Code::WrongState, detail));
        }
        let entry = step(self, &mut tx, caller, &request, RequestState::Closed).await?;
        tx.commit(&entry).await?;
        Ok(())
    }
}

/// Closes what is finished: delivered, with nothing expected and nothing left to fetch; and preservations that have ended.
pub(crate) async fn close_finished(app: &App) -> Result<()> {
    for id in requests::finished(&mut app.store.read().await?, app.now(), AT_ONCE).await? {
        let mut tx = app.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let is_finished = match request.kind {
            RequestKind::Preservation => is_kept_no_more(&request),
            _ => matches!(request.state, RequestState::Delivered | RequestState::UseRestricted),
        };
        if !is_finished || !request.state.may_become(RequestState::Closed) {
            continue;
        }
        let entry = step(app, &mut tx, &Caller::system(), &request, RequestState::Closed).await?;
        tx.commit(&entry).await?;
    }
    Ok(())
}

/// Archives what was over long enough: the key of the request is destroyed, and only what is counted remains. A request about which
/// silence stands, or of which a user is still to be told, waits.
pub(crate) async fn archive(app: &App) -> Result<()> {
    let before = app.now().before(app.settings.disclosure.archive_after);
    for id in requests::over_since(&mut app.store.read().await?, before, AT_ONCE).await? {
        archive_one(app, id).await?;
    }
    Ok(())
}

/// The keys go first: where the transaction fails, the next round finds it unreadable and does the rest.
async fn archive_one(app: &App, id: RequestId) -> Result<()> {
    app.shred_secrets(id, RequestPart::Staging).await?;
    app.shred_secrets(id, RequestPart::Whole).await?;
    let mut tx = app.store.begin().await?;
    let request = find(&mut tx, id).await?;
    let entry = step(app, &mut tx, &Caller::system(), &request, RequestState::Archived).await?;
    for document in request_documents::of_request(&mut tx, id).await? {
        retention::lift(&mut tx, document.blob, &object(id)).await?;
        retention::erase(&mut tx, document.blob, app.now()).await?;
    }
    if let Some(package) = packages::of_request(&mut tx, id).await? {
        retention::erase(&mut tx, package.object, app.now()).await?;
    }
    request_archive::scrub(&mut tx, id).await?;
    tx.commit(&entry).await?;
    app.intake().clean_soon();
    Ok(())
}
