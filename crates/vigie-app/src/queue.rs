//! The queue: in which order incidents wait, and how one person at a time holds one.
//!
//! A lease lasts 15 minutes and is renewed while somebody works. Nobody takes an incident out of another's hands: what is
//! held is refused, and what lapsed is taken under a new fence, so that the earlier holder's late word is refused too.

use std::collections::HashSet;
use std::time::Duration;

use vigie_model::alarm::NoticeKind;
use vigie_model::id::{IncidentId, PersonId, WaveId};
use vigie_model::incident::{Escalation, Incident, IncidentState, Lease, Severity, SubjectKind};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::queue::{self, QueueFilter, QueuePlace};
use vigie_store::{Reader, hunts, incidents, people};

use crate::authorise::permits_person;
use crate::incidents::{object, rank_at};
use crate::notices::tell_permitted;
use crate::{App, Code, Error, Resource, Result, authorise, permits};

/// How long an incident is held without being renewed.
pub const LEASE: Duration = Duration::from_secs(15 * 60);
/// How long a skipped incident is not handed to who skipped it.
const SKIPPED: Duration = Duration::from_secs(30 * 60);
/// How many incidents are looked at to find the next one.
const LOOK_AHEAD: i64 = 32;
/// How often the next incident is looked for when others are faster.
const ROUNDS: usize = 3;
/// The longest page of the queue.
const LONGEST_PAGE: usize = 200;

/// What of the queue is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueueQuery {
    /// Only this state.
    pub state: Option<IncidentState>,
    /// At least this severity.
    pub severity: Option<Severity>,
    /// Only this messenger.
    pub service: Option<String>,
    /// Only accounts, or only conversations.
    pub subject: Option<SubjectKind>,
    /// Only this wave.
    pub wave: Option<WaveId>,
    /// Only what the caller holds.
    pub mine: bool,
}

/// A page of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuePage {
    /// Its incidents, the most pressing first.
    pub incidents: Vec<Incident>,
    /// Those of them that hold something a retro-hunt found.
    pub retrospective: HashSet<IncidentId>,
    /// How many there are on all pages.
    pub total: i64,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl App {
    /// A page of the queue, from after the place that an earlier page named.
    ///
    /// # Errors
    /// Not permitted, or the place is none.
    pub async fn queue(
        &self,
        caller: &Caller,
        query: &QueueQuery,
        after: Option<&str>,
        limit: usize,
    ) -> Result<QueuePage> {
        authorise(caller, Operation::ReadIncidents, Resource::Any)?;
        let filter = self.filter(query, acting(caller)?);
        let after = after.map(read_place).transpose()?;
        let limit = limit.clamp(1, LONGEST_PAGE);
        let mut reader = self.store.read().await?;
        // One more than asked for tells whether another page follows.
        let wanted = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let mut found = queue::list(&mut reader, &filter, after, wanted).await?;
        let goes_on = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| goes_on).map(|(_, place)| write_place(place));
        let total = queue::count(&mut reader, &filter).await?;
        let incidents: Vec<_> = found.into_iter().map(|(incident, _)| incident).collect();
        let ids: Vec<_> = incidents.iter().map(|incident| incident.id).collect();
        let retrospective = hunts::retrospective(&mut reader, &ids).await?;
        Ok(QueuePage { incidents, retrospective, total, next })
    }

    fn filter(&self, query: &QueueQuery, person: PersonId) -> QueueFilter {
        QueueFilter {
            person,
            state: query.state,
            severity: query.severity.unwrap_or(Severity::Low),
            service: query.service.clone(),
            subject: query.subject,
            wave: query.wave,
            mine: query.mine,
            now: self.now(),
        }
    }

    /// Takes an incident that nobody holds; one's own is renewed.
    ///
    /// # Errors
    /// Not permitted, no such incident, it does not wait, somebody else holds it, or the caller saw enough for now or today.
    pub async fn claim(&self, caller: &Caller, id: IncidentId) -> Result<Incident> {
        let person = self.may_review(caller)?;
        let now = self.now();
        let mut house = self.store.housekeeping().await?;
        let incident = incidents::find(&mut house, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        may_decide(caller, &incident)?;
        let own = incident.lease.filter(|lease| lease.holder == person && lease.until > now);
        if let Some(lease) = own {
            let renewed = Lease { until: now.after(LEASE), ..lease };
            if queue::renew(&mut house, id, renewed, now).await? {
                house.commit().await?;
                return Ok(Incident { lease: Some(renewed), ..incident });
            }
        }
        // Nothing is written of a claim; what a running alarm lets pass is seen in the looks that follow.
        self.may_be_exposed(&mut house, person, id).await?;
        let claimed = queue::claim(&mut house, id, person, now, now.after(LEASE)).await?;
        let claimed =
            claimed.ok_or_else(|| Error::new(Code::HeldByAnother, "somebody else holds the incident"))?;
        house.commit().await?;
        Ok(claimed)
    }

    /// Takes the most pressing incident that is free for the caller; none when there is nothing to do. What they would rather
    /// not get is left to others, as long as somebody else on the desk takes it.
    ///
    /// # Errors
    /// Not permitted, or the caller saw enough for now or for today.
    pub async fn claim_next(&self, caller: &Caller) -> Result<Option<Incident>> {
        let person = self.may_review(caller)?;
        let is_senior = permits(caller, Operation::ReviewEscalated, Resource::Any);
        let state = if is_senior { None } else { Some(IncidentState::Open) };
        let filter = self.filter(&QueueQuery { state, ..QueueQuery::default() }, person);
        // Others may take what was free a moment ago. Who keeps losing is told that there is nothing, and asks again.
        for _ in 0..ROUNDS {
            for id in self.handed_out(&filter).await? {
                match self.claim(caller, id).await {
                    Ok(incident) => return Ok(Some(incident)),
                    Err(error) if matches!(error.code(), Code::HeldByAnother | Code::WrongState) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(None)
    }

    /// The incidents that may be handed to the person of the filter, the most pressing first.
    async fn handed_out(&self, filter: &QueueFilter) -> Result<Vec<IncidentId>> {
        let mut reader = self.store.read().await?;
        let mut handed_out = Vec::new();
        for free in queue::next_free(&mut reader, filter, true, LOOK_AHEAD).await? {
            let is_left =
                free.is_spared && self.is_left_to_others(&mut reader, free.id, filter.person).await?;
            if !is_left {
                handed_out.push(free.id);
            }
        }
        if handed_out.is_empty() {
            let free = queue::next_free(&mut reader, filter, false, LOOK_AHEAD).await?;
            handed_out.extend(free.into_iter().map(|free| free.id));
        }
        Ok(handed_out)
    }

    async fn is_left_to_others(&self, reader: &mut Reader, id: IncidentId, person: PersonId) -> Result<bool> {
        let Some(incident) = incidents::find(reader, id).await? else { return Ok(false) };
        self.somebody_else_takes(reader, id, person, needed_for(&incident)).await
    }

    /// Prolongs the caller's lease under its fence.
    ///
    /// # Errors
    /// The lease has lapsed or is another's.
    pub async fn renew_claim(&self, caller: &Caller, id: IncidentId, fence: i64) -> Result<Lease> {
        let holder = self.may_review(caller)?;
        let lease = Lease { holder, until: self.now().after(LEASE), fence };
        let mut house = self.store.housekeeping().await?;
        if !queue::renew(&mut house, id, lease, self.now()).await? {
            return Err(lease_lost());
        }
        house.commit().await?;
        Ok(lease)
    }

    /// Gives an incident back.
    ///
    /// # Errors
    /// The caller does not hold it under this fence.
    pub async fn release(&self, caller: &Caller, id: IncidentId, fence: i64) -> Result<()> {
        let person = self.may_review(caller)?;
        let mut house = self.store.housekeeping().await?;
        if !queue::release(&mut house, id, person, fence).await? {
            return Err(lease_lost());
        }
        Ok(house.commit().await?)
    }

    /// Leaves an incident for later: it is not handed to the caller for a while, and stays in their list.
    ///
    /// # Errors
    /// Not permitted, or no such incident.
    pub async fn skip(&self, caller: &Caller, id: IncidentId) -> Result<()> {
        let person = self.may_review(caller)?;
        let mut house = self.store.housekeeping().await?;
        let incident = incidents::find(&mut house, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        queue::skip(&mut house, id, person, self.now().after(SKIPPED)).await?;
        give_back(&mut house, &incident, person).await?;
        Ok(house.commit().await?)
    }

    /// Passes on an incident for one's wellbeing. No reason is asked, nothing is counted, and no entry is written: the
    /// incident is not shown to this person any more. When nobody is left to take it, seniors are told; not why.
    ///
    /// # Errors
    /// Not permitted, or no such incident.
    pub async fn pass(&self, caller: &Caller, id: IncidentId) -> Result<()> {
        let person = self.may_review(caller)?;
        let mut house = self.store.housekeeping().await?;
        let incident = incidents::find(&mut house, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        queue::pass(&mut house, id, person).await?;
        give_back(&mut house, &incident, person).await?;
        house.commit().await?;
        self.tell_when_nobody_is_left(&incident).await
    }

    async fn tell_when_nobody_is_left(&self, incident: &Incident) -> Result<()> {
        let needed = needed_for(incident);
        let mut reader = self.store.read().await?;
        let passed = queue::passed_by(&mut reader, incident.id).await?;
        let everybody = people::list(&mut reader).await?;
        drop(reader);
        if everybody.iter().any(|one| permits_person(one, needed) && !passed.contains(&one.id)) {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        let (kind, subject) = (NoticeKind::NobodyLeft, object(incident.id));
        let told = tell_permitted(self, &mut tx, Operation::ReviewEscalated, kind, &subject).await?;
        tx.commit(&crate::notices::told(self, kind, &subject, told)).await?;
        Ok(())
    }

    /// Sends an incident to a senior reviewer. Everybody sees that it waits there, and why.
    ///
    /// # Errors
    /// The caller does not hold it under this fence, it is escalated already, or no reason is given.
    pub async fn escalate(&self, caller: &Caller, id: IncidentId, fence: i64, reason: &str) -> Result<()> {
        let person = self.may_review(caller)?;
        let reason = crate::decisions::stated(reason, "say what a senior reviewer should look at")?;
        let mut tx = self.store.begin().await?;
        let mut incident = incidents::lock(&mut tx, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        is_held(&incident, person, fence, self.now())?;
        if incident.state != IncidentState::Open {
            return Err(Error::new(Code::WrongState, format!("the incident is {}", incident.state)));
        }
        incident.state = IncidentState::Escalated;
        incident.escalation = Some(Escalation { by: person, at: self.now(), reason });
        incident.updated_at = self.now();
        incidents::update(&mut tx, &incident, rank_at(&incident)).await?;
        incidents::end_lease(&mut tx, id).await?;
        let kind = NoticeKind::IncidentEscalated;
        tell_permitted(self, &mut tx, Operation::ReviewEscalated, kind, &object(id)).await?;
        tx.commit(&Details::new(caller, "incident.escalated", object(id), self.now())).await?;
        Ok(())
    }

    pub(crate) fn may_review(&self, caller: &Caller) -> Result<PersonId> {
        authorise(caller, Operation::ReviewIncidents, Resource::Any)?;
        acting(caller)
    }
}

/// The person behind the caller: machines hold nothing and see no material.
pub(crate) fn acting(caller: &Caller) -> Result<PersonId> {
    caller.person().ok_or_else(|| Error::new(Code::Forbidden, "only a signed-in person can do this"))
}

/// Whether this caller may take and decide the incident in its state.
pub(crate) fn may_decide(caller: &Caller, incident: &Incident) -> Result<()> {
    if !incident.state.is_waiting() {
        return Err(Error::new(Code::WrongState, format!("the incident is {} already", incident.state)));
    }
    authorise(caller, needed_for(incident), Resource::Any)
}

fn needed_for(incident: &Incident) -> Operation {
    if incident.state == IncidentState::Escalated {
        Operation::ReviewEscalated
    } else {
        Operation::ReviewIncidents
    }
}

/// Whether this person holds the incident under this fence at this moment.
pub(crate) fn is_held(incident: &Incident, person: PersonId, fence: i64, now: Moment) -> Result<()> {
    let held = incident
        .lease
        .is_some_and(|lease| lease.holder == person && lease.fence == fence && lease.until > now);
    if held { Ok(()) } else { Err(lease_lost()) }
}

fn lease_lost() -> Error {
    Error::new(Code::LeaseLost, "you do not hold the incident any more: take it again")
}

async fn give_back(
    house: &mut vigie_store::Housekeeping,
    incident: &Incident,
    person: PersonId,
) -> Result<()> {
    if let Some(lease) = incident.lease.filter(|lease| lease.holder == person) {
        queue::release(house, incident.id, person, lease.fence).await?;
    }
    Ok(())
}

/// A place as it stands in an address.
fn write_place(place: &QueuePlace) -> String {
    format!("{}.{}.{}", i64::from(place.child_at_risk), place.rank_at.0, place.id)
}

fn read_place(text: &str) -> Result<QueuePlace> {
    let invalid = || Error::new(Code::InvalidValue, "no page of the queue begins there");
    let mut parts = text.splitn(3, '.');
    let mut part = || parts.next().ok_or_else(invalid);
    let child_at_risk = part()? == "1";
    let rank_at = Moment(part()?.parse().map_err(|_| invalid())?);
    Ok(QueuePlace { child_at_risk, rank_at, id: part()?.parse().map_err(|_| invalid())? })
}

#[cfg(test)]
mod tests;
