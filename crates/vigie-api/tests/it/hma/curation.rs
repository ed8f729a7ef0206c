//! `/c`: banks, content and exchanges.

use std::collections::BTreeSet;

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};
use vigie_model::bank::Verdict;

use super::{bits, client, digits};
use crate::house::{copy, pdq, picture};

#[tokio::test]
async fn banks_are_made_shown_changed_and_deleted() {
    let client = client().await;
    let said = client.get("/c/banks").await;
    assert_eq!((said.status, said.body), (200, json!([])));
    for name in ["01_TEST_BANK", "my_test_bank", ""] {
        let said = client.post("/c/banks", &json!({ "name": name })).await;
        assert_eq!(said.status, 400, "{name}");
        assert!(said.body["message"].is_string());
    }
    let bank = json!({ "matching_enabled_ratio": 1.0, "name": "MY_TEST_BANK" });
    let said = client.post("/c/banks", &json!({ "name": "MY_TEST_BANK" })).await;
    assert_eq!((said.status, said.body), (201, bank.clone()));
    assert_eq!(client.get("/c/banks").await.body, json!([bank]));
    assert_eq!(client.get("/c/bank/MY_TEST_BANK").await.body, bank);
    assert_eq!(client.post("/c/banks", &json!({ "name": "MY_TEST_BANK" })).await.status, 403);

    assert_eq!(client.put("/c/bank/MY_TEST_BANK", &json!({ "name": "1_invalid" })).await.status, 400);
    let said = client.put("/c/bank/MY_TEST_BANK", &json!({ "name": "RENAMED" })).await;
    assert_eq!((said.status, said.body["name"].clone()), (200, json!("RENAMED")));
    let off = client.put("/c/bank/RENAMED", &json!({ "enabled": false })).await;
    assert_eq!((off.status, off.body["matching_enabled_ratio"].clone()), (200, json!(0.0)));
    let half = client.put("/c/bank/RENAMED", &json!({ "enabled_ratio": 0.5 })).await;
    assert_eq!(half.body, json!({ "matching_enabled_ratio": 0.5, "name": "RENAMED" }));
    assert_eq!(client.put("/c/bank/RENAMED", &json!({ "enabled_ratio": 7.0 })).await.status, 400);
    client.bank("OTHER").await;
    assert_eq!(client.put("/c/bank/RENAMED", &json!({ "name": "OTHER" })).await.status, 403);
    assert_eq!(client.put("/c/bank/NONE", &json!({ "enabled": true })).await.status, 404);

    for _ in 0..2 {
        let said = client.delete("/c/bank/RENAMED").await;
        assert_eq!((said.status, said.body), (200, json!({ "message": "Done" })));
    }
    assert_eq!(client.get("/c/bank/RENAMED").await.status, 404);
}

#[tokio::test]
async fn a_bank_is_created_with_the_ratio_that_was_asked_for() {
    let client = client().await;
    let ratio = async |body: Value| client.post("/c/banks", &body).await;
    let said = ratio(json!({ "name": "TEXT", "enabled_ratio": "0.25" })).await;
    assert_eq!((said.status, said.body["matching_enabled_ratio"].clone()), (201, json!(0.25)));
    let said = ratio(json!({ "name": "OFF", "enabled": false })).await;
    assert_eq!((said.status, said.body["matching_enabled_ratio"].clone()), (201, json!(0.0)));
    assert_eq!(ratio(json!({ "name": "FAR", "enabled_ratio": 1.5 })).await.status, 400);
    assert_eq!(client.get("/c/bank/FAR").await.status, 404);

    let missing = ratio(json!({})).await;
    assert_eq!(missing.status, 422);
    assert_eq!(missing.body[0]["type"], "missing");
    assert_eq!(missing.body[0]["loc"], json!(["name"]));
    for key in ["msg", "input", "url"] {
        assert!(missing.body[0].get(key).is_some(), "{key}");
    }
    let word = ratio(json!({ "name": "WORD", "enabled_ratio": "half" })).await;
    assert_eq!((word.status, word.body[0]["type"].clone()), (422, json!("float_parsing")));
    let no_json = client.request(Method::POST, "/c/banks").header("content-type", "application/json");
    let said = client.send(no_json.body(Body::from("nonsense")).unwrap()).await;
    assert!(said.status == 422 && said.body.is_array());
}

#[tokio::test]
async fn content_is_shown_disabled_noted_and_deleted() {
    let client = client().await;
    client.bank("BANK").await;
    client.bank("OTHER").await;
    client.post("/c/bank/BANK/signal", &json!({ "pdq": bits(0), "sha256": "ab".repeat(32) })).await;
    let bank = json!({ "matching_enabled_ratio": 1.0, "name": "BANK" });
    let shown = json!({ "id": 1, "disable_until_ts": 1, "original_media_uri": null, "bank": bank });
    assert_eq!(client.get("/c/bank/BANK/content/1").await.body, shown);
    let with = client.get("/c/bank/BANK/content/1?include_signals=true").await.body;
    assert_eq!(with["signals"], json!({ "pdq": bits(0), "sha256": "ab".repeat(32) }));
    for path in [
        "/c/bank/OTHER/content/1",
        "/c/bank/BANK/content/2",
        "/c/bank/NONE/content/1",
        "/c/bank/BANK/content/x",
    ] {
        let said = client.get(path).await;
        assert!(said.status == 404 && said.body["message"].is_string(), "{path}");
    }

    let lookup = format!("/m/lookup?signal_type=pdq&signal={}", bits(0));
    let raw = format!("/m/raw_lookup?signal_type=pdq&signal={}", bits(0));
    let put = async |body: Value| client.put("/c/bank/BANK/content/1", &body).await;
    let off = put(json!({ "disable_until_ts": 0 })).await;
    let stored = json!({
        "bank": bank, "collab_metadata": {}, "disable_until_ts": 0, "id": 1, "note": null,
        "original_media_uri": null, "user_metadata": null,
    });
    assert_eq!((off.status, off.body), (200, stored));
    assert_eq!(client.get(&lookup).await.body, json!({}));
    assert_eq!(client.get(&raw).await.body, json!({ "matches": [1] }), "raw lookups ignore it");
    assert_eq!(put(json!({ "disable_until_ts": 1 })).await.body["disable_until_ts"], 1);
    assert_eq!(client.get(&lookup).await.body["BANK"][0]["bank_content_id"], 1);
    let soon = 1_790_000_000 + 3600;
    assert_eq!(put(json!({ "disable_until_ts": soon })).await.body["disable_until_ts"], soon);
    assert_eq!(client.get(&lookup).await.body, json!({}));
    for ts in [-1_i64, 9_999_999_999] {
        assert_eq!(put(json!({ "disable_until_ts": ts })).await.status, 400);
    }
    assert_eq!(put(json!({ "note": "seen", "disable_until_ts": 1 })).await.body["note"], "seen");
    assert_eq!(client.get("/c/bank/BANK/content/1").await.body["note"], "seen");
    assert_eq!(put(json!({ "note": "" })).await.body["note"], Value::Null);
    assert_eq!(put(json!({ "note": "n".repeat(256) })).await.status, 400);
    assert_eq!(client.put("/c/bank/OTHER/content/1", &json!({ "note": "" })).await.status, 404);

    assert_eq!(client.delete("/c/bank/OTHER/content/1").await.body, json!({ "deleted": 0 }));
    assert_eq!(client.delete("/c/bank/BANK/content/1").await.body, json!({ "deleted": 1 }));
    assert_eq!(client.delete("/c/bank/BANK/content/1").await.body, json!({ "deleted": 0 }));
    assert_eq!(client.delete("/c/bank/NONE/content/1").await.status, 404);
    assert_eq!(client.get(&raw).await.body, json!({ "matches": [] }), "what is deleted is found no more");
    assert_eq!(client.get("/c/bank/BANK/content/1").await.status, 404);
}

#[tokio::test]
async fn media_is_added_and_found() {
    let client = client().await;
    client.bank("BANK").await;
    let (lake, hash) = (picture(1), digits(&picture(1)));
    let added = json!({ "id": 1, "signals": { "pdq": hash } });
    let path = "/c/bank/BANK/content?url=http://media.example/a.jpg&content_type=photo";
    assert_eq!(client.post(path, &json!({ "metadata": { "other": 5 } })).await.status, 400);
    let told = json!({ "metadata": { "content_id": "7", "json": { "a": {} } }, "note": "n" });
    let said = client.post(path, &told).await;
    assert_eq!((said.status, said.body), (200, added));
    let shown = client.get("/c/bank/BANK/content/1").await.body;
    assert_eq!((shown["metadata"].clone(), shown["note"].clone()), (told["metadata"].clone(), json!("n")));
    let without = client.get("/c/bank/BANK/content/1?include_metadata=false").await.body;
    assert!(without.get("metadata").is_none());

    let fields: [(&str, Option<&str>, &[u8]); 3] = [
        ("photo", Some("x.jpg"), &lake),
        ("metadata", None, br#"{"content_uri":"u"}"#),
        ("note", None, b"by hand"),
    ];
    assert_eq!(client.upload("/c/bank/BANK/content", &fields).await.body["id"], 2);
    assert_eq!(client.get("/c/bank/BANK/content/2").await.body["metadata"]["content_uri"], "u");
    assert_eq!(client.post("/c/bank/BANK/content", &json!({})).await.status, 400);
    assert_eq!(client.upload("/c/bank/NONE/content", &fields).await.status, 404);

    let seen = copy(1);
    let distance = pdq(&seen).distance(&pdq(&lake)).to_string();
    let near = json!([{ "bank_content_id": 1, "distance": distance }, { "bank_content_id": 2, "distance": distance }]);
    let said = client.upload("/m/lookup", &[("photo", Some("x"), &seen)]).await;
    assert_eq!((said.status, said.body), (200, json!({ "pdq": { "BANK": near } })));
    let said = client.upload("/m/lookup", &[("video", Some("x"), b"unknown")]).await;
    assert_eq!(said.body, json!({ "video_md5": {} }));
    let said = client.get("/m/lookup?url=http://media.example/a.jpg").await;
    assert_eq!(said.body["pdq"]["BANK"][0]["distance"], "0");
    let said = client.get("/m/lookup?url=http://media.example/a.jpg&signal_type=pdq").await;
    assert_eq!(said.body["BANK"][0]["bank_content_id"], 1);
}

#[tokio::test]
async fn exchanges_are_configured() {
    let client = client().await;
    assert_eq!(client.get("/c/exchanges/apis").await.body, json!(["sample", "fb_threatexchange"]));
    let kind =
        |supports, has| json!({ "supports_authentification": supports, "has_set_authentification": has });
    assert_eq!(client.get("/c/exchanges/api/sample").await.body, kind(false, false));
    assert_eq!(client.get("/c/exchanges/api/none").await.status, 400);
    assert_eq!(client.get("/c/exchanges/api/none/schema").await.status, 404);
    let api = "/c/exchanges/api/fb_threatexchange";
    assert_eq!(client.get(api).await.body, kind(true, false));
    let credentials = json!({ "credential_json": { "api_token": "12345789|000000000000" } });
    assert_eq!(client.post(api, &credentials).await.body, kind(true, true));
    assert_eq!(client.get(api).await.body, kind(true, true));
    assert_eq!(client.post(api, &json!({ "credential_json": {} })).await.body, kind(true, false));
    let schema = client.get("/c/exchanges/api/fb_threatexchange/schema").await.body;
    let field = &schema["config_schema"]["fields"][0];
    assert_eq!(
        (&field["name"], &field["type"], &field["required"]),
        (&json!("privacy_group"), &json!("number"), &json!(true))
    );
    assert_eq!(schema["credentials_schema"]["fields"][0]["name"], "api_token");
    assert_eq!(client.get("/c/exchanges/api/sample/schema").await.body["credentials_schema"], Value::Null);

    let make = async |body: Value| client.post("/c/exchanges", &body).await;
    let body = json!({ "bank": "SHARED", "api": "fb_threatexchange", "api_json": { "privacy_group": 5 } });
    let said = make(body.clone()).await;
    assert_eq!((said.status, said.body), (201, json!({ "message": "Created successfully" })));
    assert_eq!(make(body).await.status, 403);
    for body in [
        json!({ "bank": "low", "api": "sample" }),
        json!({ "bank": "NEW" }),
        json!({ "bank": "NEW", "api": "none" }),
        json!({ "bank": "NEW", "api": "fb_threatexchange", "api_json": {} }),
        json!({ "bank": "NEW", "api": "sample", "api_json": { "other": 1 } }),
    ] {
        assert_eq!(make(body.clone()).await.status, 400, "{body}");
    }
    assert_eq!(client.get("/c/exchanges").await.body, json!(["SHARED"]));
    assert_eq!(client.get("/c/bank/SHARED").await.status, 200);
    let shown = json!({ "name": "SHARED", "api": "fb_threatexchange", "enabled": true, "privacy_group": 5 });
    assert_eq!(client.get("/c/exchange/SHARED").await.body, shown);
    assert_eq!(client.get("/c/exchange/NONE").await.status, 404);
    let status = client.get("/c/exchange/SHARED/status").await.body;
    let keys: BTreeSet<_> = status.as_object().unwrap().keys().map(String::as_str).collect();
    let names = BTreeSet::from([
        "checkpoint_ts",
        "fetched_items",
        "last_fetch_complete_ts",
        "last_fetch_succeeded",
        "running_fetch_start_ts",
        "up_to_date",
    ]);
    assert_eq!(keys, names);
    let off = client.put("/c/exchange/SHARED", &json!({ "enabled": false })).await.body;
    assert_eq!((off["enabled"].clone(), off["privacy_group"].clone()), (json!(false), json!(5)));
    for _ in 0..2 {
        let said = client.delete("/c/exchange/SHARED").await;
        assert_eq!((said.status, said.body), (200, json!({ "message": "Exchange deleted" })));
    }
    assert_eq!(client.get("/c/bank/SHARED").await.status, 404, "its bank went with it");

    make(json!({ "bank": "AGAIN", "api": "sample" })).await;
    assert_eq!(client.delete("/c/bank/AGAIN").await.status, 200);
    assert_eq!(client.get("/c/exchange/AGAIN").await.status, 404, "an exchange goes with its bank");
}

#[tokio::test]
async fn banks_of_the_desk_answer_and_are_not_changed_here() {
    let client = client().await;
    client.house.know_picture("OF_THE_DESK", Verdict::Block, &picture(3)).await;
    let said = client.get(&format!("/m/lookup?signal_type=pdq&signal={}", digits(&picture(3)))).await;
    assert_eq!(said.body["OF_THE_DESK"][0]["distance"], "0");
    assert_eq!(client.put("/c/bank/OF_THE_DESK", &json!({ "enabled": false })).await.status, 403);
    assert_eq!(client.delete("/c/bank/OF_THE_DESK").await.status, 403);
    assert_eq!(client.delete("/c/bank/OF_THE_DESK/content/1").await.status, 403);
    let added = client.post("/c/bank/OF_THE_DESK/signal", &json!({ "pdq": bits(0) })).await;
    assert_eq!(added.status, 200, "a token may add to it, within its hourly limit");
}
