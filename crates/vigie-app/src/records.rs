//! What a messenger holds about accounts, and the guard that every answer of a connector passes through.
//!
//! What it is: the values of the port [`AccountRecords`], the pure guard [`admitted`], and [`pull_whole`], which takes all
//! pages of a task and keeps either everything or nothing. What it is not: a grant is made elsewhere, and a connector is not
//! trusted to have narrowed anything: `vigie-connect` implements the port, and one record outside the grant spoils the pull.
//!
//! To add a criterion by which members of a group are meant: a variant of [`Criterion`] and its word.

mod in_process;

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vigie_model::disclosure::{Field, Grant, IdentifierKind, Record, Refused};
use vigie_model::id::TaskId;
use vigie_model::{Clock, Moment};
use vigie_seal::grants::Gate;

use crate::ports::{AccountRecords, DeliveryError};

pub use in_process::{Holdings, InProcess};

/// The most pages that one task is pulled in.
pub const MOST_PAGES: usize = 300;

/// The most records that one task may have.
pub const MOST_RECORDS: usize = 1_000_000;

/// Who held an identifier. Nothing but the account leaves the messenger before there is a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holder {
    /// The account, by its identifier on the messenger.
    pub account: String,
    /// Since when, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Moment>,
    /// Until when, where it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Whether it has been so since the account was made.
    #[serde(default)]
    pub since_created: bool,
}

/// Which members of a group are meant. There is none that means all: to have been there is no criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// Who posted anything in the span: `posted`.
    Posted,
    /// Who posted this very media in the span: `posted_media:ID`, by the messenger's own identifier.
    PostedMedia(String),
    /// Who owns or administers it: `administers`.
    Administers,
}

/// A text is no criterion that a messenger can apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a criterion is posted, posted_media:ID or administers")]
pub struct NoCriterion;

impl FromStr for Criterion {
    type Err = NoCriterion;

    fn from_str(text: &str) -> Result<Self, NoCriterion> {
        match text.split_once(':') {
            None if text == "posted" => Ok(Self::Posted),
            None if text == "administers" => Ok(Self::Administers),
            Some(("posted_media", media)) if !media.is_empty() => Ok(Self::PostedMedia(media.to_owned())),
            _ => Err(NoCriterion),
        }
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Posted => f.write_str("posted"),
            Self::PostedMedia(media) => write!(f, "posted_media:{media}"),
            Self::Administers => f.write_str("administers"),
        }
    }
}

/// What a connector is able to do: the desk offers only what stands here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The identifiers that it can resolve.
    pub identifiers: Vec<IdentifierKind>,
    /// Whether it can say which members of a group meet a criterion.
    pub groups: bool,
    /// What its records can say. A field that is missing here is never there: Synapse keeps no ports.
    pub fields: Vec<Field>,
    /// Whether it can keep what the messenger would delete.
    pub holds: bool,
}

/// Some of the records of a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The records.
    pub records: Vec<Record>,
    /// Where the next page begins; none where this was the last.
    pub next: Option<String>,
}

/// Why a connector gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// Trying again later may help: no connection, time-out, 429, 5xx.
    #[error("no answer yet: {why}")]
    Later {
        /// What happened.
        why: String,
        /// How long the messenger asked to wait, where it did.
        wait: Option<Duration>,
    },
    /// The messenger refused for good.
    #[error("refused: {0}")]
    Refused(String),
    /// What came is not of the agreed form. Nothing of it is kept.
    #[error("the answer cannot be used: {0}")]
    Malformed(String),
    /// More came than was agreed, or it did not end. Nothing of it is kept.
    #[error("too much: {0}")]
    TooMuch(String),
}

impl From<DeliveryError> for RecordsError {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Later { why, wait } => Self::Later { why, wait },
            DeliveryError::Refused(why) => Self::Refused(why),
        }
    }
}

/// A connector gave what the grant does not name. It says where and why, and nothing of what came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("record {position} of the pull is outside the grant: {why}")]
pub struct OutsideGrant {
    /// Which record, counted from 0 over the whole pull.
    pub position: usize,
    /// What is wrong with it.
    pub why: Outside,
}

/// What is wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    /// The grant does not admit it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A field holds something else than what it is for: words in place of an address.
    #[error("{0} holds no value of its kind")]
    NoValue(Field),
}

/// Why a task was not pulled. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The connector gave no whole answer.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The connector gave what was not granted.
    #[error(transparent)]
    Outside(#[from] OutsideGrant),
    /// The grant expired before the last page.
    #[error("the grant has expired")]
    Expired,
}

/// The records, where every one of them lies within what was granted for the task.
///
/// # Errors
/// One does not. Then nothing of the pull is to be kept.
pub fn admitted(grant: &Grant, task: TaskId, records: Vec<Record>) -> Result<Vec<Record>, OutsideGrant> {
    let gate = Gate::of(grant);
    if gate.position(task).is_none() {
        return Err(OutsideGrant { position: 0, why: Refused::Task.into() });
    }
    for (position, record) in records.iter().enumerate() {
        let outside = |why| OutsideGrant { position, why };
        gate.admits(task, record).map_err(|why| outside(why.into()))?;
        if let Some(field) = record.without_value() {
            return Err(outside(Outside::NoValue(field)));
        }
    }
    Ok(records)
}

/// Takes every page of a task, each through [`admitted`], and gives all records or none.
///
/// `signed` is the grant as it travels, `grant` what it says.
///
/// # Errors
/// The connector fails, does not end, or gives something that was not granted; or the grant expires meanwhile.
pub async fn pull_whole(
    connector: &dyn AccountRecords,
    signed: &[u8],
    grant: &Grant,
    task: TaskId,
    clock: &dyn Clock,
) -> Result<Vec<Record>, PullError> {
    let mut records = Vec::new();
    let mut cursor: Option<String> = None;
    let mut seen = HashSet::new();
    for _ in 0..MOST_PAGES {
        let now = clock.now();
        grant.holds_at(now).map_err(|_| PullError::Expired)?;
        let page = connector.pull(signed, task, cursor.as_deref(), now).await?;
        let before = records.len();
        let late = |outside: OutsideGrant| OutsideGrant { position: before + outside.position, ..outside };
        let more = admitted(grant, task, page.records).map_err(late)?;
        records.extend(more);
        if records.len() > MOST_RECORDS {
            return Err(RecordsError::TooMuch(format!("more than {MOST_RECORDS} records")).into());
        }
        let Some(next) = page.next else { return Ok(records) };
        if !seen.insert(next.clone()) {
            return Err(RecordsError::Malformed("the pages lead nowhere".into()).into());
        }
        cursor = Some(next);
    }
    Err(RecordsError::TooMuch(format!("more than {MOST_PAGES} pages")).into())
}

#[cfg(test)]
mod tests;
