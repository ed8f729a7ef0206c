//! Hashing: from file to hash beside the reference in C++ with libjpeg-turbo linked, and the first pass beside the exact
//! one.
//!
//! Both sides are processes of one thread that read the same files, asked in turns. Their hashes are compared: on the same
//! pixels they must be equal, from the file they must lie within the tolerance that the reference documents.
//!
//! To add a picture that is timed: a line in [`TIMED`] and one in `pictures.py`. To add a kind of picture by which the
//! passes are compared: a few lines in `pictures.py`.

mod sides;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, bail};

use super::machine;
use super::request::Request;
use crate::bench::python;
use crate::step;
use sides::{Side, distance};

const PICTURES: &str = include_str!("media/pictures.py");
/// How far the reference allows another decoder to lie off.
const TOLERANCE: u32 = 10;
/// What searches with hashes of the first pass are widened by: `vigie_media::DRIFT`.
const DRIFT: u32 = 16;

/// A picture that is timed.
struct Timed {
    file: &'static str,
    name: &'static str,
    rounds: u64,
    pixels: f64,
    /// How many times faster than the reference the exact and the first pass want to be.
    goals: [Option<f64>; 2],
}

const TIMED: [Timed; 4] = [
    Timed {
        file: "512.jpg",
        name: "JPEG 512×512",
        rounds: 200,
        pixels: 262_144.0,
        goals: [Some(7.0), Some(8.0)],
    },
    Timed {
        file: "1080p.jpg",
        name: "JPEG 1920×1080",
        rounds: 60,
        pixels: 2_073_600.0,
        goals: [Some(2.8), Some(6.0)],
    },
    Timed {
        file: "12mp.jpg",
        name: "JPEG 4000×3000",
        rounds: 15,
        pixels: 12e6,
        goals: [Some(2.5), Some(7.0)],
    },
    Timed {
        file: "progressive.jpg",
        name: "progressive JPEG 4000×3000",
        rounds: 8,
        pixels: 12e6,
        goals: [None, Some(10.0)],
    },
];
/// How many times faster the hash step wants to be.
const STEP_GOAL: f64 = 40.0;

/// The reference, our exact pass and our first one.
struct Sides {
    reference: Side,
    exact: Side,
    first: Side,
}

/// See the module.
///
/// # Errors
/// The reference cannot be had or compiled, or a hash of ours is not what it must be.
pub(super) fn measure(request: &Request) -> anyhow::Result<String> {
    let rounds = request.number("--turns", 1)?.max(1);
    let build = ["build", "--release", "-p", "vigie-media", "--example", "hash_times"];
    step::run("build our side", &mut step::cargo(build))?;
    let folder = request.folder.join("media");
    std::fs::create_dir_all(&folder)?;
    let python = python::with(request.folder, &["numpy", "pillow", "setuptools", "cython", "wheel"])?;
    step::run("draw the pictures", step::command(&python, ["-c", PICTURES]).arg(&folder))?;
    let ours = |pass: &[&str]| -> anyhow::Result<Side> {
        let program = step::target_directory()?.join("release/examples/hash_times");
        Side::start(step::command(program, pass))
    };
    let reference = sides::reference(&folder, &python)?;
    let mut sides = Sides {
        reference: Side::start(step::command(reference, [] as [&str; 0]))?,
        exact: ours(&[])?,
        first: ours(&["first"])?,
    };
    let mut text = speed(&folder, &mut sides, rounds)?;
    text.push_str(&passes(&folder, &mut sides)?);
    Ok(text)
}

fn speed(folder: &Path, sides: &mut Sides, rounds: u64) -> anyhow::Result<String> {
    let mut text = format!(
        "{}. One thread each, in turns; of each side its fastest turn, in which what else the machine does counts least. The \
         reference is its C++ program's own functions (from the sources in `pdqhash` 0.2.8 of PyPI, `-O3`), libjpeg-turbo linked; no interpreter is between. Pictures: noise with the \
         spectrum of landscapes, JPEG of quality 85 with halved colours.\n\n\
         | | reference | ours | times faster | goal |\n|---|---|---|---|---|\n",
        machine::name()?
    );
    step_alone(&mut text, folder, sides, rounds)?;
    for timed in &TIMED {
        let picture = folder.join(timed.file);
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..timed.rounds * rounds {
            let (reference, exact) = (sides.reference.ask(&picture)?, sides.exact.ask(&picture)?);
            let first = sides.first.ask(&picture)?;
            let off = reference.hash.zip(exact.hash).map(|(left, right)| distance(left, right));
            if off.is_none_or(|bits| bits > TOLERANCE) {
                bail!("{}: our hash is not within {TOLERANCE} bits of the reference's", timed.name);
            }
            for (times, answer) in times.iter_mut().zip([reference, exact, first]) {
                times.push(answer.seconds);
            }
        }
        let [theirs, exact, first] = times;
        let bits = 8.0 * std::fs::metadata(&picture)?.len() as f64;
        let name = format!("{} ({:.1} bits a pixel)", timed.name, bits / timed.pixels);
        row(&mut text, &format!("{name}, exact"), &theirs, &exact, timed.goals[0])?;
        row(&mut text, &format!("{name}, first pass"), &theirs, &first, timed.goals[1])?;
    }
    Ok(text)
}

/// The hash step on pixels that are decoded already.
fn step_alone(text: &mut String, folder: &Path, sides: &mut Sides, rounds: u64) -> anyhow::Result<()> {
    let pixels = folder.join("512.ppm");
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..200 * rounds {
        let (their, our) = (sides.reference.ask(&pixels)?, sides.exact.ask(&pixels)?);
        if their.hash != our.hash {
            bail!("the same pixels have another hash");
        }
        theirs.push(their.step);
        ours.push(our.seconds);
    }
    row(text, "hash step, the same 512×512 pixels in colour", &theirs, &ours, Some(STEP_GOAL))
}

fn row(text: &mut String, name: &str, theirs: &[f64], ours: &[f64], goal: Option<f64>) -> anyhow::Result<()> {
    let (theirs, ours) = (least(theirs), least(ours));
    let goal = goal.map_or("none".to_owned(), |goal| format!("≥ {goal}×"));
    let (left, right) = (theirs * 1e3, ours * 1e3);
    writeln!(text, "| {name} | {left:.2} ms | {right:.3} ms | {:.1}× | {goal} |", theirs / ours)?;
    Ok(())
}

fn least(times: &[f64]) -> f64 {
    times.iter().copied().fold(f64::INFINITY, f64::min)
}

/// How far hashes of the first pass lie from exact ones.
fn passes(folder: &Path, sides: &mut Sides) -> anyhow::Result<String> {
    let mut text = format!(
        "\nThe first pass against the exact one: bits between their hashes. A search with a hash of the first pass is \
         widened by {DRIFT} bits: what drifts no further is surely found; what does may be missed where the known hash is \
         near the edge of its bank's distance.\n\n\
         | pictures | how many | mean | most | surely found |\n|---|---|---|---|---|\n"
    );
    let mut kinds: Vec<_> = std::fs::read_dir(folder.join("drift"))?.collect::<Result<_, _>>()?;
    kinds.sort_by_key(std::fs::DirEntry::file_name);
    for kind in kinds {
        let mut drifts = Vec::new();
        for picture in std::fs::read_dir(kind.path())? {
            let picture = picture?.path();
            let (exact, first) = (sides.exact.ask(&picture)?.hash, sides.first.ask(&picture)?.hash);
            // A picture that says too little has no hash, and nothing to be missed.
            let Some(exact) = exact else { continue };
            let first =
                first.with_context(|| format!("{}: the first pass lost the hash", picture.display()))?;
            drifts.push(distance(exact, first));
        }
        let all = drifts.len();
        let found = drifts.iter().filter(|drift| **drift <= DRIFT).count();
        writeln!(
            text,
            "| {} | {all} | {:.1} | {} | {:.0} % |",
            kind.file_name().to_string_lossy(),
            f64::from(drifts.iter().sum::<u32>()) / all.max(1) as f64,
            drifts.iter().max().unwrap_or(&0),
            100.0 * found as f64 / all.max(1) as f64
        )?;
    }
    Ok(text)
}
