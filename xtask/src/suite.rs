//! `cargo xtask test`: every test, with what it needs.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::postgres::Cluster;
use crate::tools::{Browser, Missing, Tools};
use crate::{environment, interrupt, step};

pub(crate) const HELP: &str = "\
every test: unit, integration on SQLite and PostgreSQL, documentation, browser journeys

Usage: cargo xtask test [--no-install] [FILTER…] [-- ARGUMENTS…]

It starts a PostgreSQL of its own in a temporary folder, drives a headless Chromium, and stops both at the end.
What is missing it brings: cargo-nextest through cargo, the packages of e2e/ through npm, schemathesis and Synapse through pip, and, as root on a machine
with apt-get, `postgresql`, `chromium`, `nodejs`, `golang-go`, `ffmpeg` and `strace`. What it may not bring it goes without, and
names the tests that were skipped for it before the summary. With CI=true a skip is a failure.

  --no-install   use what is here, install nothing
  FILTER         only tests whose name contains one of these words
  ARGUMENTS      handed to `cargo nextest run` as they are, for example `-- --no-capture`

Tests find what they need by these variables, which a plain `cargo nextest run` may set as well:
  VIGIE_TEST_POSTGRES       address of a PostgreSQL where tests make databases of their own
  VIGIE_TEST_CHROMIUM       path of a Chromium
  VIGIE_TEST_SCHEMATHESIS   path of the program of schemathesis
  VIGIE_TEST_SYNAPSE        path of the program synapse_homeserver, with its others beside it";

/// The things tests may need from outside; what is absent is skipped by name.
struct Surroundings {
    postgres: Option<Cluster>,
    browser: Option<Browser>,
    schemathesis: Option<PathBuf>,
    synapse: Option<PathBuf>,
}

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let request = Request::read(arguments)?;
    interrupt::watch();
    let mut tools = Tools::new(!request.no_install);
    tools.nextest()?;
    let surroundings = prepare(&mut tools)?;

    let mut build = step::cargo(["nextest", "run", "--workspace", "--no-run"]);
    step::run("build the tests", &mut build)?;
    let mut doc_tests = step::cargo(["test", "--workspace", "--doc", "--quiet", "--"]);
    step::run("documentation tests", doc_tests.args(&request.filters))?;

    let mut nextest = step::cargo(["nextest", "run", "--workspace"]);
    nextest.args(&request.filters).args(&request.handed_on);
    surroundings.tell(&mut nextest);
    run_and_name_skips(nextest)
}

#[derive(Debug, Default)]
struct Request {
    no_install: bool,
    filters: Vec<String>,
    handed_on: Vec<String>,
}

impl Request {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let ours = crate::before_dashes(arguments);
        let handed_on = arguments.iter().skip(ours.len() + 1).cloned().collect();
        let mut request = Self { handed_on, ..Self::default() };
        for argument in ours {
            match argument.as_str() {
                "--no-install" => request.no_install = true,
                unknown if unknown.starts_with('-') => {
                    bail!("`{unknown}` is not an option of `cargo xtask test`; see --help")
                }
                filter => request.filters.push(filter.to_owned()),
            }
        }
        Ok(request)
    }
}

fn prepare(tools: &mut Tools) -> anyhow::Result<Surroundings> {
    let postgres = match or_go_without("tests on PostgreSQL", tools.postgres())? {
        Some(programs) => Some(step::timed("start a PostgreSQL for this run", || Cluster::start(&programs))?),
        None => None,
    };
    let browser = or_go_without("browser journeys", tools.browser())?;
    or_go_without("the independent verifier of the ledger", tools.go())?;
    or_go_without("tests of videos", tools.ffmpeg())?;
    or_go_without("power cuts", tools.strace())?;
    let schemathesis = or_go_without("tests of the API by its description", tools.schemathesis())?;
    let synapse = or_go_without("a real Synapse", tools.synapse())?;
    Ok(Surroundings { postgres, browser, schemathesis, synapse })
}

/// Without a thing we say what will be skipped; continuous integration does not go without anything.
pub(crate) fn or_go_without<T>(tests: &str, found: Result<T, Missing>) -> anyhow::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(missing) if environment::is_ci() => Err(missing).context(format!("{tests} cannot run")),
        Err(missing) => {
            eprintln!("skipping {tests}: {missing}");
            Ok(None)
        }
    }
}

impl Surroundings {
    fn tell(&self, tests: &mut Command) {
        // Whatever stands in the variables of the caller is not what this run prepared.
        tests.env_remove("VIGIE_TEST_POSTGRES").env_remove("VIGIE_TEST_CHROMIUM");
        if let Some(cluster) = &self.postgres {
            tests.env("VIGIE_TEST_POSTGRES", cluster.url());
        }
        tests.env_remove("VIGIE_TEST_SCHEMATHESIS");
        if let Some(schemathesis) = &self.schemathesis {
            tests.env("VIGIE_TEST_SCHEMATHESIS", schemathesis);
        }
        tests.env_remove("VIGIE_TEST_SYNAPSE");
        if let Some(synapse) = &self.synapse {
            tests.env("VIGIE_TEST_SYNAPSE", synapse);
        }
        if let Some(browser) = &self.browser {
            tests.env("VIGIE_TEST_CHROMIUM", &browser.chromium);
        }
    }
}

/// Runs the tests and, before the runner's own summary, names those that skipped themselves.
///
/// A skipping test prints `skipped: NAME: WHY`, which the runner does not show for a test that passed; it stands in
/// the report the runner writes at its end. So the summary is held back until that report is read: the last lines of
/// our output stay the runner's own.
fn run_and_name_skips(mut nextest: Command) -> anyhow::Result<()> {
    let report = report_file();
    if report.exists() {
        std::fs::remove_file(&report).context("cannot remove the report of an earlier run")?;
    }
    if environment::on_a_terminal() {
        nextest.env("CARGO_TERM_COLOR", "always");
    }
    let mut child = nextest.stderr(Stdio::piped()).spawn().context("cannot start cargo nextest")?;
    let output = child.stderr.take().context("cargo nextest has no output")?;
    let reader = std::thread::spawn(move || pass_on_until_summary(BufReader::new(output)));
    let status = interrupt::wait(&mut child).context("cannot wait for cargo nextest")?;
    let summary = reader.join().map_err(|_| anyhow::anyhow!("reading the output of cargo nextest failed"))?;

    for skip in skips_in(&std::fs::read_to_string(&report).unwrap_or_default()) {
        eprintln!("{skip}");
    }
    std::io::stderr().write_all(&summary)?;
    if !status.success() {
        bail!("tests failed ({status})");
    }
    Ok(())
}

/// Where `.config/nextest.toml` has the runner write its report.
fn report_file() -> PathBuf {
    environment::workspace_root().join("target/nextest/default/junit.xml")
}

/// Copies lines to standard error as they come, and returns the summary at the end instead.
fn pass_on_until_summary(mut lines: impl BufRead) -> Vec<u8> {
    let mut held: Vec<u8> = Vec::new();
    let mut in_summary = false;
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        let text = String::from_utf8_lossy(&line);
        // A rule of dashes opens the summary, but other parts too: it is held until the next line tells.
        let is_rule = text.trim_end().chars().all(|c| c == '─') && text.starts_with('─');
        in_summary = in_summary || (!held.is_empty() && text.contains("Summary"));
        if !in_summary && !held.is_empty() {
            pass_on(&std::mem::take(&mut held));
        }
        if in_summary || is_rule {
            held.extend_from_slice(&line);
        } else {
            pass_on(&line);
        }
        line.clear();
    }
    held
}

fn pass_on(bytes: &[u8]) {
    // Nobody may be reading any more, which is no reason to stop the tests.
    drop(std::io::stderr().write_all(bytes));
}

/// The lines `skipped: …` of a report, sorted, each once.
fn skips_in(report: &str) -> Vec<&str> {
    let mut skips: Vec<_> = report
        .lines()
        .filter_map(|line| line.find("skipped: ").map(|start| line[start..].trim_end()))
        .collect();
    skips.sort_unstable();
    skips.dedup();
    skips
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_held_back_and_nothing_else() {
        let output = "────\n Nextest run ID\n────\n     Summary [ 0.1s] 2 tests run\n        FAIL one\n";
        let summary = pass_on_until_summary(output.as_bytes());
        let summary = String::from_utf8(summary).unwrap();
        assert_eq!(summary, "────\n     Summary [ 0.1s] 2 tests run\n        FAIL one\n");
    }

    #[test]
    fn a_build_that_fails_before_any_test_has_no_summary() {
        assert_eq!(pass_on_until_summary("error: could not compile\n".as_bytes()), b"");
    }

    #[test]
    fn skips_are_named_once_and_sorted() {
        let report = "<system-out>\nskipped: b: no shared\ntest b ... ok\nskipped: a: no shared\nskipped: a: no shared\n";
        assert_eq!(skips_in(report), ["skipped: a: no shared", "skipped: b: no shared"]);
    }

    #[test]
    fn words_are_filters_and_what_follows_the_dashes_is_handed_on() {
        let words = ["--no-install", "ledger", "--", "--no-capture"].map(String::from);
        let request = Request::read(&words).unwrap();
        assert!(request.no_install);
        assert_eq!(request.filters, ["ledger"]);
        assert_eq!(request.handed_on, ["--no-capture"]);
        assert!(Request::read(&["--quick".to_owned()]).is_err());
    }
}
