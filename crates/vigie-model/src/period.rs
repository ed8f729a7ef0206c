//! Retention periods: the calendar month in which the retention of an object ends. Each has a key of its own.
//!
//! What it is: arithmetic of months in UTC, and their text. What it is not: how long anything is kept; an operator sets that.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::Moment;

const LEGACY: &str = "legacy";

/// A retention period. Its text, `2027-03`, is what rows and names of files carry: never change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Period {
    /// What was sealed before there were periods, under one key for everything.
    Legacy,
    /// A month, counted from January of the year 0.
    Month(i16),
}

impl Period {
    /// The period in which this moment lies.
    #[must_use]
    pub fn of(moment: Moment) -> Self {
        let date = moment.timestamp().to_zoned(TimeZone::UTC).date();
        Self::Month(i16::from(date.month()) - 1 + date.year().clamp(0, 2_699) * 12)
    }

    /// The period so many months later. What is legacy stays it.
    #[must_use]
    pub fn later(self, months: i16) -> Self {
        match self {
            Self::Legacy => Self::Legacy,
            Self::Month(month) => Self::Month(month.saturating_add(months)),
        }
    }

    /// The first moment after the period; none where it has no end of its own.
    #[must_use]
    pub fn end(self) -> Option<Moment> {
        let Self::Month(month) = self.later(1) else { return None };
        let (year, month) = (month.div_euclid(12), month.rem_euclid(12) + 1);
        let first = Date::new(year, i8::try_from(month).ok()?, 1).ok()?.to_zoned(TimeZone::UTC).ok()?;
        Some(Moment(first.timestamp().as_microsecond()))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Legacy => f.pad(LEGACY),
            Self::Month(month) => {
                f.pad(&format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1))
            }
        }
    }
}

/// A text that names no retention period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPeriod(pub String);

impl fmt::Display for InvalidPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no retention period: one is like 2027-03", self.0)
    }
}

impl std::error::Error for InvalidPeriod {}

impl FromStr for Period {
    type Err = InvalidPeriod;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidPeriod(text.to_owned());
        if text == LEGACY {
            return Ok(Self::Legacy);
        }
        let (year, month) = text.split_once('-').ok_or_else(invalid)?;
        let is_plain =
            text.len() == 7 && year.len() == 4 && text.bytes().all(|b| b == b'-' || b.is_ascii_digit());
        let (year, month) = year.parse::<i16>().ok().zip(month.parse::<i16>().ok()).ok_or_else(invalid)?;
        if is_plain && (0..2_700).contains(&year) && (1..=12).contains(&month) {
            Ok(Self::Month(year * 12 + month - 1))
        } else {
            Err(invalid())
        }
    }
}

impl Serialize for Period {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_the_month_of_a_moment_and_ends_with_it() {
        let moment: Moment = "2026-12-31T23:59:59.999999Z".parse().unwrap();
        let period = Period::of(moment);
        assert_eq!(period.to_string(), "2026-12");
        assert_eq!(period.end().unwrap().to_string(), "2027-01-01T00:00:00Z");
        assert_eq!(Period::of(period.end().unwrap()).to_string(), "2027-01");
        assert_eq!(period.later(3).to_string(), "2027-03");
        assert!(period < period.later(1) && Period::Legacy < period);
        assert_eq!(Period::Legacy.end(), None);
    }

    #[test]
    fn texts_come_back_and_nothing_else_is_one() {
        for text in ["2027-03", "2026-12", "0000-01", "legacy"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
        for wrong in [
            "", "2027", "2027-3", "2027-13", "2027-00", "+027-03", "2027-+3", "9999-12", "../../x", "20270-3",
        ] {
            assert!(wrong.parse::<Period>().is_err(), "{wrong}");
        }
        for far in [Moment(i64::MAX), Moment(i64::MIN)] {
            let period = Period::of(far);
            assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
        }
    }
}
