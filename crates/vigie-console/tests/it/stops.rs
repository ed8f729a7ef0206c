//! What stops a request, at its page: it is decided again, or found forged by somebody else than who froze it.

use http::{StatusCode, header};
use vigie_model::Role;
use vigie_model::disclosure::{Category, Identifier, IdentifierKind, Instrument, RequestKind, Wanted};

use crate::desk::requisition;
use crate::house::House;
use crate::walks::check_page;

#[tokio::test]
async fn a_request_that_was_accepted_wrongly_is_decided_again_at_its_page() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), _] = house.staffed().await;
    let id = house.enter(&clerk, requisition(&house)).await;
    house.call_back(id, (&clerk, &releaser)).await;
    let path = format!("/requests/{id}");
    assert!(!lea.look(&path).await.text.contains(r#"/again""#), "nothing is granted yet");
    lea.post(&format!("{path}/accept"), "").await;
    house.work().await;
    let page = lea.look(&path).await.text;
    assert!(page.contains(&format!(r#"action="{path}/again""#)), "{page}");
    assert!(!rui.look(&path).await.text.contains("/again"), "a releaser decides nothing");
    assert_eq!(rui.post(&format!("{path}/again"), "again=no").await.status, StatusCode::FORBIDDEN);

    let unsaid = lea.post(&format!("{path}/again"), "again=").await.text;
    assert!(unsaid.contains("invalid_value") && unsaid.contains("say why"), "{unsaid}");
    lea.post(&format!("{path}/again"), "again=The+%3Cperiod%3E+was+wrong").await;
    let page = lea.look(&path).await.text;
    assert!(page.contains(&format!(r#"action="{path}/accept""#)), "{page}");
    assert!(page.contains("The &#60;period&#62; was wrong"), "{page}");
}

#[tokio::test]
async fn a_frozen_request_is_found_forged_by_a_second_person_and_ends() {
    let house = House::open().await;
    let (mut lea, clerk) = house.colleague("Lea", Role::LegalOfficer).await;
    let (mut rui, _) = house.colleague("Rui", Role::Releaser).await;
    let (mut max, _) = house.colleague("Max", Role::LegalOfficer).await;
    let id = house.enter(&clerk, requisition(&house)).await;
    let path = format!("/requests/{id}");
    assert!(!rui.look(&path).await.text.contains("/is-forged"), "it is frozen first");
    lea.post(&format!("{path}/forged"), "forged=The+seal+is+copied").await;
    for clerk in [&mut lea, &mut max] {
        assert!(!clerk.look(&path).await.text.contains("/is-forged"), "a clerk finds nothing forged");
    }
    assert_eq!(lea.post(&format!("{path}/is-forged"), "found=yes").await.status, StatusCode::FORBIDDEN);
    for language in ["en", "fr"] {
        rui.language = language;
        check_page(&rui.look(&path).await, &path, language);
    }
    rui.language = "en";
    let unsaid = rui.post(&format!("{path}/is-forged"), "found=+").await.text;
    assert!(unsaid.contains("invalid_value"), "{unsaid}");
    rui.post(&format!("{path}/is-forged"), "found=The+court+%3Cdenies%3E+it").await;
    let page = lea.look(&path).await.text;
    assert!(page.contains("Refused") && page.contains("The court &#60;denies&#62; it"), "{page}");
    assert!(!page.contains(r#"/clear""#) && !page.contains("/is-forged"), "it is over");
}

#[tokio::test]
async fn that_a_third_country_forbids_it_is_objected_on_the_page_and_waits_for_the_authority() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), _] = house.staffed().await;
    let order =
        Instrument { regime: "eu-epoc".into(), legal_bases: vec!["2023/1543".into()], ..requisition(&house) };
    let id = house.enter(&clerk, order).await;
    house.call_back(id, (&clerk, &releaser)).await;
    let path = format!("/requests/{id}");
    let page = lea.look(&path).await.text;
    assert!(
        page.contains("A third country\u{2019}s law forbids it") && page.contains("It can be objected until")
    );
    assert!(!page.contains(r#"value="third_country_conflict""#), "the house refuses nothing on that ground");
    assert!(!rui.look(&path).await.text.contains("/conflict"), "a releaser raises nothing");
    let unsaid =
        lea.post(&format!("{path}/conflict"), "forbidden=1&conflict-nature=It+%3Cforbids%3E").await.text;
    assert!(unsaid.contains("name the provision") && unsaid.contains("It &#60;forbids&#62;"), "{unsaid}");
    let form = "forbidden=1&conflict-law=18+USC+2702&conflict-nature=It+forbids+that";
    let raised = lea.post(&format!("{path}/conflict"), form).await;
    assert_eq!(raised.header(header::LOCATION), format!("{path}?done=request-conflict"), "{}", raised.text);
    for (language, waits) in
        [("en", "waits for the authority"), ("fr", "attend la r\u{e9}ponse de l\u{2019}autorit\u{e9}")]
    {
        lea.language = language;
        let page = lea.look(&path).await;
        check_page(&page, &path, language);
        assert!(page.text.contains(waits) && !page.text.contains("/resume"), "{}", page.text);
    }
    lea.language = "en";
    let paper = lea.post(&format!("{path}/paper"), "paper=form_3_xml&language=en").await;
    assert!(paper.text.contains("18 USC 2702"), "{}", paper.text);
    let upheld = lea.post(&format!("{path}/follow"), "follow=upheld&follow-text=The+court+upheld+it").await;
    assert_eq!(upheld.header(header::LOCATION), format!("{path}?done=request-followed"), "{}", upheld.text);
    house.work().await;
    let page = lea.look(&path).await.text;
    assert!(
        page.contains("Being validated") && !page.contains("It can be objected until"),
        "it is objected once"
    );
}

#[tokio::test]
async fn an_order_to_act_on_paper_is_acknowledged_and_its_effect_told_on_its_page() {
    let house = House::open().await;
    let [(mut lea, clerk), (mut rui, releaser), _] = house.staffed().await;
    let plain = requisition(&house);
    let identifier = Identifier {
        kind: IdentifierKind::MessageLink,
        value: "https://messenger.example/c/7/12".into(),
        ..plain.wanted[0].identifier.clone()
    };
    let wanted =
        Wanted { identifier, categories: vec![Category::Content], span: None, ..plain.wanted[0].clone() };
    let order = Instrument {
        regime: "dsa-9".into(),
        kind: RequestKind::Removal,
        legal_bases: vec!["2022/2065".into()],
        wanted: vec![wanted],
        ..plain
    };
    let id = house.enter(&clerk, order).await;
    let path = format!("/requests/{id}");
    assert!(!rui.look(&path).await.text.contains("/acknowledged"), "a releaser sends nothing");
    let page = lea.look(&path).await.text;
    assert!(page.contains("not sent by Vigie") && page.contains(&format!(r#"action="{path}/acknowledged""#)));
    let noted = lea.post(&format!("{path}/acknowledged"), "").await;
    assert_eq!(noted.header(header::LOCATION), format!("{path}?done=request-acknowledged"), "{}", noted.text);
    assert!(!lea.look(&path).await.text.contains("not sent by Vigie"));
    house.call_back(id, (&clerk, &releaser)).await;
    let page = lea.look(&path).await.text;
    assert!(page.contains("Tell which effect was given") && !page.contains(r#"/accept""#), "{page}");
    let unsaid = lea.post(&format!("{path}/effect"), "effect=").await.text;
    assert!(unsaid.contains("say to the authority which effect"), "{unsaid}");
    let told = lea.post(&format!("{path}/effect"), "effect=Removed+%3Cat+once%3E").await;
    assert_eq!(told.header(header::LOCATION), format!("{path}?done=request-effect"), "{}", told.text);
    for (language, acted) in [("en", "acted on"), ("fr", "suivie d\u{2019}effet")] {
        lea.language = language;
        let page = lea.look(&path).await;
        check_page(&page, &path, language);
        assert!(
            page.text.contains(acted) && page.text.contains("Removed &#60;at once&#62;"),
            "{}",
            page.text
        );
    }
}
