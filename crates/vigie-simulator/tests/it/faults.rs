//! Misbehaviour on request, as the other side of the socket sees it.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;
use vigie_model::action::ActionKind;
use vigie_model::id::ActionId;
use vigie_simulator::faults::Door;
use vigie_simulator::{Fault, signature};

use crate::rig::{Rig, SECRET, body, message_target};

const ACTION: Uuid = Uuid::from_u128(1);

#[tokio::test]
async fn errors_and_haste_perform_nothing_and_the_next_try_succeeds() {
    let rig = Rig::start().await;
    rig.messenger.inject(
        Door::Actions,
        &[Fault::ServerError, Fault::TooManyRequests(Duration::from_secs(7)), Fault::Delay(Duration::ZERO)],
    );
    let order = rig.order(ACTION, ActionKind::RemoveMessage, &message_target(rig.known_message()));
    assert_eq!(rig.send(&order).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let hasty = rig.send(&order).await;
    assert_eq!(
        (hasty.status(), &hasty.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"7".parse().unwrap())
    );
    assert_eq!(rig.messenger.requests(ActionId(ACTION)), 0);
    assert_eq!(body(StatusCode::OK, rig.send(&order).await).await["outcome"], "done");
    rig.stop().await;
}

#[tokio::test]
async fn a_dropped_answer_was_performed_and_the_retry_gets_the_same_receipt() {
    let rig = Rig::start().await;
    rig.messenger.inject(Door::Actions, &[Fault::DropAfterPerforming]);
    let order = rig.order(ACTION, ActionKind::RemoveMessage, &message_target(rig.known_message()));
    assert!(rig.try_send(&order).await.is_err());
    assert_eq!(rig.messenger.executions(ActionId(ACTION)), 1);
    let again = body(StatusCode::OK, rig.send(&order).await).await;
    assert_eq!(again["outcome"], "already_done");
    assert_eq!(again["receipt"], rig.messenger.performed()[0].receipt.as_str());
    assert_eq!(rig.messenger.executions(ActionId(ACTION)), 1);
    rig.stop().await;
}

#[tokio::test]
async fn not_a_byte_of_a_dropped_answer_is_sent() {
    let rig = Rig::start().await;
    rig.messenger.inject(Door::Actions, &[Fault::DropAfterPerforming]);
    let body = rig.order(ACTION, ActionKind::RemoveMessage, &message_target(rig.known_message())).to_string();
    let signature = signature::sign(SECRET, 1_800_000_000, body.as_bytes());
    let request = format!(
        "POST /vigie/v1/actions HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\nVigie-Action-Id: {ACTION}\r\n\
         Vigie-Timestamp: 1800000000\r\nVigie-Signature: {signature}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = TcpStream::connect(rig.base.trim_start_matches("http://")).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A reset is as good as an end: what counts is that nothing came before it.
    let _ = socket.read_to_end(&mut answer).await;
    assert_eq!(String::from_utf8_lossy(&answer), "");
    assert_eq!(rig.messenger.executions(ActionId(ACTION)), 1);
    rig.stop().await;
}

#[tokio::test]
async fn a_share_of_dropped_answers_leaves_every_action_performed_once() {
    let rig = Rig::start().await;
    let faults = [Fault::DropAfterPerforming, Fault::ServerError, Fault::TooManyRequests(Duration::ZERO)];
    rig.messenger.inject_share(Door::Actions, 50, &faults, 3);
    let mut tries = 0;
    for (number, message) in (1..).zip(&rig.operation.messages) {
        let order = rig.order(Uuid::from_u128(number), ActionKind::RemoveMessage, &message_target(message));
        loop {
            tries += 1;
            if rig.try_send(&order).await.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                break;
            }
        }
    }
    let performed = rig.messenger.performed();
    assert_eq!(performed.len(), rig.operation.messages.len());
    assert!(performed.iter().all(|action| action.executions == 1));
    assert!(tries > performed.len(), "no fault was met in {tries} tries");
    rig.stop().await;
}

#[tokio::test]
async fn strangers_use_up_no_fault_and_doors_are_apart() {
    let rig = Rig::start().await;
    rig.messenger.inject(Door::Pulls, &[Fault::ServerError]);
    let path = format!("/vigie/v1/messages/{}", rig.known_message().id);
    assert_eq!(rig.look(&path).await.0, StatusCode::UNAUTHORIZED);
    let order = rig.order(ACTION, ActionKind::RemoveMessage, &message_target(rig.known_message()));
    assert_eq!(rig.send(&order).await.status(), StatusCode::OK);
    assert_eq!(rig.pull(&path).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(rig.pull(&path).await.status(), StatusCode::OK);
    rig.stop().await;
}

#[tokio::test]
async fn a_delay_ends_when_the_messenger_does() {
    let rig = Rig::start().await;
    rig.messenger.inject(Door::Actions, &[Fault::Delay(Duration::from_secs(3600))]);
    let order = rig.order(ACTION, ActionKind::RemoveMessage, &message_target(rig.known_message()));
    let (base, client) = (rig.base.clone(), rig.client.clone());
    let signature = signature::sign(SECRET, 1_800_000_000, order.to_string().as_bytes());
    let request = client
        .post(format!("{base}/vigie/v1/actions"))
        .header("Vigie-Action-Id", ACTION.to_string())
        .header("Vigie-Timestamp", 1_800_000_000)
        .header("Vigie-Signature", signature)
        .body(order.to_string());
    let messenger = rig.messenger.clone();
    let stop = async {
        // The fault is taken when the request has come in; only then is there a wait to end.
        while messenger.waiting_faults(Door::Actions) > 0 {
            tokio::task::yield_now().await;
        }
        rig.stop().await;
    };
    let (answer, ()) = tokio::join!(request.send(), stop);
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
    assert_eq!(messenger.executions(ActionId(ACTION)), 1);
}
