//! What authorities and services say to each other, each signed: a legal document, what follows it, its withdrawal, the receipt of
//! each.
//!
//! What it is not: a judgement. That a document is genuine says who sent it, not that it is lawful. A receipt says that bytes came
//! in and nothing about what is held: it is the same whether an account exists or not.
//!
//! To add a message: its payload type, its values, a line in the table of `docs/guide/package.md`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vigie_model::Moment;
use vigie_model::disclosure::{EnforcingDecision, FollowUpKind, Instrument};
pub use vigie_model::disclosure::{FOLLOW_UP_TYPE, INSTRUMENT_TYPE};
use vigie_model::id::RequestId;

use crate::canonical;
use crate::envelope::{Envelope, EnvelopeError};
use crate::note::{SignerKey, VerifierKey};

/// What the envelope of a withdrawal says it holds.
pub const WITHDRAWAL_TYPE: &str = "application/vnd.vigie.withdrawal.v1+json";
/// What the envelope of a receipt says it holds.
pub const RECEIPT_TYPE: &str = "application/vnd.vigie.receipt.v1+json";

/// The version of these messages that is written and read.
pub const VERSION: u32 = 1;

/// How long a nonce is, in letters: enough that nobody guesses one, short enough to be read out.
const NONCE: std::ops::RangeInclusive<usize> = 16..=128;

/// Why a message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Its envelope was not.
    #[error("the envelope is not accepted")]
    Envelope(#[from] EnvelopeError),
    /// It has not the form of what it says it is.
    #[error("the message cannot be read: {0}")]
    Malformed(String),
    /// It is of a version that is not known.
    #[error("the message is of version {0}, which is not known")]
    Version(u32),
    /// It cannot be meant as it is.
    #[error("the message cannot be meant as it is: {0}")]
    Unsound(&'static str),
    /// It answers something else.
    #[error("the receipt is not of what was sent")]
    OtherBytes,
}

/// A legal document in its envelope.
///
/// # Errors
/// It names nobody, asks for nothing, or has no nonce.
pub fn sign_instrument(instrument: &Instrument, key: &SignerKey) -> Result<Envelope, MessageError> {
    check_instrument(instrument)?;
    sign(INSTRUMENT_TYPE, instrument, key)
}

/// The legal document in an envelope, and whose key signed it.
///
/// # Errors
/// None of the keys signed it, or it cannot be meant as it is.
pub fn open_instrument<'keys>(
    envelope: &Envelope,
    keys: &'keys [VerifierKey],
) -> Result<(Instrument, &'keys VerifierKey), MessageError> {
    let (instrument, key) = open(INSTRUMENT_TYPE, envelope, keys)?;
    check_instrument(&instrument)?;
    Ok((instrument, key))
}

/// What every legal document of the exchange has, whatever its law.
///
/// # Errors
/// It names nobody, asks for nothing, or has no nonce.
pub fn check_instrument(instrument: &Instrument) -> Result<(), MessageError> {
    let wanted = &instrument.wanted;
    let unsound = if !is_nonce(&instrument.nonce) {
        "its nonce has to be 16 to 128 letters or digits, drawn for it alone"
    } else if instrument.regime.trim().is_empty() {
        "it names no regime"
    } else if instrument.reference.trim().is_empty() {
        "it has no reference of its authority"
    } else if wanted.is_empty() {
        "it asks about nobody"
    } else if wanted.iter().any(|wanted| wanted.identifier.value.trim().is_empty()) {
        "an identifier is empty"
    } else if wanted.iter().any(|wanted| wanted.span.is_some_and(|span| !span.is_possible())) {
        "a span ends before it begins"
    } else {
        return Ok(());
    };
    Err(MessageError::Unsound(unsound))
}

/// Whether a nonce is one: letters, digits, `-` and `_`, neither short nor long.
#[must_use]
pub fn is_nonce(text: &str) -> bool {
    NONCE.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// That an authority takes a request back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// The version of this form: 1.
    pub version: u32,
    /// The request.
    pub request: RequestId,
    /// The number that the authority gave it.
    pub reference: String,
    /// When.
    pub at: Moment,
    /// Why, in words.
    pub reason: String,
    /// Drawn for this message alone.
    pub nonce: String,
}

impl Withdrawal {
    /// In its envelope.
    ///
    /// # Errors
    /// It has no nonce, or is of another version.
    pub fn sign(&self, key: &SignerKey) -> Result<Envelope, MessageError> {
        check(self.version, &self.nonce)?;
        sign(WITHDRAWAL_TYPE, self, key)
    }

    /// The withdrawal in an envelope, and whose key signed it.
    ///
    /// # Errors
    /// None of the keys signed it, or it cannot be meant as it is.
    pub fn open<'keys>(
        envelope: &Envelope,
        keys: &'keys [VerifierKey],
    ) -> Result<(Self, &'keys VerifierKey), MessageError> {
        let (withdrawal, key): (Self, _) = open(WITHDRAWAL_TYPE, envelope, keys)?;
        check(withdrawal.version, &withdrawal.nonce)?;
        Ok((withdrawal, key))
    }
}

/// What an authority says about a request after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUp {
    /// The version of this form: 1.
    pub version: u32,
    /// The request.
    pub request: RequestId,
    /// The number that its authority gave it.
    pub reference: String,
    /// What is said.
    pub kind: FollowUpKind,
    /// When.
    pub at: Moment,
    /// In words.
    pub text: String,
    /// What is decided: of the decision of an enforcing authority alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<EnforcingDecision>,
    /// Which tasks it refuses, by number: of a refusal in part alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<i64>,
    /// The document of the request as it is now: of an answer alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Instrument>,
    /// Drawn for this message alone.
    pub nonce: String,
}

impl FollowUp {
    /// Whether it can be meant as it is. Who may say it, and whether it fits, is for the service to find.
    ///
    /// # Errors
    /// Something is missing, or stands where it means nothing.
    pub fn check(&self) -> Result<(), MessageError> {
        check(self.version, &self.nonce)?;
        let decides = self.kind == FollowUpKind::EnforcingDecision;
        let in_part = self.decision == Some(EnforcingDecision::Partial);
        let unsound = if !self.kind.is_of_the_issuer() && !self.kind.is_of_the_notified() {
            "no authority sends this"
        } else if self.reference.trim().is_empty() {
            "it does not name the reference of the request"
        } else if self.text.trim().is_empty() {
            "it says nothing"
        } else if decides && self.decision.is_none() {
            "it does not say what is decided"
        } else if !decides && self.decision.is_some() {
            "only an enforcing authority decides"
        } else if in_part && self.tasks.is_empty() {
            "it does not name the tasks that are refused"
        } else if !in_part && !self.tasks.is_empty() {
            "it names tasks, and refuses none of them alone"
        } else if self.corrected.is_some() && self.kind != FollowUpKind::Answer {
            "only an answer brings a corrected document"
        } else {
            return Ok(());
        };
        Err(MessageError::Unsound(unsound))
    }

    /// In its envelope.
    ///
    /// # Errors
    /// It cannot be meant as it is.
    pub fn sign(&self, key: &SignerKey) -> Result<Envelope, MessageError> {
        self.check()?;
        sign(FOLLOW_UP_TYPE, self, key)
    }

    /// What an envelope says, and whose key signed it.
    ///
    /// # Errors
    /// None of the keys signed it, or it cannot be meant as it is.
    pub fn open<'keys>(
        envelope: &Envelope,
        keys: &'keys [VerifierKey],
    ) -> Result<(Self, &'keys VerifierKey), MessageError> {
        let (follow_up, key): (Self, _) = open(FOLLOW_UP_TYPE, envelope, keys)?;
        follow_up.check()?;
        Ok((follow_up, key))
    }
}

/// That bytes came in, and under which name they are dealt with. Nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The version of this form: 1.
    pub version: u32,
    /// The request, as the service names it.
    pub request: RequestId,
    /// The number that the authority gave it.
    pub reference: String,
    /// The nonce of what came in.
    pub nonce: String,
    /// When it came in.
    pub received_at: Moment,
    /// SHA-256 of the bytes that came in, in hex.
    pub sha256: String,
}

impl Receipt {
    /// The receipt of these bytes.
    #[must_use]
    pub fn of(
        received: &[u8],
        request: RequestId,
        reference: impl Into<String>,
        nonce: impl Into<String>,
        received_at: Moment,
    ) -> Self {
        let sha256 = hex::encode(Sha256::digest(received));
        let (reference, nonce) = (reference.into(), nonce.into());
        Self { version: VERSION, request, reference, nonce, received_at, sha256 }
    }

    /// In its envelope.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn sign(&self, key: &SignerKey) -> Result<Envelope, MessageError> {
        sign(RECEIPT_TYPE, self, key)
    }

    /// The receipt in an envelope, where it is the one of these bytes.
    ///
    /// # Errors
    /// None of the keys signed it, or it is of something else.
    pub fn open(envelope: &Envelope, keys: &[VerifierKey], sent: &[u8]) -> Result<Self, MessageError> {
        let (receipt, _): (Self, _) = open(RECEIPT_TYPE, envelope, keys)?;
        if receipt.version != VERSION {
            return Err(MessageError::Version(receipt.version));
        }
        if receipt.sha256 == hex::encode(Sha256::digest(sent)) {
            Ok(receipt)
        } else {
            Err(MessageError::OtherBytes)
        }
    }
}

fn check(version: u32, nonce: &str) -> Result<(), MessageError> {
    if version != VERSION {
        return Err(MessageError::Version(version));
    }
    if is_nonce(nonce) { Ok(()) } else { Err(MessageError::Unsound("it has no nonce")) }
}

pub(crate) fn sign<T: Serialize>(
    payload_type: &str,
    message: &T,
    key: &SignerKey,
) -> Result<Envelope, MessageError> {
    let text = canonical::to_string(message).map_err(|error| MessageError::Malformed(error.to_string()))?;
    Ok(Envelope::sign(payload_type, text.into_bytes(), key))
}

pub(crate) fn open<'keys, T: DeserializeOwned>(
    payload_type: &'static str,
    envelope: &Envelope,
    keys: &'keys [VerifierKey],
) -> Result<(T, &'keys VerifierKey), MessageError> {
    let (payload, key) = envelope.open(payload_type, keys)?;
    let message = serde_json::from_slice(payload);
    Ok((message.map_err(|error| MessageError::Malformed(error.to_string()))?, key))
}

#[cfg(test)]
mod tests;
