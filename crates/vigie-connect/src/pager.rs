//! The pager: a signed call to an address that the operator chose, which wakes the person on duty.
//!
//! The call carries no content and no name: which alarm, since when, and where to read it. A repeated call carries the
//! same identifier. What it is not: mail, which [`crate::mail`] sends.

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use serde::Serialize;
use vigie_app::ports::{Answer, DeliveryError, Page, Pager};
use vigie_model::Moment;
use vigie_model::id::AlarmId;

use crate::http::{self, ANSWERING, ConnectError};
use crate::signature::{ACTION_ID, Secret};

/// A pager behind a signed webhook.
pub struct WebhookPager {
    client: Client,
    address: Url,
    secret: Secret,
}

impl WebhookPager {
    /// A pager at this very address. The secret signs every call.
    ///
    /// # Errors
    /// The address cannot be called, or there is no secret.
    pub fn new(address: &str, secret: &[u8]) -> Result<Self, ConnectError> {
        if secret.is_empty() {
            return Err(ConnectError::NoSecret);
        }
        Ok(Self {
            client: http::client(ANSWERING)?,
            address: http::address(address)?,
            secret: Secret::new(secret),
        })
    }

    async fn call(&self, page: &Page, now: Moment) -> Result<(), DeliveryError> {
        let call =
            Call { kind: "child_at_risk", alarm: page.alarm, raised_at: page.raised_at, link: &page.link };
        let text = serde_json::to_vec(&call)
            .map_err(|error| DeliveryError::Refused(format!("the call cannot be written: {error}")))?;
        let mut request = self.client.post(self.address.clone()).header(CONTENT_TYPE, "application/json");
        request = request.header(ACTION_ID, page.alarm.to_string());
        for (name, value) in self.secret.sign(now, &text) {
            request = request.header(name, value);
        }
        http::send(request.body(text)).await.map(drop)
    }
}

impl Pager for WebhookPager {
    fn way(&self) -> &'static str {
        "webhook"
    }

    fn page<'a>(&'a self, page: &'a Page, now: Moment) -> Answer<'a, Result<(), DeliveryError>> {
        Box::pin(self.call(page, now))
    }
}

/// A call, as the pager reads it.
#[derive(Serialize)]
struct Call<'a> {
    kind: &'static str,
    alarm: AlarmId,
    raised_at: Moment,
    link: &'a str,
}
