//! The power is cut at every moment, and what was acknowledged is there.
//!
//! What it is: the real service works in a process whose calls to the disk are recorded (`work.rs`, `trace.rs`); a model of a
//! disk that forgets what was not synced (`disk.rs`) is brought to many moments of the recording, and what it has left is
//! opened and looked at (`checks.rs`). The suite is itself on trial: with `synchronous = OFF`, or without a sync of the
//! folders or of the write-ahead log, it must find the loss. What it is not: a statement about a disk that lies about what it
//! has written.
//!
//! Without `strace`, or where it may not trace, the tests say so and are skipped. Environment: `VIGIE_POWER_POINTS` says at how
//! many moments the power is cut, `VIGIE_POWER_SEED` at which.

mod checks;
mod disk;
mod trace;
mod work;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use vigie_synth::Random;
use vigie_testkit::skipped;

use disk::{Disk, Survives};
use trace::{Call, Event};

/// So many moments by default, beside the one after each acknowledgement.
const POINTS: usize = 200;

/// The folder in which the recorded process works.
const ROOT: &str = "VIGIE_POWER_ROOT";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged() {
    let test = "a_power_cut_at_any_moment_loses_nothing_that_was_acknowledged";
    let Some(recording) = Recording::of(test, None) else { return };
    let (points, seed) =
        (number("VIGIE_POWER_POINTS").unwrap_or(POINTS), number("VIGIE_POWER_SEED").unwrap_or(1));
    let mut moments = recording.after_acknowledgements();
    let sure = moments.len();
    assert!(sure > 30, "{sure} acknowledgements are too few to tell anything");
    moments.extend(recording.by_chance(points, seed as u64));
    println!("{} steps recorded, {} moments, VIGIE_POWER_SEED={seed}", recording.events.len(), moments.len());
    let fault = recording.first_fault(&moments, |_| true).await;
    assert_eq!(fault, None, "VIGIE_POWER_SEED={seed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_is_left_out_is_found() {
    let Some(recording) = Recording::of("a_sync_that_is_left_out_is_found", None) else { return };
    let moments = recording.after_acknowledgements();
    let shelf = |path: &Path| path.parent().is_some_and(|vault| vault.ends_with("data/vault"));
    let data = |path: &Path| path.ends_with("data");
    let log = |path: &Path| path.ends_with("data/vigie.db-wal");
    check(&recording, &moments, "the folders of the vault", shelf, "does not open").await;
    check(&recording, &moments, "the data folder", data, "is missing").await;
    check(&recording, &moments, "the write-ahead log", log, "is missing").await;
}

/// Without the syncs of these paths, what was recorded loses something.
async fn check(
    recording: &Recording,
    moments: &BTreeSet<(usize, Survives)>,
    what: &str,
    is_left_out: impl Fn(&Path) -> bool,
    wanted: &str,
) {
    let keep = |event: &Event| !matches!(&event.call, Call::Sync { path, .. } if is_left_out(path));
    let left_out = recording.events.iter().filter(|event| !keep(event)).count();
    assert!(left_out > 0, "nothing syncs {what}");
    let fault = recording.first_fault(moments, keep).await.unwrap_or_default();
    assert!(fault.contains(wanted), "{what} was not synced {left_out} times, and: {fault:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_does_not_wait_for_the_disk_is_found_out() {
    let test = "a_database_that_does_not_wait_for_the_disk_is_found_out";
    let Some(recording) = Recording::of(test, Some("store-careless=return")) else { return };
    let fault =
        recording.first_fault(&recording.after_acknowledgements(), |_| true).await.unwrap_or_default();
    assert!(fault.contains("is missing"), "synchronous = OFF loses what was acknowledged, and: {fault:?}");
}

/// The process that is recorded. On its own it does nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_work() {
    let Some(root) = std::env::var_os(ROOT) else { return };
    let _faults = fail::FailScenario::setup();
    work::work(Path::new(&root)).await;
}

/// A number from the environment: how often and when is the choice of who runs the test.
fn number(name: &str) -> Option<usize> {
    let value = std::env::var_os(name)?;
    Some(value.to_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name} is no number")))
}

/// A folder in memory, where there is one: a sync costs nothing there, and what counts is what was asked.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// What the work asked of the disk.
struct Recording {
    root: PathBuf,
    events: Vec<Event>,
    _folder: TempDir,
}

impl Recording {
    /// Records the work, with these faults; none, after saying so, where nothing can be recorded.
    fn of(test: &str, faults: Option<&str>) -> Option<Self> {
        let traces =
            Command::new("strace").args(["-f", "--seccomp-bpf", "true"]).stderr(Stdio::null()).status();
        if !traces.is_ok_and(|status| status.success()) {
            skipped(test, "strace is missing or may not trace (cargo xtask test brings it)");
            return None;
        }
        let folder = folder();
        let root = folder.path().canonicalize().unwrap().join("root");
        std::fs::create_dir(&root).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "power::recorded_work", "--nocapture"]).env(ROOT, &root);
        command.env("FAILPOINTS", faults.map_or_else(OsString::new, OsString::from));
        let (status, events) = trace::record(&command, &root, &folder.path().join("trace"));
        assert!(status.success(), "the recorded work failed: {status}");
        let mut disk = Disk::empty();
        events.iter().for_each(|event| disk.apply(&root, event));
        let differs = disk.differs_from(&root);
        assert_eq!(differs, None, "what was recorded is not all that happened");
        Some(Self { root, events, _folder: folder })
    }

    /// Right after each acknowledgement, when nothing survives that was not synced.
    fn after_acknowledgements(&self) -> BTreeSet<(usize, Survives)> {
        let places = self.events.iter().enumerate();
        let said = places.filter(|(_, event)| matches!(event.call, Call::Acknowledge(_)));
        said.map(|(place, _)| (place, Survives::Nothing)).collect()
    }

    fn by_chance(&self, points: usize, seed: u64) -> BTreeSet<(usize, Survives)> {
        let mut random = Random::named(seed, "power cuts");
        let mut moments = BTreeSet::new();
        while moments.len() < points {
            let survives = match random.below(8) {
                0 => Survives::Nothing,
                1 => Survives::Everything,
                2 => Survives::NamesAlone,
                3 => Survives::ContentAlone,
                _ => Survives::Some(random.draw()),
            };
            moments.insert((random.below(self.events.len()), survives));
        }
        moments
    }

    /// What is first found to be wrong when the power is cut at these moments, with the events that are kept.
    async fn first_fault(
        &self,
        moments: &BTreeSet<(usize, Survives)>,
        keep: impl Fn(&Event) -> bool,
    ) -> Option<String> {
        let mut disk = Disk::empty();
        let mut acknowledged = Vec::new();
        for (place, event) in self.events.iter().enumerate() {
            if keep(event) {
                disk.apply(&self.root, event);
            }
            if let Call::Acknowledge(what) = &event.call {
                acknowledged.push(what.as_str());
            }
            for (_, survives) in moments.range((place, Survives::Nothing)..(place + 1, Survives::Nothing)) {
                let left = folder();
                disk.leave(*survives, left.path());
                if let Err(fault) = checks::look(left.path(), &acknowledged).await {
                    return Some(format!("after step {place}, {survives:?} surviving: {fault}"));
                }
            }
        }
        None
    }
}
