//! Opening a package: what the authority's key opens is held, row by row, to the grant and to the manifest.

use std::io::Read as _;
use std::iter;

use sha2::{Digest, Sha256};
use vigie_model::disclosure::{Grant, Refused};
use vigie_model::id::TaskId;

use super::Identity;
use super::archive::{self, ArchiveError};
use super::lines::{self, Line};
use super::manifest::Manifest;
use super::tally::Tally;
use super::verify::{Answer, Flaw, Judged, TrustedKeys, Verification};
use crate::grants::Gate;

/// Why a package could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is no package.
    #[error("the file is no package")]
    Archive(#[from] ArchiveError),
    /// Its records do not open.
    #[error("the records do not open: they are sealed to another key, or were changed")]
    Sealed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A package that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What was found out, the opened records included.
    pub verification: Verification,
    /// The records that lie within the grant, and the nil returns, as they stand.
    pub lines: Vec<Line>,
    /// Lines that lie outside the grant or are no lines: only that they are there, not what they say.
    pub outside: Vec<Outside>,
}

/// A line that does not belong in a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// Which, from 1.
    pub line: u64,
    /// Why; none where it cannot be read.
    pub why: Option<Refused>,
}

/// Opens a package with the authority's key, and judges it with what is in it. Rows outside the grant are not handed out:
/// whoever was not granted them is better off without them.
///
/// # Errors
/// It is no package, or its records do not open with this key.
pub fn open(bytes: &[u8], identity: &Identity, keys: &TrustedKeys) -> Result<Opened, OpenError> {
    let parts = archive::read(bytes)?;
    let plain = unseal(parts.records, identity)?;
    let mut verification = Judged::of(&parts).verification(&parts, keys);
    let (Some(manifest), Some(grant)) = (&verification.manifest, &verification.grant) else {
        return Ok(Opened { verification, lines: vec![], outside: vec![] });
    };
    let rows = Rows::read(&plain, grant);
    let (complete, within_grant) = (rows.complete(&plain, manifest, grant), rows.within_grant());
    for (answer, found) in
        [(&mut verification.complete, complete), (&mut verification.within_grant, within_grant)]
    {
        if let (Answer::Yes(_), Err(flaw)) = (&*answer, found) {
            *answer = Answer::No(flaw);
        }
    }
    Ok(Opened { verification, lines: rows.lines, outside: rows.outside })
}

fn unseal(sealed: &[u8], identity: &Identity) -> Result<Vec<u8>, OpenError> {
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|error| OpenError::Sealed(error.into()))?;
    let opened = decryptor.decrypt(iter::once(identity as _));
    let mut plain = Vec::new();
    opened
        .map_err(|error| OpenError::Sealed(error.into()))?
        .read_to_end(&mut plain)
        .map_err(|error| OpenError::Sealed(error.into()))?;
    Ok(plain)
}

/// The opened lines, looked at one by one.
struct Rows {
    lines: Vec<Line>,
    outside: Vec<Outside>,
    /// The first line that stands where it does not belong.
    disorder: Option<u64>,
    tallies: Vec<Tally>,
}

impl Rows {
    fn read(plain: &[u8], grant: &Grant) -> Self {
        let gate = Gate::of(grant);
        let tallies = vec![Tally::default(); grant.tasks.len()];
        let mut rows = Self { lines: vec![], outside: vec![], disorder: None, tallies };
        let mut last: Option<usize> = None;
        for (text, number) in plain.split_inclusive(|byte| *byte == b'\n').zip(1..) {
            let Some(line) = exact_line(text) else {
                rows.outside.push(Outside { line: number, why: None });
                continue;
            };
            match place(&gate, &line) {
                Ok(at) => rows.add(line, at, &mut last, number),
                Err(why) => rows.outside.push(Outside { line: number, why: Some(why) }),
            }
        }
        rows
    }

    fn add(&mut self, line: Line, at: usize, last: &mut Option<usize>, number: u64) {
        let follows = match (*last, self.lines.last()) {
            (Some(before), Some(earlier)) if before == at => match (&earlier.record, &line.record) {
                (Some(left), Some(right)) => lines::order(left, right).is_le(),
                _ => false,
            },
            (Some(before), _) => before < at,
            (None, _) => true,
        };
        if !follows {
            self.disorder = self.disorder.or(Some(number));
        }
        *last = Some(at);
        if let Some(tally) = self.tallies.get_mut(at) {
            tally.nil = tally.nil.or(line.nil);
            line.record.iter().for_each(|record| tally.add(record));
        }
        self.lines.push(line);
    }

    fn complete(&self, plain: &[u8], manifest: &Manifest, grant: &Grant) -> Result<(), Flaw> {
        if hex::encode(Sha256::digest(plain)) != manifest.plain_sha256 {
            return Err(Flaw::OtherPlain);
        }
        if let Some(line) = self.outside.iter().find(|outside| outside.why.is_none()) {
            return Err(Flaw::Line(line.line));
        }
        if let Some(line) = self.disorder {
            return Err(Flaw::Line(line));
        }
        for (granted, tally) in grant.tasks.iter().zip(&self.tallies) {
            let found = tally.coverage(granted);
            let said = manifest.coverage.iter().find(|coverage| coverage.task == granted.task);
            if said != Some(&found) {
                return Err(miscounted(granted.task));
            }
        }
        Ok(())
    }

    fn within_grant(&self) -> Result<(), Flaw> {
        let refused = self.outside.iter().find_map(|outside| Some((outside.line, outside.why?)));
        if let Some((line, why)) = refused {
            return Err(Flaw::Outside { line, why });
        }
        // What cannot be read cannot be said to be within anything.
        match self.outside.first() {
            Some(outside) => Err(Flaw::Line(outside.line)),
            None => Ok(()),
        }
    }
}

fn miscounted(task: TaskId) -> Flaw {
    Flaw::Task { task, why: "the opened records do not amount to it" }
}

/// The line, where its text is the one right text for it, and each field holds what it is for: an address is no place for words.
fn exact_line(text: &[u8]) -> Option<Line> {
    let line: Line = serde_json::from_slice(text).ok()?;
    if line.record.is_some() == line.nil.is_some() {
        return None;
    }
    if line.record.as_ref().is_some_and(|record| record.without_value().is_some()) {
        return None;
    }
    let mut again = Vec::with_capacity(text.len());
    lines::write_line(&line, &mut again).ok()?;
    (again == text).then_some(line)
}

fn place(gate: &Gate<'_>, line: &Line) -> Result<usize, Refused> {
    match &line.record {
        Some(record) => gate.admits(line.task, record),
        None => gate.position(line.task).ok_or(Refused::Task),
    }
}
