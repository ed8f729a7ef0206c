//! Lists of known signals: CSV, JSON lines, and plain lists of hexadecimal digits.
//!
//! What it is: one reader for each format, all with the same records; and a writer for what a bank hands out, which the
//! reader takes back. What it is not: it decides nothing about a bank. The readers hold one line at a time.
//!
//! ```
//! use vigie_formats::bank_list::{ListFormat, Listed, ReadOptions, read};
//!
//! let list = b"900150983cd24fb0d6963f7d28e17f72  lake.jpg\nnonsense\n";
//! let lines: Vec<_> = read(ListFormat::Plain, &list[..], ReadOptions::default()).collect();
//! assert!(matches!(&lines[0], Listed::Record(record) if record.original_reference.as_deref() == Some("lake.jpg")));
//! assert!(matches!(&lines[1], Listed::Faulty(diagnostic) if diagnostic.line == 2));
//! ```

mod csv_list;
mod json_lines;
mod lines;
mod plain;
#[cfg(test)]
mod tests;
mod vpdq;
mod write;

use std::fmt;
use std::io::BufRead;

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::bank::Label;

pub use write::{Outgoing, header, line};

pub(crate) use write::escaped;

vigie_model::names! {
    /// How a list is written.
    pub enum ListFormat {
        /// Comma-separated values, with a header or without.
        Csv => "csv",
        /// One JSON object a line.
        JsonLines => "jsonl",
        /// One signal a line, in hexadecimal digits.
        Plain => "plain",
        /// One video: a line `number,quality,hash,seconds` for each frame, as vPDQ writes it.
        Vpdq => "vpdq",
    }
}

impl ListFormat {
    /// What the first bytes of a list look like.
    #[must_use]
    pub fn guess(beginning: &[u8]) -> Self {
        let text = String::from_utf8_lossy(beginning);
        let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
        match first.unwrap_or_default() {
            line if vpdq::is_frame(line) => Self::Vpdq,
            // The fields of frames have commas between them, too.
            line if line.starts_with("vpdq:") => Self::Plain,
            line if line.trim_start_matches('\u{feff}').starts_with('{') => Self::JsonLines,
            line if line.contains([',', ';', '\t']) => Self::Csv,
            line if csv_list::is_header(line) => Self::Csv,
            _ => Self::Plain,
        }
    }
}

vigie_model::names! {
    /// The kinds of signal that lists carry.
    pub enum ListedKind {
        /// Perceptual hash of a picture, 64 digits.
        Pdq => "pdq",
        /// MD5 of the bytes, 32 digits.
        Md5 => "md5",
        /// SHA-1 of the bytes, 40 digits.
        Sha1 => "sha1",
        /// SHA-256 of the bytes, 64 digits.
        Sha256 => "sha256",
        /// Perceptual hashes of the frames of a video: the lines of vPDQ's text form, behind one another with semicolons.
        Vpdq => "vpdq",
    }
}

impl ListedKind {
    /// The kind that a list means by this name, whatever the case and the punctuation.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let plain: String =
            name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        Some(match plain.as_str() {
            "pdq" | "pdqhash" | "hashpdq" => Self::Pdq,
            "md5" | "md5hash" | "hashmd5" | "videomd5" | "photomd5" => Self::Md5,
            "sha1" | "sha1hash" | "hashsha1" => Self::Sha1,
            "sha256" | "sha256hash" | "hashsha256" | "videosha256" => Self::Sha256,
            "vpdq" | "videovpdq" => Self::Vpdq,
            _ => return None,
        })
    }

    /// How many hexadecimal digits it has; none for a video, which has many hashes.
    #[must_use]
    pub fn digits(self) -> Option<usize> {
        match self {
            Self::Md5 => Some(32),
            Self::Sha1 => Some(40),
            Self::Pdq | Self::Sha256 => Some(64),
            Self::Vpdq => None,
        }
    }
}

/// A signal of a list.
#[derive(Clone, PartialEq, Eq)]
pub struct ListedSignal {
    /// Its kind.
    pub kind: ListedKind,
    /// Its bytes, as many as the kind demands; of a video, its text as it was found.
    pub value: Vec<u8>,
}

impl fmt::Debug for ListedSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hash of material is not for logs.
        write!(f, "{}(…)", self.kind)
    }
}

/// One entry of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListedEntry {
    /// The line it began on, from 1.
    pub line: u64,
    /// Its signals: at least one, and one of each kind at most.
    pub signals: Vec<ListedSignal>,
    /// Who vouches for it.
    pub source: Option<String>,
    /// What it is about. The scheme is empty where the list names none.
    pub labels: Vec<Label>,
    /// A free note.
    pub note: Option<String>,
    /// Where the source keeps the original.
    pub original_reference: Option<String>,
    /// Until when it does not match.
    pub disabled_until: Option<Moment>,
}

/// What is wrong with a line. Its content is never repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong.
    pub problem: String,
}

/// What a reader yields.
#[derive(Debug, Clone, PartialEq)]
pub enum Listed {
    /// An entry.
    Record(Box<ListedEntry>),
    /// A line that lists a picture without a signal, as `vigie hash` writes it for one that says too little.
    Empty {
        /// The line, from 1.
        line: u64,
    },
    /// A line that could not be understood.
    Faulty(Diagnostic),
}

/// What a list does not say about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// What 64 digits are where nothing says it: [`ListedKind::Pdq`] or [`ListedKind::Sha256`].
    pub long: ListedKind,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self { long: ListedKind::Pdq }
    }
}

/// Reads a list, one entry after the other, to its end.
pub fn read<'a>(
    format: ListFormat,
    input: impl BufRead + Send + 'a,
    options: ReadOptions,
) -> Box<dyn Iterator<Item = Listed> + Send + 'a> {
    match format {
        ListFormat::Csv => Box::new(csv_list::read(input, options)),
        ListFormat::JsonLines => Box::new(json_lines::read(input, options)),
        ListFormat::Plain => Box::new(plain::read(input, options)),
        ListFormat::Vpdq => Box::new(vpdq::read(input)),
    }
}

fn faulty(line: u64, problem: impl Into<String>) -> Listed {
    Listed::Faulty(Diagnostic { line, problem: problem.into() })
}

/// Ends an entry: what every list must keep to.
fn checked(entry: ListedEntry) -> Listed {
    if entry.signals.is_empty() {
        return faulty(entry.line, "it holds no signal");
    }
    let twice = |kind: ListedKind| entry.signals.iter().filter(|signal| signal.kind == kind).count() > 1;
    if let Some(kind) = ListedKind::ALL.iter().find(|kind| twice(**kind)) {
        return faulty(entry.line, format!("it holds more than one {kind} signal"));
    }
    if entry.note.as_ref().is_some_and(|note| note.chars().count() > 255) {
        return faulty(entry.line, "its note is longer than 255 characters");
    }
    Listed::Record(Box::new(entry))
}

/// Reads the digits of a signal of a known kind.
fn signal(kind: ListedKind, text: &str) -> Result<ListedSignal, String> {
    let Some(digits) = kind.digits() else {
        if text.trim().is_empty() {
            return Err(format!("a {kind} signal is the lines of a video, and there are none"));
        }
        return Ok(ListedSignal { kind, value: text.as_bytes().to_vec() });
    };
    let wrong = || format!("a {kind} signal is {digits} hexadecimal digits");
    let value = hex::decode(text).map_err(|_| wrong())?;
    if value.len() * 2 != digits {
        return Err(wrong());
    }
    Ok(ListedSignal { kind, value })
}

/// The signal that this text is by its form, if it is one: digits, behind the name of their kind or alone.
fn by_form(text: &str, options: ReadOptions) -> Option<ListedSignal> {
    let text = text.trim_start_matches('\u{feff}');
    if let Some((name, digits)) = text.split_once(':') {
        return signal(ListedKind::named(name)?, digits.trim()).ok();
    }
    let kind = match text.len() {
        32 => ListedKind::Md5,
        40 => ListedKind::Sha1,
        64 => options.long,
        _ => return None,
    };
    signal(kind, text).ok()
}

/// Labels as one field: `scheme:code` or a bare code, several behind one another with `;` or `|`.
fn labels(text: &str) -> Vec<Label> {
    let label = |part: &str| {
        let (scheme, code) = part.split_once(':').unwrap_or(("", part));
        Label { scheme: scheme.trim().to_owned(), code: code.trim().to_owned() }
    };
    text.split([';', '|']).map(label).filter(|label| !label.code.is_empty()).collect()
}

fn moment(text: &str) -> Result<Moment, String> {
    text.parse().map_err(|_| "its disabled-until is no moment in RFC 3339".to_owned())
}

/// A text that says something.
fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
