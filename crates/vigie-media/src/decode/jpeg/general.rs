//! Any JPEG file, through a decoder that knows all of the format.

use vigie_match::pdq::Layout;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use crate::decode::{Canvas, Header, Orientation, check_sides, draw, room};
use crate::{Limits, MediaError, Reason};

/// Scans of a progressive file: each costs a pass over the picture, and no camera writes more than a dozen.
const MOST_SCANS: usize = 64;
/// The longest side that the format can express.
const LONGEST_SIDE: usize = 65_535;

/// Draws the picture in colour, or in grey where the file is grey. `strict` refuses what breaks a rule.
pub(super) fn decode(
    media: &[u8],
    limits: &Limits,
    canvas: &mut dyn Canvas,
    strict: bool,
) -> Result<(), MediaError> {
    let options = DecoderOptions::default()
        .set_strict_mode(strict)
        .set_max_width(LONGEST_SIDE)
        .set_max_height(LONGEST_SIDE)
        .jpeg_set_max_scans(MOST_SCANS);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(media), options);
    decoder.decode_headers().map_err(|error| named(&error))?;
    let info = decoder.info().ok_or(Reason::DecoderFailed.error())?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_sides(width, height, limits)?;

    let (space, layout) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, Layout::Luma),
        _ => (ColorSpace::RGB, Layout::Rgb),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let mut pixels = room(decoder.output_buffer_size())?;
    decoder.decode_into(&mut pixels).map_err(|error| named(&error))?;
    let orientation = decoder.exif().map(|block| Orientation::from_exif(block)).unwrap_or_default();
    draw(&pixels, Header { width, height, layout, orientation }, canvas)
}

fn named(error: &DecodeErrors) -> MediaError {
    match error {
        DecodeErrors::Unsupported(_) => Reason::Unsupported.error(),
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => Reason::Truncated.error(),
        _ => Reason::Malformed.error(),
    }
}
