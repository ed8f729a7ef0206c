//! Lengths of time as laws say them: calendar periods by ISO 8601, and working days.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use vigie_model::Moment;

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

/// The end of the last of so many working days after a moment: Monday to Friday in UTC. The day of the moment does not
/// count, and no holiday is known: a day too early does less harm than a day too late.
#[must_use]
pub(crate) fn working_days_after(moment: Moment, days: u32) -> Moment {
    let mut date = moment.timestamp().to_zoned(TimeZone::UTC).date();
    let mut left = days;
    while left > 0 {
        let Ok(next) = date.tomorrow() else { return Moment(i64::MAX) };
        date = next;
        left -= u32::from(is_working_day(date));
    }
    end_of(date)
}

/// The same hour of the next working day, where the moment lies on none.
#[must_use]
pub(crate) fn rolled_over(moment: Moment) -> Moment {
    let zoned = moment.timestamp().to_zoned(TimeZone::UTC);
    let days = match zoned.date().weekday() {
        Weekday::Saturday => 2,
        Weekday::Sunday => 1,
        _ => return moment,
    };
    zoned
        .checked_add(jiff::Span::new().days(days))
        .map_or(moment, |later| Moment(later.timestamp().as_microsecond()))
}

fn is_working_day(date: jiff::civil::Date) -> bool {
    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn end_of(date: jiff::civil::Date) -> Moment {
    date.tomorrow()
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .map_or(Moment(i64::MAX), |midnight| Moment(midnight.timestamp().as_microsecond()))
}
