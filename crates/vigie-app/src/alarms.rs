//! Child at risk: the alarm any person at a desk can raise, seen through until a police unit confirms.
//!
//! It waits for nobody: it stands on an incident whoever holds that, tells the person on duty, starts its deadlines,
//! and puts a hold on what is there. One person may lock the account or the conversation at once; a second confirms
//! within four hours. Who takes the alarm takes the incident too, out of the hands of whoever held it.

use serde_json::json;
use vigie_model::alarm::{Alarm, AlarmState, DeadlineKind, NoticeKind};
use vigie_model::id::{AlarmId, IncidentId, PersonId};
use vigie_model::incident::{Incident, Severity};
use vigie_model::job::JobState;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::blobs::{self, Hold};
use vigie_store::jobs::Progress;
use vigie_store::{Transaction, alarms, deadlines, incidents, items, queue};

use crate::incidents::{object, rank_at};
use crate::jobs::{self, Job, pages_of};
use crate::notices::{tell, tell_permitted};
use crate::queue::{LEASE, may_decide};
use crate::{App, Code, Error, Resource, Result, authorise, roster};

/// An alarm that was ended longer ago than the newest so many is found through its incident.
const ENDED_SHOWN: i64 = 50;

/// How far the page by one way has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageProgress {
    /// By which way: `webhook`, `mail`.
    pub way: String,
    /// Where it stands.
    pub state: JobState,
    /// How often it was sent.
    pub attempts: i64,
    /// Why it did not arrive the last time.
    pub last_error: Option<String>,
    /// When it is sent next.
    pub next_at: Option<Moment>,
    /// When it arrived, or was given up.
    pub ended_at: Option<Moment>,
}

impl App {
    /// Raises an alarm on an incident, whoever holds that. Where one is running already, that one is given back.
    ///
    /// # Errors
    /// Not permitted, no such incident, or nothing is said about why.
    pub async fn raise_alarm(&self, caller: &Caller, incident: IncidentId, reason: &str) -> Result<Alarm> {
        authorise(caller, Operation::ChildAtRisk, Resource::Any)?;
        let raised_by = person(caller)?;
        let reason = stated(reason, "say in a few words what you saw")?;
        let mut tx = self.store.begin().await?;
        let found = incidents::lock(&mut tx, incident).await?.ok_or_else(|| Error::not_found("incident"))?;
        let earlier = alarms::of_incident(&mut tx, incident).await?;
        if let Some(running) = earlier.into_iter().find(|alarm| alarm.state.is_running()) {
            return Ok(running);
        }
        let alarm = Alarm {
            id: AlarmId::fresh(&*self.ids),
            incident,
            state: AlarmState::Raised,
            raised_by,
            raised_at: self.now(),
            reason,
            paged: roster::on_duty(&mut tx, self.now()).await?,
            acknowledged_by: None,
            acknowledged_at: None,
            handed_over_by: None,
            handed_over_at: None,
            handover_reference: None,
            stood_down_by: None,
            stood_down_at: None,
            stood_down_reason: None,
            severity_before: found.severity,
        };
        alarms::insert(&mut tx, &alarm).await?;
        self.start_alarm(&mut tx, &alarm, found).await?;
        let entry = Details::new(caller, "alarm.raised", subject(alarm.id), self.now());
        tx.commit(&entry.with(json!({ "incident": incident, "paged": alarm.paged }))).await?;
        Ok(alarm)
    }

    /// Everything that a raised alarm sets going.
    async fn start_alarm(&self, tx: &mut Transaction, alarm: &Alarm, mut incident: Incident) -> Result<()> {
        incident.child_at_risk = true;
        incident.severity = Severity::Critical;
        incident.updated_at = self.now();
        incidents::update(tx, &incident, rank_at(&incident)).await?;
        let hold = Hold { reason: subject(alarm.id), placed_at: self.now(), until: None };
        for item in items::list(tx, incident.id).await? {
            if let Some(media) = item.media {
                blobs::place_hold(tx, media, &hold).await?;
            }
        }
        for pager in &self.pagers {
            jobs::enqueue(self, tx, &Job::Page { alarm: alarm.id, way: pager.way().into() }).await?;
        }
        crate::deadlines::start(self, tx, DeadlineKind::AlarmAcknowledged, &subject(alarm.id)).await?;
        crate::deadlines::start(self, tx, DeadlineKind::AlarmHandedOver, &subject(alarm.id)).await?;
        match alarm.paged {
            Some(person) => tell(self, tx, person, NoticeKind::AlarmRaised, &subject(alarm.id)).await,
            // A gap in the roster must not leave an alarm unheard.
            None => {
                let kind = NoticeKind::AlarmRaised;
                tell_permitted(self, tx, Operation::ChildAtRisk, kind, &subject(alarm.id)).await.map(drop)
            }
        }
    }

    /// Takes an alarm: from here on somebody has it in hand, and with it the incident, where they may decide that. Who
    /// held the incident is told.
    ///
    /// # Errors
    /// Not permitted, no such alarm, or it is taken or ended already.
    pub async fn acknowledge_alarm(&self, caller: &Caller, alarm: AlarmId) -> Result<()> {
        let person = self.may_act(caller)?;
        let mut tx = self.store.begin().await?;
        let mut alarm = moved(&mut tx, alarm, AlarmState::Acknowledged).await?;
        alarm.acknowledged_by = Some(person);
        alarm.acknowledged_at = Some(self.now());
        alarms::update(&mut tx, &alarm).await?;
        deadlines::satisfy(&mut tx, DeadlineKind::AlarmAcknowledged, &subject(alarm.id), self.now()).await?;
        let has_incident = self.take_incident(&mut tx, caller, alarm.incident, person).await?;
        let entry = Details::new(caller, "alarm.acknowledged", subject(alarm.id), self.now());
        tx.commit(&entry.with(json!({ "incident": alarm.incident, "has_incident": has_incident }))).await?;
        Ok(())
    }

    /// Moves the lease of an incident to who takes its alarm. False where they may not decide it: then whoever works on
    /// it goes on.
    async fn take_incident(
        &self,
        tx: &mut Transaction,
        caller: &Caller,
        id: IncidentId,
        person: PersonId,
    ) -> Result<bool> {
        let incident = incidents::lock(tx, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        if may_decide(caller, &incident).is_err() {
            return Ok(false);
        }
        let now = self.now();
        queue::take_over(tx, id, person, now, now.after(LEASE)).await?;
        let before = incident.lease.filter(|lease| lease.until > now && lease.holder != person);
        if let Some(before) = before {
            tell(self, tx, before.holder, NoticeKind::IncidentTakenOver, &object(id)).await?;
        }
        Ok(true)
    }

    /// Notes which police unit confirmed, and under which reference. This ends the deadlines.
    ///
    /// # Errors
    /// Not permitted, no such running alarm, or no reference.
    pub async fn hand_over_alarm(&self, caller: &Caller, alarm: AlarmId, reference: &str) -> Result<()> {
        let person = self.may_act(caller)?;
        let reference = stated(reference, "name the unit that confirmed, and its reference")?;
        let mut tx = self.store.begin().await?;
        let mut alarm = moved(&mut tx, alarm, AlarmState::HandedOver).await?;
        alarm.handed_over_by = Some(person);
        alarm.handed_over_at = Some(self.now());
        alarm.handover_reference = Some(reference);
        self.end_alarm(&mut tx, &alarm).await?;
        tx.commit(&Details::new(caller, "alarm.handed_over", subject(alarm.id), self.now())).await?;
        Ok(())
    }

    /// Ends an alarm as mistaken. The incident is as pressing as it was before.
    ///
    /// # Errors
    /// Not permitted, no such running alarm, or no reason.
    pub async fn stand_down_alarm(&self, caller: &Caller, alarm: AlarmId, reason: &str) -> Result<()> {
        authorise(caller, Operation::ReviewEscalated, Resource::Any)?;
        let person = person(caller)?;
        let reason = stated(reason, "say why there is no risk")?;
        let mut tx = self.store.begin().await?;
        let mut alarm = moved(&mut tx, alarm, AlarmState::StoodDown).await?;
        alarm.stood_down_by = Some(person);
        alarm.stood_down_at = Some(self.now());
        alarm.stood_down_reason = Some(reason);
        self.end_alarm(&mut tx, &alarm).await?;
        if let Some(mut incident) = incidents::lock(&mut tx, alarm.incident).await? {
            incident.child_at_risk = false;
            incident.severity = alarm.severity_before;
            incident.updated_at = self.now();
            incidents::update(&mut tx, &incident, rank_at(&incident)).await?;
        }
        tx.commit(&Details::new(caller, "alarm.stood_down", subject(alarm.id), self.now())).await?;
        Ok(())
    }

    async fn end_alarm(&self, tx: &mut Transaction, alarm: &Alarm) -> Result<()> {
        alarms::update(tx, alarm).await?;
        for kind in [DeadlineKind::AlarmAcknowledged, DeadlineKind::AlarmHandedOver] {
            deadlines::satisfy(tx, kind, &subject(alarm.id), self.now()).await?;
        }
        Ok(())
    }

    /// Alarms on which somebody still has to act, oldest first.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn running_alarms(&self, caller: &Caller) -> Result<Vec<Alarm>> {
        authorise(caller, Operation::ChildAtRisk, Resource::Any)?;
        Ok(alarms::list_running(&mut self.store.read().await?).await?)
    }

    /// One alarm.
    ///
    /// # Errors
    /// Not permitted, or no such alarm.
    pub async fn alarm(&self, caller: &Caller, id: AlarmId) -> Result<Alarm> {
        authorise(caller, Operation::ChildAtRisk, Resource::Any)?;
        let found = alarms::find(&mut self.store.read().await?, id).await?;
        found.ok_or_else(|| Error::not_found("alarm"))
    }

    /// How far the pages about an alarm have come, by each way that was configured when it was raised.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn pages_of_alarm(&self, caller: &Caller, id: AlarmId) -> Result<Vec<PageProgress>> {
        authorise(caller, Operation::ChildAtRisk, Resource::Any)?;
        let beginning = pages_of(id);
        let found = vigie_store::jobs::progress(&mut self.store.read().await?, "page", &beginning).await?;
        let page = |one: Progress| PageProgress {
            way: one.once.strip_prefix(&beginning).unwrap_or_default().to_owned(),
            next_at: one.ended_at.is_none().then_some(one.run_at),
            state: one.state,
            attempts: one.attempts,
            last_error: one.last_error,
            ended_at: one.ended_at,
        };
        Ok(found.into_iter().map(page).collect())
    }

    /// The newest alarms that have ended.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn ended_alarms(&self, caller: &Caller) -> Result<Vec<Alarm>> {
        authorise(caller, Operation::ChildAtRisk, Resource::Any)?;
        Ok(alarms::list_ended(&mut self.store.read().await?, ENDED_SHOWN).await?)
    }

    fn may_act(&self, caller: &Caller) -> Result<PersonId> {
        authorise(caller, Operation::ChildAtRisk, Resource::Any)?;
        person(caller)
    }
}

/// The alarm, moved to its next state, if that may follow.
async fn moved(tx: &mut Transaction, id: AlarmId, next: AlarmState) -> Result<Alarm> {
    let mut alarm = alarms::lock(tx, id).await?.ok_or_else(|| Error::not_found("alarm"))?;
    if !alarm.state.may_become(next) {
        return Err(Error::new(Code::WrongState, format!("the alarm is {} already", alarm.state)));
    }
    alarm.state = next;
    Ok(alarm)
}

fn person(caller: &Caller) -> Result<PersonId> {
    caller.person().ok_or_else(|| Error::new(Code::Forbidden, "only a signed-in person can do this"))
}

fn stated(text: &str, wanted: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Error::new(Code::InvalidValue, wanted));
    }
    Ok(text.to_owned())
}

fn subject(alarm: AlarmId) -> String {
    format!("alarm:{alarm}")
}

#[cfg(test)]
mod tests;
