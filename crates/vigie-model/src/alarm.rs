//! Child at risk: the alarm any person can raise, its deadlines, and the roster of who is on duty.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{AlarmId, DeadlineId, IncidentId, PersonId, TurnId};

crate::names! {
    /// Where an alarm stands.
    pub enum AlarmState {
        /// Raised; the duty officer has not answered.
        Raised => "raised",
        /// The duty officer has taken it.
        Acknowledged => "acknowledged",
        /// A police unit has confirmed.
        HandedOver => "handed_over",
        /// Ended as mistaken, with a reason.
        StoodDown => "stood_down",
    }
}

/// A child-at-risk alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// Its identifier.
    pub id: AlarmId,
    /// The incident it stands on.
    pub incident: IncidentId,
    /// Where it stands.
    pub state: AlarmState,
    /// Who raised it.
    pub raised_by: PersonId,
    /// When.
    pub raised_at: Moment,
    /// What they saw.
    pub reason: String,
    /// Who was on duty and was paged; none when the roster had a gap, and then everybody is.
    pub paged: Option<PersonId>,
    /// Who took it.
    pub acknowledged_by: Option<PersonId>,
    /// When.
    pub acknowledged_at: Option<Moment>,
    /// Who handed it to the police.
    pub handed_over_by: Option<PersonId>,
    /// When.
    pub handed_over_at: Option<Moment>,
    /// Which unit confirmed, and under which reference.
    pub handover_reference: Option<String>,
}

crate::names! {
    /// What a deadline is for.
    pub enum DeadlineKind {
        /// The duty officer takes the alarm: 15 minutes.
        AlarmAcknowledged => "alarm_acknowledged",
        /// The alarm is handed to the police: 60 minutes.
        AlarmHandedOver => "alarm_handed_over",
        /// A second person confirms a lock that one person set under an alarm: 4 hours.
        LockConfirmed => "lock_confirmed",
    }
}

/// A legal or internal time limit, with what triggered it and what satisfied it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Its identifier.
    pub id: DeadlineId,
    /// What it is for.
    pub kind: DeadlineKind,
    /// What it stands on: `alarm:…`, `action:…`.
    pub subject: String,
    /// When it began to run.
    pub triggered_at: Moment,
    /// When it ends.
    pub due_at: Moment,
    /// When it was met.
    pub satisfied_at: Option<Moment>,
    /// When people were told that it is about to pass.
    pub escalated_at: Option<Moment>,
}

/// A turn on the duty roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Its identifier.
    pub id: TurnId,
    /// Who is on duty.
    pub person: PersonId,
    /// From when.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
}
