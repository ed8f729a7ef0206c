//! What the configuration says of videos.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use vigie_app::matching::VideoRule;
use vigie_media::VideoLimits;

/// How videos are watched and matched.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Video {
    /// The program; by default the first in `PATH`.
    pub ffmpeg: Option<PathBuf>,
    /// The time between two hashes in seconds; 0 has every frame hashed.
    pub seconds_per_hash: f64,
    /// Seconds that one video may take.
    pub seconds: u64,
    /// Bytes of memory of the program.
    pub memory: u64,
    /// Width times height of a frame.
    pub pixels: u64,
    /// Frames that are hashed of one video.
    pub frames: u32,
    /// Videos that are watched at a time; 0 stands for one on every two cores.
    pub at_once: usize,
    /// A match where so many percent of the upload are like known frames; over 100, this is never one.
    pub excerpt_percent: u8,
    /// A match where so many percent of a known video are in the upload; over 100, this is never one.
    pub contained_percent: u8,
}

impl Default for Video {
    fn default() -> Self {
        let (limits, rule) = (VideoLimits::default(), VideoRule::default());
        Self {
            ffmpeg: None,
            seconds_per_hash: 1.0,
            seconds: limits.time.as_secs(),
            memory: limits.memory,
            pixels: limits.pixels,
            frames: limits.frames,
            at_once: 0,
            excerpt_percent: rule.excerpt_percent,
            contained_percent: rule.contained_percent,
        }
    }
}

impl Video {
    /// The time between two hashes.
    #[must_use]
    pub fn between(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds_per_hash).unwrap_or_default()
    }

    /// What one video of so many bytes at most may cost.
    #[must_use]
    pub fn limits(&self, bytes: u64) -> VideoLimits {
        VideoLimits {
            bytes,
            pixels: self.pixels,
            frames: self.frames,
            time: Duration::from_secs(self.seconds),
            memory: self.memory,
            ..VideoLimits::default()
        }
    }

    /// When two videos match.
    #[must_use]
    pub fn rule(&self) -> VideoRule {
        VideoRule { excerpt_percent: self.excerpt_percent, contained_percent: self.contained_percent }
    }
}
