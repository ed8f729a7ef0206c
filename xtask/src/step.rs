//! Running the commands a task is made of, each announced by name and timed.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::{environment, interrupt};

/// Cargo, in the root of the workspace.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    command(environment::cargo(), arguments)
}

/// Any program, in the root of the workspace.
pub(crate) fn command<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = S>,
) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(environment::workspace_root());
    command
}

/// Runs one step: its name before, its time after, an error when it did not end well.
///
/// # Errors
/// When the command could not be started, failed, or somebody interrupted the run.
pub(crate) fn run(name: &str, command: &mut Command) -> anyhow::Result<()> {
    timed(name, || {
        let mut child = command.spawn().with_context(|| format!("cannot start {command:?}"))?;
        let status = interrupt::wait(&mut child).with_context(|| format!("cannot wait for {command:?}"))?;
        if interrupt::asked_to_stop() {
            bail!("interrupted");
        }
        if !status.success() {
            bail!("{name} failed ({status})");
        }
        Ok(())
    })
}

/// Runs a piece of work under a name, and says how long it took.
pub(crate) fn timed<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    eprintln!("── {name}");
    let start = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "done" } else { "FAILED" };
    eprintln!("── {name}: {outcome} in {:.1} s", start.elapsed().as_secs_f32());
    result
}

/// What a command prints on standard output, without its last newline.
///
/// # Errors
/// When the command could not be started or failed.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Where cargo builds.
///
/// # Errors
/// When cargo does not tell.
pub(crate) fn target_directory() -> anyhow::Result<PathBuf> {
    let metadata = output(&mut cargo(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&metadata).context("cargo metadata is not JSON")?;
    let folder = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(folder))
}
