//! Retro-hunts: what history still holds of what entries of a bank say is known by now.
//!
//! What it is: a question that a person asks with a purpose and a second person agrees to, and the job that follows
//! (`run.rs`). What is found becomes incidents marked retrospective (`hit.rs`). What it is not: a search. Nothing here
//! takes a hash: what is looked for is read from the entries of a bank, which two people made, and only those that were
//! in it when the hunt was asked.
//!
//! Counts by bank and month belong to the public figures; they are counts and nothing else.

mod hit;
mod run;
#[cfg(test)]
pub(crate) mod tests;

use serde_json::json;
use vigie_model::approval::Approval;
use vigie_model::bank::{Bank, BankKind, BankOrigin};
use vigie_model::hunt::{Hunt, HuntProgress, HuntState, HuntTerms};
use vigie_model::id::{ApprovalId, BankId, HuntId};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::hunts;
pub use vigie_store::hunts::{FoundIncident, HuntCount, Mark};
use vigie_store::{Read, Transaction, approvals, banks};

use crate::approvals::{Act, asked};
use crate::history::LIFE;
use crate::jobs::{Job, enqueue};
use crate::{App, Code, Error, Resource, Result, authorise, permits};
pub(crate) use run::run;

/// Hunts on the list.
const LISTED: i64 = 100;

/// The longest purpose, in characters.
const PURPOSE: usize = 2_000;

/// A hunt that is about to be asked for. It names entries by their bank: there is no place for a hash.
#[derive(Debug, Clone)]
pub struct NewHunt {
    /// The bank whose entries are looked for.
    pub bank: BankId,
    /// Why, in words.
    pub purpose: String,
    /// Only entries that joined the bank at or after this moment; the whole bank if none.
    pub entries_since: Option<Moment>,
    /// Uploads that came in at or after this moment; all that is kept if none.
    pub from: Option<Moment>,
    /// And before this one; until now if none.
    pub until: Option<Moment>,
}

/// A hunt as lists show it.
#[derive(Debug, Clone)]
pub struct HuntOverview {
    /// The hunt.
    pub hunt: Hunt,
    /// The name of its bank; none when the bank was removed.
    pub bank: Option<String>,
}

/// A hunt with what came of it.
#[derive(Debug, Clone)]
pub struct HuntView {
    /// The hunt.
    pub hunt: Hunt,
    /// The name of its bank; none when the bank was removed.
    pub bank: Option<String>,
    /// The question to the second person.
    pub approval: Option<Approval>,
    /// The incidents it put something into; none for callers who may not see incidents.
    pub incidents: Option<Vec<FoundIncident>>,
}

impl App {
    /// Asks for a retro-hunt. Nothing is looked at before a second person agrees.
    ///
    /// # Errors
    /// Not permitted, the purpose is missing, the period is none, or the bank is none whose entries may be looked for.
    pub async fn ask_hunt(&self, caller: &Caller, new: NewHunt) -> Result<Hunt> {
        authorise(caller, Operation::AskHunts, Resource::Any)?;
        let terms = terms(&new, self.now())?;
        let mut tx = self.store.begin().await?;
        may_be_hunted(banks::find(&mut tx, terms.bank).await?)?;
        let entries = hunts::count_wanted(&mut tx, &terms, self.now()).await?;
        if entries == 0 {
            return Err(Error::new(Code::InvalidValue, "no active entry joined the bank in that time"));
        }
        let id = HuntId::fresh(&*self.ids);
        let act = Act::Hunt { hunt: id, terms: terms.clone() };
        let approval = self.write_question(&mut tx, caller, &act, &terms.purpose).await?;
        let hunt = Hunt {
            id,
            number: tx.next_number("hunt").await?,
            terms,
            entries,
            state: HuntState::Asked,
            progress: HuntProgress::default(),
            approval: approval.id,
            asked_by: approval.requested_by,
            asked_at: approval.requested_at,
            ended_at: None,
        };
        hunts::insert(&mut tx, &hunt).await?;
        tx.commit(&asked(caller, &approval)).await?;
        Ok(hunt)
    }

    /// Stops a hunt that waits or is under way. What it found by then stays.
    ///
    /// # Errors
    /// Not permitted, no such hunt, or it is over.
    pub async fn cancel_hunt(&self, caller: &Caller, id: HuntId) -> Result<()> {
        authorise(caller, Operation::AskHunts, Resource::Any)?;
        let mut tx = self.store.begin().await?;
        let hunt = find(&mut tx, id).await?;
        let now = self.now();
        if hunt.state.is_over() || !hunts::advance(&mut tx, id, hunt.state, HuntState::Cancelled, now).await?
        {
            return Err(Error::new(Code::WrongState, format!("the hunt is {} already", hunt.state)));
        }
        if hunt.state == HuntState::Running {
            count(&mut tx, &hunt, now).await?;
        }
        tx.commit(&ended(caller, "hunt.cancelled", &hunt, now)).await?;
        Ok(())
    }

    /// The newest hunts.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn hunts(&self, caller: &Caller) -> Result<Vec<HuntOverview>> {
        authorise(caller, Operation::ReadHunts, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let mut overviews = Vec::new();
        for hunt in hunts::list(&mut reader, LISTED).await? {
            let bank = banks::find(&mut reader, hunt.terms.bank).await?.map(|bank| bank.name.into());
            overviews.push(HuntOverview { hunt, bank });
        }
        Ok(overviews)
    }

    /// One hunt with what came of it.
    ///
    /// # Errors
    /// Not permitted, or no such hunt.
    pub async fn hunt(&self, caller: &Caller, id: HuntId) -> Result<HuntView> {
        authorise(caller, Operation::ReadHunts, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let hunt = find(&mut reader, id).await?;
        let incidents = match permits(caller, Operation::ReadIncidents, Resource::Any) {
            true => Some(hunts::incidents(&mut reader, id).await?),
            false => None,
        };
        Ok(HuntView {
            bank: banks::find(&mut reader, hunt.terms.bank).await?.map(|bank| bank.name.into()),
            approval: approvals::find(&mut reader, hunt.approval).await?,
            incidents,
            hunt,
        })
    }

    /// What hunts did, by bank and month: the public figures.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn hunt_counts(&self, caller: &Caller) -> Result<Vec<HuntCount>> {
        authorise(caller, Operation::ReadHunts, Resource::Any)?;
        Ok(hunts::counts(&mut self.store.read().await?).await?)
    }
}

/// How ledger entries and questions name a hunt.
pub(crate) fn object(id: HuntId) -> String {
    format!("hunt:{id}")
}

/// Begins a hunt that two people agreed to, in the transaction of the agreement.
pub(crate) async fn agreed(app: &App, tx: &mut Transaction, id: HuntId, terms: &HuntTerms) -> Result<()> {
    let hunt = find(tx, id).await?;
    if hunt.terms != *terms {
        return Err(Error::new(Code::ApprovalAltered, "the hunt is not the one that was asked"));
    }
    may_be_hunted(banks::find(tx, terms.bank).await?)?;
    if !hunts::advance(tx, id, HuntState::Asked, HuntState::Running, app.now()).await? {
        return Err(Error::new(Code::WrongState, format!("the hunt is {} already", hunt.state)));
    }
    enqueue(app, tx, &Job::Hunt { hunt: id }).await.map(drop)
}

/// Ends a hunt that nobody agreed to. One that was cancelled before stays so.
pub(crate) async fn not_agreed(app: &App, tx: &mut Transaction, id: HuntId) -> Result<()> {
    Ok(hunts::advance(tx, id, HuntState::Asked, HuntState::Refused, app.now()).await.map(drop)?)
}

/// Ends a hunt whose job was given up, in the transaction that ends the job.
pub(crate) async fn given_up(app: &App, tx: &mut Transaction, id: HuntId) -> Result<()> {
    let now = app.now();
    if hunts::advance(tx, id, HuntState::Running, HuntState::Failed, now).await? {
        let hunt = find(tx, id).await?;
        count(tx, &hunt, now).await?;
    }
    Ok(())
}

/// Adds a hunt that is over to the public counts.
async fn count(tx: &mut Transaction, hunt: &Hunt, now: Moment) -> Result<()> {
    let day = now.day();
    let count = HuntCount {
        bank: hunt.terms.bank,
        month: day.get(..7).unwrap_or(&day).to_owned(),
        hunts: 1,
        rows: hunt.progress.rows,
        hits: hunt.progress.hits,
    };
    Ok(hunts::count(tx, &count).await?)
}

async fn find(read: &mut impl Read, id: HuntId) -> Result<Hunt> {
    hunts::find(read, id).await?.ok_or_else(|| Error::not_found("retro-hunt"))
}

/// Whether a bank can be hunted for: one whose matches count today.
#[must_use]
pub fn can_be_hunted(bank: &Bank) -> bool {
    why_not(bank).is_none()
}

fn may_be_hunted(bank: Option<Bank>) -> Result<Bank> {
    let bank = bank.ok_or_else(|| Error::not_found("bank"))?;
    match why_not(&bank) {
        None => Ok(bank),
        Some(why) => Err(Error::new(Code::WrongState, why)),
    }
}

fn why_not(bank: &Bank) -> Option<&'static str> {
    if bank.kind == BankKind::Negative {
        Some("a bank of what is known not to be illegal is never hunted for")
    } else if bank.origin == BankOrigin::Hma {
        Some("two people adopt a bank before it can be hunted for")
    } else if !bank.enabled {
        Some("the bank is switched off")
    } else {
        None
    }
}

fn terms(new: &NewHunt, now: Moment) -> Result<HuntTerms> {
    let invalid = |why: &str| Err(Error::new(Code::InvalidValue, why));
    let purpose = new.purpose.trim();
    if purpose.is_empty() || purpose.chars().count() > PURPOSE {
        return invalid("say in at most 2,000 characters what the hunt is for");
    }
    // This very moment is included: what joined or came in just before is what one wants to hunt for.
    let end = Moment(now.0 + 1);
    // Nothing older is kept, and what comes from now on is matched as it comes.
    let from = new.from.unwrap_or(Moment(i64::MIN)).max(now.before(LIFE));
    let until = new.until.unwrap_or(end).min(end);
    if from >= until {
        return invalid("the period holds nothing: history goes back 30 days, and ends now");
    }
    if new.entries_since.is_some_and(|since| since > now) {
        return invalid("entries that join later cannot be agreed to now");
    }
    Ok(HuntTerms {
        bank: new.bank,
        purpose: purpose.to_owned(),
        entries_since: new.entries_since,
        entries_until: end,
        from,
        until,
    })
}

/// The ledger entry of the end of a hunt.
fn ended(caller: &Caller, action: &str, hunt: &Hunt, now: Moment) -> Details {
    Details::new(caller, action, object(hunt.id), now).with(json!({
        "bank": hunt.terms.bank,
        "approval": ApprovalId::to_string(&hunt.approval),
        "segments": hunt.progress.segments_done,
        "rows": hunt.progress.rows,
        "hits": hunt.progress.hits,
    }))
}
