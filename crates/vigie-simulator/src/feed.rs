//! Keeps Vigie busy: tells it about the conversations, asks it about every upload, hands in what users report.
//!
//! What it is: the side of a messenger that calls Vigie. First the conversations, then the operation's history at one
//! pace, then live traffic at another, one request at a time, until it is cancelled or has sent as much as it may. What
//! Vigie answers about an upload is what the messenger then shows. What it is not: a load generator.

mod wire;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::AUTHORIZATION;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use vigie_model::bank::Verdict;
use vigie_synth::operation::{Account, Conversation, Message, UserReport};
use vigie_synth::{Event, Operation, Post, Stream};

use crate::messenger::{Messenger, Standing};

/// How often a request is tried when Vigie cannot be reached or asks to wait.
const ATTEMPTS: u32 = 6;
/// How long after the first try the second one comes; each further wait is twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// How fast a feed goes, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Time between two events of the operation's history.
    pub history: Duration,
    /// Time between two events of live traffic.
    pub live: Duration,
    /// How many events of live traffic there are at most.
    pub most_live: usize,
}

/// A messenger's side of the conversation with Vigie.
pub struct Feed {
    /// What calls are made with. Whoever composes the program decides on TLS.
    pub client: Client,
    /// Where Vigie listens, such as `http://127.0.0.1:8420`, without a slash at the end.
    pub vigie: String,
    /// The API token, with the scope to submit.
    pub token: String,
    /// The messenger on which content appears.
    pub messenger: Messenger,
    /// What is posted there.
    pub operation: Arc<Operation>,
    /// How fast and how far.
    pub pace: Pace,
}

/// What a feed did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FeedReport {
    /// Conversations told about.
    pub conversations: usize,
    /// Uploads published.
    pub allowed: usize,
    /// Uploads held back until a person looked.
    pub held: usize,
    /// Uploads not published.
    pub blocked: usize,
    /// Of those published, how many Vigie did not examine, for want of a basis.
    pub not_examined: usize,
    /// Users' reports handed in.
    pub user_reports: usize,
    /// Messages that the messenger itself did not take: a suspended account, a closed conversation.
    pub not_posted: usize,
    /// Requests that Vigie refused, or that never got through. The upload stays unpublished.
    pub failed: usize,
}

/// Why a request was given up.
#[derive(Debug, thiserror::Error)]
enum NotTold {
    #[error("could not reach vigie at {path}")]
    Unreachable {
        path: &'static str,
        #[source]
        source: reqwest::Error,
    },
    #[error("vigie answered {status} at {path}")]
    Refused { path: &'static str, status: StatusCode },
    #[error("could not read what vigie answered at {path}")]
    Unreadable {
        path: &'static str,
        #[source]
        source: reqwest::Error,
    },
    #[error("the operation does not hold what the event speaks of")]
    Unknown,
}

impl Feed {
    /// Feeds until everything is sent or `cancel` is cancelled.
    pub async fn run(&self, cancel: &CancellationToken) -> FeedReport {
        let mut report = FeedReport::default();
        cancel.run_until_cancelled(self.feed(&mut report)).await;
        report
    }

    async fn feed(&self, report: &mut FeedReport) {
        for conversation in &self.operation.conversations {
            self.introduce(conversation, report).await;
        }
        for event in self.operation.history() {
            self.tell(event, Age::History, report).await;
            tokio::time::sleep(self.pace.history).await;
        }
        for event in Stream::new(Arc::clone(&self.operation)).take(self.pace.most_live) {
            self.tell(event, Age::Live, report).await;
            tokio::time::sleep(self.pace.live).await;
        }
    }

    async fn introduce(&self, conversation: &Conversation, report: &mut FeedReport) {
        let card = wire::Card::of(&self.operation.plan.service, conversation);
        match self.send("/api/v1/conversations", |request| request.json(&card)).await {
            Ok(_) => report.conversations += 1,
            Err(error) => give_up(&error, report),
        }
        let Some(avatar) = &conversation.avatar else { return };
        let owner = conversation.owner.as_ref().and_then(|id| self.operation.account(id));
        let context = wire::Context::of_avatar(&self.operation.plan.service, conversation, owner, &avatar.id);
        if let Err(error) = self.submit(&context).await {
            give_up(&error, report);
        }
    }

    async fn tell(&self, event: Event, age: Age, report: &mut FeedReport) {
        let told = match event {
            Event::Post(post) => self.upload(post, age, report).await,
            Event::UserReport(complaint) => self.complain(&complaint, report).await,
        };
        if let Err(error) = told {
            give_up(&error, report);
        }
    }

    async fn upload(&self, mut post: Post, age: Age, report: &mut FeedReport) -> Result<(), NotTold> {
        if age == Age::Live {
            post.message.sent_at = self.messenger.now();
            if self.messenger.post(&post).is_err() {
                report.not_posted += 1;
                return Ok(());
            }
        }
        let message = &post.message;
        let Some(media) = &message.media else {
            self.messenger.settle(&message.id, Standing::Published);
            return Ok(());
        };
        let (conversation, account) = self.whereabouts(message).ok_or(NotTold::Unknown)?;
        let context = wire::Context::of(&self.operation.plan.service, conversation, account, message, media);
        let answer = self.submit(&context).await?;
        let (standing, count) = match answer.verdict {
            Verdict::Allow => (Standing::Published, &mut report.allowed),
            Verdict::Review => (Standing::Held, &mut report.held),
            Verdict::Block => (Standing::Blocked, &mut report.blocked),
        };
        *count += 1;
        report.not_examined += usize::from(answer.examined == Some(false));
        self.messenger.settle(&message.id, standing);
        Ok(())
    }

    async fn complain(&self, complaint: &UserReport, report: &mut FeedReport) -> Result<(), NotTold> {
        let complaint = wire::Complaint::of(&self.operation.plan.service, complaint);
        self.send("/api/v1/user-reports", |request| request.json(&complaint)).await?;
        report.user_reports += 1;
        Ok(())
    }

    fn whereabouts(&self, message: &Message) -> Option<(&Conversation, &Account)> {
        let conversation = self.operation.conversation(&message.conversation)?;
        Some((conversation, self.operation.account(&message.account)?))
    }

    async fn submit(&self, context: &wire::Context<'_>) -> Result<wire::Answer, NotTold> {
        const PATH: &str = "/api/v1/submissions";
        let file = self.messenger.file(context.media_id).await.ok_or(NotTold::Unknown)?;
        let key = context.idempotency_key();
        let text = serde_json::to_string(context).expect("a context is plain data");
        let response = self
            .send(PATH, |request| {
                let described = Part::text(text.clone());
                let described = described.mime_str("application/json").expect("a well-formed media type");
                let picture = Part::stream_with_length(file.bytes.clone(), file.bytes.len() as u64)
                    .file_name(context.media_id.to_string())
                    .mime_str(file.media_type)
                    .expect("the media types of pictures are well formed");
                let form = Form::new().part("context", described).part("media", picture);
                request.header("Idempotency-Key", &key).multipart(form)
            })
            .await?;
        response.json().await.map_err(|source| NotTold::Unreadable { path: PATH, source })
    }

    /// Posts, and tries again while Vigie cannot be reached, fails or asks to wait.
    async fn send(
        &self,
        path: &'static str,
        fill: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, NotTold> {
        let (mut attempts, mut wait) = (0, FIRST_WAIT);
        loop {
            attempts += 1;
            let request = self.client.post(format!("{}{path}", self.vigie));
            let sent = fill(request.header(AUTHORIZATION, format!("Bearer {}", self.token))).send().await;
            let error = match sent {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => NotTold::Refused { path, status: response.status() },
                Err(source) => NotTold::Unreachable { path, source },
            };
            if attempts == ATTEMPTS || !error.may_pass() {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
    }
}

/// Whether an event happened before the messenger was connected to Vigie, or happens now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    History,
    Live,
}

impl NotTold {
    /// Whether the same request may succeed later.
    fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => {
                status.is_server_error() || *status == StatusCode::TOO_MANY_REQUESTS
            }
            Self::Unreadable { .. } | Self::Unknown => false,
        }
    }
}

fn give_up(error: &NotTold, report: &mut FeedReport) {
    report.failed += 1;
    let source = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, source, "the messenger could not tell vigie");
}
