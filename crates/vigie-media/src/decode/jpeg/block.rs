//! Blocks of eight by eight: from coefficients to the rows that are wanted.
//!
//! The inverse transform is done in two steps, each as a plain sum over what is not zero: as coefficients come out of
//! the data, each is spread over the eight columns of its row of frequencies; when a row of pixels is wanted, the rows
//! of frequencies are added up for it. Most blocks have few coefficients, and of a large picture few rows are wanted.

use std::sync::LazyLock;

use super::bits::Bits;
use super::headers::Component;
use super::huffman::Table;
use super::luma::bits_of;

/// Pixels on a side.
pub(super) const SIDE: usize = 8;

/// A row of eight pixels, or of eight sums on the way there: one wide register.
#[derive(Clone, Copy, Default)]
#[repr(align(32))]
pub(super) struct Row(pub(super) [f32; SIDE]);

impl Row {
    /// This and `by` times the other.
    #[inline(always)]
    fn plus(mut self, by: f32, other: Self) -> Self {
        for place in 0..SIDE {
            self.0[place] += by * other.0[place];
        }
        self
    }

    /// Its first or second half, each of it twice.
    #[inline(always)]
    pub(super) fn half(&self, number: usize) -> Self {
        Self(std::array::from_fn(|place| self.0[(number & 1) * SIDE / 2 + place / 2]))
    }
}

/// For each coefficient in the order of the file, its place in the block: row times eight plus column.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// For each frequency, the eight values of its wave.
static WAVES: LazyLock<[Row; SIDE]> = LazyLock::new(|| {
    std::array::from_fn(|frequency| {
        let size = if frequency == 0 { (1.0 / 8.0_f64).sqrt() } else { 0.5 };
        let wave = |place: usize| (std::f64::consts::PI / 16.0 * (frequency * (2 * place + 1)) as f64).cos();
        Row(std::array::from_fn(|place| (size * wave(place)) as f32))
    })
});

/// What turns the numbers of one component into rows: its quantisation, with the waves multiplied in.
pub(super) struct Spread {
    /// In the order of the file.
    steps: [Step; 64],
    /// For each frequency down, what a row of pixels takes of it.
    waves: [Row; SIDE],
}

/// What one step of a coefficient does.
#[derive(Clone, Copy)]
struct Step {
    /// What it adds to the eight columns.
    columns: Row,
    /// The most that it adds to any pixel.
    most: f32,
    /// Its frequency down.
    row: u32,
}

impl Spread {
    pub(super) fn new(component: &Component) -> Self {
        let waves = *WAVES;
        let largest =
            |frequency: usize| waves[frequency].0.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        let step = |index: usize| {
            let (down, across) = (usize::from(ZIGZAG[index]) / SIDE, usize::from(ZIGZAG[index]) % SIDE);
            let size = f32::from(component.quantisation[index]);
            Step {
                columns: Row::default().plus(size, waves[across]),
                most: size * largest(down) * largest(across),
                row: down as u32,
            }
        };
        Self { steps: std::array::from_fn(step), waves }
    }
}

/// A block on its way.
#[derive(Clone, Default)]
pub(super) struct Block {
    /// For each frequency down, the sums over frequencies across.
    sums: [Row; SIDE],
    /// A bit for each frequency down that is not zero.
    used: u32,
    /// No pixel is further from the middle than this.
    pub(super) reach: f32,
}

impl Block {
    /// Reads the next block. `before` is the constant coefficient of the block before it in its component.
    #[inline(always)]
    pub(super) fn read(
        &mut self,
        bits: &mut Bits<'_>,
        (dc_table, ac_table): (&Table, &Table),
        spread: &Spread,
        before: &mut i32,
    ) {
        *before = before.wrapping_add(dc_table.difference(bits));
        self.sums = [Row::default(); SIDE];
        let (mut used, mut reach) = (0, 0.0);
        self.add(spread, 0, *before as f32, &mut used, &mut reach);
        let mut index = 1;
        while index < 64 {
            bits.refill();
            let next = ac_table.coefficient(bits);
            index += usize::from(next.skip);
            if next.value != 0 {
                self.add(spread, index, f32::from(next.value), &mut used, &mut reach);
                index += 1;
            }
        }
        (self.used, self.reach) = (used, reach);
    }

    #[inline(always)]
    fn add(&mut self, spread: &Spread, index: usize, value: f32, used: &mut u32, reach: &mut f32) {
        // A run beyond the last coefficient breaks the rules; it lands on some coefficient.
        let step = &spread.steps[index & 63];
        let row = (step.row & 7) as usize;
        self.sums[row] = self.sums[row].plus(value, step.columns);
        *used |= 1 << row;
        *reach += value.abs() * step.most;
    }

    /// One row of pixels, around zero.
    #[inline(always)]
    pub(super) fn row(&self, spread: &Spread, row: usize) -> Row {
        bits_of(self.used).fold(Row::default(), |pixels, frequency| {
            pixels.plus(spread.waves[frequency].0[row], self.sums[frequency])
        })
    }

    /// All rows of pixels, around zero.
    #[inline(always)]
    pub(super) fn rows(&self, spread: &Spread) -> [Row; SIDE] {
        let mut pixels = [Row::default(); SIDE];
        for frequency in bits_of(self.used) {
            let (wave, sum) = (spread.waves[frequency], self.sums[frequency]);
            for (pixels, wave) in pixels.iter_mut().zip(wave.0) {
                *pixels = pixels.plus(wave, sum);
            }
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_equals_the_definition_of_the_transform() {
        let component = Component {
            across: 1,
            down: 1,
            quantisation: std::array::from_fn(|index| index as u16 + 3),
            dc_table: 0,
            ac_table: 0,
        };
        let spread = Spread::new(&component);
        let numbers = [(0, -31.0), (1, 4.0), (2, -3.0), (7, 2.0), (24, 1.0), (63, -1.0)];
        let mut block = Block::default();
        let (mut used, mut reach) = (0, 0.0);
        numbers.iter().for_each(|&(index, number)| block.add(&spread, index, number, &mut used, &mut reach));
        (block.used, block.reach) = (used, reach);

        let half = |frequency: usize| if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let angle = |frequency: usize, place: usize| {
            (std::f64::consts::PI / 16.0 * (frequency * (2 * place + 1)) as f64).cos()
        };
        for row in 0..SIDE {
            for column in 0..SIDE {
                let expected: f64 = numbers
                    .iter()
                    .map(|&(index, number)| {
                        let (down, across) = (usize::from(ZIGZAG[index]) / 8, usize::from(ZIGZAG[index]) % 8);
                        let size = f64::from(number) * f64::from(component.quantisation[index]) / 4.0;
                        size * half(down) * half(across) * angle(down, row) * angle(across, column)
                    })
                    .sum();
                let found = block.row(&spread, row).0[column];
                assert!((f64::from(found) - expected).abs() < 1e-3, "{row} {column}: {found} for {expected}");
                assert_eq!(found.to_bits(), block.rows(&spread)[row].0[column].to_bits());
                assert!(f64::from(block.reach) >= expected.abs());
            }
        }
    }

    #[test]
    fn the_zigzag_meets_every_place_once() {
        let mut places = ZIGZAG.to_vec();
        places.sort_unstable();
        assert_eq!(places, (0..64).collect::<Vec<u8>>());
    }
}
