//! Requests of authorities: from the signed document to the sealed package, and the board of the desk with many open tasks.
//!
//! Ours alone: no open system does the same. On SQLite, and on a PostgreSQL of its own where its programs are here.

use std::fmt::Write as _;

use anyhow::Context;
use serde_json::Value;

use super::machine;
use super::request::Request;
use crate::postgres::Cluster;
use crate::tools::Tools;
use crate::{step, suite};

/// Seconds in which the package for one account is to be prepared, and milliseconds for a page of the board.
const PACKAGE_GOAL: f64 = 3.0;
const PAGE_GOAL: u32 = 200;

/// See the module.
///
/// # Errors
/// The example cannot be built or run, or what it measured did not do what it should.
pub(super) fn measure(request: &Request) -> anyhow::Result<String> {
    let sessions = request.number("--sessions", 100_000)?.max(1);
    let tasks = request.number("--tasks", 10_000)?.max(2);
    let build = ["build", "--release", "-p", "vigie", "--example", "request_cost"];
    step::run("build the desk", &mut step::cargo(build))?;
    let child = ["build", "--release", "-p", "vigie-media", "--bin", "vigie-decode-child"];
    step::run("build the decoding child", &mut step::cargo(child))?;
    let mut text = format!(
        "{}. A service and its messenger in one process, over loopback, every commit synced; one request at a time. The turn in \
         the middle of five.\n\n| from the signed request to the sealed package, {sessions} connections of one account | \
         milliseconds |\n|---|---|\n",
        machine::name()?
    );
    let told = example(&["package", &sessions.to_string()], None)?;
    stages(&mut text, &told)?;
    let board = example(&["board", &tasks.to_string()], None)?;
    let mut pages = String::new();
    listed(&mut pages, "SQLite", &board)?;
    let programs = suite::or_go_without("the same on PostgreSQL", Tools::new(true).postgres())?;
    if let Some(programs) = programs {
        let cluster = step::timed("start a PostgreSQL", || Cluster::start(&programs))?;
        let told = example(&["package", &sessions.to_string(), "postgres"], Some(&cluster.url()))?;
        writeln!(text, "| the same in whole, on PostgreSQL | {:.0} |", number(&told, "total_ms")?)?;
        let board = example(&["board", &tasks.to_string(), "postgres"], Some(&cluster.url()))?;
        listed(&mut pages, "PostgreSQL", &board)?;
    }
    write!(
        text,
        "\nA page of the board of the desk, as a browser gets it, of fifty: goal < {PAGE_GOAL} ms.\n\n\
         | {tasks} open tasks | in the middle, ms | the slowest, ms |\n|---|---|---|\n{pages}"
    )?;
    Ok(text)
}

fn stages(text: &mut String, told: &Value) -> anyhow::Result<()> {
    for stage in told["stages"].as_array().context("the measurement told no stages")? {
        let name = stage[0].as_str().context("a stage has no name")?;
        writeln!(text, "| {name} | {:.0} |", stage[1].as_f64().context("a stage has no time")?)?;
    }
    let number = |name| number(told, name);
    writeln!(text, "| **in whole**, goal < {PACKAGE_GOAL:.0} s | **{:.0}** |", number("total_ms")?)?;
    writeln!(text, "| the slowest of the five turns | {:.0} |", number("slowest_ms")?)?;
    writeln!(
        text,
        "| then: fetched by the authority / verified and opened | {:.0} / {:.0} |",
        number("fetch_ms")?,
        number("open_ms")?
    )?;
    writeln!(
        text,
        "| megabytes: the package / resident at most, before {:.0} | {:.1} / {:.0} |",
        number("resident_before_mb")?,
        number("package_bytes")? / 1e6,
        number("resident_peak_mb")?
    )?;
    Ok(())
}

fn listed(text: &mut String, database: &str, told: &Value) -> anyhow::Result<()> {
    for page in told["pages"].as_array().context("the measurement told no pages")? {
        let name = page[0].as_str().context("a page has no name")?;
        let time = |place: usize| page[place].as_f64().context("a page has no time");
        writeln!(text, "| {name}, {database} | {:.1} | {:.1} |", time(1)?, time(2)?)?;
    }
    Ok(())
}

fn number(told: &Value, name: &str) -> anyhow::Result<f64> {
    told[name].as_f64().with_context(|| format!("the measurement told no {name}"))
}

fn example(arguments: &[&str], postgres: Option<&str>) -> anyhow::Result<Value> {
    let fixed = ["run", "--quiet", "--release", "-p", "vigie", "--example", "request_cost", "--"];
    let mut run = step::cargo(fixed);
    run.args(arguments).env_remove("VIGIE_TEST_POSTGRES");
    if let Some(address) = postgres {
        run.env("VIGIE_TEST_POSTGRES", address);
    }
    let output = step::timed(&arguments.join(" "), || step::output(&mut run))?;
    let last = output.lines().last().context("the measurement said nothing")?;
    serde_json::from_str(last).context("the measurement did not end in a JSON object")
}
