//! The service as an operator builds it, a million known hashes, a load over loopback, and beside it one worker that
//! does what the reference service does for each picture.
//!
//! To add a figure: a row in [`Report`].

mod http;
mod process;
mod rival;

use std::fmt::Write as _;
use std::path::Path;

use super::machine;
use super::request::Request;
use crate::step;

/// What was measured.
struct Report {
    known: u64,
    media: process::Answers,
    half: process::Answers,
    signals: process::Answers,
    start_seconds: f64,
    rebuild_seconds: f64,
    resident_megabytes: u64,
    rival_per_second: f64,
}

/// See the module.
///
/// # Errors
/// The release does not build or run, or the rival cannot be set up.
pub(super) fn measure(request: &Request) -> anyhow::Result<String> {
    step::run(
        "build the release",
        &mut step::cargo(["build", "--release", "-p", "vigie", "--bin", "vigie", "--example", "load"]),
    )?;
    let known = request.number("--known", 1_000_000)?;
    let seconds = request.number("--seconds", 15)?;
    run(known, seconds, request.folder)?.section()
}

fn run(known: u64, seconds: u64, folder: &Path) -> anyhow::Result<Report> {
    let mut service = process::Service::prepare(folder, known)?;
    let rebuild_seconds = step::timed("start from the database", || service.restart_without_index())?;
    let start_seconds = step::timed("start with the saved index", || service.restart())?;
    let media = step::timed("pictures without a hit", || service.load(seconds, None, false))?;
    let half = media.per_second / 2.0;
    let half = step::timed("pictures at half that pace", || service.load(seconds, Some(half), false))?;
    let signals = step::timed("signals only", || service.load(seconds, Some(500.0), true))?;
    let resident_megabytes = service.resident_megabytes()?;
    drop(service);
    let rival_per_second = step::timed("the worker of the reference", || rival::run(folder, seconds))?;
    Ok(Report {
        known,
        media,
        half,
        signals,
        start_seconds,
        rebuild_seconds,
        resident_megabytes,
        rival_per_second,
    })
}

impl Report {
    fn section(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        writeln!(
            text,
            "{}. {} known hashes, SQLite, the load generator on the same machine.\n\n\
             | figure | measured | goal |\n|---|---|---|",
            machine::name()?,
            self.known
        )?;
        let mut row =
            |figure: &str, measured: String, goal: &str| writeln!(text, "| {figure} | {measured} | {goal} |");
        row(
            "512×512 JPEG without a hit, over HTTP",
            format!("{:.0} a second", self.media.per_second),
            "≥ 440 a second",
        )?;
        row(
            "the same, against one worker of the reference in this run",
            format!(
                "{:.1}× ({:.0} a second)",
                self.media.per_second / self.rival_per_second,
                self.rival_per_second
            ),
            "≥ 6×",
        )?;
        row("p99 at half that load", format!("{:.1} ms", self.half.p99_ms), "< 50 ms")?;
        row("signals only, p99 at 500 a second", format!("{:.2} ms", self.signals.p99_ms), "< 5 ms")?;
        row("start to ready", format!("{:.1} s", self.start_seconds), "< 5 s")?;
        row("the same without the saved index", format!("{:.1} s", self.rebuild_seconds), "< 5 s")?;
        row(
            "resident memory of the service, after the load",
            format!("{} MB", self.resident_megabytes),
            "< 400 MB",
        )?;
        Ok(text)
    }
}
