//! Requests of authorities, from their arrival to the moment when something may leave.
//!
//! What it is: the way of a request, a step a transaction and an entry of the ledger each. It comes in through one of three
//! doors (`receive.rs`), is held to who sent it and examined (`examine.rs`), called back about (`authenticate.rs`), decided
//! task by task (`decide.rs`), taken under its grant (`extract.rs`), and stopped by what may stop it (`interrupt.rs`,
//! `suspicion.rs`, `conflict.rs`), which takes back what was granted (`take_back.rs`). Documents correct it (`documents.rs`) and
//! follow it (`follow_up.rs`); what its authority is told is in `papers.rs` and `effect.rs`. What it is not: what a law says
//! (`regimes.rs`), and how a package leaves (`releases.rs`).
//!
//! Of whom is asked is sealed under a key of the request's own (`secrets.rs`): rows tell who asked, under which regime and
//! how it stands, and nothing of whom.
//!
//! To add a step: a method that ends in `step`, which alone moves a request on. To add a state: `vigie-model`'s
//! `RequestState`, and the deadlines that it satisfies.

mod as_told;
mod authenticate;
mod conflict;
mod deadlines;
mod decide;
mod differences;
pub(crate) mod do_not_act;
mod documents;
mod effect;
mod end;
mod examine;
mod exchange;
mod extract;
mod follow_up;
mod form;
mod interrupt;
mod lapse;
mod papers;
mod receive;
mod secrets;
mod settings;
mod suspicion;
mod take_back;
mod targets;
mod views;

use serde_json::{Value, json};
use vigie_model::access::CallerKind;
use vigie_model::disclosure::{Request, RequestState};
use vigie_model::id::RequestId;
use vigie_model::{Caller, Operation, Role};
use vigie_seal::ledger::Details;
use vigie_store::{Read, Transaction, requests};

use crate::regimes::RuleSet;
use crate::{App, Code, Error, Resource, Result, authorise};

pub use crate::letters::RightsDrafts;
pub use authenticate::{CallOutcome, CallReport};
pub use conflict::{Conflict, ConflictObjection};
pub use decide::{Clarification, Refusal};
pub use differences::Differs;
pub use documents::RequestDocument;
pub use exchange::{Answered, Standing, StandingDeadline, StandingLetter, ToldState};
pub use follow_up::{FollowUp, FollowUpKind, SentFollowUp, decided};
pub use form::ReadForm;
pub use interrupt::Objection;
pub(crate) use papers::told_ground;
pub use papers::{PaperFile, PaperKind, PaperLanguage};
pub use receive::EnteredRequest;
pub(crate) use receive::compared;
pub use settings::{DisclosureSettings, HouseContact};
pub use take_back::may_be_decided_again;
pub use views::{
    Board, BoardCounts, BoardRow, LISTED, OpenLetter, RequestView, SOON, StatedTask, TrailEntry,
};
pub use vigie_seal::envelope::CONTENT_TYPE as EXCHANGE_TYPE;
pub use vigie_seal::pass::Call;
pub use vigie_store::packages::{Delivered, PackageRow};
pub use vigie_store::request_deadlines::RequestDeadline;
pub use vigie_store::request_letters::Call as CallBack;
pub use vigie_store::request_warnings::Warning;
pub use vigie_store::requests::Listed;

pub(crate) use as_told::AsTold;
pub(crate) use deadlines::{begin, satisfy, waits_for};
pub(crate) use decide::worded;
pub(crate) use documents::documents;
pub(crate) use end::{archive, close_finished, end};
pub use examine::Finding;
pub(crate) use examine::{Unexamined, examine};
pub(crate) use exchange::UsedPasses;
pub(crate) use extract::{NotTaken, StagedRecord, extract, given_up, open_grant, staged_records};
pub(crate) use lapse::lapse;
pub(crate) use secrets::Secrets;
pub(crate) use suspicion::clear_suspicion;

/// How ledger entries, holds and questions name a request.
#[must_use]
pub(crate) fn object(id: RequestId) -> String {
    format!("request:{id}")
}

/// The request with this identifier.
pub(crate) async fn find(read: &mut impl Read, id: RequestId) -> Result<Request> {
    requests::find(read, id).await?.ok_or_else(|| Error::not_found("request"))
}

/// Moves a request on, with the deadlines that hang on where it stands. The caller commits with the entry that comes back:
/// each step is one entry.
///
/// # Errors
/// The state cannot follow, or somebody else moved it meanwhile.
pub(crate) async fn step(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    request: &Request,
    to: RequestState,
) -> Result<Details> {
    step_as(app, tx, caller, request, (to, &format!("request.{to}"))).await
}

/// The same, where the entry says more than where the request stands now.
///
/// # Errors
/// As [`step`].
pub(crate) async fn step_as(
    app: &App,
    tx: &mut Transaction,
    caller: &Caller,
    request: &Request,
    (to, action): (RequestState, &str),
) -> Result<Details> {
    let now = app.now();
    let follows = request.state.may_become(to);
    if !follows || !requests::advance(tx, request.id, (request.state, to), now).await? {
        return Err(wrong_state(request.state));
    }
    deadlines::follow(tx, request.id, to, now).await?;
    if to.is_over() && to != RequestState::Archived {
        end::begin_end(app, tx, request.id).await?;
    }
    Ok(Details::new(caller, action, object(request.id), now).with(facts(request)))
}

impl App {
    /// The rule set by which a request is judged, whatever came into force since.
    pub(crate) fn rules_of(&self, request: &Request) -> Result<&RuleSet> {
        let rules = self.settings.disclosure.rules.named(&request.rule_set);
        rules.ok_or_else(|| Error::not_found("rule set"))
    }

    /// Guards what both the desk and the request's own authority may do, where that is not suspended. A request of another
    /// authority is as if it were not.
    async fn authorise_for(&self, caller: &Caller, id: RequestId) -> Result<()> {
        let theirs = match caller.kind {
            CallerKind::Authority(authority) => authority,
            CallerKind::Person { .. } if caller.has(Role::Official) => {
                self.acting_for(caller).await?.authority.id
            }
            _ => return authorise(caller, Operation::HandleRequests, Resource::Any),
        };
        authorise(caller, Operation::HandInRequests, Resource::Any)?;
        let request = find(&mut self.store.read().await?, id).await?;
        if request.authority == Some(theirs) { Ok(()) } else { Err(Error::not_found("request")) }
    }
}

/// Whether the caller acts for an authority: by its key, or as one of its officials.
pub(crate) fn is_of_an_authority(caller: &Caller) -> bool {
    matches!(caller.kind, CallerKind::Authority(_)) || caller.has(Role::Official)
}

/// The request is not where the caller thinks. An authority reads no more of where it is than it is told otherwise.
pub(crate) fn refused_in(caller: &Caller, state: RequestState) -> Error {
    told_refusal(caller, state, ToldState::told(state))
}

/// The same, where its authority may be told otherwise than of any other request that stands so.
pub(crate) fn told_refusal(caller: &Caller, state: RequestState, told: ToldState) -> Error {
    if is_of_an_authority(caller) {
        return Error::new(Code::WrongState, format!("the request is {told}"));
    }
    wrong_state(state)
}

/// The request is not where the caller thinks.
pub(crate) fn wrong_state(state: RequestState) -> Error {
    Error::new(Code::WrongState, format!("the request is {state}"))
}

/// An entry about something that left the request where it is.
pub(crate) fn partial(app: &App, caller: &Caller, request: &Request, action: &str) -> Details {
    Details::new(caller, action, object(request.id), app.now())
}

/// What entries of the ledger say about a request: what public figures count by, and nothing of whom it is about.
pub(crate) fn facts(request: &Request) -> Value {
    json!({
        "regime": request.regime,
        "rule_set": request.rule_set,
        "country": request.country,
        "kind": request.kind,
        "binding": request.is_binding,
        "emergency": request.is_emergency,
        "level": request.level,
        "from": request.state,
    })
}

#[cfg(test)]
pub(crate) mod tests;
