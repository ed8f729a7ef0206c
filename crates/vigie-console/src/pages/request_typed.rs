//! What was typed into the clerk's form before a document filled it in: nothing of it is lost.
//!
//! The document goes first. What it leaves unsaid stays as it was typed, identifiers that it does not name stay below its own,
//! and where both say something, what was typed is told.

use std::collections::BTreeSet;

use super::request_form::{MOST_ROWS, rows};
use crate::fields::Fields;
use crate::language::Words;

/// Fields of the form that stand once, each with its word.
const ONCE: &[(&str, &str)] = &[
    ("regime", "request-regime"),
    ("kind", "request-kind"),
    ("reference", "form-reference"),
    ("issued", "request-issued"),
    ("addressee", "request-addressee"),
    ("earlier", "request-earlier"),
    ("bases", "request-bases"),
    ("offence-text", "form-offence-text"),
    ("offence-provision", "form-offence-provision"),
    ("offence-listed", "form-offence-listed"),
    ("offence-years", "form-offence-years"),
    ("offence-country", "form-offence-country"),
    ("offence-network", "form-offence-network"),
    ("subject", "request-subject"),
    ("emergency", "request-emergency"),
    ("emergency-text", "form-emergency-text"),
    ("emergency-follows", "form-emergency-follows"),
    ("silence", "request-silence"),
    ("silence-basis", "form-silence-basis"),
    ("silence-until", "form-silence-until"),
    ("silence-text", "form-silence-text"),
    ("spare", "request-do-not-act"),
    ("spare-text", "form-spare-text"),
    ("spare-until", "form-spare-until"),
    ("facts", "request-facts"),
    ("necessity", "request-necessity"),
];

/// The offices of the form, each with its word, and the fields of one.
const OFFICES: &[(&str, &str)] =
    &[("issuer", "request-issuer"), ("validator", "request-validator"), ("notified", "form-notified")];
const OF_OFFICE: &[(&str, &str)] = &[
    ("name", "form-office-name"),
    ("country", "form-country"),
    ("role", "form-role"),
    ("file", "form-office-file"),
    ("official", "form-office-official"),
    ("post", "form-office-post"),
    ("mail", "form-office-mail"),
    ("phone", "form-office-phone"),
];

/// The fields of one identifier.
const OF_ROW: [&str; 7] = ["value", "kind", "service", "from", "until", "criterion", "cap"];

/// What a choice says that nobody made.
const UNSAID: &[(&str, &str)] = &[("kind", "production"), ("subject", "unstated")];

/// Keeps what was typed beside what a document says. Gives a line for each field in which they differ.
pub(super) fn keep(read: &mut Fields, typed: &Fields, words: Words) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, key) in ONCE {
        keep_one((read, typed), words, (name, &words.say(key)), &mut lines);
    }
    for (office, office_key) in OFFICES {
        for (field, key) in OF_OFFICE {
            let label = format!("{}, {}", words.say(office_key), words.say(key));
            keep_one((read, typed), words, (&format!("{office}-{field}"), &label), &mut lines);
        }
    }
    keep_rows(read, typed);
    lines
}

fn said<'a>(fields: &'a Fields, name: &str) -> &'a str {
    let text = fields.text(name);
    if UNSAID.contains(&(name, text)) { "" } else { text }
}

fn keep_one(
    (read, typed): (&mut Fields, &Fields),
    words: Words,
    (name, label): (&str, &str),
    lines: &mut Vec<String>,
) {
    let (of_document, of_hand) = (said(read, name), said(typed, name));
    if of_hand.is_empty() || is_same(of_document, of_hand) {
        return;
    }
    if of_document.is_empty() {
        read.put(name, of_hand);
    } else {
        let line = [("label", label.into()), ("value", of_hand.into())];
        lines.push(words.say_with("form-typed-line", line));
    }
}

/// A browser ends lines in its own way, and leaves out seconds that are none.
fn is_same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace("\r\n", "\n");
    plain(one) == plain(other) || one == format!("{other}:00")
}

/// Identifiers that were typed and that the document does not name stand below those that it does.
fn keep_rows(read: &mut Fields, typed: &Fields) {
    let mut next = match read.text("value-0") {
        "" => 0,
        _ => rows(read),
    };
    for row in 0..rows(typed) {
        let is_empty = typed.text(&format!("value-{row}")).is_empty();
        let is_named = (0..next).any(|other| is_same_row((read, other), (typed, row)));
        if is_empty || is_named || next == MOST_ROWS {
            continue;
        }
        for field in OF_ROW.iter().copied().chain(["category"]) {
            for value in typed.all(&format!("{field}-{row}")) {
                read.add(&format!("{field}-{next}"), value);
            }
        }
        next += 1;
        read.put("rows", &next.to_string());
    }
}

fn is_same_row((read, other): (&Fields, usize), (typed, row): (&Fields, usize)) -> bool {
    let same = |field: &str| {
        let (one, two) = (read.text(&format!("{field}-{other}")), typed.text(&format!("{field}-{row}")));
        // The form fills in the one service of the house by itself.
        is_same(one, two) || (field == "service" && (one.is_empty() || two.is_empty()))
    };
    let categories = |fields: &Fields, row: usize| {
        fields.all(&format!("category-{row}")).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    OF_ROW.iter().all(|field| same(field)) && categories(read, other) == categories(typed, row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    const ENGLISH: Words = Words(Language::English);

    #[test]
    fn what_the_document_leaves_unsaid_stays_and_what_it_says_otherwise_is_told() {
        let mut read =
            Fields::of(&[("reference", "PV 9"), ("kind", "preservation"), ("subject", "unstated")]);
        let typed = Fields::of(&[
            ("reference", "PV 8"),
            ("kind", "production"),
            ("subject", "suspect"),
            ("issuer-mail", "a@parquet.example"),
            ("facts", "They posted"),
        ]);
        let lines = keep(&mut read, &typed, ENGLISH);
        assert_eq!(lines, ["Number given by the authority: PV 8"]);
        let kept = ["reference", "kind", "subject", "issuer-mail", "facts"].map(|name| read.text(name));
        assert_eq!(kept, ["PV 9", "preservation", "suspect", "a@parquet.example", "They posted"]);
    }

    #[test]
    fn identifiers_that_were_typed_stand_below_those_of_the_document_and_never_twice() {
        let document = [
            ("rows", "1"),
            ("value-0", "heron"),
            ("kind-0", "username"),
            ("category-0", "traffic"),
            ("from-0", "2026-01-01T00:00:00"),
        ];
        let mut read = Fields::of(&document);
        let mut typed = Fields::of(&document);
        typed.put("rows", "3");
        typed.put("service-0", "messenger.example");
        typed.put("from-0", "2026-01-01T00:00");
        for (name, value) in
            [("value-1", ""), ("value-2", "u-8"), ("category-2", "content"), ("category-2", "traffic")]
        {
            typed.add(name, value);
        }
        assert!(keep(&mut read, &typed, ENGLISH).is_empty());
        assert_eq!((read.text("rows"), read.text("value-1")), ("2", "u-8"));
        assert_eq!(read.all("category-1").collect::<Vec<_>>(), ["content", "traffic"]);
        let mut empty = Fields::of(&[("rows", "1")]);
        keep(&mut empty, &typed, ENGLISH);
        assert_eq!((empty.text("rows"), empty.text("value-0"), empty.text("value-1")), ("2", "heron", "u-8"));
    }
}
