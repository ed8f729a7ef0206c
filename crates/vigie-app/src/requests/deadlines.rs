//! Deadlines of requests: begun by what happens, standing still and satisfied as the request moves, told before they pass.
//!
//! What it is: the rows of the rule set at work. What it is not: how long each is and where that stands; that is the rule
//! set's.
//!
//! To add a deadline: a row of a rule set. To add what begins or satisfies one: a `Trigger` or a `Satisfaction`, said where
//! it happens.

use vigie_model::Moment;
use vigie_model::Operation;
use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{Instrument, Request, RequestState};
use vigie_model::id::{DeadlineId, RequestId};
use vigie_store::Transaction;
use vigie_store::request_deadlines::{self, Label, RequestDeadline};

use crate::notices::{tell_permitted, told};
use crate::regimes::{self, Running, Satisfaction, Trigger};
use crate::{App, Result};

/// How many deadlines one round tells of.
const TOLD_AT_ONCE: i64 = 200;

/// Begins the deadlines of a request that run from an event.
pub(crate) async fn begin(
    app: &App,
    tx: &mut Transaction,
    request: &Request,
    instrument: &Instrument,
    trigger: Trigger,
) -> Result<()> {
    begin_from(app, tx, (request, instrument), trigger, app.now()).await
}

/// Begins the deadlines of a request that run from an event of this moment.
pub(super) async fn begin_from(
    app: &App,
    tx: &mut Transaction,
    (request, instrument): (&Request, &Instrument),
    trigger: Trigger,
    now: Moment,
) -> Result<()> {
    let rules = app.rules_of(request)?;
    for planned in regimes::deadlines(rules, instrument, trigger, now) {
        let deadline = RequestDeadline {
            id: DeadlineId::fresh(&*app.ids),
            request: request.id,
            rule: planned.rule,
            label: Label { en: planned.label.en, fr: planned.label.fr },
            source: planned.source,
            is_unconfirmed: planned.confirm,
            triggered_at: now,
            due_at: planned.due_at,
            pauses_in: planned.pauses_on,
            satisfied_by: planned.satisfied_by.iter().map(|by| by.name().to_owned()).collect(),
            paused_since: None,
            paused_for: 0,
            satisfied_at: None,
            satisfied_with: None,
            escalated_at: None,
            missed_at: None,
        };
        request_deadlines::insert(tx, &deadline).await?;
    }
    Ok(())
}

/// Whether this meets a deadline, or met it.
pub(super) fn is_met_by(deadline: &RequestDeadline, by: Satisfaction) -> bool {
    deadline.satisfied_by.iter().any(|name| name == by.name())
}

/// Whether a deadline still waits for this.
pub(crate) fn waits_for(deadline: &RequestDeadline, by: Satisfaction) -> bool {
    deadline.satisfied_at.is_none() && is_met_by(deadline, by)
}

/// Satisfies what this satisfies.
pub(crate) async fn satisfy(
    tx: &mut Transaction,
    request: RequestId,
    by: Satisfaction,
    now: Moment,
) -> Result<()> {
    for mut deadline in request_deadlines::of_request(tx, request).await? {
        if waits_for(&deadline, by) {
            meet(&mut deadline, by.name(), now);
            request_deadlines::update(tx, &deadline).await?;
        }
    }
    Ok(())
}

/// Has deadlines stand still or run as the new state demands. What ends the request ends them.
pub(super) async fn follow(
    tx: &mut Transaction,
    request: RequestId,
    to: RequestState,
    now: Moment,
) -> Result<()> {
    for mut deadline in request_deadlines::of_request(tx, request).await? {
        if deadline.satisfied_at.is_some() {
            continue;
        }
        let before = deadline.clone();
        if to.is_over() {
            meet(&mut deadline, to.name(), now);
        } else {
            let then = running(&deadline).in_state(to, &deadline.pauses_in, now);
            set(&mut deadline, then);
        }
        if deadline != before {
            request_deadlines::update(tx, &deadline).await?;
        }
    }
    Ok(())
}

/// It is met, with what was left when it stood still.
fn meet(deadline: &mut RequestDeadline, with: &str, now: Moment) {
    let resumed = running(deadline).resumed(now);
    set(deadline, resumed);
    deadline.satisfied_at = Some(now);
    deadline.satisfied_with = Some(with.to_owned());
}

fn running(deadline: &RequestDeadline) -> Running {
    Running { due_at: deadline.due_at, paused_at: deadline.paused_since }
}

/// It stands still or runs so from now on. What a pause gave back is how long it stood still.
fn set(deadline: &mut RequestDeadline, then: Running) {
    deadline.paused_for += then.due_at.0 - deadline.due_at.0;
    deadline.due_at = then.due_at;
    deadline.paused_since = then.paused_at;
}

impl App {
    /// Tells those who handle requests about deadlines that are about to pass, and about those that have passed: each once.
    /// The worker calls it every few seconds. Returns of how many people were told.
    ///
    /// # Errors
    /// The store failed; what was not told is told next time.
    pub async fn escalate_request_deadlines(&self) -> Result<usize> {
        let now = self.now();
        let untold = request_deadlines::untold(&mut self.store.read().await?, now, TOLD_AT_ONCE).await?;
        let mut count = 0;
        for deadline in untold {
            count += usize::from(self.tell_of_request(deadline, now).await?);
        }
        Ok(count)
    }

    /// Another process may have told of it, or the request may have moved meanwhile: the row decides.
    async fn tell_of_request(&self, seen: RequestDeadline, now: Moment) -> Result<bool> {
        let mut tx = self.store.begin().await?;
        let request = super::find(&mut tx, seen.request).await?;
        let all = request_deadlines::of_request(&mut tx, seen.request).await?;
        let Some(mut deadline) = all.into_iter().find(|one| *one == seen && one.is_running()) else {
            return Ok(false);
        };
        // What two people agreed to is being sealed: it leaves in this moment, or people hear that it cannot.
        let leaves =
            is_met_by(&deadline, Satisfaction::Transmitted) && request.state == RequestState::Approved;
        if leaves {
            return Ok(false);
        }
        let kind = if deadline.due_at <= now {
            deadline.missed_at = Some(now);
            NoticeKind::DeadlineMissed
        } else if deadline.escalates_at() <= now {
            NoticeKind::DeadlineNear
        } else {
            return Ok(false);
        };
        deadline.escalated_at = deadline.escalated_at.or(Some(now));
        let subject = super::object(deadline.request);
        request_deadlines::update(&mut tx, &deadline).await?;
        let people = tell_permitted(self, &mut tx, Operation::HandleRequests, kind, &subject).await?;
        tx.commit(&told(self, kind, &subject, people)).await?;
        Ok(true)
    }
}
