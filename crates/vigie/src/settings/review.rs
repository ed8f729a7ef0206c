//! The tables about review: how people are shielded, and how their work is checked.

use std::time::Duration;

use anyhow::ensure;
use serde::Deserialize;
use vigie_app::wellbeing::{ExposureLimits, ReviewSettings};

/// How much one person sees past the shielded step.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Wellbeing {
    /// Items in a day.
    pub items_per_day: u32,
    /// Minutes of looking in a day.
    pub minutes_per_day: u32,
    /// Items before a pause.
    pub items_in_a_row: u32,
    /// Minutes of looking before a pause.
    pub minutes_in_a_row: u32,
    /// How long a pause lasts.
    pub pause_minutes: u32,
}

impl Default for Wellbeing {
    fn default() -> Self {
        let limits = ExposureLimits::default();
        let minutes = |time: Duration| u32::try_from(time.as_secs() / 60).unwrap_or(u32::MAX);
        Self {
            items_per_day: limits.items_per_day,
            minutes_per_day: minutes(limits.time_per_day),
            items_in_a_row: limits.items_in_a_row,
            minutes_in_a_row: minutes(limits.time_in_a_row),
            pause_minutes: minutes(limits.pause),
        }
    }
}

/// How the work of reviewers is checked.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Quality {
    /// The share of decisions that a second reviewer reads again.
    pub reread_percent: u8,
}

impl Default for Quality {
    fn default() -> Self {
        Self { reread_percent: ReviewSettings::default().reread_percent }
    }
}

impl Wellbeing {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let limits = [self.items_per_day, self.minutes_per_day, self.items_in_a_row, self.minutes_in_a_row];
        ensure!(limits.iter().all(|limit| *limit > 0), "a limit of 0 in `wellbeing` would let nobody look");
        ensure!(
            (1..=720).contains(&self.pause_minutes),
            "`wellbeing.pause_minutes` lies between 1 minute and 12 hours"
        );
        Ok(())
    }

    /// As the use cases know it.
    #[must_use]
    pub fn for_app(&self, quality: &Quality) -> ReviewSettings {
        let minutes = |count: u32| Duration::from_secs(u64::from(count) * 60);
        ReviewSettings {
            exposure: ExposureLimits {
                items_per_day: self.items_per_day,
                time_per_day: minutes(self.minutes_per_day),
                items_in_a_row: self.items_in_a_row,
                time_in_a_row: minutes(self.minutes_in_a_row),
                pause: minutes(self.pause_minutes),
            },
            reread_percent: quality.reread_percent,
        }
    }
}

impl Quality {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        ensure!(self.reread_percent <= 100, "`quality.reread_percent` is at most 100");
        Ok(())
    }
}
