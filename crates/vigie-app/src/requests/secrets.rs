//! What is sealed of a request, and opened here alone: under a key of its own, so that destroying one file forgets whom it
//! was about.
//!
//! What it is not: the keys themselves, which `vigie_store::request_keys` keeps outside the database. To seal one more thing:
//! `Secrets::seal` before it goes to the store; to find it again without its key, `blinded`.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use vigie_model::disclosure::{Identifier, IdentifierKind, Instrument, plain_phone_number};
use vigie_model::id::RequestId;
use vigie_seal::note::{Kind, SignerKey, VerifierKey};
use vigie_store::request_keys::RequestPart;
use vigie_store::{Read, SealingKey, requests};

use crate::{App, Code, Error, Result};

/// Seals and opens what belongs to one request.
#[derive(Debug, Clone)]
pub(crate) struct Secrets(SealingKey);

impl Secrets {
    pub(crate) fn seal<T: Serialize>(&self, value: &T) -> Result<Vec<u8>> {
        let plain =
            serde_json::to_vec(value).map_err(|source| Error::internal("write what is sealed", source))?;
        Ok(self.0.seal(&plain)?)
    }

    pub(crate) fn open<T: DeserializeOwned>(&self, sealed: &[u8]) -> Result<T> {
        let plain = self.0.unseal(sealed)?;
        serde_json::from_slice(&plain).map_err(|source| Error::internal("read what was sealed", source))
    }
}

impl App {
    /// What seals a part of a request, made at first.
    pub(crate) async fn make_secrets(&self, request: RequestId, part: RequestPart) -> Result<Secrets> {
        let keys = self.store.request_keys().clone();
        Ok(Secrets(self.heavy.run(move || keys.key(request, part)).await??))
    }

    /// What opens a part of a request.
    ///
    /// # Errors
    /// Its key was destroyed.
    pub(crate) async fn secrets(&self, request: RequestId, part: RequestPart) -> Result<Secrets> {
        let keys = self.store.request_keys().clone();
        let key = self.heavy.run(move || keys.existing(request, part)).await??;
        key.map(Secrets).ok_or_else(|| Error::new(Code::WrongState, "what was kept of it was destroyed"))
    }

    /// The document of a request, as values.
    pub(crate) async fn instrument_of(&self, read: &mut impl Read, request: RequestId) -> Result<Instrument> {
        let secrets = self.secrets(request, RequestPart::Whole).await?;
        secrets.open(&requests::sealed(read, request).await?.instrument)
    }

    /// Destroys the key of a part. What was sealed under it opens for nobody from then on, in no copy.
    pub(crate) async fn shred_secrets(&self, request: RequestId, part: RequestPart) -> Result<()> {
        let keys = self.store.request_keys().clone();
        Ok(self.heavy.run(move || keys.shred(request, part)).await??)
    }

    /// How something is found again that must not be read back: HMAC-SHA-256 under a key outside the database.
    pub(crate) fn blinded(&self, purpose: &str, service: &str, value: &str) -> Result<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.store.request_keys().hashing_key())
            .map_err(|source| Error::internal("hash an account", source))?;
        for part in [purpose, service, value] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Ok(mac.finalize().into_bytes().into())
    }

    /// An identifier, to be found again and not read back. Whatever people write between the digits of a phone number, it is the same.
    pub(crate) fn blinded_identifier(&self, purpose: &str, identifier: &Identifier) -> Result<[u8; 32]> {
        let value = identifier.value.trim();
        let plain = plain_phone_number(value).filter(|_| identifier.kind == IdentifierKind::PhoneNumber);
        let value = format!("{}:{}", identifier.kind, plain.as_deref().unwrap_or(value));
        self.blinded(purpose, &identifier.service, &value)
    }

    /// The key that signs grants, manifests and receipts; another one than the ledger's.
    pub(crate) fn disclosure_key(&self) -> Result<SignerKey> {
        let name = format!("vigie-{}/grants", self.settings.instance);
        SignerKey::from_seed(&name, Kind::Note, self.store.request_keys().signing_seed())
            .map_err(|source| Error::internal("make the key of the disclosure desk", source))
    }

    /// What checks grants, manifests and receipts of this house; for anybody.
    ///
    /// # Errors
    /// The key cannot be made.
    pub fn disclosure_verifier(&self) -> Result<VerifierKey> {
        Ok(self.disclosure_key()?.verifier())
    }
}
