//! Why somebody may see the material of an incident: found out at the moment of asking, from what is written down.
//!
//! What it is: the facts that `policies/material.cedar` speaks of. What it is not: it permits nothing. To add a reason: a
//! field of [`Need`], its line in `policies/vigie.cedarschema`, and how it is found here.

use vigie_model::Moment;
use vigie_model::id::{ItemId, PersonId};
use vigie_model::incident::{Incident, IncidentState};
use vigie_store::{Read, actions, alarms, approvals, items};

use crate::{Need, Resource, Result, incidents, rereadings, waves};

/// What one person needs of one incident.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    of_incident: Need,
    in_open_wave: Vec<ItemId>,
}

impl Needs {
    /// Finds it out. Who is no person needs nothing.
    pub(crate) async fn of(
        read: &mut impl Read,
        person: Option<PersonId>,
        incident: &Incident,
        now: Moment,
    ) -> Result<Self> {
        let Some(person) = person else { return Ok(Self::default()) };
        let holds = incident.lease.is_some_and(|lease| lease.holder == person && lease.until > now);
        let alarms = alarms::of_incident(read, incident.id).await?;
        let alarm = alarms.iter().any(|alarm| {
            alarm.state.is_running() && [alarm.paged, alarm.acknowledged_by].contains(&Some(person))
        });
        Ok(Self {
            of_incident: Need {
                holds,
                second_person: is_asked(read, person, incident, now).await?,
                escalated: incident.state == IncidentState::Escalated,
                alarm,
                in_open_wave: false,
                reads_again: rereadings::is_reading(read, incident.id, person, now).await?,
            },
            in_open_wave: items::in_open_waves(read, incident.id).await?,
        })
    }

    /// What is asked of when they ask for this item.
    pub(crate) fn of_item(&self, item: ItemId) -> Resource {
        Resource::Material(Need { in_open_wave: self.in_open_wave.contains(&item), ..self.of_incident })
    }
}

/// Whether somebody else waits for a second person's answer about the incident, one of its actions, or its wave.
async fn is_asked(read: &mut impl Read, person: PersonId, incident: &Incident, now: Moment) -> Result<bool> {
    let mut subjects: Vec<_> = actions::of_incident(read, incident.id)
        .await?
        .iter()
        .map(|one| format!("action:{}", one.id))
        .collect();
    subjects.push(incidents::object(incident.id));
    subjects.extend(incident.wave.map(waves::object));
    let waiting = approvals::list_waiting(read, now).await?;
    Ok(waiting.iter().any(|asked| asked.requested_by != person && subjects.contains(&asked.subject)))
}

#[cfg(test)]
mod tests;
