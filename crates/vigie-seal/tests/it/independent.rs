//! The independent verifier: another language, other code for hashes and signatures.
//!
//! It is `tools/tlog-verify` of the shared reference material. Its own `run` is called for many logs in one process, by
//! `independent/batch_test.go`, so that ten thousand verdicts take seconds.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::log::{Change, Log, key};

const VERIFIER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/tools/tlog-verify/main.go");
const BATCH: &str = include_str!("independent/batch_test.go");
/// Where Debian keeps the sources of Go packages.
const GO_PATH: &str = "/usr/share/gocode";

/// The built verifier.
pub(crate) struct Verifier {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Verifier {
    /// Builds it; none, after saying so, where its source or Go is absent.
    pub(crate) fn build(test: &str) -> Option<Self> {
        if !Path::new(VERIFIER).is_file() {
            return skipped(test, "../shared is absent");
        }
        let has_go = Command::new("go").arg("version").output().is_ok_and(|output| output.status.success());
        if !has_go || !Path::new(GO_PATH).join("src/golang.org/x/mod/sumdb/note").is_dir() {
            return skipped(test, "Go with golang.org/x/mod is absent (cargo xtask test brings it)");
        }
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("verifier");
        std::fs::copy(VERIFIER, folder.path().join("main.go")).unwrap();
        std::fs::write(folder.path().join("batch_test.go"), BATCH).unwrap();
        let built = Command::new("go")
            .args(["test", "-c", "-o"])
            .arg(&program)
            .args(["main.go", "batch_test.go"])
            .current_dir(folder.path())
            .envs([("GO111MODULE", "off"), ("GOPATH", GO_PATH), ("GOFLAGS", "")])
            .env("GOCACHE", Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-build"))
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Some(Self { program, folder })
    }

    /// Which of the cases it accepts, each a log with some changes; by their numbers.
    pub(crate) fn accepted(
        &self,
        log: &Log,
        cases: &[Vec<Change>],
        questions: &[(&str, &str)],
    ) -> Vec<usize> {
        let data = tempfile::tempdir().unwrap();
        log.write(data.path());
        let line = |case: &Vec<Change>| {
            let change =
                |change: &Change| format!("{}:{}:{}", change.path, change.at, hex::encode(&change.bytes));
            case.iter().map(change).collect::<Vec<_>>().join(" ") + "\n"
        };
        let list = self.folder.path().join("cases");
        std::fs::write(&list, cases.iter().map(line).collect::<String>()).unwrap();
        let output = Command::new(&self.program)
            .envs([("TLOG_DIR", data.path()), ("TLOG_CASES", &list)])
            .env("TLOG_VKEY", key().verifier().to_string())
            .envs(questions.iter().copied())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        let judged = format!("judged {}", cases.len());
        assert!(told.lines().any(|line| line == judged), "{told}");
        told.lines().filter_map(|line| line.strip_prefix("accepted ")?.parse().ok()).collect()
    }
}

fn skipped(test: &str, why: &str) -> Option<Verifier> {
    println!("skipped: {test}: {why}");
    assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{test} may not be skipped: {why}");
    None
}
