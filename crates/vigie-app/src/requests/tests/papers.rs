//! Papers of a request: they say what was decided, to whom it was said, and nothing of whether anybody exists.

use vigie_formats::request::letters::HumanRightsConcern;

use super::*;
use crate::requests::{HouseContact, PaperFile, PaperKind, PaperLanguage};

fn order(desk: &Desk, user: &str) -> Instrument {
    Instrument {
        regime: "eu-epoc".into(),
        legal_bases: vec!["2023/1543".into()],
        ..instrument(&desk.house, user)
    }
}

async fn paper(desk: &Desk, id: RequestId, kind: PaperKind) -> Result<PaperFile> {
    desk.house.app.request_paper(&desk.officer, id, (kind, PaperLanguage::English)).await
}

fn refusing(tasks: &[i64], ground: RefusalGround) -> Refusal {
    Refusal { tasks: tasks.iter().copied().collect(), ground, explanation: "more than <needed>".into() }
}

#[tokio::test]
async fn form_3_answers_an_order_and_is_the_same_whoever_it_names() {
    let mut said = Vec::new();
    for user in ["u-7", "nobody"] {
        let desk = desk().await;
        let app = &desk.house.app;
        let id = desk.send(&order(&desk, user)).await;
        desk.work().await;
        assert_eq!(paper(&desk, id, PaperKind::Form3Xml).await.unwrap_err().code(), Code::WrongState);
        app.refuse_tasks(&desk.officer, id, &refusing(&[2], RefusalGround::NotCompetent)).await.unwrap();
        let xml = paper(&desk, id, PaperKind::Form3Xml).await.unwrap();
        assert_eq!((xml.name.as_str(), xml.mime), ("request-1-form-3.xml", "application/xml"));
        let text = String::from_utf8(xml.bytes).unwrap();
        assert!(text.contains("more than &lt;needed&gt;") && text.contains("PV 2026/118"), "{text}");
        said.push(text);
        let pdf = paper(&desk, id, PaperKind::Form3).await.unwrap();
        assert!(pdf.bytes.starts_with(b"%PDF-") && pdf.name.ends_with("form-3.pdf"));
        let view = app.request(&desk.officer, id).await.unwrap();
        assert_eq!(view.papers, [PaperKind::Form3, PaperKind::Form3Xml, PaperKind::Refusal]);
        assert_eq!(view.trail.iter().filter(|one| one.action == "request.paper_made").count(), 2);
    }
    assert_eq!(said[0].replace("u-7", "nobody"), said[1]);
}

#[tokio::test]
async fn form_3_asks_what_the_authority_was_asked_until_it_answered() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&order(&desk, "u-7")).await;
    desk.work().await;
    let asked = Clarification { text: "Which of the two accounts?".into() };
    app.ask_clarification(&desk.officer, id, &asked).await.unwrap();
    let text = String::from_utf8(paper(&desk, id, PaperKind::Form3Xml).await.unwrap().bytes).unwrap();
    assert!(text.contains("Which of the two accounts?"), "{text}");
    app.take_clarification(&desk.officer, id, ("The first.", None)).await.unwrap();
    assert_eq!(paper(&desk, id, PaperKind::Form3Xml).await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn a_requisition_is_refused_by_a_letter_that_names_each_ground() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    app.refuse_tasks(&desk.officer, id, &refusing(&[1], RefusalGround::OverBroad)).await.unwrap();
    assert_eq!(paper(&desk, id, PaperKind::Form3).await.unwrap_err().code(), Code::WrongState);
    assert!(paper(&desk, id, PaperKind::Refusal).await.unwrap().bytes.starts_with(b"%PDF-"));
    let standing = app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
    let letter = standing.letters.iter().find(|letter| letter.kind == "refusal").unwrap();
    let ground = vigie_formats::request::letters::words::ground(
        RefusalGround::OverBroad,
        vigie_formats::request::Language::French,
    );
    assert!(letter.text.contains(ground) && letter.text.contains("more than <needed>"), "{}", letter.text);
}

#[tokio::test]
async fn its_own_authority_has_a_paper_made_and_no_other_does() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&order(&desk, "u-7")).await;
    desk.work().await;
    app.refuse_tasks(&desk.officer, id, &refusing(&[], RefusalGround::NotCompetent)).await.unwrap();
    let wanted = (PaperKind::Form3, PaperLanguage::French);
    app.request_paper(&caller_of(&desk.authority), id, wanted).await.unwrap();
    let other = Authority { id: AuthorityId::fresh(&*app.ids), ..desk.authority.clone() };
    let refused = app.request_paper(&caller_of(&other), id, wanted).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let reviewer = desk.house.person("Rex", Role::Reviewer).await;
    assert_eq!(app.request_paper(&reviewer, id, wanted).await.unwrap_err().code(), Code::Forbidden);
}

#[tokio::test]
async fn a_package_has_a_cover_sheet_once_it_left() {
    let desk = desk().await;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    assert_eq!(paper(&desk, id, PaperKind::CoverSheet).await.unwrap_err().code(), Code::WrongState);
    desk.release(id).await;
    let view = desk.house.app.request(&desk.officer, id).await.unwrap();
    assert_eq!(view.papers, [PaperKind::CoverSheet]);
    let theirs = (PaperKind::CoverSheet, PaperLanguage::English);
    let theirs = desk.house.app.request_paper(&caller_of(&desk.authority), id, theirs).await.unwrap_err();
    assert_eq!(theirs.code(), Code::WrongState, "an authority has the package itself, or may not have it");
    assert!(paper(&desk, id, PaperKind::CoverSheet).await.unwrap().bytes.starts_with(b"%PDF-"));
}

#[test]
fn every_alarm_of_the_screen_has_its_words_for_the_authority() {
    for kind in crate::regimes::AlarmKind::ALL {
        assert!(kind.name().parse::<HumanRightsConcern>().is_ok(), "{kind}");
    }
}

#[tokio::test]
async fn whoever_forged_a_request_has_no_paper_that_says_so() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&order(&desk, "u-7")).await;
    desk.work().await;
    app.suspect_forgery(&desk.officer, id, "odd").await.unwrap();
    app.find_forged(&desk.releaser, id, "denied").await.unwrap();
    let caller = caller_of(&desk.authority);
    let standing = app.request_standing(&caller, &desk.authority, id).await.unwrap();
    assert!(standing.papers.is_empty());
    for kind in [PaperKind::Form3, PaperKind::Form3Xml, PaperKind::Refusal] {
        let refused = app.request_paper(&caller, id, (kind, PaperLanguage::English)).await.unwrap_err();
        assert_eq!(refused.code(), Code::WrongState, "{kind}");
    }
}

#[test]
fn the_contact_of_the_house_is_one_that_post_and_mail_reach() {
    let lines = |lines: &[&str]| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
    let contact = HouseContact::new(&lines(&[" 1 quai des Brumes ", "Paris"]), Some("law@chat.example"));
    let contact = contact.unwrap();
    assert_eq!(
        (contact.address(), contact.mail()),
        (&*lines(&["1 quai des Brumes", "Paris"]), Some("law@chat.example"))
    );
    let long = "x".repeat(121);
    assert!(contact.with_remedies(&lines(&[&long])).is_err());
    let wrong = [lines(&[""]), lines(&["a\nb"]), lines(&[&long]), lines(&["a"; 7])];
    for address in wrong {
        assert!(HouseContact::new(&address, None).is_err(), "{address:?}");
    }
    for mail in ["", "chat.example", "a@b@c", "law@chat.example\nBcc: x@y.example"] {
        assert!(HouseContact::new(&[], Some(mail)).is_err(), "{mail:?}");
    }
}

#[tokio::test]
async fn papers_name_how_the_house_is_reached_and_without_a_setting_its_address_of_the_web_alone() {
    let address = vec!["1 quai des Brumes".to_owned(), "75001 Paris".to_owned()];
    let set = HouseContact::new(&address, Some("law@chat.example")).unwrap();
    for (contact, is_set) in [(set, true), (HouseContact::default(), false)] {
        let mut house = crate::tests::house().await;
        house.app = house.process_set(|settings| settings.disclosure.contact = contact).await;
        let desk = desk_in(house).await;
        let app = &desk.house.app;
        let id = desk.send(&order(&desk, "u-7")).await;
        desk.work().await;
        app.refuse_tasks(&desk.officer, id, &refusing(&[2], RefusalGround::NotCompetent)).await.unwrap();
        let xml = String::from_utf8(paper(&desk, id, PaperKind::Form3Xml).await.unwrap().bytes).unwrap();
        let standing = app.request_standing(&caller_of(&desk.authority), &desk.authority, id).await.unwrap();
        let web = app.settings.public_url.as_str();
        let papers = standing.letters.iter().map(|letter| letter.text.as_str()).chain([xml.as_str()]);
        for text in papers {
            assert!(text.contains(web), "{text}");
            for said in ["law@chat.example", "1 quai des Brumes", "75001 Paris"] {
                assert_eq!(text.contains(said), is_set, "{said}: {text}");
            }
        }
        assert_eq!(standing.letters.len(), 2, "an acknowledgement and a refusal");
    }
}

#[tokio::test]
async fn a_user_who_is_told_reads_where_to_turn_to() {
    let court = vec!["Supervisory authority, 3 place de Synthèse".to_owned()];
    let contact = HouseContact::new(&[], None).unwrap().with_remedies(&court).unwrap();
    let mut house = crate::tests::house().await;
    house.app = house.process_set(|settings| settings.disclosure.contact = contact).await;
    let desk = desk_in(house).await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    desk.release(id).await;
    let listed = app.user_notices_of(&desk.officer, id).await.unwrap();
    let notice = app.user_notice(&desk.officer, listed[0].id).await.unwrap();
    for text in [&notice.text.en, &notice.text.fr] {
        assert!(text.contains(&court[0]), "{text}");
    }
}

#[tokio::test]
async fn a_question_about_a_requisition_is_a_letter_that_says_how_the_house_is_reached() {
    let contact = HouseContact::new(&[], Some("law@chat.example")).unwrap();
    let mut house = crate::tests::house().await;
    house.app = house.process_set(|settings| settings.disclosure.contact = contact).await;
    let desk = desk_in(house).await;
    let app = &desk.house.app;
    let id = desk.send(&instrument(&desk.house, "u-7")).await;
    desk.work().await;
    assert_eq!(paper(&desk, id, PaperKind::Clarification).await.unwrap_err().code(), Code::WrongState);
    let asked = Clarification { text: "Which of the two accounts?".into() };
    app.ask_clarification(&desk.officer, id, &asked).await.unwrap();
    let theirs = (PaperKind::Clarification, PaperLanguage::French);
    let letter = app.request_paper(&caller_of(&desk.authority), id, theirs).await.unwrap();
    assert!(
        letter.bytes.starts_with(b"%PDF-") && letter.name.ends_with("clarification.pdf"),
        "{}",
        letter.name
    );
    assert_eq!(app.request(&desk.officer, id).await.unwrap().papers, [PaperKind::Clarification]);
    assert_eq!(paper(&desk, id, PaperKind::Form3).await.unwrap_err().code(), Code::WrongState);
    app.take_clarification(&desk.officer, id, ("The first.", None)).await.unwrap();
    assert_eq!(paper(&desk, id, PaperKind::Clarification).await.unwrap_err().code(), Code::WrongState);

    // An order is asked about by Form 3, and by nothing beside it.
    let second = Instrument { nonce: "nonce-of-an-order-000".into(), ..order(&desk, "u-7") };
    let second = desk.send(&second).await;
    desk.work().await;
    app.ask_clarification(&desk.officer, second, &asked).await.unwrap();
    let papers = app.request(&desk.officer, second).await.unwrap().papers;
    assert_eq!(papers, [PaperKind::Form3, PaperKind::Form3Xml]);
}
