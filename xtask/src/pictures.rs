//! `cargo xtask pictures`: the photographs of the guide, made from the demo.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};

use crate::tools::{Browser, Tools, e2e};
use crate::{environment, interrupt, step};

pub(crate) const HELP: &str = "\
photographs of the screens for the guide, made from the demo

Usage: cargo xtask pictures [--all] [--out DIR] [SCREEN…]

It builds Vigie, starts the demo on a free port with its data in a temporary folder, and photographs the screens that
e2e/screens.mjs lists. A page that writes a console error or violates its content security policy fails.

  --all       every combination of English and French, light and dark, wide (1440) and narrow (390), to look at;
              without it the two that the guide shows: English light wide, French dark narrow
  --out DIR   where to write; docs/guide/pictures, or target/pictures with --all
  SCREEN      only these screens";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let request = Request::read(arguments)?;
    interrupt::watch();
    let browser = Tools::new(true).browser()?;
    step::run("build vigie", &mut step::cargo(["build", "--profile", "demo", "--bin", "vigie"]))?;
    let demo = Demo::start()?;
    step::timed("photograph", || photograph(&request, &browser, &demo))?;
    eprintln!("pictures are in {}", request.folder.display());
    Ok(())
}

struct Request {
    all: bool,
    folder: PathBuf,
    screens: Vec<String>,
}

impl Request {
    fn read(arguments: &[String]) -> anyhow::Result<Self> {
        let mut all = false;
        let mut folder = None;
        let mut screens = Vec::new();
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--all" => all = true,
                "--out" => folder = Some(PathBuf::from(words.next().context("--out wants a folder")?)),
                unknown if unknown.starts_with('-') => {
                    bail!("`{unknown}` is not an option of `cargo xtask pictures`; see --help")
                }
                screen => screens.push(screen.to_owned()),
            }
        }
        let usual = if all { "target/pictures" } else { "docs/guide/pictures" };
        let folder = folder.unwrap_or_else(|| environment::workspace_root().join(usual));
        Ok(Self { all, folder: std::path::absolute(folder)?, screens })
    }
}

/// The running demo; dropping it ends it, and its data goes with it.
struct Demo {
    process: Child,
    /// The line it printed when it was ready: addresses and sign-in links.
    line: String,
    _data: tempfile::TempDir,
}

impl Demo {
    fn start() -> anyhow::Result<Self> {
        let data = tempfile::Builder::new().prefix("vigie-pictures-").tempdir()?;
        let program = step::target_directory()?.join("demo/vigie");
        let mut command = Command::new(program);
        command.args(["demo", "--format", "json", "--listen", "127.0.0.1:0", "--data"]).arg(data.path());
        let mut process = command.stdout(Stdio::piped()).spawn().context("cannot start the demo")?;
        let output = process.stdout.take().context("the demo has no output")?;
        let mut demo = Self { process, line: String::new(), _data: data };
        BufReader::new(output).read_line(&mut demo.line).context("cannot read what the demo prints")?;
        if !demo.line.starts_with('{') {
            bail!("the demo ended before it was ready; it printed `{}`", demo.line.trim());
        }
        Ok(demo)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        interrupt::signal(&self.process, rustix::process::Signal::INT);
        drop(self.process.wait());
    }
}

fn photograph(request: &Request, browser: &Browser, demo: &Demo) -> anyhow::Result<()> {
    let mut node = Command::new(&browser.node);
    node.arg("pictures.mjs")
        .arg(&request.folder)
        .arg(if request.all { "all" } else { "guide" })
        .args(&request.screens)
        .current_dir(e2e())
        .env("VIGIE_TEST_CHROMIUM", &browser.chromium)
        .stdin(Stdio::piped());
    let mut child = node.spawn().context("cannot start Node.js")?;
    let mut input = child.stdin.take().context("Node.js has no input")?;
    input.write_all(demo.line.as_bytes())?;
    drop(input);
    let status = interrupt::wait(&mut child)?;
    if !status.success() {
        bail!("photographing failed ({status})");
    }
    Ok(())
}
