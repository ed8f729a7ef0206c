//! Looks digests up among many, and says how fast that went.
//!
//! ```text
//! cargo run --release -p vigie-match --example digest_lookup -- \
//!     [--kind md5|sha1|sha256] [--entries 10000000] [--batch 1000]
//! ```
//! Half of the questions are known. One thread. The last line of the output is one JSON object.

use std::error::Error;
use std::time::Instant;

use vigie_match::{Index, Radii, Row, Signal, SignalKind};

/// How many questions are asked.
const QUESTIONS: u64 = 2_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut kind, mut entries, mut batch) = (SignalKind::Md5, 10_000_000_u64, 1000_usize);
    let mut words = std::env::args().skip(1);
    while let Some(name) = words.next() {
        let value = words.next().ok_or_else(|| format!("{name} has no value"))?;
        match name.as_str() {
            "--kind" => kind = value.parse()?,
            "--entries" => entries = value.parse()?,
            "--batch" => batch = value.parse::<usize>()?.max(1),
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    if !kind.is_exact() {
        return Err(format!("{kind} is no digest").into());
    }
    let begin = Instant::now();
    let index = Index::build((0..entries).map(|entry| Row { entry, bank: 0, signal: digest(kind, entry) }));
    let build_seconds = begin.elapsed().as_secs_f64();

    // Known and unknown in turns, the known ones from all over the bank.
    let number = |question: u64| {
        question.wrapping_mul(0x9e37_79b9_7f4a_7c15) % entries.max(1) + question % 2 * entries
    };
    let asked: Vec<Signal> = (0..QUESTIONS).map(|question| digest(kind, number(question))).collect();
    let radii = Radii::everywhere(0);
    let (mut hits, mut found) = (Vec::new(), 0);
    let begin = Instant::now();
    for batch in asked.chunks(batch) {
        hits.clear();
        index.search_batch(batch, &radii, &mut hits);
        found += hits.len();
    }
    let lookups_per_second = asked.len() as f64 / begin.elapsed().as_secs_f64();
    if found as u64 != QUESTIONS / 2 {
        return Err(format!("{found} of {} known digests were found", QUESTIONS / 2).into());
    }
    println!(
        "{{\"lookups_per_second\":{lookups_per_second:.0},\"build_seconds\":{build_seconds:.3},\"bytes_per_entry\":{:.2}}}",
        index.bytes() as f64 / entries as f64
    );
    Ok(())
}

/// A digest of nothing: bits from SplitMix64 (Steele, Lea, Flood 2014), another for each number.
fn digest(kind: SignalKind, number: u64) -> Signal {
    let mut bytes = [0; 32];
    for (word, eight) in (0..).zip(bytes.chunks_exact_mut(8)) {
        let seed = (number * 4 + word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        eight.copy_from_slice(&(mixed ^ (mixed >> 31)).to_be_bytes());
    }
    let length = match kind {
        SignalKind::Md5 => 16,
        SignalKind::Sha1 => 20,
        SignalKind::Sha256 | SignalKind::Pdq | SignalKind::Vpdq => 32,
    };
    Signal::from_bytes(kind, &bytes[..length]).expect("the length is that of the kind")
}
