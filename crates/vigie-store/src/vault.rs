//! The vault: evidence sealed with age, one file an object, durable before any row speaks of it.
//!
//! Order of work: temporary file, fsync, rename, fsync of the folder; only then may the caller insert the row and
//! answer. A file without a row is swept away after a day; a row without a file cannot come about.
//!
//! An object is sealed to the key of its retention period (`vault/keys.rs`), and the name of its file says which. A file is
//! never changed: what moves to another period is sealed again beside the first, then the row changes, then the first goes.

mod keys;

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use vigie_model::id::BlobId;
use vigie_model::{Moment, Period};

use crate::StoreError;
use keys::Keys;

/// The folder of keys in the data folder.
pub(crate) const KEYRING: &str = "keyring";
/// The folder of sealed objects in the data folder.
pub(crate) const VAULT: &str = "vault";
/// Ending of a file that is being written.
const UNFINISHED: &str = "part";
/// Ending of a sealed object.
const SEALED: &str = "age";

/// The open vault. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    keys: Keys,
    /// Shelves whose names this process has made durable. That one is there does not say so: a process that was killed, or
    /// another one at work, may have made it a moment ago.
    shelves: Mutex<BTreeSet<PathBuf>>,
}

/// An object as it lies in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Which object.
    pub id: BlobId,
    /// Under the key of which period.
    pub period: Period,
    /// When it was written.
    pub written_at: Moment,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").field("folder", &self.0.folder).finish_non_exhaustive()
    }
}

impl Vault {
    /// Opens the vault in a data folder; makes the folders at first.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn open(data: &Path) -> Result<Self, StoreError> {
        let (folder, keyring) = (data.join(VAULT), data.join(KEYRING));
        for path in [data, &folder, &keyring] {
            make_lasting_folder(path)
                .map_err(|source| StoreError::Vault { attempt: "make a folder", source })?;
        }
        let keys = Keys::open(&keyring)?;
        Ok(Self(Arc::new(Inner { folder, keys, shelves: Mutex::default() })))
    }

    /// Seals an object to the key of a period and makes it durable. Blocking: call it from the pool for heavy work.
    ///
    /// # Errors
    /// The object is not kept.
    pub fn put(&self, id: BlobId, period: Period, plain: &[u8]) -> Result<(), StoreError> {
        let identity = self.0.keys.of(period)?;
        let sealed = age::encrypt(&identity.to_public(), plain)
            .map_err(|error| StoreError::Seal { attempt: "seal an object", source: error.into() })?;
        self.write_durably(&self.path(id, period), &sealed)
            .map_err(|source| StoreError::Vault { attempt: "keep an object", source })
    }

    /// Opens an object that is sealed to a period. Blocking.
    ///
    /// # Errors
    /// The object or the key is missing, or it does not open.
    pub fn get(&self, id: BlobId, period: Period) -> Result<Vec<u8>, StoreError> {
        let sealed = fs::read(self.path(id, period))
            .map_err(|source| StoreError::Vault { attempt: "find an object", source })?;
        age::decrypt(&self.0.keys.existing(period)?, &sealed)
            .map_err(|error| StoreError::Seal { attempt: "open a sealed object", source: error.into() })
    }

    /// Takes an object out for good. The caller has made sure that no row needs it.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn remove(&self, id: BlobId, period: Period) -> Result<(), StoreError> {
        let path = self.path(id, period);
        let removed = match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => File::open(path.parent().expect("every object lies on a shelf"))
                .and_then(|shelf| shelf.sync_all()),
        };
        removed.map_err(|source| StoreError::Vault { attempt: "remove an object", source })
    }

    /// Every object that lies in the folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<Stored>, StoreError> {
        let named = |file: Lying| {
            let (id, period) = object_named(&file.path)?;
            Some(Stored { id, period, written_at: file.written_at })
        };
        Ok(self.files()?.into_iter().filter_map(named).collect())
    }

    /// Destroys the key of a period. What was sealed to it opens for nobody from then on, in no copy. Doing it again does no
    /// harm. Blocking.
    ///
    /// # Errors
    /// The key is still there.
    pub fn shred(&self, period: Period) -> Result<(), StoreError> {
        self.0.keys.shred(period)
    }

    /// Whether the key of a period is there and is one. Blocking.
    ///
    /// # Errors
    /// It is not.
    pub fn check_key(&self, period: Period) -> Result<(), StoreError> {
        self.0.keys.existing(period).map(drop)
    }

    /// Where the key of a period lies, or would lie.
    #[must_use]
    pub fn key_file(&self, period: Period) -> PathBuf {
        self.0.keys.path(period)
    }

    /// Where an object lies, from the data folder on.
    #[must_use]
    pub fn file(id: BlobId, period: Period) -> PathBuf {
        Path::new(VAULT).join(place(id, period))
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

    fn path(&self, id: BlobId, period: Period) -> PathBuf {
        self.0.folder.join(place(id, period))
    }

    fn write_durably(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let shelf = path.parent().expect("every object lies on a shelf");
        self.make_shelf(shelf)?;
        // Of its own for each writer: two processes may seal the same object to a later period.
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let temporary = path.with_extension(format!("{}.{UNFINISHED}", hex::encode(random)));
        let mut file = private_file(&temporary)?;
        let written = file.write_all(bytes).and_then(|()| file.sync_all());
        if let Err(error) = written {
            // On a full disk the half that came down takes the room of others.
            drop(fs::remove_file(&temporary));
            return Err(error);
        }
        fail::fail_point!("vault-before-rename");
        fs::rename(&temporary, path)?;
        fail::fail_point!("vault-after-rename");
        File::open(shelf)?.sync_all()
    }

    /// Makes a shelf whose name survives, once in the life of this process.
    fn make_shelf(&self, shelf: &Path) -> io::Result<()> {
        // Nothing that holds this lock can panic half-way.
        let known = || self.0.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        if !known().contains(shelf) {
            make_folder(shelf)?;
            File::open(&self.0.folder)?.sync_all()?;
            known().insert(shelf.to_owned());
        }
        Ok(())
    }
}

/// Two levels keep folders small: the last two digits of the identifier are its random part.
fn place(id: BlobId, period: Period) -> PathBuf {
    let name = id.to_string();
    let shelf = Path::new(&name[name.len() - 2..]);
    match period {
        Period::Legacy => shelf.join(format!("{name}.{SEALED}")),
        Period::Month(_) => shelf.join(format!("{name}.{period}.{SEALED}")),
    }
}

/// What the name of a file says of the object in it.
fn object_named(path: &Path) -> Option<(BlobId, Period)> {
    let name = path.file_name()?.to_str()?.strip_suffix(SEALED)?.strip_suffix('.')?;
    let (id, period) = match name.split_once('.') {
        Some((id, period)) => (id, Period::from_str(period).ok()?),
        None => (name, Period::Legacy),
    };
    Some((BlobId::from_str(id).ok()?, period))
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

/// Makes a folder whose name survives, and those above it. Where somebody else owns the folder above, and may not be looked
/// into, its name is theirs to keep.
pub(crate) fn make_lasting_folder(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let missing = path.ancestors().take_while(|folder| !folder.exists()).count();
    make_folder(&path)?;
    for above in path.ancestors().skip(1).take(missing.max(1)) {
        match File::open(above).and_then(|folder| folder.sync_all()) {
            Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// A file only its owner may read, emptied where it was there before.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// A file only its owner may read, that was not there before.
pub(crate) fn new_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests;
