//! JPEG, in two ways.
//!
//! The common file (baseline, one scan, grey or luminance with two colour differences) is hashed by a decoder of our
//! own that takes luminance straight from the file (`luma.rs`). Everything else, and every preview in colour, goes
//! through a general decoder (`general.rs`), which also has the last word on a file that ours finds wanting.
//!
//! What is hashed is what a viewer shows. Luminance in the file is that of the colours shown only as long as these stay
//! within what a screen can show; where they may not, the colours are worked out and brought into range first, as a
//! viewer does. Without that a picture could hide in the colours alone.

mod bits;
mod block;
mod general;
mod headers;
mod huffman;
mod luma;
mod means;
#[cfg(test)]
mod tests;
mod wide;

use headers::Headers;

pub(crate) use means::Means;

use super::{Canvas, check_sides};
use crate::{Limits, MediaError, Reason};

pub(super) fn decode(media: &[u8], limits: &Limits, canvas: &mut dyn Canvas) -> Result<(), MediaError> {
    let simple = if canvas.wants_colour() { None } else { Headers::read(media) };
    let outcome = match simple {
        Some(headers) => luma::decode(&headers, limits, canvas),
        None => general::decode(media, limits, canvas, true),
    };
    // A file that breaks small rules is read nevertheless, as browsers read it. Only one that is cut short is not: of
    // that the strict reading tells, and the missing end.
    match outcome {
        Err(MediaError::Undecodable { .. }) if !has_end(media) => Err(Reason::Truncated.error()),
        Err(MediaError::Undecodable { .. }) => general::decode(media, limits, canvas, false),
        other => other,
    }
}

/// How much of a constant coefficient a later scan may add, where the first one is to do: two steps of luminance.
const MOST_LEFT: u32 = 16;

/// The means of the blocks of a common file, and of a common progressive one, where no side is shorter than told;
/// `None` for any other, or one that breaks on the way.
pub(crate) fn means(media: &[u8], limits: &Limits, shortest_side: u32) -> Option<Means> {
    let headers = Headers::read_either(media)?;
    if u32::from(headers.width.min(headers.height)) < shortest_side {
        return None;
    }
    check_sides(headers.width.into(), headers.height.into(), limits).ok()?;
    // Of a progressive file the rest is not read, but it must be there.
    if headers.left_for_later() > MOST_LEFT || (headers.constants_alone.is_some() && !has_end(media)) {
        return None;
    }
    means::read(&headers)
}

/// Whether the mark that ends a picture stands anywhere behind the start of its data, where it can be nothing else.
fn has_end(media: &[u8]) -> bool {
    let marker = |code: u8| move |pair: &[u8]| pair == [0xFF, code];
    let data = media.windows(2).position(marker(0xDA)).unwrap_or_default();
    // From the end, where it is as a rule.
    media[data..].windows(2).rev().any(marker(0xD9))
}
