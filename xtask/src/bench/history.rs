//! History: a month of past uploads looked through by the entries that a bank has learnt.
//!
//! Ours alone: what services use now keeps no past uploads. The example hides copies and fails when one is not found.

use anyhow::Context;
use serde_json::Value;

use super::machine;
use super::request::Request;
use crate::step;

/// Seconds in which ten million rows are to be looked through for a thousand entries.
const GOAL: f64 = 5.0;

/// See the module.
///
/// # Errors
/// The example cannot be built or run, or did not find what was hidden.
pub(super) fn measure(request: &Request) -> anyhow::Result<String> {
    let rows = request.number("--rows", 10_000_000)?;
    let build = ["build", "--release", "-p", "vigie-match", "--example", "sweep_history"];
    step::run("build the sweep", &mut step::cargo(build))?;
    let mut lines = String::new();
    for entries in request.numbers("--entries", &[1_000, 10_000])? {
        let told = sweep(request, rows, entries)?;
        lines.push_str(&line(rows, entries, &told)?);
    }
    Ok(format!(
        "Compact forms of a month of history, in 720 hours, read from disk (or from the cache of the system, where they \
         were just written), checked and compared with every entry within 31 bits, by one thread; every hidden copy was \
         found. {}\n\n| past uploads | entries | seconds | goal | bytes a row |\n|---|---|---|---|---|\n{lines}",
        machine::name()?
    ))
}

fn sweep(request: &Request, rows: u64, entries: u64) -> anyhow::Result<Value> {
    let mut run =
        step::cargo(["run", "--quiet", "--release", "-p", "vigie-match", "--example", "sweep_history", "--"]);
    run.arg(request.folder).args(["--rows", &rows.to_string(), "--entries", &entries.to_string()]);
    let output = step::output(&mut run)?;
    let last = output.lines().last().context("the sweep said nothing")?;
    serde_json::from_str(last).context("the sweep did not end in a JSON object")
}

fn line(rows: u64, entries: u64, told: &Value) -> anyhow::Result<String> {
    let number = |name: &str| told[name].as_f64().with_context(|| format!("the sweep told no {name}"));
    let goal =
        if rows == 10_000_000 && entries == 1_000 { format!("≤ {GOAL:.0}") } else { "–".to_owned() };
    Ok(format!(
        "| {rows} | {entries} | {:.1} | {goal} | {:.0} |\n",
        number("seconds")?,
        number("bytes_per_row")?
    ))
}
