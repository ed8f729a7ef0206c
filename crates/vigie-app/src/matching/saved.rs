//! What is saved with the index, and when a saved index is good.
//!
//! The index knows entries and slots of banks; the note beside it says which bank each slot is, which entries are
//! disabled for a time, and how far in the feed of changes all of it goes. The leaf of the ledger entry at that place
//! names the database: it was made with a salt, so no other has it, and neither has this one if it was set back to a
//! backup and went on from there.

use std::io::{BufReader, BufWriter, Write as _};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vigie_match::{Frozen, Index, LoadError, SaveError, SignalKind};
use vigie_model::Moment;
use vigie_model::id::BankId;
use vigie_store::{IndexFile, schema_versions};

use super::view::View;
use crate::{App, Error, Result};

/// The form of the note, and of what the index holds for an entry. It changes with either.
const FORM: u32 = 2;

/// What stands beside the rows in a saved index.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Note {
    form: u32,
    /// The newest step of the schema: a step may change entries without a word in the feed.
    schema: i64,
    /// The last change that is in.
    pub(super) seen: i64,
    /// The leaf of its ledger entry.
    pub(super) leaf: Vec<u8>,
    /// How many slots were ever given.
    slots: usize,
    banks: Vec<(BankId, u32)>,
    /// Entries that do not match before a moment.
    pub(super) disabled: Vec<(i64, Moment)>,
}

/// Why a saved index is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("cannot open the saved index")]
    Open(#[source] std::io::Error),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("cannot read the note in the saved index")]
    Note(#[from] serde_json::Error),
    #[error("it was saved by another version of the program")]
    OtherVersion,
    #[error("it belongs to another database, or to what this one was before it was restored from a backup")]
    Elsewhere,
}

impl From<Unusable> for Error {
    fn from(source: Unusable) -> Self {
        Self::internal("use the saved index", source)
    }
}

/// A saved index that is whole. Whether it belongs to this database is for the caller to find out.
pub(super) struct Saved {
    pub(super) index: Index,
    pub(super) note: Note,
}

impl Saved {
    /// How many rows it holds.
    pub(super) fn rows(&self) -> usize {
        SignalKind::ALL.map(|kind| self.index.len(kind)).iter().sum()
    }
}

impl Note {
    /// What to save beside the rows of this view.
    pub(super) fn of(view: &View, leaf: Vec<u8>, disabled: Vec<(i64, Moment)>) -> Self {
        Self {
            form: FORM,
            schema: schema(),
            seen: view.seen,
            leaf,
            slots: view.banks.len(),
            banks: view.slots.iter().map(|(bank, slot)| (*bank, *slot)).collect(),
            disabled,
        }
    }

    /// The view of these rows, before any bank is put into it.
    pub(super) fn view(&self, index: Index) -> View {
        View {
            index: Arc::new(index),
            banks: vec![None; self.slots],
            slots: self.banks.iter().copied().collect(),
            seen: self.seen,
        }
    }

    fn check(self) -> Result<Self, Unusable> {
        let known = self.form == FORM && self.schema == schema();
        let sound = known && self.banks.iter().all(|(_, slot)| (*slot as usize) < self.slots);
        if sound { Ok(self) } else { Err(Unusable::OtherVersion) }
    }
}

fn schema() -> i64 {
    schema_versions().last().unwrap_or(0)
}

impl App {
    /// The saved index, where there is one.
    pub(super) async fn read_saved_index(&self) -> Result<Result<Option<Saved>, Unusable>> {
        let place = self.store.index_file().clone();
        self.heavy.run(move || read(&place)).await
    }
}

fn read(place: &IndexFile) -> Result<Option<Saved>, Unusable> {
    let Some(file) = place.open().map_err(Unusable::Open)? else { return Ok(None) };
    let (index, note) = Index::load(BufReader::new(file))?;
    let note: Note = serde_json::from_slice(&note)?;
    Ok(Some(Saved { index, note: note.check()? }))
}

/// Puts a saved index in the place of the one before. Says no while another process does the same.
pub(super) fn write(place: &IndexFile, rows: &Frozen, note: &Note) -> Result<bool, SaveError> {
    let note = serde_json::to_vec(note).map_err(|error| SaveError(error.into()))?;
    place
        .replace(|file| {
            let mut file = BufWriter::new(file);
            rows.save(&note, &mut file).map_err(|SaveError(error)| error)?;
            file.flush()
        })
        .map_err(SaveError)
}
