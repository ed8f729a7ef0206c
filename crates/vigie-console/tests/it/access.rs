//! How people prove who they are, as a browser meets it. What takes an authenticator is a journey in a real browser.

use http::{StatusCode, header};
use vigie_app::AccessSettings;
use vigie_model::Role;
use vigie_model::access::{PasskeyRule, StepUp};

use crate::house::{House, PUBLIC};
use crate::walks::check_page;

#[tokio::test]
async fn a_link_leads_to_a_passkey_or_past_it() {
    let house = House::open().await;
    let link = house.link("Ada", Role::Reviewer).await;
    let mut ada = house.stranger();
    assert_eq!(ada.post(&link, "").await.header(header::LOCATION), "/account/passkeys/new");
    let offered = ada.look("/account/passkeys/new").await;
    assert!(
        offered.text.contains("Go on without, for now") && offered.text.contains("data-passkey=\"create\"")
    );
    assert!(ada.look("/").await.text.contains("What waits for me"));
}

#[tokio::test]
async fn where_passkeys_are_required_a_link_leads_nowhere_else() {
    let access = AccessSettings { passkeys: PasskeyRule::Required, step_up: StepUp::Passkey };
    let house = House::with(PUBLIC, access).await;
    let mut ada = house.person("Ada", Role::SeniorReviewer).await;
    for path in ["/", "/queue", "/banks", "/account", "/confirm"] {
        let sent = ada.get(path).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(sent.header(header::LOCATION), "/account/passkeys/new", "{path}");
    }
    assert_eq!(ada.post("/banks", "name=X").await.header(header::LOCATION), "/account/passkeys/new");
    let page = ada.look("/account/passkeys/new").await;
    check_page(&page, "/account/passkeys/new", "en");
    assert!(!page.text.contains("Go on without") && !page.text.contains("id=\"rail\""), "{}", page.text);
    assert_eq!(ada.post("/account/passkeys/begin", "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn ceremonies_begin_for_this_host_and_a_wrong_answer_opens_nothing() {
    let house = House::open().await;
    let mut stranger = house.stranger();
    let begun: serde_json::Value =
        serde_json::from_str(&stranger.post("/sign-in/begin", "").await.text).unwrap();
    let options = &begun["options"]["publicKey"];
    assert_eq!(
        (options["rpId"].as_str(), options["userVerification"].as_str()),
        (Some("localhost"), Some("required"))
    );
    let answer = format!("ceremony={}&credential={{}}", begun["ceremony"].as_str().unwrap());
    let refused = stranger.post("/sign-in", &answer).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.text.contains("passkey_refused") && stranger.cookies.is_empty(), "{}", refused.text);
    let mut ada = house.person("Ada", Role::Reviewer).await;
    let begun: serde_json::Value =
        serde_json::from_str(&ada.post("/account/passkeys/begin", "").await.text).unwrap();
    let options = &begun["options"]["publicKey"];
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["rp"]["id"], "localhost");
    let refused = ada.post("/account/passkeys", "ceremony=x&credential=x&name=Blue+key").await;
    assert!(
        refused.text.contains("passkey_refused") && refused.text.contains("Blue key"),
        "{}",
        refused.text
    );
    assert_eq!(
        ada.post("/confirm/begin", "").await.status,
        StatusCode::CONFLICT,
        "there is nothing to confirm by"
    );
    assert_eq!(ada.post("/confirm", "ceremony=x&credential=x").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_ended_session_is_refused_at_its_next_request() {
    let house = House::open().await;
    let mut ada = house.person("Ada", Role::Administrator).await;
    let mut max = house.person("Max", Role::Administrator).await;
    let people = house.app.people(&vigie_model::Caller::operator()).await.unwrap();
    let link = house.app.make_sign_in_link(&vigie_model::Caller::operator(), people[0].id).await.unwrap();
    let mut second = house.stranger();
    second.post(link.strip_prefix(PUBLIC).unwrap(), "").await;

    let end = ada.look("/account").await.address("/account/sessions/0");
    assert_eq!(ada.post(&end, "").await.header(header::LOCATION), "/account?done=session-ended");
    assert_eq!(second.get("/people").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(max.post(&end, "").await.status, StatusCode::NOT_FOUND, "it is not theirs to end here");

    let person = format!("/people/{}", people[0].id);
    let shown = max.look(&person).await.text;
    assert!(shown.contains("This person") || shown.contains("by a link"), "{shown}");
    let sent = max.post(&format!("{person}/sessions/end"), "").await;
    assert_eq!(sent.header(header::LOCATION), format!("{person}?done=sessions-of-ended"));
    assert_eq!(ada.get("/people").await.status, StatusCode::UNAUTHORIZED);
    assert!(max.look(&person).await.text.contains("not signed in anywhere"));
    assert_eq!(max.look(&format!("{person}/passkeys/remove")).await.status, StatusCode::OK);
    let mut rea = house.person("Rea", Role::Reviewer).await;
    for path in [format!("{person}/sessions/end"), format!("{person}/passkeys/remove")] {
        assert_eq!(rea.post(&path, "").await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn an_export_is_agreed_to_after_confirming_and_the_form_goes_on_by_itself() {
    let access = AccessSettings { passkeys: PasskeyRule::Offered, step_up: StepUp::Passkey };
    let house = House::with(PUBLIC, access).await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let mut dee = house.person("Dee", Role::DataProtectionOfficer).await;
    let form = "name=KNOWN&source=Hotline&legal_ground=Law&kind=known&verdict=review&distance=31&label_scheme=x&reason=New";
    sam.post("/banks", form).await;
    let question = dee.look("/questions").await.address("/questions/0");
    dee.post(&format!("{question}/approve"), "").await;
    let bank = sam.look("/banks").await.address("/banks/0");
    sam.post(&format!("{bank}/export"), "format=plain&reason=A+partner").await;
    let question = dee.look("/questions").await.address("/questions/0");
    let asked = dee.post(&format!("{question}/approve"), "").await;
    check_page(&asked, "the confirmation", "en");
    assert!(
        asked.text.contains("Confirm that it is you") && asked.text.contains("/account/passkeys/new?back=")
    );
    assert!(dee.look(&question).await.text.contains("/approve"), "nothing was agreed to");
    assert!(dee.look("/confirm?back=//elsewhere.example").await.text.contains("href=\"/account\""));
}
