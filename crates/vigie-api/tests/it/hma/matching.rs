//! `/h`, `/m`, `/status`: what is hashed, found and told.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use vigie_api::hma::{Hma, router};

use super::{Client, bits, client, digits};
use crate::house::{House, picture};

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
async fn coins_and_bank_filters() {
    let client = client().await;
    for (name, ratio) in [("ALWAYS", 1.0), ("HALF", 0.5), ("NEVER", 0.0)] {
        client.post("/c/banks", &json!({ "name": name, "enabled_ratio": ratio })).await;
        client.post(&format!("/c/bank/{name}/signal"), &json!({ "pdq": bits(0) })).await;
    }
    let banks = async |query: &str| {
        let said = client.get(&format!("/m/lookup?signal_type=pdq&signal={}{query}", bits(0))).await;
        let mut names: Vec<_> = said.body.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
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
    let mut kinds: Vec<_> = all.body.as_object().unwrap().keys().collect();
    kinds.sort();
    assert_eq!(kinds, ["md5", "pdq", "sha1", "sha256"]);

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
        router: router(Hma { app: house.app.clone(), anonymous: false, token_in_path: false, source: None }),
        token: String::new(),
        house,
    };
    let said = client.get("/status").await;
    assert_eq!((said.status, said.text.as_str()), (503, "INDEX-NOT-LOADED"));
    assert_eq!(client.get("/status/live").await.status, 200);
}
