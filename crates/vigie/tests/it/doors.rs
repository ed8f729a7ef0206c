//! The composed router: who passes, and what every answer carries.

use std::collections::BTreeSet;

use reqwest::Method;
use vigie::service::{Route, routes};
use vigie_model::{Role, Scope};
use vigie_testkit::House;

/// The routes that anybody may call, a line each. A new one is written there by hand, and a reviewer sees it.
const PUBLIC: &str = include_str!("public_routes.txt");

/// A path with something in place of its parameters.
fn filled(path: &str) -> String {
    let part = |part: &str| {
        if part.contains('{') { "00000000-0000-0000-0000-000000000000".into() } else { part.to_owned() }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn listed(route: &Route) -> String {
    format!("{} {}", route.method, route.path)
}

#[tokio::test]
async fn every_route_refuses_strangers() {
    let house = House::open().await;
    let public: BTreeSet<_> = PUBLIC.lines().collect();
    let mut guarded = 0;
    for route in routes().iter().filter(|route| !public.contains(listed(route).as_str())) {
        let stranger = house.stranger();
        let request = stranger.request(route.method.clone(), &filled(&route.path));
        let reply = stranger.send(request.header("origin", house.address())).await;
        assert_eq!(reply.status, 401, "{} lets a stranger in: {}", listed(route), reply.body);
        guarded += 1;
    }
    assert!(guarded > 20, "only {guarded} guarded routes were tried");
    house.close().await;
}

#[tokio::test]
async fn every_route_refuses_a_credential_that_never_was() {
    let house = House::open().await;
    let public: BTreeSet<_> = PUBLIC.lines().collect();
    let forged = house.stranger().with_token("vigie_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    for route in routes().iter().filter(|route| !public.contains(listed(route).as_str())) {
        let request = forged.request(route.method.clone(), &filled(&route.path));
        let reply = forged.send(request.header("origin", house.address())).await;
        assert_eq!(reply.status, 401, "{} lets a forged token in: {}", listed(route), reply.body);
    }
    house.close().await;
}

#[test]
fn the_list_of_public_routes_is_current() {
    let public: BTreeSet<_> = routes().iter().filter(|route| route.public).map(listed).collect();
    let checked_in: BTreeSet<_> = PUBLIC.lines().map(str::to_owned).collect();
    assert_eq!(public, checked_in, "tests/it/public_routes.txt is not the list of public routes");
}

#[tokio::test]
async fn a_page_for_anybody_and_one_for_those_who_signed_in() {
    let house = House::open().await;
    let front = house.stranger().get("/").await;
    assert_eq!(front.status, 200);
    let ada = house.person("Ada", &[Role::Administrator]).await;
    assert!(ada.get("/people").await.body.contains("Ada"));
    assert_eq!(house.stranger().get("/people").await.status, 401);
    house.close().await;
}

#[tokio::test]
async fn figures_are_for_a_token_of_their_own() {
    let house = House::open().await;
    let prometheus = house.machine(&[Scope::Metrics]).await;
    prometheus.get("/healthz").await;
    let page = prometheus.get("/metrics").await;
    assert_eq!(page.status, 200);
    let line = "vigie_request_seconds_count{route=\"/healthz\",method=\"GET\",status=\"200\"} 1";
    assert!(page.body.contains(line), "{}", page.body);
    assert_eq!(house.machine(&[Scope::Submit]).await.get("/metrics").await.status, 403);
    house.close().await;
}

#[tokio::test]
async fn no_answer_may_be_taken_for_another_type() {
    let house = House::open().await;
    let stranger = house.stranger();
    for path in ["/", "/healthz", "/metrics", "/api/v1/openapi.json", "/nowhere"] {
        let reply = stranger.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert!(reply.header("referrer-policy").contains("no-referrer") || path == "/", "{path}");
    }
    let elsewhere = stranger.request(Method::GET, "/nowhere");
    assert_eq!(stranger.send(elsewhere).await.status, 404);
    house.close().await;
}
