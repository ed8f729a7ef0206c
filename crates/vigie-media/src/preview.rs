//! What a person sees of a picture: small, grey and blurred until they ask for more.
//!
//! A preview is turned upright as the camera's orientation says, unlike what is hashed. Transparency is dropped in both,
//! so that nothing is hidden from the eye that the hash has seen.
//!
//! To add a level of shielding, add a constant to [`PreviewSettings`].

mod blur;
mod shrink;

use shrink::Shrunk;

use crate::decode;
use crate::{Limits, MediaError, Reason};

/// The longest side that any preview has, whatever is asked for.
pub const LONGEST_SIDE: u16 = 1024;

/// How strongly a preview is blurred, in proportion to its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Blur {
    /// Not at all.
    None = 0,
    /// Shapes stay, faces and detail go.
    Light = 1,
    /// Light, dark and the rough composition stay.
    Heavy = 2,
}

impl Blur {
    pub(crate) const ALL: [Self; 3] = [Self::None, Self::Light, Self::Heavy];

    /// Radius in pixels on a preview whose longer side has so many.
    fn radius(self, side: usize) -> usize {
        match self {
            Self::None => 0,
            Self::Light => (side / 80).max(1),
            Self::Heavy => (side / 16).max(2),
        }
    }
}

/// What a preview is to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PreviewSettings {
    /// Longest side in pixels; more than [`LONGEST_SIDE`] counts as that. Smaller pictures keep their size.
    pub max_side: u16,
    /// Whether colours are dropped.
    pub grey: bool,
    /// How strongly it is blurred.
    pub blur: Blur,
}

impl PreviewSettings {
    /// What is shown unasked.
    pub const SHIELDED: Self = Self { max_side: 240, grey: true, blur: Blur::Heavy };
    /// The first step of reveal.
    pub const SOFT: Self = Self { max_side: 480, grey: true, blur: Blur::Light };
    /// The last step of reveal.
    pub const FULL: Self = Self { max_side: LONGEST_SIDE, grey: false, blur: Blur::None };
}

/// A preview, drawn anew: nothing of the original file is in it but the pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Preview {
    /// A PNG file.
    pub png: Vec<u8>,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl std::fmt::Debug for Preview {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Preview({}×{})", self.width, self.height)
    }
}

/// Decodes and draws in this very process; see the crate's words on who may.
///
/// # Errors
/// The media is too long, of no known format, undecodable or beyond a limit.
pub fn preview(media: &[u8], limits: &Limits, settings: PreviewSettings) -> Result<Preview, MediaError> {
    let mut shrunk = Shrunk::new(settings);
    decode::decode(media, limits, &mut shrunk)?;
    let mut picture = shrunk.finish().ok_or(Reason::DecoderFailed.error())?;
    let radius = settings.blur.radius(picture.width.max(picture.height));
    for plane in &mut picture.planes {
        blur::blur(plane, picture.width, radius);
    }
    encode(&picture).map_err(|_| Reason::DecoderFailed.error())
}

/// A small picture of one plane (grey) or three (red, green, blue).
struct Picture {
    width: usize,
    height: usize,
    planes: Vec<Vec<f32>>,
}

fn encode(picture: &Picture) -> Result<Preview, png::EncodingError> {
    let side = |length: usize| u32::try_from(length).expect("a preview's side is at most 1024");
    let (width, height) = (side(picture.width), side(picture.height));
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(if picture.planes.len() == 1 {
        png::ColorType::Grayscale
    } else {
        png::ColorType::Rgb
    });
    encoder.set_compression(png::Compression::Fast);
    let pixels: Vec<u8> = (0..picture.width * picture.height)
        .flat_map(|index| picture.planes.iter().map(move |plane| plane[index].round() as u8))
        .collect();
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(Preview { png: bytes, width, height })
}

#[cfg(test)]
mod tests;
