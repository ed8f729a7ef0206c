//! Disclosure packages: one file that leaves the house, and that anybody can hold to its grant without asking us.
//!
//! What it is: the manifest and the grant, both signed by the service; the records, sealed with age to the authority alone;
//! and, once the ledger has published it, the proof that the release stands in the log. A record that the grant does not admit
//! cannot be sealed ([`Builder::seal`]), and one that a dishonest service smuggled in is seen when it is opened ([`open()`]).
//! What it is not: no key comes from the package, and nothing in it is believed because it says so.
//!
//! Everything here can be computed again but the sealing itself: age draws the key of the file and its nonces from the
//! operating system, as it does for evidence at rest. Signatures and hashes are made of what was sealed, so they differ too.
//!
//! To add a thing that a package says: a member of [`Manifest`], and what must hold of it in `verify.rs`.

mod archive;
mod lines;
mod manifest;
mod open;
mod tally;
mod verify;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::iter;

pub use age::secrecy::ExposeSecret;
pub use age::x25519::{Identity, Recipient};
use sha2::{Digest, Sha256};
use vigie_model::Moment;
use vigie_model::disclosure::{Consent, Grant, NilReturn, Record, Refused};
use vigie_model::id::{PackageId, TaskId};

pub use archive::{ArchiveError, LONGEST, NAMES};
pub use lines::Line;
pub use manifest::{
    AddressKind, AddressWarning, Coverage, Manifest, NotHeld, OFFSET, OutOfScope, PAYLOAD_TYPE, Ports,
    RELEASER, Redaction, STATEMENT, VERSION,
};
pub use open::{OpenError, Opened, Outside, open};
pub use verify::{Answer, Flaw, TrustedKeys, Verification, verify};

use crate::canonical;
use crate::envelope::{Envelope, EnvelopeError};
use crate::grants::{Gate, GrantError, SignedGrant};
use crate::note::{SignerKey, VerifierKey};
use crate::proof::EntryProof;
use archive::Parts;
use tally::Tally;

/// The parameter of the ledger's entry of the release that names the manifest.
pub const LEDGER_PARAMETER: &str = "manifest_sha256";

/// Why a package was not made.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Its grant is not accepted.
    #[error("the grant of the package is not accepted")]
    Grant(#[from] GrantError),
    /// Its grant does not hold at this time.
    #[error("the grant of the package does not hold any more, or not yet")]
    Expired,
    /// A record is outside the grant.
    #[error("record {number} may not leave for task {task}")]
    Outside {
        /// Which, counted from 1 as they came.
        number: u64,
        /// For which task.
        task: TaskId,
        /// Why not.
        #[source]
        why: Refused,
    },
    /// Nothing is said of a granted task.
    #[error("task {0} has no record, and nothing says why")]
    Unsaid(TaskId),
    /// A task has records and a reason why it has none.
    #[error("task {0} has records and a reason why it has none")]
    Contradiction(TaskId),
    /// Something is said of a task that was not granted.
    #[error("task {0} was not granted, and the package tells of data of it")]
    NotGranted(TaskId),
    /// A task was granted, and is said to be refused or not held.
    #[error("task {0} was granted, and the package says that it is refused or not held")]
    Granted(TaskId),
    /// It ends before it begins.
    #[error("the package ends before it is made")]
    NoTime,
    /// Fewer than two people agreed.
    #[error("fewer than two people agreed to the release")]
    OnePerson,
    /// Nobody agreed as the releaser.
    #[error("nobody agreed to the release as its releaser")]
    NoReleaser,
    /// Somebody agreed after it was made.
    #[error("somebody agreed to the release after it was made")]
    ConsentLater,
    /// What is already a package is none.
    #[error("the bytes are no package")]
    Archive(#[from] ArchiveError),
    /// An envelope in it is none.
    #[error("the package holds no manifest")]
    Manifest(#[from] EnvelopeError),
    /// It could not be written as JSON.
    #[error("the package cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// It could not be sealed.
    #[error("the records cannot be sealed to this recipient")]
    Seal(#[source] io::Error),
}

/// What a package will say, before the records come.
#[derive(Debug, Clone)]
pub struct Builder {
    signed: SignedGrant,
    grant: Grant,
    package: PackageId,
    made_at: Moment,
    expires_at: Moment,
    /// Why there is nothing to give, of each granted task without a record.
    pub nil: BTreeMap<TaskId, NilReturn>,
    /// What was asked and is not held.
    pub not_held: Vec<NotHeld>,
    /// What was asked and refused.
    pub out_of_scope: Vec<OutOfScope>,
    /// Addresses that may lead to nobody.
    pub warnings: Vec<AddressWarning>,
    /// What was left out.
    pub redactions: Vec<Redaction>,
    /// Who agreed that it leaves: at least two people, one of them as [`RELEASER`].
    pub approvals: Vec<Consent>,
}

impl Builder {
    /// A package under this grant, which one of these keys signed; it can be fetched until `expires_at`.
    ///
    /// # Errors
    /// The grant is not accepted, or does not hold at `made_at`.
    pub fn new(
        signed: SignedGrant,
        keys: &[VerifierKey],
        package: PackageId,
        made_at: Moment,
        expires_at: Moment,
    ) -> Result<Self, PackageError> {
        signed.envelope().verify(keys).map_err(GrantError::from)?;
        let grant = signed.grant()?;
        grant.holds_at(made_at).map_err(|_| PackageError::Expired)?;
        if made_at >= expires_at {
            return Err(PackageError::NoTime);
        }
        Ok(Self {
            signed,
            grant,
            package,
            made_at,
            expires_at,
            nil: BTreeMap::new(),
            not_held: vec![],
            out_of_scope: vec![],
            warnings: vec![],
            redactions: vec![],
            approvals: vec![],
        })
    }

    /// The grant.
    #[must_use]
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Seals the records to the recipient and signs what the package holds. They may come in any order; how they came cannot be
    /// told from the package.
    ///
    /// # Errors
    /// A record is outside the grant, a task is left without a word, or too few people agreed: the message says which.
    pub fn seal(
        self,
        records: impl Iterator<Item = (TaskId, Record)>,
        recipient: &Recipient,
        key: &SignerKey,
    ) -> Result<Package, PackageError> {
        manifest::check_consents(&self.approvals, self.made_at)?;
        self.check_words()?;
        let (sealed, plain_sha256, tallies) = self.seal_records(&self.admitted(records)?, recipient)?;
        let manifest = self.manifest(hex::encode(Sha256::digest(&sealed)), plain_sha256, &tallies);
        let text = canonical::to_string(&manifest)?;
        let envelope = Envelope::sign(PAYLOAD_TYPE, text.into_bytes(), key);
        Ok(Package {
            manifest_sha256: hex::encode(Sha256::digest(envelope.payload())),
            manifest: envelope.to_bytes(),
            grant: self.signed.to_bytes(),
            records: sealed,
            proof: None,
        })
    }

    /// What is said of tasks fits the grant.
    fn check_words(&self) -> Result<(), PackageError> {
        let granted = |task: TaskId| self.grant.task(task).is_some();
        let told = self.nil.keys().copied().chain(self.redactions.iter().map(|redaction| redaction.task));
        if let Some(task) = told.into_iter().find(|task| !granted(*task)) {
            return Err(PackageError::NotGranted(task));
        }
        let withheld = self.not_held.iter().map(|one| one.task);
        match withheld.chain(self.out_of_scope.iter().map(|one| one.task)).find(|task| granted(*task)) {
            Some(task) => Err(PackageError::Granted(task)),
            None => Ok(()),
        }
    }

    /// The records of each task in the order of the grant, every one of them admitted, in canonical order.
    fn admitted(
        &self,
        records: impl Iterator<Item = (TaskId, Record)>,
    ) -> Result<Vec<Vec<Record>>, PackageError> {
        let gate = Gate::of(&self.grant);
        let mut admitted = vec![Vec::new(); self.grant.tasks.len()];
        for ((task, record), number) in records.zip(1..) {
            let outside = |why| PackageError::Outside { number, task, why };
            let place = gate.admits(task, &record).map_err(outside)?;
            if let Some(rows) = admitted.get_mut(place) {
                rows.push(record);
            }
        }
        admitted.iter_mut().for_each(|rows| rows.sort_unstable_by(lines::order));
        Ok(admitted)
    }

    /// The sealed records, the SHA-256 of what was sealed, and what they amount to, a task each.
    fn seal_records(
        &self,
        records: &[Vec<Record>],
        recipient: &Recipient,
    ) -> Result<(Vec<u8>, String, Vec<Tally>), PackageError> {
        let no_recipient = |error: age::EncryptError| PackageError::Seal(io::Error::other(error));
        let encryptor = age::Encryptor::with_recipients(iter::once(recipient as _)).map_err(no_recipient)?;
        let mut sealed = encryptor.wrap_output(Vec::new()).map_err(PackageError::Seal)?;
        let mut hash = Sha256::new();
        let mut tallies = Vec::with_capacity(records.len());
        let mut text = Vec::new();
        for (granted, rows) in self.grant.tasks.iter().zip(records) {
            let nil = self.nil.get(&granted.task).copied();
            match nil {
                None if rows.is_empty() => return Err(PackageError::Unsaid(granted.task)),
                Some(_) if !rows.is_empty() => return Err(PackageError::Contradiction(granted.task)),
                Some(nil) => lines::write_nil(granted.task, nil, &mut text)?,
                None => {}
            }
            let mut tally = Tally::of(nil);
            for record in rows {
                lines::write_record(granted.task, record, &mut text)?;
                tally.add(record);
                if text.len() >= CHUNK {
                    pass_on(&mut text, &mut hash, &mut sealed)?;
                }
            }
            pass_on(&mut text, &mut hash, &mut sealed)?;
            tallies.push(tally);
        }
        let sealed = sealed.finish().map_err(PackageError::Seal)?;
        Ok((sealed, hex::encode(hash.finalize()), tallies))
    }

    fn manifest(self: &Builder, records_sha256: String, plain_sha256: String, tallies: &[Tally]) -> Manifest {
        let Grant { request, reference, authority, service, rule_set, .. } = self.grant.clone();
        let coverage = self.grant.tasks.iter().zip(tallies).map(|(granted, tally)| tally.coverage(granted));
        Manifest {
            version: VERSION,
            package: self.package,
            request,
            reference,
            authority,
            service,
            grant_sha256: self.signed.hash(),
            rule_set,
            records_sha256,
            plain_sha256,
            made_at: self.made_at,
            expires_at: self.expires_at,
            offset: OFFSET.to_owned(),
            coverage: coverage.collect(),
            not_held: self.not_held.clone(),
            out_of_scope: self.out_of_scope.clone(),
            warnings: self.warnings.clone(),
            redactions: self.redactions.clone(),
            approvals: self.approvals.clone(),
            statement: STATEMENT.to_owned(),
        }
    }
}

/// So much text is passed on at once.
const CHUNK: usize = 64 << 10;

fn pass_on(
    text: &mut Vec<u8>,
    hash: &mut Sha256,
    sealed: &mut age::stream::StreamWriter<Vec<u8>>,
) -> Result<(), PackageError> {
    hash.update(&*text);
    sealed.write_all(text).map_err(PackageError::Seal)?;
    text.clear();
    Ok(())
}

/// A package, made or read. What was read is not verified.
#[derive(Clone, PartialEq, Eq)]
pub struct Package {
    manifest: Vec<u8>,
    manifest_sha256: String,
    grant: Vec<u8>,
    records: Vec<u8>,
    proof: Option<Vec<u8>>,
}

impl std::fmt::Debug for Package {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Package({}, {} bytes of records)", self.manifest_sha256, self.records.len())
    }
}

impl Package {
    /// Reads a package. Nothing is verified: that is [`verify()`].
    ///
    /// # Errors
    /// It has not the form of a package.
    pub fn read(bytes: &[u8]) -> Result<Self, PackageError> {
        let parts = archive::read(bytes)?;
        let envelope = Envelope::read_exactly(parts.manifest)?;
        Ok(Self {
            manifest_sha256: hex::encode(Sha256::digest(envelope.payload_of(PAYLOAD_TYPE)?)),
            manifest: parts.manifest.to_vec(),
            grant: parts.grant.to_vec(),
            records: parts.records.to_vec(),
            proof: parts.proof.map(<[u8]>::to_vec),
        })
    }

    /// SHA-256 of the manifest's canonical JSON, in hex: what the ledger's entry of the release names under
    /// [`LEDGER_PARAMETER`].
    #[must_use]
    pub fn manifest_sha256(&self) -> &str {
        &self.manifest_sha256
    }

    /// What the package says of itself, not verified.
    ///
    /// # Errors
    /// It says nothing that can be read.
    pub fn manifest(&self) -> Result<Manifest, PackageError> {
        Ok(serde_json::from_slice(Envelope::read(&self.manifest)?.payload())?)
    }

    /// With the proof that its release stands in the ledger. Its `extra` is [`crate::ledger::Unsealed::to_bytes`].
    #[must_use]
    pub fn with_proof(self, proof: &EntryProof) -> Self {
        Self { proof: Some(proof.to_string().into_bytes()), ..self }
    }

    /// The one file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        archive::write(&Parts {
            manifest: &self.manifest,
            grant: &self.grant,
            records: &self.records,
            proof: self.proof.as_deref(),
        })
    }
}

#[cfg(test)]
mod tests;
