//! Signing in by the sign-in service of an organisation: the whole way through the real doors, on both databases, with a
//! service that is right, and wrong in every way that it can be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use tokio_util::task::TaskTracker;
use vigie::settings::{Oidc, Settings};
use vigie_model::access::{PasskeyRule, StepUp};
use vigie_model::{Caller, Clock, ManualClock, Moment, Role};
use vigie_simulator::provider::{CLIENT, Provider, Wrong};
use vigie_testkit::{Database, House, Plan, Reply, Visitor};

/// A house of an organisation that has a sign-in service.
struct Organisation {
    house: House,
    clock: Arc<ManualClock>,
    provider: Provider,
}

/// A sign-in service on a port of its own: its address, and the handle to it.
pub(crate) async fn provider(clock: Arc<dyn Clock>) -> (String, Provider) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let provider = Provider::new(&issuer, clock);
    let router = provider.router();
    TaskTracker::new().spawn(async { axum::serve(listener, router).await });
    (issuer, provider)
}

async fn organisation(database: Database, passkeys: PasskeyRule) -> Organisation {
    let clock = Arc::new(ManualClock::at(Moment(1_795_341_600_000_000)));
    let (issuer, provider) = provider(clock.clone()).await;
    let mut settings = Settings::default();
    settings.access.passkeys = passkeys;
    settings.access.step_up = StepUp::Passkey;
    settings.access.oidc = Some(Oidc::new(&issuer, CLIENT, "Lighthouse"));
    let plan = Plan { database, settings, clock: Some(clock.clone()), ..Plan::default() };
    Organisation { house: House::of(plan).await, clock, provider }
}

/// A browser with its cookies.
struct Browser {
    visitor: Visitor,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new(house: &House) -> Self {
        Self { visitor: house.stranger(), cookies: BTreeMap::new() }
    }

    async fn send(&mut self, method: Method, path: &str) -> Reply {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.visitor.request(method, path).header("cookie", cookies.join("; "));
        let reply = self
            .visitor
            .send(request.header("accept", "text/html").header("sec-fetch-site", "same-origin"))
            .await;
        for cookie in reply.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = cookie.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        reply
    }

    async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path).await
    }

    async fn post(&mut self, path: &str) -> Reply {
        self.send(Method::POST, path).await
    }

    /// Goes to the service and says who is there; the path on which the browser is sent back.
    async fn away(&mut self, begin: &str, subject: &str) -> String {
        let page = self.post(begin).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let address = between(&page.body, "content=\"0; url=", "\"").replace("&#38;", "&");
        assert!(page.body.contains("href=\"http"), "there is a link for who is not led: {}", page.body);
        let consent = format!("{}&subject={subject}", address.replace("/authorize?", "/consent?"));
        let (host, path) = consent.split_at(consent.find("/consent").unwrap());
        let sent = Visitor::new(host.to_owned()).get(path).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        let back = sent.header("location");
        back[back.find("/sign-in/provider/return").unwrap()..].to_owned()
    }

    /// The whole way.
    async fn walk(&mut self, begin: &str, subject: &str) -> Reply {
        let back = self.away(begin, subject).await;
        self.get(&back).await
    }

    /// Whose desk this browser shows; nobody's where it shows none.
    async fn desk(&mut self) -> Option<String> {
        let page = self.get("/").await.body;
        page.contains("who-name").then(|| between(&page, "who-name\">", "<").to_owned())
    }
}

fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("{before} is not on the page: {page}")).1;
    rest.split_once(after).unwrap().0
}

impl Organisation {
    /// A person whom a link let in, in their browser.
    async fn by_link(&self, name: &str, role: Role) -> Browser {
        let person = self.house.app().add_person(&Caller::operator(), name, &[role]).await.unwrap();
        self.again_by_link(person.id).await
    }

    async fn again_by_link(&self, person: vigie_model::id::PersonId) -> Browser {
        let link = self.house.app().make_sign_in_link(&Caller::operator(), person).await.unwrap();
        let mut browser = Browser::new(&self.house);
        let sent = browser.post(&link[link.find("/sign-in/").unwrap()..]).await;
        assert_eq!(sent.status, 303, "{}", sent.body);
        browser
    }

    /// What the ledger has of these acts, each with its details.
    async fn acts(&self, like: &str) -> Vec<String> {
        let query = format!(
            "SELECT action || ' ' || details FROM ledger_details WHERE action LIKE '{like}' ORDER BY seq"
        );
        self.house.database.texts(self.house.data(), &query).await
    }

    async fn close(self) {
        self.house.close().await;
    }
}

const JOIN: &str = "/account/identities";
const SIGN_IN: &str = "/sign-in/provider";

/// Nobody is let in by signing in there; who is joined is, in any browser, and it is no fresh passkey.
async fn who_is_joined_signs_in_and_nobody_else(database: Database) {
    let there = organisation(database, PasskeyRule::Offered).await;
    let mut stranger = Browser::new(&there.house);
    let page = stranger.get("/").await.body;
    assert!(page.contains("Sign in with Lighthouse"), "{page}");
    let unknown = stranger.walk(SIGN_IN, "ada").await;
    assert_eq!(unknown.status, 403);
    assert!(
        unknown.body.contains("identity_unknown") && unknown.body.contains("Nobody here has this account")
    );
    assert_eq!(stranger.desk().await, None);

    let mut ada = there.by_link("Ada", Role::Reviewer).await;
    let joined = ada.walk(JOIN, "ada").await;
    assert_eq!(
        (joined.status, joined.header("location")),
        (303, "/account?done=identity-joined"),
        "{}",
        joined.body
    );
    assert_eq!(ada.desk().await.as_deref(), Some("Ada"), "the session in which it was joined goes on");
    let account = ada.get("/account").await.body;
    assert!(account.contains("Accounts of your organisation") && account.contains(">ada<"), "{account}");

    let mut elsewhere = Browser::new(&there.house);
    let arrived = elsewhere.walk(SIGN_IN, "ada").await;
    assert_eq!((arrived.status, arrived.header("location")), (303, "/"), "{}", arrived.body);
    assert_eq!(elsewhere.desk().await.as_deref(), Some("Ada"));
    let session = elsewhere.cookies.iter().find(|(name, _)| !name.contains("-away")).unwrap().1.clone();
    let caller = there.house.app().signed_in(&session).await.unwrap().caller;
    assert!(!there.house.app().has_confirmed(&caller), "it counts as no passkey");

    let mut ben = there.by_link("Ben", Role::Reviewer).await;
    let taken = ben.walk(JOIN, "ada").await;
    assert!(taken.status == 409 && taken.body.contains("joined to somebody already"), "{}", taken.body);

    let acts = there.acts("identity.%").await;
    assert_eq!(acts.len(), 2, "{acts:?}");
    assert!(acts[0].starts_with("identity.refused") && acts[0].contains("unknown"), "{acts:?}");
    assert!(
        acts[1].starts_with("identity.joined") && acts[1].contains("\"let_in_by_link\":true"),
        "{acts:?}"
    );
    let opened = there.acts("session.opened").await;
    assert!(opened.iter().any(|entry| entry.contains("\"by\":\"provider\"")), "{opened:?}");
    there.close().await;
}

/// Everything that a service can say wrongly lets nobody in, says what is wrong, and is written down where it vouched.
async fn what_is_wrong_lets_nobody_in(database: Database) {
    let there = organisation(database, PasskeyRule::Offered).await;
    there.by_link("Ada", Role::Reviewer).await.walk(JOIN, "ada").await;
    let refused = "identity_refused";
    let cases = [
        (Wrong::Audience, refused, "made for another client", Some("audience")),
        (Wrong::TwoAudiences, refused, "made for another client", Some("audience")),
        (Wrong::Nonce, refused, "made for another sign-in", Some("nonce")),
        (Wrong::NoNonce, refused, "made for another sign-in", Some("nonce")),
        (Wrong::Issuer, refused, "another service made it", Some("issuer")),
        (Wrong::Expired, refused, "its time is over", Some("expired")),
        (Wrong::Unsigned, refused, "not signed in a way that counts", Some("algorithm")),
        (Wrong::SharedSecret, refused, "not signed in a way that counts", Some("algorithm")),
        (Wrong::StrangeKey, refused, "no key of the service", Some("signature")),
        (Wrong::Altered, refused, "no key of the service", Some("signature")),
        (Wrong::NoToken, refused, "vouches for nobody", Some("no_token")),
        (Wrong::Rubbish, refused, "cannot be read", Some("unreadable")),
        (Wrong::NoSubject, refused, "cannot be read", Some("unreadable")),
        (Wrong::Elsewhere, "provider_unavailable", "does not answer", None),
        (Wrong::Endless, "provider_unavailable", "does not answer", None),
    ];
    for (wrong, code, said, written) in cases {
        there.provider.be(Some(wrong));
        let before = there.acts("identity.refused").await.len();
        let mut browser = Browser::new(&there.house);
        let reply = browser.walk(SIGN_IN, "ada").await;
        assert_eq!(reply.status, if code == refused { 403 } else { 503 }, "{wrong:?}: {}", reply.body);
        assert!(reply.body.contains(code) && reply.body.contains(said), "{wrong:?}: {}", reply.body);
        assert_eq!(browser.desk().await, None, "{wrong:?}");
        let after = there.acts("identity.refused").await;
        assert_eq!(after.len() - before, usize::from(written.is_some()), "{wrong:?}");
        if let Some(why) = written {
            assert!(after.last().unwrap().contains(&format!("\"why\":\"{why}\"")), "{wrong:?}: {after:?}");
        }
    }
    for wrong in [Wrong::Down, Wrong::OtherName] {
        there.provider.be(Some(wrong));
        let reply = Browser::new(&there.house).post(SIGN_IN).await;
        assert!(
            reply.status == 503 && reply.body.contains("provider_unavailable"),
            "{wrong:?}: {}",
            reply.body
        );
    }
    there.provider.be(None);
    assert_eq!(
        Browser::new(&there.house).walk(SIGN_IN, "ada").await.status,
        303,
        "and then it is right again"
    );
    there.close().await;
}

/// A way back is good once, for ten minutes, in the browser that went away.
async fn a_way_back_is_good_once_in_time_and_in_its_browser(database: Database) {
    let there = organisation(database, PasskeyRule::Offered).await;
    let mut ada = there.by_link("Ada", Role::Reviewer).await;
    ada.walk(JOIN, "ada").await;
    let is_refused = |reply: &Reply| reply.status == 403 && reply.body.contains("identity_refused");

    let mut first = Browser::new(&there.house);
    let back = first.away(SIGN_IN, "ada").await;
    let away = first.cookies.clone();
    assert_eq!(first.get(&back).await.status, 303);
    let mut replay = Browser::new(&there.house);
    replay.cookies = away;
    assert!(is_refused(&replay.get(&back).await), "a second time");
    assert_eq!(replay.desk().await, None);

    let mut thief = Browser::new(&there.house);
    let back = first.away(SIGN_IN, "ada").await;
    assert!(is_refused(&thief.get(&back).await), "without the mark of the browser");
    thief.away(SIGN_IN, "thief").await;
    let back = first.away(SIGN_IN, "ada").await;
    assert!(is_refused(&thief.get(&back).await), "with the mark of another browser");
    assert_eq!(thief.desk().await, None);

    let mut late = Browser::new(&there.house);
    let back = late.away(SIGN_IN, "ada").await;
    there.clock.advance(Duration::from_secs(10 * 60));
    assert!(is_refused(&late.get(&back).await), "ten minutes later");

    let mut denied = Browser::new(&there.house);
    let reply = denied.walk(SIGN_IN, "nobody").await;
    assert!(is_refused(&reply) && reply.body.contains("without having let you in"), "{}", reply.body);
    let back = denied.away(SIGN_IN, "ada").await;
    let mixed = denied.get(&format!("{back}&iss=https%3A%2F%2Fother.example.org")).await;
    assert!(is_refused(&mixed) && mixed.body.contains("another service"), "{}", mixed.body);
    for made_up in ["", "?state=x&code=y", "?code=code-1"] {
        assert!(is_refused(&denied.get(&format!("{SIGN_IN}/return{made_up}")).await), "{made_up}");
    }

    // Who signed out meanwhile, or signed in as another, joins nobody.
    let mut ben = there.by_link("Ben", Role::Reviewer).await;
    let back = ben.away(JOIN, "ben").await;
    let mut cleo = there.by_link("Cleo", Role::Reviewer).await;
    cleo.cookies.insert(
        ben.cookies.keys().find(|name| name.contains("-away")).unwrap().clone(),
        ben.cookies.iter().find(|(name, _)| name.contains("-away")).unwrap().1.clone(),
    );
    assert!(is_refused(&cleo.get(&back).await), "the account goes to who began, or to nobody");
    assert_eq!(there.acts("identity.joined").await.len(), 1);
    there.close().await;
}

/// An account is parted by its person or by an administrator; then it lets nobody in, and sessions have ended.
async fn who_is_parted_is_let_in_no_more(database: Database) {
    let there = organisation(database, PasskeyRule::Offered).await;
    let mut ada = there.by_link("Ada", Role::Reviewer).await;
    ada.walk(JOIN, "ada").await;
    let mut elsewhere = Browser::new(&there.house);
    elsewhere.walk(SIGN_IN, "ada").await;
    let path = |page: &str, begins: &str| {
        let rest = between(page, &format!("action=\"{begins}"), "\"").to_owned();
        format!("{begins}{rest}")
    };
    let page = ada.get("/account").await.body;
    let parted = ada.post(&path(&page, "/account/identities/")).await;
    assert_eq!(parted.header("location"), "/account?done=identity-removed");
    assert_eq!(elsewhere.desk().await, None, "other sessions have ended");
    assert_eq!(elsewhere.walk(SIGN_IN, "ada").await.status, 403);

    ada.walk(JOIN, "ada").await;
    let mut admin = there.by_link("Ines", Role::Administrator).await;
    let people = admin.get("/people").await.body;
    let ada_page = people.split("href=\"/people/").find(|rest| rest.contains(">Ada<")).unwrap();
    let one = format!("/people/{}", ada_page.split('"').next().unwrap());
    let page = admin.get(&one).await.body;
    let parted = admin.post(&path(&page, &format!("{one}/identities/"))).await;
    assert!(parted.header("location").ends_with("done=identity-of-removed"), "{}", parted.body);
    assert_eq!(ada.desk().await, None, "their sessions have ended");
    assert_eq!(Browser::new(&there.house).walk(SIGN_IN, "ada").await.status, 403);

    let mut ben = there.by_link("Ben", Role::Reviewer).await;
    ben.walk(JOIN, "ben").await;
    let ben_id = there.house.app().person_named(&Caller::operator(), "Ben").await.unwrap().id;
    there.house.app().end_person(&Caller::operator(), ben_id).await.unwrap();
    assert_eq!(Browser::new(&there.house).walk(SIGN_IN, "ben").await.status, 403, "their access has ended");
    assert_eq!(there.acts("identity.removed").await.len(), 2);

    // Officials are of another organisation: their passkeys alone let them in.
    let mut dan = there.by_link("Dan", Role::Reviewer).await;
    dan.walk(JOIN, "dan").await;
    let change = "UPDATE people SET roles = '[\"official\"]' WHERE name = 'Dan' RETURNING CAST(1 AS BIGINT)";
    assert_eq!(there.house.database.rows(there.house.data(), change).await, [1]);
    assert_eq!(Browser::new(&there.house).walk(SIGN_IN, "dan").await.status, 403);
    assert_eq!(dan.post(JOIN).await.status, 403, "and join no account");
    there.close().await;
}

/// A link beside an account opens less, and what is joined by it is told; where passkeys are required, an account alone is too little.
async fn a_link_beside_an_account_only_joins_and_is_told_of(database: Database) {
    let there = organisation(database, PasskeyRule::Offered).await;
    let mut ines = there.by_link("Ines", Role::Administrator).await;
    let mut ada = there.by_link("Ada", Role::Reviewer).await;
    ada.walk(JOIN, "ada").await;
    let told = "joined a person to an account of the organisation";
    assert!(!ines.get("/").await.body.contains(told), "a first one is no news");
    let id = there.house.app().person_named(&Caller::operator(), "Ada").await.unwrap().id;
    let mut by_link = there.again_by_link(id).await;
    assert_eq!(
        by_link.get("/queue").await.header("location"),
        "/account/passkeys/new",
        "the link is not enough"
    );
    assert!(by_link.get("/account/passkeys/new").await.body.contains("Join my account at Lighthouse"));
    by_link.walk(JOIN, "ada-too").await;
    assert_eq!(by_link.get("/queue").await.status, 200);
    assert!(ines.get("/").await.body.contains(told), "every administrator is told");
    assert!(ada.get("/").await.body.contains(told), "the person is told");
    there.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_passkeys_are_required_an_account_alone_is_too_little() {
    let there = organisation(Database::sqlite(), PasskeyRule::Required).await;
    let mut ada = there.by_link("Ada", Role::Reviewer).await;
    ada.walk(JOIN, "ada").await;
    let mut elsewhere = Browser::new(&there.house);
    assert_eq!(elsewhere.walk(SIGN_IN, "ada").await.status, 303);
    for mut browser in [ada, elsewhere] {
        assert_eq!(browser.get("/queue").await.header("location"), "/account/passkeys/new");
    }
    there.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_service_there_is_no_button_and_no_way() {
    let house = House::open().await;
    let mut stranger = Browser::new(&house);
    assert!(!stranger.get("/").await.body.contains("/sign-in/provider"));
    assert!(!stranger.get("/sign-in").await.body.contains("/sign-in/provider"));
    assert_eq!(stranger.post(SIGN_IN).await.status, 404);
    assert_eq!(stranger.get("/sign-in/provider/return?state=x&code=y").await.status, 404);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_asks_the_service() {
    let (issuer, provider) = provider(Arc::new(ManualClock::at(Moment(0)))).await;
    let doctor = async || {
        let folder = tempfile::tempdir().unwrap();
        let mut doctor = crate::program::command();
        doctor.arg("doctor").arg("--data").arg(folder.path().join("data"));
        for (key, value) in [("ISSUER", issuer.as_str()), ("CLIENT_ID", CLIENT.0), ("NAME", "Lighthouse")] {
            doctor.env(format!("VIGIE_ACCESS__OIDC__{key}"), value);
        }
        doctor.env("VIGIE_ACCESS__OIDC__CLIENT_SECRET", CLIENT.1);
        let run = crate::browser::beside(move || doctor.output()).await.unwrap();
        (run.status.code(), String::from_utf8(run.stdout).unwrap())
    };
    let (code, said) = doctor().await;
    assert!(code == Some(0) && said.contains("ok  sign-in service: Lighthouse answers"), "{said}");
    for (wrong, why) in [(Wrong::Down, "503"), (Wrong::OtherName, "other.example.org")] {
        provider.be(Some(wrong));
        let (code, said) = doctor().await;
        assert!(code == Some(1) && said.contains("BAD sign-in service"), "{said}");
        assert!(said.contains(why) && !said.contains(CLIENT.1), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_the_organisation_is_joined_signs_in_and_is_parted() {
    if !crate::browser::is_here("an_account_of_the_organisation_is_joined_signs_in_and_is_parted") {
        return;
    }
    let there = organisation(Database::sqlite(), PasskeyRule::Offered).await;
    let app = there.house.app();
    let operator = Caller::operator();
    let mut links = serde_json::Map::new();
    for (name, role) in [("Ada", Role::Reviewer), ("Ines", Role::Administrator)] {
        let person = app.add_person(&operator, name, &[role]).await.unwrap();
        let link = app.make_sign_in_link(&operator, person.id).await.unwrap();
        links.insert(role.name().to_owned(), link.into());
    }
    let facts = serde_json::json!({ "ready": app.settings.public_url, "sign_in": links });
    let ran = crate::browser::journey_beside("organisation", facts);
    if let Err(complaint) = ran.await {
        panic!("{complaint}");
    }
    there.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_who_is_joined_signs_in_and_nobody_else() {
    who_is_joined_signs_in_and_nobody_else(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_who_is_joined_signs_in_and_nobody_else() {
    const TEST: &str = "identities::postgres_who_is_joined_signs_in_and_nobody_else";
    let Some(database) = Database::postgres(TEST).await else { return };
    who_is_joined_signs_in_and_nobody_else(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_what_is_wrong_lets_nobody_in() {
    what_is_wrong_lets_nobody_in(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_what_is_wrong_lets_nobody_in() {
    const TEST: &str = "identities::postgres_what_is_wrong_lets_nobody_in";
    let Some(database) = Database::postgres(TEST).await else { return };
    what_is_wrong_lets_nobody_in(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_a_way_back_is_good_once_in_time_and_in_its_browser() {
    a_way_back_is_good_once_in_time_and_in_its_browser(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_a_way_back_is_good_once_in_time_and_in_its_browser() {
    const TEST: &str = "identities::postgres_a_way_back_is_good_once_in_time_and_in_its_browser";
    let Some(database) = Database::postgres(TEST).await else { return };
    a_way_back_is_good_once_in_time_and_in_its_browser(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_who_is_parted_is_let_in_no_more() {
    who_is_parted_is_let_in_no_more(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_who_is_parted_is_let_in_no_more() {
    const TEST: &str = "identities::postgres_who_is_parted_is_let_in_no_more";
    let Some(database) = Database::postgres(TEST).await else { return };
    who_is_parted_is_let_in_no_more(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_a_link_beside_an_account_only_joins_and_is_told_of() {
    a_link_beside_an_account_only_joins_and_is_told_of(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_a_link_beside_an_account_only_joins_and_is_told_of() {
    const TEST: &str = "identities::postgres_a_link_beside_an_account_only_joins_and_is_told_of";
    let Some(database) = Database::postgres(TEST).await else { return };
    a_link_beside_an_account_only_joins_and_is_told_of(database).await;
}
