//! JPEG: luminance straight from the file where that is all that is wanted.

use vigie_match::pdq::Layout;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

use super::{Canvas, Header, Orientation, check_sides, draw, room};
use crate::{Limits, MediaError, Reason};

/// Scans of a progressive file: each costs a pass over the picture, and no camera writes more than a dozen.
const MOST_SCANS: usize = 64;
/// The longest side that the format can express.
const LONGEST_SIDE: usize = 65_535;

pub(super) fn decode(media: &[u8], limits: &Limits, canvas: &mut dyn Canvas) -> Result<(), MediaError> {
    // Of progressive files the decoder gets luminance alone wrong where only the height of colours is halved.
    let colour = canvas.wants_colour() || !is_baseline(media);
    // A file that breaks small rules is read nevertheless, as browsers read it. The strict reading goes first because
    // only that one tells a file whose picture is cut short.
    let (pixels, header) = match picture(media, limits, colour, true) {
        Err(MediaError::Undecodable { .. }) if !has_end(media) => return Err(Reason::Truncated.error()),
        Err(MediaError::Undecodable { .. }) => picture(media, limits, colour, false)?,
        other => other?,
    };
    draw(&pixels, header, canvas)
}

fn picture(
    media: &[u8],
    limits: &Limits,
    colour: bool,
    strict: bool,
) -> Result<(Vec<u8>, Header), MediaError> {
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
        Some(ColorSpace::YCbCr) if !colour => (ColorSpace::Luma, Layout::Luma),
        _ => (ColorSpace::RGB, Layout::Rgb),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let mut pixels = room(decoder.output_buffer_size())?;
    decoder.decode_into(&mut pixels).map_err(|error| named(&error))?;
    let orientation = decoder.exif().map(|block| Orientation::from_exif(block)).unwrap_or_default();
    Ok((pixels, Header { width, height, layout, orientation }))
}

/// Whether the first frame header says that the file is baseline.
fn is_baseline(media: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xFF, code, high, low]) = media.get(at..).and_then(<[u8]>::first_chunk) {
        match code {
            0xC0 => return true,
            0xC1..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF | 0xDA => return false,
            // A fill byte in front of a code.
            0xFF => at += 1,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
    false
}

/// Whether the mark that ends a picture stands anywhere behind the start of its data, where it can be nothing else.
fn has_end(media: &[u8]) -> bool {
    let marker = |code: u8| move |pair: &[u8]| pair == [0xFF, code];
    let data = media.windows(2).position(marker(0xDA)).unwrap_or_default();
    media[data..].windows(2).any(marker(0xD9))
}

fn named(error: &DecodeErrors) -> MediaError {
    match error {
        DecodeErrors::Unsupported(_) => Reason::Unsupported.error(),
        DecodeErrors::ExhaustedData | DecodeErrors::IoErrors(_) => Reason::Truncated.error(),
        _ => Reason::Malformed.error(),
    }
}
