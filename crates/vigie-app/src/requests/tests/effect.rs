//! What an authority is told besides papers and packages: that its document came, and which effect its order to act was given.

use std::time::Duration;

use vigie_model::disclosure::{Identifier, IdentifierKind};

use super::*;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// An order to act against a message, under this regime.
fn order_to_act(desk: &Desk, regime: &str, basis: &str) -> Instrument {
    let plain = instrument(&desk.house, "u-7");
    let identifier = Identifier {
        kind: IdentifierKind::MessageLink,
        value: "https://messenger.example/c/7/12".into(),
        service: RECORDS.into(),
    };
    let wanted =
        Wanted { identifier, categories: vec![Category::Content], span: None, ..plain.wanted[0].clone() };
    Instrument {
        regime: regime.into(),
        kind: RequestKind::Removal,
        legal_bases: vec![basis.into()],
        wanted: vec![wanted],
        ..plain
    }
}

#[tokio::test]
async fn an_order_to_act_on_paper_is_acknowledged_and_answered_and_both_are_counted() {
    let desk = desk().await;
    let app = &desk.house.app;
    let entered = EnteredRequest {
        document: Bytes::from_static(b"%PDF-1.7 an order"),
        mime: "application/pdf".into(),
        instrument: order_to_act(&desk, "dsa-9", "2022/2065"),
        diagnostics: vec![],
    };
    let begun = app.now();
    let id = app.enter_request(&desk.officer, entered).await.unwrap().id;
    desk.work().await;
    let acknowledged = async || {
        let view = app.request(&desk.officer, id).await.unwrap();
        let letter = view.letters.iter().find(|one| one.letter.kind == "acknowledgement").unwrap();
        let deadline = view.deadlines.iter().find(|one| one.rule == "DSA-ACK").unwrap();
        (letter.letter.sent_at, deadline.satisfied_with.clone(), view.request.acknowledged_at)
    };
    assert_eq!(acknowledged().await, (None, None, None), "people send it");
    desk.house.clock.advance(HOUR * 2);
    assert_eq!(app.note_acknowledgement(&desk.releaser, id).await.unwrap_err().code(), Code::Forbidden);
    app.note_acknowledgement(&desk.officer, id).await.unwrap();
    let at = Some(app.now());
    assert_eq!(acknowledged().await, (at, Some("acknowledged".to_owned()), at));
    let again = app.note_acknowledgement(&desk.officer, id).await.unwrap_err();
    assert_eq!(again.code(), Code::WrongState);

    let early = app.note_effect(&desk.officer, id, "removed").await.unwrap_err();
    assert_eq!(early.code(), Code::WrongState, "nobody knows yet who asks");
    let call = app.ask_call_back(&desk.officer, id).await.unwrap();
    let report = CallReport {
        authority: desk.authority.id,
        spoke_with: "the duty officer".into(),
        read_back: call.nonce,
        outcome: CallOutcome::Confirmed,
    };
    app.report_call_back(&desk.releaser, id, &report).await.unwrap();
    desk.work().await;
    desk.house.clock.advance(HOUR);
    let given = app.accept_request(&desk.officer, id).await.unwrap_err();
    assert_eq!(given.code(), Code::WrongState, "an order to act gives nothing");
    assert_eq!(app.note_effect(&desk.officer, id, " ").await.unwrap_err().code(), Code::InvalidValue);
    assert_eq!(app.note_effect(&desk.releaser, id, "removed").await.unwrap_err().code(), Code::Forbidden);
    app.note_effect(&desk.officer, id, "The message was removed.").await.unwrap();
    let view = app.request(&desk.officer, id).await.unwrap();
    assert_eq!(view.request.state, RequestState::Closed);
    assert!(view.tasks.iter().all(|task| task.state == TaskState::ActedOn));
    let standing = app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
    let letter = standing.letters.last().unwrap();
    assert!(letter.kind == "effect" && letter.text.contains("The message was removed."), "{letter:?}");

    desk.house.clock.advance(HOUR);
    let tables = app.order_tables(&desk.officer, (begun, app.now())).await.unwrap();
    let row = &tables.to_act[0];
    assert_eq!((row.orders, row.median_receipt, row.median_effect), (1, Some(HOUR * 2), Some(HOUR * 3)));
}

#[tokio::test]
async fn a_removal_is_in_time_once_its_effect_is_told_and_only_orders_to_act_have_one() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&order_to_act(&desk, "eu-tco", "2021/784")).await;
    desk.work().await;
    assert_eq!(desk.state(id).await, RequestState::Validating);
    app.note_effect(&desk.officer, id, "Removed within the hour.").await.unwrap();
    let view = app.request(&desk.officer, id).await.unwrap();
    let hour = view.deadlines.iter().find(|one| one.rule == "TCO").unwrap();
    assert_eq!(hour.satisfied_with.as_deref(), Some("removed"));

    let production = Instrument { nonce: "nonce-of-a-production".into(), ..instrument(&desk.house, "u-7") };
    let other = desk.send(&production).await;
    desk.work().await;
    assert_eq!(app.note_effect(&desk.officer, other, "no").await.unwrap_err().code(), Code::WrongState);
}
