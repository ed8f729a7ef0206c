//! The weights by which one axis of an image is brought down to 64 samples.
//!
//! Everything the reference does along an axis is a weighted mean over neighbouring pixels, and the weights depend on
//! the length of the axis only. They are whole numbers over a common divisor, so sums of bytes are exact and an area of one colour keeps exactly that colour.

/// Samples along each side of the decimated image.
pub(super) const SIDE: usize = 64;
/// The reference brings an image with a longer side to this many pixels on both axes.
const RESIZED: usize = 512;
/// One box pass spans one pixel for every so many of the axis, rounded up.
const WINDOW_DIVISOR: usize = 128;

/// How one of the 64 samples is made: the sum of `weight / divisor` of the pixels at its positions.
#[derive(Debug)]
pub(super) struct Output {
    /// Position in the image and weight, by position; there is at least one.
    pub(super) terms: Vec<(u32, u16)>,
    /// What the weights add up to: at most 48, so that weighted sums of bytes fit 16 bits.
    pub(super) divisor: u16,
}

impl Output {
    /// The first position that counts.
    pub(super) fn start(&self) -> u32 {
        self.terms.first().map_or(0, |term| term.0)
    }

    /// The last position that counts.
    pub(super) fn last(&self) -> u32 {
        self.terms.last().map_or(0, |term| term.0)
    }

    /// The sample of number `index` (0 to 63) on an axis of `length` pixels that becomes `reach` pixels first.
    fn new(index: usize, length: u64, reach: usize) -> Self {
        // (index + 0.5) * reach / 64, rounded down: where the reference decimates.
        let outer = window((2 * index + 1) * reach / (2 * SIDE), reach);
        let common =
            outer.clone().fold(1, |common, position| least_common(common, window(position, reach).len()));
        let divisor = common * outer.len();
        let mut terms: Vec<(u32, u16)> = Vec::new();
        let inner = outer.flat_map(|position| {
            let inner = window(position, reach);
            let weight = common / inner.len();
            inner.map(move |position| (position, weight))
        });
        for (position, weight) in inner {
            // Nearest neighbour: several positions after the resize can be one pixel of the image.
            let source = (position as u64 * length / reach as u64) as u32;
            match terms.iter_mut().find(|term| term.0 == source) {
                Some(term) => term.1 += weight as u16,
                None => terms.push((source, weight as u16)),
            }
        }
        terms.sort_unstable();
        Self { terms, divisor: divisor as u16 }
    }
}

/// The 64 outputs of an axis of `length` pixels (at least 1), where `resized` says that the image exceeds 512 pixels on
/// one of its axes. Their first and last positions ascend.
pub(super) fn outputs(length: u32, resized: bool) -> Vec<Output> {
    let reach = if resized { RESIZED } else { length as usize };
    (0..SIDE).map(|index| Output::new(index, length.into(), reach)).collect()
}

/// The positions whose mean the box pass of the reference writes at `position`. For an even window it lies half a
/// pixel after the position, as in the reference.
pub(super) fn window(position: usize, reach: usize) -> std::ops::Range<usize> {
    let length = reach.div_ceil(WINDOW_DIVISOR);
    let half = (length + 2) / 2;
    position.saturating_sub(length - half)..(position + half).min(reach)
}

/// The least common multiple.
fn least_common(left: usize, right: usize) -> usize {
    let (mut divisor, mut rest) = (left, right);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    left / divisor * right
}
