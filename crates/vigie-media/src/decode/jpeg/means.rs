//! The means of the blocks of a JPEG file: the constant coefficients, everything else skipped.
//!
//! For the first pass (see [`crate::examine`]). As the exact decoder does, it brings colours into range that a screen
//! cannot show, here those of whole blocks. What breaks a rule is not read at all: the exact decoder has the last word.

use super::bits::Bits;
use super::block::SIDE;
use super::headers::Headers;
use super::huffman::{Jumps, Table};
use super::luma::shown;
use super::wide;

/// What one step of a constant coefficient adds to the mean of its block, divided by its quantisation.
const STEP: f32 = 1.0 / SIDE as f32;

/// The luminance of a picture, one mean for each block of eight by eight pixels.
#[derive(Debug)]
pub(crate) struct Means {
    /// Pixels.
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// From left to right and down.
    pub(crate) values: Vec<f32>,
}

/// `None` where the data ends or breaks.
pub(super) fn read(headers: &Headers<'_>) -> Option<Means> {
    let mut walk = Walk::new(headers)?;
    let mut values = Vec::with_capacity(walk.across_all * walk.down_all);
    let down = headers.unit().1;
    for line in 0..usize::from(headers.height).div_ceil(SIDE * down) {
        if !wide::walk_line(&mut walk, headers) {
            return None;
        }
        let rows = (walk.down_all - line * down).min(down);
        values.extend(walk.line.chunks(walk.stride).take(rows).flat_map(|row| &row[..walk.across_all]));
    }
    Some(Means { width: headers.width.into(), height: headers.height.into(), values })
}

/// The state of walking through a scan.
pub(super) struct Walk<'a> {
    bits: Bits<'a>,
    /// One for each component.
    steps: Vec<Step<'a>>,
    units: usize,
    units_done: u32,
    /// Blocks of the picture, across and down.
    across_all: usize,
    down_all: usize,
    /// The means of one line of units, and from one of its rows to the next.
    line: Vec<f32>,
    stride: usize,
}

/// What a component needs.
struct Step<'a> {
    dc_table: &'a Table,
    /// `None` where the scan has the constants alone.
    rest: Option<Jumps<'a>>,
    /// From the number in the file to the mean.
    size: f32,
    before: i32,
}

impl<'a> Walk<'a> {
    fn new(headers: &'a Headers<'a>) -> Option<Self> {
        let (across, down) = headers.unit();
        let units = usize::from(headers.width).div_ceil(SIDE * across);
        let low = headers.constants_alone;
        let step = |component: &super::headers::Component| {
            let ac_table = headers.ac_tables.get(component.ac_table).and_then(Option::as_ref);
            Some(Step {
                dc_table: headers.dc_tables.get(component.dc_table)?.as_ref()?,
                rest: if low.is_some() { None } else { Some(Jumps::new(ac_table?)) },
                size: STEP * f32::from(component.quantisation[0]) * (1_u32 << low.unwrap_or(0)) as f32,
                before: 0,
            })
        };
        Some(Self {
            bits: Bits::new(headers.data),
            steps: headers.components.iter().map(step).collect::<Option<_>>()?,
            units,
            units_done: 0,
            across_all: usize::from(headers.width).div_ceil(SIDE),
            down_all: usize::from(headers.height).div_ceil(SIDE),
            line: vec![0.0; units * across * down],
            stride: units * across,
        })
    }

    /// Reads one line of units; false where the data ends or breaks.
    #[inline(always)]
    pub(super) fn walk_line(&mut self, headers: &Headers<'_>) -> bool {
        let (across, down) = headers.unit();
        let mut bits = self.bits;
        for unit in 0..self.units {
            if !self.start_afresh(headers.restart_interval.into(), &mut bits) {
                return false;
            }
            let Some((luma, colours)) = self.steps.split_first_mut() else { return false };
            let mut means = [0.0; 4];
            for mean in &mut means[..across * down] {
                *mean = luma.mean(&mut bits) + 128.0;
            }
            if let [blue, red] = colours {
                let (blue, red) = (blue.mean(&mut bits), red.mean(&mut bits));
                means = means.map(|mean| shown(mean, blue, red, |value| value.clamp(0.0, 255.0)));
            }
            for (number, mean) in means[..across * down].iter().enumerate() {
                self.line[number / across * self.stride + unit * across + number % across] = *mean;
            }
        }
        self.bits = bits;
        !bits.overrun()
    }

    /// At a restart, goes behind its mark.
    #[inline(always)]
    fn start_afresh(&mut self, interval: u32, bits: &mut Bits<'_>) -> bool {
        let done = self.units_done;
        self.units_done += 1;
        if interval == 0 || done == 0 || !done.is_multiple_of(interval) {
            return true;
        }
        self.steps.iter_mut().for_each(|step| step.before = 0);
        !bits.overrun() && bits.restart(((done / interval - 1) % 8) as u8)
    }
}

impl Step<'_> {
    /// The mean of the next block, around zero.
    #[inline(always)]
    fn mean(&mut self, bits: &mut Bits<'_>) -> f32 {
        self.before = self.before.wrapping_add(self.dc_table.difference(bits));
        if let Some(rest) = &self.rest {
            rest.skip_block(bits);
        }
        self.before as f32 * self.size
    }
}
