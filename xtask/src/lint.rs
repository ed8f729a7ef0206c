//! `cargo xtask lint`: what can be said about the code without running it.

use anyhow::bail;

use crate::tools::Tools;
use crate::{advisories, environment, interrupt, step};

pub(crate) const HELP: &str = "\
formatting, clippy, documentation, dependencies, types of the scripts

Usage: cargo xtask lint [--no-install]

All checks run, also after one has failed:
  cargo fmt --check
  cargo clippy --workspace --all-targets, warnings are errors
  cargo doc with private items, warnings are errors
  cargo deny check bans licenses sources, by deny.toml (installed through cargo when it is missing)
  cargo audit: known weaknesses of dependencies, by .cargo/audit.toml, wherever its database can be fetched; elsewhere this
  one check is skipped, and says so
  tsc for every tsconfig.json of the repository (the packages of e2e/ are installed when they are missing)

  --no-install   use what is here, install nothing; a check whose tool is missing fails

The shape of the repository (arrows between crates, module documentation, links) is checked by tests of xtask.";

pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let mut may_install = true;
    for argument in arguments {
        match argument.as_str() {
            "--no-install" => may_install = false,
            unknown => bail!("`{unknown}` is not an option of `cargo xtask lint`; see --help"),
        }
    }
    interrupt::watch();
    check_all(&mut Tools::new(may_install))
}

type Check = (&'static str, fn(&mut Tools) -> anyhow::Result<()>);

const CHECKS: &[Check] = &[
    ("formatting", |_| step::run("cargo fmt", &mut step::cargo(["fmt", "--all", "--check"]))),
    ("clippy", |_| {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        step::run("cargo clippy", &mut step::cargo(arguments))
    }),
    ("documentation", |_| {
        let mut doc = step::cargo(["doc", "--workspace", "--no-deps", "--document-private-items"]);
        step::run("cargo doc", doc.env("RUSTDOCFLAGS", "-D warnings"))
    }),
    ("dependencies", |tools| {
        tools.deny()?;
        step::run("cargo deny", &mut step::cargo(["deny", "check", "bans", "licenses", "sources"]))
    }),
    ("advisories", advisories::check),
    ("types of the scripts", types_of_the_scripts),
];

fn check_all(tools: &mut Tools) -> anyhow::Result<()> {
    let (mut failed, mut skipped) = (Vec::new(), Vec::new());
    for (name, check) in CHECKS {
        match check(tools) {
            Ok(()) => {}
            Err(error) if error.is::<advisories::Skipped>() => skipped.push(format!("{name}: {error:#}")),
            Err(error) => {
                eprintln!("{name}: {error:#}");
                failed.push(*name);
            }
        }
        if interrupt::asked_to_stop() {
            bail!("interrupted");
        }
    }
    for skip in skipped {
        eprintln!("SKIPPED {skip}");
    }
    if !failed.is_empty() {
        bail!("these checks failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Every folder that holds a `tsconfig.json` is checked by it.
fn types_of_the_scripts(tools: &mut Tools) -> anyhow::Result<()> {
    let compiler = tools.typescript()?;
    for project in tsconfig_files()? {
        let mut check = step::command(&compiler, ["--noEmit", "--project", &project]);
        step::run(&format!("tsc for {project}"), &mut check)?;
    }
    Ok(())
}

fn tsconfig_files() -> anyhow::Result<Vec<String>> {
    let arguments =
        ["ls-files", "--cached", "--others", "--exclude-standard", "tsconfig.json", "*/tsconfig.json"];
    let listed = step::output(&mut step::command("git", arguments))?;
    let root = environment::workspace_root();
    Ok(listed.lines().filter(|path| root.join(path).is_file()).map(str::to_owned).collect())
}
