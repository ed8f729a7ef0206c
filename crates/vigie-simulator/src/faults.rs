//! Misbehaviour on request: delays, errors, refusals for haste, and answers that never arrive.
//!
//! What it is: a list of faults for the next requests at a door, or a share of all its requests. Faults come after the
//! signature was checked, so a stranger uses none up. What it is not: chance; shares are drawn from a seed.
//!
//! To add a fault: a variant here, and its arm in `misbehave`.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio_util::sync::CancellationToken;
use vigie_synth::Random;

use crate::problem::Problem;

/// One way to misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Perform, but only after waiting.
    Delay(Duration),
    /// Answer 500 and perform nothing.
    ServerError,
    /// Answer 429 with this `Retry-After`, in whole seconds, and perform nothing.
    TooManyRequests(Duration),
    /// Perform, then close the connection without an answer: a retry must not perform again.
    DropAfterPerforming,
}

/// Where requests come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// Orders to act.
    Actions,
    /// Snapshots and readings of state.
    Pulls,
    /// Calls to the person on duty.
    Pager,
    /// Questions about accounts.
    Records,
}

/// The faults that are waiting.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<BTreeMap<Door, Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    next: VecDeque<Fault>,
    share: Option<Share>,
}

#[derive(Debug)]
struct Share {
    percent: u32,
    of: Vec<Fault>,
    random: Random,
}

impl Faults {
    /// The next requests at a door meet these faults, one each, in this order.
    pub(crate) fn queue(&self, door: Door, faults: &[Fault]) {
        self.with(door, |waiting| waiting.next.extend(faults));
    }

    /// Of 100 requests at a door, so many meet one of these faults. No faults: none does any more.
    pub(crate) fn share(&self, door: Door, percent: u32, of: &[Fault], seed: u64) {
        let share = Share { percent, of: of.to_vec(), random: Random::new(seed) };
        self.with(door, |waiting| waiting.share = (!of.is_empty()).then_some(share));
    }

    /// How many listed faults are still waiting at a door.
    pub(crate) fn waiting(&self, door: Door) -> usize {
        self.with(door, |waiting| waiting.next.len())
    }

    /// The fault that the next request at a door meets.
    pub(crate) fn take(&self, door: Door) -> Option<Fault> {
        self.with(door, |waiting| {
            if let Some(fault) = waiting.next.pop_front() {
                return Some(fault);
            }
            let share = waiting.share.as_mut()?;
            share.random.chance(share.percent).then(|| *share.random.pick(&share.of))
        })
    }

    fn with<T>(&self, door: Door, work: impl FnOnce(&mut Waiting) -> T) -> T {
        let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(doors.entry(door).or_default())
    }
}

/// Runs `perform` under a fault, or as it is without one. A delay ends early when the simulation does.
pub(crate) async fn misbehave(
    fault: Option<Fault>,
    cancel: &CancellationToken,
    perform: impl Future<Output = Response>,
) -> Response {
    match fault {
        None => perform.await,
        Some(Fault::Delay(wait)) => {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = cancel.cancelled() => {}
            }
            perform.await
        }
        Some(Fault::ServerError) => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "injected_fault", "a fault was asked for")
                .into_response()
        }
        Some(Fault::TooManyRequests(wait)) => {
            let refusal =
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "injected_fault", "a fault was asked for");
            let mut response = refusal.into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
            response
        }
        Some(Fault::DropAfterPerforming) => {
            perform.await;
            cut()
        }
    }
}

/// An answer whose body fails at once: the server gives the connection up before a byte of it was sent.
fn cut() -> Response {
    let failing = stream::once(async { Err::<bytes::Bytes, _>(io::Error::other("a fault was asked for")) });
    Body::from_stream(failing).into_response()
}

#[cfg(test)]
mod tests {
    use super::{Door, Fault, Faults};

    #[test]
    fn listed_faults_come_first_and_a_share_is_about_its_size() {
        let faults = Faults::default();
        faults.share(Door::Actions, 30, &[Fault::ServerError, Fault::DropAfterPerforming], 5);
        faults.queue(Door::Actions, &[Fault::DropAfterPerforming]);
        assert_eq!(faults.take(Door::Actions), Some(Fault::DropAfterPerforming));
        let met = (0..1000).filter(|_| faults.take(Door::Actions).is_some()).count();
        assert!((250..350).contains(&met), "{met} of 1000");
        assert_eq!(faults.take(Door::Pulls), None);
        faults.share(Door::Actions, 100, &[], 5);
        assert_eq!(faults.take(Door::Actions), None);
    }
}
