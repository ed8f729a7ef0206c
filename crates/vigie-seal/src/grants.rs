//! Signed grants: the compiled permission as its canonical JSON, in an envelope, and the gate that lets records pass.
//!
//! What a record may say is decided by [`Grant::admits`]; [`Gate`] is the same answer, made ready for many records. What it is
//! not: who may grant what is for `vigie-app`.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};
use vigie_model::disclosure::{Grant, GrantedTask, Record, Refused};
use vigie_model::id::TaskId;

use crate::canonical;
use crate::envelope::{Envelope, EnvelopeError};
use crate::note::{SignerKey, VerifierKey};

/// What the envelope of a grant says it holds.
pub const PAYLOAD_TYPE: &str = "application/vnd.vigie.grant.v1+json";

/// The version of grants that is written and read.
pub const VERSION: u32 = 1;

/// Why a grant was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Its envelope was not.
    #[error("the envelope of the grant is not accepted")]
    Envelope(#[from] EnvelopeError),
    /// It has not the form of a grant.
    #[error("this is no grant: {0}")]
    Malformed(String),
    /// It is of a version that is not known.
    #[error("the grant is of version {0}, which is not known")]
    Version(u32),
    /// It ends before it begins.
    #[error("the grant ends before it was made")]
    NoTime,
    /// It grants nothing.
    #[error("the grant grants nothing")]
    Empty,
    /// A task of it grants nothing, or the impossible.
    #[error("the grant cannot be meant as it is: {why}, in task {task}")]
    Task {
        /// The task.
        task: TaskId,
        /// What is wrong with it.
        why: &'static str,
    },
}

/// A grant in its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedGrant(Envelope);

impl SignedGrant {
    /// Signs a grant.
    ///
    /// # Errors
    /// It grants nothing, or the impossible.
    pub fn sign(grant: &Grant, key: &SignerKey) -> Result<Self, GrantError> {
        check(grant)?;
        let text = canonical::to_string(grant).map_err(|error| GrantError::Malformed(error.to_string()))?;
        Ok(Self(Envelope::sign(PAYLOAD_TYPE, text.into_bytes(), key)))
    }

    /// Reads a signed grant. Nothing is verified.
    ///
    /// # Errors
    /// It is no envelope.
    pub fn read(bytes: &[u8]) -> Result<Self, GrantError> {
        Ok(Self(Envelope::read(bytes)?))
    }

    /// Opens a signed grant from bytes.
    ///
    /// # Errors
    /// None of the keys signed it, or it is no sound grant.
    pub fn open(bytes: &[u8], keys: &[VerifierKey]) -> Result<Grant, GrantError> {
        let signed = Self::read(bytes)?;
        signed.0.open(PAYLOAD_TYPE, keys)?;
        signed.grant()
    }

    /// The grant, sound but not verified.
    ///
    /// # Errors
    /// It is no sound grant.
    pub fn grant(&self) -> Result<Grant, GrantError> {
        let payload = self.0.payload_of(PAYLOAD_TYPE)?;
        let grant: Grant =
            serde_json::from_slice(payload).map_err(|error| GrantError::Malformed(error.to_string()))?;
        check(&grant)?;
        let again = canonical::to_string(&grant).map_err(|error| GrantError::Malformed(error.to_string()))?;
        if again.as_bytes() == payload {
            Ok(grant)
        } else {
            Err(GrantError::Malformed("it is not written canonically".to_owned()))
        }
    }

    /// SHA-256 of the grant's canonical JSON, in hex: what a manifest names.
    #[must_use]
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(self.0.payload()))
    }

    /// The envelope.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.0
    }

    /// The bytes of the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }
}

/// Whether a grant can be meant as it is.
///
/// # Errors
/// The first thing that cannot.
pub fn check(grant: &Grant) -> Result<(), GrantError> {
    if grant.version != VERSION {
        return Err(GrantError::Version(grant.version));
    }
    if grant.granted_at >= grant.expires_at {
        return Err(GrantError::NoTime);
    }
    if grant.tasks.is_empty() {
        return Err(GrantError::Empty);
    }
    let mut seen = HashSet::new();
    for granted in &grant.tasks {
        let task = granted.task;
        if !seen.insert(task) {
            return Err(GrantError::Task { task, why: "it stands there twice" });
        }
        check_task(granted).map_err(|why| GrantError::Task { task, why })?;
    }
    Ok(())
}

fn check_task(granted: &GrantedTask) -> Result<(), &'static str> {
    let fields: HashSet<_> = granted.fields.iter().collect();
    let subjects: HashSet<_> = granted.subjects.iter().collect();
    if !granted.span.is_possible() {
        Err("its span has no moment in it")
    } else if fields.is_empty() {
        Err("it names no field")
    } else if granted.fields.iter().any(|field| field.category() != granted.category) {
        Err("a field is of another category")
    } else if fields.len() != granted.fields.len() || subjects.len() != granted.subjects.len() {
        Err("a field or an account stands there twice")
    } else if subjects.contains(&String::new()) {
        Err("an account has no name")
    } else {
        Ok(())
    }
}

/// A grant made ready to look at many records: each costs the same, however many accounts it names.
#[derive(Debug)]
pub struct Gate<'grant> {
    tasks: HashMap<TaskId, Opening<'grant>>,
}

#[derive(Debug)]
struct Opening<'grant> {
    position: usize,
    granted: &'grant GrantedTask,
    subjects: HashSet<&'grant str>,
}

impl<'grant> Gate<'grant> {
    /// The gate of a grant.
    #[must_use]
    pub fn of(grant: &'grant Grant) -> Self {
        let mut tasks = HashMap::new();
        for (position, granted) in grant.tasks.iter().enumerate() {
            let subjects = granted.subjects.iter().map(String::as_str).collect();
            // Of two tasks of one name the first counts, as in `Grant::task`.
            tasks.entry(granted.task).or_insert(Opening { position, granted, subjects });
        }
        Self { tasks }
    }

    /// The place of the task in the grant, where the record lies within what was granted for it: as [`Grant::admits`].
    ///
    /// # Errors
    /// It does not; the first reason why.
    pub fn admits(&self, task: TaskId, record: &Record) -> Result<usize, Refused> {
        let opening = self.tasks.get(&task).ok_or(Refused::Task)?;
        if !opening.subjects.contains(record.account()) {
            return Err(Refused::Subject);
        }
        if let Some(field) = record.fields().iter().find(|field| !opening.granted.fields.contains(field)) {
            return Err(Refused::Field(*field));
        }
        if record.lies_in(&opening.granted.span) { Ok(opening.position) } else { Err(Refused::Span) }
    }

    /// The place of a task in the grant.
    #[must_use]
    pub fn position(&self, task: TaskId) -> Option<usize> {
        self.tasks.get(&task).map(|opening| opening.position)
    }
}

#[cfg(test)]
mod tests;
