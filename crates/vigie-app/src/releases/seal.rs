//! Sealing what two people agreed to: the job that makes the package.

use std::collections::HashSet;
use std::str::FromStr as _;

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::disclosure::{Consent, DeliveryEvidence, NilReturn, Request, RequestState, Span, TaskState};
use vigie_model::id::{PackageId, RequestId, TaskId};
use vigie_model::{Caller, Moment};
use vigie_seal::package::{
    AddressWarning, Builder, OutOfScope, Package, RELEASER, Recipient, Redaction, STATEMENT,
};
use vigie_store::packages::{self, PackageRow};
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, Outcome, TaskRow};
use vigie_store::{Transaction, approvals, blobs};

use super::{Prepared, entry, note_delivery, release_subject};
use crate::gags::{self, Disclosed};
use crate::regimes::{Satisfaction, Trigger};
use crate::requests::{begin, find, satisfy, step};
use crate::{App, Error, Result};

/// Makes the package that two people agreed to. Doing it again does no harm: where it was made, nothing is left to do.
pub(crate) async fn seal_package(app: &App, id: RequestId) -> Result<()> {
    let mut reader = app.store.read().await?;
    let request = find(&mut reader, id).await?;
    if request.state != RequestState::Approved {
        return Ok(());
    }
    let prepared = app.prepared(&mut reader, &request).await?;
    let question = approvals::newest_about(&mut reader, &release_subject(id)).await?;
    let question = question.filter(|one| one.state == ApprovalState::Approved);
    let question = question.ok_or_else(|| Error::internal("seal a package", "nobody agreed to it"))?;
    let tasks = request_tasks::of_request(&mut reader, id).await?;
    drop(reader);
    let nil = nil_returns(&prepared, &tasks);
    let now = app.now();
    let made = make(app, &prepared, (&tasks, &question, nil.clone()), now).await?;
    keep(app, &request, &made, (&prepared, &tasks, &nil), now).await?;
    app.shred_secrets(id, RequestPart::Staging).await?;
    app.intake().clean_soon();
    Ok(())
}

type Nil = std::collections::BTreeMap<TaskId, NilReturn>;

/// What a package would say beside its records, exactly as it would be sealed.
#[derive(Debug, Clone)]
pub struct Says {
    /// What an address means, in every package.
    pub statement: &'static str,
    /// That some addresses may lead to nobody.
    pub warnings: Vec<AddressWarning>,
    /// Why there is nothing to give, a task each.
    pub nil: Vec<(TaskId, NilReturn)>,
    /// What was asked and refused, a task each.
    pub out_of_scope: Vec<OutOfScope>,
    /// What was found and left out, a task and a reason each.
    pub redactions: Vec<Redaction>,
}

pub(super) fn says(app: &App, prepared: &Prepared, tasks: &[TaskRow]) -> Says {
    Says {
        statement: STATEMENT,
        warnings: warnings(app, prepared),
        nil: nil_returns(prepared, tasks).into_iter().collect(),
        out_of_scope: out_of_scope(prepared, tasks),
        redactions: redactions(prepared),
    }
}

fn warnings(app: &App, prepared: &Prepared) -> Vec<AddressWarning> {
    app.settings.disclosure.networks.warnings(prepared.leaving().map(|staged| &staged.record))
}

/// Why there is nothing to give for a granted task of which no record leaves.
fn nil_returns(prepared: &Prepared, tasks: &[TaskRow]) -> Nil {
    let given: HashSet<_> = prepared.leaving().map(|staged| staged.task).collect();
    let granted = prepared.grant.tasks.iter().filter(|granted| !given.contains(&granted.task));
    let nil = granted.map(|granted| {
        let known = tasks.iter().find(|task| task.id == granted.task).and_then(|task| task.nil);
        let why = match granted.subjects.is_empty() {
            true => NilReturn::NoSuchAccount,
            false => NilReturn::NothingRecorded,
        };
        (granted.task, known.unwrap_or(why))
    });
    nil.collect()
}

async fn make(
    app: &App,
    prepared: &Prepared,
    (tasks, question, nil): (&[TaskRow], &Approval, Nil),
    now: Moment,
) -> Result<Package> {
    let recipient = prepared.recipient.clone().unwrap_or_default();
    let recipient = Recipient::from_str(&recipient)
        .map_err(|why| Error::internal("read the key of an authority", why))?;
    let key = app.disclosure_key()?;
    let expires_at = now.after(app.settings.disclosure.package_life);
    let package = PackageId::fresh(&*app.ids);
    let mut builder = Builder::new(prepared.signed.clone(), &[key.verifier()], package, now, expires_at)
        .map_err(|error| Error::internal("begin a package", error))?;
    builder.nil = nil;
    builder.out_of_scope = out_of_scope(prepared, tasks);
    builder.redactions = redactions(prepared);
    builder.warnings = warnings(app, prepared);
    builder.approvals = consents(prepared, question)?;
    let records: Vec<_> = prepared.leaving().map(|staged| (staged.task, staged.record.clone())).collect();
    let seal = move || builder.seal(records.into_iter(), &recipient, &key);
    app.heavy.run(seal).await?.map_err(|error| Error::internal("seal a package", error))
}

/// Who agreed: who accepted the request, who prepared the release, and who released.
fn consents(prepared: &Prepared, question: &Approval) -> Result<Vec<Consent>> {
    let (Some(second), Some(at)) = (question.decided_by, question.decided_at) else {
        return Err(Error::internal("seal a package", "the question has no second person"));
    };
    let asked =
        Consent { person: question.requested_by, role: "legal_officer".into(), at: question.requested_at };
    let released = Consent { person: second, role: RELEASER.into(), at };
    Ok(prepared.grant.approvals.iter().cloned().chain([asked, released]).collect())
}

fn out_of_scope(prepared: &Prepared, tasks: &[TaskRow]) -> Vec<OutOfScope> {
    let refused = tasks.iter().filter(|task| prepared.granted(task.id).is_none());
    let scoped = refused.filter_map(|task| {
        let ground = task.ground?;
        let explanation = task.explanation.clone();
        Some(OutOfScope { task: task.id, category: task.category, ground, explanation })
    });
    scoped.collect()
}

fn redactions(prepared: &Prepared) -> Vec<Redaction> {
    let mut counted = std::collections::BTreeMap::<(TaskId, &str), u64>::new();
    for (position, staged) in prepared.records.iter().enumerate() {
        if let Some(reason) = prepared.reason(position).filter(|_| prepared.granted(staged.task).is_some()) {
            *counted.entry((staged.task, reason)).or_default() += 1;
        }
    }
    let redaction =
        |((task, reason), rows): ((TaskId, &str), u64)| Redaction { task, rows, reason: reason.to_owned() };
    counted.into_iter().map(redaction).collect()
}

/// Keeps a package and says that it can be fetched, with the entry that its proof will be about.
async fn keep(
    app: &App,
    request: &Request,
    made: &Package,
    (prepared, tasks, nil): (&Prepared, &[TaskRow], &Nil),
    now: Moment,
) -> Result<()> {
    let manifest = made.manifest().map_err(|error| Error::internal("read a manifest", error))?;
    let bytes = Bytes::from(made.to_bytes());
    let sha256: [u8; 32] = Sha256::digest(&bytes).into();
    let kept = app.keep_evidence("disclosure_package", "application/x-tar", bytes, sha256).await?;
    let manifest_sha256 = hex::decode(made.manifest_sha256()).ok().and_then(|hash| hash.try_into().ok());
    let row = PackageRow {
        id: manifest.package,
        request: request.id,
        object: kept.id,
        sha256,
        manifest_sha256: manifest_sha256.ok_or_else(|| Error::internal("hash a manifest", "not 32 bytes"))?,
        released_at: now,
        expires_at: manifest.expires_at,
    };
    let mut tx = app.store.begin().await?;
    blobs::insert(&mut tx, &kept).await?;
    packages::insert(&mut tx, &row).await?;
    note_delivery(&mut tx, &row, (DeliveryEvidence::SubmissionAcceptance, now, String::new())).await?;
    end_tasks(&mut tx, (prepared, tasks, nil), now).await?;
    satisfy(&mut tx, request.id, Satisfaction::Transmitted, now).await?;
    let instrument = app.instrument_of(&mut tx, request.id).await?;
    begin(app, &mut tx, request, &instrument, Trigger::Disclosed).await?;
    let told = gags::disclosed(app, &mut tx, (request, &instrument), &whose(prepared, now)).await?;
    app.forget_staging(&mut tx, request.id).await?;
    step(app, &mut tx, &Caller::system(), request, RequestState::Released).await?;
    let released = entry(&Caller::system(), "package.released", request, now);
    let mut parameters = crate::requests::facts(request);
    parameters["package"] = json!(row.id);
    parameters["sha256"] = json!(hex::encode(sha256));
    parameters[vigie_seal::package::LEDGER_PARAMETER] = json!(made.manifest_sha256());
    parameters["records"] = json!(prepared.leaving().count());
    parameters["notices"] = json!(told);
    tx.commit(&released.with(parameters)).await?;
    Ok(())
}

/// Whose data leaves, and what of it.
fn whose(prepared: &Prepared, at: Moment) -> Vec<Disclosed> {
    let mut whose = std::collections::BTreeMap::<&str, Disclosed>::new();
    for staged in prepared.leaving() {
        let Some(granted) = prepared.granted(staged.task) else { continue };
        let account = staged.record.account();
        let one = whose.entry(account).or_insert_with(|| Disclosed {
            service: prepared.grant.service.clone(),
            account: account.to_owned(),
            fields: vec![],
            span: None,
            at,
        });
        for field in staged.record.fields() {
            if !one.fields.contains(field) {
                one.fields.push(*field);
            }
        }
        one.span = Some(match one.span {
            None => granted.span,
            Some(span) => {
                Span { from: span.from.min(granted.span.from), until: span.until.max(granted.span.until) }
            }
        });
    }
    whose.into_values().collect()
}

async fn end_tasks(
    tx: &mut Transaction,
    (prepared, tasks, nil): (&Prepared, &[TaskRow], &Nil),
    now: Moment,
) -> Result<()> {
    for task in tasks.iter().filter(|task| prepared.granted(task.id).is_some()) {
        let nil = nil.get(&task.id).copied();
        let to = if nil.is_some() { TaskState::NoData } else { TaskState::Released };
        let outcome = Outcome { nil, ..Outcome::default() };
        request_tasks::advance(tx, task.id, (task.state, to), &outcome, now).await?;
    }
    Ok(())
}
