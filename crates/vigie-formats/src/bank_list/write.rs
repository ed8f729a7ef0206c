//! Writing a list that a bank hands out, one entry after the other. [`super::read`] takes it back.

use serde_json::json;

use super::{ListFormat, ListedEntry, ListedKind, ListedSignal};

/// What a spreadsheet would take for the beginning of a formula, and the mark itself that is put before it.
pub(super) const MARKED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// An entry on its way out.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Its number in the bank.
    pub id: i64,
    /// What it holds; the line does not matter.
    pub entry: ListedEntry,
}

/// The first line of a list, with its end; empty where the format has none.
#[must_use]
pub fn header(format: ListFormat) -> String {
    match format {
        ListFormat::Csv => {
            "id,pdq,md5,sha1,sha256,vpdq,labels,note,source,original_reference,disabled_until\n".to_owned()
        }
        ListFormat::JsonLines | ListFormat::Plain | ListFormat::Vpdq => String::new(),
    }
}

/// The line of an entry, with its end. A plain list has a line for each signal, and tells nothing else.
#[must_use]
pub fn line(format: ListFormat, outgoing: &Outgoing) -> String {
    match format {
        ListFormat::Csv => csv_line(outgoing),
        ListFormat::JsonLines => json_line(outgoing),
        ListFormat::Plain => {
            let signals = &outgoing.entry.signals;
            signals.iter().map(|signal| format!("{}:{}\n", signal.kind, written(signal))).collect()
        }
        ListFormat::Vpdq => video_lines(&outgoing.entry),
    }
}

fn digits(entry: &ListedEntry, kind: ListedKind) -> Option<String> {
    entry.signals.iter().find(|signal| signal.kind == kind).map(written)
}

/// Digits, or the text of a video.
fn written(signal: &ListedSignal) -> String {
    match signal.kind {
        ListedKind::Vpdq => String::from_utf8_lossy(&signal.value).into_owned(),
        _ => hex::encode(&signal.value),
    }
}

/// The frames of a video, each on its line; nothing of what is no video.
fn video_lines(entry: &ListedEntry) -> String {
    let text = digits(entry, ListedKind::Vpdq).unwrap_or_default();
    text.split([';', '\n']).filter(|frame| !frame.is_empty()).map(|frame| format!("{frame}\n")).collect()
}

fn csv_line(outgoing: &Outgoing) -> String {
    let entry = &outgoing.entry;
    let labels: Vec<_> =
        entry.labels.iter().map(|label| format!("{}:{}", label.scheme, label.code)).collect();
    let mut fields = vec![outgoing.id.to_string()];
    fields.extend(ListedKind::ALL.iter().map(|kind| digits(entry, *kind).unwrap_or_default()));
    fields.extend([
        escaped(&labels.join(";")),
        escaped(entry.note.as_deref().unwrap_or_default()),
        escaped(entry.source.as_deref().unwrap_or_default()),
        escaped(entry.original_reference.as_deref().unwrap_or_default()),
        entry.disabled_until.map(|until| until.to_string()).unwrap_or_default(),
    ]);
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    let _ = writer.write_record(&fields);
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// Notes come from strangers, and lists are opened in spreadsheets.
pub(crate) fn escaped(text: &str) -> String {
    if text.starts_with(MARKED) { format!("'{text}") } else { text.to_owned() }
}

fn json_line(outgoing: &Outgoing) -> String {
    let entry = &outgoing.entry;
    let signals: serde_json::Map<_, _> =
        entry.signals.iter().map(|signal| (signal.kind.name().to_owned(), written(signal).into())).collect();
    let object = json!({
        "id": outgoing.id,
        "signals": signals,
        "labels": entry.labels,
        "note": entry.note,
        "source": entry.source,
        "original_reference": entry.original_reference,
        "disabled_until": entry.disabled_until,
    });
    format!("{object}\n")
}
