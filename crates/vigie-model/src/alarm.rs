//! Child at risk: the alarm any person can raise, its deadlines, and the roster of who is on duty.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::id::{AlarmId, DeadlineId, IncidentId, NoticeId, PersonId, TurnId};
use crate::incident::Severity;

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

impl AlarmState {
    /// Whether this state may follow that one.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use AlarmState::{Acknowledged, HandedOver, Raised, StoodDown};
        matches!(
            (self, next),
            (Raised, Acknowledged | HandedOver | StoodDown) | (Acknowledged, HandedOver | StoodDown)
        )
    }

    /// Whether somebody still has to act.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, Self::Raised | Self::Acknowledged)
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
    /// Who ended it as mistaken.
    pub stood_down_by: Option<PersonId>,
    /// When.
    pub stood_down_at: Option<Moment>,
    /// Why.
    pub stood_down_reason: Option<String>,
    /// How pressing the incident was before.
    pub severity_before: Severity,
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

impl DeadlineKind {
    /// How long there is.
    #[must_use]
    pub fn length(self) -> Duration {
        let minutes = match self {
            Self::AlarmAcknowledged => 15,
            Self::AlarmHandedOver => 60,
            Self::LockConfirmed => 4 * 60,
        };
        Duration::from_secs(minutes * 60)
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
    /// When people were told that it has passed.
    pub missed_at: Option<Moment>,
}

impl Deadline {
    /// When people are told that it is about to pass: when two thirds of the time are gone.
    #[must_use]
    pub fn escalates_at(&self) -> Moment {
        escalates_at(self.triggered_at, self.due_at)
    }
}

/// When people are told that something is about to pass: when two thirds of the time are gone.
#[must_use]
pub fn escalates_at(triggered_at: Moment, due_at: Moment) -> Moment {
    triggered_at.after(due_at.since(triggered_at) * 2 / 3)
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

crate::names! {
    /// What a person should know.
    pub enum NoticeKind {
        /// An alarm was raised.
        AlarmRaised => "alarm_raised",
        /// A deadline is about to pass.
        DeadlineNear => "deadline_near",
        /// A deadline has passed.
        DeadlineMissed => "deadline_missed",
        /// An action could not be carried out.
        ActionFailed => "action_failed",
        /// An incident waits for a senior reviewer.
        IncidentEscalated => "incident_escalated",
        /// Who took a child-at-risk alarm took over an incident that this person held.
        IncidentTakenOver => "incident_taken_over",
        /// Nobody is left who takes an incident.
        NobodyLeft => "nobody_left",
        /// A decision of this person was undone.
        DecisionReversed => "decision_reversed",
        /// Two reviewers concluded differently about the same.
        ReadersDiffer => "readers_differ",
        /// A sign-in link let somebody make a further passkey.
        PasskeyByLink => "passkey_by_link",
        /// An authority asks something.
        RequestArrived => "request_arrived",
        /// What a request asks for is here, and waits for a decision.
        RequestReady => "request_ready",
        /// Something of a request cannot be carried out.
        RequestStuck => "request_stuck",
        /// A warning of a request waits to be settled.
        RequestWarning => "request_warning",
        /// A request may be forged.
        ForgerySuspected => "forgery_suspected",
        /// Silence about a request has ended: what the user is told is prepared, and a person sends it.
        UserNoticeReady => "user_notice_ready",
        /// Silence about a request has no end, and is looked at again.
        GagReview => "gag_review",
        /// Something was to be done to an account to which an authority asked that nothing be done.
        DoNotActMet => "do_not_act_met",
        /// A sign-in link let somebody join a person to an account of the sign-in service, beside other ways in.
        IdentityByLink => "identity_by_link",
    }
}

/// Something a person should know: shown on every screen until they have seen it. It carries no content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its identifier.
    pub id: NoticeId,
    /// Who should know.
    pub person: PersonId,
    /// What it is about.
    pub kind: NoticeKind,
    /// Where to look: `incident:…`, `action:…`, `person:…`, `account`.
    pub subject: String,
    /// When it was written.
    pub created_at: Moment,
}
