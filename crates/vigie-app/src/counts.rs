//! Counts of what came in, by surface and day. They live in memory and reach the database in batches.
//!
//! What a crash takes with it is what was counted since the last flush: less than a second, where the composition calls
//! [`App::keep_house`] as often as it should. Nothing else hangs on these numbers.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use vigie_model::{Moment, Surface};
use vigie_store::counts::{self, DayCount, Tally};

use crate::{App, Result};

/// What was counted since the last flush, by the first moment of its day, and surface.
#[derive(Default)]
pub(crate) struct Counts(Mutex<BTreeMap<(Moment, Surface), Tally>>);

impl Counts {
    pub(crate) fn add(&self, surface: Surface, now: Moment, more: Tally) {
        *self.counted().entry((now.start_of_day(), surface)).or_default() += more;
    }

    fn counted(&self) -> MutexGuard<'_, BTreeMap<(Moment, Surface), Tally>> {
        // Nothing that holds this lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Writes what was counted. What could not be written is kept for the next time.
    ///
    /// # Errors
    /// The store failed.
    pub async fn flush_counts(&self) -> Result<()> {
        let taken = std::mem::take(&mut *self.intake().counts.counted());
        if taken.is_empty() {
            return Ok(());
        }
        let written = self.write_counts(&taken).await;
        if written.is_err() {
            let mut counted = self.intake().counts.counted();
            taken.into_iter().for_each(|(place, tally)| *counted.entry(place).or_default() += tally);
        }
        written
    }

    async fn write_counts(&self, taken: &BTreeMap<(Moment, Surface), Tally>) -> Result<()> {
        let mut house = self.store.housekeeping().await?;
        for ((day, surface), tally) in taken {
            let count = DayCount { surface: *surface, day: day.day(), tally: *tally };
            counts::add(&mut house, &count).await?;
        }
        Ok(house.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::house;

    #[tokio::test]
    async fn counts_reach_the_database_by_day_and_none_is_lost_or_written_twice() {
        let house = house().await;
        let once = Tally { submitted: 1, not_examined: 1, ..Tally::default() };
        let counts = &house.app.intake().counts;
        let late: Moment = "2026-11-22T23:59:59.999999Z".parse().unwrap();
        for moment in [late, late, Moment(late.0 + 1)] {
            counts.add(Surface::DirectMessage, moment, once);
        }
        house.app.flush_counts().await.unwrap();
        house.app.flush_counts().await.unwrap();
        counts.add(Surface::DirectMessage, late, once);
        house.app.flush_counts().await.unwrap();

        let kept = counts::list(&mut house.app.store.read().await.unwrap(), "2026-11-22").await.unwrap();
        let kept: Vec<_> = kept.iter().map(|count| (count.day.as_str(), count.tally.submitted)).collect();
        assert_eq!(kept, [("2026-11-22", 3), ("2026-11-23", 1)]);

        house.app.store.close().await;
        counts.add(Surface::DirectMessage, late, once);
        assert!(house.app.flush_counts().await.is_err());
        assert_eq!(counts.counted().len(), 1, "what could not be written waits");
    }
}
