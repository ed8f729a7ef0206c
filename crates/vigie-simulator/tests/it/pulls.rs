//! Signed questions: the snapshot that is sealed before an action, and the reading of state after it.

use reqwest::StatusCode;
use uuid::Uuid;
use vigie_model::action::{ActionKind, Target};
use vigie_synth::MediaId;

use crate::rig::{Rig, SECRET, body, message_target};

#[tokio::test]
async fn a_snapshot_holds_members_administrators_and_postings() {
    let rig = Rig::start().await;
    let hub = rig.operation.conversation(&rig.operation.truth.hubs[0]).unwrap();
    let snapshot =
        body(StatusCode::OK, rig.pull(&format!("/vigie/v1/conversations/{}/snapshot", hub.id)).await).await;
    assert_eq!(snapshot["conversation"]["kind"], "channel");
    assert_eq!(snapshot["conversation"]["title"], hub.title.as_deref().unwrap());
    assert_eq!(snapshot["owner"], hub.owner.as_ref().unwrap().as_str());
    assert_eq!(snapshot["members"].as_array().unwrap().len(), hub.members.len());
    assert_eq!(snapshot["administrators"].as_array().unwrap().len(), hub.administrators.len());
    assert_eq!(snapshot["taken_at"], "2027-01-15T08:00:00Z");
    let own: Vec<_> =
        rig.operation.messages.iter().filter(|message| message.conversation == hub.id).collect();
    let postings = snapshot["postings"].as_array().unwrap();
    assert_eq!(postings.len(), own.len());
    for (posting, message) in postings.iter().zip(own) {
        assert_eq!(posting["message_id"], message.id.as_str());
        assert_eq!(posting["account_id"], message.account.as_str());
        assert_eq!(posting["sent_at"], message.sent_at.to_string());
        assert_eq!(posting["text"].as_str(), message.text.as_deref());
        assert_eq!(posting["media_id"].as_str(), message.media.as_ref().map(MediaId::as_str));
    }
    rig.stop().await;
}

#[tokio::test]
async fn what_was_removed_is_no_longer_in_a_snapshot() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    rig.send(&rig.order(Uuid::from_u128(1), ActionKind::RemoveMessage, &message_target(message))).await;
    let path = format!("/vigie/v1/conversations/{}/snapshot", message.conversation);
    let snapshot = body(StatusCode::OK, rig.pull(&path).await).await;
    let postings = snapshot["postings"].as_array().unwrap();
    let posting = postings.iter().find(|posting| posting["message_id"] == message.id.as_str()).unwrap();
    assert_eq!(posting["removed"], true);
    assert!(posting.get("text").is_none() && posting.get("media_id").is_none());
    rig.stop().await;
}

#[tokio::test]
async fn the_state_of_every_target_can_be_read_again() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    let account = Target { account_id: Some(message.account.to_string()), ..Target::default() };
    rig.send(&rig.order(Uuid::from_u128(1), ActionKind::RemoveMessage, &message_target(message))).await;
    rig.send(&rig.order(Uuid::from_u128(2), ActionKind::RemoveMedia, &message_target(message))).await;
    rig.send(&rig.order(Uuid::from_u128(3), ActionKind::SuspendAccount, &account)).await;
    let readings = [
        (format!("messages/{}", message.id), "removed"),
        (format!("accounts/{}", message.account), "suspended"),
    ];
    for (path, field) in readings {
        let facts = body(StatusCode::OK, rig.pull(&format!("/vigie/v1/{path}")).await).await;
        assert_eq!(facts[field], true, "{path}");
    }
    let media = format!("/vigie/v1/media/{}", message.media.as_ref().unwrap());
    assert_eq!(body(StatusCode::OK, rig.pull(&media).await).await["available"], false);
    let conversation = format!("/vigie/v1/conversations/{}", message.conversation);
    assert_eq!(body(StatusCode::OK, rig.pull(&conversation).await).await["closed"], false);
    for path in ["messages/x", "media/x", "accounts/x", "conversations/x", "conversations/x/snapshot"] {
        let problem = body(StatusCode::NOT_FOUND, rig.pull(&format!("/vigie/v1/{path}")).await).await;
        assert_eq!(problem["code"], "unknown_target", "{path}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_question_is_signed_for_its_own_path_and_query() {
    let rig = Rig::start().await;
    let path = format!("/vigie/v1/messages/{}", rig.known_message().id);
    let signature = vigie_simulator::signature::sign(SECRET, 1_800_000_000, format!("GET {path}").as_bytes());
    for (asked, status) in [
        (path.clone(), StatusCode::OK),
        (format!("{path}?more=1"), StatusCode::UNAUTHORIZED),
        (format!("/vigie/v1/accounts/{}", rig.known_message().account), StatusCode::UNAUTHORIZED),
    ] {
        let request = rig.client.get(format!("{}{asked}", rig.base)).header("Vigie-Timestamp", 1_800_000_000);
        let answer = request.header("Vigie-Signature", &signature).send().await.unwrap();
        assert_eq!(answer.status(), status, "{asked}");
    }
    assert_eq!(rig.pull(&format!("{path}?more=1")).await.status(), StatusCode::OK);
    rig.stop().await;
}

#[tokio::test]
async fn calls_to_the_person_on_duty_are_recorded_and_shown() {
    let rig = Rig::start().await;
    let call = r#"{"kind":"child_at_risk","incident":12,"link":"http://localhost:8420/incidents/12"}"#;
    let answer = rig.post("/pager", "call-7", call.to_owned()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let unsigned = rig.client.post(format!("{}/pager", rig.base)).body(call).send().await.unwrap();
    assert_eq!(unsigned.status(), StatusCode::UNAUTHORIZED);

    let calls = rig.messenger.calls();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].call_id.as_deref(), &calls[0].body["incident"]), (Some("call-7"), &12.into()));
    let (status, page) = rig.look("/pager").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("child_at_risk") && page.contains("call-7"));
    rig.stop().await;
}
