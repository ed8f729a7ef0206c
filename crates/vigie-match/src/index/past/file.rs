//! The compact form of a segment of history, read from its beginning to its end.
//!
//! ```text
//! "VIGIEPS\n"   8 bytes
//! format        4 bytes
//! blocks        rows (4 bytes), those with a hash of the exact pass (4), those with a hash of the first pass (4),
//!               the hashes as chunks (32 each), first bytes of MD5, SHA-1 and SHA-256 (4 each, a list for each kind),
//!               identifiers (16 each), checksum: SHA-256 of all of the block before it
//! last block    one without rows, then the number of all rows (8 bytes)
//! ```
//! Numbers are written with the least significant byte first. In a block the rows with a hash of the exact pass come
//! first, then those of the first pass, then those without one. Change [`FORMAT`] with any change of this: a file of
//! another format is made anew from the store.
//!
//! The checksum tells a torn or damaged file from a whole one. It is no seal, as with the saved index.

use std::io::{self, ErrorKind, Read, Write};

use sha2::{Digest, Sha256};

use super::super::chunks::{CHUNKS, Chunks, chunks_of};
use super::{Pass, PastRow, beginning};

const MAGIC: &[u8; 8] = b"VIGIEPS\n";

/// The one format that is written and read.
const FORMAT: u32 = 1;

/// Rows of a block: so many are in memory at once.
const ROWS: usize = 1 << 15;

/// Bytes before the rows of a block.
const HEAD: usize = 12;

const SUM: usize = 32;

/// Why a segment was not taken. Whatever it is, the form can be made again from the store.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// The bytes could not be had.
    #[error("cannot read a segment of history")]
    Read(#[source] io::Error),
    /// It begins with something else.
    #[error("cannot read a segment of history: it is not one")]
    Foreign,
    /// It was written by another version of the program.
    #[error("cannot read a segment of history: it has format {found}, and format {FORMAT} is known")]
    Format {
        /// The format that the file names.
        found: u32,
    },
    /// Bytes are missing at the end.
    #[error("cannot read a segment of history: it is torn, its end is missing")]
    Torn,
    /// Bytes are not as they were written.
    #[error("cannot read a segment of history: it was altered, its checksum does not agree")]
    Altered,
}

impl From<io::Error> for PastError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Torn,
            _ => Self::Read(error),
        }
    }
}

/// Writes the form of a segment, row by row.
pub struct PastWriter<W> {
    file: W,
    waiting: Vec<PastRow>,
    rows: u64,
}

impl<W: Write> PastWriter<W> {
    /// Begins a segment.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(mut file: W) -> io::Result<Self> {
        file.write_all(MAGIC)?;
        file.write_all(&FORMAT.to_le_bytes())?;
        Ok(Self { file, waiting: Vec::new(), rows: 0 })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn push(&mut self, row: PastRow) -> io::Result<()> {
        self.waiting.push(row);
        self.rows += 1;
        if self.waiting.len() < ROWS { Ok(()) } else { self.write_block() }
    }

    /// Ends the segment and gives the file back. The caller makes it durable, and puts it in its place only then.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn end(mut self) -> io::Result<W> {
        if !self.waiting.is_empty() {
            self.write_block()?;
        }
        self.write_block()?;
        self.file.write_all(&self.rows.to_le_bytes())?;
        self.file.flush()?;
        Ok(self.file)
    }

    fn write_block(&mut self) -> io::Result<()> {
        let mut rows = std::mem::take(&mut self.waiting);
        let place = |row: &PastRow| match row.pdq {
            Some((_, Pass::Exact)) => 0,
            Some((_, Pass::First)) => 1,
            None => 2,
        };
        rows.sort_by_key(place);
        let exact = rows.partition_point(|row| place(row) < 1);
        let first = rows.partition_point(|row| place(row) < 2) - exact;
        let mut block = Vec::with_capacity(HEAD + rows.len() * 60 + SUM);
        for number in [rows.len(), exact, first] {
            block.extend_from_slice(&(number as u32).to_le_bytes());
        }
        for (hash, _) in rows.iter().filter_map(|row| row.pdq) {
            chunks_of(&hash).iter().for_each(|chunk| block.extend_from_slice(&chunk.to_le_bytes()));
        }
        let kinds: [fn(&PastRow) -> Option<u32>; 3] = [
            |row| row.md5.map(|digest| beginning(&digest)),
            |row| row.sha1.map(|digest| beginning(&digest)),
            |row| row.sha256.map(|digest| beginning(&digest)),
        ];
        for kind in kinds {
            // A row without the digest has a beginning all the same: what it may hit by it is refused by the row.
            rows.iter().for_each(|row| block.extend_from_slice(&kind(row).unwrap_or(0).to_le_bytes()));
        }
        rows.iter().for_each(|row| block.extend_from_slice(&row.id));
        let sum = Sha256::digest(&block);
        block.extend_from_slice(&sum);
        rows.clear();
        self.waiting = rows;
        self.file.write_all(&block)
    }
}

/// The rows of a block, in columns.
#[derive(Default)]
pub(super) struct Block {
    /// Hashes; those of the exact pass come first.
    pub(super) hashes: Vec<Chunks>,
    /// How many of these are of the exact pass.
    pub(super) exact: usize,
    /// First bytes of the digests, kind by kind.
    pub(super) digests: [Vec<u32>; 3],
    /// Identifiers of the rows; those with a hash come first, in its order.
    pub(super) ids: Vec<[u8; 16]>,
}

/// Reads a segment block by block.
pub(super) struct Blocks<R> {
    file: R,
    block: Block,
    bytes: Vec<u8>,
    rows: u64,
}

impl<R: Read> Blocks<R> {
    pub(super) fn begin(mut file: R) -> Result<Self, PastError> {
        let mut head = [0; 12];
        file.read_exact(&mut head)?;
        let (magic, format) = head.split_at(8);
        if magic != MAGIC {
            return Err(PastError::Foreign);
        }
        match number(format) {
            FORMAT => Ok(Self { file, block: Block::default(), bytes: Vec::new(), rows: 0 }),
            found => Err(PastError::Format { found }),
        }
    }

    /// The next block, after its checksum was found to agree; none behind the last.
    pub(super) fn next(&mut self) -> Result<Option<&Block>, PastError> {
        let mut head = [0; HEAD];
        self.file.read_exact(&mut head)?;
        let [rows, exact, first] = [0, 4, 8].map(|at| number(&head[at..at + 4]) as usize);
        let hashes = exact.saturating_add(first);
        if rows > ROWS || hashes > rows {
            return Err(PastError::Altered);
        }
        self.bytes.resize(hashes * 32 + rows * 28 + SUM, 0);
        self.file.read_exact(&mut self.bytes)?;
        let (body, sum) = self.bytes.split_at(self.bytes.len() - SUM);
        if Sha256::new().chain_update(head).chain_update(body).finalize()[..] != *sum {
            return Err(PastError::Altered);
        }
        if rows == 0 {
            return self.end();
        }
        self.block.fill(body, rows, exact, hashes);
        self.rows += rows as u64;
        Ok(Some(&self.block))
    }

    fn end(&mut self) -> Result<Option<&Block>, PastError> {
        let mut written = [0; 8];
        self.file.read_exact(&mut written)?;
        let more = self.file.read(&mut [0])?;
        if more == 0 && u64::from_le_bytes(written) == self.rows { Ok(None) } else { Err(PastError::Altered) }
    }
}

impl Block {
    fn fill(&mut self, body: &[u8], rows: usize, exact: usize, hashes: usize) {
        let (chunks, rest) = body.split_at(hashes * 32);
        let (digests, ids) = rest.split_at(rows * 12);
        self.exact = exact;
        self.hashes.clear();
        self.hashes.extend(chunks.as_chunks::<32>().0.iter().map(chunks_in));
        for (list, bytes) in self.digests.iter_mut().zip(digests.chunks_exact(rows * 4)) {
            list.clear();
            list.extend(bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)));
        }
        self.ids.clear();
        self.ids.extend_from_slice(ids.as_chunks::<16>().0);
    }
}

fn chunks_in(bytes: &[u8; 32]) -> [u16; CHUNKS] {
    let two = bytes.as_chunks::<2>().0;
    std::array::from_fn(|chunk| u16::from_le_bytes(two[chunk]))
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}
