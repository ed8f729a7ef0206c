//! The text form: a line `number,quality,hash,seconds` for each frame. Within one field of a list the lines stand behind
//! one another with semicolons.

use std::fmt;
use std::str::FromStr;

use super::{Frame, FrameFault, InvalidVpdq, MOST_FRAMES, Vpdq};

impl fmt::Display for Vpdq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.frames().iter().try_for_each(|frame| writeln!(f, "{frame}"))
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, rest) = (self.milliseconds / 1000, self.milliseconds % 1000);
        write!(f, "{},{},{},{seconds}.{rest:03}", self.number, self.quality, self.hash)
    }
}

impl Vpdq {
    /// The text form on one line, for a field of a list.
    #[must_use]
    pub fn field(&self) -> String {
        let frames: Vec<_> = self.frames().iter().map(Frame::to_string).collect();
        frames.join(";")
    }
}

impl FromStr for Vpdq {
    type Err = InvalidVpdq;

    /// Reads the text form, as lines or as one field. Empty lines are left out.
    fn from_str(text: &str) -> Result<Self, InvalidVpdq> {
        let mut frames = Vec::new();
        for (line, text) in (1..).zip(text.split(['\n', ';'])) {
            let text = text.trim();
            if text.is_empty() {
                continue;
            }
            if frames.len() == MOST_FRAMES {
                return Err(InvalidVpdq::TooLong);
            }
            frames.push(frame(text).map_err(|fault| InvalidVpdq::Line { line, fault })?);
        }
        Self::new(frames)
    }
}

fn frame(line: &str) -> Result<Frame, FrameFault> {
    let mut fields = line.split(',').map(str::trim);
    let (Some(number), Some(quality), Some(hash), Some(time), None) =
        (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(FrameFault::Fields);
    };
    let quality = whole(quality).and_then(|quality| u8::try_from(quality).ok());
    Ok(Frame {
        number: whole(number).ok_or(FrameFault::Number)?,
        quality: quality.filter(|quality| *quality <= 100).ok_or(FrameFault::Quality)?,
        hash: hash.parse().map_err(|_| FrameFault::Hash)?,
        milliseconds: milliseconds(time).ok_or(FrameFault::Time)?,
    })
}

/// Digits and nothing else: a sign is no part of a number here.
fn whole(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Seconds with any number of decimals; those behind the third are left out.
fn milliseconds(text: &str) -> Option<u32> {
    let (seconds, decimals) = text.split_once('.').unwrap_or((text, "0"));
    if decimals.is_empty() || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part =
        decimals.bytes().chain(*b"000").take(3).fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    whole(seconds)?.checked_mul(1000)?.checked_add(part)
}
