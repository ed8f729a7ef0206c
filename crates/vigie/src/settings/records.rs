//! Where messengers give what they hold about accounts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::Secret;
use super::checks::check_outside;
use super::parts::secret_in;

/// A messenger that gives records under grants.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordsAt {
    /// The name of the messenger, as requests and grants say it.
    pub service: String,
    /// How it is asked.
    pub kind: RecordsKind,
    /// Its address.
    pub url: String,
    /// What questions are signed with; of a Synapse, the token of a server administrator.
    secret: Option<Secret>,
    /// A file that holds it.
    secret_file: Option<PathBuf>,
}

/// How a messenger is asked for records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordsKind {
    /// By signed questions, which it answers itself: docs/guide/records.md.
    SignedPull,
    /// Through the administration of Synapse.
    Synapse,
}

impl RecordsAt {
    /// A messenger that answers signed questions.
    #[must_use]
    pub fn signed_pull(service: String, url: String, secret: String) -> Self {
        let kind = RecordsKind::SignedPull;
        Self { service, kind, url, secret: Some(Secret(secret)), secret_file: None }
    }

    /// What questions are signed with, or the token.
    ///
    /// # Errors
    /// The file cannot be read, or holds nothing.
    pub fn secret(&self) -> anyhow::Result<Secret> {
        match &self.secret_file {
            Some(file) => secret_in(file),
            None => self.secret.clone().context("no secret is set"),
        }
    }
}

/// Refuses messengers that cannot be told apart or not be asked safely.
pub(super) fn check(records: &[RecordsAt]) -> anyhow::Result<()> {
    let mut services = BTreeSet::new();
    for one in records {
        let service = one.service.as_str();
        ensure!(
            !service.trim().is_empty(),
            "`records.service` is empty: it is the messenger's name in grants"
        );
        ensure!(services.insert(service), "`records.service` names {service} twice");
        check_outside("records.url", &one.url)?;
        ensure!(
            one.secret.is_some() != one.secret_file.is_some(),
            "`records` of {service} needs one of `secret` and `secret_file`"
        );
    }
    Ok(())
}
