//! Reading, checking and choosing rule sets.

use std::sync::Arc;

use proptest::prelude::*;
use tempfile::TempDir;
use vigie_model::Moment;

use super::{INVENTED, moment, shipped};
use crate::regimes::{RegimeError, RuleSet, RuleSets, load};

fn read(file: &str, text: &str) -> Result<RuleSet, RegimeError> {
    load::read(file, text, &Arc::default())
}

#[test]
fn every_regime_is_shipped_and_in_force() {
    let shipped = shipped();
    let names: Vec<_> = shipped.in_force(moment("2026-11-26T12:00:00Z")).map(RuleSet::name).collect();
    let expected = "dsa-10 dsa-9 emergency eu-epoc eu-epoc-pr eu-tco fr-60-1 fr-60-2 fr-77-1-1 fr-99-3 fr-lcen-6-1 \
                    us-2258a us-2702-emergency us-2703f";
    let expected: Vec<_> = expected.split(' ').map(|id| format!("{id}@1")).collect();
    assert_eq!(names, expected);
    assert_eq!(shipped.iter().count(), expected.len());
}

#[test]
fn every_file_of_the_folder_is_shipped() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("regimes");
    let there: Vec<_> =
        super::super::load::files_of(&folder).unwrap().into_iter().map(|(file, _)| file).collect();
    let shipped: Vec<_> = super::super::TEXTS.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(there, shipped);
}

#[test]
fn no_lawyer_has_reviewed_what_is_shipped_and_it_says_so() {
    for rules in shipped().iter() {
        assert_eq!(rules.reviewed_at, None, "{}", rules.name());
        assert!(!rules.confirm.is_empty() && !rules.example.is_empty(), "{}", rules.name());
        let texts = rules.confirm.iter().chain(rules.test.iter().map(|test| &test.what));
        let texts = texts.chain(rules.deadline.iter().map(|row| &row.label)).chain([&rules.title]);
        for text in texts {
            assert!(
                !text.en.is_empty() && !text.fr.is_empty() && text.en != text.fr,
                "{}: {text:?}",
                rules.name()
            );
        }
    }
}

#[test]
fn every_test_and_threshold_of_a_file_is_shown_by_an_example_and_so_is_a_document_that_nothing_stands_against()
 {
    for rules in shipped().iter() {
        let shown: Vec<_> = rules.example.iter().flat_map(|example| &example.expect).collect();
        let is_shown = |test: &str| shown.iter().any(|finding| finding.starts_with(&format!("{test}: ")));
        for test in &rules.test {
            assert!(is_shown(&test.name), "{} {}", rules.name(), test.name);
            assert!(
                shown.contains(&&format!("{}: {}", test.name, test.otherwise)),
                "{} {}",
                rules.name(),
                test.name
            );
        }
        let thresholds = rules.category.values().any(|its| its.threshold.is_some());
        assert!(!thresholds || is_shown("threshold"), "{}", rules.name());
        assert!(
            rules.own_duty || rules.example.iter().any(|example| example.expect.is_empty()),
            "{}",
            rules.name()
        );
    }
}

/// The invented country with one text in it replaced, and the name of the error that follows.
fn check(from: &str, to: &str, error: &str) {
    assert!(INVENTED.contains(from), "{from}");
    let name = match read("xx-12.toml", &INVENTED.replacen(from, to, 1)) {
        Ok(_) => "none".to_owned(),
        Err(error) => format!("{error:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
    };
    assert_eq!(name, error, "{from:?} -> {to:?}");
}

#[test]
fn a_file_that_cannot_be_judged_by_is_refused_and_says_why() {
    check("version = 1", "version = 1", "none");
    check("binding = true", "binding = true\nhidden = true", "UnknownKey");
    check("satisfied_by = [\"transmitted\"]", "satisfied_by = [\"transmitted\"]\ncolour = 1", "UnknownKey");
    check("offence_at_least_years = 2", "offence_is_grave = true", "UnknownWord");
    check("otherwise = \"clarify\"", "otherwise = \"shrug\"", "UnknownWord");
    check("refuse(over_broad)", "refuse(bad_mood)", "UnknownWord");
    check("[\"court\", \"prosecutor\"]", "[\"sheriff\"]", "UnknownWord");
    check("trigger = \"received\"", "trigger = \"whenever\"", "UnknownWord");
    check("[category.subscriber]", "[category.diary]", "UnknownWord");
    check("pauses_on = [\"clarification\"", "pauses_on = [\"holiday\"", "UnknownWord");
    check("level = \"L3\"", "level = \"L9\"", "UnknownWord");
    check("\"P90D\"", "\"ninety days\"", "Text");
    check("length = \"PT12H\"", "length = \"PT0H\"", "Text");
    check("length = \"PT12H\"", "length = \"-PT12H\"", "Text");
    check("law = \"Invented Act on Evidence, section 12\"\n", "", "Text");
    check("law = \"Invented Act on Evidence, section 17\"\n", "", "NoSource");
    check("law = \"Invented Act on Evidence, section 17\"", "law = ' '", "NoSource");
    check("law = \"Invented Act on Evidence, section 13\"", "law = ''", "NoSource");
    check("calendar = \"issuing_country\"", "calendar = \"fr\"", "Senseless");
    check("id = \"xx-12\"", "id = \"xx-13\"", "Misnamed");
    check("version = 1", "version = 0", "Senseless");
    check("working_days = 10", "working_days = 10\nlength = \"P10D\"", "Senseless");
    check("working_days = 10\n", "", "Senseless");
    check("satisfied_by = [\"transmitted\"]", "satisfied_by = []", "Senseless");
    check("satisfied_by = [\"transmitted\"]", "satisfied_by = [\"done\"]", "UnknownWord");
    check("{ emergency_stated = true }", "{ any_of = [] }", "Senseless");
    check("validators = [\"prosecutor\"]", "validators = []", "Senseless");
    check("name = \"span\"", "name = \"legal_basis\"", "Twice");
    check("name = \"XX-EMERGENCY\"", "name = \"XX-ANSWER\"", "Twice");
    check("valid_from = \"2025-01-01T00:00:00Z\"", "valid_from = \"2025\"", "Text");
    let ended = "valid_from = \"2025-01-01T00:00:00Z\"\nvalid_until = \"2024-01-01T00:00:00Z\"";
    check("valid_from = \"2025-01-01T00:00:00Z\"", ended, "Senseless");
    check("expect = []", "expect = [\"span: senior\"]", "Example");
    check("offence_at_least_years = 2", "offence_at_least_years = 3", "Example");
}

#[test]
fn a_misspelt_word_is_named_with_its_line() {
    let error = read("xx-12.toml", &INVENTED.replace("offence_at_least_years", "offence_at_leats_years"))
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("offence_at_leats_years") && text.contains("line 48"), "{text}");
}

/// The invented country in another version.
fn version(version: u32, from: &str, until: Option<&str>) -> (String, String) {
    let until = until.map_or(String::new(), |until| format!("valid_until = \"{until}\"\n"));
    let text = INVENTED
        .replace("version = 1\n", &format!("version = {version}\n{until}"))
        .replace("2025-01-01T00:00:00Z", from);
    (format!("xx-12@{version}.toml"), text)
}

fn sets(versions: &[(String, String)]) -> Result<RuleSets, RegimeError> {
    RuleSets::read(versions.iter().map(|(file, text)| (file.as_str(), text.as_str())), &Arc::default())
}

#[test]
fn versions_that_would_judge_one_moment_are_refused() {
    let day = |day: u32| format!("2025-01-{day:02}T00:00:00Z");
    let first = |until: Option<u32>| version(1, &day(1), until.map(day).as_deref());
    assert!(sets(&[first(None), version(2, &day(9), None)]).is_ok());
    assert!(sets(&[first(Some(9)), version(2, &day(9), None)]).is_ok());
    let overlap = sets(&[first(Some(10)), version(2, &day(9), None)]);
    assert!(matches!(overlap, Err(RegimeError::Overlap { .. })), "{overlap:?}");
    let overlap = sets(&[version(1, &day(9), None), version(2, &day(9), None)]);
    assert!(matches!(overlap, Err(RegimeError::Overlap { .. })), "{overlap:?}");
    let twice = sets(&[first(None), first(None)]);
    assert!(matches!(twice, Err(RegimeError::Twice { .. })), "{twice:?}");
}

#[test]
fn a_folder_adds_a_country_and_supersedes_by_a_later_version() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("xx-12.toml"), INVENTED).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "not a rule set").unwrap();
    std::fs::write(folder.path().join(".xx-12.toml"), "half of a rule set").unwrap();
    let (_, text) = super::super::TEXTS.iter().find(|(file, _)| *file == "fr-60-1.toml").unwrap();
    let next = text.replace("version = 1", "version = 2").replace("2022-03-03", "2027-01-01");
    std::fs::write(folder.path().join("fr-60-1@2.toml"), next).unwrap();

    let sets = RuleSets::load(folder.path()).unwrap();
    let at = |id: &str, day: &str| {
        sets.at(id, moment(&format!("{day}T00:00:00Z"))).map(RuleSet::name).unwrap_or_default()
    };
    assert_eq!(at("xx-12", "2026-01-01"), "xx-12@1");
    assert_eq!(at("fr-60-1", "2026-12-31"), "fr-60-1@1");
    assert_eq!(at("fr-60-1", "2027-01-01"), "fr-60-1@2");
    assert_eq!(at("fr-60-1", "2029-01-01"), "", "recodified from then on");
    assert_eq!(at("fr-60-1", "2021-01-01"), "");
    assert_eq!(sets.named("fr-60-1@1"), shipped().named("fr-60-1@1"), "what judged earlier requests stays");

    std::fs::remove_file(folder.path().join("fr-60-1@2.toml")).unwrap();
    std::fs::write(folder.path().join("fr-60-1.toml"), text).unwrap();
    let same = RuleSets::load(folder.path());
    assert!(matches!(same, Err(RegimeError::Twice { .. })), "nothing that is shipped is replaced: {same:?}");
    let nowhere = RuleSets::load(&folder.path().join("nowhere"));
    assert!(matches!(nowhere, Err(RegimeError::Unreadable { .. })));
}

proptest! {
    #[test]
    fn a_later_version_never_changes_what_an_earlier_request_was_judged_by(
        starts in prop::collection::btree_set(0i64..2000, 1..6),
        asked in -100i64..3000,
    ) {
        let day = |day: i64| Moment(moment("2025-01-01T00:00:00Z").0 + day * 86_400_000_000);
        let first = read("xx-12.toml", INVENTED).unwrap();
        let versions: Vec<_> = starts
            .iter()
            .enumerate()
            .map(|(number, start)| RuleSet {
                version: u32::try_from(number).unwrap() + 1,
                valid_from: day(*start),
                example: Vec::new(),
                ..first.clone()
            })
            .collect();
        let sets = |versions: &[RuleSet]| {
            let mut sets = RuleSets::default();
            for rules in versions {
                sets.insert("xx-12.toml", rules.clone()).unwrap();
            }
            sets.in_order().unwrap()
        };
        let all = sets(&versions);
        let last = *starts.last().unwrap();
        let before = sets(&versions[..versions.len() - 1]);
        let name = |sets: &RuleSets| sets.at("xx-12", day(asked)).map(RuleSet::name);
        if asked < last {
            prop_assert_eq!(name(&all), name(&before));
        } else {
            prop_assert_eq!(name(&all), Some(format!("xx-12@{}", versions.len())));
        }
        for rules in before.iter() {
            prop_assert_eq!(all.named(&rules.name()), Some(rules));
        }
        let in_force = all.in_force(day(asked)).count();
        prop_assert!(in_force <= 1);
    }

    #[test]
    fn damaged_files_are_refused_or_read_and_never_end_the_program(
        cut in 0usize..6000, put in "\\PC{0,12}", long in 0usize..40,
    ) {
        let letters: Vec<char> = INVENTED.chars().collect();
        let cut = cut.min(letters.len());
        let rest = (cut + long).min(letters.len());
        let text: String = letters[..cut].iter().copied().chain(put.chars()).chain(letters[rest..].iter().copied()).collect();
        let _ = read("xx-12.toml", &text);
    }
}
