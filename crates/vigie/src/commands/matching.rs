//! `vigie match`: which files are known.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufWriter, Stdout, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use vigie_match::pdq::Variant;
use vigie_match::vpdq::{self, Owner, Share, Thresholds, Vpdq};
use vigie_match::{Hit, Index, Radii, Signal, SignalKind};

use crate::files::{self, Found, Looked, Progress, Wanted};
use crate::known::{Entry, Known};
use crate::output::{Ending, Hint as _, ListFormat, chain};

const EXAMPLES: &str = "\
Examples:
  vigie match --bank list.csv seized/                    every known file of a folder, with distance and entry
  vigie match --bank md5.txt --format csv bucket/        exact digests need no decoding and take files of any kind
  vigie match --bank list.csv --dihedral photo.jpg       also if it was turned or mirrored
  vigie match --bank clip.txt videos/                    videos that are, hold or are cut from a known one

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
    /// The time between two hashes of a video, in seconds; 0 has every frame hashed.
    #[arg(long, default_value_t = 1.0, value_name = "SECONDS")]
    seconds_per_hash: f64,
    /// A video matches where so many percent of it are like known frames.
    #[arg(long, default_value_t = 80, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=101))]
    excerpt_percent: u8,
    /// A video matches, too, where so many percent of a known video are in it.
    #[arg(long, default_value_t = 80, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=101))]
    contained_percent: u8,
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
    // A video may show a known picture, and a picture may be a frame of a known video.
    let perceptual = known.has(|kind| !kind.is_exact());
    let between = Duration::try_from_secs_f64(arguments.seconds_per_hash)
        .context("cannot hash a video every so many seconds")?;
    let wanted = Wanted {
        pdq: perceptual,
        vpdq: perceptual.then_some(between),
        digests: known.has(SignalKind::is_exact),
    };
    let rule = [arguments.excerpt_percent, arguments.contained_percent];
    let matcher = Matcher::new(known, arguments.distance, arguments.dihedral, rule);
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
    kind: SignalKind,
    distance: u32,
    entry: &'a Entry,
    /// How much the two have in common, where one of them is a video.
    share: Option<Share>,
    /// How the picture has to be laid down to match, where that was asked.
    variant: Option<Variant>,
}

struct Matcher {
    index: Index,
    entries: Vec<Entry>,
    radii: Radii,
    dihedral: bool,
    /// What a video has to reach one of.
    rule: [Thresholds; 2],
}

impl Matcher {
    fn new(known: Known, distance: u32, dihedral: bool, [query, compared]: [u8; 2]) -> Self {
        let index = Index::build(known.rows);
        let rule = [Thresholds { query, compared: 0 }, Thresholds { query: 0, compared }];
        Self { index, entries: known.entries, radii: Radii::everywhere(distance), dihedral, rule }
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
        match &found.watched {
            Some(Ok(watched)) => matches.extend(self.look_up_video(&watched.vpdq)),
            Some(Err(error)) => fault = Some(format!("{}: {}", path.display(), chain(error))),
            None => {}
        }
        // Of a known video several frames may be like a picture, and the nearest speaks for it.
        let mut videos = HashSet::new();
        matches.retain(|one| one.kind != SignalKind::Vpdq || videos.insert(one.entry.line));
        (matches, fault)
    }

    fn look_up_video(&self, video: &Vpdq) -> impl Iterator<Item = Match<'_>> {
        let mut hits = vpdq::search(&self.index, &video.kept(), &self.radii);
        hits.retain(|hit| self.rule.iter().any(|thresholds| hit.share.reaches(*thresholds)));
        hits.sort_by_key(|hit| (hit.distance, hit.owner));
        hits.into_iter().map(|hit| Match {
            kind: if hit.owner.frames.is_some() { SignalKind::Vpdq } else { SignalKind::Pdq },
            distance: hit.distance,
            entry: self.entry(hit.owner),
            share: Some(hit.share),
            variant: None,
        })
    }

    fn matched(&self, hit: Hit, variant: Option<Variant>) -> Match<'_> {
        let owner = Owner::of(hit.entry);
        let share = owner.share_of_picture();
        let kind = if share.is_some() { SignalKind::Vpdq } else { hit.signal.kind() };
        Match { kind, distance: hit.distance, entry: self.entry(owner), share, variant }
    }

    fn entry(&self, owner: Owner) -> &Entry {
        let place = usize::try_from(owner.entry).expect("an entry's number is a place in a list in memory");
        &self.entries[place]
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
            writeln!(out, "path,signal,distance,variant,query_percent,compared_percent,line,entry")?;
        }
        Ok(Self { out, format })
    }

    fn print(&mut self, path: &Path, one: &Match<'_>) -> anyhow::Result<()> {
        let Match { kind, distance, entry, share, variant } = one;
        let percent = share.map(|share| (share.query_percent(), share.compared_percent()));
        let variant = variant.map(variant_name);
        match self.format {
            ListFormat::Text => {
                let turned = variant.filter(|name| *name != "original").map(|name| format!(", {name}"));
                writeln!(
                    self.out,
                    "{}: {kind}, distance {distance}{}{}: line {} {}",
                    path.display(),
                    percent
                        .map(|(query, compared)| format!(", {query} % of it, {compared} % of the known"))
                        .unwrap_or_default(),
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
                    &distance.to_string(),
                    variant.unwrap_or_default(),
                    &percent.map(|percent| percent.0.to_string()).unwrap_or_default(),
                    &percent.map(|percent| percent.1.to_string()).unwrap_or_default(),
                    &entry.line.to_string(),
                    &entry.name,
                ])?;
                row.flush()?;
            }
            ListFormat::Json => {
                let line = json!({
                    "path": path.to_string_lossy(),
                    "signal": kind.name(),
                    "distance": distance,
                    "variant": variant,
                    "query_percent": percent.map(|percent| percent.0),
                    "compared_percent": percent.map(|percent| percent.1),
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
