//! `cargo xtask soak`: the test that kills the service, for much longer than continuous integration can wait.

use anyhow::bail;

use crate::postgres::Cluster;
use crate::tools::Tools;
use crate::{interrupt, step, suite};

/// As often as a release asks for, on each database.
const RUNS: &str = "1000";

pub(crate) const HELP: &str = "\
the service killed a thousand times on each database: nothing lost, nothing done twice

Usage: cargo xtask soak [--no-install] [RUNS]

It runs `crates/vigie/tests/it/kill.rs` with as many kills as are asked for, 1000 by default, on SQLite and on a
PostgreSQL of its own. Without PostgreSQL it says so and kills on SQLite alone; with CI=true it fails. Each call kills
at other moments; the seed is printed, and VIGIE_KILL_SEED gives the same moments again.";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let request = Request::read(arguments)?;
    interrupt::watch();
    let mut tools = Tools::new(!request.no_install);
    tools.nextest()?;
    let postgres = match suite::or_go_without("kills on PostgreSQL", tools.postgres())? {
        Some(programs) => Some(step::timed("start a PostgreSQL for this run", || Cluster::start(&programs))?),
        None => None,
    };
    let mut kills = step::cargo(["nextest", "run", "-p", "vigie", "--no-capture", "-E", "test(/^kill::/)"]);
    kills.env("VIGIE_KILL_RUNS", &request.runs).env_remove("VIGIE_TEST_POSTGRES");
    if std::env::var_os("VIGIE_KILL_SEED").is_none() {
        // Any number that is another one next time.
        kills.env("VIGIE_KILL_SEED", std::process::id().to_string());
    }
    if let Some(cluster) = &postgres {
        kills.env("VIGIE_TEST_POSTGRES", cluster.url());
    }
    step::run(&format!("kill the service {} times on each database", request.runs), &mut kills)
}

#[derive(Debug)]
struct Request {
    no_install: bool,
    runs: String,
}

impl Request {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let mut request = Self { no_install: false, runs: RUNS.to_owned() };
        for argument in arguments {
            match argument.as_str() {
                "--no-install" => request.no_install = true,
                runs if runs.parse::<u32>().is_ok_and(|runs| runs > 0) => request.runs = runs.to_owned(),
                unknown => bail!("`{unknown}` is neither a number of runs nor `--no-install`; see --help"),
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
        assert!(request.no_install && request.runs == "50");
        assert!(read(&["0"]).is_err() && read(&["--quick"]).is_err());
    }
}
