//! Where a backup may go: never into the data, never over something, and never together with the keys.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::output::Hint as _;

/// Refuses places that would overwrite something, or bring together what belongs apart.
pub(super) fn check(data: &Path, folder: &Path, keyring: Option<&Path>) -> anyhow::Result<()> {
    ensure!(data.is_dir(), "{} is not there: nothing to back up", data.display());
    let real_data = real(data)?;
    for place in [Some(folder), keyring].into_iter().flatten() {
        let real = real(place)?;
        ensure!(
            !real.starts_with(&real_data) && !real_data.starts_with(&real),
            "{} and the data folder lie in each other",
            place.display()
        );
        is_free(place)?;
    }
    let Some(keyring) = keyring else { return Ok(()) };
    let (backup, keys) = (real(folder)?, real(keyring)?);
    let apart = !keys.starts_with(&backup) && !backup.starts_with(&keys);
    let refused = if apart { Ok(()) } else { Err(anyhow::anyhow!("the keys would lie in the backup")) };
    refused.hint("who finds both can read everything: put the keys on another medium")
}

fn is_free(folder: &Path) -> anyhow::Result<()> {
    if std::fs::symlink_metadata(folder).is_err() {
        return Ok(());
    }
    let mut inside =
        std::fs::read_dir(folder).with_context(|| format!("cannot look into {}", folder.display()))?;
    ensure!(
        inside.next().is_none(),
        "{} holds something already: a backup never overwrites",
        folder.display()
    );
    Ok(())
}

/// The path without links, as far as it exists.
fn real(path: &Path) -> anyhow::Result<PathBuf> {
    let whole = std::path::absolute(path).with_context(|| format!("{} is no path", path.display()))?;
    for there in whole.ancestors() {
        if let Ok(real) = there.canonicalize() {
            let rest = whole.strip_prefix(there).context("an ancestor is a prefix")?;
            ensure!(
                rest.components().all(|part| matches!(part, std::path::Component::Normal(_))),
                "{} leads in a circle",
                path.display()
            );
            return Ok(real.join(rest));
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_backup_lie_apart_whatever_the_path_looks_like() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("data")).unwrap();
        std::fs::create_dir_all(at("full/something")).unwrap();
        std::os::unix::fs::symlink(at("elsewhere"), at("link")).unwrap();
        std::fs::create_dir_all(at("elsewhere")).unwrap();
        let check = |backup: &str, keys: Option<&str>| {
            check(&at("data"), &at(backup), keys.map(at).as_deref()).map_err(|error| error.to_string())
        };
        assert!(check("backup", None).is_ok() && check("backup", Some("keys")).is_ok());
        for (backup, keys) in [
            ("backup", "backup/keys"),
            ("backup", "backup"),
            ("keys/backup", "keys"),
            ("elsewhere/backup", "link/backup/keys"),
            ("backup", "other/../backup/keys"),
        ] {
            assert!(check(backup, Some(keys)).is_err(), "{backup} {keys}");
        }
        assert!(check("data/backup", None).unwrap_err().contains("data folder"));
        assert!(check("backup", Some("data/keys")).unwrap_err().contains("data folder"));
        assert!(check("full", None).unwrap_err().contains("never overwrites"));
        assert!(check("backup", Some("full")).unwrap_err().contains("never overwrites"));
    }
}
