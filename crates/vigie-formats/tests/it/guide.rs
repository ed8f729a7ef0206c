//! The guide's page on the exchange says what is so.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use vigie_formats::request::article_15::HEADERS;
use vigie_formats::request::forms::names::{self, Value};
use vigie_formats::request::{DEEPEST, LARGEST, LONGEST_LINE, LONGEST_TEXT, MOST_WANTED, exchange};

use crate::instruments::exchanged;

fn page() -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/exchange.md");
    let text = std::fs::read_to_string(&path).unwrap();
    (path, text)
}

#[test]
fn its_example_is_read_without_a_diagnostic() {
    let (_, text) = page();
    let (_, rest) = text.split_once("```json\n").expect("the page has an example");
    let (example, _) = rest.split_once("```").expect("the example ends");
    let arrived = exchange::read(example.as_bytes()).unwrap();
    assert_eq!(arrived.diagnostics, []);
    assert!(arrived.instrument.answer_to.is_some() && arrived.instrument.silence.is_some());
}

#[test]
fn it_names_every_member_and_every_bound() {
    let (_, text) = page();
    let document = serde_json::to_value(exchanged()).unwrap();
    let mut members: Vec<&String> = document.as_object().unwrap().keys().collect();
    for part in [
        "/issuer",
        "/offence",
        "/emergency",
        "/silence",
        "/wanted/0",
        "/wanted/0/identifier",
        "/wanted/0/span",
    ] {
        members.extend(document.pointer(part).unwrap().as_object().unwrap().keys());
    }
    let missing: Vec<_> = members.iter().filter(|name| !text.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "the page does not speak of {missing:?}");
    assert!(text.contains(exchange::PAYLOAD_TYPE));
    let limits = [LARGEST >> 20, DEEPEST, MOST_WANTED, LONGEST_TEXT, LONGEST_LINE];
    for limit in limits.map(|limit| limit.to_string()) {
        assert!(text.replace(' ', "").contains(&limit), "the page does not name the bound {limit}");
    }
}

/// Compares what stands between two marks of the page; `UPDATE_EXPECT=1` makes it anew.
fn check_list(mark: &str, list: &str) {
    let (path, text) = page();
    let (start, end) = (format!("<!-- {mark} -->\n"), format!("<!-- end of {mark} -->\n"));
    let (head, rest) = text.split_once(&start).expect("the page has a place for the list");
    let (_, tail) = rest.split_once(&end).expect("the list ends");
    let expected = format!("{head}{start}{list}{end}{tail}");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, expected).unwrap();
    } else {
        assert_eq!(text, expected, "UPDATE_EXPECT=1 makes the list anew");
    }
}

const fn mark(provisional: bool) -> &'static str {
    if provisional { "provisional" } else { "" }
}

fn rows<T: std::fmt::Display>(list: &mut String, of: &str, values: &[Value<T>]) {
    for value in values {
        writeln!(list, "| `{}` | {of}: `{}` | {} |", value.text, value.means, mark(value.provisional))
            .unwrap();
    }
}

#[test]
fn it_lists_the_names_and_values_of_the_forms_as_they_are() {
    let mut list = String::from("| element | says | |\n|---|---|---|\n");
    for name in names::ALL {
        writeln!(list, "| `{}` | {} | {} |", name.text, name.meaning, mark(name.provisional)).unwrap();
    }
    check_list("names", &list);
    let mut list = String::from("| value | is | |\n|---|---|---|\n");
    rows(&mut list, "identifier", names::IDENTIFIERS);
    rows(&mut list, "authority", names::AUTHORITIES);
    rows(&mut list, "emergency", names::EMERGENCIES);
    rows(&mut list, "person", names::PERSONS);
    rows(&mut list, "Form 3", names::REFUSALS);
    check_list("values", &list);
}

#[test]
fn it_shows_the_headers_of_the_tables() {
    let (_, text) = page();
    for (number, header) in HEADERS.iter().enumerate() {
        let row = format!("| {} | `{}` | `{}` |", number + 1, header.to_act, header.to_inform);
        assert!(text.contains(&row), "{row}");
    }
}
