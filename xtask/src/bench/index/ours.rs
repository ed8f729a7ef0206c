//! Our side: the examples that anybody can run.

use std::path::Path;
use std::process::Command;

use anyhow::Context;
use serde_json::Value;

use super::RADIUS;
use crate::step;

/// What our index did.
#[derive(Clone, Copy)]
pub(super) struct Ours {
    /// Questions a second, one by one.
    pub(super) single: f64,
    /// Questions a second in batches of 1,000.
    pub(super) batch: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    pub(super) build_seconds: f64,
    pub(super) bytes_per_entry: f64,
}

impl Ours {
    /// Builds an index of a bank and asks it, one by one and in batches.
    ///
    /// # Errors
    /// The search fails.
    pub(super) fn search(bank: &Path, questions: &Path, matches: Option<&Path>) -> anyhow::Result<Self> {
        let mut figures = [Value::Null, Value::Null];
        for (batch, figures) in ["1", "1000"].into_iter().zip(&mut figures) {
            let mut command = example("radius_search")?;
            command.arg("--bank").arg(bank).arg("--queries").arg(questions);
            command.args(["--radius", &RADIUS.to_string(), "--threads", "1", "--batch", batch]);
            if let Some(matches) = matches {
                command.arg("--out").arg(matches);
            }
            *figures = last_line(command.args(["--format", "json"]))?;
        }
        let [single, batch] = figures;
        Ok(Self {
            single: figure(&single, "queries_per_second")?,
            batch: figure(&batch, "queries_per_second")?,
            p50_us: figure(&single, "p50_us")?.min(figure(&batch, "p50_us")?),
            p99_us: figure(&single, "p99_us")?.min(figure(&batch, "p99_us")?),
            build_seconds: figure(&single, "build_seconds")?.min(figure(&batch, "build_seconds")?),
            bytes_per_entry: figure(&single, "bytes_per_entry")?,
        })
    }

    /// Keeps of each figure the better: what disturbed one round need not disturb the other.
    pub(super) fn keep_best(&mut self, other: &Self) {
        self.single = self.single.max(other.single);
        self.batch = self.batch.max(other.batch);
        self.p50_us = self.p50_us.min(other.p50_us);
        self.p99_us = self.p99_us.min(other.p99_us);
        self.build_seconds = self.build_seconds.min(other.build_seconds);
    }
}

/// What a bank of digests did.
pub(super) struct Digests {
    pub(super) entries: u64,
    /// Lookups a second in batches of 1,000, by the name of the kind.
    pub(super) kinds: Vec<(&'static str, f64, f64)>,
}

/// Looks digests up among so many, each kind by itself.
///
/// # Errors
/// The lookup fails.
pub(super) fn digests(entries: u64) -> anyhow::Result<Digests> {
    let mut kinds = Vec::new();
    for kind in ["md5", "sha1", "sha256"] {
        let mut command = example("digest_lookup")?;
        command.args(["--kind", kind, "--entries", &entries.to_string(), "--batch", "1000"]);
        let figures = step::timed(&format!("{kind} among {entries}"), || last_line(&mut command))?;
        kinds.push((kind, figure(&figures, "lookups_per_second")?, figure(&figures, "bytes_per_entry")?));
    }
    Ok(Digests { entries, kinds })
}

fn example(name: &str) -> anyhow::Result<Command> {
    Ok(step::command(step::target_directory()?.join("release/examples").join(name), [] as [&str; 0]))
}

fn last_line(command: &mut Command) -> anyhow::Result<Value> {
    let printed = step::output(command)?;
    serde_json::from_str(printed.lines().last().unwrap_or_default()).context("the search printed no JSON")
}

fn figure(figures: &Value, name: &str) -> anyhow::Result<f64> {
    figures[name].as_f64().with_context(|| format!("the search printed no {name}"))
}
