//! What the use cases need of the outside, as traits. `vigie-connect` implements them; tests bring their own.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_media::{DecodePool, Examined, MediaError, Preview, PreviewSettings, VideoPool, Watched};
use vigie_model::Moment;
use vigie_model::action::{Action, Receipt};
use vigie_model::disclosure::{Category, Identifier, Span};
use vigie_model::id::{AlarmId, TaskId};

use crate::records::{self, Capabilities, Criterion, Holder, RecordsError};

/// A future that a port returns.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Decodes media in a process that holds nothing worth stealing.
pub trait Decoder: Send + Sync {
    /// Decodes and hashes a picture.
    fn examine(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>>;

    /// As [`Self::examine`], but by the quick pass where the decoder has one and it does; [`Examined::pass`] tells.
    fn first_pass(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        self.examine(media)
    }

    /// Draws a preview of a picture.
    fn preview(&self, media: Bytes, settings: PreviewSettings) -> Answer<'_, Result<Preview, MediaError>>;

    /// Watches a video and hashes its frames. What decodes pictures alone says that it cannot.
    fn watch(&self, media: Bytes) -> Answer<'_, Result<Watched, MediaError>> {
        drop(media);
        Box::pin(std::future::ready(Err(MediaError::NoVideoDecoder)))
    }
}

/// Pictures by one pool, videos by another where there is one.
pub struct Decoders {
    /// Pictures.
    pub pictures: DecodePool,
    /// Videos; none where ffmpeg is not here.
    pub videos: Option<VideoPool>,
}

impl Decoder for Decoders {
    fn examine(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        Box::pin(self.pictures.examine(media))
    }

    fn first_pass(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        Box::pin(self.pictures.first_pass(media))
    }

    fn preview(&self, media: Bytes, settings: PreviewSettings) -> Answer<'_, Result<Preview, MediaError>> {
        Box::pin(self.pictures.preview(media, settings))
    }

    fn watch(&self, media: Bytes) -> Answer<'_, Result<Watched, MediaError>> {
        match &self.videos {
            Some(videos) => Box::pin(videos.watch(media, |_| {})),
            None => Box::pin(std::future::ready(Err(MediaError::NoVideoDecoder))),
        }
    }
}

impl Decoder for DecodePool {
    fn examine(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        Box::pin(self.examine(media))
    }

    fn first_pass(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        Box::pin(self.first_pass(media))
    }

    fn preview(&self, media: Bytes, settings: PreviewSettings) -> Answer<'_, Result<Preview, MediaError>> {
        Box::pin(self.preview(media, settings))
    }
}

/// Why something was not delivered, and whether trying again can help.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Trying again later may help: no connection, time-out, 429, 5xx.
    #[error("not delivered yet: {why}")]
    Later {
        /// What happened.
        why: String,
        /// How long the receiver asked to wait, where it did.
        wait: Option<Duration>,
    },
    /// The receiver refused for good.
    #[error("refused: {0}")]
    Refused(String),
}

impl DeliveryError {
    /// Trying again later may help; the receiver asked for no certain pause.
    #[must_use]
    pub fn later(why: impl Into<String>) -> Self {
        Self::Later { why: why.into(), wait: None }
    }
}

/// A messenger on which actions are performed. Each call ends by itself: whoever waits for it sets no limit.
pub trait Messenger: Send + Sync {
    /// What it can do: screens offer only what stands here.
    fn capabilities(&self) -> Vec<vigie_model::action::ActionKind>;

    /// Performs an action, at most once by its identifier, and reads the target again.
    fn perform<'a>(&'a self, action: &'a Action, now: Moment) -> Answer<'a, Result<Receipt, DeliveryError>>;

    /// Members, administrators and postings of a conversation, as it stands: sealed before it is closed.
    fn snapshot<'a>(&'a self, conversation: &'a str, now: Moment)
    -> Answer<'a, Result<Value, DeliveryError>>;
}

/// What a messenger holds about accounts. It gives account identifiers to anybody who may ask, and records only under a signed
/// grant, which travels along and which the messenger's side checks itself. Each call ends by itself.
pub trait AccountRecords: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Who held the identifier at any moment of the span. Nobody: it means nobody. Several: the desk asks for clarification.
    fn resolve<'a>(
        &'a self,
        identifier: &'a Identifier,
        span: &'a Span,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>>;

    /// Which members of a group, by its identifier or a link into it, met the criterion in the span. More than `cap` is
    /// [`RecordsError::TooMuch`]: a list that was cut off would leave out people by chance.
    fn resolve_group<'a>(
        &'a self,
        group: &'a Identifier,
        criterion: &'a Criterion,
        cap: u32,
        span: &'a Span,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>>;

    /// A page of what was granted for a task, from the cursor of the page before. `grant` is the signed grant as it is. What
    /// comes is not trusted: [`records::admitted`] is the guard, and [`records::pull_whole`] takes every page through it.
    fn pull<'a>(
        &'a self,
        grant: &'a [u8],
        task: TaskId,
        cursor: Option<&'a str>,
        now: Moment,
    ) -> Answer<'a, Result<records::Page, RecordsError>>;

    /// Has the messenger keep what it would delete, under a reason of that name; gives the categories that it keeps indeed.
    /// The same reason again replaces what it kept.
    fn preserve<'a>(
        &'a self,
        account: &'a str,
        categories: &'a [Category],
        until: Moment,
        reason: &'a str,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Category>, RecordsError>>;

    /// Ends one reason to keep. What no other reason keeps is deleted as usual.
    fn lift<'a>(&'a self, reason: &'a str, now: Moment) -> Answer<'a, Result<(), RecordsError>>;
}

/// What is told to the person on duty: no content, no name, only that something waits and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The alarm.
    pub alarm: AlarmId,
    /// When it was raised.
    pub raised_at: Moment,
    /// Where to read it: an address of the console.
    pub link: String,
    /// The mail address of the person on duty, where they gave one.
    pub mail: Option<String>,
}

/// One way to reach the person on duty.
pub trait Pager: Send + Sync {
    /// The name of this way, as jobs keep it and screens say it: `webhook`, `mail`. Never change one.
    fn way(&self) -> &'static str;

    /// Sends the page. A repeated one carries the same identifier.
    fn page<'a>(&'a self, page: &'a Page, now: Moment) -> Answer<'a, Result<(), DeliveryError>>;
}

/// The sign-in service of an organisation, as far as bytes go.
pub trait SignInService: Send + Sync {
    /// Asks it, and gives its answer whatever the status is. No redirect is followed, and no answer is read without end.
    fn call(&self, call: SignInCall) -> Answer<'_, Result<SignInAnswer, DeliveryError>>;
}

/// What is asked of a sign-in service. It carries secrets.
pub struct SignInCall {
    /// The address.
    pub url: String,
    /// Who we are, where it is said in a header.
    pub authorization: Option<String>,
    /// The form that is sent; without one it is a `GET`.
    pub form: Option<Vec<u8>>,
}

/// What a sign-in service answered. It carries secrets.
pub struct SignInAnswer {
    /// The status.
    pub status: u16,
    /// The type that it stated.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
}

/// A witness of the ledger.
pub trait WitnessServer: Send + Sync {
    /// Sends the body of `POST /add-checkpoint`, and gives the status and the body of the answer, whatever they are.
    fn add_checkpoint(&self, body: String) -> Answer<'_, Result<(u16, String), DeliveryError>>;
}

/// Fetches media by address, from the hosts that the operator allowed.
pub trait MediaSource: Send + Sync {
    /// The bytes and the stated type, at most `limit` bytes.
    fn fetch<'a>(&'a self, url: &'a str, limit: usize) -> Answer<'a, Result<Fetched, FetchError>>;
}

/// Media that was fetched.
#[derive(Debug)]
pub struct Fetched {
    /// The bytes.
    pub bytes: bytes::Bytes,
    /// The type that the host stated.
    pub content_type: Option<String>,
}

/// Why media was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address, its host or its network address is not allowed.
    #[error("the address is not allowed")]
    NotAllowed,
    /// More bytes than the limit.
    #[error("the media is larger than the limit")]
    TooLarge,
    /// The host did not give it.
    #[error("the media could not be fetched: {0}")]
    Failed(String),
}
