//! What this process is told by its surroundings: the only place of `xtask` that reads them.

use std::path::{Path, PathBuf};

/// The root of the workspace: the folder above this crate.
pub(crate) fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the root of the workspace")
}

/// Whether this is continuous integration (`CI=true`), where a skipped test is a failed one.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

/// The cargo that called us, so that nested calls use the same toolchain.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

/// The first folder of `PATH` that holds a program of this name.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

/// Whether this process is root, and so may install packages (and may not run PostgreSQL as itself).
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether standard error is a terminal, where colours help.
pub(crate) fn on_a_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}
