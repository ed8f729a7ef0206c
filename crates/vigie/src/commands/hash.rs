//! `vigie hash`: the signals of files.

use std::io::{self, BufWriter, Stdout, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Map, Value, json};
use vigie_match::pdq::QUALITY_FLOOR;
use vigie_match::{Signal, SignalKind};
use vigie_media::{Ended, Examined, MediaError, Watched};

use crate::files::{self, Found, Looked, Progress, ReadError, Wanted};
use crate::output::{Ending, ListFormat, chain};

const EXAMPLES: &str = "\
Examples:
  vigie hash photo.jpg                                   every signal of one file
  vigie hash --signal pdq --format csv pictures/         hash,quality,path a line: a list for `vigie match --bank`
  vigie hash --signal sha256 --format json evidence/     one object a line, for other programs
  vigie hash --signal vpdq clip.mp4 > clip.txt           a video, as vPDQ writes it: a list for `vigie match --bank`

A picture of a quality under 50 has no PDQ signal: too little is on it. Videos take ffmpeg. A file that cannot be read or decoded \
is told on standard error and the rest is done; the exit code is 2 then. A PDQ signal is marked unstable where a bit of it hangs on \
rounding: another exact program may set that bit otherwise.";

/// Compute the signals of files and whole folders, on all cores.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files, and folders that are walked.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Which signals: pdq, md5, sha1, sha256, and vpdq of videos.
    #[arg(
        long = "signal",
        value_delimiter = ',',
        default_value = "pdq,md5,sha1,sha256,vpdq",
        value_name = "KIND"
    )]
    signals: Vec<SignalKind>,
    /// The time between two hashes of a video, in seconds; 0 has every frame hashed.
    #[arg(long, default_value_t = 1.0, value_name = "SECONDS")]
    seconds_per_hash: f64,
    /// The form of the output. With the one signal vpdq, text is vPDQ's own form. With the one signal pdq, csv is `hash,quality,path` without a header.
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

pub(crate) fn run(mut arguments: Arguments) -> anyhow::Result<Ending> {
    arguments.signals.sort_unstable();
    arguments.signals.dedup();
    let between = Duration::try_from_secs_f64(arguments.seconds_per_hash)
        .context("cannot hash a video every so many seconds")?;
    let wanted = Wanted {
        pdq: arguments.signals.contains(&SignalKind::Pdq),
        digests: arguments.signals.iter().any(|kind| kind.is_exact()),
        vpdq: arguments.signals.contains(&SignalKind::Vpdq).then_some(between),
    };
    let progress = Progress::new();
    let mut printer = Printer::new(arguments.format, arguments.signals)?;
    let mut ending = Ending::Fine;
    let mut unstable = 0_usize;
    files::look_at(&arguments.paths, wanted, &progress, |looked| {
        progress.aside(|| -> anyhow::Result<()> {
            let line = Line::of(looked, &printer.kinds);
            unstable += usize::from(line.is_unstable());
            if let Some(error) = &line.error {
                // What stands before the error has to be seen before it.
                printer.out.flush()?;
                eprintln!("error: {error}");
                ending = Ending::Faulty;
            }
            printer.print(&line)
        })
    })?;
    printer.out.flush()?;
    if unstable > 0 && printer.format != ListFormat::Json {
        eprintln!("note: {unstable} PDQ signals are unstable: a bit of each hangs on rounding");
    }
    Ok(ending)
}

/// What is told about one path.
struct Line {
    path: PathBuf,
    mime: Option<&'static str>,
    examined: Option<Examined>,
    watched: Option<Watched>,
    /// The wanted signals, in their order. A wanted signal that the file does not have is none.
    signals: Vec<(SignalKind, Option<String>)>,
    error: Option<String>,
}

impl Line {
    fn of(looked: Looked, kinds: &[SignalKind]) -> Self {
        let Looked { path, found } = looked;
        match found {
            Ok(found) => Self::of_file(path, found, kinds),
            Err(error) => Self::unreadable(path, &error),
        }
    }

    fn of_file(path: PathBuf, found: Found, kinds: &[SignalKind]) -> Self {
        let (examined, picture_error) = apart(found.examined);
        let (watched, video_error) = apart(found.watched);
        let error = picture_error.or(video_error).map(|error| told(&path, &error));
        let error = error.or_else(|| unfinished(&path, watched.as_ref()?.ended));
        let pdq = examined.and_then(|examined| examined.pdq).map(Signal::Pdq);
        let digests = found.digests.map(|digests| digests.signals());
        let have: Vec<Signal> = pdq.into_iter().chain(digests.into_iter().flatten()).collect();
        let of = |kind| match (kind, &watched) {
            (SignalKind::Vpdq, watched) => watched.as_ref().map(|watched| watched.vpdq.field()),
            (kind, _) => have.iter().find(|signal| signal.kind() == kind).map(Signal::hex),
        };
        Self {
            signals: kinds.iter().map(|kind| (*kind, of(*kind))).collect(),
            mime: watched.as_ref().map(Watched::mime).or(found.format.map(vigie_media::Format::mime)),
            path,
            examined,
            watched,
            error,
        }
    }

    fn unreadable(path: PathBuf, error: &ReadError) -> Self {
        Self {
            path,
            mime: None,
            examined: None,
            watched: None,
            signals: Vec::new(),
            error: Some(chain(error)),
        }
    }

    fn sides(&self) -> Option<(u32, u32)> {
        let picture = self.examined.map(|seen| (seen.width, seen.height));
        picture.or_else(|| self.watched.as_ref().map(|seen| (seen.width, seen.height)))
    }

    /// Whether it has a PDQ signal of which a bit hangs on rounding.
    fn is_unstable(&self) -> bool {
        let shown = self.signals.iter().any(|(kind, value)| *kind == SignalKind::Pdq && value.is_some());
        shown && self.examined.is_some_and(|seen| seen.unstable)
    }

    /// Whether there is anything to print beside the error.
    fn has_signals(&self) -> bool {
        self.error.is_none() || self.signals.iter().any(|(_, value)| value.is_some())
    }
}

fn apart<T>(outcome: Option<Result<T, MediaError>>) -> (Option<T>, Option<MediaError>) {
    match outcome {
        Some(Ok(found)) => (Some(found), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    }
}

/// Why a video was not watched to its end. What was seen of it is told all the same.
fn unfinished(path: &std::path::Path, ended: Ended) -> Option<String> {
    let why = match ended {
        Ended::AtItsEnd => return None,
        Ended::Broken => "its rest cannot be decoded",
        Ended::OutOfTime => "it takes too long",
        Ended::OutOfFrames => "it has more frames than one signal holds",
    };
    Some(format!("{}: only the beginning of the video was hashed: {why}", path.display()))
}

fn told(path: &std::path::Path, error: &MediaError) -> String {
    format!("{}: {}", path.display(), chain(error))
}

/// Prints lines in one of the forms.
struct Printer {
    out: BufWriter<Stdout>,
    format: ListFormat,
    kinds: Vec<SignalKind>,
}

impl Printer {
    fn new(format: ListFormat, kinds: Vec<SignalKind>) -> io::Result<Self> {
        let mut printer = Self { out: BufWriter::new(io::stdout()), format, kinds };
        if format == ListFormat::Csv && !printer.is_reference_csv() {
            let names = printer.kinds.iter().map(|kind| kind.name());
            let header: Vec<_> = names.chain(["quality", "path"]).collect();
            writeln!(printer.out, "{}", header.join(","))?;
        }
        Ok(printer)
    }

    /// The form of the PDQ reference program: `hash,quality,path`, without a header.
    fn is_reference_csv(&self) -> bool {
        self.kinds == [SignalKind::Pdq]
    }

    fn print(&mut self, line: &Line) -> anyhow::Result<()> {
        match self.format {
            ListFormat::Text if line.has_signals() => self.text(line)?,
            ListFormat::Csv if line.has_signals() => self.csv(line)?,
            ListFormat::Json => writeln!(self.out, "{}", json_line(line))?,
            ListFormat::Text | ListFormat::Csv => {}
        }
        Ok(())
    }

    fn text(&mut self, line: &Line) -> io::Result<()> {
        if self.kinds == [SignalKind::Vpdq] {
            return line.watched.iter().try_for_each(|watched| write!(self.out, "{}", watched.vpdq));
        }
        let kind = line.mime.unwrap_or("no known format");
        let size = line.sides().map(|(width, height)| format!(", {width} × {height}")).unwrap_or_default();
        writeln!(self.out, "{} ({kind}{size})", line.path.display())?;
        for (kind, value) in &line.signals {
            if *kind == SignalKind::Vpdq {
                if let Some(watched) = &line.watched {
                    let (all, kept) = (watched.vpdq.frames().len(), watched.vpdq.kept().len());
                    writeln!(
                        self.out,
                        "  vpdq   {all} frames, {kept} that count: --signal vpdq prints them"
                    )?;
                }
                continue;
            }
            if *kind == SignalKind::Pdq && line.watched.is_some() {
                continue;
            }
            match (value, line.examined) {
                (Some(value), Some(seen)) if *kind == SignalKind::Pdq => {
                    let mark = if line.is_unstable() { ", unstable" } else { "" };
                    writeln!(self.out, "  {:<7}{value}  quality {}{mark}", kind.name(), seen.quality)?;
                }
                (Some(value), _) => writeln!(self.out, "  {:<7}{value}", kind.name())?,
                (None, Some(seen)) => {
                    writeln!(
                        self.out,
                        "  {:<7}none: its quality is {}, under {QUALITY_FLOOR}",
                        kind.name(),
                        seen.quality
                    )?;
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn csv(&mut self, line: &Line) -> anyhow::Result<()> {
        let quality = line.examined.map(|seen| seen.quality.to_string()).unwrap_or_default();
        let mut row = csv::Writer::from_writer(&mut self.out);
        for (_, value) in &line.signals {
            row.write_field(value.as_deref().unwrap_or_default())?;
        }
        row.write_field(quality)?;
        // Names of files are bytes; they are handed on as they are.
        row.write_field(line.path.as_os_str().as_bytes())?;
        row.write_record(None::<&[u8]>)?;
        row.flush()?;
        Ok(())
    }
}

fn json_line(line: &Line) -> Value {
    let signals: Map<String, Value> =
        line.signals.iter().map(|(kind, value)| (kind.name().to_owned(), json!(value))).collect();
    let path = line.path.to_string_lossy();
    if let Some(error) = &line.error {
        let mut object = json!({ "path": path, "error": error });
        if line.has_signals() {
            object["signals"] = Value::Object(signals);
        }
        return object;
    }
    json!({
        "path": path,
        "mime": line.mime,
        "width": line.sides().map(|(width, _)| width),
        "height": line.sides().map(|(_, height)| height),
        "signals": signals,
        "quality": line.examined.map(|seen| seen.quality),
        "unstable": line.examined.map(|seen| seen.unstable),
    })
}
