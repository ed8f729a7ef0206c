//! WebP, lossy and lossless; of an animation the first frame, which its decoder lays on the animation's background.

use std::io::{Cursor, ErrorKind};

use image_webp::{DecodingError, WebPDecoder};
use vigie_match::pdq::Layout;

use super::{Canvas, Header, Orientation, check_sides, draw, room};
use crate::{ExceededLimit, Limits, MediaError, Reason};

pub(super) fn decode(media: &[u8], limits: &Limits, canvas: &mut dyn Canvas) -> Result<(), MediaError> {
    let mut decoder = WebPDecoder::new(Cursor::new(media)).map_err(|error| named(&error))?;
    let (width, height) = decoder.dimensions();
    check_sides(width, height, limits)?;
    decoder.set_memory_limit(usize::try_from(limits.memory).unwrap_or(usize::MAX));
    let layout = if decoder.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    // Exif that cannot be read is no reason to miss the picture.
    let exif = decoder.exif_metadata().ok().flatten();
    let orientation = exif.as_deref().map(Orientation::from_exif).unwrap_or_default();

    let mut pixels = room(decoder.output_buffer_size())?;
    decoder.read_image(&mut pixels).map_err(|error| named(&error))?;
    draw(&pixels, Header { width, height, layout, orientation }, canvas)
}

fn named(error: &DecodingError) -> MediaError {
    match error {
        DecodingError::IoError(source) if source.kind() == ErrorKind::UnexpectedEof => {
            Reason::Truncated.error()
        }
        DecodingError::MemoryLimitExceeded => ExceededLimit::Memory.error(),
        DecodingError::UnsupportedFeature(_) => Reason::Unsupported.error(),
        _ => Reason::Malformed.error(),
    }
}
