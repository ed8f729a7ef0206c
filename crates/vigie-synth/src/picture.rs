//! A picture in memory, and the files made of it.
//!
//! What it is: RGB pixels with PNG and JPEG writers. What it is not: a decoder; nothing here reads a file.

use serde::{Deserialize, Serialize};

/// Width and height of a picture in pixels, each between 16 and 8192.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u32, u32)", into = "(u32, u32)")]
pub struct Size {
    width: u32,
    height: u32,
}

/// A side of less than 16 or more than 8192 pixels.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a picture of {width}×{height}: each side is between 16 and 8192 pixels")]
pub struct SizeError {
    width: u32,
    height: u32,
}

impl Size {
    /// A size, when both sides are within the limits.
    ///
    /// # Errors
    /// When a side is out of the limits.
    pub fn new(width: u32, height: u32) -> Result<Self, SizeError> {
        let legal = 16..=8192;
        if legal.contains(&width) && legal.contains(&height) {
            Ok(Self { width, height })
        } else {
            Err(SizeError { width, height })
        }
    }

    /// The legal size nearest to the one asked for.
    #[must_use]
    pub fn clamped(width: u32, height: u32) -> Self {
        Self { width: width.clamp(16, 8192), height: height.clamp(16, 8192) }
    }

    /// Pixels from left to right.
    #[must_use]
    pub fn width(self) -> u32 {
        self.width
    }

    /// Pixels from top to bottom.
    #[must_use]
    pub fn height(self) -> u32 {
        self.height
    }

    /// Width and height as indexes.
    pub(crate) fn sides(self) -> (usize, usize) {
        (self.width as usize, self.height as usize)
    }

    pub(crate) fn pixels(self) -> usize {
        self.width as usize * self.height as usize
    }

    pub(crate) fn turned(self) -> Self {
        Self { width: self.height, height: self.width }
    }
}

impl TryFrom<(u32, u32)> for Size {
    type Error = SizeError;

    fn try_from((width, height): (u32, u32)) -> Result<Self, SizeError> {
        Self::new(width, height)
    }
}

impl From<Size> for (u32, u32) {
    fn from(size: Size) -> Self {
        (size.width, size.height)
    }
}

/// The file format a picture is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Lossless.
    Png,
    /// Baseline JPEG at a quality between 1 and 100.
    Jpeg(u8),
}

impl Encoding {
    /// The media type that goes with the bytes, such as `image/png`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg(_) => "image/jpeg",
        }
    }

    /// The ending of a file's name, without its dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg(_) => "jpg",
        }
    }
}

/// One RGB pixel.
pub type Pixel = [u8; 3];

/// A picture of 8-bit RGB pixels, row by row from the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    size: Size,
    pixels: Vec<Pixel>,
}

impl Picture {
    /// A picture whose pixel at column `x` and row `y` is what `paint(x, y)` answers.
    #[must_use]
    pub fn painted(size: Size, mut paint: impl FnMut(usize, usize) -> Pixel) -> Self {
        let (width, height) = size.sides();
        let mut pixels = Vec::with_capacity(size.pixels());
        for y in 0..height {
            pixels.extend((0..width).map(|x| paint(x, y)));
        }
        Self { size, pixels }
    }

    /// Its width and height.
    #[must_use]
    pub fn size(&self) -> Size {
        self.size
    }

    /// The pixel at column `x` and row `y`; outside, the nearest one inside.
    #[must_use]
    pub fn at(&self, x: usize, y: usize) -> Pixel {
        let (width, height) = self.size.sides();
        self.pixels[y.min(height - 1) * width + x.min(width - 1)]
    }

    /// All pixels, row by row from the top.
    #[must_use]
    pub fn pixels(&self) -> &[Pixel] {
        &self.pixels
    }

    /// Paints one pixel, which must be inside.
    pub(crate) fn set(&mut self, x: usize, y: usize, pixel: Pixel) {
        let width = self.size.width as usize;
        self.pixels[y * width + x] = pixel;
    }

    /// The rows, for painters that work in place.
    pub(crate) fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, Pixel> {
        self.pixels.chunks_exact_mut(self.size.width as usize)
    }

    /// The pixels from top row to last, red, green, blue, as bytes.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        self.pixels.as_flattened()
    }

    /// The picture as a file.
    #[must_use]
    pub fn encode(&self, encoding: Encoding) -> Vec<u8> {
        match encoding {
            Encoding::Png => self.png(),
            Encoding::Jpeg(quality) => self.jpeg(quality),
        }
    }

    fn png(&self) -> Vec<u8> {
        let mut file = Vec::with_capacity(self.pixels.len());
        let mut encoder = png::Encoder::new(&mut file, self.size.width, self.size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(self.rgb()))
            .expect("a picture has legal sides and all its bytes, and writing to memory does not fail");
        file
    }

    fn jpeg(&self, quality: u8) -> Vec<u8> {
        let mut file = Vec::with_capacity(self.pixels.len() / 2);
        let side = |pixels: u32| u16::try_from(pixels).expect("a side is at most 8192 pixels");
        jpeg_encoder::Encoder::new(&mut file, quality.clamp(1, 100))
            .encode(self.rgb(), side(self.size.width), side(self.size.height), jpeg_encoder::ColorType::Rgb)
            .expect("a picture has legal sides and all its bytes, and writing to memory does not fail");
        file
    }
}
