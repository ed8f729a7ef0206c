//! The overview: counts and small charts, from the tables of every resource.

use std::collections::BTreeMap;
use std::time::Duration;

use vigie_model::incident::Severity;
use vigie_model::{Caller, Operation};
use vigie_store::counts::{self, Tally};
use vigie_store::overview;

use crate::quality::Quality;
use crate::{App, Resource, Result, authorise};

/// How many days the charts show.
const DAYS: u32 = 14;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What the overview shows.
#[derive(Debug, Clone)]
pub struct Overview {
    /// How many incidents wait, the most pressing severity first; every severity is there.
    pub waiting: Vec<(Severity, i64)>,
    /// How many incidents opened within the shown days were claimed.
    pub claimed: i64,
    /// Their mean wait for the first claim.
    pub mean_wait: Duration,
    /// Their longest wait for the first claim.
    pub longest_wait: Duration,
    /// The last days, the oldest first, today included; every day is there.
    pub days: Vec<Day>,
    /// How far reviewers agree, and how often hits of a bank turn out to be none.
    pub quality: Quality,
}

/// What happened on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The day in UTC, as `2026-11-22`.
    pub day: String,
    /// What came in, on all surfaces.
    pub tally: Tally,
    /// Actions that the messenger performed.
    pub actions: i64,
}

impl App {
    /// Counts for the overview. What came in within the last second may be missing.
    ///
    /// # Errors
    /// Not permitted.
    pub async fn overview(&self, caller: &Caller) -> Result<Overview> {
        authorise(caller, Operation::ReadOverview, Resource::Any)?;
        let now = self.now();
        let names: Vec<String> = (0..DAYS).rev().map(|ago| now.before(DAY * ago).day()).collect();
        let from = now.before(DAY * (DAYS - 1)).start_of_day();
        let mut reader = self.store.read().await?;

        let mut days: BTreeMap<&str, Day> =
            names.iter().map(|name| (name.as_str(), Day::empty(name))).collect();
        for count in counts::list(&mut reader, &names[0]).await? {
            if let Some(day) = days.get_mut(count.day.as_str()) {
                day.tally += count.tally;
            }
        }
        for (moment, performed) in overview::actions_by_day(&mut reader, from).await? {
            if let Some(day) = days.get_mut(moment.day().as_str()) {
                day.actions = performed;
            }
        }
        let counted = overview::waiting(&mut reader).await?;
        let of = |severity: Severity| {
            let count = counted.iter().find(|(one, _)| *one == severity).map_or(0, |(_, count)| *count);
            (severity, count)
        };
        let claims = overview::first_claims(&mut reader, from).await?;
        Ok(Overview {
            waiting: Severity::ALL.iter().rev().copied().map(of).collect(),
            claimed: claims.claimed,
            mean_wait: microseconds(claims.mean),
            longest_wait: microseconds(claims.longest),
            days: days.into_values().collect(),
            quality: self.quality(caller, &mut reader).await?,
        })
    }
}

impl Day {
    fn empty(day: &str) -> Self {
        Self { day: day.to_owned(), tally: Tally::default(), actions: 0 }
    }
}

fn microseconds(count: i64) -> Duration {
    Duration::from_micros(u64::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use vigie_model::{Role, Surface};

    use super::*;
    use crate::Code;
    use crate::tests::house;

    #[tokio::test]
    async fn every_day_and_every_severity_is_there_and_surfaces_are_summed() {
        let house = house().await;
        let ada = house.person("Ada", Role::Auditor).await;
        let counts = &house.app.intake().counts;
        let today = house.app.now();
        for surface in [Surface::PublicGroup, Surface::DirectMessage] {
            counts.add(surface, today, Tally { submitted: 2, matched: 1, ..Tally::default() });
            counts.add(surface, today.before(DAY * 13), Tally { submitted: 1, ..Tally::default() });
            counts.add(surface, today.before(DAY * 14), Tally { submitted: 9, ..Tally::default() });
        }
        house.app.flush_counts().await.unwrap();

        let overview = house.app.overview(&ada).await.unwrap();
        assert_eq!(overview.days.len(), 14);
        let first = &overview.days[0];
        assert_eq!((first.day.clone(), first.tally.submitted), (today.before(DAY * 13).day(), 2));
        let last = &overview.days[13];
        assert_eq!((last.day.clone(), last.tally.submitted, last.tally.matched), (today.day(), 4, 2));
        assert_eq!(overview.waiting.len(), Severity::ALL.len());
        assert!(overview.waiting.iter().all(|(_, count)| *count == 0));

        let nobody = house.app.overview(&Caller { roles: vec![], ..ada }).await;
        assert_eq!(nobody.unwrap_err().code(), Code::Forbidden);
    }
}
