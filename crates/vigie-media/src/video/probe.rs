//! What `ffprobe` says of a video, and which of its frames are to be hashed.

use std::time::Duration;

use crate::{ExceededLimit, MediaError, Reason};

/// No video has more frames a second than this. A higher rate that a video states of itself would only have frames
/// skipped: it is not believed.
const MOST_FRAMES_A_SECOND: u64 = 240;
/// The rate of a video that states none.
const USUAL_RATE: Rate = Rate { frames: 25, seconds: 1 };
/// More than `ffprobe` has to say.
pub(super) const LONGEST: u64 = 4096;

/// Frames in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    frames: u64,
    seconds: u64,
}

/// A video before it is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Probed {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rate: Rate,
    pub(super) duration: Option<Duration>,
}

impl Probed {
    /// Reads what `ffprobe` wrote: lines of `name=value`.
    pub(super) fn read(text: &[u8], pixels: u64) -> Result<Self, MediaError> {
        let text = String::from_utf8_lossy(text);
        let values = |name: &'static str| {
            let lines = text.lines().filter_map(|line| line.trim().split_once('='));
            lines.filter(move |(key, _)| *key == name).map(|(_, value)| value)
        };
        let side = |name| values(name).find_map(|value| value.parse::<u32>().ok());
        let (Some(width), Some(height)) = (side("width"), side("height")) else {
            return Err(if text.trim().is_empty() {
                Reason::Malformed.error()
            } else {
                MediaError::UnknownFormat
            });
        };
        if width == 0 || height == 0 {
            return Err(Reason::Malformed.error());
        }
        if u64::from(width) * u64::from(height) > pixels {
            return Err(ExceededLimit::Pixels.error());
        }
        let mut rates = values("avg_frame_rate").chain(values("r_frame_rate"));
        let seconds = values("duration").find_map(|value| value.parse::<f64>().ok());
        Ok(Self {
            width,
            height,
            rate: rates.find_map(Rate::read).unwrap_or(USUAL_RATE),
            duration: seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        })
    }
}

impl Rate {
    fn read(text: &str) -> Option<Self> {
        let (frames, seconds) = text.split_once('/')?;
        let rate = Self { frames: frames.parse().ok()?, seconds: seconds.parse().ok()? };
        let fits = |number: u64| number > 0 && number <= u64::from(u32::MAX);
        if !fits(rate.frames) || !fits(rate.seconds) {
            return None;
        }
        let most = MOST_FRAMES_A_SECOND * rate.seconds;
        Some(Self { frames: rate.frames.min(most), ..rate })
    }

    /// One frame in so many is hashed: as many as pass between two hashes, and at least one.
    pub(super) fn step(self, between: Duration) -> u32 {
        let frames = between.as_millis() * u128::from(self.frames) / (1000 * u128::from(self.seconds));
        u32::try_from(frames).unwrap_or(u32::MAX).max(1)
    }

    /// When a frame is shown, in milliseconds, as the reference computes it.
    pub(super) fn milliseconds(self, frame: u32) -> u32 {
        let exact = u128::from(frame) * 1000 * u128::from(self.seconds);
        let rounded = (exact + u128::from(self.frames) / 2) / u128::from(self.frames);
        u32::try_from(rounded).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(text: &str) -> Rate {
        Rate::read(text).unwrap()
    }

    #[test]
    fn what_is_said_is_read_and_what_cannot_be_is_refused() {
        let said = b"width=1280\nheight=720\nr_frame_rate=30/1\navg_frame_rate=30000/1001\nduration=N/A\nduration=4.5\n";
        let probed = Probed::read(said, 1 << 20).unwrap();
        assert_eq!((probed.width, probed.height, probed.rate), (1280, 720, rate("30000/1001")));
        assert_eq!(probed.duration, Some(Duration::from_millis(4500)));
        assert!(matches!(
            Probed::read(said, 1000).unwrap_err(),
            MediaError::LimitExceeded { limit: ExceededLimit::Pixels }
        ));
        for (said, known) in [(&b""[..], true), (b"width=0\nheight=4", true), (b"duration=4.0\n", false)] {
            let error = Probed::read(said, 1000).unwrap_err();
            assert_eq!(matches!(error, MediaError::Undecodable { .. }), known, "{error}");
        }
        let odd = b"width=4\nheight=4\navg_frame_rate=0/0\nduration=-1\nduration=nan\n";
        let probed = Probed::read(odd, 1000).unwrap();
        assert_eq!((probed.rate, probed.duration), (USUAL_RATE, None));
    }

    #[test]
    fn one_frame_in_so_many_as_the_reference_counts_them() {
        let second = Duration::from_secs(1);
        assert_eq!([rate("30/1").step(second), rate("30000/1001").step(second)], [30, 29]);
        assert_eq!(rate("25/1").step(Duration::from_millis(500)), 12);
        assert_eq!([rate("25/1").step(Duration::ZERO), rate("1/10").step(second)], [1, 1]);
        // A rate that would skip a whole film is not believed.
        assert_eq!(rate("4294967295/1").step(second), 240);
        assert_eq!([1, 2, 30].map(|frame| rate("30/1").milliseconds(frame)), [33, 67, 1000]);
    }
}
