//! The classes of acts that may be counted in public: a list that people agree to, held to what the ledger has.

use crate::repository::{files_ending, read};

const LIST: &str = "crates/vigie-app/src/ledger/public_actions.txt";

#[test]
fn every_public_class_of_acts_is_written_by_a_use_case() {
    let use_cases: String = files_ending(&[".rs"])
        .iter()
        .filter(|path| path.starts_with("crates/vigie-app/src") && !path.ends_with("figures.rs"))
        .map(|path| read(path))
        .collect();
    let list = read(LIST);
    let listed: Vec<_> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(listed.len() > 5, "the list was not understood: {listed:?}");
    let unknown: Vec<_> =
        listed.iter().filter(|action| !use_cases.contains(&format!("\"{action}\""))).collect();
    assert!(unknown.is_empty(), "the ledger has no such classes: {unknown:?}");
}
