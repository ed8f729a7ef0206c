//! From the bytes of any format to rows of pixels.
//!
//! Each format has a file; all of them draw onto a [`Canvas`], row by row, so that nobody holds more than a decoder
//! needs. As the reference does: colour profiles are ignored, transparency is dropped and not blended, of 16 bits the
//! upper 8 count, of an animation the first frame. Orientation is told and not applied.

mod bmp;
mod gif;
pub(crate) mod jpeg;
pub(crate) mod orientation;
mod png;
mod webp;

use orientation::Orientation;
use vigie_match::pdq::Layout;

use crate::{ExceededLimit, Format, Limits, MediaError, Reason};

/// What is known of a picture before its first row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) layout: Layout,
    pub(crate) orientation: Orientation,
}

impl Header {
    fn row_bytes(&self) -> usize {
        self.width as usize * self.layout.channels()
    }
}

/// Where a picture is drawn.
pub(crate) trait Canvas {
    /// Whether colours are wanted, or luminance is enough where the format can give it sooner.
    fn wants_colour(&self) -> bool;

    /// Called before the rows. A second call begins anew: another decoder tries.
    fn begin(&mut self, header: Header);

    /// The next row, counted from the top, that matters; `None` when no further does.
    fn next_row(&self) -> Option<u32>;

    /// Whether a row not yet drawn matters.
    fn wants_row(&self, row: u32) -> bool;

    /// Takes the row that [`Self::next_row`] named.
    fn row(&mut self, pixels: &[u8]);
}

/// Decodes media onto a canvas.
pub(crate) fn decode(media: &[u8], limits: &Limits, canvas: &mut dyn Canvas) -> Result<Format, MediaError> {
    let length = media.len() as u64;
    if length > limits.bytes {
        return Err(MediaError::TooLarge { bytes: length, limit: limits.bytes });
    }
    let format = Format::sniff(media).ok_or(MediaError::UnknownFormat)?;
    match format {
        Format::Jpeg => jpeg::decode(media, limits, canvas),
        Format::Png => png::decode(media, limits, canvas),
        Format::Gif => gif::decode(media, limits, canvas),
        Format::WebP => webp::decode(media, limits, canvas),
        Format::Bmp => bmp::decode(media, limits, canvas),
    }?;
    Ok(format)
}

/// Refuses sides that are nothing or too much, before anything is allocated for them.
fn check_sides(width: u32, height: u32, limits: &Limits) -> Result<(), MediaError> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Reason::Malformed.error()),
        pixels if pixels > limits.pixels => Err(ExceededLimit::Pixels.error()),
        _ => Ok(()),
    }
}

/// Room for a decoded picture, or the error that it exceeds the memory.
fn room(bytes: Option<usize>) -> Result<Vec<u8>, MediaError> {
    let bytes = bytes.ok_or(ExceededLimit::Memory.error())?;
    let mut pixels = Vec::new();
    pixels.try_reserve_exact(bytes).map_err(|_| ExceededLimit::Memory.error())?;
    pixels.resize(bytes, 0);
    Ok(pixels)
}

/// Draws a picture that lies decoded in memory.
fn draw(pixels: &[u8], header: Header, canvas: &mut dyn Canvas) -> Result<(), MediaError> {
    let length = header.row_bytes();
    if pixels.len() / length < header.height as usize {
        return Err(Reason::DecoderFailed.error());
    }
    canvas.begin(header);
    while let Some(row) = canvas.next_row() {
        canvas.row(&pixels[row as usize * length..][..length]);
    }
    Ok(())
}
