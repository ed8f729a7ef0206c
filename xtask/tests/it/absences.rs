//! What ARCHITECTURE.md promises to be absent is absent.

use std::collections::BTreeSet;

use crate::repository::{block, files_ending, has_word, members, read};

/// What brings the surroundings in: environment, sockets, other programs, the time. `std::net` also holds addresses, which
/// are values like others.
const SURROUNDINGS: &[&str] = &[
    "std::env",
    "std::process",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "ToSocketAddrs",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
];

#[test]
fn dependencies_stay_where_they_belong() {
    let mut strays = Vec::new();
    for line in block("only") {
        let (dependency, homes) = line.split_once(':').expect("a line is `DEPENDENCY: CRATE CRATE`");
        let homes: BTreeSet<&str> = homes.split_whitespace().collect();
        let users = members().iter().filter(|member| {
            member.dependencies.iter().any(|known| known.name == dependency.trim())
                && !homes.contains(member.name.as_str())
        });
        strays.extend(users.map(|member| format!("{} uses {}", member.name, dependency.trim())));
    }
    assert!(strays.is_empty(), "against the block `only` of ARCHITECTURE.md: {strays:#?}");
}

#[test]
fn pure_crates_know_nothing_of_their_surroundings() {
    let lines = block("pure");
    let pure: BTreeSet<&str> = lines.iter().flat_map(|line| line.split_whitespace()).collect();
    let mut finds = Vec::new();
    for member in members().iter().filter(|member| pure.contains(member.name.as_str())) {
        for (path, text) in member.sources() {
            if !path.contains("/src/") {
                continue; // tests, benches and examples live in the world
            }
            let code = without_comments(&text);
            let words = SURROUNDINGS.iter().filter(|word| has_word(&code, word));
            finds.extend(words.map(|word| format!("{path} mentions {word}")));
        }
    }
    assert!(finds.is_empty(), "against the block `pure` of ARCHITECTURE.md: {finds:#?}");
}

/// What makes markup or code of text, keeps things in the browser, or listens to other pages.
const IN_A_SCRIPT: &[&str] = &[
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "createContextualFragment",
    "eval(",
    "new Function",
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "document.cookie",
    "postMessage",
    "onmessage",
    "\"message\"",
    "__proto__",
];

#[test]
fn scripts_build_no_markup_and_keep_nothing() {
    let scripts: Vec<_> =
        files_ending(&[".js"]).into_iter().filter(|path| path.starts_with("crates/vigie-console/")).collect();
    assert!(!scripts.is_empty());
    let mut finds = Vec::new();
    for path in scripts {
        let text = read(&path);
        finds.extend(
            IN_A_SCRIPT.iter().filter(|word| text.contains(**word)).map(|word| format!("{path}: {word}")),
        );
    }
    assert!(finds.is_empty(), "text is set as text, and nothing is kept in a browser: {finds:#?}");
}

#[test]
fn templates_escape_everything_and_bring_nothing_from_elsewhere() {
    let templates: Vec<_> =
        files_ending(&[".html"]).into_iter().filter(|path| path.contains("/templates/")).collect();
    assert!(templates.len() > 20);
    let mut finds = Vec::new();
    for path in templates {
        let text: String = read(&path).split_whitespace().collect::<Vec<_>>().join(" ");
        let marks = [
            "|safe",
            "| safe",
            "|escape(",
            "| escape(",
            "<script>",
            "<style",
            " style=",
            " onclick=",
            "javascript:",
        ];
        let elsewhere = [" src=\"http", " href=\"http", "<iframe", "<object", "<embed"];
        let words = marks.into_iter().chain(elsewhere).filter(|word| text.contains(word));
        finds.extend(words.map(|word| format!("{path}: {word}")));
    }
    assert!(finds.is_empty(), "{finds:#?}");
}

/// The text without whole-line comments, which may speak of what the code must not do.
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}
