//! The file in which the index is kept from one start to the next: replaced whole, or not at all.
//!
//! What it is: a place in the data folder, and the order of work that makes a file durable: a file beside it, fsync,
//! rename, fsync of the folder. What it is not: it knows nothing of what is in the file, and nothing depends on it but
//! the time that a start takes.
//!
//! Several processes may share a data folder. One of them writes at a time, by a lock that the operating system gives
//! back when its process ends.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::vault::{make_folder, private_file};

/// The place of the saved index. Cheap to clone.
#[derive(Debug, Clone)]
pub struct IndexFile(Arc<Path>);

impl IndexFile {
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self(data.join("index").into())
    }

    /// Where the file lies.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.0.join("saved")
    }

    /// The file, where there is one. Blocking.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(&self) -> io::Result<Option<File>> {
        match File::open(self.path()) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Has another file written and puts it in the place of this one when it is durable. Says no, and writes nothing,
    /// while another process is at it. Blocking.
    ///
    /// # Errors
    /// The file could not be written; what was there before is still there.
    pub fn replace(&self, write: impl FnOnce(&File) -> io::Result<()>) -> io::Result<bool> {
        make_folder(&self.0)?;
        let lock = private_file(&self.0.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // A process that was killed may have left one; the lock says that nobody writes it now.
        let unfinished = self.0.join("saved.part");
        let file = private_file(&unfinished)?;
        let written = write(&file).and_then(|()| file.sync_all());
        if let Err(error) = written {
            fs::remove_file(&unfinished)?;
            return Err(error);
        }
        fs::rename(&unfinished, self.path())?;
        File::open(&self.0)?.sync_all()?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn content(place: &IndexFile) -> Option<String> {
        place.open().unwrap().map(|file| io::read_to_string(file).unwrap())
    }

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let data = tempfile::tempdir().unwrap();
        let place = IndexFile::in_folder(data.path());
        assert_eq!(content(&place), None);
        assert!(place.replace(|mut file| file.write_all(b"one")).unwrap());
        assert_eq!(content(&place).as_deref(), Some("one"));

        let broken = place.replace(|mut file| {
            file.write_all(b"tw")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(broken.unwrap_err().to_string(), "the disk is full");
        assert_eq!(content(&place).as_deref(), Some("one"));

        let other = place.replace(|mut file| {
            assert!(!place.replace(|_| unreachable!("somebody is at it")).unwrap());
            file.write_all(b"two")
        });
        assert!(other.unwrap());
        assert_eq!(content(&place).as_deref(), Some("two"));
        let mode = fs::metadata(place.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "it is for its owner alone");
        assert_eq!(fs::read_dir(data.path().join("index")).unwrap().count(), 2, "the file and the lock");
    }
}
