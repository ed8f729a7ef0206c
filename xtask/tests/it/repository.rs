//! Reading the repository: its files, its documents, what cargo says about its crates.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the root of the workspace")
}

/// The text of a file, by its path from the root.
pub(crate) fn read(path: &str) -> String {
    let text = std::fs::read_to_string(root().join(path));
    assert!(text.is_ok(), "cannot read {path}: {text:?}");
    text.unwrap_or_default()
}

/// Every file git knows or would add, by its path from the root, without those that are deleted.
pub(crate) fn files() -> Vec<String> {
    let listed = run("git", &["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    listed.split('\0').filter(|path| root().join(path).is_file()).map(str::to_owned).collect()
}

/// The files whose name ends so.
pub(crate) fn files_ending(endings: &[&str]) -> Vec<String> {
    files().into_iter().filter(|path| endings.iter().any(|ending| path.ends_with(ending))).collect()
}

/// A crate of the workspace, as cargo sees it.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a crate's dependencies.
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// What the source calls it.
    pub(crate) identifier: String,
    pub(crate) is_dev: bool,
}

impl Member {
    /// The Rust files of this crate with their text, by their path from the root.
    pub(crate) fn sources(&self) -> Vec<(String, String)> {
        let folder = self.folder.strip_prefix(root()).expect("members stand under the root");
        let folder = format!("{}/", folder.display());
        let sources = files_ending(&[".rs"]).into_iter().filter(|path| path.starts_with(&folder));
        sources.map(|path| (path.clone(), read(&path))).collect()
    }
}

/// The crates of the workspace.
pub(crate) fn members() -> &'static [Member] {
    static MEMBERS: LazyLock<Vec<Member>> = LazyLock::new(|| {
        let metadata = run(env!("CARGO"), &["metadata", "--no-deps", "--offline", "--format-version", "1"]);
        let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata prints JSON");
        array(&metadata["packages"]).iter().map(member).collect()
    });
    &MEMBERS
}

fn member(package: &Value) -> Member {
    let manifest = PathBuf::from(text(&package["manifest_path"]));
    Member {
        name: text(&package["name"]).to_owned(),
        folder: manifest.parent().expect("a manifest stands in a folder").to_owned(),
        dependencies: array(&package["dependencies"]).iter().map(dependency).collect(),
    }
}

fn dependency(value: &Value) -> Dependency {
    let name = text(&value["name"]).to_owned();
    let identifier = value["rename"].as_str().unwrap_or(&name).replace('-', "_");
    Dependency { name, identifier, is_dev: value["kind"] == "dev" }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("cargo metadata holds an array here")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("cargo metadata holds a text here")
}

/// The lines of the fenced block of this kind in ARCHITECTURE.md.
pub(crate) fn block(kind: &str) -> Vec<String> {
    let document = read("ARCHITECTURE.md");
    let opening = format!("```{kind}");
    let inside = document.lines().skip_while(|line| line.trim_end() != opening).skip(1);
    let lines: Vec<String> = inside.take_while(|line| !line.starts_with("```")).map(str::to_owned).collect();
    assert!(!lines.is_empty(), "ARCHITECTURE.md has no block ```{kind}");
    lines
}

/// Whether `word` stands in the text as a word of its own.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word).any(|(start, _)| {
        !is_part(text[..start].chars().next_back()) && !is_part(text[start + word.len()..].chars().next())
    })
}

/// What a program prints.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output();
    let output = output.expect("git and cargo are on this machine");
    assert!(output.status.success(), "{program} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("file names and JSON are UTF-8")
}
