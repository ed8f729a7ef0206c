//! A witness of the ledger, reached over HTTP as C2SP tlog-witness says: `POST ADDRESS/add-checkpoint`.
//!
//! What it is not: a judge of the answer; every status comes back as it is.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use vigie_app::ports::{Answer, DeliveryError, WitnessServer};

use crate::http::{self, ConnectError};

/// How long a witness may take: the checkpoint waits for it, and is to be shown within two seconds.
const ANSWERING: Duration = Duration::from_secs(1);

/// Of an answer, so much is read.
const LARGEST_ANSWER: usize = 64 * 1024;

/// A witness at an address.
pub struct HttpWitness {
    client: Client,
    address: Url,
}

impl HttpWitness {
    /// A witness below this address.
    ///
    /// # Errors
    /// The address cannot be called.
    pub fn new(address: &str) -> Result<Self, ConnectError> {
        let address = http::address(&format!("{}/add-checkpoint", address.trim_end_matches('/')))?;
        Ok(Self { client: http::client(ANSWERING)?, address })
    }

    async fn call(&self, body: String) -> Result<(u16, String), DeliveryError> {
        let request =
            self.client.post(self.address.clone()).header(CONTENT_TYPE, "text/plain; charset=utf-8");
        let response = request.body(body).send().await;
        let response = response.map_err(|error| DeliveryError::later(http::no_answer(&error)))?;
        let status = response.status().as_u16();
        let body = http::body(response, LARGEST_ANSWER).await?;
        let body = String::from_utf8(body).map_err(|_| DeliveryError::later("the answer is not text"))?;
        Ok((status, body))
    }
}

impl WitnessServer for HttpWitness {
    fn add_checkpoint(&self, body: String) -> Answer<'_, Result<(u16, String), DeliveryError>> {
        Box::pin(self.call(body))
    }
}
