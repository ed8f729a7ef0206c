//! Signed pulls from the simulated messenger: honest, slow, broken, and lying.

use std::time::Duration;

use uuid::Uuid;
use vigie_app::ports::AccountRecords as _;
use vigie_app::records::{Criterion, Holder, Outside, PullError, RecordsError, pull_whole};
use vigie_connect::records::SignedPull;
use vigie_model::disclosure::{
    Category, Field, Grant, GrantedTask, Identifier, IdentifierKind, Record, Refused, Span,
};
use vigie_model::id::{GrantId, RequestId, TaskId};
use vigie_model::{Clock as _, Moment};
use vigie_seal::grants::SignedGrant;
use vigie_seal::note::{Kind, SignerKey};
use vigie_simulator::Fault;
use vigie_simulator::faults::Door;
use vigie_simulator::messenger::{Lie, Session};
use vigie_synth::AccountId;

use crate::rig::{Rig, SECRET};

mod asking;
mod lies;
mod raw;

const PHONE: TaskId = TaskId(Uuid::from_u128(1));
const CONNECTIONS: TaskId = TaskId(Uuid::from_u128(2));

const DAY: Duration = Duration::from_secs(24 * 3600);

/// A messenger that trusts grants of the tests, and the questions one asks it.
struct Desk {
    rig: Rig,
    records: SignedPull,
}

impl Desk {
    async fn open() -> Self {
        let rig = Rig::start().await;
        rig.messenger.trust_grants(vec![desk_key().verifier()]);
        let records = SignedPull::new(&rig.base, SECRET).unwrap();
        Self { rig, records }
    }

    /// An account by its place in the operation.
    fn account(&self, index: usize) -> AccountId {
        self.rig.operation.accounts[index].id.clone()
    }

    /// The 200 days around the operation.
    fn span(&self) -> Span {
        let now = self.rig.clock.now();
        Span { from: now.before(DAY * 100), until: now.after(DAY * 100) }
    }

    fn identifier(&self, kind: IdentifierKind, value: &str) -> Identifier {
        Identifier { kind, value: value.to_owned(), service: self.rig.operation.plan.service.clone() }
    }

    async fn resolve(&self, kind: IdentifierKind, value: &str) -> Result<Vec<Holder>, RecordsError> {
        self.records.resolve(&self.identifier(kind, value), &self.span(), self.rig.clock.now()).await
    }

    /// Phone numbers and connections of accounts.
    fn grant(&self, accounts: &[AccountId], span: Span) -> Grant {
        let now = self.rig.clock.now();
        let task = |task, category, fields: &[Field]| GrantedTask {
            task,
            category,
            subjects: accounts.iter().map(ToString::to_string).collect(),
            fields: fields.to_vec(),
            span,
        };
        Grant {
            version: 1,
            id: GrantId(Uuid::from_u128(3)),
            request: RequestId(Uuid::from_u128(4)),
            reference: "4711/26".into(),
            authority: "Tribunal of the tests".into(),
            service: self.rig.operation.plan.service.clone(),
            rule_set: "eu-epoc@1".into(),
            tasks: vec![
                task(PHONE, Category::Subscriber, &[Field::PhoneNumber]),
                task(CONNECTIONS, Category::Identification, &[Field::Address, Field::Port, Field::At]),
            ],
            granted_at: now,
            expires_at: now.after(DAY),
            approvals: vec![],
        }
    }

    async fn pull(&self, grant: &Grant, task: TaskId) -> Result<Vec<Record>, PullError> {
        pull_whole(&self.records, &signed(grant), grant, task, &*self.rig.clock).await
    }
}

/// A pull that failed in this way.
#[track_caller]
fn failed<T: std::fmt::Debug>(outcome: Result<T, PullError>) -> RecordsError {
    match outcome {
        Err(PullError::Records(error)) => error,
        other => panic!("the connector answered: {other:?}"),
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, RecordsError>) -> String {
    match outcome {
        Err(RecordsError::Refused(why)) => why,
        other => panic!("not refused: {other:?}"),
    }
}

/// The key of the desk, whose grants the messenger takes for genuine.
fn desk_key() -> SignerKey {
    SignerKey::from_seed("vigie.example/grants", Kind::Note, &[7; 32]).unwrap()
}

fn signed(grant: &Grant) -> Vec<u8> {
    SignedGrant::sign(grant, &desk_key()).unwrap().to_bytes()
}

/// Under the name of the desk.
fn signed_by_a_stranger(grant: &Grant) -> Vec<u8> {
    let key = SignerKey::from_seed("vigie.example/grants", Kind::Note, &[8; 32]).unwrap();
    SignedGrant::sign(grant, &key).unwrap().to_bytes()
}
