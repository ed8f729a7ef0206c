//! What anybody may read of requests of authorities.

use std::time::Duration;

use http::header;
use serde_json::json;
use vigie_model::{Caller, Role};
use vigie_seal::ledger::Details;

use crate::house::House;
use crate::walks::check_page;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn write(house: &House, action: &str, object: &str, parameters: serde_json::Value) {
    let entry = Details::new(&Caller::system(), action, object, house.app.now());
    house.app.store.begin().await.unwrap().commit(&entry.with(parameters)).await.unwrap();
}

#[tokio::test]
async fn a_stranger_reads_what_became_of_requests_in_both_languages_and_never_of_which() {
    let house = House::open().await;
    let mut stranger = house.stranger();
    let empty = stranger.get("/transparency").await.text;
    assert!(empty.contains("Nothing was counted") && empty.contains("1 July"), "{empty}");
    let facts = json!({"country": "FR", "regime": "fr-77-1-1", "kind": "production", "binding": true,
        "emergency": false, "door": "portal", "items": 2});
    for number in 0..7 {
        write(&house, "request.received", &format!("request:{number}"), facts.clone()).await;
    }
    let mut refused = facts.clone();
    refused["ground"] = json!("over_broad");
    write(&house, "request.refused", "request:1", refused).await;
    let house_policy =
        json!({"country": "DE", "regime": "us-2702-emergency", "binding": false, "ground": "house_policy"});
    write(&house, "request.refused", "request:2", house_policy).await;
    write(&house, "media.revealed", "media:1", facts).await;
    let now = stranger.get("/transparency").await.text;
    assert!(now.contains("Nothing was counted"), "the half-year goes on: {now}");

    house.clock.advance(DAY * 190);
    for (language, words) in [
        (
            "en",
            ["Refused, by ground and State", "More is asked than is necessary", "by the house’s own will"],
        ),
        ("fr", ["Refus, par motif et par État", "fr-77-1-1", "par choix de la maison"]),
    ] {
        stranger.language = language;
        let page = stranger.get("/transparency").await;
        check_page(&page, "/transparency", language);
        for word in words {
            assert!(page.text.contains(word), "{word}: {}", page.text);
        }
        assert!(page.text.contains(">7<") && page.text.contains(">1–4<"), "{}", page.text);
        assert!(page.text.contains("2–8"), "two refusals are shown as a range: {}", page.text);
        assert!(!page.text.contains("request:") && !page.text.contains("revealed"), "{}", page.text);
    }
    let table = stranger.get("/transparency/orders-to-inform.csv").await;
    assert!(table.header(header::CONTENT_TYPE).starts_with("text/csv"));
    assert!(
        table.text.contains("FR,STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE,7,14,0.00,\r\n"),
        "{}",
        table.text
    );
    let none = stranger.get("/transparency/orders-to-act.csv").await.text;
    assert_eq!(none.lines().count(), 1, "{none}");
    assert!(house.stranger().get("/").await.text.contains(r#"href="/transparency""#));
    let mut ada = house.person("Ada", Role::Auditor).await;
    check_page(&ada.get("/transparency").await, "/transparency", "en");
}
