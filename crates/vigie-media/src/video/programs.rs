//! Where `ffmpeg` and `ffprobe` are, and which version they have.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The first version that calls the option `-fps_mode`.
const RENAMED: (u32, u32) = (5, 1);

/// The two programs, found and tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    pub(super) ffmpeg: PathBuf,
    pub(super) ffprobe: PathBuf,
    /// What the program says of itself, such as `5.1.9`.
    version: String,
}

/// Why videos cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum ProgramsError {
    /// A program is in none of the folders.
    #[error("cannot find {0}")]
    Missing(&'static str),
    /// A program does not run.
    #[error("cannot run {}", path.display())]
    Broken {
        /// The program.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl Programs {
    /// Finds `ffmpeg` in these folders (the form of `PATH`), or takes the one that is named; `ffprobe` stands beside it or
    /// in the folders, too. Both are run once.
    ///
    /// # Errors
    /// One is missing, or does not run.
    pub fn find(named: Option<&Path>, folders: Option<&OsStr>) -> Result<Self, ProgramsError> {
        let in_folders = |name: &str| {
            let mut all =
                folders.into_iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute());
            all.find_map(|folder| Some(folder.join(name)).filter(|path| path.is_file()))
        };
        let ffmpeg = named.map(Path::to_owned).or_else(|| in_folders("ffmpeg"));
        let ffmpeg = ffmpeg.ok_or(ProgramsError::Missing("ffmpeg"))?;
        let beside = Some(ffmpeg.with_file_name("ffprobe")).filter(|path| path.is_file());
        let ffprobe = beside.or_else(|| in_folders("ffprobe")).ok_or(ProgramsError::Missing("ffprobe"))?;
        let version = version_of(&ffmpeg)?;
        version_of(&ffprobe)?;
        Ok(Self { ffmpeg, ffprobe, version })
    }

    /// Where `ffmpeg` is.
    #[must_use]
    pub fn ffmpeg(&self) -> &Path {
        &self.ffmpeg
    }

    /// What `ffmpeg` calls its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The name of the option that says how frames and time go together.
    pub(super) fn sync_option(&self) -> &'static str {
        if number(&self.version).is_some_and(|version| version < RENAMED) { "-vsync" } else { "-fps_mode" }
    }
}

fn version_of(path: &Path) -> Result<String, ProgramsError> {
    let broken = |source| ProgramsError::Broken { path: path.to_owned(), source };
    let mut command = Command::new(path);
    command.arg("-version").env_clear().stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().map_err(broken)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut words = text.split_whitespace();
    match (output.status.success(), words.nth(1), words.next()) {
        // It says `ffmpeg version 5.1.9 Copyright …`.
        (true, Some("version"), Some(version)) => Ok(version.chars().take(40).collect()),
        _ => Err(broken(std::io::Error::other("it does not tell its version"))),
    }
}

/// Major and minor version; none of a build that is named otherwise, which is a new one.
fn number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('n').split(|letter: char| !letter.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_is_called_what_the_version_calls_it() {
        let option = |version: &str| {
            Programs { ffmpeg: "/a".into(), ffprobe: "/b".into(), version: version.to_owned() }.sync_option()
        };
        for old in ["4.4.2-0ubuntu0.22.04.1", "5.0.1", "n4.4", "3.4"] {
            assert_eq!(option(old), "-vsync", "{old}");
        }
        for new in ["5.1.9-0+deb12u1", "n7.1", "8.0", "N-109542-g4c3e2f5", "git"] {
            assert_eq!(option(new), "-fps_mode", "{new}");
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert!(matches!(Programs::find(None, None), Err(ProgramsError::Missing("ffmpeg"))));
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().join("ffmpeg");
        assert!(matches!(Programs::find(Some(&named), None), Err(ProgramsError::Missing("ffprobe"))));
        std::fs::write(folder.path().join("ffprobe"), "").unwrap();
        let broken = Programs::find(Some(&named), None).unwrap_err();
        assert!(matches!(broken, ProgramsError::Broken { path, .. } if path == named));
    }
}
