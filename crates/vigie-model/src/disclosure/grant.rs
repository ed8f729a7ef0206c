//! Grants: the compiled permission that a validated request becomes. Nothing is extracted but under one.

use serde::{Deserialize, Serialize};

use super::{Category, Field, Record, Span};
use crate::clock::Moment;
use crate::id::{GrantId, PersonId, RequestId, TaskId};

/// That a person agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Who.
    pub person: PersonId,
    /// As what: `legal_officer`, `releaser`, `senior`, `data_protection_officer`, `call_back`.
    pub role: String,
    /// When.
    pub at: Moment,
}

/// What may be taken for one task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantedTask {
    /// The task.
    pub task: TaskId,
    /// Its category.
    pub category: Category,
    /// The accounts that the identifier meant in the span, by the messenger's own identifiers.
    pub subjects: Vec<String>,
    /// The fields that may be taken; no others.
    pub fields: Vec<Field>,
    /// Of which time.
    pub span: Span,
}

/// A grant. It is signed as its canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The version of this form: 1.
    pub version: u32,
    /// Its identifier.
    pub id: GrantId,
    /// The request.
    pub request: RequestId,
    /// The number that the authority gave the request.
    pub reference: String,
    /// The authority, by its name.
    pub authority: String,
    /// The messenger from which is taken.
    pub service: String,
    /// The rule set under which the request was found valid: `eu-epoc@1`.
    pub rule_set: String,
    /// What may be taken, a task each.
    pub tasks: Vec<GrantedTask>,
    /// When it was made.
    pub granted_at: Moment,
    /// Until when anything may be taken under it.
    pub expires_at: Moment,
    /// Who agreed to it.
    pub approvals: Vec<Consent>,
}

/// Why a record is outside a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No such task was granted.
    #[error("the grant names no such task")]
    Task,
    /// Somebody else's.
    #[error("the grant does not name this account")]
    Subject,
    /// It says more than was granted.
    #[error("the grant does not name this field: {0}")]
    Field(Field),
    /// Another time.
    #[error("the record lies outside the granted span")]
    Span,
    /// The grant has expired.
    #[error("the grant has expired")]
    Expired,
}

impl Grant {
    /// Whether a record lies within what was granted for a task.
    ///
    /// # Errors
    /// It does not; the first reason why.
    pub fn admits(&self, task: TaskId, record: &Record) -> Result<(), Refused> {
        self.task(task).ok_or(Refused::Task)?.admits(record)
    }

    /// What was granted for a task.
    #[must_use]
    pub fn task(&self, task: TaskId) -> Option<&GrantedTask> {
        self.tasks.iter().find(|granted| granted.task == task)
    }

    /// Whether anything may still be taken under it.
    ///
    /// # Errors
    /// It has expired.
    pub fn holds_at(&self, now: Moment) -> Result<(), Refused> {
        if self.granted_at <= now && now < self.expires_at { Ok(()) } else { Err(Refused::Expired) }
    }
}

impl GrantedTask {
    /// Whether a record lies within what was granted.
    ///
    /// # Errors
    /// It does not; the first reason why.
    pub fn admits(&self, record: &Record) -> Result<(), Refused> {
        if !self.subjects.iter().any(|subject| subject == record.account()) {
            return Err(Refused::Subject);
        }
        if let Some(field) = record.fields().iter().find(|field| !self.fields.contains(field)) {
            return Err(Refused::Field(*field));
        }
        if record.lies_in(&self.span) { Ok(()) } else { Err(Refused::Span) }
    }
}
