//! Rows go in from top to bottom, a hash comes out; no image is held.

use super::axis::{Axis, SIDE};
use super::fold::Fold;
use super::{Layout, PdqResult, SMALLEST_SIDE, transform};

/// Hashes an image while its rows are decoded.
///
/// Only the rows that matter are asked for: at most 448 of them, whatever the height.
///
/// ```
/// use vigie_match::pdq::{Layout, Sampler};
///
/// let row = [7; 900];
/// let mut sampler = Sampler::new(900, 700, Layout::Luma);
/// while let Some(_index) = sampler.next_row() {
///     sampler.push(&row);
/// }
/// assert_eq!(sampler.finish().quality, 0);
/// ```
#[derive(Debug)]
pub struct Sampler {
    /// `None` for an image too small to be hashed.
    plan: Option<Plan>,
    pushed: usize,
}

#[derive(Debug)]
struct Plan {
    rows: Axis,
    /// Positions to pick from each row, or `None` where the row is used as it is.
    picks: Option<Vec<u32>>,
    picked: Vec<u8>,
    channels: usize,
    width: usize,
    fold: Fold,
    /// The first of the 64 rows that is not finished.
    open: usize,
    grid: Box<[[f32; SIDE]; SIDE]>,
}

impl Sampler {
    /// Prepares for an image of these sides in pixels.
    #[must_use]
    pub fn new(width: u32, height: u32, layout: Layout) -> Self {
        let hashable = width >= SMALLEST_SIDE && height >= SMALLEST_SIDE;
        Self { plan: hashable.then(|| Plan::new(width, height, layout)), pushed: 0 }
    }

    /// Which row (0 is the top) is to be pushed next; `None` when the hash needs no more.
    #[must_use]
    pub fn next_row(&self) -> Option<u32> {
        self.plan.as_ref()?.rows.kept.get(self.pushed).copied()
    }

    /// Takes the row that [`Self::next_row`] named. Calls beyond the last row change nothing.
    ///
    /// # Panics
    /// The row is shorter than the width says.
    pub fn push(&mut self, row: &[u8]) {
        if self.next_row().is_none() {
            return;
        }
        if let Some(plan) = &mut self.plan {
            plan.push(self.pushed, row);
            self.pushed += 1;
        }
    }

    /// Takes the row that [`Self::next_row`] named, whose pixels are looked up one by one: palettes and the like.
    /// `pixel` gets a column and writes the bytes of one pixel.
    pub fn push_with(&mut self, mut pixel: impl FnMut(usize, &mut [u8])) {
        if self.next_row().is_none() {
            return;
        }
        if let Some(plan) = &mut self.plan {
            plan.push_with(self.pushed, &mut pixel);
            self.pushed += 1;
        }
    }

    /// The hash. Rows that were never pushed count as black.
    #[must_use]
    pub fn finish(self) -> PdqResult {
        match self.plan {
            Some(plan) => transform::result(&plan.grid),
            None => PdqResult::too_small(),
        }
    }
}

impl Plan {
    fn new(width: u32, height: u32, layout: Layout) -> Self {
        let resized = width > 512 || height > 512;
        let rows = Axis::new(height, resized);
        let columns = Axis::new(width, resized);
        let channels = layout.channels();
        let fold = Fold::new(&columns, rows.overlap(), layout);
        Self {
            picked: vec![0; columns.kept.len() * channels],
            picks: (columns.kept.len() < width as usize).then_some(columns.kept),
            rows,
            channels,
            width: width as usize,
            fold,
            open: 0,
            grid: Box::new([[0.0; SIDE]; SIDE]),
        }
    }

    fn push(&mut self, index: usize, row: &[u8]) {
        let row = &row[..self.width * self.channels];
        let Some(picks) = &self.picks else {
            return self.add(index, Some(row));
        };
        match self.channels {
            1 => pick::<1>(picks, row, &mut self.picked),
            2 => pick::<2>(picks, row, &mut self.picked),
            3 => pick::<3>(picks, row, &mut self.picked),
            _ => pick::<4>(picks, row, &mut self.picked),
        }
        self.add(index, None);
    }

    fn push_with(&mut self, index: usize, pixel: &mut dyn FnMut(usize, &mut [u8])) {
        let columns = self.picked.chunks_exact_mut(self.channels);
        match &self.picks {
            Some(picks) => picks.iter().zip(columns).for_each(|(&column, to)| pixel(column as usize, to)),
            None => columns.enumerate().for_each(|(column, to)| pixel(column, to)),
        }
        self.add(index, None);
    }

    /// Adds kept row `index`, by default the picked one, to every output it counts in, and finishes those it ends.
    fn add(&mut self, index: usize, row: Option<&[u8]>) {
        let row = row.unwrap_or(&self.picked);
        let first = self.open;
        for (number, output) in self.rows.outputs.iter().enumerate().skip(first) {
            if output.start > index {
                break;
            }
            self.fold.add(number, row, output.weights[index - output.start], output.start == index);
            if output.end() == index + 1 {
                self.grid[number] = self.fold.finish(number, output.divisor);
                self.open = number + 1;
            }
        }
    }
}

fn pick<const CHANNELS: usize>(picks: &[u32], row: &[u8], into: &mut [u8]) {
    let pixels = row.as_chunks::<CHANNELS>().0;
    for (to, &column) in into.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(picks) {
        *to = pixels[column as usize];
    }
}
