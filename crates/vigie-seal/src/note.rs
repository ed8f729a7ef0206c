//! Signed notes (C2SP signed-note) and timestamped cosignatures (C2SP tlog-cosignature), with Ed25519.
//!
//! What it is: a text, its signature lines, and the keys that make and check them. What it is not: it draws no key and knows
//! no time; both are parameters.
//!
//! To add a kind of signature: a variant of [`Kind`], its message in `Kind::message`. A kind we do not know is a
//! signature of somebody else's, and is passed over, never an error.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature as Ed25519, Signer as _};
use sha2::{Digest, Sha256};

use crate::envelope::PREAMBLE;

/// The longest note that is read, in bytes, and the most signatures.
const LONGEST: usize = 1_000_000;
const MOST_SIGNATURES: usize = 100;

/// What introduces a signature: an em dash and a space.
const MARK: &str = "\u{2014} ";

/// Why a note or a key was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text has not the form of a note.
    #[error("this is no signed note: {0}")]
    Malformed(&'static str),
    /// The text has not the form of a verifier key.
    #[error("this is no verifier key: {0}")]
    Key(&'static str),
    /// A key that is known did not make the signature under its name.
    #[error("the signature of {0} is not genuine")]
    Forged(String),
    /// Nobody who is known signed.
    #[error("no signature is by a key that is trusted")]
    NotSigned,
}

/// What a signature is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The text of the note: type 0x01.
    Note,
    /// A moment and the text, as witnesses sign: type 0x04.
    Cosignature,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Note),
            0x04 => Some(Self::Cosignature),
            _ => None,
        }
    }

    fn byte(self) -> u8 {
        match self {
            Self::Note => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    fn message(self, text: &str, seconds: u64) -> Vec<u8> {
        match self {
            Self::Note => text.as_bytes().to_vec(),
            Self::Cosignature => format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes(),
        }
    }
}

/// A signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name of the key.
    pub name: String,
    /// What tells keys of one name apart.
    pub key_id: [u8; 4],
    /// The signature in the form of its kind.
    pub bytes: Vec<u8>,
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = BASE64.encode([self.key_id.as_slice(), &self.bytes].concat());
        write!(f, "{MARK}{} {encoded}", self.name)
    }
}

impl FromStr for Signature {
    type Err = NoteError;

    fn from_str(line: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed("a signature line is not well formed");
        let (name, encoded) =
            line.strip_prefix(MARK).and_then(|line| line.split_once(' ')).ok_or(malformed.clone())?;
        let bytes = BASE64.decode(encoded).map_err(|_| malformed.clone())?;
        let (key_id, bytes) = bytes.split_first_chunk().ok_or(malformed.clone())?;
        if !is_name(name) || bytes.is_empty() {
            return Err(malformed);
        }
        Ok(Self { name: name.to_owned(), key_id: *key_id, bytes: bytes.to_vec() })
    }
}

/// Whether a key may have this name: not empty, without any space and without `+`.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|letter: char| letter.is_whitespace() || letter.is_control() || letter == '+')
}

/// A text with its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

impl Note {
    /// A text that nobody has signed yet.
    ///
    /// # Errors
    /// The text does not end in a newline, holds a control character, or could be taken for an envelope.
    pub fn new(text: String) -> Result<Self, NoteError> {
        if !text.ends_with('\n') {
            return Err(NoteError::Malformed("the text does not end in a newline"));
        }
        if text.contains(|letter: char| letter < ' ' && letter != '\n') {
            return Err(NoteError::Malformed("the text holds a control character"));
        }
        if text.starts_with(PREAMBLE) {
            return Err(NoteError::Malformed("the text begins as what envelopes sign"));
        }
        Ok(Self { text, signatures: Vec::new() })
    }

    /// Reads a note from bytes of outside. Nothing is verified.
    ///
    /// # Errors
    /// It is not UTF-8, too long, or not of the form of a note.
    pub fn read(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > LONGEST {
            return Err(NoteError::Malformed("it is too long"));
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Malformed("it is not UTF-8"))?;
        let end =
            whole.rfind("\n\n").ok_or(NoteError::Malformed("no empty line stands before signatures"))?;
        let (text, lines) = (&whole[..=end], &whole[end + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("it does not end in a newline"))?;
        let mut note = Self::new(text.to_owned())?;
        note.signatures = lines.split('\n').map(str::parse).collect::<Result<_, _>>()?;
        if note.signatures.len() > MOST_SIGNATURES {
            return Err(NoteError::Malformed("it has too many signatures"));
        }
        Ok(note)
    }

    /// The text, with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, none of them verified.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        &self.signatures
    }

    /// Adds a signature, in place of an earlier one by the same key.
    pub fn add(&mut self, signature: Signature) {
        self.signatures.retain(|one| (&one.name, one.key_id) != (&signature.name, signature.key_id));
        self.signatures.push(signature);
    }

    /// Which of these keys signed. One of them must have, and none of their signatures may be forged.
    ///
    /// # Errors
    /// A signature of one of the keys is not genuine, or none of them signed.
    pub fn verify<'a>(&self, keys: &'a [VerifierKey]) -> Result<Vec<&'a VerifierKey>, NoteError> {
        let mut genuine = Vec::new();
        for signature in &self.signatures {
            let made_by = |key: &&VerifierKey| key.name == signature.name && key.id() == signature.key_id;
            for key in keys.iter().filter(made_by) {
                key.check(&self.text, signature)?;
                genuine.push(key);
            }
        }
        if genuine.is_empty() { Err(NoteError::NotSigned) } else { Ok(genuine) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

/// A key that checks signatures: `name+hash+base64`, as it is handed from person to person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: Kind,
    key: ed25519_dalek::VerifyingKey,
}

impl VerifierKey {
    /// The name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures are over.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What tells keys of one name apart: the beginning of SHA-256(name ‖ newline ‖ type ‖ key).
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update([b'\n', self.kind.byte()]);
        let hash: [u8; 32] = hash.chain_update(self.key.as_bytes()).finalize().into();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// How envelopes name it: `name+hash`.
    #[must_use]
    pub fn keyid(&self) -> String {
        format!("{}+{}", self.name, hex::encode(self.id()))
    }

    /// Checks a bare signature over the pre-authentication encoding of an envelope.
    pub(crate) fn check_bytes(&self, signed: &[u8], signature: &[u8]) -> Result<(), NoteError> {
        let forged = |_| NoteError::Forged(self.name.clone());
        let ed25519 = Ed25519::from_slice(signature).map_err(forged)?;
        self.key.verify_strict(signed, &ed25519).map_err(forged)
    }

    /// Checks one signature over a text; of a cosignature the moment comes back, in seconds since 1970.
    ///
    /// # Errors
    /// It was not made by this key over this text.
    pub fn check(&self, text: &str, signature: &Signature) -> Result<Option<u64>, NoteError> {
        let forged = || NoteError::Forged(self.name.clone());
        let (seconds, bytes) = match self.kind {
            Kind::Note => (None, signature.bytes.as_slice()),
            Kind::Cosignature => {
                let (seconds, bytes) = signature.bytes.split_first_chunk().ok_or_else(forged)?;
                (Some(u64::from_be_bytes(*seconds)), bytes)
            }
        };
        let message = self.kind.message(text, seconds.unwrap_or_default());
        let ed25519 = Ed25519::from_slice(bytes).map_err(|_| forged())?;
        self.key.verify_strict(&message, &ed25519).map_err(|_| forged())?;
        Ok(seconds)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [[self.kind.byte()].as_slice(), self.key.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), BASE64.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.trim().splitn(3, '+');
        let mut part = || parts.next().ok_or(NoteError::Key("it has not the form name+hash+base64"));
        let (name, id, encoded) = (part()?, part()?, part()?);
        if !is_name(name) {
            return Err(NoteError::Key("its name is empty or holds a space"));
        }
        let bytes = BASE64.decode(encoded).map_err(|_| NoteError::Key("its last part is not base64"))?;
        let (kind, key) = bytes.split_first().ok_or(NoteError::Key("it is empty"))?;
        let kind =
            Kind::of(*kind).ok_or(NoteError::Key("it is neither of a log nor of a witness with Ed25519"))?;
        let key = key.try_into().map_err(|_| NoteError::Key("an Ed25519 key has 32 bytes"))?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(key)
            .map_err(|_| NoteError::Key("it is no point of Ed25519"))?;
        let verifier = Self { name: name.to_owned(), kind, key };
        if hex::encode(verifier.id()) != id {
            return Err(NoteError::Key("its hash does not fit its name and key"));
        }
        Ok(verifier)
    }
}

/// A key that signs.
#[derive(Clone)]
pub struct SignerKey {
    name: String,
    kind: Kind,
    key: ed25519_dalek::SigningKey,
}

impl fmt::Debug for SignerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignerKey({}, …)", self.name)
    }
}

impl SignerKey {
    /// A key from 32 secret bytes.
    ///
    /// # Errors
    /// No key may have this name.
    pub fn from_seed(name: &str, kind: Kind, seed: &[u8; 32]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Key("its name is empty, or holds a space or a plus sign"));
        }
        Ok(Self { name: name.to_owned(), kind, key: ed25519_dalek::SigningKey::from_bytes(seed) })
    }

    /// What checks its signatures.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        VerifierKey { name: self.name.clone(), kind: self.kind, key: self.key.verifying_key() }
    }

    /// Signs a text; a cosignature states the moment, in seconds since 1970.
    #[must_use]
    pub fn sign(&self, text: &str, seconds: u64) -> Signature {
        let signed = self.key.sign(&self.kind.message(text, seconds)).to_bytes();
        let bytes = match self.kind {
            Kind::Note => signed.to_vec(),
            Kind::Cosignature => [seconds.to_be_bytes().as_slice(), &signed].concat(),
        };
        Signature { name: self.name.clone(), key_id: self.verifier().id(), bytes }
    }

    /// Signs the pre-authentication encoding of an envelope, and nothing else: its beginning sets it apart from notes.
    pub(crate) fn sign_bytes(&self, encoded: &[u8]) -> [u8; 64] {
        debug_assert!(encoded.starts_with(PREAMBLE.as_bytes()), "only envelopes are signed as bytes");
        self.key.sign(encoded).to_bytes()
    }
}

#[cfg(test)]
mod tests;
