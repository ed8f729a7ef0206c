//! A proof that an entry stands in a log, readable without the log: C2SP tlog-proof, `….tlog-proof`.
//!
//! It is what goes with whatever leaves the house.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::checkpoint::{Checkpoint, hash, hash_text, number};
use crate::merkle::{self, Hash};
use crate::note::{NoteError, VerifierKey};

const MAGIC: &str = "c2sp.org/tlog-proof@v1";

/// More hashes than any tree has levels.
const MOST_HASHES: usize = 63;

/// A proof that an entry stands at a place in the log of a signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryProof {
    /// What else the writer wanted to say; nothing vouches for it.
    pub extra: Option<Vec<u8>>,
    /// The number of the entry, from 0.
    pub index: u64,
    /// The hashes beside its way, from leaf to root.
    pub hashes: Vec<Hash>,
    /// The signed checkpoint, byte by byte.
    pub checkpoint: String,
}

impl EntryProof {
    /// Reads a proof. Nothing is verified.
    ///
    /// # Errors
    /// It has not the form of a proof.
    pub fn read(text: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed("a proof begins with its version, its index and its hashes");
        let (head, checkpoint) = text.split_once("\n\n").ok_or(malformed.clone())?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(MAGIC) {
            return Err(NoteError::Malformed("it is of no known version of proofs"));
        }
        let extra = lines
            .next_if(|line| line.starts_with("extra "))
            .map(|line| BASE64.decode(&line["extra ".len()..]));
        let extra = extra.transpose().map_err(|_| malformed.clone())?;
        let index =
            lines.next().and_then(|line| number(line.strip_prefix("index ")?)).ok_or(malformed.clone())?;
        let hashes: Vec<_> = lines.map(hash).collect::<Option<_>>().ok_or(malformed.clone())?;
        if hashes.len() > MOST_HASHES {
            return Err(malformed);
        }
        Ok(Self { extra, index, hashes, checkpoint: checkpoint.to_owned() })
    }

    /// Verifies the checkpoint, and that the entry with this leaf hash stands where the proof says.
    ///
    /// # Errors
    /// The checkpoint is not genuine, or the entry does not stand there.
    pub fn verify(&self, leaf: &Hash, key: &VerifierKey, origin: &str) -> Result<Checkpoint, ProofError> {
        let checkpoint =
            Checkpoint::open(self.checkpoint.as_bytes(), key, origin).map_err(ProofError::Checkpoint)?;
        let tree = checkpoint.tree;
        if merkle::includes(leaf, self.index, tree.size, &self.hashes, &tree.root) {
            return Ok(checkpoint);
        }
        Err(ProofError::NotThere { index: self.index, size: tree.size })
    }
}

impl fmt::Display for EntryProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{MAGIC}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", BASE64.encode(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", hash_text(hash)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Its checkpoint is not genuine.
    #[error("the checkpoint of the proof is not accepted")]
    Checkpoint(#[source] NoteError),
    /// Its hashes do not lead from the entry to the root.
    #[error("the proof does not show entry {index} in the log of {size}")]
    NotThere {
        /// The number of the entry.
        index: u64,
        /// The size of the log.
        size: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::leaf_hash;
    use crate::merkle::Tree;
    use crate::note::{Kind, SignerKey};

    #[test]
    fn a_proof_reads_back_and_holds_for_its_entry_alone() {
        let key = SignerKey::from_seed("example.org/log", Kind::Note, &[7; 32]).unwrap();
        let leaves: Vec<_> = (0..5_u8).map(|number| leaf_hash(&[number])).collect();
        let tree = Tree { size: 5, root: merkle::root_of(&leaves) };
        let checkpoint = Checkpoint { origin: "example.org/log".into(), tree };
        let hashes = vec![leaves[3], merkle::root_of(&leaves[..2]), leaves[4]];
        let checkpoint = checkpoint.sign(&key).unwrap().to_string();
        let proof = EntryProof { extra: Some(b"package 7".to_vec()), index: 2, hashes, checkpoint };

        let read = EntryProof::read(&proof.to_string()).unwrap();
        assert_eq!(read, proof);
        let verify = |proof: &EntryProof, leaf| proof.verify(leaf, &key.verifier(), "example.org/log");
        assert_eq!(verify(&read, &leaves[2]).unwrap().tree, tree);
        assert_eq!(verify(&read, &leaves[3]), Err(ProofError::NotThere { index: 2, size: 5 }));
        let elsewhere = read.verify(&leaves[2], &key.verifier(), "example.org/other");
        assert!(matches!(elsewhere, Err(ProofError::Checkpoint(_))));
        let bare = EntryProof { extra: None, ..proof };
        assert_eq!(EntryProof::read(&bare.to_string()).unwrap(), bare);
    }

    #[test]
    fn what_is_not_a_proof_is_refused() {
        for text in [
            "",
            "c2sp.org/tlog-proof@v1\nindex 1\n",
            "c2sp.org/tlog-proof@v2\nindex 1\n\nx",
            "c2sp.org/tlog-proof@v1\nindex 01\n\nx",
            "c2sp.org/tlog-proof@v1\nextra !\nindex 1\n\nx",
            "c2sp.org/tlog-proof@v1\nindex 1\nAAAA\n\nx",
            "c2sp.org/tlog-proof@v1\n\nx",
        ] {
            assert!(EntryProof::read(text).is_err(), "{text:?}");
        }
    }
}
