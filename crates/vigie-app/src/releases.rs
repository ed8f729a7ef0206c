//! Releases: what two people agreed to let leave, sealed to the authority, signed, and provable.
//!
//! What it is: the last steps of a request. A legal officer sees exactly what would leave and withholds what must not; a
//! second person agrees, after confirming that it is them; the job that follows seals the package (`releases/seal.rs`); the
//! authority fetches it with the proof that the release stands in the ledger (`releases/fetch.rs`). What it is not: who may
//! ask for what; by now a grant says so, and nothing outside it can be sealed.
//!
//! To add something that a package says: where it is found in `releases/seal.rs`, and its member of the manifest in
//! `vigie_seal::package`.

mod fetch;
mod prepared;
mod seal;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::disclosure::{Authority, Category, DeliveryEvidence, Grant, Record, Request, RequestState};
use vigie_model::id::{BlobId, RequestId, TaskId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::packages::{self, Delivered, PackageRow};
use vigie_store::request_keys::RequestPart;
use vigie_store::{Read, Transaction, approvals, grants};

use crate::approvals::{Act, asked};
use crate::jobs::{Job, enqueue};
use crate::requests::{facts, find, object, step, wrong_state};
use crate::{App, Code, Error, Resource, Result, authorise};

pub use fetch::FetchedPackage;
pub(crate) use fetch::note_unfetched;
pub use seal::Says;
pub(crate) use seal::seal_package;

/// How many records a page shows.
pub const PAGE: usize = 100;

/// A record that was taken and will not leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withheld {
    /// Which, counted from 0 in the order in which they were taken.
    pub position: usize,
    /// Why, in words that the authority reads.
    pub reason: String,
}

/// A release that two people agree to: exactly this grant, exactly what was taken, exactly what is withheld, to this key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The request.
    pub request: RequestId,
    /// SHA-256 of the grant, in hex.
    pub grant_sha256: String,
    /// The object in which what was taken lies.
    pub staged: BlobId,
    /// How many records leave.
    pub records: usize,
    /// SHA-256 of what is withheld, in hex.
    pub withheld_sha256: String,
    /// To what the package is sealed: an age recipient.
    pub recipient: String,
}

/// What is prepared and leaves of one task.
#[derive(Debug, Clone)]
pub struct PreparedTask {
    /// The task.
    pub task: TaskId,
    /// Its category.
    pub category: Category,
    /// How many records were taken.
    pub taken: usize,
    /// How many of them leave.
    pub leaves: usize,
    /// The moment of the first connection, and of the last.
    pub first_and_last: Option<(Moment, Moment)>,
}

/// A record as a release shows it.
#[derive(Debug, Clone)]
pub struct ShownRecord {
    /// Which, counted from 0.
    pub position: usize,
    /// For which task.
    pub task: TaskId,
    /// The record.
    pub record: Record,
    /// Why it will not leave, where it will not.
    pub withheld: Option<String>,
}

/// What would leave, as the people see it who answer for it.
#[derive(Debug, Clone)]
pub struct ReleaseView {
    /// The request.
    pub request: Request,
    /// What was granted.
    pub grant: Grant,
    /// What is prepared, a granted task each.
    pub tasks: Vec<PreparedTask>,
    /// A page of the records, and how many there are.
    pub records: (Vec<ShownRecord>, usize),
    /// What the package would say beside the records.
    pub says: Says,
    /// To what it would be sealed; none where no key is known.
    pub recipient: Option<String>,
    /// The question to the second person, where it waits or was answered.
    pub question: Option<Approval>,
}

impl App {
    /// Shows what would leave. That somebody looks is written down before anything is shown.
    ///
    /// # Errors
    /// Not permitted, no such request, or nothing of it is staged.
    pub async fn release_view(&self, caller: &Caller, id: RequestId, page: usize) -> Result<ReleaseView> {
        authorise(caller, Operation::ReadRequests, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let entry = Details::new(caller, "release.viewed", object(id), self.now());
        tx.commit(&entry.with(json!({ "page": page }))).await?;
        let mut reader = self.store.read().await?;
        let prepared = self.prepared(&mut reader, &request).await?;
        let question = approvals::newest_about(&mut reader, &release_subject(id)).await?;
        let rows = vigie_store::request_tasks::of_request(&mut reader, id).await?;
        drop(reader);
        let networks = Arc::clone(&self.settings.disclosure.networks);
        let look = move || {
            let shown = prepared.records.iter().enumerate().skip(page.saturating_mul(PAGE)).take(PAGE);
            let shown = shown.map(|(position, staged)| prepared.shown(position, staged)).collect();
            ReleaseView {
                tasks: prepared.tasks(),
                records: (shown, prepared.records.len()),
                says: seal::says(&networks, &prepared, &rows),
                recipient: prepared.basis.recipient.clone(),
                grant: prepared.basis.grant,
                request,
                question,
            }
        };
        self.heavy.run(look).await
    }

    /// Keeps records from leaving, or lets them leave again where no reason is given.
    ///
    /// # Errors
    /// Not permitted, the request is not being prepared, or a position is none.
    pub async fn withhold_records(
        &self,
        caller: &Caller,
        id: RequestId,
        (positions, reason): (&[usize], Option<&str>),
    ) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if !is_prepared(request.state) {
            return Err(wrong_state(request.state));
        }
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let staging = grants::staged(&mut tx, id).await?.ok_or_else(|| Error::not_found("extraction"))?;
        let count = usize::try_from(staging.records).unwrap_or(0);
        if positions.is_empty() || positions.iter().any(|position| *position >= count) {
            return Err(Error::new(Code::InvalidValue, "choose records of this request"));
        }
        let mut withheld: Vec<Withheld> = secrets.open(&staging.redactions)?;
        withheld.retain(|one| !positions.contains(&one.position));
        if let Some(reason) = reason {
            withheld.extend(
                positions.iter().map(|position| Withheld { position: *position, reason: reason.to_owned() }),
            );
        }
        withheld.sort_by_key(|one| one.position);
        withheld.dedup_by_key(|one| one.position);
        grants::redact(&mut tx, id, &secrets.seal(&withheld)?).await?;
        let entry = Details::new(caller, "release.withheld", object(id), self.now());
        tx.commit(&entry.with(json!({ "records": positions.len(), "leaves_again": reason.is_none() })))
            .await?;
        Ok(())
    }

    /// Asks a second person to let a package leave. Who prepared it confirms that it is them.
    ///
    /// # Errors
    /// Not permitted, [`Code::StepUpNeeded`], the request is not ready, or no key of the authority is known.
    pub async fn ask_release(&self, caller: &Caller, id: RequestId, reason: &str) -> Result<Approval> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        self.confirmed_lately(caller)?;
        let request = find(&mut self.store.read().await?, id).await?;
        // It is prepared while the enforcing authority has its time, so that it leaves when that ends.
        if !is_prepared(request.state) {
            return Err(wrong_state(request.state));
        }
        refuse_unaccepted(self, &mut self.store.read().await?, &request).await?;
        // What was taken is opened before anything is written: nobody waits for that.
        let release = self.prepared(&mut self.store.read().await?, &request).await?.release(&request)?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let basis = self.basis(&mut tx, &request).await?;
        basis.refuse_lapsed(self.now())?;
        if !is_prepared(request.state) || !basis.is_of(&release)? {
            return Err(Error::new(
                Code::WrongState,
                "what would leave was changed a moment ago: look again",
            ));
        }
        let waiting = approvals::newest_about(&mut tx, &release_subject(id)).await?;
        if waiting.is_some_and(|one| one.state == ApprovalState::Waiting) {
            return Err(Error::new(Code::WrongState, "a second person is asked already"));
        }
        let approval = self.write_question(&mut tx, caller, &Act::ReleasePackage(release), reason).await?;
        tx.commit(&asked(caller, &approval)).await?;
        Ok(approval)
    }

    /// The evidence of delivery of what left for a request, and until when it can be fetched.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn package_of(
        &self,
        read: &mut impl Read,
        id: RequestId,
    ) -> Result<Option<(PackageRow, Vec<Delivered>)>> {
        let Some(package) = packages::of_request(read, id).await? else { return Ok(None) };
        let delivered = packages::deliveries(read, package.id).await?;
        Ok(Some((package, delivered)))
    }
}

/// How questions about a release name what they are about.
pub(crate) fn release_subject(id: RequestId) -> String {
    format!("release:{id}")
}

fn is_prepared(state: RequestState) -> bool {
    matches!(state, RequestState::ReadyForApproval | RequestState::EnforcingHold)
}

/// Lets a package leave, as two people agreed: nothing about it changed since it was asked.
pub(crate) async fn agreed(app: &App, tx: &mut Transaction, release: &Release) -> Result<()> {
    let request = find(tx, release.request).await?;
    if !is_prepared(request.state) {
        return Err(wrong_state(request.state));
    }
    refuse_unaccepted(app, tx, &request).await?;
    let basis = app.basis(tx, &request).await?;
    basis.refuse_lapsed(app.now())?;
    if !basis.is_of(release)? {
        return Err(Error::new(Code::ApprovalAltered, "what would leave is not what was asked"));
    }
    // While the enforcing authority has its time, nothing leaves: what was agreed to waits for the end of that.
    if request.state == RequestState::EnforcingHold {
        return Ok(());
    }
    step(app, tx, &Caller::system(), &request, RequestState::Approved).await?;
    enqueue(app, tx, &Job::ReleasePackage { request: request.id }).await.map(drop)
}

/// Lets leave what two people agreed to while the enforcing authority had its time, where nothing about it changed since.
pub(crate) async fn go_on_as_agreed(app: &App, id: RequestId) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let request = find(&mut tx, id).await?;
    if request.state != RequestState::ReadyForApproval {
        return Ok(());
    }
    let question = approvals::newest_about(&mut tx, &release_subject(id)).await?;
    let Some(agreed) = question.filter(|one| one.state == ApprovalState::Approved) else { return Ok(()) };
    if !app.basis(&mut tx, &request).await?.is_as_agreed(&agreed, app.now())? {
        return Ok(());
    }
    let entry = step(app, &mut tx, &Caller::system(), &request, RequestState::Approved).await?;
    tx.commit(&entry).await?;
    Ok(())
}

/// Refuses where nothing of the authority is accepted any more: it was suspended, or the time of its keys is over.
async fn refuse_unaccepted(app: &App, read: &mut impl Read, request: &Request) -> Result<()> {
    let Some(id) = request.authority else { return Ok(()) };
    let authority = crate::authorities::find(read, id).await?;
    refuse_giving(app, &authority)
}

fn refuse_giving(app: &App, authority: &Authority) -> Result<()> {
    authority.accepts(app.now()).map_err(|why| {
        Error::new(Code::AuthoritySuspended, format!("nothing is given to this authority: {why}"))
    })
}

/// What two people agreed to.
fn agreed_to(question: &Approval) -> Option<Release> {
    match serde_json::from_str(&question.parameters).ok()? {
        Act::ReleasePackage(release) => Some(release),
        _ => None,
    }
}

/// A further piece of evidence that a package went on, or did not.
async fn note_delivery(
    tx: &mut Transaction,
    package: &PackageRow,
    (evidence, at, detail): (DeliveryEvidence, Moment, String),
) -> Result<()> {
    Ok(packages::add_delivery(tx, package.id, &Delivered { evidence, at, detail }).await?)
}

/// The entry of something about a request in this file's part of its way.
fn entry(caller: &Caller, action: &str, request: &Request, at: Moment) -> Details {
    Details::new(caller, action, object(request.id), at).with(facts(request))
}
