//! The rows of an index as they were at one moment, to be written while the index goes on changing.

use std::io::{self, Write};

use super::exact::Exact;
use super::near::Near;
use super::saved::{Out, SaveError};
use super::shelf::FrozenShelf;

/// What [`super::Index::freeze`] gives. It shares the memory of the index as long as that does not change.
pub struct Frozen {
    pub(super) version: u64,
    pub(super) pdq: FrozenShelf<Near>,
    pub(super) md5: FrozenShelf<Exact<16>>,
    pub(super) sha1: FrozenShelf<Exact<20>>,
    pub(super) sha256: FrozenShelf<Exact<32>>,
}

impl Frozen {
    /// Writes the rows so that [`super::Index::load`] has them in a second or so for ten million. `note` is the caller's
    /// own, given back when they are loaded: how far in its sequence of changes they go, say.
    ///
    /// The caller sees to it that the file takes the place of another only when it is whole.
    ///
    /// # Errors
    /// The file could not be written.
    pub fn save(&self, note: &[u8], file: impl Write) -> Result<(), SaveError> {
        self.write(note, file).map_err(SaveError)
    }

    fn write(&self, note: &[u8], file: impl Write) -> io::Result<()> {
        let mut out = Out::begin(file)?;
        out.list(note)?;
        out.number(self.version)?;
        self.pdq.save(&mut out)?;
        self.md5.save(&mut out)?;
        self.sha1.save(&mut out)?;
        self.sha256.save(&mut out)?;
        out.end()
    }
}
