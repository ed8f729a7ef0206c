//! Packages on the command line: verified and opened by somebody who has nothing but the file and keys.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use vigie_model::disclosure::{Category, Consent, Field, Grant, GrantedTask, NilReturn, Record, Span};
use vigie_model::id::{GrantId, Identifier as _, PackageId, PersonId, RequestId, TaskId};
use vigie_model::{Caller, Moment};
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::grants::SignedGrant;
use vigie_seal::ledger::{self, Unsealed};
use vigie_seal::merkle::Tree;
use vigie_seal::note::{Kind, SignerKey};
use vigie_seal::package::{Builder, Identity, LEDGER_PARAMETER, Package, RELEASER, Recipient};
use vigie_seal::proof::EntryProof;

use super::{keys, text};
use crate::program::{Ran, vigie};

pub(super) fn service() -> SignerKey {
    SignerKey::from_seed("messenger.example/desk", Kind::Note, &[1; 32]).unwrap()
}

fn log() -> SignerKey {
    SignerKey::from_seed("messenger.example/log", Kind::Note, &[2; 32]).unwrap()
}

fn uuid(number: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(number)
}

const MADE: Moment = Moment(1_800_000_000_000_000);

pub(crate) fn grant() -> Grant {
    let task = |number, subjects: &[&str], category, fields: &[Field]| GrantedTask {
        task: TaskId::from_uuid(uuid(number)),
        category,
        subjects: subjects.iter().map(ToString::to_string).collect(),
        fields: fields.to_vec(),
        span: Span { from: Moment(0), until: MADE },
    };
    let connection = [Field::Address, Field::Port, Field::At];
    Grant {
        version: 1,
        id: GrantId::from_uuid(uuid(70)),
        request: RequestId::from_uuid(uuid(71)),
        reference: "PV 2026/17".into(),
        authority: "Parquet of Example".into(),
        service: "messenger.example".into(),
        rule_set: "fr-77-1-1@1".into(),
        tasks: vec![
            task(1, &["u1"], Category::Subscriber, &[Field::PhoneNumber]),
            task(2, &["u1"], Category::Identification, &connection),
            task(3, &[], Category::Subscriber, &[Field::PhoneNumber]),
        ],
        granted_at: Moment(MADE.0 - 1),
        expires_at: Moment(MADE.0 + 1),
        approvals: vec![],
    }
}

/// A package for the seeds of the fuzz targets, to a key that nobody keeps.
pub(crate) fn seed(key: &SignerKey, proof: bool) -> Vec<u8> {
    let package = sealed(&Identity::generate().to_public(), key);
    if proof { proven(&package).to_bytes() } else { package.to_bytes() }
}

/// A package to this recipient: one number, one connection, and nothing.
pub(super) fn package(recipient: &Recipient) -> Package {
    sealed(recipient, &service())
}

fn sealed(recipient: &Recipient, key: &SignerKey) -> Package {
    let signed = SignedGrant::sign(&grant(), key).unwrap();
    let id = PackageId::from_uuid(uuid(90));
    let until = Moment(MADE.0 + 2_000_000);
    let mut builder = Builder::new(signed, &[key.verifier()], id, MADE, until).unwrap();
    builder.nil.insert(TaskId::from_uuid(uuid(3)), NilReturn::NoSuchAccount);
    let consent = |person, role: &str| Consent {
        person: PersonId::from_uuid(uuid(person)),
        role: role.into(),
        at: MADE,
    };
    builder.approvals = vec![consent(1, "legal_officer"), consent(2, RELEASER)];
    let number = "+33639980001".to_owned();
    let records = [
        (1, Record::Phone { account: "u1".into(), phone_number: number, since: None, until: None }),
        (
            2,
            Record::Connection {
                account: "u1".into(),
                address: "192.0.2.7".into(),
                port: Some(40_001),
                at: Moment(1_000_000),
            },
        ),
    ];
    let records = records.map(|(task, record)| (TaskId::from_uuid(uuid(task)), record));
    builder.seal(records.into_iter(), recipient, key).unwrap()
}

fn proven(package: &Package) -> Package {
    let parameters = json!({ LEDGER_PARAMETER: package.manifest_sha256() });
    let details = ledger::Details::new(&Caller::operator(), "package.released", "package:90", MADE);
    let sealed = ledger::seal(&details.with(parameters), &[8; 32]).unwrap();
    let checkpoint =
        Checkpoint { origin: log().verifier().name().into(), tree: Tree { size: 1, root: sealed.leaf } };
    package.clone().with_proof(&EntryProof {
        extra: Some(Unsealed::new(sealed.details, &[8; 32]).to_bytes()),
        index: 0,
        hashes: vec![],
        checkpoint: checkpoint.sign(&log()).unwrap().to_string(),
    })
}

struct Desk {
    place: tempfile::TempDir,
    package: Package,
}

impl Desk {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let public = keys(&place.path().join("keys"));
        let package = package(&public["sealing"].as_str().unwrap().parse().unwrap());
        Self { place, package }
    }

    fn keys(&self) -> PathBuf {
        self.place.path().join("keys")
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let file = self.place.path().join("answer.tar");
        fs::write(&file, bytes).unwrap();
        file
    }

    fn verify(&self, bytes: &[u8], more: &[&str]) -> Ran {
        let file = self.file(bytes);
        let key = service().verifier().to_string();
        let fixed = ["package", "verify", text(&file), "--service-key", &key, "--format", "json"];
        vigie(fixed.iter().chain(more).copied())
    }
}

fn answers(ran: &Ran) -> [String; 4] {
    let told: Value = ran.json_lines().remove(0);
    ["authentic", "complete", "within_grant", "in_log"].map(|name| {
        assert!(told["reasons"][name].as_str().is_some_and(|reason| !reason.is_empty()), "{told}");
        told[name].as_str().unwrap().to_owned()
    })
}

#[test]
fn a_package_is_verified_by_its_keys_alone_and_each_question_has_its_answer() {
    let desk = Desk::new();
    let (bare, with_proof) = (desk.package.to_bytes(), proven(&desk.package).to_bytes());
    let log_key = log().verifier().to_string();
    type Case<'a> = (&'a str, &'a [u8], &'a [&'a str], i32, [&'a str; 4]);
    let cases: [Case; 5] = [
        ("without a proof", &bare, &[], 0, ["yes", "yes", "yes", "not_given"]),
        ("a proof that is asked for", &bare, &["--log-key", &log_key], 1, ["yes", "yes", "yes", "not_given"]),
        ("with its proof", &with_proof, &["--log-key", &log_key], 0, ["yes", "yes", "yes", "yes"]),
        (
            "of another log",
            &with_proof,
            &["--log-key", &log_key, "--origin", "x"],
            1,
            ["yes", "yes", "yes", "no"],
        ),
        ("cut short", &bare[..1_000], &[], 1, ["no", "no", "no", "no"]),
    ];
    for (name, bytes, more, code, expected) in cases {
        let ran = desk.verify(bytes, more);
        assert_eq!((ran.code, answers(&ran)), (code, expected.map(str::to_owned)), "{name}: {}", ran.err);
    }
    let other = SignerKey::from_seed("messenger.example/desk", Kind::Note, &[9; 32]).unwrap();
    let other = other.verifier().to_string();
    let file = desk.file(&bare);
    let ran = vigie(["package", "verify", text(&file), "--service-key", &other, "--format", "json"]);
    assert_eq!((ran.code, answers(&ran)[0].as_str()), (1, "no"));

    let sheet = vigie(["package", "verify", text(&file), "--service-key", &service().verifier().to_string()]);
    for part in [
        "answers   PV 2026/17 of Parquet of Example",
        "authentic      yes",
        "in log         not given",
        "identification, 1970-01-01T00:00:00Z to 2027-01-15T08:00:00Z: 1 records of 1 accounts",
        "ports: all",
        "nothing to give, no_such_account",
        "an address is a connection, not a person",
    ] {
        assert!(sheet.out.contains(part), "{part} is not in:\n{}", sheet.out);
    }
    assert!(!sheet.out.contains("192.0.2.7") && !sheet.out.contains("+33639980001"));
    assert_eq!(vigie(["package", "verify", text(&file)]).code, 2, "nobody is trusted unasked");
    assert_eq!(desk.verify(b"", &["--log-key", "nonsense"]).code, 2);
}

#[test]
fn a_package_opens_for_its_recipient_and_only_while_it_holds() {
    let desk = Desk::new();
    let (keys, bytes) = (desk.keys(), desk.package.to_bytes());
    fs::write(keys.join("service.vkey"), service().verifier().to_string()).unwrap();
    let file = desk.file(&bytes);
    let opened = vigie(["package", "open", text(&file), "--keys", text(&keys), "--format", "json"]);
    assert_eq!(opened.code, 0, "{}{}", opened.out, opened.err);
    let lines = opened.json_lines();
    assert_eq!((lines.len(), &lines[0]["within_grant"]), (4, &"yes".into()));
    assert_eq!(lines[1]["record"]["phone_number"], "+33639980001");
    assert_eq!(lines[3]["nil"], "no_such_account");

    let out = desk.place.path().join("out");
    let written = vigie(["package", "open", text(&file), "--keys", text(&keys), "--out", text(&out)]);
    assert_eq!(written.code, 0, "{}", written.err);
    let mut names: Vec<_> = fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["grant.json", "manifest.json", "records.jsonl", "sheet.txt"]);
    for name in names {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(out.join(&name)).unwrap().permissions().mode() & 0o777, 0o600, "{name:?}");
    }
    assert_eq!(fs::read_to_string(out.join("records.jsonl")).unwrap().lines().count(), 3);
    let again = vigie(["package", "open", text(&file), "--keys", text(&keys), "--out", text(&out)]);
    assert_eq!(again.code, 2, "what was written is not written over");

    let mut changed = bytes.clone();
    let at = changed.len() - 1_700;
    changed[at] ^= 1;
    let file = desk.file(&changed);
    let refused = vigie(["package", "open", text(&file), "--keys", text(&keys)]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.out.contains("complete       NO") && !refused.out.contains("192.0.2.7"),
        "{}",
        refused.out
    );

    let file = desk.file(&bytes);
    let stranger = desk.place.path().join("stranger");
    super::keys(&stranger);
    let key = service().verifier().to_string();
    let sealed = open_as(&stranger, &file, &key);
    assert!(sealed.code == 2 && sealed.err.contains("sealed to another key"), "{}", sealed.err);
}

fn open_as(keys: &Path, file: &Path, service_key: &str) -> Ran {
    vigie(["package", "open", text(file), "--keys", text(keys), "--service-key", service_key])
}

/// What the guide says about opening a package by hand.
#[test]
fn a_package_opens_with_tar_and_its_hash_can_be_recomputed() {
    let desk = Desk::new();
    let file = desk.file(&desk.package.to_bytes());
    let place = desk.place.path();
    let untar =
        std::process::Command::new("tar").args(["-xf", text(&file), "-C", text(place)]).status().unwrap();
    assert!(untar.success());
    let listed = std::process::Command::new("tar").args(["-tf", text(&file)]).output().unwrap();
    assert_eq!(String::from_utf8(listed.stdout).unwrap(), "manifest.json\ngrant.json\nrecords.age\n");
    let sealed = fs::read(place.join("records.age")).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n"));
    let manifest = desk.package.manifest().unwrap();
    use sha2::Digest as _;
    assert_eq!(hex::encode(sha2::Sha256::digest(&sealed)), manifest.records_sha256);
}
