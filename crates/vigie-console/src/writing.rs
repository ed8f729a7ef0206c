//! How numbers, moments and lengths of time are written in a language.

use std::time::Duration;

use fluent_bundle::FluentValue;
use vigie_model::Moment;

use crate::language::{Language, Words};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

const ENGLISH_MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FRENCH_MONTHS: [&str; 12] = [
    "janv.",
    "f\u{e9}vr.",
    "mars",
    "avr.",
    "mai",
    "juin",
    "juil.",
    "ao\u{fb}t",
    "sept.",
    "oct.",
    "nov.",
    "d\u{e9}c.",
];

impl Words {
    /// A number with its thousands apart.
    pub(crate) fn number(self, number: impl TryInto<i64>) -> String {
        grouped(number.try_into().unwrap_or(i64::MAX), self.0)
    }

    /// A share as a percentage with one decimal at most.
    pub(crate) fn percent(self, share: f64) -> String {
        let text = format!("{:.1}", share * 100.0);
        let text = text.strip_suffix(".0").unwrap_or(&text);
        match self.0 {
            Language::English => format!("{text}%"),
            Language::French => format!("{}\u{202f}%", text.replace('.', ",")),
        }
    }

    /// The calendar day, in UTC.
    pub(crate) fn day(self, moment: Moment) -> String {
        let date = moment.timestamp().to_zoned(jiff::tz::TimeZone::UTC).date();
        let month = usize::try_from(date.month() - 1).unwrap_or(0);
        let months = match self.0 {
            Language::English => ENGLISH_MONTHS,
            Language::French => FRENCH_MONTHS,
        };
        let day = match (self.0, date.day()) {
            (Language::French, 1) => "1\u{1d49}\u{2b3}".to_owned(),
            (_, day) => day.to_string(),
        };
        format!("{day}\u{a0}{}\u{a0}{}", months[month], date.year())
    }

    /// Day and time, in UTC, to the minute.
    pub(crate) fn to_the_minute(self, moment: Moment) -> String {
        format!("{}, {}", self.day(moment), moment.timestamp().strftime("%H:%M UTC"))
    }

    /// Day and time, in UTC, to the second.
    pub(crate) fn exact(self, moment: Moment) -> String {
        format!("{}, {}", self.day(moment), moment.timestamp().strftime("%H:%M:%S UTC"))
    }

    /// How long ago, as people say it; the day, once it is more than two days.
    pub(crate) fn ago(self, moment: Moment, now: Moment) -> String {
        if moment > now {
            return self.exact(moment);
        }
        let passed = now.since(moment);
        if passed >= 2 * DAY {
            return self.day(moment);
        }
        match passed.as_secs() / 60 {
            0 => self.say("time-just-now"),
            _ => self.about("time-ago", &self.length(passed)),
        }
    }

    /// A length of time in its two greatest units: days and hours, hours and minutes, minutes.
    pub(crate) fn length(self, length: Duration) -> String {
        let minutes = length.as_secs() / 60;
        let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
        let parts = match (days, hours) {
            (0, 0) => [("time-minutes", rest), ("", 0)],
            (0, _) => [("time-hours", hours), ("time-minutes", rest)],
            _ => [("time-days", days), ("time-hours", hours)],
        };
        let shown = parts
            .iter()
            .enumerate()
            .filter(|(place, (key, count))| !key.is_empty() && (*place == 0 || *count > 0));
        shown.map(|(_, (key, count))| self.count(key, *count)).collect::<Vec<_>>().join(" ")
    }
}

/// Numbers within texts are written as everywhere else; other values as they are.
pub(crate) fn grouped_value(value: &FluentValue<'_>, language: Language) -> Option<String> {
    match value {
        // Counts are whole; a fraction is formatted before it reaches a text.
        #[expect(clippy::cast_possible_truncation, reason = "counts stay far below 2^53")]
        FluentValue::Number(number) => Some(grouped(number.value as i64, language)),
        _ => None,
    }
}

fn grouped(number: i64, language: Language) -> String {
    let digits = number.unsigned_abs().to_string();
    let separator = match language {
        Language::English => ',',
        Language::French => '\u{202f}',
    };
    let mut text = String::from(if number < 0 { "\u{2212}" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: Words = Words(Language::English);
    const FRENCH: Words = Words(Language::French);

    #[test]
    fn numbers_are_grouped_by_language() {
        assert_eq!(ENGLISH.number(1_234_567), "1,234,567");
        assert_eq!(FRENCH.number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(ENGLISH.number(999), "999");
        assert_eq!(FRENCH.percent(0.125), "12,5\u{202f}%");
        assert_eq!(ENGLISH.percent(1.0), "100%");
    }

    #[test]
    fn ages_are_said_until_the_day_is_clearer() {
        let moment: Moment = "2026-11-20T10:00:00Z".parse().unwrap();
        let later = |minutes: u64| moment.after(Duration::from_secs(minutes * 60));
        assert_eq!(ENGLISH.ago(moment, later(0)), "just now");
        assert_eq!(ENGLISH.ago(moment, later(134)), "2\u{a0}h 14\u{a0}min ago");
        assert_eq!(FRENCH.ago(moment, later(134)), "il y a 2\u{a0}h 14\u{a0}min");
        assert_eq!(FRENCH.ago(moment, later(3 * 1440)), "20\u{a0}nov.\u{a0}2026");
        assert_eq!(ENGLISH.exact(moment), "20\u{a0}Nov\u{a0}2026, 10:00:00 UTC");
    }
}
