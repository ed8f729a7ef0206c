//! Videos: frames through `ffmpeg`, each hashed whole, as vPDQ does.
//!
//! What it is: [`VideoPool`] has a few videos watched at a time. The bytes go to `ffmpeg` through a pipe, raw frames come
//! back through another, and are hashed row by row while they come: no frame is held, no file is touched, and memory is
//! flat whatever the length. What it is not: it parses nothing of a video itself but the outermost boxes of MP4
//! (`faststart.rs`), and trusts nothing that comes back.
//!
//! The walk of one video: [`Container::sniff`] → `faststart` → `process` (the launcher confines itself and becomes
//! `ffprobe`, then `ffmpeg`) → `frames` → [`Watched`].
//!
//! What confines the children stands in `launch.rs` and `cage.rs`, before they become another program. To add a container, give
//! [`Container`] a variant and its demuxer a name.

mod arguments;
mod cage;
mod container;
mod faststart;
mod frames;
mod launch;
mod pool;
mod probe;
mod process;
mod programs;

pub use container::Container;
pub use launch::launch;
pub use pool::{VideoPool, VideoSettings, ways_out};
pub use programs::{Programs, ProgramsError};

use std::time::Duration;

use vigie_match::Vpdq;

/// What one video may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoLimits {
    /// Length of the video, in bytes.
    pub bytes: u64,
    /// Width times height of a frame.
    pub pixels: u64,
    /// Frames that are hashed; at most [`vigie_match::vpdq::MOST_FRAMES`] count.
    pub frames: u32,
    /// Bytes of raw frames that are taken.
    pub raw_bytes: u64,
    /// From handing the video over to the answer. The child's own CPU time is bounded by the same.
    pub time: Duration,
    /// Address space of a child, in bytes.
    pub memory: u64,
}

impl Default for VideoLimits {
    /// 100 MiB, 36 megapixels (which is 8K), 7,200 frames (two hours at one a second), 256 GiB of raw frames, a minute,
    /// 2 GiB.
    fn default() -> Self {
        Self {
            bytes: 100 << 20,
            pixels: 36_000_000,
            frames: 7_200,
            raw_bytes: 256 << 30,
            time: Duration::from_secs(60),
            memory: 2 << 30,
        }
    }
}

/// How far a video has been watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Frames hashed so far.
    pub frames: u32,
    /// When the last of them is shown.
    pub position: Duration,
    /// How long the video says that it is.
    pub duration: Option<Duration>,
}

/// What watching a video tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Its container, by its content.
    pub container: Container,
    /// Pixels in a row of its first frame.
    pub width: u32,
    /// Rows of its first frame.
    pub height: u32,
    /// How long it says that it is.
    pub duration: Option<Duration>,
    /// The frames that were hashed.
    pub vpdq: Vpdq,
    /// Why there are no more frames.
    pub ended: Ended,
}

/// Why watching a video ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was watched to its end.
    AtItsEnd,
    /// Its rest cannot be decoded.
    Broken,
    /// [`VideoLimits::time`] is over.
    OutOfTime,
    /// As many frames as [`VideoLimits::frames`] or [`VideoLimits::raw_bytes`] allow were hashed.
    OutOfFrames,
}

impl Watched {
    /// The media type.
    #[must_use]
    pub fn mime(&self) -> &'static str {
        self.container.mime()
    }
}
