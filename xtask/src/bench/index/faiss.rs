//! faiss in a Python process of its own, which ends with the worker.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, bail};
use serde_json::{Value, json};

use super::{COMPARED, RADIUS};
use crate::step;

const WORKER: &str = include_str!("faiss.py");

/// An index of faiss that answers questions.
pub(super) struct Worker {
    pub(super) build_seconds: f64,
    pub(super) bytes_per_entry: f64,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Builds an index of a bank.
    ///
    /// # Errors
    /// Python or faiss fails.
    pub(super) fn start(python: &Path, bank: &Path, setting: [u32; 3]) -> anyhow::Result<Self> {
        let mut command = step::command(python, ["-c", WORKER]);
        command.arg(bank).args(setting.map(|number| number.to_string()));
        command.args([RADIUS.to_string(), COMPARED.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().context("cannot start faiss")?;
        let questions = process.stdin.take().context("faiss has no input")?;
        let answers = BufReader::new(process.stdout.take().context("faiss has no output")?);
        let mut worker = Self { build_seconds: 0.0, bytes_per_entry: 0.0, process, questions, answers };
        let built = worker.answer()?;
        worker.build_seconds = figure(&built, "build_seconds")?;
        worker.bytes_per_entry = figure(&built, "bytes_per_entry")?;
        Ok(worker)
    }

    /// Questions a second in batches of this size. Asked in batches of more than one, it writes its matches, too.
    ///
    /// # Errors
    /// faiss fails.
    pub(super) fn search(
        &mut self,
        questions: &Path,
        batch: u64,
        seconds: u64,
        matches: &Path,
    ) -> anyhow::Result<f64> {
        let asked = json!({ "questions": questions, "batch": batch, "seconds": seconds, "matches": matches });
        writeln!(self.questions, "{asked}").context("faiss takes no more questions")?;
        figure(&self.answer()?, "per_second")
    }

    fn answer(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        if self.answers.read_line(&mut line).context("cannot read what faiss answers")? == 0 {
            bail!("faiss ended before it answered");
        }
        serde_json::from_str(&line).with_context(|| format!("faiss answered `{}`", line.trim()))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It has nothing to finish.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn figure(answer: &Value, name: &str) -> anyhow::Result<f64> {
    answer[name].as_f64().with_context(|| format!("faiss tells no {name}"))
}
