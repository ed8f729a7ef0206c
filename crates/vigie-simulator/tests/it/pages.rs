//! What people see: content, and after an action the place where it was.

use reqwest::StatusCode;
use serde_json::Value;
use uuid::Uuid;
use vigie_model::action::{ActionKind, Target};
use vigie_simulator::messenger::{NotPosted, Standing};
use vigie_synth::{Event, Post, Stream};

use crate::rig::{Rig, body, message_target};

/// The part of a page between the start of a message and its end.
fn card<'page>(page: &'page str, message: &str) -> &'page str {
    let start = page.find(&format!("id=\"{message}\"")).expect("the message is on the page");
    let length = page[start..].find("</li>").expect("the message ends");
    &page[start..start + length]
}

#[tokio::test]
async fn content_is_seen_and_then_seen_to_vanish() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    let media = message.media.as_ref().unwrap();
    let path = format!("/conversations/{}", message.conversation);
    let image = format!("src=\"/media/{media}\"");
    let (status, before) = rig.look(&path).await;
    assert_eq!(status, StatusCode::OK);
    assert!(card(&before, message.id.as_str()).contains(&image));
    assert_eq!(rig.media_status(media.as_str()).await, StatusCode::OK);

    let target = Target { media_id: Some(media.to_string()), ..Target::default() };
    rig.send(&rig.order(Uuid::from_u128(1), ActionKind::RemoveMedia, &target)).await;
    let (_, page) = rig.look(&path).await;
    let gone = card(&page, message.id.as_str());
    assert!(gone.contains("This media was removed") && !gone.contains(&image));

    rig.send(&rig.order(Uuid::from_u128(2), ActionKind::RemoveMessage, &message_target(message))).await;
    let (_, page) = rig.look(&path).await;
    assert!(card(&page, message.id.as_str()).contains("This message was removed"));

    rig.send(&rig.restoration(Uuid::from_u128(3), Uuid::from_u128(1))).await;
    rig.send(&rig.restoration(Uuid::from_u128(4), Uuid::from_u128(2))).await;
    assert_eq!(rig.look(&path).await.1, before);
    rig.stop().await;
}

#[tokio::test]
async fn suspended_accounts_and_closed_conversations_say_so() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    let account = Target { account_id: Some(message.account.to_string()), ..Target::default() };
    let conversation =
        Target { conversation_id: Some(message.conversation.to_string()), ..Target::default() };
    let path = format!("/conversations/{}", message.conversation);
    rig.send(&rig.order(Uuid::from_u128(1), ActionKind::SuspendAccount, &account)).await;
    let (_, page) = rig.look(&path).await;
    assert!(card(&page, message.id.as_str()).contains("account suspended"));
    assert!(rig.look(&format!("/accounts/{}", message.account)).await.1.contains("Account suspended"));

    rig.send(&rig.order(Uuid::from_u128(2), ActionKind::CloseConversation, &conversation)).await;
    let (_, page) = rig.look(&path).await;
    assert!(page.contains("Conversation closed") && !page.contains("A generated landscape"));
    assert!(rig.look("/").await.1.contains("conversation closed"));
    rig.stop().await;
}

#[tokio::test]
async fn every_page_is_strict_about_what_it_loads() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    let pages = [
        "/".to_owned(),
        format!("/conversations/{}", message.conversation),
        format!("/accounts/{}", message.account),
        "/pager".to_owned(),
        "/nowhere".to_owned(),
    ];
    for path in pages {
        let answer = rig.client.get(format!("{}{path}", rig.base)).send().await.unwrap();
        let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; img-src 'self'; style-src 'self'"), "{path}");
        let page = answer.text().await.unwrap();
        for banned in ["<script", "style=", "onclick", "javascript:"] {
            assert!(!page.contains(banned), "{path} holds {banned}");
        }
    }
    assert_eq!(rig.look("/nowhere").await.0, StatusCode::NOT_FOUND);
    assert_eq!(rig.look("/conversations/x").await.0, StatusCode::NOT_FOUND);
    for asset in ["/style.css", "/icon.svg"] {
        assert_eq!(rig.look(asset).await.0, StatusCode::OK, "{asset}");
    }
    rig.stop().await;
}

#[tokio::test]
async fn older_messages_are_on_further_pages() {
    let rig = Rig::start().await;
    let place = &rig.operation.conversations[0];
    let mut posted = rig.operation.messages.iter().filter(|message| message.conversation == place.id).count();
    let live = Stream::new(rig.operation.clone()).filter_map(|event| match event {
        Event::Post(post) => Some(post),
        Event::UserReport(_) => None,
    });
    for post in live.take(600) {
        rig.messenger.post(&post).unwrap();
        posted += usize::from(post.message.conversation == place.id);
    }
    let (mut seen, mut page) = (0, 0);
    loop {
        let (_, text) = rig.look(&format!("/conversations/{}?page={page}", place.id)).await;
        seen += text.matches("class=\"message\"").count();
        if !text.contains("Older messages") {
            break;
        }
        page += 1;
    }
    assert_eq!((seen, page), (posted, (posted - 1) / 36));
    assert!(page > 0);
    rig.stop().await;
}

#[tokio::test]
async fn an_upload_is_shown_to_nobody_before_it_was_checked() {
    let rig = Rig::start().await;
    let post = live_picture(&rig);
    let path = format!("/conversations/{}", post.message.conversation);
    let (id, media) = (post.message.id.as_str(), post.media.as_ref().unwrap().id.as_str());
    rig.messenger.post(&post).unwrap();
    assert!(card(&rig.look(&path).await.1, id).contains("Being checked"));
    assert_eq!(rig.media_status(media).await, StatusCode::NOT_FOUND);

    rig.messenger.settle(&post.message.id, Standing::Held);
    assert!(card(&rig.look(&path).await.1, id).contains("Held back until a person looked"));
    assert_eq!(rig.media_status(media).await, StatusCode::NOT_FOUND);

    let restore = rig.order(Uuid::from_u128(1), ActionKind::Restore, &message_target(&post.message));
    let answer = body(StatusCode::OK, rig.send(&restore).await).await;
    assert_eq!((&answer["outcome"], &answer["state"]["visible"]), (&"done".into(), &true.into()));
    assert_eq!(rig.media_status(media).await, StatusCode::OK);
    rig.stop().await;
}

#[tokio::test]
async fn who_is_locked_and_where_it_is_closed_nothing_is_posted() {
    let rig = Rig::start().await;
    let post = live_picture(&rig);
    let account = Target { account_id: Some(post.message.account.to_string()), ..Target::default() };
    let conversation =
        Target { conversation_id: Some(post.message.conversation.to_string()), ..Target::default() };
    rig.send(&rig.order(Uuid::from_u128(1), ActionKind::RestrictAccount, &account)).await;
    assert_eq!(rig.messenger.post(&post), Err(NotPosted::Account));
    rig.send(&rig.restoration(Uuid::from_u128(2), Uuid::from_u128(1))).await;
    rig.send(&rig.order(Uuid::from_u128(3), ActionKind::CloseConversation, &conversation)).await;
    assert_eq!(rig.messenger.post(&post), Err(NotPosted::Conversation));
    assert!(rig.messenger.message(post.message.id.as_str()).is_none());
    rig.stop().await;
}

#[tokio::test]
async fn tests_can_read_what_is_true() {
    let rig = Rig::start().await;
    let message = rig.known_message();
    rig.send(&rig.order(Uuid::from_u128(1), ActionKind::RemoveMessage, &message_target(message))).await;
    let json = async |path: String| -> Value { serde_json::from_str(&rig.look(&path).await.1).unwrap() };
    let state = json("/api/state".into()).await;
    assert_eq!(state["messages"], rig.operation.messages.len());
    assert_eq!(
        (&state["actions"][0]["kind"], &state["actions"][0]["executions"]),
        (&"remove_message".into(), &1.into())
    );
    let conversation = json(format!("/api/conversations/{}", message.conversation)).await;
    let messages = conversation["messages"].as_array().unwrap();
    assert_eq!(messages.len(), conversation["conversation"]["messages"].as_u64().unwrap() as usize);
    assert_eq!(json(format!("/api/messages/{}", message.id)).await["removed"], true);
    assert_eq!(json(format!("/api/media/{}", message.media.as_ref().unwrap())).await["available"], true);
    assert_eq!(json(format!("/api/accounts/{}", message.account)).await["suspended"], false);
    assert_eq!(json("/api/pager".into()).await, Value::Array(vec![]));
    rig.stop().await;
}

/// A post of live traffic that brings a new picture.
fn live_picture(rig: &Rig) -> Post {
    let posts = Stream::new(rig.operation.clone()).filter_map(|event| match event {
        Event::Post(post) => Some(post),
        Event::UserReport(_) => None,
    });
    posts.into_iter().find(|post| post.media.is_some()).expect("the stream brings pictures")
}
