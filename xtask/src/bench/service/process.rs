//! The service as an operator runs it: the release, SQLite, a bank of known hashes, a load over loopback.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;

use super::http;
use crate::{interrupt, step};

const BANK: &str = "BENCH";

/// What a load measured.
pub(super) struct Answers {
    pub(super) per_second: f64,
    pub(super) p99_ms: f64,
}

/// A service with a bank of known hashes. Dropping it ends it.
pub(super) struct Service {
    data: PathBuf,
    token: String,
    running: Option<Running>,
}

struct Running {
    process: Child,
    address: SocketAddr,
}

impl Running {
    /// Has it end in good order, as an operator does.
    fn stop(mut self) -> anyhow::Result<()> {
        interrupt::signal(&self.process, rustix::process::Signal::TERM);
        let status = self.process.wait().context("cannot wait for the service to stop")?;
        if status.success() { Ok(()) } else { bail!("the service did not stop in good order ({status})") }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has nothing to finish: the load is over.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Service {
    /// Makes a service with so many known hashes.
    ///
    /// # Errors
    /// The service does not start, or refuses the bank.
    pub(super) fn prepare(folder: &Path, known: u64) -> anyhow::Result<Self> {
        let data = folder.join("data");
        let token = token(&data)?;
        let mut service = Self { data, token, running: None };
        service.restart()?;
        let address = service.address()?;
        let bank = format!(r#"{{"name":"{BANK}"}}"#);
        http::post(address, "/c/banks", &service.token, "application/json", bank.as_bytes())?;
        let banks: Value = serde_json::from_str(&http::get(address, "/api/v1/banks", &service.token)?)?;
        let banks =
            banks.as_array().or_else(|| banks["banks"].as_array()).context("the banks are no list")?;
        let id = banks.first().and_then(|bank| bank["id"].as_str()).context("the bank has no identifier")?;
        step::timed("fill the bank", || {
            let path = format!("/api/v1/banks/{id}/import?format=plain");
            http::post(address, &path, &service.token, "text/plain", list(known).as_bytes())
        })?;
        Ok(service)
    }

    /// Starts the service anew; seconds until it is ready.
    ///
    /// # Errors
    /// It does not become ready.
    pub(super) fn restart(&mut self) -> anyhow::Result<f64> {
        if let Some(running) = self.running.take() {
            running.stop()?;
        }
        let start = Instant::now();
        let mut command = vigie(&self.data)?;
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&self.data);
        let mut process = command.stdout(Stdio::piped()).spawn().context("cannot start the service")?;
        let output = process.stdout.take().context("the service has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        let Some(port) = port else {
            bail!("the service printed `{}` where it says that it is ready", line.trim())
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        self.running = Some(Running { process, address });
        Ok(start.elapsed().as_secs_f64())
    }

    /// As [`Self::restart`], after the saved index was taken away.
    ///
    /// # Errors
    /// As there.
    pub(super) fn restart_without_index(&mut self) -> anyhow::Result<f64> {
        if let Some(running) = self.running.take() {
            running.stop()?;
        }
        std::fs::remove_dir_all(self.data.join("index")).context("cannot take the saved index away")?;
        self.restart()
    }

    /// Resident memory of the serving process, in megabytes.
    ///
    /// # Errors
    /// The system does not tell.
    pub(super) fn resident_megabytes(&self) -> anyhow::Result<u64> {
        let process = self.running.as_ref().context("the service is not running")?.process.id();
        let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
        let line =
            status.lines().find(|line| line.starts_with("VmRSS:")).context("the system tells no VmRSS")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).context("VmRSS has no number")?.parse()?;
        Ok(kilobytes / 1000)
    }

    /// Loads the service.
    ///
    /// # Errors
    /// Something was answered with anything but success.
    pub(super) fn load(&self, seconds: u64, rate: Option<f64>, signals: bool) -> anyhow::Result<Answers> {
        let mut command = step::command(release("examples/load")?, ["--token", &self.token]);
        command.args(["--address", &self.address()?.to_string(), "--seconds", &seconds.to_string()]);
        if let Some(rate) = rate {
            command.args(["--rate", &rate.to_string()]);
        }
        if signals {
            command.arg("--signals");
        }
        let printed = step::output(&mut command)?;
        if interrupt::asked_to_stop() {
            bail!("interrupted");
        }
        let measured: Value = serde_json::from_str(printed.lines().last().unwrap_or_default())?;
        let figure =
            |name: &str| measured[name].as_f64().with_context(|| format!("the load printed no {name}"));
        Ok(Answers { per_second: figure("per_second")?, p99_ms: figure("p99_ms")? })
    }

    fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.running.as_ref().context("the service is not running")?.address)
    }
}

/// A token that may do all that the bench does.
fn token(data: &Path) -> anyhow::Result<String> {
    let mut command = vigie(data)?;
    command.args(["token", "add", "bench", "--scope", "submit,hma_curate,banks", "--format", "json"]);
    let printed = step::output(command.args(["--entries-per-hour", "1000000000", "--data"]).arg(data))?;
    let token: Value = serde_json::from_str(&printed).context("the token is no JSON")?;
    Ok(token["secret"].as_str().context("the token has no secret")?.to_owned())
}

fn vigie(data: &Path) -> anyhow::Result<Command> {
    std::fs::create_dir_all(data)?;
    Ok(step::command(release("vigie")?, [] as [&str; 0]))
}

/// A program that the release build made.
///
/// # Errors
/// Cargo does not tell where it builds.
pub(super) fn release(name: &str) -> anyhow::Result<PathBuf> {
    Ok(step::target_directory()?.join("release").join(name))
}

/// So many hashes, a line each, the same in every run.
fn list(known: u64) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut text = String::with_capacity(usize::try_from(known).unwrap_or(0) * 65);
    for _ in 0..known {
        for _ in 0..4 {
            // SplitMix64 (Steele, Lea, Flood 2014): good enough for hashes that stand for nothing.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            write!(text, "{:016x}", mixed ^ (mixed >> 31)).expect("a text takes what is written to it");
        }
        text.push('\n');
    }
    text
}
