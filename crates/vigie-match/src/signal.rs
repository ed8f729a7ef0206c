//! Signals: computed fingerprints, and their text forms.

use std::fmt;
use std::str::FromStr;

/// A PDQ hash of 256 bits, most significant byte first, as its 64 hexadecimal digits are printed.
///
/// Source: "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm" (Facebook, 2019).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pdq(pub [u8; 32]);

impl Pdq {
    /// Number of bits, 0 to 256, in which the two hashes differ.
    #[must_use]
    pub fn distance(&self, other: &Self) -> u32 {
        self.words().iter().zip(other.words()).map(|(left, right)| (left ^ right).count_ones()).sum()
    }

    /// The hash as four words; the first holds the most significant bits.
    #[must_use]
    pub fn words(&self) -> [u64; 4] {
        std::array::from_fn(|word| {
            std::array::from_fn::<u8, 8, _>(|byte| self.0[word * 8 + byte])
                .iter()
                .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
        })
    }
}

impl fmt::Display for Pdq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Pdq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A hash of material is not for logs: the text form is asked for by name, with `Display`.
        f.write_str("Pdq(…)")
    }
}

impl FromStr for Pdq {
    type Err = InvalidSignal;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        fixed(SignalKind::Pdq, text).map(Self)
    }
}

/// The kinds of signal. The number is what the database stores: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum SignalKind {
    /// Perceptual hash of an image, compared by distance.
    Pdq = 1,
    /// MD5 digest of the bytes.
    Md5 = 2,
    /// SHA-1 digest of the bytes.
    Sha1 = 3,
    /// SHA-256 digest of the bytes.
    Sha256 = 4,
    /// Perceptual hashes of the frames of a video, see [`Vpdq`](crate::Vpdq). It is no [`Signal`]: those have one hash.
    Vpdq = 5,
}

impl SignalKind {
    /// Every kind, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Pdq, Self::Md5, Self::Sha1, Self::Sha256, Self::Vpdq];

    /// The name in files, on the command line and in the APIs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pdq => "pdq",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Vpdq => "vpdq",
        }
    }

    /// The kind stored under this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == number)
    }

    /// Whether a match means the very same bytes.
    #[must_use]
    pub fn is_exact(self) -> bool {
        !matches!(self, Self::Pdq | Self::Vpdq)
    }
}

impl fmt::Display for SignalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SignalKind {
    type Err = UnknownSignalKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| UnknownSignalKind(text.to_owned()))
    }
}

/// A signal of one hash: of any kind but that of videos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Signal {
    /// A perceptual hash.
    Pdq(Pdq),
    /// An MD5 digest.
    Md5([u8; 16]),
    /// A SHA-1 digest.
    Sha1([u8; 20]),
    /// A SHA-256 digest.
    Sha256([u8; 32]),
}

impl Signal {
    /// Reads the hexadecimal text of a signal of this kind; upper case is accepted.
    ///
    /// # Errors
    /// The text is not hexadecimal or not as long as the kind demands.
    pub fn parse(kind: SignalKind, text: &str) -> Result<Self, InvalidSignal> {
        Ok(match kind {
            SignalKind::Pdq => Self::Pdq(text.parse()?),
            SignalKind::Md5 => Self::Md5(fixed(kind, text)?),
            SignalKind::Sha1 => Self::Sha1(fixed(kind, text)?),
            SignalKind::Sha256 => Self::Sha256(fixed(kind, text)?),
            SignalKind::Vpdq => return Err(InvalidSignal::ManyHashes),
        })
    }

    /// Reads the raw bytes of a signal of this kind, as the database stores them.
    #[must_use]
    pub fn from_bytes(kind: SignalKind, bytes: &[u8]) -> Option<Self> {
        Some(match kind {
            SignalKind::Pdq => Self::Pdq(Pdq(bytes.try_into().ok()?)),
            SignalKind::Md5 => Self::Md5(bytes.try_into().ok()?),
            SignalKind::Sha1 => Self::Sha1(bytes.try_into().ok()?),
            SignalKind::Sha256 => Self::Sha256(bytes.try_into().ok()?),
            SignalKind::Vpdq => return None,
        })
    }

    /// The kind of this signal.
    #[must_use]
    pub fn kind(&self) -> SignalKind {
        match self {
            Self::Pdq(_) => SignalKind::Pdq,
            Self::Md5(_) => SignalKind::Md5,
            Self::Sha1(_) => SignalKind::Sha1,
            Self::Sha256(_) => SignalKind::Sha256,
        }
    }

    /// The raw bytes, as the database stores them.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Pdq(hash) => &hash.0,
            Self::Md5(digest) => digest,
            Self::Sha1(digest) => digest,
            Self::Sha256(digest) => digest,
        }
    }

    /// The lower-case hexadecimal text.
    #[must_use]
    pub fn hex(&self) -> String {
        hex::encode(self.bytes())
    }
}

fn fixed<const N: usize>(kind: SignalKind, text: &str) -> Result<[u8; N], InvalidSignal> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|source| InvalidSignal::Digits {
        kind,
        digits: N * 2,
        source,
    })?;
    Ok(bytes)
}

/// A text that is not a signal of its kind. The text itself is not repeated: it may be a hash of material.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSignal {
    /// It is not so many hexadecimal digits.
    #[error("not a {kind} signal: expected {digits} hexadecimal digits")]
    Digits {
        /// What the text was meant to be.
        kind: SignalKind,
        /// How many digits that kind has.
        digits: usize,
        /// What is wrong with the text.
        #[source]
        source: hex::FromHexError,
    },
    /// A vPDQ signal is read as a [`Vpdq`](crate::Vpdq).
    #[error("a vpdq signal has many hashes, and one was asked for")]
    ManyHashes,
}

/// A name that is no kind of signal.
#[derive(Debug, thiserror::Error)]
#[error("no signal type is named {0:?}: pdq, vpdq, md5, sha1 and sha256 are known")]
pub struct UnknownSignalKind(pub String);
