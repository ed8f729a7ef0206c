//! Banks as machines read and fill them.

use http::Method;
use serde_json::{Value, json};
use vigie_match::{Digests, Signal};
use vigie_model::Scope;
use vigie_model::bank::Verdict;

use crate::client::Client;
use crate::house::House;

const MD5: &str = "900150983cd24fb0d6963f7d28e17f72";

async fn filled() -> (House, String) {
    let house = House::start().await;
    let bank = house.know_bytes("LAKES", Verdict::Review, b"a lake").await;
    (house, bank.id.to_string())
}

#[tokio::test]
async fn banks_and_entries_are_read_searched_added_and_removed() {
    let (house, bank) = filled().await;
    let client = Client::with(&house, &[Scope::Banks]).await;
    let send = async |method: Method, path: &str, body: Value| {
        client.send(method, path, "application/json", body.to_string().into_bytes()).await
    };
    let banks = send(Method::GET, "/api/v1/banks", Value::Null).await.json;
    assert_eq!((&banks[0]["name"], &banks[0]["entries"]), (&json!("LAKES"), &json!({ "active": 1 })));
    let shown = send(Method::GET, &format!("/api/v1/banks/{bank}"), Value::Null).await.json;
    assert_eq!(shown, banks[0]);

    let path = format!("/api/v1/banks/{bank}/entries");
    let new = json!({ "entries": [
        { "signals": { "md5": MD5 }, "labels": [{ "code": "A1" }], "note": "seen twice" },
        { "signals": { "sha1": "00".repeat(20) } },
    ] });
    let added = send(Method::POST, &path, new).await;
    assert_eq!(
        (added.status.as_u16(), added.json),
        (201, json!({ "first": 2, "count": 2, "quarantined": 0 }))
    );
    let page = send(Method::GET, &format!("{path}?limit=2"), Value::Null).await.json;
    assert_eq!((page["entries"].as_array().map(Vec::len), &page["next"]), (Some(2), &json!(2)));
    assert_eq!(page["entries"][1]["labels"], json!([{ "scheme": "inhope", "code": "A1" }]));
    let page = send(Method::GET, &format!("{path}?limit=2&after=2"), Value::Null).await.json;
    assert_eq!((&page["entries"][0]["id"], &page["next"]), (&json!(3), &Value::Null));
    for q in ["seen", "a1", MD5] {
        let page = send(Method::GET, &format!("{path}?q={q}"), Value::Null).await.json;
        assert_eq!(page["entries"].as_array().map(Vec::len), Some(1), "{q}");
        assert_eq!(page["entries"][0]["id"], 2, "{q}");
    }

    send(Method::POST, &path, json!({ "entries": [{ "signals": { "md5": "zz" } }] }))
        .await
        .problem(422, "invalid_value");
    send(Method::POST, &path, json!({ "entries": [] })).await.problem(422, "invalid_value");
    send(Method::POST, &path, json!([])).await.problem(400, "bad_request");
    send(Method::GET, "/api/v1/banks/none", Value::Null).await.problem(404, "not_found");
    assert_eq!(send(Method::DELETE, &format!("{path}/2"), Value::Null).await.status.as_u16(), 204);
    send(Method::DELETE, &format!("{path}/2"), Value::Null).await.problem(404, "not_found");
    let removed = send(Method::GET, &format!("{path}?state=removed"), Value::Null).await.json;
    assert_eq!(removed["entries"][0]["id"], 2);
}

#[tokio::test]
async fn a_list_is_imported_whole_or_not_at_all() {
    let (house, bank) = filled().await;
    let client = Client::with(&house, &[Scope::Banks]).await;
    let import = async |query: &str, list: &str| {
        let path = format!("/api/v1/banks/{bank}/import{query}");
        client.send(Method::POST, &path, "text/plain", list.as_bytes().to_vec()).await.json
    };
    let broken = import("", &format!("{MD5}\nzz\n")).await;
    assert_eq!(
        (&broken["faulty"], &broken["faults"][0]["line"], &broken["added"]),
        (&json!(1), &json!(2), &Value::Null)
    );
    let dry = import("?dry_run=true", MD5).await;
    assert_eq!((&dry["entries"], &dry["added"]), (&json!(1), &Value::Null));
    let digests = Digests::of(b"another lake");
    let list = format!("md5,path\n{},lake.jpg\n{MD5},other.jpg\n", Signal::Md5(digests.md5).hex());
    let done = import("?format=csv", &list).await;
    assert_eq!(done["added"], json!({ "first": 2, "count": 2, "quarantined": 0 }));
    let matches = house.app.find_matches(
        &vigie_app::matching::Signals::of_digests(&digests),
        &vigie_app::matching::Asked::with_coin(0.5),
    );
    assert_eq!(matches.iter().map(|found| found.entry).collect::<Vec<_>>(), [2], "it matches at once");
}

#[tokio::test]
async fn entries_past_the_hourly_limit_wait_in_quarantine() {
    let (house, bank) = filled().await;
    let client = Client::with(&house, &[Scope::Banks]).await;
    let list: String = (0..1005_u32).map(|number| format!("{number:032x}\n")).collect();
    let path = format!("/api/v1/banks/{bank}/import");
    let done = client.send(Method::POST, &path, "text/plain", list.into_bytes()).await.json;
    assert_eq!(done["added"], json!({ "first": 2, "count": 1005, "quarantined": 5 }));
    let shown = client.send(Method::GET, &format!("/api/v1/banks/{bank}"), "text/plain", vec![]).await.json;
    assert_eq!(shown["entries"], json!({ "active": 1001, "quarantined": 5 }));
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_answered_by_a_problem_document() {
    let (house, bank) = filled().await;
    let client = Client::with(&house, &[Scope::Banks]).await;
    let get = async |path: &str| client.send(Method::GET, path, "text/plain", vec![]).await;
    let entries = format!("/api/v1/banks/{bank}/entries");
    get(&format!("{entries}?limit=9223372036854775808")).await.problem(400, "bad_request");
    get(&format!("{entries}?q=%00")).await.problem(422, "invalid_value");
    get("/api/v1/banks/%FF").await.problem(400, "bad_request");
    let import = format!("/api/v1/banks/{bank}/import?dry_run=perhaps");
    client.send(Method::POST, &import, "text/csv", vec![]).await.problem(400, "bad_request");
}
