//! Reading again: drawn by nobody's choice, without the first conclusion, and with no consequence of its own.

use std::time::Duration;

use vigie_model::action::ActionKind;
use vigie_model::alarm::NoticeKind;
use vigie_model::bank::Label;
use vigie_model::id::{IncidentId, RereadingId};
use vigie_model::incident::RevealStep::{Shielded, Soft};
use vigie_model::incident::{Finding, IncidentState, ItemVerdict, Outcome};
use vigie_model::rereading::{RereadingState, Settlement};
use vigie_model::{Caller, Role};

use super::falls_within;
use crate::outbox::tests::work;
use crate::tests::House;
use crate::tests::desk::{concluding, desk, posted};
use crate::wellbeing::ReviewSettings;
use crate::{App, Code};

use ItemVerdict::{NotViolating, Violating};

#[test]
fn a_draw_falls_within_its_share() {
    let drawn = |percent| (0..4000).filter(|_| falls_within(percent).unwrap()).count();
    assert_eq!((drawn(0), drawn(100)), (0, 4000));
    let some = drawn(20);
    assert!((500..1100).contains(&some), "{some} of 4000 at 20 percent");
}

/// A house in which every decision is read again.
async fn reading() -> (House, App, Vec<u8>) {
    let (house, picture) = desk().await;
    let review = ReviewSettings { reread_percent: 100, ..ReviewSettings::default() };
    let app = house.process_with_review(review).await;
    (house, app, picture)
}

async fn decide(house: &House, app: &App, caller: &Caller, id: IncidentId, verdict: ItemVerdict) {
    let fence = app.claim(caller, id).await.unwrap().lease.unwrap().fence;
    let kinds: &[ActionKind] = if verdict == Violating { &[ActionKind::RemoveMessage] } else { &[] };
    let conclusion = concluding(house, caller, id, verdict, kinds).await;
    app.decide(caller, id, fence, conclusion).await.unwrap();
}

/// Concludes the same about every item.
async fn conclude(
    app: &App,
    caller: &Caller,
    id: RereadingId,
    verdict: ItemVerdict,
    label: &str,
) -> Result<(), Code> {
    let items = app.blind(caller, id).await.unwrap().view.items;
    let findings = items.iter().map(|one| Finding { item: one.item.id, verdict }).collect();
    let outcome = if verdict == Violating { Outcome::Violating } else { Outcome::Dismissed };
    let labels: Vec<Label> = if verdict == Violating { vec![label.parse().unwrap()] } else { vec![] };
    app.read_again(caller, id, outcome, labels, findings).await.map_err(|error| error.code())
}

#[tokio::test]
async fn a_second_reviewer_concludes_without_knowing_the_first_conclusion() {
    let (house, app, picture) = reading().await;
    let (ada, ben) = (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
    let id = posted(&house, "ann", "m1", &picture).await;
    decide(&house, &app, &ada, id, Violating).await;
    work(&app).await;
    assert_eq!(app.take_rereading(&ada).await.unwrap(), None, "nobody reads their own again");
    assert_eq!(app.rereadings(&ben).await.unwrap().waiting, 1);
    let item = app.incident(&ben, id).await.unwrap().items[0].item.id;
    assert_eq!(app.reveal(&ben, id, &[item], Shielded).await.unwrap_err().code(), Code::NoNeed);
    let taken = app.take_rereading(&ben).await.unwrap().unwrap();

    let blind = app.blind(&ben, taken).await.unwrap();
    let view = &blind.view;
    assert_eq!((blind.incident, view.items.len(), view.incident.state), (id, 1, IncidentState::Open));
    assert!(view.decisions.is_empty() && view.actions.is_empty() && view.items[0].item.verdict.is_none());
    assert_eq!(app.incident(&ben, id).await.unwrap_err().code(), Code::ReadAgainFirst, "it would tell");
    assert_eq!(app.blind(&ada, taken).await.unwrap_err().code(), Code::LeaseLost);
    assert!(view.items[0].may_look && view.items[0].item.id == item);
    for step in [Shielded, Soft] {
        app.reveal(&ben, id, &[item], step).await.unwrap();
    }
    assert_eq!(app.own_exposure(&ben).await.unwrap().standing.today.items, 1, "it counts as any look");

    let none = app.read_again(&ben, taken, Outcome::Dismissed, vec![], vec![]).await.unwrap_err();
    assert_eq!(none.code(), Code::InvalidValue);
    let before = house.rows().await;
    conclude(&app, &ben, taken, Violating, "inhope:A1").await.unwrap();
    let after = house.rows().await;
    for table in ["actions", "decisions", "incidents", "incident_items", "notices"] {
        assert_eq!(before[table], after[table], "{table}");
    }
    assert!(after["ledger_details"].iter().any(|row| row.contains("decision.read_again")));
    assert_eq!(app.incident(&ben, id).await.unwrap().decisions.len(), 1, "now it may be known");
    let again = app.blind(&ben, taken).await.unwrap_err();
    assert_eq!(again.code(), Code::LeaseLost);
    let quality = app.overview(&ada).await.unwrap().quality;
    assert_eq!((quality.agreement.compared, quality.agreement.same), (1, 1));
}

#[tokio::test]
async fn what_differs_goes_to_a_senior_who_made_neither_and_changes_nothing_by_itself() {
    let (house, app, picture) = reading().await;
    let (ada, ben) =
        (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::SeniorReviewer).await);
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    decide(&house, &app, &ada, id, Violating).await;
    work(&app).await;
    let taken = app.take_rereading(&ben).await.unwrap().unwrap();
    assert_eq!(app.both_conclusions(&sue, taken).await.unwrap_err().code(), Code::NotFound, "not yet");
    let before = house.rows().await;
    conclude(&app, &ben, taken, NotViolating, "").await.unwrap();
    assert_eq!(app.notices(&sue).await.unwrap()[0].kind, NoticeKind::ReadersDiffer);
    assert_eq!(app.both_conclusions(&ada, taken).await.unwrap_err().code(), Code::Forbidden);
    assert_eq!(app.rereadings(&sue).await.unwrap().disputed[0].id, taken);
    let both = app.both_conclusions(&sue, taken).await.unwrap();
    assert!(both.may_settle && !app.both_conclusions(&ben, taken).await.unwrap().may_settle);
    assert_eq!(
        (both.decision.outcome, both.rereading.second.unwrap().outcome),
        (Outcome::Violating, Outcome::Dismissed)
    );

    let settle = async |caller: &Caller, reason: &str| {
        let done = app.settle_rereading(caller, taken, Settlement::Second, reason).await;
        done.map_err(|error| error.code())
    };
    assert_eq!(settle(&ben, "mine").await, Err(Code::SamePerson));
    assert_eq!(settle(&sue, " ").await, Err(Code::InvalidValue));
    settle(&sue, "a painting").await.unwrap();
    assert_eq!(settle(&sue, "again").await, Err(Code::WrongState));
    assert_eq!(app.both_conclusions(&sue, taken).await.unwrap().rereading.state, RereadingState::Settled);
    let after = house.rows().await;
    for table in ["actions", "decisions", "incidents", "incident_items"] {
        assert_eq!(before[table], after[table], "{table}");
    }
}

#[tokio::test]
async fn a_label_that_differs_is_a_difference() {
    let (house, app, picture) = reading().await;
    let (ada, ben) = (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    let id = posted(&house, "ann", "m1", &picture).await;
    decide(&house, &app, &ada, id, Violating).await;
    let taken = app.take_rereading(&ben).await.unwrap().unwrap();
    conclude(&app, &ben, taken, Violating, "inhope:B2").await.unwrap();
    assert_eq!(app.rereadings(&sue).await.unwrap().disputed.len(), 1);
    let agreement = app.overview(&ada).await.unwrap().quality.agreement;
    assert_eq!((agreement.compared, agreement.same, agreement.labels.len()), (1, 1, 2));
}

#[tokio::test]
async fn it_waits_for_nobody_who_knows_passed_or_is_spared_and_not_for_ever_on_one() {
    let (house, app, picture) = reading().await;
    let mut people = Vec::new();
    for name in ["Ada", "Ben", "Cem", "Dua", "Eli", "Fay"] {
        people.push(house.person(name, Role::Reviewer).await);
    }
    let [ada, ben, cem, dua, eli, fay] = &people[..] else { panic!("six people") };
    let id = posted(&house, "ann", "m1", &picture).await;
    let mut tx = app.store.begin().await.unwrap();
    let label: Label = "ncmec:A1".parse().unwrap();
    vigie_store::spared::label_incident(&mut tx, id, &label).await.unwrap();
    let entry = vigie_seal::ledger::Details::new(ada, "test.done", "test", app.now());
    tx.commit(&entry).await.unwrap();
    let item = app.incident(ben, id).await.unwrap().items[0].item.id;
    let fence = app.claim(ben, id).await.unwrap().lease.unwrap().fence;
    app.reveal(ben, id, &[item], Shielded).await.unwrap();
    app.release(ben, id, fence).await.unwrap();
    app.pass(cem, id).await.unwrap();
    app.spare(dua, &[label]).await.unwrap();
    decide(&house, &app, ada, id, Violating).await;
    for (caller, count) in [(ada, 0), (ben, 0), (cem, 0), (dua, 0), (eli, 1), (fay, 1)] {
        assert_eq!(app.rereadings(caller).await.unwrap().waiting, count, "{}", caller.name);
    }
    let taken = app.take_rereading(eli).await.unwrap();
    assert!(taken.is_some());
    assert_eq!(app.take_rereading(eli).await.unwrap(), taken, "one's own comes back");
    assert_eq!(app.take_rereading(fay).await.unwrap(), None);
    house.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(app.blind(eli, taken.unwrap()).await.unwrap_err().code(), Code::LeaseLost);
    assert_eq!(app.take_rereading(fay).await.unwrap(), taken);
    app.give_back_rereading(fay, taken.unwrap()).await.unwrap();
    assert_eq!(app.take_rereading(eli).await.unwrap(), taken);
}

#[tokio::test]
async fn what_is_undone_or_decided_without_a_look_is_not_read_again() {
    let (house, app, picture) = reading().await;
    let (ada, ben) = (house.person("Ada", Role::Reviewer).await, house.person("Ben", Role::Reviewer).await);
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    let first = posted(&house, "ann", "m1", &picture).await;
    let item = app.incident(&ada, first).await.unwrap().items[0].item.id;
    app.claim(&ada, first).await.unwrap();
    for step in [Shielded, Soft] {
        app.reveal(&ada, first, &[item], step).await.unwrap();
    }
    decide(&house, &app, &ada, first, Violating).await;
    let second = posted(&house, "bob", "m2", &picture).await;
    let fence = app.claim(&ada, second).await.unwrap().lease.unwrap().fence;
    app.decide_as_before(&ada, second, fence, "as before", vec![]).await.unwrap();
    assert_eq!(app.rereadings(&ben).await.unwrap().waiting, 1, "the first alone");
    let decision = app.incident(&ada, first).await.unwrap().decisions[0].id;
    app.reverse_decision(&sue, decision, "a painting").await.unwrap();
    assert_eq!(app.rereadings(&ben).await.unwrap().waiting, 0);
}

#[tokio::test]
async fn hits_that_turn_out_to_be_none_are_counted_by_bank() {
    let (house, app, picture) = reading().await;
    let sue = house.person("Sue", Role::SeniorReviewer).await;
    for (number, verdict) in
        [Violating, NotViolating, NotViolating, ItemVerdict::Unclear].into_iter().enumerate()
    {
        let id = posted(&house, &format!("account-{number}"), &format!("m{number}"), &picture).await;
        decide(&house, &app, &sue, id, verdict).await;
    }
    posted(&house, "waits", "m9", &picture).await;
    let banks = app.overview(&sue).await.unwrap().quality.banks;
    let [(id, name, judged)] = &banks[..] else { panic!("one bank: {banks:?}") };
    assert_eq!(name.as_str(), "DIGESTS");
    assert_eq!((judged.violating, judged.not_violating, judged.unclear), (1, 2, 1));
    assert_eq!(app.judged_of_bank(&sue, *id).await.unwrap(), *judged);
    let eve = house.person("Eve", Role::Auditor).await;
    assert!(app.overview(&eve).await.unwrap().quality.banks.is_empty(), "who may not read banks sees none");
    assert_eq!(app.judged_of_bank(&eve, *id).await.unwrap_err().code(), Code::Forbidden);
}
