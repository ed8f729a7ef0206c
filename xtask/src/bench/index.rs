//! The index: exact radius search beside faiss, which services use for it now.
//!
//! Both sides read the same files of raw hashes, use one thread, and answer the same questions within 31 bits, in turns:
//! a round of ours, a round of theirs. What an exact setting of faiss finds must be what we find, else the bench fails;
//! the share that the inexact one finds is stated.
//!
//! To add a rival: a line in [`RIVALS`]. To add a figure of ours: a row in `report.rs`.

mod banks;
mod faiss;
mod matches;
mod ours;
mod report;

use std::path::{Path, PathBuf};

use anyhow::bail;

use super::request::Request;
use crate::bench::python;
use crate::{interrupt, step};
use banks::Shape;
use ours::Ours;

/// Both sides search within this distance.
const RADIUS: u32 = 31;
/// Questions in one file. A rival answers as many of them as its time allows, and at least the first [`COMPARED`].
const QUESTIONS: usize = 20_000;
/// Of so many questions all matches are compared.
const COMPARED: usize = 1000;

/// A setting of `faiss.IndexBinaryMultiHash`.
struct Rival {
    name: &'static str,
    /// How many tables, how many bits of the hash each takes, and how many of these may differ.
    setting: [u32; 3],
    /// Whether it finds everything within the radius; otherwise it is told how much it finds.
    exact: bool,
    /// How many times faster we want to be at 1 M and at 10 M.
    goals: [f64; 2],
}

const RIVALS: [Rival; 3] = [
    Rival {
        name: "what HMA ships (16×16, 1 flip)", setting: [16, 16, 1], exact: true, goals: [40.0, 300.0]
    },
    Rival {
        name: "best exact setting (11×23, 2 flips)",
        setting: [11, 23, 2],
        exact: true,
        goals: [15.0, 20.0],
    },
    Rival { name: "inexact setting (12×21, 1 flip)", setting: [12, 21, 1], exact: false, goals: [2.0, 6.0] },
];

/// What is asked for.
struct Plan {
    sizes: Vec<u64>,
    rounds: u64,
    seconds: u64,
    large: bool,
    digests: u64,
}

/// See the module.
///
/// # Errors
/// Something cannot be built, set up or run, or an exact rival finds something else than we do.
pub(super) fn measure(request: &Request) -> anyhow::Result<String> {
    let plan = plan(request)?;
    let examples = ["--example", "radius_search", "--example", "digest_lookup"];
    step::run("build the searches", step::cargo(["build", "--release", "-p", "vigie-match"]).args(examples))?;
    let python = python::with(request.folder, &["faiss-cpu", "numpy"])?;
    let mut report = report::Report::default();
    for &size in &plan.sizes {
        report.sizes.push(at_size(&plan, size, request.folder, &python)?);
    }
    report.digests = Some(ours::digests(plan.digests)?);
    if plan.large {
        report.large = large(request.folder)?;
    }
    report.text()
}

fn plan(request: &Request) -> anyhow::Result<Plan> {
    Ok(Plan {
        sizes: request.numbers("--size", &[1_000_000, 10_000_000])?,
        rounds: request.number("--rounds", 2)?.max(1),
        seconds: request.number("--rival-seconds", 10)?,
        large: request.has("--large"),
        digests: request.number("--digests", 10_000_000)?,
    })
}

/// What was measured at one size.
struct AtSize {
    size: u64,
    /// Ours on the random bank, the best of all rounds.
    ours: Ours,
    /// Ours on the skewed bank, measured in turns with the random one.
    skewed: Ours,
    /// In the order of [`RIVALS`].
    rivals: Vec<Against>,
}

/// A rival beside us.
struct Against {
    build_seconds: f64,
    bytes_per_entry: f64,
    /// The share of our matches that it finds.
    recall: f64,
    /// Questions a second, theirs and ours of the same rounds, in batches of 1 and of 1,000.
    rates: [[f64; 2]; 2],
}

fn at_size(plan: &Plan, size: u64, folder: &Path, python: &Path) -> anyhow::Result<AtSize> {
    let files = Files::new(folder);
    let made = step::timed(&format!("make banks of {size}"), || files.write(size));
    made?;
    let mut ours = Ours::search(&files.bank, &files.questions, None)?;
    let mut skewed = Ours::search(&files.skewed_bank, &files.skewed_questions, None)?;
    for _ in 0..plan.rounds {
        ours.keep_best(&Ours::search(&files.bank, &files.questions, None)?);
        skewed.keep_best(&Ours::search(&files.skewed_bank, &files.skewed_questions, None)?);
    }
    let mut rivals = Vec::new();
    for rival in &RIVALS {
        let name = format!("{} at {size}", rival.name);
        let against = step::timed(&name, || against(plan, rival, &files, python, &mut ours))?;
        rivals.push(against);
    }
    Ok(AtSize { size, ours, skewed, rivals })
}

fn against(
    plan: &Plan,
    rival: &Rival,
    files: &Files,
    python: &Path,
    best: &mut Ours,
) -> anyhow::Result<Against> {
    let mut worker = faiss::Worker::start(python, &files.bank, rival.setting)?;
    let mut rates = [[0.0_f64; 2]; 2];
    for _ in 0..plan.rounds {
        let ours = Ours::search(&files.bank, &files.questions, Some(&files.our_matches))?;
        for (batch, [theirs, our]) in [1, 1000].into_iter().zip(&mut rates) {
            *theirs =
                theirs.max(worker.search(&files.questions, batch, plan.seconds, &files.their_matches)?);
            *our = our.max(if batch == 1 { ours.single } else { ours.batch });
        }
        best.keep_best(&ours);
        if interrupt::asked_to_stop() {
            bail!("interrupted");
        }
    }
    let recall = matches::recall(&files.our_matches, &files.their_matches)?;
    if rival.exact && recall < 1.0 {
        bail!("{} found {recall} of our matches, and must find all", rival.name);
    }
    Ok(Against {
        build_seconds: worker.build_seconds,
        bytes_per_entry: worker.bytes_per_entry,
        recall,
        rates,
    })
}

/// A hundred million, ours alone; none where the machine has too little memory.
fn large(folder: &Path) -> anyhow::Result<Option<Ours>> {
    const SIZE: u64 = 100_000_000;
    const NEEDED: u64 = 20_000_000_000;
    if super::machine::available_memory()? < NEEDED {
        eprintln!("a hundred million hashes need {} GB of free memory to build", NEEDED / 1_000_000_000);
        return Ok(None);
    }
    let files = Files::new(folder);
    banks::write(&files.bank, &files.questions, SIZE, Shape::Random)?;
    Ours::search(&files.bank, &files.questions, None).map(Some)
}

/// The files that both sides read and write; each size uses them again.
struct Files {
    bank: PathBuf,
    questions: PathBuf,
    skewed_bank: PathBuf,
    skewed_questions: PathBuf,
    our_matches: PathBuf,
    their_matches: PathBuf,
}

impl Files {
    fn new(folder: &Path) -> Self {
        Self {
            bank: folder.join("bank.bin"),
            questions: folder.join("questions.bin"),
            skewed_bank: folder.join("skewed-bank.bin"),
            skewed_questions: folder.join("skewed-questions.bin"),
            our_matches: folder.join("our-matches.csv"),
            their_matches: folder.join("their-matches.csv"),
        }
    }

    fn write(&self, size: u64) -> anyhow::Result<()> {
        banks::write(&self.bank, &self.questions, size, Shape::Random)?;
        banks::write(&self.skewed_bank, &self.skewed_questions, size, Shape::Skewed)
    }
}
