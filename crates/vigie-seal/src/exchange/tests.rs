//! Messages of the exchange: what each must have, and what no other stands for.

use serde_json::{Value, json};
use vigie_model::id::Identifier as _;

use super::*;
use crate::note::Kind;

const NONCE_TEXT: &str = "0123456789abcdef";

fn key(seed: u8) -> SignerKey {
    SignerKey::from_seed("parquet.example/unit", Kind::Note, &[seed; 32]).unwrap()
}

fn request() -> RequestId {
    RequestId::from_uuid(uuid::Uuid::from_u128(7))
}

fn document() -> Value {
    json!({
        "regime": "fr-77-1-1", "kind": "production", "reference": "PV 17", "issued_at": null,
        "issuer": { "name": "Parquet of Example", "country": "FR" }, "subject_role": "suspect",
        "wanted": [{
            "identifier": { "kind": "user_id", "value": "u1", "service": "messenger.example" },
            "categories": ["subscriber"],
            "span": { "from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z" },
        }],
        "nonce": NONCE_TEXT,
    })
}

fn instrument(change: impl FnOnce(&mut Value)) -> Instrument {
    let mut document = document();
    change(&mut document);
    serde_json::from_value(document).unwrap()
}

#[test]
fn a_document_opens_under_the_key_of_its_authority_alone() {
    let envelope = sign_instrument(&instrument(|_| {}), &key(1)).unwrap();
    let (keys, others) = ([key(1).verifier()], [key(2).verifier()]);
    let (opened, by) = open_instrument(&envelope, &keys).unwrap();
    assert_eq!((opened, by), (instrument(|_| {}), &keys[0]));
    assert_eq!(open_instrument(&envelope, &others), Err(MessageError::Envelope(EnvelopeError::NotSigned)));
    // Spaces and the order of members are its author's business: the signature is over the bytes.
    let text = serde_json::to_vec_pretty(&document()).unwrap();
    assert!(open_instrument(&Envelope::sign(INSTRUMENT_TYPE, text, &key(1)), &keys).is_ok());
}

#[test]
fn a_document_without_what_every_law_asks_for_is_neither_signed_nor_opened() {
    type Change = fn(&mut Value);
    let cases: [(&str, Change); 8] = [
        ("no nonce", |document| document["nonce"] = "".into()),
        ("a short nonce", |document| document["nonce"] = "0123456789abcde".into()),
        ("a nonce of other letters", |document| document["nonce"] = "0123456789abcde\n".into()),
        ("no regime", |document| document["regime"] = " ".into()),
        ("no reference", |document| document["reference"] = "".into()),
        ("nobody", |document| document["wanted"] = json!([])),
        ("an empty identifier", |document| document["wanted"][0]["identifier"]["value"] = "".into()),
        ("a span backwards", |document| {
            document["wanted"][0]["span"]["until"] = "2025-01-01T00:00:00Z".into();
        }),
    ];
    for (name, change) in cases {
        let bad = instrument(change);
        assert!(matches!(sign_instrument(&bad, &key(1)), Err(MessageError::Unsound(_))), "{name}");
        let forced = sign(INSTRUMENT_TYPE, &bad, &key(1)).unwrap();
        let keys = [key(1).verifier()];
        let opened = open_instrument(&forced, &keys);
        assert!(matches!(opened, Err(MessageError::Unsound(_))), "{name}: {opened:?}");
    }
    let more = json!({ "regime": "x", "surprise": 1 });
    let envelope = sign(INSTRUMENT_TYPE, &more, &key(1)).unwrap();
    let keys = [key(1).verifier()];
    let opened = open_instrument(&envelope, &keys);
    assert!(matches!(opened, Err(MessageError::Malformed(_))));
}

#[test]
fn a_receipt_is_of_the_bytes_that_were_sent_and_says_nothing_of_any_account() {
    let sent = sign_instrument(&instrument(|_| {}), &key(1)).unwrap().to_bytes();
    let receipt = Receipt::of(&sent, request(), "PV 17", NONCE_TEXT, Moment(0));
    let envelope = receipt.sign(&key(3)).unwrap();
    let keys = [key(3).verifier()];
    assert_eq!(Receipt::open(&envelope, &keys, &sent).unwrap(), receipt);
    assert_eq!(Receipt::open(&envelope, &keys, b"else"), Err(MessageError::OtherBytes));
    assert!(Receipt::open(&envelope, &[key(1).verifier()], &sent).is_err());
    let later = Receipt { version: 2, ..receipt.clone() }.sign(&key(3)).unwrap();
    assert_eq!(Receipt::open(&later, &keys, &sent), Err(MessageError::Version(2)));
    let value: Value = serde_json::from_slice(envelope.payload()).unwrap();
    let members: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["nonce", "received_at", "reference", "request", "sha256", "version"]);
}

fn follow_up(change: impl FnOnce(&mut FollowUp)) -> FollowUp {
    let mut follow_up = FollowUp {
        version: VERSION,
        request: request(),
        reference: "PV 17".into(),
        kind: FollowUpKind::Validation,
        at: Moment(0),
        text: "validated".into(),
        decision: None,
        tasks: vec![],
        corrected: None,
        nonce: NONCE_TEXT.into(),
    };
    change(&mut follow_up);
    follow_up
}

#[test]
fn what_follows_a_request_is_whole_and_nothing_stands_where_it_means_nothing() {
    let keys = [key(1).verifier()];
    type Change = fn(&mut FollowUp);
    let sound: [Change; 4] = [
        |_| {},
        |one| {
            (one.kind, one.decision) = (FollowUpKind::EnforcingDecision, Some(EnforcingDecision::NoGrounds));
        },
        |one| {
            (one.kind, one.decision) = (FollowUpKind::EnforcingDecision, Some(EnforcingDecision::Partial));
            one.tasks = vec![2];
        },
        |one| (one.kind, one.corrected) = (FollowUpKind::Answer, Some(instrument(|_| {}))),
    ];
    for change in sound {
        let said = follow_up(change);
        assert_eq!(FollowUp::open(&said.sign(&key(1)).unwrap(), &keys).unwrap(), (said.clone(), &keys[0]));
        assert!(FollowUp::open(&said.sign(&key(2)).unwrap(), &keys).is_err());
    }
    let bad: [(&str, Change); 11] = [
        ("no nonce", |one| one.nonce.clear()),
        ("another version", |one| one.version = 2),
        ("no reference", |one| one.reference = " ".into()),
        ("no words", |one| one.text.clear()),
        ("what the house enters", |one| one.kind = FollowUpKind::NewDeadline),
        ("what another authority says", |one| one.kind = FollowUpKind::Recognised),
        ("a decision that is none", |one| one.kind = FollowUpKind::EnforcingDecision),
        ("a decision of whoever asked", |one| one.decision = Some(EnforcingDecision::Full)),
        ("a part of nothing", |one| {
            (one.kind, one.decision) = (FollowUpKind::EnforcingDecision, Some(EnforcingDecision::Partial));
        }),
        ("tasks of a whole", |one| {
            (one.kind, one.decision) = (FollowUpKind::EnforcingDecision, Some(EnforcingDecision::Full));
            one.tasks = vec![1];
        }),
        ("a document beside", |one| one.corrected = Some(instrument(|_| {}))),
    ];
    for (name, change) in bad {
        let said = follow_up(change);
        assert!(said.sign(&key(1)).is_err(), "{name}");
        let forced = sign(FOLLOW_UP_TYPE, &said, &key(1)).unwrap();
        assert!(FollowUp::open(&forced, &keys).is_err(), "{name}");
    }
}

#[test]
fn no_message_stands_for_another() {
    let keys = [key(1).verifier()];
    let withdrawal = Withdrawal {
        version: VERSION,
        request: request(),
        reference: "PV 17".into(),
        at: Moment(0),
        reason: "found otherwise".into(),
        nonce: NONCE_TEXT.into(),
    };
    let envelope = withdrawal.sign(&key(1)).unwrap();
    assert_eq!(Withdrawal::open(&envelope, &keys).unwrap(), (withdrawal.clone(), &keys[0]));
    let other = |error| matches!(error, MessageError::Envelope(EnvelopeError::OtherType { .. }));
    assert!(other(open_instrument(&envelope, &keys).unwrap_err()));
    assert!(other(Receipt::open(&envelope, &keys, b"").unwrap_err()));
    let document = sign_instrument(&instrument(|_| {}), &key(1)).unwrap();
    assert!(other(Withdrawal::open(&document, &keys).unwrap_err()));
    let follows = follow_up(|_| {}).sign(&key(1)).unwrap();
    assert!(other(Withdrawal::open(&follows, &keys).unwrap_err()));
    assert!(other(open_instrument(&follows, &keys).unwrap_err()));
    assert!(other(FollowUp::open(&envelope, &keys).unwrap_err()));
    assert!(Withdrawal { nonce: String::new(), ..withdrawal.clone() }.sign(&key(1)).is_err());
    assert!(Withdrawal { version: 2, ..withdrawal }.sign(&key(1)).is_err());
}
