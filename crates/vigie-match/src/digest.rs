//! Digests of media: MD5, SHA-1 and SHA-256 of the same bytes, computed in one pass while they stream in.
//!
//! What it is: the three digests that hash lists carry. They tell that bytes are the very same and are no seal: MD5
//! and SHA-1 can be forged, so nothing trusts them for integrity. To add a digest, add a field to both types.
//!
//! ```
//! use vigie_match::digest::Digester;
//!
//! let mut digester = Digester::default();
//! digester.update(b"ab");
//! digester.update(b"c");
//! assert_eq!(hex::encode(digester.finish().md5), "900150983cd24fb0d6963f7d28e17f72");
//! ```

use std::fmt;

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::Signal;

/// Bytes handed to one digest after the other while they lie in the nearest cache.
const BLOCK: usize = 8 * 1024;

/// The digests of some media.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digests {
    /// MD5: what older lists carry.
    pub md5: [u8; 16],
    /// SHA-1: what older lists carry.
    pub sha1: [u8; 20],
    /// SHA-256.
    pub sha256: [u8; 32],
}

impl Digests {
    /// The digests of bytes that lie in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut digester = Digester::default();
        digester.update(bytes);
        digester.finish()
    }

    /// The three as signals.
    #[must_use]
    pub fn signals(&self) -> [Signal; 3] {
        [Signal::Md5(self.md5), Signal::Sha1(self.sha1), Signal::Sha256(self.sha256)]
    }
}

impl fmt::Debug for Digests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As with PDQ: a hash of material is not for logs.
        f.write_str("Digests(…)")
    }
}

/// Computes [`Digests`] over parts as they come.
#[derive(Clone, Default)]
pub struct Digester {
    md5: Md5,
    sha1: Sha1,
    sha256: Sha256,
}

impl Digester {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(BLOCK) {
            self.md5.update(block);
            self.sha1.update(block);
            self.sha256.update(block);
        }
    }

    /// The digests of everything taken.
    #[must_use]
    pub fn finish(self) -> Digests {
        Digests {
            md5: self.md5.finalize().into(),
            sha1: self.sha1.finalize().into(),
            sha256: self.sha256.finalize().into(),
        }
    }
}

impl fmt::Debug for Digester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digester(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        let digests = Digests::of(b"abc");
        assert_eq!(hex::encode(digests.md5), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(hex::encode(digests.sha1), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(
            hex::encode(digests.sha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn parts_of_any_length_give_the_digests_of_the_whole() {
        let bytes: Vec<u8> = (0..3 * BLOCK as u32 + 5).map(|index| (index * 7 % 251) as u8).collect();
        let whole = Digests::of(&bytes);
        for length in [1, 63, 64, 65, 1000, BLOCK, BLOCK + 1] {
            let mut digester = Digester::default();
            bytes.chunks(length).for_each(|part| digester.update(part));
            assert!(digester.finish() == whole, "parts of {length} bytes");
        }
    }
}
