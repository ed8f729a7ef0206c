//! What a section is asked: the options of the command line, and a folder to work in.

use std::path::Path;

use anyhow::Context;

/// See the module.
pub(super) struct Request<'a> {
    /// The command line after `bench`.
    pub(super) arguments: &'a [String],
    /// A folder that is gone after the run. Sections share it.
    pub(super) folder: &'a Path,
}

impl Request<'_> {
    /// The number that follows an option, or the usual one.
    ///
    /// # Errors
    /// What follows is no number.
    pub(super) fn number(&self, name: &str, usual: u64) -> anyhow::Result<u64> {
        let Some(text) = value(self.arguments, name)? else { return Ok(usual) };
        text.parse().with_context(|| format!("{name} wants a number, not `{text}`"))
    }

    /// The numbers, separated by commas, that follow an option, or the usual ones.
    ///
    /// # Errors
    /// What follows are no numbers.
    pub(super) fn numbers(&self, name: &str, usual: &[u64]) -> anyhow::Result<Vec<u64>> {
        let Some(text) = value(self.arguments, name)? else { return Ok(usual.to_vec()) };
        let numbers: Result<_, _> = text.split(',').map(str::parse).collect();
        numbers.with_context(|| format!("{name} wants numbers, not `{text}`"))
    }

    /// Whether an option is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.arguments.iter().any(|word| word == name)
    }
}

/// The word that follows an option; none where the option is not there.
///
/// # Errors
/// Nothing follows.
pub(super) fn value<'a>(arguments: &'a [String], name: &str) -> anyhow::Result<Option<&'a str>> {
    let Some(place) = arguments.iter().position(|word| word == name) else { return Ok(None) };
    let value = arguments.get(place + 1).with_context(|| format!("{name} wants a value"))?;
    Ok(Some(value))
}
