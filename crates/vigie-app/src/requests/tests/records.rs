//! A messenger's records for these tests: one account that has everything, and one that gives more than it may.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, GrantedTask, Identifier, Record};

use crate::records::Holdings;

/// The service whose records these are.
pub(crate) const SERVICE: &str = "messenger.example";

/// What it keeps by now, by the reasons. Each test is a process of its own.
pub(crate) static KEPT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The records.
pub(crate) struct FakeRecords;

impl Holdings for FakeRecords {
    fn holders(&self, identifier: &Identifier) -> Vec<String> {
        match identifier.value.as_str() {
            "nobody" => vec![],
            "u-two" => vec!["u-2".into(), "u-3".into()],
            value => vec![value.into()],
        }
    }

    fn records(&self, granted: &GrantedTask, _now: Moment) -> Vec<Record> {
        let account = granted.subjects[0].clone();
        let phone = Record::Phone {
            account: account.clone(),
            phone_number: "+33199001122".into(),
            since: None,
            until: None,
        };
        let connection = |hours: u64| Record::Connection {
            account: account.clone(),
            address: "192.0.2.7".into(),
            port: Some(4_000),
            at: granted.span.from.after(Duration::from_secs(hours * 60 * 60)),
        };
        match granted.category {
            Category::Subscriber => vec![phone],
            _ if account == "u-outside" => vec![connection(1), phone],
            _ => vec![connection(1), connection(2), connection(3)],
        }
    }

    fn keep(&self, reason: &str) {
        KEPT.lock().unwrap().insert(reason.to_owned());
    }

    fn let_go(&self, reason: &str) {
        KEPT.lock().unwrap().remove(reason);
    }
}
