//! What is held of answers that cannot be used.

use vigie_model::Moment;

use super::*;

const SPAN: Span = Span { from: Moment(1_000_000), until: Moment(2_000_000) };

const ROW: &str = r#"{"record":"connection","account":"a-17","address":"192.0.2.7","port":4711,"at":"2026-11-22T09:30:00Z"}"#;

fn malformed_page(body: &str) -> String {
    match page(body.as_bytes()) {
        Err(RecordsError::Malformed(why)) => why,
        other => panic!("{body}: {other:?}"),
    }
}

#[test]
fn a_page_is_whole_with_its_last_line_alone() {
    let whole = page(format!("{ROW}\n{ROW}\n{{\"records\":2,\"next\":\"x\"}}\n").as_bytes()).unwrap();
    assert_eq!((whole.records.len(), whole.next.as_deref()), (2, Some("x")));
    assert_eq!(page(b"{\"records\":0,\"next\":null}\n").unwrap(), Page::default());
    for cut in [
        String::new(),
        format!("{ROW}\n"),
        format!("{ROW}\n{ROW}\n{{\"records\":2,\"ne"),
        format!("{ROW}\n{{\"records\":1,\"next\":null}}"),
    ] {
        malformed_page(&cut);
    }
    assert_eq!(
        malformed_page(&format!("{ROW}\n{{\"records\":2,\"next\":null}}\n")),
        "the page has 1 records and says 2"
    );
    for cursor in [String::new(), "x".repeat(513)] {
        malformed_page(&format!("{ROW}\n{{\"records\":1,\"next\":\"{cursor}\"}}\n"));
    }
}

#[test]
fn a_line_says_what_records_say_and_nothing_else() {
    for line in [
        "",
        "[]",
        r#"{"record":"message","account":"a-17","text":"hello"}"#,
        r#"{"record":"connection","account":"a-17","address":"192.0.2.7","at":"2026-11-22T09:30:00Z","agent":"x"}"#,
        r#"{"record":"connection","account":"a-17","address":"192.0.2.7","at":"yesterday"}"#,
        r#"{"record":"connection","account":"a-17","address":"192.0.2.7","port":70000,"at":"2026-11-22T09:30:00Z"}"#,
        r#"{"record":"phone","account":"a-17","phone_number":"+447700900123","name":"x"}"#,
    ] {
        let why = malformed_page(&format!("{ROW}\n{line}\n{{\"records\":2,\"next\":null}}\n"));
        assert_eq!(why, "line 2 of a page is no record", "{line}");
    }
    let long = format!("{}{ROW}\n{{\"records\":1,\"next\":null}}\n", " ".repeat(LONGEST_LINE));
    assert!(matches!(page(long.as_bytes()), Err(RecordsError::TooMuch(_))));
}

#[test]
fn a_page_has_so_many_records_and_no_more() {
    let rows =
        |count: usize| format!("{}{{\"records\":{count},\"next\":null}}\n", format!("{ROW}\n").repeat(count));
    assert_eq!(page(rows(MOST_RECORDS_A_PAGE).as_bytes()).unwrap().records.len(), MOST_RECORDS_A_PAGE);
    assert!(matches!(page(rows(MOST_RECORDS_A_PAGE + 1).as_bytes()), Err(RecordsError::TooMuch(_))));
}

#[test]
fn of_holders_nothing_but_account_and_time_is_taken() {
    let read = |body: &str| holders(body.as_bytes(), &SPAN, 2);
    let held = read(
        r#"{"holders":[{"account":"a-17","until":"1970-01-01T00:00:01.5Z"},{"account":"a-18","since_created":true}]}"#,
    )
    .unwrap();
    assert_eq!((held.len(), held[0].until, held[1].since_created), (2, Some(Moment(1_500_000)), true));
    assert!(read(r#"{"holders":[]}"#).unwrap().is_empty());
    for wrong in [
        r#"{"holders":[{"account":"a-17","name":"mira"}]}"#,
        r#"{"holders":[{"account":""}]}"#,
        r#"{"holders":[{"account":"a\n17"}]}"#,
        r#"{"holders":[],"phone_number":"+447700900123"}"#,
        r#"{"holders":[{"account":"a-17","from":"1970-01-01T00:00:02Z"}]}"#,
        r#"{"holders":[{"account":"a-17","until":"1970-01-01T00:00:01Z"}]}"#,
        "[]",
    ] {
        assert!(matches!(read(wrong), Err(RecordsError::Malformed(_))), "{wrong}");
    }
    let three = r#"{"holders":[{"account":"a"},{"account":"b"},{"account":"c"}]}"#;
    assert!(matches!(read(three), Err(RecordsError::TooMuch(_))));
}

#[test]
fn a_hold_keeps_some_of_what_was_asked_for() {
    let asked = [Category::Subscriber, Category::Identification];
    assert_eq!(kept(br#"{"kept":["subscriber"]}"#, &asked).unwrap(), [Category::Subscriber]);
    assert!(kept(br#"{"kept":["content"]}"#, &asked).is_err());
    assert!(kept(br#"{}"#, &asked).is_err());
    assert!(lifted(br#"{"lifted":true}"#).is_ok());
    assert!(lifted(br#"{"lifted":false}"#).is_err() && lifted(b"{}").is_err());
}

#[test]
fn the_examples_of_the_guide_are_read_as_they_stand() {
    let guide = include_str!("../../../../../docs/guide/records.md");
    let block = |kind: &str, with: &str| {
        let fence = format!("```{kind}\n");
        let blocks = guide.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap());
        blocks
            .filter(|text| text.contains(with))
            .map(str::to_owned)
            .next()
            .unwrap_or_else(|| panic!("{with}"))
    };
    let october = Span {
        from: "2026-10-01T00:00:00Z".parse().unwrap(),
        until: "2026-11-01T00:00:00Z".parse().unwrap(),
    };
    let held = holders(block("json", "\"holders\"").as_bytes(), &october, 100).unwrap();
    assert_eq!(held.iter().map(|one| one.account.as_str()).collect::<Vec<_>>(), ["a-17", "a-90"]);
    let read = page(block("jsonl", "\"records\"").as_bytes()).unwrap();
    assert_eq!((read.records.len(), read.next.as_deref()), (3, Some("after-3")));
    let asked = [Category::Subscriber, Category::Identification];
    assert_eq!(kept(block("json", "\"kept\"").as_bytes(), &asked).unwrap(), asked);
}
