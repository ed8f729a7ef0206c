//! A request as its sender sees it. What is sent about one that is frozen is kept and does nothing; its sender, who may have forged
//! it, reads of it afterwards what they would of any other.
//!
//! What it is: where the request would stand by what was sent. What it is not: where it stands, and nobody of the house reads it.

use vigie_model::Caller;
use vigie_model::disclosure::{FollowUpKind, Instrument, PreservationState, Request, RequestState};
use vigie_store::request_deadlines::RequestDeadline;
use vigie_store::{Read, request_letters, requests};

use super::conflict;
use super::exchange::StandingDeadline;
use super::follow_up::nothing_expected;
use super::{ToldState, told_refusal, waits_for};
use crate::regimes::{self, Satisfaction, Trigger};
use crate::{App, Result};

/// How a request stands, as far as whoever sent it can tell.
pub(crate) struct AsTold {
    pub(crate) state: ToldState,
    /// Where its preservation would stand.
    pub(super) preservation: Option<PreservationState>,
    /// What would not be awaited any more.
    met: Vec<Satisfaction>,
    is_extended: bool,
    /// Whether an objection of the house would be answered.
    pub(super) is_upheld: bool,
}

impl AsTold {
    pub(crate) async fn of(read: &mut impl Read, request: &Request) -> Result<Self> {
        let (state, preservation) = (ToldState::told(request.state), request.preservation);
        let mut told = Self { state, preservation, met: vec![], is_extended: false, is_upheld: false };
        if request.state != RequestState::ForgerySuspected {
            return Ok(told);
        }
        let stopped_in = requests::stopped_in(read, request.id).await?;
        told.state = stopped_in.map_or(told.state, as_before);
        let had_left = stopped_in.filter(|state| state.has_left());
        for letter in request_letters::of_request(read, request.id).await? {
            if let Some(kind) = letter.kind.parse().ok().filter(|_| !letter.is_ours) {
                told.follow(kind, had_left);
            }
        }
        Ok(told)
    }

    fn follow(&mut self, kind: FollowUpKind, had_left: Option<RequestState>) {
        use FollowUpKind as K;
        let to = match kind {
            K::Withdrawal => return self.state = ToldState::Withdrawn,
            K::ValidationRefused => {
                let was_given = had_left.is_some_and(|state| state != RequestState::Released);
                self.met.push(Satisfaction::Validated);
                return self.state = if was_given { ToldState::UseRestricted } else { ToldState::Withdrawn };
            }
            K::Validation => return self.met.push(Satisfaction::Validated),
            K::Upheld => return self.is_upheld = true,
            K::ProductionAnnounced => PreservationState::ProductionAnnounced,
            K::Extension => PreservationState::Extended,
            K::PreservationEnded => PreservationState::Ended,
            _ => return,
        };
        if self.preservation.is_some_and(|from| from.may_become(to)) {
            self.preservation = Some(to);
            self.is_extended = to == PreservationState::Extended;
            self.met.push(Satisfaction::HoldSettled);
        }
        if self.preservation == Some(PreservationState::Ended) {
            self.state = ToldState::Closed;
        }
    }

    /// Refuses what would be refused of any request for which this had been done already.
    pub(super) fn refuse(&self, caller: &Caller, request: &Request, kind: FollowUpKind) -> Result<()> {
        use FollowUpKind as K;
        if request.state != RequestState::ForgerySuspected {
            return Ok(());
        }
        if self.is_over() {
            return Err(told_refusal(caller, request.state, self.state));
        }
        let awaited = match kind {
            K::Upheld if self.is_upheld => return Err(conflict::not_objected()),
            K::Validation | K::ValidationRefused => Satisfaction::Validated,
            K::Extension if !self.is_extended => Satisfaction::HoldSettled,
            _ => return Ok(()),
        };
        if self.met.contains(&awaited) { Err(nothing_expected()) } else { Ok(()) }
    }

    fn is_over(&self) -> bool {
        matches!(self.state, ToldState::Withdrawn | ToldState::Closed)
    }

    /// The deadlines that would run.
    pub(super) fn deadlines(
        &self,
        app: &App,
        (request, instrument): (&Request, &Instrument),
        all: Vec<RequestDeadline>,
    ) -> Result<Vec<StandingDeadline>> {
        if self.is_over() {
            return Ok(vec![]);
        }
        let is_met = |one: &RequestDeadline| self.met.iter().any(|by| waits_for(one, *by));
        let hold = all.iter().find(|one| waits_for(one, Satisfaction::HoldSettled)).map(|one| one.due_at);
        let running = all.into_iter().filter(|one| one.satisfied_at.is_none() && !is_met(one));
        let mut told: Vec<_> = running
            .map(|one| StandingDeadline {
                is_paused: one.paused_since.is_some(),
                rule: one.rule,
                due_at: one.due_at,
            })
            .collect();
        if let Some(ends) = hold.filter(|_| self.is_extended) {
            let further = regimes::deadlines(app.rules_of(request)?, instrument, Trigger::Extended, ends);
            told.extend(further.into_iter().map(|one| StandingDeadline {
                rule: one.rule,
                due_at: one.due_at,
                is_paused: false,
            }));
        }
        Ok(told)
    }
}

/// What a request that is stopped is told to be: what it was told before, so that the stop itself is not seen. A package that was not
/// fetched yet is as if a court had it wait.
fn as_before(stopped_in: RequestState) -> ToldState {
    match ToldState::told(stopped_in) {
        ToldState::Ready => ToldState::BeingCarriedOut,
        ToldState::ClarificationAsked => ToldState::UnderExamination,
        told => told,
    }
}
