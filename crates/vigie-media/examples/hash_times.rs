//! Answers each path on its standard input with the hash of that picture and what it took, in this process.
//!
//! `cargo run --release -p vigie-media --example hash_times [first] < PATHS`; with `first`, by the first pass.
//!
//! One line for each: hash, quality, seconds from the file to the hash; of a picture in pixels (PPM) the seconds of the
//! hash step alone. It is our side of `cargo xtask bench --only media`, which asks it and the reference in turns.

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use vigie_match::pdq;
use vigie_media::{Limits, examine};

fn main() -> Result<(), Box<dyn Error>> {
    let first = std::env::args().nth(1).is_some_and(|word| word == "first");
    let examine = if first { examine::first_pass } else { examine::examine };
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let path = line?;
        let start = Instant::now();
        let media = std::fs::read(path)?;
        if media.starts_with(b"P6") {
            let (hash, quality, seconds) = of_pixels(&media).ok_or("this is no picture in pixels")?;
            writeln!(output, "{hash} {quality} {seconds}")?;
        } else {
            let found = examine(&media, &Limits::default())?;
            let seconds = start.elapsed().as_secs_f64();
            let hash = found.pdq.map(|hash| hash.to_string()).unwrap_or_default();
            writeln!(output, "{hash} {} {seconds}", found.quality)?;
        }
        output.flush()?;
    }
    Ok(())
}

/// Hash, quality and the seconds of the hash step alone, of a picture in the form PPM as it is written without comments.
fn of_pixels(media: &[u8]) -> Option<(vigie_match::Pdq, u8, f64)> {
    let mut lines = media.splitn(4, |byte| *byte == b'\n').skip(1);
    let mut sides = std::str::from_utf8(lines.next()?).ok()?.split(' ').map(str::parse::<u32>);
    let (width, height) = (sides.next()?.ok()?, sides.next()?.ok()?);
    let pixels = lines.nth(1)?;
    if pixels.len() != width as usize * height as usize * 3 {
        return None;
    }
    let start = Instant::now();
    let found = pdq::hash_rgb(pixels, width, height);
    Some((found.hash, found.quality, start.elapsed().as_secs_f64()))
}
