//! Smooth noise: what makes ridges, clouds, rock and waves look grown and not drawn.
//!
//! What it is: value noise summed over octaves, in one dimension and two. What it is not: exact physics. Only addition,
//! multiplication and comparison are used, because sines and powers differ in their last bit between machines.

use crate::random::Random;

/// How a noise is made: the size of its largest features and how many finer layers follow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grain {
    /// Width of the largest features, in pixels.
    pub(crate) wide: f32,
    /// Height of the largest features, in pixels.
    pub(crate) high: f32,
    /// Number of layers, each half the size of the one before.
    pub(crate) octaves: u32,
    /// Strength of a layer relative to the one before; higher is rougher.
    pub(crate) roughness: f32,
}

/// A field of `width × height` values around zero, most of them between -1 and 1, row by row.
pub(crate) fn field(random: &mut Random, width: usize, height: usize, grain: Grain) -> Vec<f32> {
    let mut values = vec![0.0; width * height];
    let mut strength = 1.0;
    let (mut wide, mut high) = (grain.wide, grain.high);
    for _ in 0..grain.octaves {
        // A layer finer than a pixel would only be noise that resizing takes away again.
        if wide < 1.5 || high < 1.5 {
            break;
        }
        add_layer(random, &mut values, width, (wide, high), strength);
        (wide, high, strength) = (wide / 2.0, high / 2.0, strength * grain.roughness);
    }
    values
}

/// A line of `width` values around zero, most of them between -1 and 1.
pub(crate) fn line(random: &mut Random, width: usize, wide: f32, octaves: u32) -> Vec<f32> {
    field(random, width, 1, Grain { wide, high: f32::INFINITY, octaves, roughness: 0.5 })
}

fn add_layer(random: &mut Random, values: &mut [f32], width: usize, (wide, high): (f32, f32), strength: f32) {
    let cells = cells(width, wide);
    let mut node_row =
        || -> Vec<f32> { (0..=cells.len()).map(|_| random.between(-strength, strength)).collect() };
    let (mut above, mut below) = (node_row(), node_row());
    let mut blended = above.clone();
    let mut current = 0;
    for (y, mut row) in values.chunks_exact_mut(width).enumerate() {
        let (lattice_row, share) = place(y, high);
        while current < lattice_row {
            above = std::mem::replace(&mut below, node_row());
            current += 1;
        }
        for ((value, above), below) in blended.iter_mut().zip(&above).zip(&below) {
            *value = above + (below - above) * share;
        }
        // Cell by cell and not pixel by pixel: within a cell both ends stay, and the compiler does several at once.
        for (shares, ends) in cells.iter().zip(blended.windows(2)) {
            let (cell, rest) = row.split_at_mut(shares.len());
            let rise = ends[1] - ends[0];
            for (value, share) in cell.iter_mut().zip(shares) {
                *value += ends[0] + rise * share;
            }
            row = rest;
        }
    }
}

/// For each lattice cell along a row, the smoothed position of each of its pixels.
fn cells(width: usize, wide: f32) -> Vec<Vec<f32>> {
    let mut cells: Vec<Vec<f32>> = Vec::new();
    for x in 0..width {
        let (node, share) = place(x, wide);
        cells.resize(cells.len().max(node + 1), Vec::new());
        cells[node].push(share);
    }
    cells
}

/// The lattice node left of a pixel, and the smoothed share of the way to the next one.
fn place(pixel: usize, cell: f32) -> (usize, f32) {
    let position = pixel as f32 / cell;
    let node = position as usize;
    let share = position - node as f32;
    (node, share * share * (3.0 - 2.0 * share))
}
