//! JSON lines: one object a line. Signals stand under the names of their kinds, at the top or in `signals`.

use std::io::BufRead;

use serde_json::{Map, Value};
use vigie_model::bank::Label;

use super::lines::Lines;
use super::{
    Listed, ListedEntry, ListedKind, ListedSignal, ReadOptions, by_form, checked, faulty, labels, moment,
    said, signal,
};

pub(super) fn read(input: impl BufRead, options: ReadOptions) -> impl Iterator<Item = Listed> {
    Lines::of(input).map(move |line| match line {
        Err(listed) => listed,
        Ok((number, text)) => match serde_json::from_str::<Map<String, Value>>(&text) {
            Err(_) => faulty(number, "it is no JSON object"),
            Ok(object) => match entry(number, &object, options) {
                Ok(listed) => listed,
                Err(problem) => faulty(number, problem),
            },
        },
    })
}

fn entry(line: u64, object: &Map<String, Value>, options: ReadOptions) -> Result<Listed, String> {
    let mut signals = named_signals(object)?;
    if let Some(inner) = object.get("signals") {
        let inner = inner.as_object().ok_or("its signals are no object of kind and digits")?;
        let unknown = inner.keys().any(|name| ListedKind::named(name).is_none());
        if unknown {
            return Err(
                "its signals have a kind that is not known: pdq, vpdq, md5, sha1 and sha256 are".to_owned()
            );
        }
        signals.extend(named_signals(inner)?);
    }
    signals.extend(single_signal(object, options)?);
    // As `vigie hash` writes a picture that says too little: the kind is there, and its value is null.
    if signals.is_empty() && object.iter().any(|(name, value)| is_signal(name) && value.is_null()) {
        return Ok(Listed::Empty { line });
    }
    Ok(checked(ListedEntry {
        line,
        signals,
        source: text(object, "source")?,
        labels: listed_labels(object)?,
        note: text(object, "note")?,
        original_reference: match text(object, "original_reference")? {
            Some(reference) => Some(reference),
            None => text(object, "path")?,
        },
        disabled_until: text(object, "disabled_until")?.map(|until| moment(&until)).transpose()?,
    }))
}

fn is_signal(name: &str) -> bool {
    ListedKind::named(name).is_some()
}

fn named_signals(object: &Map<String, Value>) -> Result<Vec<ListedSignal>, String> {
    let mut signals = Vec::new();
    for (name, value) in object {
        let Some(kind) = ListedKind::named(name) else { continue };
        match value {
            Value::Null => {}
            Value::String(digits) if digits.is_empty() => {}
            Value::String(digits) => signals.push(signal(kind, digits.trim())?),
            _ => return Err(format!("its {kind} signal is no text")),
        }
    }
    // How the names of an object are ordered depends on how the program is built; what a list means must not.
    signals.sort_by_key(|signal| signal.kind.name());
    Ok(signals)
}

/// A signal under a general name, with its kind beside it or told by its form.
fn single_signal(object: &Map<String, Value>, options: ReadOptions) -> Result<Option<ListedSignal>, String> {
    let Some(digits) = any_of(object, &["hash", "signal", "value"])? else { return Ok(None) };
    match any_of(object, &["kind", "type", "signal_type"])? {
        Some(name) => {
            let kind = ListedKind::named(&name).ok_or("its kind of signal is not known")?;
            signal(kind, &digits).map(Some)
        }
        None => by_form(&digits, options).map(Some).ok_or_else(|| "its signal has no known form".to_owned()),
    }
}

fn any_of(object: &Map<String, Value>, names: &[&str]) -> Result<Option<String>, String> {
    let found = names.iter().find(|name| object.contains_key(**name));
    found.map_or(Ok(None), |name| text(object, name))
}

fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(said(text)),
        Some(_) => Err(format!("its {name} is no text")),
    }
}

/// Labels as a list of objects, a list of texts, or one text.
fn listed_labels(object: &Map<String, Value>) -> Result<Vec<Label>, String> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(labels(text)),
        Value::Object(_) => serde_json::from_value(value.clone()).map(|label| vec![label]).map_err(drop),
        _ => Err(()),
    };
    let wrong = |()| "its labels are neither texts nor objects of scheme and code".to_owned();
    match object.get("labels") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(values)) => {
            values.iter().map(one).collect::<Result<Vec<_>, _>>().map(|labels| labels.concat()).map_err(wrong)
        }
        Some(value) => one(value).map_err(wrong),
    }
}
