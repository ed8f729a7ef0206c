//! The configuration: defaults, then a file, then the environment, then the command line. Read once.
//!
//! A key that nobody knows is an error that names it: a typing mistake must not leave a safeguard switched off. Each key
//! is explained in `docs/guide/configuration.md`, whose example a test reads.
//!
//! To add a key: a field here, a line there.

mod access;
mod checks;
mod disclosure;
mod ledger;
mod oidc;
mod parts;
mod records;
mod retention;
mod review;
mod video;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use figment::value::UncasedStr;
use serde::Deserialize;

use crate::output::Hint as _;
pub use crate::telemetry::LogFormat;
pub use access::Access;
pub use disclosure::Disclosure;
pub use ledger::{Ledger, WitnessAt};
pub use oidc::Oidc;
pub use parts::{Desk, Hma, Limits, Mail, MailEncryption, MediaSettings, Outside, Secret, Undecodable};
pub use records::{RecordsAt, RecordsKind};
pub use retention::{Backup, Retention};
pub use review::{Quality, Wellbeing};
pub use video::Video;

/// Where a service listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8420);

/// Whether a variable that begins like ours is a key: not where the configuration lies, nor what tests find their way by.
fn is_key(name: &UncasedStr) -> bool {
    name != "config" && !name.starts_with("test_")
}

/// What an operator sets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The desks that work here.
    pub desks: Vec<Desk>,
    /// Where the console and the APIs listen.
    pub listen: SocketAddr,
    /// The folder of the database, the vault and the keyring.
    pub data: PathBuf,
    /// `postgres://…` or `sqlite://…`; none is SQLite in the data folder.
    pub database: Option<String>,
    /// The address shown to people; by default `http://localhost:PORT`.
    pub public_url: Option<String>,
    /// Where previews of evidence come from; by default the port after that of `listen`.
    pub evidence_listen: Option<SocketAddr>,
    /// The address of that, as browsers reach it; by default `http://localhost:PORT`.
    pub evidence_url: Option<String>,
    /// What is logged.
    pub log: String,
    /// The form of a line of the log.
    pub log_format: LogFormat,
    /// Who may do what, beyond the policies that are compiled in, and how people prove who they are.
    pub access: Access,
    /// The HMA-compatible API.
    pub hma: Hma,
    /// The messenger on which actions are performed.
    pub messenger: Option<Outside>,
    /// Messengers that give what they hold about accounts, under grants.
    pub records: Vec<RecordsAt>,
    /// What calls the person on duty.
    pub pager: Option<Outside>,
    /// The server that takes mail to the person on duty.
    pub mail: Option<Mail>,
    /// How requests of authorities are answered.
    pub disclosure: Disclosure,
    /// How the ledger is made public and watched.
    pub ledger: Ledger,
    /// How media is hashed.
    pub media: MediaSettings,
    /// What media may cost.
    pub limits: Limits,
    /// How videos are watched and matched.
    pub video: Video,
    /// What is answered about media that cannot be decoded.
    pub undecodable: Undecodable,
    /// How long things are kept.
    pub retention: Retention,
    /// Where backups go.
    pub backup: Backup,
    /// How much one person sees.
    pub wellbeing: Wellbeing,
    /// How the work of reviewers is checked.
    pub quality: Quality,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            desks: vec![Desk::Moderation],
            listen: LISTEN,
            data: "vigie-data".into(),
            database: None,
            public_url: None,
            evidence_listen: None,
            evidence_url: None,
            log: "info".into(),
            log_format: LogFormat::default(),
            access: Access::default(),
            hma: Hma::default(),
            messenger: None,
            records: vec![],
            pager: None,
            mail: None,
            disclosure: Disclosure::default(),
            ledger: Ledger::default(),
            media: MediaSettings::default(),
            limits: Limits::default(),
            video: Video::default(),
            undecodable: Undecodable::default(),
            retention: Retention::default(),
            backup: Backup::default(),
            wellbeing: Wellbeing::default(),
            quality: Quality::default(),
        }
    }
}

/// The options by which a command line names its configuration.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Place {
    /// The configuration file; without one, defaults and VIGIE_… variables hold.
    #[arg(long, value_name = "FILE", env = "VIGIE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// The data folder [default: ./vigie-data].
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
}

impl Place {
    /// Reads the configuration.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        let mut settings = Settings::read(self.config.as_deref())?;
        if let Some(data) = &self.data {
            settings.data.clone_from(data);
        }
        Ok(settings)
    }
}

impl Settings {
    /// Reads the file, if there is one, and the environment.
    ///
    /// # Errors
    /// Something cannot be read, is unknown, or contradicts something else; the error names the key and its place.
    pub fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let hint =
            "docs/guide/configuration.md explains every key; VIGIE_HMA__ANONYMOUS is `anonymous` in `[hma]`";
        if let Some(file) = file {
            // Figment passes over a file that is not there.
            std::fs::metadata(file)
                .with_context(|| format!("cannot read the configuration {}", file.display()))?;
        }
        let environment = Env::prefixed("VIGIE_").filter(is_key).split("__");
        let sources = match file {
            Some(file) => Figment::new().merge(Toml::file_exact(file)),
            None => Figment::new(),
        };
        let settings: Self =
            sources.merge(environment).extract().context("cannot read the configuration").hint(hint)?;
        settings.check().context("the configuration contradicts itself").hint(hint)?;
        Ok(settings)
    }

    /// Listens elsewhere than the sources say.
    ///
    /// # Errors
    /// Another key does not go with it.
    pub fn set_listen(&mut self, listen: SocketAddr) -> anyhow::Result<()> {
        self.listen = listen;
        self.check()
    }

    /// Where the evidence listener listens.
    #[must_use]
    pub fn evidence_listen(&self) -> SocketAddr {
        self.evidence_listen.unwrap_or_else(|| {
            let port = self.listen.port();
            // Port 0 asks for any free one, and so does the second listener then.
            SocketAddr::new(self.listen.ip(), if port == 0 { 0 } else { port.wrapping_add(1) })
        })
    }

    /// The address shown to people when the console is reached at this port, without a slash at its end.
    #[must_use]
    pub fn public_url(&self, port: u16) -> String {
        url_or_local(self.public_url.as_deref(), port)
    }

    /// The address of the evidence listener at this port, without a slash at its end.
    #[must_use]
    pub fn evidence_url(&self, port: u16) -> String {
        url_or_local(self.evidence_url.as_deref(), port)
    }
}

fn url_or_local(url: Option<&str>, port: u16) -> String {
    url.map_or_else(|| format!("http://localhost:{port}"), |url| url.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests;
