//! What the pool and a child say to each other over the pipes.
//!
//! The pool sends one [`Hello`], then for each job a [`Request`] and the media behind it. The child answers each with
//! one [`Reply`]. All numbers are little-endian. Either side takes the other's lengths for a claim: a child may have
//! been taken over by what it decoded, so the pool reads no more than the largest honest answer, and a reply is made
//! of numbers and closed lists, never of text.

use std::io::{self, ErrorKind, Read};
use std::time::Duration;

use vigie_match::Pdq;

use crate::preview::LONGEST_SIDE;
use crate::{
    Blur, Cage, Escape, Examined, ExceededLimit, Format, Limits, MediaError, Pass, Preview, PreviewSettings,
    Reason,
};

/// The last byte is the version of the protocol.
const MAGIC: [u8; 8] = *b"vigie-d2";
const PDQ_BYTES: usize = 32;
const EXAMINED_BYTES: usize = 11 + 8 * PDQ_BYTES;
/// The largest preview: three bytes for each pixel and some for the file around them.
const PREVIEW_BYTES: usize = 4 * LONGEST_SIDE as usize * LONGEST_SIDE as usize;

/// The first words to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hello {
    /// The limits it is to impose on itself.
    pub(crate) limits: Limits,
    /// The cage it is to close around itself.
    pub(crate) cage: Cage,
    /// What it is to try then, where it is started for that alone.
    pub(crate) attempt: Option<Escape>,
}

impl Hello {
    const BYTES: usize = 42;

    pub(crate) fn encode(&self) -> [u8; Self::BYTES] {
        let Limits { bytes, pixels, time, memory } = self.limits;
        let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mut frame = [0; Self::BYTES];
        frame[..8].copy_from_slice(&MAGIC);
        frame[40] = u8::from(self.cage == Cage::LimitsAlone);
        frame[41] = self.attempt.map_or(0, |escape| escape as u8);
        for (to, number) in frame[8..40].as_chunks_mut::<8>().0.iter_mut().zip([bytes, pixels, time, memory])
        {
            *to = number.to_le_bytes();
        }
        frame
    }

    pub(crate) fn read(input: &mut impl Read) -> io::Result<Self> {
        let mut frame = [0; Self::BYTES];
        input.read_exact(&mut frame)?;
        let mut numbers = frame[8..40].as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
        let [bytes, pixels, time, memory] = std::array::from_fn(|_| numbers.next().unwrap_or_default());
        if frame[..8] != MAGIC {
            return Err(ErrorKind::InvalidData.into());
        }
        let limits = Limits { bytes, pixels, time: Duration::from_millis(time), memory };
        let cage = if frame[40] == 0 { Cage::Closed } else { Cage::LimitsAlone };
        let attempt = Escape::ALL.into_iter().find(|escape| *escape as u8 == frame[41]);
        Ok(Self { limits, cage, attempt })
    }
}

/// What is to be done with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    Examine(Pass),
    Preview(PreviewSettings),
}

/// A job; as many bytes of media as it says follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) job: Job,
    pub(crate) length: u64,
}

impl Request {
    const BYTES: usize = 16;

    pub(crate) fn encode(&self) -> [u8; Self::BYTES] {
        let mut frame = [0; Self::BYTES];
        match self.job {
            Job::Examine(Pass::Exact) => frame[0] = 1,
            Job::Examine(Pass::First) => frame[0] = 3,
            Job::Preview(PreviewSettings { max_side, grey, blur }) => {
                frame[..3].copy_from_slice(&[2, u8::from(grey), blur as u8]);
                frame[4..6].copy_from_slice(&max_side.to_le_bytes());
            }
        }
        frame[8..].copy_from_slice(&self.length.to_le_bytes());
        frame
    }

    /// The next request; `None` when the pool has closed the pipe between two.
    pub(crate) fn read(input: &mut impl Read) -> io::Result<Option<Self>> {
        let mut frame = [0; Self::BYTES];
        if input.read(&mut frame[..1])? == 0 {
            return Ok(None);
        }
        input.read_exact(&mut frame[1..])?;
        let [kind, grey, blur, _, low, high, _, _, length @ ..] = frame;
        let job = match kind {
            1 => Job::Examine(Pass::Exact),
            3 => Job::Examine(Pass::First),
            2 => {
                let blur =
                    Blur::ALL.into_iter().find(|level| *level as u8 == blur).ok_or(ErrorKind::InvalidData)?;
                Job::Preview(PreviewSettings {
                    max_side: u16::from_le_bytes([low, high]),
                    grey: grey != 0,
                    blur,
                })
            }
            _ => return Err(ErrorKind::InvalidData.into()),
        };
        Ok(Some(Self { job, length: u64::from_le_bytes(length) }))
    }
}

/// What a child answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The child has confined itself and waits for requests.
    Ready,
    Examined(Box<Examined>),
    Preview(Preview),
    Failed(Failure),
}

/// The errors that a child can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    UnknownFormat,
    Undecodable(Reason),
    LimitExceeded(ExceededLimit),
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::UnknownFormat => Self::UnknownFormat,
            MediaError::Undecodable { reason } => Self::Undecodable(reason),
            MediaError::LimitExceeded { limit } => Self::LimitExceeded(limit),
            // The pool has sent no media that is too long, and the rest are errors of the pool.
            _ => Self::Undecodable(Reason::DecoderFailed),
        }
    }
}

impl From<Failure> for MediaError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::UnknownFormat => Self::UnknownFormat,
            Failure::Undecodable(reason) => reason.error(),
            Failure::LimitExceeded(limit) => limit.error(),
        }
    }
}

/// The fixed part of a reply: which kind, a detail, and how many bytes follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReplyHead {
    kind: u8,
    detail: u8,
    /// Within the bounds of its kind.
    pub(crate) length: usize,
}

impl ReplyHead {
    pub(crate) const BYTES: usize = 8;

    /// Reads what a child claims; `None` for what no honest child sends.
    pub(crate) fn parse(frame: [u8; Self::BYTES]) -> Option<Self> {
        let [kind, detail, _, _, length @ ..] = frame;
        let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
        let honest = match kind {
            0 | 3..=5 => length == 0,
            1 => length == EXAMINED_BYTES,
            2 => (8..=8 + PREVIEW_BYTES).contains(&length),
            _ => false,
        };
        honest.then_some(Self { kind, detail, length })
    }
}

impl Reply {
    /// The whole reply, to be written at once.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let (kind, detail) = match self {
            Self::Ready => (0, 0),
            Self::Examined(_) => (1, 0),
            Self::Preview(_) => (2, 0),
            Self::Failed(Failure::UnknownFormat) => (3, 0),
            Self::Failed(Failure::Undecodable(reason)) => (4, *reason as u8),
            Self::Failed(Failure::LimitExceeded(limit)) => (5, *limit as u8),
        };
        let mut frame = vec![kind, detail, 0, 0, 0, 0, 0, 0];
        match self {
            Self::Examined(examined) => encode_examined(examined, &mut frame),
            Self::Preview(preview) => {
                frame.extend(preview.width.to_le_bytes());
                frame.extend(preview.height.to_le_bytes());
                frame.extend(&preview.png);
            }
            Self::Ready | Self::Failed(_) => {}
        }
        let length = u32::try_from(frame.len() - ReplyHead::BYTES).expect("a preview has a largest size");
        frame[4..8].copy_from_slice(&length.to_le_bytes());
        frame
    }

    /// Reads what a child claims; `None` for what no honest child sends.
    pub(crate) fn parse(head: ReplyHead, payload: &[u8]) -> Option<Self> {
        if payload.len() != head.length {
            return None;
        }
        match head.kind {
            0 => Some(Self::Ready),
            1 => parse_examined(payload).map(|examined| Self::Examined(Box::new(examined))),
            2 => {
                let (sides, png) = payload.split_at_checked(8)?;
                let [width, height] = [number(&sides[..4])?, number(&sides[4..])?];
                let fits = |side| (1..=u32::from(LONGEST_SIDE)).contains(&side);
                (fits(width) && fits(height))
                    .then(|| Self::Preview(Preview { png: png.to_vec(), width, height }))
            }
            3 => Some(Self::Failed(Failure::UnknownFormat)),
            4 => {
                let reason = Reason::ALL.into_iter().find(|reason| *reason as u8 == head.detail)?;
                Some(Self::Failed(Failure::Undecodable(reason)))
            }
            5 => {
                let limit = ExceededLimit::ALL.into_iter().find(|limit| *limit as u8 == head.detail)?;
                Some(Self::Failed(Failure::LimitExceeded(limit)))
            }
            _ => None,
        }
    }
}

const UNSTABLE: u8 = 1;
const HASHED: u8 = 2;
const FIRST_PASS: u8 = 4;

fn encode_examined(examined: &Examined, frame: &mut Vec<u8>) {
    let Examined { format, width, height, pass, quality, unstable, pdq: _, dihedral } = examined;
    let flags = u8::from(*unstable) * UNSTABLE
        + u8::from(dihedral.is_some()) * HASHED
        + u8::from(*pass == Pass::First) * FIRST_PASS;
    frame.extend([*format as u8, *quality, flags]);
    frame.extend(width.to_le_bytes());
    frame.extend(height.to_le_bytes());
    frame.extend(dihedral.unwrap_or([Pdq([0; PDQ_BYTES]); 8]).iter().flat_map(|hash| hash.0));
}

fn parse_examined(payload: &[u8]) -> Option<Examined> {
    let (&[format, quality, flags], rest) = payload.split_first_chunk()?;
    let (sides, hashes) = rest.split_at_checked(8)?;
    let mut hashes = hashes.as_chunks::<PDQ_BYTES>().0.iter().map(|hash| Pdq(*hash));
    let all = std::array::from_fn(|_| hashes.next().unwrap_or(Pdq([0; PDQ_BYTES])));
    let dihedral = (flags & HASHED != 0).then_some(all);
    let known = quality <= 100 && flags <= UNSTABLE + HASHED + FIRST_PASS;
    known.then_some(Examined {
        format: Format::from_number(format)?,
        width: number(&sides[..4])?,
        height: number(&sides[4..])?,
        pass: if flags & FIRST_PASS != 0 { Pass::First } else { Pass::Exact },
        quality,
        unstable: flags & UNSTABLE != 0,
        pdq: dihedral.map(|hashes| hashes[0]),
        dihedral,
    })
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests;
