//! The records of a package as JSON Lines, canonical (RFC 8785), one for each record or nil return.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::disclosure::{NilReturn, Record};
use vigie_model::id::TaskId;

/// One line: a record of a task, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The task.
    pub task: TaskId,
    /// A record of it.
    #[serde(default)]
    pub record: Option<Record>,
    /// Why there is none.
    #[serde(default)]
    pub nil: Option<NilReturn>,
}

impl fmt::Display for Line {
    /// The canonical text, without a newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::new();
        write_line(self, &mut text).map_err(|_| fmt::Error)?;
        f.write_str(String::from_utf8_lossy(&text).trim_end())
    }
}

/// The forms of the wire, their members in alphabetical order.
#[derive(Serialize)]
struct WireLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    nil: Option<NilReturn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<WireRecord<'a>>,
    task: TaskId,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WireRecord<'a> {
    Connection {
        account: &'a str,
        address: &'a str,
        at: Moment,
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
        record: &'static str,
    },
    Phone {
        account: &'a str,
        phone_number: &'a str,
        record: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<Moment>,
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<Moment>,
    },
}

impl<'a> From<&'a Record> for WireRecord<'a> {
    fn from(record: &'a Record) -> Self {
        match record {
            Record::Connection { account, address, port, at } => {
                Self::Connection { account, address, at: *at, port: *port, record: "connection" }
            }
            Record::Phone { account, phone_number, since, until } => {
                Self::Phone { account, phone_number, record: "phone", since: *since, until: *until }
            }
        }
    }
}

/// Appends the line of a record, with its newline.
pub(super) fn write_record(task: TaskId, record: &Record, text: &mut Vec<u8>) -> serde_json::Result<()> {
    write(&WireLine { nil: None, record: Some(record.into()), task }, text)
}

/// Appends the line of a nil return, with its newline.
pub(super) fn write_nil(task: TaskId, nil: NilReturn, text: &mut Vec<u8>) -> serde_json::Result<()> {
    write(&WireLine { nil: Some(nil), record: None, task }, text)
}

/// Appends a line as it was read.
pub(super) fn write_line(line: &Line, text: &mut Vec<u8>) -> serde_json::Result<()> {
    let record = line.record.as_ref().map(Into::into);
    write(&WireLine { nil: line.nil, record, task: line.task }, text)
}

fn write(line: &WireLine<'_>, text: &mut Vec<u8>) -> serde_json::Result<()> {
    serde_json::to_writer(&mut *text, line)?;
    text.push(b'\n');
    Ok(())
}

/// The order of records within a task: by account, then by time, then by what else they say.
pub(super) fn order(left: &Record, right: &Record) -> Ordering {
    key(left).cmp(&key(right))
}

/// What the records of a task are put in order by.
type Key<'a> = (&'a str, u8, Option<Moment>, Option<Moment>, &'a str, Option<u16>);

fn key(record: &Record) -> Key<'_> {
    match record {
        Record::Phone { account, phone_number, since, until } => {
            (account, 0, *since, *until, phone_number, None)
        }
        Record::Connection { account, address, port, at } => (account, 1, Some(*at), None, address, *port),
    }
}
