//! A messenger in this very process: whoever says what it holds has an answer to the port [`AccountRecords`].
//!
//! What it is: what the drill, the preview and tests have in place of a messenger. What it is not: a guard, and nothing that is
//! reached over a network; the desk holds its pages to the grant as it does with any other.
//!
//! To add one: its [`Holdings`].

use std::future::ready;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Field, GrantedTask, Identifier, IdentifierKind, Record, Span};
use vigie_model::id::TaskId;
use vigie_seal::grants::SignedGrant;

use super::{Capabilities, Criterion, Holder, Page, RecordsError};
use crate::ports::{AccountRecords, Answer};

/// What a messenger of this process holds.
pub trait Holdings: Send + Sync {
    /// The identifiers that it can resolve.
    fn identifiers(&self) -> &[IdentifierKind] {
        &[IdentifierKind::UserId]
    }

    /// The accounts that an identifier means: the one of that name.
    fn holders(&self, identifier: &Identifier) -> Vec<String> {
        vec![identifier.value.clone()]
    }

    /// What is held of what was granted.
    fn records(&self, granted: &GrantedTask, now: Moment) -> Vec<Record>;

    /// Keeps what it would delete, under a reason.
    fn keep(&self, _reason: &str) {}

    /// Ends a reason to keep.
    fn let_go(&self, _reason: &str) {}
}

/// The messenger that holds it.
#[derive(Debug)]
pub struct InProcess<H>(pub H);

/// What was granted for a task, by the grant as it travels.
fn granted(grant: &[u8], task: TaskId) -> Result<GrantedTask, RecordsError> {
    let unreadable = |why: String| RecordsError::Refused(format!("the grant cannot be read: {why}"));
    let signed = SignedGrant::read(grant).map_err(|error| unreadable(error.to_string()))?;
    let grant = signed.grant().map_err(|error| unreadable(error.to_string()))?;
    grant.task(task).cloned().ok_or_else(|| unreadable("no such task".into()))
}

impl<H: Holdings> AccountRecords for InProcess<H> {
    fn capabilities(&self) -> Capabilities {
        let identifiers = self.0.identifiers().to_vec();
        Capabilities { identifiers, groups: false, fields: Field::ALL.to_vec(), holds: true }
    }

    fn resolve<'a>(
        &'a self,
        identifier: &'a Identifier,
        _span: &'a Span,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        let holder = |account| Holder { account, from: None, until: None, since_created: true };
        Box::pin(ready(Ok(self.0.holders(identifier).into_iter().map(holder).collect())))
    }

    fn resolve_group<'a>(
        &'a self,
        _group: &'a Identifier,
        _criterion: &'a Criterion,
        _cap: u32,
        _span: &'a Span,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        Box::pin(ready(Err(RecordsError::Refused("this messenger tells nothing of groups".into()))))
    }

    fn pull<'a>(
        &'a self,
        grant: &'a [u8],
        task: TaskId,
        _cursor: Option<&'a str>,
        now: Moment,
    ) -> Answer<'a, Result<Page, RecordsError>> {
        let records = granted(grant, task).map(|granted| self.0.records(&granted, now));
        Box::pin(ready(records.map(|records| Page { records, next: None })))
    }

    fn preserve<'a>(
        &'a self,
        _account: &'a str,
        categories: &'a [Category],
        _until: Moment,
        reason: &'a str,
        _now: Moment,
    ) -> Answer<'a, Result<Vec<Category>, RecordsError>> {
        self.0.keep(reason);
        Box::pin(ready(Ok(categories.to_vec())))
    }

    fn lift<'a>(&'a self, reason: &'a str, _now: Moment) -> Answer<'a, Result<(), RecordsError>> {
        self.0.let_go(reason);
        Box::pin(ready(Ok(())))
    }
}
