//! How Vigie signs what it sends: HMAC-SHA256 over the time and the text, in lower-case hexadecimal, marked `v1=`.
//!
//! What it is: a second implementation, written from the contract and not from Vigie's own signer, so that each checks
//! the other. What it is not: a keyring; the secret is a parameter.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use vigie_model::Moment;

/// The header with the identifier of an action.
pub const ACTION_ID: &str = "vigie-action-id";
/// The header with the second at which a request was signed, counted from 1970-01-01 UTC.
pub const TIMESTAMP: &str = "vigie-timestamp";
/// The header with the signature.
pub const SIGNATURE: &str = "vigie-signature";

/// How far the time of a signature may lie from the present, in either direction.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// Why a signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header is missing or is no text.
    #[error("the request carries no signature")]
    Missing,
    /// The time is no number, too old or too far ahead.
    #[error("the time of the signature is more than 300 seconds away")]
    Stale,
    /// The signature is not that of this text under this secret.
    #[error("the signature is not that of this request")]
    Wrong,
}

/// The signature of a text at a second, as the header carries it.
#[must_use]
pub fn sign(secret: &[u8], unix_seconds: i64, text: &[u8]) -> String {
    format!("v1={}", hex::encode(mac(secret, unix_seconds, text).finalize().into_bytes()))
}

/// Checks the two headers of a request against its text, in constant time.
///
/// # Errors
/// When the time is too far from `now`, or the signature is not that of the text.
pub fn verify(
    secret: &[u8],
    now: Moment,
    timestamp: &str,
    signature: &str,
    text: &[u8],
) -> Result<(), Refused> {
    let signed_at: i64 = timestamp.parse().map_err(|_| Refused::Stale)?;
    if now.unix_seconds().abs_diff(signed_at) > TOLERANCE.as_secs() {
        return Err(Refused::Stale);
    }
    let given = signature.strip_prefix("v1=").and_then(lower_hex).ok_or(Refused::Wrong)?;
    mac(secret, signed_at, text).verify_slice(&given).map_err(|_| Refused::Wrong)
}

/// The text that is signed for a request without a body: the method, then path and query as sent.
#[must_use]
pub fn pull_text(path_and_query: &str) -> Vec<u8> {
    format!("GET {path_and_query}").into_bytes()
}

fn mac(secret: &[u8], unix_seconds: i64, text: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(unix_seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(text);
    mac
}

/// The contract says lower case; a signer that sends upper case is told here and not by the next receiver.
fn lower_hex(text: &str) -> Option<Vec<u8>> {
    let is_lower = text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    is_lower.then(|| hex::decode(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::{Refused, pull_text, sign, verify};
    use vigie_model::Moment;

    const SECRET: &[u8] = b"a secret of the tests";
    const AT: i64 = 1_800_000_000;

    fn check(seconds_later: i64, signature: &str, text: &[u8]) -> Result<(), Refused> {
        verify(SECRET, Moment::from_unix_seconds(AT + seconds_later), &AT.to_string(), signature, text)
    }

    #[test]
    fn a_signature_is_what_other_tools_compute() {
        // printf '1800000000.{"kind":"restore"}' | openssl dgst -sha256 -hmac 'a secret of the tests'
        let expected = "v1=4723eeea28ffc651a3075355501e888b969f2f3f36bad2938036b89931b361ae";
        assert_eq!(sign(SECRET, AT, br#"{"kind":"restore"}"#), expected);
    }

    #[test]
    fn a_signature_holds_for_its_text_and_for_five_minutes() {
        let signature = sign(SECRET, AT, b"text");
        assert_eq!(check(0, &signature, b"text"), Ok(()));
        assert_eq!(check(300, &signature, b"text"), Ok(()));
        assert_eq!(check(-300, &signature, b"text"), Ok(()));
        assert_eq!(check(301, &signature, b"text"), Err(Refused::Stale));
        assert_eq!(check(-301, &signature, b"text"), Err(Refused::Stale));
        assert_eq!(check(0, &signature, b"other text"), Err(Refused::Wrong));
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let signature = sign(SECRET, AT, b"text");
        for wrong in ["", "v1=", "v1=00", &signature[3..], &signature.to_uppercase().replace("V1", "v1")] {
            assert_eq!(check(0, wrong, b"text"), Err(Refused::Wrong), "{wrong}");
        }
        assert_eq!(verify(SECRET, Moment(0), "soon", &signature, b"text"), Err(Refused::Stale));
        assert_eq!(
            verify(b"another", Moment::from_unix_seconds(AT), "1800000000", &signature, b"text"),
            Err(Refused::Wrong)
        );
    }

    #[test]
    fn a_pull_is_signed_with_its_query() {
        assert_eq!(pull_text("/vigie/v1/media/m?x=1"), b"GET /vigie/v1/media/m?x=1");
    }
}
