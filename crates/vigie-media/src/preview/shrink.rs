//! Brings a picture down to the size of a preview while its rows are decoded: each pixel of the preview is the mean of
//! the area that it covers.

use vigie_match::pdq::Layout;

use super::{LONGEST_SIDE, Picture, PreviewSettings};
use crate::decode::orientation::Orientation;
use crate::decode::{Canvas, Header};

/// A canvas that keeps the small picture only.
pub(super) struct Shrunk {
    settings: PreviewSettings,
    drawing: Option<Drawing>,
}

struct Drawing {
    header: Header,
    width: usize,
    height: usize,
    columns: Vec<Share>,
    next: u32,
    /// One row brought down in width.
    line: Vec<[f32; 3]>,
    sums: Vec<[f32; 3]>,
}

/// Where one pixel of an axis goes: to `index`, and past a boundary to the next.
#[derive(Clone, Copy)]
struct Share {
    index: usize,
    here: f32,
    next: f32,
}

impl Share {
    /// The share of pixel `position` where `from` pixels become `to`, not more.
    fn new(position: usize, from: usize, to: usize) -> Self {
        // In units of 1/from of a pixel of the preview, so that nothing is lost to rounding.
        let start = position * to;
        let index = start / from;
        let here = ((index + 1) * from - start).min(to);
        Self { index, here: here as f32 / from as f32, next: (to - here) as f32 / from as f32 }
    }
}

impl Shrunk {
    pub(super) fn new(settings: PreviewSettings) -> Self {
        Self { settings, drawing: None }
    }

    /// The small picture, upright; `None` when nothing was drawn.
    pub(super) fn finish(self) -> Option<Picture> {
        let grey = self.settings.grey;
        self.drawing.map(|drawing| drawing.finish(grey))
    }
}

impl Canvas for Shrunk {
    fn wants_colour(&self) -> bool {
        !self.settings.grey
    }

    fn begin(&mut self, header: Header) {
        let (from_width, from_height) = (header.width as usize, header.height as usize);
        let longest = from_width.max(from_height);
        let most = usize::from(self.settings.max_side.clamp(1, LONGEST_SIDE)).min(longest);
        let side = |from: usize| ((from * most + longest / 2) / longest).max(1);
        let (width, height) = (side(from_width), side(from_height));
        self.drawing = Some(Drawing {
            header,
            width,
            height,
            columns: (0..from_width).map(|column| Share::new(column, from_width, width)).collect(),
            next: 0,
            line: vec![[0.0; 3]; width],
            sums: vec![[0.0; 3]; width * height],
        });
    }

    fn next_row(&self) -> Option<u32> {
        let drawing = self.drawing.as_ref()?;
        (drawing.next < drawing.header.height).then_some(drawing.next)
    }

    fn wants_row(&self, row: u32) -> bool {
        self.drawing.as_ref().is_some_and(|drawing| row < drawing.header.height)
    }

    fn row(&mut self, pixels: &[u8]) {
        if let Some(drawing) = &mut self.drawing {
            drawing.row(pixels);
        }
    }
}

impl Drawing {
    fn row(&mut self, pixels: &[u8]) {
        match self.header.layout {
            Layout::Luma => self.narrow::<1>(pixels, |[grey]| [*grey; 3]),
            Layout::LumaAlpha => self.narrow::<2>(pixels, |[grey, _]| [*grey; 3]),
            Layout::Rgb => self.narrow::<3>(pixels, |colour| *colour),
            Layout::Rgba => self.narrow::<4>(pixels, |[red, green, blue, _]| [*red, *green, *blue]),
        }
        let share = Share::new(self.next as usize, self.header.height as usize, self.height);
        self.next += 1;
        for (row, weight) in [(share.index, share.here), (share.index + 1, share.next)] {
            if weight > 0.0 {
                let into = &mut self.sums[row * self.width..][..self.width];
                into.iter_mut().zip(&self.line).for_each(|(to, from)| add(to, *from, weight));
            }
        }
    }

    fn narrow<const CHANNELS: usize>(&mut self, pixels: &[u8], colour: impl Fn(&[u8; CHANNELS]) -> [u8; 3]) {
        self.line.fill([0.0; 3]);
        for (pixel, share) in pixels.as_chunks::<CHANNELS>().0.iter().zip(&self.columns) {
            let colour = colour(pixel).map(f32::from);
            add(&mut self.line[share.index], colour, share.here);
            if share.next > 0.0 {
                add(&mut self.line[share.index + 1], colour, share.next);
            }
        }
    }

    fn finish(self, grey: bool) -> Picture {
        let Orientation { transposed, mirrored, flipped } = self.header.orientation;
        let (width, height) = if transposed { (self.height, self.width) } else { (self.width, self.height) };
        let source = |index: usize| {
            let (column, row) = (index % width, index / width);
            let column = if mirrored { width - 1 - column } else { column };
            let row = if flipped { height - 1 - row } else { row };
            if transposed { column * self.width + row } else { row * self.width + column }
        };
        let upright = (0..width * height).map(|index| self.sums[source(index)]);
        let planes = if grey {
            vec![upright.map(|[red, green, blue]| 0.299 * red + 0.587 * green + 0.114 * blue).collect()]
        } else {
            (0..3).map(|channel| upright.clone().map(|colour| colour[channel]).collect()).collect()
        };
        Picture { width, height, planes }
    }
}

fn add(to: &mut [f32; 3], colour: [f32; 3], weight: f32) {
    for channel in 0..3 {
        to[channel] += weight * colour[channel];
    }
}
