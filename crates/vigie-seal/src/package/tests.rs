//! Packages: what is sealed, what is refused, and what a reader sees of a package that somebody meddled with.

mod hostile;
mod sealing;

use vigie_model::disclosure::{Category, Field, GrantedTask, Span};
use vigie_model::id::{GrantId, Identifier as _, PersonId, RequestId};
use vigie_model::{Caller, Moment};

use super::*;
use crate::checkpoint::Checkpoint;
use crate::ledger::{self, Unsealed};
use crate::merkle::{self, Tree};
use crate::note::Kind;

const ORIGIN: &str = "messenger.example/log";
const SPAN: Span = Span { from: Moment(100_000_000), until: Moment(900_000_000) };
const MADE: Moment = Moment(1_500_000_000);

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

fn task(number: u128) -> TaskId {
    TaskId::from_uuid(uuid(number))
}

fn person(number: u128) -> PersonId {
    PersonId::from_uuid(uuid(number))
}

fn service() -> SignerKey {
    SignerKey::from_seed("messenger.example/desk", Kind::Note, &[1; 32]).unwrap()
}

fn log_key() -> SignerKey {
    SignerKey::from_seed(ORIGIN, Kind::Note, &[2; 32]).unwrap()
}

fn keys() -> TrustedKeys {
    TrustedKeys { service: vec![service().verifier()], log: Some((log_key().verifier(), ORIGIN.into())) }
}

fn grant() -> Grant {
    let subjects = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let granted = |number, category, names: &[&str], fields: &[Field]| GrantedTask {
        task: task(number),
        category,
        subjects: subjects(names),
        fields: fields.to_vec(),
        span: SPAN,
    };
    Grant {
        version: 1,
        id: GrantId::from_uuid(uuid(70)),
        request: RequestId::from_uuid(uuid(71)),
        reference: "PV 2026/17".into(),
        authority: "Tribunal of Example".into(),
        service: "messenger.example".into(),
        rule_set: "fr-60-1-2@1".into(),
        tasks: vec![
            granted(2, Category::Identification, &["u1", "u2"], &[Field::Address, Field::Port, Field::At]),
            granted(1, Category::Subscriber, &["u1"], &[Field::PhoneNumber]),
            granted(3, Category::Subscriber, &[], &[Field::PhoneNumber]),
        ],
        granted_at: Moment(1_000_000_000),
        expires_at: Moment(2_000_000_000),
        approvals: vec![],
    }
}

fn connection(account: &str, seconds: i64, port: Option<u16>) -> Record {
    let address = "192.0.2.7".to_owned();
    Record::Connection { account: account.into(), address, port, at: Moment::from_unix_seconds(seconds) }
}

fn phone(account: &str) -> Record {
    let phone_number = "+33639980001".to_owned();
    Record::Phone { account: account.into(), phone_number, since: Some(Moment(5)), until: None }
}

fn records() -> [(TaskId, Record); 4] {
    [
        (task(2), connection("u2", 300, None)),
        (task(1), phone("u1")),
        (task(2), connection("u1", 200, Some(40_001))),
        (task(2), connection("u1", 150, Some(40_000))),
    ]
}

fn consent(person: PersonId, role: &str) -> Consent {
    Consent { person, role: role.into(), at: MADE }
}

fn builder_of(grant: &Grant) -> Builder {
    let signed = SignedGrant::sign(grant, &service()).unwrap();
    let id = PackageId::from_uuid(uuid(90));
    let until = Moment(9_000_000_000);
    let mut builder = Builder::new(signed, &[service().verifier()], id, MADE, until).unwrap();
    builder.nil.insert(task(3), NilReturn::NoSuchAccount);
    builder.approvals = vec![consent(person(1), "legal_officer"), consent(person(2), RELEASER)];
    builder
}

fn builder() -> Builder {
    builder_of(&grant())
}

fn identity() -> Identity {
    // A fixed key of tests alone.
    "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX".parse().unwrap()
}

fn package() -> Package {
    builder().seal(records().into_iter(), &identity().to_public(), &service()).unwrap()
}

/// A proof that the log has an entry about this manifest, between two others.
fn proof_of(manifest_sha256: &str) -> EntryProof {
    let parameters = serde_json::json!({ LEDGER_PARAMETER: manifest_sha256 });
    let details = ledger::Details::new(&Caller::operator(), "package.released", "package:90", MADE);
    let sealed = ledger::seal(&details.with(parameters), &[8; 32]).unwrap();
    let leaves = [ledger::leaf_hash(b"before"), sealed.leaf, ledger::leaf_hash(b"after")];
    let tree = Tree { size: 3, root: merkle::root_of(&leaves) };
    EntryProof {
        extra: Some(Unsealed::new(sealed.details, &[8; 32]).to_bytes()),
        index: 1,
        hashes: vec![leaves[0], leaves[2]],
        checkpoint: Checkpoint { origin: ORIGIN.into(), tree }.sign(&log_key()).unwrap().to_string(),
    }
}

fn proven() -> Vec<u8> {
    let package = package();
    let proof = proof_of(package.manifest_sha256());
    package.with_proof(&proof).to_bytes()
}

/// The names of the answers that are no.
fn negative(verification: &Verification) -> Vec<&'static str> {
    verification.answers().into_iter().filter(|(_, answer)| answer.is_no()).map(|(name, _)| name).collect()
}
