//! Calling back: one person asks for the call, another makes it, to a number of an independent directory, and has the
//! authority read back what was drawn for it. Only then it is known who asks where no signature says so.
//!
//! What it is not: the other levels. A signature is known when a document comes in (`receive.rs`), an official by their
//! passkey. To add an outcome of a call: a variant of `CallOutcome`, and where the request goes with it.

use serde_json::json;
use vigie_model::disclosure::{AuthenticationLevel, Request, RequestState};
use vigie_model::id::{AuthorityId, PersonId, RequestId};
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;
use vigie_store::request_letters::{self, Call, CallMade};
use vigie_store::{Read, authorities, requests};

use super::examine::{level_required, validating};
use super::{find, object, step, wrong_state};
use crate::jobs::{Job, enqueue};
use crate::{App, Code, Error, Resource, Result, authorise, secret};

vigie_model::names! {
    /// What came of a call back.
    pub enum CallOutcome {
        /// The authority confirmed it, and read back what was drawn.
        Confirmed => "confirmed",
        /// The authority knows nothing of it.
        Denied => "denied",
        /// Nobody was reached.
        NotReached => "not_reached",
    }
}

/// Whether the authority confirmed the request in a call.
pub(super) fn has_confirmed(call: &Call) -> bool {
    call.made.as_ref().is_some_and(|made| made.outcome == CallOutcome::Confirmed.name())
}

/// What the person who called reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    /// The authority of the directory that was called.
    pub authority: AuthorityId,
    /// With whom they spoke.
    pub spoke_with: String,
    /// What was read back; compared with what was drawn.
    pub read_back: String,
    /// What came of it.
    pub outcome: CallOutcome,
}

impl App {
    /// Asks for a call back. What the authority has to read back is drawn here, and told to who calls alone.
    ///
    /// # Errors
    /// Not permitted, no such request, it does not wait for one, or one is asked for already: of two that are open at once, who asked
    /// for one would make the other, and read what was drawn for their own.
    pub async fn ask_call_back(&self, caller: &Caller, id: RequestId) -> Result<Call> {
        authorise(caller, Operation::HandleRequests, Resource::Any)?;
        let begun_by = person(caller)?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.state.is_over() {
            return Err(wrong_state(request.state));
        }
        if request_letters::calls(&mut tx, id).await?.iter().any(|call| call.made.is_none()) {
            return Err(Error::new(
                Code::WrongState,
                "a call back is asked for already: a colleague makes it",
            ));
        }
        let drawn: String = secret::fresh("")?.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let call =
            Call { request: id, nonce: drawn.to_uppercase(), begun_by, begun_at: self.now(), made: None };
        request_letters::begin_call(&mut tx, &call).await?;
        tx.commit(&Details::new(caller, "request.call_asked", object(id), self.now())).await?;
        Ok(call)
    }

    /// Reports a call back. Whoever asked for it cannot also make it, and the number called is the directory's.
    ///
    /// # Errors
    /// Not permitted, the caller asked for it, no such call is open, the authority is not in the directory, or what was read
    /// back is not what was drawn.
    pub async fn report_call_back(&self, caller: &Caller, id: RequestId, report: &CallReport) -> Result<()> {
        authorise(caller, Operation::CallBack, Resource::Any)?;
        let by = person(caller)?;
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        let calls = request_letters::calls(&mut tx, id).await?;
        let open = calls.iter().find(|call| call.made.is_none());
        let open = open.ok_or_else(|| Error::new(Code::WrongState, "nobody asked for a call back"))?;
        if open.begun_by == by {
            return Err(Error::new(Code::SamePerson, "who asked for the call cannot also make it"));
        }
        let authority = authorities::find(&mut tx, report.authority).await?;
        let authority = authority.ok_or_else(|| Error::not_found("authority"))?;
        if authority.country != request.country {
            return Err(Error::new(
                Code::InvalidValue,
                "that authority is of another country than the request",
            ));
        }
        if request.authority.is_some_and(|known| known != authority.id) {
            return Err(Error::new(
                Code::InvalidValue,
                "the request is of another authority of the directory: that one is called",
            ));
        }
        let is_confirmed = report.outcome == CallOutcome::Confirmed;
        if is_confirmed && report.read_back.trim().to_uppercase() != open.nonce {
            return Err(Error::new(
                Code::InvalidValue,
                "what was read back is not what was drawn for this call",
            ));
        }
        if is_confirmed {
            authority.accepts(self.now()).map_err(|why| {
                Error::new(Code::AuthoritySuspended, format!("nothing of this authority is accepted: {why}"))
            })?;
        }
        if report.outcome == CallOutcome::Denied && request.state != RequestState::ForgerySuspected {
            // Whoever ends between the two leaves a call to be reported once more, and never a request that goes on.
            drop(tx);
            self.suspect_forgery_as(caller, id, "the authority knows nothing of it").await?;
            tx = self.store.begin().await?;
            find(&mut tx, id).await?;
        }
        let made = CallMade {
            by,
            at: self.now(),
            number: authority.call_back.clone(),
            spoke_with: report.spoke_with.trim().to_owned(),
            outcome: report.outcome.name().to_owned(),
        };
        request_letters::note_call(&mut tx, id, &open.nonce, &made).await?;
        if is_confirmed && request.level < AuthenticationLevel::L3 {
            requests::set_level(&mut tx, id, AuthenticationLevel::L3, authority.id, self.now()).await?;
        }
        let entry = Details::new(caller, "request.called_back", object(id), self.now());
        let parameters = json!({ "outcome": report.outcome, "authority": authority.id });
        tx.commit(&entry.with(parameters)).await?;
        match report.outcome {
            CallOutcome::Confirmed => self.leave_quarantine(caller, id).await,
            CallOutcome::Denied | CallOutcome::NotReached => Ok(()),
        }
    }

    /// A request of which it is known well enough by now who asks is validated.
    async fn leave_quarantine(&self, caller: &Caller, id: RequestId) -> Result<()> {
        let mut tx = self.store.begin().await?;
        let request = find(&mut tx, id).await?;
        if request.state != RequestState::Quarantined {
            return Ok(());
        }
        if request.level < self.required_level(&mut tx, &request).await? {
            return Ok(());
        }
        let entry = step(self, &mut tx, caller, &request, RequestState::Authenticated).await?;
        // It goes on by this even where this process ends before the next line.
        enqueue(self, &mut tx, &Job::ExamineRequest { request: id }).await?;
        tx.commit(&entry).await?;
        validating(self, id).await
    }

    /// How sure it must be who asks, for this request.
    pub(crate) async fn required_level(
        &self,
        read: &mut impl Read,
        request: &Request,
    ) -> Result<AuthenticationLevel> {
        let instrument = self.instrument_of(read, request.id).await?;
        Ok(level_required(self.rules_of(request)?, &instrument))
    }
}

fn person(caller: &Caller) -> Result<PersonId> {
    caller.person().ok_or_else(|| Error::new(Code::Forbidden, "only a signed-in person calls back"))
}
