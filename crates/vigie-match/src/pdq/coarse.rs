//! A hash from the means of blocks of eight by eight pixels, where the pixels themselves are not known.
//!
//! The steps of the exact hash, with each pixel that it takes in guessed from the means around it: on a straight line
//! between the middles of the blocks. That keeps every weight in its place; giving a pixel the mean of its block
//! instead would shift the picture by as much as half a block. Detail within a block is lost, so the hash drifts from
//! the exact one, by a few bits for most pictures and without any bound for one that was built for it.

use super::axis::{self, Output};
use super::{PdqResult, transform};

/// Pixels along each side of a block.
pub const BLOCK: u32 = 8;

/// Hashes an image of `width`×`height` pixels by the means of its blocks, row by row from the top; blocks at the right
/// and lower edge count in full. `None` where there are not as many means as the sides demand, or no pixel at all.
#[must_use]
pub fn hash_means(means: &[f32], width: u32, height: u32) -> Option<PdqResult> {
    let (across, down) = (width.div_ceil(BLOCK) as usize, height.div_ceil(BLOCK) as usize);
    if means.is_empty() || means.len() != across * down {
        return None;
    }
    let resized = width > 512 || height > 512;
    let columns = shares(&axis::outputs(width, resized), across);
    let rows = shares(&axis::outputs(height, resized), down);
    let grid = std::array::from_fn(|row| {
        let mut line = vec![0.0; across];
        for (weight, means) in rows[row].of(means, across) {
            line.iter_mut().zip(means).for_each(|(sum, mean)| *sum += weight * mean);
        }
        std::array::from_fn(|column| {
            columns[column].of(&line, 1).map(|(weight, mean)| weight * mean[0]).sum()
        })
    });
    Some(transform::result(&grid))
}

/// What each block along an axis gives to one of the 64 samples; all of it together is 1.
struct Shares {
    first: usize,
    weights: Vec<f32>,
}

impl Shares {
    /// The weights, each with its part of what lies in parts of `length` along the axis.
    fn of<'a>(&'a self, values: &'a [f32], length: usize) -> impl Iterator<Item = (f32, &'a [f32])> {
        self.weights.iter().copied().zip(values[self.first * length..].chunks_exact(length))
    }
}

fn shares(outputs: &[Output], blocks: usize) -> Vec<Shares> {
    let middle = (BLOCK as f32 - 1.0) / 2.0;
    let of = |output: &Output| {
        let place = |position: u32| (position as f32 - middle) / BLOCK as f32;
        let block = |number: f32| number.clamp(0.0, (blocks - 1) as f32) as usize;
        let first = block(place(output.start()).floor() - 1.0);
        let mut weights = vec![0.0; block(place(output.last()).floor() + 2.0) - first + 1];
        for &(position, weight) in &output.terms {
            let (before, part) = (place(position).floor(), f32::from(weight) / f32::from(output.divisor));
            for (step, share) in curve(place(position) - before).into_iter().enumerate() {
                weights[block(before + step as f32 - 1.0) - first] += part * share;
            }
        }
        Shares { first, weights }
    };
    outputs.iter().map(of).collect()
}

/// What the four means around a place give to it, where it lies so far behind the second of them: the curve of Catmull
/// and Rom, which keeps more of the picture's detail than a straight line.
fn curve(part: f32) -> [f32; 4] {
    let (square, cube) = (part * part, part * part * part);
    [
        (-part + 2.0 * square - cube) / 2.0,
        (2.0 - 5.0 * square + 3.0 * cube) / 2.0,
        (part + 4.0 * square - 3.0 * cube) / 2.0,
        (cube - square) / 2.0,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdq::hash_luma;

    /// Soft waves: what lies within a block is nearly straight.
    fn soft(width: u32, height: u32) -> Vec<u8> {
        let wave =
            |x: f32, y: f32| (x * 9.1 + y * 3.3).sin() + (x * 2.3 - y * 12.7).cos() + (x * y * 31.0).sin();
        let rows = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        rows.map(|(x, y)| (128.0 + 40.0 * wave(x as f32 / width as f32, y as f32 / height as f32)) as u8)
            .collect()
    }

    fn means(pixels: &[u8], width: u32, height: u32) -> Vec<f32> {
        let pixel =
            |x: u32, y: u32| f32::from(pixels[(y.min(height - 1) * width + x.min(width - 1)) as usize]);
        let mean = |column: u32, row: u32| {
            let places =
                (0..BLOCK * BLOCK).map(|index| (column * BLOCK + index % BLOCK, row * BLOCK + index / BLOCK));
            places.map(|(x, y)| pixel(x, y)).sum::<f32>() / (BLOCK * BLOCK) as f32
        };
        let rows = (0..height.div_ceil(BLOCK))
            .flat_map(|row| (0..width.div_ceil(BLOCK)).map(move |column| (column, row)));
        rows.map(|(column, row)| mean(column, row)).collect()
    }

    #[test]
    fn a_soft_picture_hardly_drifts() {
        for (width, height) in [(512, 512), (513, 700), (1000, 517), (2049, 1300)] {
            let pixels = soft(width, height);
            let (exact, coarse) = (
                hash_luma(&pixels, width, height),
                hash_means(&means(&pixels, width, height), width, height).unwrap(),
            );
            let distance = coarse.hash.distance(&exact.hash);
            assert!(distance <= 4, "{width}×{height}: {distance} bits");
            assert!(coarse.quality.abs_diff(exact.quality) <= 4);
        }
    }

    #[test]
    fn every_sample_is_a_mean_of_blocks_that_there_are() {
        for length in [5_u32, 8, 64, 511, 512, 513, 4000, 65_535] {
            let blocks = length.div_ceil(BLOCK) as usize;
            for shares in shares(&axis::outputs(length, length > 512), blocks) {
                assert!(shares.first + shares.weights.len() <= blocks);
                assert!((shares.weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn too_few_means_are_no_picture() {
        assert!(hash_means(&[1.0; 63], 64, 64).is_none());
        assert!(hash_means(&[], 0, 0).is_none());
    }
}
