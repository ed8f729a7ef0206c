//! Whole lists: imported after a dry run, in one transaction. How they leave stands in `bank_exports.rs`.
//!
//! A list is read twice: once to say what is wrong with each line, and once more to apply it, if nothing is. Both passes
//! hold a few thousand entries in memory, however long the list is. The second holds the write lock of SQLite meanwhile:
//! a million lines keep other writers waiting for some seconds.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;
use vigie_formats::bank_list::{self, Listed, ListedEntry, ListedSignal, Outgoing, ReadOptions};
pub use vigie_formats::bank_list::{Diagnostic, ListFormat, ListedKind};
use vigie_match::vpdq::InvalidVpdq;
use vigie_match::{Signal, SignalKind, Vpdq};
use vigie_model::id::BankId;
use vigie_model::{Caller, Operation};
use vigie_seal::ledger::Details;

use crate::bank_entries::{self, Added, EntrySignals, NewEntry, ShownEntry};
use crate::{App, Code, Error, Resource, Result, authorise, banks};

/// As many faults are told by name; the others are counted.
const FAULTS: usize = 1000;

/// Entries that are handed on at once.
const BATCH: usize = 4096;

/// How a list is to be imported.
#[derive(Debug, Clone)]
pub struct ImportSettings {
    /// How it is written; guessed from its beginning if none.
    pub format: Option<ListFormat>,
    /// What 64 digits are where the list does not say it.
    pub long: ListedKind,
    /// Who vouches for its entries, where the list does not say it; the source of the bank if none.
    pub source: Option<String>,
    /// Only tell what would happen.
    pub dry_run: bool,
}

/// What became of a list. Nothing of it was applied where a line is faulty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// How it is written.
    pub format: ListFormat,
    /// Entries it holds.
    pub entries: i64,
    /// Lines that list a picture without a signal: they are passed over.
    pub empty: i64,
    /// Lines that could not be understood.
    pub faulty: i64,
    /// The first of those, each with what is wrong with it.
    pub faults: Vec<Diagnostic>,
    /// What was added; none after a dry run, for an empty list, and where a line is faulty.
    pub added: Option<Added>,
}

impl App {
    /// A file without a name for a list that is about to be imported; it is gone when it is closed.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn scratch_file(&self) -> Result<File> {
        Ok(self.store.vault().scratch()?)
    }

    /// Begins to take in a list that is about to be imported, of so many bytes at most.
    ///
    /// # Errors
    /// Not permitted, or there is no place for it.
    pub fn begin_import(&self, caller: &Caller, limit: u64) -> Result<Scratch> {
        authorise(caller, Operation::FillBanks, Resource::Any)?;
        let file = tokio::fs::File::from_std(self.scratch_file()?);
        Ok(Scratch { file, left: limit })
    }

    /// Imports a list into a bank: all of it, or nothing. The file must be one that can be read twice.
    ///
    /// # Errors
    /// Not permitted, no such bank, a negative bank (two people fill it), or the file cannot be read. A faulty line is
    /// no error: it stands in the report.
    pub async fn import_list(
        &self,
        caller: &Caller,
        bank: BankId,
        file: File,
        settings: ImportSettings,
    ) -> Result<ImportReport> {
        authorise(caller, Operation::FillBanks, Resource::Any)?;
        bank_entries::refuse_negative(&banks::find(&mut self.store.read().await?, bank).await?)?;
        let list = Arc::new(List { file, settings });
        let survey = Arc::clone(&list);
        let mut report = self.heavy.run(move || survey.survey()).await??;
        if report.faulty > 0 || report.entries == 0 || list.settings.dry_run {
            return Ok(report);
        }
        report.added = Some(self.apply(caller, bank, list, &report).await?);
        self.show_bank_changes().await;
        Ok(report)
    }

    async fn apply(
        &self,
        caller: &Caller,
        bank: BankId,
        list: Arc<List>,
        report: &ImportReport,
    ) -> Result<Added> {
        let (sender, mut batches) = mpsc::channel(2);
        let format = report.format;
        let reading = self.heavy.run(move || list.send(format, &sender));
        let writing = async {
            // The write lock is taken only when there is something to write.
            let first_batch = batches.recv().await;
            let mut tx = self.store.begin().await?;
            let bank = banks::find(&mut tx, bank).await?;
            let added = bank_entries::begin(self, &mut tx, caller, &bank, report.entries).await?;
            let mut written = 0;
            let mut next = first_batch;
            while let Some(batch) = next {
                let count = batch.len() as i64;
                bank_entries::write(self, &mut tx, &bank, &added, written, batch).await?;
                written += count;
                next = batches.recv().await;
            }
            if written != report.entries {
                return Err(Error::new(Code::Internal, "the list changed while it was read"));
            }
            let entry = Details::new(caller, "bank.imported", banks::object(bank.id), self.now());
            tx.commit(&entry.with(json!({ "format": report.format, "added": added }))).await?;
            Ok(added)
        };
        let (read, written) = tokio::join!(reading, writing);
        let added = written?;
        read??;
        Ok(added)
    }
}

/// A list on its way in. It lies in a file without a name, which is gone when it is closed.
pub struct Scratch {
    file: tokio::fs::File,
    left: u64,
}

impl Scratch {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The list is longer than it may be, or cannot be kept.
    pub async fn push(&mut self, part: &[u8]) -> Result<()> {
        let left = self.left.checked_sub(part.len() as u64);
        self.left = left.ok_or_else(|| Error::new(Code::MediaTooLarge, "the list is too long"))?;
        let written = self.file.write_all(part).await;
        written.map_err(|source| Error::internal("keep the list while it is read", source))
    }

    /// All of it is there.
    ///
    /// # Errors
    /// It cannot be kept.
    pub async fn finish(mut self) -> Result<File> {
        let flushed = self.file.flush().await;
        flushed.map_err(|source| Error::internal("keep the list while it is read", source))?;
        Ok(self.file.into_std().await)
    }
}

/// A list that lies in a file.
struct List {
    file: File,
    settings: ImportSettings,
}

impl List {
    /// Reads all of it and tells what it holds.
    fn survey(&self) -> Result<ImportReport> {
        let format = self.format()?;
        let mut report =
            ImportReport { format, entries: 0, empty: 0, faulty: 0, faults: vec![], added: None };
        for listed in self.read(format)? {
            match self.understood(listed) {
                Ok(Some(_)) => report.entries += 1,
                Ok(None) => report.empty += 1,
                Err(diagnostic) => {
                    report.faulty += 1;
                    if report.faults.len() < FAULTS {
                        report.faults.push(diagnostic);
                    }
                }
            }
        }
        Ok(report)
    }

    /// Reads it again and hands its entries on, until nobody takes them any more.
    fn send(&self, format: ListFormat, sender: &mpsc::Sender<Vec<NewEntry>>) -> Result<()> {
        let mut batch = Vec::new();
        for listed in self.read(format)? {
            let understood = self.understood(listed);
            let understood =
                understood.map_err(|_| Error::new(Code::Internal, "the list changed while it was read"))?;
            batch.extend(understood);
            if batch.len() == BATCH && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
                return Ok(());
            }
        }
        // The receiver is gone only where writing failed, and then that is the error to tell.
        let _ = sender.blocking_send(batch);
        Ok(())
    }

    fn format(&self) -> Result<ListFormat> {
        if let Some(format) = self.settings.format {
            return Ok(format);
        }
        let mut beginning = Vec::new();
        self.rewound()?.take(4096).read_to_end(&mut beginning).map_err(unreadable)?;
        Ok(ListFormat::guess(&beginning))
    }

    fn read(&self, format: ListFormat) -> Result<impl Iterator<Item = Listed> + Send> {
        let options = ReadOptions { long: self.settings.long };
        Ok(bank_list::read(format, BufReader::with_capacity(1 << 16, self.rewound()?), options))
    }

    fn rewound(&self) -> Result<&File> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        Ok(file)
    }

    /// The entry of a line; none where it lists a picture without a signal.
    fn understood(&self, listed: Listed) -> std::result::Result<Option<NewEntry>, Diagnostic> {
        let listed = match listed {
            Listed::Record(listed) => *listed,
            Listed::Empty { .. } => return Ok(None),
            Listed::Faulty(diagnostic) => return Err(diagnostic),
        };
        let line = listed.line;
        let entry = self.entry(listed).map_err(|error| Diagnostic { line, problem: error.to_string() })?;
        bank_entries::check(&entry)
            .map_err(|error| Diagnostic { line, problem: error.detail().to_owned() })?;
        Ok(Some(entry))
    }

    fn entry(&self, listed: ListedEntry) -> std::result::Result<NewEntry, InvalidVpdq> {
        let text = listed.signals.iter().find(|signal| signal.kind == ListedKind::Vpdq);
        let video = text.map(|text| String::from_utf8_lossy(&text.value).parse()).transpose()?;
        Ok(NewEntry {
            signals: EntrySignals {
                single: listed.signals.iter().filter_map(signal).collect(),
                video: video.map(Arc::new),
            },
            source: listed.source.or_else(|| self.settings.source.clone()),
            labels: listed.labels,
            note: listed.note,
            original_reference: listed.original_reference,
            metadata: None,
            disabled_until: listed.disabled_until,
        })
    }
}

fn unreadable(source: std::io::Error) -> Error {
    Error::new(Code::BadRequest, "the list cannot be read").because(source)
}

/// Lists give every signal of one hash as many bytes as its kind has.
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

fn listed_signal(signal: &Signal) -> ListedSignal {
    let kind = match signal {
        Signal::Pdq(_) => ListedKind::Pdq,
        Signal::Md5(_) => ListedKind::Md5,
        Signal::Sha1(_) => ListedKind::Sha1,
        Signal::Sha256(_) => ListedKind::Sha256,
    };
    ListedSignal { kind, value: signal.bytes().to_vec() }
}

pub(crate) fn outgoing(shown: ShownEntry) -> Outgoing {
    let ShownEntry { entry, signals } = shown;
    let video = |video: Arc<Vpdq>| ListedSignal { kind: ListedKind::Vpdq, value: video.field().into_bytes() };
    let video = signals.video.map(video);
    Outgoing {
        id: entry.id,
        entry: ListedEntry {
            line: 0,
            signals: signals.single.iter().map(listed_signal).chain(video).collect(),
            source: Some(entry.source),
            labels: entry.labels,
            note: entry.note,
            original_reference: entry.original_reference,
            disabled_until: entry.disabled_until,
        },
    }
}
