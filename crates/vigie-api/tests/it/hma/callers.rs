//! Who comes in, and what each may do.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine as _;
use http::Request;
use serde_json::json;
use vigie_app::intake::IntakeSettings;
use vigie_model::Scope;

use super::{bits, client_of, of_house};
use crate::house::{House, picture};

#[tokio::test]
async fn the_token_comes_in_two_ways_in_a_third_where_it_is_allowed_and_a_stranger_in_none() {
    let client = of_house(House::start().await, false, true, &[Scope::HmaCurate]).await;
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
    let strict = client_of(false, &[Scope::HmaCurate]).await;
    let in_path = strict.send(with(None, format!("/hma/{}/c/banks", strict.token))).await;
    assert_eq!(
        in_path.status, 401,
        "no secret stands in an address unless the operator wants it: {}",
        in_path.text
    );
    assert_eq!(
        strict.send(with(Some(format!("Bearer {}", strict.token)), "/c/banks".into())).await.status,
        200
    );
}

#[tokio::test]
async fn a_token_looks_up_no_more_in_an_hour_than_is_allowed_and_others_go_on() {
    let few = IntakeSettings { lookups_per_hour: 3, ..IntakeSettings::default() };
    let one = of_house(House::start_with(few).await, false, false, &[Scope::HmaMatch]).await;
    let other = one.house.token(&[Scope::HmaMatch]).await;
    let path = format!("/m/lookup?signal_type=pdq&signal={}", bits(0));
    let raw = format!("/m/raw_lookup?signal_type=pdq&signal={}", bits(0));
    for asked in [&path, &raw, &path] {
        assert_eq!(one.get(asked).await.status, 200);
    }
    for asked in [&path, &raw] {
        let said = one.get(asked).await;
        assert!(said.status == 429 && said.body["message"].is_string(), "{}", said.text);
    }
    let request = Request::get(&path).header("authorization", format!("Bearer {other}"));
    assert_eq!(one.send(request.body(Body::empty()).unwrap()).await.status, 200, "another token has its own");
    one.house.clock.advance(Duration::from_secs(60 * 60));
    assert_eq!(one.get(&path).await.status, 200, "and in the next hour it goes on");
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
