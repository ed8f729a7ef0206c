//! Orders: who may give them, what they do, that each is performed once, that each can be undone.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use vigie_model::action::{ActionKind, Target};
use vigie_model::id::ActionId;

use crate::rig::{Rig, body, message_target};

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

#[tokio::test]
async fn a_message_is_removed_once_however_often_it_is_ordered() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    let order = rig.order(uuid(1), ActionKind::RemoveMessage, &message_target(message));
    let first = body(StatusCode::OK, rig.send(&order).await).await;
    assert_eq!(first["outcome"], "done");
    assert_eq!(first["state"]["visible"], false);
    assert_eq!(first["performed_at"], "2027-01-15T08:00:00Z");

    rig.clock.advance(Duration::from_secs(60));
    for _ in 0..3 {
        let again = body(StatusCode::OK, rig.send(&order).await).await;
        assert_eq!(again["outcome"], "already_done");
        assert_eq!((&again["receipt"], &again["performed_at"]), (&first["receipt"], &first["performed_at"]));
    }
    assert_eq!(rig.messenger.executions(ActionId(uuid(1))), 1);
    assert_eq!(rig.messenger.requests(ActionId(uuid(1))), 4);
    assert!(!rig.messenger.message(message.id.as_str()).unwrap().visible);

    let another = rig.order(uuid(2), ActionKind::RemoveMessage, &message_target(message));
    let second = body(StatusCode::OK, rig.send(&another).await).await;
    assert_eq!(second["outcome"], "already_done");
    assert_ne!(second["receipt"], first["receipt"]);
    rig.stop().await;
}

#[tokio::test]
async fn an_identifier_is_not_used_for_another_action() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    rig.send(&rig.order(uuid(1), ActionKind::RemoveMessage, &message_target(message))).await;
    let account = Target { account_id: Some(message.account.to_string()), ..Target::default() };
    let answer = rig.send(&rig.order(uuid(1), ActionKind::SuspendAccount, &account)).await;
    assert_eq!(body(StatusCode::CONFLICT, answer).await["code"], "action_id_reused");
    assert!(!rig.messenger.account(message.account.as_str()).unwrap().suspended);
    rig.stop().await;
}

#[tokio::test]
async fn removing_a_message_leaves_its_media_and_removing_the_media_is_another_step() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    let media = message.media.as_ref().unwrap().as_str();
    rig.send(&rig.order(uuid(1), ActionKind::RemoveMessage, &message_target(message))).await;
    assert_eq!(rig.media_status(media).await, StatusCode::OK);

    let target = Target { media_id: Some(media.to_owned()), ..Target::default() };
    let answer =
        body(StatusCode::OK, rig.send(&rig.order(uuid(2), ActionKind::RemoveMedia, &target)).await).await;
    assert_eq!(answer["state"]["available"], false);
    assert_eq!(rig.media_status(media).await, StatusCode::GONE);
    rig.stop().await;
}

#[tokio::test]
async fn media_may_be_named_by_the_message_that_shows_it() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    rig.send(&rig.order(uuid(1), ActionKind::RemoveMedia, &message_target(message))).await;
    assert!(!rig.messenger.media(message.media.as_ref().unwrap().as_str()).unwrap().available);
    rig.stop().await;
}

#[tokio::test]
async fn accounts_and_conversations_are_locked_and_come_back() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    let account = Target { account_id: Some(message.account.to_string()), ..Target::default() };
    let conversation =
        Target { conversation_id: Some(message.conversation.to_string()), ..Target::default() };
    let orders = [
        (ActionKind::RestrictAccount, &account, "restricted"),
        (ActionKind::SuspendAccount, &account, "suspended"),
        (ActionKind::CloseConversation, &conversation, "closed"),
    ];
    for (number, (kind, target, field)) in (1..).zip(orders) {
        let answer = body(StatusCode::OK, rig.send(&rig.order(uuid(number), kind, target)).await).await;
        assert_eq!(answer["state"][field], true, "{kind}");
        let restored =
            body(StatusCode::OK, rig.send(&rig.restoration(uuid(number + 100), uuid(number))).await).await;
        assert_eq!(
            (&restored["outcome"], &restored["state"][field]),
            (&json!("done"), &json!(false)),
            "{kind}"
        );
    }
    rig.stop().await;
}

#[tokio::test]
async fn what_two_actions_removed_comes_back_when_both_are_undone() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    for number in [1, 2] {
        rig.send(&rig.order(uuid(number), ActionKind::RemoveMessage, &message_target(message))).await;
    }
    let visible = |answer: Value| answer["state"]["visible"].clone();
    let one = body(StatusCode::OK, rig.send(&rig.restoration(uuid(11), uuid(1))).await).await;
    assert_eq!(visible(one), false);
    let both = body(StatusCode::OK, rig.send(&rig.restoration(uuid(12), uuid(2))).await).await;
    assert_eq!(visible(both), true);
    // The first order arrives once more, late: it was performed, so it is not performed again.
    let late = rig.send(&rig.order(uuid(1), ActionKind::RemoveMessage, &message_target(message))).await;
    assert_eq!(visible(body(StatusCode::OK, late).await), true);
    let again = body(StatusCode::OK, rig.send(&rig.restoration(uuid(13), uuid(2))).await).await;
    assert_eq!(again["outcome"], "already_done");
    rig.stop().await;
}

#[tokio::test]
async fn what_cannot_be_done_says_why_and_does_nothing() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    let nobody = Target { account_id: Some("account-0".into()), ..Target::default() };
    let elsewhere = Target { conversation_id: Some("conversation-0".into()), ..message_target(message) };
    let restored = rig.restoration(uuid(90), uuid(91));
    let mut for_another = rig.order(uuid(1), ActionKind::RemoveMessage, &message_target(message));
    for_another["service"] = json!("another");
    let cases = [
        (rig.order(uuid(1), ActionKind::SuspendAccount, &nobody), 404, "unknown_target"),
        (rig.order(uuid(1), ActionKind::RemoveMessage, &elsewhere), 404, "unknown_target"),
        (rig.order(uuid(1), ActionKind::RemoveMessage, &Target::default()), 422, "target_incomplete"),
        (rig.order(uuid(1), ActionKind::Restore, &Target::default()), 422, "target_incomplete"),
        (restored, 404, "unknown_target"),
        (for_another, 422, "another_service"),
        (json!({ "action_id": uuid(1), "kind": "remove_everything" }), 400, "order_unreadable"),
    ];
    for (order, status, code) in cases {
        let answer = rig.send(&order).await;
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem = body(StatusCode::from_u16(status).unwrap(), answer).await;
        assert_eq!(problem["code"], code, "{order}");
    }
    assert!(rig.messenger.performed().is_empty());
    // A refused order may come again once its target exists; it was not performed, so its identifier is free.
    let order = rig.order(uuid(1), ActionKind::RemoveMessage, &message_target(message));
    assert_eq!(body(StatusCode::OK, rig.send(&order).await).await["outcome"], "done");
    rig.stop().await;
}

#[tokio::test]
async fn header_and_body_name_the_same_action() {
    let rig = Rig::start().await;
    let order = rig.order(uuid(1), ActionKind::RemoveMessage, &message_target(rig.known_message()));
    let answer = rig.post("/vigie/v1/actions", &uuid(2).to_string(), order.to_string()).await.unwrap();
    assert_eq!(body(StatusCode::BAD_REQUEST, answer).await["code"], "order_unreadable");
    rig.stop().await;
}

#[tokio::test]
async fn strangers_and_old_signatures_are_refused() {
    let rig = Rig::start().await;
    let order =
        rig.order(uuid(1), ActionKind::RemoveMessage, &message_target(rig.known_message())).to_string();
    let now = 1_800_000_000_i64;
    let signature = vigie_simulator::signature::sign(crate::rig::SECRET, now, order.as_bytes());
    let post = |timestamp: i64, signature: &str, body: &str| {
        rig.client
            .post(format!("{}/vigie/v1/actions", rig.base))
            .header("Vigie-Action-Id", uuid(1).to_string())
            .header("Vigie-Timestamp", timestamp)
            .header("Vigie-Signature", signature)
            .body(body.to_owned())
            .send()
    };
    let code = async |answer: reqwest::Result<reqwest::Response>| {
        body(StatusCode::UNAUTHORIZED, answer.unwrap()).await["code"].clone()
    };
    let unsigned = rig.client.post(format!("{}/vigie/v1/actions", rig.base)).body(order.clone()).send();
    assert_eq!(code(unsigned.await).await, "signature_missing");
    assert_eq!(code(post(now, "v1=00", &order).await).await, "signature_invalid");
    assert_eq!(code(post(now, &signature, &format!("{order} ")).await).await, "signature_invalid");
    assert_eq!(code(post(now + 1, &signature, &order).await).await, "signature_invalid");
    assert!(rig.messenger.performed().is_empty());

    rig.clock.advance(Duration::from_secs(300));
    assert_eq!(post(now, &signature, &order).await.unwrap().status(), StatusCode::OK);
    rig.clock.advance(Duration::from_secs(1));
    assert_eq!(code(post(now, &signature, &order).await).await, "timestamp_stale");
    rig.stop().await;
}
