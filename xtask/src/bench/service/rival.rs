//! What one worker of the reference service does for a picture: decode with Pillow, hash with `pdqhash`.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::bench::python;
use crate::step;

const WORKER: &str = include_str!("worker.py");

/// Pictures a second of one worker on one core, on pictures like those of the load.
///
/// # Errors
/// Python or its packages cannot be had.
pub(super) fn run(folder: &Path, seconds: u64) -> anyhow::Result<f64> {
    let pictures = folder.join("pictures");
    let load = super::process::release("examples/load")?;
    step::run("write the pictures", step::command(load, ["--write"]).arg(&pictures))?;
    let python = python::with(folder, &["pdqhash", "pillow", "numpy"])?;
    let mut worker = step::command(python, ["-c", WORKER]);
    let printed = step::output(worker.arg(&pictures).arg(seconds.to_string()))?;
    let measured: Value = serde_json::from_str(&printed).context("the worker printed no JSON")?;
    measured["per_second"].as_f64().context("the worker printed no rate")
}
