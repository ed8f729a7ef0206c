//! The luminance of a common JPEG file, drawn while it is read.

use vigie_match::pdq::Layout;

use super::bits::Bits;
use super::block::{Block, Row, SIDE, Spread};
use super::headers::Headers;
use super::wide;
use crate::decode::{Canvas, Header, check_sides};
use crate::{Limits, MediaError, Reason};

/// From this many wanted rows of a block on, all of them are worked out at once.
const MANY: u32 = 4;

pub(super) fn decode(
    headers: &Headers<'_>,
    limits: &Limits,
    canvas: &mut dyn Canvas,
) -> Result<(), MediaError> {
    let (width, height) = (u32::from(headers.width), u32::from(headers.height));
    check_sides(width, height, limits)?;
    canvas.begin(Header { width, height, layout: Layout::Luma, orientation: headers.orientation });
    let mut scan = Scan::new(headers).ok_or(Reason::Malformed.error())?;
    for line in 0..scan.lines {
        if !wide::read_line(&mut scan, headers, canvas, line) {
            return Err(Reason::Malformed.error());
        }
        scan.draw(canvas, line, headers.width.into());
    }
    Ok(())
}

/// Every pixel of a file, its lines read by `read_line`.
#[cfg(test)]
pub(super) fn pixels(
    headers: &Headers<'_>,
    read_line: fn(&mut Scan<'_>, &Headers<'_>, &dyn Canvas, usize) -> bool,
) -> Vec<u8> {
    /// Wants every row.
    struct Everything;
    impl Canvas for Everything {
        fn wants_colour(&self) -> bool {
            false
        }
        fn begin(&mut self, _: Header) {}
        fn next_row(&self) -> Option<u32> {
            None
        }
        fn wants_row(&self, _: u32) -> bool {
            true
        }
        fn row(&mut self, _: &[u8]) {}
    }
    let mut scan = Scan::new(headers).expect("the headers were read");
    let lines = 0..scan.lines;
    lines
        .flat_map(|line| {
            assert!(read_line(&mut scan, headers, &Everything, line));
            scan.strip.clone()
        })
        .collect()
}

/// The state of decoding a scan.
pub(super) struct Scan<'a> {
    bits: Bits<'a>,
    /// One for each component.
    spreads: Vec<Spread>,
    before: [i32; 3],
    /// Units in a line, and lines.
    units: usize,
    lines: usize,
    units_done: u32,
    /// The blocks of one unit: luminance from left to right and down, then the colour differences.
    blocks: Vec<Block>,
    /// The pixels of one line of units.
    strip: Vec<u8>,
    /// From one row of the strip to the next.
    stride: usize,
}

impl<'a> Scan<'a> {
    fn new(headers: &Headers<'a>) -> Option<Self> {
        let (across, down) = headers.unit();
        let units = usize::from(headers.width).div_ceil(SIDE * across);
        let stride = units * SIDE * across;
        Some(Self {
            bits: Bits::new(headers.data),
            spreads: headers.components.iter().map(Spread::new).collect(),
            before: [0; 3],
            units,
            lines: usize::from(headers.height).div_ceil(SIDE * down),
            units_done: 0,
            blocks: vec![Block::default(); across * down + headers.components.len() - 1],
            strip: vec![0; stride * SIDE * down],
            stride,
        })
    }

    /// Hands over what is wanted of a line of units.
    fn draw(&self, canvas: &mut dyn Canvas, line: usize, width: usize) {
        let rows = self.strip.len() / self.stride;
        let first = (line * rows) as u32;
        while let Some(row) = canvas.next_row().filter(|row| *row < first + rows as u32) {
            canvas.row(&self.strip[(row - first) as usize * self.stride..][..width]);
        }
    }

    /// Reads one line of units into the strip; false where the data ends or breaks.
    #[inline(always)]
    pub(super) fn read_line(&mut self, headers: &Headers<'_>, canvas: &dyn Canvas, line: usize) -> bool {
        let (across, down) = headers.unit();
        let first = (line * SIDE * down) as u32;
        // One bit for each row of the strip that is wanted.
        let wanted = (0..(SIDE * down) as u32)
            .fold(0_u32, |wanted, row| wanted | u32::from(canvas.wants_row(first + row)) << row);
        let mut bits = self.bits;
        for unit in 0..self.units {
            if !self.start_afresh(headers, &mut bits) || !self.read_unit(headers, &mut bits) {
                return false;
            }
            let left = unit * SIDE * across;
            let room = self.room_for_colours();
            let mut inside = true;
            for number in 0..across * down {
                let (column, row) = (number % across, number / across);
                let wanted = (wanted >> (row * SIDE)) as u8;
                inside &= self.paint(number, left + column * SIDE, row * SIDE, wanted, room);
            }
            if !inside {
                self.correct((across, down), left, wanted);
            }
        }
        self.bits = bits;
        !bits.overrun()
    }

    /// At a restart, goes behind its mark.
    #[inline(always)]
    fn start_afresh(&mut self, headers: &Headers<'_>, bits: &mut Bits<'_>) -> bool {
        let interval = u32::from(headers.restart_interval);
        let done = self.units_done;
        self.units_done += 1;
        if interval == 0 || done == 0 || !done.is_multiple_of(interval) {
            return true;
        }
        self.before = [0; 3];
        !bits.overrun() && bits.restart(((done / interval - 1) % 8) as u8)
    }

    #[inline(always)]
    fn read_unit(&mut self, headers: &Headers<'_>, bits: &mut Bits<'_>) -> bool {
        let luma = self.blocks.len() + 1 - headers.components.len();
        for (number, block) in self.blocks.iter_mut().enumerate() {
            let index = (number + 1).saturating_sub(luma);
            let component = &headers.components[index];
            let (Some(dc_table), Some(ac_table)) =
                (&headers.dc_tables[component.dc_table & 3], &headers.ac_tables[component.ac_table & 3])
            else {
                return false;
            };
            block.read(bits, (dc_table, ac_table), &self.spreads[index], &mut self.before[index]);
        }
        true
    }

    /// How far luminance must stay away from black and white in the unit that was read, so that none of its colours can
    /// be one that a screen cannot show.
    #[inline(always)]
    fn room_for_colours(&self) -> f32 {
        match self.blocks.as_slice() {
            [_, .., blue, red] => {
                let (blue, red) = (blue.reach, red.reach);
                larger(larger(1.402 * red, 1.772 * blue), 0.345 * blue + 0.715 * red)
            }
            _ => 0.0,
        }
    }

    /// Writes the wanted rows of a block of luminance; false where a pixel is nearer to black or white than `room`.
    #[inline(always)]
    fn paint(&mut self, number: usize, left: usize, top: usize, wanted: u8, room: f32) -> bool {
        let (block, spread) = (&self.blocks[number], &self.spreads[0]);
        let mut extremes = Extremes { least: Row([255.0; SIDE]), most: Row::default() };
        let strip = &mut self.strip[top * self.stride + left..];
        if wanted.count_ones() >= MANY {
            let rows = block.rows(spread);
            for (row, pixels) in rows.into_iter().enumerate() {
                extremes.write(pixels, &mut strip[row * self.stride..]);
            }
        } else {
            for row in bits_of(wanted.into()) {
                extremes.write(block.row(spread, row), &mut strip[row * self.stride..]);
            }
        }
        room < 0.5 || extremes.keep(room)
    }

    /// Writes the wanted rows of a unit anew: colours worked out, brought into range, and their luminance taken.
    #[inline(always)]
    fn correct(&mut self, (across, down): (usize, usize), left: usize, wanted: u32) {
        let [.., blue, red] = self.blocks.as_slice() else { return };
        for row in bits_of(wanted) {
            let blue = blue.row(&self.spreads[1], row / down);
            let red = red.row(&self.spreads[2], row / down);
            for column in 0..across {
                let luma = self.blocks[row / SIDE * across + column].row(&self.spreads[0], row % SIDE);
                let [blue, red] = [&blue, &red].map(|row| if across == 2 { row.half(column) } else { *row });
                let to = &mut self.strip[row * self.stride + left + column * SIDE..];
                let Some(to) = to.first_chunk_mut::<SIDE>() else { continue };
                for (place, to) in to.iter_mut().enumerate() {
                    let luma = f32::from(byte(luma.0[place] + 128.0));
                    *to = byte(shown(luma, blue.0[place], red.0[place], |value| f32::from(byte(value))));
                }
            }
        }
    }
}

/// The least and the most of the pixels written, column by column.
struct Extremes {
    least: Row,
    most: Row,
}

impl Extremes {
    /// Brings a row of pixels around zero to bytes.
    #[inline(always)]
    fn write(&mut self, pixels: Row, to: &mut [u8]) {
        let Some(to) = to.first_chunk_mut::<SIDE>() else { return };
        for (place, pixel) in pixels.0.into_iter().enumerate() {
            let pixel = pixel + 128.0;
            self.least.0[place] = smaller(self.least.0[place], pixel);
            self.most.0[place] = larger(self.most.0[place], pixel);
            to[place] = byte(pixel);
        }
    }

    /// Whether all of them keep this far from black and white.
    #[inline(always)]
    fn keep(&self, room: f32) -> bool {
        // By halves, which wide registers can do.
        let halves = |row: [f32; SIDE], choose: fn(f32, f32) -> f32| {
            let four: [f32; 4] = std::array::from_fn(|place| choose(row[place], row[place + 4]));
            choose(choose(four[0], four[2]), choose(four[1], four[3]))
        };
        halves(self.least.0, smaller) >= room && halves(self.most.0, larger) <= 255.0 - room
    }
}

/// The luminance of the colour that a viewer shows for these numbers, each brought into range by `visible`.
#[inline(always)]
pub(super) fn shown(luma: f32, blue: f32, red: f32, visible: impl Fn(f32) -> f32) -> f32 {
    let colour = [luma + 1.402 * red, luma - 0.344_136 * blue - 0.714_136 * red, luma + 1.772 * blue];
    let [red, green, blue] = colour.map(visible);
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// The nearest byte, with nothing but the steps that a wide register can do at once.
#[inline(always)]
fn byte(value: f32) -> u8 {
    // So large a number has no bits left for a fraction, and the lowest bits of its form are those of the byte.
    (smaller(larger(value, 0.0), 255.0) + 8_388_608.0).to_bits() as u8
}

#[inline(always)]
fn smaller(left: f32, right: f32) -> f32 {
    if left < right { left } else { right }
}

#[inline(always)]
fn larger(left: f32, right: f32) -> f32 {
    if left > right { left } else { right }
}

/// The places of the bits that are set, ascending.
#[inline(always)]
pub(super) fn bits_of(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let place = (bits != 0).then(|| bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        place
    })
}
