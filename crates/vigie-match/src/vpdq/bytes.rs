//! The form in which a database keeps the signal: a version, then 41 bytes for each frame.

use super::{Frame, InvalidVpdq, Vpdq};
use crate::signal::Pdq;

const VERSION: u8 = 1;
/// Number and milliseconds, least significant byte first, quality, hash.
const FRAME: usize = 4 + 4 + 1 + 32;

impl Vpdq {
    /// The stored form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        for frame in self.frames() {
            bytes.extend(frame.number.to_le_bytes());
            bytes.extend(frame.milliseconds.to_le_bytes());
            bytes.push(frame.quality);
            bytes.extend(frame.hash.0);
        }
        bytes
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// It is of another version, cut, empty or too long.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidVpdq> {
        let [VERSION, frames @ ..] = bytes else { return Err(InvalidVpdq::Stored) };
        let (frames, []) = frames.as_chunks::<FRAME>() else { return Err(InvalidVpdq::Stored) };
        Self::new(frames.iter().map(frame).collect::<Result<_, _>>()?)
    }
}

fn frame(bytes: &[u8; FRAME]) -> Result<Frame, InvalidVpdq> {
    let number = |at: usize| u32::from_le_bytes(std::array::from_fn(|byte| bytes[at + byte]));
    let frame = Frame {
        number: number(0),
        milliseconds: number(4),
        quality: bytes[8],
        hash: Pdq(std::array::from_fn(|byte| bytes[9 + byte])),
    };
    if frame.quality > 100 { Err(InvalidVpdq::Stored) } else { Ok(frame) }
}
