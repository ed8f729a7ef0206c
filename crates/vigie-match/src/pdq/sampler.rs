//! Rows go in from top to bottom, a hash comes out; no image is held.

use super::axis::{self, Output, SIDE};
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
}

#[derive(Debug)]
struct Plan {
    /// What each row is for, by row and then by output.
    uses: Vec<Use>,
    /// How many of them are done.
    done: usize,
    row_bytes: usize,
    fold: Fold,
    grid: Box<[[f32; SIDE]; SIDE]>,
}

/// One row of the image counts in one row of the 64.
#[derive(Debug)]
struct Use {
    row: u32,
    output: usize,
    weight: u16,
    /// Whether it is the first row of that output.
    first: bool,
    /// Where it is the last one: what the weights of that output add up to.
    last: Option<u16>,
}

impl Sampler {
    /// Prepares for an image of these sides in pixels.
    #[must_use]
    pub fn new(width: u32, height: u32, layout: Layout) -> Self {
        let hashable = width >= SMALLEST_SIDE && height >= SMALLEST_SIDE;
        Self { plan: hashable.then(|| Plan::new(width, height, layout)) }
    }

    /// Which row (0 is the top) is to be pushed next; `None` when the hash needs no more.
    #[must_use]
    pub fn next_row(&self) -> Option<u32> {
        let plan = self.plan.as_ref()?;
        plan.uses.get(plan.done).map(|next| next.row)
    }

    /// Whether a row not yet pushed counts.
    #[must_use]
    pub fn wants_row(&self, row: u32) -> bool {
        let uses = self.plan.as_ref().map_or(&[][..], |plan| &plan.uses[plan.done..]);
        uses.binary_search_by_key(&row, |part| part.row).is_ok()
    }

    /// Takes the row that [`Self::next_row`] named. Calls beyond the last row change nothing.
    ///
    /// # Panics
    /// The row is shorter than the width says.
    pub fn push(&mut self, row: &[u8]) {
        let Some(index) = self.next_row() else { return };
        if let Some(plan) = &mut self.plan {
            plan.push(index, row);
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
        let rows = axis::outputs(height, resized);
        Self {
            uses: uses(&rows),
            done: 0,
            row_bytes: width as usize * layout.channels(),
            fold: Fold::new(width, &axis::outputs(width, resized), overlap(&rows), layout),
            grid: Box::new([[0.0; SIDE]; SIDE]),
        }
    }

    fn push(&mut self, index: u32, row: &[u8]) {
        let row = &row[..self.row_bytes];
        for Use { output, weight, first, last, .. } in
            self.uses[self.done..].iter().take_while(|part| part.row == index)
        {
            self.fold.add(*output, row, *weight, *first);
            if let Some(divisor) = last {
                self.grid[*output] = self.fold.finish(*output, *divisor);
            }
            self.done += 1;
        }
    }
}

fn uses(rows: &[Output]) -> Vec<Use> {
    let of = |(output, part): (usize, &Output)| {
        let (start, last, divisor) = (part.start(), part.last(), part.divisor);
        let uses = part.terms.iter().map(move |&(row, weight)| Use {
            row,
            output,
            weight,
            first: row == start,
            last: (row == last).then_some(divisor),
        });
        uses.collect::<Vec<_>>()
    };
    let mut uses: Vec<Use> = rows.iter().enumerate().flat_map(of).collect();
    uses.sort_by_key(|part| (part.row, part.output));
    uses
}

/// How many outputs are unfinished at a time, at most.
fn overlap(rows: &[Output]) -> usize {
    let open_at = |index: usize| {
        let start = rows[index].start();
        rows[..=index].iter().rev().take_while(|earlier| earlier.last() >= start).count()
    };
    (0..rows.len()).map(open_at).max().unwrap_or(1)
}
