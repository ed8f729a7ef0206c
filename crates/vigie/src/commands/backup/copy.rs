//! Copying: each file new, readable by its owner only, durable, and noted with its digest.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use vigie_app::App;
use vigie_seal::checkpoint::hash_text;
use vigie_store::backup::Pictured;
use vigie_store::retention::Placed;
use vigie_store::vault::Vault;

use super::manifest::{Ledger, Listed, Manifest, digest};
use crate::files::bar as progress_bar;

/// A backup that is being made.
pub(super) struct Copying {
    folder: PathBuf,
    files: Vec<Listed>,
}

impl Copying {
    /// Begins in a folder, which is made.
    pub(super) fn into(folder: &Path) -> anyhow::Result<Self> {
        make_folder(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), files: Vec::new() })
    }

    /// Where a file of the backup lies.
    pub(super) fn place(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Notes a file that somebody else wrote into the folder, and makes it durable and private.
    pub(super) fn take(&mut self, path: &str) -> anyhow::Result<()> {
        let place = self.place(path);
        let noted = || {
            fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
            let file = File::open(&place)?;
            file.sync_all()?;
            digest(file, |_| Ok(()))
        };
        let (bytes, sha256) = noted().with_context(|| format!("cannot read {}", place.display()))?;
        self.files.push(Listed { path: path.to_owned(), bytes, sha256 });
        Ok(())
    }

    /// Copies a file of the data folder to the same place here.
    pub(super) fn file(&mut self, data: &Path, path: &Path) -> anyhow::Result<()> {
        let failed = || format!("cannot copy {}", data.join(path).display());
        let (bytes, sha256) = copy(&data.join(path), &self.folder.join(path)).with_context(failed)?;
        let path = path.to_str().context("the names of our files are plain")?.to_owned();
        self.files.push(Listed { path, bytes, sha256 });
        Ok(())
    }

    /// Copies the sealed objects that a picture names. False when one was erased or moved since.
    pub(super) fn vault(&mut self, data: &Path, objects: &[Placed]) -> anyhow::Result<bool> {
        let bar = progress_bar(objects.len() as u64, "objects");
        for (id, period) in objects {
            let path = Vault::file(*id, *period);
            if !data.join(&path).exists() {
                return Ok(false);
            }
            self.file(data, &path)?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(true)
    }

    /// Writes the manifest: from now on it is a backup.
    pub(super) fn finish(self, picture: &Pictured, app: &App) -> anyhow::Result<Manifest> {
        let ledger = Ledger { entries: picture.entries, root: hash_text(&picture.root) };
        let manifest = Manifest::new(app.now(), ledger, picture.objects.len(), self.files);
        sync_folders(&self.folder).with_context(|| format!("cannot sync {}", self.folder.display()))?;
        manifest.write(&self.folder)?;
        Ok(manifest)
    }
}

/// Copies the whole keyring to a folder of its own.
pub(super) fn keys(data: &Path, to: &Path) -> anyhow::Result<()> {
    let keyring = data.join("keyring");
    let copied = || {
        make_folder(to)?;
        copy_folder(&keyring, to)?;
        sync_folders(to)
    };
    copied().with_context(|| format!("cannot copy the keys to {}", to.display()))
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            make_folder(&place)?;
            copy_folder(&entry.path(), &place)?;
        } else if entry.path().extension().is_some_and(|ending| ending == "key") {
            match copy(&entry.path(), &place) {
                // Its period ended this very moment.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => drop(done?),
            }
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<(u64, String)> {
    let source = File::open(from)?;
    make_folder(to.parent().unwrap_or(to))?;
    let mut file = new_file(to)?;
    let noted = digest(source, |piece| file.write_all(piece))?;
    file.sync_all()?;
    Ok(noted)
}

/// A file that was not there before, readable by its owner only.
pub(super) fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes the names of files durable, in this folder and below it.
fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}
