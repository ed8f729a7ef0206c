//! `vigie match`: which files are known.

use std::fs;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use vigie_match::pdq::Variant;
use vigie_match::{Hit, Index, Radii, Signal, SignalKind};

use crate::files::{self, Found, Looked, Progress, Wanted};
use crate::known::{Entry, Known};
use crate::output::{Ending, Hint as _, ListFormat, chain};

const EXAMPLES: &str = "\
Examples:
  vigie match --bank list.csv seized/                    every known file of a folder, with distance and entry
  vigie match --bank md5.txt --format csv bucket/        exact digests need no decoding and take files of any kind
  vigie match --bank list.csv --dihedral photo.jpg       also if it was turned or mirrored

The list is a CSV in any order of columns, with or without a header, or one hash a line; `vigie hash --format csv` makes \
one. 64 digits of which nothing says whether they are PDQ or SHA-256 are taken as both. Exit code 1: nothing matched.";

/// Find known files in folders, by a list of known signals and without a service.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files, and folders that are walked.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The list of known signals.
    #[arg(long, value_name = "FILE")]
    bank: PathBuf,
    /// In how many of its 256 bits a PDQ hash may differ.
    #[arg(long, value_name = "BITS", default_value_t = 31, value_parser = clap::value_parser!(u32).range(0..=255))]
    distance: u32,
    /// Compare the seven turned and mirrored positions of a picture too.
    #[arg(long)]
    dihedral: bool,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    let known = read_list(&arguments.bank)?;
    let mut ending = Ending::Negative;
    for fault in &known.faults {
        eprintln!("error: line {} of {}: {}", fault.line, arguments.bank.display(), fault.problem);
        ending = Ending::Faulty;
    }
    let wanted = Wanted { pdq: known.has(|kind| !kind.is_exact()), digests: known.has(SignalKind::is_exact) };
    let matcher = Matcher::new(known, arguments.distance, arguments.dihedral);
    let progress = Progress::new();
    let mut printer = Printer::new(arguments.format)?;
    let (mut files, mut matches) = (0_u64, 0_u64);
    files::look_at(&arguments.paths, wanted, &progress, |looked| {
        progress.aside(|| -> anyhow::Result<()> {
            files += 1;
            let (found, error) = matcher.look_up(&looked);
            for one in &found {
                printer.print(&looked.path, one)?;
            }
            matches += found.len() as u64;
            if let Some(error) = error {
                printer.fault(&looked.path, &error)?;
                ending = Ending::Faulty;
            }
            Ok(())
        })
    })?;
    printer.out.flush()?;
    drop(progress);
    if arguments.format == ListFormat::Text {
        eprintln!("{matches} matches in {files} files, {} known entries", matcher.entries.len());
    }
    Ok(if matches > 0 && ending == Ending::Negative { Ending::Fine } else { ending })
}

fn read_list(path: &Path) -> anyhow::Result<Known> {
    let hint =
        "a list is a CSV or has one hexadecimal hash a line; `vigie hash --format csv PATH…` makes one";
    let text =
        fs::read(path).with_context(|| format!("cannot read the list {}", path.display())).hint(hint)?;
    let known = Known::read(&text);
    if known.entries.is_empty() {
        let none = anyhow::anyhow!("the list {} holds no signal", path.display());
        return Err(none).hint(hint);
    }
    Ok(known)
}

/// A known entry that a file matches.
struct Match<'a> {
    hit: Hit,
    entry: &'a Entry,
    /// How the picture has to be laid down to match, where that was asked.
    variant: Option<Variant>,
}

struct Matcher {
    index: Index,
    entries: Vec<Entry>,
    radii: Radii,
    dihedral: bool,
}

impl Matcher {
    fn new(known: Known, distance: u32, dihedral: bool) -> Self {
        let index = Index::build(known.rows);
        Self { index, entries: known.entries, radii: Radii::everywhere(distance), dihedral }
    }

    /// The matches of a file, exact ones first, and what could not be read of it.
    fn look_up(&self, looked: &Looked) -> (Vec<Match<'_>>, Option<String>) {
        match &looked.found {
            Ok(found) => self.look_up_found(&looked.path, found),
            Err(error) => (Vec::new(), Some(chain(error))),
        }
    }

    fn look_up_found(&self, path: &Path, found: &Found) -> (Vec<Match<'_>>, Option<String>) {
        let mut hits = Vec::new();
        for digest in found.digests.iter().flat_map(vigie_match::Digests::signals) {
            self.index.search(&digest, &self.radii, &mut hits);
        }
        let mut matches: Vec<_> = hits.drain(..).map(|hit| self.matched(hit, None)).collect();
        let mut fault = None;
        match &found.examined {
            Some(Ok(seen)) => match (seen.dihedral, seen.pdq) {
                (Some(variants), _) if self.dihedral => {
                    let mut hits = Vec::new();
                    self.index.search_dihedral(&variants, &self.radii, &mut hits);
                    matches.extend(
                        hits.into_iter()
                            .map(|found| self.matched(found.hit, Some(Variant::ALL[found.variant]))),
                    );
                }
                (_, Some(pdq)) => {
                    self.index.search(&Signal::Pdq(pdq), &self.radii, &mut hits);
                    matches.extend(hits.into_iter().map(|hit| self.matched(hit, None)));
                }
                _ => {}
            },
            Some(Err(error)) => fault = Some(format!("{}: {}", path.display(), chain(error))),
            None => {}
        }
        (matches, fault)
    }

    fn matched(&self, hit: Hit, variant: Option<Variant>) -> Match<'_> {
        let place = usize::try_from(hit.entry).expect("an entry's number is a place in a list in memory");
        Match { hit, entry: &self.entries[place], variant }
    }
}

struct Printer {
    out: BufWriter<Stdout>,
    format: ListFormat,
}

impl Printer {
    fn new(format: ListFormat) -> io::Result<Self> {
        let mut out = BufWriter::new(io::stdout());
        if format == ListFormat::Csv {
            writeln!(out, "path,signal,distance,variant,line,entry")?;
        }
        Ok(Self { out, format })
    }

    fn print(&mut self, path: &Path, one: &Match<'_>) -> anyhow::Result<()> {
        let Match { hit, entry, variant } = one;
        let kind = hit.signal.kind();
        let variant = variant.map(variant_name);
        match self.format {
            ListFormat::Text => {
                let turned = variant.filter(|name| *name != "original").map(|name| format!(", {name}"));
                writeln!(
                    self.out,
                    "{}: {kind}, distance {}{}: line {} {}",
                    path.display(),
                    hit.distance,
                    turned.unwrap_or_default(),
                    entry.line,
                    entry.name
                )?;
            }
            ListFormat::Csv => {
                let mut row = csv::Writer::from_writer(&mut self.out);
                row.write_record([
                    &*path.to_string_lossy(),
                    kind.name(),
                    &hit.distance.to_string(),
                    variant.unwrap_or_default(),
                    &entry.line.to_string(),
                    &entry.name,
                ])?;
                row.flush()?;
            }
            ListFormat::Json => {
                let line = json!({
                    "path": path.to_string_lossy(),
                    "signal": kind.name(),
                    "distance": hit.distance,
                    "variant": variant,
                    "line": entry.line,
                    "entry": entry.name,
                });
                writeln!(self.out, "{line}")?;
            }
        }
        Ok(())
    }

    fn fault(&mut self, path: &Path, error: &str) -> io::Result<()> {
        if self.format == ListFormat::Json {
            writeln!(self.out, "{}", json!({ "path": path.to_string_lossy(), "error": error }))?;
        }
        self.out.flush()?;
        eprintln!("error: {error}");
        Ok(())
    }
}

/// The names of the reference's `dihedral.csv`.
fn variant_name(variant: Variant) -> &'static str {
    match variant {
        Variant::Original => "original",
        Variant::Rotate90 => "rotate90",
        Variant::Rotate180 => "rotate180",
        Variant::Rotate270 => "rotate270",
        Variant::FlipX => "flipx",
        Variant::FlipY => "flipy",
        Variant::FlipPlus1 => "flipplus1",
        Variant::FlipMinus1 => "flipminus1",
    }
}
