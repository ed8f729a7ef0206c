//! Judging a package without opening it: four questions, each answered for itself.
//!
//! *Authentic*: the service signed manifest and grant. *Complete*: the sealed records are those of the manifest, and it speaks
//! of every task that was granted. *Within the grant*: nothing it says it holds goes beyond the grant that it carries. *In the
//! log*: the ledger has an entry that names this manifest. No answer waits for another; a package is worth its worst one.

use serde_json::Value;
use sha2::{Digest, Sha256};
use vigie_model::disclosure::{Grant, GrantedTask, Refused};
use vigie_model::id::TaskId;

use super::archive::{self, ArchiveError, Parts};
use super::manifest::{self, Coverage, Manifest, PAYLOAD_TYPE, VERSION};
use super::{LEDGER_PARAMETER, PackageError};
use crate::canonical;
use crate::envelope::{Envelope, EnvelopeError};
use crate::grants::{self, GrantError, SignedGrant};
use crate::ledger::Unsealed;
use crate::note::{NoteError, VerifierKey};
use crate::proof::{EntryProof, ProofError};

/// Whom the reader trusts, from elsewhere than the package.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys {
    /// Keys of the service that sealed.
    pub service: Vec<VerifierKey>,
    /// The key and the origin of its ledger.
    pub log: Option<(VerifierKey, String)>,
}

/// What is wrong with a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It is no package.
    #[error("the file is no package: {0}")]
    Archive(ArchiveError),
    /// The manifest is not one that is trusted, or is none.
    #[error("the manifest: {0}")]
    Manifest(EnvelopeError),
    /// The manifest cannot be read.
    #[error("the manifest cannot be read: {0}")]
    Unreadable(String),
    /// The envelope of the grant is not one that is trusted.
    #[error("the grant: {0}")]
    GrantEnvelope(EnvelopeError),
    /// The grant cannot be meant as it is.
    #[error("{0}")]
    Grant(GrantError),
    /// The manifest names another grant.
    #[error("the manifest names another grant than the one in the package")]
    OtherGrant,
    /// Manifest and grant are not about the same thing.
    #[error("manifest and grant do not name the same {0}")]
    Differs(&'static str),
    /// It was not made while the grant held.
    #[error("the package was not made while the grant held")]
    Expired,
    /// Too few people agreed.
    #[error("{0}")]
    Consents(String),
    /// The sealed records are not those of the manifest.
    #[error("the sealed records are not those that the manifest names")]
    OtherRecords,
    /// What was granted and what is said do not fit.
    #[error("what the manifest says of task {task} does not fit: {why}")]
    Task {
        /// The task.
        task: TaskId,
        /// How not.
        why: &'static str,
    },
    /// What is in the opened records is not what the manifest says.
    #[error("the opened records are not those that the manifest names")]
    OtherPlain,
    /// A line of the opened records is not one.
    #[error("line {0} of the records is not of the one right form, or not in its place")]
    Line(u64),
    /// A record is outside the grant.
    #[error("line {line} of the records is outside the grant: {why}")]
    Outside {
        /// Which line, from 1.
        line: u64,
        /// Why.
        why: Refused,
    },
    /// The proof cannot be read.
    #[error("the proof of the ledger cannot be read: {0}")]
    Proof(String),
    /// The proof does not hold.
    #[error("the proof of the ledger does not hold: {0}")]
    NotProven(String),
    /// The entry of the ledger is about something else.
    #[error("the entry of the ledger names another manifest")]
    OtherManifest,
}

/// The answer to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is so; what was seen.
    Yes(String),
    /// It is not.
    No(Flaw),
    /// There is nothing to judge by; what is missing.
    NotGiven(&'static str),
}

impl Answer {
    /// Whether it is so.
    #[must_use]
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }

    /// Whether it is not so.
    #[must_use]
    pub fn is_no(&self) -> bool {
        matches!(self, Self::No(_))
    }

    /// `yes`, `no` or `not_given`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Yes(_) => "yes",
            Self::No(_) => "no",
            Self::NotGiven(_) => "not_given",
        }
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::Yes(seen) => seen.clone(),
            Self::No(flaw) => flaw.to_string(),
            Self::NotGiven(missing) => (*missing).to_owned(),
        }
    }
}

impl From<Result<String, Flaw>> for Answer {
    fn from(result: Result<String, Flaw>) -> Self {
        result.map_or_else(Self::No, Self::Yes)
    }
}

/// What was found out about a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Whether the service signed manifest and grant.
    pub authentic: Answer,
    /// Whether the records are those of the manifest, and nothing granted is passed over.
    pub complete: Answer,
    /// Whether it stays within the grant that it carries.
    pub within_grant: Answer,
    /// Whether the ledger has an entry that names this manifest.
    pub in_log: Answer,
    /// The manifest, where it could be read; it is worth what `authentic` says.
    pub manifest: Option<Manifest>,
    /// The grant, where it could be read; it is worth what `authentic` says.
    pub grant: Option<Grant>,
}

impl Verification {
    /// The four answers with their names.
    #[must_use]
    pub fn answers(&self) -> [(&'static str, &Answer); 4] {
        [
            ("authentic", &self.authentic),
            ("complete", &self.complete),
            ("within_grant", &self.within_grant),
            ("in_log", &self.in_log),
        ]
    }

    /// Whether no answer is negative.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.answers().iter().all(|(_, answer)| !answer.is_no())
    }

    fn of_no_package(error: &ArchiveError) -> Self {
        let answer = || Answer::No(Flaw::Archive(error.clone()));
        let (authentic, complete, within_grant, in_log) = (answer(), answer(), answer(), answer());
        Self { authentic, complete, within_grant, in_log, manifest: None, grant: None }
    }
}

/// Judges a package without opening it.
#[must_use]
pub fn verify(bytes: &[u8], keys: &TrustedKeys) -> Verification {
    match archive::read(bytes) {
        Ok(parts) => Judged::of(&parts).verification(&parts, keys),
        Err(error) => Verification::of_no_package(&error),
    }
}

/// The parts of a package as far as they could be read.
pub(super) struct Judged {
    manifest_envelope: Result<Envelope, Flaw>,
    grant_envelope: Result<Envelope, Flaw>,
    pub(super) manifest: Result<Manifest, Flaw>,
    pub(super) grant: Result<Grant, Flaw>,
}

impl Judged {
    pub(super) fn of(parts: &Parts<'_>) -> Self {
        let manifest_envelope = Envelope::read_exactly(parts.manifest).map_err(Flaw::Manifest);
        let grant_envelope = Envelope::read_exactly(parts.grant).map_err(Flaw::GrantEnvelope);
        let manifest = manifest_envelope.as_ref().map_err(Flaw::clone).and_then(read_manifest);
        let grant = SignedGrant::read(parts.grant).and_then(|signed| signed.grant()).map_err(Flaw::Grant);
        Self { manifest_envelope, grant_envelope, manifest, grant }
    }

    pub(super) fn verification(self, parts: &Parts<'_>, keys: &TrustedKeys) -> Verification {
        Verification {
            authentic: self.authentic(&keys.service).into(),
            complete: self.complete(parts.records).into(),
            within_grant: self.within_grant(parts.grant).into(),
            in_log: self.in_log(parts.proof, keys.log.as_ref()),
            manifest: self.manifest.ok(),
            grant: self.grant.ok(),
        }
    }

    fn authentic(&self, keys: &[VerifierKey]) -> Result<String, Flaw> {
        let manifest = self.manifest_envelope.as_ref().map_err(Flaw::clone)?;
        let grant = self.grant_envelope.as_ref().map_err(Flaw::clone)?;
        let (_, key) = manifest.open(PAYLOAD_TYPE, keys).map_err(Flaw::Manifest)?;
        grant.open(grants::PAYLOAD_TYPE, keys).map_err(Flaw::GrantEnvelope)?;
        Ok(format!("{} signed the manifest, and the grant is signed by a key that is trusted", key.keyid()))
    }

    fn both(&self) -> Result<(&Manifest, &Grant), Flaw> {
        let manifest = self.manifest.as_ref().map_err(Flaw::clone)?;
        Ok((manifest, self.grant.as_ref().map_err(Flaw::clone)?))
    }

    fn complete(&self, records: &[u8]) -> Result<String, Flaw> {
        let (manifest, grant) = self.both()?;
        if hex::encode(Sha256::digest(records)) != manifest.records_sha256 {
            return Err(Flaw::OtherRecords);
        }
        for granted in &grant.tasks {
            let flaw = |why| Flaw::Task { task: granted.task, why };
            let mut covered = manifest.coverage.iter().filter(|coverage| coverage.task == granted.task);
            let coverage = covered.next().ok_or_else(|| flaw("it is passed over"))?;
            if covered.next().is_some() {
                return Err(flaw("it stands there twice"));
            }
            if (coverage.rows == 0) != coverage.nil.is_some() {
                return Err(flaw("it has either records or a reason why there are none"));
            }
        }
        let rows: u64 = manifest.coverage.iter().fold(0, |sum, coverage| sum.saturating_add(coverage.rows));
        Ok(format!(
            "the sealed records are those of the manifest: {rows} of {} granted tasks",
            grant.tasks.len()
        ))
    }

    fn within_grant(&self, grant_bytes: &[u8]) -> Result<String, Flaw> {
        let (manifest, grant) = self.both()?;
        let signed = SignedGrant::read(grant_bytes).map_err(Flaw::Grant)?;
        if signed.hash() != manifest.grant_sha256 {
            return Err(Flaw::OtherGrant);
        }
        let same = [
            ("request", manifest.request == grant.request),
            ("reference", manifest.reference == grant.reference),
            ("authority", manifest.authority == grant.authority),
            ("service", manifest.service == grant.service),
            ("rule set", manifest.rule_set == grant.rule_set),
        ];
        if let Some((what, _)) = same.iter().find(|(_, same)| !same) {
            return Err(Flaw::Differs(what));
        }
        grant.holds_at(manifest.made_at).map_err(|_| Flaw::Expired)?;
        let consents = manifest::check_consents(&manifest.approvals, manifest.made_at);
        consents.map_err(|error: PackageError| Flaw::Consents(error.to_string()))?;
        for coverage in &manifest.coverage {
            let flaw = |why| Flaw::Task { task: coverage.task, why };
            let granted = grant.task(coverage.task).ok_or_else(|| flaw("it was not granted"))?;
            within(coverage, granted).map_err(flaw)?;
        }
        Ok(format!("nothing goes beyond grant {}", grant.id))
    }

    fn in_log(&self, proof: Option<&[u8]>, log: Option<&(VerifierKey, String)>) -> Answer {
        match (proof, log) {
            (None, _) => Answer::NotGiven("the package carries no proof of the ledger"),
            (Some(_), None) => Answer::NotGiven("the key of the ledger was not given"),
            (Some(proof), Some((key, origin))) => self.proven(proof, key, origin).into(),
        }
    }

    fn proven(&self, proof: &[u8], key: &VerifierKey, origin: &str) -> Result<String, Flaw> {
        let manifest = self.manifest_envelope.as_ref().map_err(Flaw::clone)?;
        let unreadable = |why: &str| Flaw::Proof(why.to_owned());
        let text = std::str::from_utf8(proof).map_err(|_| unreadable("it is not UTF-8"))?;
        let proof = EntryProof::read(text).map_err(|error: NoteError| Flaw::Proof(error.to_string()))?;
        let extra = proof.extra.as_deref().ok_or_else(|| unreadable("nothing in it opens the entry"))?;
        let unsealed =
            Unsealed::read(extra).ok_or_else(|| unreadable("what should open the entry does not"))?;
        let checkpoint = proof.verify(&unsealed.leaf(), key, origin).map_err(|error| not_proven(&error))?;
        let details = unsealed.details().ok_or_else(|| unreadable("the entry says nothing readable"))?;
        let named = details.parameters.get(LEDGER_PARAMETER).and_then(Value::as_str);
        if named != Some(hex::encode(Sha256::digest(manifest.payload())).as_str()) {
            return Err(Flaw::OtherManifest);
        }
        Ok(format!(
            "entry {} of {origin}, {} at {}, names this manifest; the log then had {} entries",
            proof.index, details.action, details.at, checkpoint.tree.size
        ))
    }
}

fn not_proven(error: &ProofError) -> Flaw {
    Flaw::NotProven(match error {
        ProofError::Checkpoint(source) => format!("{error}: {source}"),
        ProofError::NotThere { .. } => error.to_string(),
    })
}

fn read_manifest(envelope: &Envelope) -> Result<Manifest, Flaw> {
    let payload = envelope.payload_of(PAYLOAD_TYPE).map_err(Flaw::Manifest)?;
    let unreadable = |error: serde_json::Error| Flaw::Unreadable(error.to_string());
    let manifest: Manifest = serde_json::from_slice(payload).map_err(unreadable)?;
    if manifest.version != VERSION {
        return Err(Flaw::Unreadable(format!("version {} is not known", manifest.version)));
    }
    if canonical::to_string(&manifest).map_err(unreadable)?.as_bytes() != payload {
        return Err(Flaw::Unreadable("it is not written canonically".to_owned()));
    }
    Ok(manifest)
}

/// What a manifest says of a task stays within what was granted for it.
fn within(coverage: &Coverage, granted: &GrantedTask) -> Result<(), &'static str> {
    let span = granted.span;
    let in_span = |moment: &Option<vigie_model::Moment>| moment.is_none_or(|moment| span.contains(moment));
    if coverage.category != granted.category {
        Err("it is of another category than was granted")
    } else if coverage.fields.iter().any(|field| !granted.fields.contains(field)) {
        Err("it has a field that was not granted")
    } else if coverage.span.from < span.from || span.until < coverage.span.until {
        Err("its span goes beyond the one that was granted")
    } else if coverage.subjects > granted.subjects.len() as u64 {
        Err("it is about more accounts than were granted")
    } else if !in_span(&coverage.first) || !in_span(&coverage.last) {
        Err("it has a connection outside the span that was granted")
    } else {
        Ok(())
    }
}
