//! GIF: the first frame, on its screen.
//!
//! What the frame leaves bare has the colour of its transparent index, or of index 0: the screen that common viewers
//! start from. Transparent pixels keep the colour that their index has.

use std::io::Cursor;
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DecodingError, Frame, MemoryLimit};
use vigie_match::pdq::Layout;

use super::{Canvas, Header, Orientation, check_sides, room};
use crate::{ExceededLimit, Limits, MediaError, Reason};

pub(super) fn decode(media: &[u8], limits: &Limits, canvas: &mut dyn Canvas) -> Result<(), MediaError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::Indexed);
    options
        .set_memory_limit(NonZeroU64::new(limits.memory).map_or(MemoryLimit::Unlimited, MemoryLimit::Bytes));
    options.allow_unknown_blocks(true);
    let mut decoder = options.read_info(Cursor::new(media)).map_err(|error| named(&error))?;
    let screen = (decoder.width(), decoder.height());

    let frame = decoder.next_frame_info().map_err(|error| named(&error))?.ok_or(Reason::Truncated.error())?;
    let mut frame = frame.clone();
    check_sides(frame.width.into(), frame.height.into(), limits)?;
    let (width, height) = match screen {
        (0, _) | (_, 0) => (frame.width, frame.height),
        sides => sides,
    };
    check_sides(width.into(), height.into(), limits)?;
    let mut pixels = room(Some(decoder.buffer_size()))?;
    decoder.read_into_buffer(&mut pixels).map_err(|error| named(&error))?;
    frame.buffer = pixels.into();
    let colours =
        colours(frame.palette.as_deref().or(decoder.global_palette()).ok_or(Reason::Malformed.error())?);
    canvas.begin(Header {
        width: width.into(),
        height: height.into(),
        layout: Layout::Rgb,
        orientation: Orientation::default(),
    });
    let bare = colours[usize::from(frame.transparent.unwrap_or(0))];
    let mut row = vec![[0; 3]; usize::from(width)];
    while let Some(index) = canvas.next_row() {
        row.fill(bare);
        paint(&frame, &colours, index as usize, &mut row);
        canvas.row(row.as_flattened());
    }
    Ok(())
}

/// Lays the part of the frame that falls on row `index` of the screen.
fn paint(frame: &Frame<'_>, colours: &[[u8; 3]; 256], index: usize, row: &mut [[u8; 3]]) {
    let width = usize::from(frame.width);
    let line = index.checked_sub(usize::from(frame.top)).filter(|line| *line < usize::from(frame.height));
    let Some(pixels) = line.and_then(|line| frame.buffer.get(line * width..(line + 1) * width)) else {
        return;
    };
    for (to, &pixel) in row.iter_mut().skip(usize::from(frame.left)).zip(pixels) {
        *to = colours[usize::from(pixel)];
    }
}

/// The palette filled up with black, so that an index beyond its end is a colour too.
fn colours(palette: &[u8]) -> [[u8; 3]; 256] {
    let mut colours = [[0; 3]; 256];
    for (to, from) in colours.iter_mut().zip(palette.as_chunks::<3>().0) {
        *to = *from;
    }
    colours
}

fn named(error: &DecodingError) -> MediaError {
    match error {
        DecodingError::Io(_) | DecodingError::UnexpectedEof => Reason::Truncated.error(),
        DecodingError::OutOfMemory | DecodingError::MemoryLimit => ExceededLimit::Memory.error(),
        _ => Reason::Malformed.error(),
    }
}
