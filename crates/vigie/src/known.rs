//! A file of known signals, as `vigie match` takes it: a CSV in whatever order its maker liked, or one hash a line.
//!
//! What it is: a reader that finds the signals by their form. 32 digits are an MD5, 40 a SHA-1; 64 digits are a PDQ or a
//! SHA-256, and unless a header, a field of the line or a prefix (`sha256:…`) says which, they are taken as both: no
//! SHA-256 comes near a PDQ hash by chance. What it is not: the import of a bank, which lives in the database and has
//! its rules.
//!
//! Nothing of a line is repeated in a fault: it may be a hash of material.

use std::collections::HashMap;

use csv::{ByteRecord, StringRecord};
use vigie_match::{Row, Signal, SignalKind};

/// Columns that name an entry, the best first.
const NAMES: [&str; 9] =
    ["name", "path", "file", "filename", "reference", "original_reference", "id", "label", "note"];
/// Columns that hold a signal of a kind told elsewhere.
const SIGNALS: [&str; 4] = ["hash", "signal", "value", "indicator"];
/// Columns that tell the kind.
const KINDS: [&str; 4] = ["type", "kind", "signal_type", "hash_type"];

/// The known signals of a file.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The signals; the entry of a row is a place in [`Self::entries`].
    pub(crate) rows: Vec<Row>,
    /// What the signals belong to.
    pub(crate) entries: Vec<Entry>,
    /// Lines that could not be understood.
    pub(crate) faults: Vec<Fault>,
}

/// A line of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its number, from 1.
    pub(crate) line: u64,
    /// What it is called there; empty where the line holds signals alone.
    pub(crate) name: String,
}

/// A line that could not be understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    pub(crate) what: String,
}

impl Known {
    /// Reads the text of a file. What cannot be understood becomes a fault, and the rest is read.
    pub(crate) fn read(text: &[u8]) -> Self {
        let mut lines = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text);
        let mut known = Self::default();
        let mut columns = Columns::default();
        for record in lines.byte_records() {
            // Reading from memory and with any number of fields, nothing can fail.
            let Ok(record) = record else { continue };
            let line = line_of(text, &record);
            let Ok(record) = StringRecord::from_byte_record(record) else {
                known.faults.push(Fault { line, what: "it is not UTF-8 text".to_owned() });
                continue;
            };
            match Columns::of_header(&record) {
                Some(header) if known.entries.is_empty() && columns.is_empty() => columns = header,
                _ => known.take(line, &record, &columns),
            }
        }
        known
    }

    /// Whether a signal of such a kind is among them.
    pub(crate) fn has(&self, wanted: impl Fn(SignalKind) -> bool) -> bool {
        self.rows.iter().any(|row| wanted(row.signal.kind()))
    }

    fn take(&mut self, line: u64, record: &StringRecord, columns: &Columns) {
        let signals = match columns.signals(record) {
            Ok(signals) => signals,
            Err(what) => return self.faults.push(Fault { line, what }),
        };
        if signals.is_empty() {
            // A picture without a signal, as `vigie hash` lists it, has an empty field where the signal would be.
            if record.iter().all(|field| !field.is_empty()) {
                self.faults.push(Fault { line, what: "it holds no signal".to_owned() });
            }
            return;
        }
        let entry = self.entries.len() as u64;
        self.rows.extend(signals.into_iter().map(|signal| Row { entry, bank: 0, signal }));
        self.entries.push(Entry { line, name: columns.name(record) });
    }
}

/// What a header says about its columns.
#[derive(Debug, Default)]
struct Columns {
    kinds: HashMap<usize, SignalKind>,
    signal: Option<usize>,
    kind: Option<usize>,
    name: Option<usize>,
}

impl Columns {
    /// The columns, where the record is a header: it names a column of signals and holds none itself.
    fn of_header(record: &StringRecord) -> Option<Self> {
        let names: Vec<String> = record.iter().map(str::to_lowercase).collect();
        let place = |known: &[&str]| known.iter().find_map(|name| names.iter().position(|it| it == name));
        let kinds: HashMap<_, _> =
            names.iter().enumerate().filter_map(|(at, name)| Some((at, kind_named(name)?))).collect();
        let columns = Self { kinds, signal: place(&SIGNALS), kind: place(&KINDS), name: place(&NAMES) };
        let holds_none = record.iter().all(|field| by_form(field, None).is_empty());
        (holds_none && (columns.signal.is_some() || !columns.kinds.is_empty())).then_some(columns)
    }

    fn is_empty(&self) -> bool {
        self.signal.is_none() && self.kinds.is_empty()
    }

    fn signals(&self, record: &StringRecord) -> Result<Vec<Signal>, String> {
        if self.is_empty() {
            let stated = record.iter().find_map(kind_named);
            return Ok(record.iter().flat_map(|field| by_form(field, stated)).collect());
        }
        let mut signals = Vec::new();
        for (at, field) in record.iter().enumerate().filter(|(_, field)| !field.is_empty()) {
            if let Some(kind) = self.kinds.get(&at) {
                signals
                    .push(Signal::parse(*kind, field).map_err(|error| format!("it holds what is {error}"))?);
            } else if self.signal == Some(at) {
                let stated = self.kind.and_then(|at| record.get(at)).and_then(kind_named);
                let found = by_form(field, stated);
                if found.is_empty() {
                    return Err("it holds no signal that is known here".to_owned());
                }
                signals.extend(found);
            }
        }
        Ok(signals)
    }

    /// What the line calls its entry: the column for it, or the last field that is no signal.
    fn name(&self, record: &StringRecord) -> String {
        let last =
            || record.iter().rfind(|field| by_form(field, None).is_empty() && kind_named(field).is_none());
        let name = if self.is_empty() { last() } else { self.name.and_then(|at| record.get(at)) };
        name.unwrap_or_default().to_owned()
    }
}

/// Where a record begins. The reader's own position lies before the remarks and empty lines that it passed over.
fn line_of(text: &[u8], record: &ByteRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(text.len());
    let passed_over = text[start..]
        .split_inclusive(|byte| *byte == b'\n')
        .take_while(|line| line.starts_with(b"#") || line.trim_ascii().is_empty());
    position.line() + passed_over.count() as u64
}

fn kind_named(text: &str) -> Option<SignalKind> {
    text.to_lowercase().replace('-', "").parse().ok()
}

/// The signals that a field can be, by its length, and by its kind where that is stated.
fn by_form(field: &str, stated: Option<SignalKind>) -> Vec<Signal> {
    let (stated, digits) = match field.split_once(':') {
        Some((kind, digits)) => (kind_named(kind).or(stated), digits),
        None => (stated, field),
    };
    let kinds: &[SignalKind] = match (digits.len(), stated) {
        (32, _) => &[SignalKind::Md5],
        (40, _) => &[SignalKind::Sha1],
        (64, Some(SignalKind::Pdq)) => &[SignalKind::Pdq],
        (64, Some(SignalKind::Sha256)) => &[SignalKind::Sha256],
        (64, _) => &[SignalKind::Pdq, SignalKind::Sha256],
        _ => &[],
    };
    kinds.iter().filter_map(|kind| Signal::parse(*kind, digits).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use SignalKind::{Md5, Pdq, Sha1, Sha256};

    const LONG: &str = "d8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22";
    const SHORT: &str = "900150983cd24fb0d6963f7d28e17f72";
    const MIDDLE: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    /// Compares what a file gives: line, name and kinds of each entry, and the lines at fault.
    #[track_caller]
    fn check(text: &str, entries: &[(u64, &str, &[SignalKind])], faults: &[u64]) {
        let text = text.replace("LONG", LONG).replace("SHORT", SHORT).replace("MIDDLE", MIDDLE);
        let known = Known::read(text.as_bytes());
        let kinds_of = |at| -> Vec<_> {
            known.rows.iter().filter(|row| row.entry == at as u64).map(|row| row.signal.kind()).collect()
        };
        let found: Vec<_> = known
            .entries
            .iter()
            .enumerate()
            .map(|(at, it)| (it.line, it.name.as_str(), kinds_of(at)))
            .collect();
        let expected: Vec<_> =
            entries.iter().map(|(line, name, kinds)| (*line, *name, kinds.to_vec())).collect();
        assert_eq!(found, expected);
        assert_eq!(known.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), faults);
    }

    #[test]
    fn a_list_of_hashes() {
        check(
            "LONG\nSHORT\n# a remark\n\nMIDDLE\n",
            &[(1, "", &[Pdq, Sha256]), (2, "", &[Md5]), (5, "", &[Sha1])],
            &[],
        );
    }

    #[test]
    fn what_hash_prints_as_csv() {
        check("LONG,100,lake.jpg\n,31,fog.jpg\n", &[(1, "lake.jpg", &[Pdq, Sha256])], &[]);
        let all = "pdq,md5,sha1,sha256,quality,path\nLONG,SHORT,MIDDLE,LONG,100,lake.jpg\n,SHORT,MIDDLE,LONG,31,fog.jpg\n";
        check(all, &[(2, "lake.jpg", &[Pdq, Md5, Sha1, Sha256]), (3, "fog.jpg", &[Md5, Sha1, Sha256])], &[]);
    }

    #[test]
    fn the_kind_may_be_stated() {
        check(
            "sha256:LONG\nPDQ,LONG\nLONG,SHA-256,x\n",
            &[(1, "", &[Sha256]), (2, "", &[Pdq]), (3, "x", &[Sha256])],
            &[],
        );
        check("type,value,note\npdq,LONG,hill\n", &[(2, "hill", &[Pdq])], &[]);
    }

    #[test]
    fn faults_do_not_stop_the_reading() {
        check("nonsense\nSHORT\nzz,LONGa\n", &[(2, "", &[Md5])], &[1, 3]);
        check("md5,name\nSHORT,a\nshort,b\nSHORT,c\n", &[(2, "a", &[Md5]), (4, "c", &[Md5])], &[3]);
    }
}
