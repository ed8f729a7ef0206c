//! The exchange: what authorities hand in and ask for by their registered keys, from their instance to ours.
//!
//! What it is: who signed, and the calls of `/exchange/v1`. An authority is told how its own request stands, and never before
//! something leaves whether anybody it named is here. What it is not: who may say what after a request; that is in
//! `follow_up/sent.rs`.
//!
//! To add a call: its use case here, its route in `vigie-api`, its line in `docs/guide/package.md`.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use vigie_formats::request::exchange as document;
use vigie_model::access::CallerKind;
use vigie_model::disclosure::{AuthenticationLevel, Authority, IntakeDoor, Request};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::envelope::{self, Envelope};
use vigie_seal::exchange::{FollowUp, Receipt, Withdrawal};
use vigie_seal::note::VerifierKey;
use vigie_seal::pass::{self, Call, Pass};
use vigie_store::authorities;
use vigie_store::request_deadlines;
use vigie_store::request_keys::RequestPart;
use vigie_store::{request_letters, request_tasks, requests};

use super::papers::{PaperKind, papers_of};
use super::receive::{Arrival, EnteredRequest};
use super::{AsTold, FollowUpKind, SentFollowUp, conflict, decided, find};
use crate::{App, Code, Error, Resource, Result, authorise};

/// What an authority is answered at the door: a signed receipt.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The request that it is about.
    pub request: RequestId,
    /// The signed receipt.
    pub receipt: Vec<u8>,
}

vigie_model::names! {
    /// How a request stands, as far as its authority is told.
    pub enum ToldState {
        /// It came in and is looked at.
        UnderExamination => "under_examination",
        /// The authority is asked something.
        ClarificationAsked => "clarification_asked",
        /// It is carried out, or waits for somebody outside.
        BeingCarriedOut => "being_carried_out",
        /// A package can be fetched.
        Ready => "ready",
        /// It was fetched.
        Fetched => "fetched",
        /// What left may not be used any more, and is not given again.
        UseRestricted => "use_restricted",
        /// It was refused.
        Refused => "refused",
        /// The authority took it back.
        Withdrawn => "withdrawn",
        /// Nothing is left to do.
        Closed => "closed",
    }
}

impl ToldState {
    /// What the authority is told of a state. A suspicion looks like an examination, or by `AsTold` like what was before it:
    /// whoever forged it learns nothing.
    #[must_use]
    pub fn told(state: vigie_model::disclosure::RequestState) -> Self {
        use vigie_model::disclosure::RequestState as S;
        match state {
            S::Received | S::Quarantined | S::Authenticated | S::Validating | S::ForgerySuspected => {
                Self::UnderExamination
            }
            S::Clarification => Self::ClarificationAsked,
            S::Accepted
            | S::Executing
            | S::EnforcingHold
            | S::ReadyForApproval
            | S::Approved
            | S::Suspended => Self::BeingCarriedOut,
            S::Released => Self::Ready,
            S::Delivered => Self::Fetched,
            S::UseRestricted => Self::UseRestricted,
            S::Refused => Self::Refused,
            S::Withdrawn => Self::Withdrawn,
            S::Closed | S::Archived => Self::Closed,
        }
    }
}

/// How a request stands, for its authority.
#[derive(Debug, Clone, Serialize)]
pub struct Standing {
    /// The request.
    pub request: RequestId,
    /// The number that the authority gave it.
    pub reference: String,
    /// How it stands.
    pub state: ToldState,
    /// When it came in.
    pub received_at: Moment,
    /// Its deadlines that run.
    pub deadlines: Vec<StandingDeadline>,
    /// What the house wrote, the oldest first.
    pub letters: Vec<StandingLetter>,
    /// The papers that can be fetched.
    pub papers: Vec<PaperKind>,
}

/// A deadline, for the authority.
#[derive(Debug, Clone, Serialize)]
pub struct StandingDeadline {
    /// The row of the rule set.
    pub rule: String,
    /// When it ends.
    pub due_at: Moment,
    /// Whether it stands still.
    pub is_paused: bool,
}

/// A letter, for the authority.
#[derive(Debug, Clone, Serialize)]
pub struct StandingLetter {
    /// What kind of letter.
    pub kind: String,
    /// When it was sent.
    pub sent_at: Moment,
    /// The text.
    pub text: String,
}

/// Passes that were used: one is good for one call. They are remembered by this process alone, so that none is accepted which was made
/// before it: another may have seen it used.
pub(crate) struct UsedPasses {
    since: Moment,
    used: Mutex<BTreeMap<String, Moment>>,
}

impl UsedPasses {
    /// None yet, of a process that starts at this moment.
    pub(crate) fn since(now: Moment) -> Self {
        Self { since: now, used: Mutex::default() }
    }

    /// Whether a pass is used for the first time. Those whose time is over are forgotten.
    fn is_first(&self, name: String, kept_until: Moment, now: Moment) -> bool {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.retain(|_, until| *until >= now);
        used.insert(name, kept_until).is_none()
    }
}

impl App {
    /// Takes in a request that an authority signed, and answers with a signed receipt.
    ///
    /// # Errors
    /// No authority of the directory signed it, or it accepts nothing at the moment; the document cannot be read, or came
    /// before; the regime is not known.
    pub async fn receive_signed(&self, bytes: Bytes) -> Result<Answered> {
        let envelope = Envelope::read(&bytes).map_err(|error| unsigned().because(error))?;
        let (authority, key) = self.signer(&envelope).await?;
        let caller = caller(&authority);
        authorise(&caller, Operation::HandInRequests, Resource::Any)?;
        let (payload, _) =
            envelope.open(document::PAYLOAD_TYPE, &[key]).map_err(|error| unreadable(&error))?;
        let arrived = document::read(payload).map_err(|error| unreadable(&error))?;
        let mut instrument = arrived.instrument;
        // Who asks is whose key signed, whatever the document calls itself.
        instrument.issuer.name.clone_from(&authority.name);
        instrument.issuer.country.clone_from(&authority.country);
        let entered = EnteredRequest {
            document: bytes.clone(),
            mime: envelope::CONTENT_TYPE.to_owned(),
            diagnostics: arrived
                .diagnostics
                .iter()
                .map(|one| format!("{}: {}", one.place, one.problem))
                .collect(),
            instrument,
        };
        let nonce = entered.instrument.nonce.clone();
        let (door, level) = (IntakeDoor::Exchange, AuthenticationLevel::L4);
        let arrival = Arrival { door, authority: Some(authority), level, entered };
        let request = self.receive(&caller, arrival).await?;
        fail::fail_point!("request-before-answer");
        self.receipt(&request, &nonce, &bytes)
    }

    /// Takes a request back by a signed withdrawal of its authority.
    ///
    /// # Errors
    /// Nobody of the directory signed it, it is not their request, or it is over.
    pub async fn withdraw_signed(&self, id: RequestId, bytes: Bytes) -> Result<Answered> {
        let envelope = Envelope::read(&bytes).map_err(|error| unsigned().because(error))?;
        let (authority, key) = self.signer(&envelope).await?;
        let caller = caller(&authority);
        let (withdrawal, _) = Withdrawal::open(&envelope, &[key]).map_err(|error| unreadable(&error))?;
        let request = self.request_of(&authority, id).await?;
        if withdrawal.request != id {
            return Err(Error::new(Code::RequestUnreadable, "the withdrawal is of another request"));
        }
        let text = if withdrawal.reason.trim().is_empty() { "withdrawn" } else { &withdrawal.reason };
        let sent = SentFollowUp {
            kind: FollowUpKind::Withdrawal,
            text: text.to_owned(),
            decision: None,
            document: Some((envelope::CONTENT_TYPE.to_owned(), bytes.clone())),
            corrected: None,
            nonce: withdrawal.nonce.clone(),
        };
        self.hand_in_follow_up(&caller, id, sent).await?;
        self.receipt(&request, &withdrawal.nonce, &bytes)
    }

    /// Takes what an authority signed about a request after it: of the one that asked, or of the one that was notified.
    ///
    /// # Errors
    /// Nobody of the directory signed it, it is of another request, or as [`App::hand_in_follow_up`].
    pub async fn follow_up_signed(&self, id: RequestId, bytes: Bytes) -> Result<Answered> {
        let envelope = Envelope::read(&bytes).map_err(|error| unsigned().because(error))?;
        let (authority, key) = self.signer(&envelope).await?;
        let caller = caller(&authority);
        let keys = [key];
        let (said, _) = FollowUp::open(&envelope, &keys).map_err(|error| unreadable(&error))?;
        if said.request != id {
            return Err(Error::new(Code::RequestUnreadable, "it is about another request"));
        }
        let decision = said.decision.map(|decision| decided(decision, &said.tasks)).transpose()?;
        let corrected = said.corrected.map(|mut instrument| {
            // Who asks is whose key signed, as of a document that comes first.
            instrument.issuer.name.clone_from(&authority.name);
            instrument.issuer.country.clone_from(&authority.country);
            instrument
        });
        let sent = SentFollowUp {
            kind: said.kind,
            text: said.text,
            decision,
            document: Some((envelope::CONTENT_TYPE.to_owned(), bytes.clone())),
            corrected,
            nonce: said.nonce.clone(),
        };
        self.hand_in_follow_up(&caller, id, sent).await?;
        let request = find(&mut self.store.read().await?, id).await?;
        self.receipt(&request, &said.nonce, &bytes)
    }

    /// Who calls with this pass: an authority of the directory.
    ///
    /// # Errors
    /// There is no pass, nobody of the directory signed it, it is for another call or time, or it was used before.
    pub async fn authority_caller(&self, header: &str, call: &Call) -> Result<(Caller, Authority)> {
        let envelope = pass::envelope_in(header).ok_or_else(unsigned)?;
        let (authority, key) = self.signer(&envelope).await?;
        let now = self.now();
        let refused =
            |why: &str| Error::new(Code::UnknownAuthority, format!("the pass is not accepted: {why}"));
        if !is_of(&self.settings.public_url, &call.host) {
            return Err(refused("it is for another host"));
        }
        let (pass, key) = Pass::open(header, std::slice::from_ref(&key), call, now)
            .map_err(|error| refused(&error.to_string()))?;
        if pass.at < self.used_passes().since {
            return Err(refused("it was made before this service started: make another"));
        }
        let name = format!("{} {}", key.keyid(), pass.nonce);
        if !self.used_passes().is_first(name, pass.kept_until(), now) {
            return Err(refused("it was used before"));
        }
        Ok((caller(&authority), authority))
    }

    /// How a request of an authority stands.
    ///
    /// # Errors
    /// Not permitted, or it is not theirs.
    pub async fn request_standing(
        &self,
        caller: &Caller,
        authority: &Authority,
        id: RequestId,
    ) -> Result<Standing> {
        authorise(caller, Operation::FetchPackages, Resource::Any)?;
        let request = self.request_of(authority, id).await?;
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let mut reader = self.store.read().await?;
        let told = AsTold::of(&mut reader, &request).await?;
        let instrument = secrets.open(&requests::sealed(&mut reader, id).await?.instrument)?;
        let deadlines = request_deadlines::of_request(&mut reader, id).await?;
        let deadlines = told.deadlines(self, (&request, &instrument), deadlines)?;
        let mut letters = Vec::new();
        for letter in request_letters::of_request(&mut reader, id).await? {
            let Some(sent_at) = letter.sent_at.filter(|_| letter.is_ours && letter.kind != "note") else {
                continue;
            };
            letters.push(StandingLetter { text: secrets.open(&letter.text)?, kind: letter.kind, sent_at });
        }
        let tasks = request_tasks::of_request(&mut reader, id).await?;
        let is_objected = conflict::stands(&mut reader, id).await? && !told.is_upheld;
        Ok(Standing {
            request: id,
            papers: papers_of(self, &request, &tasks, (false, is_objected))?,
            reference: request.reference,
            state: told.state,
            received_at: request.received_at,
            deadlines,
            letters,
        })
    }

    /// The request, where it is of this authority. One of another is as if it were not.
    async fn request_of(&self, authority: &Authority, id: RequestId) -> Result<Request> {
        let request = find(&mut self.store.read().await?, id).await?;
        if request.authority == Some(authority.id) { Ok(request) } else { Err(Error::not_found("request")) }
    }

    /// The authority of the directory whose key signed an envelope, and that key.
    async fn signer(&self, envelope: &Envelope) -> Result<(Authority, VerifierKey)> {
        let mut reader = self.store.read().await?;
        for name in envelope.signers() {
            let Some(authority) = authorities::find_by_key_name(&mut reader, name).await? else { continue };
            let key = authority.keys.signing.as_deref().unwrap_or_default();
            let key: VerifierKey = key.parse().map_err(|error| unsigned().because(error))?;
            envelope.verify(std::slice::from_ref(&key)).map_err(|error| {
                Error::new(Code::UnknownAuthority, format!("its signature is not accepted: {error}"))
            })?;
            authority.accepts(self.now()).map_err(|why| {
                Error::new(Code::AuthoritySuspended, format!("nothing of this authority is accepted: {why}"))
            })?;
            return Ok((authority, key));
        }
        Err(unsigned())
    }

    fn receipt(&self, request: &Request, nonce: &str, received: &[u8]) -> Result<Answered> {
        let receipt = Receipt::of(received, request.id, &request.reference, nonce, self.now());
        let signed = receipt.sign(&self.disclosure_key()?);
        let signed = signed.map_err(|error| Error::internal("sign a receipt", error))?;
        Ok(Answered { request: request.id, receipt: signed.to_bytes() })
    }
}

/// Whether a call was for this house. The host of a call is what the caller wrote, so that a pass which an authority gave to somebody
/// else could be brought here under that one's name: where the house has a name that TLS proves, no other is its own.
fn is_of(public_url: &str, host: &str) -> bool {
    let Some(own) = public_url.strip_prefix("https://") else { return true };
    let plain = |host: &str| host.strip_suffix(":443").unwrap_or(host).to_ascii_lowercase();
    plain(own) == plain(host)
}

fn caller(authority: &Authority) -> Caller {
    let kind = CallerKind::Authority(authority.id);
    Caller { kind, name: authority.name.clone(), roles: vec![], scopes: vec![] }
}

fn unsigned() -> Error {
    Error::new(Code::UnknownAuthority, "no authority of the directory signed it: its key is registered first")
}

fn unreadable(why: &dyn std::fmt::Display) -> Error {
    Error::new(Code::RequestUnreadable, format!("it cannot be read: {why}"))
}
