//! A messenger's records for these tests: one account that has everything, and one that gives more than it may.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Field, Grant, Identifier, IdentifierKind, Record, Span};
use vigie_model::id::TaskId;
use vigie_seal::grants::SignedGrant;

use crate::ports::{AccountRecords, Answer};
use crate::records::{Capabilities, Criterion, Holder, Page, RecordsError};

/// The service whose records these are.
pub(crate) const SERVICE: &str = "messenger.example";

/// What it keeps by now, by the reasons. Each test is a process of its own.
pub(crate) static KEPT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The records.
pub(crate) struct FakeRecords;

fn ready<T: Send + 'static>(answer: Result<T, RecordsError>) -> Answer<'static, Result<T, RecordsError>> {
    Box::pin(std::future::ready(answer))
}

impl AccountRecords for FakeRecords {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            identifiers: vec![IdentifierKind::UserId],
            groups: false,
            fields: Field::ALL.to_vec(),
            holds: true,
        }
    }

    fn resolve<'a>(
        &'a self,
        identifier: &'a Identifier,
        _span: &'a Span,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        let holder = |account: &str| Holder {
            account: account.to_owned(),
            from: None,
            until: None,
            since_created: true,
        };
        ready(Ok(match identifier.value.as_str() {
            "nobody" => vec![],
            "u-two" => vec![holder("u-2"), holder("u-3")],
            value => vec![holder(value)],
        }))
    }

    fn resolve_group<'a>(
        &'a self,
        _group: &'a Identifier,
        _criterion: &'a Criterion,
        _cap: u32,
        _span: &'a Span,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        ready(Err(RecordsError::Refused("no groups".into())))
    }

    fn pull<'a>(
        &'a self,
        grant: &'a [u8],
        task: TaskId,
        _cursor: Option<&'a str>,
        _now: Moment,
    ) -> Answer<'a, Result<Page, RecordsError>> {
        let grant: Grant = SignedGrant::read(grant).unwrap().grant().unwrap();
        let granted = grant.task(task).unwrap();
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
        let mut records = match granted.category {
            Category::Subscriber => vec![phone.clone()],
            _ => vec![connection(1), connection(2), connection(3)],
        };
        if account == "u-outside" && granted.category == Category::Identification {
            records.push(phone);
        }
        ready(Ok(Page { records, next: None }))
    }

    fn preserve<'a>(
        &'a self,
        _account: &'a str,
        categories: &'a [Category],
        _until: Moment,
        reason: &'a str,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Category>, RecordsError>> {
        KEPT.lock().unwrap().insert(reason.to_owned());
        ready(Ok(categories.to_vec()))
    }

    fn lift<'a>(&'a self, reason: &'a str, _now: Moment) -> Answer<'a, Result<(), RecordsError>> {
        KEPT.lock().unwrap().remove(reason);
        ready(Ok(()))
    }
}
