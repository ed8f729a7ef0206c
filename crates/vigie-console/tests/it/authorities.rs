//! The directory of authorities at the console: two people enter one and its first official, one suspends it.

use http::{StatusCode, header};
use vigie_model::Role;

use crate::house::{House, Visitor};
use crate::walks::check_page;

pub(crate) const NEW: &str = "name=Parquet+de+Synth%C3%A8se&country=fr&role=prosecutor&role=judicial_police_officer\
    &domains=justice.example%2C+police.example&call_back=%2B33+1+99+00+00+00&directory=Annuaire%2C+p.+4&signing=&sealing=\
    &valid_until=&reason=They+asked+to";
const RECIPIENT: &str = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";

/// Two legal officers.
pub(crate) async fn officers(house: &House) -> [Visitor<'_>; 2] {
    [house.person("Lea", Role::LegalOfficer).await, house.person("Leo", Role::LegalOfficer).await]
}

/// What one asked is agreed to by the other.
pub(crate) async fn agree(second: &mut Visitor<'_>) {
    let question = second.look("/questions").await.address("/questions/0");
    let agreed = second.post(&format!("{question}/approve"), "").await;
    assert_eq!(agreed.header(header::LOCATION), "/questions?done=question-approved", "{}", agreed.text);
}

/// The path of an authority that both entered.
pub(crate) async fn entered([lea, leo]: &mut [Visitor<'_>; 2]) -> String {
    let asked = lea.post("/authorities", NEW).await;
    assert_eq!(asked.header(header::LOCATION), "/questions?done=question-asked", "{}", asked.text);
    agree(leo).await;
    lea.look("/authorities").await.address("/authorities/0")
}

/// The path of a one-time link for the official whom both invited.
pub(crate) async fn first_official([lea, leo]: &mut [Visitor<'_>; 2], authority: &str, name: &str) -> String {
    let form = format!("name={name}&mail={name}%40justice.example&role=prosecutor&reason=Their+first");
    let asked = lea.post(&format!("{authority}/officials"), &form).await;
    assert_eq!(asked.header(header::LOCATION), "/questions?done=question-asked", "{}", asked.text);
    agree(leo).await;
    let official = named(&lea.look(authority).await.text, name);
    let shown = lea.post(&format!("{authority}/officials/link"), &format!("official={official}")).await;
    let link = shown.address("http://localhost:8420/sign-in/");
    link.strip_prefix("http://localhost:8420").unwrap().to_owned()
}

/// The identifier of the official in whose row this name stands.
pub(crate) fn named(page: &str, name: &str) -> String {
    let row = &page[page.find(&format!("<th scope=\"row\">{name}")).expect("they stand on the page")..];
    let row = row.split("</tr>").next().unwrap();
    let at = row.find("name=\"official\" value=\"").expect("something can be done about them");
    row[at..].split('"').nth(3).unwrap().to_owned()
}

#[tokio::test]
async fn an_authority_is_entered_suspended_and_accepted_again() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    assert!(officers[0].look("/authorities").await.text.contains("No authority is known yet"));
    let authority = entered(&mut officers).await;
    let [lea, leo] = &mut officers;
    let page = lea.look(&authority).await;
    assert!(page.text.contains("justice.example, police.example") && page.text.contains("Annuaire, p. 4"));
    assert!(page.text.contains("Public prosecutor, Judicial police officer"), "{}", page.text);

    let suspended = lea.post(&format!("{authority}/suspend"), "suspend-reason=A+stolen+mailbox").await;
    let back = suspended.header(header::LOCATION).to_owned();
    assert_eq!(back, format!("{authority}?done=authority-suspended"));
    let page = leo.look(&back).await;
    assert!(page.text.contains("The authority is suspended.") && page.text.contains("A stolen mailbox"));
    assert!(!page.text.contains("/officials\"") && !page.text.contains("/suspend\""), "{}", page.text);
    lea.post(&format!("{authority}/lift"), "lift-reason=New+passwords").await;
    let question = leo.look("/questions").await.address("/questions/0");
    let asked = leo.look(&question).await;
    check_page(&asked, &question, "en");
    assert!(
        asked.text.contains("Lift the suspension of an authority") && asked.text.contains("A stolen mailbox")
    );
    agree(leo).await;
    assert!(!leo.look(&authority).await.text.contains("A stolen mailbox"));
}

#[tokio::test]
async fn keys_are_asked_for_as_they_will_be_used() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let authority = entered(&mut officers).await;
    let [lea, leo] = &mut officers;
    let keys = format!("{authority}/keys");
    let wrong = lea.post(&keys, "signing=&sealing=AGE-SECRET-KEY-1Q&valid_until=&reason=New").await;
    assert!(wrong.text.contains("key_unusable"), "{}", wrong.text);
    let form = format!("signing=&sealing={RECIPIENT}&valid_until=2027-01-31&reason=New");
    assert_eq!(lea.post(&keys, &form).await.header(header::LOCATION), "/questions?done=question-asked");
    let question = leo.look("/questions").await.address("/questions/0");
    assert!(leo.look(&question).await.text.contains(RECIPIENT), "the second person sees the whole key");
    agree(leo).await;
    assert!(lea.look(&authority).await.text.contains(RECIPIENT));
}

#[tokio::test]
async fn a_form_that_is_refused_says_why_and_keeps_what_was_filled_in() {
    let house = House::open().await;
    let [mut lea, _] = officers(&house).await;
    let empty = lea.post("/authorities", "name=&country=XX&valid_until=soon").await;
    for said in
        ["Give the name", "Give the two letters", "Choose at least one", "Give a date", "Give a reason"]
    {
        assert!(empty.text.contains(said), "{said}: {}", empty.text);
    }
    let wrong = lea.post("/authorities", &NEW.replace("%2B33+1+99", "99")).await;
    assert!(wrong.text.contains("invalid_value") && wrong.text.contains("Annuaire, p. 4"), "{}", wrong.text);
    assert!(wrong.text.contains(r#"value="prosecutor" checked"#));
}

#[tokio::test]
async fn the_directory_is_for_who_works_with_it() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    let authority = entered(&mut officers).await;
    let mut audit = house.person("Ana", Role::Auditor).await;
    let mut reviewer = house.person("Rea", Role::Reviewer).await;
    let page = audit.look(&authority).await;
    assert!(!page.text.contains("<form method=\"post\" action=\"/authorities"), "an auditor reads");
    assert!(!audit.look("/authorities").await.text.contains("/authorities/new"));
    for path in ["/authorities/new".to_owned(), format!("{authority}/keys")] {
        assert_eq!(audit.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/authorities", &authority] {
        assert_eq!(reviewer.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert!(!reviewer.look("/").await.text.contains("href=\"/authorities\""));
}

#[tokio::test]
async fn every_page_of_the_directory_is_whole_in_both_languages() {
    let house = House::open().await;
    let mut officers = officers(&house).await;
    officers[0].language = "fr";
    assert!(officers[0].look("/authorities").await.text.contains("Aucune autorité"));
    let authority = entered(&mut officers).await;
    first_official(&mut officers, &authority, "Claire").await;
    for language in ["en", "fr"] {
        officers[0].language = language;
        for path in ["/authorities", "/authorities/new", &authority, &format!("{authority}/keys")] {
            check_page(&officers[0].look(path).await, path, language);
        }
    }
}
