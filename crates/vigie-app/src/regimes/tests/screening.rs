//! The human-rights screen and the house policy.

use proptest::prelude::*;
use vigie_model::disclosure::{Category, Instrument, Office};

use super::judgement::documents;
use super::{document, rule_set, shipped};
use crate::regimes::{ConcernTable, Concerns, HousePolicy, RegimeError, screen};

const TABLE: &str = include_str!("../../../regimes/example/concerns.toml");
const POLICY: &str = include_str!("../../../regimes/example/house-policy.toml");

fn concerns() -> Concerns {
    let table = ConcernTable::read("concerns.toml", TABLE).unwrap();
    Concerns { table, protected: Vec::new(), targets: None }
}

fn policy() -> HousePolicy {
    HousePolicy::read("house-policy.toml", POLICY).unwrap()
}

fn check(change: impl FnOnce(&mut Instrument, &mut Concerns), expected: &[&str]) {
    let rules = rule_set("eu-epoc");
    let mut it =
        document(&rules, "category = 'subscriber'\nissuer = 'judge'\nlisted = 'Directive 2011/93/EU'");
    let mut concerns = concerns();
    change(&mut it, &mut concerns);
    let alarms = screen(&it, Category::Subscriber, &concerns);
    assert_eq!(alarms.iter().map(|alarm| alarm.kind.name()).collect::<Vec<_>>(), expected);
    assert!(alarms.iter().all(|alarm| !alarm.source.is_empty() && alarm.text.en != alarm.text.fr));
}

#[test]
fn what_makes_people_look() {
    check(|_, _| {}, &[]);
    check(|it, _| it.issuer.country = "xx".to_owned(), &["issuing_state"]);
    check(|it, _| it.issuer.country = "YY".to_owned(), &["issuing_state"]);
    check(|it, _| it.issuer.country = "DE".to_owned(), &[]);
    check(
        |it, _| it.validator = Some(Office { country: "XX".to_owned(), ..Office::default() }),
        &["issuing_state"],
    );
    check(
        |it, _| {
            it.issuer.country = "DE".to_owned();
            it.offence.as_mut().unwrap().listed = Some("Directive 2011/36/EU".to_owned());
        },
        &["offence_mismatch"],
    );
    check(
        |it, _| {
            it.issuer.country = "DE".to_owned();
            it.offence.as_mut().unwrap().listed = None;
            it.offence.as_mut().unwrap().text = "lese-majesty".to_owned();
        },
        &["dual_criminality", "offence_mismatch"],
    );
    check(|it, _| it.offence.as_mut().unwrap().listed = None, &["offence_mismatch"]);
    check(
        |it, concerns| concerns.protected = vec![it.wanted[0].identifier.clone()],
        &["privileged_or_press"],
    );
    check(
        |it, concerns| {
            concerns.protected = vec![it.wanted[0].identifier.clone()];
            concerns.protected[0].value.push('9');
        },
        &[],
    );
    check(|_, concerns| concerns.targets = Some(21), &["many_targets"]);
    check(|_, concerns| concerns.targets = Some(20), &[]);
    check(|it, _| it.wanted[0].cap = Some(21), &["many_targets"]);
    check(|it, _| it.wanted = vec![it.wanted[0].clone(); 21], &["many_targets"]);
    check(
        |it, concerns| {
            it.issuer.country = "XX".to_owned();
            it.wanted[0].categories = vec![Category::Content];
            concerns.targets = Some(99);
        },
        &[],
    );
}

#[test]
fn the_source_of_a_concern_is_shown_with_the_version_of_the_table() {
    let rules = rule_set("eu-epoc");
    let mut it = document(&rules, "category = 'subscriber'\nissuer = 'judge'\nlisted = '2011/93'");
    it.issuer.country = "XX".to_owned();
    let alarms = screen(&it, Category::Subscriber, &concerns());
    let source = "invented report on the courts of XX, page 12 (2026-11-01; table of concerns, version 1 of 2026-11-01)";
    assert_eq!(alarms[0].source, source);
    it.validator = Some(Office { country: "YY".to_owned(), ..Office::default() });
    assert_eq!(screen(&it, Category::Subscriber, &concerns())[0].source, source, "the gravest is shown");
}

#[test]
fn a_table_or_policy_that_says_nothing_sure_is_refused() {
    let table = |from: &str, to: &str| ConcernTable::read("concerns.toml", &TABLE.replacen(from, to, 1));
    assert!(matches!(table("country = \"YY\"", "country = \"xx\""), Err(RegimeError::Twice { .. })));
    assert!(matches!(table("invented opinion on YY, paragraph 3", " "), Err(RegimeError::NoSource { .. })));
    assert!(matches!(table("\"watch\"", "\"bad\""), Err(RegimeError::UnknownWord { .. })));
    assert!(matches!(table("many_targets = 20", "many_targets = 0"), Err(RegimeError::Senseless { .. })));
    assert!(matches!(table("version = 1", "version = 0"), Err(RegimeError::Senseless { .. })));
    assert!(matches!(table("version = 1", "version = 1\nextra = 1"), Err(RegimeError::UnknownKey { .. })));
    let policy = |from: &str, to: &str| HousePolicy::read("house-policy.toml", &POLICY.replacen(from, to, 1));
    assert!(matches!(policy("version = 1", "version = 0"), Err(RegimeError::Senseless { .. })));
    assert!(matches!(policy("suspect = true", "suspects = true"), Err(RegimeError::UnknownKey { .. })));
    assert!(matches!(policy("version = 1\n", ""), Err(RegimeError::Text { .. })));
}

fn narrowed(essentials: &str, offence: &str, policy: &HousePolicy) -> String {
    let rules = rule_set("emergency");
    let mut it = document(&rules, &format!("category = 'subscriber'\n{essentials}"));
    it.offence.as_mut().unwrap().text = offence.to_owned();
    policy
        .narrows(&rules, &it)
        .map_or_else(|| "nothing".to_owned(), |finding| format!("{}: {}", finding.test, finding.remedy))
}

#[test]
fn the_house_policy_narrows_what_is_voluntary() {
    let check = |essentials: &str, offence: &str, expected: &str| {
        assert_eq!(narrowed(essentials, offence, &policy()), expected, "{essentials:?} {offence:?}");
    };
    let ours = "Child sexual abuse";
    check("issuer = 'judge'\nsubject = 'suspect'", ours, "nothing");
    check(
        "issuer = 'investigator'\nsubject = 'suspect'",
        ours,
        "house_judicial_origin: refuse(house_policy)",
    );
    check("issuer = 'investigator'\nvalidator = 'prosecutor'\nsubject = 'suspect'", ours, "nothing");
    check("issuer = 'judge'\nsubject = 'witness'", ours, "house_suspect: refuse(house_policy)");
    check("issuer = 'judge'", ours, "house_suspect: clarify");
    check("issuer = 'judge'\nsubject = 'suspect'", "theft", "house_offence: refuse(house_policy)");
    check("issuer = 'investigator'\nemergency = 'life'", ours, "nothing");
    let strict = HousePolicy { in_emergencies: true, ..policy() };
    let refused = "house_judicial_origin: refuse(house_policy)";
    assert_eq!(narrowed("issuer = 'investigator'\nemergency = 'life'", ours, &strict), refused);
}

prop_compose! {
    fn policies()(judicial in any::<bool>(), suspect in any::<bool>(), offences in any::<bool>(), emergencies in any::<bool>())
        -> HousePolicy {
        let offences = if offences { vec!["an offence that nobody names".to_owned()] } else { Vec::new() };
        HousePolicy { version: 1, judicial_origin: judicial, suspect, offences, in_emergencies: emergencies }
    }
}

proptest! {
    #[test]
    fn a_house_policy_never_narrows_a_binding_order(it in documents(), policy in policies()) {
        for rules in shipped().iter().filter(|rules| rules.binding) {
            prop_assert_eq!(policy.narrows(rules, &it), None, "{}", rules.name());
        }
    }

    #[test]
    fn a_house_without_a_policy_narrows_nothing(it in documents()) {
        let none = HousePolicy { version: 1, judicial_origin: false, suspect: false, offences: vec![], in_emergencies: true };
        for rules in shipped().iter() {
            prop_assert_eq!(none.narrows(rules, &it), None);
        }
    }

    #[test]
    fn the_screen_is_the_same_every_time_and_an_empty_table_is_silent(it in documents()) {
        let category = it.wanted[0].categories[0];
        prop_assert_eq!(screen(&it, category, &concerns()), screen(&it, category, &concerns()));
        let mut empty = concerns();
        empty.table.state.clear();
        empty.table.scope.clear();
        empty.table.punishable_here.clear();
        prop_assert_eq!(screen(&it, category, &empty), vec![]);
    }
}
