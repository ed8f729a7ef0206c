//! The keys of requests: one each, and one for what was taken and has not left. They lie outside the database and are
//! destroyed one by one; then no copy of the database tells whom a request was about.
//!
//! A key is overwritten before it is removed. Disks that write elsewhere keep old blocks all the same: encrypt the disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vigie_model::id::RequestId;

use crate::StoreError;
use crate::keyring::{self, SealingKey};
use crate::vault::{KEYRING, make_lasting_folder};

/// What is sealed of a request under a key of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestPart {
    /// Its document as values, its tasks, its letters: for as long as the request is kept.
    Whole,
    /// What was taken under its grant: until it left, or will not leave.
    Staging,
}

/// The keys of all requests. Cheap to clone.
#[derive(Clone)]
pub struct RequestKeys(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    signing: [u8; 32],
    hashing: [u8; 32],
}

impl std::fmt::Debug for RequestKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestKeys").field("folder", &self.0.folder).finish_non_exhaustive()
    }
}

impl RequestKeys {
    pub(crate) fn open(data: &Path) -> Result<Self, StoreError> {
        let folder = data.join(KEYRING).join("requests");
        make_lasting_folder(&folder)
            .map_err(|source| StoreError::Vault { attempt: "make a folder of keys", source })?;
        let signing = keyring::signing_seed(&data.join(KEYRING), "grants")?;
        let hashing = keyring::signing_seed(&folder, "hashing")?;
        Ok(Self(Arc::new(Inner { folder, signing, hashing })))
    }

    /// The key of a part, which is made and durable when there was none. Blocking.
    ///
    /// # Errors
    /// It cannot be read or made.
    pub fn key(&self, request: RequestId, part: RequestPart) -> Result<SealingKey, StoreError> {
        SealingKey::open(&self.0.folder, &name(request, part))
    }

    /// The key of a part, unless it is destroyed. Blocking.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn existing(&self, request: RequestId, part: RequestPart) -> Result<Option<SealingKey>, StoreError> {
        SealingKey::existing(&self.0.folder, &name(request, part))
    }

    /// Destroys the key of a part. Doing it again does no harm. Blocking.
    ///
    /// # Errors
    /// The key is still there.
    pub fn shred(&self, request: RequestId, part: RequestPart) -> Result<(), StoreError> {
        keyring::destroy(&self.0.folder, &name(request, part))
    }

    /// The key by which accounts and identifiers are hashed where they must be found again and not be read.
    #[must_use]
    pub fn hashing_key(&self) -> &[u8; 32] {
        &self.0.hashing
    }

    /// The secret of the key that signs grants, manifests and receipts.
    #[must_use]
    pub fn signing_seed(&self) -> &[u8; 32] {
        &self.0.signing
    }
}

fn name(request: RequestId, part: RequestPart) -> String {
    match part {
        RequestPart::Whole => request.to_string(),
        RequestPart::Staging => format!("{request}-staging"),
    }
}
