//! The portal: what an official of an authority reaches, and what they do not.

use std::time::Duration;

use http::{Method, StatusCode, header};
use vigie_app::officials::Invitation;
use vigie_model::disclosure::{DeliveryEvidence, IssuerRole};
use vigie_model::{Caller, Role};

use crate::authorities::{entered, first_official, named, officers};
use crate::desk::requisition;
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
pub(crate) async fn official<'a>(house: &'a House, officers: &mut [Visitor<'a>; 2]) -> (Visitor<'a>, String) {
    let authority = entered(officers).await;
    let link = first_official(officers, &authority, "Claire").await;
    (let_in(house, &link).await, authority)
}

/// The first official of another authority.
async fn official_elsewhere<'a>(house: &'a House, officers: &mut [Visitor<'a>; 2]) -> Visitor<'a> {
    let [lea, leo] = &mut *officers;
    lea.post("/authorities", &crate::authorities::NEW.replace("Parquet", "Tribunal")).await;
    crate::authorities::agree(leo).await;
    let list = lea.look("/authorities").await;
    let other = list.text[list.text.find("Tribunal").unwrap() - 60..].split("href=\"").nth(1).unwrap();
    let other = other.split('"').next().unwrap().to_owned();
    let link = first_official(officers, &other, "Oscar").await;
    let_in(house, &link).await
}

/// What an official fills in, with a document that begins so.
fn request<'a>(document: &'a str, reference: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("document", document),
        ("regime", "fr-77-1-1"),
        ("kind", "production"),
        ("reference", reference),
        ("post", "prosecutor"),
        ("legal_bases", "77-1-1, 60-1"),
        ("offence", "Diffusion d'images"),
        ("maximum_years", "5"),
        ("by_network", "yes"),
        ("subject", "suspect"),
        ("kind-1", "user_id"),
        ("values-1", "u-7\r\nu-8\r\n"),
        ("category", "subscriber"),
        ("category", "identification"),
        ("from", "2026-09-01"),
        ("until", "2026-09-10"),
        ("silence_basis", "Art. 60-2"),
        ("silence_until", "2027-01-31"),
        ("do_not_act", "an operation is under way"),
        ("do_not_act_until", "2026-12-31"),
    ]
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
    for path in ["/portal", "/portal/requests/new", "/portal/colleagues", "/account", "/confirm"] {
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
    for path in ["/portal", "/portal/requests/new", "/portal/authority", "/portal/colleagues"] {
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
        let pages =
            ["/portal", "/portal/requests/new", "/portal/authority", "/portal/colleagues", "/account"];
        for path in pages {
            check_page(&claire.look(path).await, path, language);
        }
    }
    assert!(claire.look("/portal").await.text.contains("Mon autorité"));
    let ended = claire.post("/sign-out", "").await;
    assert_eq!(ended.header(header::LOCATION), "/");
    assert_eq!(claire.get("/portal").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_official_hands_in_a_request_and_reads_what_the_house_says() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    assert!(claire.look("/portal").await.text.contains("Your authority has asked nothing yet"));
    let sent = claire.upload("/portal/requests", &request("%PDF-1.7 signed", "PV 2026/118")).await;
    let path = sent.header(header::LOCATION).to_owned();
    assert!(
        path.starts_with("/portal/requests/") && path.ends_with("?done=portal-handed-in"),
        "{}",
        sent.text
    );
    let page = claire.look(&path).await;
    check_page(&page, &path, "en");
    for said in ["Your request is with the service", "Being examined", "Acknowledgement", "PV 2026/118"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    assert!(!page.text.contains("u-7"), "whom it names is not repeated");
    let path = path.split('?').next().unwrap().to_owned();
    claire.language = "fr";
    let french = claire.look(&path).await;
    check_page(&french, &path, "fr");
    assert!(french.text.contains("À l’examen") && french.text.contains("Accusé de réception"));
    let list = claire.look("/portal").await;
    assert!(list.text.contains("PV 2026/118") && list.text.contains(&path), "{}", list.text);
    claire.language = "en";
    let early = claire.post(&format!("{path}/package"), "").await;
    assert!(early.text.contains("nothing_released"), "{}", early.text);
    let unasked = claire.post(&format!("{path}/answer"), "answer=Yes").await;
    assert!(unasked.text.contains("wrong_state"), "{}", unasked.text);

    // A colleague of the same authority reads it; the house has no door to it here.
    let shown = claire.post("/portal/colleagues", INVITATION).await;
    let mut carl = let_in(&house, &link_on(&shown)).await;
    assert!(carl.look(&path).await.text.contains("PV 2026/118"));
    assert_eq!(officers[0].get(&path).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_request_of_another_authority_is_not_there() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    let sent = claire.upload("/portal/requests", &request("<?xml version=\"1.0\"?><r/>", "PV 1")).await;
    let path = sent.header(header::LOCATION).split('?').next().unwrap().to_owned();
    let mut oscar = official_elsewhere(&house, &mut officers).await;
    assert!(oscar.look("/portal").await.text.contains("has asked nothing yet"));
    assert_eq!(oscar.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(oscar.post(&format!("{path}/answer"), "answer=Mine").await.status, StatusCode::NOT_FOUND);
    assert_eq!(oscar.post(&format!("{path}/package"), "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(oscar.get(&format!("{path}/correct")).await.status, StatusCode::NOT_FOUND);
    for act in ["correct", "follow-ups"] {
        let fields = [("document", "%PDF-1.7"), ("kind", "withdrawal"), ("text", "mine"), ("answer", "mine")];
        let answer = oscar.upload(&format!("{path}/{act}"), &fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{act}");
    }
}

#[tokio::test]
async fn what_follows_a_request_is_sent_at_the_portal_and_what_is_missing_is_said() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    let sent = claire.upload("/portal/requests", &request("%PDF-1.7 signed", "PV 1")).await;
    let path = sent.header(header::LOCATION).split('?').next().unwrap().to_owned();
    let page = claire.look(&path).await;
    assert!(
        page.text.contains("The request is taken back") && !page.text.contains("Form 6"),
        "{}",
        page.text
    );
    let follow = format!("{path}/follow-ups");
    let empty = claire.upload(&follow, &[("document", "PK"), ("text", "")]).await;
    for said in ["Choose what it says", "Say in words", "Choose the signed document"] {
        assert!(empty.text.contains(said), "{said}: {}", empty.text);
    }
    check_page(&empty, &path, "en");
    let refused = [
        ("recognised", "not_theirs_to_say"),
        ("enforcing_decision", "not_theirs_to_say"),
        ("new_deadline", "not_theirs_to_say"),
        ("extension", "wrong_state"),
        ("validation", "invalid_value"),
        ("answer", "Choose what it says"),
    ];
    for (kind, code) in refused {
        let page =
            claire.upload(&follow, &[("kind", kind), ("text", "<i>as it says</i>"), ("document", "")]).await;
        assert!(page.text.contains(code), "{kind}: {}", page.text);
        assert!(page.text.contains("&#60;i&#62;as it says"), "{kind}: what was written is kept");
    }
    let fields = [("kind", "withdrawal"), ("text", "solved otherwise"), ("document", "%PDF-1.7 withdrawn")];
    let taken = claire.upload(&follow, &fields).await;
    assert_eq!(taken.header(header::LOCATION), format!("{path}?done=portal-followed"), "{}", taken.text);
    for language in ["en", "fr"] {
        claire.language = language;
        let page = claire.look(&path).await;
        check_page(&page, &path, language);
        assert!(!page.text.contains("action=\"/portal/requests"), "nothing more is sent about it");
    }
    assert!(claire.look(&path).await.text.contains("Annulée par l’autorité"));
}

#[tokio::test]
async fn a_decision_is_heard_of_the_notified_office_alone_and_others_learn_nothing() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    let mut asked = request("%PDF-1.7 signed", "PV 1");
    asked.push(("notified", "Office of nowhere"));
    asked.push(("notified_country", "D1"));
    let wrong = claire.upload("/portal/requests", &asked).await;
    assert!(wrong.text.contains("Give the country in two letters"), "{}", wrong.text);
    asked.retain(|(name, _)| *name != "notified_country");
    asked.push(("notified_country", "de"));
    let sent = claire.upload("/portal/requests", &asked).await;
    let own = sent.header(header::LOCATION).split(['?', '/']).nth(3).unwrap().to_owned();
    check_page(&claire.look("/portal/decisions").await, "/portal/decisions", "en");
    let decide = |request: &str| {
        vec![
            ("request", request.to_owned()),
            ("decision", "full".to_owned()),
            ("text", "ground a".to_owned()),
            ("document", "%PDF-1.7 decided".to_owned()),
        ]
    };
    let nowhere = "01920000-0000-7000-8000-000000000001";
    for (request, status) in [(nowhere, StatusCode::NOT_FOUND), (&own, StatusCode::OK)] {
        let fields = decide(request);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = claire.upload("/portal/decisions", &fields).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        if status == StatusCode::OK {
            assert!(
                answer.text.contains("not_theirs_to_say"),
                "whoever asked does not decide: {}",
                answer.text
            );
        }
    }
    let empty = claire.upload("/portal/decisions", &[("tasks", "one"), ("document", "")]).await;
    for said in
        ["Give the identifier", "Choose what is decided", "Give numbers", "Choose the signed document"]
    {
        assert!(empty.text.contains(said), "{said}: {}", empty.text);
    }
    claire.language = "fr";
    check_page(&claire.look("/portal/decisions").await, "/portal/decisions", "fr");
}

#[tokio::test]
async fn a_request_that_is_not_complete_says_what_is_missing_and_keeps_the_rest() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    let empty = claire.upload("/portal/requests", &[("document", "PK"), ("facts", "<b>kept</b>")]).await;
    for said in [
        "Choose the signed document",
        "Choose the legal regime",
        "Give your reference",
        "Name the provisions",
        "Name at least one identifier",
        "Choose what is asked",
        "&#60;b&#62;kept",
    ] {
        assert!(empty.text.contains(said), "{said}: {}", empty.text);
    }
    let mut half = request("%PDF-1.7", "PV 2");
    half.retain(|(name, _)| *name != "until" && *name != "do_not_act_until");
    half.push(("emergency", "yes"));
    let half = claire.upload("/portal/requests", &half).await;
    for said in ["Give both ends", "Say until when", "Say why it cannot wait"] {
        assert!(half.text.contains(said), "{said}: {}", half.text);
    }
    let mut unknown = request("%PDF-1.7", "PV 3");
    unknown[1] = ("regime", "no-such-law");
    let unknown = claire.upload("/portal/requests", &unknown).await;
    assert!(unknown.text.contains("unknown_regime"), "{}", unknown.text);
    assert!(claire.look("/portal").await.text.contains("has asked nothing yet"));
}

/// An official of the authority that the house knows already: invited by two people, let in by their link.
async fn enrolled<'a>(house: &'a House, (one, other): (&Caller, &Caller)) -> Visitor<'a> {
    let authority = house.app.authorities(one).await.unwrap().remove(0).id;
    let invitation = Invitation {
        name: "Claire".into(),
        mail: "claire@parquet.example".into(),
        role: IssuerRole::Prosecutor,
        is_administrator: true,
    };
    let question = house.app.ask_to_invite_official(one, authority, invitation, "Their first").await.unwrap();
    house.app.approve(other, question.id).await.unwrap();
    let official = house.app.officials_of(one, authority).await.unwrap().remove(0);
    let link = house.app.make_official_link(one, official.person).await.unwrap();
    let_in(house, link.strip_prefix("http://localhost:8420").unwrap()).await
}

#[tokio::test]
async fn a_package_that_can_be_fetched_no_more_is_refused_by_name_beside_its_request() {
    let house = House::open().await;
    let [(_, clerk), (_, releaser), (_, protection)] = house.staffed().await;
    let id = house.enter(&clerk, requisition(&house)).await;
    house.release(id, (&clerk, &releaser)).await;
    house.app.publish_ledger().await.unwrap();
    house.clock.advance(Duration::from_secs(30 * 24 * 60 * 60));
    let mut claire = enrolled(&house, (&clerk, &protection)).await;
    let path = format!("/portal/requests/{id}");
    let said = [
        ("en", "The package can be fetched no more", "PV &#60;2026&#62;/118"),
        ("fr", "Le paquet ne peut plus être retiré", "PV &#60;2026&#62;/118"),
    ];
    for (language, problem, reference) in said {
        claire.language = language;
        let refused = claire.post(&format!("{path}/package"), "").await;
        check_page(&refused, &path, language);
        for text in ["package_expired", problem, reference] {
            assert!(refused.text.contains(text), "{text}: {}", refused.text);
        }
        assert!(!refused.header(header::CONTENT_TYPE).contains("octet-stream"));
    }
    let view = house.app.request(&clerk, id).await.unwrap();
    let (_, evidence) = view.package.unwrap();
    assert!(
        evidence.iter().all(|one| one.evidence != DeliveryEvidence::Retrieval),
        "what was refused was not fetched: {evidence:?}"
    );
}

#[tokio::test]
async fn the_page_of_decisions_lists_of_what_the_office_was_notified_and_fills_in_which() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    let mut oscar = official_elsewhere(&house, &mut officers).await;
    assert!(oscar.look("/portal/decisions").await.text.contains("No order of another authority names yours"));

    let mut asked = request("%PDF-1.7 signed", "PV <1>");
    asked.retain(|(name, _)| !matches!(*name, "regime" | "legal_bases"));
    asked.extend([("regime", "eu-epoc"), ("legal_bases", "2023/1543")]);
    asked.extend([("notified", "Tribunal de Synth\u{e8}se"), ("notified_country", "fr")]);
    let sent = claire.upload("/portal/requests", &asked).await;
    let id = sent.header(header::LOCATION).split(['?', '/']).nth(3).unwrap().to_owned();
    for language in ["en", "fr"] {
        oscar.language = language;
        let page = oscar.look("/portal/decisions").await;
        check_page(&page, "/portal/decisions", language);
        for said in ["PV &#60;1&#62;", "Parquet de Synth", &format!("/portal/decisions?request={id}#request")]
        {
            assert!(page.text.contains(said), "{said}: {}", page.text);
        }
        assert!(!page.text.contains("u-7"), "of whom is asked stands in the notification");
    }
    let chosen = oscar.look(&format!("/portal/decisions?request={id}")).await;
    assert!(chosen.text.contains(&format!(r#"value="{id}""#)), "{}", chosen.text);
    assert!(!claire.look("/portal/decisions").await.text.contains(&id), "whoever asked is not notified");
    assert_eq!(oscar.get(&format!("/portal/requests/{id}")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_authority_finds_its_older_requests_on_the_pages_after_the_first() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let (mut claire, _) = official(&house, &mut officers).await;
    for number in 0..101 {
        let reference = format!("PV {number:03}");
        let sent = claire.upload("/portal/requests", &request("%PDF-1.7 signed", &reference)).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    }
    let first = claire.look("/portal").await;
    assert!(first.text.contains("PV 100") && !first.text.contains("PV 000"));
    assert!(first.text.contains("/portal?from=100"), "{}", first.text);
    for language in ["en", "fr"] {
        claire.language = language;
        let second = claire.look("/portal?from=100").await;
        check_page(&second, "/portal?from=100", language);
        assert!(second.text.contains("PV 000") && !second.text.contains("PV 001"), "{}", second.text);
        assert!(second.text.contains("/portal?from=0"));
    }
}
