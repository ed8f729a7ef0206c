//! Documents: links lead somewhere, and what a document or a folder promises is there.

use std::path::Path;

use crate::repository::{files_ending, has_word, read, root};

#[test]
fn links_between_files_lead_somewhere() {
    let mut broken = Vec::new();
    for document in files_ending(&[".md"]) {
        let folder = Path::new(&document).parent().unwrap_or(Path::new(""));
        for link in links(&read(&document)) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let target = if file.is_empty() { Path::new(&document).to_owned() } else { folder.join(file) };
            let has_anchor = || anchors(&read(&target.to_string_lossy())).iter().any(|known| known == anchor);
            if !root().join(&target).exists() || (!anchor.is_empty() && !has_anchor()) {
                broken.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
}

#[test]
fn every_journey_is_run_by_a_test() {
    let tests: String = files_ending(&[".rs"])
        .iter()
        .filter(|path| path.starts_with("crates/vigie/tests/"))
        .map(|path| read(path))
        .collect();
    let forgotten: Vec<String> = files_ending(&[".mjs"])
        .into_iter()
        .filter_map(|path| Some(path.strip_prefix("e2e/journeys/")?.strip_suffix(".mjs")?.to_owned()))
        .filter(|name| !has_word(&tests, name))
        .collect();
    assert!(forgotten.is_empty(), "journeys that no test in crates/vigie/tests runs: {forgotten:?}");
}

/// The targets of `[text](target)` and `![text](target)` outside code.
fn links(document: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut in_code = false;
    for line in document.lines() {
        in_code ^= line.trim_start().starts_with("```");
        if in_code {
            continue;
        }
        // What stands between backticks is code as well.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("_");
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        links.extend(
            targets.map(|(target, _)| target.split_whitespace().next().unwrap_or_default().to_owned()),
        );
    }
    links
}

/// The anchors that headings give, in the way forges make them.
fn anchors(document: &str) -> Vec<String> {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let text = line.trim_start_matches('#').trim().to_lowercase();
            let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn the_link_reader_sees_links_and_no_code() {
    let document =
        "# A b's\nsee [one](a.md#x) and ![two](b.png \"title\"), not `[x](c.md)`\n```\n[y](d.md)\n```\n";
    assert_eq!(links(document), ["a.md#x", "b.png"]);
    assert_eq!(anchors(document), ["a-bs"]);
}
