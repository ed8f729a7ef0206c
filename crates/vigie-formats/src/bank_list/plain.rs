//! Plain lists: one signal a line, behind it what it belongs to, as `md5sum` and `sha256sum` write it.

use std::io::BufRead;

use super::lines::Lines;
use super::{Listed, ListedEntry, ReadOptions, by_form, checked, faulty, said};

pub(super) fn read(input: impl BufRead, options: ReadOptions) -> impl Iterator<Item = Listed> {
    Lines::of(input).map(move |line| match line {
        Ok((number, text)) => entry(number, &text, options),
        Err(listed) => listed,
    })
}

fn entry(line: u64, text: &str, options: ReadOptions) -> Listed {
    let (first, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    let Some(signal) = by_form(first, options) else {
        return faulty(
            line,
            "it does not begin with a PDQ, MD5, SHA-1 or SHA-256 signal in hexadecimal digits",
        );
    };
    // `md5sum` marks a file read as binary with a star.
    let original_reference = said(rest.trim_start().trim_start_matches('*'));
    checked(ListedEntry { line, signals: vec![signal], original_reference, ..ListedEntry::default() })
}
