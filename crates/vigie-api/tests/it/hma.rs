//! The contract with clients of HMA: what it answers, replayed over HTTP, with its quirks and without its faults; and the
//! calls that policyserv and Coop make.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine as _;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use vigie_api::hma::{Hma, door, router};
use vigie_app::ports::{Answer, FetchError, Fetched, MediaSource};
use vigie_model::Scope;
use vigie_model::bank::Verdict;

use crate::house::{House, copy, pdq, picture};

/// What an HTTP answer was.
struct Said {
    status: u16,
    body: Value,
    text: String,
}

struct Client {
    house: House,
    router: Router,
    token: String,
}

/// A host with one picture and one film.
struct OneHost;

impl MediaSource for OneHost {
    fn fetch<'a>(&'a self, url: &'a str, limit: usize) -> Answer<'a, Result<Fetched, FetchError>> {
        let (bytes, kind) = match url.strip_prefix("http://media.example/") {
            Some("a.jpg") => (picture(1), "image/jpeg"),
            Some("a.mp4") => (b"a film".to_vec(), "video/mp4"),
            Some("a.txt") => (b"a text".to_vec(), "text/plain"),
            Some("large") => return Box::pin(async { Err(FetchError::TooLarge) }),
            _ => return Box::pin(async { Err(FetchError::NotAllowed) }),
        };
        assert!(limit > bytes.len());
        Box::pin(async move { Ok(Fetched { bytes: bytes.into(), content_type: Some(kind.to_owned()) }) })
    }
}

async fn client() -> Client {
    client_of(false, &[Scope::HmaMatch, Scope::HmaCurate]).await
}

async fn client_of(anonymous: bool, scopes: &[Scope]) -> Client {
    let house = House::start().await;
    house.app.load_banks().await.unwrap();
    let token = house.token(scopes).await;
    let hma = Hma { app: house.app.clone(), anonymous, source: Some(Arc::new(OneHost)) };
    Client { router: door(router(hma)), house, token }
}

impl Client {
    async fn send(&self, request: Request<Body>) -> Said {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Said { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), text }
    }

    fn request(&self, method: Method, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.token))
    }

    async fn get(&self, path: &str) -> Said {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    async fn delete(&self, path: &str) -> Said {
        self.send(self.request(Method::DELETE, path).body(Body::empty()).unwrap()).await
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> Said {
        let request = self.request(method, path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Said {
        self.json(Method::POST, path, body).await
    }

    async fn put(&self, path: &str, body: &Value) -> Said {
        self.json(Method::PUT, path, body).await
    }

    /// Fields with a file name are files.
    async fn upload(&self, path: &str, fields: &[(&str, Option<&str>, &[u8])]) -> Said {
        let mut body = Vec::new();
        for (name, file, content) in fields {
            let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
            let head = format!("--lake\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend([head.as_bytes(), content, b"\r\n"].concat());
        }
        body.extend(b"--lake--\r\n");
        let request =
            self.request(Method::POST, path).header("content-type", "multipart/form-data; boundary=lake");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn bank(&self, name: &str) {
        assert_eq!(self.post("/c/banks", &json!({ "name": name })).await.status, 201);
    }
}

/// A PDQ signal with so many of its last bits set.
fn bits(count: usize) -> String {
    let mut hash = [0_u8; 32];
    (0..count).for_each(|bit| hash[31 - bit / 8] |= 1 << (bit % 8));
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digits(picture: &[u8]) -> String {
    pdq(picture).to_string()
}

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
async fn the_first_hash_matches_up_to_31_bits_and_numbers_begin_at_1() {
    let client = client().await;
    client.bank("FIRST").await;
    let said = client.post("/c/bank/FIRST/signal", &json!({ "pdq": bits(0) })).await;
    assert_eq!((said.status, said.body), (200, json!({ "id": 1, "signals": { "pdq": bits(0) } })));
    for distance in 0..=31 {
        let said = client.get(&format!("/m/lookup?signal_type=pdq&signal={}", bits(distance))).await;
        let found = json!({ "FIRST": [{ "bank_content_id": 1, "distance": distance.to_string() }] });
        assert_eq!((said.status, said.body), (200, found));
    }
    let far = client.get(&format!("/m/lookup?signal_type=pdq&signal={}", bits(32))).await;
    assert_eq!((far.status, far.body), (200, json!({})));
    let raw = client.get(&format!("/m/raw_lookup?signal_type=pdq&signal={}", bits(31))).await;
    assert_eq!(raw.body, json!({ "matches": [1] }));
    let raw =
        client.get(&format!("/m/raw_lookup?signal_type=pdq&signal={}&include_distance=true", bits(3))).await;
    assert_eq!(raw.body, json!({ "matches": [{ "bank_content_id": 1, "distance": "3" }] }));

    for number in 2..=16 {
        let said = client.post("/c/bank/FIRST/signal", &json!({ "pdq": bits(100 + number) })).await;
        assert_eq!(said.body["id"], number as i64);
    }
    let status = client.get("/m/index/status?signal_type=pdq").await;
    assert_eq!(
        (status.body["pdq"]["present"].clone(), status.body["pdq"]["size"].clone()),
        (json!(true), json!(16))
    );
    assert!(status.body["pdq"]["built_to"].as_i64().unwrap() > 0);
    let status = client.get("/m/index/status").await;
    assert_eq!(status.body["video_md5"], json!({ "built_to": -1, "present": false, "size": 0 }));
    assert_eq!(client.get("/m/index/status?signal_type=crc").await.status, 400);
    let index = client.get("/c/signal_type/index?signal_type=pdq").await.body;
    assert_eq!((index["pdq"]["db_size"].clone(), index["pdq"]["index_size"].clone()), (json!(16), json!(16)));
    assert_eq!(index["pdq"]["index_out_of_date"], false);
}

#[tokio::test]
async fn signals_are_read_as_hma_reads_them() {
    let client = client().await;
    client.bank("BANK").await;
    let add = async |body: Value| client.post("/c/bank/BANK/signal", &body).await;
    let upper = add(json!({ "pdq": bits(9).to_uppercase().replace('0', "A") })).await;
    assert_eq!(upper.status, 400);
    assert!(upper.body["message"].as_str().unwrap().starts_with("Invalid pdq signal"));
    assert_eq!(add(json!({ "pdq": "" })).await.status, 400);
    assert_eq!(add(json!({ "crc": "00" })).await.body["message"], "No such signal type crc");
    assert_eq!(add(json!({})).await.body["message"], "No signals given");
    assert_eq!(add(json!({ "note": "alone" })).await.body["message"], "No signals given");
    assert_eq!(add(json!({ "video_md5": 5 })).await.status, 400);
    assert_eq!(client.post("/c/bank/NONE/signal", &json!({ "pdq": bits(0) })).await.status, 404);
    let long = add(json!({ "pdq": bits(0), "note": "n".repeat(256) })).await;
    assert_eq!(long.status, 400);

    let md5 = "CAB08B36195EDB1A1231D2D09FA450E0";
    let said = add(json!({ "video_md5": md5, "note": "a note" })).await;
    assert_eq!(said.body, json!({ "id": 1, "signals": { "video_md5": md5.to_lowercase() } }));
    for name in ["video_md5", "md5"] {
        let said = client.get(&format!("/m/lookup?signal_type={name}&signal={md5}")).await;
        assert_eq!(said.body, json!({ "BANK": [{ "bank_content_id": 1, "distance": "-" }] }), "{name}");
    }
    for (path, status) in [
        ("/m/lookup?signal_type=pdq&signal=", 400),
        ("/m/lookup?signal_type=crc&signal=00", 400),
        ("/m/lookup?signal_type=pdq", 400),
        ("/m/lookup", 400),
        ("/m/raw_lookup?signal_type=pdq", 422),
        ("/m/raw_lookup?signal=00", 422),
        ("/m/raw_lookup?signal_type=pdq&signal=zz", 400),
    ] {
        assert_eq!(client.get(path).await.status, status, "{path}");
    }
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
async fn coins_and_bank_filters() {
    let client = client().await;
    for (name, ratio) in [("ALWAYS", 1.0), ("HALF", 0.5), ("NEVER", 0.0)] {
        client.post("/c/banks", &json!({ "name": name, "enabled_ratio": ratio })).await;
        client.post(&format!("/c/bank/{name}/signal"), &json!({ "pdq": bits(0) })).await;
    }
    let banks = async |query: &str| {
        let said = client.get(&format!("/m/lookup?signal_type=pdq&signal={}{query}", bits(0))).await;
        said.body.as_object().unwrap().keys().cloned().collect::<Vec<_>>()
    };
    let mut with_half = 0;
    for seed in 0..40 {
        let once = banks(&format!("&seed={seed}")).await;
        assert_eq!(once, banks(&format!("&seed={seed}")).await, "a seed repeats the coin");
        assert!(once.contains(&"ALWAYS".to_owned()) && !once.contains(&"NEVER".to_owned()));
        with_half += usize::from(once.len() == 2);
    }
    assert!((8..=32).contains(&with_half), "{with_half} of 40");
    assert_eq!(banks("&bypass_coinflip=true").await, ["ALWAYS", "HALF", "NEVER"]);
    assert_eq!(banks("&bypass_coinflip=true&banks=HALF,NONE").await, ["HALF"]);
    let raw = client.get(&format!("/m/raw_lookup?signal_type=pdq&signal={}&banks=NEVER", bits(0))).await;
    assert_eq!(raw.body, json!({ "matches": [3] }), "raw lookups ignore the ratio");
    client.put("/c/signal_type/pdq", &json!({ "enabled_ratio": 0.0 })).await;
    let said = client.get(&format!("/m/lookup?signal_type=pdq&signal={}", bits(0))).await;
    assert_eq!(said.status, 400, "a type that is switched off");
}

#[tokio::test]
async fn uploads_and_addresses_are_hashed() {
    let client = client().await;
    let (lake, hash) = (picture(1), digits(&picture(1)));
    let said = client.upload("/h/hash", &[("photo", Some("x"), &lake)]).await;
    assert_eq!((said.status, said.body), (200, json!({ "pdq": hash })));
    let film = client.upload("/h/hash", &[("video", Some("x"), b"a film")]).await;
    let md5 = "97a78ff1d72d1c4e4aa8e6f5ca2d0f2b";
    assert_eq!(film.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["video_md5"]);
    assert_eq!(film.body["video_md5"].as_str().unwrap().len(), md5.len());
    let all = client.upload("/h/hash?types=pdq,md5,sha1,sha256", &[("photo", Some("x"), &lake)]).await;
    assert_eq!(all.body.as_object().unwrap().keys().collect::<Vec<_>>(), ["md5", "pdq", "sha1", "sha256"]);

    for (fields, why) in [
        (vec![], "no file"),
        (vec![("photo", None, &lake[..])], "a text"),
        (vec![("photo", Some("x"), &lake[..]), ("photo", Some("y"), &lake[..])], "two files"),
        (vec![("photo", Some("x"), &lake[..]), ("video", Some("y"), &lake[..])], "two fields"),
        (vec![("audio", Some("x"), &lake[..])], "an unknown field"),
        (vec![("photo", Some("x"), b"no picture at all".as_slice())], "undecodable"),
        (vec![("photo", Some("x"), &lake[..200])], "torn"),
    ] {
        let said = client.upload("/h/hash", &fields).await;
        assert_eq!((said.status, said.body["message"].is_string()), (400, true), "{why}");
    }
    assert_eq!(client.upload("/h/hash?types=crc", &[("photo", Some("x"), &lake)]).await.status, 400);

    assert_eq!(client.get("/h/hash?url=http://media.example/a.jpg").await.body, json!({ "pdq": hash }));
    let film = client.get("/h/hash?url=http://media.example/a.mp4").await.body;
    assert!(film["video_md5"].is_string());
    for (query, status) in [
        ("url=http://elsewhere.example/a.jpg", 400),
        ("url=http://media.example/a.txt", 400),
        ("url=http://media.example/large", 413),
        ("url=http://media.example/a.jpg&content_type=audio", 400),
    ] {
        assert_eq!(client.get(&format!("/h/hash?{query}")).await.status, status, "{query}");
    }
    let missing = client.get("/h/hash").await;
    assert_eq!((missing.status, missing.body[0]["loc"].clone()), (422, json!(["url"])));
    let unsafe_address = client.get("/h/hash?url=file:///etc/passwd").await;
    assert_eq!(unsafe_address.body["message"], "Invalid or unsafe URL provided");
}

#[tokio::test]
async fn a_featureless_picture_has_an_empty_hash() {
    let client = client().await;
    client.bank("BANK").await;
    let flat = crate::house::flat();
    let said = client.upload("/h/hash", &[("photo", Some("x"), &flat)]).await;
    assert_eq!((said.status, said.body), (200, json!({ "pdq": "" })));
    assert_eq!(client.upload("/m/lookup", &[("photo", Some("x"), &flat)]).await.status, 400);
    assert_eq!(client.upload("/c/bank/BANK/content", &[("photo", Some("x"), &flat)]).await.status, 400);
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
async fn hashes_are_compared() {
    let client = client().await;
    let md5 = "cab08b36195edb1a1231d2d09fa450e0";
    let body = json!({ "pdq": [bits(0), bits(31)], "video_md5": [md5, md5] });
    let said = client.post("/m/compare", &body).await;
    let compared = json!({ "pdq": [true, { "distance": 31 }], "video_md5": [true, { "distance": 0 }] });
    assert_eq!((said.status, said.body), (200, compared));
    let far = client.post("/m/compare", &json!({ "pdq": [bits(0), bits(32)] })).await;
    assert_eq!(far.body, json!({ "pdq": [false, { "distance": 32 }] }));
    for body in [
        json!([]),
        json!({ "pdq": "x" }),
        json!({ "pdq": [bits(0)] }),
        json!({ "pdq": ["x", "y"] }),
        json!({ "crc": ["", ""] }),
    ] {
        assert_eq!(client.post("/m/compare", &body).await.status, 400, "{body}");
    }
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
    let keys: Vec<_> = status.as_object().unwrap().keys().map(String::as_str).collect();
    let names = [
        "checkpoint_ts",
        "fetched_items",
        "last_fetch_complete_ts",
        "last_fetch_succeeded",
        "running_fetch_start_ts",
        "up_to_date",
    ];
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
async fn types_status_and_documents() {
    let client = client().await;
    let types = client.get("/c/signal_type").await.body;
    assert!(types.as_array().unwrap().contains(&json!({ "name": "pdq", "enabled_ratio": 1.0 })));
    let set = client.put("/c/signal_type/pdq", &json!({ "enabled_ratio": 0.5 })).await;
    assert_eq!((set.status, set.body), (200, json!({ "name": "pdq", "enabled_ratio": 0.5 })));
    assert_eq!(client.put("/c/signal_type/pdq", &json!({ "enabled_ratio": 2 })).await.status, 400);
    assert_eq!(client.put("/c/signal_type/crc", &json!({ "enabled_ratio": 1 })).await.status, 400);
    let content = json!([{ "name": "photo", "enabled": true }, { "name": "video", "enabled": true }]);
    assert_eq!(client.get("/c/content_type").await.body, content);

    for path in ["/status", "/status/live"] {
        let stranger = Request::get(path).body(Body::empty()).unwrap();
        let said = client.send(stranger).await;
        assert_eq!((said.status, said.text.as_str()), (200, "I-AM-ALIVE"));
    }
    let document = client.get("/openapi/openapi.json").await.body;
    assert_eq!(document["info"]["title"], "Open Media Match API");
    let map = client.get("/site-map").await.body;
    assert!(map.as_array().unwrap().contains(&json!("/c/bank/<bank_name>/content/<int:content_id>")));
    for path in ["/c/nothing", "/h/nothing", "/m/nothing"] {
        let said = client.get(path).await;
        assert!(said.status == 404 && said.body["message"].is_string(), "{path}");
    }
    assert_eq!(client.post("/h/nothing", &json!({})).await.status, 404);
    assert_eq!(client.delete("/c/banks").await.status, 405);
}

#[tokio::test]
async fn before_the_index_is_loaded_the_status_says_so() {
    let house = House::start().await;
    let client = Client {
        router: router(Hma { app: house.app.clone(), anonymous: false, source: None }),
        token: String::new(),
        house,
    };
    let said = client.get("/status").await;
    assert_eq!((said.status, said.text.as_str()), (503, "INDEX-NOT-LOADED"));
    assert_eq!(client.get("/status/live").await.status, 200);
}

#[tokio::test]
async fn the_token_comes_in_three_ways_and_a_stranger_in_none() {
    let client = client().await;
    let basic = base64::prelude::BASE64_STANDARD.encode(format!("anybody:{}", client.token));
    let with = |header: Option<String>, path: String| {
        let request = Request::get(path);
        let request =
            header.into_iter().fold(request, |request, value| request.header("authorization", value));
        request.body(Body::empty()).unwrap()
    };
    let token = &client.token;
    assert_eq!(client.send(with(Some(format!("Bearer {token}")), "/c/banks".into())).await.status, 200);
    assert_eq!(client.send(with(Some(format!("Basic {basic}")), "/c/banks".into())).await.status, 200);
    assert_eq!(client.send(with(None, format!("/hma/{token}/c/banks"))).await.status, 200);
    assert_eq!(client.send(with(None, format!("/hma/{token}//c/banks?x=1"))).await.status, 200);
    assert_eq!(client.send(with(Some(format!("Bearer {token}")), "//c/banks".into())).await.status, 200);
    for request in [
        with(None, "/c/banks".into()),
        with(Some("Bearer nonsense".into()), "/c/banks".into()),
        with(None, "/hma/nonsense/c/banks".into()),
    ] {
        let said = client.send(request).await;
        assert_eq!((said.status, said.body["message"].is_string()), (401, true));
    }
}

#[tokio::test]
async fn a_token_does_only_what_it_is_for() {
    let matcher = client_of(false, &[Scope::HmaMatch]).await;
    assert_eq!(matcher.get(&format!("/m/lookup?signal_type=pdq&signal={}", bits(0))).await.status, 200);
    assert_eq!(matcher.get("/c/banks").await.status, 403);
    assert_eq!(matcher.post("/c/banks", &json!({ "name": "BANK" })).await.status, 403);
    let submitter = client_of(false, &[Scope::Submit]).await;
    assert_eq!(submitter.get(&format!("/m/lookup?signal_type=pdq&signal={}", bits(0))).await.status, 403);
    assert_eq!(submitter.upload("/h/hash", &[("photo", Some("x"), &picture(1))]).await.status, 403);
}

#[tokio::test]
async fn strangers_come_in_only_from_this_machine_and_from_no_page() {
    let client = client_of(true, &[Scope::Submit]).await;
    let knock = async |peer: &str, headers: &[(&str, &str)]| {
        let peer: SocketAddr = peer.parse().unwrap();
        let request = Request::get("/c/banks").extension(ConnectInfo(peer));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        client.send(request.body(Body::empty()).unwrap()).await.status
    };
    let local = ("host", "localhost:8420");
    for host in ["localhost:8420", "127.0.0.1:8420", "[::1]:8420", "localhost"] {
        assert_eq!(knock("127.0.0.1:5000", &[("host", host)]).await, 200, "{host}");
    }
    assert_eq!(knock("[::1]:5000", &[local, ("origin", "http://localhost:8420")]).await, 200);
    assert_eq!(knock("[::ffff:127.0.0.1]:5000", &[local]).await, 200);
    assert_eq!(knock("192.0.2.1:5000", &[local]).await, 401);
    assert_eq!(knock("127.0.0.1:5000", &[]).await, 401);
    for (name, value) in [
        ("host", "attacker.example:8420"),
        ("origin", "http://attacker.example"),
        ("origin", "null"),
        ("x-forwarded-for", "192.0.2.1"),
        ("forwarded", "for=192.0.2.1"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let host = if name == "host" { vec![(name, value)] } else { vec![local, (name, value)] };
        assert_eq!(knock("127.0.0.1:5000", &host).await, 401, "{name}: {value}");
    }
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
