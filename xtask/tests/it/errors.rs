//! Error codes: part of the contract, so each is met by a test.

use crate::repository::{files_ending, read};

/// The table of codes.
const TABLE: &str = "crates/vigie-app/src/error.rs";

#[test]
fn every_error_code_is_met_by_a_test() {
    let tests: String = files_ending(&[".rs", ".mjs"]).iter().map(|path| tests_of(path)).collect();
    let codes = codes();
    assert!(codes.len() > 10, "the table was not understood: {codes:?}");
    let unmet: Vec<_> = codes
        .iter()
        .filter(|(variant, text)| {
            !tests.contains(&format!("Code::{variant}")) && !tests.contains(&format!("\"{text}\""))
        })
        .collect();
    assert!(unmet.is_empty(), "codes that no test meets: {unmet:?}");
}

/// Variant and text of each line of the table, such as `NotFound => 404 "not_found" "Not found"`.
fn codes() -> Vec<(String, String)> {
    read(TABLE)
        .lines()
        .filter_map(|line| {
            let (variant, rest) = line.trim().split_once(" => ")?;
            let mut words = rest.split('"');
            words.next()?.trim().parse::<u16>().ok()?;
            Some((variant.to_owned(), words.next()?.to_owned()))
        })
        .collect()
}

/// The part of a file that is tests.
fn tests_of(path: &str) -> String {
    let text = read(path);
    if path.contains("/tests/") || path.ends_with("tests.rs") || path.contains("journeys/") {
        return text;
    }
    text.split_once("#[cfg(test)]").map(|(_, tests)| tests.to_owned()).unwrap_or_default()
}
