//! What ARCHITECTURE.md promises to be absent is absent.

use std::collections::BTreeSet;

use crate::repository::{block, has_word, members};

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

/// The text without whole-line comments, which may speak of what the code must not do.
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}
