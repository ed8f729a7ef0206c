//! Windows bitmaps.

use vigie_match::pdq::Layout;
use zune_bmp::{BmpDecoder, BmpDecoderErrors};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;

use super::{Canvas, Header, Orientation, check_sides, draw, room};
use crate::{Limits, MediaError, Reason};

pub(super) fn decode(media: &[u8], limits: &Limits, canvas: &mut dyn Canvas) -> Result<(), MediaError> {
    let longest = usize::try_from(limits.pixels).unwrap_or(usize::MAX);
    let options = DecoderOptions::default().set_max_width(longest).set_max_height(longest);
    let mut decoder = BmpDecoder::new_with_options(ZCursor::new(media), options);
    decoder.decode_headers().map_err(|error| named(&error))?;
    let (width, height) = decoder.dimensions().ok_or(Reason::DecoderFailed.error())?;
    let side = |length: usize| u32::try_from(length).map_err(|_| Reason::Malformed.error());
    let (width, height) = (side(width)?, side(height)?);
    check_sides(width, height, limits)?;

    let layout = match decoder.colorspace() {
        Some(ColorSpace::Luma) => Layout::Luma,
        Some(ColorSpace::RGB) => Layout::Rgb,
        Some(ColorSpace::RGBA) => Layout::Rgba,
        _ => return Err(Reason::Unsupported.error()),
    };
    let mut pixels = room(decoder.output_buf_size())?;
    decoder.decode_into(&mut pixels).map_err(|error| named(&error))?;
    draw(&pixels, Header { width, height, layout, orientation: Orientation::default() }, canvas)
}

fn named(error: &BmpDecoderErrors) -> MediaError {
    match error {
        BmpDecoderErrors::IoErrors(_) => Reason::Truncated.error(),
        _ => Reason::Malformed.error(),
    }
}
