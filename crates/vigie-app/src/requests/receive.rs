//! How requests come in: signed from another instance, by an official at the portal, or by a clerk's hand.
//!
//! Whatever door it was, the document is sealed as it came before anything is read into it, what it asks falls apart into
//! tasks, its deadlines begin to run, and it is examined next. An answer at the door tells that it came and nothing else:
//! above all not whether anybody it names is here.
//!
//! What it is not: an examination. To add a door: a method that ends in `receive`, which says by whom it came and how well
//! they are known.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use vigie_model::disclosure::{
    AuthenticationLevel, Authority, Category, Instrument, IntakeDoor, PreservationState, Request,
    RequestKind, RequestState, TaskState, Wanted,
};
use vigie_model::id::{AuthorityId, LetterId, RequestId, TaskId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::envelope::Envelope;
use vigie_seal::ledger::Details;
use vigie_store::Transaction;
use vigie_store::blobs::{self, Blob, Hold};
use vigie_store::request_documents;
use vigie_store::request_keys::RequestPart;
use vigie_store::request_letters::{self, Letter};
use vigie_store::request_notified;
use vigie_store::request_tasks::{self, TaskRow};
use vigie_store::requests::{self, SealedParts};

use super::documents::write_first;
use super::{Secrets, begin, facts, object, satisfy, targets};
use crate::jobs::{Job, enqueue};
use crate::regimes::{RuleSet, Satisfaction, Trigger};
use crate::transparency::category_of;
use crate::{App, Code, Error, Resource, Result, authorise};

/// The longest document of a request, in bytes.
const LONGEST_DOCUMENT: usize = 20 << 20;
/// The most identifiers that one request may name: more is no request about somebody.
const MOST_WANTED: usize = 5_000;

/// What a clerk or an official enters: the document as it came, and what it says.
#[derive(Debug, Clone)]
pub struct EnteredRequest {
    /// The document, byte by byte.
    pub document: Bytes,
    /// Its media type.
    pub mime: String,
    /// What it says.
    pub instrument: Instrument,
    /// What could not be read of it, for who looks at it.
    pub diagnostics: Vec<String>,
}

/// A request at the door.
pub(super) struct Arrival {
    pub(super) door: IntakeDoor,
    pub(super) authority: Option<Authority>,
    pub(super) level: AuthenticationLevel,
    pub(super) entered: EnteredRequest,
}

impl App {
    /// Enters what came on paper or by mail. How sure it is who asks begins at nothing, or at the domain of the mail.
    ///
    /// # Errors
    /// Not permitted, the regime is not known, or the document is empty or too long.
    pub async fn enter_request(&self, caller: &Caller, entered: EnteredRequest) -> Result<Request> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let arrival =
            Arrival { door: IntakeDoor::Clerk, authority: None, level: AuthenticationLevel::L0, entered };
        self.receive(caller, arrival).await
    }

    /// Takes in what an enrolled official hands in for their authority, as one of whom this is known.
    ///
    /// # Errors
    /// Not permitted, or as [`App::enter_request`].
    pub(crate) async fn hand_in_request(
        &self,
        caller: &Caller,
        (authority, level): (Authority, AuthenticationLevel),
        mut entered: EnteredRequest,
    ) -> Result<Request> {
        authorise(caller, Operation::HandInRequests, Resource::Any)?;
        entered.instrument.issuer.name.clone_from(&authority.name);
        entered.instrument.issuer.country.clone_from(&authority.country);
        let door = IntakeDoor::Portal;
        self.receive(caller, Arrival { door, authority: Some(authority), level, entered }).await
    }

    /// Takes a request in, whatever door it came through.
    pub(super) async fn receive(&self, caller: &Caller, arrival: Arrival) -> Result<Request> {
        let rules = self.check_arrival(&arrival.entered)?;
        let EnteredRequest { document, mime, instrument, diagnostics } = &arrival.entered;
        let sha256: [u8; 32] = Sha256::digest(document).into();
        let nonce_hash = arrival_hash(&arrival, sha256);
        if let Some(hash) = nonce_hash {
            self.refuse_replay(caller, hash).await?;
        }
        let kept = self.keep_evidence("request_document", mime, document.clone(), sha256).await?;
        let id = RequestId::fresh(&*self.ids);
        let secrets = self.make_secrets(id, RequestPart::Whole).await?;
        let sealed =
            SealedParts { instrument: secrets.seal(instrument)?, diagnostics: secrets.seal(diagnostics)? };
        let mut tx = self.store.begin().await?;
        let request = self.new_request(&mut tx, caller, &arrival, &rules, &kept, id).await?;
        keep_document(&mut tx, &kept, &request).await?;
        if let Err(error) = requests::insert(&mut tx, &request, &sealed, nonce_hash).await {
            drop(tx);
            // It was sent twice in one moment, and the other was faster.
            if let Some(hash) = nonce_hash.filter(|_| error.is_duplicate()) {
                self.refuse_replay(caller, hash).await?;
            }
            return Err(error.into());
        }
        write_first(self, &mut tx, (&request, &kept)).await?;
        note_notified(&mut tx, id, instrument).await?;
        add_tasks(self, &mut tx, &request, instrument, &secrets).await?;
        targets::note(self, &mut tx, &request, instrument).await?;
        begin(self, &mut tx, &request, instrument, Trigger::Received).await?;
        if instrument.notified.is_some() {
            begin(self, &mut tx, &request, instrument, Trigger::Notified).await?;
        }
        crate::gags::begin(self, &mut tx, &request, instrument).await?;
        self.acknowledge(&mut tx, &request, &secrets).await?;
        enqueue(self, &mut tx, &Job::ExamineRequest { request: id }).await?;
        let entry = Details::new(caller, "request.received", object(id), self.now());
        let mut parameters = facts(&request);
        parameters["door"] = json!(request.door);
        parameters["document_sha256"] = json!(hex::encode(sha256));
        parameters["tasks"] = json!(tasks(instrument).count());
        parameters["items"] = json!(instrument.wanted.len());
        if let Some(category) = category_of(instrument) {
            parameters["category"] = json!(category);
        }
        parameters["silence"] = json!(instrument.silence.is_some());
        parameters["unread"] = json!(diagnostics.len());
        tx.commit(&entry.with(parameters)).await?;
        Ok(request)
    }

    /// What every document has, whichever it is of a request; and the rules by which one that comes now is judged.
    pub(super) fn check_arrival(&self, entered: &EnteredRequest) -> Result<RuleSet> {
        let invalid = |why: &str| Err(Error::new(Code::InvalidValue, why));
        if entered.document.is_empty() {
            return invalid("the document of the request is empty");
        }
        if entered.document.len() > LONGEST_DOCUMENT {
            return invalid("the document of the request is longer than 20 MiB");
        }
        if entered.instrument.wanted.is_empty() {
            return invalid("the request names nobody: it needs at least one identifier");
        }
        if entered.instrument.wanted.len() > MOST_WANTED {
            return invalid("the request names more than 5,000 identifiers");
        }
        let rules = self.settings.disclosure.rules.at(&entered.instrument.regime, self.now());
        // What is a duty of the house itself nobody orders, and keeps for a year by ordering it.
        rules.filter(|rules| !rules.own_duty).cloned().ok_or_else(|| {
            let known: Vec<_> = self.regimes_in_force().into_iter().map(|rules| rules.id).collect();
            let known = known.join(", ");
            Error::new(
                Code::UnknownRegime,
                format!("no rule set of that name is in force; these are: {known}"),
            )
        })
    }

    /// A document is taken once. That it was sent again is written down.
    pub(super) async fn refuse_replay(&self, caller: &Caller, nonce_hash: [u8; 32]) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let first = match requests::find_by_nonce(&mut tx, nonce_hash).await? {
            Some(first) => Some(first),
            None => match request_documents::find_by_nonce(&mut tx, nonce_hash).await? {
                Some(about) => requests::find(&mut tx, about).await?,
                None => None,
            },
        };
        let Some(first) = first else { return Ok(()) };
        tx.commit(&Details::new(caller, "request.replayed", object(first.id), self.now())).await?;
        let detail =
            format!("this document came before: it is request {} since {}", first.id, first.received_at);
        Err(Error::new(Code::RequestReplayed, detail))
    }

    async fn new_request(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        arrival: &Arrival,
        rules: &RuleSet,
        kept: &Blob,
        id: RequestId,
    ) -> Result<Request> {
        let instrument = &arrival.entered.instrument;
        let named = match &instrument.earlier {
            None => None,
            Some(reference) => {
                let office =
                    (instrument.issuer.country.as_str(), instrument.issuer.name.as_str(), reference.as_str());
                requests::alike(tx, [0; 32], office).await?.into_iter().next_back()
            }
        };
        let now = self.now();
        Ok(Request {
            id,
            number: tx.next_number("request").await?,
            authority: arrival.authority.as_ref().map(|authority| authority.id),
            authority_name: instrument.issuer.name.trim().to_owned(),
            country: instrument.issuer.country.trim().to_uppercase(),
            regime: rules.id.clone(),
            rule_set: rules.name(),
            kind: instrument.kind,
            reference: instrument.reference.trim().to_owned(),
            door: arrival.door,
            brought_by: caller.actor(),
            level: arrival.level,
            state: RequestState::Received,
            preservation: (instrument.kind == RequestKind::Preservation)
                .then_some(PreservationState::Received),
            is_emergency: instrument.emergency.is_some(),
            is_binding: rules.binding,
            document: kept.id,
            document_sha256: kept.plain_sha256,
            earlier: named.map(|earlier| earlier.id),
            received_at: now,
            updated_at: now,
            acknowledged_at: None,
            closed_at: None,
        })
    }

    /// Tells the authority that it came, in the same words whoever is named in it. What a clerk entered is answered by a letter
    /// that people send.
    async fn acknowledge(&self, tx: &mut Transaction, request: &Request, secrets: &Secrets) -> Result<()> {
        let (now, is_answered) = (self.now(), request.door != IntakeDoor::Clerk);
        let text = crate::letters::acknowledgement(self, request);
        let letter = Letter {
            id: LetterId::fresh(&*self.ids),
            request: request.id,
            kind: "acknowledgement".into(),
            is_ours: true,
            text: secrets.seal(&text)?,
            written_by: Caller::system().actor(),
            written_at: now,
            sent_at: is_answered.then_some(now),
        };
        request_letters::insert(tx, &letter).await?;
        if !is_answered {
            return Ok(());
        }
        requests::note_acknowledged(tx, request.id, now).await?;
        satisfy(tx, request.id, Satisfaction::Acknowledged, now).await
    }
}

/// Notes which office the document says was notified of it, so that its officials find it.
pub(super) async fn note_notified(
    tx: &mut Transaction,
    id: RequestId,
    instrument: &Instrument,
) -> Result<()> {
    let office = instrument.notified.as_ref().map(|office| compared(&office.name, &office.country));
    let office = office.as_ref().map(|(name, country)| (name.as_str(), country.as_str()));
    Ok(request_notified::set(tx, id, office.filter(|(name, _)| !name.is_empty())).await?)
}

/// The name and the country of an office as they are compared: two ways of writing one office are the same.
pub(crate) fn compared(name: &str, country: &str) -> (String, String) {
    let plain = |text: &str| text.trim().to_lowercase();
    (plain(name), plain(country))
}

/// The document stays as long as the request is kept, whatever is configured about evidence.
pub(super) async fn keep_document(tx: &mut Transaction, kept: &Blob, request: &Request) -> Result<()> {
    blobs::insert(tx, kept).await?;
    let hold = Hold { reason: object(request.id), placed_at: request.received_at, until: None };
    blobs::place_hold(tx, kept.id, &hold).await?;
    Ok(())
}

/// What is drawn for one document by one authority is never accepted twice; of another authority it is another.
pub(super) fn nonce_hash(authority: Option<AuthorityId>, nonce: &str) -> Option<[u8; 32]> {
    let authority = authority.filter(|_| !nonce.is_empty())?;
    Some(Sha256::new().chain_update(authority.0.as_bytes()).chain_update(nonce).finalize().into())
}

/// The same of a document at the door. Where nothing was drawn for one that a key signed, what was signed is what is taken once: the
/// envelope around it can be written in many ways by anybody who has it.
fn arrival_hash(arrival: &Arrival, document_sha256: [u8; 32]) -> Option<[u8; 32]> {
    let authority = arrival.authority.as_ref()?.id;
    match arrival.entered.instrument.nonce.as_str() {
        "" if arrival.door == IntakeDoor::Exchange => {
            let of_it = Sha256::new().chain_update(authority.0.as_bytes());
            let signed = Envelope::read(&arrival.entered.document);
            let signed = signed.map_or(document_sha256, |envelope| Sha256::digest(envelope.payload()).into());
            Some(of_it.chain_update(signed).finalize().into())
        }
        nonce => nonce_hash(Some(authority), nonce),
    }
}

/// What one task asks, as it is sealed in its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    /// Which entry of the document it is from, from 0.
    pub(crate) entry: usize,
    /// The entry.
    pub(crate) wanted: Wanted,
}

/// The tasks of a document: one for each category of each identifier, in its order, however often it names a category.
pub(super) fn tasks(instrument: &Instrument) -> impl Iterator<Item = (Asked, Category)> {
    instrument.wanted.iter().enumerate().flat_map(|(entry, wanted)| {
        let mut categories = Vec::new();
        for category in &wanted.categories {
            if !categories.contains(category) {
                categories.push(*category);
            }
        }
        let wanted = Wanted { categories: categories.clone(), ..wanted.clone() };
        categories.into_iter().map(move |category| (Asked { entry, wanted: wanted.clone() }, category))
    })
}

/// Writes the tasks of a request.
async fn add_tasks(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    instrument: &Instrument,
    secrets: &Secrets,
) -> Result<()> {
    for ((asked, category), number) in tasks(instrument).zip(1..) {
        let id = TaskId::fresh(&*app.ids);
        let task = new_task(request, (id, number), category, secrets.seal(&asked)?, app.now());
        request_tasks::insert(tx, &task).await?;
    }
    Ok(())
}

/// A task of which nothing is known yet.
pub(super) fn new_task(
    request: &Request,
    (id, number): (TaskId, i64),
    category: Category,
    asked: Vec<u8>,
    now: Moment,
) -> TaskRow {
    TaskRow {
        id,
        request: request.id,
        number,
        category,
        asked,
        accounts: None,
        findings: None,
        state: TaskState::Pending,
        ground: None,
        explanation: None,
        nil: None,
        records: None,
        updated_at: now,
    }
}
