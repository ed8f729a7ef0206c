//! Retro-hunts as machines watch them.

use http::Method;
use serde_json::{Value, json};
use vigie_app::hunts::NewHunt;
use vigie_match::{Pdq, Signal};
use vigie_model::bank::Verdict;
use vigie_model::{Caller, Role, Scope};

use crate::client::Client;
use crate::house::House;

async fn person(house: &House, name: &str, role: Role) -> Caller {
    let person = house.app.add_person(&Caller::operator(), name, &[role]).await.unwrap();
    let link = house.app.make_sign_in_link(&Caller::operator(), person.id).await.unwrap();
    let session = house.app.sign_in(link.rsplit('/').next().unwrap(), "test").await.unwrap();
    house.app.signed_in(&session).await.unwrap().caller
}

#[tokio::test]
async fn hunts_are_watched_and_counted() {
    let house = House::start().await;
    let bank = house.know("LAKES", Verdict::Block, &[Signal::Pdq(Pdq([7; 32]))]).await;
    let sam = person(&house, "Sam", Role::SeniorReviewer).await;
    let dee = person(&house, "Dee", Role::DataProtectionOfficer).await;
    let new = NewHunt { bank: bank.id, purpose: "why".into(), entries_since: None, from: None, until: None };
    let hunt = house.app.ask_hunt(&sam, new).await.unwrap();
    let client = Client::with(&house, &[Scope::Banks]).await;
    let get = async |path: &str| client.send(Method::GET, path, "application/json", vec![]).await;
    let listed = get("/api/v1/hunts").await.json;
    assert_eq!((&listed[0]["state"], &listed[0]["entries"]), (&json!("asked"), &json!(1)));
    house.app.approve(&dee, hunt.approval).await.unwrap();
    for piece in house.app.claim_due_work(10).await.unwrap() {
        house.app.carry_out(&piece).await.unwrap();
    }
    let shown = get(&format!("/api/v1/hunts/{}", hunt.id)).await.json;
    assert_eq!((&shown["state"], &shown["bank_name"]), (&json!("done"), &json!("LAKES")));
    assert_eq!(shown, get("/api/v1/hunts").await.json[0]);
    let counts = get("/api/v1/hunts/counts").await.json;
    assert_eq!(counts, json!([{ "bank": bank.id, "month": "2026-09", "hunts": 1, "rows": 0, "hits": 0 }]));
    get("/api/v1/hunts/none").await.problem(404, "not_found");
    let messenger = Client::with(&house, &[Scope::Submit]).await;
    messenger.send(Method::GET, "/api/v1/hunts", "application/json", vec![]).await.problem(403, "forbidden");
}

#[test]
fn no_address_of_hunts_takes_a_hash() {
    let document: Value = serde_json::from_str(&vigie_api::openapi_json()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_hunts: Vec<_> = paths.iter().filter(|(path, _)| path.contains("hunt")).collect();
    assert_eq!(of_hunts.len(), 3);
    for (path, item) in of_hunts {
        assert_eq!(item.as_object().unwrap().keys().collect::<Vec<_>>(), ["get"], "{path} only reads");
        let parameters = item["get"]["parameters"].as_array().cloned().unwrap_or_default();
        assert!(parameters.iter().all(|parameter| parameter["name"] == "hunt"), "{path}: {parameters:?}");
        assert!(item["get"].get("requestBody").is_none(), "{path} takes no body");
    }
}
