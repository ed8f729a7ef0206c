//! Checkpoints (C2SP tlog-checkpoint): what a log commits to, as the text of a signed note.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::merkle::{Hash, Tree};
use crate::note::{Note, NoteError, SignerKey, VerifierKey};

/// The size and the root that the log of this origin commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// Its size and root.
    pub tree: Tree,
}

impl Checkpoint {
    /// Reads the text of a note strictly: no number and no hash can be written in two ways.
    ///
    /// # Errors
    /// It is not the text of a checkpoint.
    pub fn read(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let mut line = || lines.next().ok_or(NoteError::Malformed("a checkpoint has three lines"));
        let (origin, size, root) = (line()?, line()?, line()?);
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(NoteError::Malformed("a checkpoint has no empty line"));
        }
        let size =
            number(size).ok_or(NoteError::Malformed("the size of a checkpoint is a decimal number"))?;
        let root =
            hash(root).ok_or(NoteError::Malformed("the root of a checkpoint is the base64 of 32 bytes"))?;
        Ok(Self { origin: origin.to_owned(), tree: Tree { size, root } })
    }

    /// Opens a signed checkpoint: the key signed it, and its origin is this one.
    ///
    /// # Errors
    /// The signature is missing or not genuine, or the text is of another log or no checkpoint.
    pub fn open(signed: &[u8], key: &VerifierKey, origin: &str) -> Result<Self, NoteError> {
        let note = Note::read(signed)?;
        note.verify(std::slice::from_ref(key))?;
        let checkpoint = Self::read(note.text())?;
        if checkpoint.origin == origin {
            Ok(checkpoint)
        } else {
            Err(NoteError::Malformed("its origin is another log"))
        }
    }

    /// The signed note.
    ///
    /// # Errors
    /// The origin cannot stand in a note.
    pub fn sign(&self, key: &SignerKey) -> Result<Note, NoteError> {
        let mut note = Note::new(self.to_string())?;
        let signature = key.sign(note.text(), 0);
        note.add(signature);
        Ok(note)
    }
}

impl fmt::Display for Checkpoint {
    /// The text, with its last newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.tree.size, hash_text(&self.tree.root))
    }
}

/// A decimal number without sign or leading zeros, at most 2⁶³ − 1.
pub(crate) fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok().filter(|number| i64::try_from(*number).is_ok())?;
    (number.to_string() == text).then_some(number)
}

/// A hash in base64, written in the one right way.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    BASE64.decode(text).ok()?.try_into().ok()
}

/// A hash as proofs and checkpoints write it: in base64.
#[must_use]
pub fn hash_text(hash: &Hash) -> String {
    BASE64.encode(hash)
}
