//! The calendars that are known: reading them from files, and choosing the one by which a document's working days are counted.

use std::collections::BTreeMap;
use std::path::Path;

use vigie_model::disclosure::Instrument;

use super::calendar::Calendar;
use super::length::last_working_day;
use super::load::{RegimeError, files_of, unreadable};
use super::rules::RuleSet;

/// What a rule set says where the calendar is that of whoever issued the document.
pub(crate) const ISSUING_COUNTRY: &str = "issuing_country";

/// The calendars that come with the program.
const TEXTS: &[(&str, &str)] = &[
    ("eu.toml", include_str!("../../regimes/calendars/eu.toml")),
    ("fr.toml", include_str!("../../regimes/calendars/fr.toml")),
];

/// The calendars that are known, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendars(BTreeMap<String, Calendar>);

impl Calendars {
    /// Those that come with the program.
    ///
    /// # Errors
    /// One of them cannot be counted by. A test holds that this does not happen.
    pub fn shipped() -> Result<Self, RegimeError> {
        Self::read(TEXTS.iter().map(|(file, text)| (*file, *text)))
    }

    /// Those that come with the program, and those of the folder `calendars` in this one, where it is there. One of the same name
    /// takes the place of ours: deadlines that run already keep their time.
    ///
    /// # Errors
    /// The folder cannot be read, or one of its files cannot be counted by.
    pub fn load(folder: &Path) -> Result<Self, RegimeError> {
        let mut all = Self::shipped()?;
        let folder = folder.join("calendars");
        if folder.is_dir() {
            let house = files_of(&folder)?;
            all.0.extend(Self::read(house.iter().map(|(file, text)| (file.as_str(), text.as_str())))?.0);
        }
        Ok(all)
    }

    fn read<'a>(files: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Self, RegimeError> {
        files
            .map(|(file, text)| read(file, text).map(|calendar| (calendar.id.clone(), calendar)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The one of this name.
    #[must_use]
    pub fn named(&self, id: &str) -> Option<&Calendar> {
        self.0.get(id)
    }

    /// The one of this country.
    #[must_use]
    pub fn of_country(&self, country: &str) -> Option<&Calendar> {
        self.0.values().find(|calendar| calendar.country.eq_ignore_ascii_case(country.trim()))
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Calendar> {
        self.0.values()
    }
}

impl RuleSet {
    /// By which calendar its working days are counted: the one that it names, or that of the country of whoever issued the
    /// document. Where there is none, only Saturdays and Sundays are left out.
    #[must_use]
    pub fn counted_by(&self, instrument: Option<&Instrument>) -> Option<&Calendar> {
        match self.calendar.as_deref()? {
            ISSUING_COUNTRY => self.calendars.of_country(&instrument?.issuer.country),
            named => self.calendars.named(named),
        }
    }
}

/// Reads one file and checks it, its examples included.
///
/// # Errors
/// It cannot be counted by.
pub(crate) fn read(file: &str, text: &str) -> Result<Calendar, RegimeError> {
    let calendar: Calendar = toml::from_str(text).map_err(|error| unreadable(file, &error))?;
    check_whole(file, &calendar)?;
    check_days(file, &calendar)?;
    check_examples(file, &calendar)?;
    Ok(calendar)
}

fn senseless(file: &str, place: &str, why: &'static str) -> RegimeError {
    RegimeError::Senseless { file: file.to_owned(), place: place.to_owned(), why }
}

fn check_whole(file: &str, calendar: &Calendar) -> Result<(), RegimeError> {
    if calendar.law.trim().is_empty() {
        return Err(RegimeError::NoSource { file: file.to_owned(), place: "the calendar".to_owned() });
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let named = file.strip_suffix(".toml") == Some(calendar.id.as_str());
    let wrong = [
        (!calendar.id.chars().all(plain), "id", "it is of small letters, digits and hyphens"),
        (!named, "id", "the file bears the name of its calendar"),
        (calendar.country.trim().is_empty(), "country", "somebody's days they are"),
        (
            !(1900..=2200).contains(&calendar.from) || !(calendar.from..=2200).contains(&calendar.until),
            "until",
            "its years lie between 1900 and 2200, the first before the last",
        ),
        (calendar.weekend.len() > 3, "weekend", "somebody works on four days of a week"),
    ];
    match wrong.into_iter().find(|(is, _, _)| *is) {
        None => Ok(()),
        Some((_, place, why)) => Err(senseless(file, place, why)),
    }
}

fn check_days(file: &str, calendar: &Calendar) -> Result<(), RegimeError> {
    for day in &calendar.day {
        let why = if day.name.en.trim().is_empty() || day.name.fr.trim().is_empty() {
            "it has a name in both languages"
        } else if day.ways() != 1 {
            "it falls in one way: on, date, easter, orthodox_easter, or month with weekday and which"
        } else if day.through.is_some() && day.on.is_none() {
            "days in a row begin on a fixed one"
        } else if !day.falls_in(calendar.from, calendar.until) {
            "it falls in no year of this calendar"
        } else {
            continue;
        };
        return Err(senseless(file, &day.name.en, why));
    }
    Ok(())
}

fn check_examples(file: &str, calendar: &Calendar) -> Result<(), RegimeError> {
    for example in &calendar.example {
        let found = last_working_day(example.from, example.working_days.min(1000), Some(calendar));
        let found = found.map_or_else(String::new, |date| date.to_string());
        if found != example.last.to_string() {
            return Err(RegimeError::Example {
                file: file.to_owned(),
                example: example.name.clone(),
                expected: vec![example.last.to_string()],
                found: vec![found],
            });
        }
    }
    Ok(())
}
