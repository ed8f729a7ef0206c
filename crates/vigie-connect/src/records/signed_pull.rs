//! Signed pulls: a messenger serves its records to signed questions, and only under a grant that it checks itself.
//! `docs/guide/records.md` is the contract; the synthetic messenger is its reference implementation.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode, Url};
use serde::Serialize;
use serde_json::json;
use vigie_app::ports::{AccountRecords, Answer};
use vigie_app::records::{Capabilities, Criterion, Holder, Page, RecordsError};
use vigie_model::Moment;
use vigie_model::disclosure::{Category, Field, Identifier, IdentifierKind, Span};
use vigie_model::id::TaskId;

use super::wire::{self, LARGEST_ANSWER, LARGEST_PAGE};
use crate::http::{self, ConnectError};
use crate::signature::Secret;

/// How long a page may take: a messenger may have to look it up.
const ANSWERING: Duration = Duration::from_secs(60);

/// Of which media type an answer is, and how long at most: a page, and every other one.
const PAGE: (&str, usize) = ("application/jsonl", LARGEST_PAGE);
const JSON: (&str, usize) = ("application/json", LARGEST_ANSWER);

/// The most accounts that one identifier may have meant.
const MOST_HOLDERS: usize = 100;

/// The most members of a group that are asked for at once.
pub const MOST_MEMBERS: u32 = 10_000;

/// A messenger that serves its records.
pub struct SignedPull {
    client: Client,
    address: Url,
    secret: Secret,
}

impl SignedPull {
    /// The records of the messenger at an address. The secret signs every question.
    ///
    /// # Errors
    /// The address cannot be called, or there is no secret.
    pub fn new(address: &str, secret: &[u8]) -> Result<Self, ConnectError> {
        Self::with_patience(address, secret, ANSWERING)
    }

    /// As [`SignedPull::new`], waiting at most so long for an answer.
    ///
    /// # Errors
    /// As [`SignedPull::new`].
    pub fn with_patience(address: &str, secret: &[u8], patience: Duration) -> Result<Self, ConnectError> {
        if secret.is_empty() {
            return Err(ConnectError::NoSecret);
        }
        Ok(Self {
            client: http::client(patience)?,
            address: http::address(address)?,
            secret: Secret::new(secret),
        })
    }

    /// Asks one of the three questions, and gives the body of the answer, which is of this media type and at most so long.
    async fn ask(
        &self,
        question: &str,
        body: &impl Serialize,
        now: Moment,
        (media_type, largest): (&'static str, usize),
    ) -> Result<Vec<u8>, RecordsError> {
        let mut url = self.address.clone();
        url.path_segments_mut()
            .map_err(|()| RecordsError::Refused("the address takes no path".into()))?
            .pop_if_empty()
            .extend(["records", "v1", question]);
        let text = serde_json::to_vec(body)
            .map_err(|error| RecordsError::Refused(format!("the question cannot be written: {error}")))?;
        let mut request = self.client.post(url).header(CONTENT_TYPE, "application/json");
        for (name, value) in self.secret.sign(now, &text) {
            request = request.header(name, value);
        }
        let response = http::send(request.body(text)).await?;
        if response.status() != StatusCode::OK {
            let why = format!("{} is no answer", response.status().as_u16());
            return Err(RecordsError::Later { why, wait: None });
        }
        if !is_of(&response, media_type) {
            return Err(RecordsError::Malformed(format!("the answer is not of type {media_type}")));
        }
        match http::within(response, largest).await? {
            Some(body) => Ok(body),
            None => Err(RecordsError::TooMuch(format!("the answer is larger than {largest} bytes"))),
        }
    }

    async fn members(
        &self,
        group: &Identifier,
        criterion: &Criterion,
        cap: u32,
        span: &Span,
        now: Moment,
    ) -> Result<Vec<Holder>, RecordsError> {
        let cap = cap.min(MOST_MEMBERS);
        let question =
            json!({ "identifier": group, "span": span, "criterion": criterion.to_string(), "cap": cap });
        let body = self.ask("resolve", &question, now, JSON).await?;
        wire::holders(&body, span, usize::try_from(cap).unwrap_or(usize::MAX))
    }
}

/// Whether an answer says that it is of a media type, whatever it adds to that.
fn is_of(response: &Response, media_type: &str) -> bool {
    let said = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(';').next().is_some_and(|said| said.trim().eq_ignore_ascii_case(media_type))
}

impl AccountRecords for SignedPull {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            identifiers: IdentifierKind::ALL.to_vec(),
            groups: true,
            fields: Field::ALL.to_vec(),
            holds: true,
        }
    }

    fn resolve<'a>(
        &'a self,
        identifier: &'a Identifier,
        span: &'a Span,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        Box::pin(async move {
            let question = json!({ "identifier": identifier, "span": span });
            wire::holders(&self.ask("resolve", &question, now, JSON).await?, span, MOST_HOLDERS)
        })
    }

    fn resolve_group<'a>(
        &'a self,
        group: &'a Identifier,
        criterion: &'a Criterion,
        cap: u32,
        span: &'a Span,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Holder>, RecordsError>> {
        Box::pin(self.members(group, criterion, cap, span, now))
    }

    fn pull<'a>(
        &'a self,
        grant: &'a [u8],
        task: TaskId,
        cursor: Option<&'a str>,
        now: Moment,
    ) -> Answer<'a, Result<Page, RecordsError>> {
        Box::pin(async move {
            let question = json!({ "grant": BASE64.encode(grant), "task": task, "cursor": cursor });
            wire::page(&self.ask("pull", &question, now, PAGE).await?)
        })
    }

    fn preserve<'a>(
        &'a self,
        account: &'a str,
        categories: &'a [Category],
        until: Moment,
        reason: &'a str,
        now: Moment,
    ) -> Answer<'a, Result<Vec<Category>, RecordsError>> {
        Box::pin(async move {
            let question = json!({
                "act": "preserve", "reason": reason, "account": account, "categories": categories,
                "until": until,
            });
            wire::kept(&self.ask("holds", &question, now, JSON).await?, categories)
        })
    }

    fn lift<'a>(&'a self, reason: &'a str, now: Moment) -> Answer<'a, Result<(), RecordsError>> {
        Box::pin(async move {
            let question = json!({ "act": "lift", "reason": reason });
            wire::lifted(&self.ask("holds", &question, now, JSON).await?)
        })
    }
}
