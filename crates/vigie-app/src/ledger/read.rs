//! What is read of the public log, and of how it stands.
//!
//! The log itself is for anybody: what it shows are salted hashes. So no permission is asked where its files are read.

use std::io;
use std::time::Duration;

use tokio::runtime::Handle;
use vigie_model::{Caller, Moment, Operation};
use vigie_seal::audit::{self, AuditError, Files, Questions, Report};
use vigie_seal::merkle;
use vigie_seal::note::VerifierKey;
use vigie_seal::proof::EntryProof;
use vigie_seal::tile::Tile;
use vigie_store::log::{self, Epoch, Signed};

use super::Fork;
use crate::{App, Code, Error, Resource, Result, authorise};

/// A file of the public log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFile {
    /// The newest checkpoint: it is another one soon.
    Checkpoint(String),
    /// A tile or a bundle: it never changes.
    Tile(Vec<u8>),
}

/// How the ledger stands.
#[derive(Debug, Clone)]
pub struct LedgerState {
    /// The origin of its public log.
    pub origin: String,
    /// Which epoch it is in, from 1.
    pub epoch: i64,
    /// How many entries the log has.
    pub size: u64,
    /// The checkpoint that is shown, and since when.
    pub published: Option<Signed>,
    /// The key that verifies it, as it is handed from person to person.
    pub key: VerifierKey,
    /// Why nothing is signed any more.
    pub fork: Option<Fork>,
    /// Whether a high-water mark is set.
    pub has_mark: bool,
    /// The witnesses that are asked.
    pub witnesses: Vec<String>,
}

/// What a verification of the whole log found.
#[derive(Debug)]
pub struct Verification {
    /// The log is what was signed, or why not.
    pub verdict: Result<Report, AuditError>,
    /// How long it took.
    pub took: Duration,
    /// When it ended.
    pub at: Moment,
}

impl App {
    /// How the ledger stands. Forks are looked for afresh: this may be another process than the one that signs.
    ///
    /// # Errors
    /// Not permitted, or the store failed.
    pub async fn ledger_state(&self, caller: &Caller) -> Result<LedgerState> {
        authorise(caller, Operation::ReadLedger, Resource::Any)?;
        let epoch = self.ledger_epoch().await?;
        let mut reader = self.store.read().await?;
        let size = log::size(&mut reader, &epoch).await?;
        let published = log::published(&mut reader, &epoch).await?;
        drop(reader);
        let told = self.publisher().0.lock().await.fork.clone();
        let fork = match told {
            Some(fork) => Some(fork),
            None => self.find_fork(&epoch).await?,
        };
        Ok(LedgerState {
            key: self.ledger_key(&epoch.origin)?.verifier(),
            origin: epoch.origin,
            epoch: epoch.number,
            size,
            published,
            fork,
            has_mark: self.settings.ledger.high_water.is_some(),
            witnesses: self.witnesses.iter().map(|witness| witness.key.name().to_owned()).collect(),
        })
    }

    /// The key that verifies the log, for anybody.
    ///
    /// # Errors
    /// The store failed.
    pub async fn ledger_verifier(&self) -> Result<VerifierKey> {
        Ok(self.ledger_key(&self.ledger_epoch().await?.origin)?.verifier())
    }

    /// A file of the public log by its path, for anybody; none where the published log has no such file.
    ///
    /// # Errors
    /// The store failed.
    pub async fn log_file(&self, path: &str) -> Result<Option<LogFile>> {
        let Some(epoch) = self.known_epoch().await? else { return Ok(None) };
        let mut reader = self.store.read().await?;
        let Some(published) = log::published(&mut reader, &epoch).await? else { return Ok(None) };
        if path == "checkpoint" {
            return Ok(Some(LogFile::Checkpoint(published.note)));
        }
        let Some(tile) = Tile::parse(path).filter(|tile| tile.is_within(published.size)) else {
            return Ok(None);
        };
        Ok(Some(LogFile::Tile(log::file(&mut reader, &epoch, tile).await?)))
    }

    /// Verifies the whole log from the very bytes that anybody gets, as an auditor does who trusts the key alone.
    ///
    /// # Errors
    /// Not permitted, or nothing was published yet.
    pub async fn verify_ledger(&self, caller: &Caller) -> Result<Verification> {
        authorise(caller, Operation::ReadLedger, Resource::Any)?;
        let (_, published) = self.published_log().await?;
        let questions = Questions::about(self.ledger_verifier().await?);
        let mut files =
            PublicFiles { app: self.clone(), runtime: Handle::current(), checkpoint: published.note };
        let began = self.now();
        let verdict = self.heavy.run(move || audit::audit(&mut files, &questions, &mut |_, _| {})).await?;
        let at = self.now();
        if let Err(error) = &verdict {
            tracing::error!(%error, "the ledger does not verify");
        }
        Ok(Verification { verdict, took: at.since(began), at })
    }

    /// Every file of the published log but its checkpoint, and its checkpoint: what an export writes.
    ///
    /// # Errors
    /// Not permitted, or nothing was published yet.
    pub async fn export_ledger(&self, caller: &Caller) -> Result<(String, Vec<Tile>)> {
        authorise(caller, Operation::ReadLedger, Resource::Any)?;
        let (_, published) = self.published_log().await?;
        Ok((published.note, vigie_seal::tile::files_of(published.size).collect()))
    }

    /// Proves that an entry of the ledger, by its number, stands in the published log.
    ///
    /// # Errors
    /// Not permitted, or the entry does not stand in the log of this epoch, or not yet.
    pub async fn prove_entry(&self, caller: &Caller, number: i64) -> Result<EntryProof> {
        authorise(caller, Operation::ReadLedger, Resource::Any)?;
        self.prove(number).await
    }

    /// The same for what leaves the house: whoever may take it may take its proof.
    pub(crate) async fn prove(&self, number: i64) -> Result<EntryProof> {
        let (epoch, published) = self.published_log().await?;
        let elsewhere = || {
            let detail = format!("entry {number} does not stand in the log of this epoch");
            Error::new(Code::NotFound, detail)
        };
        let index = u64::try_from(number.saturating_sub(epoch.first_seq)).map_err(|_| elsewhere())?;
        if index >= published.size {
            let size = log::size(&mut self.store.read().await?, &epoch).await?;
            let detail =
                format!("entry {number} is not in a published checkpoint yet: try again in a moment");
            return Err(if index < size { Error::new(Code::ProofPending, detail) } else { elsewhere() });
        }
        let spans = merkle::inclusion(index, published.size);
        let hashes = log::spans(&mut self.store.read().await?, &epoch, &spans).await?;
        Ok(EntryProof { extra: None, index, hashes, checkpoint: published.note })
    }

    pub(crate) async fn published_log(&self) -> Result<(Epoch, Signed)> {
        let epoch = self.ledger_epoch().await?;
        let published = log::published(&mut self.store.read().await?, &epoch).await?;
        let published = published
            .ok_or_else(|| Error::new(Code::ProofPending, "no checkpoint has been published yet"))?;
        Ok((epoch, published))
    }
}

/// The public files, for an auditor on a thread where waiting is allowed. The checkpoint stays the one it began with.
struct PublicFiles {
    app: App,
    runtime: Handle,
    checkpoint: String,
}

impl Files for PublicFiles {
    fn read(&mut self, path: &str) -> io::Result<Option<Vec<u8>>> {
        if path == "checkpoint" {
            return Ok(Some(self.checkpoint.clone().into_bytes()));
        }
        let file = self.runtime.block_on(self.app.log_file(path)).map_err(io::Error::other)?;
        Ok(file.and_then(|file| match file {
            LogFile::Tile(bytes) => Some(bytes),
            LogFile::Checkpoint(_) => None,
        }))
    }
}
