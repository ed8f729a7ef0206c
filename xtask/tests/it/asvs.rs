//! What of OWASP ASVS 5.0, levels 1 and 2, holds here: `docs/asvs.csv`, a row for each requirement, and what proves it.
//!
//! A row is identifier, topic in our own words, state, evidence, reason. `tested` names the tests that fail when it no
//! longer holds; `designed` names what it rests on, with the reason why no test holds it; `not applicable` says why; `open`
//! says what is missing. Evidence is a test as `crate::module::name`, or a file; several stand apart by `; `.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::repository::{files_ending, read, root};

const ROWS: usize = 253;

/// The identifiers as the standard has them, where the reference data lies beside the repository.
const REFERENCE: &str = "../shared/data/asvs/levels-1-2.csv";

struct Row {
    id: String,
    topic: String,
    state: String,
    evidence: Vec<String>,
    reason: String,
}

fn rows() -> Vec<Row> {
    let text = read("docs/asvs.csv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("id,topic,state,evidence,reason"));
    lines.map(row).collect()
}

/// A line of five fields. Those with a comma stand in quotation marks, of which none is within.
fn row(line: &str) -> Row {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().expect("there is a field").push(letter),
        }
    }
    assert_eq!(fields.len(), 5, "{line} is no row of five fields");
    let [id, topic, state, evidence, reason] = <[String; 5]>::try_from(fields).expect("there are five");
    let evidence = evidence.split("; ").filter(|one| !one.is_empty()).map(str::to_owned).collect();
    Row { id, topic, state, evidence, reason }
}

#[test]
fn every_requirement_has_its_row_and_no_other() {
    let rows = rows();
    let mine: BTreeSet<_> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(mine.len(), rows.len(), "an identifier stands twice");
    assert_eq!(rows.len(), ROWS);
    if let Ok(reference) = std::fs::read_to_string(root().join(REFERENCE)) {
        let theirs: BTreeSet<_> =
            reference.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        let missing: Vec<_> = theirs.difference(&mine).collect();
        assert!(missing.is_empty(), "no row for {missing:?}");
    }
}

#[test]
fn every_row_says_what_holds_and_why() {
    let faults: Vec<_> = rows().iter().filter_map(fault).collect();
    assert!(faults.is_empty(), "in docs/asvs.csv: {faults:#?}");
}

fn fault(row: &Row) -> Option<String> {
    let words = |text: &str| text.split_whitespace().count();
    let wrong = match row.state.as_str() {
        _ if words(&row.topic) == 0 => "no topic",
        "tested" if row.evidence.is_empty() => "tested by nothing",
        "tested" if !row.evidence.iter().any(|one| one.contains("::")) => "tested by no test",
        "designed" if row.evidence.is_empty() => "designed where?",
        "designed" if words(&row.reason) < 3 => "why no test?",
        "not applicable" if words(&row.reason) < 3 => "why not?",
        "open" if words(&row.reason) < 5 => "what is missing?",
        "tested" | "designed" | "not applicable" | "open" => return None,
        _ => "no such state",
    };
    Some(format!("{}: {wrong}", row.id))
}

#[test]
fn what_is_named_as_evidence_is_there() {
    let tests = tests();
    let is_there = |evidence: &str| match evidence.rsplit_once("::") {
        Some((module, name)) => {
            tests.get(name).is_some_and(|modules| modules.iter().any(|one| one == module))
        }
        None => root().join(evidence).exists() && !Path::new(evidence).is_absolute(),
    };
    let gone: Vec<_> = rows()
        .iter()
        .flat_map(|row| row.evidence.iter().map(|one| (row.id.clone(), one.clone())))
        .filter(|(_, evidence)| !is_there(evidence))
        .collect();
    assert!(gone.is_empty(), "evidence that is not in the tree: {gone:#?}");
}

/// The names of all tests, each with the modules that have one of this name: `crate::module`, a test program beginning
/// with `it`.
pub(crate) fn tests() -> BTreeMap<String, Vec<String>> {
    let mut tests: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for path in files_ending(&[".rs"]) {
        let Some(module) = module(&path) else { continue };
        let text = read(&path);
        let mut is_test = false;
        let mut inner = "";
        for line in text.lines().map(str::trim_start) {
            if line.starts_with("mod tests {") {
                inner = "::tests";
            }
            if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
                is_test = true;
                continue;
            }
            let signature = ["fn ", "async fn "].iter().find_map(|start| line.strip_prefix(start));
            if let (true, Some(signature)) = (is_test, signature) {
                let name = signature.split(['(', '<']).next().unwrap_or_default();
                tests.entry(name.to_owned()).or_default().push(format!("{module}{inner}"));
            }
            // Between the attribute and the function stand other attributes alone.
            is_test &= line.starts_with("#[") || line.is_empty();
        }
    }
    tests
}

/// `vigie-app::reveals::tests` for `crates/vigie-app/src/reveals/tests.rs`, `vigie::it::doors` for `crates/vigie/tests/it/doors.rs`.
fn module(path: &str) -> Option<String> {
    let path = path.strip_prefix("crates/").unwrap_or(path).strip_suffix(".rs")?;
    let (package, rest) = path.split_once('/')?;
    let rest = rest.strip_prefix("src/").or_else(|| rest.strip_prefix("tests/"))?;
    let rest = rest.trim_end_matches("/mod").replace('/', "::");
    Some(if rest == "lib" { package.to_owned() } else { format!("{package}::{rest}") })
}

#[test]
fn a_row_without_proof_is_refused() {
    for (line, wrong) in [
        ("V1.1.1,,open,,what is missing is said here", Some("no topic")),
        ("V1.1.1,a topic,,,", Some("no such state")),
        ("V1.1.1,a topic,tested,,", Some("tested by nothing")),
        ("V1.1.1,a topic,tested,docs/errors.md,", Some("tested by no test")),
        ("V1.1.1,a topic,designed,docs/errors.md,", Some("why no test?")),
        ("V1.1.1,a topic,open,,", Some("what is missing?")),
        ("V1.1.1,a topic,not applicable,,\"no such thing, here\"", None),
    ] {
        let found = fault(&row(line));
        assert_eq!(found, wrong.map(|wrong| format!("V1.1.1: {wrong}")), "{line}");
    }
    let tests = tests();
    assert!(tests["a_row_without_proof_is_refused"].contains(&"xtask::it::asvs".to_owned()));
    assert!(tests["the_page_of_errors_is_current"].contains(&"vigie-app::error::tests".to_owned()));
}
