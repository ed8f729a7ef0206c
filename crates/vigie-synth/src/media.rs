//! Media as recipes: what to paint and what was done to it, painted only when somebody wants the bytes.
//!
//! What it is: a few numbers that always give the same file, so that a whole operation weighs nothing until shown.
//! What it is not: a cache; callers keep the bytes they use again.

use serde::{Deserialize, Serialize};

use crate::ids::MediaId;
use crate::landscape::landscape;
use crate::picture::{Encoding, Size};
use crate::variants::Variant;

/// How to make one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recipe {
    /// The seed of the landscape.
    pub seed: u64,
    /// The sides of the original.
    pub size: Size,
    /// The format of the original.
    pub encoding: Encoding,
    /// What was done to this copy of it.
    pub variant: Variant,
}

/// A file: its media type and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Such as `image/jpeg`.
    pub media_type: &'static str,
    /// The whole file.
    pub bytes: Vec<u8>,
}

impl Recipe {
    /// The original itself.
    #[must_use]
    pub fn original(seed: u64, size: Size) -> Self {
        Self { seed, size, encoding: Encoding::Jpeg(88), variant: Variant::Exact }
    }

    /// A copy of the same original, changed.
    #[must_use]
    pub fn changed(self, variant: Variant) -> Self {
        Self { variant, ..self }
    }

    /// The format of the file.
    #[must_use]
    pub fn file_encoding(self) -> Encoding {
        self.variant.encoding(self.encoding)
    }

    /// Paints and writes the file: some milliseconds of computing for a picture of ordinary size.
    #[must_use]
    pub fn render(self) -> File {
        let encoding = self.file_encoding();
        let picture = self.variant.apply(&landscape(self.seed, self.size));
        File { media_type: encoding.media_type(), bytes: picture.encode(encoding) }
    }
}

/// An uploaded picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Its identifier on the messenger.
    pub id: MediaId,
    /// How to make its bytes.
    pub recipe: Recipe,
}
