//! Signed grants: what is accepted as one, and the gate.

use vigie_model::Moment;
use vigie_model::disclosure::{Category, Field, Span};
use vigie_model::id::{GrantId, Identifier as _, RequestId};

use super::*;
use crate::note::Kind;

fn key(seed: u8) -> SignerKey {
    SignerKey::from_seed("service.example/desk", Kind::Note, &[seed; 32]).unwrap()
}

fn task(number: u128) -> TaskId {
    TaskId::from_uuid(uuid::Uuid::from_u128(number))
}

fn grant() -> Grant {
    let span = Span { from: Moment(100), until: Moment(200) };
    let subjects = vec!["u1".to_owned(), "u2".to_owned()];
    let identification = GrantedTask {
        task: task(1),
        category: Category::Identification,
        subjects,
        fields: vec![Field::Address, Field::At],
        span,
    };
    let subscriber = GrantedTask {
        task: task(2),
        category: Category::Subscriber,
        subjects: vec![],
        fields: vec![Field::PhoneNumber],
        span,
    };
    Grant {
        version: 1,
        id: GrantId::from_uuid(uuid::Uuid::from_u128(9)),
        request: RequestId::from_uuid(uuid::Uuid::from_u128(8)),
        reference: "PV 2026/1".into(),
        authority: "Tribunal of Example".into(),
        service: "messenger.example".into(),
        rule_set: "fr-60-1-2@1".into(),
        tasks: vec![identification, subscriber],
        granted_at: Moment(1_000),
        expires_at: Moment(2_000),
        approvals: vec![],
    }
}

#[test]
fn a_grant_opens_under_the_key_that_signed_it_alone() {
    let signed = SignedGrant::sign(&grant(), &key(1)).unwrap();
    assert_eq!(SignedGrant::open(&signed.to_bytes(), &[key(1).verifier()]).unwrap(), grant());
    let stranger = SignedGrant::open(&signed.to_bytes(), &[key(2).verifier()]);
    assert_eq!(stranger, Err(GrantError::Envelope(EnvelopeError::NotSigned)));
    let text = canonical::to_string(&grant()).unwrap();
    assert_eq!(signed.hash(), hex::encode(Sha256::digest(&text)));
    assert_eq!(signed.envelope().payload(), text.as_bytes());
}

#[test]
fn what_cannot_be_meant_is_neither_signed_nor_opened() {
    type Change = fn(&mut Grant);
    let cases: [(&str, Change); 12] = [
        ("version", |grant| grant.version = 2),
        ("no time", |grant| grant.expires_at = grant.granted_at),
        ("empty", |grant| grant.tasks.clear()),
        ("task twice", |grant| grant.tasks[1].task = grant.tasks[0].task),
        ("impossible span", |grant| grant.tasks[0].span.until = grant.tasks[0].span.from),
        ("span backwards", |grant| grant.tasks[0].span.until = Moment(1)),
        ("no field", |grant| grant.tasks[0].fields.clear()),
        ("a field of another category", |grant| grant.tasks[0].fields.push(Field::PhoneNumber)),
        ("another category", |grant| grant.tasks[0].category = Category::Content),
        ("a field twice", |grant| grant.tasks[0].fields.push(Field::At)),
        ("an account twice", |grant| grant.tasks[0].subjects.push("u1".into())),
        ("an account without a name", |grant| grant.tasks[0].subjects.push(String::new())),
    ];
    for (name, change) in cases {
        let mut bad = grant();
        change(&mut bad);
        assert!(SignedGrant::sign(&bad, &key(1)).is_err(), "{name}");
        let text = canonical::to_string(&bad).unwrap();
        let forced = Envelope::sign(PAYLOAD_TYPE, text.into_bytes(), &key(1)).to_bytes();
        let opened = SignedGrant::open(&forced, &[key(1).verifier()]);
        assert!(!matches!(opened, Ok(_) | Err(GrantError::Envelope(_))), "{name}: {opened:?}");
    }
}

#[test]
fn a_grant_has_one_text_and_one_type() {
    let keys = [key(1).verifier()];
    let open = |payload_type: &str, text: String| {
        SignedGrant::open(&Envelope::sign(payload_type, text.into_bytes(), &key(1)).to_bytes(), &keys)
    };
    let text = canonical::to_string(&grant()).unwrap();
    assert!(open(PAYLOAD_TYPE, text.clone()).is_ok());
    assert!(matches!(open("application/json", text.clone()), Err(GrantError::Envelope(_))));
    assert!(matches!(open(PAYLOAD_TYPE, text.replace("\"u1\"", " \"u1\"")), Err(GrantError::Malformed(_))));
    let more = text.replacen('{', r#"{"also":1,"#, 1);
    assert!(matches!(open(PAYLOAD_TYPE, more), Err(GrantError::Malformed(_))));
}

#[test]
fn the_gate_names_the_first_reason_and_the_place() {
    let grant = grant();
    let gate = Gate::of(&grant);
    let row = |account: &str, at: i64, port: Option<u16>| Record::Connection {
        account: account.into(),
        address: "192.0.2.1".into(),
        port,
        at: Moment(at),
    };
    assert_eq!(gate.admits(task(1), &row("u1", 100, None)), Ok(0));
    assert_eq!(gate.admits(task(3), &row("u1", 100, None)), Err(Refused::Task));
    assert_eq!(gate.admits(task(1), &row("u3", 100, None)), Err(Refused::Subject));
    assert_eq!(gate.admits(task(2), &row("u1", 100, None)), Err(Refused::Subject));
    assert_eq!(gate.admits(task(1), &row("u1", 100, Some(1))), Err(Refused::Field(Field::Port)));
    assert_eq!(gate.admits(task(1), &row("u1", 200, None)), Err(Refused::Span));
    assert_eq!((gate.position(task(2)), gate.position(task(3))), (Some(1), None));
}
