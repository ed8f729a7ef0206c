//! What segments of history keep beside the database: a key each, and the compact form that hunts read.
//!
//! The key lies in `keyring/history/`, the form in `history/` of the data folder, both under the number of the segment.
//! A key is destroyed with its segment, and then no copy of the database tells whom a row of it spoke of. The form can be
//! lost at any time: it is made again from the rows. What a form consists of is `vigie-match`'s.
//!
//! A key is overwritten before it is removed. Disks that write elsewhere keep old blocks all the same: encrypt the disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::history::Segment;
use crate::keyring::SealingKey;
use crate::vault::{KEYRING, make_lasting_folder, new_private_file};
use crate::{StoreError, keyring};

/// Keys that are held in memory: those of the hour that goes on, and some of those a hunt reads.
const HELD: usize = 32;

/// Ending of a form.
const FORM: &str = "past";

/// Keys and forms of segments. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Segments(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    keys: PathBuf,
    forms: PathBuf,
    held: Mutex<BTreeMap<Segment, SealingKey>>,
}

impl Segments {
    pub(crate) fn open(data: &Path) -> Result<Self, StoreError> {
        let (keys, forms) = (data.join(KEYRING).join("history"), data.join("history"));
        for folder in [&keys, &forms] {
            make_lasting_folder(folder).map_err(failed("make a folder of history"))?;
        }
        Ok(Self(Arc::new(Inner { keys, forms, held: Mutex::default() })))
    }

    /// The key of a segment where it was used just now; see [`Segments::key`].
    #[must_use]
    pub fn held_key(&self, segment: Segment) -> Option<SealingKey> {
        self.held().get(&segment).cloned()
    }

    /// The key of a segment, which is made and durable when there was none. Blocking.
    ///
    /// # Errors
    /// It cannot be read or made.
    pub fn key(&self, segment: Segment) -> Result<SealingKey, StoreError> {
        let key = SealingKey::open(&self.0.keys, &segment.0.to_string())?;
        Ok(self.hold(segment, key))
    }

    /// The key of a segment, unless it is destroyed. Blocking.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn existing_key(&self, segment: Segment) -> Result<Option<SealingKey>, StoreError> {
        let key = SealingKey::existing(&self.0.keys, &segment.0.to_string())?;
        Ok(key.map(|key| self.hold(segment, key)))
    }

    fn hold(&self, segment: Segment, key: SealingKey) -> SealingKey {
        let mut held = self.held();
        while held.len() >= HELD {
            held.pop_first();
        }
        held.insert(segment, key.clone());
        key
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Segment, SealingKey>> {
        // Nothing that holds this lock can panic half-way.
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the form of a segment; none when there is none. Blocking.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn form(&self, segment: Segment) -> Result<Option<File>, StoreError> {
        match File::open(self.form_path(segment)) {
            Ok(file) => Ok(Some(file)),
            Err(missing) if missing.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(failed("open a segment of history")(source)),
        }
    }

    /// Whether a segment has a form. Blocking.
    #[must_use]
    pub fn has_form(&self, segment: Segment) -> bool {
        self.form_path(segment).exists()
    }

    /// Writes the form of a segment, which takes the place of an earlier one when it is whole and durable. Blocking.
    ///
    /// # Errors
    /// It is not written; an earlier one stays.
    pub fn write_form(
        &self,
        segment: Segment,
        write: impl FnOnce(BufWriter<File>) -> io::Result<BufWriter<File>>,
    ) -> Result<(), StoreError> {
        let place = self.form_path(segment);
        let mut name = [0; 8];
        getrandom::fill(&mut name)?;
        let unfinished = place.with_extension(hex::encode(name));
        let write = || {
            let file = write(BufWriter::with_capacity(1 << 20, new_private_file(&unfinished)?))?;
            file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
            fs::rename(&unfinished, &place)?;
            File::open(&self.0.forms)?.sync_all()
        };
        write().map_err(|source| {
            // What could not be finished is not left behind; a crash leaves it to `sweep`.
            let _ = fs::remove_file(&unfinished);
            failed("write a segment of history")(source)
        })
    }

    /// Destroys the key of a segment and removes its form, in this order. Blocking.
    ///
    /// # Errors
    /// A file cannot be removed.
    pub fn forget(&self, segment: Segment) -> Result<(), StoreError> {
        self.held().remove(&segment);
        keyring::destroy(&self.0.keys, &segment.0.to_string())?;
        remove(&self.form_path(segment)).map_err(failed("remove a segment of history"))
    }

    /// Removes keys and forms of segments before this one, and what was never finished of them: what a crash left behind.
    /// Blocking.
    ///
    /// # Errors
    /// A folder cannot be read, or a file cannot be removed.
    pub fn sweep(&self, before: Segment) -> Result<(), StoreError> {
        for folder in [&self.0.keys, &self.0.forms] {
            for file in fs::read_dir(folder).map_err(failed("list the segments of history"))? {
                let path = file.map_err(failed("list the segments of history"))?.path();
                let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
                if number.is_some_and(|number| Segment(number) < before) {
                    remove(&path).map_err(failed("remove a segment of history"))?;
                }
            }
        }
        Ok(())
    }

    fn form_path(&self, segment: Segment) -> PathBuf {
        self.0.forms.join(segment.0.to_string()).with_extension(FORM)
    }
}

/// Removes a file that may be gone already.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn failed(attempt: &'static str) -> impl Fn(io::Error) -> StoreError {
    move |source| StoreError::Vault { attempt, source }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_was_sealed_under_the_key_of_a_segment_is_unreadable_when_the_segment_is_forgotten() {
        let data = tempfile::tempdir().unwrap();
        let segments = Segments::open(data.path()).unwrap();
        let sealed = segments.key(Segment(7)).unwrap().seal(b"account:7").unwrap();
        let other = Segments::open(data.path()).unwrap();
        assert_eq!(other.existing_key(Segment(7)).unwrap().unwrap().unseal(&sealed).unwrap(), b"account:7");
        assert!(other.key(Segment(8)).unwrap().unseal(&sealed).is_err(), "each segment has a key of its own");

        segments.forget(Segment(7)).unwrap();
        assert!(segments.held_key(Segment(7)).is_none());
        assert!(Segments::open(data.path()).unwrap().existing_key(Segment(7)).unwrap().is_none());
        assert!(segments.key(Segment(7)).unwrap().unseal(&sealed).is_err(), "a key is never made twice");
    }

    #[test]
    fn a_form_that_is_not_finished_leaves_the_earlier_one_in_its_place() {
        let data = tempfile::tempdir().unwrap();
        let segments = Segments::open(data.path()).unwrap();
        let text =
            |segments: &Segments| io::read_to_string(segments.form(Segment(7)).unwrap().unwrap()).unwrap();
        let write = |what: &'static str| {
            segments.write_form(Segment(7), move |mut file| file.write_all(what.as_bytes()).map(|()| file))
        };
        assert!(segments.form(Segment(7)).unwrap().is_none());
        write("one").unwrap();
        assert_eq!(text(&segments), "one");
        let failing = segments.write_form(Segment(7), |_| Err(io::Error::other("the disk is full")));
        assert!(failing.is_err());
        assert_eq!(text(&segments), "one");
        assert_eq!(fs::read_dir(data.path().join("history")).unwrap().count(), 1, "nothing is left behind");
        write("two").unwrap();
        assert_eq!(text(&segments), "two");

        segments.key(Segment(7)).unwrap();
        segments.sweep(Segment(7)).unwrap();
        assert_eq!(text(&segments), "two");
        segments.sweep(Segment(8)).unwrap();
        assert!(segments.form(Segment(7)).unwrap().is_none());
        assert!(segments.existing_key(Segment(7)).unwrap().is_none());
    }
}
