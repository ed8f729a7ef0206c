//! The sign-in service of an organisation, as OpenID Connect speaks with it: where people are sent, and what comes back.
//!
//! What it is: the one place that speaks to `openidconnect`. What the service publishes is asked for anew each time, so that
//! a key it has taken back is good for nothing here. Of the algorithms, those count that sign with a key of their own: not
//! `none`, and not a shared secret. What it is not: it knows no store, no session and no socket.

use std::sync::Arc;

use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdTokenVerifier,
    CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::http::StatusCode;
use openidconnect::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    DiscoveryError, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RequestTokenError, SignatureVerificationError, StandardErrorResponse, TokenResponse as _,
};
use serde::{Deserialize, Serialize};
use vigie_model::Moment;

use crate::ports::{Answer, DeliveryError, SignInCall, SignInService};

/// Signatures that count.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// What is kept of a subject at most; the specification allows 255 characters.
const LONGEST_SUBJECT: usize = 255;

/// The sign-in service of an organisation, and who we are to it.
#[derive(Clone)]
pub struct Provider {
    /// Its address, which is also its name in what it signs.
    pub issuer: String,
    /// Who we are to it.
    pub client_id: String,
    /// What proves that we are.
    pub client_secret: String,
    /// What people call it.
    pub name: String,
    /// The way to it.
    pub server: Arc<dyn SignInService>,
}

/// What is remembered here while somebody is at the service. Neither leaves this side as it is.
#[derive(Serialize, Deserialize)]
pub(super) struct Errand {
    /// Ties what the service signs to this very sign-in.
    pub(super) nonce: String,
    /// Proves to the service that who brings the code is who asked for it.
    pub(super) verifier: String,
}

/// Why the service could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It could not be reached, or its answer is no answer.
    #[error("{what} is not answered: {why}")]
    NoAnswer {
        /// What was asked.
        what: &'static str,
        /// What came instead.
        why: String,
    },
    /// What it answered does not count.
    #[error("what it answered does not count: {0}")]
    Refused(#[from] Why),
}

/// Why a sign-in at the service does not count here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It does not accept the code.
    #[error("the service does not accept the code")]
    Code,
    /// It vouches for nobody.
    #[error("the service vouches for nobody")]
    NoToken,
    /// It was made for another client.
    #[error("it was made for another client of the service")]
    Audience,
    /// It was made for another sign-in.
    #[error("it was made for another sign-in")]
    Nonce,
    /// Another service made it.
    #[error("another service made it")]
    Issuer,
    /// Its time is over.
    #[error("its time is over")]
    Expired,
    /// It is not signed, or in a way that does not count.
    #[error("it is not signed in a way that counts")]
    Algorithm,
    /// No key of the service made the signature.
    #[error("no key of the service made its signature")]
    Signature,
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable,
}

impl Why {
    /// As the ledger says it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::NoToken => "no_token",
            Self::Audience => "audience",
            Self::Nonce => "nonce",
            Self::Issuer => "issuer",
            Self::Expired => "expired",
            Self::Algorithm => "algorithm",
            Self::Signature => "signature",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Provider {
    /// What the service publishes of itself.
    ///
    /// # Errors
    /// It does not answer, or speaks of another address than the one that is set.
    pub(super) async fn discover(&self) -> Result<CoreProviderMetadata, ProviderError> {
        let issuer = IssuerUrl::new(self.issuer.clone());
        let issuer = issuer.map_err(|error| no_answer("discovery", error.to_string()))?;
        CoreProviderMetadata::discover_async(issuer, self).await.map_err(|error| {
            let why = match error {
                DiscoveryError::Request(source) => source.to_string(),
                DiscoveryError::Response(status, ..) => status.as_u16().to_string(),
                DiscoveryError::Parse(source) => format!("it cannot be read: {source}"),
                other => other.to_string(),
            };
            no_answer("discovery", why)
        })
    }

    /// Whether the service answers and signs in a way that counts. For who sets it up.
    ///
    /// # Errors
    /// It does not.
    pub async fn examine(&self) -> Result<(), ProviderError> {
        let known = self.discover().await?;
        let signs = known.id_token_signing_alg_values_supported();
        if !signs.iter().any(|algorithm| ALGORITHMS.contains(algorithm)) {
            return Err(Why::Algorithm.into());
        }
        known.token_endpoint().map(drop).ok_or_else(|| no_answer("discovery", "it gives no tokens".into()))
    }

    /// Where the browser is sent.
    pub(super) async fn address(
        &self,
        back: &str,
        state: &str,
        errand: &Errand,
    ) -> Result<String, ProviderError> {
        let known = self.discover().await?;
        let client = CoreClient::from_provider_metadata(known, self.client(), None);
        let verifier = PkceCodeVerifier::new(errand.verifier.clone());
        let (state, nonce) = (state.to_owned(), errand.nonce.clone());
        let asked = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_redirect_uri(std::borrow::Cow::Owned(redirect(back)?))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        Ok(asked.url().0.to_string())
    }

    /// Exchanges the code for what the service says of who signed in, and gives the subject once everything about it holds.
    pub(super) async fn subject(
        &self,
        back: &str,
        code: &str,
        errand: Errand,
        now: Moment,
    ) -> Result<String, ProviderError> {
        let known = self.discover().await?;
        let auth = auth_type(&known);
        let (issuer, keys) = (known.issuer().clone(), known.jwks().clone());
        let secret = ClientSecret::new(self.client_secret.clone());
        let client = CoreClient::from_provider_metadata(known, self.client(), Some(secret.clone()))
            .set_auth_type(auth)
            .set_redirect_uri(redirect(back)?);
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        let request = request.map_err(|_| no_answer("discovery", "it gives no tokens".into()))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(errand.verifier));
        let tokens = request.request_async(self).await.map_err(|error| untokened(&error))?;
        let token = tokens.id_token().ok_or(Why::NoToken)?;
        let now = chrono::DateTime::from_timestamp_micros(now.0).ok_or(Why::Expired)?;
        let verifier = CoreIdTokenVerifier::new_confidential_client(self.client(), secret, issuer, keys)
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || now);
        let claims = token.claims(&verifier, &Nonce::new(errand.nonce)).map_err(|error| why(&error))?;
        let subject = claims.subject().as_str();
        if subject.is_empty() || subject.chars().count() > LONGEST_SUBJECT {
            return Err(Why::Unreadable.into());
        }
        Ok(subject.to_owned())
    }

    fn client(&self) -> ClientId {
        ClientId::new(self.client_id.clone())
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, DeliveryError> {
        let header = |name: &str| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        let call = SignInCall {
            url: request.uri().to_string(),
            authorization: header("authorization"),
            form: (request.method() == "POST").then(|| request.body().clone()),
        };
        let answer = self.server.call(call).await?;
        let mut response = HttpResponse::new(answer.body);
        *response.status_mut() =
            StatusCode::from_u16(answer.status).map_err(|_| DeliveryError::later("no status"))?;
        let kind = answer.content_type.and_then(|kind| kind.parse().ok());
        if let Some(kind) = kind {
            response.headers_mut().insert("content-type", kind);
        }
        Ok(response)
    }
}

/// Takes the requests of the library through the port.
impl<'c> AsyncHttpClient<'c> for Provider {
    type Error = DeliveryError;
    type Future = Answer<'c, Result<HttpResponse, DeliveryError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}

fn no_answer(what: &'static str, why: String) -> ProviderError {
    ProviderError::NoAnswer { what, why }
}

fn redirect(back: &str) -> Result<RedirectUrl, ProviderError> {
    RedirectUrl::new(back.to_owned()).map_err(|error| no_answer("the way back", error.to_string()))
}

/// How we prove who we are: in the header unless the service takes it in the form alone.
fn auth_type(known: &CoreProviderMetadata) -> AuthType {
    let takes = |method| {
        known.token_endpoint_auth_methods_supported().is_none_or(|methods| methods.contains(&method))
    };
    let form_alone =
        !takes(CoreClientAuthMethod::ClientSecretBasic) && takes(CoreClientAuthMethod::ClientSecretPost);
    if form_alone { AuthType::RequestBody } else { AuthType::BasicAuth }
}

fn untokened(
    error: &RequestTokenError<DeliveryError, StandardErrorResponse<CoreErrorResponseType>>,
) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(refusal) => match refusal.error() {
            CoreErrorResponseType::InvalidGrant => Why::Code.into(),
            other => no_answer("the exchange of the code", other.to_string()),
        },
        RequestTokenError::Request(source) => no_answer("the exchange of the code", source.to_string()),
        // What is in the answer may be a token: it is not passed on.
        RequestTokenError::Parse(..) => Why::Unreadable.into(),
        RequestTokenError::Other(_) => no_answer("the exchange of the code", "it cannot be read".into()),
    }
}

fn why(error: &ClaimsVerificationError) -> Why {
    match error {
        ClaimsVerificationError::Expired(_) => Why::Expired,
        ClaimsVerificationError::InvalidAudience(_) => Why::Audience,
        ClaimsVerificationError::InvalidIssuer(_) => Why::Issuer,
        ClaimsVerificationError::InvalidNonce(_) => Why::Nonce,
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::CryptoError(_)
            | SignatureVerificationError::NoMatchingKey
            | SignatureVerificationError::AmbiguousKeyId(_)
            | SignatureVerificationError::InvalidKey(_),
        ) => Why::Signature,
        ClaimsVerificationError::SignatureVerification(_) => Why::Algorithm,
        _ => Why::Unreadable,
    }
}
