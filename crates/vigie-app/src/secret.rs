//! Secrets that callers carry: made by the operating system, shown once, kept only as a hash.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::{Error, Result};

/// A fresh secret of 256 bits, as URL-safe text behind a prefix that tells what it opens.
///
/// # Errors
/// The operating system gave no randomness.
pub fn fresh(prefix: &str) -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|source| Error::internal("make a secret", source))?;
    Ok(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

/// What is kept of a secret. It has 256 bits of randomness, so a plain hash cannot be guessed back, and looking it up by
/// hash tells an attacker nothing by its timing.
#[must_use]
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}
