//! The portal: what an official asks for their authority, and what they are told of it.
//!
//! What it is: the use cases of the pages for officials. Each looks up for whom the caller acts and takes no authority from a
//! form; a request of another authority is as if it were not. What it is not: how a request is judged (`requests.rs`), nor
//! how a package leaves (`releases.rs`).
//!
//! An official is told as much as the exchange tells their authority (`ToldState`): a suspicion looks like what was before it.
//!
//! To add something that officials may do: a method that begins with `acting` or `own`.

use vigie_model::disclosure::{
    AuthenticationLevel, Category, Instrument, Office, RefusalGround, Request, RequestKind, RequestState,
};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Moment, Operation};
use vigie_store::request_keys::RequestPart;
use vigie_store::request_tasks::{self, TaskRow};
use vigie_store::requests::{self, Listed};
use vigie_store::{Read, request_deadlines, request_notified};

use crate::officials::{Enrolled, acting};
use crate::regimes::{RuleSet, Satisfaction};
use crate::releases::FetchedPackage;
use crate::requests::{
    AsTold, EnteredRequest, LISTED, RequestDocument, Standing, ToldState, compared, waits_for,
};
use crate::{App, Result};

/// A request as its authority lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRequest {
    /// Its identifier.
    pub id: RequestId,
    /// The number that the authority gave it.
    pub reference: String,
    /// The regime under which it is made.
    pub regime: String,
    /// What it wants.
    pub kind: RequestKind,
    /// How it stands, as far as the authority is told.
    pub state: ToldState,
    /// Whether it cannot wait.
    pub is_emergency: bool,
    /// When it came in.
    pub received_at: Moment,
}

/// One request as its authority reads it.
#[derive(Debug, Clone)]
pub struct OwnStanding {
    /// The request.
    pub request: OwnRequest,
    /// Its deadlines, and what the house wrote.
    pub standing: Standing,
    /// What was refused of it.
    pub refusals: Vec<OwnRefusal>,
    /// Its documents, the oldest first.
    pub documents: Vec<RequestDocument>,
}

/// A request of another authority of which the caller's was notified as the enforcing one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifiedRequest {
    /// Its identifier: a decision names it.
    pub id: RequestId,
    /// Who asks.
    pub authority: String,
    /// Their country.
    pub country: String,
    /// The number that they gave it.
    pub reference: String,
    /// The regime under which it is made.
    pub regime: String,
    /// Whether it cannot wait.
    pub is_emergency: bool,
    /// When it came in.
    pub received_at: Moment,
    /// Until when a decision is awaited; none where none is any more.
    pub decide_by: Option<Moment>,
    /// Its tasks by number, with the data that each asks. Of whom is not told: the notification says it.
    pub tasks: Vec<(i64, Category)>,
}

/// A task that was refused, for its authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRefusal {
    /// Its number within the request, from 1.
    pub number: i64,
    /// Which data was asked.
    pub category: Category,
    /// On which ground.
    pub ground: RefusalGround,
    /// Why, in words.
    pub explanation: String,
    /// The provision by which it was judged.
    pub law: String,
}

impl App {
    /// The requests of the caller's authority, the newest first, a page from so many on.
    ///
    /// # Errors
    /// The caller is no official, or their authority is suspended.
    pub async fn own_requests(&self, caller: &Caller, offset: i64) -> Result<Vec<OwnRequest>> {
        let mut reader = self.store.read().await?;
        let own = acting(&mut reader, caller, Operation::FetchPackages).await?;
        let page = (offset.max(0), LISTED);
        let listed = requests::list(&mut reader, Listed::Of(own.authority.id), page).await?;
        let mut requests = Vec::with_capacity(listed.len());
        for request in &listed {
            let state = AsTold::of(&mut reader, request).await?.state;
            requests.push(OwnRequest { state, ..told(request) });
        }
        Ok(requests)
    }

    /// One request of the caller's authority.
    ///
    /// # Errors
    /// As [`App::own_requests`], or the request is not theirs.
    pub async fn own_request(&self, caller: &Caller, id: RequestId) -> Result<OwnStanding> {
        let (_, standing) = self.own(caller, id, Operation::FetchPackages).await?;
        let mut reader = self.store.read().await?;
        let request = crate::requests::find(&mut reader, id).await?;
        let tasks = request_tasks::of_request(&mut reader, id).await?;
        let rules = self.settings.disclosure.rules.named(&request.rule_set);
        let refusal = |task: TaskRow| {
            Some(OwnRefusal {
                number: task.number,
                category: task.category,
                ground: crate::requests::told_ground(&task)?,
                explanation: task.explanation.unwrap_or_default(),
                law: rules
                    .and_then(|rules| Some(rules.category.get(&task.category)?.law.clone()))
                    .unwrap_or_default(),
            })
        };
        let refusals = tasks.into_iter().filter_map(refusal).collect();
        let secrets = self.secrets(id, RequestPart::Whole).await?;
        let documents = crate::requests::documents(&mut reader, id, &secrets).await?;
        let request = OwnRequest { state: standing.state, ..told(&request) };
        Ok(OwnStanding { request, standing, refusals, documents })
    }

    /// The requests of others of which the caller's authority was notified, the newest first, a page from so many on; and nothing of
    /// any other request.
    ///
    /// # Errors
    /// The caller is no official, or their authority is suspended.
    pub async fn notified_requests(&self, caller: &Caller, offset: i64) -> Result<Vec<NotifiedRequest>> {
        let mut reader = self.store.read().await?;
        let own = acting(&mut reader, caller, Operation::ReadNotified).await?.authority;
        let (office, country) = compared(&own.name, &own.country);
        let page = (offset.max(0), LISTED);
        let mut notified = Vec::new();
        for request in request_notified::of_office(&mut reader, (&office, &country), page).await? {
            notified.push(notified_of(&mut reader, request).await?);
        }
        Ok(notified)
    }

    /// What the document of a request of the caller's authority says, to correct it by. It tells of whom is asked: that somebody reads
    /// it is written down first.
    ///
    /// # Errors
    /// As [`App::own_request`], or nothing is asked at this time.
    pub async fn own_document(&self, caller: &Caller, id: RequestId) -> Result<Instrument> {
        self.own(caller, id, Operation::HandInRequests).await?;
        let mut tx = self.store.begin().await?;
        let request = crate::requests::find(&mut tx, id).await?;
        if request.state != RequestState::Clarification {
            return Err(crate::requests::refused_in(caller, request.state));
        }
        tx.commit(&crate::requests::partial(self, caller, &request, "request.viewed")).await?;
        self.instrument_of(&mut self.store.read().await?, id).await
    }

    /// The regimes under which an authority can ask at this moment.
    #[must_use]
    pub fn regimes_in_force(&self) -> Vec<RuleSet> {
        let rules = self.settings.disclosure.rules.in_force(self.now());
        rules.filter(|rules| !rules.own_duty).cloned().collect()
    }

    /// Hands in a request for the caller's authority. Who issued it, as the document says, is completed by what the house knows
    /// of the official and of whom they act for. An emergency of an official who is new is one of a stranger.
    ///
    /// # Errors
    /// The caller is no official, their authority is suspended, or as [`App::enter_request`].
    pub async fn hand_in(&self, caller: &Caller, mut entered: EnteredRequest) -> Result<OwnRequest> {
        let own = acting(&mut self.store.read().await?, caller, Operation::HandInRequests).await?;
        complete(&mut entered.instrument.issuer, &own);
        let is_trusted = entered.instrument.emergency.is_none() || own.official.is_seasoned(self.now());
        let level = if is_trusted { AuthenticationLevel::L2 } else { AuthenticationLevel::L0 };
        Ok(told(&self.hand_in_request(caller, (own.authority, level), entered).await?))
    }

    /// Answers what the house asked about a request of the caller's authority.
    ///
    /// # Errors
    /// As [`App::own_request`], nothing is asked at this time, or the answer is empty.
    pub async fn answer_clarification(&self, caller: &Caller, id: RequestId, text: &str) -> Result<()> {
        self.own(caller, id, Operation::HandInRequests).await?;
        self.take_clarification(caller, id, (text, None)).await
    }

    /// Answers what the house asked with a corrected document. Who issued it is completed as of a document that comes first.
    ///
    /// # Errors
    /// As [`App::answer_clarification`], or the document cannot be one of this request.
    pub async fn correct_own(
        &self,
        caller: &Caller,
        id: RequestId,
        (text, mut entered): (&str, EnteredRequest),
    ) -> Result<()> {
        let (own, _) = self.own(caller, id, Operation::HandInRequests).await?;
        complete(&mut entered.instrument.issuer, &own);
        entered.instrument.issuer.name.clone_from(&own.authority.name);
        entered.instrument.issuer.country.clone_from(&own.authority.country);
        self.take_clarification(caller, id, (text, Some(entered))).await
    }

    /// Fetches the package that was released for a request of the caller's authority.
    ///
    /// # Errors
    /// As [`App::own_request`] and [`App::fetch_package`]: [`crate::Code::StepUpNeeded`] first of all.
    pub async fn fetch_own_package(&self, caller: &Caller, id: RequestId) -> Result<FetchedPackage> {
        let (own, _) = self.own(caller, id, Operation::FetchPackages).await?;
        self.fetch_package(caller, &own.authority, id).await
    }

    /// For whom the caller acts, and how their request stands.
    async fn own(
        &self,
        caller: &Caller,
        id: RequestId,
        operation: Operation,
    ) -> Result<(Enrolled, Standing)> {
        let own = acting(&mut self.store.read().await?, caller, operation).await?;
        let standing = self.request_standing(caller, &own.authority, id).await?;
        Ok((own, standing))
    }
}

fn told(request: &Request) -> OwnRequest {
    OwnRequest {
        id: request.id,
        reference: request.reference.clone(),
        regime: request.regime.clone(),
        kind: request.kind,
        state: ToldState::told(request.state),
        is_emergency: request.is_emergency,
        received_at: request.received_at,
    }
}

/// What the notified office reads of a request: that it may decide, until when, and by which numbers.
async fn notified_of(read: &mut impl Read, request: Request) -> Result<NotifiedRequest> {
    let deadlines = request_deadlines::of_request(read, request.id).await?;
    let awaited = deadlines.iter().find(|one| waits_for(one, Satisfaction::EnforcingAuthorityAnswered));
    let decide_by = awaited.map(|one| one.due_at).filter(|_| !request.state.is_over());
    let tasks = request_tasks::of_request(read, request.id).await?;
    Ok(NotifiedRequest {
        id: request.id,
        authority: request.authority_name,
        country: request.country,
        reference: request.reference,
        regime: request.regime,
        is_emergency: request.is_emergency,
        received_at: request.received_at,
        decide_by,
        tasks: tasks.iter().map(|task| (task.number, task.category)).collect(),
    })
}

/// What the directory knows is not taken from a form.
fn complete(issuer: &mut Office, own: &Enrolled) {
    issuer.official.clone_from(&own.official.name);
    issuer.mail.clone_from(&own.official.mail);
    issuer.phone.clone_from(&own.authority.call_back);
    issuer.role = issuer.role.filter(|role| own.authority.roles.contains(role)).or(Some(own.official.role));
}

#[cfg(test)]
mod tests;
