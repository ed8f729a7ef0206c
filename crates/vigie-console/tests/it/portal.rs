//! The portal: what an official of an authority reaches, and what they do not.

use http::{Method, StatusCode, header};
use vigie_model::Role;

use crate::authorities::{entered, first_official, named, officers};
use crate::doors::filled;
use crate::house::{House, Page, Visitor};
use crate::walks::check_page;

const INVITATION: &str = "name=Carl&mail=carl%40police.example&role=judicial_police_officer";

/// Somebody whom a link lets in, as by a passkey.
async fn let_in<'a>(house: &'a House, link: &str) -> Visitor<'a> {
    let mut visitor = house.stranger();
    assert_eq!(visitor.post(link, "").await.status, StatusCode::SEE_OTHER);
    visitor.as_by_a_passkey().await;
    visitor
}

/// The first official of a new authority, and its path at the house.
async fn official<'a>(house: &'a House, officers: &mut [Visitor<'a>; 2]) -> (Visitor<'a>, String) {
    let authority = entered(officers).await;
    let link = first_official(officers, &authority, "Claire").await;
    (let_in(house, &link).await, authority)
}

fn link_on(page: &Page) -> String {
    page.address("http://localhost:8420/sign-in/").strip_prefix("http://localhost:8420").unwrap().to_owned()
}

#[tokio::test]
async fn a_link_alone_lets_no_official_in() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let authority = entered(&mut officers).await;
    let link = first_official(&mut officers, &authority, "Claire").await;
    let mut claire = house.stranger();
    claire.post(&link, "").await;
    for path in ["/", "/portal", "/portal/colleagues", "/account", "/queue"] {
        assert_eq!(claire.get(path).await.header(header::LOCATION), "/account/passkeys/new", "{path}");
    }
    let page = claire.look("/account/passkeys/new").await;
    assert!(!page.text.contains("Go on without"), "not even where the house only offers passkeys");
    claire.as_by_a_passkey().await;
    assert_eq!(claire.get("/").await.header(header::LOCATION), "/portal");
}

#[tokio::test]
async fn an_official_reaches_the_portal_and_their_account_and_nothing_else_of_the_house() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    let theirs = ["/portal", "/account", "/confirm", "/notices", "/sign-out"];
    let mut refused = 0;
    for route in vigie_console::routes().into_iter().filter(|route| !route.public) {
        if theirs.iter().any(|root| route.path.starts_with(root)) {
            continue;
        }
        let path = filled(route.path);
        let page = match route.method {
            Method::GET => claire.get(&path).await,
            _ => claire.post(&path, "").await,
        };
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{} {path}", route.method);
        assert!(!page.text.contains("id=\"rail\""), "{path} shows the rail of the house");
        refused += 1;
    }
    assert!(refused > 60, "only {refused} doors were tried");
    for path in ["/portal", "/portal/colleagues", "/account", "/confirm"] {
        let page = claire.look(path).await;
        for of_house in ["href=\"/questions\"", "href=\"/keys\"", "child-at-risk", "id=\"rail\"", "Lea"] {
            assert!(!page.text.contains(of_house), "{path} shows {of_house}");
        }
        assert!(page.text.contains("Parquet de Synthèse"), "{path} does not say for whom they act");
    }
}

#[tokio::test]
async fn nobody_of_the_house_reaches_the_portal() {
    let house = House::open().await;
    let mut visitors = Vec::new();
    for role in Role::ALL.iter().filter(|role| role.is_of_the_house()) {
        visitors.push(house.person(&format!("as {role}"), *role).await);
    }
    let doors = vigie_console::routes().into_iter().filter(|route| route.path.starts_with("/portal"));
    for route in doors.collect::<Vec<_>>() {
        for visitor in &mut visitors {
            let page = match route.method {
                Method::GET => visitor.get(&filled(route.path)).await,
                _ => visitor.post(&filled(route.path), "").await,
            };
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{} {}", route.method, route.path);
        }
    }
}

#[tokio::test]
async fn an_official_who_administers_lets_colleagues_in_and_out() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, authority) = official(&house, &mut officers).await;
    let wrong =
        claire.post("/portal/colleagues", &INVITATION.replace("police.example", "evil.example")).await;
    assert!(wrong.text.contains("invalid_value") && wrong.text.contains("value=\"Carl\""), "{}", wrong.text);
    let missing = claire.post("/portal/colleagues", "name=&mail=").await;
    assert!(missing.text.contains("Give a name") && missing.text.contains("Choose what they are"));
    let shown = claire.post("/portal/colleagues", INVITATION).await;
    check_page(&shown, "/portal/colleagues", "en");
    let mut carl = let_in(&house, &link_on(&shown)).await;
    let page = carl.look("/portal/colleagues").await;
    assert!(
        page.text.contains("Claire") && !page.text.contains("action=\"/portal/colleagues"),
        "{}",
        page.text
    );
    let refused = carl.post("/portal/colleagues", &INVITATION.replace("carl", "cleo")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    let form = format!("official={}", named(&claire.look("/portal/colleagues").await.text, "Carl"));
    let more = claire.post("/portal/colleagues/administrator", &format!("{form}&is_administrator=yes")).await;
    assert_eq!(more.header(header::LOCATION), "/portal/colleagues?done=official-changed");
    assert!(carl.look("/portal/colleagues").await.text.contains("action=\"/portal/colleagues"));
    let again = claire.post("/portal/colleagues/link", &form).await;
    assert!(again.text.contains("/sign-in/"), "{}", again.text);
    let ended = claire.post("/portal/colleagues/end", &form).await;
    assert_eq!(ended.header(header::LOCATION), "/portal/colleagues?done=official-ended");
    assert_eq!(carl.get("/portal").await.status, StatusCode::UNAUTHORIZED, "their sessions ended with it");
    assert!(officers[0].look(&authority).await.text.contains("Ended"));
    let own = named(&claire.look("/portal/colleagues").await.text, "Claire");
    let last = claire.post("/portal/colleagues/end", &format!("official={own}")).await;
    assert!(last.text.contains("wrong_state"), "{}", last.text);
}

#[tokio::test]
async fn a_suspended_authority_sees_that_and_nothing_else() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, authority) = official(&house, &mut officers).await;
    officers[1].post(&format!("{authority}/suspend"), "suspend-reason=The+mailbox+was+stolen").await;
    for path in ["/portal", "/portal/colleagues"] {
        let page = claire.get(path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.text.contains("This authority is suspended"), "{}", page.text);
        assert!(!page.text.contains("stolen"), "the reason is for the house");
    }
}

#[tokio::test]
async fn every_page_of_the_portal_is_whole_in_both_languages() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    for language in ["en", "fr"] {
        claire.language = language;
        for path in ["/portal", "/portal/colleagues", "/account", "/account/passkeys/new"] {
            check_page(&claire.look(path).await, path, language);
        }
    }
    assert!(claire.look("/portal").await.text.contains("Mon autorité"));
    let ended = claire.post("/sign-out", "").await;
    assert_eq!(ended.header(header::LOCATION), "/");
    assert_eq!(claire.get("/portal").await.status, StatusCode::UNAUTHORIZED);
}
