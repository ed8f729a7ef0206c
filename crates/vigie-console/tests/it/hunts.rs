//! A retro-hunt at the console: asked by one, agreed to by another, and what it found shown for what it is.

use http::{StatusCode, header};
use vigie_app::matching::Signals;
use vigie_app::submissions::{AccountContext, Content, Context, ConversationContext, Submission};
use vigie_model::access::CallerKind;
use vigie_model::conversation::ConversationKind;
use vigie_model::id::TokenId;
use vigie_model::{Caller, Role, Scope, Surface};

use crate::house::House;
use crate::walks::check_page;

const KNOWN: &str = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff";
const BANK: &str = "name=KNOWN&source=Hotline&legal_ground=Law&kind=known&verdict=block&distance=31&label_scheme=inhope&reason=New";
const BASIS: &str =
    "legal_ground=Law&technique=perceptual_hash&assessment_reference=A7&history=yes&reason=Needed";

/// Somebody uploads a picture that matches nothing yet.
async fn upload(house: &House) {
    let context = Context {
        surface: Surface::PublicGroup,
        service: "synthetic".into(),
        conversation: Some(ConversationContext {
            id: "c1".into(),
            kind: ConversationKind::Group,
            name: None,
        }),
        account: Some(AccountContext { id: "ann".into(), name: None }),
        message_id: Some("m1".into()),
        media_id: None,
        sent_at: None,
        ip: None,
        port: None,
    };
    let machine = Caller {
        kind: CallerKind::Token(TokenId(uuid::Uuid::nil())),
        name: "messenger".into(),
        roles: vec![],
        scopes: vec![Scope::Submit],
    };
    let signals = Signals { pdq: Some(KNOWN.parse().unwrap()), ..Signals::default() };
    let content = Content::Signals(Box::new(signals));
    house.app.submit(&machine, Submission { context, content, idempotency_key: None }).await.unwrap();
}

async fn work(house: &House) {
    for piece in house.app.claim_due_work(10).await.unwrap() {
        house.app.carry_out(&piece).await.unwrap();
    }
}

#[tokio::test]
async fn a_hunt_is_asked_agreed_to_and_shown_with_what_it_found() {
    let house = House::open().await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let mut dee = house.person("Dee", Role::DataProtectionOfficer).await;
    dee.post("/bases/public_group", BASIS).await;
    let mut lea = house.person("Lea", Role::LegalOfficer).await;
    let question = lea.look("/questions").await.address("/questions/0");
    lea.post(&format!("{question}/approve"), "").await;
    upload(&house).await;
    sam.post("/banks", BANK).await;
    let question = dee.look("/questions").await.address("/questions/0");
    dee.post(&format!("{question}/approve"), "").await;
    let bank = sam.look("/banks").await.address("/banks/0");
    sam.upload(&format!("{bank}/import"), &[("pasted", KNOWN), ("long", "pdq")]).await;

    let form = sam.look("/hunts").await;
    let id = bank.strip_prefix("/banks/").unwrap();
    assert!(form.text.contains(&format!(r#"<option value="{id}">KNOWN"#)), "{}", form.text);
    let empty = sam.post("/hunts", &format!("bank={id}&purpose=&since=x")).await;
    assert!(empty.text.contains("Say what the hunt is for") && empty.text.contains("not a date"));
    let refused = sam.post("/hunts", &format!("bank={id}&purpose=Why&until=2020-01-01T00:00")).await;
    assert!(refused.text.contains("invalid_value") && refused.text.contains(">Why</textarea>"));
    let asked = sam.post("/hunts", &format!("bank={id}&purpose=Learnt+today&since=&from=&until=")).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    let hunt = asked.header(header::LOCATION).split('?').next().unwrap().to_owned();
    assert!(sam.look(&hunt).await.text.contains("waits for a second person"));

    let question = dee.look("/questions").await.address("/questions/0");
    let shown = dee.look(&question).await.text;
    assert!(shown.contains("Learnt today") && shown.contains("entries_until") && !shown.contains(KNOWN));
    dee.post(&format!("{question}/approve"), "").await;
    assert!(dee.look(&hunt).await.text.contains("under way"));
    work(&house).await;
    let done = sam.look(&hunt).await;
    assert!(done.text.contains("hunt-done") && done.text.contains("Dee"), "{}", done.text);
    let incident = done.address("/incidents/0");
    assert!(sam.look("/queue").await.text.contains("retrospective"));
    let page = sam.look(&incident).await.text;
    assert!(page.contains("Found by retro-hunt 1") && page.contains("No media was kept"));
    assert!(dee.look(&hunt).await.text.contains("Incidents are for reviewers."));
    assert!(sam.post(&format!("{hunt}/stop"), "").await.text.contains("wrong_state"));
    for language in ["en", "fr"] {
        sam.language = language;
        for path in ["/hunts", &hunt, &incident, "/queue"] {
            check_page(&sam.look(path).await, path, language);
        }
    }
    let mut rea = house.person("Rea", Role::Reviewer).await;
    assert_eq!(rea.get("/hunts").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn no_field_of_a_hunt_takes_a_hash() {
    let house = House::open().await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let page = sam.look("/hunts").await.text;
    let form = page.split(r#"action="/hunts""#).nth(1).unwrap().split("</form>").next().unwrap();
    let fields: Vec<_> = form.split(" name=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(fields, ["bank", "since", "purpose", "from", "until"]);
}
