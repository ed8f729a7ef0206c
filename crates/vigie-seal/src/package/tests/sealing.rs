//! What is sealed opens as it was; what may not leave is refused by name.

use super::*;
use crate::package::Ports;

#[test]
fn a_package_holds_what_was_granted_and_answers_for_it_itself() {
    let bytes = proven();
    let verification = verify(&bytes, &keys());
    for (name, answer) in verification.answers() {
        assert!(answer.is_yes(), "{name}: {}", answer.reason());
    }
    let opened = open(&bytes, &identity(), &keys()).unwrap();
    assert_eq!(opened.verification, verification);
    assert_eq!(opened.outside, []);

    // In the order of the grant, then of accounts and time, whatever the order in which they came.
    let found: Vec<_> = opened.lines.iter().map(|line| (line.task, line.record.clone(), line.nil)).collect();
    let [late, number, second, first] = records().map(|(task, record)| (task, Some(record), None));
    assert_eq!(found, [first, second, late, number, (task(3), None, Some(NilReturn::NoSuchAccount))]);
    let mut reversed = records().to_vec();
    reversed.reverse();
    let again = builder().seal(reversed.into_iter(), &identity().to_public(), &service()).unwrap();
    let manifest = verification.manifest.unwrap();
    assert_eq!(again.manifest().unwrap().plain_sha256, manifest.plain_sha256);

    let covered = &manifest.coverage[0];
    assert_eq!((covered.rows, covered.subjects, covered.port_present), (3, 2, Ports::Some));
    let moment = |seconds| Some(Moment::from_unix_seconds(seconds));
    assert_eq!((covered.first, covered.last), (moment(150), moment(300)));
    assert_eq!((manifest.coverage[1].port_present, manifest.coverage[1].first), (Ports::None, None));
    assert_eq!(manifest.coverage[2].nil, Some(NilReturn::NoSuchAccount));
    assert_eq!(manifest.statement, "an address is a connection, not a person");
}

#[test]
fn lines_are_canonical_and_any_age_opens_them() {
    let package = package();
    let plain = age::decrypt(&identity(), &package.records).unwrap();
    assert_eq!(package.manifest().unwrap().plain_sha256, hex::encode(Sha256::digest(&plain)));
    for line in String::from_utf8(plain).unwrap().lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(canonical::to_string(&value).unwrap(), line);
    }
}

#[test]
fn what_the_grant_does_not_admit_cannot_be_sealed() {
    let cases = [
        ("another account", task(2), connection("u3", 200, None), Refused::Subject),
        ("another task's account", task(1), phone("u2"), Refused::Subject),
        ("another task", task(9), phone("u1"), Refused::Task),
        ("before the span", task(2), connection("u1", 99, None), Refused::Span),
        ("after the span", task(2), connection("u1", 900, None), Refused::Span),
        ("a field of another task", task(2), phone("u1"), Refused::Field(Field::PhoneNumber)),
        ("nobody's", task(3), phone("u1"), Refused::Subject),
    ];
    for (name, task, record, expected) in cases {
        let all = records().into_iter().chain([(task, record)]);
        match builder().seal(all, &identity().to_public(), &service()) {
            Err(PackageError::Outside { number: 5, task: named, why }) => {
                assert_eq!((named, why), (task, expected), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    // A port that was not granted is too much, not left out in silence.
    let mut narrow = grant();
    narrow.tasks[0].fields = vec![Field::Address, Field::At];
    let sealed = builder_of(&narrow).seal(records().into_iter(), &identity().to_public(), &service());
    assert!(matches!(sealed, Err(PackageError::Outside { number: 3, why: Refused::Field(Field::Port), .. })));
}

fn refused(change: impl FnOnce(&mut Builder)) -> String {
    let mut builder = builder();
    change(&mut builder);
    builder.seal(records().into_iter(), &identity().to_public(), &service()).unwrap_err().to_string()
}

#[test]
fn two_people_agree_one_of_them_as_the_releaser() {
    let one = |builder: &mut Builder| {
        builder.approvals = vec![consent(person(1), "legal_officer"), consent(person(1), RELEASER)];
    };
    assert_eq!(refused(one), "fewer than two people agreed to the release");
    let none = |builder: &mut Builder| builder.approvals.clear();
    assert_eq!(refused(none), "fewer than two people agreed to the release");
    let officers = |builder: &mut Builder| builder.approvals[1].role = "senior".into();
    assert_eq!(refused(officers), "nobody agreed to the release as its releaser");
    let later = |builder: &mut Builder| builder.approvals[1].at = Moment(MADE.0 + 1);
    assert_eq!(refused(later), "somebody agreed to the release after it was made");
}

#[test]
fn every_granted_task_is_told_of_and_no_other() {
    let silent = refused(|builder| builder.nil.clear());
    assert!(silent.ends_with("has no record, and nothing says why"), "{silent}");
    let both = refused(|builder| builder.nil.extend([(task(2), NilReturn::Expired)]));
    assert!(both.ends_with("has records and a reason why it has none"), "{both}");
    let other = refused(|builder| builder.nil.extend([(task(9), NilReturn::Expired)]));
    assert!(other.contains("was not granted"), "{other}");
    let redaction = Redaction { task: task(9), rows: 1, reason: "privileged".into() };
    assert!(refused(|builder| builder.redactions.push(redaction)).contains("was not granted"));
    let not_held = NotHeld { task: task(2), category: Category::Traffic };
    assert!(refused(|builder| builder.not_held.push(not_held)).contains("refused or not held"));
}

#[test]
fn a_grant_that_does_not_hold_makes_no_package() {
    let at = |moment: i64, key: &SignerKey| {
        let signed = SignedGrant::sign(&grant(), key).unwrap();
        let id = PackageId::from_uuid(uuid(90));
        Builder::new(signed, &[service().verifier()], id, Moment(moment), Moment(9_000_000_000))
    };
    assert!(at(1_999_999_999, &service()).is_ok());
    assert!(matches!(at(2_000_000_000, &service()), Err(PackageError::Expired)));
    assert!(matches!(at(999_999_999, &service()), Err(PackageError::Expired)));
    let stranger = SignerKey::from_seed("messenger.example/desk", Kind::Note, &[3; 32]).unwrap();
    assert!(matches!(at(1_500_000_000, &stranger), Err(PackageError::Grant(GrantError::Envelope(_)))));
}

#[test]
fn many_records_of_many_accounts_are_sealed_and_opened() {
    let mut wide = grant();
    wide.tasks.truncate(1);
    wide.tasks[0].subjects = (0..2_000).map(|number| format!("u{number}")).collect();
    let rows = (0..5_000_i64).map(|number| {
        let account = format!("u{}", number * 7 % 2_000);
        (task(2), connection(&account, 100 + number % 800, Some(1)))
    });
    let mut builder = builder_of(&wide);
    builder.nil.clear();
    let bytes = builder.seal(rows, &identity().to_public(), &service()).unwrap().to_bytes();
    let opened = open(&bytes, &identity(), &keys()).unwrap();
    assert_eq!((opened.lines.len(), negative(&opened.verification)), (5_000, vec![]));
}
