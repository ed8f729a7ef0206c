//! The headers of a JPEG file, as far as the common file has them, and the common progressive file up to its first scan.

use super::huffman::Table;
use crate::decode::Orientation;

/// Everything in front of the entropy-coded data of a file that `luma.rs` or `means.rs` can decode.
pub(super) struct Headers<'a> {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) orientation: Orientation,
    /// Luminance, then the two colour differences if there are any.
    pub(super) components: Vec<Component>,
    pub(super) dc_tables: [Option<Table>; 4],
    pub(super) ac_tables: [Option<Table>; 4],
    /// After so many units the decoder starts afresh; 0 is never.
    pub(super) restart_interval: u16,
    /// From the first entropy-coded byte to the end of the file.
    pub(super) data: &'a [u8],
    /// Where the scan has the constant coefficients alone, as the first one of a progressive file: how many of their
    /// lowest bits are left for later.
    pub(super) constants_alone: Option<u8>,
}

/// One component of the picture and the tables it uses.
pub(super) struct Component {
    /// Blocks in a unit, across and down.
    pub(super) across: usize,
    pub(super) down: usize,
    /// In the order of the file.
    pub(super) quantisation: [u16; 64],
    pub(super) dc_table: usize,
    pub(super) ac_table: usize,
}

/// A component as the frame header has it.
struct Declared {
    id: u8,
    across: u8,
    down: u8,
    quantisation: usize,
}

/// What was read on the way to the scan.
#[derive(Default)]
struct Seen {
    /// Whether the frame is progressive.
    progressive: bool,
    frame: Option<(u16, u16, Vec<Declared>)>,
    quantisation: [Option<[u16; 64]>; 4],
    dc_tables: [Option<Table>; 4],
    ac_tables: [Option<Table>; 4],
    restart_interval: u16,
    jfif: bool,
    adobe_transform: Option<u8>,
    orientation: Orientation,
}

impl<'a> Headers<'a> {
    /// Reads the headers; `None` for a file that is not of the common kind, or broken.
    pub(super) fn read(media: &'a [u8]) -> Option<Self> {
        Self::read_either(media).filter(|headers| headers.constants_alone.is_none())
    }

    /// The same, and a progressive file is common too whose first scan has the constants of all components.
    pub(super) fn read_either(media: &'a [u8]) -> Option<Self> {
        let mut rest = media.strip_prefix(&[0xFF, 0xD8])?;
        let mut seen = Seen::default();
        loop {
            let (&[mark, code], tail) = rest.split_first_chunk()?;
            if mark != 0xFF {
                return None;
            }
            if code == 0xFF {
                // A fill byte in front of the mark.
                rest = &rest[1..];
                continue;
            }
            let (&length, _) = tail.split_first_chunk()?;
            let (segment, tail) = tail.split_at_checked(u16::from_be_bytes(length).into())?;
            let segment = segment.get(2..)?;
            rest = tail;
            match code {
                0xC0..=0xC2 => {
                    seen.frame = Some(frame(segment)?);
                    seen.progressive = code == 0xC2;
                }
                0xC4 => seen.huffman(segment)?,
                0xDB => seen.quantisation(segment)?,
                0xDD => seen.restart_interval = u16::from_be_bytes(*segment.first_chunk()?),
                0xDA => return seen.scan(segment, rest),
                0xE0 => seen.jfif |= segment.starts_with(b"JFIF\0"),
                0xE1 if segment.starts_with(b"Exif\0") => seen.orientation = Orientation::from_exif(segment),
                0xEE if segment.starts_with(b"Adobe") => seen.adobe_transform = segment.get(11).copied(),
                0xE0..=0xEF | 0xFE => {}
                // Other frames, arithmetic coding, marks out of place.
                _ => return None,
            }
        }
    }

    /// The most that later scans can add to a constant coefficient of luminance.
    pub(super) fn left_for_later(&self) -> u32 {
        let low = (1 << self.constants_alone.unwrap_or(0)) - 1;
        self.components.first().map_or(0, |luma| low * u32::from(luma.quantisation[0]))
    }

    /// Blocks of luminance in a unit, across and down.
    pub(super) fn unit(&self) -> (usize, usize) {
        self.components.first().map_or((1, 1), |luma| (luma.across, luma.down))
    }
}

fn frame(segment: &[u8]) -> Option<(u16, u16, Vec<Declared>)> {
    let (&[precision, top, bottom, left, right, count], list) = segment.split_first_chunk()?;
    let components = list.as_chunks::<3>().0.iter().map(|&[id, factors, table]| Declared {
        id,
        across: factors >> 4,
        down: factors & 15,
        quantisation: table.into(),
    });
    let components: Vec<Declared> = components.collect();
    let sides = (u16::from_be_bytes([left, right]), u16::from_be_bytes([top, bottom]));
    (precision == 8 && components.len() == usize::from(count)).then_some((sides.0, sides.1, components))
}

impl Seen {
    fn huffman(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&id, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let symbols: usize = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(symbols)?;
            let tables = if id >> 4 == 0 { &mut self.dc_tables } else { &mut self.ac_tables };
            *tables.get_mut(usize::from(id & 15))? = Some(Table::new(counts, symbols)?);
            segment = rest;
        }
        Some(())
    }

    fn quantisation(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&id, rest)) = segment.split_first() {
            let mut table = [0; 64];
            segment = if id >> 4 == 0 {
                let (values, rest) = rest.split_first_chunk::<64>()?;
                table = values.map(u16::from);
                rest
            } else {
                let (values, rest) = rest.split_first_chunk::<128>()?;
                table
                    .iter_mut()
                    .zip(values.as_chunks().0)
                    .for_each(|(to, pair)| *to = u16::from_be_bytes(*pair));
                rest
            };
            *self.quantisation.get_mut(usize::from(id & 15))? = Some(table);
        }
        Some(())
    }

    fn scan<'a>(self, segment: &[u8], data: &'a [u8]) -> Option<Headers<'a>> {
        let (width, height, declared) = self.frame.as_ref()?;
        let (&count, rest) = segment.split_first()?;
        let (selectors, spectral) = rest.split_at_checked(2 * usize::from(count))?;
        let constants_alone = match (self.progressive, spectral) {
            (false, [0, 63, 0, ..]) => None,
            (true, [0, 0, low @ 0..=13, ..]) => Some(*low),
            _ => return None,
        };
        let whole = declared.len() == usize::from(count);
        if !whole || *height == 0 || !self.is_luma_first(declared) {
            return None;
        }
        let mut components = Vec::with_capacity(declared.len());
        for (declared, selector) in declared.iter().zip(selectors.as_chunks::<2>().0) {
            let &[id, tables] = selector;
            if id != declared.id {
                return None;
            }
            components.push(Component {
                across: declared.across.into(),
                down: declared.down.into(),
                quantisation: (*self.quantisation.get(declared.quantisation)?)?,
                dc_table: usize::from(tables >> 4),
                ac_table: usize::from(tables & 15),
            });
        }
        let has_tables = |component: &Component| {
            let has =
                |tables: &[Option<Table>; 4], index: usize| tables.get(index).is_some_and(Option::is_some);
            has(&self.dc_tables, component.dc_table)
                && (self.progressive || has(&self.ac_tables, component.ac_table))
        };
        let usual = match components.as_mut_slice() {
            [luma] => {
                // Alone, a component is coded block by block whatever its factors say.
                (luma.across, luma.down) = (1, 1);
                true
            }
            [luma, blue, red] => {
                let single = [blue.across, blue.down, red.across, red.down] == [1; 4];
                single && (1..=2).contains(&luma.across) && (1..=2).contains(&luma.down)
            }
            _ => false,
        };
        (usual && components.iter().all(has_tables)).then_some(Headers {
            width: *width,
            height: *height,
            orientation: self.orientation,
            components,
            dc_tables: self.dc_tables,
            ac_tables: self.ac_tables,
            restart_interval: self.restart_interval,
            data,
            constants_alone,
        })
    }

    /// Whether the first component is luminance: by the rules of libjpeg, which the reference uses.
    fn is_luma_first(&self, declared: &[Declared]) -> bool {
        let [first, second, third] = declared else { return declared.len() == 1 };
        match self.adobe_transform {
            _ if self.jfif => true,
            Some(transform) => transform == 1,
            None => [first.id, second.id, third.id] != *b"RGB",
        }
    }
}
