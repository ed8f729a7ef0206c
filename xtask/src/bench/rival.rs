//! What one worker of the reference service does for a picture: decode with Pillow, hash with `pdqhash`.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use crate::step;

const WORKER: &str = include_str!("worker.py");

/// Pictures a second of one worker on one core, on pictures like those of the load.
///
/// # Errors
/// Python or its packages cannot be had.
pub(super) fn run(folder: &Path, seconds: u64) -> anyhow::Result<f64> {
    let environment = folder.join("python");
    let pictures = folder.join("pictures");
    let load = super::service::release("examples/load")?;
    step::run("write the pictures", step::command(load, ["--write"]).arg(&pictures))?;
    step::run("make a Python environment", step::command("python3", ["-m", "venv"]).arg(&environment))?;
    let mut install =
        step::command(environment.join("bin/pip"), ["install", "--quiet", "pdqhash", "pillow", "numpy"]);
    step::run("install the library of the reference", &mut install)?;
    let mut worker = step::command(environment.join("bin/python"), ["-c", WORKER]);
    let printed = step::output(worker.arg(&pictures).arg(seconds.to_string()))?;
    let measured: Value = serde_json::from_str(&printed).context("the worker printed no JSON")?;
    measured["per_second"].as_f64().context("the worker printed no rate")
}
