//! An authenticator of these tests: one passkey, made and used as the specification says, and wrongly where a test wants it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where the houses of these tests say that they stand.
pub(crate) const ORIGIN: &str = "http://localhost:8420";

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;

/// Holds one passkey.
pub(crate) struct Authenticator {
    key: SigningKey,
    credential: Vec<u8>,
    person: Option<String>,
    /// The counter of its next use.
    pub(crate) counter: u32,
    /// The page it believes to be on.
    pub(crate) origin: String,
    /// Whether it asks for a finger or a code.
    pub(crate) verifies: bool,
}

impl Authenticator {
    /// A fresh one; the number tells it from others.
    pub(crate) fn new(number: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[number; 32]).unwrap(),
            credential: vec![number; 16],
            person: None,
            counter: 1,
            origin: ORIGIN.into(),
            verifies: true,
        }
    }

    /// Makes its passkey.
    pub(crate) fn make(&mut self, options: &Value) -> String {
        let options = &options["publicKey"];
        self.person = Some(options["user"]["id"].as_str().unwrap().to_owned());
        let data = self.data(&options["rp"]["id"], HAS_CREDENTIAL, &self.described());
        self.counter += 1;
        let statement =
            [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(), &[length(&data)], &data]
                .concat();
        let client = self.client("webauthn.create", options);
        let response = json!({
            "attestationObject": text(&statement),
            "clientDataJSON": text(&client),
            "transports": ["internal"],
        });
        self.wrapped(&response)
    }

    /// Uses its passkey.
    pub(crate) fn answer(&mut self, options: &Value) -> String {
        let options = &options["publicKey"];
        let data = self.data(&options["rpId"], 0, &[]);
        let client = self.client("webauthn.get", options);
        let signed = [data.as_slice(), &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        self.counter += 1;
        let response = json!({
            "authenticatorData": text(&data),
            "clientDataJSON": text(&client),
            "signature": text(signature.to_der().as_bytes()),
            "userHandle": self.person,
        });
        self.wrapped(&response)
    }

    fn wrapped(&self, response: &Value) -> String {
        let id = text(&self.credential);
        let kind = "public-key";
        json!({ "id": id, "rawId": id, "type": kind, "response": response, "clientExtensionResults": {} })
            .to_string()
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = &options["challenge"];
        let client =
            json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        client.to_string().into_bytes()
    }

    /// Who it speaks to, what it saw of its user, its counter, and what else there is.
    fn data(&self, host: &Value, flags: u8, more: &[u8]) -> Vec<u8> {
        let host = Sha256::digest(host.as_str().unwrap());
        let flags = flags | USER_PRESENT | if self.verifies { USER_VERIFIED } else { 0 };
        [host.as_slice(), &[flags], &self.counter.to_be_bytes(), more].concat()
    }

    /// The credential: no model of authenticator, its identifier, its public key in COSE.
    fn described(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_sec1_point(false);
        let point = point.as_bytes();
        let key = [
            b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20".as_slice(),
            &point[1..33],
            b"\x22\x58\x20",
            &point[33..],
        ];
        [[0; 16].as_slice(), &[0, length(&self.credential)], &self.credential, &key.concat()].concat()
    }
}

fn length(bytes: &[u8]) -> u8 {
    bytes.len().try_into().unwrap()
}

fn text(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
