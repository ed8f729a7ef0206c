//! The composed router: who passes, and what every answer carries.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use reqwest::Method;
use vigie::service::{Route, routes};
use vigie::settings::Settings;
use vigie_model::{Role, Scope};
use vigie_testkit::{House, Plan, Visitor};

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

/// Addresses of every door: screens, our API, the HMA-compatible one, the log, figures, and those that lead nowhere.
const DOORS: [&str; 10] = [
    "/",
    "/people",
    "/nowhere",
    "/healthz",
    "/metrics",
    "/log/vkey",
    "/api/v1/openapi.json",
    "/api/v1/token",
    "/status/live",
    "/c/banks",
];

/// A stranger at each door, and at the listener of evidence.
fn strangers(house: &House) -> Vec<(Visitor, &'static str)> {
    let main = DOORS.into_iter().map(|path| (house.stranger(), path));
    let evidence = ["/preview/none", "/nowhere"].into_iter();
    main.chain(evidence.map(|path| (Visitor::new(house.evidence_address()), path))).collect()
}

#[tokio::test]
async fn every_answer_keeps_a_browser_in_bounds() {
    let house = House::open().await;
    for (stranger, path) in strangers(&house) {
        let reply = stranger.get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{path}");
        let policy = reply.header("content-security-policy");
        for part in ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {part} is not in {policy:?}");
        }
        assert!(reply.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(reply.header("cross-origin-resource-policy").starts_with("same-"), "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), "", "{path}");
        let kind = reply.header("content-type");
        assert!(!kind.is_empty() || reply.body.is_empty(), "{path} does not say what it is");
        assert!(!kind.starts_with("text/") || kind.ends_with("charset=utf-8"), "{path}: {kind}");
        let cache = if path == "/log/vkey" { "public, max-age=1" } else { "no-store" };
        assert_eq!(reply.header("cache-control"), cache, "{path}");
        assert_eq!(reply.header("strict-transport-security"), "", "{path}: nobody is here by TLS");
        assert_eq!(reply.header("server"), "", "{path}");
    }
    house.close().await;
}

#[tokio::test]
async fn where_people_come_by_tls_every_answer_asks_for_it() {
    let settings = Settings { public_url: Some("https://vigie.example.org".into()), ..Settings::default() };
    let house = House::of(Plan { settings, ..Plan::default() }).await;
    for (stranger, path) in strangers(&house) {
        let asked = stranger.get(path).await.header("strict-transport-security").to_owned();
        assert_eq!(asked, "max-age=63072000; includeSubDomains", "{path}");
    }
    house.close().await;
}

#[tokio::test]
async fn nothing_is_traced_and_methods_that_nobody_needs_are_refused() {
    let house = House::open().await;
    for (stranger, path) in strangers(&house) {
        for method in ["TRACE", "CONNECT", "PROPFIND"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = stranger.request(method.clone(), path).header("x-secret", "mellon");
            let reply = stranger.send(request.header("origin", house.address())).await;
            assert!((400..500).contains(&reply.status), "{method} {path} answers {}", reply.status);
            assert!(!reply.body.contains("mellon"), "{method} {path}");
        }
    }
    house.close().await;
}

/// Lines of the log as they come.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes the log of this thread for as long as the guard lives.
fn logged() -> (Lines, tracing::subscriber::DefaultGuard) {
    let lines = Lines::default();
    let to = lines.clone();
    let logs = tracing_subscriber::fmt().with_ansi(false).with_writer(move || to.clone()).finish();
    (lines, tracing::subscriber::set_default(logs))
}

impl Lines {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

#[tokio::test]
async fn a_failure_of_ours_tells_a_number_and_the_log_why() {
    let (lines, _logged) = logged();
    let house = House::open().await;
    let rea = house.person("Rea", &[Role::Reviewer]).await;
    let messenger = house.machine(&[Scope::Submit]).await;
    house.app().store.close().await;
    for (caller, path, name) in
        [(&rea, "/queue", "screen-"), (&messenger, "/api/v1/token", "failure-"), (&messenger, "/c/banks", "")]
    {
        let reply = caller.get(path).await;
        assert_eq!(reply.status, 500, "{path}");
        assert!(reply.body.contains(name), "{path}: {}", reply.body);
        let told = reply.body.to_lowercase();
        for word in ["pool", "sqlite", "sqlx", "database", "panick", ".rs", "select "] {
            assert!(!told.contains(word), "{path} tells of {word}: {}", reply.body);
        }
    }
    let why =
        lines.text().lines().filter(|line| line.contains("ERROR") && line.contains("closed pool")).count();
    assert!(why >= 3, "{}", lines.text());
}

#[tokio::test]
async fn who_is_turned_away_stands_in_the_log_without_their_secret() {
    let (lines, _logged) = logged();
    let house = House::open().await;
    let rea = house.person("Rea", &[Role::Reviewer]).await;
    let messenger = house.machine(&[Scope::Submit]).await;
    let (person, token) = (house.caller(&rea).await.actor(), "vigie_never");
    house.stranger().with_token(token).get("/api/v1/token").await;
    house.stranger().form("/sign-in/a-guess", &[]).await;
    rea.get("/people").await;
    messenger.get("/metrics").await;
    house.stranger().get("/healthz").await;

    let text = lines.text();
    let refused: Vec<_> = text.lines().filter(|line| line.contains("refused")).collect();
    assert_eq!(refused.len(), 4, "{text}");
    for (line, parts) in refused.iter().zip([
        ["route=\"/api/v1/token\"", "status=401", "asker=\"nobody\""],
        ["route=\"/sign-in/{secret}\"", "status=410", "asker=\"nobody\""],
        ["route=\"/people\"", "status=403", &format!("asker=\"{person}\"")],
        ["route=\"/metrics\"", "status=403", "asker=\"token:"],
    ]) {
        assert!(parts.iter().all(|part| line.contains(part)), "{parts:?} are not in {line}");
        assert!(line.contains("peer=127.0.0.1"), "{line}");
    }
    assert!(!text.contains(token) && !text.contains("a-guess") && !text.contains("Rea"), "{text}");
    house.close().await;
}
