//! The PDQ signal of a picture, with what tells how far to trust it.

use vigie_match::Pdq;
use vigie_match::pdq::{QUALITY_FLOOR, Sampler};

use crate::decode::{self, Canvas, Header};
use crate::{Format, Limits, MediaError};

/// What decoding a picture tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Examined {
    /// Its format, by its content.
    pub format: Format,
    /// Pixels in a row, as stored.
    pub width: u32,
    /// Rows, as stored.
    pub height: u32,
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
    let result = drawing.sampler.finish();
    let counts = result.quality >= QUALITY_FLOOR;
    Ok(Examined {
        format,
        width: drawing.width,
        height: drawing.height,
        quality: result.quality,
        unstable: !result.stable,
        pdq: counts.then_some(result.hash),
        dihedral: counts.then(|| result.dihedral()),
    })
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
