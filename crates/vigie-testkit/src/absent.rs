//! What a test may find absent, and how it then skips itself: by name, and never in continuous integration.

use std::path::PathBuf;

/// Says that a test cannot run here, and why.
///
/// # Panics
/// In continuous integration, where a skip is a failure.
pub fn skipped(test: &str, why: &str) {
    println!("skipped: {test}: {why}");
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{test} may not be skipped: {why}");
}

/// A folder of the shared reference data, such as `data/pdq`; none, after saying so, where it is absent.
#[must_use]
pub fn shared(test: &str, folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    skipped(test, "../shared is absent");
    None
}
