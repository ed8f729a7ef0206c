//! Days on which nobody works.

use jiff::civil::Date;
use proptest::prelude::*;
use tempfile::TempDir;
use vigie_model::Moment;

use super::{INVENTED, document, moment, rule_set};
use crate::regimes::calendars::read;
use crate::regimes::length::{rolled_over, working_days_after};
use crate::regimes::{Calendar, Calendars, RuleSets, Trigger, deadlines};

/// The calendar of the invented country.
const XX: &str = include_str!("../../../regimes/example/calendars/xx.toml");

fn calendar(id: &str) -> Calendar {
    Calendars::shipped().unwrap_or_else(|error| panic!("{error}")).named(id).cloned().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

#[test]
fn every_calendar_of_the_folder_is_shipped_with_examples_and_both_languages() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("regimes/calendars");
    let there = crate::regimes::load::files_of(&folder).unwrap();
    let shipped = Calendars::shipped().unwrap();
    let names: Vec<_> = shipped.iter().map(|calendar| format!("{}.toml", calendar.id)).collect();
    assert_eq!(there.into_iter().map(|(file, _)| file).collect::<Vec<_>>(), names);
    for calendar in shipped.iter() {
        assert!(!calendar.example.is_empty() && !calendar.confirm.is_empty(), "{}", calendar.id);
        for text in calendar.confirm.iter().chain(calendar.day.iter().map(|day| &day.name)) {
            assert!(!text.en.is_empty() && !text.fr.is_empty() && text.en != text.fr, "{text:?}");
        }
    }
}

/// Published tables of Easter: the earliest and the latest of a century, and years on both sides of an exception.
#[test]
fn easter_falls_where_the_tables_say() {
    let on = |key: &str, year: i16| {
        let text = XX.replace("easter = -2", &format!("{key} = 0")).replace("until = 2030", "until = 2200");
        let text = text.replace("from = 2025", "from = 1900");
        let calendar = read("xx.toml", text.split("[[example]]").next().unwrap()).unwrap();
        let days = (1..=365)
            .filter_map(|day| Date::new(year, 1, 1).unwrap().checked_add(jiff::Span::new().days(day)).ok());
        let good_friday = calendar.day.iter().position(|day| day.name.en == "Good Friday").unwrap();
        let alone = Calendar { weekend: vec![], day: vec![calendar.day[good_friday].clone()], ..calendar };
        days.into_iter()
            .find(|day| !alone.is_working_day(*day))
            .map(|day| day.to_string())
            .unwrap_or_default()
    };
    for (year, western, eastern) in [
        (1961, "1961-04-02", "1961-04-09"),
        (1981, "1981-04-19", "1981-04-26"),
        (2000, "2000-04-23", "2000-04-30"),
        (2008, "2008-03-23", "2008-04-27"),
        (2024, "2024-03-31", "2024-05-05"),
        (2025, "2025-04-20", "2025-04-20"),
        (2026, "2026-04-05", "2026-04-12"),
        (2027, "2027-03-28", "2027-05-02"),
        (2038, "2038-04-25", "2038-04-25"),
    ] {
        assert_eq!(on("easter", year), western);
        assert_eq!(on("orthodox_easter", year), eastern);
    }
}

#[test]
fn what_counsel_is_to_confirm_and_a_year_that_is_not_known_make_nothing_longer() {
    let eu = calendar("eu");
    let works = |day: &str| eu.is_working_day(date(day));
    assert!(!works("2026-04-06"), "Easter Monday");
    assert!(works("2026-04-03"), "Good Friday is to be confirmed");
    assert!(works("2026-12-28") && !works("2026-12-25") && !works("2026-12-26"));
    assert!(!works("2028-05-01") && works("2029-05-01"), "the list of that year is not known");
    let mut confirmed = eu.clone();
    confirmed.day.iter_mut().for_each(|day| day.confirm = false);
    assert!(!confirmed.is_working_day(date("2026-04-03")) && !confirmed.is_working_day(date("2026-12-28")));
}

#[test]
fn working_days_of_a_requisition_leave_out_the_holidays_of_france() {
    let rules = rule_set("fr-77-1-1");
    let due = |at: &str| {
        let instrument = document(&rules, "category = 'subscriber'");
        let found = deadlines(&rules, &instrument, Trigger::Received, moment(at));
        found.iter().find(|one| one.rule == "FR-REQ").unwrap().due_at.to_string()
    };
    assert_eq!(due("2026-04-30T09:00:00Z"), "2026-05-12T00:00:00Z", "1 and 8 May are Fridays");
    assert_eq!(due("2026-11-26T12:00:00Z"), "2026-12-04T00:00:00Z", "no holiday on the way");
    assert_eq!(due("2026-12-24T12:00:00Z"), "2027-01-05T00:00:00Z", "Christmas and New Year");
}

#[test]
fn an_end_that_moves_leaves_out_holidays_too() {
    let fr = calendar("fr");
    let at = |day: &str| moment(&format!("{day}T23:59:59Z"));
    assert_eq!(
        rolled_over(at("2026-05-01"), Some(&fr)),
        at("2026-05-04"),
        "a Friday, and the weekend after it"
    );
    assert_eq!(rolled_over(at("2026-05-01"), None), at("2026-05-01"));
    assert_eq!(rolled_over(at("2026-05-04"), Some(&fr)), at("2026-05-04"));
}

#[test]
fn a_country_brings_its_holidays_by_a_file_and_a_document_chooses_by_its_issuer() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("xx-12.toml"), INVENTED).unwrap();
    let due = |country: &str| {
        let sets = RuleSets::load(folder.path()).unwrap_or_else(|error| panic!("{error}"));
        let rules = sets.named("xx-12@1").unwrap();
        let mut instrument = document(rules, "category = 'subscriber'");
        instrument.issuer.country = country.into();
        deadlines(rules, &instrument, Trigger::Received, moment("2026-11-26T12:00:00Z"))[0].due_at.to_string()
    };
    assert_eq!(due("XX"), "2026-12-11T00:00:00Z", "nothing is known of its holidays");
    std::fs::create_dir(folder.path().join("calendars")).unwrap();
    std::fs::write(folder.path().join("calendars/xx.toml"), XX).unwrap();
    assert_eq!(due("xx"), "2026-12-16T00:00:00Z", "three holidays");
    assert_eq!(due("FR"), "2026-12-11T00:00:00Z", "by the days of France");
    assert_eq!(due("YY"), "2026-12-11T00:00:00Z");
}

#[test]
fn a_calendar_of_the_same_name_takes_the_place_of_ours() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("calendars")).unwrap();
    let own = XX.replace("id = \"xx\"", "id = \"fr\"").replace("country = \"XX\"", "country = \"FR\"");
    std::fs::write(folder.path().join("calendars/fr.toml"), own).unwrap();
    let sets = RuleSets::load(folder.path()).unwrap();
    let rules = sets.named("fr-60-1@1").unwrap();
    assert_eq!(rules.counted_by(None).map(|calendar| calendar.title.en.as_str()), Some("Invented country"));
}

/// The calendar of the invented country with one text in it replaced, and the name of the error that follows.
fn check(from: &str, to: &str, error: &str) {
    assert!(XX.contains(from), "{from}");
    let name = match read("xx.toml", &XX.replacen(from, to, 1)) {
        Ok(_) => "none".to_owned(),
        Err(error) => format!("{error:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
    };
    assert_eq!(name, error, "{from:?} -> {to:?}");
}

#[test]
fn a_calendar_that_cannot_be_counted_by_is_refused_and_says_why() {
    check("from = 2025", "from = 2025", "none");
    check("id = \"xx\"", "id = \"xy\"", "Senseless");
    check("law = \"Invented Act on Holidays, section 2\"\n", "", "NoSource");
    check("until = 2030", "until = 2024", "Senseless");
    check("until = 2030", "until = 9999", "Senseless");
    check("on = \"11-27\"", "on = \"11-31\"", "Text");
    check("on = \"11-27\"", "on = \"27 November\"", "Text");
    check("on = \"11-27\"", "colour = \"red\"", "UnknownKey");
    check("on = \"11-27\"\n", "", "Senseless");
    check("on = \"11-27\"", "on = \"11-27\"\neaster = 3", "Senseless");
    check("which = 1\n", "", "Senseless");
    check("which = 1", "which = 9", "Senseless");
    check("weekday = \"monday\"", "weekday = \"moonday\"", "UnknownWord");
    check("through = \"12-31\"", "through = \"12-01\"", "Senseless");
    check("easter = -2", "easter = -2\nthrough = \"04-30\"", "Senseless");
    check("since = 2026", "since = 2031", "Senseless");
    check("[\"saturday\", \"sunday\"]", "[\"monday\", \"tuesday\", \"wednesday\", \"friday\"]", "Senseless");
    check("last = \"2026-12-08\"", "last = \"2026-12-07\"", "Example");
    check("on = \"11-27\"", "on = \"11-28\"", "Example");
}

proptest! {
    /// A holiday more never brings an end nearer, and the last day is one on which people work.
    #[test]
    fn holidays_make_working_days_longer_and_end_them_on_one(offset in 0i64..200_000_000, days in 1u32..60) {
        let from = Moment(moment("2024-01-01T12:00:00Z").0 + offset * 1_000_000);
        let fr = calendar("fr");
        let end = working_days_after(from, days, Some(&fr));
        prop_assert!(end >= working_days_after(from, days, None));
        let last = end.before(std::time::Duration::from_micros(1));
        prop_assert_eq!(rolled_over(last, Some(&fr)), last);
        prop_assert!(working_days_after(from, days + 1, Some(&fr)) > end);
    }

    #[test]
    fn damaged_calendars_are_refused_or_read_and_never_end_the_program(
        cut in 0usize..2000, put in "\\PC{0,12}", long in 0usize..40,
    ) {
        let letters: Vec<char> = XX.chars().collect();
        let cut = cut.min(letters.len());
        let rest = (cut + long).min(letters.len());
        let text: String = letters[..cut].iter().copied().chain(put.chars()).chain(letters[rest..].iter().copied()).collect();
        if let Ok(calendar) = read("xx.toml", &text) {
            let _ = calendar.page();
            let _ = working_days_after(moment("2026-11-26T12:00:00Z"), 1000, Some(&calendar));
        }
    }
}
