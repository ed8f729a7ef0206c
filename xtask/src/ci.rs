//! `cargo xtask ci`: what `.ci/run` calls.

use anyhow::bail;

use crate::{demo, interrupt, lint, step, suite};

pub(crate) const HELP: &str = "\
what continuous integration runs: lint, the demo, then test

Usage: cargo xtask ci

The tests come last, so that the output closes on the test runner's own summary.";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    if let Some(unknown) = arguments.first() {
        bail!("`cargo xtask ci` takes no arguments, and was given `{unknown}`");
    }
    interrupt::watch();
    step::timed("lint", || lint::run(&[]))?;
    step::timed("demo", demo::check)?;
    suite::run(&[])
}
