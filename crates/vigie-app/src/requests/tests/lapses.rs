//! What passes by itself, what documents that follow do, and the end.

use std::time::Duration;

use vigie_model::alarm::NoticeKind;
use vigie_model::disclosure::{Emergency, EmergencyGround, PreservationState};

use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A European order about one account.
pub(super) fn order(desk: &Desk, user: &str) -> Instrument {
    Instrument {
        regime: "eu-epoc".into(),
        legal_bases: vec!["2023/1543".into()],
        ..instrument(&desk.house, user)
    }
}

/// A European order to preserve, by a signed instrument.
fn preservation(desk: &Desk, reference: &str) -> Instrument {
    Instrument {
        regime: "eu-epoc-pr".into(),
        kind: RequestKind::Preservation,
        reference: reference.into(),
        nonce: format!("nonce-{}-0123456789abcdef", reference.replace(' ', "-")),
        ..order(desk, "u-7")
    }
}

fn saying(kind: FollowUpKind) -> FollowUp {
    FollowUp { kind, text: "as it came".into(), due_at: None }
}

async fn deadline(desk: &Desk, id: RequestId, rule: &str) -> vigie_store::request_deadlines::RequestDeadline {
    let mut reader = desk.house.app.store.read().await.unwrap();
    let all = vigie_store::request_deadlines::of_request(&mut reader, id).await.unwrap();
    all.iter().find(|one| one.rule == rule).unwrap_or_else(|| panic!("{rule} in {all:?}")).clone()
}

async fn preserved(desk: &Desk, id: RequestId) -> Option<PreservationState> {
    find(&mut desk.house.app.store.read().await.unwrap(), id).await.unwrap().preservation
}

async fn round(desk: &Desk) {
    desk.house.app.tend().await.unwrap();
    desk.work().await;
}

#[tokio::test]
async fn the_hold_of_the_enforcing_authority_ends_by_itself_and_what_was_agreed_leaves_on_the_tenth_day() {
    let mut desk = desk().await;
    let app = desk.house.app.clone();
    let begun = app.now();
    let enforcing = Office { name: "Enforcing".into(), country: "DE".into(), ..Office::default() };
    let id = held_for(&desk, enforcing).await;
    let (review, transmit) =
        (deadline(&desk, id, "EA-REVIEW").await, deadline(&desk, id, "EU-EPOC-EA").await);
    let grant = app.release_view(&desk.officer, id, 0).await.unwrap().grant;
    assert!(grant.expires_at > review.due_at, "a grant outlives the time in which nothing leaves");
    assert_eq!((review.due_at, transmit.due_at), (begun.after(DAY * 10), begun.after(DAY * 10)));

    desk.house.clock.advance(DAY * 9);
    desk.sign_in_again().await;
    let question = app.ask_release(&desk.officer, id, "found valid").await.unwrap();
    app.approve(&desk.releaser, question.id).await.unwrap();
    round(&desk).await;
    assert_eq!(desk.state(id).await, RequestState::EnforcingHold, "nothing leaves while it may object");

    desk.house.clock.advance(DAY);
    round(&desk).await;
    assert_eq!(desk.state(id).await, RequestState::Released);
    let transmitted = deadline(&desk, id, "EU-EPOC-EA").await;
    assert_eq!(transmitted.satisfied_at, Some(transmitted.due_at), "at the end of the ten days");
    assert!(transmitted.missed_at.is_none());
    let review = deadline(&desk, id, "EA-REVIEW").await;
    assert_eq!(review.satisfied_with.as_deref(), Some("no_objection"));
}

#[tokio::test]
async fn a_preservation_is_extended_once_from_its_end_and_then_expires() {
    let desk = desk().await;
    let app = &desk.house.app;
    let begun = app.now();
    let id = desk.send(&preservation(&desk, "PR 1")).await;
    desk.work().await;
    assert_eq!(preserved(&desk, id).await, Some(PreservationState::Preserved));
    assert!(!KEPT.lock().unwrap().is_empty());
    assert!(app.accept_request(&desk.officer, id).await.is_err(), "it gives nothing");
    app.take_follow_up(&desk.officer, id, &saying(FollowUpKind::Extension)).await.unwrap();
    assert_eq!(preserved(&desk, id).await, Some(PreservationState::Extended));
    assert_eq!(deadline(&desk, id, "EPOC-PR-EXTENDED").await.due_at, begun.after(DAY * 90));
    let again = app.take_follow_up(&desk.officer, id, &saying(FollowUpKind::Extension)).await.unwrap_err();
    assert_eq!(again.code(), Code::ExtendedBefore);
    desk.house.clock.advance(DAY * 89);
    round(&desk).await;
    assert_eq!(preserved(&desk, id).await, Some(PreservationState::Extended));
    desk.house.clock.advance(DAY);
    round(&desk).await;
    round(&desk).await;
    assert_eq!(preserved(&desk, id).await, Some(PreservationState::Expired));
    assert_eq!(desk.state(id).await, RequestState::Closed);
    assert!(KEPT.lock().unwrap().is_empty(), "the messenger keeps nothing for it any more");
}

#[tokio::test]
async fn a_production_that_is_announced_holds_without_end_and_one_after_the_end_is_asked_about() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&preservation(&desk, "PR 1")).await;
    desk.work().await;
    app.take_follow_up(&desk.officer, id, &saying(FollowUpKind::ProductionAnnounced)).await.unwrap();
    desk.house.clock.advance(DAY * 200);
    round(&desk).await;
    assert_eq!(preserved(&desk, id).await, Some(PreservationState::ProductionAnnounced));
    assert!(!KEPT.lock().unwrap().is_empty());
    let officer = desk.house.again("Lea").await;
    app.take_follow_up(&officer, id, &saying(FollowUpKind::PreservationEnded)).await.unwrap();
    round(&desk).await;
    assert_eq!(
        (preserved(&desk, id).await, desk.state(id).await),
        (Some(PreservationState::Ended), RequestState::Closed)
    );

    let late = Instrument { earlier: Some("PR 1".into()), reference: "P 9".into(), ..order(&desk, "u-7") };
    let late = desk.send(&late).await;
    desk.work().await;
    let refused = app.accept_request(&officer, late).await.unwrap_err();
    assert_eq!(refused.code(), Code::TaskNotReady);
    let view = app.request(&officer, late).await.unwrap();
    let tests: Vec<_> = view.tasks[0].findings.iter().flatten().map(|one| one.test.as_str()).collect();
    assert!(tests.contains(&"preservation_ended"), "{tests:?}");
    app.ask_clarification(&officer, late, &Clarification { text: "It has ended.".into() }).await.unwrap();
    app.take_clarification(&officer, late, ("We know.", None)).await.unwrap();
    desk.work().await;
    let view = app.request(&officer, late).await.unwrap();
    assert!(view.tasks[0].findings.iter().flatten().all(|one| one.test != "preservation_ended"));
}

#[tokio::test]
async fn a_signed_order_that_continues_a_preservation_announces_its_production() {
    let desk = desk().await;
    let id = desk.send(&preservation(&desk, "PR 1")).await;
    desk.work().await;
    let produced =
        Instrument { earlier: Some("PR 1".into()), reference: "P 2".into(), ..order(&desk, "u-7") };
    let produced = desk.send(&produced).await;
    desk.work().await;
    assert_eq!(preserved(&desk, id).await, Some(PreservationState::ProductionAnnounced));
    assert_eq!(desk.state(produced).await, RequestState::Validating);
}

#[tokio::test]
async fn two_documents_of_one_reference_are_asked_about_and_nobody_guesses() {
    let desk = desk().await;
    let app = &desk.house.app;
    let first = desk.send(&order(&desk, "u-7")).await;
    desk.work().await;
    let second = desk.send(&order(&desk, "u-8")).await;
    desk.work().await;
    let view = app.request(&desk.officer, second).await.unwrap();
    let tests: Vec<_> = view.tasks[0].findings.iter().flatten().map(|one| one.test.as_str()).collect();
    assert!(tests.contains(&"same_reference"), "{tests:?}");
    let unclear = app.accept_request(&desk.officer, second).await.unwrap_err();
    assert_eq!(unclear.code(), Code::TaskNotReady);
    app.accept_request(&desk.officer, first).await.unwrap();
}

/// An emergency of which the validation follows.
fn emergency(desk: &Desk, user: &str) -> Instrument {
    let emergency =
        Emergency { ground: EmergencyGround::Life, text: "a child".into(), validation_follows: true };
    Instrument { emergency: Some(emergency), ..order(desk, user) }
}

async fn settle_all(desk: &Desk, id: RequestId) {
    let view = desk.house.app.request(&desk.releaser, id).await.unwrap();
    for warning in view.warnings {
        let _ = desk
            .house
            .app
            .settle_warning(&desk.releaser, id, (warning.task, &warning.kind, "looked at"))
            .await;
    }
}

#[tokio::test]
async fn a_validation_that_does_not_come_stops_the_request_and_somebody_looks_whether_it_was_forged() {
    let desk = desk().await;
    let app = &desk.house.app;
    let officer_of_data = desk.house.person("Dpo", Role::DataProtectionOfficer).await;
    let id = desk.send(&emergency(&desk, "u-7")).await;
    desk.work().await;
    assert_eq!(deadline(&desk, id, "EXPOST-VALID").await.due_at, app.now().after(HOUR * 48));
    settle_all(&desk, id).await;
    app.accept_request(&desk.officer, id).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::ReadyForApproval, "an emergency waits for nobody");
    desk.house.clock.advance(HOUR * 48);
    round(&desk).await;
    assert_eq!(desk.state(id).await, RequestState::Withdrawn);
    let key = app.store.request_keys().existing(id, vigie_store::request_keys::RequestPart::Staging).unwrap();
    assert!(key.is_none(), "what was taken is destroyed");
    let notices = app.notices(&officer_of_data).await.unwrap();
    assert!(notices.iter().any(|notice| notice.kind == NoticeKind::ForgerySuspected));
    let view = app.request(&desk.house.again("Lea").await, id).await.unwrap();
    assert!(view.warnings.iter().any(|warning| warning.kind == "possibly_forged"));
}

#[tokio::test]
async fn after_delivery_a_validation_that_does_not_come_restricts_the_use_and_one_that_comes_settles_it() {
    for comes in [false, true] {
        let desk = desk().await;
        let app = &desk.house.app;
        let id = desk.send(&emergency(&desk, "u-7")).await;
        desk.work().await;
        settle_all(&desk, id).await;
        desk.release(id).await;
        app.publish_ledger().await.unwrap();
        app.fetch_package(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
        if comes {
            let caller = caller_of(&desk.authority);
            let sent = || super::sent::saying(FollowUpKind::Validation);
            app.hand_in_follow_up(&caller, id, sent()).await.unwrap();
            let again = app.hand_in_follow_up(&caller, id, sent()).await.unwrap_err();
            assert_eq!(again.code(), Code::WrongState, "nothing of the kind is expected any more");
        }
        desk.house.clock.advance(HOUR * 48);
        round(&desk).await;
        let expected = if comes { RequestState::Delivered } else { RequestState::UseRestricted };
        assert_eq!(desk.state(id).await, expected);
    }
}

#[tokio::test]
async fn what_is_entered_of_an_authority_sets_another_time_and_begins_what_it_begins() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&order(&desk, "u-7")).await;
    desk.work().await;
    let asked = FollowUp { due_at: Some(app.now().after(DAY * 20)), ..saying(FollowUpKind::NewDeadline) };
    let refused = app.take_follow_up(&caller_of(&desk.authority), id, &asked).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden, "an authority sends, and enters nothing");
    let past = FollowUp { due_at: Some(app.now()), ..asked.clone() };
    let past = app.take_follow_up(&desk.officer, id, &past).await.unwrap_err();
    assert_eq!(past.code(), Code::InvalidValue);
    app.take_follow_up(&desk.officer, id, &asked).await.unwrap();
    assert_eq!(deadline(&desk, id, "EU-EPOC").await.due_at, asked.due_at.unwrap());
    app.take_follow_up(&desk.officer, id, &saying(FollowUpKind::EnforcementRequested)).await.unwrap();
    assert!(deadline(&desk, id, "ENFORCE-RECOG").await.satisfied_at.is_none());
    app.take_follow_up(&desk.officer, id, &saying(FollowUpKind::Recognised)).await.unwrap();
    assert!(deadline(&desk, id, "ENFORCE-RECOG").await.satisfied_at.is_some());
}

#[tokio::test]
async fn what_is_finished_closes_and_after_years_nobody_can_tell_whom_it_was_about() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-forgotten")).await;
    desk.work().await;
    let early = app.close_request(&desk.officer, id).await.unwrap_err();
    assert_eq!(early.code(), Code::WrongState, "nobody closes what nobody answered");
    desk.release(id).await;
    app.publish_ledger().await.unwrap();
    app.fetch_package(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
    let notice = app.user_notices(&desk.officer, 0).await.unwrap().remove(0);
    app.note_user_told(&desk.officer, notice.id).await.unwrap();
    desk.house.clock.advance(DAY * 31);
    round(&desk).await;
    assert_eq!(desk.state(id).await, RequestState::Closed);
    assert!(KEPT.lock().unwrap().is_empty(), "the messenger keeps nothing for it any more");
    let officer = desk.house.again("Lea").await;
    assert_eq!(
        app.request(&officer, id).await.unwrap().tasks[0].accounts.as_deref(),
        Some(&["u-forgotten".to_owned()][..])
    );

    // Yesterday's copy of the database.
    let yesterday = desk.house.rows().await;
    let named = |rows: &vigie_store::tables::Rows| {
        let naming = |lines: &Vec<String>| {
            lines
                .iter()
                .any(|line| line.contains("u-forgotten") || line.contains(&hex::encode("u-forgotten")))
        };
        rows.iter().filter(|(_, lines)| naming(lines)).map(|(table, _)| table.clone()).collect::<Vec<_>>()
    };
    assert_eq!(named(&yesterday), Vec::<String>::new(), "not even before does the database name anybody");
    desk.house.clock.advance(DAY * 365 * 5);
    round(&desk).await;
    assert_eq!(desk.state(id).await, RequestState::Archived);
    let keys = app.store.request_keys();
    for part in
        [vigie_store::request_keys::RequestPart::Whole, vigie_store::request_keys::RequestPart::Staging]
    {
        assert!(keys.existing(id, part).unwrap().is_none(), "{part:?}: no copy opens any more");
    }
    assert!(app.secrets(id, vigie_store::request_keys::RequestPart::Whole).await.is_err());
    let kept = find(&mut app.store.read().await.unwrap(), id).await.unwrap();
    assert_eq!(
        (kept.reference.as_str(), kept.authority_name.as_str(), kept.regime.as_str()),
        ("", "", "fr-77-1-1")
    );
    let rows = desk.house.rows().await;
    assert!(rows["request_letters"].is_empty() && rows["user_notices"].is_empty());
}

#[tokio::test]
async fn a_request_about_which_silence_stands_is_not_archived() {
    let desk = desk().await;
    let app = &desk.house.app;
    let silence =
        vigie_model::disclosure::Silence { basis: "article 11".into(), until: None, text: String::new() };
    let id = desk.send(&Instrument { silence: Some(silence), ..instrument(&desk.house, "u-7") }).await;
    desk.work().await;
    let no = Refusal { tasks: [].into(), ground: RefusalGround::NotCompetent, explanation: "no".into() };
    app.refuse_tasks(&desk.officer, id, &no).await.unwrap();
    desk.house.clock.advance(DAY * 365 * 6);
    round(&desk).await;
    assert_eq!(desk.state(id).await, RequestState::Refused);
    app.end_gag(&desk.house.again("Lea").await, id, "lifted").await.unwrap();
    round(&desk).await;
    assert_eq!(desk.state(id).await, RequestState::Archived);
}
