//! PNG of every depth and colour type, a row at a time unless it is interlaced.

use std::io::{Cursor, ErrorKind};

use png::{ColorType, Decoder, DecodingError, Reader, Transformations};
use vigie_match::pdq::Layout;

use super::{Canvas, Header, Orientation, check_sides, draw, room};
use crate::{ExceededLimit, Limits, MediaError, Reason};

pub(super) fn decode(media: &[u8], limits: &Limits, canvas: &mut dyn Canvas) -> Result<(), MediaError> {
    let memory = usize::try_from(limits.memory).unwrap_or(usize::MAX);
    let mut decoder = Decoder::new_with_limits(Cursor::new(media), png::Limits { bytes: memory });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(|error| named(&error))?;
    check_sides(info.width, info.height, limits)?;

    let mut reader = decoder.read_info().map_err(|error| named(&error))?;
    let info = reader.info();
    let header = Header {
        width: info.width,
        height: info.height,
        layout: layout(reader.output_color_type().0)?,
        orientation: info.exif_metadata.as_deref().map(Orientation::from_exif).unwrap_or_default(),
    };
    if info.interlaced {
        let mut pixels = room(reader.output_buffer_size())?;
        reader.next_frame(&mut pixels).map_err(|error| named(&error))?;
        return draw(&pixels, header, canvas);
    }
    canvas.begin(header);
    rows(&mut reader, header, canvas)
}

fn rows(
    reader: &mut Reader<Cursor<&[u8]>>,
    header: Header,
    canvas: &mut dyn Canvas,
) -> Result<(), MediaError> {
    for index in 0..header.height {
        let row = reader.next_row().map_err(|error| named(&error))?.ok_or(Reason::Truncated.error())?;
        if canvas.next_row() == Some(index) {
            canvas.row(row.data());
        }
    }
    Ok(())
}

fn layout(colours: ColorType) -> Result<Layout, MediaError> {
    match colours {
        ColorType::Grayscale => Ok(Layout::Luma),
        ColorType::GrayscaleAlpha => Ok(Layout::LumaAlpha),
        ColorType::Rgb => Ok(Layout::Rgb),
        ColorType::Rgba => Ok(Layout::Rgba),
        // The transformation above turns a palette into colours.
        ColorType::Indexed => Err(Reason::DecoderFailed.error()),
    }
}

fn named(error: &DecodingError) -> MediaError {
    match error {
        DecodingError::IoError(source) if source.kind() == ErrorKind::UnexpectedEof => {
            Reason::Truncated.error()
        }
        DecodingError::LimitsExceeded => ExceededLimit::Memory.error(),
        _ => Reason::Malformed.error(),
    }
}
