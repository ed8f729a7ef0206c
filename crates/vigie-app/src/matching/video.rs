//! Videos: which known videos and pictures a video shows, and the rule by which that is a match.
//!
//! A video is a match where enough of it is known (an excerpt of known material, or all of it), or where enough of a known
//! video is in it (known material with something else around it). A picture is a video of one frame: one like frame of a
//! video is all of it.

use serde::{Deserialize, Serialize};
use vigie_match::vpdq::{self, CONTAINED, EXCERPT, Frame, Share, Thresholds};
use vigie_match::{Radii, Vpdq};

use super::Match;
use super::view::View;

/// How much two videos must have in common, in percent. Reaching one is enough; over 100 none is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoRule {
    /// So much of the upload is known material.
    pub excerpt_percent: u8,
    /// So much of a known video is in the upload.
    pub contained_percent: u8,
}

impl Default for VideoRule {
    fn default() -> Self {
        Self { excerpt_percent: EXCERPT.query, contained_percent: CONTAINED.compared }
    }
}

impl VideoRule {
    fn is_met(self, share: Share) -> bool {
        share.reaches(Thresholds { query: self.excerpt_percent, compared: 0 })
            || share.reaches(Thresholds { query: 0, compared: self.contained_percent })
    }
}

/// What a match with a video on one side, or on both, rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoMatch {
    /// How many frames of each have a like one in the other. Of an uploaded picture only the nearest frame of a known
    /// video is counted.
    pub share: Share,
    /// The frame of the upload that is nearest to a known one; none where the upload is a picture.
    pub frame: Option<Frame>,
}

/// What a match with a video rests on, as its receipt keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoReceipt {
    /// Frames of the upload that are like a known one.
    pub query_matched: u32,
    /// Frames of the upload that count: of quality 50 and over, each hash once.
    pub query_frames: u32,
    /// Their share, rounded down.
    pub query_percent: u8,
    /// Frames of the known video that are like one of the upload.
    pub compared_matched: u32,
    /// Frames of the known video that count; 1 for a picture.
    pub compared_frames: u32,
    /// Their share, rounded down.
    pub compared_percent: u8,
    /// The share of the upload that was asked for.
    pub excerpt_percent: u8,
    /// The share of the known video that was asked for instead.
    pub contained_percent: u8,
    /// The number of the nearest frame of the upload; none where that is a picture.
    pub frame: Option<u32>,
    /// When that frame is shown.
    pub milliseconds: Option<u32>,
}

impl VideoReceipt {
    pub(super) fn new(found: &VideoMatch, rule: VideoRule) -> Self {
        let VideoMatch { share, frame } = found;
        Self {
            query_matched: share.query,
            query_frames: share.of_query,
            query_percent: share.query_percent(),
            compared_matched: share.compared,
            compared_frames: share.of_compared,
            compared_percent: share.compared_percent(),
            excerpt_percent: rule.excerpt_percent,
            contained_percent: rule.contained_percent,
            frame: frame.map(|frame| frame.number),
            milliseconds: frame.map(|frame| frame.milliseconds),
        }
    }
}

/// Every known video and picture of which the video shows enough, the nearest first.
pub(super) fn find(view: &View, video: &Vpdq, radii: &Radii, rule: VideoRule) -> Vec<Match> {
    let mut hits = vpdq::search(&view.index, &video.kept(), radii);
    hits.retain(|hit| rule.is_met(hit.share));
    hits.sort_by_key(|hit| (hit.distance, hit.bank, hit.owner));
    hits.iter().filter_map(|hit| view.found_in_video(hit)).collect()
}
