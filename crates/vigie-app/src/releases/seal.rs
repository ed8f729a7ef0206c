//! Sealing what two people agreed to: the job that makes the package.
//!
//! What it is not: an agreement. Where what was agreed to is no more what is prepared, nothing is sealed and it is agreed
//! anew.

use std::str::FromStr as _;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use vigie_model::alarm::NoticeKind;
use vigie_model::approval::{Approval, ApprovalState};
use vigie_model::disclosure::{Consent, DeliveryEvidence, NilReturn, Request, RequestState, Span, TaskState};
use vigie_model::id::{PackageId, RequestId, TaskId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::note::SignerKey;
use vigie_seal::package::{
    AddressWarning, Builder, Manifest, OutOfScope, RELEASER, Recipient, Redaction, STATEMENT,
};
use vigie_store::packages::{self, PackageRow};
use vigie_store::request_tasks::{self, Outcome, TaskRow};
use vigie_store::{Transaction, approvals, blobs};

use super::prepared::{Basis, Prepared};
use super::{agreed_to, entry, go_on_as_agreed, note_delivery, release_subject};
use crate::addresses::Addresses;
use crate::gags::{self, Disclosed};
use crate::notices::tell_permitted;
use crate::regimes::{Satisfaction, Trigger};
use crate::requests::{begin, find, object, satisfy, step};
use crate::{App, Error, Result};

/// Makes the package that two people agreed to. Doing it again does no harm: where it was made, nothing is left to do.
pub(crate) async fn seal_package(app: &App, id: RequestId) -> Result<()> {
    go_on_as_agreed(app, id).await?;
    let mut reader = app.store.read().await?;
    let request = find(&mut reader, id).await?;
    if request.state != RequestState::Approved {
        drop(reader);
        // Whoever made the package may have ended before what was taken was destroyed.
        return app.destroy_taken(id).await;
    }
    let prepared = app.prepared(&mut reader, &request).await?;
    let question = approvals::newest_about(&mut reader, &release_subject(id)).await?;
    let question = question.filter(|one| one.state == ApprovalState::Approved);
    let question = question.ok_or_else(|| Error::internal("seal a package", "nobody agreed to it"))?;
    if !prepared.basis.is_as_agreed(&question, app.now())? {
        drop(reader);
        return have_it_agreed_anew(app, &request).await;
    }
    let tasks = request_tasks::of_request(&mut reader, id).await?;
    drop(reader);
    let made = make(app, (&request, prepared), (tasks, question)).await?;
    keep(app, &request, made).await?;
    fail::fail_point!("package-before-destroying");
    app.destroy_taken(id).await
}

/// What was agreed to is not what would leave by now: the key of the authority was changed in between, or the grant lapsed.
/// Nothing leaves by an agreement about something else.
async fn have_it_agreed_anew(app: &App, request: &Request) -> Result<()> {
    let mut tx = app.store.begin().await?;
    let entry = step(app, &mut tx, &Caller::system(), request, RequestState::ReadyForApproval).await?;
    let subject = object(request.id);
    tell_permitted(app, &mut tx, Operation::HandleRequests, NoticeKind::RequestReady, &subject).await?;
    tx.commit(&entry).await?;
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

pub(super) fn says(networks: &Addresses, prepared: &Prepared, tasks: &[TaskRow]) -> Says {
    Says {
        statement: STATEMENT,
        warnings: networks.warnings(prepared.leaving().map(|staged| &staged.record)),
        nil: nil_returns(prepared, tasks).into_iter().collect(),
        out_of_scope: out_of_scope(prepared, tasks),
        redactions: redactions(prepared),
    }
}

/// Why there is nothing to give for a granted task of which no record leaves.
fn nil_returns(prepared: &Prepared, tasks: &[TaskRow]) -> Nil {
    let given = prepared.given();
    let granted = prepared.basis.grant.tasks.iter().filter(|granted| !given.contains(&granted.task));
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

/// A package that was made, and what follows from it.
struct Made {
    manifest: Manifest,
    manifest_sha256: String,
    bytes: Bytes,
    sha256: [u8; 32],
    records: usize,
    whose: Vec<Disclosed>,
    /// The granted tasks as they stood, and of each without a record why.
    tasks: Vec<TaskRow>,
    nil: Nil,
}

/// What a package is made with, beside what leaves in it.
struct Means {
    networks: Arc<Addresses>,
    key: SignerKey,
    package: PackageId,
    now: Moment,
    expires_at: Moment,
}

/// Makes the package: everything that takes its time with many records is done here, away from async code.
async fn make(
    app: &App,
    (request, prepared): (&Request, Prepared),
    (tasks, question): (Vec<TaskRow>, Approval),
) -> Result<Made> {
    let now = app.now();
    let means = Means {
        networks: Arc::clone(&app.settings.disclosure.networks),
        key: app.disclosure_key()?,
        package: PackageId::fresh(&*app.ids),
        now,
        expires_at: now.after(app.settings.disclosure.package_life),
    };
    let request = request.clone();
    app.heavy.run(move || means.make(&request, prepared, (tasks, &question))).await?
}

impl Means {
    fn make(
        self,
        request: &Request,
        prepared: Prepared,
        (mut tasks, question): (Vec<TaskRow>, &Approval),
    ) -> Result<Made> {
        let release = prepared.release(request)?;
        if agreed_to(question).as_ref() != Some(&release) {
            return Err(Error::internal("seal a package", "what would leave is not what was agreed to"));
        }
        let recipient = Recipient::from_str(&release.recipient)
            .map_err(|why| Error::internal("read the key of an authority", why))?;
        let (says, whose) = (says(&self.networks, &prepared, &tasks), whose(&prepared, self.now));
        let nil: Nil = says.nil.into_iter().collect();
        tasks.retain(|task| prepared.granted(task.id).is_some());
        let (basis, leaving) = prepared.into_leaving();
        let approvals = consents(&basis, question)?;
        let failed = |error| Error::internal("seal a package", error);
        let keys = [self.key.verifier()];
        let mut builder =
            Builder::new(basis.signed, &keys, self.package, self.now, self.expires_at).map_err(failed)?;
        builder.nil.clone_from(&nil);
        builder.out_of_scope = says.out_of_scope;
        builder.redactions = says.redactions;
        builder.warnings = says.warnings;
        builder.approvals = approvals;
        let made = builder.seal(leaving.into_iter(), &recipient, &self.key).map_err(failed)?;
        let bytes = Bytes::from(made.to_bytes());
        Ok(Made {
            manifest: made.manifest().map_err(failed)?,
            manifest_sha256: made.manifest_sha256().to_owned(),
            sha256: Sha256::digest(&bytes).into(),
            bytes,
            records: release.records,
            whose,
            tasks,
            nil,
        })
    }
}

/// Who agreed: who accepted the request, who prepared the release, and who released.
fn consents(basis: &Basis, question: &Approval) -> Result<Vec<Consent>> {
    let (Some(second), Some(at)) = (question.decided_by, question.decided_at) else {
        return Err(Error::internal("seal a package", "the question has no second person"));
    };
    let asked =
        Consent { person: question.requested_by, role: "legal_officer".into(), at: question.requested_at };
    let released = Consent { person: second, role: RELEASER.into(), at };
    Ok(basis.grant.approvals.iter().cloned().chain([asked, released]).collect())
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
    let redaction =
        |((task, reason), rows): ((TaskId, &str), u64)| Redaction { task, rows, reason: reason.to_owned() };
    prepared.left_out().into_iter().map(redaction).collect()
}

/// Keeps a package and says that it can be fetched, with the entry that its proof will be about.
async fn keep(app: &App, request: &Request, made: Made) -> Result<()> {
    let Made { manifest, manifest_sha256, bytes, sha256, .. } = made;
    let now = manifest.made_at;
    let kept = app.keep_evidence("disclosure_package", "application/x-tar", bytes, sha256).await?;
    let hash = hex::decode(&manifest_sha256).ok().and_then(|hash| hash.try_into().ok());
    let row = PackageRow {
        id: manifest.package,
        request: request.id,
        object: kept.id,
        sha256,
        manifest_sha256: hash.ok_or_else(|| Error::internal("hash a manifest", "not 32 bytes"))?,
        released_at: now,
        expires_at: manifest.expires_at,
    };
    fail::fail_point!("package-before-row");
    let mut tx = app.store.begin().await?;
    blobs::insert(&mut tx, &kept).await?;
    packages::insert(&mut tx, &row).await?;
    note_delivery(&mut tx, &row, (DeliveryEvidence::SubmissionAcceptance, now, String::new())).await?;
    end_tasks(&mut tx, (&made.tasks, &made.nil), now).await?;
    satisfy(&mut tx, request.id, Satisfaction::Transmitted, now).await?;
    let instrument = app.instrument_of(&mut tx, request.id).await?;
    begin(app, &mut tx, request, &instrument, Trigger::Disclosed).await?;
    let told = gags::disclosed(app, &mut tx, (request, &instrument), &made.whose).await?;
    app.forget_staging(&mut tx, request.id).await?;
    step(app, &mut tx, &Caller::system(), request, RequestState::Released).await?;
    let released = entry(&Caller::system(), "package.released", request, now);
    let mut parameters = crate::requests::facts(request);
    parameters["package"] = json!(row.id);
    parameters["sha256"] = json!(hex::encode(sha256));
    parameters[vigie_seal::package::LEDGER_PARAMETER] = json!(manifest_sha256);
    parameters["records"] = json!(made.records);
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
            service: prepared.basis.grant.service.clone(),
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

async fn end_tasks(tx: &mut Transaction, (tasks, nil): (&[TaskRow], &Nil), now: Moment) -> Result<()> {
    for task in tasks {
        let nil = nil.get(&task.id).copied();
        let to = if nil.is_some() { TaskState::NoData } else { TaskState::Released };
        let outcome = Outcome { nil, ..Outcome::default() };
        request_tasks::advance(tx, task.id, (task.state, to), &outcome, now).await?;
    }
    Ok(())
}
