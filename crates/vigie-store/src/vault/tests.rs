//! Objects and keys in a folder.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

const ID: BlobId = BlobId(uuid::Uuid::from_u128(7));

fn march() -> Period {
    "2027-03".parse().unwrap()
}

#[test]
fn what_is_kept_is_sealed_and_opens_again() {
    let data = tempfile::tempdir().unwrap();
    Vault::open(data.path()).unwrap().put(ID, march(), b"a lake at dusk").unwrap();

    let reopened = Vault::open(data.path()).unwrap();
    assert_eq!(reopened.get(ID, march()).unwrap(), b"a lake at dusk");
    let listed = reopened.list().unwrap();
    assert_eq!(listed.iter().map(|one| (one.id, one.period)).collect::<Vec<_>>(), [(ID, march())]);
    let raw = fs::read(data.path().join(Vault::file(ID, march()))).unwrap();
    assert!(raw.starts_with(b"age-encryption.org/v1"));
    assert!(!raw.windows(4).any(|window| window == b"lake"));
    reopened.remove(ID, march()).unwrap();
    assert!(reopened.get(ID, march()).is_err());
    reopened.remove(ID, march()).unwrap();
}

#[test]
fn each_period_has_a_key_of_its_own_and_without_it_nothing_opens() {
    let data = tempfile::tempdir().unwrap();
    let vault = Vault::open(data.path()).unwrap();
    let (april, other) = (march().later(1), BlobId(uuid::Uuid::from_u128(8)));
    vault.put(ID, march(), b"a lake").unwrap();
    vault.put(other, april, b"a hill").unwrap();
    let key = data.path().join("keyring/vault/2027-03.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(key.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    let sealed = fs::read(data.path().join(Vault::file(ID, march()))).unwrap();
    assert!(age::decrypt(&vault.0.keys.existing(april).unwrap(), &sealed).is_err());

    vault.shred(march()).unwrap();
    assert!(!key.exists());
    assert!(matches!(vault.get(ID, march()), Err(StoreError::NoKey(period)) if period == march()));
    assert_eq!(vault.get(other, april).unwrap(), b"a hill");
    vault.shred(march()).unwrap();
}

#[test]
fn a_key_is_overwritten_before_its_name_goes() {
    let data = tempfile::tempdir().unwrap();
    let vault = Vault::open(data.path()).unwrap();
    vault.put(ID, march(), b"a lake").unwrap();
    // Another name of the same bytes on the disk shows what became of them.
    let (key, witness) = (vault.key_file(march()), data.path().join("witness"));
    fs::hard_link(&key, &witness).unwrap();
    let before = fs::read(&witness).unwrap();
    assert!(before.starts_with(b"AGE-SECRET-KEY-1"));
    vault.shred(march()).unwrap();
    assert_eq!(fs::read(&witness).unwrap(), vec![0; before.len()]);
}

#[test]
fn a_folder_with_the_one_key_of_before_goes_on_opening_what_it_sealed() {
    let data = tempfile::tempdir().unwrap();
    let keyring = data.path().join(KEYRING);
    make_folder(&keyring).unwrap();
    let identity = age::x25519::Identity::generate();
    let secret = age::secrecy::ExposeSecret::expose_secret(&identity.to_string()).to_owned();
    fs::write(keyring.join("vault.key"), secret).unwrap();
    let shelf = data.path().join("vault/07");
    make_folder(&shelf).unwrap();
    let sealed = age::encrypt(&identity.to_public(), b"a lake at dusk").unwrap();
    fs::write(shelf.join(format!("{ID}.age")), sealed).unwrap();

    let vault = Vault::open(data.path()).unwrap();
    assert_eq!(vault.list().unwrap()[0].period, Period::Legacy);
    assert_eq!(vault.get(ID, Period::Legacy).unwrap(), b"a lake at dusk");
    let fresh = Vault::open(tempfile::tempdir().unwrap().path()).unwrap();
    assert!(fresh.put(ID, Period::Legacy, b"new").is_err(), "the one key is never made again");
}

#[test]
fn what_was_never_finished_is_no_object_and_goes_away_by_its_age() {
    let data = tempfile::tempdir().unwrap();
    let vault = Vault::open(data.path()).unwrap();
    vault.put(ID, march(), b"a lake at dusk").unwrap();
    let finished = vault.path(ID, march());
    let unfinished = finished.with_extension(format!("0a.{UNFINISHED}"));
    fs::write(&unfinished, b"half").unwrap();
    let written = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000);
    File::options().write(true).open(&unfinished).unwrap().set_modified(written).unwrap();

    vault.remove_unfinished(Moment::from_unix_seconds(1_000)).unwrap();
    assert!(unfinished.exists(), "it is not old enough");
    vault.remove_unfinished(Moment::from_unix_seconds(1_001)).unwrap();
    assert!(!unfinished.exists());
    assert!(finished.exists());
    assert_eq!(vault.list().unwrap().len(), 1);
}
