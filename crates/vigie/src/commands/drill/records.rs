//! What the messenger of the drill holds about accounts: made up, and the same at every run.
//!
//! What it is: an answer to the port [`AccountRecords`] in this very process. What it is not: a guard. The desk holds every
//! page to the grant, as it does with any messenger.

use std::time::Duration;

use vigie_app::ports::{AccountRecords, Answer};
use vigie_app::records::{Capabilities, Criterion, Holder, Page, RecordsError};
use vigie_model::Moment;
use vigie_model::disclosure::{Category, Field, Grant, Identifier, IdentifierKind, Record, Span};
use vigie_model::id::TaskId;
use vigie_seal::grants::SignedGrant;

/// The service whose records these are.
pub(super) const SERVICE: &str = "drill.example";
/// The account that nobody has.
pub(super) const NOBODY: &str = "u-nobody";

/// Between two connections of an account.
const PACE: Duration = Duration::from_secs(5 * 60 * 60);
/// How many connections an account has, the last at the beginning of the fortnight.
const CONNECTIONS: u32 = 150;

/// The records, the last of them of this moment.
pub(super) struct MadeUp {
    pub(super) until: Moment,
}

fn ready<T: Send + 'static>(answer: Result<T, RecordsError>) -> Answer<'static, Result<T, RecordsError>> {
    Box::pin(std::future::ready(answer))
}

impl MadeUp {
    fn of(&self, grant: &[u8], task: TaskId) -> Result<Vec<Record>, RecordsError> {
        let unreadable = |why: String| RecordsError::Refused(format!("the grant cannot be read: {why}"));
        let signed = SignedGrant::read(grant).map_err(|error| unreadable(error.to_string()))?;
        let grant: Grant = signed.grant().map_err(|error| unreadable(error.to_string()))?;
        let granted = grant.task(task).ok_or_else(|| unreadable("no such task".into()))?;
        let of_one = granted.subjects.iter().flat_map(|account| match granted.category {
            Category::Subscriber => vec![phone(account)],
            _ => self.connections(account, &granted.span),
        });
        Ok(of_one.collect())
    }

    fn connections(&self, account: &str, span: &Span) -> Vec<Record> {
        let at = (0..CONNECTIONS).rev().map(|count| self.until.before(PACE * (count + 1)));
        let connection = |at: Moment| Record::Connection {
            account: account.to_owned(),
            address: "192.0.2.7".into(),
            port: Some(4_000),
            at,
        };
        at.filter(|at| span.contains(*at)).map(connection).collect()
    }
}

/// A number of a range that is nobody's.
fn phone(account: &str) -> Record {
    let digits = account.bytes().fold(0_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 10_000);
    let phone_number = format!("+3319900{digits:04}");
    Record::Phone { account: account.to_owned(), phone_number, since: None, until: None }
}

impl AccountRecords for MadeUp {
    fn capabilities(&self) -> Capabilities {
        let identifiers = vec![IdentifierKind::UserId];
        Capabilities { identifiers, groups: false, fields: Field::ALL.to_vec(), holds: true }
    }

    fn resolve<'a>(
        &'a self,
        identifier: &'a Identifier,
        _span: &'a Span,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        let holder =
            Holder { account: identifier.value.clone(), from: None, until: None, since_created: true };
        ready(Ok(if identifier.value == NOBODY { vec![] } else { vec![holder] }))
    }

    fn resolve_group<'a>(
        &'a self,
        _group: &'a Identifier,
        _criterion: &'a Criterion,
        _cap: u32,
        _span: &'a Span,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        ready(Err(RecordsError::Refused("this messenger tells nothing of groups".into())))
    }

    fn pull<'a>(
        &'a self,
        grant: &'a [u8],
        task: TaskId,
        _cursor: Option<&'a str>,
        _now: Moment,
    ) -> Answer<'a, Result<Page, RecordsError>> {
        ready(self.of(grant, task).map(|records| Page { records, next: None }))
    }

    fn preserve<'a>(
        &'a self,
        _account: &'a str,
        categories: &'a [Category],
        _until: Moment,
        _reason: &'a str,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Category>, RecordsError>> {
        ready(Ok(categories.to_vec()))
    }

    fn lift<'a>(&'a self, _reason: &'a str, _now: Moment) -> Answer<'a, Result<(), RecordsError>> {
        ready(Ok(()))
    }
}
