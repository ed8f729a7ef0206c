//! The stream of raw frames, hashed while it comes.
//!
//! Each frame is a header of text (`P6`, width, height, 255) and its bytes. The stream comes from a process that may have
//! been taken over, so every number in it is checked against the limits.

use std::ops::ControlFlow;

use vigie_match::pdq::{Layout, WholeFrame};
use vigie_match::vpdq::{Frame, MOST_FRAMES};

use super::VideoLimits;
use super::probe::Rate;

/// More than any header has.
const LONGEST_HEADER: usize = 32;

/// Why no more of the stream is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is not what was asked for.
    Nonsense,
    /// There are as many frames as may be.
    Full,
}

/// The frames so far.
pub(super) struct Frames {
    limits: VideoLimits,
    rate: Rate,
    step: u32,
    raw_bytes: u64,
    header: Vec<u8>,
    current: Option<Current>,
    /// Kept from frame to frame, as long as they have the same sides.
    hasher: Option<(Sides, WholeFrame)>,
    pub(super) hashed: Vec<Frame>,
}

type Sides = (u32, u32);

/// The frame whose rows come now.
struct Current {
    row_bytes: usize,
    rows_left: u32,
    /// The beginning of a row that is not whole yet.
    row: Vec<u8>,
}

impl Frames {
    pub(super) fn new(limits: VideoLimits, rate: Rate, step: u32) -> Self {
        let (header, hashed) = (Vec::new(), Vec::new());
        Self { limits, rate, step, raw_bytes: 0, header, current: None, hasher: None, hashed }
    }

    /// Takes the next bytes.
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> ControlFlow<Stop> {
        while !bytes.is_empty() {
            bytes = match &mut self.current {
                None => self.take_header(bytes)?,
                Some(_) => self.take_rows(bytes)?,
            };
        }
        ControlFlow::Continue(())
    }

    fn take_header<'a>(&mut self, bytes: &'a [u8]) -> ControlFlow<Stop, &'a [u8]> {
        for (at, byte) in bytes.iter().enumerate() {
            self.header.push(*byte);
            let lines = self.header.iter().filter(|byte| **byte == b'\n').count();
            if lines == 3 {
                self.begin()?;
                return ControlFlow::Continue(&bytes[at + 1..]);
            }
            if self.header.len() > LONGEST_HEADER {
                return ControlFlow::Break(Stop::Nonsense);
            }
        }
        ControlFlow::Continue(&[])
    }

    fn begin(&mut self) -> ControlFlow<Stop> {
        if self.hashed.len() >= MOST_FRAMES.min(self.limits.frames as usize) {
            return ControlFlow::Break(Stop::Full);
        }
        let Some(sides @ (width, height)) = sides(&self.header) else {
            return ControlFlow::Break(Stop::Nonsense);
        };
        if u64::from(width) * u64::from(height) > self.limits.pixels {
            return ControlFlow::Break(Stop::Nonsense);
        }
        self.header.clear();
        self.raw_bytes += u64::from(width) * u64::from(height) * 3;
        if self.raw_bytes > self.limits.raw_bytes {
            return ControlFlow::Break(Stop::Full);
        }
        if self.hasher.as_ref().is_none_or(|(before, _)| *before != sides) {
            self.hasher = Some((sides, WholeFrame::new(width, height, Layout::Rgb)));
        }
        self.current = Some(Current { row_bytes: width as usize * 3, rows_left: height, row: Vec::new() });
        ControlFlow::Continue(())
    }

    fn take_rows<'a>(&mut self, mut bytes: &'a [u8]) -> ControlFlow<Stop, &'a [u8]> {
        let (Some(current), Some((_, hasher))) = (&mut self.current, &mut self.hasher) else {
            return ControlFlow::Break(Stop::Nonsense);
        };
        while current.rows_left > 0 && !bytes.is_empty() {
            let missing = current.row_bytes - current.row.len();
            let (part, rest) = bytes.split_at(missing.min(bytes.len()));
            bytes = rest;
            if part.len() < missing {
                current.row.extend_from_slice(part);
                break;
            }
            if current.row.is_empty() {
                hasher.push(part);
            } else {
                current.row.extend_from_slice(part);
                hasher.push(&current.row);
                current.row.clear();
            }
            current.rows_left -= 1;
        }
        if current.rows_left == 0 {
            let result = hasher.finish();
            let number = u32::try_from(self.hashed.len()).unwrap_or(u32::MAX).saturating_mul(self.step);
            let milliseconds = self.rate.milliseconds(number);
            self.hashed.push(Frame { number, quality: result.quality, hash: result.hash, milliseconds });
            self.current = None;
        }
        ControlFlow::Continue(bytes)
    }
}

/// Width and height in a header.
fn sides(header: &[u8]) -> Option<Sides> {
    let text = std::str::from_utf8(header).ok()?;
    let (width, height) = text.strip_prefix("P6\n")?.strip_suffix("\n255\n")?.split_once(' ')?;
    let side = |text: &str| text.parse::<u32>().ok().filter(|side| *side > 0);
    Some((side(width)?, side(height)?))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use vigie_match::pdq;

    use super::*;
    use crate::video::probe::Probed;

    fn rate() -> Rate {
        Probed::read(b"width=4\nheight=4\navg_frame_rate=10/1\n", 16).unwrap().rate
    }

    fn frame(width: u32, height: u32, seed: u32) -> Vec<u8> {
        (0..width * height * 3).map(|at| (at.wrapping_mul(at / 7 + seed) >> 3) as u8).collect()
    }

    fn sent(width: u32, height: u32, seed: u32) -> Vec<u8> {
        [format!("P6\n{width} {height}\n255\n").into_bytes(), frame(width, height, seed)].concat()
    }

    #[test]
    fn frames_cut_anywhere_are_hashed_as_the_whole_ones() {
        let stream = [sent(90, 70, 3), sent(90, 70, 4), sent(64, 64, 5), sent(3, 3, 1)].concat();
        for part in [1, 2, 13, 270, 271, 1000, stream.len()] {
            let mut frames = Frames::new(VideoLimits::default(), rate(), rate().step(Duration::from_secs(1)));
            assert!(stream.chunks(part).all(|bytes| frames.push(bytes).is_continue()));
            let expected = [(90, 70, 3), (90, 70, 4), (64, 64, 5), (3, 3, 1)];
            assert_eq!(frames.hashed.len(), 4, "in parts of {part}");
            for (at, (hashed, (width, height, seed))) in (0..).zip(frames.hashed.iter().zip(expected)) {
                let one = pdq::hash_rgb(&frame(width, height, seed), width, height);
                assert!(hashed.hash.distance(&one.hash) <= 2 && hashed.quality.abs_diff(one.quality) <= 1);
                assert_eq!((hashed.number, hashed.milliseconds), (at * 10, at * 1000));
            }
        }
    }

    #[test]
    fn what_was_not_asked_for_ends_the_stream() {
        let limits = VideoLimits { pixels: 100, ..VideoLimits::default() };
        let nonsense = [
            "P5\n1 1\n255\n",
            "P6\n11 10\n255\n",
            "P6\n0 10\n255\n",
            "P6\n4294967296 1\n255\n",
            "P6\n4 -4\n255\n",
            "P6\n4 4\n65535\n",
            "P6\n4\n\n\n",
            "P6 4 4 255 and so on, and so on, and so on",
        ];
        for header in nonsense {
            let mut frames = Frames::new(limits, rate(), 1);
            assert_eq!(frames.push(header.as_bytes()), ControlFlow::Break(Stop::Nonsense), "{header:?}");
        }
    }

    #[test]
    fn frames_and_bytes_are_bounded() {
        let limits = VideoLimits { frames: 2, ..VideoLimits::default() };
        let mut frames = Frames::new(limits, rate(), 1);
        let stream = [sent(8, 8, 1), sent(8, 8, 2), sent(8, 8, 3)].concat();
        assert_eq!(frames.push(&stream), ControlFlow::Break(Stop::Full));
        assert_eq!(frames.hashed.len(), 2);
        let mut frames = Frames::new(VideoLimits { raw_bytes: 200, ..limits }, rate(), 1);
        assert_eq!(frames.push(&stream), ControlFlow::Break(Stop::Full));
        assert_eq!(frames.hashed.len(), 1);
    }
}
