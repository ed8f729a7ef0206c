//! What was refused stays held as long as the order may come back by another way, and no longer.

use std::time::Duration;

use super::*;
use crate::requests::{PaperKind, PaperLanguage};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A request of which the whole was refused on a ground.
async fn refused(desk: &Desk, regime: &str, basis: &str, ground: RefusalGround) -> RequestId {
    let said = Instrument {
        regime: regime.into(),
        legal_bases: vec![basis.into()],
        ..instrument(&desk.house, "u-7")
    };
    let id = desk.send(&said).await;
    desk.work().await;
    assert!(!KEPT.lock().unwrap().is_empty(), "it is held at receipt");
    let refusal = Refusal { tasks: [].into(), ground, explanation: "the judge is missing".into() };
    desk.house.app.refuse_tasks(&desk.officer, id, &refusal).await.unwrap();
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Refused);
    id
}

async fn wait(desk: &mut Desk, days: u32) {
    desk.house.clock.advance(DAY * days);
    desk.house.app.tend().await.unwrap();
    desk.work().await;
    desk.sign_in_again().await;
}

async fn due(desk: &Desk, id: RequestId, rule: &str) -> Option<vigie_model::Moment> {
    let view = desk.house.app.request(&desk.officer, id).await.unwrap();
    let of_it = view.deadlines.iter().find(|one| one.rule == rule && one.satisfied_at.is_none());
    of_it.map(|one| one.due_at)
}

fn follow(kind: FollowUpKind) -> FollowUp {
    FollowUp { kind, text: "as it came".into(), due_at: None }
}

fn is_held() -> bool {
    !KEPT.lock().unwrap().is_empty()
}

#[tokio::test]
async fn an_order_that_is_refused_stays_held_for_its_enforcement_and_form_3_says_until_when() {
    let desk = &mut desk().await;
    let app = desk.house.app.clone();
    let begun = app.now();
    let id = refused(desk, "eu-epoc", "2023/1543", RefusalGround::NotCompetent).await;
    assert!(is_held(), "evidence is not lost because somebody refused");
    assert_eq!(due(desk, id, "REFUSED-HOLD").await, Some(begun.after(DAY * 60)));
    let form = (PaperKind::Form3Xml, PaperLanguage::English);
    let form = app.request_paper(&caller_of(&desk.authority), id, form).await.unwrap();
    let form = String::from_utf8(form.bytes).unwrap();
    assert!(form.contains(">true<") && form.contains(&begun.after(DAY * 60).to_string()), "{form}");
    wait(desk, 59).await;
    assert!(is_held());
    wait(desk, 1).await;
    assert!(!is_held(), "nobody enforced it");
    assert_eq!(due(desk, id, "REFUSED-HOLD").await, None);
    let late = app.take_follow_up(&desk.officer, id, &follow(FollowUpKind::EnforcementRequested)).await;
    assert_eq!(late.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn an_order_that_is_refused_and_enforced_is_held_on_until_it_is_needed_no_more() {
    let desk = &mut desk().await;
    let app = desk.house.app.clone();
    let id = refused(desk, "eu-epoc", "2023/1543", RefusalGround::NotCompetent).await;
    wait(desk, 50).await;
    let view = app.request(&desk.officer, id).await.unwrap();
    let may_follow =
        [FollowUpKind::PreservationEnded, FollowUpKind::EnforcementRequested, FollowUpKind::Recognised];
    assert!(view.may_follow.len() == 3 && may_follow.iter().all(|kind| view.may_follow.contains(kind)));
    let extension = app.take_follow_up(&desk.officer, id, &follow(FollowUpKind::Extension)).await;
    assert_eq!(extension.unwrap_err().code(), Code::WrongState);
    app.take_follow_up(&desk.officer, id, &follow(FollowUpKind::EnforcementRequested)).await.unwrap();
    assert!(due(desk, id, "ENFORCE-RECOG").await.is_some());
    assert_eq!(due(desk, id, "REFUSED-HOLD").await, Some(app.now().after(DAY * 60)));
    wait(desk, 30).await;
    assert!(is_held());
    app.take_follow_up(&desk.officer, id, &follow(FollowUpKind::Recognised)).await.unwrap();
    assert_eq!(due(desk, id, "ENFORCE-RECOG").await, None);
    app.take_follow_up(&desk.officer, id, &follow(FollowUpKind::PreservationEnded)).await.unwrap();
    desk.work().await;
    assert!(!is_held());
    assert_eq!(desk.state(id).await, RequestState::Refused);
}

#[tokio::test]
async fn what_nobody_can_enforce_or_nobody_is_known_to_ask_is_let_go_at_once() {
    for (regime, basis, ground) in [
        ("fr-77-1-1", "77-1-1", RefusalGround::NotCompetent),
        ("eu-epoc", "2023/1543", RefusalGround::NotAuthenticated),
    ] {
        let desk = desk().await;
        let id = refused(&desk, regime, basis, ground).await;
        assert!(!is_held(), "{regime} {ground}");
        assert_eq!(due(&desk, id, "REFUSED-HOLD").await, None);
    }
}

#[tokio::test]
async fn the_key_of_a_refused_order_outlives_what_is_held_for_it() {
    let mut house = crate::tests::house().await;
    house.app = house.process_set(|settings| settings.disclosure.archive_after = DAY * 30).await;
    let desk = &mut desk_in(house).await;
    let id = refused(desk, "eu-epoc", "2023/1543", RefusalGround::NotCompetent).await;
    wait(desk, 40).await;
    assert_eq!(desk.state(id).await, RequestState::Refused, "without its key nothing could be let go");
    wait(desk, 20).await;
    assert!(!is_held());
    assert_eq!(desk.state(id).await, RequestState::Refused);
    wait(desk, 31).await;
    assert_eq!(desk.state(id).await, RequestState::Archived);
}
