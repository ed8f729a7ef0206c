//! Why media got no answer. Nothing of the media is in these: they are logged and shown.

/// What became of a job that failed. Every error is about that one job.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Longer than [`Limits::bytes`](crate::Limits::bytes); nothing was decoded.
    #[error("cannot take media of {bytes} bytes: the limit is {limit}")]
    TooLarge {
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// The first bytes announce none of the formats that are decoded.
    #[error("cannot decode media of an unknown format: JPEG, PNG, GIF, WebP and BMP are known")]
    UnknownFormat,
    /// The format is known, the content cannot be read.
    #[error("cannot decode the media: {reason}")]
    Undecodable {
        /// Which way it is wrong.
        reason: Reason,
    },
    /// Decoding would cost more than the limits allow.
    #[error("cannot decode the media within its limit of {limit}")]
    LimitExceeded {
        /// Which limit.
        limit: ExceededLimit,
    },
    /// The child gave no answer within [`Limits::time`](crate::Limits::time) and was killed.
    #[error("cannot decode the media in time: the child was killed")]
    TimedOut,
    /// The child ended, or answered what no child would.
    #[error("cannot decode the media: the child crashed{}", signal.map(|number| format!(" by signal {number}")).unwrap_or_default())]
    Crashed {
        /// The signal that ended the child, where one did.
        signal: Option<i32>,
    },
    /// As many jobs wait as may.
    #[error("cannot queue the media: {waiting} jobs wait already")]
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// A video, and nothing here that watches videos.
    #[error("cannot decode a video: ffmpeg is not here")]
    NoVideoDecoder,
    /// No child could be started.
    #[error("cannot start a decoding child")]
    Unavailable {
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// How content is wrong. The number is part of the child's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
pub enum Reason {
    /// It ends before the picture does.
    #[error("it is truncated")]
    Truncated = 1,
    /// It breaks the rules of its format.
    #[error("it is malformed")]
    Malformed = 2,
    /// It keeps the rules, but uses a part of the format that the decoder lacks.
    #[error("it uses a feature of its format that is not supported")]
    Unsupported = 3,
    /// The decoder gave up in a way it should not have; worth a report to its authors.
    #[error("the decoder failed on it")]
    DecoderFailed = 4,
}

/// A limit that was met while decoding. The number is part of the child's protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[repr(u8)]
pub enum ExceededLimit {
    /// [`Limits::pixels`](crate::Limits::pixels).
    #[error("pixels")]
    Pixels = 1,
    /// [`Limits::memory`](crate::Limits::memory), as far as a decoder counts its own.
    #[error("memory")]
    Memory = 2,
    /// CPU time of the child.
    #[error("processor time")]
    ProcessorTime = 3,
}

impl Reason {
    pub(crate) const ALL: [Self; 4] =
        [Self::Truncated, Self::Malformed, Self::Unsupported, Self::DecoderFailed];

    /// The error of undecodable media.
    pub(crate) fn error(self) -> MediaError {
        MediaError::Undecodable { reason: self }
    }
}

impl ExceededLimit {
    pub(crate) const ALL: [Self; 3] = [Self::Pixels, Self::Memory, Self::ProcessorTime];

    /// The error of media over this limit.
    pub(crate) fn error(self) -> MediaError {
        MediaError::LimitExceeded { limit: self }
    }
}
