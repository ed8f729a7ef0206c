//! The document of the exchange: what it says comes back, what nobody knows is reported, what is missing has a name.

use serde_json::{Value, json};
use vigie_formats::request::{
    Arrived, DEEPEST, Diagnostic, LARGEST, Language, MOST_WANTED, Problem, RequestError, Trouble, exchange,
};
use vigie_model::disclosure::SubjectRole;

use crate::instruments::{at, exchanged};

fn read(document: &Value) -> Result<Arrived, RequestError> {
    exchange::read(document.to_string().as_bytes())
}

fn document() -> Value {
    serde_json::to_value(exchanged()).expect("an instrument is JSON")
}

/// The document with a value at a place.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = document();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match document.pointer_mut(parent).expect("the parent is there") {
        Value::Array(list) => list[name.parse::<usize>().expect("an index")] = value,
        parent => parent[name] = value,
    }
    document
}

fn without(pointer: &str) -> Value {
    let mut document = document();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    document.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object").remove(name);
    document
}

#[test]
fn what_was_written_is_read_as_it_was() {
    let arrived = exchange::read(&exchange::write(&exchanged())).unwrap();
    assert_eq!(arrived.instrument, exchanged());
    assert_eq!((arrived.form, arrived.diagnostics), (None, vec![]));
}

#[test]
fn a_member_that_nobody_knows_is_reported_and_the_rest_is_read() {
    let arrived = read(&with("/issuer/fax~number", json!({"a": [1, null]}))).unwrap();
    assert_eq!(arrived.instrument, exchanged());
    let [diagnostic] = &arrived.diagnostics[..] else { panic!("{:?}", arrived.diagnostics) };
    assert_eq!((diagnostic.place.as_str(), diagnostic.trouble), ("/issuer/fax~0number", Trouble::Unknown));
    assert_eq!(diagnostic.content.as_deref(), Some(r#"{"a":[1,null]}"#));
    assert!(!format!("{diagnostic:?}").contains("null"), "a log shows no content");
}

#[test]
fn what_cannot_be_is_kept_and_reported() {
    let check = |pointer: &str, value: Value, place: &str, trouble: Trouble| {
        let arrived = read(&with(pointer, value)).unwrap();
        let places: Vec<_> = arrived
            .diagnostics
            .iter()
            .map(|diagnostic| (diagnostic.place.as_str(), diagnostic.trouble))
            .collect();
        assert_eq!(places, [(place, trouble)]);
        arrived.instrument
    };
    let backwards = json!({"from": "2026-11-02T00:00:00Z", "until": "2026-11-01T00:00:00Z"});
    let kept = check("/wanted/1/span", backwards.clone(), "/wanted/1/span", Trouble::Impossible);
    assert_eq!(serde_json::to_value(kept.wanted[1].span).unwrap(), backwards);

    let no_day = json!({"from": "2026-02-30T00:00:00Z", "until": "2026-11-01T00:00:00Z"});
    let kept = check("/wanted/1/span", no_day, "/wanted/1/span/from", Trouble::Unreadable);
    assert_eq!(kept.wanted[1].span, None);

    let kept = check("/issued_at", json!("yesterday"), "/issued_at", Trouble::Unreadable);
    assert_eq!(kept.issued_at, None);

    let kept = check(
        "/wanted/1/identifier/value",
        json!("call me"),
        "/wanted/1/identifier/value",
        Trouble::Impossible,
    );
    assert_eq!(kept.wanted[1].identifier.value, "call me");

    let kept = check("/subject_role", json!("bystander"), "/subject_role", Trouble::Unreadable);
    assert_eq!(kept.subject_role, SubjectRole::Unstated);

    let kept = check("/silence/until", json!("for ever"), "/silence/until", Trouble::Unreadable);
    assert_eq!(kept.silence.unwrap().until, None, "a silence whose end cannot be read has none");

    let kept = check("/reference", json!("2026/811\u{202e}A"), "/reference", Trouble::Hidden);
    assert_eq!(kept.reference, "2026/811\u{202e}A");

    check("/issuer/country", json!("France"), "/issuer/country", Trouble::Impossible);
    check("/wanted/0/categories", json!([]), "/wanted/0/categories", Trouble::Absent);
}

#[test]
fn what_is_needed_and_missing_has_a_name() {
    let needed = [
        "/regime",
        "/kind",
        "/reference",
        "/issuer",
        "/wanted",
        "/wanted/0/identifier",
        "/wanted/0/categories",
        "/wanted/0/identifier/kind",
        "/wanted/0/identifier/value",
        "/wanted/0/span/until",
        "/emergency/ground",
        "/do_not_act/until",
    ];
    for pointer in needed {
        let missing = Err(RequestError::Missing { place: pointer.to_owned() });
        assert_eq!(read(&without(pointer)), missing);
        assert_eq!(read(&with(pointer, Value::Null)), missing);
    }
}

#[test]
fn what_is_of_an_impossible_type_has_a_name() {
    let impossible = [
        ("/regime", json!(1)),
        ("/issuer", json!("the court")),
        ("/wanted", json!({"0": {}})),
        ("/wanted/0", json!([])),
        ("/wanted/0/cap", json!(-1)),
        ("/wanted/0/cap", json!(1.5)),
        ("/wanted/0/cap", json!(4_294_967_296_u64)),
        ("/wanted/0/categories/0", json!(true)),
        ("/emergency/validation_follows", json!("yes")),
        ("/legal_bases", json!("CPP")),
        ("/do_not_act/until", json!("soon")),
    ];
    for (pointer, value) in impossible {
        let error = read(&with(pointer, value)).unwrap_err();
        let RequestError::WrongType { place, .. } = &error else { panic!("{pointer}: {error}") };
        assert_eq!((place.as_str(), error.name()), (pointer, "wrong_type"));
    }
    for pointer in ["/kind", "/wanted/0/identifier/kind", "/wanted/0/categories/1", "/emergency/ground"] {
        let error = read(&with(pointer, json!("anything"))).unwrap_err();
        assert!(
            matches!(&error, RequestError::UnknownName { place, .. } if place == pointer),
            "{pointer}: {error}"
        );
    }
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    let text = document().to_string();
    let twice = text.replacen("{", r#"{"reference":"another","#, 1);
    let error = exchange::read(twice.as_bytes()).unwrap_err();
    assert_eq!(error, RequestError::Twice { place: "/reference".to_owned() });
    let twice = text.replace(r#""cap":25"#, r#""cap":25,"cap":26"#);
    let error = exchange::read(twice.as_bytes()).unwrap_err();
    assert_eq!(error, RequestError::Twice { place: "/wanted/0/cap".to_owned() });
}

#[test]
fn bounds_hold() {
    let name = |document: &[u8]| exchange::read(document).unwrap_err().name();
    assert_eq!(name(&vec![b' '; LARGEST + 1]), "too_large");
    assert_eq!(name(b"{\"regime\": \"\xff\"}"), "not_utf8");
    assert_eq!(name(b"{\"regime\": "), "not_json");
    assert_eq!(name(b"[]"), "wrong_type");
    assert_eq!(name("[".repeat(DEEPEST + 1).as_bytes()), "too_deep");
    assert_eq!(name(with("/facts", json!("é".repeat(20_001))).to_string().as_bytes()), "too_long");
    assert!(read(&with("/facts", json!("é".repeat(20_000)))).is_ok());
    assert_eq!(name(with("/reference", json!("a\u{0}b")).to_string().as_bytes()), "control_character");
    let one = document()["wanted"][1].clone();
    assert_eq!(
        read(&with("/wanted", json!(vec![one.clone(); MOST_WANTED]))).unwrap().instrument.wanted.len(),
        MOST_WANTED
    );
    assert_eq!(name(with("/wanted", json!(vec![one; MOST_WANTED + 1])).to_string().as_bytes()), "too_many");
}

#[test]
fn diagnostics_have_a_bound_and_say_how_many_are_left_out() {
    let mut document = document();
    for number in 0..1_500 {
        document[format!("x{number}")] = json!("?".repeat(3_000));
    }
    let diagnostics = read(&document).unwrap().diagnostics;
    assert_eq!(diagnostics.len(), 1_001);
    let last = &diagnostics[1_000];
    assert_eq!((last.code, last.content.as_deref()), (Problem::MoreLeftOut, Some("500")));
    assert_eq!(diagnostics[0].content.as_ref().unwrap().chars().count(), 2_001);
}

#[test]
fn every_problem_has_its_words_in_both_languages() {
    let mut seen = std::collections::HashSet::new();
    for problem in Problem::ALL {
        for language in Language::ALL {
            assert!(seen.insert(problem.said(*language)), "{problem}: {}", problem.said(*language));
        }
    }
    let arrived = read(&with("/wanted/0/categories", json!([]))).unwrap();
    let [diagnostic] = &arrived.diagnostics[..] else { panic!("{:?}", arrived.diagnostics) };
    assert_eq!((diagnostic.code, diagnostic.trouble), (Problem::NoCategory, Trouble::Absent));
    assert_eq!(diagnostic.problem, diagnostic.said(Language::English));
    assert_eq!(diagnostic.said(Language::French), "aucune catégorie de données n’est indiquée");
    // It can be kept as it is.
    let kept = serde_json::to_string(diagnostic).unwrap();
    assert_eq!(&serde_json::from_str::<Diagnostic>(&kept).unwrap(), diagnostic);
}

#[test]
fn a_time_for_the_answer_is_read_and_one_before_the_document_is_reported() {
    let by = |by: &str| {
        let arrived = read(&with("/answer_by", by.into())).unwrap();
        let places: Vec<_> = arrived.diagnostics.iter().map(|one| (one.place.clone(), one.trouble)).collect();
        (arrived.instrument.answer_by, places)
    };
    let place = |trouble| vec![("/answer_by".to_owned(), trouble)];
    assert_eq!(by("2026-12-01T12:00:00+01:00"), (Some(at("2026-12-01T11:00:00Z")), vec![]));
    assert_eq!(by("2026-11-20T09:30:00Z"), (Some(at("2026-11-20T09:30:00Z")), place(Trouble::Impossible)));
    assert_eq!(by("next week"), (None, place(Trouble::Unreadable)));
    let earlier = vigie_model::disclosure::Instrument { answer_by: None, ..exchanged() };
    assert!(!String::from_utf8(exchange::write(&earlier)).unwrap().contains("answer_by"), "as it was before");
}
