//! Submissions, conversations and user reports over HTTP.

use serde_json::{Value, json};
use vigie_app::intake::IntakeSettings;
use vigie_model::Scope;
use vigie_model::bank::Verdict;

use crate::client::{Client, Said};
use crate::house::{House, copy, pdq};

const SUBMISSIONS: &str = "/api/v1/submissions";
const BATCH: &str = "/api/v1/submissions/batch";
const REPORTS: &str = "/api/v1/user-reports";
const CONVERSATIONS: &str = "/api/v1/conversations";

fn picture() -> Vec<u8> {
    crate::house::picture(1)
}

fn context(surface: &str) -> Value {
    json!({
        "surface": surface,
        "service": "synthetic",
        "conversation": { "id": "c1", "kind": "group", "name": "Lakes" },
        "account": { "id": "a1", "name": "Ann" },
        "message_id": "m1",
        "media_id": "f1",
        "sent_at": "2026-11-22T09:30:00+01:00",
        "ip": "2001:db8::1",
        "port": 443,
    })
}

async fn messenger(house: &House) -> Client {
    Client::with(house, &[Scope::Submit, Scope::Receipts]).await
}

async fn submit(client: &Client, surface: &str, media: &[u8]) -> Said {
    let context = context(surface).to_string();
    client.post_form(SUBMISSIONS, &[("context", context.as_bytes()), ("media", media)]).await
}

async fn know_bytes(house: &House, bytes: &[u8]) {
    house.know_bytes("DIGESTS", Verdict::Block, bytes).await;
}

#[tokio::test]
async fn an_upload_gets_its_verdict_and_only_who_may_learns_why() {
    let house = House::start().await;
    let client = messenger(&house).await;
    let nothing = submit(&client, "public_group", &picture()).await;
    assert_eq!(*nothing.ok(), json!({ "examined": true, "verdict": "allow", "matches": [] }));

    know_bytes(&house, &picture()).await;
    let said = submit(&client, "public_group", &picture()).await;
    let hit = said.ok();
    assert_eq!((&hit["examined"], &hit["verdict"]), (&json!(true), &json!("block")));
    assert!(hit["submission"].is_string() && hit["incident"].is_string());
    let receipt = &hit["matches"][0];
    assert_eq!(
        (&receipt["bank_name"], &receipt["signal"], &receipt["distance"], &receipt["effect"]),
        (&json!("DIGESTS"), &json!("sha256"), &json!(0), &json!("counts"))
    );

    let plain = Client::with(&house, &[Scope::Submit]).await;
    let said = submit(&plain, "public_group", &picture()).await;
    assert_eq!(said.ok()["verdict"], "block");
    assert!(said.ok().get("matches").is_none());
}

#[tokio::test]
async fn without_a_basis_nothing_is_examined_whatever_comes_first() {
    let house = House::start().await;
    know_bytes(&house, &picture()).await;
    let client = messenger(&house).await;
    let before = house.rows().await;
    let context = context("direct_message").to_string();
    let (context, media) = (("context", context.as_bytes()), ("media", &picture()[..]));
    for parts in [[context, media], [media, context]] {
        let said = client.post_form(SUBMISSIONS, &parts).await;
        assert_eq!(*said.ok(), json!({ "examined": false, "verdict": "allow" }));
    }
    let mut after = house.rows().await;
    assert!(after.remove("surface_counts").is_some_and(|counts| counts[0].ends_with("| 2 | 2 | 0 | 0")));
    assert!(after.iter().all(|(table, rows)| before[table] == *rows));
}

#[tokio::test]
async fn media_that_cannot_be_decoded_is_a_problem_that_carries_the_verdict() {
    let house = House::start().await;
    let client = Client::with(&house, &[Scope::Submit]).await;
    let clip = submit(&client, "public_group", b"\0\0\0\x18ftypmp42 a clip").await;
    clip.problem(422, "undecodable");
    assert_eq!((&clip.json["verdict"], &clip.json["failure"]), (&json!("review"), &json!("no_decoder")));
    assert!(clip.json["incident"].is_string() && clip.json["examined"] == true);

    let broken = submit(&client, "public_group", &picture()[..900]).await;
    broken.problem(422, "undecodable");
    assert_eq!((&broken.json["verdict"], &broken.json["failure"]), (&json!("review"), &json!("truncated")));

    know_bytes(&house, b"BM a known file that is no picture").await;
    let known = submit(&client, "public_group", b"BM a known file that is no picture").await;
    known.problem(415, "unknown_media_type");
    assert_eq!(known.json["verdict"], "block");
}

#[tokio::test]
async fn too_large_is_413_and_no_room_is_503() {
    let limits = IntakeSettings { media_limit: 20_000, memory: 36_000, ..IntakeSettings::default() };
    let house = House::start_with(limits).await;
    let client = messenger(&house).await;
    submit(&client, "public_group", &[7; 20_001]).await.problem(413, "media_too_large");
    submit(&client, "public_group", &[7; 20_000]).await.problem(415, "unknown_media_type");

    let machine = house.app.token_caller(&house.token(&[Scope::Submit]).await).await.unwrap();
    let mut other = house.app.begin_upload(&machine).unwrap();
    other.push(&[0; 20_000]).unwrap();
    let busy = submit(&client, "public_group", &[7; 20_000]).await;
    busy.problem(503, "busy");
    assert_eq!(busy.headers["retry-after"], "1");
    drop(other);
    submit(&client, "public_group", &[7; 20_000]).await.problem(415, "unknown_media_type");
}

#[tokio::test]
async fn signals_alone_are_asked_about_one_by_one_or_many_at_once() {
    let house = House::start().await;
    let client = messenger(&house).await;
    house.know_picture("PICTURES", Verdict::Block, &picture()).await;
    let ask = |signals: Value| json!({ "context": context("public_group"), "signals": signals });
    let near = json!({ "pdq": pdq(&picture()).to_string() });
    let far = json!({ "pdq": "f".repeat(64), "sha256": "0".repeat(64) });

    let said = client.post(SUBMISSIONS, &ask(near.clone())).await;
    assert_eq!(said.ok()["verdict"], "review", "a perceptual match alone only holds");
    assert_eq!(client.post(SUBMISSIONS, &ask(far.clone())).await.ok()["verdict"], "allow");
    for wrong in [json!({}), json!({ "pdq": "12" }), json!({ "md5": "z".repeat(32) })] {
        client.post(SUBMISSIONS, &ask(wrong)).await.problem(422, "invalid_value");
    }

    let items =
        [ask(near.clone()), ask(far), json!({ "context": context("direct_message"), "signals": near })];
    let mut nobody = items[0].clone();
    nobody["context"]["account"] = Value::Null;
    nobody["context"]["conversation"] = Value::Null;
    let batch = json!({ "items": [items[0], items[1], items[2], nobody] });
    let said = client.post(BATCH, &batch).await;
    let answers = said.ok()["answers"].as_array().unwrap().clone();
    let verdicts: Vec<_> = answers.iter().map(|answer| answer["verdict"].as_str()).collect();
    assert_eq!(verdicts, [Some("review"), Some("allow"), Some("allow"), None]);
    assert_eq!((&answers[2]["examined"], &answers[3]["code"]), (&json!(false), &json!("invalid_value")));

    let many = json!({ "items": vec![&items[0]; 257] });
    client.post(BATCH, &many).await.problem(422, "invalid_value");
}

#[tokio::test]
async fn a_repeated_request_counts_once() {
    let house = House::start().await;
    know_bytes(&house, &picture()).await;
    let client = messenger(&house).await.keyed("k1");
    let first = submit(&client, "public_group", &picture()).await;
    let again = submit(&client, "public_group", &picture()).await;
    assert_eq!((first.ok(), first.status), (again.ok(), again.status));
    assert_eq!(house.rows().await["submissions"].len(), 1);
    submit(&client, "public_channel", &picture()).await.problem(422, "idempotency_key_reused");

    let client = client.keyed("k2");
    let broken = submit(&client, "public_group", b"no picture").await;
    let again = submit(&client, "public_group", b"no picture").await;
    again.problem(415, "unknown_media_type");
    assert_eq!(broken.json, again.json);
    assert_eq!(house.rows().await["submissions"].len(), 2);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_to_be_so() {
    let house = House::start().await;
    let client = messenger(&house).await;
    let good = context("public_group");
    let (context, media) = (good.to_string(), picture());
    let parts: [&[(&str, &[u8])]; 5] = [
        &[("context", context.as_bytes())],
        &[("media", &media)],
        &[("context", context.as_bytes()), ("picture", &media)],
        &[("context", b"{\"surface\":\"moon\"}"), ("media", &media)],
        &[("context", context.as_bytes()), ("media", &media), ("media", &media)],
    ];
    for parts in parts {
        client.post_form(SUBMISSIONS, parts).await.problem(400, "bad_request");
    }
    let mut misspelt = good;
    misspelt["acount"] = json!({ "id": "a1" });
    let body = json!({ "context": misspelt, "signals": { "md5": "0".repeat(32) } });
    client.post(SUBMISSIONS, &body).await.problem(400, "bad_request");
    let text = client.send(http::Method::POST, SUBMISSIONS, "text/plain", b"hello".to_vec()).await;
    text.problem(400, "bad_request");
    let long = client.send(http::Method::POST, SUBMISSIONS, "application/json", vec![b' '; 300_000]).await;
    long.problem(400, "bad_request");
    assert!(house.rows().await["surface_counts"].is_empty());
}

#[tokio::test]
async fn a_conversation_is_described_and_its_pictures_are_matched() {
    let house = House::start().await;
    house.know_picture("PICTURES", Verdict::Review, &picture()).await;
    let client = messenger(&house).await;
    let card = json!({
        "service": "synthetic", "id": "c1", "kind": "channel", "title": "Lakes", "description": "of the north",
        "owner": "a1", "administrators": ["a1"], "invite_link": "https://messenger.example/+x", "linked": ["c2"],
        "members": 900,
    });
    let said = client.post(CONVERSATIONS, &card).await;
    let id = said.ok()["conversation"].clone();
    assert_eq!(said.ok()["pictures"], json!([]));

    let (text, copy) = (card.to_string(), copy(1));
    let other = crate::house::picture(9);
    let parts = [("avatar", &copy[..]), ("conversation", text.as_bytes()), ("sticker", &other)];
    let said = client.post_form(CONVERSATIONS, &parts).await;
    assert_eq!(said.ok()["conversation"], id);
    let pictures = said.ok()["pictures"].as_array().unwrap();
    assert_eq!((&pictures[0]["part"], &pictures[0]["verdict"]), (&json!("avatar"), &json!("review")));
    assert_eq!((&pictures[1]["part"], &pictures[1]["verdict"]), (&json!("sticker"), &json!("allow")));
    let rows = &house.rows().await["incidents"];
    assert!(rows.len() == 1 && rows[0].contains("conversation | synthetic | c1"), "{rows:?}");

    client.post(CONVERSATIONS, &json!({ "service": "synthetic" })).await.problem(400, "bad_request");
    let mut wrong = card;
    wrong["members"] = json!(-1);
    client.post(CONVERSATIONS, &wrong).await.problem(422, "invalid_value");
    client.post_form(CONVERSATIONS, &[("avatar", &copy)]).await.problem(400, "bad_request");
}

#[tokio::test]
async fn a_report_is_received_with_and_without_media() {
    let house = House::start().await;
    let client = messenger(&house).await;
    let report = json!({
        "service": "synthetic", "account_id": "a1", "conversation_id": "c1", "message_id": "m1",
        "reason": "child_safety", "text": "please look",
    });
    let said = client.keyed("k1").post(REPORTS, &report).await;
    assert_eq!((said.status.as_u16(), &said.ok()["examined"]), (201, &json!(false)));
    let again = client.keyed("k1").post(REPORTS, &report).await;
    assert_eq!(said.ok(), again.ok());

    know_bytes(&house, &picture()).await;
    let text = report.to_string();
    let parts = [("report", text.as_bytes()), ("media", &picture()[..])];
    let with_media = client.post_form(REPORTS, &parts).await;
    assert_eq!(with_media.ok()["verdict"], "block");
    assert_eq!(with_media.ok()["incident"], said.ok()["incident"], "one account, one incident");
    assert_eq!(house.rows().await["user_reports"].len(), 2);

    let mut wrong = report;
    wrong["reason"] = json!("");
    client.post(REPORTS, &wrong).await.problem(422, "invalid_value");
    client.post_form(REPORTS, &[("media", &picture())]).await.problem(400, "bad_request");
}

#[tokio::test]
async fn the_character_of_number_zero_is_refused_before_a_database_can_differ_over_it() {
    let house = House::start().await;
    let client = messenger(&house).await;
    let mut asked = context("public_group");
    asked["account"]["id"] = json!("a\0b");
    let text = asked.to_string();
    let form = client.post_form(SUBMISSIONS, &[("context", text.as_bytes()), ("media", &picture())]).await;
    form.problem(422, "invalid_value");
    let signals = json!({ "md5": "d41d8cd98f00b204e9800998ecf8427e" });
    let question = json!({ "context": asked, "signals": signals });
    client.post(SUBMISSIONS, &question).await.problem(422, "invalid_value");
    client.post(BATCH, &json!({ "items": [question] })).await.problem(422, "invalid_value");
}
