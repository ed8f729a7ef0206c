//! A Python environment of the bench's own, for the rivals that live in PyPI. It goes with the folder of the run.

use std::path::{Path, PathBuf};

use crate::step;

/// The interpreter of the run's environment, with these packages in it.
///
/// # Errors
/// Python or a package cannot be had.
pub(super) fn with(folder: &Path, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let environment = folder.join("python");
    if !environment.exists() {
        step::run("make a Python environment", step::command("python3", ["-m", "venv"]).arg(&environment))?;
    }
    let mut install = step::command(environment.join("bin/pip"), ["install", "--quiet"]);
    step::run("install the rivals", install.args(packages))?;
    Ok(environment.join("bin/python"))
}
