//! How Vigie signs what it sends: HMAC-SHA256 over the second, a full stop and the text, marked `v1=`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use vigie_model::Moment;

/// The header with the identifier of what is sent: a repetition carries the same.
pub(crate) const ACTION_ID: &str = "vigie-action-id";
/// The header with the second of the signature, counted from 1970-01-01 UTC.
pub(crate) const TIMESTAMP: &str = "vigie-timestamp";
/// The header with the signature.
pub(crate) const SIGNATURE: &str = "vigie-signature";

/// A secret that both sides know. It shows itself to nobody.
#[derive(Clone)]
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(secret.to_vec())
    }

    /// The two headers for a text that is sent now.
    pub(crate) fn sign(&self, now: Moment, text: &[u8]) -> [(&'static str, String); 2] {
        let second = now.unix_seconds().to_string();
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(second.as_bytes());
        mac.update(b".");
        mac.update(text);
        let signature = format!("v1={}", hex::encode(mac.finalize().into_bytes()));
        [(TIMESTAMP, second), (SIGNATURE, signature)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_other_tools_compute() {
        // printf '1800000000.{"kind":"restore"}' | openssl dgst -sha256 -hmac 'a secret of the tests'
        let secret = Secret::new(b"a secret of the tests");
        let [timestamp, signature] =
            secret.sign(Moment::from_unix_seconds(1_800_000_000), br#"{"kind":"restore"}"#);
        assert_eq!(timestamp, (TIMESTAMP, "1800000000".to_owned()));
        assert_eq!(signature.1, "v1=4723eeea28ffc651a3075355501e888b969f2f3f36bad2938036b89931b361ae");
    }
}
