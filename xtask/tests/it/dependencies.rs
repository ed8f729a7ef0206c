//! Dependencies: each with its reason, said once, and used.

use crate::repository::{files_ending, has_word, members, read};

/// Packages whose library is called otherwise than the package.
const OTHER_NAMES: &[(&str, &str)] = &[("md-5", "md5")];

/// Dependencies that no source names, because what counts is that they are linked or which features they switch on.
/// A line is crate, dependency, reason.
const UNNAMED: &[(&str, &str, &str)] = &[
    ("vigie-testkit", "fail", "it sets the feature by which named points are compiled into what is tested"),
    ("vigie", "sha2", "the bodies of the fuzz targets, which its tests compile too, name it"),
];

#[test]
fn every_dependency_of_the_workspace_says_why() {
    let silent: Vec<String> = section(&read("Cargo.toml"), "[workspace.dependencies]")
        .into_iter()
        .filter(|line| !line.contains("path = \"crates/"))
        .filter(|line| line.split_once(" # ").is_none_or(|(_, reason)| reason.split_whitespace().count() < 3))
        .collect();
    assert!(silent.is_empty(), "these lines of Cargo.toml have no `# reason` of three words: {silent:#?}");
}

#[test]
fn crates_take_their_dependencies_from_the_workspace() {
    let mut strays = Vec::new();
    // `fuzz/` is a workspace of its own, built by another toolchain.
    for path in files_ending(&["/Cargo.toml"]).into_iter().filter(|path| path != "fuzz/Cargo.toml") {
        let text = read(&path);
        if !text.contains("\n[lints]\nworkspace = true\n") {
            strays.push(format!("{path} does not take the workspace's lints"));
        }
        for heading in ["[dependencies]", "[dev-dependencies]", "[build-dependencies]"] {
            let own = section(&text, heading).into_iter().filter(|line| !line.contains("workspace = true"));
            strays.extend(own.map(|line| format!("{path}: {line}")));
        }
    }
    assert!(strays.is_empty(), "{strays:#?}");
}

#[test]
fn every_dependency_is_used() {
    let mut unused = Vec::new();
    for member in members() {
        let sources = member.sources();
        for dependency in &member.dependencies {
            let other_name = OTHER_NAMES.iter().find(|(package, _)| *package == dependency.name);
            let identifier = other_name.map_or(dependency.identifier.as_str(), |(_, library)| library);
            let is_used = sources.iter().any(|(_, text)| has_word(text, identifier));
            let is_excused = UNNAMED
                .iter()
                .any(|(crate_name, name, _)| *crate_name == member.name && *name == dependency.name);
            if !is_used && !is_excused {
                unused.push(format!("{} -> {}", member.name, dependency.name));
            }
        }
    }
    assert!(unused.is_empty(), "dependencies that no source names: {unused:#?}");
}

#[test]
fn the_lock_file_of_the_journeys_names_no_address() {
    let resolved = read("e2e/package-lock.json").lines().filter(|line| line.contains("\"resolved\"")).count();
    assert_eq!(resolved, 0, "run npm inside e2e/, where .npmrc leaves the addresses out");
}

/// The lines under a heading, without blank lines and comments.
fn section(text: &str, heading: &str) -> Vec<String> {
    let inside = text.lines().skip_while(|line| line.trim() != heading).skip(1);
    inside
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}
