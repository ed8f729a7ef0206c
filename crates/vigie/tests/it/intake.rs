//! Uploads through the real doors, on both databases, with real decoding children: many at once, and the same one twice.

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use vigie_model::Scope;
use vigie_synth::{Recipe, Size, Variant};
use vigie_testkit::{Database, House, Visitor};

const SUBMISSIONS: &str = "/api/v1/submissions";

async fn on(database: Database) -> House {
    House::of(vigie_testkit::Plan { database, ..Default::default() }).await
}

pub(crate) fn recipe() -> Recipe {
    Recipe::original(3, Size::clamped(512, 384))
}

/// The signals of a picture, as the program computes them.
fn signals(bytes: &[u8]) -> Value {
    let digests = vigie_match::Digests::of(bytes);
    let picture = vigie_media::examine::examine(bytes, &vigie_media::Limits::default()).unwrap();
    json!({ "pdq": picture.pdq.unwrap().to_string(), "sha256": hex::encode(digests.sha256) })
}

/// A bank that knows the picture.
pub(crate) async fn know(house: &House, bytes: &[u8]) {
    house.know(vec![signals(bytes)]).await;
}

pub(crate) fn context(account: usize, message: usize) -> Value {
    json!({
        "surface": "public_group", "service": "synthetic", "account": { "id": format!("a{account}") },
        "conversation": { "id": "c1", "kind": "group" }, "message_id": format!("m{account}-{message}"),
    })
}

async fn ask(messenger: &Visitor, account: usize, message: usize, signals: &Value) -> Value {
    let body = json!({ "context": context(account, message), "signals": signals });
    let request = messenger.request(Method::POST, SUBMISSIONS);
    let request = request.header("idempotency-key", format!("k{account}-{message}")).json(&body);
    let reply = messenger.send(request).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

/// Three accounts upload the same known picture eight times each, all at once, and every request is sent twice.
async fn a_burst_is_gathered_once_and_answered_alike(database: Database) {
    let house = on(database).await;
    let picture = recipe().render().bytes;
    know(&house, &picture).await;
    let known = signals(&picture);
    let messenger = house.machine(&[Scope::Submit]).await;
    let requests =
        (0..2).flat_map(|_| (0..3).flat_map(|account| (0..8).map(move |message| (account, message))));
    let answers = requests.map(|(account, message)| ask(&messenger, account, message, &known));
    let answers = join_all(answers).await;

    let (first, second) = answers.split_at(24);
    assert_eq!(first, second, "the same request, the same answer");
    assert!(answers.iter().all(|answer| answer["verdict"] == "block"));
    for (query, expected) in [
        ("SELECT COUNT(*) FROM submissions", 24),
        ("SELECT COUNT(*) FROM incidents", 3),
        ("SELECT CAST(SUM(items) AS BIGINT) FROM incidents", 24),
        ("SELECT COUNT(*) FROM incident_items", 24),
        ("SELECT COUNT(*) FROM idempotency", 24),
        ("SELECT COUNT(*) FROM conversations", 1),
        ("SELECT COUNT(*) FROM ledger_details WHERE action = 'submission.recorded'", 24),
        ("SELECT h.size - (SELECT COUNT(*) FROM ledger_entries) FROM ledger_head h", 0),
    ] {
        assert_eq!(house.number(query).await, expected, "{query}");
    }
    house.close().await;
}

/// A changed copy goes through a decoding child, is held, and its bytes are in the vault; what nobody knows leaves nothing.
async fn pictures_are_decoded_and_only_what_hits_is_kept(database: Database) {
    let house = on(database).await;
    know(&house, &recipe().render().bytes).await;
    let messenger = house.machine(&[Scope::Submit]).await;
    let copy = recipe().changed(Variant::Recompressed(35)).render().bytes;
    let stranger = Recipe::original(77, Size::clamped(512, 384)).render().bytes;
    for (bytes, verdict) in [(&copy, "review"), (&stranger, "allow")] {
        let form = Form::new()
            .part("context", Part::text(context(1, 1).to_string()))
            .part("media", Part::bytes(bytes.clone()).file_name("f1"));
        let reply = messenger.send(messenger.request(Method::POST, SUBMISSIONS).multipart(form)).await;
        assert_eq!(reply.json()["verdict"], verdict, "{}", reply.body);
    }
    let vault = house.app().store.vault();
    let kept = vault.list().unwrap();
    assert_eq!(kept.len(), 1);
    assert!(vault.get(kept[0].id, kept[0].period).unwrap() == copy);
    assert_eq!(house.number("SELECT COUNT(*) FROM blobs").await, 1);
    house.close().await;
}

#[tokio::test]
async fn sqlite_a_burst_is_gathered_once() {
    a_burst_is_gathered_once_and_answered_alike(Database::sqlite()).await;
}

#[tokio::test]
async fn postgres_a_burst_is_gathered_once() {
    let Some(database) = Database::postgres("intake::postgres_a_burst_is_gathered_once").await else {
        return;
    };
    a_burst_is_gathered_once_and_answered_alike(database).await;
}

#[tokio::test]
async fn sqlite_pictures_are_decoded() {
    pictures_are_decoded_and_only_what_hits_is_kept(Database::sqlite()).await;
}

#[tokio::test]
async fn postgres_pictures_are_decoded() {
    let Some(database) = Database::postgres("intake::postgres_pictures_are_decoded").await else { return };
    pictures_are_decoded_and_only_what_hits_is_kept(database).await;
}
