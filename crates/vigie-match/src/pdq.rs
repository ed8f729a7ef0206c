//! PDQ: the perceptual hash of an image, equal to the reference implementation on the same pixels.
//!
//! What it is: from rows of 8-bit pixels to 256 bits, a quality and the eight dihedral variants. The reference's steps
//! (nearest-neighbour resize to 512×512 where a side exceeds it, two box passes along each axis, decimation to 64×64)
//! are linear and touch little of the image, so they are folded into one small weight table per axis (`axis.rs`) that
//! is applied while rows go by (`fold.rs`). What it is not: it decodes no file; orientation, profiles and transparency
//! are ignored, as the reference ignores them.
//!
//! Values are the same on every machine: nothing is fused or reordered between the portable and the wide code paths.
//! Against the reference a bit can differ only where a coefficient lies so near the median that the order of
//! additions decides it; such images are marked [`PdqResult::stable`]` == false`.
//!
//! To add a pixel layout, give [`Layout`] a variant and its channel weights.
//!
//! Source: facebook/ThreatExchange, `pdq/cpp`.
//!
//! ```
//! use vigie_match::pdq;
//!
//! let grey = vec![90; 100 * 80];
//! let flat = pdq::hash_luma(&grey, 100, 80);
//! assert!(flat.quality < pdq::QUALITY_FLOOR && !flat.stable);
//! ```

mod axis;
mod coarse;
mod fold;
#[cfg(test)]
mod oracle;
mod sampler;
#[cfg(test)]
mod tests;
mod transform;
mod whole;
mod wide;

pub use coarse::{BLOCK, hash_means};
pub use sampler::Sampler;
pub use transform::{PdqResult, Variant};
pub use whole::WholeFrame;

/// Under this quality (0 to 100) a hash says too little about its image to be matched: there is no PDQ signal.
///
/// Source: `pdq/README.md` of the reference: "discard hashes of quality 49 and below".
pub const QUALITY_FLOOR: u8 = 50;

/// An image with a side shorter than this, in pixels, has quality 0 and the hash of zeros.
pub const SMALLEST_SIDE: u32 = 5;

/// How the 8-bit samples of one pixel follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One sample: luminance.
    Luma,
    /// Luminance, then transparency (dropped).
    LumaAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, then transparency (dropped).
    Rgba,
}

impl Layout {
    /// Bytes of one pixel.
    #[must_use]
    pub fn channels(self) -> usize {
        self.weights().len()
    }

    /// What each sample contributes to luminance.
    fn weights(self) -> &'static [f32] {
        match self {
            Self::Luma => &[1.0],
            Self::LumaAlpha => &[1.0, 0.0],
            Self::Rgb => &[0.299, 0.587, 0.114],
            Self::Rgba => &[0.299, 0.587, 0.114, 0.0],
        }
    }
}

/// Hashes an image of `width`×`height` pixels that lies in memory, rows from top to bottom without padding.
///
/// # Panics
/// `pixels` holds fewer than `width * height` pixels.
#[must_use]
pub fn hash(pixels: &[u8], width: u32, height: u32, layout: Layout) -> PdqResult {
    let stride = width as usize * layout.channels();
    assert!(pixels.len() >= stride * height as usize, "the image is shorter than its sides say");
    let mut sampler = Sampler::new(width, height, layout);
    while let Some(row) = sampler.next_row() {
        sampler.push(&pixels[row as usize * stride..][..stride]);
    }
    sampler.finish()
}

/// Hashes an image of interleaved red, green and blue bytes; see [`hash()`].
///
/// # Panics
/// `pixels` holds fewer than `width * height` pixels.
#[must_use]
pub fn hash_rgb(pixels: &[u8], width: u32, height: u32) -> PdqResult {
    hash(pixels, width, height, Layout::Rgb)
}

/// Hashes an image of luminance bytes; see [`hash()`].
///
/// # Panics
/// `pixels` holds fewer than `width * height` pixels.
#[must_use]
pub fn hash_luma(pixels: &[u8], width: u32, height: u32) -> PdqResult {
    hash(pixels, width, height, Layout::Luma)
}
