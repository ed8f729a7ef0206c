//! Applies the weights: rows are added up as they come, and a finished sum is brought down to 64 samples.

use super::Layout;
use super::axis::{Axis, SIDE};
use super::wide::{self, LANES};

/// Running sums over rows, one line for each output row that can be open at a time.
#[derive(Debug)]
pub(super) struct Fold {
    /// `lines` lines of `length` sums and some padding.
    sums: Vec<f32>,
    lines: usize,
    length: usize,
    stride: usize,
    columns: Vec<Column>,
    /// The weights of all columns, `taps` for each, with the channels' weights multiplied in; padded with zeros.
    weights: Vec<f32>,
    taps: usize,
}

#[derive(Debug)]
struct Column {
    start: usize,
    divisor: f32,
}

impl Fold {
    pub(super) fn new(axis: &Axis, lines: usize, layout: Layout) -> Self {
        let channels = layout.channels();
        let longest = axis.outputs.iter().map(|output| output.weights.len()).max().unwrap_or(1);
        let taps = (longest * channels).next_multiple_of(LANES);
        let mut weights = vec![0.0; SIDE * taps];
        for (output, into) in axis.outputs.iter().zip(weights.chunks_exact_mut(taps)) {
            let products = output
                .weights
                .iter()
                .flat_map(|weight| layout.weights().iter().map(move |part| weight * part));
            into.iter_mut().zip(products).for_each(|(to, product)| *to = product);
        }
        let columns = axis
            .outputs
            .iter()
            .map(|output| Column { start: output.start * channels, divisor: output.divisor })
            .collect();
        let length = axis.kept.len() * channels;
        let stride = length + taps;
        Self { sums: vec![0.0; lines * stride], lines, length, stride, columns, weights, taps }
    }

    /// Adds `weight` times the row to the sums of output row `number`, which begins anew where `first` is set.
    pub(super) fn add(&mut self, number: usize, row: &[u8], weight: f32, first: bool) {
        let line = &mut self.sums[number % self.lines * self.stride..][..self.length];
        if first {
            wide::set(line, row, weight);
        } else {
            wide::add(line, row, weight);
        }
    }

    /// The 64 samples of output row `number`, whose weights add up to `divisor`.
    pub(super) fn finish(&self, number: usize, divisor: f32) -> [f32; SIDE] {
        let line = &self.sums[number % self.lines * self.stride..][..self.stride];
        let mut samples = [0.0; SIDE];
        for ((sample, column), weights) in
            samples.iter_mut().zip(&self.columns).zip(self.weights.chunks_exact(self.taps))
        {
            let sum = wide::dot(&line[column.start..][..self.taps], weights);
            *sample = sum / (divisor * column.divisor);
        }
        samples
    }
}
