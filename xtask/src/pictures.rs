//! `cargo xtask pictures`: the photographs of the guide, made from the demo.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::demo::Demo;
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
    let demo = Demo::start(&[])?;
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
    input.write_all(demo.line().as_bytes())?;
    drop(input);
    let status = interrupt::wait(&mut child)?;
    if !status.success() {
        bail!("photographing failed ({status})");
    }
    Ok(())
}
