//! `cargo xtask soak`: the tests of crashes, for much longer than continuous integration can wait.

use std::process::Command;

use anyhow::bail;

use crate::postgres::Cluster;
use crate::tools::Tools;
use crate::{interrupt, step, suite};

/// As often as a release asks for, on each database.
const RUNS: u32 = 1000;

/// So many power cuts for one kill: ten thousand for a release.
const CUTS_A_RUN: u32 = 10;

/// So many inputs of hostile bytes for each parser, for one kill.
const BYTES_A_RUN: u32 = 50;

/// So many grants and records are generated for one kill: a million for a release.
const GRANTS_A_RUN: u32 = 1000;
/// Requests that are led anywhere for each kill.
const REQUESTS_A_RUN: u32 = 2;

/// For so many kills, one more request is made up for each operation of the API.
const RUNS_AN_EXAMPLE: u32 = 5;

pub(crate) const HELP: &str = "\
the service killed a thousand times on each database, the power cut ten thousand times: nothing lost

Usage: cargo xtask soak [--no-install] [RUNS]

It runs `crates/vigie/tests/it/kill.rs` with as many kills as are asked for, 1000 by default, on SQLite and on a
PostgreSQL of its own, and in proportion to it

  power.rs            ten power cuts for a kill, on SQLite
  fuzz.rs             fifty hostile inputs of each parser
  grants.rs           a thousand generated sets of records, at the gate and in the package; a quarter as many at the guard
                      of the house, a hundredth over the wire of a connector
  sequences.rs        two requests that are led anywhere
  schemathesis.rs     requests by the description of the API

Without PostgreSQL, strace or schemathesis it says so and does the rest; with CI=true it fails. Each call does it at other
moments; the seed is printed, and VIGIE_KILL_SEED, VIGIE_POWER_SEED, VIGIE_FUZZ_SEED or VIGIE_API_SEED gives the same again.";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let request = Request::read(arguments)?;
    interrupt::watch();
    let mut tools = Tools::new(!request.no_install);
    tools.nextest()?;
    let postgres = match suite::or_go_without("kills on PostgreSQL", tools.postgres())? {
        Some(programs) => Some(step::timed("start a PostgreSQL for this run", || Cluster::start(&programs))?),
        None => None,
    };
    suite::or_go_without("power cuts", tools.strace())?;
    let mut kills = crashes("test(/^kill::/)", "VIGIE_KILL_SEED");
    kills.env("VIGIE_KILL_RUNS", request.runs.to_string()).env_remove("VIGIE_TEST_POSTGRES");
    if let Some(cluster) = &postgres {
        kills.env("VIGIE_TEST_POSTGRES", cluster.url());
    }
    step::run(&format!("kill the service {} times on each database", request.runs), &mut kills)?;
    let cuts = request.runs.saturating_mul(CUTS_A_RUN).to_string();
    let mut power = crashes("test(/^power::/)", "VIGIE_POWER_SEED");
    step::run(&format!("cut the power {cuts} times"), power.env("VIGIE_POWER_POINTS", &cuts))?;
    let mut fuzz = crashes("test(/^fuzz::/)", "VIGIE_FUZZ_SEED");
    fuzz.env("VIGIE_FUZZ_RUNS", request.runs.saturating_mul(BYTES_A_RUN).to_string());
    step::run("feed hostile bytes", &mut fuzz)?;
    let cases = request.runs.saturating_mul(GRANTS_A_RUN).to_string();
    // At the gate and in the package, at the guard of the house, and over the wire of a connector.
    for (package, tests) in [
        ("vigie-seal", "test(/^grants::/)"),
        ("vigie-app", "test(what_passes_the_guard)"),
        ("vigie-connect", "test(what_comes_over_the_wire)"),
    ] {
        let mut grants = step::cargo(["nextest", "run", "-p", package, "--no-capture", "-E", tests]);
        grants.env("VIGIE_GRANT_CASES", &cases);
        step::run(&format!("hold grants against their model, in {package}"), &mut grants)?;
    }
    let mut requests = step::cargo([
        "nextest",
        "run",
        "-p",
        "vigie-app",
        "--no-capture",
        "-E",
        "test(what_has_to_hold) | test(silenced)",
    ]);
    requests.env("VIGIE_REQUEST_CASES", request.runs.saturating_mul(REQUESTS_A_RUN).to_string());
    step::run("lead requests anywhere", &mut requests)?;
    let Some(schemathesis) = suite::or_go_without("the API by its description", tools.schemathesis())? else {
        return Ok(());
    };
    let mut api = crashes("test(/^schemathesis::/)", "VIGIE_API_SEED");
    api.env("VIGIE_TEST_SCHEMATHESIS", schemathesis).env_remove("VIGIE_TEST_POSTGRES");
    if let Some(cluster) = &postgres {
        api.env("VIGIE_TEST_POSTGRES", cluster.url());
    }
    api.env("VIGIE_API_EXAMPLES", (request.runs / RUNS_AN_EXAMPLE).max(1).to_string());
    step::run("ask the API what its description allows", &mut api)
}

/// The tests of this filter. Where nobody names a seed, it is any number that is another one next time.
fn crashes(filter: &str, seed: &str) -> Command {
    let mut tests = step::cargo(["nextest", "run", "-p", "vigie", "--no-capture", "-E", filter]);
    if std::env::var_os(seed).is_none() {
        tests.env(seed, std::process::id().to_string());
    }
    tests
}

#[derive(Debug)]
struct Request {
    no_install: bool,
    runs: u32,
}

impl Request {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let mut request = Self { no_install: false, runs: RUNS };
        for argument in arguments {
            match argument.as_str() {
                "--no-install" => request.no_install = true,
                word => match word.parse() {
                    Ok(runs) if runs > 0 => request.runs = runs,
                    _ => bail!("`{word}` is neither a number of runs nor `--no-install`; see --help"),
                },
            }
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_runs_is_a_number() {
        let read = |words: &[&str]| Request::read(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read(&[]).unwrap().runs, RUNS);
        let request = read(&["50", "--no-install"]).unwrap();
        assert!(request.no_install && request.runs == 50);
        assert!(read(&["0"]).is_err() && read(&["--quick"]).is_err());
    }
}
