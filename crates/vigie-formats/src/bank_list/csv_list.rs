//! Comma-separated lists. A header says what the columns hold; without one, signals are found by their form, and the
//! first field that is neither signal nor number says what they belong to.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use csv::{ByteRecord, ByteRecordsIntoIter, StringRecord};

use super::{
    Listed, ListedEntry, ListedKind, ListedSignal, ReadOptions, by_form, checked, faulty, labels, moment,
    said, signal,
};

/// Bytes of the longest record, with what is read ahead. A quote that is never closed would swallow the list.
const LONGEST: u64 = 1 << 22;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Signal(ListedKind),
    /// A signal whose kind another column tells, or its form.
    AnySignal,
    Kind,
    Source,
    Labels,
    Note,
    Reference,
    DisabledUntil,
    Other,
}

impl Column {
    fn named(name: &str) -> Self {
        let name = name.trim().trim_start_matches('\u{feff}').to_lowercase();
        if let Some(kind) = ListedKind::named(&name) {
            return Self::Signal(kind);
        }
        match name.as_str() {
            "hash" | "signal" | "value" | "indicator" => Self::AnySignal,
            "kind" | "type" | "signal_type" | "hash_type" => Self::Kind,
            "source" | "member" | "owner" => Self::Source,
            "labels" | "label" | "tags" => Self::Labels,
            "note" | "notes" | "comment" | "description" => Self::Note,
            "original_reference" | "reference" | "path" | "file" | "filename" | "name" | "url" => {
                Self::Reference
            }
            "disabled_until" => Self::DisabledUntil,
            _ => Self::Other,
        }
    }

    fn holds_signal(self) -> bool {
        matches!(self, Self::Signal(_) | Self::AnySignal)
    }
}

/// Whether a line without a comma is a header of one column.
pub(super) fn is_header(line: &str) -> bool {
    Column::named(line).holds_signal()
}

pub(super) fn read<'a>(
    input: impl BufRead + Send + 'a,
    options: ReadOptions,
) -> impl Iterator<Item = Listed> + Send {
    let mut input: Box<dyn BufRead + Send + 'a> = Box::new(input);
    let delimiter = delimiter(&mut input);
    let unread = Arc::new(AtomicU64::new(0));
    let records = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .delimiter(delimiter)
        .from_reader(Bounded { input, unread: Arc::clone(&unread) })
        .into_byte_records();
    Records { records, unread, options, columns: None, ended: false }
}

/// What separates the fields of the first line.
fn delimiter(input: &mut impl BufRead) -> u8 {
    let beginning = input.fill_buf().unwrap_or_default();
    let line = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

/// Stops a record that does not end.
struct Bounded<R> {
    input: R,
    /// Bytes handed out since the last whole record.
    unread: Arc<AtomicU64>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        if self.unread.fetch_add(read as u64, Ordering::Relaxed) > LONGEST {
            return Err(io::Error::other("a record does not end"));
        }
        Ok(read)
    }
}

struct Records<R> {
    records: ByteRecordsIntoIter<Bounded<R>>,
    unread: Arc<AtomicU64>,
    options: ReadOptions,
    /// What the header says, once the first line was read.
    columns: Option<Vec<Column>>,
    ended: bool,
}

impl<R: Read> Iterator for Records<R> {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        while !self.ended {
            let line = self.records.reader().position().line();
            match self.records.next()? {
                Ok(record) => {
                    self.unread.store(0, Ordering::Relaxed);
                    if let Some(listed) = self.take(record) {
                        return Some(listed);
                    }
                }
                Err(_) => {
                    self.ended = true;
                    return Some(faulty(line, "a quote that is never closed, or a record longer than 4 MiB"));
                }
            }
        }
        None
    }
}

impl<R> Records<R> {
    fn take(&mut self, record: ByteRecord) -> Option<Listed> {
        let line = record.position().map_or(0, csv::Position::line);
        let Ok(record) = StringRecord::from_byte_record(record) else {
            return Some(faulty(line, "it is not UTF-8 text"));
        };
        if self.columns.is_none() {
            let header = header(&record, self.options);
            let is_header = header.is_some();
            self.columns = Some(header.unwrap_or_default());
            if is_header {
                return None;
            }
        }
        self.take_record(line, &record)
    }

    fn take_record(&self, line: u64, record: &StringRecord) -> Option<Listed> {
        let columns = self.columns.as_deref().unwrap_or_default();
        if record.iter().all(|field| field.trim().is_empty()) {
            return None;
        }
        let entry = if columns.is_empty() {
            Ok(by_forms(line, record, self.options))
        } else {
            by_columns(line, record, columns, self.options)
        };
        Some(entry.unwrap_or_else(|problem| faulty(line, problem)))
    }
}

/// The columns, where the record is a header: it names a column of signals and holds none itself.
fn header(record: &StringRecord, options: ReadOptions) -> Option<Vec<Column>> {
    let columns: Vec<_> = record.iter().map(Column::named).collect();
    let names_signal = columns.iter().any(|column| column.holds_signal());
    let holds_signal = record.iter().any(|field| by_form(field.trim(), options).is_some());
    (names_signal && !holds_signal).then_some(columns)
}

fn by_columns(
    line: u64,
    record: &StringRecord,
    columns: &[Column],
    options: ReadOptions,
) -> Result<Listed, String> {
    let mut entry = ListedEntry { line, ..ListedEntry::default() };
    let mut any_signal = None;
    let mut kind = None;
    for (column, field) in columns.iter().zip(record) {
        let Some(text) = said(field).map(unescaped) else { continue };
        match column {
            Column::Signal(kind) => entry.signals.push(signal(*kind, &text)?),
            Column::AnySignal => any_signal = Some(text),
            Column::Kind => kind = Some(ListedKind::named(&text).ok_or("its kind of signal is not known")?),
            Column::Source => entry.source = Some(text),
            Column::Labels => entry.labels.extend(labels(&text)),
            Column::Note => entry.note = Some(text),
            Column::Reference if entry.original_reference.is_none() => entry.original_reference = Some(text),
            Column::DisabledUntil => entry.disabled_until = Some(moment(&text)?),
            Column::Reference | Column::Other => {}
        }
    }
    if let Some(text) = any_signal {
        entry.signals.push(of_kind(kind, &text, options)?);
    }
    if entry.signals.is_empty() {
        return Ok(Listed::Empty { line });
    }
    Ok(checked(entry))
}

fn of_kind(kind: Option<ListedKind>, text: &str, options: ReadOptions) -> Result<ListedSignal, String> {
    match kind {
        Some(kind) => signal(kind, text),
        None => by_form(text, options).ok_or_else(|| "its signal has no known form".to_owned()),
    }
}

/// Without a header: what looks like a signal is one.
fn by_forms(line: u64, record: &StringRecord, options: ReadOptions) -> Listed {
    let mut entry = ListedEntry { line, ..ListedEntry::default() };
    for field in record.iter().map(str::trim) {
        if let Some(signal) = by_form(field, options) {
            entry.signals.push(signal);
        } else if !field.is_empty() && field.parse::<f64>().is_err() && entry.original_reference.is_none() {
            entry.original_reference = Some(unescaped(field.to_owned()));
        }
    }
    if entry.signals.is_empty() && record.iter().any(|field| field.trim().is_empty()) {
        return Listed::Empty { line };
    }
    checked(entry)
}

/// Takes off the mark that our own lists put before what a spreadsheet would take for a formula.
fn unescaped(text: String) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(super::write::MARKED) => rest.to_owned(),
        _ => text,
    }
}
