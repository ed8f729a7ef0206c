//! Answers each path on its standard input with the hash of that picture and what it took, in this process.
//!
//! `cargo run --release -p vigie-media --example hash_times [first] < PATHS`; with `first`, by the first pass.
//!
//! One line for each: hash, quality, seconds from the file to the hash. It is our side of `cargo xtask bench --only media`, which asks it and the reference in turns.

use std::io::{BufRead, Write};
use std::time::Instant;

use vigie_media::{Limits, examine};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let first = std::env::args().nth(1).is_some_and(|word| word == "first");
    let examine = if first { examine::first_pass } else { examine::examine };
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let path = line?;
        let start = Instant::now();
        let media = std::fs::read(path)?;
        let found = examine(&media, &Limits::default())?;
        let seconds = start.elapsed().as_secs_f64();
        let hash = found.pdq.map(|hash| hash.to_string()).unwrap_or_default();
        writeln!(output, "{hash} {} {seconds}", found.quality)?;
        output.flush()?;
    }
    Ok(())
}
