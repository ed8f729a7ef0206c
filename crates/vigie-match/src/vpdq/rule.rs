//! When two videos are the same: shares of frames, and how high they have to be.
//!
//! Frames below the quality floor do not count, and a hash counts once. The reference's documents say that two frames
//! match at a distance of 31; its program asks for less than that. Here 31 matches, as for pictures.

use super::{Frame, Vpdq};

/// How many frames of each side have a like one on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Share {
    /// Frames of the asked video that are like one of the known video.
    pub query: u32,
    /// Frames of the asked video that count.
    pub of_query: u32,
    /// Frames of the known video that are like one of the asked video.
    pub compared: u32,
    /// Frames of the known video that count.
    pub of_compared: u32,
}

/// What both shares have to reach, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// Of the asked video.
    pub query: u8,
    /// Of the known video.
    pub compared: u8,
}

/// The asked video is known material through and through: all of a known video, or a piece of it.
pub const EXCERPT: Thresholds = Thresholds { query: 80, compared: 0 };

/// The asked video holds a known one, whatever else it holds.
pub const CONTAINED: Thresholds = Thresholds { query: 0, compared: 80 };

impl Share {
    /// Whether both shares are as high as asked. Where no frame is like another nothing is ever reached.
    #[must_use]
    pub fn reaches(&self, thresholds: Thresholds) -> bool {
        let reached = |part: u32, all: u32, percent: u8| {
            part > 0 && u64::from(part) * 100 >= u64::from(all) * u64::from(percent)
        };
        reached(self.query, self.of_query, thresholds.query)
            && reached(self.compared, self.of_compared, thresholds.compared)
    }

    /// The share of the asked video, in whole percent, rounded down.
    #[must_use]
    pub fn query_percent(&self) -> u8 {
        percent(self.query, self.of_query)
    }

    /// The share of the known video, in whole percent, rounded down.
    #[must_use]
    pub fn compared_percent(&self) -> u8 {
        percent(self.compared, self.of_compared)
    }
}

fn percent(part: u32, all: u32) -> u8 {
    let percent = u64::from(part) * 100 / u64::from(all.max(1));
    u8::try_from(percent).unwrap_or(u8::MAX)
}

/// Compares two videos frame by frame; frames are alike within `distance` bits. Among many videos
/// [`search`](super::search()) does the same.
#[must_use]
pub fn compare(query: &Vpdq, compared: &Vpdq, distance: u32) -> Share {
    let (query, compared) = (query.kept(), compared.kept());
    let like = |one: &[Frame], other: &[Frame]| {
        let has_like =
            |frame: &&Frame| other.iter().any(|known| frame.hash.distance(&known.hash) <= distance);
        one.iter().filter(has_like).count() as u32
    };
    Share {
        query: like(&query, &compared),
        of_query: query.len() as u32,
        compared: like(&compared, &query),
        of_compared: compared.len() as u32,
    }
}
