//! Envelopes: the vector of the standard, and what is not accepted.

use super::*;
use crate::note::{Note, Signature as NoteSignature};

fn key(name: &str, seed: u8) -> SignerKey {
    SignerKey::from_seed(name, Kind::Note, &[seed; 32]).unwrap()
}

const TYPE: &str = "application/vnd.example+json";

#[test]
fn the_encoding_agrees_with_the_published_vector() {
    // DSSE v1, protocol.md.
    assert_eq!(
        pre_authentication("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
    assert_eq!(pre_authentication("\u{e9}", b""), "DSSEv1 2 \u{e9} 0 ".as_bytes(), "lengths count bytes");
}

#[test]
fn an_envelope_reads_back_and_names_its_signer() {
    let signer = key("service.example/desk", 1);
    let envelope = Envelope::sign(TYPE, b"{}".to_vec(), &signer);
    let read = Envelope::read_exactly(&envelope.to_bytes()).unwrap();
    assert_eq!(read, envelope);
    assert_eq!((read.payload(), read.payload_type()), (b"{}".as_slice(), TYPE));
    let keys = [key("other.example", 2).verifier(), signer.verifier()];
    assert_eq!(read.verify(&keys).unwrap(), &keys[1]);
    assert_eq!(read.open(TYPE, &keys).unwrap(), (b"{}".as_slice(), &keys[1]));
    let keyid = signer.verifier().to_string().rsplit_once('+').unwrap().0.to_owned();
    assert_eq!(read.signers().collect::<Vec<_>>(), [keyid.as_str()]);
}

#[test]
fn another_type_another_payload_and_another_key_are_refused() {
    let signer = key("service.example/desk", 1);
    let envelope = Envelope::sign(TYPE, b"{}".to_vec(), &signer);
    let keys = [signer.verifier()];
    let forged = Err(EnvelopeError::Forged(signer.verifier().keyid()));
    let retyped = Envelope { payload_type: "application/other".into(), ..envelope.clone() };
    assert_eq!(retyped.verify(&keys), forged);
    let changed = Envelope { payload: b"[]".to_vec(), ..envelope.clone() };
    assert_eq!(changed.verify(&keys), forged);
    assert!(matches!(envelope.open("application/other", &keys), Err(EnvelopeError::OtherType { .. })));
    assert_eq!(envelope.verify(&[]), Err(EnvelopeError::NotSigned));
    assert_eq!(envelope.verify(&[key("service.example/desk", 2).verifier()]), Err(EnvelopeError::NotSigned));
    let witness = SignerKey::from_seed("service.example/desk", Kind::Cosignature, &[1; 32]).unwrap();
    assert_eq!(envelope.verify(&[witness.verifier()]), Err(EnvelopeError::NotSigned));
}

#[test]
fn one_forged_signature_spoils_a_genuine_one_and_a_strangers_does_not() {
    let (first, second) = (key("first.example", 1), key("second.example", 2));
    let mut envelope = Envelope::sign(TYPE, b"{}".to_vec(), &first);
    let other = Envelope::sign(TYPE, b"[]".to_vec(), &second);
    envelope.signatures.extend(other.signatures);
    assert!(envelope.verify(&[first.verifier()]).is_ok());
    let both = [first.verifier(), second.verifier()];
    assert_eq!(envelope.verify(&both), Err(EnvelopeError::Forged(both[1].keyid())));
}

#[test]
fn the_signature_of_a_note_is_none_of_an_envelope_and_no_note_looks_like_one() {
    let signer = key("log.example", 3);
    let encoded = String::from_utf8(pre_authentication(TYPE, b"{}\n")).unwrap();
    assert!(Note::new(encoded).is_err());
    let text = "{}\n";
    let NoteSignature { bytes, .. } = signer.sign(text, 0);
    let signatures = vec![Signature { keyid: signer.verifier().keyid(), bytes }];
    let envelope = Envelope { payload_type: TYPE.into(), payload: text.into(), signatures };
    assert!(matches!(envelope.verify(&[signer.verifier()]), Err(EnvelopeError::Forged(_))));
}

#[test]
fn both_alphabets_and_unknown_members_are_read_and_only_ours_is_exact() {
    let signer = key("service.example/desk", 1);
    let envelope = Envelope::sign(TYPE, vec![0xFB, 0xFF, 0xFE], &signer);
    let text = String::from_utf8(envelope.to_bytes()).unwrap();
    let loose = text.replace("+//+", "-__-").replacen('{', "{ \"later\": 1, ", 1);
    assert!(loose.contains("-__-"));
    let read = Envelope::read(loose.as_bytes()).unwrap();
    assert_eq!(read.payload(), envelope.payload());
    assert!(read.verify(&[signer.verifier()]).is_ok());
    assert!(Envelope::read_exactly(loose.as_bytes()).is_err());
}

#[test]
fn what_is_no_envelope_is_refused() {
    let long = vec![b' '; LONGEST + 1];
    let many = format!(
        r#"{{"payload":"","payloadType":"a","signatures":[{}{{"sig":""}}]}}"#,
        r#"{"sig":""},"#.repeat(MOST_SIGNATURES)
    );
    let wide = format!(r#"{{"payload":"","payloadType":"{}","signatures":[{{"sig":""}}]}}"#, "a".repeat(201));
    let bad: [&[u8]; 10] = [
        b"",
        b"{}",
        b"[]",
        br#"{"payload":"","payloadType":"a","signatures":[]}"#,
        br#"{"payload":"","payloadType":"","signatures":[{"sig":""}]}"#,
        br#"{"payload":"!","payloadType":"a","signatures":[{"sig":""}]}"#,
        br#"{"payload":"","payloadType":"a","signatures":[{"sig":"A"}]}"#,
        many.as_bytes(),
        wide.as_bytes(),
        &long,
    ];
    for bytes in bad {
        assert!(
            Envelope::read(bytes).is_err(),
            "{:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(90)])
        );
    }
}
