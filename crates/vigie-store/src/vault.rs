//! The vault: evidence sealed with age, one file an object, durable before any row speaks of it.
//!
//! Order of work: temporary file, fsync, rename, fsync of the folder; only then may the caller insert the row and
//! answer. A file without a row is swept away after a day; a row without a file cannot come about.
//!
//! Keys: one age identity in `keyring/vault.key` of the data folder, readable by its owner only. A later step gives each
//! retention period its own.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::SystemTime;

use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use vigie_model::Moment;
use vigie_model::id::BlobId;

use crate::StoreError;

/// The folder of keys in the data folder.
pub(crate) const KEYRING: &str = "keyring";
/// Ending of a file that is being written.
const UNFINISHED: &str = "part";

/// The open vault. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    identity: Identity,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("folder", &self.0.folder).finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens the vault in a data folder; makes folder and key at first.
    ///
    /// # Errors
    /// The folder cannot be made, or the key cannot be read.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        let folder = data.join("vault");
        let keyring = data.join(KEYRING);
        for path in [data, &folder, &keyring] {
            make_folder(path).map_err(|source| StoreError::Vault { attempt: "make a folder", source })?;
        }
        let identity = read_or_make_key(&keyring.join("vault.key"))?;
        Ok(Self(Arc::new(Inner { folder, identity })))
    }

    /// Seals an object and makes it durable. Blocking: call it from the pool for heavy work.
    ///
    /// # Errors
    /// The object is not kept.
    pub fn put(&self, id: BlobId, plain: &[u8]) -> Result<(), StoreError> {
        let sealed = age::encrypt(&self.0.identity.to_public(), plain)
            .map_err(|error| StoreError::Seal { attempt: "seal an object", source: error.into() })?;
        self.write_durably(&self.path(id), &sealed)
            .map_err(|source| StoreError::Vault { attempt: "keep an object", source })
    }

    /// Opens a sealed object. Blocking.
    ///
    /// # Errors
    /// The object is missing or does not open.
    pub fn get(&self, id: BlobId) -> Result<Vec<u8>, StoreError> {
        let sealed = fs::read(self.path(id))
            .map_err(|source| StoreError::Vault { attempt: "find an object", source })?;
        age::decrypt(&self.0.identity, &sealed)
            .map_err(|error| StoreError::Seal { attempt: "open a sealed object", source: error.into() })
    }

    /// Takes an object out for good. The caller has made sure that no hold stands on it.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn remove(&self, id: BlobId) -> Result<(), StoreError> {
        match fs::remove_file(self.path(id)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::Vault { attempt: "remove an object", source })
            }
            _ => Ok(()),
        }
    }

    /// Every object that lies in the folder, with the moment it was written.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<(BlobId, Moment)>, StoreError> {
        let named = |file: Lying| {
            let name = file.path.file_stem()?.to_str()?;
            (file.path.extension()? == "age").then_some((BlobId::from_str(name).ok()?, file.written_at))
        };
        Ok(self.files()?.into_iter().filter_map(named).collect())
    }

    /// A file without a name, for what does not fit into memory: it is gone when it is closed. Never for media.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn scratch(&self) -> Result<File, StoreError> {
        let mut name = [0; 16];
        getrandom::fill(&mut name)?;
        // On a shelf, so that one that is left by a crash is swept with what was never finished.
        let shelf = self.0.folder.join("00");
        let path = shelf.join(hex::encode(name)).with_extension(UNFINISHED);
        let make = || {
            make_folder(&shelf)?;
            let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
            fs::remove_file(&path)?;
            Ok(file)
        };
        make().map_err(|source| StoreError::Vault { attempt: "make a scratch file", source })
    }

    /// Removes what was being written before this moment and never finished.
    ///
    /// # Errors
    /// The folder cannot be read, or a file cannot be removed.
    pub fn remove_unfinished(&self, before: Moment) -> Result<(), StoreError> {
        let failed = |source| StoreError::Vault { attempt: "remove an unfinished object", source };
        let unfinished = |file: &Lying| file.path.extension().is_some_and(|end| end == UNFINISHED);
        for file in self.files()?.into_iter().filter(unfinished) {
            if file.written_at < before {
                fs::remove_file(file.path).map_err(failed)?;
            }
        }
        Ok(())
    }

    fn files(&self) -> Result<Vec<Lying>, StoreError> {
        let failed = |source| StoreError::Vault { attempt: "list the objects", source };
        let mut found = Vec::new();
        for shelf in fs::read_dir(&self.0.folder).map_err(failed)? {
            for file in fs::read_dir(shelf.map_err(failed)?.path()).map_err(failed)? {
                let file = file.map_err(failed)?;
                // A file that is gone by now was finished under another name, or removed.
                let Ok(written) = file.metadata().and_then(|metadata| metadata.modified()) else { continue };
                let age = written.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                found.push(Lying { path: file.path(), written_at: Moment(0).after(age) });
            }
        }
        Ok(found)
    }

    /// Two levels keep folders small: the last two digits of the identifier are its random part.
    fn path(&self, id: BlobId) -> PathBuf {
        let name = id.to_string();
        let shelf = &name[name.len() - 2..];
        self.0.folder.join(shelf).join(format!("{name}.age"))
    }

    fn write_durably(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let shelf = path.parent().expect("every object lies on a shelf");
        if !shelf.exists() {
            make_folder(shelf)?;
            File::open(&self.0.folder)?.sync_all()?;
        }
        let temporary = path.with_extension(UNFINISHED);
        let mut file = private_file(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(shelf)?.sync_all()
    }
}

/// A file in the folder.
struct Lying {
    path: PathBuf,
    written_at: Moment,
}

pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// A file only its owner may read, emptied where it was there before.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// A file only its owner may read, that was not there before.
pub(crate) fn new_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn read_or_make_key(path: &Path) -> Result<Identity, StoreError> {
    let failed = |source| StoreError::Vault { attempt: "read the key", source };
    if path.exists() {
        let mut text = String::new();
        File::open(path).and_then(|mut file| file.read_to_string(&mut text)).map_err(failed)?;
        return Identity::from_str(text.trim()).map_err(|reason| StoreError::Seal {
            attempt: "read the key of the vault",
            source: reason.into(),
        });
    }
    let identity = Identity::generate();
    let write = || -> io::Result<()> {
        let mut file = new_private_file(path)?;
        file.write_all(identity.to_string().expose_secret().as_bytes())?;
        file.sync_all()?;
        File::open(path.parent().expect("the key lies in the keyring"))?.sync_all()
    };
    write().map_err(|source| StoreError::Vault { attempt: "write the key", source })?;
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_sealed_and_opens_again() {
        let data = tempfile::tempdir().unwrap();
        let id = BlobId(uuid::Uuid::from_u128(7));
        Vault::open(data.path()).unwrap().put(id, b"a lake at dusk").unwrap();

        let reopened = Vault::open(data.path()).unwrap();
        assert_eq!(reopened.get(id).unwrap(), b"a lake at dusk");
        assert_eq!(reopened.list().unwrap().into_iter().map(|(id, _)| id).collect::<Vec<_>>(), [id]);
        let raw = fs::read(reopened.path(id)).unwrap();
        assert!(raw.starts_with(b"age-encryption.org/v1"));
        assert!(!raw.windows(4).any(|window| window == b"lake"));
        reopened.remove(id).unwrap();
        assert!(reopened.get(id).is_err());
    }

    #[test]
    fn what_was_never_finished_is_no_object_and_goes_away_by_its_age() {
        let data = tempfile::tempdir().unwrap();
        let vault = Vault::open(data.path()).unwrap();
        let id = BlobId(uuid::Uuid::from_u128(7));
        vault.put(id, b"a lake at dusk").unwrap();
        let finished = vault.path(id);
        let unfinished = finished.with_extension(UNFINISHED);
        fs::write(&unfinished, b"half").unwrap();
        let written = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000);
        File::options().write(true).open(&unfinished).unwrap().set_modified(written).unwrap();

        vault.remove_unfinished(Moment::from_unix_seconds(1_000)).unwrap();
        assert!(unfinished.exists(), "it is not old enough");
        vault.remove_unfinished(Moment::from_unix_seconds(1_001)).unwrap();
        assert!(!unfinished.exists());
        assert!(finished.exists());
        assert_eq!(vault.list().unwrap().len(), 1);
    }
}
