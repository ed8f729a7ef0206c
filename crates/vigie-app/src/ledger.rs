//! The public log of the ledger: signed checkpoints over what was committed, for anybody to verify.
//!
//! What it is: a publisher that [`App::publish_ledger`] drives a step further each time it is called, and what is read of the
//! log. The order of a step is what makes it safe: only committed entries are signed; what was signed is kept before it
//! leaves the process; the high-water mark is raised and witnesses are asked before anybody is shown it. What it is not: it
//! writes no entry; [`vigie_store::Transaction::commit`] does.
//!
//! A restored backup is a fork: its log would contradict what was signed after the backup was made. It is recognised by the
//! high-water mark or by a witness, nothing is signed from then on, and an operator opens a new epoch
//! ([`App::open_ledger_epoch`]), whose first entry quotes what was signed before.

mod epoch;
mod figures;
mod fork;
mod publish;
mod read;
mod witnesses;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Mutex;
use vigie_seal::note::{Kind, SignerKey, VerifierKey};
use vigie_store::log::{self, Epoch};

use crate::ports::WitnessServer;
use crate::{App, Error, Result};

pub use figures::{FEW, Figure, Shown, public_actions};
pub use fork::Fork;
pub use publish::Published;
pub use read::{LedgerState, LogFile, Verification};

/// What an operator sets about the ledger.
#[derive(Debug, Clone)]
pub struct LedgerSettings {
    /// The origin of the first epoch: a name that no other log has.
    pub origin: String,
    /// The high-water mark: a file outside the data folder, so that a backup does not bring it back too.
    pub high_water: Option<PathBuf>,
    /// How many witnesses must have cosigned before a checkpoint is shown.
    pub witnesses_needed: usize,
}

impl LedgerSettings {
    /// A log of this origin that nobody watches.
    #[must_use]
    pub fn unwatched(origin: &str) -> Self {
        Self { origin: origin.to_owned(), high_water: None, witnesses_needed: 0 }
    }
}

/// A witness that is asked for cosignatures.
#[derive(Clone)]
pub struct Witness {
    /// The key that checks them.
    pub key: VerifierKey,
    /// What reaches it.
    pub server: Arc<dyn WitnessServer>,
}

/// What the publisher knows beside its rows.
#[derive(Debug, Default)]
pub(crate) struct Publisher(Mutex<Progress>);

#[derive(Debug, Default)]
struct Progress {
    /// The epoch that the rest is about.
    epoch: i64,
    /// The size that was looked at last and found to be no fork.
    sound: Option<u64>,
    /// Why nothing is signed.
    fork: Option<Fork>,
    /// The size that each witness knows, in the order of the settings; none before it was asked.
    witnessed: Vec<Option<u64>>,
}

impl App {
    /// The epoch that is written now; the first is opened where there is none.
    async fn ledger_epoch(&self) -> Result<Epoch> {
        if let Some(epoch) = self.known_epoch().await? {
            return Ok(epoch);
        }
        let mut house = self.store.housekeeping().await?;
        log::open_first(&mut house, &self.settings.ledger.origin, self.now()).await?;
        house.commit().await?;
        let opened = self.known_epoch().await?;
        opened.ok_or_else(|| Error::internal("open the log", "it was opened and is not there"))
    }

    pub(crate) async fn known_epoch(&self) -> Result<Option<Epoch>> {
        Ok(log::epochs(&mut self.store.read().await?).await?.into_iter().next())
    }

    /// The key that signs for an origin.
    fn ledger_key(&self, origin: &str) -> Result<SignerKey> {
        SignerKey::from_seed(origin, Kind::Note, self.store.log_seed())
            .map_err(|source| Error::internal("make the key of the ledger", source))
    }
}

#[cfg(test)]
mod tests;
