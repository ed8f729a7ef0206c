//! From the 64×64 image to the hash: quality, cosine transform, threshold at the median, dihedral variants.

use std::sync::LazyLock;

use super::axis::SIDE;
use super::wide;
use crate::Pdq;

/// Coefficients kept along each axis.
pub(super) const KEPT: usize = 16;
/// Cosine coefficients, the 16 lowest on each axis without the constant one.
pub(super) type Coefficients = [[f32; KEPT]; KEPT];

/// A bit is called unstable when the gap that decides it is smaller than this part of the coefficients' range. Two
/// orders of addition differ by about a millionth of it, by 7 at worst in the tests; of photographs about one in ten
/// has so small a gap.
const UNSTABLE_PART: f32 = 1e-5;
/// The rounding that coefficients of 8-bit images carry whatever their range: an image this flat is noise.
const ROUNDING: f32 = 1e-2;

/// The cosines by which the image is multiplied from both sides.
struct Basis {
    waves: [[f32; SIDE]; KEPT],
    turned: [[f32; KEPT]; SIDE],
}

static BASIS: LazyLock<Basis> = LazyLock::new(|| {
    let scale = (2.0 / SIDE as f64).sqrt();
    let cosine = |row: usize, column: usize| {
        let angle = std::f64::consts::PI / 128.0 * ((row + 1) * (2 * column + 1)) as f64;
        (scale * angle.cos()) as f32
    };
    Basis {
        waves: std::array::from_fn(|row| std::array::from_fn(|column| cosine(row, column))),
        turned: std::array::from_fn(|column| std::array::from_fn(|row| cosine(row, column))),
    }
});

/// A way to lay the image down: the four turns, and each after mirroring.
///
/// The names and their order are the reference's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is.
    Original,
    /// Turned by a quarter, against the clock.
    Rotate90,
    /// Turned by a half.
    Rotate180,
    /// Turned by three quarters.
    Rotate270,
    /// Top and bottom exchanged.
    FlipX,
    /// Left and right exchanged.
    FlipY,
    /// Mirrored on the main diagonal.
    FlipPlus1,
    /// Mirrored on the other diagonal.
    FlipMinus1,
}

impl Variant {
    /// All eight, in the order of [`PdqResult::dihedral`].
    pub const ALL: [Self; 8] = [
        Self::Original,
        Self::Rotate90,
        Self::Rotate180,
        Self::Rotate270,
        Self::FlipX,
        Self::FlipY,
        Self::FlipPlus1,
        Self::FlipMinus1,
    ];

    fn apply(self, from: &Coefficients) -> Coefficients {
        let value = |row: usize, column: usize, flipped: bool| {
            let value = from[row][column];
            if flipped { -value } else { value }
        };
        let even = |index: usize| index.is_multiple_of(2);
        std::array::from_fn(|row| {
            std::array::from_fn(|column| match self {
                Self::Original => value(row, column, false),
                Self::Rotate90 => value(column, row, even(row)),
                Self::Rotate180 => value(row, column, !even(row + column)),
                Self::Rotate270 => value(column, row, even(column)),
                Self::FlipX => value(row, column, even(row)),
                Self::FlipY => value(row, column, even(column)),
                Self::FlipPlus1 => value(column, row, false),
                Self::FlipMinus1 => value(column, row, !even(row + column)),
            })
        })
    }
}

/// What one image hashes to.
#[derive(Debug, Clone)]
pub struct PdqResult {
    /// The hash. Below [`QUALITY_FLOOR`](super::QUALITY_FLOOR) it is not to be matched.
    pub hash: Pdq,
    /// How much structure there is to hash, 0 to 100.
    pub quality: u8,
    /// False where a bit hangs on rounding: another exact implementation may set it otherwise.
    pub stable: bool,
    coefficients: Coefficients,
}

impl PdqResult {
    pub(super) fn too_small() -> Self {
        Self { hash: Pdq([0; 32]), quality: 0, stable: true, coefficients: [[0.0; KEPT]; KEPT] }
    }

    /// The hashes of the image in all eight positions, in the order of [`Variant::ALL`].
    #[must_use]
    pub fn dihedral(&self) -> [Pdq; 8] {
        Variant::ALL.map(|variant| {
            let turned = variant.apply(&self.coefficients);
            threshold(&turned, Middle::of(&turned).median)
        })
    }
}

/// The result for the decimated image.
pub(super) fn result(grid: &[[f32; SIDE]; SIDE]) -> PdqResult {
    let coefficients = wide::transform(grid, &BASIS.waves, &BASIS.turned);
    let middle = Middle::of(&coefficients);
    PdqResult {
        hash: threshold(&coefficients, middle.median),
        quality: quality(grid),
        stable: middle.gap > ROUNDING.max(UNSTABLE_PART * middle.range),
        coefficients,
    }
}

/// The sum of the steps between neighbours, each in whole hundredths of the range of a byte.
fn quality(grid: &[[f32; SIDE]; SIDE]) -> u8 {
    let steps = |left: &[f32], right: &[f32]| -> i32 {
        let step = |(left, right): (&f32, &f32)| (((left - right) * 100.0 / 255.0) as i32).abs();
        left.iter().zip(right).map(step).sum()
    };
    let down: i32 = grid.windows(2).map(|rows| steps(&rows[0], &rows[1])).sum();
    let across: i32 = grid.iter().map(|row| steps(&row[..SIDE - 1], &row[1..])).sum();
    let sum = down + across;
    u8::try_from((sum / 90).min(100)).expect("capped at 100")
}

/// Where the coefficients part into those whose bit is set and the rest.
struct Middle {
    /// The 128th of the 256, in ascending order: the reference's lower median.
    median: f32,
    /// From the median up to the next.
    gap: f32,
    /// From the smallest to the largest.
    range: f32,
}

impl Middle {
    fn of(coefficients: &Coefficients) -> Self {
        let mut sorted = *coefficients;
        let all = sorted.as_flattened_mut();
        let (below, median, above) = all.select_nth_unstable_by(KEPT * KEPT / 2 - 1, f32::total_cmp);
        let least = |values: &[f32]| values.iter().copied().fold(f32::INFINITY, f32::min);
        let next = least(above);
        let most = above.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        Self { median: *median, gap: next - *median, range: most - least(below) }
    }
}

/// Bit `16·row + column`, counted from the least significant, says whether the coefficient exceeds the median.
fn threshold(coefficients: &Coefficients, median: f32) -> Pdq {
    let mut hash = [0; 32];
    for (bit, _) in coefficients.as_flattened().iter().enumerate().filter(|(_, value)| **value > median) {
        hash[31 - bit / 8] |= 1 << (bit % 8);
    }
    Pdq(hash)
}
