//! `cargo xtask bench`: how fast it is, as ratios measured in one run, written to `docs/performance.md`.
//!
//! What it is: the service as an operator builds it, a million known hashes, a load over loopback, and beside it one
//! worker that does what the reference service does for each picture. What it is not: a test; a slow machine fails
//! nothing.
//!
//! To add a figure: a row in [`Report`], measured in `service.rs` or a module beside it.

mod http;
mod rival;
mod service;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;

use crate::{environment, interrupt, step};

pub(crate) const HELP: &str = "\
how fast the service is, beside what the reference does, written to docs/performance.md

Usage: cargo xtask bench [--known N] [--seconds N]

It builds the release, gives the service a bank of known hashes, and loads it over loopback: pictures without a hit as
fast as answers come, then at half that pace, then signals only. Beside it, one Python worker decodes and hashes the
same pictures with the library that the reference service uses (from PyPI, in an environment of its own).

  --known N    how many known hashes; 1000000
  --seconds N  how long each load lasts; 15";

/// What is asked for.
struct Request {
    known: u64,
    seconds: u64,
}

/// What was measured.
struct Report {
    request: Request,
    media: service::Answers,
    half: service::Answers,
    signals: service::Answers,
    start_seconds: f64,
    resident_megabytes: u64,
    rival_per_second: f64,
}

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let request = Request {
        known: number(arguments, "--known", 1_000_000)?,
        seconds: number(arguments, "--seconds", 15)?,
    };
    interrupt::watch();
    step::run(
        "build the release",
        &mut step::cargo(["build", "--release", "-p", "vigie", "--bin", "vigie", "--example", "load"]),
    )?;
    let folder = tempfile::Builder::new().prefix("vigie-bench-").tempdir()?;
    let report = measure(request, folder.path())?;
    let page = environment::workspace_root().join("docs/performance.md");
    let text = std::fs::read_to_string(&page).unwrap_or_default();
    std::fs::write(&page, with_section(&text, &report.section()?))
        .context("cannot write docs/performance.md")?;
    eprintln!("{}", report.section()?);
    Ok(())
}

fn measure(request: Request, folder: &Path) -> anyhow::Result<Report> {
    let mut service = service::Service::prepare(folder, request.known)?;
    let start_seconds = step::timed("start with the bank", || service.restart())?;
    let resident_megabytes = service.resident_megabytes()?;
    let media = step::timed("pictures without a hit", || service.load(request.seconds, None, false))?;
    let half = media.per_second / 2.0;
    let half =
        step::timed("pictures at half that pace", || service.load(request.seconds, Some(half), false))?;
    let signals = step::timed("signals only", || service.load(request.seconds, Some(500.0), true))?;
    drop(service);
    let rival_per_second =
        step::timed("the worker of the reference", || rival::run(folder, request.seconds))?;
    Ok(Report { request, media, half, signals, start_seconds, resident_megabytes, rival_per_second })
}

impl Report {
    fn section(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        writeln!(
            text,
            "{BEGIN}\n\n{} known hashes, SQLite, the load generator on the same machine ({} cores).\n\n\
             | figure | measured | goal |\n|---|---|---|",
            self.request.known,
            std::thread::available_parallelism()?
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
        row("resident memory of the service", format!("{} MB", self.resident_megabytes), "< 400 MB")?;
        writeln!(text, "\n{END}")?;
        Ok(text)
    }
}

const BEGIN: &str = "<!-- service: written by cargo xtask bench -->";
const END: &str = "<!-- end of service -->";

/// The page with its section exchanged, or appended where it has none.
fn with_section(page: &str, section: &str) -> String {
    match (page.find(BEGIN), page.find(END)) {
        (Some(from), Some(to)) => {
            format!("{}{}{}", &page[..from], section.trim_end(), &page[to + END.len()..])
        }
        _ if page.is_empty() => format!("# Performance\n\n## The service\n\n{section}"),
        _ => format!("{}\n\n## The service\n\n{section}", page.trim_end()),
    }
}

fn number(arguments: &[String], name: &str, usual: u64) -> anyhow::Result<u64> {
    let Some(place) = arguments.iter().position(|word| word == name) else { return Ok(usual) };
    let text = arguments.get(place + 1).with_context(|| format!("{name} wants a number"))?;
    text.parse().with_context(|| format!("{name} wants a number, not `{text}`"))
}
