//! The tables `[retention]` and `[backup]` of the configuration.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use serde::Deserialize;
use vigie_app::evidence::RetentionSettings;

const DAY: u64 = 24 * 60 * 60;

/// How long things are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days that evidence is kept on which no hold stands.
    pub evidence_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        let days = RetentionSettings::default().evidence.as_secs() / DAY;
        Self { evidence_days: u32::try_from(days).unwrap_or(u32::MAX) }
    }
}

impl Retention {
    /// Refuses what would erase evidence while it is being reviewed, or keep it for ever.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let fits = (30..=3_650).contains(&self.evidence_days);
        ensure!(
            fits,
            "`retention.evidence_days` lies between 30 and 3650: holds keep what is needed for longer"
        );
        Ok(())
    }

    /// As the use cases know it.
    #[must_use]
    pub fn for_app(&self) -> RetentionSettings {
        RetentionSettings { evidence: Duration::from_secs(u64::from(self.evidence_days) * DAY) }
    }
}

/// Where backups go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Backup {
    /// The folder under which backups lie.
    pub folder: Option<PathBuf>,
}
