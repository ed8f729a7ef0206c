//! Windows bitmaps of every depth, with palettes, masks and runs.
//!
//! Written here because the rows of a bitmap lie in the file as they are: only those that matter are read. Bitmaps
//! that hold a JPEG or PNG file, and the codings of OS/2 alone, are refused.

use vigie_match::pdq::Layout;

use super::{Canvas, Header, Orientation, check_sides, room};
use crate::{Limits, MediaError, Reason};

/// Length of the first header; the second follows it.
const FILE_HEADER: usize = 14;

pub(super) fn decode(media: &[u8], limits: &Limits, canvas: &mut dyn Canvas) -> Result<(), MediaError> {
    let bitmap = Bitmap::read(media)?;
    check_sides(bitmap.width, bitmap.height, limits)?;
    let pixels = bitmap.pixels(media)?;
    canvas.begin(Header {
        width: bitmap.width,
        height: bitmap.height,
        layout: Layout::Rgb,
        orientation: Orientation::default(),
    });
    let mut row = vec![[0; 3]; bitmap.width as usize];
    while let Some(index) = canvas.next_row() {
        let line = if bitmap.downwards { index } else { bitmap.height - 1 - index } as usize;
        bitmap.paint(pixels.line(line)?, &mut row);
        canvas.row(row.as_flattened());
    }
    Ok(())
}

/// What the headers say.
struct Bitmap {
    width: u32,
    height: u32,
    /// Whether the first row in the file is the upper one.
    downwards: bool,
    coding: Coding,
    /// Where the pixels start.
    data: usize,
}

enum Coding {
    /// Indexes of so many bits into the palette.
    Indexed { bits: u8, palette: Vec<[u8; 3]> },
    /// Runs of indexes of 4 or 8 bits.
    Runs { bits: u8, palette: Vec<[u8; 3]> },
    /// Blue, green, red.
    Bytes,
    /// Numbers of 2 or 4 bytes of which masks pick red, green and blue.
    Masked { bytes: usize, masks: [u32; 3] },
}

impl Bitmap {
    fn read(media: &[u8]) -> Result<Self, MediaError> {
        let data = number(media, 10)? as usize;
        let second = number(media, FILE_HEADER)? as usize;
        if second == 12 {
            let [width, height, bits] = [short(media, 18)?, short(media, 20)?, short(media, 24)?];
            let coding = Coding::read(media, bits, 0, FILE_HEADER + second, None)?;
            return Ok(Self { width: width.into(), height: height.into(), downwards: false, coding, data });
        }
        let [width, height] = [number(media, 18)?, number(media, 22)?];
        let compression = if second >= 20 { number(media, 30)? } else { 0 };
        let colours = if second >= 36 { number(media, 46)? } else { 0 };
        let coding =
            Coding::read(media, short(media, 28)?, compression, FILE_HEADER + second, Some(colours))?;
        let height = height.cast_signed();
        Ok(Self { width, height: height.unsigned_abs(), downwards: height < 0, coding, data })
    }

    fn pixels<'a>(&self, media: &'a [u8]) -> Result<Lines<'a>, MediaError> {
        let data = media.get(self.data..).ok_or(Reason::Truncated.error())?;
        let width = self.width as usize;
        let bits = match &self.coding {
            Coding::Runs { bits, .. } => {
                return self.runs(data, *bits).map(|indexes| Lines::Own(indexes, width));
            }
            Coding::Indexed { bits, .. } => usize::from(*bits),
            Coding::Bytes => 24,
            Coding::Masked { bytes, .. } => 8 * bytes,
        };
        Ok(Lines::File(data, (width * bits).div_ceil(32) * 4, (width * bits).div_ceil(8)))
    }

    /// Undoes the runs: one index in each byte, rows as in the file. Pixels that are skipped have index 0.
    fn runs(&self, data: &[u8], bits: u8) -> Result<Vec<u8>, MediaError> {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut indexes = room(width.checked_mul(height))?;
        let (mut column, mut row) = (0, 0);
        let mut codes = Codes { data, bits };
        loop {
            let [count, value] = codes.pair()?;
            let run = match (count, value) {
                (0, 0) => {
                    (column, row) = (0, row + 1);
                    continue;
                }
                (0, 1) => return Ok(indexes),
                (0, 2) => {
                    let [right, on] = codes.pair()?;
                    (column, row) = (column + usize::from(right), row + usize::from(on));
                    continue;
                }
                (0, count) => codes.literal(count.into())?,
                (count, value) => codes.repeated(value, count.into()),
            };
            if row < height {
                let line = &mut indexes[row * width..][..width];
                line.iter_mut().skip(column).zip(&run).for_each(|(to, from)| *to = *from);
            }
            column = (column + run.len()).min(width);
        }
    }

    fn paint(&self, line: &[u8], row: &mut [[u8; 3]]) {
        match &self.coding {
            Coding::Runs { palette, .. } | Coding::Indexed { bits: 8, palette } => {
                row.iter_mut().zip(line).for_each(|(to, index)| *to = colour(palette, *index));
            }
            Coding::Indexed { bits, palette } => {
                let bits = usize::from(*bits);
                for (column, to) in row.iter_mut().enumerate() {
                    let place = column * bits;
                    let index = line[place / 8] << (place % 8) >> (8 - bits);
                    *to = colour(palette, index);
                }
            }
            Coding::Bytes => {
                let pixels = line.as_chunks::<3>().0.iter();
                row.iter_mut().zip(pixels).for_each(|(to, [blue, green, red])| *to = [*red, *green, *blue]);
            }
            Coding::Masked { bytes, masks } => {
                let parts = masks.map(Part::new);
                for (to, pixel) in row.iter_mut().zip(line.chunks_exact(*bytes)) {
                    let value = pixel.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
                    *to = parts.each_ref().map(|part| part.of(value));
                }
            }
        }
    }
}

impl Coding {
    /// `end` is where the second header ends. `colours` is how many the palette is said to have, 0 for all of them;
    /// `None` marks the oldest header, whose palette has entries of three bytes.
    fn read(
        media: &[u8],
        bits: u16,
        compression: u32,
        end: usize,
        colours: Option<u32>,
    ) -> Result<Self, MediaError> {
        let palette = |bits: u16| {
            let most = 1 << bits;
            let count = colours.filter(|colours| (1..most).contains(colours)).unwrap_or(most) as usize;
            let entry = if colours.is_some() { 4 } else { 3 };
            let entries = media.get(end..).unwrap_or_default().chunks_exact(entry).take(count);
            entries.map(|entry| [entry[2], entry[1], entry[0]]).collect()
        };
        // Masks are the last thing in a header of 40 bytes, and have a place of their own in longer ones: the same.
        let masks = || Ok::<_, MediaError>([number(media, 54)?, number(media, 58)?, number(media, 62)?]);
        match (bits, compression) {
            (1 | 2 | 4 | 8, 0) => Ok(Self::Indexed { bits: bits as u8, palette: palette(bits) }),
            (8, 1) | (4, 2) => Ok(Self::Runs { bits: bits as u8, palette: palette(bits) }),
            (24, 0) => Ok(Self::Bytes),
            (16, 0) => Ok(Self::Masked { bytes: 2, masks: [0x7C00, 0x03E0, 0x001F] }),
            (32, 0) => Ok(Self::Masked { bytes: 4, masks: [0x00FF_0000, 0x0000_FF00, 0x0000_00FF] }),
            (16, 3 | 6) => Ok(Self::Masked { bytes: 2, masks: masks()? }),
            (32, 3 | 6) => Ok(Self::Masked { bytes: 4, masks: masks()? }),
            _ => Err(Reason::Unsupported.error()),
        }
    }
}

/// The rows of the file, the first one first.
enum Lines<'a> {
    /// As they lie in the file: bytes from one to the next, bytes that count.
    File(&'a [u8], usize, usize),
    /// One byte for each pixel, so many in a row.
    Own(Vec<u8>, usize),
}

impl Lines<'_> {
    fn line(&self, index: usize) -> Result<&[u8], MediaError> {
        let (data, stride, length) = match self {
            Self::File(data, stride, length) => (*data, *stride, *length),
            Self::Own(data, width) => (data.as_slice(), *width, *width),
        };
        let start = index.checked_mul(stride).ok_or(Reason::Truncated.error())?;
        data.get(start..).and_then(|rest| rest.get(..length)).ok_or(Reason::Truncated.error())
    }
}

/// The codes of runs.
struct Codes<'a> {
    data: &'a [u8],
    bits: u8,
}

impl Codes<'_> {
    fn pair(&mut self) -> Result<[u8; 2], MediaError> {
        let (pair, rest) = self.data.split_first_chunk().ok_or(Reason::Truncated.error())?;
        self.data = rest;
        Ok(*pair)
    }

    /// Indexes that stand in the file one by one, up to a whole number of two bytes.
    fn literal(&mut self, count: usize) -> Result<Vec<u8>, MediaError> {
        let bytes = (count * usize::from(self.bits)).div_ceil(8);
        let (literal, rest) =
            self.data.split_at_checked(bytes.next_multiple_of(2)).ok_or(Reason::Truncated.error())?;
        self.data = rest;
        if self.bits == 8 {
            return Ok(literal[..count].to_vec());
        }
        Ok(literal.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(count).collect())
    }

    /// The same index again and again; of four bits, two in turns.
    fn repeated(&self, value: u8, count: usize) -> Vec<u8> {
        let turns = if self.bits == 8 { [value; 2] } else { [value >> 4, value & 15] };
        turns.into_iter().cycle().take(count).collect()
    }
}

/// Which bits of a pixel make one colour, brought to eight bits.
struct Part {
    mask: u32,
    shift: u32,
    most: u64,
}

impl Part {
    fn new(mask: u32) -> Self {
        let shift = mask.trailing_zeros() % 32;
        Self { mask, shift, most: u64::from(mask >> shift).max(1) }
    }

    fn of(&self, value: u32) -> u8 {
        let part = u64::from((value & self.mask) >> self.shift);
        u8::try_from((part * 255 + self.most / 2) / self.most).unwrap_or(u8::MAX)
    }
}

/// The colour of an index; black beyond the palette.
fn colour(palette: &[[u8; 3]], index: u8) -> [u8; 3] {
    palette.get(usize::from(index)).copied().unwrap_or_default()
}

fn number(media: &[u8], at: usize) -> Result<u32, MediaError> {
    let bytes = media.get(at..).and_then(<[u8]>::first_chunk).ok_or(Reason::Truncated.error())?;
    Ok(u32::from_le_bytes(*bytes))
}

fn short(media: &[u8], at: usize) -> Result<u16, MediaError> {
    let bytes = media.get(at..).and_then(<[u8]>::first_chunk).ok_or(Reason::Truncated.error())?;
    Ok(u16::from_le_bytes(*bytes))
}
