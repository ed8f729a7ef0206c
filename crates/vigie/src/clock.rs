//! Time and identifiers of this machine: the one place where they are not a parameter.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::{Builder, Uuid};
use vigie_model::{Clock, IdGen, Moment};

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        Moment(0).after(since_1970())
    }
}

/// Identifiers of UUID version 7: ordered by the clock of this machine, and for the rest drawn by the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdGen for SystemIds {
    fn uuid(&self) -> Uuid {
        let mut random = [0; 10];
        getrandom::fill(&mut random)
            .expect("an operating system without randomness is no place for evidence");
        let milliseconds = u64::try_from(since_1970().as_millis()).unwrap_or(u64::MAX);
        Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one source that everything else takes as a parameter"
)]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_of_version_7_and_differ() {
        let (first, second) = (SystemIds.uuid(), SystemIds.uuid());
        assert_eq!(first.get_version_num(), 7);
        assert_ne!(first, second);
    }

    #[test]
    fn the_clock_stands_after_this_was_written() {
        assert!(SystemClock.now() > "2026-01-01T00:00:00Z".parse().unwrap());
    }
}
