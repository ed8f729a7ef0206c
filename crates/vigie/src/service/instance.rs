//! The name of this instance: a few random digits beside the data, so that the cookies of two of them never mix.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use vigie_store::mark;

/// Reads the name, or makes it at first, durable and whole. The folder exists: the store made it.
pub(super) fn read_or_make(data: &Path) -> anyhow::Result<String> {
    let path = data.join("instance");
    let failed = || format!("cannot read or make {}", path.display());
    if !path.exists() {
        let mut random = [0; 4];
        getrandom::fill(&mut random).context("the operating system gave no randomness")?;
        let made = mark::raise(&path, |before| before.is_none().then(|| hex::encode(random)));
        made.with_context(failed)?;
    }
    let name = fs::read_to_string(&path).with_context(failed)?.trim().to_owned();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    ensure!(is_name, "{} holds no name of letters and digits", path.display());
    Ok(name)
}
