//! The hash of a whole frame, without the reference's resize to 512×512: what vPDQ computes.
//!
//! [`Sampler`](super::Sampler) leaves out most rows of a large picture, as the reference's picture hasher does. vPDQ
//! gives every pixel its weight, so every row is wanted here. The weights are fractions: over a whole frame they have
//! no small common divisor. The tables depend on the sides alone and serve every frame of a video.

use super::axis::{self, SIDE};
use super::wide::{self, LANES};
use super::{Layout, PdqResult, SMALLEST_SIDE, transform};

/// Hashes frame after frame of the same sides; rows go in from top to bottom and no frame is held.
///
/// ```
/// use vigie_match::pdq::{Layout, WholeFrame};
///
/// let mut frame = WholeFrame::new(900, 700, Layout::Rgb);
/// (0..700).for_each(|_| frame.push(&[7; 2700]));
/// assert_eq!(frame.finish().quality, 0);
/// ```
#[derive(Debug)]
pub struct WholeFrame {
    row_bytes: usize,
    next: u32,
    rows: Vec<Span>,
    /// The outputs before this one are finished.
    finished: usize,
    /// `open` lines of sums and, behind the last, room for weights that are zero.
    sums: Vec<f32>,
    open: usize,
    starts: [usize; SIDE],
    /// Equally many for each column, with the channels' weights multiplied in; padded with zeros.
    weights: Vec<f32>,
    grid: Box<[[f32; SIDE]; SIDE]>,
}

/// Neighbouring positions with their weights, which add up to one.
#[derive(Debug)]
struct Span {
    start: u32,
    weights: Vec<f32>,
}

impl Span {
    fn end(&self) -> u32 {
        self.start + self.weights.len() as u32
    }
}

impl WholeFrame {
    /// Prepares for frames of these sides in pixels.
    #[must_use]
    pub fn new(width: u32, height: u32, layout: Layout) -> Self {
        let channels = layout.channels();
        let hashable = width.min(height) >= SMALLEST_SIDE;
        let (columns, rows) = if hashable { (spans(width), spans(height)) } else { (vec![], vec![]) };
        let taps = columns.iter().map(|span| span.weights.len() * channels).max().unwrap_or(0);
        let taps = taps.next_multiple_of(LANES);
        let mut weights = vec![0.0; SIDE * taps];
        for (span, into) in columns.iter().zip(weights.chunks_exact_mut(taps.max(1))) {
            let each =
                span.weights.iter().flat_map(|weight| layout.weights().iter().map(move |part| weight * part));
            into.iter_mut().zip(each).for_each(|(to, weight)| *to = weight);
        }
        let open = (0..rows.len())
            .map(|at| rows[at..].iter().take_while(|later| later.start < rows[at].end()).count())
            .max()
            .unwrap_or(0);
        let row_bytes = width as usize * channels;
        Self {
            row_bytes,
            next: 0,
            finished: 0,
            sums: vec![0.0; open * row_bytes + taps],
            open,
            starts: std::array::from_fn(|at| {
                columns.get(at).map_or(0, |span| span.start as usize * channels)
            }),
            rows,
            weights,
            grid: Box::new([[0.0; SIDE]; SIDE]),
        }
    }

    /// Takes the next row. Rows behind the last that counts change nothing.
    ///
    /// # Panics
    /// The row is shorter than the width says.
    pub fn push(&mut self, row: &[u8]) {
        let row = &row[..self.row_bytes];
        for number in self.finished..self.rows.len() {
            let span = &self.rows[number];
            let Some(place) = self.next.checked_sub(span.start) else { break };
            let Some(weight) = span.weights.get(place as usize) else { continue };
            let line = number % self.open * self.row_bytes;
            let sums = &mut self.sums[line..line + self.row_bytes];
            if place == 0 {
                sums.fill(0.0);
            }
            wide::add_part(sums, row, *weight);
            if self.next + 1 == span.end() {
                self.grid[number] = wide::fractions(&self.sums[line..], &self.starts, &self.weights);
                self.finished = number + 1;
            }
        }
        self.next += 1;
    }

    /// The hash, ready for the next frame. Rows that were never pushed count as black.
    pub fn finish(&mut self) -> PdqResult {
        self.grid[self.finished..].fill([0.0; SIDE]);
        (self.next, self.finished) = (0, 0);
        if self.rows.is_empty() {
            return PdqResult::too_small();
        }
        transform::result(&self.grid)
    }
}

/// The 64 spans of an axis.
fn spans(length: u32) -> Vec<Span> {
    let reach = length as usize;
    let span = |index: usize| {
        let outer = axis::window((2 * index + 1) * reach / (2 * SIDE), reach);
        let windows: Vec<_> = outer.map(|position| axis::window(position, reach)).collect();
        let start = windows.iter().map(|window| window.start).min().unwrap_or(0);
        let end = windows.iter().map(|window| window.end).max().unwrap_or(0);
        let mut weights = vec![0.0_f64; end - start];
        for window in &windows {
            let weight = 1.0 / (windows.len() * window.len()) as f64;
            weights[window.start - start..window.end - start].iter_mut().for_each(|sum| *sum += weight);
        }
        Span { start: start as u32, weights: weights.into_iter().map(|weight| weight as f32).collect() }
    };
    (0..SIDE).map(span).collect()
}
