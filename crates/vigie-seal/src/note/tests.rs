//! Notes against the vectors of their specification.

use super::*;

/// The example of C2SP signed-note, and of the Go module that checks it.
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// The example of Go's own package of signed notes.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_EXAMPLE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn key(name: &str, kind: Kind) -> SignerKey {
    SignerKey::from_seed(name, kind, &[7; 32]).unwrap()
}

#[test]
fn the_published_examples_are_genuine_and_written_back_byte_by_byte() {
    for (key, example) in [(EXAMPLE_KEY, EXAMPLE), (GO_KEY, GO_EXAMPLE)] {
        let keys = [key.parse().unwrap()];
        let note = Note::read(example.as_bytes()).unwrap();
        assert_eq!(note.verify(&keys).unwrap(), [&keys[0]]);
        assert_eq!(note.to_string(), example);
        assert_eq!(keys[0].to_string(), key);
    }
}

#[test]
fn a_verifier_key_reads_back_and_is_bound_to_its_name() {
    let published: VerifierKey = EXAMPLE_KEY.parse().unwrap();
    assert_eq!(published.to_string(), EXAMPLE_KEY);
    assert_eq!((published.name(), published.kind()), ("example.com/foo", Kind::Note));
    let tessera = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    assert_eq!(tessera.parse::<VerifierKey>().unwrap().to_string(), tessera);

    let witness = key("witness.example.org", Kind::Cosignature).verifier();
    assert_eq!(witness.to_string().parse(), Ok(witness));
    for broken in [
        "",
        "name",
        "name+00000000",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv",
    ] {
        assert!(matches!(broken.parse::<VerifierKey>(), Err(NoteError::Key(_))), "{broken}");
    }
}

#[test]
fn a_note_is_signed_read_and_verified_and_no_byte_of_it_can_change() {
    let signer = key("example.org/log", Kind::Note);
    let mut note = Note::new("first\n\nsecond\n".into()).unwrap();
    note.add(signer.sign(note.text(), 0));
    let written = note.to_string();
    let read = Note::read(written.as_bytes()).unwrap();
    assert_eq!(read, note);
    let keys = [signer.verifier()];
    assert_eq!(read.verify(&keys).unwrap(), [&keys[0]]);

    for place in 0..written.len() {
        let mut altered = written.clone().into_bytes();
        altered[place] ^= 1;
        let accepted = Note::read(&altered).is_ok_and(|note| note.verify(&keys).is_ok());
        assert!(!accepted, "byte {place} was altered");
    }
}

#[test]
fn who_is_unknown_is_passed_over_and_who_is_known_must_be_genuine() {
    let (known, unknown) = (key("example.org/log", Kind::Note), key("example.org/other", Kind::Note));
    let mut note = Note::new("text\n".into()).unwrap();
    note.add(unknown.sign(note.text(), 0));
    assert_eq!(note.verify(&[known.verifier()]), Err(NoteError::NotSigned));
    note.add(known.sign(note.text(), 0));
    assert!(note.verify(&[known.verifier()]).is_ok());
    note.add(known.sign("another text\n", 0));
    assert_eq!(note.signatures().len(), 2, "the same key signs once");
    let forged = Err(NoteError::Forged("example.org/log".into()));
    assert_eq!(note.verify(&[known.verifier(), unknown.verifier()]), forged);
}

#[test]
fn a_cosignature_states_its_moment_and_stands_for_it() {
    let witness = key("witness.example.org", Kind::Cosignature);
    let text = "example.org/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let mut signature = witness.sign(text, 1_763_794_800);
    assert_eq!(signature.bytes.len(), 8 + 64);
    assert_eq!(witness.verifier().check(text, &signature), Ok(Some(1_763_794_800)));
    // The signed bytes are those of tlog-cosignature, and of no note.
    let message = format!("cosignature/v1\ntime 1763794800\n{text}");
    assert_eq!(Kind::Cosignature.message(text, 1_763_794_800), message.as_bytes());
    assert!(key("witness.example.org", Kind::Note).verifier().check(text, &signature).is_err());
    signature.bytes[7] ^= 1;
    assert!(witness.verifier().check(text, &signature).is_err(), "another moment");
    signature.bytes.truncate(5);
    assert!(witness.verifier().check(text, &signature).is_err(), "cut off");
}

#[test]
fn what_is_not_a_note_is_refused() {
    for text in ["", "text\n", "text", "text\n\n", "\u{2014} a AAAAAAA=\n", "a\tb\n\n\u{2014} a AAAAAAA=\n"] {
        assert!(Note::read(text.as_bytes()).is_err(), "{text:?}");
    }
    for line in [
        "\u{2014} a AAAAAAA=",
        "\u{2014} a  AAAAAAA=",
        "- a AAAAAAA=",
        "\u{2014} a+b AAAAAAA=",
        "\u{2014} a AAAA",
    ] {
        let note = format!("text\n\n{line}\n");
        assert_eq!(Note::read(note.as_bytes()).is_ok(), line == "\u{2014} a AAAAAAA=", "{line}");
    }
    assert!(Note::read(b"text\n\n\xe2\x80\x94 a \xff\n").is_err());
    let many = "\u{2014} a AAAAAAA=\n".repeat(MOST_SIGNATURES + 1);
    assert!(Note::read(format!("text\n\n{many}").as_bytes()).is_err());
    assert!(Note::new("no newline".into()).is_err());
    assert!(SignerKey::from_seed("a b", Kind::Note, &[7; 32]).is_err());
}
