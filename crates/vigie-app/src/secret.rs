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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_secret_has_256_bits_and_never_comes_twice() {
        let secrets: HashSet<_> = (0..1000).map(|_| fresh("vigie_").unwrap()).collect();
        assert_eq!(secrets.len(), 1000);
        for secret in &secrets {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(secret.strip_prefix("vigie_").unwrap()).unwrap();
            assert_eq!(bytes.len(), 32);
            assert!(hex::encode(hash(secret)) != hex::encode(bytes), "what is kept is not the secret");
        }
    }
}
