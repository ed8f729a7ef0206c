//! The documents of a request: each is kept as it came, and the request is judged by one of them.
//!
//! What it is: how a corrected document takes the place of the one before it, by the way of a fresh one. What it is not: a guess.
//! A correction that says more than its predecessor waits, with what it says more named, until a legal officer took it or left it
//! aside; and one that would be another request altogether is never taken as this one.
//!
//! To add a kind of document: a name of `DocumentRow::kind`, written by `write_following`, and its word on the screens.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use vigie_model::access::CallerKind;
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{
    AuthenticationLevel, Difference, DocumentState, Instrument, Request, RequestState, TaskState, Wanted,
};
use vigie_model::id::{RequestId, TaskId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::blobs::Blob;
use vigie_store::request_documents::{self, CORRECTION, Decided, DocumentRow, REQUEST};
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, Outcome};
use vigie_store::requests::{self, SealedParts};
use vigie_store::{Read, Transaction};

use super::decide::worded;
use super::differences::{Differs, differences};
use super::receive::{Asked, keep_document, new_task, nonce_hash, tasks};
use super::{EnteredRequest, Secrets, begin, find, object, wrong_state};
use crate::jobs::{Job, enqueue};
use crate::notices::tell_permitted;
use crate::regimes::Trigger;
use crate::{App, Code, Error, Resource, Result, authorise};

/// A document of a request, for who reads its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestDocument {
    /// Its number within the request, from 1.
    pub number: i64,
    /// `request`, `correction`, or what it says that follows.
    pub kind: String,
    /// Where it stands.
    pub state: DocumentState,
    /// SHA-256 of it, as it came.
    pub sha256: [u8; 32],
    /// Who brought it, as the ledger names them.
    pub brought_by: String,
    /// When it came.
    pub received_at: Moment,
    /// Wherein it says more than the one before it.
    pub differs: Vec<Differs>,
    /// Who decided about it, when and why.
    pub decided: Option<(String, Moment, String)>,
}

/// What is sealed of a correction.
#[derive(Debug, Serialize, Deserialize)]
struct Said {
    instrument: Instrument,
    diagnostics: Vec<String>,
    differs: Vec<Differs>,
    /// How sure it was who sent it; none of what the house entered, which answers for that.
    level: Option<AuthenticationLevel>,
}

/// A document that an authority sent beside a request, kept and not yet written down.
pub(super) struct Kept {
    pub(super) blob: Blob,
    /// Of what was drawn for it alone.
    pub(super) nonce_hash: Option<[u8; 32]>,
}

/// A corrected document at the door: kept, and not yet compared.
pub(super) struct Corrected {
    kept: Blob,
    nonce_hash: Option<[u8; 32]>,
    entered: EnteredRequest,
    is_theirs: bool,
}

/// What came of taking a corrected document in.
pub(super) struct Taken {
    pub(super) number: i64,
    pub(super) differs: Vec<Difference>,
    pub(super) waits: bool,
    pub(super) is_forged: bool,
    pub(super) sha256: [u8; 32],
}

impl App {
    /// Keeps a corrected document as it came.
    pub(super) async fn keep_corrected(
        &self,
        caller: &Caller,
        id: RequestId,
        entered: EnteredRequest,
    ) -> Result<Corrected> {
        self.check_arrival(&entered)?;
        let is_theirs = super::is_of_an_authority(caller);
        let mut reader = self.store.read().await?;
        let request = find(&mut reader, id).await?;
        let sha256: [u8; 32] = Sha256::digest(&entered.document).into();
        let known = request_documents::of_request(&mut reader, id).await?;
        drop(reader);
        if is_theirs && known.iter().any(|one| one.sha256 == sha256) {
            let detail = "this very document came before: a corrected one is another document";
            return Err(Error::new(Code::RequestReplayed, detail));
        }
        // What the house enters bears the code of the document that it corrects.
        let drawn = nonce_hash(request.authority, &entered.instrument.nonce).filter(|_| is_theirs);
        if let Some(hash) = drawn {
            self.refuse_replay(caller, hash).await?;
        }
        let kept =
            self.keep_evidence("request_document", &entered.mime, entered.document.clone(), sha256).await?;
        Ok(Corrected { kept, nonce_hash: drawn, entered, is_theirs })
    }

    /// Takes a corrected document in: in place of the one before it where it only corrects that, as one that waits where it says
    /// more. What looks forged about it is found as in a document that comes first.
    pub(super) async fn take_corrected(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        (request, secrets): (&Request, &Secrets),
        corrected: &Corrected,
    ) -> Result<Taken> {
        let Corrected { kept, nonce_hash, entered, is_theirs } = corrected;
        let before: Instrument = secrets.open(&requests::sealed(tx, request.id).await?.instrument)?;
        let differs = differences(&before, &entered.instrument);
        if !is_theirs {
            refuse_another(&differs)?;
        }
        let as_came = Request { document_sha256: kept.plain_sha256, ..request.clone() };
        // Whom it asks about counts from now on, whether it is taken or not.
        super::targets::note(self, tx, request, &entered.instrument).await?;
        let is_forged = super::examine::looks_forged(self, tx, &as_came, &entered.instrument).await?;
        let waits = is_forged || (*is_theirs && !differs.is_empty());
        let said = Said {
            instrument: entered.instrument.clone(),
            diagnostics: entered.diagnostics.clone(),
            differs: differs.clone(),
            level: match caller.kind {
                CallerKind::Authority(_) => Some(AuthenticationLevel::L4),
                _ if *is_theirs => Some(AuthenticationLevel::L2),
                _ => None,
            },
        };
        let row = DocumentRow {
            request: request.id,
            number: next_number(tx, request.id).await?,
            kind: CORRECTION.to_owned(),
            state: DocumentState::Waiting,
            blob: kept.id,
            sha256: kept.plain_sha256,
            nonce_hash: *nonce_hash,
            said: Some(secrets.seal(&said)?),
            brought_by: caller.actor(),
            received_at: self.now(),
            decided: None,
        };
        keep_document(tx, kept, request).await?;
        request_documents::insert(tx, &row).await?;
        if waits {
            let kind = if is_forged { NoticeKind::ForgerySuspected } else { NoticeKind::RequestWarning };
            tell_permitted(self, tx, Operation::HandleRequests, kind, &object(request.id)).await?;
        } else {
            self.put_in_force(tx, (request, secrets), &row, None).await?;
        }
        let differs = differs.iter().map(|one| one.how).collect();
        Ok(Taken { number: row.number, differs, waits, is_forged, sha256: row.sha256 })
    }

    /// Decides about a corrected document that says more than the one before it: takes it in its place, or leaves it aside. The
    /// authority reads why.
    ///
    /// # Errors
    /// Not permitted, no such document waits, no reason is given, or [`Code::OtherRequest`]: it would be another request.
    pub async fn decide_document(
        &self,
        caller: &Caller,
        id: RequestId,
        (number, takes, reason): (i64, bool, &str),
    ) -> Result<()> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let reason = worded(reason, "say to the authority why")?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let may_be = [RequestState::Validating, RequestState::Clarification, RequestState::Quarantined];
        if !may_be.contains(&request.state) {
            return Err(wrong_state(request.state));
        }
        let waiting = waiting(&mut tx, id).await?.filter(|row| row.number == number);
        let row = waiting.ok_or_else(|| Error::not_found("document that waits"))?;
        let differs = said(&row, &secrets)?.differs;
        let decided = Decided { by: caller.actor(), at: self.now(), reason: secrets.seal(&reason)? };
        let (kind, action) = if takes {
            refuse_another(&differs)?;
            self.put_in_force(&mut tx, (&request, &secrets), &row, Some(&decided)).await?;
            enqueue(self, &mut tx, &Job::ExamineRequest { request: id }).await?;
            ("document_taken", "request.document_taken")
        } else {
            let states = (DocumentState::Waiting, DocumentState::Declined);
            request_documents::advance(&mut tx, (id, number), states, Some(&decided)).await?;
            ("document_declined", "request.document_declined")
        };
        self.write_letter(&mut tx, &secrets, caller, (id, kind, true), reason).await?;
        let differs: Vec<_> = differs.iter().map(|one| one.how).collect();
        let entry = super::partial(self, caller, &request, action);
        let parameters = json!({
            "document": number, "document_sha256": hex::encode(row.sha256), "differs": differs,
        });
        tx.commit(&entry.with(parameters)).await?;
        Ok(())
    }

    /// Has a document stand in the place of the one before it: what it asks falls apart into tasks, as of a document that comes first.
    /// A task that asks the very same stays; one that nothing asks any more is cancelled.
    async fn put_in_force(
        &self,
        tx: &mut Transaction,
        (request, secrets): (&Request, &Secrets),
        row: &DocumentRow,
        decided: Option<&Decided>,
    ) -> Result<()> {
        let id = request.id;
        let Said { instrument, diagnostics, level, differs } = said(row, secrets)?;
        for one in request_documents::of_request(tx, id).await? {
            if one.state == DocumentState::InForce {
                let states = (DocumentState::InForce, DocumentState::Replaced);
                request_documents::advance(tx, (id, one.number), states, None).await?;
            }
        }
        let states = (DocumentState::Waiting, DocumentState::InForce);
        request_documents::advance(tx, (id, row.number), states, decided).await?;
        let before: Instrument = secrets.open(&requests::sealed(tx, id).await?.instrument)?;
        let sealed =
            SealedParts { instrument: secrets.seal(&instrument)?, diagnostics: secrets.seal(&diagnostics)? };
        let document = (row.blob, row.sha256, instrument.reference.trim());
        requests::set_document(tx, id, document, &sealed, self.now()).await?;
        super::receive::note_notified(tx, id, &instrument).await?;
        crate::gags::begin(self, tx, request, &instrument).await?;
        if before.notified.is_none() && instrument.notified.is_some() {
            begin(self, tx, request, &instrument, Trigger::Notified).await?;
        }
        self.follow_level(tx, request, (level, differs.is_empty())).await?;
        renew_tasks(self, tx, request, &instrument, secrets).await
    }

    /// A document is known as well as whoever brought it. A signature is not lent to a document that nobody signed, and a call back
    /// about one document does not answer for what another says more.
    async fn follow_level(
        &self,
        tx: &mut Transaction,
        request: &Request,
        (level, is_correction): (Option<AuthenticationLevel>, bool),
    ) -> Result<()> {
        let (Some(level), Some(authority)) = (level, request.authority) else { return Ok(()) };
        let was_called = request.level == AuthenticationLevel::L3;
        // A passkey that was not enough for the first document is not enough for the second.
        let is_no_more = request.level <= level && level < AuthenticationLevel::L4;
        if level == request.level || is_no_more || (level < request.level && was_called && is_correction) {
            return Ok(());
        }
        Ok(requests::set_level(tx, request.id, level, authority, self.now()).await?)
    }

    /// A document of a request as it came, for a legal officer. That it is read is written down first.
    ///
    /// # Errors
    /// Not permitted, or no such document.
    pub async fn request_document_numbered(
        &self,
        caller: &Caller,
        id: RequestId,
        number: i64,
    ) -> Result<(String, Vec<u8>)> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        find(&mut tx, id).await?;
        let rows = request_documents::of_request(&mut tx, id).await?;
        let row = rows.into_iter().find(|row| row.number == number);
        let row = row.ok_or_else(|| Error::not_found("document of this request"))?;
        let kept = vigie_store::blobs::find(&mut tx, row.blob).await?;
        let entry = Details::new(caller, "request.document_read", object(id), self.now());
        tx.commit(&entry.with(json!({ "document": number }))).await?;
        Ok((kept.map(|kept| kept.mime).unwrap_or_default(), self.open_evidence(row.blob).await?))
    }
}

/// Writes the document that a request is itself.
pub(super) async fn write_first(
    app: &App,
    tx: &mut Transaction,
    (request, kept): (&Request, &Blob),
) -> Result<()> {
    let row = DocumentRow {
        request: request.id,
        number: 1,
        kind: REQUEST.to_owned(),
        state: DocumentState::InForce,
        blob: kept.id,
        sha256: kept.plain_sha256,
        nonce_hash: None,
        said: None,
        brought_by: request.brought_by.clone(),
        received_at: app.now(),
        decided: None,
    };
    Ok(request_documents::insert(tx, &row).await?)
}

/// Keeps a document that follows a request and says nothing of what it asks, where one came.
pub(super) async fn write_following(
    app: &App,
    tx: &mut Transaction,
    (request, caller): (&Request, &Caller),
    (kind, kept): (&str, Option<&Kept>),
) -> Result<()> {
    let Some(Kept { blob: kept, nonce_hash }) = kept else { return Ok(()) };
    let row = DocumentRow {
        request: request.id,
        number: next_number(tx, request.id).await?,
        kind: kind.to_owned(),
        state: DocumentState::Noted,
        blob: kept.id,
        sha256: kept.plain_sha256,
        nonce_hash: *nonce_hash,
        said: None,
        brought_by: caller.actor(),
        received_at: app.now(),
        decided: None,
    };
    keep_document(tx, kept, request).await?;
    Ok(request_documents::insert(tx, &row).await?)
}

/// The documents of a request, the oldest first.
pub(crate) async fn documents(
    read: &mut impl Read,
    id: RequestId,
    secrets: &Secrets,
) -> Result<Vec<RequestDocument>> {
    let opened = |row: DocumentRow| {
        let decided = row.decided.as_ref().map(|one| {
            let reason: Result<String> = secrets.open(&one.reason);
            reason.map(|reason| (one.by.clone(), one.at, reason))
        });
        Ok(RequestDocument {
            differs: if row.said.is_some() { said(&row, secrets)?.differs } else { vec![] },
            number: row.number,
            kind: row.kind,
            state: row.state,
            sha256: row.sha256,
            brought_by: row.brought_by,
            received_at: row.received_at,
            decided: decided.transpose()?,
        })
    };
    request_documents::of_request(read, id).await?.into_iter().map(opened).collect()
}

/// The corrected document about which somebody has to decide.
pub(super) async fn waiting(read: &mut impl Read, id: RequestId) -> Result<Option<DocumentRow>> {
    let rows = request_documents::of_request(read, id).await?;
    Ok(rows.into_iter().rfind(|row| row.state == DocumentState::Waiting))
}

fn said(row: &DocumentRow, secrets: &Secrets) -> Result<Said> {
    let sealed = row.said.as_deref().ok_or_else(|| Error::not_found("what the document says"))?;
    secrets.open(sealed)
}

async fn next_number(read: &mut impl Read, id: RequestId) -> Result<i64> {
    Ok(request_documents::of_request(read, id).await?.last().map_or(0, |row| row.number) + 1)
}

/// Under another law, or with other limits of time, it is counted and judged as another request.
fn refuse_another(differs: &[Differs]) -> Result<()> {
    let Some(other) = differs.iter().find(|one| one.how.is_another_request()) else { return Ok(()) };
    let detail =
        format!("it differs ({}): leave it aside, and have it handed in as a request of its own", other.how);
    Err(Error::new(Code::OtherRequest, detail))
}

/// The tasks of a document that stands in the place of another.
async fn renew_tasks(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    instrument: &Instrument,
    secrets: &Secrets,
) -> Result<()> {
    let now = app.now();
    let mut left = request_tasks::of_request(tx, request.id).await?;
    let mut number = left.last().map_or(0, |task| task.number);
    for (asked, category) in tasks(instrument) {
        let mut same = None;
        for (at, task) in left.iter().enumerate() {
            let before: Asked = secrets.open(&task.asked)?;
            if task.category == category && asks_the_same(&before.wanted, &asked.wanted) {
                same = Some(at);
                break;
            }
        }
        if let Some(at) = same {
            let task = left.remove(at);
            if !task.state.is_over() {
                request_tasks::set_asked(tx, task.id, &secrets.seal(&asked)?, now).await?;
            }
            continue;
        }
        number += 1;
        let id = TaskId::fresh(&*app.ids);
        let task = new_task(request, (id, number), category, secrets.seal(&asked)?, now);
        request_tasks::insert(tx, &task).await?;
    }
    for task in left.into_iter().filter(|task| !task.state.is_over()) {
        let states = (task.state, TaskState::Cancelled);
        request_tasks::advance(tx, task.id, states, &Outcome::default(), now).await?;
    }
    Ok(())
}

/// Whether two entries of documents are the same task, each with the same category.
fn asks_the_same(one: &Wanted, other: &Wanted) -> bool {
    one.identifier == other.identifier
        && one.span == other.span
        && one.criterion == other.criterion
        && one.cap == other.cap
}

/// A document that an authority sends, as it is kept.
pub(super) async fn keep(app: &App, (mime, bytes): (&str, &Bytes)) -> Result<Blob> {
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    app.keep_evidence("request_document", mime, bytes.clone(), sha256).await
}
