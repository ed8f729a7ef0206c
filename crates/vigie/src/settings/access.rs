//! The table `[access]` of the configuration.

use std::path::PathBuf;

use anyhow::ensure;
use serde::Deserialize;
use url::{Host, Url};
use vigie_app::AccessSettings;
use vigie_model::access::{PasskeyRule, StepUp};

use super::Oidc;

/// Who may do what, and how people prove who they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Access {
    /// A file of Cedar policies that forbid more than those compiled in.
    pub overlay: Option<PathBuf>,
    /// Whether a person needs a passkey.
    pub passkeys: PasskeyRule,
    /// What is asked of a person shortly before what shows or hands out material.
    pub step_up: StepUp,
    /// The sign-in service of the organisation.
    pub oidc: Option<Oidc>,
}

impl Default for Access {
    fn default() -> Self {
        let AccessSettings { passkeys, step_up } = AccessSettings::default();
        Self { overlay: None, passkeys, step_up, oidc: None }
    }
}

impl Access {
    /// As the use cases know it.
    #[must_use]
    pub fn for_app(&self) -> AccessSettings {
        AccessSettings { passkeys: self.passkeys, step_up: self.step_up }
    }

    /// Browsers make passkeys for names alone: what asks for them does not go with an address of numbers.
    pub(super) fn check(&self, public_url: Option<&str>) -> anyhow::Result<()> {
        let asks = self.passkeys == PasskeyRule::Required || self.step_up == StepUp::Passkey;
        let url = public_url.and_then(|url| Url::parse(url).ok());
        let has_name = url.is_none_or(|url| matches!(url.host(), Some(Host::Domain(_))));
        ensure!(
            !asks || has_name,
            "`public_url` has numbers where its name would be, and browsers make passkeys for names alone: give it a name, or \
             set `access.step_up` to \"none\" and `access.passkeys` to \"offered\""
        );
        let Some(oidc) = &self.oidc else { return Ok(()) };
        oidc.check()?;
        let is_hollow = self.passkeys == PasskeyRule::Required && self.step_up == StepUp::None;
        ensure!(
            !is_hollow,
            "`access.passkeys` is \"required\", and with `access.oidc` and `access.step_up = \"none\"` nothing would ever ask for \
             one: set `access.step_up` to \"passkey\""
        );
        Ok(())
    }
}
