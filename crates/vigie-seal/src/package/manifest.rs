//! The manifest: what a package holds, under which grant, and what it does not hold.

use serde::{Deserialize, Serialize};
use vigie_model::Moment;
use vigie_model::disclosure::{Category, Consent, Field, NilReturn, RefusalGround, Span};
use vigie_model::id::{PackageId, PersonId, RequestId, TaskId};

use super::PackageError;

/// What the envelope of a manifest says it holds.
pub const PAYLOAD_TYPE: &str = "application/vnd.vigie.manifest.v1+json";

/// The version of manifests that is written and read.
pub const VERSION: u32 = 1;

/// What every package reminds its reader of.
pub const STATEMENT: &str = "an address is a connection, not a person";

/// In which time the moments are.
pub const OFFSET: &str = "every moment is in UTC, offset +00:00";

vigie_model::names! {
    /// Whether connections came with their port: without it an address of a carrier's translator names nobody.
    pub enum Ports {
        /// Each did.
        All => "all",
        /// Some did.
        Some => "some",
        /// None did, or there is no connection.
        None => "none",
    }
}

vigie_model::names! {
    /// Why an address may lead to nobody.
    pub enum AddressKind {
        /// Of a service that hides addresses.
        Vpn => "vpn",
        /// Of a data centre.
        Hosting => "hosting",
        /// Shared by many subscribers of a carrier at once.
        CarrierNat => "carrier_nat",
    }
}

/// What a package says about a granted task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// The task.
    pub task: TaskId,
    /// Its category.
    pub category: Category,
    /// The fields that were granted.
    pub fields: Vec<Field>,
    /// Of which time.
    pub span: Span,
    /// How many accounts the grant names.
    pub subjects: u64,
    /// How many records there are.
    pub rows: u64,
    /// The moment of the first connection.
    pub first: Option<Moment>,
    /// The moment of the last connection.
    pub last: Option<Moment>,
    /// Whether they came with ports.
    pub port_present: Ports,
    /// Why there is no record.
    pub nil: Option<NilReturn>,
}

/// A task about data that the house does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotHeld {
    /// The task.
    pub task: TaskId,
    /// What it asked for.
    pub category: Category,
}

/// A task that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfScope {
    /// The task.
    pub task: TaskId,
    /// What it asked for.
    pub category: Category,
    /// On which ground.
    pub ground: RefusalGround,
    /// Why, in words.
    pub explanation: Option<String>,
}

/// That some addresses may lead to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressWarning {
    /// Why.
    pub kind: AddressKind,
    /// How many records have such an address.
    pub count: u64,
}

/// Records that were found and left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redaction {
    /// Of which task.
    pub task: TaskId,
    /// How many.
    pub rows: u64,
    /// Why, in words.
    pub reason: String,
}

/// What a package holds and does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this form: 1.
    pub version: u32,
    /// The package.
    pub package: PackageId,
    /// The request that it answers.
    pub request: RequestId,
    /// The number that the authority gave it.
    pub reference: String,
    /// The authority.
    pub authority: String,
    /// The service from which was taken.
    pub service: String,
    /// SHA-256 of the grant's canonical JSON, in hex.
    pub grant_sha256: String,
    /// The rule set under which the request was found valid.
    pub rule_set: String,
    /// SHA-256 of the sealed records, in hex.
    pub records_sha256: String,
    /// SHA-256 of the records as they are once opened, in hex.
    pub plain_sha256: String,
    /// When it was made.
    pub made_at: Moment,
    /// Until when it can be fetched.
    pub expires_at: Moment,
    /// In which time the moments are.
    pub offset: String,
    /// What it holds, a granted task each, in the order of the grant.
    pub coverage: Vec<Coverage>,
    /// What was asked and is not held.
    pub not_held: Vec<NotHeld>,
    /// What was asked and refused.
    pub out_of_scope: Vec<OutOfScope>,
    /// Addresses that may lead to nobody.
    pub warnings: Vec<AddressWarning>,
    /// What was left out.
    pub redactions: Vec<Redaction>,
    /// Who agreed that it leaves.
    pub approvals: Vec<Consent>,
    /// What it reminds its reader of.
    pub statement: String,
}

/// The role under which the second person releases.
pub const RELEASER: &str = "releaser";

/// That two people agreed, one of them as the releaser, none of them after the fact.
pub(super) fn check_consents(approvals: &[Consent], made_at: Moment) -> Result<(), PackageError> {
    let mut people: Vec<PersonId> = approvals.iter().map(|consent| consent.person).collect();
    people.sort_unstable();
    people.dedup();
    if people.len() < 2 {
        return Err(PackageError::OnePerson);
    }
    if !approvals.iter().any(|consent| consent.role == RELEASER) {
        return Err(PackageError::NoReleaser);
    }
    if approvals.iter().any(|consent| consent.at > made_at) {
        return Err(PackageError::ConsentLater);
    }
    Ok(())
}
