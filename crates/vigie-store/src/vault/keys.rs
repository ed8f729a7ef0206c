//! The keys of the vault: one age identity for each retention period, in a file of its own, outside the database.
//!
//! `keyring/vault/2027-03.key` is made at the first object of that period and durable before it seals anything. It is read from
//! its file each time and never held in memory: when a process shreds it, no other one goes on with it. Folders from before
//! there were periods have one key for everything, `keyring/vault.key`, which opens what it sealed and seals nothing new.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use vigie_model::Period;

use super::make_folder;
use crate::{StoreError, keyring};

/// The keys of all periods.
pub(super) struct Keys {
    keyring: PathBuf,
    folder: PathBuf,
}

impl Keys {
    pub(super) fn open(keyring: &Path) -> Result<Self, StoreError> {
        let folder = keyring.join("vault");
        let make = || {
            make_folder(&folder)?;
            // A process that was killed may have made a key and not come to making its name durable.
            std::fs::File::open(&folder)?.sync_all()?;
            std::fs::File::open(keyring)?.sync_all()
        };
        make().map_err(|source| StoreError::Vault { attempt: "make a folder of keys", source })?;
        Ok(Self { keyring: keyring.to_owned(), folder })
    }

    /// The key of a period, which is made and durable when there was none. The legacy key is never made.
    pub(super) fn of(&self, period: Period) -> Result<Identity, StoreError> {
        if period != Period::Legacy && !self.path(period).exists() {
            let identity = Identity::generate().to_string();
            keyring::make(&self.path(period), identity.expose_secret().as_bytes())
                .map_err(|source| StoreError::Vault { attempt: "write the key of a period", source })?;
        }
        // Another process may have been faster: the key that counts is the one in the file.
        self.existing(period)
    }

    pub(super) fn existing(&self, period: Period) -> Result<Identity, StoreError> {
        let bytes = keyring::read(&self.path(period))?;
        let bytes = bytes.ok_or(StoreError::NoKey(period))?;
        let unreadable = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Seal {
            attempt: "read the key of a period",
            source,
        };
        let text = String::from_utf8(bytes).map_err(|_| unreadable("it is no text".into()))?;
        Identity::from_str(text.trim()).map_err(|reason| unreadable(reason.into()))
    }

    pub(super) fn shred(&self, period: Period) -> Result<(), StoreError> {
        keyring::shred(&self.path(period))
    }

    pub(super) fn path(&self, period: Period) -> PathBuf {
        match period {
            Period::Legacy => self.keyring.join("vault.key"),
            Period::Month(_) => self.folder.join(format!("{period}.key")),
        }
    }
}
