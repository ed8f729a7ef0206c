//! The ledger: what an append costs a submission, how far checkpoints lag, how fast a log is verified.
//!
//! Ours alone: the services that it would be compared with keep no such log. The independent verifier, where Go and the
//! shared reference material are at hand, is part of `cargo xtask test`.

use anyhow::Context;
use serde_json::Value;

use super::machine;
use super::request::Request;
use crate::step;

/// How many entries the log has that is verified.
const ENTRIES: &str = "1000000";

/// See the module.
///
/// # Errors
/// An example cannot be built or run.
pub(super) fn measure(request: &Request) -> anyhow::Result<String> {
    let submissions = request.number("--submissions", 300)?.max(1).to_string();
    let child = ["build", "--release", "-p", "vigie-media", "--bin", "vigie-decode-child"];
    step::run("build the decoding child", &mut step::cargo(child))?;
    let told = example("vigie", "ledger_cost", &submissions)?;
    let told: Value = serde_json::from_str(told.lines().last().unwrap_or_default())
        .context("the measurement did not end in a JSON object")?;
    let number = |name: &str| told[name].as_f64().with_context(|| format!("the measurement told no {name}"));
    let audit = example("vigie-seal", "audit_speed", ENTRIES)?;
    let verified = audit.lines().last().context("the audit said nothing")?;
    let seconds = verified.rsplit(' ').nth(1).context("the audit told no seconds")?;
    Ok(format!(
        "{}. SQLite, every commit synced; {submissions} known pictures of 512×512, one after the other over loopback. An \
         append is what a commit with a ledger entry takes longer than one without, in the middle; its share is of the \
         answer to a submission with a hit, in the middle. The lag counts from the answer until `/log/checkpoint` shows \
         the entry. The log that is verified lies in memory.\n\n\
         | figure | measured | goal |\n|---|---|---|\n\
         | commit with a ledger entry / without | {:.2} ms / {:.2} ms | |\n\
         | answer to a submission with a hit, in the middle | {:.1} ms | |\n\
         | share of the append in it | {:.1} % | < 10 % |\n\
         | lag of the checkpoint, in the middle / p99 | {:.2} s / {:.2} s | p99 < 2 s |\n\
         | verification of 1 M entries and every tile, one thread | {seconds} s | < 2 s |\n",
        machine::name()?,
        number("commit_with_entry_us")? / 1000.0,
        number("commit_without_us")? / 1000.0,
        number("hit_p50_us")? / 1000.0,
        number("append_share")? * 100.0,
        number("lag_p50_ms")? / 1000.0,
        number("lag_p99_ms")? / 1000.0,
    ))
}

fn example(package: &str, name: &str, argument: &str) -> anyhow::Result<String> {
    let run = ["run", "--quiet", "--release", "-p", package, "--example", name, "--", argument];
    step::timed(name, || step::output(&mut step::cargo(run)))
}
