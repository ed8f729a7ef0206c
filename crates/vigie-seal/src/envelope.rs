//! Envelopes (DSSE v1, secure-systems-lab): bytes of a stated type, and who signed them.
//!
//! What is signed is the pre-authentication encoding of type and bytes together, so that nothing that was signed as one thing
//! is taken for another, and no text of a note for an envelope. What it is not: it trusts no key that the envelope brings,
//! and knows nothing of what is inside.
//!
//! To add something that is signed: a payload type of its own, and a module that opens it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE};
use serde::{Deserialize, Serialize};

use crate::note::{Kind, SignerKey, VerifierKey};

/// What HTTP calls an envelope.
pub const CONTENT_TYPE: &str = "application/vnd.dsse.v1+json";

/// How every pre-authentication encoding begins; no text of a note begins so.
pub(crate) const PREAMBLE: &str = "DSSEv1 ";

/// The longest envelope that is read, in bytes; the longest type, and the most signatures.
pub const LONGEST: usize = 8 << 20;
const LONGEST_TYPE: usize = 200;
const MOST_SIGNATURES: usize = 16;

/// Why an envelope was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It has not the form of an envelope.
    #[error("this is no signed envelope: {0}")]
    Malformed(&'static str),
    /// It holds something else.
    #[error("the envelope holds {found}, not {wanted}")]
    OtherType {
        /// What it says it holds.
        found: String,
        /// What was wanted.
        wanted: &'static str,
    },
    /// A key that is known did not make the signature under its name.
    #[error("the signature under the name of {0} is not genuine")]
    Forged(String),
    /// Nobody who is known signed.
    #[error("no signature is by a key that is trusted")]
    NotSigned,
}

/// Bytes of a stated type with their signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    payload_type: String,
    payload: Vec<u8>,
    signatures: Vec<Signature>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Signature {
    keyid: String,
    bytes: Vec<u8>,
}

/// The form of the wire. What it holds besides is passed over, as the standard asks.
#[derive(Serialize, Deserialize)]
struct Wire {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Serialize, Deserialize)]
struct WireSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// The pre-authentication encoding: `DSSEv1 LENGTH TYPE LENGTH BYTES`.
#[must_use]
pub fn pre_authentication(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("{PREAMBLE}{} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

impl Envelope {
    /// Signs bytes as what they are.
    #[must_use]
    pub fn sign(payload_type: &str, payload: Vec<u8>, key: &SignerKey) -> Self {
        let bytes = key.sign_bytes(&pre_authentication(payload_type, &payload)).to_vec();
        let signatures = vec![Signature { keyid: key.verifier().keyid(), bytes }];
        Self { payload_type: payload_type.to_owned(), payload, signatures }
    }

    /// Reads an envelope from bytes of outside. Nothing is verified.
    ///
    /// # Errors
    /// It is too long, or not of the form of an envelope.
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > LONGEST {
            return Err(EnvelopeError::Malformed("it is too long"));
        }
        let wire: Wire = serde_json::from_slice(bytes)
            .map_err(|_| EnvelopeError::Malformed("it is no JSON of payload, payloadType and signatures"))?;
        if wire.payload_type.is_empty() || wire.payload_type.len() > LONGEST_TYPE {
            return Err(EnvelopeError::Malformed("its type is empty or too long"));
        }
        if wire.signatures.is_empty() || wire.signatures.len() > MOST_SIGNATURES {
            return Err(EnvelopeError::Malformed("it has no signature, or too many"));
        }
        let payload = decode(&wire.payload).ok_or(EnvelopeError::Malformed("its payload is not base64"))?;
        let signature = |one: WireSignature| Some(Signature { bytes: decode(&one.sig)?, keyid: one.keyid });
        let signatures = wire.signatures.into_iter().map(signature).collect::<Option<_>>();
        let signatures = signatures.ok_or(EnvelopeError::Malformed("a signature is not base64"))?;
        Ok(Self { payload_type: wire.payload_type, payload, signatures })
    }

    /// Reads an envelope that must be written as we write it, so that no byte of it can change unseen.
    ///
    /// # Errors
    /// It is no envelope, or could be written otherwise.
    pub fn read_exactly(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Self::read(bytes)?;
        if envelope.to_bytes() == bytes {
            Ok(envelope)
        } else {
            Err(EnvelopeError::Malformed("it is not written in the one right way"))
        }
    }

    /// Which of these keys signed: the first that did. None of their signatures may be forged.
    ///
    /// # Errors
    /// A signature under the name of one of the keys is not genuine, or none of them signed.
    pub fn verify<'keys>(&self, keys: &'keys [VerifierKey]) -> Result<&'keys VerifierKey, EnvelopeError> {
        let signed = pre_authentication(&self.payload_type, &self.payload);
        let mut genuine = None;
        for key in keys.iter().filter(|key| key.kind() == Kind::Note) {
            let keyid = key.keyid();
            for signature in self.signatures.iter().filter(|signature| signature.keyid == keyid) {
                key.check_bytes(&signed, &signature.bytes)
                    .map_err(|_| EnvelopeError::Forged(keyid.clone()))?;
                genuine = genuine.or(Some(key));
            }
        }
        genuine.ok_or(EnvelopeError::NotSigned)
    }

    /// Verifies, and gives the payload where it is of this type.
    ///
    /// # Errors
    /// It is of another type, or not signed by one of the keys.
    pub fn open<'keys>(
        &self,
        wanted: &'static str,
        keys: &'keys [VerifierKey],
    ) -> Result<(&[u8], &'keys VerifierKey), EnvelopeError> {
        let payload = self.payload_of(wanted)?;
        Ok((payload, self.verify(keys)?))
    }

    /// The payload where it is of this type. Nothing is verified.
    ///
    /// # Errors
    /// It is of another type.
    pub fn payload_of(&self, wanted: &'static str) -> Result<&[u8], EnvelopeError> {
        if self.payload_type == wanted {
            return Ok(&self.payload);
        }
        Err(EnvelopeError::OtherType { found: self.payload_type.clone(), wanted })
    }

    /// What it holds. Nothing is verified by asking.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// What it says it holds.
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.payload_type
    }

    /// Who is said to have signed, none of it verified: names and hashes of keys.
    pub fn signers(&self) -> impl Iterator<Item = &str> {
        self.signatures.iter().map(|signature| signature.keyid.as_str())
    }

    /// The bytes of the wire: compact JSON, keys in alphabetical order, base64 of the standard alphabet.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let signature =
            |one: &Signature| WireSignature { keyid: one.keyid.clone(), sig: BASE64.encode(&one.bytes) };
        let wire = Wire {
            payload: BASE64.encode(&self.payload),
            payload_type: self.payload_type.clone(),
            signatures: self.signatures.iter().map(signature).collect(),
        };
        // Texts and lists of texts always have a JSON.
        serde_json::to_vec(&wire).unwrap_or_default()
    }
}

/// Either alphabet of base64 is read, as the standard asks.
fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).or_else(|_| URL_SAFE.decode(text)).ok()
}

#[cfg(test)]
mod tests;
