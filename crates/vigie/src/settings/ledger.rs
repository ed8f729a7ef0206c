//! The table `[ledger]` of the configuration.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use serde::Deserialize;
use url::Url;
use vigie_app::ledger::LedgerSettings;
use vigie_seal::note::{Kind, VerifierKey, is_name};

use super::checks::check_outside;

/// How the ledger is made public and watched.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ledger {
    /// The name of the log; by default the host of `public_url` and the name of this instance.
    pub origin: Option<String>,
    /// The high-water mark: a file outside the data folder.
    pub high_water: Option<PathBuf>,
    /// How many witnesses must have cosigned before a checkpoint is shown.
    pub witnesses_needed: usize,
    /// Who is asked for cosignatures.
    pub witnesses: Vec<WitnessAt>,
}

/// A witness by its address and key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessAt {
    /// Its address.
    pub url: String,
    /// The key that verifies its cosignatures.
    pub vkey: String,
}

impl WitnessAt {
    /// The key that verifies its cosignatures.
    ///
    /// # Errors
    /// It is none, or not of a witness.
    pub fn key(&self) -> anyhow::Result<VerifierKey> {
        let key: VerifierKey = self
            .vkey
            .parse()
            .with_context(|| format!("`ledger.witnesses` has a key that is none: {}", self.vkey))?;
        ensure!(key.kind() == Kind::Cosignature, "`ledger.witnesses` has the key of a log: {}", self.vkey);
        Ok(key)
    }
}

impl Ledger {
    /// Refuses what would not work, or would be less safe than it looks.
    pub(super) fn check(&self, data: &Path) -> anyhow::Result<()> {
        if let Some(origin) = &self.origin {
            ensure!(is_name(origin), "`ledger.origin` is empty, or holds a space or a plus sign");
        }
        if let Some(mark) = &self.high_water {
            let apart = std::path::absolute(mark).ok().zip(std::path::absolute(data).ok());
            let apart = apart.is_some_and(|(mark, data)| !mark.starts_with(data));
            ensure!(apart, "`ledger.high_water` lies in the data folder: a backup would bring it back too");
        }
        for witness in &self.witnesses {
            check_outside("ledger.witnesses.url", &witness.url)?;
            witness.key()?;
        }
        let enough = self.witnesses_needed <= self.witnesses.len();
        ensure!(enough, "`ledger.witnesses_needed` is more than `ledger.witnesses` names");
        Ok(())
    }

    /// As the use cases know it.
    #[must_use]
    pub fn for_app(&self, public_url: &str, instance: &str) -> LedgerSettings {
        let host = Url::parse(public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let usual = || format!("{}/{instance}", host.unwrap_or_else(|| "localhost".to_owned()));
        LedgerSettings {
            origin: self.origin.clone().unwrap_or_else(usual),
            high_water: self.high_water.clone(),
            witnesses_needed: self.witnesses_needed,
        }
    }
}
