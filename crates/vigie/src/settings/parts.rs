//! The tables of the configuration.

use std::fmt;
use std::path::{Path, PathBuf};
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
    /// Whether a token may stand in front of the path, for clients that know no other way.
    pub token_in_path: bool,
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
        match &self.secret_file {
            Some(file) => secret_in(file),
            None => self.secret.clone().context("no secret is set"),
        }
    }
}

/// The server that takes mail to the person on duty.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its name.
    pub host: String,
    /// Its port; by default 587 with `starttls`, 465 with `tls`, 25 with `none`.
    pub port: Option<u16>,
    /// How the connection is encrypted.
    #[serde(default)]
    pub encryption: MailEncryption,
    /// Whom mail comes from.
    pub from: String,
    /// Where mail goes when the person on duty gave no address, or nobody is on duty.
    pub to: String,
    /// Who we are to the server; none where it asks for nobody.
    pub user: Option<String>,
    /// Their password.
    password: Option<Secret>,
    /// A file with their password.
    password_file: Option<PathBuf>,
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailEncryption {
    /// It must change to TLS before anything is said.
    #[default]
    StartTls,
    /// TLS from the first byte on.
    Tls,
    /// Not at all: only to this very machine.
    None,
}

impl Mail {
    /// A user has one password, and a password has its user.
    pub(super) fn states_its_login(&self) -> bool {
        let passwords = [self.password.is_some(), self.password_file.is_some()];
        passwords.iter().filter(|is_set| **is_set).count() == usize::from(self.user.is_some())
    }

    /// Who we are to the server, where it asks.
    ///
    /// # Errors
    /// The file cannot be read, or holds nothing.
    pub fn login(&self) -> anyhow::Result<Option<(String, String)>> {
        let Some(user) = &self.user else { return Ok(None) };
        let password = match (&self.password, &self.password_file) {
            (Some(password), _) => password.clone(),
            (None, Some(file)) => secret_in(file)?,
            (None, None) => anyhow::bail!("no password is set"),
        };
        Ok(Some((user.clone(), password.0)))
    }
}

/// The text of a file that holds nothing but a secret.
pub(super) fn secret_in(file: &Path) -> anyhow::Result<Secret> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the secret in {}", file.display()))?;
    let secret = text.trim();
    anyhow::ensure!(!secret.is_empty(), "the secret in {} is empty", file.display());
    Ok(Secret(secret.to_owned()))
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

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// What confines a decoding child besides its limits; by default what the system can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cage {
    /// A cage without files, sockets and processes. Where it does not hold, the service does not start.
    Closed,
    /// None. A decoder that is taken over reaches whatever the user of the service reaches.
    LimitsAlone,
}

impl Default for Cage {
    fn default() -> Self {
        match vigie_media::Cage::default() {
            vigie_media::Cage::Closed => Self::Closed,
            vigie_media::Cage::LimitsAlone => Self::LimitsAlone,
        }
    }
}

impl From<Cage> for vigie_media::Cage {
    fn from(cage: Cage) -> Self {
        match cage {
            Cage::Closed => Self::Closed,
            Cage::LimitsAlone => Self::LimitsAlone,
        }
    }
}

/// How media is hashed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MediaSettings {
    /// Whether uploads are hashed by the quick first pass, and exactly only where something is near.
    pub first_pass: bool,
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
    /// What confines them besides these limits.
    pub cage: Cage,
    /// Bytes of all uploads that are held in memory at once.
    pub uploads_in_memory: usize,
    /// Signals that one token may look up in an hour.
    pub lookups_per_hour: u32,
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
            cage: Cage::default(),
            uploads_in_memory: intake.memory,
            lookups_per_hour: intake.lookups_per_hour,
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
