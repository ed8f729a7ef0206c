//! `vigie backup`: a consistent copy of a house, running or not, and whether one is sound.
//!
//! What it is: the database as one moment's picture, the vault files that this picture names, and a manifest over all of it,
//! written last. A folder without a manifest is no backup. What it is not: the keys. They are copied only to a folder apart,
//! when that is asked for: who has both can read everything, and a key that outlives its period in a backup keeps alive what
//! was to end.

mod copy;
mod database;
mod manifest;
mod place;
mod verify;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use vigie_app::App;
use vigie_model::Caller;

use super::operator::{self, Common, Told};
use crate::output::{Ending, Hint as _};
use crate::settings::Settings;
use copy::Copying;
use manifest::Manifest;

/// How often a picture is taken anew when objects it names were erased or moved before they were copied.
const ATTEMPTS: usize = 3;

/// Back up a house, running or stopped; verify a backup.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  vigie backup /mnt/backup/2026-11-26
  vigie backup /mnt/backup/2026-11-26 --keyring /mnt/safe/keys-2026-11-26
  vigie backup verify /mnt/backup/2026-11-26

The keys are NOT in the backup. Without them nothing of the vault opens; docs/guide/evidence.md says how to keep them."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The folder of the backup, which is not there yet or empty.
    #[arg(required = true)]
    folder: Option<PathBuf>,
    /// Copy the keys too, to this folder, on another medium: never into the backup.
    #[arg(long, value_name = "FOLDER")]
    keyring: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify a backup: each file by its digest, the database, its ledger, and that every object it names is there.
    #[command(after_help = "\
Examples:
  vigie backup verify /mnt/backup/2026-11-26
  vigie backup verify /mnt/backup/2026-11-26 --format json

Exit code 1: the backup is damaged, or not the one that was made.")]
    Verify(verify::Arguments),
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    if let Some(Command::Verify(arguments)) = arguments.command {
        return verify::run(&arguments);
    }
    let folder = arguments.folder.context("name the folder of the backup")?;
    let settings = arguments.common.place.settings()?;
    place::check(&settings.data, &folder, arguments.keyring.as_deref())?;
    let keyring = arguments.keyring.as_deref();
    operator::act(&arguments.common, async |app| make(app, &settings, &folder, keyring).await)
}

async fn make(
    app: &App,
    settings: &Settings,
    folder: &Path,
    keyring: Option<&Path>,
) -> anyhow::Result<Vec<Told>> {
    app.begin_backup(&Caller::operator(), keyring.is_some()).await?;
    match copy_all(app, settings, folder, keyring).await {
        Ok(manifest) => Ok(vec![told(&manifest, folder, keyring)]),
        Err(error) => {
            // What was begun is no backup. Both folders were empty when it began.
            for begun in [Some(folder), keyring].into_iter().flatten() {
                let _ = std::fs::remove_dir_all(begun);
            }
            app.give_up_backup(&Caller::operator()).await?;
            Err(error).hint("nothing is left of this attempt; the ledger says that it was given up")
        }
    }
}

async fn copy_all(
    app: &App,
    settings: &Settings,
    folder: &Path,
    keyring: Option<&Path>,
) -> anyhow::Result<Manifest> {
    for attempt in 1.. {
        let mut copying = Copying::into(folder)?;
        let picture = database::picture(app, settings, &mut copying).await?;
        if !copying.vault(&settings.data, &picture.objects)? {
            anyhow::ensure!(
                attempt < ATTEMPTS,
                "evidence ended faster than it could be copied, {ATTEMPTS} times"
            );
            std::fs::remove_dir_all(folder).context("cannot begin the backup anew")?;
            continue;
        }
        copying.file(&settings.data, Path::new("instance"))?;
        if let Some(keyring) = keyring {
            copy::keys(&settings.data, keyring)?;
        }
        return copying.finish(&picture, app);
    }
    unreachable!("it is made or given up before")
}

fn told(manifest: &Manifest, folder: &Path, keyring: Option<&Path>) -> Told {
    let keys = match keyring {
        Some(keyring) => format!(
            "The KEYS are in {}. Keep them on another medium than the backup, and let them go when their period ends:\n\
             a key that lives on keeps alive what was erased.",
            keyring.display()
        ),
        None => "The KEYS ARE NOT IN IT, and without them nothing of the vault opens. Keep a copy of the keyring on another\n\
             medium: --keyring FOLDER makes one."
            .to_owned(),
    };
    Told {
        text: format!(
            "{} files with {} objects and {} entries of the ledger are in {}.\n{keys}",
            manifest.files.len(),
            manifest.objects,
            manifest.ledger.entries,
            folder.display()
        ),
        json: json!({
            "folder": folder,
            "files": manifest.files.len(),
            "objects": manifest.objects,
            "entries": manifest.ledger.entries,
            "root": manifest.ledger.root,
            "keys_included": false,
            "keyring": keyring,
        }),
    }
}
