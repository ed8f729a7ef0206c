//! Files: what they are for stands first, none frightens, none tells of the place where it was written.

use crate::repository::{files, files_ending, has_word, read, root};

/// From this length on a file must be in [`LONG`].
const LONGEST: usize = 500;

/// From this length on nothing helps but to divide the file.
const LONGEST_EVER: usize = 600;

/// Files that may be longer than [`LONGEST`] lines, each with the reason.
const LONG: &[(&str, &str)] = &[];

#[test]
fn every_rust_file_says_what_it_is() {
    let silent: Vec<String> =
        files_ending(&[".rs"]).into_iter().filter(|path| !read(path).starts_with("//! ")).collect();
    assert!(silent.is_empty(), "files that do not begin with `//!`: {silent:#?}");
}

#[test]
fn no_file_frightens() {
    let mut frightening = Vec::new();
    for path in files_ending(&[".rs", ".mjs", ".js", ".css", ".sql", ".html"]) {
        let length = read(&path).lines().count();
        let is_excused = LONG.iter().any(|(known, _)| *known == path);
        if length > LONGEST_EVER || (length > LONGEST && !is_excused) {
            frightening.push(format!("{path} has {length} lines"));
        }
    }
    assert!(frightening.is_empty(), "files to divide: {frightening:#?}");
}

#[test]
fn exceptions_are_still_needed() {
    let idle: Vec<_> = LONG.iter().filter(|(path, _)| read(path).lines().count() <= LONGEST).collect();
    assert!(idle.is_empty(), "no longer long: {idle:?}");
}

#[test]
fn nothing_tells_of_the_place_where_it_was_written() {
    let mut finds = Vec::new();
    for path in files().into_iter().filter(|path| !path.ends_with("package-lock.json")) {
        // What is not UTF-8 is a picture or a test's medium.
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        for word in forbidden_words() {
            let is_there =
                if word.contains(['/', '.']) { text.contains(&word) } else { has_word(&text, &word) };
            if is_there {
                finds.push(format!("{path} contains {word}"));
            }
        }
    }
    assert!(finds.is_empty(), "machine paths, hosts of registries or names of a workplace: {finds:#?}");
}

/// Assembled from halves, so that this list does not find itself.
fn forbidden_words() -> Vec<String> {
    let machine_paths =
        [("/wo", "rk/"), ("/tm", "p/w/"), ("/tm", "p/hub"), ("/tm", "p/target"), ("/ro", "ot/")];
    let registries = [
        ("registry.", "npmjs"),
        ("index.", "crates.io"),
        ("static.", "crates.io"),
        ("pypi", ".org"),
        ("files.", "pythonhosted"),
        ("deb.", "debian"),
        ("security.", "debian"),
    ];
    let workplace = [("C", "EO"), ("Anth", "ropic"), ("Clau", "de"), ("sub", "agent"), ("issues", " show")];
    let all = machine_paths.into_iter().chain(registries).chain(workplace);
    all.map(|(head, tail)| format!("{head}{tail}")).collect()
}
