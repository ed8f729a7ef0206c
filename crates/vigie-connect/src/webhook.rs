//! A messenger that obeys signed orders: `docs/guide/messenger.md` is the contract.
//!
//! An order is sent again under the same identifier as often as it takes; the messenger performs it once. What counts as
//! done is a whole answer with a receipt, and nothing else.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use vigie_app::ports::{Answer, DeliveryError, Messenger};
use vigie_model::Moment;
use vigie_model::action::{Action, ActionKind, Receipt, Target};
use vigie_model::id::ActionId;

use crate::http::{self, ANSWERING, ConnectError};
use crate::signature::{ACTION_ID, Secret};

/// The largest answer to an order.
const LARGEST_ANSWER: usize = 256 * 1024;

/// The largest list of members and postings that is taken in.
const LARGEST_SNAPSHOT: usize = 64 * 1024 * 1024;

/// The longest word of a messenger for what it did.
const LONGEST_RECEIPT: usize = 1000;

/// A messenger behind a signed webhook.
pub struct Webhook {
    client: Client,
    address: Url,
    secret: Secret,
    able: Vec<ActionKind>,
}

impl Webhook {
    /// A messenger at an address, that is able to perform every action. The secret signs every request.
    ///
    /// # Errors
    /// The address cannot be called, or there is no secret.
    pub fn new(address: &str, secret: &[u8]) -> Result<Self, ConnectError> {
        Self::with_patience(address, secret, ANSWERING)
    }

    /// As [`Webhook::new`], waiting at most so long for an answer.
    ///
    /// # Errors
    /// As [`Webhook::new`].
    pub fn with_patience(address: &str, secret: &[u8], patience: Duration) -> Result<Self, ConnectError> {
        if secret.is_empty() {
            return Err(ConnectError::NoSecret);
        }
        Ok(Self {
            client: http::client(patience)?,
            address: http::address(address)?,
            secret: Secret::new(secret),
            able: ActionKind::ALL.to_vec(),
        })
    }

    /// Able to perform only these actions.
    #[must_use]
    pub fn able(mut self, kinds: &[ActionKind]) -> Self {
        self.able = kinds.to_vec();
        self
    }

    async fn order(&self, action: &Action, now: Moment) -> Result<Receipt, DeliveryError> {
        let url = self.url(&["actions"])?;
        let order = Order {
            action_id: action.id,
            kind: action.kind,
            issued_at: action.requested_at,
            service: &action.service,
            target: &action.target,
            restores: action.restores,
            reason_code: &action.reason_code,
        };
        let text = serde_json::to_vec(&order)
            .map_err(|error| DeliveryError::Refused(format!("the order cannot be written: {error}")))?;
        let mut request = self.client.post(url).header(CONTENT_TYPE, "application/json");
        request = request.header(ACTION_ID, action.id.to_string());
        for (name, value) in self.secret.sign(now, &text) {
            request = request.header(name, value);
        }
        let response = http::send(request.body(text)).await?;
        if response.status() != StatusCode::OK {
            let status = response.status().as_u16();
            return Err(DeliveryError::later(format!("{status} is no receipt")));
        }
        receipt(&http::body(response, LARGEST_ANSWER).await?)
    }

    async fn pull(&self, path: &[&str], now: Moment) -> Result<Value, DeliveryError> {
        let url = self.url(path)?;
        let text = match url.query() {
            Some(query) => format!("GET {}?{query}", url.path()),
            None => format!("GET {}", url.path()),
        };
        let mut request = self.client.get(url);
        for (name, value) in self.secret.sign(now, text.as_bytes()) {
            request = request.header(name, value);
        }
        let body = http::body(http::send(request).await?, LARGEST_SNAPSHOT).await?;
        serde_json::from_slice(&body).map_err(|_| DeliveryError::later("the answer is no JSON"))
    }

    /// An address below `/vigie/v1`. Identifiers of the messenger are escaped, whatever they are made of.
    fn url(&self, path: &[&str]) -> Result<Url, DeliveryError> {
        let mut url = self.address.clone();
        // These are no parts of a path: they would lead to another address.
        let leads_elsewhere = |part: &&str| matches!(*part, "" | "." | "..");
        if path.iter().any(leads_elsewhere) {
            return Err(DeliveryError::Refused("an identifier cannot be part of an address".into()));
        }
        url.path_segments_mut()
            .map_err(|()| DeliveryError::Refused("the address takes no path".into()))?
            .pop_if_empty()
            .extend(["vigie", "v1"])
            .extend(path);
        Ok(url)
    }
}

impl Messenger for Webhook {
    fn capabilities(&self) -> Vec<ActionKind> {
        self.able.clone()
    }

    fn perform<'a>(&'a self, action: &'a Action, now: Moment) -> Answer<'a, Result<Receipt, DeliveryError>> {
        Box::pin(self.order(action, now))
    }

    fn snapshot<'a>(
        &'a self,
        conversation: &'a str,
        now: Moment,
    ) -> Answer<'a, Result<Value, DeliveryError>> {
        Box::pin(async move { self.pull(&["conversations", conversation, "snapshot"], now).await })
    }
}

/// An order, as the messenger reads it.
#[derive(Serialize)]
struct Order<'a> {
    action_id: ActionId,
    kind: ActionKind,
    issued_at: Moment,
    service: &'a str,
    target: &'a Target,
    #[serde(skip_serializing_if = "Option::is_none")]
    restores: Option<ActionId>,
    reason_code: &'a str,
}

/// What the messenger answers, read strictly: an answer that is not whole is asked for again.
///
/// # Errors
/// It is no receipt.
pub fn receipt(body: &[u8]) -> Result<Receipt, DeliveryError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Outcome {
        Done,
        AlreadyDone,
    }
    #[derive(Deserialize)]
    struct Answered {
        receipt: String,
        outcome: Outcome,
        performed_at: Moment,
        state: Value,
    }
    let unreadable = || DeliveryError::later("the answer is no receipt");
    let answered: Answered = serde_json::from_slice(body).map_err(|_| unreadable())?;
    if answered.receipt.is_empty() || answered.receipt.len() > LONGEST_RECEIPT {
        return Err(unreadable());
    }
    Ok(Receipt {
        receipt: answered.receipt,
        outcome: match answered.outcome {
            Outcome::Done => "done",
            Outcome::AlreadyDone => "already_done",
        }
        .to_owned(),
        performed_at: answered.performed_at,
        state: answered.state,
    })
}
