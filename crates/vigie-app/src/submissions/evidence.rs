//! What an upload shows of itself: its signals, what kind of picture it is, or why it could not be decoded.

use std::sync::Arc;

use bytes::Bytes;
use vigie_match::Digests;
use vigie_media::{
    Container, DRIFT, Ended, Examined, ExceededLimit, Format, MediaError, Pass, Reason, Watched,
};
use vigie_model::surface::{DetectionBasis, Technique};

use super::Content;
use crate::matching::{Asked, Signals};
use crate::{App, Code, Error, Media, Result};

/// Up to this many bytes digests take less than half a millisecond and need not leave async code.
const SHORT: usize = 64 * 1024;

vigie_model::names! {
    /// Why media could not be decoded. Stored and answered: never change one.
    pub enum Failure {
        /// Of no type that is decoded.
        UnknownType => "unknown_type",
        /// It ends before the picture does.
        Truncated => "truncated",
        /// It breaks the rules of its format.
        Malformed => "malformed",
        /// It uses a part of its format that the decoder lacks.
        Unsupported => "unsupported",
        /// It has more pixels than are decoded.
        TooManyPixels => "too_many_pixels",
        /// Decoding it would take more memory than is given.
        TooMuchMemory => "too_much_memory",
        /// Decoding it took longer than is given.
        TooMuchTime => "too_much_time",
        /// The decoder gave up on it, or went down.
        DecoderFailed => "decoder_failed",
        /// A video of which only the beginning was looked at: it has more frames than are hashed.
        TooLong => "too_long",
        /// A video, and no ffmpeg is here to decode it.
        NoDecoder => "no_decoder",
    }
}

impl Failure {
    /// The code that the answer carries.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::UnknownType => Code::UnknownMediaType,
            _ => Code::Undecodable,
        }
    }

    /// What kept a video from being watched to its end.
    fn of_end(ended: Ended) -> Option<Self> {
        match ended {
            Ended::AtItsEnd => None,
            Ended::Broken => Some(Self::Truncated),
            Ended::OutOfTime => Some(Self::TooMuchTime),
            Ended::OutOfFrames => Some(Self::TooLong),
        }
    }

    /// The failure that lies with this piece of media; an error where it lies with us.
    fn of(error: MediaError) -> Result<Self> {
        Ok(match error {
            MediaError::UnknownFormat => Self::UnknownType,
            MediaError::Undecodable { reason: Reason::Truncated } => Self::Truncated,
            MediaError::Undecodable { reason: Reason::Malformed } => Self::Malformed,
            MediaError::Undecodable { reason: Reason::Unsupported } => Self::Unsupported,
            MediaError::Undecodable { reason: Reason::DecoderFailed } | MediaError::Crashed { .. } => {
                Self::DecoderFailed
            }
            MediaError::LimitExceeded { limit: ExceededLimit::Pixels } => Self::TooManyPixels,
            MediaError::LimitExceeded { limit: ExceededLimit::Memory } => Self::TooMuchMemory,
            MediaError::LimitExceeded { limit: ExceededLimit::ProcessorTime } | MediaError::TimedOut => {
                Self::TooMuchTime
            }
            MediaError::NoVideoDecoder => Self::NoDecoder,
            MediaError::TooLarge { limit, .. } => {
                return Err(Error::new(Code::MediaTooLarge, format!("media may have {limit} bytes at most")));
            }
            MediaError::Busy { .. } => {
                return Err(Error::new(Code::Busy, "all decoders are busy: send this one again in a moment"));
            }
            MediaError::Unavailable { source } => return Err(Error::internal("start a decoder", source)),
        })
    }
}

/// What decoding told.
enum Decoded {
    Picture(Box<Examined>),
    Video(Watched),
}

/// What an upload shows of itself.
#[derive(Default)]
pub(crate) struct Evidence {
    pub(crate) signals: Signals,
    /// The bytes, where they came in.
    pub(crate) media: Option<Media>,
    /// What decoding a picture told.
    pub(crate) picture: Option<Examined>,
    /// What watching a video told.
    pub(crate) video: Option<Watched>,
    pub(crate) failure: Option<Failure>,
}

impl Evidence {
    /// The media type, by the content.
    pub(crate) fn mime(&self) -> Option<&'static str> {
        let sniffed = || {
            let bytes = &self.media.as_ref()?.bytes;
            Format::sniff(bytes).map(Format::mime).or_else(|| Container::sniff(bytes).map(Container::mime))
        };
        self.picture.as_ref().map(Examined::mime).or_else(sniffed)
    }

    /// Width and height, where anything was decoded.
    pub(crate) fn sides(&self) -> Option<(u32, u32)> {
        let picture = self.picture.as_ref().map(|picture| (picture.width, picture.height));
        picture.or_else(|| self.video.as_ref().map(|video| (video.width, video.height)))
    }
}

impl App {
    /// The pass by which uploads are hashed at first.
    pub(super) fn usual_pass(&self) -> Pass {
        if self.settings.intake.first_pass { Pass::First } else { Pass::Exact }
    }

    /// Decodes and hashes within what the basis allows. Digests are always there.
    pub(super) async fn examine(
        &self,
        content: Content,
        basis: &DetectionBasis,
        pass: Pass,
    ) -> Result<Evidence> {
        let media = match content {
            Content::Signals(signals) => {
                return Ok(Evidence { signals: *signals, ..Evidence::default() });
            }
            Content::Media(media) => media,
        };
        if media.bytes.is_empty() {
            return Err(Error::new(Code::BadRequest, "the media is empty"));
        }
        let perceptual = basis.techniques.contains(&Technique::PerceptualHash);
        // The child decodes while the digests are computed here.
        let decoded =
            async { if perceptual { self.decode(media.bytes.clone(), pass).await } else { Ok(Ok(None)) } };
        let (decoded, digests) = tokio::join!(decoded, self.digests(media.bytes.clone()));
        let mut signals = Signals::of_digests(&digests?);
        let (mut picture, mut video, mut failure) = (None, None, None);
        match decoded? {
            Ok(None) => {}
            Ok(Some(Decoded::Picture(found))) => picture = Some(*found),
            Ok(Some(Decoded::Video(watched))) => video = Some(watched),
            Err(found) => failure = Some(found),
        }
        signals.take_from(picture.as_ref());
        if let Some(watched) = &video {
            signals.video = Some(Arc::new(watched.vpdq.clone()));
            failure = Failure::of_end(watched.ended);
        }
        Ok(Evidence { signals, media: Some(media), picture, video, failure })
    }

    /// The evidence with exact hashes where those of the first pass come near anything: a verdict rests on no others.
    /// What comes near nothing keeps them.
    pub(super) async fn exact_where_near(&self, mut evidence: Evidence, asked: &Asked) -> Result<Evidence> {
        let Some(media) = evidence.media.as_ref().filter(|_| evidence.signals.pass == Pass::First) else {
            return Ok(evidence);
        };
        let (app, signals) = (self.clone(), evidence.signals.clone());
        let widened = Asked { widened_by: DRIFT, ..asked.clone() };
        // The wider search takes longer than async code may.
        if self.heavy.run(move || app.find_matches(&signals, &widened)).await?.is_empty() {
            return Ok(evidence);
        }
        match self.decode(media.bytes.clone(), Pass::Exact).await? {
            Ok(Some(Decoded::Picture(picture))) => evidence.picture = Some(*picture),
            // Only pictures have a first pass.
            Ok(_) => {}
            Err(failure) => (evidence.picture, evidence.failure) = (None, Some(failure)),
        }
        evidence.signals.take_from(evidence.picture.as_ref());
        Ok(evidence)
    }

    async fn decode(&self, media: Bytes, pass: Pass) -> Result<Result<Option<Decoded>, Failure>> {
        let decoder = self.media.as_ref();
        let decoder = decoder.ok_or_else(|| Error::new(Code::Internal, "no decoder was started"))?;
        let decoded = match pass {
            _ if Container::sniff(&media).is_some() => decoder.watch(media).await.map(Decoded::Video),
            Pass::Exact => decoder.examine(media).await.map(|picture| Decoded::Picture(Box::new(picture))),
            Pass::First => decoder.first_pass(media).await.map(|picture| Decoded::Picture(Box::new(picture))),
        };
        match decoded {
            Ok(decoded) => Ok(Ok(Some(decoded))),
            Err(error) => Failure::of(error).map(Err),
        }
    }

    async fn digests(&self, media: Bytes) -> Result<Digests> {
        if media.len() <= SHORT {
            return Ok(Digests::of(&media));
        }
        self.heavy.run(move || Digests::of(&media)).await
    }
}
