//! What one piece of media may cost.

use std::time::Duration;

/// Bounds on one job. The child enforces them on itself, and the pool those it can see from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Length of the media, in bytes.
    pub bytes: u64,
    /// Width times height, as the header tells it, before anything is allocated.
    pub pixels: u64,
    /// From handing the media over to the answer; then the child is killed. The child's own CPU time is bounded by the
    /// same, rounded up to seconds.
    pub time: Duration,
    /// Address space of a child, in bytes.
    pub memory: u64,
}

impl Default for Limits {
    /// 100 MiB, 64 megapixels, 10 seconds, 1 GiB.
    fn default() -> Self {
        Self { bytes: 100 << 20, pixels: 64_000_000, time: Duration::from_secs(10), memory: 1 << 30 }
    }
}
