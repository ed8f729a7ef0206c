//! What the index section says: what was measured, with the goal beside each figure.

use std::fmt::Write as _;

use super::ours::{Digests, Ours};
use super::{AtSize, COMPARED, QUESTIONS, RADIUS, RIVALS};
use crate::bench::machine;

/// What was measured.
#[derive(Default)]
pub(super) struct Report {
    pub(super) sizes: Vec<AtSize>,
    pub(super) digests: Option<Digests>,
    pub(super) large: Option<Ours>,
}

impl Report {
    /// The text below the heading.
    ///
    /// # Errors
    /// The machine does not tell what it is.
    pub(super) fn text(&self) -> anyhow::Result<String> {
        let mut text = format!(
            "{}. Radius {RADIUS}, one thread, {QUESTIONS} questions (four of five planted at distances 0 to 40), both sides \
             in turns in one run on the same files. Of the first {COMPARED} questions every match was compared. faiss is \
             asked as many questions as its turn has time for. The better of the rounds counts on both sides.\n",
            machine::name()?
        );
        for size in &self.sizes {
            against_rivals(&mut text, size)?;
        }
        text.push_str("\nOurs alone.\n\n| figure | measured | goal |\n|---|---|---|\n");
        for size in &self.sizes {
            alone(&mut text, size)?;
        }
        if let Some(large) = &self.large {
            row(&mut text, "p50 / p99 at 100 M", &latency(large), "p99 ≤ 1200 µs")?;
            row(&mut text, "bytes an entry at 100 M", &format!("{:.1}", large.bytes_per_entry), "≤ 85")?;
            let rate = format!("{:.0} / {:.0} a second", large.single, large.batch);
            row(&mut text, "questions at 100 M, in batches of 1 / 1,000", &rate, "")?;
            row(&mut text, "build of 100 M", &format!("{:.0} s", large.build_seconds), "")?;
        }
        if let Some(digests) = &self.digests {
            for (kind, rate, bytes) in &digests.kinds {
                let figure = format!("{kind} lookups among {} in batches of 1,000", short(digests.entries));
                let measured = format!("{:.1} M a second, {bytes:.1} bytes an entry", rate / 1e6);
                row(&mut text, &figure, &measured, "≥ 5 M a second")?;
            }
        }
        Ok(text)
    }
}

fn against_rivals(text: &mut String, size: &AtSize) -> std::fmt::Result {
    writeln!(
        text,
        "\n{} random hashes.\n\n| | questions/s, batches of 1 | of 1,000 | we are faster by | goal | finds | bytes an entry | build |\n\
         |---|---|---|---|---|---|---|---|",
        short(size.size)
    )?;
    let ours = &size.ours;
    writeln!(
        text,
        "| Vigie | {:.0} | {:.0} | | | all | {:.0} | {:.1} s |",
        ours.single, ours.batch, ours.bytes_per_entry, ours.build_seconds
    )?;
    for (rival, against) in RIVALS.iter().zip(&size.rivals) {
        let [[single, our_single], [batch, our_batch]] = against.rates;
        let goal = match size.size {
            1_000_000 => format!("≥ {}×", rival.goals[0]),
            10_000_000 => format!("≥ {}×", rival.goals[1]),
            _ => String::new(),
        };
        let finds = if rival.exact { "all".to_owned() } else { format!("{:.2} %", against.recall * 100.0) };
        writeln!(
            text,
            "| faiss, {} | {single:.0} | {batch:.0} | {:.1}× / {:.1}× | {goal} | {finds} | {:.0} | {:.1} s |",
            rival.name,
            our_single / single,
            our_batch / batch,
            against.bytes_per_entry,
            against.build_seconds
        )?;
    }
    Ok(())
}

fn alone(text: &mut String, size: &AtSize) -> std::fmt::Result {
    let (name, ours, skewed) = (short(size.size), &size.ours, &size.skewed);
    let goals = match size.size {
        1_000_000 => ["", "≤ 215", ""],
        10_000_000 => ["p99 ≤ 250 µs", "≤ 120", "≤ 8 s"],
        _ => [""; 3],
    };
    row(text, &format!("p50 / p99 at {name}"), &latency(ours), goals[0])?;
    row(text, &format!("bytes an entry at {name}"), &format!("{:.1}", ours.bytes_per_entry), goals[1])?;
    row(text, &format!("build of {name}"), &format!("{:.1} s", ours.build_seconds), goals[2])?;
    let slower = format!(
        "{:.1}× / {:.1}× slower than random ({:.0} / {:.0} a second), p99 {:.0} µs",
        ours.single / skewed.single,
        ours.batch / skewed.batch,
        skewed.single,
        skewed.batch,
        skewed.p99_us
    );
    row(text, &format!("skewed bank of {name}, batches of 1 / 1,000"), &slower, "≤ 2×")
}

fn row(text: &mut String, figure: &str, measured: &str, goal: &str) -> std::fmt::Result {
    writeln!(text, "| {figure} | {measured} | {goal} |")
}

fn latency(ours: &Ours) -> String {
    format!("{:.0} µs / {:.0} µs", ours.p50_us, ours.p99_us)
}

/// `10 M` for ten million.
fn short(size: u64) -> String {
    if size >= 1_000_000 { format!("{} M", size / 1_000_000) } else { size.to_string() }
}
