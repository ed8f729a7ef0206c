//! What an authority itself sends about a request after it: through the portal, or signed through the exchange.
//!
//! What it is: who may say what. The authority that asked confirms, extends, announces or takes back; the one that was notified
//! decides whether anything leaves; whoever is neither finds nothing. What it is not: a way to learn anything. A request that is
//! frozen takes in what comes and does nothing, and the answer is the one that any other request would give.
//!
//! To add something that may be sent: a `FollowUpKind` that says whose it is, and what it does in `hand_in_follow_up`.

use bytes::Bytes;
use serde_json::json;
use vigie_model::access::CallerKind;
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{Authority, EnforcingDecision, FollowUpKind, Instrument, Office, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation};
use vigie_store::authorities;
use vigie_store::request_keys::RequestPart;

use super::super::documents::{self, Kept};
use super::super::receive::compared;
use super::super::{AsTold, EnteredRequest, Objection, find, object};
use super::FollowUp;
use crate::notices::tell_permitted;
use crate::officials::acting;
use crate::{App, Code, Error, Resource, Result, authorise};

/// What an authority sends about a request.
#[derive(Debug, Clone)]
pub struct SentFollowUp {
    /// What it says.
    pub kind: FollowUpKind,
    /// In words, for the file of the request.
    pub text: String,
    /// What the enforcing authority decides: of its decision alone.
    pub decision: Option<Objection>,
    /// The signed document, with its media type.
    pub document: Option<(String, Bytes)>,
    /// The document of the request as it is now: of an answer alone.
    pub corrected: Option<Instrument>,
    /// What was drawn for it alone.
    pub nonce: String,
}

/// Whose word it is.
struct Sender {
    authority: Authority,
    is_issuer: bool,
    is_notified: bool,
}

impl App {
    /// Takes what an authority sends about a request: of the one that asked, or of the one that was notified of it.
    ///
    /// # Errors
    /// The caller acts for neither, and is told no more than that; [`Code::NotTheirsToSay`]; something is missing; it came before; or
    /// it does not fit where the request stands.
    pub async fn hand_in_follow_up(&self, caller: &Caller, id: RequestId, sent: SentFollowUp) -> Result<()> {
        authorise(caller, Operation::HandInRequests, Resource::Any)?;
        let sender = self.sender(caller, id).await?;
        let may_say = (sender.is_issuer && sent.kind.is_of_the_issuer())
            || (sender.is_notified && sent.kind.is_of_the_notified());
        if !may_say {
            let who =
                if sender.is_issuer { "the authority that asked" } else { "the authority that was notified" };
            let detail = format!("{} is not for {who} to say", sent.kind);
            return Err(Error::new(Code::NotTheirsToSay, detail));
        }
        check(&sent)?;
        let nonce_hash = super::super::receive::nonce_hash(Some(sender.authority.id), &sent.nonce);
        if let Some(hash) = nonce_hash {
            self.refuse_replay(caller, hash).await?;
        }
        let mut reader = self.store.read().await?;
        let request = find(&mut reader, id).await?;
        AsTold::of(&mut reader, &request).await?.refuse(caller, &request, sent.kind)?;
        drop(reader);
        if sent.kind == FollowUpKind::Answer {
            return self.take_answer(caller, id, (sent, nonce_hash)).await;
        }
        let kept = match &sent.document {
            Some((mime, bytes)) => {
                Some(Kept { blob: documents::keep(self, (mime, bytes)).await?, nonce_hash })
            }
            None => None,
        };
        let text = sent.text.trim();
        match sent.kind {
            FollowUpKind::Withdrawal => self.take_withdrawal(caller, id, (text, kept.as_ref())).await,
            FollowUpKind::EnforcingDecision => {
                let decision = sent.decision.unwrap_or(Objection::None);
                self.take_decision(caller, id, (&decision, text, kept.as_ref())).await
            }
            kind => {
                let follow_up = FollowUp { kind, text: text.to_owned(), due_at: None };
                self.follow_request(caller, id, (&follow_up, kept.as_ref())).await
            }
        }
    }

    /// Who sends it, and what they are to the request. To anybody else there is no such request.
    async fn sender(&self, caller: &Caller, id: RequestId) -> Result<Sender> {
        let mut reader = self.store.read().await?;
        let authority = match caller.kind {
            CallerKind::Authority(id) => authorities::find(&mut reader, id).await?,
            _ => Some(acting(&mut reader, caller, Operation::HandInRequests).await?.authority),
        };
        let unknown = || Error::not_found("request");
        let authority = authority.ok_or_else(unknown)?;
        let request = find(&mut reader, id).await?;
        let is_issuer = request.authority == Some(authority.id);
        let notified = match self.instrument_of(&mut reader, id).await {
            Ok(instrument) => instrument.notified,
            // What was kept of it was destroyed: nobody but its own authority ever hears that it was.
            Err(_) if !is_issuer => return Err(unknown()),
            Err(error) => return Err(error),
        };
        // Nobody is notified of their own order: whoever names itself does not also say that it raises no ground.
        let is_notified = !is_issuer && notified.is_some_and(|office| is_same(&office, &authority));
        if is_issuer || is_notified {
            Ok(Sender { authority, is_issuer, is_notified })
        } else {
            Err(unknown())
        }
    }

    async fn take_answer(
        &self,
        caller: &Caller,
        id: RequestId,
        (sent, nonce_hash): (SentFollowUp, Option<[u8; 32]>),
    ) -> Result<()> {
        let Some((mime, bytes)) = sent.document else {
            return self.take_clarification(caller, id, (&sent.text, None)).await;
        };
        if let Some(mut instrument) = sent.corrected {
            instrument.nonce = sent.nonce;
            let entered = EnteredRequest { document: bytes, mime, instrument, diagnostics: vec![] };
            return self.take_clarification(caller, id, (&sent.text, Some(entered))).await;
        }
        let kept = Kept { blob: documents::keep(self, (&mime, &bytes)).await?, nonce_hash };
        self.answer_request(caller, id, (&sent.text, None), Some(&kept)).await
    }

    async fn take_withdrawal(
        &self,
        caller: &Caller,
        id: RequestId,
        (text, kept): (&str, Option<&Kept>),
    ) -> Result<()> {
        if find(&mut self.store.read().await?, id).await?.state == RequestState::ForgerySuspected {
            return self.note_only(caller, id, (FollowUpKind::Withdrawal, text, kept)).await;
        }
        self.withdraw(caller, id, (text, kept)).await
    }

    /// What the enforcing authority decides is done where the request waits for it or was delivered. Where it comes earlier it is kept
    /// beside the request, and people hear of it.
    async fn take_decision(
        &self,
        caller: &Caller,
        id: RequestId,
        (decision, text, kept): (&Objection, &str, Option<&Kept>),
    ) -> Result<()> {
        let request = find(&mut self.store.read().await?, id).await?;
        if let Objection::Partial(numbers) = decision {
            let tasks = vigie_store::request_tasks::of_request(&mut self.store.read().await?, id).await?;
            if let Some(number) =
                numbers.iter().find(|number| tasks.iter().all(|task| task.number != **number))
            {
                return Err(Error::new(Code::InvalidValue, format!("the request has no task {number}")));
            }
        }
        match request.state {
            RequestState::EnforcingHold => self.object(caller, id, (decision, text), kept).await,
            RequestState::Released | RequestState::Delivered if *decision != Objection::None => {
                self.object(caller, id, (decision, text), kept).await
            }
            state if state.is_over() => Err(super::super::refused_in(caller, state)),
            _ => self.note_only(caller, id, (FollowUpKind::EnforcingDecision, text, kept)).await,
        }
    }

    /// Keeps what came beside a request and changes nothing: people are told, and decide what follows.
    pub(super) async fn note_only(
        &self,
        caller: &Caller,
        id: RequestId,
        (kind, text, kept): (FollowUpKind, &str, Option<&Kept>),
    ) -> Result<()> {
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let said = (id, kind.name(), false);
        self.write_letter(&mut tx, &secrets, caller, said, text.to_owned()).await?;
        documents::write_following(self, &mut tx, (&request, caller), (kind.name(), kept)).await?;
        let notice = NoticeKind::RequestWarning;
        tell_permitted(self, &mut tx, Operation::HandleRequests, notice, &object(id)).await?;
        let entry = super::super::partial(self, caller, &request, "request.follow_up_noted");
        tx.commit(&entry.with(json!({ "kind": kind }))).await?;
        Ok(())
    }
}

/// What each of them has to have.
fn check(sent: &SentFollowUp) -> Result<()> {
    let invalid = |why: &str| Err(Error::new(Code::InvalidValue, why));
    super::super::decide::worded(&sent.text, "say what the document says")?;
    let is_signed = matches!(
        sent.kind,
        FollowUpKind::Validation
            | FollowUpKind::ValidationRefused
            | FollowUpKind::Upheld
            | FollowUpKind::EnforcingDecision
    );
    if is_signed && sent.document.is_none() {
        return invalid("the signed document is missing");
    }
    if sent.document.as_ref().is_some_and(|(_, bytes)| bytes.is_empty()) {
        return invalid("the document is empty");
    }
    if sent.decision.is_some() != (sent.kind == FollowUpKind::EnforcingDecision) {
        return invalid("a decision is said by the enforcing authority alone, and by it always");
    }
    if matches!(&sent.decision, Some(Objection::Partial(tasks)) if tasks.is_empty()) {
        return invalid("name the tasks that are refused");
    }
    if sent.corrected.is_some() && sent.kind != FollowUpKind::Answer {
        return invalid("only an answer brings a corrected document");
    }
    Ok(())
}

/// Whether an office of a document is this authority of the directory.
fn is_same(office: &Office, authority: &Authority) -> bool {
    !office.name.trim().is_empty()
        && compared(&office.name, &office.country) == compared(&authority.name, &authority.country)
}

/// A decision as a message says it.
///
/// # Errors
/// Tasks are named where none is refused alone, or none where some are.
pub fn decided(decision: EnforcingDecision, tasks: &[i64]) -> Result<Objection> {
    match (decision, tasks.is_empty()) {
        (EnforcingDecision::NoGrounds, true) => Ok(Objection::None),
        (EnforcingDecision::Full, true) => Ok(Objection::Full),
        (EnforcingDecision::Partial, false) => Ok(Objection::Partial(tasks.iter().copied().collect())),
        (EnforcingDecision::Partial, true) => {
            Err(Error::new(Code::InvalidValue, "name the tasks that are refused"))
        }
        _ => Err(Error::new(Code::InvalidValue, "tasks are named of a refusal in part alone")),
    }
}
