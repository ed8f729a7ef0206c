//! Doors: who passes, which headers everything carries, which forms are refused.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use vigie_model::Role;

use crate::house::{House, PUBLIC};

/// A path with something in place of its parameters.
pub(crate) fn filled(path: &str) -> String {
    let part =
        |part: &str| if part.starts_with('{') { uuid::Uuid::nil().to_string() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_door_that_is_not_public_refuses_strangers() {
    let house = House::open().await;
    let mut guarded = 0;
    for route in vigie_console::routes().into_iter().filter(|route| !route.public) {
        let path = filled(route.path);
        let mut stranger = house.stranger();
        let page = match route.method {
            Method::GET => stranger.get(&path).await,
            _ => stranger.post(&path, "").await,
        };
        assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{} {path}", route.method);
        guarded += 1;
    }
    assert!(guarded > 15, "only {guarded} guarded doors were tried");
}

#[tokio::test]
async fn the_public_doors_are_these() {
    let public: Vec<_> = vigie_console::routes()
        .into_iter()
        .filter(|route| route.public)
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(
        public,
        [
            "GET /",
            "GET /sign-in/{secret}",
            "POST /sign-in/{secret}",
            "POST /preferences",
            "POST /sign-in/provider",
            "GET /sign-in/provider/return",
            "GET /sign-in",
            "POST /sign-in",
            "POST /sign-in/begin",
            "GET /transparency",
            "GET /transparency/orders-to-act.csv",
            "GET /transparency/orders-to-inform.csv",
            "GET /assets/{version}/{name}"
        ]
    );
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_a_browser_in_bounds() {
    let house = House::open().await;
    let mut stranger = house.stranger();
    let front = stranger.look("/").await;
    let style = front.address("/assets/");
    for path in ["/", "/nowhere", "/people", &style] {
        let page = stranger.get(path).await;
        assert_eq!(
            page.header(header::CONTENT_SECURITY_POLICY),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' http://localhost:8421; \
             connect-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "{path}"
        );
        assert_eq!(page.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer", "{path}");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{path}");
        let cached = if path == style { "public, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(page.header(header::CACHE_CONTROL), cached, "{path}");
    }
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_with_the_session_in_it() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://elsewhere.example")] {
        let request = Request::post("/people").header(name, value).header(header::HOST, "localhost:8420");
        let page = ada.send(request.body(Body::from("name=Eve&role=administrator")).unwrap()).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    assert!(!ada.look("/people").await.text.contains("Eve"));
}

#[tokio::test]
async fn looking_at_a_link_does_not_spend_it_and_it_works_once() {
    let house = House::open().await;
    let link = house.link("Ada", Role::Reviewer).await;
    let mut scanner = house.stranger();
    scanner.look(&link).await;
    scanner.look(&link).await;
    let mut ada = house.stranger();
    assert_eq!(ada.post(&link, "").await.status, StatusCode::SEE_OTHER);
    assert!(ada.look("/").await.text.contains("Ada"));
    let mut second = house.stranger();
    let spent = second.post(&link, "").await;
    assert_eq!(spent.status, StatusCode::GONE);
    assert!(spent.text.contains("link_spent"));
}

#[tokio::test]
async fn the_session_cookie_is_bound_to_instance_and_host() {
    for (public_url, name, secure) in
        [(PUBLIC, "vigie-test", false), ("https://vigie.example", "__Host-vigie-test", true)]
    {
        let house = House::at(public_url).await;
        let link = house.link("Ada", Role::Reviewer).await;
        let page = house.stranger().post(&link, "").await;
        let cookie = page.header(header::SET_COOKIE);
        assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
        assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
        let chosen = house.stranger().post("/preferences", "theme=dark").await;
        let cookie = chosen.header(header::SET_COOKIE);
        assert!(
            cookie.starts_with(&format!("{name}-theme=dark; Path=/; HttpOnly; SameSite=Lax")),
            "{cookie}"
        );
        assert_eq!(cookie.contains("; Secure"), secure, "{cookie}");
    }
}

#[tokio::test]
async fn after_signing_out_the_session_is_refused() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let before = ada.cookies.clone();
    let sent = ada.post("/sign-out", "").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert_eq!(sent.header("clear-site-data"), r#""cache", "storage""#);
    let mut thief = house.stranger();
    thief.cookies = before;
    assert_eq!(thief.get("/people").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn signing_in_anew_ends_the_earlier_session_of_the_browser() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let before = ada.cookies.clone();
    let link = house.link("Ben", Role::Administrator).await;
    assert_eq!(ada.post(&link, "").await.status, StatusCode::SEE_OTHER);
    assert!(ada.look("/people").await.text.contains("Ben"));
    let mut thief = house.stranger();
    thief.cookies = before;
    assert_eq!(thief.get("/people").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn roles_decide_which_desks_are_shown_and_entered() {
    let house = House::open().await;
    let mut reviewer = house.person("Rea", Role::Reviewer).await;
    let home = reviewer.look("/").await;
    assert!(home.text.contains("href=\"/banks\"") && !home.text.contains("href=\"/people\""));
    for path in ["/people", "/people/new", "/setup", "/tokens", "/tokens/new", "/banks/new"] {
        assert_eq!(reviewer.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_a_page_for_people_and_a_line_for_programs() {
    let house = House::open().await;
    let page = house.stranger().get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("<h1>Nothing is here</h1>"));
    let mut ada = house.person("Ada", Role::Administrator).await;
    assert_eq!(ada.get("/people/not-an-identifier").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ada.get("/sign-out").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn choices_are_remembered_and_lead_back() {
    let house = House::open().await;
    let mut visitor = house.stranger();
    let sent = visitor.post("/preferences", "language=fr&theme=dark&keys=off&back=%2F%3Fa%3Db").await;
    assert_eq!((sent.status, sent.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/?a=b"));
    let front = visitor.look("/").await;
    assert!(front.text.contains(r#"<html lang="fr" data-theme="dark" data-keys="off">"#));
    visitor.post("/preferences", "theme=purple&language=xx").await;
    assert!(visitor.look("/").await.text.contains(r#"lang="fr" data-theme="dark""#));
}

/// Counts the warnings of one test's thread.
#[derive(Clone, Default)]
struct Warnings(std::sync::Arc<std::sync::atomic::AtomicUsize>);

impl tracing::Subscriber for Warnings {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        if event.metadata().target().ends_with("authorise") {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn whoever_looks_at_their_desk_is_refused_nothing() {
    let warnings = Warnings::default();
    let _until_the_end = tracing::subscriber::set_default(warnings.clone());
    let house = House::open().await;
    let told = || warnings.0.load(std::sync::atomic::Ordering::Relaxed);
    for role in Role::ALL.iter().filter(|role| **role != Role::Official) {
        let mut person = house.person(role.name(), *role).await;
        assert!(person.look("/").await.text.contains("What waits for me"));
        assert_eq!(told(), 0, "a {role} is asked for what their menu does not show");
    }
    let mut auditor = house.person("Aud", Role::Auditor).await;
    auditor.get("/queue").await;
    assert!(told() > 0, "what is refused is told");
}
