//! Browser journeys from Rust: each is a file `e2e/journeys/NAME.mjs`, run by Node.js in a headless Chromium.
//!
//! What it is: the bridge, and the rule for skipping. What it is not: it knows no screen. `cargo xtask test` brings
//! Chromium, Node.js and the packages of `e2e/`, and says by `VIGIE_TEST_CHROMIUM` that they are there.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether journeys can run here. If not, says so by the test's name, which is a failure in continuous integration.
pub(crate) fn is_here(test: &str) -> bool {
    let is_here = std::env::var_os("VIGIE_TEST_CHROMIUM").is_some();
    if !is_here {
        println!("skipped: {test}: VIGIE_TEST_CHROMIUM does not name a Chromium (cargo xtask test does)");
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{test} may not be skipped here");
    }
    is_here
}

/// Waits for something outside while the service of this very process goes on answering.
pub(crate) async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, waiting) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || drop(done.send(work())));
    waiting.await.expect("the work ends with an answer")
}

/// A journey against the service of this very process.
pub(crate) async fn journey_beside(name: &'static str, facts: serde_json::Value) -> Result<(), String> {
    beside(move || journey(name, &facts)).await
}

/// Runs `e2e/journeys/{name}.mjs` against what `demo` describes: the JSON that `vigie demo --format json` prints.
///
/// # Errors
/// What the journey or the browser complained about, and where the photographs of the pages are.
pub(crate) fn journey(name: &str, demo: &serde_json::Value) -> Result<(), String> {
    let pictures = pictures_of(name);
    let mut child = Command::new("node")
        .args(["run.mjs", name])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e"))
        .env("VIGIE_TEST_PICTURES", &pictures)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start Node.js: {error}"))?;
    let mut input = child.stdin.take().expect("standard input was asked for");
    input
        .write_all(demo.to_string().as_bytes())
        .map_err(|error| format!("Node.js does not listen: {error}"))?;
    drop(input);
    let output =
        child.wait_with_output().map_err(|error| format!("Node.js cannot be waited for: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("{complaint}\nphotographs of the pages: {}", pictures.display()))
}

/// Where a journey's photographs go: under the target folder, which nobody commits.
fn pictures_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("journeys").join(name)
}
