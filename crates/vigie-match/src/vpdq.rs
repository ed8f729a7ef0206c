//! vPDQ: the signal of a video, a PDQ hash of one frame in so many.
//!
//! What it is: the frames, their text form (compatible with the reference's), their form in a database, and the rule by
//! which two videos are the same: shares of frames that have a like one in the other, both ways. A picture is a video of
//! one frame, so that videos are looked for among pictures and pictures among videos by the same rule. What it is not: it
//! decodes nothing.
//!
//! To make the rule say more, add to [`Share`] and [`Thresholds`].
//!
//! Source: facebook/ThreatExchange, `vpdq`.
//!
//! ```
//! use vigie_match::vpdq::{Share, Vpdq, compare};
//!
//! let text = "0,100,d8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22,0.000\n";
//! let video: Vpdq = text.parse()?;
//! assert_eq!(compare(&video, &video, 31), Share { query: 1, of_query: 1, compared: 1, of_compared: 1 });
//! assert_eq!(video.to_string(), text);
//! # Ok::<(), vigie_match::vpdq::InvalidVpdq>(())
//! ```

mod bytes;
mod rule;
mod search;
mod text;

use std::collections::HashSet;
use std::fmt;

use crate::pdq::QUALITY_FLOOR;
use crate::signal::Pdq;

pub use rule::{CONTAINED, EXCERPT, Share, Thresholds, compare};
pub use search::{Owner, VideoHit, rows, search};

/// A video has at most so many frames: ten hours at one a second, twenty minutes at thirty.
pub const MOST_FRAMES: usize = 36_000;

/// A frame of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame {
    /// Which frame of the video it is, from 0.
    pub number: u32,
    /// PDQ quality, 0 to 100.
    pub quality: u8,
    /// The hash of the whole frame.
    pub hash: Pdq,
    /// When it is shown, in milliseconds from the beginning.
    pub milliseconds: u32,
}

/// The signal of a video: at least one frame, at most [`MOST_FRAMES`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Vpdq(Vec<Frame>);

impl Vpdq {
    /// The signal of these frames.
    ///
    /// # Errors
    /// There is none, or there are too many.
    pub fn new(frames: Vec<Frame>) -> Result<Self, InvalidVpdq> {
        if frames.is_empty() {
            return Err(InvalidVpdq::Empty);
        }
        if frames.len() > MOST_FRAMES {
            return Err(InvalidVpdq::TooLong);
        }
        Ok(Self(frames))
    }

    /// Every frame, in the order in which they were given.
    #[must_use]
    pub fn frames(&self) -> &[Frame] {
        &self.0
    }

    /// The frames that are compared: of quality [`QUALITY_FLOOR`] and over, each hash once, in their order.
    #[must_use]
    pub fn kept(&self) -> Vec<Frame> {
        let mut seen = HashSet::new();
        let counts = |frame: &&Frame| frame.quality >= QUALITY_FLOOR;
        self.0.iter().filter(counts).filter(|frame| seen.insert(frame.hash)).copied().collect()
    }
}

impl fmt::Debug for Vpdq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As with PDQ: a hash of material is not for logs.
        write!(f, "Vpdq({} frames)", self.0.len())
    }
}

/// What is no vPDQ signal. Nothing of it is repeated: it may hold hashes of material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidVpdq {
    /// No frame at all.
    #[error("not a vPDQ signal: it has no frame")]
    Empty,
    /// More than [`MOST_FRAMES`].
    #[error("not a vPDQ signal: it has more than {MOST_FRAMES} frames")]
    TooLong,
    /// A line of the text is no frame.
    #[error("not a vPDQ signal: frame {line}: {fault}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        fault: FrameFault,
    },
    /// The bytes of a database are not of this form.
    #[error("not a vPDQ signal: its stored form is damaged")]
    Stored,
}

/// What is wrong with a line that should be a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// Not four fields.
    #[error("it is not number,quality,hash,seconds")]
    Fields,
    /// The first field.
    #[error("its number is not one from 0 to 4294967295")]
    Number,
    /// The second field.
    #[error("its quality is not a whole number from 0 to 100")]
    Quality,
    /// The third field.
    #[error("its hash is not 64 hexadecimal digits")]
    Hash,
    /// The fourth field.
    #[error("its time is not in seconds, such as 12.345, below fifty days")]
    Time,
}
