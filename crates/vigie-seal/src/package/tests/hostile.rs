//! Packages that somebody meddled with: each question answers for itself.

use proptest::prelude::*;

use super::*;
use crate::package::archive;

#[test]
fn without_proof_or_key_the_log_is_not_judged() {
    let unproven = verify(&package().to_bytes(), &keys());
    assert_eq!((unproven.in_log.name(), unproven.holds()), ("not_given", true));
    let no_key = verify(&proven(), &TrustedKeys { log: None, ..keys() });
    assert_eq!((no_key.in_log.name(), no_key.holds()), ("not_given", true));
}

#[test]
fn no_byte_of_a_package_changes_unseen() {
    let bytes = proven();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 1_500,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(0..bytes.len(), 1..=255_u8), |(at, flip)| {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            prop_assert!(!verify(&changed, &keys()).holds(), "byte {} ^ {}", at, flip);
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_shorter_and_no_longer_file_is_a_package() {
    let bytes = proven();
    for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1, bytes.len() - 512]) {
        let verification = verify(&bytes[..length], &keys());
        assert_eq!(negative(&verification).len(), 4, "{length}");
        assert!(open(&bytes[..length], &identity(), &keys()).is_err());
    }
    assert_eq!(negative(&verify(&[bytes.as_slice(), b"\0"].concat(), &keys())).len(), 4);
}

#[test]
fn parts_of_two_packages_do_not_mix() {
    let mine = proven();
    let mut other_grant = grant();
    other_grant.tasks[0].subjects.push("u3".into());
    let other = builder_of(&other_grant).seal(records().into_iter(), &identity().to_public(), &service());
    let other = other.unwrap();
    let proof = proof_of(other.manifest_sha256());
    let other = other.with_proof(&proof).to_bytes();
    assert!(verify(&other, &keys()).holds());
    let (mine, other) = (archive::read(&mine).unwrap(), archive::read(&other).unwrap());
    let swaps = [
        (Parts { records: other.records, ..mine }, vec!["complete"]),
        (Parts { grant: other.grant, ..mine }, vec!["within_grant"]),
        (Parts { manifest: other.manifest, ..mine }, vec!["complete", "within_grant", "in_log"]),
        (Parts { proof: other.proof, ..mine }, vec!["in_log"]),
        (
            Parts { manifest: mine.grant, grant: mine.manifest, ..mine },
            vec!["authentic", "complete", "within_grant", "in_log"],
        ),
    ];
    for (parts, expected) in swaps {
        let verification = verify(&archive::write(&parts), &keys());
        assert_eq!(negative(&verification), expected, "{verification:?}");
    }
}

/// The package whose manifest, grant and lines were changed, all of it signed and sealed by whoever holds this key.
fn dishonest(change: impl FnOnce(&mut Manifest, &mut Grant, &mut String), key: &SignerKey) -> Vec<u8> {
    let package = package();
    let (mut manifest, mut grant) = (package.manifest().unwrap(), grant());
    let mut plain = String::from_utf8(age::decrypt(&identity(), &package.records).unwrap()).unwrap();
    change(&mut manifest, &mut grant, &mut plain);
    let grant_text = canonical::to_string(&grant).unwrap();
    let signed = Envelope::sign(crate::grants::PAYLOAD_TYPE, grant_text.into_bytes(), key);
    let sealed = age::encrypt(&identity().to_public(), plain.as_bytes()).unwrap();
    manifest.records_sha256 = hex::encode(Sha256::digest(&sealed));
    manifest.plain_sha256 = hex::encode(Sha256::digest(&plain));
    manifest.grant_sha256 = hex::encode(Sha256::digest(signed.payload()));
    let text = canonical::to_string(&manifest).unwrap();
    let envelope = Envelope::sign(PAYLOAD_TYPE, text.into_bytes(), key).to_bytes();
    archive::write(&Parts { manifest: &envelope, grant: &signed.to_bytes(), records: &sealed, proof: None })
}

#[test]
fn a_manifest_signed_again_by_somebody_else_is_not_authentic() {
    let stranger = SignerKey::from_seed("messenger.example/desk", Kind::Note, &[9; 32]).unwrap();
    let bytes = dishonest(|_, _, _| {}, &stranger);
    assert_eq!(negative(&verify(&bytes, &keys())), ["authentic"]);
    let honest = dishonest(|_, _, _| {}, &service());
    assert_eq!(negative(&open(&honest, &identity(), &keys()).unwrap().verification), [""; 0]);
}

#[test]
fn a_manifest_that_goes_beyond_its_grant_is_seen_unopened() {
    type Change = fn(&mut Manifest, &mut Grant, &mut String);
    let cases: [(&str, Change, &[&str]); 16] = [
        ("a field", |manifest, _, _| manifest.coverage[1].fields.push(Field::Address), &["within_grant"]),
        ("a category", |manifest, _, _| manifest.coverage[1].category = Category::Traffic, &["within_grant"]),
        ("an earlier span", |manifest, _, _| manifest.coverage[0].span.from = Moment(0), &["within_grant"]),
        ("a later span", |manifest, _, _| manifest.coverage[0].span.until.0 += 1, &["within_grant"]),
        ("an account", |manifest, _, _| manifest.coverage[0].subjects = 3, &["within_grant"]),
        ("an early row", |manifest, _, _| manifest.coverage[0].first = Some(Moment(0)), &["within_grant"]),
        ("a late row", |manifest, _, _| manifest.coverage[0].last = Some(SPAN.until), &["within_grant"]),
        ("another task", |manifest, _, _| manifest.coverage[0].task = task(9), &["complete", "within_grant"]),
        ("a task passed over", |manifest, _, _| manifest.coverage.truncate(2), &["complete"]),
        (
            "a task twice",
            |manifest, _, _| manifest.coverage.push(manifest.coverage[0].clone()),
            &["complete"],
        ),
        ("nothing and no reason", |manifest, _, _| manifest.coverage[2].nil = None, &["complete"]),
        ("another authority", |manifest, _, _| manifest.authority.push('x'), &["within_grant"]),
        (
            "another request",
            |manifest, _, _| manifest.request = RequestId::from_uuid(uuid(1)),
            &["within_grant"],
        ),
        ("an expired grant", |manifest, _, _| manifest.made_at = Moment(2_000_000_000), &["within_grant"]),
        ("one person", |manifest, _, _| manifest.approvals.truncate(1), &["within_grant"]),
        ("a grant of nothing", |_, grant, _| grant.tasks.clear(), &["complete", "within_grant"]),
    ];
    for (name, change, expected) in cases {
        let verification = verify(&dishonest(change, &service()), &keys());
        assert_eq!(negative(&verification), expected, "{name}: {verification:?}");
    }
}

#[test]
fn a_row_that_was_smuggled_in_is_seen_and_not_handed_out() {
    let add = |task: TaskId, record: &Record| {
        let mut line = Vec::new();
        lines::write_record(task, record, &mut line).unwrap();
        String::from_utf8(line).unwrap()
    };
    let rows = [
        (task(2), connection("u9", 200, None), Refused::Subject),
        (task(2), connection("u1", 50, None), Refused::Span),
        (task(1), connection("u1", 200, None), Refused::Field(Field::Address)),
        (task(7), phone("u1"), Refused::Task),
    ];
    for (task, record, why) in rows {
        let smuggle =
            |_: &mut Manifest, _: &mut Grant, plain: &mut String| plain.push_str(&add(task, &record));
        let bytes = dishonest(smuggle, &service());
        assert!(verify(&bytes, &keys()).holds(), "the sealed rows cannot be seen");
        let opened = open(&bytes, &identity(), &keys()).unwrap();
        assert_eq!(opened.verification.within_grant, Answer::No(Flaw::Outside { line: 6, why }));
        assert_eq!(opened.outside, [Outside { line: 6, why: Some(why) }]);
        assert!(opened.lines.iter().all(|line| (line.task, line.record.as_ref()) != (task, Some(&record))));
        assert_eq!(opened.lines.len(), 5);
    }
}

#[test]
fn words_in_the_place_of_an_address_or_a_number_are_seen_and_not_handed_out() {
    for (value, words) in [
        ("192.0.2.7", "Jean Dupont, 3 rue du Port"),
        ("192.0.2.7", "=HYPERLINK(1)"),
        ("192.0.2.7", "192.0.2.7\\u0007"),
        ("+33639980001", "see you tonight"),
    ] {
        let bytes = dishonest(|_, _, plain| *plain = plain.replacen(value, words, 1), &service());
        let opened = open(&bytes, &identity(), &keys()).unwrap();
        assert_eq!(negative(&opened.verification), ["complete", "within_grant"], "{words}");
        assert_eq!(opened.lines.len(), 4, "{words}");
        assert!(opened.lines.iter().all(|line| !line.to_string().contains(words)), "{words}");
    }
}

#[test]
fn rows_that_are_not_what_the_manifest_says_are_seen_when_opened() {
    type Change = fn(&mut Manifest, &mut Grant, &mut String);
    let cases: [(&str, Change, &[&str]); 8] = [
        ("a row less", |_, _, plain| drop(plain.drain(..=plain.find('\n').unwrap())), &["complete"]),
        (
            "a row twice",
            |_, _, plain| *plain = format!("{}{plain}", &plain[..=plain.find('\n').unwrap()]),
            &["complete"],
        ),
        (
            "another order",
            |_, _, plain| {
                let first = plain.drain(..=plain.find('\n').unwrap()).collect::<String>();
                plain.push_str(&first);
            },
            &["complete"],
        ),
        ("a space", |_, _, plain| plain.insert(1, ' '), &["complete", "within_grant"]),
        ("no JSON", |_, _, plain| plain.push_str("u9 192.0.2.9\n"), &["complete", "within_grant"]),
        ("no last newline", |_, _, plain| plain.truncate(plain.len() - 1), &["complete", "within_grant"]),
        (
            "a member more",
            |_, _, plain| *plain = plain.replacen("{\"record\"", "{\"note\":\"u9\",\"record\"", 1),
            &["complete", "within_grant"],
        ),
        ("another count", |manifest, _, _| manifest.coverage[0].rows = 2, &["complete"]),
    ];
    for (name, change, expected) in cases {
        let opened = open(&dishonest(change, &service()), &identity(), &keys()).unwrap();
        assert_eq!(negative(&opened.verification), expected, "{name}: {:?}", opened.verification);
    }
}

#[test]
fn the_plain_text_is_the_one_that_was_signed() {
    let package = package();
    let mut manifest = package.manifest().unwrap();
    manifest.plain_sha256 = "0".repeat(64);
    let text = canonical::to_string(&manifest).unwrap();
    let envelope = Envelope::sign(PAYLOAD_TYPE, text.into_bytes(), &service()).to_bytes();
    let bytes = Package { manifest: envelope, ..package }.to_bytes();
    let opened = open(&bytes, &identity(), &keys()).unwrap();
    assert_eq!(opened.verification.complete, Answer::No(Flaw::OtherPlain));
}

#[test]
fn only_the_recipient_opens_it() {
    let other = Identity::generate();
    assert!(matches!(open(&proven(), &other, &keys()), Err(OpenError::Sealed(_))));
}

#[test]
fn a_proof_counts_for_its_manifest_its_log_and_its_entry_alone() {
    let package = package();
    let judge = |proof: &EntryProof| verify(&package.clone().with_proof(proof).to_bytes(), &keys()).in_log;
    let good = proof_of(package.manifest_sha256());
    assert!(judge(&good).is_yes());
    assert_eq!(judge(&proof_of(&"0".repeat(64))), Answer::No(Flaw::OtherManifest));
    let bare = EntryProof { extra: None, ..good.clone() };
    assert!(matches!(judge(&bare), Answer::No(Flaw::Proof(_))));
    let elsewhere = EntryProof { index: 2, ..good.clone() };
    assert!(matches!(judge(&elsewhere), Answer::No(Flaw::NotProven(_))));
    // Salt and details of another entry, which does name this manifest but is not in the log.
    let details = String::from_utf8(good.extra.clone().unwrap()).unwrap().replace("package:90", "package:91");
    let invented = EntryProof { extra: Some(details.into_bytes()), ..good.clone() };
    assert!(matches!(judge(&invented), Answer::No(Flaw::NotProven(_))));
    let other_log =
        TrustedKeys { log: Some((log_key().verifier(), "messenger.example/other".into())), ..keys() };
    let bytes = package.clone().with_proof(&good).to_bytes();
    assert!(matches!(verify(&bytes, &other_log).in_log, Answer::No(Flaw::NotProven(_))));
}
