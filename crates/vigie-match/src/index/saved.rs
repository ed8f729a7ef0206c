//! The saved form of an index: how its lists are written, and how a file that is not whole is refused.
//!
//! ```text
//! "VIGIEIX\n"   8 bytes
//! format        4 bytes
//! note          the caller's own bytes, a list
//! version       8 bytes, of the index
//! shelves       PDQ, MD5, SHA-1, SHA-256: the number of segments (8 bytes), and each segment with its owners and marks
//! checksum      32 bytes, SHA-256 of all before
//! ```
//! Numbers are written with the least significant byte first, a list as its length (8 bytes) and its elements. What a
//! segment consists of stands in its own file. Change [`FORMAT`] with any change of this: an index of another format is
//! not read but built anew from the store.
//!
//! The checksum tells a torn or damaged file from a whole one. It is no seal: somebody who may write the file may write
//! another checksum, so the file belongs where the database is. Lists that do not go together are refused even so, and
//! what was read can answer wrongly at worst: no search reads past the end of a list.

use std::io::{self, ErrorKind, Read, Write};

use sha2::{Digest, Sha256};

use super::pages;

const MAGIC: &[u8; 8] = b"VIGIEIX\n";

/// The one format that is written and read.
pub(super) const FORMAT: u32 = 3;

/// Bytes that are converted at once.
const BUFFER: usize = 1 << 16;

/// Why an index was not saved.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the index")]
pub struct SaveError(#[source] pub io::Error);

/// Why a saved index was not taken. Whatever it is, an index can be built from the store instead.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes could not be had.
    #[error("cannot read the saved index")]
    Read(#[source] io::Error),
    /// It begins with something else.
    #[error("cannot read the saved index: it is not one")]
    Foreign,
    /// It was written by another version of the program.
    #[error("cannot read the saved index: it has format {found}, and format {FORMAT} is known")]
    Format {
        /// The format that the file names.
        found: u32,
    },
    /// Bytes are missing at the end.
    #[error("cannot read the saved index: it is torn, its end is missing")]
    Torn,
    /// Bytes are not as they were written, or were never written by this program.
    #[error("cannot read the saved index: it was altered, its parts do not agree")]
    Altered,
}

impl From<io::Error> for LoadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Torn,
            _ => Self::Read(error),
        }
    }
}

/// An element of a list.
pub(super) trait Word: Copy {
    /// Bytes of one.
    const BYTES: usize;

    /// Writes it into as many bytes.
    fn write(self, bytes: &mut [u8]);

    /// Reads it from as many bytes.
    fn read(bytes: &[u8]) -> Self;
}

macro_rules! number_word {
    ($($number:ty),*) => {$(
        impl Word for $number {
            const BYTES: usize = size_of::<$number>();

            fn write(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            fn read(bytes: &[u8]) -> Self {
                let mut number = [0; size_of::<$number>()];
                number.copy_from_slice(bytes);
                Self::from_le_bytes(number)
            }
        }
    )*};
}

number_word!(u8, u16, u32, u64);

impl<const N: usize> Word for [u8; N] {
    const BYTES: usize = N;

    fn write(self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self);
    }

    fn read(bytes: &[u8]) -> Self {
        let mut word = [0; N];
        word.copy_from_slice(bytes);
        word
    }
}

/// Writes a saved index.
pub(super) struct Out<W> {
    file: W,
    sum: Sha256,
    buffer: Vec<u8>,
}

impl<W: Write> Out<W> {
    /// Begins the file.
    pub(super) fn begin(file: W) -> io::Result<Self> {
        let mut out = Self { file, sum: Sha256::new(), buffer: vec![0; BUFFER] };
        out.bytes(MAGIC)?;
        out.number(FORMAT)?;
        Ok(out)
    }

    pub(super) fn number(&mut self, number: impl Word) -> io::Result<()> {
        self.words(&[number])
    }

    pub(super) fn list(&mut self, list: &[impl Word]) -> io::Result<()> {
        self.number(list.len() as u64)?;
        self.words(list)
    }

    /// Writes the checksum.
    pub(super) fn end(mut self) -> io::Result<()> {
        let sum = self.sum.finalize();
        self.file.write_all(&sum)?;
        self.file.flush()
    }

    fn words<T: Word>(&mut self, words: &[T]) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        for words in words.chunks(BUFFER / T::BYTES) {
            let bytes = &mut buffer[..words.len() * T::BYTES];
            bytes.chunks_exact_mut(T::BYTES).zip(words).for_each(|(bytes, word)| word.write(bytes));
            self.bytes(bytes)?;
        }
        self.buffer = buffer;
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.file.write_all(bytes)
    }
}

/// Reads a saved index. What it gives is not to be used before [`In::end`] found that the whole agrees.
pub(super) struct In<R> {
    file: R,
    sum: Sha256,
    buffer: Vec<u8>,
}

impl<R: Read> In<R> {
    /// Begins the file.
    pub(super) fn begin(file: R) -> Result<Self, LoadError> {
        let mut from = Self { file, sum: Sha256::new(), buffer: vec![0; BUFFER] };
        if from.number::<[u8; 8]>()? != *MAGIC {
            return Err(LoadError::Foreign);
        }
        match from.number()? {
            FORMAT => Ok(from),
            found => Err(LoadError::Format { found }),
        }
    }

    pub(super) fn number<T: Word>(&mut self) -> Result<T, LoadError> {
        let mut bytes = [0; 32];
        let bytes = &mut bytes[..T::BYTES];
        self.file.read_exact(bytes)?;
        self.sum.update(&*bytes);
        Ok(T::read(bytes))
    }

    pub(super) fn list<T: Word>(&mut self) -> Result<Vec<T>, LoadError> {
        let length = self.length()?;
        // A damaged length may ask for more than there is. Memory is only promised here, not yet taken.
        let mut list = pages::reserved(length).map_err(|_| LoadError::Altered)?;
        while list.len() < length {
            let count = (length - list.len()).min(BUFFER / T::BYTES);
            let bytes = &mut self.buffer[..count * T::BYTES];
            self.file.read_exact(bytes)?;
            self.sum.update(&*bytes);
            list.extend(bytes.chunks_exact(T::BYTES).map(T::read));
        }
        Ok(list)
    }

    /// A number of things, each of at least a byte.
    pub(super) fn length(&mut self) -> Result<usize, LoadError> {
        self.number::<u64>()?.try_into().map_err(|_| LoadError::Altered)
    }

    /// Reads the checksum, and finds whether all that was read agrees with it.
    pub(super) fn end(mut self) -> Result<(), LoadError> {
        let mut written = [0; 32];
        self.file.read_exact(&mut written)?;
        let more = self.file.read(&mut [0])?;
        if more == 0 && *self.sum.finalize() == written { Ok(()) } else { Err(LoadError::Altered) }
    }
}
