//! Known weaknesses of dependencies: the one check that needs a database which changes without us, and that may be skipped
//! where the database cannot be fetched.
//!
//! An exception stands in `.cargo/audit.toml`, with the last day on which it holds and the reason, as
//! `"RUSTSEC-2026-0001", # until 2026-12-24: why`. When the day is over the check fails.

use std::process::Stdio;
use std::time::{Duration, Instant};
use std::{fmt, thread};

use anyhow::{Context, ensure};

use crate::tools::Tools;
use crate::{environment, step};

const DATABASE: &str = "https://github.com/RustSec/advisory-db.git";

/// How long the database may take to answer. Behind a wall that swallows packets nobody answers at all.
const PATIENCE: Duration = Duration::from_secs(20);

/// The check was not made, and why.
#[derive(Debug)]
pub(crate) struct Skipped(&'static str);

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Skipped {}

/// Looks every package of `Cargo.lock` up.
///
/// # Errors
/// A weakness is known, an exception is over, or ([`Skipped`]) the database cannot be fetched.
pub(crate) fn check(tools: &mut Tools) -> anyhow::Result<()> {
    let exceptions = std::fs::read_to_string(environment::workspace_root().join(".cargo/audit.toml"))
        .context("cannot read .cargo/audit.toml")?;
    let today = step::output(&mut step::command("date", ["-u", "+%F"]))?;
    let over = over(&exceptions, &today);
    ensure!(over.is_empty(), "exceptions in .cargo/audit.toml without a day, or whose day is over: {over:?}");
    if !can_be_fetched() {
        return Err(Skipped("the database of advisories cannot be fetched from here").into());
    }
    tools.audit()?;
    step::run("cargo audit", &mut step::cargo(["audit"]))
}

/// The exceptions that hold no longer.
fn over(exceptions: &str, today: &str) -> Vec<String> {
    let lines = exceptions.lines().filter(|line| line.trim_start().starts_with("\"RUSTSEC-"));
    let holds = |line: &str| {
        let day = line.split_once("# until ").and_then(|(_, rest)| rest.split_once(": "));
        day.is_some_and(|(day, why)| day.len() == today.len() && day >= today && !why.trim().is_empty())
    };
    lines.filter(|line| !holds(line)).map(|line| line.trim().to_owned()).collect()
}

fn can_be_fetched() -> bool {
    let mut ask = step::command("git", ["ls-remote", "--exit-code", DATABASE, "HEAD"]);
    let ask =
        ask.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut asking) = ask.spawn() else { return false };
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        match asking.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => thread::sleep(Duration::from_millis(100)),
            Err(_) => break,
        }
    }
    let _ended = asking.kill();
    let _reaped = asking.wait();
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exception_of_ours_has_a_day_and_a_reason() {
        let ours = include_str!("../../.cargo/audit.toml");
        assert!(over(ours, "2026-01-01").is_empty(), "{ours}");
    }

    #[test]
    fn an_exception_has_a_day_and_a_reason_and_ends() {
        let exceptions = "[advisories]\nignore = [\n  \"RUSTSEC-2026-0001\", # until 2026-12-24: verifying only\n  \
                          \"RUSTSEC-2026-0002\", # until 2026-12-01: no release yet\n  \"RUSTSEC-2026-0003\",\n  \
                          \"RUSTSEC-2026-0004\", # until 2026-12-24: \n]\n";
        let over = over(exceptions, "2026-12-24");
        let numbers: Vec<_> = over.iter().map(|line| &line[1..18]).collect();
        assert_eq!(numbers, ["RUSTSEC-2026-0002", "RUSTSEC-2026-0003", "RUSTSEC-2026-0004"]);
    }
}
