//! Releases: what two people agreed to let leave, sealed to the authority, signed, and provable.
//!
//! What it is: the last steps of a request. A legal officer sees exactly what would leave and withholds what must not; a
//! second person agrees, after confirming that it is them; the job that follows seals the package (`releases/seal.rs`); the
//! authority fetches it with the proof that the release stands in the ledger (`releases/fetch.rs`). What it is not: who may
//! ask for what; by now a grant says so, and nothing outside it can be sealed.

mod fetch;
mod seal;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use vigie_model::approval::Approval;
use vigie_model::disclosure::{
    Category, DeliveryEvidence, Grant, GrantedTask, Record, Request, RequestState,
};
use vigie_model::id::{BlobId, RequestId, TaskId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::grants::SignedGrant;
use vigie_seal::ledger::Details;
use vigie_store::packages::{self, Delivered, PackageRow};
use vigie_store::request_keys::RequestPart;
use vigie_store::{Read, Transaction, approvals, authorities, grants};

use crate::approvals::{Act, asked};
use crate::jobs::{Job, enqueue};
use crate::requests::{StagedRecord, facts, find, object, open_grant, staged_records, step, wrong_state};
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
        let shown = prepared.records.iter().enumerate().skip(page.saturating_mul(PAGE)).take(PAGE);
        let shown = shown.map(|(position, staged)| prepared.shown(position, staged)).collect();
        Ok(ReleaseView {
            tasks: prepared.tasks(),
            records: (shown, prepared.records.len()),
            says: seal::says(self, &prepared, &rows),
            recipient: prepared.recipient.clone(),
            grant: prepared.grant,
            request,
            question,
        })
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
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        // It is prepared while the enforcing authority has its time, so that it leaves when that ends.
        if !is_prepared(request.state) {
            return Err(wrong_state(request.state));
        }
        let waiting = approvals::newest_about(&mut tx, &release_subject(id)).await?;
        if waiting.is_some_and(|one| one.state == vigie_model::approval::ApprovalState::Waiting) {
            return Err(Error::new(Code::WrongState, "a second person is asked already"));
        }
        let prepared = self.prepared(&mut tx, &request).await?;
        let release = prepared.release(&request)?;
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

    async fn prepared(&self, read: &mut impl Read, request: &Request) -> Result<Prepared> {
        let row = grants::standing(read, request.id).await?.ok_or_else(|| Error::not_found("grant"))?;
        let (envelope, grant) = open_grant(self, &row).await?;
        let signed = SignedGrant::read(&envelope).map_err(|error| Error::internal("read a grant", error))?;
        let (staging, records) = staged_records(self, read, request.id).await?;
        let secrets = self.secrets(request.id, RequestPart::Whole).await?;
        Ok(Prepared {
            withheld: secrets.open(&staging.redactions)?,
            recipient: self.recipient(read, request).await?,
            staged: staging.object,
            places: grant.tasks.iter().zip(0..).map(|(granted, place)| (granted.task, place)).collect(),
            grant,
            signed,
            records,
        })
    }

    /// To what a package is sealed: the key of the directory, or of a document that the authority itself signed.
    async fn recipient(&self, read: &mut impl Read, request: &Request) -> Result<Option<String>> {
        let Some(id) = request.authority else { return Ok(None) };
        let authority = authorities::find(read, id).await?.ok_or_else(|| Error::not_found("authority"))?;
        if authority.keys.sealing.is_some() {
            return Ok(authority.keys.sealing);
        }
        if request.level < vigie_model::disclosure::AuthenticationLevel::L4 {
            return Ok(None);
        }
        Ok(self.instrument_of(read, request.id).await?.answer_to)
    }
}

/// What is ready to leave.
struct Prepared {
    grant: Grant,
    /// Where each task stands in the grant.
    places: HashMap<TaskId, usize>,
    signed: SignedGrant,
    staged: BlobId,
    records: Vec<StagedRecord>,
    withheld: Vec<Withheld>,
    recipient: Option<String>,
}

impl Prepared {
    fn reason(&self, position: usize) -> Option<&str> {
        let found = self.withheld.binary_search_by_key(&position, |one| one.position).ok()?;
        self.withheld.get(found).map(|one| one.reason.as_str())
    }

    fn shown(&self, position: usize, staged: &StagedRecord) -> ShownRecord {
        ShownRecord {
            position,
            task: staged.task,
            record: staged.record.clone(),
            withheld: self.reason(position).map(str::to_owned),
        }
    }

    /// What is prepared and leaves of each granted task, in the order of the grant.
    fn tasks(&self) -> Vec<PreparedTask> {
        let none_yet = |granted: &GrantedTask| PreparedTask {
            task: granted.task,
            category: granted.category,
            taken: 0,
            leaves: 0,
            first_and_last: None,
        };
        let mut tasks: Vec<_> = self.grant.tasks.iter().map(none_yet).collect();
        for (position, staged) in self.records.iter().enumerate() {
            let place = self.places.get(&staged.task).copied();
            let Some(task) = place.and_then(|place| tasks.get_mut(place)) else { continue };
            task.taken += 1;
            task.leaves += usize::from(self.reason(position).is_none());
            if let Record::Connection { at, .. } = &staged.record {
                let (first, last) = task.first_and_last.unwrap_or((*at, *at));
                task.first_and_last = Some((first.min(*at), last.max(*at)));
            }
        }
        tasks
    }

    /// What was granted for a task: records are many, and so may tasks be.
    fn granted(&self, task: TaskId) -> Option<&GrantedTask> {
        self.places.get(&task).and_then(|place| self.grant.tasks.get(*place))
    }

    /// Records that leave: those of tasks that are granted still, without those that are withheld.
    fn leaving(&self) -> impl Iterator<Item = &StagedRecord> {
        let stays = |(position, staged): &(usize, &StagedRecord)| {
            self.reason(*position).is_none() && self.granted(staged.task).is_some()
        };
        self.records.iter().enumerate().filter(stays).map(|(_, staged)| staged)
    }

    fn release(&self, request: &Request) -> Result<Release> {
        let recipient = self.recipient.clone().ok_or_else(|| {
            Error::new(
                Code::NoSealingKey,
                "no key of the authority is known: register one in the directory first",
            )
        })?;
        let withheld = serde_json::to_vec(&self.withheld)
            .map_err(|source| Error::internal("write what is withheld", source))?;
        Ok(Release {
            request: request.id,
            grant_sha256: self.signed.hash(),
            staged: self.staged,
            records: self.leaving().count(),
            withheld_sha256: hex::encode(Sha256::digest(withheld)),
            recipient,
        })
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
    let prepared = app.prepared(tx, &request).await?;
    if prepared.release(&request)? != *release {
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
    let agreed = question.filter(|one| one.state == vigie_model::approval::ApprovalState::Approved);
    let Some(Act::ReleasePackage(release)) =
        agreed.and_then(|one| serde_json::from_str(&one.parameters).ok())
    else {
        return Ok(());
    };
    let prepared = app.prepared(&mut tx, &request).await?;
    if prepared.release(&request)? != release {
        return Ok(());
    }
    let entry = step(app, &mut tx, &Caller::system(), &request, RequestState::Approved).await?;
    enqueue(app, &mut tx, &Job::ReleasePackage { request: id }).await?;
    tx.commit(&entry).await?;
    Ok(())
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
