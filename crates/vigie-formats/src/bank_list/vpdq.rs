//! The text form of vPDQ: a file is one video, a line `number,quality,hash,seconds` one frame of it.
//!
//! What the fields hold is checked by whoever knows signals; here it is one entry with its text.

use std::io::BufRead;

use super::lines::{LONGEST, Lines};
use super::{Listed, ListedEntry, ListedKind, ListedSignal, checked, faulty};

/// Whether a line is a frame, by its form.
pub(super) fn is_frame(line: &str) -> bool {
    let fields: Vec<_> = line.split(',').map(str::trim).collect();
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let [frame, quality, hash, time] = fields[..] else { return false };
    let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    number(frame) && number(quality) && is_hash && number(&time.replacen('.', "", 1))
}

pub(super) fn read(input: impl BufRead) -> impl Iterator<Item = Listed> {
    std::iter::once_with(move || entry(input)).flatten()
}

fn entry(input: impl BufRead) -> Option<Listed> {
    let (mut text, mut last) = (String::new(), 1);
    for line in Lines::of(input) {
        match line {
            Ok((number, frame)) if text.len() as u64 + (number - last) + (frame.len() as u64) < LONGEST => {
                // Lines that were left out still count, so that a fault is told by its line.
                (last..number).for_each(|_| text.push(';'));
                last = number;
                text.push_str(&frame);
            }
            Ok((number, _)) => return Some(faulty(number, "the video is longer than 4 MiB of text")),
            Err(listed) => return Some(listed),
        }
    }
    let signals = vec![ListedSignal { kind: ListedKind::Vpdq, value: text.into_bytes() }];
    let is_empty = signals[0].value.is_empty();
    (!is_empty).then(|| checked(ListedEntry { line: 1, signals, ..ListedEntry::default() }))
}
