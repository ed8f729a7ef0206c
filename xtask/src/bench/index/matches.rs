//! Whether two sides found the same: files of `query,entry,distance` lines.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context, bail};

use super::COMPARED;

type Match = (usize, u64, u32);

/// The share of our matches that a rival found, of the questions that are compared.
///
/// # Errors
/// A file cannot be read, or the rival found something that we did not: then one of us is wrong.
pub(super) fn recall(ours: &Path, theirs: &Path) -> anyhow::Result<f64> {
    let (ours, theirs) = (read(ours)?, read(theirs)?);
    if let Some(missed) = theirs.difference(&ours).next() {
        bail!("the rival found {missed:?} (query, entry, distance), and we did not");
    }
    if ours.is_empty() {
        bail!("nothing was found, so nothing was compared");
    }
    Ok(theirs.len() as f64 / ours.len() as f64)
}

fn read(path: &Path) -> anyhow::Result<HashSet<Match>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let read = |line: &str| -> Option<Match> {
        let mut numbers = line.split(',');
        let mut next = || numbers.next()?.parse::<u64>().ok();
        Some((usize::try_from(next()?).ok()?, next()?, u32::try_from(next()?).ok()?))
    };
    let all: Option<HashSet<_>> = text.lines().map(read).collect();
    let all = all.with_context(|| format!("{} holds a line that is no match", path.display()))?;
    Ok(all.into_iter().filter(|(query, ..)| *query < COMPARED).collect())
}

#[cfg(test)]
mod tests {
    use super::recall;

    #[test]
    fn the_share_is_of_ours_and_what_is_only_theirs_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let ours = file("ours", "0,1,2\n0,5,31\n7,2,0\n999,3,4\n1000,3,4\n");
        let same = recall(&ours, &file("same", "7,2,0\n0,5,31\n999,3,4\n0,1,2\n"));
        let half = recall(&ours, &file("half", "0,1,2\n7,2,0\n"));
        assert_eq!((same.unwrap(), half.unwrap()), (1.0, 0.5));
        assert!(recall(&ours, &file("more", "0,1,2\n0,9,3\n")).is_err());
        assert!(recall(&ours, &file("other", "0,1,3\n")).is_err());
        assert!(recall(&file("nothing", ""), &file("none", "")).is_err());
    }
}
