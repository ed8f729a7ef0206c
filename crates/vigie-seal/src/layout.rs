//! Laying a log out as files: every bundle, every tile of every level, each written once and complete.

use crate::ledger::leaf_hash;
use crate::merkle::Tree;
use crate::tile::{self, EntryTooLong, Growth, Kind, Tile, WIDTH};

/// Takes entries one after the other and hands the files of the log to a writer. It keeps one unfinished file of each
/// kind in memory.
pub struct Layout<W> {
    growth: Growth,
    bundle: Vec<u8>,
    write: W,
}

impl<W, E> Layout<W>
where
    W: FnMut(Tile, &[u8]) -> Result<(), E>,
    E: From<EntryTooLong>,
{
    /// A log without entries, whose files `write` takes.
    pub fn new(write: W) -> Self {
        Self { growth: Growth::default(), bundle: Vec::new(), write }
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// It is too long, or its files could not be written.
    pub fn push(&mut self, entry: &[u8]) -> Result<(), E> {
        tile::put_entry(&mut self.bundle, entry)?;
        let write = &mut self.write;
        self.growth.push(leaf_hash(entry), |tile, hashes| write(tile, &tile::tile_bytes(hashes)))?;
        if self.growth.size().is_multiple_of(WIDTH) {
            self.write_bundle(WIDTH)?;
        }
        Ok(())
    }

    /// Writes what is unfinished, and gives the tree.
    ///
    /// # Errors
    /// A file could not be written.
    pub fn finish(mut self) -> Result<Tree, E> {
        let rest = self.growth.size() % WIDTH;
        if rest > 0 {
            self.write_bundle(rest)?;
        }
        for (tile, hashes) in self.growth.unfinished() {
            (self.write)(tile, &tile::tile_bytes(hashes))?;
        }
        Ok(Tree { size: self.growth.size(), root: self.growth.root() })
    }

    fn write_bundle(&mut self, width: u64) -> Result<(), E> {
        let number = (self.growth.size() - width) / WIDTH;
        (self.write)(Tile { kind: Kind::Entries, number, width: width as u16 }, &self.bundle)?;
        self.bundle.clear();
        Ok(())
    }
}
