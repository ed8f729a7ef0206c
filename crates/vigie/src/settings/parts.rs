//! The tables of the configuration.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;
use vigie_app::intake::IntakeSettings;
use vigie_model::bank::Verdict;

/// A desk that works here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Desk {
    /// The moderation desk of a service.
    Moderation,
}

/// The HMA-compatible API.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hma {
    /// Whether programs on this very machine may use it without a token.
    pub anonymous: bool,
    /// Hosts from which media may be fetched by address; none by default.
    pub allowed_hosts: Vec<String>,
}

/// A place outside that is called with a signature.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// Its address.
    pub url: String,
    /// What calls are signed with.
    secret: Option<Secret>,
    /// A file with what calls are signed with.
    secret_file: Option<PathBuf>,
}

impl Outside {
    /// A place with its secret.
    #[must_use]
    pub fn new(url: String, secret: String) -> Self {
        Self { url, secret: Some(Secret(secret)), secret_file: None }
    }

    pub(super) fn states_one_secret(&self) -> bool {
        self.secret.is_some() != self.secret_file.is_some()
    }

    /// What calls are signed with.
    ///
    /// # Errors
    /// The file cannot be read, or holds nothing.
    pub fn secret(&self) -> anyhow::Result<Secret> {
        let Some(file) = &self.secret_file else {
            return self.secret.clone().context("no secret is set");
        };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read the secret in {}", file.display()))?;
        let secret = text.trim();
        anyhow::ensure!(!secret.is_empty(), "the secret in {} is empty", file.display());
        Ok(Secret(secret.to_owned()))
    }
}

/// Something that is not for logs.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub(super) String);

impl Secret {
    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What media may cost.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of one upload.
    pub media_bytes: u64,
    /// Width times height of one picture.
    pub media_pixels: u64,
    /// Seconds that decoding one picture may take.
    pub media_seconds: u64,
    /// Bytes of memory of one decoding child.
    pub media_memory: u64,
    /// Decoding children; 0 stands for one on each core.
    pub decoding_children: usize,
    /// Bytes of all uploads that are held in memory at once.
    pub uploads_in_memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let media = vigie_media::Limits::default();
        let intake = IntakeSettings::default();
        Self {
            media_bytes: intake.media_limit as u64,
            media_pixels: media.pixels,
            media_seconds: media.time.as_secs(),
            media_memory: media.memory,
            decoding_children: 0,
            uploads_in_memory: intake.memory,
        }
    }
}

impl Limits {
    /// As the decoding children know them.
    #[must_use]
    pub fn media(&self) -> vigie_media::Limits {
        vigie_media::Limits {
            bytes: self.media_bytes,
            pixels: self.media_pixels,
            time: Duration::from_secs(self.media_seconds),
            memory: self.media_memory,
        }
    }
}

/// The verdict about media that cannot be decoded.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Undecodable {
    /// Where anybody can see it.
    pub public: Verdict,
    /// Where people expect privacy.
    pub private: Verdict,
}

impl Default for Undecodable {
    fn default() -> Self {
        let intake = IntakeSettings::default();
        Self { public: intake.undecodable_in_public, private: intake.undecodable_in_private }
    }
}
