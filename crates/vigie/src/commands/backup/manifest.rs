//! The manifest of a backup: what lies in it, each file by its length and digest.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vigie_model::Moment;

/// Its name in the folder.
pub(super) const NAME: &str = "manifest.json";
/// The picture of an SQLite database.
pub(super) const SQLITE: &str = "vigie.db";
/// The dump of a PostgreSQL database.
pub(super) const POSTGRES: &str = "vigie.dump";
/// A manifest of ten million objects stays below this.
const LONGEST: u64 = 4 << 30;
const VERSION: u32 = 1;

/// What lies in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// Of which form this is.
    pub(super) version: u32,
    /// When the backup was finished.
    pub(super) made_at: Moment,
    /// By which version of the program.
    pub(super) program: String,
    /// The ledger in the picture of the database.
    pub(super) ledger: Ledger,
    /// How many sealed objects there are.
    pub(super) objects: usize,
    /// Every file but this one, in the order of their paths.
    pub(super) files: Vec<Listed>,
}

/// How long the ledger is, and its root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    pub(super) entries: u64,
    pub(super) root: String,
}

/// A file by its path in the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listed {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Manifest {
    pub(super) fn new(made_at: Moment, ledger: Ledger, objects: usize, mut files: Vec<Listed>) -> Self {
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { version: VERSION, made_at, program, ledger, objects, files }
    }

    /// Reads the manifest of a folder. It comes from outside: no path in it leads out of the folder.
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let file = File::open(&path).with_context(|| format!("cannot read {}: no backup", path.display()))?;
        let mut text = String::new();
        file.take(LONGEST)
            .read_to_string(&mut text)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let read: Self =
            serde_json::from_str(&text).with_context(|| format!("{} is none", path.display()))?;
        ensure!(read.version == VERSION, "{} is of another version of this program", path.display());
        for listed in &read.files {
            let inside =
                Path::new(&listed.path).components().all(|part| matches!(part, Component::Normal(_)));
            ensure!(
                inside && !listed.path.is_empty(),
                "{} names a file outside: {:?}",
                path.display(),
                listed.path
            );
        }
        Ok(read)
    }

    /// Writes it, durable and last.
    pub(super) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let path = folder.join(NAME);
        let write = || {
            let mut file = super::copy::new_file(&path)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.sync_all()?;
            File::open(folder)?.sync_all()
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Length and digest of what is read, handing each piece on.
pub(super) fn digest(
    mut from: impl io::Read,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<(u64, String)> {
    let (mut sha256, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex::encode(sha256.finalize())));
        }
        sha256.update(&buffer[..read]);
        each(&buffer[..read])?;
        bytes += read as u64;
    }
}
