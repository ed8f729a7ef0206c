//! Answers that no messenger should give, so that tests see what becomes of them.

use std::time::Duration;

use serde_json::{Value, json};
use vigie_model::disclosure::{GrantedTask, Record};

/// One way to answer a pull otherwise than agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// One record more, of a time that was not granted.
    OtherTime,
    /// One record more, of an account that was not granted.
    OtherAccount,
    /// One record more, that says what was not granted: a port.
    OtherField,
    /// One record more, with words in place of an address.
    Words,
    /// Every record says one thing more than records can.
    UnknownField,
    /// One record more, of a kind that does not exist.
    UnknownRecord,
    /// More records than a page may have.
    HugePage,
    /// The first page again and again, under a new cursor each time.
    EndlessPages,
    /// The last line is missing.
    CutShort,
    /// The last line counts otherwise.
    Miscounted,
}

impl Lie {
    /// What is put before the last line.
    pub(super) fn alter(self, task: &GrantedTask, records: &[Record], lines: &mut Vec<Value>) {
        let account = task.subjects.first().cloned().unwrap_or_default();
        let connection = |account: &str, address: &str, port, at| Record::Connection {
            account: account.to_owned(),
            address: address.to_owned(),
            port,
            at,
        };
        let second = Duration::from_secs(1);
        let more = match self {
            Self::OtherTime => connection(&account, "192.0.2.1", None, task.span.from.before(second)),
            Self::OtherAccount => connection("account-of-nobody", "192.0.2.1", None, task.span.from),
            Self::OtherField => connection(&account, "192.0.2.1", Some(4711), task.span.from),
            Self::Words => connection(&account, "what they wrote to each other", None, task.span.from),
            Self::UnknownField => {
                lines.iter_mut().for_each(|line| line["device"] = json!("a telephone"));
                return;
            }
            Self::UnknownRecord => {
                lines.push(json!({ "record": "message", "account": account, "text": "hello" }));
                return;
            }
            Self::HugePage => {
                let Some(first) = records.first() else { return };
                lines.resize(10_001, json!(first));
                return;
            }
            Self::EndlessPages | Self::CutShort | Self::Miscounted => return,
        };
        lines.push(json!(more));
    }
}
