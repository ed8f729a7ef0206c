//! What every command shares towards the person or the program that reads: forms, endings, errors with hints.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::process::ExitCode;

/// How a command ended, as its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Everything was done.
    Fine = 0,
    /// Everything was done, and the answer is no.
    Negative = 1,
    /// Wrong usage, or something could not be read or done; the rest was.
    Faulty = 2,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(ending as u8)
    }
}

/// The form of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    Text,
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Json,
}

/// An error with the advice that goes with it.
#[derive(Debug)]
struct Hinted {
    error: anyhow::Error,
    hint: String,
}

impl fmt::Display for Hinted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Hinted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// Adds advice to an error.
pub(crate) trait Hint<T> {
    /// Says what the person can do about it.
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Hint<T> for Result<T, E> {
    fn hint(self, hint: impl Into<String>) -> anyhow::Result<T> {
        self.map_err(|error| Hinted { error: error.into(), hint: hint.into() }.into())
    }
}

/// Prints an error with its causes and its hints on standard error.
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("error: {}", chain(error.as_ref()));
    for hint in error.chain().filter_map(|cause| cause.downcast_ref::<Hinted>()) {
        eprintln!("hint: {}", hint.hint);
    }
}

/// What was attempted and why it failed, on one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let why = source.to_string();
        // Some libraries repeat their source in their own message.
        if !text.ends_with(&why) {
            text.push_str(": ");
            text.push_str(&why);
        }
        cause = source.source();
    }
    text
}

/// Whether somebody stopped reading, as `head` does.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind =
        |cause: &(dyn Error + 'static)| cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    error.chain().any(|cause| kind(cause) == Some(ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn causes_stand_on_one_line_and_hints_apart() {
        let low: Result<(), _> = Err(std::io::Error::other("disk on fire"));
        let error = low.context("cannot read the list").hint("use another disk").unwrap_err();
        assert_eq!(chain(error.as_ref()), "cannot read the list: disk on fire");
        let hints: Vec<_> = error.chain().filter_map(|cause| cause.downcast_ref::<Hinted>()).collect();
        assert_eq!(hints.len(), 1);
        assert_eq!(hints[0].hint, "use another disk");
    }
}
