//! The weights by which one axis of an image is brought down to 64 samples.
//!
//! Everything the reference does along an axis is a weighted mean over neighbouring pixels, and the weights depend on
//! the length of the axis only. They are whole numbers over a common divisor, so sums of bytes stay exact in `f32`
//! and an area of one colour keeps exactly that colour.

/// Samples along each side of the decimated image.
pub(super) const SIDE: usize = 64;
/// The reference brings an image with a longer side to this many pixels on both axes.
const RESIZED: usize = 512;
/// One box pass spans one pixel for every so many of the axis, rounded up.
const WINDOW_DIVISOR: usize = 128;

/// How one of the 64 samples is made: `weights[k] / divisor` of kept pixel `start + k`.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) start: usize,
    pub(super) weights: Vec<f32>,
    pub(super) divisor: f32,
}

impl Output {
    /// Index of the kept pixel after the last that counts.
    pub(super) fn end(&self) -> usize {
        self.start + self.weights.len()
    }
}

/// The plan for one axis.
#[derive(Debug)]
pub(super) struct Axis {
    /// Positions in the image that matter, ascending. The outputs count in these.
    pub(super) kept: Vec<u32>,
    /// One for each of the 64 samples; starts and ends ascend.
    pub(super) outputs: Vec<Output>,
}

impl Axis {
    /// The plan for an axis of `length` pixels (at least 1), where `resized` says that the image exceeds 512 pixels on
    /// one of its axes.
    pub(super) fn new(length: u32, resized: bool) -> Self {
        let length = length as usize;
        let reach = if resized { RESIZED } else { length };
        let source = |position: usize| position * length / reach;
        let sums: Vec<Sum> = (0..SIDE).map(|index| Sum::new(index, reach)).collect();

        let mut used = vec![false; length];
        for sum in &sums {
            for (position, _) in sum.terms() {
                used[source(position)] = true;
            }
        }
        let mut place = vec![0; length];
        let mut kept = Vec::with_capacity(length.min(RESIZED));
        for position in (0..length).filter(|&position| used[position]) {
            place[position] = kept.len();
            kept.push(u32::try_from(position).expect("the length was a u32"));
        }
        let outputs = sums.iter().map(|sum| sum.output(|position| place[source(position)])).collect();
        Self { kept, outputs }
    }

    /// How many outputs one kept pixel can contribute to.
    pub(super) fn overlap(&self) -> usize {
        let open_at = |index: usize| {
            let start = self.outputs[index].start;
            self.outputs[..=index].iter().rev().take_while(|earlier| earlier.end() > start).count()
        };
        (0..SIDE).map(open_at).max().unwrap_or(1)
    }
}

/// Two box passes at one position, as whole-number weights over positions `start..`.
struct Sum {
    start: usize,
    weights: Vec<u32>,
    divisor: u32,
}

impl Sum {
    /// The sample of number `index` (0 to 63) on an axis that is `reach` long after resizing.
    fn new(index: usize, reach: usize) -> Self {
        // (index + 0.5) * reach / 64, rounded down: where the reference decimates.
        let outer = window((2 * index + 1) * reach / (2 * SIDE), reach);
        let inner: Vec<_> = outer.clone().map(|position| window(position, reach)).collect();
        let start = inner[0].start;
        let common = inner.iter().fold(1, |common, range| lowest_common_multiple(common, range.len()));
        let mut weights = vec![0; inner[inner.len() - 1].end - start];
        for range in &inner {
            let weight = u32::try_from(common / range.len()).expect("windows are short");
            for position in range.clone() {
                weights[position - start] += weight;
            }
        }
        let divisor = u32::try_from(common * inner.len()).expect("windows are short");
        Self { start, weights, divisor }
    }

    fn terms(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.weights.iter().enumerate().map(|(offset, &weight)| (self.start + offset, weight))
    }

    fn output(&self, place: impl Fn(usize) -> usize) -> Output {
        let start = place(self.start);
        let end = place(self.start + self.weights.len() - 1) + 1;
        let mut weights = vec![0.0; end - start];
        for (position, weight) in self.terms() {
            weights[place(position) - start] += weight as f32;
        }
        Output { start, weights, divisor: self.divisor as f32 }
    }
}

/// The positions whose mean the box pass of the reference writes at `position`. For an even window it lies half a
/// pixel after the position, as in the reference.
fn window(position: usize, reach: usize) -> std::ops::Range<usize> {
    let length = reach.div_ceil(WINDOW_DIVISOR);
    let half = (length + 2) / 2;
    position.saturating_sub(length - half)..(position + half).min(reach)
}

fn lowest_common_multiple(left: usize, right: usize) -> usize {
    let (mut divisor, mut rest) = (left, right);
    while rest != 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    left / divisor * right
}
