//! Searches a file of hashes for those within a distance, and says how fast that went.
//!
//! ```text
//! cargo run --release -p vigie-match --example radius_search -- \
//!     --bank BANK.bin --queries Q.bin [--radius 31] [--threads 1] [--batch N] [--format json|text] [--out FILE]
//! ```
//! Both files hold raw hashes of 32 bytes, most significant byte first. `--batch` is the number of questions in one
//! call (all of a thread's, unless given); `p50_us` and `p99_us` come from calls with a single question. FILE gets a
//! line `query,entry,distance` for every hit, counted from 0. The last line of the output is the result.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use vigie_match::{Hit, Index, Pdq, Radii, Row, Signal};

struct Options {
    bank: PathBuf,
    queries: PathBuf,
    radius: u32,
    threads: usize,
    batch: usize,
    json: bool,
    out: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let bank = hashes(&options.bank)?;
    let asked: Vec<Signal> = hashes(&options.queries)?.into_iter().map(Signal::Pdq).collect();
    let radii = Radii::everywhere(options.radius);

    let begin = Instant::now();
    let index = Index::build((0..).zip(&bank).map(|(entry, hash)| Row {
        entry,
        bank: 0,
        signal: Signal::Pdq(*hash),
    }));
    let build_seconds = begin.elapsed().as_secs_f64();
    let bytes_per_entry = index.bytes() as f64 / bank.len().max(1) as f64;
    drop(bank);

    // Once without counting: the pages of the index are then mapped and its code is loaded.
    search_all(&index, &asked, &radii, &options);
    let begin = Instant::now();
    let hits = search_all(&index, &asked, &radii, &options);
    let queries_per_second = asked.len() as f64 / begin.elapsed().as_secs_f64();
    let [p50_us, p99_us] = quantiles(&index, &asked, &radii);

    if let Some(path) = &options.out {
        let mut file = std::io::BufWriter::new(std::fs::File::create(path)?);
        for (query, hit) in &hits {
            writeln!(file, "{query},{},{}", hit.entry, hit.distance)?;
        }
        file.flush()?;
    }
    if options.json {
        println!(
            "{{\"queries_per_second\":{queries_per_second:.1},\"p50_us\":{p50_us:.2},\"p99_us\":{p99_us:.2},\
             \"build_seconds\":{build_seconds:.3},\"bytes_per_entry\":{bytes_per_entry:.2}}}"
        );
    } else {
        println!(
            "{} hits; {queries_per_second:.0} queries/s; single query p50 {p50_us:.1} µs, p99 {p99_us:.1} µs; built in \
             {build_seconds:.2} s; {bytes_per_entry:.1} bytes an entry",
            hits.len()
        );
    }
    Ok(())
}

/// The hits of all questions in their order; each thread has its share.
fn search_all(index: &Index, asked: &[Signal], radii: &Radii, options: &Options) -> Vec<(usize, Hit)> {
    let share = asked.len().div_ceil(options.threads).max(1);
    let search = |first: usize, asked: &[Signal]| {
        let mut hits = Vec::new();
        let mut found = Vec::new();
        for (number, batch) in asked.chunks(options.batch).enumerate() {
            index.search_batch(batch, radii, &mut found);
            let before = first + number * options.batch;
            hits.extend(found.drain(..).map(|(place, hit)| (before + place, hit)));
        }
        hits
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = asked
            .chunks(share)
            .enumerate()
            .map(|(number, asked)| scope.spawn(move || search(number * share, asked)))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a search does not panic")).collect()
    })
}

/// The median and the 99th percentile of single questions, in microseconds.
fn quantiles(index: &Index, asked: &[Signal], radii: &Radii) -> [f64; 2] {
    let mut hits = Vec::new();
    let mut times: Vec<Duration> = asked
        .iter()
        .map(|signal| {
            hits.clear();
            let begin = Instant::now();
            index.search(signal, radii, &mut hits);
            begin.elapsed()
        })
        .collect();
    times.sort_unstable();
    [50, 99].map(|percent| {
        let at = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1e6)
    })
}

fn hashes(path: &PathBuf) -> Result<Vec<Pdq>, Box<dyn Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(format!("{} is not made of whole hashes of 32 bytes", path.display()).into());
    }
    Ok(hashes.iter().map(|hash| Pdq(*hash)).collect())
}

fn options() -> Result<Options, Box<dyn Error>> {
    let (mut bank, mut queries, mut out) = (None, None, None);
    let (mut radius, mut threads, mut batch, mut json) = (31, 1, usize::MAX, false);
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} has no value"))?;
        match name.as_str() {
            "--bank" => bank = Some(PathBuf::from(value)),
            "--queries" => queries = Some(PathBuf::from(value)),
            "--radius" => radius = value.parse()?,
            "--threads" => threads = value.parse::<usize>()?.max(1),
            "--batch" => batch = value.parse::<usize>()?.max(1),
            "--format" => json = value == "json",
            "--out" => out = Some(PathBuf::from(value)),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    let bank = bank.ok_or("--bank BANK.bin is needed")?;
    let queries = queries.ok_or("--queries Q.bin is needed")?;
    Ok(Options { bank, queries, radius, threads, batch, json, out })
}
