//! Passes: how an authority's machine shows who it is when it fetches, without a secret that could be stolen on the way.
//!
//! A pass is a signed statement over this one call: method, path, host, moment, nonce. It goes in
//! `Authorization: Vigie-Envelope BASE64`. What it is not: proof against being sent twice within its minutes; whoever answers
//! keeps the nonces that long and refuses one that came before.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use vigie_model::Moment;

use crate::envelope::Envelope;
use crate::exchange::{self, MessageError, VERSION};
use crate::note::{SignerKey, VerifierKey};

/// What the envelope of a pass says it holds.
pub const PAYLOAD_TYPE: &str = "application/vnd.vigie.pass.v1+json";

/// The scheme of the header.
pub const SCHEME: &str = "Vigie-Envelope";

/// How far the clocks may be apart, to either side. A nonce is kept for twice as long.
pub const APART: Duration = Duration::from_secs(5 * 60);

/// The longest header that is read, in bytes.
const LONGEST: usize = 8 * 1024;

/// The call that a pass is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// `GET`, `POST`.
    pub method: String,
    /// The path, with what follows a question mark.
    pub path: String,
    /// The host, with its port where the address has one.
    pub host: String,
}

/// A pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// The version of this form: 1.
    pub version: u32,
    /// The method of the call.
    pub method: String,
    /// Its path.
    pub path: String,
    /// Its host.
    pub host: String,
    /// When it was made.
    pub at: Moment,
    /// Drawn for this call alone.
    pub nonce: String,
}

/// Why a pass was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PassError {
    /// The header holds none.
    #[error("the header holds no pass")]
    None,
    /// Its message was not accepted.
    #[error("the pass is not accepted")]
    Message(#[from] MessageError),
    /// It is for something else.
    #[error("the pass is for another {0}")]
    Other(&'static str),
    /// It is too old, or from the future.
    #[error("the pass is not of this time")]
    Time,
}

impl Pass {
    /// A pass for this call.
    #[must_use]
    pub fn for_call(call: &Call, at: Moment, nonce: impl Into<String>) -> Self {
        let Call { method, path, host } = call.clone();
        Self { version: VERSION, method, path, host, at, nonce: nonce.into() }
    }

    /// The value of the header.
    ///
    /// # Errors
    /// It has no nonce.
    pub fn sign(&self, key: &SignerKey) -> Result<String, MessageError> {
        self.check_form()?;
        let envelope = exchange::sign(PAYLOAD_TYPE, self, key)?;
        Ok(format!("{SCHEME} {}", BASE64.encode(envelope.to_bytes())))
    }

    /// The pass in a header, and whose key signed it, where it is for this call and of this time.
    ///
    /// # Errors
    /// There is none, none of the keys signed it, or it is for another call or time.
    pub fn open<'keys>(
        header: &str,
        keys: &'keys [VerifierKey],
        call: &Call,
        now: Moment,
    ) -> Result<(Self, &'keys VerifierKey), PassError> {
        let envelope = envelope_in(header).ok_or(PassError::None)?;
        let (pass, key): (Self, _) = exchange::open(PAYLOAD_TYPE, &envelope, keys)?;
        pass.check_form()?;
        if pass.method != call.method {
            return Err(PassError::Other("method"));
        }
        if pass.path != call.path {
            return Err(PassError::Other("path"));
        }
        if !pass.host.eq_ignore_ascii_case(&call.host) {
            return Err(PassError::Other("host"));
        }
        if pass.at < now.before(APART) || now.after(APART) < pass.at {
            return Err(PassError::Time);
        }
        Ok((pass, key))
    }

    /// Until when its nonce has to be kept.
    #[must_use]
    pub fn kept_until(&self) -> Moment {
        self.at.after(APART)
    }

    fn check_form(&self) -> Result<(), MessageError> {
        if self.version != VERSION {
            return Err(MessageError::Version(self.version));
        }
        if exchange::is_nonce(&self.nonce) {
            Ok(())
        } else {
            Err(MessageError::Unsound("the pass has no nonce"))
        }
    }
}

/// The envelope in a header, not verified: for whoever has to find the keys by the names of the signers.
#[must_use]
pub fn envelope_in(header: &str) -> Option<Envelope> {
    if header.len() > LONGEST {
        return None;
    }
    let (scheme, encoded) = header.trim().split_once(' ')?;
    let bytes = BASE64.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case(SCHEME))?;
    Envelope::read(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::Kind;

    const NOW: Moment = Moment(1_800_000_000_000_000);

    fn key(seed: u8) -> SignerKey {
        SignerKey::from_seed("parquet.example/unit", Kind::Note, &[seed; 32]).unwrap()
    }

    fn call() -> Call {
        Call {
            method: "GET".into(),
            path: "/exchange/v1/requests/7".into(),
            host: "messenger.example:8420".into(),
        }
    }

    fn pass() -> Pass {
        Pass::for_call(&call(), NOW, "0123456789abcdef")
    }

    fn open_at(pass: &Pass, now: Moment) -> Result<Pass, PassError> {
        let header = exchange::sign(PAYLOAD_TYPE, pass, &key(1)).unwrap().to_bytes();
        let header = format!("{SCHEME} {}", BASE64.encode(header));
        Pass::open(&header, &[key(1).verifier()], &call(), now).map(|(pass, _)| pass)
    }

    #[test]
    fn a_pass_is_for_one_call_one_key_and_a_few_minutes() {
        let header = pass().sign(&key(1)).unwrap();
        let keys = [key(2).verifier(), key(1).verifier()];
        assert_eq!(Pass::open(&header, &keys, &call(), NOW).unwrap(), (pass(), &keys[1]));
        assert!(matches!(Pass::open(&header, &keys[..1], &call(), NOW), Err(PassError::Message(_))));
        for (moment, is_good) in [
            (NOW.before(APART), true),
            (NOW.after(APART), true),
            (NOW.before(APART).before(Duration::from_micros(1)), false),
            (NOW.after(APART).after(Duration::from_micros(1)), false),
        ] {
            assert_eq!(open_at(&pass(), moment).is_ok(), is_good, "{moment}");
        }
        assert_eq!(pass().kept_until(), NOW.after(APART));
    }

    #[test]
    fn a_pass_for_another_call_is_refused_by_name() {
        let other = |change: fn(&mut Pass)| {
            let mut pass = pass();
            change(&mut pass);
            open_at(&pass, NOW)
        };
        assert_eq!(other(|pass| pass.method = "POST".into()), Err(PassError::Other("method")));
        assert_eq!(other(|pass| pass.path.push_str("/package")), Err(PassError::Other("path")));
        assert_eq!(other(|pass| pass.host = "other.example".into()), Err(PassError::Other("host")));
        assert!(other(|pass| pass.host = "Messenger.Example:8420".into()).is_ok());
        assert!(matches!(other(|pass| pass.nonce.clear()), Err(PassError::Message(_))));
        assert!(matches!(other(|pass| pass.version = 2), Err(PassError::Message(_))));
    }

    #[test]
    fn what_is_no_pass_is_refused() {
        let keys = [key(1).verifier()];
        let good = pass().sign(&key(1)).unwrap();
        let encoded = good.split_once(' ').unwrap().1;
        let long = format!("{SCHEME} {}", "A".repeat(LONGEST));
        for header in
            ["", "Bearer abc", SCHEME, "Vigie-Envelope !", encoded, &format!("Bearer {encoded}"), &long]
        {
            let opened = Pass::open(header, &keys, &call(), NOW);
            assert_eq!(opened, Err(PassError::None), "{header}");
        }
        let scheme = format!("vigie-envelope {encoded}");
        assert!(Pass::open(&scheme, &keys, &call(), NOW).is_ok());
    }
}
