//! How long it takes to seal, verify and open a package of a hundred thousand records of a thousand accounts.
//!
//! `cargo run --release -p vigie-seal --example package_speed [RECORDS]`

use std::time::Instant;

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Consent, Field, Grant, GrantedTask, Record, Span};
use vigie_model::id::{GrantId, PackageId, PersonId, RequestId, TaskId};
use vigie_seal::grants::SignedGrant;
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::package::{Builder, Identity, RELEASER, TrustedKeys, open, verify};

const ACCOUNTS: i64 = 1000;
const MADE: Moment = Moment(1_800_000_000_000_000);

fn grant() -> Grant {
    let task = GrantedTask {
        task: TaskId(uuid::Uuid::from_u128(1)),
        category: Category::Identification,
        subjects: (0..ACCOUNTS).map(|number| format!("u{number}")).collect(),
        fields: vec![Field::Address, Field::Port, Field::At],
        span: Span { from: Moment(0), until: MADE },
    };
    Grant {
        version: 1,
        id: GrantId(uuid::Uuid::from_u128(2)),
        request: RequestId(uuid::Uuid::from_u128(3)),
        reference: "7".into(),
        authority: "authority".into(),
        service: "service".into(),
        rule_set: "rules@1".into(),
        tasks: vec![task],
        granted_at: Moment(0),
        expires_at: Moment(MADE.0 + 1),
        approvals: vec![],
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size: i64 = std::env::args().nth(1).as_deref().unwrap_or("100000").parse()?;
    let key = SignerKey::from_seed("example.org/desk", Kind::Note, &[7; 32])?;
    let identity = Identity::generate();
    let package = PackageId(uuid::Uuid::from_u128(4));
    let signed = SignedGrant::sign(&grant(), &key)?;
    let mut builder = Builder::new(signed, &[key.verifier()], package, MADE, Moment(MADE.0 + 1))?;
    let consent = |number, role: &str| {
        let person = PersonId(uuid::Uuid::from_u128(number));
        Consent { person, role: role.into(), at: MADE }
    };
    builder.approvals = vec![consent(1, "legal_officer"), consent(2, RELEASER)];
    let task = TaskId(uuid::Uuid::from_u128(1));
    let records: Vec<_> = (0..size)
        .map(|number| {
            let (account, address) =
                (format!("u{}", number * 7 % ACCOUNTS), format!("192.0.2.{}", number % 256));
            (
                task,
                Record::Connection { account, address, port: Some(40_000), at: Moment(number * 1_000_000) },
            )
        })
        .collect();

    let began = Instant::now();
    let bytes = builder.seal(records.into_iter(), &identity.to_public(), &key)?.to_bytes();
    println!("sealed {size} records, {} bytes, in {:.3} s", bytes.len(), began.elapsed().as_secs_f64());
    let keys = TrustedKeys { service: vec![key.verifier()], log: None };
    let began = Instant::now();
    let holds = verify(&bytes, &keys).holds();
    println!("verified in {:.3} s: {holds}", began.elapsed().as_secs_f64());
    let began = Instant::now();
    let opened = open(&bytes, &identity, &keys)?;
    println!("opened {} records in {:.3} s", opened.lines.len(), began.elapsed().as_secs_f64());
    Ok(())
}
