//! Walking folders of files, always in the same order.
//!
//! What it is: the order in which a seized folder or a mounted bucket is read. Links inside a folder are not followed,
//! for they may lead out of it or round in circles; what they point to inside is met anyway. Devices, sockets and pipes
//! are passed over. What it is not: it opens no file and judges no name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Every file named by or below the paths: in the order of the paths, and in each folder by name.
///
/// What cannot be read comes as an error in its place, and the walk goes on.
pub fn walk(paths: impl IntoIterator<Item = PathBuf>) -> Walk {
    let mut waiting: Vec<Found> = paths.into_iter().map(Found::Named).collect();
    waiting.reverse();
    Walk { waiting }
}

/// The walk; see [`walk`].
#[derive(Debug)]
pub struct Walk {
    /// What is still to be visited, the next one last.
    waiting: Vec<Found>,
}

#[derive(Debug)]
enum Found {
    /// Named by the caller: a link is followed.
    Named(PathBuf),
    File(PathBuf),
    Folder(PathBuf),
    Unreadable(WalkError),
}

/// A path that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct WalkError {
    /// The path.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl Iterator for Walk {
    type Item = Result<PathBuf, WalkError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.waiting.pop()? {
                Found::File(path) => return Some(Ok(path)),
                Found::Unreadable(error) => return Some(Err(error)),
                Found::Named(path) => match fs::metadata(&path) {
                    Ok(kind) if kind.is_dir() => self.waiting.push(Found::Folder(path)),
                    Ok(_) => return Some(Ok(path)),
                    Err(source) => return Some(Err(WalkError { path, source })),
                },
                Found::Folder(path) => self.enter(&path),
            }
        }
    }
}

impl Walk {
    fn enter(&mut self, folder: &Path) {
        let unreadable = |source| Found::Unreadable(WalkError { path: folder.to_owned(), source });
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(source) => return self.waiting.push(unreadable(source)),
        };
        let mut named = Vec::new();
        for entry in entries {
            match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                Ok((path, kind)) if kind.is_dir() => named.push((path.clone(), Found::Folder(path))),
                Ok((path, kind)) if kind.is_file() => named.push((path.clone(), Found::File(path))),
                Ok(_) => {}
                Err(source) => named.push((folder.to_owned(), unreadable(source))),
            }
        }
        named.sort_by(|left, right| right.0.cmp(&left.0));
        self.waiting.extend(named.into_iter().map(|(_, found)| found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_by_name_and_what_is_missing_is_told_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/inner")).unwrap();
        for name in ["c", "a", "b/2", "b/inner/1", "b/1"] {
            fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink(folder.path(), at("b/loop")).unwrap();
        let found: Vec<_> = walk([at("c"), at("gone"), folder.path().to_owned()])
            .map(|item| item.map_err(|error| error.path))
            .collect();
        let expected = ["a", "b/1", "b/2", "b/inner/1", "c"].map(|name| Ok(at(name)));
        assert_eq!(found[..2], [Ok(at("c")), Err(at("gone"))]);
        assert_eq!(found[2..], expected);
    }
}
