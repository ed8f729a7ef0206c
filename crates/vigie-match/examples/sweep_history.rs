//! How fast past uploads are looked through: `cargo run --release -p vigie-match --example sweep_history -- --help`.
//!
//! It writes the compact forms of a month of history into a folder, with copies of some known hashes among them, and then
//! sweeps them with one thread. The last line of output is one JSON object; it fails when a copy was not found.

use std::error::Error;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::Instant;

use vigie_match::{Known, Pass, PastRow, PastWriter, Pdq, Signal, Sweep};

const HELP: &str = "\
how fast past uploads are looked through

Usage: sweep_history FOLDER [--rows N] [--entries N] [--segments N]

  --rows N      past uploads; 10000000
  --entries N   known hashes that are looked for within 31 bits; 1000
  --segments N  hours that they came in; 720";

/// Every so many rows there is a copy of a known hash, 31 bits away.
const COPY_EVERY: u64 = 100_000;

struct Plan {
    folder: PathBuf,
    rows: u64,
    entries: u64,
    segments: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(plan) = plan(&arguments)? else {
        println!("{HELP}");
        return Ok(());
    };
    let known: Vec<Pdq> = (0..plan.entries).map(|entry| hash(u64::MAX - entry)).collect();
    let (bytes, copies) = write(&plan, &known)?;
    let began = Instant::now();
    let entries = known.iter().zip(0..).map(|(hash, entry)| Known { entry, signal: Signal::Pdq(*hash) });
    let sweep = Sweep::new(&entries.collect::<Vec<_>>(), 31, 8);
    let made = began.elapsed().as_secs_f64();
    let (mut rows, mut found) = (0, 0);
    for segment in 0..plan.segments {
        let swept = sweep.through(File::open(path(&plan.folder, segment))?)?;
        rows += swept.rows;
        found += swept.candidates.len() as u64;
    }
    let seconds = began.elapsed().as_secs_f64();
    if found != copies {
        return Err(format!("{copies} copies were hidden, and {found} rows were found").into());
    }
    println!(
        r#"{{"rows":{rows},"entries":{},"found":{found},"seconds":{seconds:.3},"prepare_seconds":{made:.3},"bytes_per_row":{:.1}}}"#,
        plan.entries,
        bytes as f64 / rows as f64
    );
    Ok(())
}

fn plan(arguments: &[String]) -> Result<Option<Plan>, Box<dyn Error>> {
    let Some(folder) = arguments.first().filter(|folder| !folder.starts_with('-')) else { return Ok(None) };
    let number = |name: &str, default: u64| -> Result<u64, Box<dyn Error>> {
        match arguments.iter().position(|argument| argument == name) {
            None => Ok(default),
            Some(at) => Ok(arguments.get(at + 1).ok_or(format!("{name} needs a number"))?.parse()?),
        }
    };
    Ok(Some(Plan {
        folder: folder.into(),
        rows: number("--rows", 10_000_000)?,
        entries: number("--entries", 1_000)?.max(1),
        segments: number("--segments", 720)?.max(1),
    }))
}

fn path(folder: &Path, segment: u64) -> PathBuf {
    folder.join(format!("{segment}.past"))
}

/// Writes the segments. Returns how many bytes they have and how many copies are hidden in them.
fn write(plan: &Plan, known: &[Pdq]) -> Result<(u64, u64), Box<dyn Error>> {
    let (mut bytes, mut copies) = (0, 0);
    for segment in 0..plan.segments {
        let (first, end) = (plan.rows * segment / plan.segments, plan.rows * (segment + 1) / plan.segments);
        let mut writer = PastWriter::begin(BufWriter::new(File::create(path(&plan.folder, segment))?))?;
        for row in first..end {
            let digest = hash(row ^ 0x5555_5555_5555_5555).0;
            let mut own = hash(row);
            if row % COPY_EVERY == COPY_EVERY / 2 {
                own = copy(known[(row / COPY_EVERY) as usize % known.len()]);
                copies += 1;
            }
            writer.push(PastRow {
                id: u128::from(row).to_be_bytes(),
                pdq: Some((own, Pass::Exact)),
                md5: digest.first_chunk().copied(),
                sha1: digest.first_chunk().copied(),
                sha256: Some(digest),
            })?;
        }
        writer.end()?;
        bytes += std::fs::metadata(path(&plan.folder, segment))?.len();
    }
    Ok((bytes, copies))
}

/// The hash with 31 bits changed, spread over all of it.
fn copy(mut hash: Pdq) -> Pdq {
    (0..31).for_each(|byte| hash.0[byte] ^= 1 << (byte % 8));
    hash
}

/// A hash that looks random, the same for the same number.
fn hash(number: u64) -> Pdq {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let mut hash = Pdq([0; 32]);
    hash.0.chunks_exact_mut(8).for_each(|eight| eight.copy_from_slice(&next().to_le_bytes()));
    hash
}
