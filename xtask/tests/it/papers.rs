//! The papers of a trustworthy service keep to the code: what they name as proof is a test, what they tell to type is a
//! command, what they say stands in the ledger is written there.

use crate::asvs::tests;
use crate::repository::{files_ending, read};

/// Where proofs and commands are promised.
fn papers() -> Vec<String> {
    let mut papers = files_ending(&[".md"]);
    papers.retain(|path| {
        path.starts_with("docs/papers/") || path == "SECURITY.md" || path == "docs/guide/security.md"
    });
    assert!(papers.len() >= 6, "papers are missing: {papers:?}");
    papers
}

/// What stands between backticks on one line, blocks of code left out.
fn quoted(text: &str) -> Vec<String> {
    let mut in_block = false;
    let mut found = Vec::new();
    for line in text.lines() {
        in_block ^= line.trim_start().starts_with("```");
        if !in_block {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

/// The quoted words of all papers that look so, with their paper.
fn all(looks_so: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let papers = papers();
    let of =
        |path: &String| quoted(&read(path)).into_iter().map(|word| (path.clone(), word)).collect::<Vec<_>>();
    papers.iter().flat_map(of).filter(|(_, word)| looks_so(word)).collect()
}

fn is_name(word: &str, marks: &str) -> bool {
    !word.is_empty()
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || marks.contains(c))
}

#[test]
fn every_proof_that_a_paper_names_is_a_test() {
    let tests = tests();
    let proofs = all(|word| is_name(word, "_") && word.matches('_').count() >= 4 && !word.starts_with('_'));
    assert!(proofs.len() > 20, "the papers were not understood: {proofs:?}");
    let gone: Vec<_> = proofs.iter().filter(|(_, name)| !tests.contains_key(name)).collect();
    assert!(gone.is_empty(), "no test of this name: {gone:#?}");
}

#[test]
fn every_entry_that_a_paper_looks_for_is_written() {
    let sources: String = files_ending(&[".rs"])
        .iter()
        .filter(|path| path.starts_with("crates/vigie-app/src/"))
        .map(|path| read(path))
        .collect();
    // Entries are named `thing.happened`.
    let entries = all(|word| {
        let parts = word.split_once('.');
        parts.is_some_and(|(thing, act)| is_name(thing, "_") && is_name(act, "_") && act.ends_with("ed"))
    });
    assert!(entries.len() >= 4, "the papers were not understood: {entries:?}");
    let gone: Vec<_> =
        entries.iter().filter(|(_, entry)| !sources.contains(&format!("\"{entry}\""))).collect();
    assert!(gone.is_empty(), "no such entry of the ledger: {gone:#?}");
}

#[test]
fn every_command_that_a_paper_tells_to_type_is_one() {
    let line = read("crates/vigie/src/cli.rs");
    let typed = all(|word| word.starts_with("vigie ") || word.starts_with("cargo xtask "));
    assert!(typed.len() > 5, "the papers were not understood: {typed:?}");
    let xtask = read("xtask/src/main.rs");
    let is_one = |words: &str| {
        let mut words = words.split_whitespace();
        match (words.next(), words.next()) {
            (Some("vigie"), Some(command)) => line.to_lowercase().contains(&format!("    {command}(")),
            (Some("cargo"), Some(_)) => {
                words.next().is_some_and(|name| xtask.contains(&format!("name: \"{name}\"")))
            }
            _ => false,
        }
    };
    let gone: Vec<_> = typed.iter().filter(|(_, words)| !is_one(words)).collect();
    assert!(gone.is_empty(), "no such command: {gone:#?}");
}

#[test]
fn what_was_not_confirmed_stays_marked() {
    let bases = read("docs/papers/detection-bases.md");
    let law = bases.split("## Private surfaces").nth(1).expect("the state of the law is told");
    let rows: Vec<_> = law.lines().filter(|line| line.starts_with("| ") && line.contains(" 20")).collect();
    assert!(rows.len() >= 4, "the dates of the law were not found: {rows:#?}");
    assert!(rows.iter().all(|row| row.contains("(verify)")), "a date of the law without its mark: {rows:#?}");
}
