//! A calendar as a page: the days that it leaves out, and when they fall.

use super::calendar::{Calendar, Weekday};
use super::calendars::ISSUING_COUNTRY;
use super::rules::{RuleSet, Text};

/// By what working days are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPage {
    /// The calendar; none where it is chosen by the document, or there is none.
    pub name: Option<String>,
    /// What it is called, or how it is chosen.
    pub title: Text,
    /// The provision.
    pub law: String,
    /// Of which years it is known.
    pub years: Option<(i16, i16)>,
    /// Its days.
    pub days: Vec<HolidayRow>,
    /// What counsel is to confirm beyond the days that are marked.
    pub confirm: Vec<Text>,
}

/// A day on which nobody works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayRow {
    /// What it is called.
    pub name: Text,
    /// When it falls.
    pub when: Text,
    /// Whether counsel is to confirm it: until then it makes nothing longer.
    pub confirm: bool,
}

impl CalendarPage {
    fn titled(title: Text) -> Self {
        Self { name: None, title, law: String::new(), years: None, days: vec![], confirm: vec![] }
    }
}

impl Calendar {
    /// All of it, as a screen shows it.
    #[must_use]
    pub fn page(&self) -> CalendarPage {
        let day = |day: &super::calendar::Day| HolidayRow {
            name: day.name.clone(),
            when: day.words(),
            confirm: day.confirm,
        };
        let weekend = (self.weekend != [Weekday::Saturday, Weekday::Sunday]).then(|| HolidayRow {
            name: Text::new("Weekend", "Fin de semaine"),
            when: Text::new(
                self.weekend.iter().map(|day| day.name()).collect::<Vec<_>>().join(", "),
                self.weekend.iter().map(|day| day.french()).collect::<Vec<_>>().join(", "),
            ),
            confirm: false,
        });
        CalendarPage {
            name: Some(self.id.clone()),
            title: self.title.clone(),
            law: self.law.clone(),
            years: Some((self.from, self.until)),
            days: weekend.into_iter().chain(self.day.iter().map(day)).collect(),
            confirm: self.confirm.clone(),
        }
    }
}

impl RuleSet {
    pub(crate) fn calendar_page(&self) -> CalendarPage {
        match self.calendar.as_deref() {
            Some(ISSUING_COUNTRY) => {
                let known: Vec<_> = self.calendars.iter().map(|one| one.country.as_str()).collect();
                let known = known.join(", ");
                CalendarPage::titled(Text::new(
                    format!(
                        "that of the issuing country ({known}); of another one, Saturdays and Sundays alone"
                    ),
                    format!(
                        "celui du pays d'émission ({known}) ; pour un autre, les samedis et dimanches seuls"
                    ),
                ))
            }
            named => named.and_then(|id| self.calendars.named(id)).map_or_else(
                || {
                    CalendarPage::titled(Text::new(
                        "Saturdays and Sundays alone are left out",
                        "seuls les samedis et dimanches sont exclus",
                    ))
                },
                Calendar::page,
            ),
        }
    }
}
