//! Finding the programs a task needs, and installing them where that is allowed.
//!
//! Allowed means: nobody said `--no-install`, and, for system packages, we are root on a machine with `apt-get`.
//! Programs that cargo builds (`cargo-nextest`, `cargo-deny`, `cargo-audit`) and the packages of `e2e/` need no root.
//!
//! To add a program: a method on [`Tools`] that ends in [`Tools::found_or`].

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::{environment, step};

/// Debian's packages for each need. The font makes screens measurable: a machine without any font shows boxes.
const POSTGRES_PACKAGES: &[&str] = &["postgresql"];
const CHROMIUM_PACKAGES: &[&str] = &["chromium", "fonts-liberation"];
const NODE_PACKAGES: &[&str] = &["nodejs", "npm"];
const PYTHON_PACKAGES: &[&str] = &["python3", "python3-venv"];
const STRACE_PACKAGES: &[&str] = &["strace"];
const FFMPEG_PACKAGES: &[&str] = &["ffmpeg"];
const GO_PACKAGES: &[&str] = &["golang-go", "golang-golang-x-mod-dev"];

/// What the independent verifier of the ledger is built from, where Debian keeps it.
const GO_NOTES: &str = "/usr/share/gocode/src/golang.org/x/mod/sumdb/note";

/// The oldest Node.js that playwright-core runs on.
const OLDEST_NODE: u32 = 20;

/// Versions of what cargo installs: the next machine gets what this one was tested with.
const NEXTEST: &str = "0.9.143";
const DENY: &str = "0.20.2";
const AUDIT: &str = "0.22.2";
const SCHEMATHESIS: &str = "4.32.5";
const SYNAPSE: &str = "1.163.2";

/// Something that is not here and could not be brought.
#[derive(Debug)]
pub(crate) struct Missing {
    what: &'static str,
    why: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing: {}", self.what, self.why)
    }
}

impl std::error::Error for Missing {}

/// Everything a browser journey needs.
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) node: PathBuf,
}

/// The server programs of one PostgreSQL installation.
pub(crate) struct PostgresPrograms {
    /// The folder with `initdb`, `postgres` and `pg_isready`.
    pub(crate) folder: PathBuf,
}

/// The finder and installer.
pub(crate) struct Tools {
    may_install: bool,
    package_list_is_fresh: bool,
}

impl Tools {
    pub(crate) fn new(may_install: bool) -> Self {
        Self { may_install, package_list_is_fresh: false }
    }

    /// PostgreSQL's server programs: from `PATH`, or where Debian keeps them, newest first.
    pub(crate) fn postgres(&mut self) -> Result<PostgresPrograms, Missing> {
        self.found_or("a PostgreSQL server", find_postgres, |tools| tools.debian(POSTGRES_PACKAGES))
    }

    /// Chromium, Node.js and the packages of `e2e/`.
    pub(crate) fn browser(&mut self) -> Result<Browser, Missing> {
        let node = self.node()?;
        let chromium = self.found_or("Chromium", find_chromium, |tools| tools.debian(CHROMIUM_PACKAGES))?;
        self.node_packages()?;
        Ok(Browser { chromium, node })
    }

    /// Go with its package of signed notes, for the independent verifier of the ledger.
    pub(crate) fn go(&mut self) -> Result<(), Missing> {
        let both = || environment::program("go").filter(|_| Path::new(GO_NOTES).is_dir()).map(drop);
        self.found_or("Go with golang.org/x/mod", both, |tools| tools.debian(GO_PACKAGES))
    }

    /// What watches videos; tests find it in `PATH`, as the service does.
    pub(crate) fn ffmpeg(&mut self) -> Result<(), Missing> {
        let both = || environment::program("ffmpeg").and_then(|_| environment::program("ffprobe")).map(drop);
        self.found_or("ffmpeg", both, |tools| tools.debian(FFMPEG_PACKAGES))
    }

    /// What records the calls of a process to the disk.
    pub(crate) fn strace(&mut self) -> Result<(), Missing> {
        let find = || environment::program("strace").map(drop);
        self.found_or("strace", find, |tools| tools.debian(STRACE_PACKAGES))
    }

    /// What generates requests from the OpenAPI document.
    pub(crate) fn schemathesis(&mut self) -> Result<PathBuf, Missing> {
        self.python_program("schemathesis", SCHEMATHESIS, "schemathesis")
    }

    /// A Matrix server, whose records are read through its administration.
    pub(crate) fn synapse(&mut self) -> Result<PathBuf, Missing> {
        self.python_program("matrix-synapse", SYNAPSE, "synapse_homeserver")
    }

    /// A program of a package of PyPI, in a Python environment of its own where cargo builds.
    fn python_program(
        &mut self,
        package: &'static str,
        version: &str,
        program: &str,
    ) -> Result<PathBuf, Missing> {
        let missing = |error: anyhow::Error| Missing { what: package, why: format!("{error:#}") };
        let folder = step::target_directory().map_err(missing)?;
        let folder = folder.join("python").join(format!("{package}-{version}"));
        let program = folder.join("bin").join(program);
        let is_here = || program.is_file().then(|| program.clone());
        self.found_or(package, is_here, |tools| {
            tools.python()?;
            let mut venv = step::command("python3", ["-m", "venv"]);
            step::run("make a Python environment", venv.arg(&folder))?;
            let mut pip = step::command(folder.join("bin/pip"), ["install", "--quiet"]);
            step::run(&format!("install {package}"), pip.arg(format!("{package}=={version}")))
        })
    }

    /// Python with the module that makes environments.
    fn python(&mut self) -> Result<(), Missing> {
        let both = || step::output(&mut step::command("python3", ["-c", "import ensurepip"])).ok().map(drop);
        self.found_or("Python with venv", both, |tools| tools.debian(PYTHON_PACKAGES))
    }

    /// The TypeScript compiler, which checks the JSDoc types of plain scripts.
    pub(crate) fn typescript(&mut self) -> Result<PathBuf, Missing> {
        self.node()?;
        self.node_packages()?;
        Ok(e2e().join("node_modules/.bin/tsc"))
    }

    /// The test runner.
    pub(crate) fn nextest(&mut self) -> Result<(), Missing> {
        self.cargo_program("cargo-nextest", NEXTEST)
    }

    /// The checker of licences, bans and sources.
    pub(crate) fn deny(&mut self) -> Result<(), Missing> {
        self.cargo_program("cargo-deny", DENY)
    }

    /// The checker of known weaknesses.
    pub(crate) fn audit(&mut self) -> Result<(), Missing> {
        self.cargo_program("cargo-audit", AUDIT)
    }

    fn node(&mut self) -> Result<PathBuf, Missing> {
        let both = || environment::program("node").filter(|_| environment::program("npm").is_some());
        let node = self.found_or("Node.js with npm", both, |tools| tools.debian(NODE_PACKAGES))?;
        let missing = |why| Missing { what: "Node.js", why };
        let version = step::output(&mut step::command(&node, ["--version"]))
            .map_err(|error| missing(format!("{error:#}")))?;
        if major_version(&version).is_some_and(|major| major >= OLDEST_NODE) {
            Ok(node)
        } else {
            Err(missing(format!("{version} is here, and playwright-core wants {OLDEST_NODE} or newer")))
        }
    }

    /// What `e2e/package-lock.json` names, in `e2e/node_modules`.
    fn node_packages(&mut self) -> Result<(), Missing> {
        let are_current = || node_packages_are_current().then_some(());
        self.found_or("what e2e/package-lock.json names", are_current, |_| {
            let mut npm = step::command("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
            step::run("install the packages of e2e", npm.current_dir(e2e()))?;
            std::fs::copy(lock_file(), installed_lock_file())
                .context("cannot note which packages are installed")?;
            Ok(())
        })
    }

    fn cargo_program(&mut self, name: &'static str, version: &str) -> Result<(), Missing> {
        let is_here = || {
            let subcommand = name.trim_start_matches("cargo-");
            step::output(&mut step::cargo([subcommand, "--version"])).ok().map(|_| ())
        };
        self.found_or(name, is_here, |_| {
            let arguments = ["install", "--locked", name, "--version", version];
            step::run(&format!("install {name} {version}"), &mut step::cargo(arguments))
        })
    }

    fn debian(&mut self, packages: &[&str]) -> anyhow::Result<()> {
        if !environment::is_root() {
            anyhow::bail!("only root may install it: apt-get install {}", packages.join(" "));
        }
        if environment::program("apt-get").is_none() {
            anyhow::bail!("this machine has no apt-get; install it yourself");
        }
        let apt = |arguments: &[&str]| {
            let mut command = step::command("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=120"]);
            command
                .args(arguments)
                .env("DEBIAN_FRONTEND", "noninteractive")
                .stdin(std::process::Stdio::null());
            // What dpkg says about every package it unpacks helps nobody; errors go to standard error.
            command.stdout(std::process::Stdio::null());
            command
        };
        if !self.package_list_is_fresh {
            step::run("refresh the list of Debian's packages", &mut apt(&["update"]))?;
            self.package_list_is_fresh = true;
        }
        let mut install = apt(&["install", "--yes", "--no-install-recommends"]);
        step::run(&format!("install {}", packages.join(", ")), install.args(packages))
    }

    /// What `find` finds; if nothing, what it finds after `install` did its work.
    fn found_or<T>(
        &mut self,
        what: &'static str,
        find: impl Fn() -> Option<T>,
        install: impl FnOnce(&mut Self) -> anyhow::Result<()>,
    ) -> Result<T, Missing> {
        if let Some(found) = find() {
            return Ok(found);
        }
        if !self.may_install {
            return Err(Missing { what, why: "--no-install was given".to_owned() });
        }
        install(self).map_err(|error| Missing { what, why: format!("{error:#}") })?;
        find().ok_or_else(|| Missing { what, why: "it was installed and still is not found".to_owned() })
    }
}

/// The folder of the browser journeys.
pub(crate) fn e2e() -> PathBuf {
    environment::workspace_root().join("e2e")
}

fn lock_file() -> PathBuf {
    e2e().join("package-lock.json")
}

/// A copy of the lock file as it was when the packages were last installed.
fn installed_lock_file() -> PathBuf {
    e2e().join("node_modules/.installed-lock.json")
}

fn node_packages_are_current() -> bool {
    let read = |path: PathBuf| std::fs::read(path).ok();
    read(installed_lock_file()).is_some_and(|installed| read(lock_file()) == Some(installed))
}

fn find_chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(environment::program)
}

fn find_postgres() -> Option<PostgresPrograms> {
    let complete =
        |folder: &Path| ["initdb", "postgres", "pg_isready"].iter().all(|name| folder.join(name).is_file());
    let in_path = environment::program("postgres").and_then(|program| Some(program.parent()?.to_owned()));
    in_path
        .into_iter()
        .chain(debian_postgres_folders())
        .find(|folder| complete(folder))
        .map(|folder| PostgresPrograms { folder })
}

/// Debian keeps the server programs out of `PATH`, a folder for each version.
fn debian_postgres_folders() -> Vec<PathBuf> {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut versions: Vec<_> = versions.flatten().map(|entry| entry.path()).collect();
    versions.sort_by_key(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        std::cmp::Reverse(name.parse::<u32>().unwrap_or(0))
    });
    versions.into_iter().map(|version| version.join("bin")).collect()
}

/// The 20 of `v20.11.1`.
fn major_version(text: &str) -> Option<u32> {
    text.trim_start_matches('v').split('.').next()?.parse().ok()
}
