//! Applies the weights: rows are added up as they come, and a finished sum is brought down to 64 samples.

use super::Layout;
use super::axis::{Output, SIDE};
use super::wide::{self, LANES};

/// Running sums over rows, one line for each output row that can be open at a time.
#[derive(Debug)]
pub(super) struct Fold {
    /// `lines` lines of `length` sums.
    sums: Vec<u16>,
    lines: usize,
    length: usize,
    /// One line as fractions, with some room behind it for weights that are zero.
    line: Vec<f32>,
    /// For each of the 64 columns, where its weights begin.
    starts: [usize; SIDE],
    /// For each of the 64 columns, what its weights add up to.
    divisors: [u16; SIDE],
    /// The weights of all columns, equally many for each, with the channels' weights multiplied in; padded with zeros.
    weights: Vec<f32>,
}

impl Fold {
    pub(super) fn new(width: u32, columns: &[Output], lines: usize, layout: Layout) -> Self {
        let channels = layout.channels();
        let reach = |output: &Output| (output.last() - output.start()) as usize + 1;
        let longest = columns.iter().map(reach).max().unwrap_or(1);
        let taps = (longest * channels).next_multiple_of(LANES);
        let mut weights = vec![0.0; SIDE * taps];
        for (output, into) in columns.iter().zip(weights.chunks_exact_mut(taps)) {
            for (position, weight) in &output.terms {
                let pixel = &mut into[(position - output.start()) as usize * channels..][..channels];
                for (to, part) in pixel.iter_mut().zip(layout.weights()) {
                    *to = f32::from(*weight) * part;
                }
            }
        }
        let length = width as usize * channels;
        Self {
            sums: vec![0; lines * length],
            lines,
            length,
            line: vec![0.0; length + taps],
            starts: std::array::from_fn(|column| columns[column].start() as usize * channels),
            divisors: std::array::from_fn(|column| columns[column].divisor),
            weights,
        }
    }

    /// Adds `weight` times the row to the sums of output row `number`, which begins anew where `first` is set.
    pub(super) fn add(&mut self, number: usize, row: &[u8], weight: u16, first: bool) {
        let line = &mut self.sums[number % self.lines * self.length..][..self.length];
        if first {
            wide::set(line, row, weight);
        } else {
            wide::add(line, row, weight);
        }
    }

    /// The 64 samples of output row `number`, whose weights add up to `divisor`.
    pub(super) fn finish(&mut self, number: usize, divisor: u16) -> [f32; SIDE] {
        let sums = &self.sums[number % self.lines * self.length..][..self.length];
        let products = wide::products(sums, &mut self.line, &self.starts, &self.weights);
        std::array::from_fn(|column| products[column] / f32::from(divisor * self.divisors[column]))
    }
}
