//! The key under which small values are sealed before they become columns.
//!
//! What it is: one symmetric key in a file beside the database, made at first, readable by its owner only, so that a copy of
//! the database alone opens nothing. What it is not: the key of the vault, whose objects any age program opens.
//!
//! The secret of the ledger's signatures lies beside it, in a file of its own: [`signing_seed`].
//!
//! To seal another kind of value, open a key under another name: keys are never shared between purposes.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::StoreError;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const NOT_LONG_ENOUGH: &str = "it is not 32 bytes long";

/// The 32 secret bytes of a key that signs, from a file of this name in a folder; they are made at first. Blocking.
///
/// # Errors
/// The file cannot be read or made, or holds something else.
pub fn signing_seed(folder: &Path, name: &str) -> Result<[u8; KEY_BYTES], StoreError> {
    let seed = read_or_make(folder, name)?;
    seed.try_into().map_err(|_| StoreError::Seal { attempt: "read a key", source: NOT_LONG_ENOUGH.into() })
}

fn read_or_make(folder: &Path, name: &str) -> Result<Vec<u8>, StoreError> {
    let path = path(folder, name);
    if let Some(key) = read(&path)? {
        return Ok(key);
    }
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key)?;
    make(&path, &key).map_err(|source| StoreError::Vault { attempt: "write a key", source })?;
    // Another process may have been faster: the key that counts is the one in the file.
    let gone = || StoreError::Vault { attempt: "read a key", source: io::ErrorKind::NotFound.into() };
    read(&path)?.ok_or_else(gone)
}

/// The bytes of a key; none when there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match std::fs::read(path) {
        Ok(key) => Ok(Some(key)),
        Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Vault { attempt: "read a key", source }),
    }
}

/// Seals and opens small values. Cheap to clone.
#[derive(Clone)]
pub struct SealingKey(Arc<XChaCha20Poly1305>);

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

impl SealingKey {
    /// Reads the key of this name, or makes it.
    pub(crate) fn open(keyring: &Path, name: &str) -> Result<Self, StoreError> {
        Self::of(&read_or_make(keyring, name)?)
    }

    /// Reads the key of this name, where there is one.
    pub(crate) fn existing(keyring: &Path, name: &str) -> Result<Option<Self>, StoreError> {
        read(&path(keyring, name))?.as_deref().map(Self::of).transpose()
    }

    fn of(key: &[u8]) -> Result<Self, StoreError> {
        let cipher = XChaCha20Poly1305::new_from_slice(key)
            .map_err(|_| StoreError::Seal { attempt: "read a key", source: NOT_LONG_ENOUGH.into() })?;
        Ok(Self(Arc::new(cipher)))
    }

    /// Seals a value; the same value never looks the same twice.
    ///
    /// # Errors
    /// The operating system gave no randomness.
    pub fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let sealed =
            self.0.encrypt(XNonce::from_slice(&nonce), plain).map_err(|_| does_not("seal a value"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// It was altered, or sealed under another key.
    pub fn unseal(&self, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (nonce, sealed) =
            sealed.split_at_checked(NONCE_BYTES).ok_or_else(|| does_not("open a sealed value"))?;
        self.0.decrypt(XNonce::from_slice(nonce), sealed).map_err(|_| does_not("open a sealed value"))
    }
}

fn does_not(attempt: &'static str) -> StoreError {
    StoreError::Seal { attempt, source: "the cipher refuses it".into() }
}

fn path(keyring: &Path, name: &str) -> PathBuf {
    keyring.join(name).with_extension("key")
}

/// Makes a key, unless there is one by now. It appears under its name whole and durable, or not at all.
pub(crate) fn make(path: &Path, key: &[u8]) -> io::Result<()> {
    let mut name = [0; 8];
    getrandom::fill(&mut name).map_err(io::Error::other)?;
    let unfinished = path.with_extension(hex::encode(name));
    let write = || {
        let mut file = crate::vault::new_private_file(&unfinished)?;
        file.write_all(key)?;
        file.sync_all()?;
        match std::fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    };
    let written = write();
    // The name it was written under is needed no more, whatever became of it.
    let _ = std::fs::remove_file(&unfinished);
    written?;
    File::open(path.parent().expect("the key lies in the keyring"))?.sync_all()
}

/// Destroys the key of this name, if it is there. What was sealed under it is unreadable from then on.
pub(crate) fn destroy(keyring: &Path, name: &str) -> Result<(), StoreError> {
    shred(&path(keyring, name))
}

/// Overwrites the key in a file, then removes it, each durably, if it is there; and what was left of making it, where somebody ended
/// before the name it was written under was removed. A disk that writes elsewhere keeps old blocks all the same: encrypt the disk.
pub(crate) fn shred(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().expect("a key lies in a folder");
    let shred = || {
        overwrite_and_remove(path)?;
        for entry in std::fs::read_dir(folder)? {
            let other = entry?.path();
            if is_unfinished(&other, path) {
                overwrite_and_remove(&other)?;
            }
        }
        File::open(folder)?.sync_all()
    };
    shred().map_err(|source| StoreError::Vault { attempt: "destroy a key", source })
}

/// Whether a key was written under this name by `make`, before it got its own.
fn is_unfinished(other: &Path, key: &Path) -> bool {
    let is_drawn = |drawn: &str| drawn.len() == 16 && drawn.bytes().all(|byte| byte.is_ascii_hexdigit());
    let extension = other.extension().and_then(|extension| extension.to_str());
    other.file_stem() == key.file_stem() && extension.is_some_and(is_drawn)
}

fn overwrite_and_remove(path: &Path) -> io::Result<()> {
    let gone = |error: io::Error| match error.kind() {
        // A round before this one may have come as far as removing it, and no further.
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    };
    match File::options().write(true).open(path) {
        Err(error) => gone(error),
        Ok(mut file) => {
            let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
            file.write_all(&vec![0; length])?;
            file.sync_all()?;
            std::fs::remove_file(path).or_else(gone)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_making_a_key_is_destroyed_with_it_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (path(folder.path(), "one"), path(folder.path(), "one-staging"));
        for key in [&one, &other] {
            make(key, &[7; KEY_BYTES]).unwrap();
            // Whoever made it ended before it was removed.
            std::fs::hard_link(key, key.with_extension("0123456789abcdef")).unwrap();
        }
        // The keys of the vault lie in a folder that is named as the one key of before was.
        std::fs::create_dir(folder.path().join("one-staging")).unwrap();
        std::fs::write(folder.path().join("one-staging.txt"), "a note").unwrap();
        destroy(folder.path(), "one-staging").unwrap();
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
        names.sort_unstable();
        assert_eq!(names, ["one-staging", "one-staging.txt", "one.0123456789abcdef", "one.key"]);
        assert_eq!(read(&one).unwrap().unwrap(), [7; KEY_BYTES]);
        destroy(folder.path(), "one-staging").unwrap();
    }

    #[test]
    fn a_sealed_value_opens_under_its_own_key_and_never_looks_the_same_twice() {
        let folder = tempfile::tempdir().unwrap();
        let key = SealingKey::open(folder.path(), "history").unwrap();
        let sealed = key.seal(b"account:7").unwrap();
        assert_ne!(sealed, key.seal(b"account:7").unwrap());
        assert_eq!(
            SealingKey::open(folder.path(), "history").unwrap().unseal(&sealed).unwrap(),
            b"account:7"
        );

        let mut altered = sealed.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert!(key.unseal(&altered).is_err());
        assert!(key.unseal(b"short").is_err());
        assert!(SealingKey::open(folder.path(), "other").unwrap().unseal(&sealed).is_err());
    }
}
