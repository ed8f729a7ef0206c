//! The demo, run as a person runs it: `cargo demo`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{interrupt, step};

/// The running demo; dropping it ends it, and its data goes with it.
pub(crate) struct Demo {
    process: Child,
    /// The line it printed when it was ready: addresses and sign-in links.
    line: String,
    ready_after: Duration,
    _data: tempfile::TempDir,
}

impl Demo {
    /// Builds the demo and waits until it is ready.
    ///
    /// # Errors
    /// It does not build, or ends before it is ready.
    pub(crate) fn start(arguments: &[&str]) -> anyhow::Result<Self> {
        step::run("build the demo", &mut step::cargo(["build", "--profile", "demo", "--bin", "vigie"]))?;
        let data = tempfile::Builder::new().prefix("vigie-demo-").tempdir()?;
        let start = Instant::now();
        let mut command = step::cargo(["demo", "--format", "json", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(data.path().join("data")).args(arguments);
        let mut process = command.stdout(Stdio::piped()).spawn().context("cannot start the demo")?;
        let output = process.stdout.take().context("the demo has no output")?;
        let mut demo = Self { process, line: String::new(), ready_after: Duration::ZERO, _data: data };
        BufReader::new(output).read_line(&mut demo.line).context("cannot read what the demo prints")?;
        demo.ready_after = start.elapsed();
        if !demo.line.starts_with('{') {
            bail!("the demo ended before it was ready; it printed `{}`", demo.line.trim());
        }
        Ok(demo)
    }

    /// The line it printed when it was ready.
    pub(crate) fn line(&self) -> &str {
        &self.line
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        interrupt::signal(&self.process, rustix::process::Signal::INT);
        drop(self.process.wait());
    }
}

/// Runs the demo, opens its two addresses, ends it as Ctrl-C does, and looks that nothing is left of it.
///
/// # Errors
/// One of these did not go as it must.
pub(crate) fn check() -> anyhow::Result<()> {
    let demo = Demo::start(&[])?;
    let ready: Value = serde_json::from_str(demo.line()).context("the demo's line is no JSON")?;
    let address =
        |name: &str| ready[name].as_str().map(str::to_owned).with_context(|| format!("no {name} address"));
    let (service, messenger) = (address("ready")?, address("messenger")?);
    for url in [&service, &messenger] {
        if !get(url)?.starts_with("HTTP/1.1 200") {
            bail!("{url} does not answer with its page");
        }
    }
    eprintln!("the demo was ready after {:.1} s", demo.ready_after.as_secs_f32());
    drop(demo);
    for url in [&service, &messenger] {
        if get(url).is_ok() {
            bail!("the demo has ended, and {url} still answers");
        }
    }
    Ok(())
}

fn get(url: &str) -> anyhow::Result<String> {
    let host = url.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
