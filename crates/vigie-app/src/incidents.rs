//! Incidents: how signals and reports gather into one, and when incidents form a wave.
//!
//! The queue and who holds an incident stand in `queue.rs`, what a reviewer sees of one in `views.rs`.

use std::time::Duration;

use vigie_model::Moment;
use vigie_model::bank::Label;
use vigie_model::id::{BlobId, IncidentId, ItemId, SubmissionId, UserReportId, WaveId};
use vigie_model::incident::{Incident, IncidentState, Item, ItemKind, Severity, Subject, Wave, WaveState};
use vigie_store::blobs::{self, Hold};
use vigie_store::{Transaction, incidents, items, spared, waves};

use crate::{App, Result};

/// How many incidents a new wave takes over at most. Only what a decided wave left behind can be more than two.
const MOST_REGROUPED: i64 = 1_000;

/// Something that has to be reviewed.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// Whom or what it is about.
    pub(crate) subject: Subject,
    /// How pressing it is.
    pub(crate) severity: Severity,
    /// How many people could have seen it.
    pub(crate) reach: i64,
    /// Why it has to be reviewed.
    pub(crate) kind: ItemKind,
    /// The submission, whose row is written already.
    pub(crate) submission: Option<SubmissionId>,
    /// The report, whose row is written already.
    pub(crate) report: Option<UserReportId>,
    /// The sealed media, whose row is written already.
    pub(crate) media: Option<BlobId>,
    /// What it has in common with others: `entry:17`, a near-duplicate cluster. Two incidents that share one form a wave.
    pub(crate) pivots: Vec<String>,
    /// The labels of what it matched.
    pub(crate) labels: Vec<Label>,
}

/// Where it was gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gathered {
    /// The incident.
    pub(crate) incident: IncidentId,
    /// Its number, for people.
    pub(crate) number: i64,
    /// The item it became.
    pub(crate) item: ItemId,
    /// Whether the incident was opened for it.
    pub(crate) opened: bool,
    /// The wave the incident belongs to.
    pub(crate) wave: Option<WaveId>,
}

/// Adds what was found to the incident of its subject that waits, or opens one, in the caller's transaction.
///
/// Incidents that share a pivot form a wave. The media gets a hold, so that it stays while the incident is there.
pub(crate) async fn gather(app: &App, tx: &mut Transaction, found: Found) -> Result<Gathered> {
    incidents::lock_gathering(tx).await?;
    let waiting = incidents::find_waiting(tx, &found.subject).await?;
    // Whoever decides does not wait for gathering: under the lock it may turn out to be decided.
    let waiting = match waiting {
        Some(incident) => {
            incidents::lock(tx, incident.id).await?.filter(|incident| incident.state.is_waiting())
        }
        None => None,
    };
    let opened = waiting.is_none();
    let mut incident = match waiting {
        Some(incident) => incident,
        None => open(app, tx, &found).await?,
    };
    incident.severity = incident.severity.max(found.severity);
    incident.reach = incident.reach.max(found.reach);
    incident.items += 1;
    incident.updated_at = app.now();
    if found.subject.name.is_some() {
        incident.subject.name.clone_from(&found.subject.name);
    }
    let item = add_item(app, tx, &incident, &found).await?;
    for pivot in &found.pivots {
        join_wave(app, tx, &mut incident, pivot).await?;
    }
    incidents::update(tx, &incident, rank_at(&incident)).await?;
    Ok(Gathered { incident: incident.id, number: incident.number, item, opened, wave: incident.wave })
}

async fn open(app: &App, tx: &mut Transaction, found: &Found) -> Result<Incident> {
    let now = app.now();
    let incident = Incident {
        id: IncidentId::fresh(&*app.ids),
        number: tx.next_number("incident").await?,
        subject: found.subject.clone(),
        state: IncidentState::Open,
        severity: found.severity,
        reach: found.reach,
        items: 0,
        wave: None,
        child_at_risk: false,
        lease: None,
        opened_at: now,
        updated_at: now,
        escalation: None,
    };
    incidents::insert(tx, &incident, rank_at(&incident)).await?;
    Ok(incident)
}

async fn add_item(app: &App, tx: &mut Transaction, incident: &Incident, found: &Found) -> Result<ItemId> {
    let item = Item {
        id: ItemId::fresh(&*app.ids),
        incident: incident.id,
        kind: found.kind,
        submission: found.submission,
        report: found.report,
        media: found.media,
        verdict: None,
        added_at: app.now(),
    };
    items::insert(tx, &item).await?;
    for pivot in &found.pivots {
        items::insert_pivot(tx, item.id, pivot).await?;
    }
    for label in &found.labels {
        spared::label_incident(tx, incident.id, label).await?;
    }
    if let Some(media) = found.media {
        let hold = Hold { reason: format!("incident:{}", incident.id), placed_at: app.now(), until: None };
        blobs::place_hold(tx, media, &hold).await?;
    }
    Ok(item.id)
}

/// Puts the incident into the open wave of a pivot, or opens one when another incident waits with the same pivot. One
/// that is in an open wave already stays there.
async fn join_wave(app: &App, tx: &mut Transaction, incident: &mut Incident, pivot: &str) -> Result<()> {
    let Some(wave) = wave_of(app, tx, pivot).await? else { return Ok(()) };
    let earlier = match incident.wave {
        Some(earlier) => waves::find(tx, earlier).await?,
        None => None,
    };
    if earlier.is_none_or(|earlier| earlier.state != WaveState::Open) {
        incident.wave = Some(wave);
    }
    Ok(())
}

/// The open wave of a pivot. Where there is none and at least two incidents wait with it, they form one.
pub(crate) async fn wave_of(app: &App, tx: &mut Transaction, pivot: &str) -> Result<Option<WaveId>> {
    if let Some(wave) = waves::find_open(tx, pivot).await? {
        return Ok(Some(wave.id));
    }
    if incidents::list_waiting_with_pivot(tx, pivot, 2).await?.len() < 2 {
        return Ok(None);
    }
    let wave = open_wave(app, tx, pivot).await?;
    for sharing in incidents::list_waiting_with_pivot(tx, pivot, MOST_REGROUPED).await? {
        incidents::put_into_wave(tx, sharing.id, wave.id).await?;
    }
    Ok(Some(wave.id))
}

async fn open_wave(app: &App, tx: &mut Transaction, pivot: &str) -> Result<Wave> {
    let wave = Wave {
        id: WaveId::fresh(&*app.ids),
        number: tx.next_number("wave").await?,
        pivot: pivot.to_owned(),
        state: WaveState::Open,
        opened_at: app.now(),
        decided_at: None,
    };
    waves::insert(tx, &wave).await?;
    Ok(wave)
}

/// When the incident would have been opened, had it neither severity nor reach: the queue is in this order.
///
/// Severity and reach give a head start, not a class of their own. What waits long enough comes before everything newer,
/// so nothing starves.
pub(crate) fn rank_at(incident: &Incident) -> Moment {
    let hours = match incident.severity {
        Severity::Low => 0,
        Severity::Medium => 4,
        Severity::High => 24,
        Severity::Critical => 72,
    };
    // Half an hour for each doubling of the reach, at most eight hours.
    let doublings = u64::from((incident.reach.max(0) + 1).ilog2()).min(16);
    incident.opened_at.before(Duration::from_secs(hours * 60 * 60 + doublings * 30 * 60))
}

/// How ledger entries and notices name an incident.
pub(crate) fn object(id: IncidentId) -> String {
    format!("incident:{id}")
}

#[cfg(test)]
mod tests;
