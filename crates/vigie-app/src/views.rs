//! What a reviewer sees of one incident: everything on one page, and no media.

use vigie_model::action::{Action, ActionKind};
use vigie_model::alarm::{Alarm, Deadline};
use vigie_model::id::IncidentId;
use vigie_model::incident::{Decision, Incident, Item, Reveal, Wave};
use vigie_model::{Caller, Operation};
use vigie_store::hunts;
pub use vigie_store::hunts::Mark;
use vigie_store::items::{self, Origin};
use vigie_store::submissions;
use vigie_store::user_reports::{self, UserReport};
use vigie_store::{Reader, actions, alarms, deadlines, decisions, incidents, reveals, waves};

use crate::decisions::as_before::{self, AsBefore};
use crate::need::Needs;
use crate::{App, Error, Resource, Result, authorise, permits};

pub use vigie_store::items::ItemMatch;
pub use vigie_store::submissions::Submission;

/// More items than these are counted, not shown.
const MOST_ITEMS: usize = 500;

/// An incident with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct IncidentView {
    /// The incident itself: subject, state, lease, escalation.
    pub incident: Incident,
    /// Its items, in the order in which they came, at most 500.
    pub items: Vec<ItemView>,
    /// The wave it belongs to.
    pub wave: Option<Wave>,
    /// Other incidents of the subject, newest first.
    pub earlier: Vec<Incident>,
    /// Decisions on it, newest first, those that were undone included.
    pub decisions: Vec<Decision>,
    /// Its actions with their states, oldest first.
    pub actions: Vec<Action>,
    /// Its alarms, newest first.
    pub alarms: Vec<Alarm>,
    /// Deadlines of its alarms and of locks set under them.
    pub deadlines: Vec<Deadline>,
    /// What can be done on its messenger.
    pub capabilities: Vec<ActionKind>,
    /// What would be decided without a look, where the very same bytes were looked at and decided here before.
    pub as_before: Option<AsBefore>,
}

impl IncidentView {
    /// An incident and its items, and nothing of what anybody concluded or did.
    pub(crate) fn without_conclusions(incident: Incident, items: Vec<ItemView>) -> Self {
        Self {
            incident,
            items,
            wave: None,
            earlier: vec![],
            decisions: vec![],
            actions: vec![],
            alarms: vec![],
            deadlines: vec![],
            capabilities: vec![],
            as_before: None,
        }
    }
}

/// An item with its context.
#[derive(Debug, Clone)]
pub struct ItemView {
    /// The item.
    pub item: Item,
    /// Where it comes from, as the messenger told it.
    pub origin: Option<Origin>,
    /// The submission, where it is one.
    pub submission: Option<Submission>,
    /// The report, where it is one.
    pub report: Option<UserReport>,
    /// What it matched, with bank names and distances: only for callers who may read banks.
    pub matches: Vec<ItemMatch>,
    /// By which retro-hunt it was found, where it was.
    pub mark: Option<Mark>,
    /// Who looked at it so far, oldest first.
    pub reveals: Vec<Reveal>,
    /// Whether the caller has a need to see its media at this moment.
    pub may_look: bool,
}

impl App {
    /// Everything about one incident.
    ///
    /// # Errors
    /// Not permitted, no such incident, or the caller is reading it again and may not see what others concluded.
    pub async fn incident(&self, caller: &Caller, id: IncidentId) -> Result<IncidentView> {
        authorise(caller, Operation::ReadIncidents, Resource::Any)?;
        self.is_not_reading(&mut self.store.read().await?, caller, id).await?;
        self.whole_incident(caller, id).await
    }

    /// As [`App::incident`], for who may read it whatever they are at.
    pub(crate) async fn whole_incident(&self, caller: &Caller, id: IncidentId) -> Result<IncidentView> {
        let mut reader = self.store.read().await?;
        let incident = incidents::find(&mut reader, id).await?.ok_or_else(|| Error::not_found("incident"))?;
        let mut earlier = incidents::list_of_subject(&mut reader, &incident.subject).await?;
        earlier.retain(|other| other.id != id);
        let actions = actions::of_incident(&mut reader, id).await?;
        let alarms = alarms::of_incident(&mut reader, id).await?;
        let on_alarms = alarms.iter().map(|alarm| format!("alarm:{}", alarm.id));
        let subjects: Vec<_> =
            on_alarms.chain(actions.iter().map(|action| format!("action:{}", action.id))).collect();
        let mut deadlines = Vec::new();
        for subject in subjects {
            deadlines.extend(deadlines::of_subject(&mut reader, &subject).await?);
        }
        let wave = match incident.wave {
            Some(wave) => waves::find(&mut reader, wave).await?,
            None => None,
        };
        let all = items::list(&mut reader, id).await?;
        let as_before = match incident.state.is_waiting() {
            true => as_before::find(&mut reader, id, &all).await?,
            false => None,
        };
        let needs = Needs::of(&mut reader, caller.person(), &incident, self.now()).await?;
        Ok(IncidentView {
            items: item_views(&mut reader, caller, id, &needs).await?,
            as_before,
            wave,
            earlier,
            decisions: decisions::list_of_incident(&mut reader, id).await?,
            actions,
            alarms,
            deadlines,
            capabilities: self
                .messenger(&incident.subject.service)
                .map(|messenger| messenger.capabilities())
                .unwrap_or_default(),
            incident,
        })
    }

    /// The identifier of the incident with this number.
    ///
    /// # Errors
    /// Not permitted, or no such incident.
    pub async fn incident_numbered(&self, caller: &Caller, number: i64) -> Result<IncidentId> {
        authorise(caller, Operation::ReadIncidents, Resource::Any)?;
        let found = incidents::find_by_number(&mut self.store.read().await?, number).await?;
        found.map(|incident| incident.id).ok_or_else(|| Error::not_found("incident"))
    }
}

async fn item_views(
    reader: &mut Reader,
    caller: &Caller,
    id: IncidentId,
    needs: &Needs,
) -> Result<Vec<ItemView>> {
    let mut origins = items::origins(reader, id).await?;
    let mut matches = match permits(caller, Operation::ReadBanks, Resource::Any) {
        true => items::matches(reader, id).await?,
        false => vec![],
    };
    let looks = reveals::list_of_incident(reader, id).await?;
    let marks = hunts::marks(reader, id).await?;
    let mut views = Vec::new();
    for item in items::list(reader, id).await?.into_iter().take(MOST_ITEMS) {
        let origin =
            origins.iter().position(|origin| origin.item == item.id).map(|at| origins.swap_remove(at));
        views.push(ItemView {
            origin,
            submission: match item.submission {
                Some(submission) => submissions::find(reader, submission).await?,
                None => None,
            },
            report: match item.report {
                Some(report) => user_reports::find(reader, report).await?,
                None => None,
            },
            matches: matches.extract_if(.., |matched| matched.item == item.id).collect(),
            mark: marks.iter().find(|mark| mark.item == item.id).copied(),
            reveals: looks.iter().filter(|look| look.item == item.id).cloned().collect(),
            may_look: permits(caller, Operation::RevealMedia, needs.of_item(item.id)),
            item,
        });
    }
    Ok(views)
}
