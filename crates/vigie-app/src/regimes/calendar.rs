//! Calendars: on which days nobody works, by country and year, as files say it.
//!
//! What it is: fixed days, days counted from Easter, and the like, computed for a year; and the words for them. What it is not: a
//! guess. Of a year that a calendar does not know nothing is left out but weekends, and a day that counsel is still to confirm is
//! shown and makes nothing longer: a day too early does less harm than a day too late.
//!
//! To add a country: a file in `calendars/`, and nothing else. To add a way in which a day falls: a key of `Day`, its line in
//! `Day::dates` and in `Day::words`. How files are read stands in `calendars.rs`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{self, Date};
use serde::{Deserialize, Serialize};

use super::rules::Text;

/// On which days nobody works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// Its name, and that of its file: `fr`.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// Whose: two letters, ISO 3166-1; `EU`.
    pub country: String,
    /// The provision.
    #[serde(default)]
    pub law: String,
    /// The first year of which it is known.
    pub from: i16,
    /// The last one.
    pub until: i16,
    /// The days of the week on which nobody works.
    #[serde(default = "saturday_and_sunday")]
    pub weekend: Vec<Weekday>,
    /// What is to be confirmed by counsel beyond the days that are marked.
    #[serde(default)]
    pub confirm: Vec<Text>,
    /// Its days.
    #[serde(default)]
    pub day: Vec<Day>,
    /// Worked examples; the loader refuses the file where one comes out otherwise.
    #[serde(default)]
    pub example: Vec<Counted>,
}

vigie_model::names! {
    /// A day of the week.
    pub enum Weekday {
        /// Monday.
        Monday => "monday",
        /// Tuesday.
        Tuesday => "tuesday",
        /// Wednesday.
        Wednesday => "wednesday",
        /// Thursday.
        Thursday => "thursday",
        /// Friday.
        Friday => "friday",
        /// Saturday.
        Saturday => "saturday",
        /// Sunday.
        Sunday => "sunday",
    }
}

fn saturday_and_sunday() -> Vec<Weekday> {
    vec![Weekday::Saturday, Weekday::Sunday]
}

impl Weekday {
    const fn civil(self) -> civil::Weekday {
        match self {
            Self::Monday => civil::Weekday::Monday,
            Self::Tuesday => civil::Weekday::Tuesday,
            Self::Wednesday => civil::Weekday::Wednesday,
            Self::Thursday => civil::Weekday::Thursday,
            Self::Friday => civil::Weekday::Friday,
            Self::Saturday => civil::Weekday::Saturday,
            Self::Sunday => civil::Weekday::Sunday,
        }
    }
}

impl Weekday {
    pub(crate) const fn french(self) -> &'static str {
        match self {
            Self::Monday => "lundi",
            Self::Tuesday => "mardi",
            Self::Wednesday => "mercredi",
            Self::Thursday => "jeudi",
            Self::Friday => "vendredi",
            Self::Saturday => "samedi",
            Self::Sunday => "dimanche",
        }
    }
}

/// A holiday. It falls in one way: `on`, `date`, `easter`, `orthodox_easter`, or `month` with `weekday` and `which`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// What it is called.
    pub name: Text,
    /// The same day of every year: `05-08`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<MonthDay>,
    /// The last of days in a row that begin on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<MonthDay>,
    /// One day of one year: `2026-05-15`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// So many days after Easter Sunday, or before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub easter: Option<i16>,
    /// The same by the Easter of the eastern churches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orthodox_easter: Option<i16>,
    /// A day of the week in this month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<i8>,
    /// Which day of the week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekday: Option<Weekday>,
    /// Which one of the month: 1 is the first, -1 the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub which: Option<i8>,
    /// The first year in which it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i16>,
    /// The last year in which it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<i16>,
    /// To be confirmed by counsel: until then it is shown and makes nothing longer.
    #[serde(default)]
    pub confirm: bool,
}

/// A worked example of a calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// What it shows.
    pub name: String,
    /// The day that does not count.
    pub from: Date,
    /// How many working days follow.
    pub working_days: u32,
    /// The last of them.
    pub last: Date,
}

impl Calendar {
    /// Whether somebody works on a day. Only what is certain says no.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        !self.weekend.iter().any(|day| day.civil() == date.weekday()) && !self.is_holiday(date)
    }

    fn is_holiday(&self, date: Date) -> bool {
        (self.from..=self.until).contains(&date.year())
            && self.day.iter().filter(|day| !day.confirm).any(|day| day.falls_on(date))
    }
}

impl Day {
    fn falls_on(&self, date: Date) -> bool {
        self.dates(date.year()).is_some_and(|(first, last)| (first..=last).contains(&date))
    }

    /// Its first and its last day in a year; none where it has none.
    fn dates(&self, year: i16) -> Option<(Date, Date)> {
        if self.since.is_some_and(|since| year < since) || self.last.is_some_and(|last| year > last) {
            return None;
        }
        let one = if let Some(day) = self.on {
            let last = self.through.unwrap_or(day);
            return Some((day.of(year)?, last.of(year)?));
        } else if let Some(days) = self.easter {
            days_after(easter(year)?, days)
        } else if let Some(days) = self.orthodox_easter {
            days_after(orthodox_easter(year)?, days)
        } else if let (Some(month), Some(weekday), Some(which)) = (self.month, self.weekday, self.which) {
            let first = Date::new(year, month, 1).ok()?;
            first.nth_weekday_of_month(which, weekday.civil()).ok()
        } else {
            self.date.filter(|date| date.year() == year)
        };
        one.map(|date| (date, date))
    }

    /// How many ways of falling it has. One that means something has one.
    pub(crate) fn ways(&self) -> usize {
        let of_month = [self.month.is_some(), self.weekday.is_some(), self.which.is_some()];
        let whole = of_month.iter().all(|is| *is);
        // Half of a way is none, and makes the day senseless.
        if !whole && of_month.iter().any(|is| *is) {
            return 0;
        }
        let ways = [
            self.on.is_some(),
            self.date.is_some(),
            self.easter.is_some(),
            self.orthodox_easter.is_some(),
            whole,
        ];
        ways.iter().filter(|is| **is).count()
    }

    /// Whether it falls anywhere at all in these years.
    pub(crate) fn falls_in(&self, from: i16, until: i16) -> bool {
        (from..=until).any(|year| self.dates(year).is_some_and(|(first, last)| first <= last))
    }

    /// When it falls, in words.
    #[must_use]
    pub fn words(&self) -> Text {
        let mut text = if let Some(day) = self.on {
            let through = self.through.map_or(String::new(), |last| format!(" – {last}"));
            Text::new(format!("{day}{through}"), format!("{day}{through}"))
        } else if let Some(days) = self.easter {
            by_easter(days, ("Easter Sunday", "Pâques"))
        } else if let Some(days) = self.orthodox_easter {
            by_easter(days, ("Orthodox Easter Sunday", "Pâques orthodoxe"))
        } else if let (Some(month), Some(weekday), Some(which)) = (self.month, self.weekday, self.which) {
            of_month(month, weekday, which)
        } else {
            let date = self.date.map(|date| date.to_string()).unwrap_or_default();
            Text::new(date.clone(), date)
        };
        if let Some(since) = self.since {
            text = Text::new(format!("{}, since {since}", text.en), format!("{}, depuis {since}", text.fr));
        }
        if let Some(last) = self.last {
            text = Text::new(format!("{}, until {last}", text.en), format!("{}, jusqu'en {last}", text.fr));
        }
        text
    }
}

fn by_easter(days: i16, (en, fr): (&str, &str)) -> Text {
    let (en_side, fr_side) = if days < 0 { ("before", "avant") } else { ("after", "après") };
    match days.unsigned_abs() {
        0 => Text::new(en, fr),
        1 => Text::new(format!("1 day {en_side} {en}"), format!("1 jour {fr_side} {fr}")),
        days => Text::new(format!("{days} days {en_side} {en}"), format!("{days} jours {fr_side} {fr}")),
    }
}

fn of_month(month: i8, weekday: Weekday, which: i8) -> Text {
    let en = match which {
        -1 => "last".to_owned(),
        which => format!("number {which}"),
    };
    let fr = match which {
        -1 => "dernier".to_owned(),
        which => format!("numéro {which}"),
    };
    let day = weekday.name();
    let jour = weekday.french();
    Text::new(format!("{day} of month {month:02}, {en}"), format!("{jour} du mois {month:02}, {fr}"))
}

fn days_after(date: Date, days: i16) -> Option<Date> {
    date.checked_add(jiff::Span::new().days(days)).ok()
}

/// Easter Sunday of the western churches: the computus of Meeus, Jones and Butcher for the Gregorian calendar.
fn easter(year: i16) -> Option<Date> {
    let year_of = i32::from(year);
    let golden = year_of % 19;
    let (century, rest) = (year_of / 100, year_of % 100);
    let moon = (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
    let week = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 22 * week) / 451;
    day_of(year, moon + week - 7 * late + 114)
}

/// Easter Sunday of the eastern churches: computed in the Julian calendar, given in ours.
fn orthodox_easter(year: i16) -> Option<Date> {
    let year_of = i32::from(year);
    let moon = (19 * (year_of % 19) + 15) % 30;
    let week = (2 * (year_of % 4) + 4 * (year_of % 7) - moon + 34) % 7;
    let behind = year_of / 100 - year_of / 400 - 2;
    days_after(day_of(year, moon + week + 114)?, i16::try_from(behind).ok()?)
}

/// Month and day of what both ways of computing end in.
fn day_of(year: i16, sum: i32) -> Option<Date> {
    Date::new(year, i8::try_from(sum / 31).ok()?, i8::try_from(sum % 31 + 1).ok()?).ok()
}

/// A day of every year: `05-08`. 29 February is one of the years that have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    month: i8,
    day: i8,
}

/// Why a text is no day of a year.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {0:?} as a day of every year: it is written as 05-08, the month before the day")]
pub struct NoMonthDay(pub String);

impl MonthDay {
    fn of(self, year: i16) -> Option<Date> {
        Date::new(year, self.month, self.day).ok()
    }
}

impl FromStr for MonthDay {
    type Err = NoMonthDay;

    fn from_str(text: &str) -> Result<Self, NoMonthDay> {
        // A leap year has every day.
        let date: Result<Date, _> = format!("2024-{text}").parse();
        let date = date.ok().filter(|_| text.len() == 5).ok_or_else(|| NoMonthDay(text.to_owned()))?;
        Ok(Self { month: date.month(), day: date.day() })
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl Serialize for MonthDay {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MonthDay {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
