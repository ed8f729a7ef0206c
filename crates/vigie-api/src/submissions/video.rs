//! What a match with a video rests on, as receipts show it.

use serde::Serialize;
use utoipa::ToSchema;
use vigie_app::matching::VideoReceipt;

/// How much two videos have in common, and how much was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoView {
    /// Frames of the upload that are like a known one.
    query_matched: u32,
    /// Frames of the upload that count.
    query_frames: u32,
    /// Their share in percent, rounded down.
    query_percent: u8,
    /// Frames of the known video that are like one of the upload.
    compared_matched: u32,
    /// Frames of the known video that count; 1 for a picture.
    compared_frames: u32,
    /// Their share in percent, rounded down.
    compared_percent: u8,
    /// The share of the upload that makes a match.
    excerpt_percent: u8,
    /// The share of the known video that makes one, too.
    contained_percent: u8,
    /// The number of the nearest frame of the upload; none where that is a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<u32>,
    /// When that frame is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    milliseconds: Option<u32>,
}

impl From<VideoReceipt> for VideoView {
    fn from(receipt: VideoReceipt) -> Self {
        Self {
            query_matched: receipt.query_matched,
            query_frames: receipt.query_frames,
            query_percent: receipt.query_percent,
            compared_matched: receipt.compared_matched,
            compared_frames: receipt.compared_frames,
            compared_percent: receipt.compared_percent,
            excerpt_percent: receipt.excerpt_percent,
            contained_percent: receipt.contained_percent,
            frame: receipt.frame,
            milliseconds: receipt.milliseconds,
        }
    }
}
