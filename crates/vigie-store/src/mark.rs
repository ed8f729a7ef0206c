//! Small files that must never go back: the ledger's high-water mark, what a witness has seen.
//!
//! Each is replaced as a whole and is durable when the call returns. What it is not: a place for anything that the database
//! can hold; a mark lies apart from it, on purpose.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use crate::vault::new_private_file;

/// Reads a mark; none where there is none. Blocking.
///
/// # Errors
/// The file is there and cannot be read.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(missing) if missing.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Replaces a mark by what `next` makes of it, while no other process does the same; nothing is written where that is none.
/// Blocking.
///
/// # Errors
/// The mark is as it was.
pub fn raise(path: &Path, next: impl FnOnce(Option<&str>) -> Option<String>) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let beside = |ending: &str| {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        folder.join(name)
    };
    let lock = File::options().create(true).append(true).open(beside(".lock"))?;
    lock.lock()?;
    let Some(text) = next(read(path)?.as_deref()) else { return Ok(()) };
    let unfinished = beside(".part");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = new_private_file(&unfinished)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_replaced_whole_and_a_torn_one_is_never_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mark");
        assert_eq!(read(&path).unwrap(), None);
        raise(&path, |before| before.is_none().then(|| "one".into())).unwrap();
        fs::write(folder.path().join("mark.part"), "a crash left this").unwrap();
        raise(&path, |before| Some(format!("{}, two", before.unwrap()))).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), "one, two");
        raise(&path, |_| None).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), "one, two");
        assert!(raise(&folder.path().join("absent/mark"), |_| Some(String::new())).is_err());
    }
}
