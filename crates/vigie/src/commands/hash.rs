//! `vigie hash`: the signals of files.

use std::io::{self, BufWriter, Stdout, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};
use vigie_match::pdq::QUALITY_FLOOR;
use vigie_match::{Signal, SignalKind};
use vigie_media::{Examined, MediaError};

use crate::files::{self, Found, Looked, Progress, ReadError, Wanted};
use crate::output::{Ending, ListFormat, chain};

const EXAMPLES: &str = "\
Examples:
  vigie hash photo.jpg                                   every signal of one file
  vigie hash --signal pdq --format csv pictures/         hash,quality,path a line: a list for `vigie match --bank`
  vigie hash --signal sha256 --format json evidence/     one object a line, for other programs

A picture of a quality under 50 has no PDQ signal: too little is on it. A file that cannot be read or decoded is told on \
standard error and the rest is done; the exit code is 2 then. A PDQ signal is marked unstable where a bit of it hangs on \
rounding: another exact program may set that bit otherwise.";

/// Compute the signals of files and whole folders, on all cores.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Files, and folders that are walked.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Which signals: pdq, md5, sha1, sha256.
    #[arg(
        long = "signal",
        value_delimiter = ',',
        default_value = "pdq,md5,sha1,sha256",
        value_name = "KIND"
    )]
    signals: Vec<SignalKind>,
    /// The form of the output. With the one signal pdq, csv is `hash,quality,path` without a header.
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

pub(crate) fn run(mut arguments: Arguments) -> anyhow::Result<Ending> {
    arguments.signals.sort_unstable();
    arguments.signals.dedup();
    let wanted = Wanted {
        pdq: arguments.signals.contains(&SignalKind::Pdq),
        digests: arguments.signals.iter().any(|kind| kind.is_exact()),
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
        let (examined, error) = match found.examined {
            Some(Ok(examined)) => (Some(examined), None),
            Some(Err(error)) => (None, Some(told(&path, &error))),
            None => (None, None),
        };
        let pdq = examined.and_then(|examined| examined.pdq).map(Signal::Pdq);
        let digests = found.digests.map(|digests| digests.signals());
        let have: Vec<Signal> = pdq.into_iter().chain(digests.into_iter().flatten()).collect();
        let of = |kind| have.iter().find(|signal| signal.kind() == kind).map(Signal::hex);
        Self {
            signals: kinds.iter().map(|kind| (*kind, of(*kind))).collect(),
            mime: found.format.map(vigie_media::Format::mime),
            path,
            examined,
            error,
        }
    }

    fn unreadable(path: PathBuf, error: &ReadError) -> Self {
        Self { path, mime: None, examined: None, signals: Vec::new(), error: Some(chain(error)) }
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
        let kind = line.mime.unwrap_or("no known picture format");
        let size =
            line.examined.map(|seen| format!(", {} × {}", seen.width, seen.height)).unwrap_or_default();
        writeln!(self.out, "{} ({kind}{size})", line.path.display())?;
        for (kind, value) in &line.signals {
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
        "width": line.examined.map(|seen| seen.width),
        "height": line.examined.map(|seen| seen.height),
        "signals": signals,
        "quality": line.examined.map(|seen| seen.quality),
        "unstable": line.examined.map(|seen| seen.unstable),
    })
}
