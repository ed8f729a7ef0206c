//! The decoding child of a service that runs inside a test program, which cannot be one itself.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// The name of the small program that `vigie-media` builds for tests.
const CHILD: &str = "vigie-decode-child";

/// The program that decodes, with its arguments. A run of all tests has built it; a run of few builds it here.
#[must_use]
pub fn decoder() -> (PathBuf, Vec<OsString>) {
    let test = std::env::current_exe().expect("a test program knows where it lies");
    // Test programs lie in `deps`, programs beside that folder.
    let folder =
        test.parent().and_then(|deps| deps.parent()).expect("test programs lie in a folder of cargo's");
    let child = folder.join(CHILD);
    if !child.is_file() {
        build();
    }
    assert!(child.is_file(), "{CHILD} is not beside the test programs: cargo build -p vigie-media --bins");
    (child, Vec::new())
}

fn build() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "-p", "vigie-media", "--bin", CHILD])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .status();
    assert!(built.is_ok_and(|status| status.success()), "{CHILD} cannot be built");
}
