//! About how many different people a sender asked: counted over their requests, and known to nobody who reads the database.

use vigie_store::tables;

use super::*;

/// A requisition about so many people, from a first one on.
fn about(desk: &Desk, people: std::ops::Range<u32>) -> Instrument {
    let one = instrument(&desk.house, &format!("u-{}", people.start));
    let asked = &one.wanted[0];
    let wanted = people.map(|number| {
        let identifier = Identifier { value: format!("u-{number}"), ..asked.identifier.clone() };
        Wanted { identifier, categories: vec![Category::Subscriber], ..asked.clone() }
    });
    Instrument { wanted: wanted.collect(), ..one.clone() }
}

async fn warned(desk: &Desk, id: RequestId) -> bool {
    let view = desk.house.app.request(&desk.officer, id).await.unwrap();
    view.warnings.iter().any(|warning| warning.kind == "many_targets" && warning.source == "anomaly")
}

async fn sent(desk: &Desk, instrument: &Instrument) -> bool {
    let id = desk.send(instrument).await;
    desk.work().await;
    warned(desk, id).await
}

/// What comes on paper from this office and this mail address.
async fn entered(desk: &Desk, office: &str, mail: &str, people: std::ops::Range<u32>) -> bool {
    let mut instrument = about(desk, people);
    instrument.issuer.name = office.into();
    instrument.issuer.mail = mail.into();
    let document = Bytes::from(format!("{office} {mail} {}", instrument.wanted[0].identifier.value));
    let entered = EnteredRequest { document, mime: "text/plain".into(), instrument, diagnostics: vec![] };
    let id = desk.house.app.enter_request(&desk.officer, entered).await.unwrap().id;
    desk.work().await;
    warned(desk, id).await
}

#[tokio::test]
async fn many_people_in_many_documents_of_one_sender_are_as_odd_as_many_in_one() {
    let desk = desk().await;
    assert!(!sent(&desk, &about(&desk, 0..13)).await);
    assert!(!sent(&desk, &about(&desk, 1..13)).await, "of these the sender has asked");
    assert!(!sent(&desk, &about(&desk, 13..25)).await, "twenty-five are usual");
    assert!(sent(&desk, &about(&desk, 25..26)).await);
}

#[tokio::test]
async fn whom_a_sender_asked_about_a_month_ago_counts_no_more() {
    let mut desk = desk().await;
    assert!(!sent(&desk, &about(&desk, 0..25)).await);
    desk.house.clock.advance(std::time::Duration::from_secs(31 * 24 * 60 * 60));
    desk.sign_in_again().await;
    assert!(!sent(&desk, &about(&desk, 25..27)).await);
}

#[tokio::test]
async fn one_who_writes_in_the_name_of_many_offices_is_counted_over_all_of_them() {
    let desk = desk().await;
    assert!(!entered(&desk, "One", "x@mail.example", 0..20).await);
    assert!(!entered(&desk, "Two", "y@mail.example", 20..40).await, "another office, and another person");
    assert!(entered(&desk, "Three", " X@mail.example", 40..46).await);
    assert!(!entered(&desk, "Four", "", 46..66).await, "the clerk who enters them is no sender");
}

#[tokio::test]
async fn what_an_authority_adds_by_clarifying_counts_with_what_it_asked() {
    let desk = desk().await;
    let app = &desk.house.app;
    let id = desk.send(&about(&desk, 0..1)).await;
    desk.work().await;
    let clarification = Clarification { text: "who?".into() };
    app.ask_clarification(&desk.officer, id, &clarification).await.unwrap();
    let clarified = EnteredRequest {
        document: Bytes::from_static(b"as it is now"),
        mime: "text/plain".into(),
        instrument: Instrument { nonce: String::new(), ..about(&desk, 0..25) },
        diagnostics: vec![],
    };
    let answer = ("these", Some(clarified));
    app.take_clarification(&caller_of(&desk.authority), id, answer).await.unwrap();
    assert!(sent(&desk, &about(&desk, 25..26)).await);
}

#[tokio::test]
async fn two_senders_who_asked_about_the_same_have_nothing_in_common_in_the_database() {
    let desk = desk().await;
    entered(&desk, "One", "x@mail.example", 0..3).await;
    entered(&desk, "Two", "y@mail.example", 0..3).await;
    let rows = tables::rows(&desk.house.app.store).await.unwrap();
    let noted = &rows["request_targets"];
    assert_eq!(noted.len(), 12, "two offices and two people, three each");
    let column = |line: &String, at: usize| line.split(" | ").nth(at).unwrap().to_owned();
    let targets: std::collections::BTreeSet<_> = noted.iter().map(|line| column(line, 1)).collect();
    assert_eq!(targets.len(), 12);
    let senders: std::collections::BTreeSet<_> = noted.iter().map(|line| column(line, 0)).collect();
    assert_eq!(senders.len(), 4);
}
