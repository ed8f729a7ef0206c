//! Whether the ledger in the database is still the one that was signed.

use std::fmt;
use std::io;
use std::path::Path;

use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::merkle::Tree;
use vigie_seal::note::Note;
use vigie_store::log::{self, Epoch};
use vigie_store::mark;

use crate::{App, Code, Error, Result};

/// Why nothing may be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fork {
    /// The high-water mark cannot be read, or is not ours.
    MarkUnreadable(String),
    /// The mark is of a log that this database does not know.
    OtherLog(String),
    /// More was signed than the database has.
    Behind {
        /// Who knows: the high-water mark, or the name of a witness.
        told_by: String,
        /// The size that was signed.
        signed: u64,
        /// The size that the database has.
        here: u64,
    },
    /// What was signed and what the database has differ.
    Different {
        /// Who knows: the high-water mark, the last checkpoint, or the name of a witness.
        told_by: String,
        /// The size at which they differ.
        size: u64,
    },
}

impl fmt::Display for Fork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MarkUnreadable(why) => write!(f, "the high-water mark cannot be relied on: {why}"),
            Self::OtherLog(origin) => {
                write!(f, "the high-water mark is of {origin}, which this database does not know")
            }
            Self::Behind { told_by, signed, here } => {
                write!(
                    f,
                    "{told_by} knows {signed} entries, and the database has {here}: it is an older copy"
                )
            }
            Self::Different { told_by, size } => {
                write!(
                    f,
                    "{told_by} knows another ledger at {size} entries: the database is another copy, or was altered"
                )
            }
        }
    }
}

impl From<Fork> for Error {
    fn from(fork: Fork) -> Self {
        Self::new(Code::LedgerForked, format!("nothing is signed: {fork}"))
    }
}

const MARK: &str = "the high-water mark";

impl App {
    /// Looks whether the database has all that was signed, by its own rows and by the high-water mark.
    pub(super) async fn find_fork(&self, epoch: &Epoch) -> Result<Option<Fork>> {
        let last = log::last_signed(&mut self.store.read().await?, epoch).await?;
        if let Some(last) = last {
            let fork = self.compare("its own last checkpoint", epoch, &last.note).await?;
            if fork.is_some() {
                return Ok(fork);
            }
        }
        match self.read_mark().await? {
            Err(unreadable) => Ok(Some(Fork::MarkUnreadable(unreadable.to_string()))),
            Ok(None) => Ok(None),
            Ok(Some(mark)) => self.compare(MARK, epoch, &mark).await,
        }
    }

    async fn compare(&self, told_by: &str, epoch: &Epoch, signed: &str) -> Result<Option<Fork>> {
        if let Some(marked) = read(signed).filter(|marked| marked.origin != epoch.origin) {
            return Ok((!goes_on_from(epoch, &marked)).then_some(Fork::OtherLog(marked.origin)));
        }
        let key = self.ledger_key(&epoch.origin)?.verifier();
        let Tree { size, root } = match Checkpoint::open(signed.as_bytes(), &key, &epoch.origin) {
            Ok(signed) => signed.tree,
            Err(why) => return Ok(Some(Fork::MarkUnreadable(why.to_string()))),
        };
        // Asked after what was signed was read: another process may have signed more in between, but never less.
        let here = log::size(&mut self.store.read().await?, epoch).await?;
        if size > here {
            return Ok(Some(Fork::Behind { told_by: told_by.to_owned(), signed: size, here }));
        }
        let found = log::root(&mut self.store.read().await?, epoch, size).await?;
        Ok((found != root).then(|| Fork::Different { told_by: told_by.to_owned(), size }))
    }

    pub(super) async fn read_mark(&self) -> Result<io::Result<Option<String>>> {
        let Some(path) = self.settings.ledger.high_water.clone() else { return Ok(Ok(None)) };
        self.heavy.run(move || mark::read(&path)).await
    }

    /// Writes down outside the data folder that this was signed, unless more was already.
    pub(super) async fn raise_mark(&self, signed: &str) -> Result<()> {
        let Some(path) = self.settings.ledger.high_water.clone() else { return Ok(()) };
        let (signed, shown) = (signed.to_owned(), path.clone());
        let raised = self.heavy.run(move || raise(&path, &signed)).await?;
        raised.map_err(|source| {
            Error::internal(&format!("raise the high-water mark {}", shown.display()), source)
        })
    }
}

/// Whether this epoch was opened in full knowledge of what the mark says.
fn goes_on_from(epoch: &Epoch, marked: &Checkpoint) -> bool {
    let quoted = epoch.quotes.as_deref().and_then(read);
    quoted.is_some_and(|quoted| quoted.origin == marked.origin && quoted.tree.size >= marked.tree.size)
}

/// What a signed checkpoint says, whoever signed it.
pub(super) fn read(signed: &str) -> Option<Checkpoint> {
    Checkpoint::read(Note::read(signed.as_bytes()).ok()?.text()).ok()
}

fn raise(path: &Path, signed: &str) -> io::Result<()> {
    let new = read(signed);
    mark::raise(path, |before| {
        let before = before.and_then(read);
        let is_higher = match (&before, &new) {
            (Some(before), Some(new)) => before.origin != new.origin || before.tree.size < new.tree.size,
            _ => true,
        };
        is_higher.then(|| signed.to_owned())
    })
}
