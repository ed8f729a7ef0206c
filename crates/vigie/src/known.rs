//! A file of known signals, as `vigie match` takes it: any list that a bank could import.
//!
//! What it is: the lists of `vigie-formats` as rows of an index. 64 digits of which nothing says whether they are a PDQ or
//! a SHA-256 are taken as both: no SHA-256 comes near a PDQ hash by chance. What it is not: the import of a bank, which
//! lives in the database and has its rules.

use vigie_formats::bank_list::{
    Diagnostic, ListFormat, Listed, ListedEntry, ListedKind, ListedSignal, ReadOptions, read,
};
use vigie_match::vpdq::{self, Vpdq};
use vigie_match::{Row, Signal, SignalKind};

/// The known signals of a file.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The signals; the entry of a row is a place in [`Self::entries`].
    pub(crate) rows: Vec<Row>,
    /// What the signals belong to.
    pub(crate) entries: Vec<Entry>,
    /// Lines that could not be understood. They repeat nothing of the line: it may be a hash of material.
    pub(crate) faults: Vec<Diagnostic>,
}

/// A line of the file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its number, from 1.
    pub(crate) line: u64,
    /// What it is called there; empty where the line holds signals alone.
    pub(crate) name: String,
}

impl Known {
    /// Reads the text of a file. What cannot be understood becomes a fault, and the rest is read.
    pub(crate) fn read(text: &[u8]) -> Self {
        let format = ListFormat::guess(text);
        let as_if = |long| read(format, text, ReadOptions { long });
        let mut known = Self::default();
        // The two readings go line by line, and differ only in what they take 64 digits for.
        for lines in as_if(ListedKind::Pdq).zip(as_if(ListedKind::Sha256)) {
            match lines {
                (Listed::Record(one), Listed::Record(other)) => known.take(&one, &other.signals),
                (Listed::Record(one), _) | (_, Listed::Record(one)) => known.take(&one, &[]),
                (Listed::Faulty(fault), _) => known.faults.push(fault),
                (Listed::Empty { .. }, _) => {}
            }
        }
        known
    }

    /// Whether a signal of such a kind is among them.
    pub(crate) fn has(&self, wanted: impl Fn(SignalKind) -> bool) -> bool {
        self.rows.iter().any(|row| wanted(row.signal.kind()))
    }

    fn take(&mut self, listed: &ListedEntry, other: &[ListedSignal]) {
        let entry = self.entries.len() as u64;
        let other = other.iter().filter(|signal| !listed.signals.contains(signal));
        let signals = listed.signals.iter().chain(other).filter_map(signal);
        let videos = listed.signals.iter().filter(|signal| signal.kind == ListedKind::Vpdq);
        for text in videos {
            match String::from_utf8_lossy(&text.value).parse::<Vpdq>() {
                Ok(video) => self.rows.extend(vpdq::rows(entry, 0, &video)),
                Err(error) => {
                    return self.faults.push(Diagnostic { line: listed.line, problem: error.to_string() });
                }
            }
        }
        self.rows.extend(signals.map(|signal| Row { entry, bank: 0, signal }));
        let name = listed.original_reference.as_ref().or(listed.note.as_ref()).or(listed.source.as_ref());
        self.entries.push(Entry { line: listed.line, name: name.cloned().unwrap_or_default() });
    }
}

fn signal(listed: &ListedSignal) -> Option<Signal> {
    let kind = match listed.kind {
        ListedKind::Pdq => SignalKind::Pdq,
        ListedKind::Md5 => SignalKind::Md5,
        ListedKind::Sha1 => SignalKind::Sha1,
        ListedKind::Sha256 => SignalKind::Sha256,
        ListedKind::Vpdq => return None,
    };
    Signal::from_bytes(kind, &listed.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use SignalKind::{Md5, Pdq, Sha1, Sha256};

    const LONG: &str = "d8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22";
    const SHORT: &str = "900150983cd24fb0d6963f7d28e17f72";
    const MIDDLE: &str = "a9993e364706816aba3e25717850c26c9cd0d89d";

    /// Compares what a file gives: line, name and kinds of each entry, and the lines at fault.
    #[track_caller]
    fn check(text: &str, entries: &[(u64, &str, &[SignalKind])], faults: &[u64]) {
        let text = text.replace("LONG", LONG).replace("SHORT", SHORT).replace("MIDDLE", MIDDLE);
        let known = Known::read(text.as_bytes());
        let kinds_of = |at| {
            let mut kinds: Vec<_> =
                known.rows.iter().filter(|row| row.entry == at as u64).map(|row| row.signal.kind()).collect();
            kinds.sort_unstable();
            kinds
        };
        let found: Vec<_> = known
            .entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.line, entry.name.as_str(), kinds_of(at)))
            .collect();
        let expected: Vec<_> =
            entries.iter().map(|(line, name, kinds)| (*line, *name, kinds.to_vec())).collect();
        assert_eq!(found, expected);
        assert_eq!(known.faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), faults);
    }

    #[test]
    fn digits_alone_are_all_that_they_can_be() {
        let entries: [(_, _, &[_]); 3] = [(1, "", &[Pdq, Sha256]), (2, "", &[Md5]), (5, "", &[Sha1])];
        check("LONG\nSHORT\n# a remark\n\nMIDDLE\n", &entries, &[]);
    }

    #[test]
    fn what_hash_prints_as_csv_is_a_list() {
        check("LONG,100,lake.jpg\n,31,fog.jpg\n", &[(1, "lake.jpg", &[Pdq, Sha256])], &[]);
        let all = "pdq,md5,sha1,sha256,quality,path\nLONG,SHORT,MIDDLE,LONG,100,lake.jpg\n,SHORT,MIDDLE,LONG,31,fog.jpg\n";
        check(all, &[(2, "lake.jpg", &[Pdq, Md5, Sha1, Sha256]), (3, "fog.jpg", &[Md5, Sha1, Sha256])], &[]);
    }

    #[test]
    fn a_kind_that_is_stated_is_the_only_one() {
        check("sha256:LONG\n", &[(1, "", &[Sha256])], &[]);
        check("pdq,note\nLONG,hill\n", &[(2, "hill", &[Pdq])], &[]);
        check("{\"signals\":{\"pdq\":\"LONG\"}}\n", &[(1, "", &[Pdq])], &[]);
    }

    #[test]
    fn faults_do_not_stop_the_reading() {
        check("nonsense\nSHORT\nzz\n", &[(2, "", &[Md5])], &[1, 3]);
    }
}
