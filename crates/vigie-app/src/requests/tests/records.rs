//! A messenger's records for these tests: one account that has everything, and one that gives more than it may.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, GrantedTask, Identifier, Record, Span};
use vigie_model::id::TaskId;

use crate::ports::{AccountRecords, Answer};
use crate::records::{Capabilities, Criterion, Holder, Holdings, InProcess, Page, RecordsError};

/// The service whose records these are.
pub(crate) const SERVICE: &str = "messenger.example";

/// What it keeps by now, by the reasons. Each test is a process of its own.
pub(crate) static KEPT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// What happens while the messenger is asked, once. Each test is a process of its own.
pub(crate) static MEANWHILE: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>> = Mutex::new(None);

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

/// The same, where something may happen while it is asked.
pub(crate) struct Interrupted(pub(crate) InProcess<FakeRecords>);

async fn meanwhile() {
    let happens = MEANWHILE.lock().unwrap().take();
    if let Some(happens) = happens {
        happens.await;
    }
}

impl AccountRecords for Interrupted {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    fn resolve<'a>(
        &'a self,
        identifier: &'a Identifier,
        span: &'a Span,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        Box::pin(async move {
            meanwhile().await;
            self.0.resolve(identifier, span, now).await
        })
    }

    fn resolve_group<'a>(
        &'a self,
        group: &'a Identifier,
        criterion: &'a Criterion,
        cap: u32,
        span: &'a Span,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        self.0.resolve_group(group, criterion, cap, span, now)
    }

    fn pull<'a>(
        &'a self,
        grant: &'a [u8],
        task: TaskId,
        cursor: Option<&'a str>,
        now: Moment,
    ) -> Answer<'a, Result<Page, RecordsError>> {
        Box::pin(async move {
            meanwhile().await;
            self.0.pull(grant, task, cursor, now).await
        })
    }

    fn preserve<'a>(
        &'a self,
        account: &'a str,
        categories: &'a [Category],
        until: Moment,
        reason: &'a str,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Category>, RecordsError>> {
        self.0.preserve(account, categories, until, reason, now)
    }

    fn lift<'a>(&'a self, reason: &'a str, now: Moment) -> Answer<'a, Result<(), RecordsError>> {
        self.0.lift(reason, now)
    }
}
