//! Extraction: what was granted is taken from the messenger, whole or not at all, and waits sealed until two people agree.
//!
//! What it is: the job that follows acceptance. One record outside the grant spoils the whole pull, and nothing of it is
//! kept. What was taken is sealed under a key of its own, which is destroyed when it left, or when the request is withdrawn.
//! What it is not: a judgement of what is prepared; people look at that (`releases.rs`).
//!
//! To add a source: a connector of the port `AccountRecords`, in `vigie-connect`.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{Grant, Record, Request, RequestState, TaskState};
use vigie_model::id::{RequestId, TaskId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::grants::SignedGrant;
use vigie_seal::ledger::Details;
use vigie_store::grants::{self, GrantRow, Staging};
use vigie_store::request_deadlines;
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, Outcome};
use vigie_store::{Read, Transaction, blobs};

use super::deadlines::is_met_by;
use super::{find, object, step};
use crate::notices::tell_permitted;
use crate::records::{PullError, RecordsError, pull_whole};
use crate::releases::Withheld;
use crate::{App, Error, Result, regimes};

/// What is staged: a record for a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StagedRecord {
    pub(crate) task: TaskId,
    pub(crate) record: Record,
}

/// Why nothing was taken.
pub(crate) enum NotTaken {
    /// The messenger has to be asked again.
    Later(String),
    /// It will never be: people have to look.
    Refused(String),
    /// The failure is ours.
    Ours(Error),
}

impl From<Error> for NotTaken {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

impl From<vigie_store::StoreError> for NotTaken {
    fn from(error: vigie_store::StoreError) -> Self {
        Self::Ours(error.into())
    }
}

impl From<PullError> for NotTaken {
    fn from(error: PullError) -> Self {
        match error {
            PullError::Records(RecordsError::Later { why, .. }) => Self::Later(why),
            error => Self::Refused(error.to_string()),
        }
    }
}

/// Takes what was granted. Doing it again does no harm: where it was done, nothing is left to do.
pub(crate) async fn extract(app: &App, id: RequestId) -> Result<(), NotTaken> {
    let mut tx = app.store.begin().await?;
    let mut request = find(&mut tx, id).await?;
    if request.state == RequestState::Accepted {
        let entry = step(app, &mut tx, &Caller::system(), &request, RequestState::Executing).await?;
        tx.commit(&entry).await?;
        request = find(&mut app.store.read().await?, id).await?;
    } else {
        drop(tx);
    }
    if request.state != RequestState::Executing {
        // It may have been stopped while it was taken, after the key was made.
        return Ok(app.destroy_taken(id).await?);
    }
    let row = grants::standing(&mut app.store.read().await?, id).await?;
    let row = row.ok_or_else(|| NotTaken::Refused("no grant stands".into()))?;
    let (envelope, grant) = open_grant(app, &row).await?;
    let staged = pull(app, &envelope, &grant).await?;
    stage(app, &request, &row, staged).await
}

/// The grant of a row, as it travels and as it says. It is sealed as the request is; whoever altered the row did not sign it.
pub(crate) async fn open_grant(app: &App, row: &GrantRow) -> Result<(Vec<u8>, Grant)> {
    let secrets = app.secrets(row.request, RequestPart::Whole).await?;
    let envelope = secrets.open::<String>(&row.envelope)?.into_bytes();
    let key = app.disclosure_key()?.verifier();
    let grant =
        SignedGrant::open(&envelope, &[key]).map_err(|error| Error::internal("open a grant", error))?;
    Ok((envelope, grant))
}

async fn pull(app: &App, envelope: &[u8], grant: &Grant) -> Result<Vec<StagedRecord>, NotTaken> {
    let no_messenger = || NotTaken::Refused(format!("no records of {} are connected", grant.service));
    let connector = app.account_records(&grant.service).ok_or_else(no_messenger)?;
    let mut staged = Vec::new();
    for granted in grant.tasks.iter().filter(|granted| !granted.subjects.is_empty()) {
        let task = granted.task;
        let records = pull_whole(&**connector, envelope, grant, task, &*app.clock).await?;
        staged.extend(records.into_iter().map(|record| StagedRecord { task, record }));
    }
    Ok(staged)
}

async fn stage(
    app: &App,
    request: &Request,
    row: &GrantRow,
    staged: Vec<StagedRecord>,
) -> Result<(), NotTaken> {
    let secrets = app.make_secrets(request.id, RequestPart::Staging).await?;
    let count = i64::try_from(staged.len()).unwrap_or(i64::MAX);
    let (_, grant) = open_grant(app, row).await?;
    let mut counts: BTreeMap<TaskId, i64> = grant.tasks.iter().map(|granted| (granted.task, 0)).collect();
    for one in &staged {
        *counts.entry(one.task).or_default() += 1;
    }
    let sealer = secrets.clone();
    let seal = move || sealer.seal(&staged).map(|sealed| (Sha256::digest(&sealed).into(), sealed));
    let (sha256, sealed) = app.heavy.run(seal).await??;
    let kept =
        app.keep_evidence("request_staging", "application/octet-stream", Bytes::from(sealed), sha256).await?;
    let redactions = app.secrets(request.id, RequestPart::Whole).await?.seal(&Vec::<Withheld>::new())?;
    fail::fail_point!("staging-before-row");
    let mut tx = app.store.begin().await?;
    refuse_ended(&mut tx, (row, &grant), app.now()).await?;
    blobs::insert(&mut tx, &kept).await?;
    let staging = Staging {
        request: request.id,
        granted_under: row.id,
        object: kept.id,
        records: count,
        redactions,
        staged_at: app.now(),
        shredded_at: None,
    };
    grants::stage(&mut tx, &staging).await?;
    for (task, records) in counts {
        move_task(app, &mut tx, task, records).await?;
    }
    let entry = after_extraction(app, &mut tx, request).await?;
    let mut parameters = super::facts(request);
    parameters["records"] = json!(count);
    tx.commit(&entry.with(parameters)).await?;
    Ok(())
}

/// Refuses what was taken under a grant that was taken back or lapsed meanwhile: nothing of it is kept.
async fn refuse_ended(
    tx: &mut Transaction,
    (row, grant): (&GrantRow, &Grant),
    now: Moment,
) -> Result<(), NotTaken> {
    let is_executed = find(tx, row.request).await?.state == RequestState::Executing;
    let stands = grants::standing(tx, row.request).await?;
    if !is_executed || stands.is_none_or(|stands| stands.id != row.id) {
        return Err(NotTaken::Later("its grant was taken back meanwhile".into()));
    }
    grant.holds_at(now).map_err(|_| PullError::Expired.into())
}

async fn move_task(app: &App, tx: &mut Transaction, task: TaskId, records: i64) -> Result<()> {
    let (outcome, now) = (Outcome { records: Some(records), ..Outcome::default() }, app.now());
    for states in [(TaskState::Granted, TaskState::Extracted), (TaskState::Extracted, TaskState::InReview)] {
        request_tasks::advance(tx, task, states, &outcome, now).await?;
    }
    Ok(())
}

/// Where a request goes once its records are here: it waits for the enforcing authority, or for the second person.
async fn after_extraction(app: &App, tx: &mut Transaction, request: &Request) -> Result<Details> {
    let instrument = app.instrument_of(tx, request.id).await?;
    let rules = app.rules_of(request)?;
    let waits = regimes::waits_for_enforcing_authority(rules, &instrument)
        && may_still_object(tx, request.id).await?;
    let next = if waits { RequestState::EnforcingHold } else { RequestState::ReadyForApproval };
    tell_permitted(app, tx, Operation::HandleRequests, NoticeKind::RequestReady, &object(request.id)).await?;
    step(app, tx, &Caller::system(), request, next).await
}

/// Whether the enforcing authority has said nothing yet.
async fn may_still_object(tx: &mut Transaction, id: RequestId) -> Result<bool> {
    let by = regimes::Satisfaction::EnforcingAuthorityAnswered;
    let deadlines = request_deadlines::of_request(tx, id).await?;
    let mut of_it = deadlines.iter().filter(|one| is_met_by(one, by)).peekable();
    // Without a deadline nobody knows when its time ends: it waits until somebody says so.
    Ok(of_it.peek().is_none() || of_it.any(|one| one.satisfied_at.is_none()))
}

/// What was taken for a request.
pub(crate) async fn staged_records(
    app: &App,
    read: &mut impl Read,
    request: RequestId,
) -> Result<(Staging, Vec<StagedRecord>)> {
    let staging = grants::staged(read, request).await?;
    let staging = staging.ok_or_else(|| Error::not_found("extraction"))?;
    let sealed = app.open_evidence_with(read, staging.object).await?;
    let secrets = app.secrets(request, RequestPart::Staging).await?;
    let records = app.heavy.run(move || secrets.open(&sealed)).await??;
    Ok((staging, records))
}

/// Says that an extraction was given up, and has people look.
pub(crate) async fn given_up(app: &App, tx: &mut Transaction, id: RequestId) -> Result<()> {
    tell_permitted(app, tx, Operation::HandleRequests, NoticeKind::RequestStuck, &object(id)).await.map(drop)
}
