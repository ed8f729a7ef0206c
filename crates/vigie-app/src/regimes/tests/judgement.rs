//! Findings, and what must be known about who asks.

use std::collections::BTreeSet;

use proptest::prelude::*;
use vigie_model::disclosure::{
    AuthenticationLevel, Category, Emergency, EmergencyGround, Identifier, IdentifierKind, Instrument,
    IssuerRole, RefusalGround, RequestKind, Span, SubjectRole,
};

use super::{document, found, here, moment, rule_set, shipped};
use crate::regimes::{Circumstances, Held, Remedy, Required, general, minimum_level, validate};

/// A document that nothing stands against, changed, and what is then found.
fn check(change: impl FnOnce(&mut Instrument, &mut Circumstances), expected: &[&str]) {
    let rules = rule_set("eu-epoc");
    let mut instrument = document(&rules, "category = 'identification'\nissuer = 'judge'");
    let mut here = here();
    change(&mut instrument, &mut here);
    assert_eq!(found(&rules, &instrument, &here), expected);
}

fn span(from: &str, until: &str) -> Option<Span> {
    Some(Span { from: moment(from), until: moment(until) })
}

#[test]
fn what_holds_under_every_regime() {
    check(|_, _| {}, &[]);
    check(|it, _| it.kind = RequestKind::Removal, &["kind: clarify"]);
    check(|it, _| it.reference = " ".to_owned(), &["reference: clarify"]);
    check(|it, _| it.issuer.name.clear(), &["issuer_named: clarify"]);
    check(|it, _| it.issuer.country.clear(), &["issuer_country: clarify", "issuing_state: clarify"]);
    check(|it, _| it.issued_at = Some(moment("2026-11-28T00:00:00Z")), &["dated_ahead: clarify"]);
    check(|it, _| it.issued_at = None, &["date: clarify"]);
    check(|it, _| it.addressee = "Another house".to_owned(), &["addressee: clarify"]);
    check(|it, _| it.addressee.clear(), &["addressee: clarify"]);
    check(|it, _| it.issuer.role = None, &["issuer_stated: clarify"]);
    check(|it, _| it.wanted[0].identifier.value.clear(), &["identifier_empty: clarify"]);
    check(
        |it, _| it.wanted[0].identifier.service = "other.example".to_owned(),
        &["service: refuse(service_not_covered)"],
    );
    check(|it, _| it.wanted[0].identifier.service = "Service.Example ".to_owned(), &[]);
    check(
        |it, _| it.wanted[0].identifier.kind = IdentifierKind::DeviceNumber,
        &["identifier_names_nobody: clarify"],
    );
    check(|_, here| here.holders = Some(2), &["holders: clarify"]);
    check(|_, here| here.holders = None, &[]);
}

#[test]
fn spans_and_what_is_held() {
    let later = "2026-12-24T00:00:00Z";
    check(|it, _| it.wanted[0].span = span(later, "2026-11-01T00:00:00Z"), &["span_impossible: clarify"]);
    check(|it, _| it.wanted[0].span = span(later, later), &["span_impossible: clarify"]);
    check(
        |it, _| it.wanted[0].span = span(later, "2026-12-25T00:00:00Z"),
        &["span_ahead: refuse(not_stored)"],
    );
    check(|it, _| it.wanted[0].span = span("2026-11-20T00:00:00Z", later), &["span_reaches_ahead: clarify"]);
    let receipt = "2026-11-26T12:00:00Z";
    check(|it, _| it.wanted[0].span = span(receipt, later), &["span_ahead: refuse(not_stored)"]);
    check(|it, _| it.wanted[0].span = span("2026-11-20T00:00:00Z", receipt), &[]);
    check(
        |it, _| it.wanted[0].span = span("2025-11-01T00:00:00Z", "2025-11-26T12:00:00Z"),
        &["no_longer_held: refuse(not_stored)"],
    );
    check(|it, _| it.wanted[0].span = span("2025-11-01T00:00:00Z", "2025-11-26T12:00:01Z"), &[]);
    check(
        |it, here| {
            it.wanted[0].span = span("2020-11-01T00:00:00Z", "2020-11-26T12:00:00Z");
            here.held = vec![Held { category: Category::Identification, days: None }];
        },
        &[],
    );
    check(|_, here| here.held.clear(), &["not_held: refuse(not_stored)"]);
    check(
        |it, _| {
            it.wanted[0].span = None;
            it.wanted[0].identifier.kind = IdentifierKind::IpAddress;
        },
        &["span: clarify", "address_without_span: clarify"],
    );
}

/// What is acted against is out in the open; an order about it is not one about data.
#[test]
fn a_removal_order_needs_no_data_that_is_held() {
    let rules = rule_set("eu-tco");
    let mut it = document(
        &rules,
        "category = 'content'\nissuer = 'administrative'\nidentifier = 'group_id'\nspan = false",
    );
    let here = Circumstances { held: Vec::new(), holders: Some(500), ..here() };
    assert_eq!(found(&rules, &it, &here), Vec::<String>::new());
    it.wanted[0].identifier.service = "other.example".to_owned();
    assert_eq!(found(&rules, &it, &here), ["service: refuse(service_not_covered)"]);
}

#[test]
fn a_group_needs_a_criterion_a_cap_and_a_senior() {
    let unbounded = ["group_unbounded: clarify", "group: senior"];
    for kind in [IdentifierKind::GroupId, IdentifierKind::InviteLink] {
        check(|it, _| it.wanted[0].identifier.kind = kind, &unbounded);
        check(
            |it, here| {
                it.wanted[0].identifier.kind = kind;
                it.wanted[0].criterion = Some("who posted the three messages".to_owned());
                it.wanted[0].cap = Some(3);
                here.holders = Some(3);
            },
            &["group: senior"],
        );
    }
    let group = |it: &mut Instrument, criterion: &str, cap: Option<u32>| {
        it.wanted[0].identifier.kind = IdentifierKind::GroupId;
        it.wanted[0].criterion = Some(criterion.to_owned());
        it.wanted[0].cap = cap;
    };
    check(|it, _| group(it, "", Some(3)), &unbounded);
    check(|it, _| group(it, "who posted", None), &unbounded);
    check(
        |it, _| group(it, "who posted", Some(0)),
        &["group_unbounded: clarify", "group: senior", "more_than_cap: clarify"],
    );
    check(
        |it, here| {
            group(it, "who posted", Some(3));
            here.holders = Some(4);
        },
        &["group: senior", "more_than_cap: clarify"],
    );
    check(
        |it, _| {
            it.wanted[0].identifier = Identifier {
                kind: IdentifierKind::IpAddress,
                value: "192.0.2.0/24".to_owned(),
                service: "service.example".to_owned(),
            };
        },
        &unbounded,
    );
}

#[test]
fn entries_that_contradict_each_other_are_asked_about() {
    check(|it, _| it.wanted.push(it.wanted[0].clone()), &[]);
    check(
        |it, _| {
            let mut other = it.wanted[0].clone();
            other.span = None;
            it.wanted.push(other);
        },
        &["contradiction: clarify"],
    );
    check(
        |it, _| {
            let mut other = it.wanted[0].clone();
            other.cap = Some(1);
            it.wanted.push(other);
        },
        &["contradiction: clarify"],
    );
    check(
        |it, _| {
            let mut other = it.wanted[0].clone();
            other.span = span("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z");
            it.wanted.push(other);
        },
        &[],
    );
    check(
        |it, _| {
            let mut other = it.wanted[0].clone();
            other.identifier.value = "10002".to_owned();
            other.span = None;
            it.wanted.push(other);
        },
        &[],
    );
}

#[test]
fn what_the_document_does_not_ask_is_never_found_valid() {
    let rules = rule_set("eu-epoc");
    let instrument = document(&rules, "category = 'subscriber'\nissuer = 'judge'");
    for (entry, category) in
        [(0, Category::Content), (1, Category::Subscriber), (usize::MAX, Category::Subscriber)]
    {
        let findings = validate(&rules, &instrument, entry, category, &here());
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].test, "not_asked");
    }
}

#[test]
fn every_general_test_has_words_in_both_languages() {
    let names: Vec<_> = general::names().collect();
    assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
    for name in names {
        let text = general::text(name);
        assert!(text.en != name && text.fr != name && text.en != text.fr, "{name}");
    }
}

#[test]
fn how_sure_the_house_must_be() {
    let check = |id: &str, category, emergency, kind, level| {
        let required = minimum_level(&rule_set(id), category, emergency, kind);
        assert_eq!(required.level, level, "{id} {category} {emergency} {kind}");
        required
    };
    use AuthenticationLevel as L;
    use RequestKind::{Preservation, Production};
    check("eu-epoc", Category::Subscriber, false, Production, L::L3);
    check("eu-epoc", Category::Content, false, Production, L::L4);
    check("eu-epoc-pr", Category::Content, false, Preservation, L::L4);
    check("fr-60-1", Category::Identification, false, Production, L::L3);
    let emergency = check("emergency", Category::Identification, true, Production, L::L3);
    assert!(emergency.second_reachable && emergency.two_approvers);
    assert_eq!(emergency.post_hoc_hours, Some(48));
    let unknown = minimum_level(&rule_set("dsa-10"), Category::Content, false, Production);
    assert_eq!(unknown, Required::MOST, "of what the regime does not know, the most is required");
}

/// Fraud aims at preservation and at emergencies: neither is ever easier than the call back of a second person.
#[test]
fn nothing_is_given_kept_or_confirmed_below_a_call_back() {
    for rules in shipped().iter() {
        for category in Category::ALL {
            for kind in RequestKind::ALL {
                for emergency in [false, true] {
                    let required = minimum_level(rules, *category, emergency, *kind);
                    let which = format!("{} {category} {kind} {emergency}", rules.name());
                    assert!(required.level >= AuthenticationLevel::L3, "{which}");
                    if emergency && *kind != RequestKind::Preservation {
                        assert!(required.second_reachable && required.two_approvers, "{which}");
                        assert_eq!(required.post_hoc_hours, Some(48), "{which}");
                    }
                    let routine = minimum_level(rules, *category, false, RequestKind::Production);
                    if *kind == RequestKind::Preservation {
                        assert!(required.level >= routine.level, "{which}");
                    }
                }
            }
        }
    }
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn emergencies() -> impl Strategy<Value = Option<Emergency>> {
    let emergency = (one_of(EmergencyGround::ALL), any::<bool>());
    prop::option::of(emergency.prop_map(|(ground, validation_follows)| Emergency {
        ground,
        text: String::new(),
        validation_follows,
    }))
}

prop_compose! {
    /// Any document under a regime, sensible or not.
    pub(super) fn documents()(
        id in prop::sample::select(shipped().iter().map(|rules| rules.id.clone()).collect::<Vec<_>>()),
        category in one_of(Category::ALL),
        also in prop::collection::vec(one_of(Category::ALL), 0..3),
        kind in one_of(RequestKind::ALL),
        issuer in prop::option::of(one_of(IssuerRole::ALL)),
        validator in prop::option::of(prop::option::of(one_of(IssuerRole::ALL))),
        years in prop::option::of(0u32..12),
        listed in prop::option::of(prop::sample::select(vec!["2011/93", "Dir. 2013/40/EU", "NATINF 1", ""])),
        by_network in prop::option::of(any::<bool>()),
        subject in one_of(SubjectRole::ALL),
        identifier in one_of(IdentifierKind::ALL),
        emergency in emergencies(),
        notified in any::<bool>(),
        stated in prop::collection::vec(any::<bool>(), 6),
    ) -> Instrument {
        let rules = rule_set(&id);
        let mut it = document(&rules, &format!("category = '{category}'\nnotified = {notified}\nspan = {}", stated[0]));
        it.kind = kind;
        it.wanted[0].categories.extend(also);
        it.wanted[0].identifier.kind = identifier;
        it.issuer.role = issuer;
        it.validator = validator.map(|role| vigie_model::disclosure::Office { role, ..Default::default() });
        it.subject_role = subject;
        it.emergency = emergency;
        if !stated[1] { it.issued_at = None; }
        if !stated[2] { it.legal_bases.clear(); }
        if !stated[3] { it.addressee.clear(); }
        if !stated[4] { it.issuer.country = "XX".to_owned(); }
        if stated[5] {
            let offence = it.offence.get_or_insert_default();
            offence.maximum_years = years;
            offence.listed = listed.map(str::to_owned);
            offence.by_network = by_network;
        } else {
            it.offence = None;
        }
        it
    }
}

proptest! {
    #[test]
    fn the_same_is_found_every_time(it in documents()) {
        let rules = rule_set(&it.regime);
        let category = it.wanted[0].categories[0];
        let findings = validate(&rules, &it, 0, category, &here());
        prop_assert_eq!(&findings, &validate(&rules, &it, 0, category, &here()));
        let later = Circumstances { now: moment("2030-01-01T00:00:00Z"), ..here() };
        prop_assert_eq!(&findings, &validate(&rules, &it, 0, category, &later), "when it is looked at does not matter");
        for finding in &findings {
            prop_assert!(!finding.law.is_empty() && !finding.what.en.is_empty() && !finding.what.fr.is_empty());
        }
    }

    /// Section M of an EPOC, and its like: the house is not told, and asks no authority that need not say.
    #[test]
    fn facts_are_never_asked_for(it in documents(), facts in "\\PC{0,20}", necessity in "\\PC{0,20}") {
        let rules = rule_set(&it.regime);
        let category = it.wanted[0].categories[0];
        let mut told = it.clone();
        told.facts = facts;
        prop_assert_eq!(validate(&rules, &it, 0, category, &here()), validate(&rules, &told, 0, category, &here()));
        if it.regime.starts_with("eu-epoc") {
            told.necessity = necessity;
            prop_assert_eq!(validate(&rules, &it, 0, category, &here()), validate(&rules, &told, 0, category, &here()));
        }
    }

    /// Silence about the offence and the person is a reason to ask, never one to refuse.
    #[test]
    fn what_the_document_does_not_say_is_asked_and_never_refused_on(it in documents()) {
        let rules = rule_set(&it.regime);
        let category = it.wanted[0].categories[0];
        let mut silent = it.clone();
        silent.offence = None;
        silent.subject_role = SubjectRole::Unstated;
        let on_offence = Remedy::Refuse(RefusalGround::OffenceOutOfScope);
        let findings = validate(&rules, &silent, 0, category, &here());
        prop_assert!(findings.iter().all(|finding| finding.remedy != on_offence), "{findings:?}");
    }

    /// That the sentence is higher never makes a document worse.
    #[test]
    fn a_higher_sentence_never_stands_against_a_document(it in documents(), more in 0u32..10) {
        let rules = rule_set(&it.regime);
        let category = it.wanted[0].categories[0];
        let refused = |it: &Instrument| {
            validate(&rules, it, 0, category, &here())
                .iter()
                .filter(|finding| matches!(finding.remedy, Remedy::Refuse(_)))
                .count()
        };
        let before = refused(&it);
        let mut graver = it.clone();
        if let Some(offence) = &mut graver.offence
            && let Some(years) = &mut offence.maximum_years
        {
            *years += more;
        }
        prop_assert!(refused(&graver) <= before);
    }
}
