//! The calls of real clients, in their order.

use http::StatusCode;
use serde_json::json;

use super::{client, digits};
use crate::house::{copy, picture};

/// `content/hma.go` of policyserv: hash the upload, then look up what came back; it reads only the names of banks.
#[tokio::test]
async fn policyserv_works_unmodified() {
    let client = client().await;
    client.bank("KNOWN").await;
    client.post("/c/bank/KNOWN/signal", &json!({ "pdq": digits(&picture(1)) })).await;
    let scan = async |field: &str, content: &[u8]| {
        let hashes = client.upload("/h/hash", &[(field, Some("x"), content)]).await;
        assert_eq!(hashes.status, 200);
        let mut banks = Vec::new();
        for (kind, hash) in hashes.body.as_object().unwrap() {
            let hash = hash.as_str().unwrap();
            let found = client.get(&format!("/m/lookup?signal_type={kind}&signal={hash}")).await;
            banks.extend(found.body.as_object().unwrap().keys().cloned());
        }
        banks
    };
    assert_eq!(scan("photo", &copy(1)).await, ["KNOWN"]);
    assert_eq!(scan("photo", &picture(2)).await, [""; 0]);
    assert_eq!(scan("video", b"a film").await, [""; 0]);
    // It skips the check of the status of the lookup, and reads an error as a bank of this name: no bank can have it.
    assert_eq!(scan("photo", &crate::house::flat()).await, ["message"]);
}

/// `server/services/hmaService/index.ts` of Coop, behind an address that ends in a slash.
#[tokio::test]
async fn coop_works_unmodified() {
    let client = client().await;
    let bank = "COOP_ORG_LAKES";
    let said = client.post("//c/banks", &json!({ "name": bank, "enabled_ratio": "1" })).await;
    assert_eq!(said.status, 201);
    assert_eq!(client.put(&format!("//c/bank/{bank}"), &json!({ "enabled_ratio": 0.9 })).await.status, 200);
    assert_eq!(client.put(&format!("//c/bank/{bank}"), &json!({ "enabled_ratio": 1 })).await.status, 200);
    assert_eq!(client.get(&format!("//c/bank/{bank}")).await.status, 200);

    let hashes = client.get("//h/hash?url=http%3A%2F%2Fmedia.example%2Fa.jpg").await;
    assert_eq!(hashes.body["pdq"], digits(&picture(1)));
    let body = json!({ "metadata": { "content_id": "1", "content_uri": "u" }, "note": "n" });
    let path = format!("//c/bank/{bank}/content?url=http%3A%2F%2Fmedia.example%2Fa.jpg");
    let added = client.post(&path, &body).await;
    assert_eq!((added.status, added.body["id"].clone()), (200, json!(1)));
    let lake = picture(2);
    let fields: [(&str, Option<&str>, &[u8]); 4] = [
        ("photo", Some("lake.jpg"), &lake),
        ("content_id", None, b"2"),
        ("content_uri", None, b"u"),
        ("metadata", None, br#"{"reviewer":"somebody"}"#),
    ];
    let added = client.upload(&format!("//c/bank/{bank}/content"), &fields).await;
    assert_eq!((added.status, added.body["id"].clone()), (200, json!(2)));
    let metadata = client.get(&format!("/c/bank/{bank}/content/2")).await.body["metadata"].clone();
    assert_eq!(
        metadata,
        json!({ "content_id": "2", "content_uri": "u", "json": { "reviewer": "somebody" } })
    );
    let found = client.get(&format!("//m/lookup?signal_type=pdq&signal={}", digits(&copy(2)))).await;
    assert_eq!(found.body[bank].as_array().map(Vec::len), Some(1));

    let shared = "COOP_ORG_SHARED";
    let body = json!({ "bank": shared, "api": "fb_threatexchange", "api_json": { "privacy_group": 7 } });
    assert_eq!(client.post("//c/exchanges", &body).await.status, 201);
    for api in client.get("//c/exchanges/apis").await.body.as_array().unwrap().clone() {
        let api = api.as_str().unwrap();
        assert_eq!(client.get(&format!("//c/exchanges/api/{api}")).await.status, 200);
        assert_eq!(client.get(&format!("//c/exchanges/api/{api}/schema")).await.status, 200);
    }
    assert_eq!(client.get(&format!("//c/exchange/{shared}")).await.body["api"], "fb_threatexchange");
    assert_eq!(client.get(&format!("//c/exchange/{shared}/status")).await.body["fetched_items"], 0);
    assert_eq!(client.get(&format!("//c/exchange/{bank}")).await.status, StatusCode::NOT_FOUND.as_u16());
    for name in [bank, shared] {
        assert_eq!(client.delete(&format!("//c/bank/{name}")).await.status, 200);
    }
}
