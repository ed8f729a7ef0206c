//! Wellbeing: how much a person saw, how much of it is left for today, when a pause comes first, and what they are spared.
//!
//! What somebody saw is counted from the looks that were written down before anything was shown, so no other count can
//! disagree with it; `exposure.rs` does the arithmetic. A child at risk is the one exception to pause and budget: in
//! speed, never in trace. Nobody is ranked: there is a line for each person, by name, and no count of decisions.

mod exposure;
mod spare;

use std::time::Duration;

use vigie_model::id::{IncidentId, ItemId, PersonId};
use vigie_model::incident::{Reveal, RevealStep};
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::ledger::Details;
use vigie_store::{Read, alarms, people, reveals};

pub use exposure::{Run, Seen};
pub use spare::Spared;

use crate::authorise::permits_person;
use crate::{App, Code, Error, Resource, Result, authorise};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How many days are shown.
pub const DAYS: u32 = 7;

/// How people who review are shielded, and how their work is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewSettings {
    /// How much one person sees.
    pub exposure: ExposureLimits,
    /// The share of decisions that a second reviewer reads again.
    pub reread_percent: u8,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self { exposure: ExposureLimits::default(), reread_percent: 5 }
    }
}

/// How much one person sees past the shielded step, in a day and without a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExposureLimits {
    /// Items in a day.
    pub items_per_day: u32,
    /// Time in a day.
    pub time_per_day: Duration,
    /// Items before a pause.
    pub items_in_a_row: u32,
    /// Time before a pause.
    pub time_in_a_row: Duration,
    /// How long a pause lasts; so long without a look is one, whoever made it.
    pub pause: Duration,
}

impl Default for ExposureLimits {
    /// No authority names a number. The reasons for these stand in `docs/guide/wellbeing.md`.
    fn default() -> Self {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Self {
            items_per_day: 200,
            time_per_day: minutes(120),
            items_in_a_row: 40,
            time_in_a_row: minutes(20),
            pause: minutes(10),
        }
    }
}

/// Where a person stands at this moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// What they saw today, in UTC.
    pub today: Seen,
    /// What they saw without a pause.
    pub run: Run,
    /// Until when a pause lasts, where one comes first.
    pub pause_until: Option<Moment>,
    /// How many items are left for today.
    pub items_left: u32,
    /// How much time is left for today.
    pub time_left: Duration,
}

impl Standing {
    fn of(looks: &[Reveal], limits: &ExposureLimits, now: Moment) -> Self {
        let today = now.start_of_day();
        let today: Vec<_> = looks.iter().filter(|look| look.shown_at >= today).cloned().collect();
        let today = exposure::seen(&today, now);
        // A row that a pause has ended by now is over, though nothing was looked at since.
        let last = exposure::runs(looks, limits, now).pop();
        let run = last.filter(|run| run.until.after(limits.pause) > now);
        let run = run.unwrap_or_else(|| Run::starting(now));
        Self {
            pause_until: run.pause_until(limits).filter(|until| *until > now),
            items_left: limits.items_per_day.saturating_sub(today.items),
            time_left: limits.time_per_day.saturating_sub(today.time),
            today,
            run,
        }
    }

    /// Whether nothing is left for today.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.items_left == 0 || self.time_left.is_zero()
    }

    /// What stands against looking on, if anything does.
    fn check(&self) -> Result<()> {
        if let Some(until) = self.pause_until {
            return Err(Error::new(Code::OnPause, format!("you can go on at {until}")));
        }
        if self.is_spent() {
            return Err(Error::new(Code::ExposureSpent, "you can go on tomorrow, in UTC"));
        }
        Ok(())
    }
}

/// What one person saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Where they stand now.
    pub standing: Standing,
    /// The last seven days in UTC, the oldest first, today included; every day is there.
    pub days: Vec<Day>,
}

/// What one person saw on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day in UTC, as `2026-11-22`.
    pub day: String,
    /// What they saw.
    pub seen: Seen,
    /// How often a pause came first.
    pub pauses: u32,
}

impl App {
    /// What the caller saw, and what is left for today.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn own_exposure(&self, caller: &Caller) -> Result<Exposure> {
        let person = self.may_review(caller)?;
        let mut reader = self.store.read().await?;
        let looks = reveals::list_of_person(&mut reader, person, self.first_day()).await?;
        Ok(self.exposure(person, &caller.name, &looks))
    }

    /// What everybody saw who reviews, by name. That somebody read it stands in the ledger: it is about people.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn desk_exposure(&self, caller: &Caller) -> Result<Vec<Exposure>> {
        authorise(caller, Operation::ReadExposure, Resource::Any)?;
        let mut reader = self.store.read().await?;
        let mut people = people::list(&mut reader).await?;
        let looks = reveals::list_since(&mut reader, self.first_day()).await?;
        drop(reader);
        let entry = Details::new(caller, "exposure.read", "desk", self.now());
        self.store.begin().await?.commit(&entry).await?;
        people.retain(|person| {
            permits_person(person, Operation::ReviewIncidents)
                || looks.iter().any(|look| look.person == person.id)
        });
        people.sort_by(|one, other| one.name.cmp(&other.name));
        let of = |person: &people::Person| {
            let own: Vec<_> = looks.iter().filter(|look| look.person == person.id).cloned().collect();
            self.exposure(person.id, &person.name, &own)
        };
        Ok(people.iter().map(of).collect())
    }

    fn first_day(&self) -> Moment {
        self.now().before(DAY * (DAYS - 1)).start_of_day()
    }

    fn exposure(&self, person: PersonId, name: &str, looks: &[Reveal]) -> Exposure {
        let now = self.now();
        let limits = &self.settings.review.exposure;
        let runs = exposure::runs(looks, limits, now);
        let day = |ago: u32| {
            let from = now.before(DAY * ago).start_of_day();
            let is_in = |moment: Moment| moment >= from && moment < from.after(DAY);
            let own: Vec<_> = looks.iter().filter(|look| is_in(look.shown_at)).cloned().collect();
            let pauses = runs.iter().filter(|run| run.pause_until(limits).is_some() && is_in(run.until));
            Day {
                day: from.day(),
                seen: exposure::seen(&own, now),
                pauses: u32::try_from(pauses.count()).unwrap_or(u32::MAX),
            }
        };
        Exposure {
            person,
            name: name.to_owned(),
            standing: Standing::of(looks, limits, now),
            days: (0..DAYS).rev().map(day).collect(),
        }
    }

    /// Whether a person may take an incident, or look at its media, at this moment. What a running alarm for a child at
    /// risk let pass comes back, to be written down.
    pub(crate) async fn may_be_exposed(
        &self,
        read: &mut impl Read,
        person: PersonId,
        incident: IncidentId,
    ) -> Result<Option<Code>> {
        let standing = self.standing(read, person).await?;
        let Err(refusal) = standing.check() else { return Ok(None) };
        if is_alarmed(read, incident).await? { Ok(Some(refusal.code())) } else { Err(refusal) }
    }

    /// Whether a person may look at these items in this step. As [`App::may_be_exposed`], and no more items at once than
    /// are left before a pause.
    pub(crate) async fn may_look_at(
        &self,
        read: &mut impl Read,
        person: PersonId,
        incident: IncidentId,
        items: &[ItemId],
        step: RevealStep,
    ) -> Result<Option<Code>> {
        if let Some(despite) = self.may_be_exposed(read, person, incident).await? {
            return Ok(Some(despite));
        }
        if !exposure::exposes(step) {
            return Ok(None);
        }
        let standing = self.standing(read, person).await?;
        let left = self.settings.review.exposure.items_in_a_row.saturating_sub(standing.run.items());
        let left = left.min(standing.items_left);
        let wanted = items.iter().filter(|item| !standing.run.has(**item)).count();
        if wanted <= left as usize || is_alarmed(read, incident).await? {
            return Ok(None);
        }
        Err(Error::new(Code::InvalidValue, format!("reveal at most {left} items more before the pause")))
    }

    async fn standing(&self, read: &mut impl Read, person: PersonId) -> Result<Standing> {
        // Today, and before it as long as a row of looks can reach.
        let since = self.now().before(DAY);
        let looks = reveals::list_of_person(read, person, since).await?;
        Ok(Standing::of(&looks, &self.settings.review.exposure, self.now()))
    }
}

/// Whether an alarm for a child at risk runs on the incident.
async fn is_alarmed(read: &mut impl Read, incident: IncidentId) -> Result<bool> {
    let alarms = alarms::of_incident(read, incident).await?;
    Ok(alarms.iter().any(|alarm| alarm.state.is_running()))
}

#[cfg(test)]
mod tests;
