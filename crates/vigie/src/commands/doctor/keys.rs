//! Whether keys are there, are their owner's alone, and would survive what takes the data.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use vigie_app::App;
use vigie_model::Period;
use vigie_store::periods;

use super::{Finding, State};
use crate::output::chain;
use crate::settings::Settings;

/// Everything below the data folder belongs to the service alone; keys above all.
pub(super) fn permissions(data: &Path) -> Vec<Finding> {
    let keyring = data.join("keyring");
    let folders = [keyring.clone(), keyring.join("vault"), keyring.join("history")];
    let mut keys: Vec<_> = folders.iter().flat_map(|folder| keys_in(folder)).collect();
    keys.sort();
    let mut findings = vec![private("data folder", data)];
    let there = folders.iter().filter(|folder| folder.is_dir());
    findings.extend(there.map(|folder| private("keyring", folder)));
    findings.extend(keys.iter().map(|key| private("key", key)));
    if keys.is_empty() {
        findings.push(Finding::new("key", State::Note, "there is none yet: the first start makes them"));
    }
    findings
}

fn keys_in(folder: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    inside.filter(|path| path.extension().is_some_and(|ending| ending == "key")).collect()
}

fn private(check: &'static str, path: &Path) -> Finding {
    let shown = path.display();
    match std::fs::metadata(path).map(|found| found.permissions().mode() & 0o777) {
        Ok(mode) if mode & 0o077 == 0 => {
            Finding::new(check, State::Good, format!("{shown} is its owner's alone ({mode:03o})"))
        }
        Ok(mode) => {
            let text = format!("{shown} is open to others ({mode:03o}): chmod go= {shown}");
            Finding::new(check, State::Bad, text)
        }
        Err(error) => Finding::new(check, State::Bad, format!("{shown} cannot be looked at: {error}")),
    }
}

/// Every object opens only by the key of its retention period.
pub(super) async fn of_periods(app: &App) -> Vec<Finding> {
    let looked = async {
        let mut reader = app.store.read().await?;
        let mut wanted: Vec<(Period, i64)> = periods::list(&mut reader, app.now())
            .await?
            .into_iter()
            .filter(|state| state.period != Period::Legacy)
            .map(|state| (state.period, state.objects))
            .collect();
        wanted.push((Period::Legacy, periods::legacy_objects(&mut reader).await?));
        Ok::<_, vigie_store::StoreError>(wanted)
    };
    let wanted = match looked.await {
        Ok(wanted) => wanted,
        Err(error) => return vec![Finding::new("evidence", State::Bad, chain(&error))],
    };
    let sealed: Vec<_> = wanted.into_iter().filter(|(_, objects)| *objects > 0).collect();
    let missing = sealed.iter().filter_map(|(period, objects)| {
        let error = app.store.vault().check_key(*period).err()?;
        let text = format!(
            "{objects} objects do not open: {}; bring {} back from the copy of the keyring",
            chain(&error),
            app.store.vault().key_file(*period).display()
        );
        Some(Finding::new("evidence", State::Bad, text))
    });
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        return missing;
    }
    let objects: i64 = sealed.iter().map(|(_, objects)| objects).sum();
    let text =
        format!("{objects} objects, and the keys of their {} retention periods are there", sealed.len());
    vec![Finding::new("evidence", State::Good, text)]
}

/// Whether one failing disk would take data, keys and backup together. Only a hint: what lies behind a path is not ours to see.
pub(super) fn backup(settings: &Settings) -> Vec<Finding> {
    let Some(folder) = &settings.backup.folder else {
        let text = "`backup.folder` is not set: whether one failing disk would take the backups too is not looked at";
        return vec![Finding::new("backup", State::Note, text)];
    };
    let Some(device) = device(folder) else {
        return vec![Finding::new("backup", State::Note, format!("{} is not there", folder.display()))];
    };
    let together = [("the data", settings.data.clone()), ("the keyring", settings.data.join("keyring"))];
    let together: Vec<_> = together
        .into_iter()
        .filter(|(_, path)| self::device(path) == Some(device))
        .map(|(name, _)| name)
        .collect();
    let shown = folder.display();
    vec![if together.is_empty() {
        Finding::new(
            "backup",
            State::Good,
            format!("{shown} lies on another file system than data and keyring"),
        )
    } else {
        let text = format!(
            "{shown} lies on the file system of {}: what takes one takes both",
            together.join(" and of ")
        );
        Finding::new("backup", State::Note, text)
    }]
}

fn device(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|found| found.dev())
}
