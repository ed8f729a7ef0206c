//! What keeps evidence and what ends it early: retention periods and holds as a page shows them, and the two acts that take
//! two people.
//!
//! What it is not: the round that ends things when their time is over; that is `evidence.rs`, and it carries out what is
//! agreed to here.

use serde::{Deserialize, Serialize};
use vigie_model::approval::Approval;
use vigie_model::disclosure::RequestState;
use vigie_model::id::BlobId;
use vigie_model::{Caller, Operation, Period};
use vigie_store::periods;
use vigie_store::retention;
use vigie_store::{Transaction, incidents, requests};

use crate::approvals::Act;
use crate::{App, Code, Error, Resource, Result, authorise};

pub use vigie_store::periods::PeriodState;
pub use vigie_store::retention::StandingHold;

/// How many reasons a page lists.
const LISTED: i64 = 500;
/// How many objects one question names at most.
const LIFTED_AT_ONCE: usize = 1_000;

/// A hold that two people are about to lift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifting {
    /// The reason for which it stands.
    pub hold: String,
    /// From which objects it is lifted; from no others.
    pub objects: Vec<BlobId>,
}

/// How long evidence is kept, and what keeps it longer.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Retention periods, the earliest first.
    pub periods: Vec<PeriodState>,
    /// Reasons for which holds stand, the oldest first.
    pub holds: Vec<StandingHold>,
}

impl App {
    /// Retention periods and standing holds.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn kept_evidence(&self, caller: &Caller) -> Result<Kept> {
        authorise(caller, Operation::ReadEvidence, Resource::Any)?;
        let (now, mut reader) = (self.now(), self.store.read().await?);
        let periods = periods::list(&mut reader, now).await?;
        let holds = retention::standing(&mut reader, now, LISTED).await?;
        Ok(Kept { periods, holds })
    }

    /// Asks a second person to lift a hold from everything it stands on now.
    ///
    /// # Errors
    /// Not permitted, no such hold, the incident or the request it stands for is kept, or no reason is given.
    pub async fn ask_to_lift_hold(&self, caller: &Caller, hold: &str, reason: &str) -> Result<Approval> {
        authorise(caller, Operation::ManageEvidence, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let mut objects = retention::held_for(&mut reader, hold, self.now()).await?;
        drop(reader);
        if objects.is_empty() {
            return Err(Error::not_found("hold"));
        }
        objects.truncate(LIFTED_AT_ONCE);
        let mut tx = self.store.begin().await?;
        refuse_open(&mut tx, hold).await?;
        let act = Act::LiftHold(Lifting { hold: hold.to_owned(), objects });
        let approval = self.write_question(&mut tx, caller, &act, reason).await?;
        tx.commit(&crate::approvals::asked(caller, &approval)).await?;
        Ok(approval)
    }

    /// Asks a second person to end a retention period ahead of its time: what is not held is erased, its key destroyed.
    ///
    /// # Errors
    /// Not permitted, no such open period, or no reason is given.
    pub async fn ask_to_end_period(&self, caller: &Caller, period: Period, reason: &str) -> Result<Approval> {
        authorise(caller, Operation::ManageEvidence, Resource::Any)?;
        let all = periods::list(&mut self.store.read().await?, self.now()).await?;
        let state = all.iter().find(|state| state.period == period);
        let state = state.ok_or_else(|| Error::not_found("retention period"))?;
        if state.closed_at.is_some() {
            return Err(Error::new(Code::WrongState, "the period is closed and ends by itself"));
        }
        self.ask_second_person(caller, &Act::EndPeriod { period }, reason).await
    }
}

/// Lifts a hold as two people agreed. What it does not stand on any more is passed over.
pub(crate) async fn lift(tx: &mut Transaction, lifting: &Lifting) -> Result<()> {
    refuse_open(tx, &lifting.hold).await?;
    for object in &lifting.objects {
        retention::lift(tx, *object, &lifting.hold).await?;
    }
    Ok(())
}

/// Ends a period as two people agreed: it closes, and what no hold stands on is erased. The round that comes next seals the
/// rest again, removes the files and destroys the key.
pub(crate) async fn end_period(app: &App, tx: &mut Transaction, period: Period) -> Result<()> {
    let now = app.now();
    if !periods::close(tx, period, now).await? {
        return Err(Error::new(Code::WrongState, "the period is closed already"));
    }
    for object in retention::of_period(tx, period).await? {
        retention::erase(tx, object, now).await?;
    }
    app.intake().clean_soon();
    Ok(())
}

/// What an open incident shows is not taken from under its reviewers, nor a document of an authority from under its request: that one
/// goes with the archive of the request.
async fn refuse_open(tx: &mut Transaction, hold: &str) -> Result<()> {
    if let Some(id) = hold.strip_prefix("request:").and_then(|id| id.parse().ok()) {
        let kept = requests::find(tx, id).await?.filter(|one| one.state != RequestState::Archived);
        return match kept {
            Some(_) => {
                Err(Error::new(Code::WrongState, "the documents of a request are kept as long as it is"))
            }
            None => Ok(()),
        };
    }
    let Some(id) = hold.strip_prefix("incident:").and_then(|id| id.parse().ok()) else { return Ok(()) };
    match incidents::find(tx, id).await? {
        Some(incident) if incident.state.is_waiting() => {
            Err(Error::new(Code::WrongState, "the incident is open: its hold stands until it is decided"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
