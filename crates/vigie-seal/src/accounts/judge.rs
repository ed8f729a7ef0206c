//! Judging a report by its openings and the leaves of a log that was verified.

use std::collections::{BTreeMap, BTreeSet};

use super::{ForAuditors, Key, Report, Shown, key_of, tally};
use crate::ledger::Details;
use crate::merkle::Hash;

/// Why a number does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The part for auditors does not fit the numbers.
    #[error("the part for auditors has {found} lists of entries for {cells} numbers")]
    Lists {
        /// How many lists.
        found: usize,
        /// How many numbers.
        cells: usize,
    },
    /// The number is another one.
    #[error("{published} is published, and {counted} entries are counted")]
    Count {
        /// What the report says.
        published: Shown,
        /// How many entries it names.
        counted: usize,
    },
    /// Other entries were counted than those that the report commits to.
    #[error("the entries are not those that the published commitment is to")]
    Commitment,
    /// The same number is published twice.
    #[error("two numbers are published of the same")]
    SameCell,
    /// An entry counts and is not opened.
    #[error("entry {0} is counted and not opened")]
    NotOpened(u64),
    /// An opening does not lead to the entry of the log.
    #[error("entry {0} of the log is not what was opened")]
    Altered(u64),
    /// An entry counts twice.
    #[error("entry {0} is counted twice")]
    Twice(u64),
    /// An entry does not belong where it counts.
    #[error("entry {0} is counted where it does not belong")]
    Elsewhere(u64),
    /// An entry was opened, belongs to the span, and counts nowhere.
    #[error("entry {0} is opened and counted nowhere")]
    Uncounted(u64),
    /// A request was answered, and when it came is not opened.
    #[error("entry {0} answers a request whose receipt is not opened")]
    NoReceipt(u64),
    /// The times to answer are others.
    #[error("the times to answer do not follow from the entries")]
    Times,
}

/// What was found of a report whose entries are opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What is wrong with each number, in their order; nothing where it holds.
    pub cells: Vec<(Key, Vec<Fault>)>,
    /// What is wrong besides.
    pub faults: Vec<Fault>,
}

impl Judgement {
    /// Whether every number holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.faults.is_empty() && self.cells.iter().all(|(_, faults)| faults.is_empty())
    }
}

/// Judges a report by its part for auditors. `leaves` are those of a verified log, at least for every entry that is opened.
#[must_use]
pub fn judge(report: &Report, opened: &ForAuditors, leaves: &BTreeMap<u64, Hash>) -> Judgement {
    let mut faults = vec![];
    let entries = open(opened, leaves, &mut faults);
    if opened.cells.len() != report.cells.len() {
        faults.push(Fault::Lists { found: opened.cells.len(), cells: report.cells.len() });
    }
    let span = (report.from, report.until);
    let (mut counted, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut cells = vec![];
    for (cell, list) in report.cells.iter().zip(&opened.cells) {
        let mut wrong = vec![];
        if !seen.insert(&cell.of) {
            wrong.push(Fault::SameCell);
        }
        if list.entries.is_empty() || cell.count != Shown::of(list.entries.len() as u64) {
            wrong.push(Fault::Count { published: cell.count, counted: list.entries.len() });
        }
        if list.commitment(&cell.of) != cell.commitment {
            wrong.push(Fault::Commitment);
        }
        for index in &list.entries {
            let belongs = entries.get(index).map(|entry| {
                span.0 <= entry.at && entry.at < span.1 && key_of(entry).as_ref() == Some(&cell.of)
            });
            match belongs {
                _ if !counted.insert(*index) => wrong.push(Fault::Twice(*index)),
                Some(true) => {}
                Some(false) => wrong.push(Fault::Elsewhere(*index)),
                None => wrong.push(Fault::NotOpened(*index)),
            }
        }
        cells.push((cell.of.clone(), wrong));
    }
    let entries: Vec<_> = entries.into_iter().collect();
    let found = tally(&entries, span);
    let uncounted = found.cells.values().flatten().filter(|index| !counted.contains(index));
    faults.extend(uncounted.map(|index| Fault::Uncounted(*index)));
    faults.extend(found.unreceived.iter().map(|index| Fault::NoReceipt(*index)));
    if found.times != report.times {
        faults.push(Fault::Times);
    }
    Judgement { cells, faults }
}

/// The entries whose openings lead to the log, each once.
fn open(
    opened: &ForAuditors,
    leaves: &BTreeMap<u64, Hash>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<u64, Details> {
    let mut entries = BTreeMap::new();
    for opening in &opened.openings {
        let index = opening.index;
        let stands = leaves.get(&index) == Some(&opening.entry.leaf());
        match opening.entry.details().filter(|_| stands) {
            None => faults.push(Fault::Altered(index)),
            Some(details) => {
                if entries.insert(index, details).is_some() {
                    faults.push(Fault::Twice(index));
                }
            }
        }
    }
    entries
}
