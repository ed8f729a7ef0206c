//! Thresholds and predicates, over the whole of small domains, beside what the laws say in other words.

use vigie_model::Moment;
use vigie_model::disclosure::{Category, IdentifierKind, Instrument, RequestKind, Span, SubjectRole};

use super::{document, found, here, moment, rule_set};
use crate::regimes::predicate::Asked;
use crate::regimes::{Predicate, Truth, Words as _};

const SAID: [Option<bool>; 3] = [None, Some(false), Some(true)];
const YEARS: [Option<u32>; 7] = [None, Some(0), Some(1), Some(2), Some(3), Some(4), Some(30)];

/// What the 60-1-2 test of a French rule set finds.
fn of_60_1_2(it: &Instrument) -> String {
    let findings = found(&rule_set("fr-60-1"), it, &here());
    let its = findings.iter().filter_map(|finding| finding.strip_prefix("60-1-2: "));
    its.collect::<Vec<_>>().join(" ")
}

/// The four alternatives of the article, as a lawyer would go through them.
fn by_the_article(
    years: Option<u32>,
    network: Option<bool>,
    more: bool,
    subject: SubjectRole,
) -> &'static str {
    let three = years.map(|years| years >= 3);
    let by_network = match (years.map(|years| years >= 1), network, !more) {
        (_, _, false) | (Some(false), _, _) | (_, Some(false), _) => Some(false),
        (Some(true), Some(true), true) => Some(true),
        _ => None,
    };
    let person = match subject {
        SubjectRole::Victim | SubjectRole::Missing => Some(true),
        SubjectRole::Unstated => None,
        _ => Some(false),
    };
    let alternatives = [three, by_network, person];
    if alternatives.contains(&Some(true)) {
        ""
    } else if alternatives.contains(&None) {
        "clarify"
    } else {
        "refuse(offence_out_of_scope)"
    }
}

#[test]
fn the_address_of_an_account_takes_one_of_four_alternatives_and_a_phone_number_none() {
    let rules = rule_set("fr-60-1");
    for years in YEARS {
        for network in SAID {
            for more in [false, true] {
                for subject in SubjectRole::ALL {
                    for category in [Category::Identification, Category::Subscriber] {
                        let also = if more { "'traffic'" } else { "" };
                        let essentials =
                            format!("category = '{category}'\nissuer = 'prosecutor'\nalso = [{also}]");
                        let mut it = document(&rules, &essentials);
                        it.subject_role = *subject;
                        let offence = it.offence.as_mut().unwrap();
                        (offence.maximum_years, offence.by_network) = (years, network);
                        let expected = match category {
                            Category::Subscriber => "",
                            _ => by_the_article(years, network, more, *subject),
                        };
                        assert_eq!(
                            of_60_1_2(&it),
                            expected,
                            "{category} {years:?} {network:?} {more} {subject}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn content_takes_three_years_or_a_listed_offence() {
    let rules = rule_set("eu-epoc");
    for category in [Category::Traffic, Category::Content] {
        for years in YEARS {
            for (listed, list) in [
                (None, ""),
                (Some("2011/93"), "network"),
                (Some("Dir. 2017/541"), "any"),
                (Some("theft"), "none"),
            ] {
                for network in SAID {
                    let mut it = document(&rules, &format!("category = '{category}'\nissuer = 'judge'"));
                    let offence = it.offence.as_mut().unwrap();
                    (offence.maximum_years, offence.by_network) = (years, network);
                    offence.listed = listed.map(str::to_owned);
                    let on_list = match (list, network) {
                        ("any", _) | ("network", Some(true)) => Some(true),
                        ("none", _) | ("network", Some(false)) => Some(false),
                        ("", Some(false)) => None,
                        _ => None,
                    };
                    let expected: &[&str] = match (years.map(|years| years >= 3), on_list) {
                        (Some(true), _) | (_, Some(true)) => &[],
                        (Some(false), Some(false)) => &["threshold: refuse(offence_out_of_scope)"],
                        _ => &["threshold: clarify"],
                    };
                    assert_eq!(found(&rules, &it, &here()), expected, "{years:?} {listed:?} {network:?}");
                }
            }
        }
    }
}

fn ask(predicate: &Predicate, change: impl FnOnce(&mut Instrument)) -> Truth {
    let rules = rule_set("eu-epoc");
    let mut it = document(&rules, "category = 'subscriber'\nissuer = 'judge'");
    change(&mut it);
    let here = here();
    let asked = Asked {
        provisions: &rules.provisions,
        instrument: &it,
        wanted: it.wanted.first(),
        circumstances: Some(&here),
    };
    predicate.holds(asked)
}

fn read(text: &str) -> Predicate {
    #[derive(serde::Deserialize)]
    struct One {
        holds: Predicate,
    }
    toml::from_str::<One>(&format!("holds = {text}")).unwrap().holds
}

fn check(text: &str, change: impl FnOnce(&mut Instrument), expected: Truth) {
    let predicate = read(text);
    assert_eq!(ask(&predicate, change), expected, "{text}");
    let words = predicate.words();
    assert!(!words.en.is_empty() && !words.fr.is_empty() && words.en != words.fr, "{text}: {words:?}");
}

#[test]
fn every_word_of_the_vocabulary_answers() {
    use Truth::{No, Unknown, Yes};
    check("{ issuer_role_in = ['judge'] }", |_| {}, Yes);
    check("{ issuer_role_in = ['court'] }", |_| {}, No);
    check("{ issuer_role_in = ['court'] }", |it| it.issuer.role = None, Unknown);
    check("{ validated_by_in = ['judge'] }", |_| {}, No);
    check("{ validated_by_in = ['judge'] }", |it| it.validator = Some(it.issuer.clone()), Yes);
    check("{ issuer_country_in = ['DE', 'fr'] }", |_| {}, Yes);
    check("{ issuer_country_in = ['DE'] }", |_| {}, No);
    check("{ issuer_country_in = ['DE'] }", |it| it.issuer.country.clear(), Unknown);
    check("{ kind_in = ['production'] }", |_| {}, Yes);
    check("{ kind_in = ['production'] }", |it| it.kind = RequestKind::Removal, No);
    check("{ offence_stated = true }", |_| {}, Yes);
    check("{ offence_stated = true }", |it| it.offence = None, No);
    check("{ offence_at_least_years = 3 }", |_| {}, Unknown);
    check("{ offence_in_issuing_state = true }", |_| {}, Unknown);
    let committed = |country: &'static str| {
        move |it: &mut Instrument| it.offence.as_mut().unwrap().country = Some(country.to_owned())
    };
    check("{ offence_in_issuing_state = true }", committed("FR"), Yes);
    check("{ offence_in_issuing_state = true }", committed("DE"), No);
    check("{ offence_in_issuing_state = false }", committed("DE"), Yes);
    check("{ subject_is = ['victim'] }", |_| {}, Unknown);
    check("{ subject_is = ['victim'] }", |it| it.subject_role = SubjectRole::Victim, Yes);
    check("{ subject_is = ['victim'] }", |it| it.subject_role = SubjectRole::Suspect, No);
    check("{ span_present = true }", |_| {}, Yes);
    check("{ span_present = true }", |it| it.wanted[0].span = None, No);
    check("{ span_at_most = 'P7D' }", |_| {}, Yes);
    check("{ span_at_most = 'P7D' }", |it| it.wanted[0].span.as_mut().unwrap().until.0 += 1, No);
    check("{ span_at_most = 'P7D' }", |it| it.wanted[0].span = None, Unknown);
    check("{ identifier_kind_in = ['user_id'] }", |_| {}, Yes);
    check(
        "{ identifier_kind_in = ['user_id'] }",
        |it| it.wanted[0].identifier.kind = IdentifierKind::GroupId,
        No,
    );
    check("{ sole_purpose_identification = true }", |_| {}, Yes);
    check("{ sole_purpose_identification = true }", |it| it.wanted[0].categories.push(Category::Content), No);
    check("{ legal_basis_known = true }", |_| {}, Yes);
    check("{ legal_basis_known = true }", |it| it.legal_bases = vec!["a circular".to_owned()], No);
    check("{ legal_basis_known = true }", |it| it.legal_bases = vec![" ".to_owned()], Unknown);
    check("{ emergency_stated = false }", |_| {}, Yes);
    check("{ emergency_ground_in = ['life'] }", |_| {}, No);
    check("{ validation_follows = true }", |_| {}, No);
    check("{ notified_stated = true }", |_| {}, No);
    check("{ notified_stated = true }", |it| it.notified = Some(it.issuer.clone()), Yes);
    check("{ silence_stated = true }", |_| {}, No);
    check("{ necessity_stated = true }", |it| it.necessity = "It is".to_owned(), Yes);
    check("{ necessity_stated = true }", |_| {}, No);
    check("{ date_stated = true }", |_| {}, Yes);
    check("{ earlier_stated = true }", |it| it.earlier = Some("A-1".to_owned()), Yes);
    check("{ earlier_stated = true }", |_| {}, No);
    check("{ service_is_ours = true }", |_| {}, Yes);
    check("{ service_is_ours = true }", |it| it.wanted[0].identifier.service.push('x'), No);
    check("{ addressee_is_ours = true }", |_| {}, Yes);
    check("{ addressee_is_ours = true }", |it| it.addressee = "Somebody".to_owned(), No);
    check("{ addressee_is_ours = true }", |it| it.addressee.clear(), Unknown);
    check("{ by_network = true }", |_| {}, Unknown);
    check("{ offence_listed = ['2011/93'] }", |_| {}, Unknown);
}

#[test]
fn groups_are_decided_by_what_is_known_as_far_as_that_decides_them() {
    let (yes, no, unknown) = ("{ date_stated = true }", "{ date_stated = false }", "{ by_network = true }");
    let worth = |text: &str| ask(&read(text), |_| {});
    let order = |truth| match truth {
        Truth::No => 0,
        Truth::Unknown => 1,
        Truth::Yes => 2,
    };
    for one in [yes, no, unknown] {
        for other in [yes, no, unknown] {
            let (a, b) = (order(worth(one)), order(worth(other)));
            let group = |word: &str| order(worth(&format!("{{ {word} = [{one}, {other}] }}")));
            assert_eq!(group("any_of"), a.max(b), "{one} {other}");
            assert_eq!(group("all_of"), a.min(b), "{one} {other}");
            assert_eq!(group("none_of"), 2 - a.max(b), "{one} {other}");
        }
    }
}

#[test]
fn moments_at_the_ends_of_time_are_judged_and_end_nothing() {
    let rules = rule_set("eu-epoc");
    let ends = [Moment(i64::MIN), Moment(0), moment("2026-11-26T12:00:00Z"), Moment(i64::MAX)];
    for from in ends {
        for until in ends {
            for received_at in ends {
                let mut it = document(&rules, "category = 'identification'\nissuer = 'judge'");
                it.wanted[0].span = Some(Span { from, until });
                it.issued_at = Some(until);
                let mut here = here();
                here.received_at = received_at;
                for held in &mut here.held {
                    held.days = Some(u32::MAX);
                }
                let _ = found(&rules, &it, &here);
            }
        }
        for trigger in crate::regimes::Trigger::ALL {
            let it = document(&rules, "category = 'identification'");
            for planned in crate::regimes::deadlines(&rules, &it, *trigger, from) {
                assert!(planned.due_at >= from || from == Moment(i64::MIN), "{planned:?}");
            }
        }
    }
}
