//! Copies of one picture as they travel: smaller, recompressed, trimmed, stamped, lighter, mirrored, turned.
//!
//! What it is: the changes that people and messengers make to a picture they pass on. [`Variant::GENTLE`] lists those
//! that a perceptual hash recognises within distance 31; mirrored and turned copies need the dihedral variants of the
//! hash. What it is not: an attack on perceptual hashing.
//!
//! To add a change: a variant here, its arm in [`Variant::apply`], and its place in [`Variant::GENTLE`] or
//! [`Variant::TURNED`]; the tests then measure it.

use serde::{Deserialize, Serialize};

use crate::lettering;
use crate::picture::{Encoding, Picture, Pixel, Size};

/// What was done to a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// Nothing: the same bytes, found by exact digest as well.
    Exact,
    /// Scaled to so many percent of its sides.
    Resized(u32),
    /// Written again as JPEG of this quality, 1 to 100.
    Recompressed(u8),
    /// So many percent cut off one edge.
    Trimmed(Edge, u32),
    /// A club's name stamped into a corner.
    Watermarked,
    /// Every channel made so much lighter, or darker when negative.
    Brightened(i16),
    /// Mirrored, left for right.
    Mirrored,
    /// Turned clockwise by a quarter.
    QuarterTurn,
    /// Turned by a half.
    HalfTurn,
}

/// One edge of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// The first rows.
    Top,
    /// The last rows.
    Bottom,
    /// The first columns.
    Left,
    /// The last columns.
    Right,
}

impl Variant {
    /// The copies that a perceptual hash recognises within distance 31, for pictures of 320×240 and more.
    pub const GENTLE: [Self; 11] = [
        Self::Exact,
        Self::Resized(50),
        Self::Resized(75),
        Self::Resized(140),
        Self::Recompressed(35),
        Self::Recompressed(60),
        Self::Trimmed(Edge::Right, 1),
        Self::Trimmed(Edge::Top, 1),
        Self::Watermarked,
        Self::Brightened(18),
        Self::Brightened(-18),
    ];

    /// The copies that only the dihedral variants of a perceptual hash recognise.
    pub const TURNED: [Self; 3] = [Self::Mirrored, Self::QuarterTurn, Self::HalfTurn];

    /// The copy.
    #[must_use]
    pub fn apply(self, original: &Picture) -> Picture {
        match self {
            Self::Exact | Self::Recompressed(_) => original.clone(),
            Self::Resized(percent) => resized(original, percent),
            Self::Trimmed(edge, percent) => trimmed(original, edge, percent),
            Self::Watermarked => watermarked(original),
            Self::Brightened(by) => brightened(original, by),
            Self::Mirrored => rearranged(original, original.size(), |x, y, width, _| (width - 1 - x, y)),
            Self::QuarterTurn => {
                rearranged(original, original.size().turned(), |x, y, _, height| (y, height - 1 - x))
            }
            Self::HalfTurn => {
                rearranged(original, original.size(), |x, y, width, height| (width - 1 - x, height - 1 - y))
            }
        }
    }

    /// The format the copy is written in, when the original was written in `original`.
    #[must_use]
    pub fn encoding(self, original: Encoding) -> Encoding {
        match self {
            Self::Recompressed(quality) => Encoding::Jpeg(quality),
            _ => original,
        }
    }
}

/// The average of the source pixels under each new one when smaller, a blend of neighbours when larger.
fn resized(original: &Picture, percent: u32) -> Picture {
    let size = original.size();
    let scale = |side: u32| side.saturating_mul(percent) / 100;
    let target = Size::clamped(scale(size.width()), scale(size.height()));
    let (wide, high) = target.sides();
    let (from_wide, from_high) = size.sides();
    let columns: Vec<Span> = (0..wide).map(|x| Span::of(x, wide, from_wide)).collect();
    let rows: Vec<Span> = (0..high).map(|y| Span::of(y, high, from_high)).collect();
    Picture::painted(target, |x, y| average(original, &columns[x], &rows[y]))
}

/// Source pixels along one side that make up one new pixel: from where, and the weight of each.
struct Span {
    start: usize,
    weights: Vec<f32>,
}

impl Span {
    fn of(index: usize, new: usize, old: usize) -> Self {
        let ratio = old as f32 / new as f32;
        let reach = ratio.max(1.0);
        let centre = (index as f32 + 0.5) * ratio - 0.5;
        let start = (centre - reach).ceil().max(0.0) as usize;
        let end = ((centre + reach).floor() as usize).min(old - 1);
        let mut weights: Vec<f32> =
            (start..=end).map(|source| 1.0 - ((source as f32 - centre) / reach).abs()).collect();
        let total: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= total);
        Self { start, weights }
    }
}

fn average(original: &Picture, column: &Span, row: &Span) -> Pixel {
    let mut sum = [0.0; 3];
    for (y, row_weight) in row.weights.iter().enumerate() {
        for (x, column_weight) in column.weights.iter().enumerate() {
            let pixel = original.at(column.start + x, row.start + y);
            for (part, value) in sum.iter_mut().zip(pixel) {
                *part += f32::from(value) * row_weight * column_weight;
            }
        }
    }
    sum.map(|part| (part + 0.5) as u8)
}

fn trimmed(original: &Picture, edge: Edge, percent: u32) -> Picture {
    let size = original.size();
    let cut = |side: u32| side * percent.min(90) / 100;
    let (across, down) = match edge {
        Edge::Left | Edge::Right => (cut(size.width()), 0),
        Edge::Top | Edge::Bottom => (0, cut(size.height())),
    };
    let (left, top) = match edge {
        Edge::Left => (across as usize, 0),
        Edge::Top => (0, down as usize),
        Edge::Right | Edge::Bottom => (0, 0),
    };
    let target = Size::clamped(size.width() - across, size.height() - down);
    Picture::painted(target, |x, y| original.at(x + left, y + top))
}

/// A stamp in the lower right corner, half see-through.
fn watermarked(original: &Picture) -> Picture {
    let (width, height) = original.size().sides();
    let stamp = lettering::stamp("LAKE CLUB");
    // A dot is a square of pixels, so that the stamp takes a quarter of the width at every size.
    let dot = (width / 4 / stamp.width).max(1);
    let left = width.saturating_sub(stamp.width * dot + width / 40);
    let top = height.saturating_sub(stamp.height * dot + height / 40);
    Picture::painted(original.size(), |x, y| {
        let pixel = original.at(x, y);
        let inked = x >= left && y >= top && stamp.inked((x - left) / dot, (y - top) / dot);
        if inked { pixel.map(|part| part / 2 + 120) } else { pixel }
    })
}

fn brightened(original: &Picture, by: i16) -> Picture {
    let lighter = |part: u8| (i16::from(part) + by).clamp(0, 255) as u8;
    Picture::painted(original.size(), |x, y| original.at(x, y).map(lighter))
}

/// A picture whose pixel `(x, y)` comes from where `source(x, y, width, height)` says, in the original's sides.
fn rearranged(
    original: &Picture,
    size: Size,
    source: impl Fn(usize, usize, usize, usize) -> (usize, usize),
) -> Picture {
    let (width, height) = original.size().sides();
    Picture::painted(size, |x, y| {
        let (x, y) = source(x, y, width, height);
        original.at(x, y)
    })
}
