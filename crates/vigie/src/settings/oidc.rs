//! The table `[access.oidc]` of the configuration: the sign-in service of the organisation.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use url::Url;
use vigie_app::identities::Provider;
use vigie_connect::HttpSignInService;

use super::checks::check_outside;
use super::parts::{Secret, secret_in};

/// The longest name on the button.
const LONGEST_NAME: usize = 60;

/// A sign-in service that speaks OpenID Connect.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// Its address, exactly as it writes it itself.
    pub issuer: String,
    /// Who we are to it.
    pub client_id: String,
    /// What proves that we are.
    client_secret: Option<Secret>,
    /// A file with what proves that we are.
    client_secret_file: Option<PathBuf>,
    /// What people call it: the name on the button.
    pub name: String,
}

impl Oidc {
    /// A service with the client that we are to it: its identifier and its secret.
    #[must_use]
    pub fn new(issuer: &str, (client_id, secret): (&str, &str), name: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            client_secret: Some(Secret(secret.to_owned())),
            client_secret_file: None,
            name: name.to_owned(),
        }
    }

    /// Refuses what would not work, or would be less safe than it looks.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        check_outside("access.oidc.issuer", &self.issuer)?;
        let issuer = Url::parse(&self.issuer).context("`access.oidc.issuer` is no address")?;
        let is_plain = issuer.query().is_none() && issuer.fragment().is_none();
        ensure!(is_plain, "`access.oidc.issuer` has neither `?` nor `#`: it is the name of the service");
        ensure!(!self.client_id.trim().is_empty(), "`access.oidc.client_id` is empty");
        let stated = self.client_secret.is_some() != self.client_secret_file.is_some();
        ensure!(stated, "`access.oidc` needs one of `client_secret` and `client_secret_file`");
        let length = self.name.trim().chars().count();
        ensure!(
            (1..=LONGEST_NAME).contains(&length),
            "`access.oidc.name` stands on the button: 1 to {LONGEST_NAME} characters"
        );
        Ok(())
    }

    /// The service, as the use cases know it.
    ///
    /// # Errors
    /// The secret cannot be read, or the address cannot be called.
    pub fn provider(&self) -> anyhow::Result<Provider> {
        let secret = match &self.client_secret_file {
            Some(file) => secret_in(file)?,
            None => self.client_secret.clone().context("no secret is set")?,
        };
        Ok(Provider {
            issuer: self.issuer.clone(),
            client_id: self.client_id.trim().to_owned(),
            client_secret: secret.0,
            name: self.name.trim().to_owned(),
            server: Arc::new(HttpSignInService::new(&self.issuer)?),
        })
    }
}
