//! The relying party: what we are to authenticators, and the pure half of each ceremony.
//!
//! What it is: the one place that speaks to `webauthn-rs`. Its state becomes text that lies in our database and never
//! leaves it. What it is not: it knows no store and no session.

use std::error::Error as StdError;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use vigie_model::id::PersonId;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

use crate::{Error, Result};

/// The name that authenticators show.
const NAME: &str = "Vigie";

/// Who we are to authenticators: the host of the public address, and that address as the only origin.
#[derive(Clone)]
pub(crate) struct RelyingParty(Arc<Webauthn>);

/// What a ceremony begins with: a part for the browser, a part that stays here.
pub(crate) struct Opening {
    pub(crate) options: Value,
    pub(crate) state: String,
}

/// A passkey as it comes out of its enrolment.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) credential: String,
}

/// Why a ceremony came to nothing. For the log alone: callers are told one and the same.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// It never began, was finished before, is too old, or is somebody else's.
    #[error("there is no such ceremony")]
    NoCeremony,
    /// Nobody who may come in has such a passkey.
    #[error("nobody has this passkey")]
    Unknown,
    /// Somebody has it already.
    #[error("this passkey was made before")]
    Known,
    /// Its counter did not go on.
    #[error("its counter went back: it may have been copied")]
    Copied,
    /// What the browser sent cannot be read, or proves nothing.
    #[error("the answer of the authenticator proves nothing")]
    Unproven(#[source] Box<dyn StdError + Send + Sync>),
}

impl From<WebauthnError> for Refused {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::CredentialPossibleCompromise => Self::Copied,
            other => Self::Unproven(other.to_string().into()),
        }
    }
}

/// What an authenticator answered to a challenge.
pub(crate) struct Assertion(PublicKeyCredential);

impl Assertion {
    /// Reads what the browser sent.
    pub(crate) fn read(answer: &str) -> Result<Self, Refused> {
        serde_json::from_str(answer).map(Self).map_err(|error| Refused::Unproven(error.into()))
    }

    /// The passkey that it says it comes from.
    pub(crate) fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }

    /// Whether it may come from this person's passkey. Somebody who signs in must be named by the authenticator; who is
    /// signed in may not be named as another.
    pub(crate) fn may_be_of(&self, owner: PersonId, whose: Option<PersonId>) -> bool {
        let named = self.0.get_user_unique_id();
        let is_owner = |named: &[u8]| named == owner.0.as_bytes();
        match whose {
            Some(person) => person == owner && named.is_none_or(is_owner),
            None => named.is_some_and(is_owner),
        }
    }
}

impl RelyingParty {
    /// The one at this public address; none where its host is no name, for which browsers make no passkeys.
    pub(crate) fn at(public_url: &str) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let host = origin.domain()?;
        let built = WebauthnBuilder::new(host, &origin).and_then(|builder| builder.rp_name(NAME).build());
        built.ok().map(|party| Self(Arc::new(party)))
    }

    /// Asks for a new passkey that finds its person by itself, on an authenticator without one of these.
    pub(crate) fn begin_enrolment(
        &self,
        person: PersonId,
        name: &str,
        known: Vec<Vec<u8>>,
    ) -> Result<Opening> {
        let begun = self.0.start_passkey_registration(person.0, name, name, Some(known));
        let (options, state) = begun.map_err(|error| cannot_begin(&error))?;
        let mut options = value(&options)?;
        // Without a name being typed, only a discoverable credential can be found.
        options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("required");
        options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = json!(true);
        Ok(Opening { options, state: text(&state)? })
    }

    /// Verifies what the authenticator made.
    pub(crate) fn finish_enrolment(&self, state: &str, answer: &str) -> Result<Made, Refused> {
        let state: PasskeyRegistration = read(state)?;
        let answer: RegisterPublicKeyCredential = read(answer)?;
        let passkey = self.0.finish_passkey_registration(&answer, &state)?;
        let credential = serde_json::to_string(&passkey).map_err(|error| Refused::Unproven(error.into()))?;
        Ok(Made { credential_id: passkey.cred_id().clone(), credential })
    }

    /// Asks for a use of one of these passkeys, or of any where none is named.
    pub(crate) fn begin_assertion(&self, known: &[Vec<u8>]) -> Result<Opening> {
        let begun = self.0.start_discoverable_authentication();
        let (mut options, state) = begun.map_err(|error| cannot_begin(&error))?;
        // A button asks, not a field that fills itself in.
        options.mediation = None;
        let mut options = value(&options)?;
        let named =
            known.iter().map(|id| json!({ "type": "public-key", "id": BASE64_URL_SAFE_NO_PAD.encode(id) }));
        options["publicKey"]["allowCredentials"] = named.collect();
        Ok(Opening { options, state: text(&state)? })
    }

    /// Verifies a use of a passkey. Gives the credential as it is to be kept from now on.
    pub(crate) fn verify(
        &self,
        state: &str,
        assertion: &Assertion,
        credential: &str,
    ) -> Result<String, Refused> {
        let state: DiscoverableAuthentication = read(state)?;
        let mut passkey: Passkey = read(credential)?;
        let used = self.0.finish_discoverable_authentication_v2(&assertion.0, state, &passkey)?;
        passkey.update_credential(&used);
        serde_json::to_string(&passkey).map_err(|error| Refused::Unproven(error.into()))
    }
}

fn cannot_begin(error: &WebauthnError) -> Error {
    Error::internal("begin a ceremony", error.to_string())
}

fn value(options: &impl Serialize) -> Result<Value> {
    serde_json::to_value(options).map_err(|source| Error::internal("write the options of a ceremony", source))
}

fn text(state: &impl Serialize) -> Result<String> {
    serde_json::to_string(state).map_err(|source| Error::internal("write the state of a ceremony", source))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Refused> {
    serde_json::from_str(text).map_err(|error| Refused::Unproven(error.into()))
}
