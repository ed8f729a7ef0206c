//! Hints that a document may be forged.

use proptest::prelude::*;
use vigie_model::disclosure::{Emergency, EmergencyGround, Instrument, IssuerRole};

use super::judgement::documents;
use super::{document, rule_set};
use crate::regimes::{Anomaly, AnomalyKind, Seen, Usual, Weight, anomalies, call_for_suspicion};

/// What the house has seen of somebody whom it knows well.
fn known() -> Seen {
    Seen {
        earlier: 12,
        known_for_days: Some(400),
        last_day: 1,
        distinct_targets: 3,
        authority_domains: vec!["police.example".to_owned()],
        authority_country: Some("FR".to_owned()),
        sender_domain: Some("police.example".to_owned()),
        ..Seen::default()
    }
}

fn emergency(it: &mut Instrument) {
    it.emergency =
        Some(Emergency { ground: EmergencyGround::Life, text: String::new(), validation_follows: false });
}

fn check(change: impl FnOnce(&mut Instrument, &mut Seen), expected: &[&str], suspicious: bool) {
    let rules = rule_set("eu-epoc");
    let mut it = document(&rules, "category = 'traffic'\nissuer = 'judge'\nmaximum_years = 5");
    let mut seen = known();
    change(&mut it, &mut seen);
    let found = anomalies(&rules, &it, &seen, Usual::default());
    let said: Vec<_> = found.iter().map(|one| format!("{}: {}", one.kind, one.weight)).collect();
    assert_eq!(said, expected);
    assert_eq!(call_for_suspicion(&found), suspicious, "{said:?}");
}

#[test]
fn what_is_odd_about_a_document() {
    check(|_, _| {}, &[], false);
    check(|_, seen| seen.earlier = 0, &["new_sender: slight"], false);
    check(|_, seen| seen.last_day = 11, &["velocity: strong"], false);
    check(|_, seen| seen.last_day = 10, &[], false);
    check(|_, seen| seen.distinct_targets = 26, &["many_targets: strong"], false);
    check(|_, seen| seen.same_document = true, &["reused_document: strong"], false);
    check(|_, seen| seen.same_reference = true, &["reused_reference: slight"], false);
    check(|_, seen| seen.same_nonce = true, &["reused_nonce: strong"], false);
    check(
        |it, _| it.legal_bases = vec!["Regulation (EU) 2099/1".to_owned()],
        &["unknown_statute: strong"],
        false,
    );
    check(
        |it, _| it.legal_bases = vec!["Code pénal 227-23".to_owned(), "(EU) 2023/1543".to_owned()],
        &[],
        false,
    );
    check(|it, _| it.legal_bases.clear(), &[], false);
    check(
        |it, _| {
            let offence = it.offence.as_mut().unwrap();
            (offence.maximum_years, offence.listed) = (Some(1), Some("none".to_owned()));
        },
        &["threshold: slight"],
        false,
    );
    check(|_, seen| seen.decoys = 1, &["decoy: certain"], true);
}

#[test]
fn domains_and_countries_that_are_not_the_authority_s() {
    for ours in ["police.example", "POLICE.example.", "unit.police.example"] {
        check(|_, seen| seen.sender_domain = Some(ours.to_owned()), &[], false);
    }
    for foreign in ["police-example.example", "notpolice.example", "police.example.evil.example", ""] {
        check(|_, seen| seen.sender_domain = Some(foreign.to_owned()), &["foreign_domain: strong"], false);
    }
    check(|it, _| it.issuer.mail = "officer@mail.example".to_owned(), &["foreign_domain: strong"], false);
    check(|it, _| it.issuer.mail = "officer@unit.police.example".to_owned(), &[], false);
    check(|_, seen| seen.authority_domains.clear(), &[], false);
    check(|_, seen| seen.authority_country = Some("DE".to_owned()), &["unusual_country: strong"], false);
    check(|_, seen| seen.authority_country = None, &[], false);
    check(|_, seen| seen.authority_roles = vec![IssuerRole::Prosecutor], &["foreign_role: strong"], false);
    check(|_, seen| seen.authority_roles = vec![IssuerRole::Prosecutor, IssuerRole::Judge], &[], false);
}

#[test]
fn an_emergency_of_somebody_new_is_looked_into_for_thirty_days() {
    check(|it, _| emergency(it), &[], false);
    check(
        |it, seen| {
            emergency(it);
            seen.known_for_days = Some(29);
        },
        &["emergency_first: strong"],
        false,
    );
    check(
        |it, seen| {
            emergency(it);
            seen.known_for_days = Some(30);
        },
        &[],
        false,
    );
    check(
        |it, seen| {
            emergency(it);
            seen.earlier = 0;
            seen.known_for_days = None;
            seen.sender_domain = Some("mail.example".to_owned());
        },
        &["new_sender: slight", "foreign_domain: strong", "emergency_first: strong"],
        true,
    );
}

#[test]
fn one_strong_hint_suggests_and_two_call_for_it() {
    let anomaly =
        |weight| Anomaly { kind: AnomalyKind::Velocity, weight, text: crate::regimes::Text::default() };
    assert!(!anomaly(Weight::Slight).suggests_forgery());
    assert!(anomaly(Weight::Strong).suggests_forgery() && anomaly(Weight::Certain).suggests_forgery());
    let many: Vec<_> = (0..9).map(|_| anomaly(Weight::Slight)).collect();
    assert!(!call_for_suspicion(&many) && !call_for_suspicion(&[]));
    assert!(!call_for_suspicion(&[anomaly(Weight::Strong)]));
    assert!(call_for_suspicion(&[anomaly(Weight::Strong), anomaly(Weight::Strong)]));
    assert!(call_for_suspicion(&[anomaly(Weight::Certain)]));
}

prop_compose! {
    fn counts()(
        earlier in 0u32..3, known_for_days in prop::option::of(0u32..60), last_day in 0u32..20,
        distinct_targets in 0u32..50, flags in prop::collection::vec(any::<bool>(), 3), decoys in 0u32..2,
    ) -> Seen {
        Seen {
            earlier, known_for_days, last_day, distinct_targets, decoys,
            same_document: flags[0], same_reference: flags[1], same_nonce: flags[2],
            ..known()
        }
    }
}

proptest! {
    /// More to be wary of never makes less suspicious, and a decoy always calls for it.
    #[test]
    fn more_to_be_wary_of_never_makes_less_suspicious(it in documents(), seen in counts()) {
        let rules = rule_set(&it.regime);
        let judge = |seen: &Seen| anomalies(&rules, &it, seen, Usual::default());
        let before = judge(&seen);
        prop_assert_eq!(&before, &judge(&seen));
        prop_assert!(before.iter().all(|one| !one.text.en.is_empty() && one.text.en != one.text.fr));
        prop_assert!(before.windows(2).all(|pair| pair[0].kind < pair[1].kind), "each once, in order");
        if seen.decoys > 0 {
            prop_assert!(call_for_suspicion(&before));
        }
        let worse = Seen {
            last_day: seen.last_day + 30,
            distinct_targets: seen.distinct_targets + 60,
            decoys: seen.decoys + 1,
            ..seen
        };
        let after = judge(&worse);
        prop_assert!(before.iter().all(|one| after.contains(one)));
        prop_assert!(call_for_suspicion(&after));
    }
}
