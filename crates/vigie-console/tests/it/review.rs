//! Review: from the queue to a decision, and a child at risk seen through.

use http::{StatusCode, header};
use vigie_model::Role;

use crate::house::{House, Page};
use crate::walks::check_page;

/// The only item of an incident's page.
pub(crate) fn item(page: &Page) -> String {
    let at = page.text.find("data-item=\"").expect("the page shows an item") + 11;
    page.text[at..].split('"').next().unwrap().to_owned()
}

/// The fence of the lease under which the page was shown.
pub(crate) fn fence(page: &Page) -> String {
    let at = page.text.find("name=\"fence\" value=\"").expect("the person holds the incident") + 20;
    page.text[at..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_incident_is_taken_decided_and_undone() {
    let house = House::open().await;
    let id = house.reported("ann").await;
    let path = format!("/incidents/{id}");
    let (mut rea, mut sam) =
        (house.person("Rea", Role::Reviewer).await, house.person("Sam", Role::SeniorReviewer).await);
    assert!(rea.look("/queue").await.text.contains("&#60;ann&#62;"), "the subject is named, as text");
    let taken = rea.post("/queue/next", "").await;
    assert_eq!(taken.header(header::LOCATION), path);
    let page = rea.look(&path).await;
    assert!(page.text.contains("look at &#60;this&#62;"));
    assert!(sam.look(&path).await.text.contains("Held by Rea."));
    assert!(sam.post(&format!("{path}/claim"), "").await.text.contains("held_by_another"));

    let (fence, item) = (fence(&page), item(&page));
    let wrong = format!("fence={fence}&outcome=violating&verdict-{item}=violating&label=ncmec:A1&reason=");
    let kept = rea.post(&format!("{path}/decide"), &wrong).await;
    assert!(
        kept.text.contains("invalid_value")
            && kept.text.contains(r#"value="ncmec:A1" data-key="1" data-press checked"#)
    );
    let right = format!("fence={fence}&outcome=dismissed&verdict-{item}=not_violating&reason=A+mistake");
    let decided = rea.post(&format!("{path}/decide"), &right).await;
    assert_eq!(decided.header(header::LOCATION), format!("{path}?done=incident-decided"), "{}", decided.text);
    let page = sam.look(&path).await;
    assert!(page.text.contains("Nothing to act on") && page.text.contains("A mistake"));
    let undo = page.address("/decisions/");
    let undone = sam.post(&undo, &format!("incident={id}&reason=Look+again")).await;
    assert_eq!(undone.header(header::LOCATION), format!("{path}?done=decision-reversed"), "{}", undone.text);
    assert!(sam.look(&path).await.text.contains("Look again"));
}

#[tokio::test]
async fn an_incident_is_given_back_skipped_passed_and_escalated() {
    let house = House::open().await;
    let path = format!("/incidents/{}", house.reported("ann").await);
    let (mut rea, mut sam) =
        (house.person("Rea", Role::Reviewer).await, house.person("Sam", Role::SeniorReviewer).await);
    rea.post(&format!("{path}/claim"), "").await;
    let held = fence(&rea.look(&path).await);
    let lost = rea.post(&format!("{path}/release"), "fence=999").await;
    assert!(lost.text.contains("lease_lost"), "{}", lost.text);
    assert_eq!(
        rea.post(&format!("{path}/release"), &format!("fence={held}")).await.status,
        StatusCode::SEE_OTHER
    );
    rea.post(&format!("{path}/claim"), "").await;
    let held = fence(&rea.look(&path).await);
    let sent = rea.post(&format!("{path}/escalate"), &format!("fence={held}&reason=Unsure")).await;
    assert_eq!(sent.header(header::LOCATION), "/queue?done=incident-escalated");
    assert!(sam.look("/").await.text.contains("waits for a senior reviewer"));
    assert!(sam.look(&path).await.text.contains("Unsure"));
    assert_eq!(sam.post(&format!("{path}/skip"), "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(rea.post(&format!("{path}/pass"), "").await.header(header::LOCATION), "/queue");
}

#[tokio::test]
async fn a_child_at_risk_is_raised_taken_and_handed_over() {
    let house = House::open().await;
    let id = house.reported("ann").await;
    let mut rea = house.person("Rea", Role::Reviewer).await;
    let mut leo = house.person("Leo", Role::LegalOfficer).await;
    let control = rea.look(&format!("/incidents/{id}")).await.address("/child-at-risk");
    assert_eq!(control, format!("/child-at-risk?incident={id}"));
    assert!(rea.look(&control).await.text.contains("15 and 60 minutes"));
    assert!(rea.look("/child-at-risk?number=1").await.text.contains(&format!("/incidents/{id}/alarm")));
    let empty = rea.post(&format!("/incidents/{id}/alarm"), "reason=").await;
    assert!(empty.text.contains("invalid_value"));
    let raised = rea.post(&format!("/incidents/{id}/alarm"), "reason=A+voice").await;
    let alarm = raised.header(header::LOCATION).strip_suffix("?done=alarm-raised").unwrap().to_owned();
    let shown = leo.look(&alarm).await;
    assert!(
        shown.text.contains("A voice") && shown.text.contains("neither calls nor mail"),
        "{}",
        shown.text
    );

    let told = leo.look("/").await;
    let seen = told.address("/notices/");
    let noticed = leo.post(&seen, &format!("subject=alarm:{}", alarm.rsplit('/').next().unwrap())).await;
    assert_eq!(noticed.header(header::LOCATION), alarm);
    assert!(!leo.look("/").await.text.contains("/notices/"));
    let board = leo.look("/alarms").await;
    assert!(board.text.contains("A voice") && board.text.contains("15\u{a0}min left"), "{}", board.text);
    assert_eq!(board.address("/alarms/0"), alarm);
    leo.post(&format!("{alarm}/acknowledge"), "").await;
    let twice = rea.post(&format!("{alarm}/acknowledge"), "").await;
    assert!(twice.text.contains("wrong_state") && twice.text.contains("A voice"), "{}", twice.text);
    let ended = leo.post(&format!("{alarm}/hand-over"), "reference=Unit+7").await;
    assert_eq!(ended.header(header::LOCATION), format!("{alarm}?done=alarm-handed-over"));
    let shown = leo.look(&alarm).await;
    assert!(shown.text.contains("Unit 7") && !shown.text.contains("/hand-over"), "{}", shown.text);
    let board = leo.look("/alarms").await;
    assert!(board.text.contains("Handed to the police") && board.text.contains("Unit 7"));
    assert!(rea.look("/queue").await.text.contains("Child at risk"));
}

#[tokio::test]
async fn the_pages_of_review_are_whole_in_both_languages() {
    let house = House::open().await;
    let id = house.reported("ann").await;
    let mut sam = house.person("Sam", Role::SeniorReviewer).await;
    let raised = sam.post(&format!("/incidents/{id}/alarm"), "reason=A+voice").await;
    let alarm = raised.header(header::LOCATION).to_owned();
    sam.post(&format!("/incidents/{id}/claim"), "").await;
    for language in ["en", "fr"] {
        sam.language = language;
        for path in
            ["/queue", "/queue?mine=yes&severity=high", &format!("/incidents/{id}"), "/alarms", &alarm]
        {
            check_page(&sam.look(path).await, path, language);
        }
    }
}
