//! Deadlines, and who tells the user.

use std::collections::BTreeSet;
use std::time::Duration;

use proptest::prelude::*;
use vigie_model::Moment;
use vigie_model::disclosure::{EmergencyGround, RequestState, Silence};

use super::{document, moment, received, rule_set, shipped};
use crate::regimes::length::{rolled_over, working_days_after};
use crate::regimes::{
    Informant, KeptBy, Length, PlannedDeadline, Running, Satisfaction, Trigger, deadlines, informs_user,
    own_deadlines,
};

/// A Thursday.
const AT: &str = "2026-11-26T12:00:00Z";

fn planned(id: &str, essentials: &str, trigger: Trigger) -> Vec<PlannedDeadline> {
    let rules = rule_set(id);
    deadlines(&rules, &document(&rules, essentials), trigger, received())
}

fn check(id: &str, essentials: &str, trigger: Trigger, expected: &[(&str, &str)]) {
    let found = planned(id, &format!("category = 'subscriber'\n{essentials}"), trigger);
    let found: Vec<_> = found.iter().map(|one| (one.rule.clone(), one.due_at.to_string())).collect();
    let expected: Vec<_> = expected.iter().map(|(rule, at)| ((*rule).to_owned(), (*at).to_owned())).collect();
    assert_eq!(found, expected, "{id} {essentials:?} {trigger}");
}

#[test]
fn every_deadline_has_its_length() {
    use Trigger as T;
    let emergency = "issuer = 'investigator'\nemergency = 'life'\nvalidation_follows = true";
    let day = "2026-12-06T12:00:00Z";
    check("eu-epoc", "", T::Received, &[("EU-EPOC", day), ("CONFLICT", day)]);
    check("eu-epoc", "notified = true", T::Received, &[("EU-EPOC-EA", day), ("CONFLICT", day)]);
    let urgent =
        [("EU-EMERG", "2026-11-26T20:00:00Z"), ("EXPOST-VALID", "2026-11-28T12:00:00Z"), ("CONFLICT", day)];
    check("eu-epoc", emergency, T::Received, &urgent);
    check("eu-epoc", "", T::Notified, &[("EA-REVIEW", day)]);
    check("eu-epoc", "emergency = 'life'", T::Notified, &[("EA-EMERG", "2026-11-30T12:00:00Z")]);
    check("eu-epoc", "", T::ClarificationAsked, &[("CLARIFY", "2026-12-01T12:00:00Z")]);
    check("eu-epoc", "", T::EnforcementRequested, &[("ENFORCE-RECOG", "2026-12-04T00:00:00Z")]);
    check("eu-epoc-pr", "", T::Preserved, &[("EPOC-PR", "2027-01-25T12:00:00Z")]);
    check("eu-epoc-pr", "", T::Extended, &[("EPOC-PR-EXTENDED", "2026-12-26T12:00:00Z")]);
    check("eu-epoc-pr", emergency, T::Received, &[("EXPOST-VALID", "2026-11-28T12:00:00Z")]);
    check("dsa-9", "", T::Received, &[("DSA-ACK", "2026-11-27T12:00:00Z")]);
    check("dsa-10", "", T::Received, &[("DSA-ACK", "2026-11-27T12:00:00Z")]);
    check("dsa-10", "", T::PeriodEnded, &[("DSA-REPORT", "2027-01-26T12:00:00Z")]);
    check("eu-tco", "", T::Received, &[("TCO", "2026-11-26T13:00:00Z")]);
    check("fr-lcen-6-1", "", T::Received, &[("LCEN", "2026-11-27T12:00:00Z")]);
    check("fr-77-1-1", "", T::Received, &[("FR-REQ", "2026-12-04T00:00:00Z")]);
    check("fr-60-2", "", T::Preserved, &[("FR-60-2-HOLD", "2027-11-26T12:00:00Z")]);
    check("us-2703f", "", T::Preserved, &[("US-2703F", "2027-02-24T12:00:00Z")]);
    check("us-2703f", "", T::Extended, &[("US-2703F-RENEWED", "2027-02-24T12:00:00Z")]);
    check("us-2258a", "", T::ReportFiled, &[("US-2258A", "2027-11-26T12:00:00Z")]);
    check("emergency", "", T::Received, &[("EMERG-ANSWER", "2026-11-26T20:00:00Z")]);
    check("emergency", "", T::Disclosed, &[("EMERG-POST-HOC", "2026-11-28T12:00:00Z")]);
}

#[test]
fn the_earlier_of_the_regime_and_the_document_counts_where_the_regime_says_so() {
    let due = |id: &str, rule: &str, by: &str| {
        let rules = rule_set(id);
        let mut instrument = document(&rules, "category = 'subscriber'");
        instrument.answer_by = (!by.is_empty()).then(|| moment(by));
        let found = deadlines(&rules, &instrument, Trigger::Received, received());
        let found = found.into_iter().find(|one| one.rule == rule).unwrap();
        let times = crate::regimes::deadlines::impossible_times(&instrument, received());
        let impossible: Vec<_> = times.into_iter().filter_map(|(test, is)| is.then_some(test)).collect();
        let by_document = found.source.contains("the document sets");
        assert_eq!(
            by_document,
            !found.policy && rules.deadline.iter().any(|row| row.name == rule && row.policy)
        );
        (found.due_at.to_string(), by_document, impossible)
    };
    let policy = "2026-12-04T00:00:00Z";
    for (by, expected, by_document, impossible) in [
        ("", policy, false, &[][..]),
        ("2026-11-30T10:00:00Z", "2026-11-30T10:00:00Z", true, &[]),
        ("2026-12-04T00:00:00Z", policy, false, &[]),
        ("2026-12-20T00:00:00Z", policy, false, &[]),
        ("2026-11-26T12:00:00Z", policy, false, &["answer_in_the_past"]),
        ("2026-11-01T00:00:00Z", policy, false, &["answer_before_issue", "answer_in_the_past"]),
        ("2028-01-01T00:00:00Z", policy, false, &["answer_after_the_hold"]),
    ] {
        assert_eq!(
            due("fr-77-1-1", "FR-REQ", by),
            (expected.into(), by_document, impossible.to_vec()),
            "{by}"
        );
    }
    let law = due("eu-epoc", "EU-EPOC", "2026-11-30T10:00:00Z").0;
    assert_eq!(law, "2026-12-06T12:00:00Z", "no document makes ten days of a regulation fewer");
}

#[test]
fn a_time_that_cannot_be_is_asked_about() {
    let rules = rule_set("fr-77-1-1");
    let mut instrument = document(&rules, "category = 'subscriber'\nissuer = 'prosecutor'");
    let said = |instrument: &_| super::found(&rules, instrument, &super::here());
    assert!(said(&instrument).is_empty(), "{:?}", said(&instrument));
    instrument.answer_by = Some(moment("2026-12-01T00:00:00Z"));
    assert!(said(&instrument).is_empty());
    instrument.answer_by = Some(moment("2026-11-20T00:00:00Z"));
    assert!(said(&instrument).contains(&"answer_in_the_past: clarify".to_owned()), "{:?}", said(&instrument));
    instrument.answer_by = Some(moment("2028-11-20T00:00:00Z"));
    assert_eq!(said(&instrument), ["answer_after_the_hold: clarify"]);
}

#[test]
fn the_house_s_own_duties_need_no_document() {
    let own = |id: &str, trigger| {
        let rules = rule_set(id);
        own_deadlines(&rules, trigger, received()).into_iter().map(|one| one.rule).collect::<Vec<_>>()
    };
    assert_eq!(own("us-2258a", Trigger::ReportFiled), ["US-2258A"]);
    assert_eq!(own("dsa-9", Trigger::PeriodEnded), ["DSA-REPORT"]);
    assert_eq!(
        own("eu-epoc", Trigger::Received),
        ["CONFLICT"],
        "what depends on the document does not run without"
    );
}

#[test]
fn nothing_of_ours_moves_over_a_weekend_and_every_row_has_its_source() {
    for rules in shipped().iter() {
        for row in &rules.deadline {
            assert!(!row.roll_over, "{} {}", rules.name(), row.name);
            assert!(!row.law.trim().is_empty(), "{} {}", rules.name(), row.name);
            let allowed = [RequestState::Clarification, RequestState::Suspended];
            assert!(
                row.pauses_on.iter().all(|state| allowed.contains(state)),
                "{} {}",
                rules.name(),
                row.name
            );
        }
    }
}

#[test]
fn who_keeps_a_deadline_and_what_satisfies_it() {
    let rules = rule_set("eu-epoc");
    let row = |name: &str| rules.deadline.iter().find(|row| row.name == name).unwrap();
    for (name, who) in [
        ("EU-EPOC", KeptBy::House),
        ("EU-EMERG", KeptBy::House),
        ("CLARIFY", KeptBy::Authority),
        ("EXPOST-VALID", KeptBy::Authority),
        ("EA-REVIEW", KeptBy::EnforcingAuthority),
        ("EA-EMERG", KeptBy::EnforcingAuthority),
        ("ENFORCE-RECOG", KeptBy::EnforcingAuthority),
    ] {
        assert_eq!(row(name).kept_by, who, "{name}");
    }
    let objection = &row("CONFLICT").satisfied_by;
    assert!(objection.contains(&Satisfaction::Transmitted), "what was answered needs no objection any more");
}

#[test]
fn a_file_may_say_that_an_end_moves_over_the_weekend() {
    let mut rules = rule_set("eu-epoc");
    let row = rules.deadline.iter_mut().find(|row| row.name == "EU-EPOC").unwrap();
    row.roll_over = true;
    let instrument = document(&rules, "category = 'subscriber'");
    // Ten days after a Thursday is a Sunday.
    let due = deadlines(&rules, &instrument, Trigger::Received, received())[0].due_at;
    assert_eq!(due, moment("2026-12-07T12:00:00Z"));
    for (day, rolled) in [("04", "04"), ("05", "07"), ("06", "07"), ("07", "07")] {
        let at = |day: &str| moment(&format!("2026-12-{day}T23:59:59Z"));
        assert_eq!(rolled_over(at(day), None), at(rolled), "{day}");
    }
}

#[test]
fn an_emergency_never_waits_for_the_enforcing_authority_and_always_has_its_clocks() {
    for ground in EmergencyGround::ALL {
        for notified in [true, false] {
            let essentials =
                format!("category = 'subscriber'\nemergency = '{ground}'\nnotified = {notified}");
            let rules = rule_set("eu-epoc");
            let instrument = document(&rules, &essentials);
            assert!(!crate::regimes::waits_for_enforcing_authority(&rules, &instrument));
            let names: BTreeSet<_> =
                planned("eu-epoc", &essentials, Trigger::Received).into_iter().map(|d| d.rule).collect();
            assert!(
                names.contains("EU-EMERG") && !names.contains("EU-EPOC-EA") && !names.contains("EU-EPOC")
            );
        }
    }
    let rules = rule_set("eu-epoc");
    let waits = |essentials: &str| {
        crate::regimes::waits_for_enforcing_authority(
            &rules,
            &document(&rules, &format!("category = 'subscriber'\n{essentials}")),
        )
    };
    assert!(waits("notified = true") && !waits("notified = false"));
}

#[test]
fn who_tells_the_user() {
    let told = |id: &str, silence: Option<Option<&str>>| {
        let rules = rule_set(id);
        let mut instrument = document(&rules, "category = 'subscriber'");
        instrument.silence = silence.map(|until| Silence {
            basis: "A provision".to_owned(),
            until: until.map(moment),
            text: String::new(),
        });
        let notice = informs_user(&rules, &instrument);
        (notice.by, notice.by_house, notice.gagged, notice.not_before)
    };
    assert_eq!(told("eu-epoc", Some(None)), (Informant::Authority, false, false, None));
    assert_eq!(told("fr-60-1", None), (Informant::ProviderUnlessGagged, true, false, None));
    assert_eq!(told("fr-60-1", Some(None)), (Informant::ProviderUnlessGagged, true, true, None));
    assert_eq!(
        told("us-2703f", Some(Some(AT))),
        (Informant::ProviderUnlessGagged, true, true, Some(moment(AT)))
    );
    assert_eq!(told("dsa-10", None), (Informant::AtTimeSet, true, false, None));
    assert_eq!(told("dsa-10", Some(Some(AT))), (Informant::AtTimeSet, true, true, Some(moment(AT))));
}

#[test]
fn lengths_are_read_written_and_counted_in_the_calendar() {
    let after = |length: &str, from: &str| length.parse::<Length>().unwrap().after(moment(from)).to_string();
    assert_eq!(after("P2M", "2026-12-31T00:00:00Z"), "2027-02-28T00:00:00Z");
    assert_eq!(after("P1Y", "2024-02-29T06:00:00Z"), "2025-02-28T06:00:00Z");
    assert_eq!(after("P10D", "2026-03-28T23:30:00Z"), "2026-04-07T23:30:00Z");
    assert_eq!(after("PT96H", "2026-11-26T12:00:00Z"), "2026-11-30T12:00:00Z");
    for text in ["P10D", "PT8H", "P2M", "PT90M", "P1M2DT3H"] {
        let length: Length = text.parse().unwrap();
        assert_eq!(length.to_string().parse::<Length>().unwrap(), length);
    }
    for text in ["", "P", "10 days", "PT0H", "-P1D", "P1DT1S", "P10D "] {
        assert!(text.parse::<Length>().is_err(), "{text:?}");
    }
    assert_eq!(
        "P1000000Y".parse::<Length>().map(|length| length.after(received())).unwrap_or(Moment(i64::MAX)),
        Moment(i64::MAX)
    );
}

proptest! {
    #[test]
    fn working_days_end_after_as_many_calendar_days_and_never_on_a_weekend(offset in 0i64..10_000_000, days in 1u32..60) {
        let from = Moment(received().0 + offset * 1_000_000);
        let end = working_days_after(from, days, None);
        prop_assert!(end.0 - from.0 > i64::from(days - 1) * 86_400_000_000);
        prop_assert!(working_days_after(from, days + 1, None) > end);
        let last = end.before(Duration::from_micros(1));
        prop_assert_eq!(rolled_over(last, None), last, "its last day is a working day");
    }

    /// What a pause takes is given back, to the microsecond, however often it happens.
    #[test]
    fn pauses_are_given_back_and_nothing_else_is(
        length in 1i64..2_000_000_000,
        steps in prop::collection::vec((0i64..100_000_000, any::<bool>()), 0..20),
    ) {
        let start = received();
        let mut now = start;
        let mut running = Running::due(Moment(start.0 + length));
        let (mut still, mut passed) = (0, false);
        for (step, pause) in steps {
            let was_paused = running.paused_at.is_some();
            now = Moment(now.0 + step);
            still += if was_paused { step } else { 0 };
            passed |= running.is_over(now);
            let state = if pause { RequestState::Clarification } else { RequestState::Validating };
            running = running.in_state(state, &[RequestState::Clarification, RequestState::Suspended], now);
            if passed {
                prop_assert!(running.is_over(now), "what has passed stays so");
            }
            prop_assert!(running.due_at.0 >= start.0 + length, "a deadline never comes nearer");
        }
        let ended = running.resumed(now);
        prop_assert_eq!(ended.due_at.0, start.0 + length + still);
        prop_assert_eq!(ended.resumed(now), ended);
    }
}
