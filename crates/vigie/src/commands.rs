//! The commands, one file each: its arguments with their help, and its `run`.

pub(crate) mod hash;
pub(crate) mod matching;
