//! The PDQ signal of a picture, with what tells how far to trust it.
//!
//! Two passes make it. The exact one decodes the picture. The first one, for the heaviest loads, takes of a JPEG file
//! with sides of 512 pixels and more the means of its blocks alone: its hash lies some bits off, see [`DRIFT`], so that
//! it serves for nothing but to tell what needs no exact look. Whatever it cannot do is done exactly at once.

use vigie_match::Pdq;
use vigie_match::pdq::{self, PdqResult, QUALITY_FLOOR, Sampler};

use crate::decode::{self, Canvas, Header, jpeg};
use crate::{Format, Limits, MediaError};

/// By how many bits a search with a hash of the first pass is to be widened: of pictures that nobody built to deceive it,
/// hardly any drifts further. It is what was observed, and no bound. `docs/performance.md` has it by kinds of pictures.
pub const DRIFT: u32 = 16;

/// Both sides have at least so many pixels where the first pass has a hash; below, too little of a picture is left.
const SHORTEST_SIDE: u32 = 512;
/// The first pass leaves a picture to the exact one unless its quality is so far over the floor: the two differ, and a
/// picture that has a hash must not lose it.
const QUALITY_MARGIN: u8 = 10;

/// Which pass made a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pass {
    /// The one that decodes the picture.
    #[default]
    Exact,
    /// The quick one: the hash may lie [`DRIFT`] bits off, and further where somebody built the picture for it.
    First,
}

impl Pass {
    /// The word for it, as it is stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::First => "first",
        }
    }
}

/// What decoding a picture tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// Its format, by its content.
    pub format: Format,
    /// Pixels in a row, as stored.
    pub width: u32,
    /// Rows, as stored.
    pub height: u32,
    /// Which pass made the signal.
    pub pass: Pass,
    /// PDQ quality, 0 to 100.
    pub quality: u8,
    /// A bit of the hash hangs on rounding; see [`vigie_match::pdq::PdqResult::stable`].
    pub unstable: bool,
    /// The PDQ signal; `None` where the quality is under [`QUALITY_FLOOR`].
    pub pdq: Option<Pdq>,
    /// The hashes of all eight positions, in the order of [`vigie_match::pdq::Variant::ALL`], the picture as it is
    /// first; `None` with [`Self::pdq`].
    pub dihedral: Option<[Pdq; 8]>,
}

impl Examined {
    /// The media type.
    #[must_use]
    pub fn mime(&self) -> &'static str {
        self.format.mime()
    }

    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Decodes and hashes in this very process; see the crate's words on who may.
///
/// # Errors
/// The media is too long, of no known format, undecodable or beyond a limit.
pub fn examine(media: &[u8], limits: &Limits) -> Result<Examined, MediaError> {
    let mut hashed = Hashed { drawing: None };
    let format = decode::decode(media, limits, &mut hashed)?;
    let drawing = hashed.drawing.ok_or(crate::Reason::DecoderFailed.error())?;
    Ok(examined(format, (drawing.width, drawing.height), Pass::Exact, &drawing.sampler.finish()))
}

/// The first pass in this very process, and the exact one where the first does not do.
///
/// # Errors
/// As those of [`examine()`].
pub fn first_pass(media: &[u8], limits: &Limits) -> Result<Examined, MediaError> {
    match quick(media, limits) {
        Some(examined) => Ok(examined),
        None => examine(media, limits),
    }
}

fn quick(media: &[u8], limits: &Limits) -> Option<Examined> {
    let is_jpeg = Format::sniff(media) == Some(Format::Jpeg);
    if !is_jpeg || media.len() as u64 > limits.bytes {
        return None;
    }
    let jpeg::Means { width, height, values } = jpeg::means(media, limits, SHORTEST_SIDE)?;
    let result = pdq::hash_means(&values, width, height)?;
    let clear = result.quality >= QUALITY_FLOOR + QUALITY_MARGIN;
    clear.then(|| examined(Format::Jpeg, (width, height), Pass::First, &result))
}

fn examined(format: Format, (width, height): (u32, u32), pass: Pass, result: &PdqResult) -> Examined {
    let counts = result.quality >= QUALITY_FLOOR;
    Examined {
        format,
        width,
        height,
        pass,
        quality: result.quality,
        unstable: !result.stable,
        pdq: counts.then_some(result.hash),
        dihedral: counts.then(|| result.dihedral()),
    }
}

/// A canvas that keeps nothing but the sums of the hash.
struct Hashed {
    drawing: Option<Drawing>,
}

struct Drawing {
    width: u32,
    height: u32,
    sampler: Sampler,
}

impl Canvas for Hashed {
    fn wants_colour(&self) -> bool {
        false
    }

    fn begin(&mut self, header: Header) {
        let Header { width, height, layout, .. } = header;
        self.drawing = Some(Drawing { width, height, sampler: Sampler::new(width, height, layout) });
    }

    fn next_row(&self) -> Option<u32> {
        self.drawing.as_ref()?.sampler.next_row()
    }

    fn wants_row(&self, row: u32) -> bool {
        self.drawing.as_ref().is_some_and(|drawing| drawing.sampler.wants_row(row))
    }

    fn row(&mut self, pixels: &[u8]) {
        if let Some(drawing) = &mut self.drawing {
            drawing.sampler.push(pixels);
        }
    }
}
