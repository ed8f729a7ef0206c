//! The table `[disclosure]` of the configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use vigie_app::addresses::Addresses;
use vigie_app::regimes::{ConcernTable, Held, HousePolicy, RuleSets};
use vigie_app::requests::{DisclosureSettings, HouseContact};
use vigie_model::disclosure::{Category, Identifier};

/// How requests of authorities are answered.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Disclosure {
    /// The names of the services for which the house answers; by default those whose records are connected.
    pub services: Vec<String>,
    /// The names under which authorities address the house.
    pub addressees: Vec<String>,
    /// How papers say that the house is reached, besides its address of the web.
    pub contact: Contact,
    /// A folder of rule sets that add to those of the program, or follow them by a later version.
    pub regimes: Option<PathBuf>,
    /// The operator's table of concerns about issuing states.
    pub concerns: Option<PathBuf>,
    /// What the house asks before it gives anything of its own will.
    pub policy: Option<PathBuf>,
    /// Networks of carriers, VPN and hosting: `cidr,kind,name`.
    pub networks: Option<PathBuf>,
    /// Identifiers of people who are known to be protected.
    pub protected: Vec<Identifier>,
    /// For how many days connections are kept; phone numbers are kept with the account.
    pub connections_days: Option<u32>,
    /// How long a package can be fetched, in days.
    pub package_days: Option<u32>,
    /// How long a request that is over can be read, in days: then its key is destroyed.
    pub archive_days: Option<u32>,
}

/// Where the house is reached, for its papers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contact {
    /// The postal address, a line each.
    pub address: Vec<String>,
    /// The mail address.
    pub mail: Option<String>,
    /// Where users can turn to, a line each: the authority of data protection, a court.
    pub remedies: Vec<String>,
}

impl Contact {
    fn for_app(&self) -> anyhow::Result<HouseContact> {
        let contact = HouseContact::new(&self.address, self.mail.as_deref())
            .and_then(|contact| contact.with_remedies(&self.remedies));
        contact.map_err(|why| anyhow::anyhow!("cannot use `disclosure.contact`: {why}"))
    }
}

impl Disclosure {
    /// Refuses what stands here and cannot be. Files are looked at where the service starts.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.contact.for_app().map(drop)
    }

    /// As the use cases know it.
    ///
    /// # Errors
    /// A file cannot be read, or says something that cannot be.
    pub fn for_app(&self, connected: impl Iterator<Item = String>) -> anyhow::Result<DisclosureSettings> {
        let defaults = DisclosureSettings::default();
        let day = Duration::from_secs(24 * 60 * 60);
        Ok(DisclosureSettings {
            rules: match &self.regimes {
                None => defaults.rules,
                Some(folder) => Arc::new(RuleSets::load(folder).context("cannot use `disclosure.regimes`")?),
            },
            services: if self.services.is_empty() { connected.collect() } else { self.services.clone() },
            addressees: self.addressees.clone(),
            contact: self.contact.for_app()?,
            held: vec![
                Held { category: Category::Subscriber, days: None },
                Held { category: Category::Identification, days: Some(self.connections_days.unwrap_or(365)) },
            ],
            concerns: read(self.concerns.as_deref(), "disclosure.concerns", |file, text| {
                Ok(ConcernTable::read(file, text)?)
            })?,
            policy: read(self.policy.as_deref(), "disclosure.policy", |file, text| {
                Ok(HousePolicy::read(file, text)?)
            })?,
            networks: read(self.networks.as_deref(), "disclosure.networks", networks)?.unwrap_or_default(),
            protected: self.protected.clone(),
            package_life: self.package_days.map_or(defaults.package_life, |days| day * days),
            grant_life: defaults.grant_life,
            archive_after: self.archive_days.map_or(defaults.archive_after, |days| day * days),
        })
    }
}

fn read<T>(
    path: Option<&Path>,
    key: &str,
    parse: impl FnOnce(&str, &str) -> anyhow::Result<T>,
) -> anyhow::Result<Option<T>> {
    let Some(path) = path else { return Ok(None) };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the file of `{key}`: {}", path.display()))?;
    parse(&path.display().to_string(), &text).map(Some).with_context(|| format!("cannot use `{key}`"))
}

/// A line that cannot be read would leave out a warning: it stops the start.
fn networks(file: &str, text: &str) -> anyhow::Result<Arc<Addresses>> {
    let (networks, faults) = Addresses::read(text.as_bytes());
    if let Some(fault) = faults.first() {
        bail!("{file}: {fault}");
    }
    Ok(Arc::new(networks))
}
