//! Lengths of time as laws say them: calendar periods by ISO 8601, and working days.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use vigie_model::Moment;

use super::calendar::Calendar;

/// A period by ISO 8601: `P10D`, `PT8H`, `P2M`. It is counted in the calendar of UTC, from the moment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length {
    months: i64,
    days: i64,
    minutes: i64,
}

/// Why a text is no length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot read {0:?} as a length of time: it is written by ISO 8601, as P10D or PT8H, and is longer than nothing"
)]
pub struct NoLength(pub String);

impl Length {
    /// The moment so much later. A month that is too short for the day ends on its last one.
    #[must_use]
    pub fn after(self, moment: Moment) -> Moment {
        let span = jiff::Span::new()
            .try_months(self.months)
            .and_then(|span| span.try_days(self.days))
            .and_then(|span| span.try_minutes(self.minutes));
        let later = span.and_then(|span| moment.timestamp().to_zoned(TimeZone::UTC).checked_add(span));
        later.map_or(Moment(i64::MAX), |later| Moment(later.timestamp().as_microsecond()))
    }
}

impl Length {
    /// Months, days, hours and minutes of it.
    #[must_use]
    pub fn parts(self) -> [i64; 4] {
        [self.months, self.days, self.minutes / 60, self.minutes % 60]
    }
}

impl FromStr for Length {
    type Err = NoLength;

    fn from_str(text: &str) -> Result<Self, NoLength> {
        let no = || NoLength(text.to_owned());
        let span: jiff::Span = text.parse().map_err(|_| no())?;
        let whole = span.get_seconds() == 0 && span.get_milliseconds() == 0;
        let whole = whole && span.get_microseconds() == 0 && span.get_nanoseconds() == 0;
        if !text.starts_with('P') || span.signum() <= 0 || !whole {
            return Err(no());
        }
        Ok(Self {
            months: i64::from(span.get_years()) * 12 + i64::from(span.get_months()),
            days: i64::from(span.get_weeks()) * 7 + i64::from(span.get_days()),
            minutes: i64::from(span.get_hours()) * 60 + span.get_minutes(),
        })
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("P")?;
        for (count, unit) in [(self.months, 'M'), (self.days, 'D')] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        match (self.minutes / 60, self.minutes % 60) {
            (0, 0) => Ok(()),
            (hours, 0) => write!(f, "T{hours}H"),
            (0, minutes) => write!(f, "T{minutes}M"),
            (hours, minutes) => write!(f, "T{hours}H{minutes}M"),
        }
    }
}

impl Serialize for Length {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The end of the last of so many working days after a moment, in UTC. The day of the moment does not count.
#[must_use]
pub(crate) fn working_days_after(moment: Moment, days: u32, calendar: Option<&Calendar>) -> Moment {
    let from = moment.timestamp().to_zoned(TimeZone::UTC).date();
    last_working_day(from, days, calendar).map_or(Moment(i64::MAX), end_of)
}

/// The last of so many working days after a day, which does not count; none beyond the end of dates.
pub(crate) fn last_working_day(from: Date, days: u32, calendar: Option<&Calendar>) -> Option<Date> {
    let (mut date, mut left) = (from, days);
    while left > 0 {
        date = date.tomorrow().ok()?;
        left -= u32::from(is_working_day(date, calendar));
    }
    Some(date)
}

/// The same hour of the next working day, where the moment lies on none.
#[must_use]
pub(crate) fn rolled_over(moment: Moment, calendar: Option<&Calendar>) -> Moment {
    let mut zoned = moment.timestamp().to_zoned(TimeZone::UTC);
    while !is_working_day(zoned.date(), calendar) {
        let Ok(later) = zoned.tomorrow() else { return moment };
        zoned = later;
    }
    Moment(zoned.timestamp().as_microsecond())
}

/// Monday to Friday where no calendar is known: a day too early does less harm than a day too late.
fn is_working_day(date: Date, calendar: Option<&Calendar>) -> bool {
    calendar.map_or(!matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday), |calendar| {
        calendar.is_working_day(date)
    })
}

fn end_of(date: Date) -> Moment {
    date.tomorrow()
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .map_or(Moment(i64::MAX), |midnight| Moment(midnight.timestamp().as_microsecond()))
}
