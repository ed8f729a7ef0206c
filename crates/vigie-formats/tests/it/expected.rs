//! Texts as they were when somebody last read them. `UPDATE_EXPECT=1` makes them anew; the difference is then read.

use std::path::Path;

/// Compares with the file of that name in `expected/`.
pub(crate) fn check(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/expected").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{name}: UPDATE_EXPECT=1 makes it anew");
}
