//! `vigie backup verify`: whether a backup is whole and fits itself. It needs neither data nor keys, and changes nothing.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use vigie_seal::checkpoint::hash_text;
use vigie_store::backup;
use vigie_store::vault::Vault;

use super::manifest::{self, Listed, Manifest, POSTGRES, SQLITE, digest};
use crate::commands::operator::Format;
use crate::files::bar as progress_bar;
use crate::output::{Ending, chain};
use crate::telemetry;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The folder of the backup.
    folder: PathBuf,
    /// The form of the output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Ending> {
    telemetry::start("warn", telemetry::LogFormat::Text)?;
    let manifest = Manifest::read(&arguments.folder)?;
    let mut faults = files(&arguments.folder, &manifest);
    // A database that is not the one that was made is not opened.
    let mut notes = Vec::new();
    if faults.is_empty() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let database = database(&arguments.folder, &manifest, &mut notes);
        faults.extend(runtime.context("cannot start the runtime")?.block_on(database));
    }
    match arguments.format {
        Format::Text => {
            faults.iter().for_each(|fault| println!("FAIL: {fault}"));
            notes.iter().for_each(|note| println!("note: {note}"));
            if faults.is_empty() {
                let (files, objects) = (manifest.files.len(), manifest.objects);
                let (entries, made) = (manifest.ledger.entries, manifest.made_at);
                println!(
                    "{files} files with {objects} objects and {entries} entries of the ledger, of {made}\nOK"
                );
            }
        }
        Format::Json => println!(
            "{}",
            json!({
                "verified": faults.is_empty(),
                "faults": faults,
                "notes": notes,
                "made_at": manifest.made_at,
                "files": manifest.files.len(),
                "objects": manifest.objects,
                "entries": manifest.ledger.entries,
            })
        ),
    }
    Ok(if faults.is_empty() { Ending::Fine } else { Ending::Negative })
}

/// Every file is there as it was written, and no other lies beside them: a log of writes would change the database.
fn files(folder: &Path, manifest: &Manifest) -> Vec<String> {
    let bar = progress_bar(manifest.files.len() as u64, "files");
    let mut faults = Vec::new();
    for listed in &manifest.files {
        faults.extend(fault_of(folder, listed));
        bar.inc(1);
    }
    bar.finish_and_clear();
    let known: BTreeSet<&Path> = manifest.files.iter().map(|listed| Path::new(&listed.path)).collect();
    match lying(folder, Path::new("")) {
        Ok(found) => {
            let strange = found
                .iter()
                .filter(|path| !known.contains(path.as_path()) && *path != Path::new(manifest::NAME));
            faults.extend(strange.map(|path| format!("{} does not belong to the backup", path.display())));
        }
        Err(error) => faults.push(format!("cannot look through {}: {error}", folder.display())),
    }
    faults
}

fn fault_of(folder: &Path, listed: &Listed) -> Option<String> {
    let path = folder.join(&listed.path);
    let is_file = fs::symlink_metadata(&path).map(|found| found.is_file());
    match is_file.and_then(|is_file| {
        if is_file { digest(File::open(&path)?, |_| Ok(())) } else { Ok((0, String::new())) }
    }) {
        Ok((bytes, sha256)) if bytes == listed.bytes && sha256 == listed.sha256 => None,
        Ok(_) => Some(format!("{} was altered", listed.path)),
        Err(error) => Some(format!("{} cannot be read: {error}", listed.path)),
    }
}

/// Everything that lies below a folder, but folders.
fn lying(folder: &Path, below: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            found.extend(lying(folder, &path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

async fn database(folder: &Path, manifest: &Manifest, notes: &mut Vec<String>) -> Vec<String> {
    let has = |name: &str| manifest.files.iter().any(|listed| listed.path == name);
    if has(SQLITE) {
        return match sqlite(folder, manifest).await {
            Ok(faults) => faults,
            Err(error) => vec![chain(error.as_ref())],
        };
    }
    if !has(POSTGRES) {
        return vec!["no database is in it".to_owned()];
    }
    notes.push("the ledger in a dump of PostgreSQL is checked when it is restored".to_owned());
    match Command::new("pg_restore").arg("--list").arg(folder.join(POSTGRES)).output() {
        Ok(ended) if ended.status.success() => vec![],
        Ok(ended) => {
            vec![format!("pg_restore cannot read it: {}", String::from_utf8_lossy(&ended.stderr).trim())]
        }
        Err(_) => {
            notes.push("pg_restore is not here: the dump was compared by its digest alone".to_owned());
            vec![]
        }
    }
}

async fn sqlite(folder: &Path, manifest: &Manifest) -> anyhow::Result<Vec<String>> {
    let mut copy = backup::open_copy(&folder.join(SQLITE)).await?;
    if let Some(damage) = copy.damage().await? {
        return Ok(vec![format!("the database is damaged: {damage}")]);
    }
    let picture = backup::look(&mut copy).await?;
    copy.close().await?;
    let mut faults = Vec::new();
    let told = (manifest.ledger.entries, manifest.ledger.root.as_str());
    if (picture.entries, hash_text(&picture.root).as_str()) != told {
        faults.push("the ledger in the database is not the one of the manifest".to_owned());
    }
    let known: BTreeSet<&Path> = manifest.files.iter().map(|listed| Path::new(&listed.path)).collect();
    for (id, period) in &picture.objects {
        let path = Vault::file(*id, *period);
        if !known.contains(path.as_path()) {
            faults.push(format!("{} is missing", path.display()));
        }
    }
    Ok(faults)
}
