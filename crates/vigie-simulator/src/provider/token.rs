//! The token by which the synthetic sign-in service vouches for somebody, right or wrong.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Asked, CLIENT, Provider, Wrong};

/// How long a token holds.
const LIFE: i64 = 300;

/// A key that signs.
pub(super) struct Key(SigningKey);

impl Key {
    /// The key of this number: nothing here is secret.
    pub(super) fn of(number: u8) -> Self {
        let key = SigningKey::from_slice(&[number; 32]);
        Self(key.unwrap_or_else(|_| unreachable!("small numbers are keys")))
    }

    /// As the service publishes it.
    pub(super) fn published(&self) -> Value {
        let point = self.0.verifying_key().to_sec1_point(false);
        let point = point.as_bytes();
        let (x, y) = (text(&point[1..33]), text(&point[33..]));
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "1", "x": x, "y": y })
    }

    fn sign(&self, said: &str) -> Vec<u8> {
        let signature: Signature = self.0.sign(said.as_bytes());
        signature.to_bytes().to_vec()
    }
}

impl Provider {
    /// The answer to an exchange of a code that holds.
    pub(super) fn answer(&self, asked: &Asked) -> Value {
        let token = match () {
            () if self.is(Wrong::NoToken) => None,
            () if self.is(Wrong::Rubbish) => Some("e30.not.a-token".to_owned()),
            () => Some(self.token(asked)),
        };
        let mut answer =
            json!({ "access_token": "of no use here", "token_type": "Bearer", "expires_in": LIFE });
        if let Some(token) = token {
            answer["id_token"] = token.into();
        }
        answer
    }

    fn token(&self, asked: &Asked) -> String {
        let algorithm = match () {
            () if self.is(Wrong::Unsigned) => "none",
            () if self.is(Wrong::SharedSecret) => "HS256",
            () => "ES256",
        };
        let header = json!({ "alg": algorithm, "typ": "JWT", "kid": "1" });
        let said = format!("{}.{}", part(&header), part(&self.claims(asked)));
        let signature = match () {
            () if self.is(Wrong::Unsigned) => vec![],
            () if self.is(Wrong::SharedSecret) => by_secret(&said),
            () if self.is(Wrong::StrangeKey) => Key::of(8).sign(&said),
            () => self.inner.key.sign(&said),
        };
        let said = if self.is(Wrong::Altered) {
            let other = Asked { subject: "somebody else".into(), ..asked.clone() };
            format!("{}.{}", part(&header), part(&self.claims(&other)))
        } else {
            said
        };
        format!("{said}.{}", text(&signature))
    }

    fn claims(&self, asked: &Asked) -> Value {
        let now = self.inner.clock.now().0 / 1_000_000;
        let mut claims = json!({
            "iss": self.inner.issuer,
            "aud": CLIENT.0,
            "sub": asked.subject,
            "iat": now,
            "exp": now + LIFE,
            "nonce": asked.nonce,
            "email": "ada@example.org",
            "email_verified": true,
        });
        let (name, value) = match () {
            () if self.is(Wrong::Audience) => ("aud", json!("somebody-else")),
            () if self.is(Wrong::TwoAudiences) => ("aud", json!([CLIENT.0, "somebody-else"])),
            () if self.is(Wrong::Nonce) => ("nonce", json!("of another request")),
            () if self.is(Wrong::NoNonce) => ("nonce", Value::Null),
            () if self.is(Wrong::Issuer) => ("iss", json!("https://other.example.org")),
            () if self.is(Wrong::Expired) => ("exp", json!(now - 1)),
            () if self.is(Wrong::NoSubject) => ("sub", json!("")),
            () => return claims,
        };
        claims[name] = value;
        claims
    }
}

/// Whoever knows what both know could have made it.
fn by_secret(said: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(CLIENT.1.as_bytes());
    let mut mac = mac.unwrap_or_else(|_| unreachable!("a key may have any length"));
    mac.update(said.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn part(value: &Value) -> String {
    text(value.to_string().as_bytes())
}

fn text(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
