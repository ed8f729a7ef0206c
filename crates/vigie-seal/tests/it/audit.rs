//! What our auditor accepts, what it refuses, and what it says.

use vigie_seal::audit::{AuditError, Questions};
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::ledger::leaf_hash;
use vigie_seal::merkle::{self, Hash};
use vigie_seal::note::{Kind, Note, SignerKey};
use vigie_seal::proof::EntryProof;

use crate::log::{Log, ORIGIN, entry, key};

pub(crate) fn proof(log: &Log, index: u64, size: u64) -> EntryProof {
    let leaves: Vec<Hash> = (0..size).map(|number| leaf_hash(&entry(number))).collect();
    let span = |span: merkle::Span| merkle::root_of(&leaves[span.start as usize..span.end as usize]);
    let hashes = merkle::inclusion(index, size).into_iter().map(span).collect();
    EntryProof { extra: None, index, hashes, checkpoint: log.checkpoint() }
}

#[test]
fn logs_around_every_edge_of_a_tile_are_accepted() {
    for size in [0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000] {
        let report = Log::of(size).audit().unwrap();
        assert_eq!(report.checkpoint.tree.size, size);
        assert_eq!(report.tiles, vigie_seal::tile::files_of(size).count() as u64 - size.div_ceil(256));
    }
}

#[test]
fn an_earlier_checkpoint_shows_growth_and_a_rewritten_log() {
    let mut log = Log::of(600);
    for size in [0, 1, 256, 599, 600] {
        let old = Some(Log::of(size).checkpoint().into_bytes());
        let questions = Questions { old, ..Questions::about(key().verifier()) };
        assert_eq!(log.answer(&questions).unwrap().extends, Some(size));
    }
    let asked = |old: &Log| Questions {
        old: Some(old.checkpoint().into_bytes()),
        ..Questions::about(key().verifier())
    };
    let went_back = log.answer(&asked(&Log::of(601)));
    assert!(matches!(went_back, Err(AuditError::WentBack { was: 601, is: 600 })));
    let other = Log::from_entries((0..300).map(|number| entry(number + u64::from(number == 7))));
    assert!(matches!(log.answer(&asked(&other)), Err(AuditError::Rewritten(300))));
    let questions = Questions { old: Some(b"nothing".to_vec()), ..asked(&other) };
    assert!(matches!(log.answer(&questions), Err(AuditError::Old(_))));
}

#[test]
fn a_proof_of_an_earlier_size_holds_in_the_log_that_grew() {
    let mut log = Log::of(600);
    let asked = |proof| Questions { proof: Some(proof), ..Questions::about(key().verifier()) };
    let good = proof(&Log::of(300), 123, 300);
    let report = log.answer(&asked(good.clone())).unwrap();
    assert_eq!(report.proven, Some((123, leaf_hash(&entry(123)))));
    let other = EntryProof { index: 124, ..good.clone() };
    assert!(matches!(log.answer(&asked(other)), Err(AuditError::Proof(_))));
    let later = proof(&Log::of(700), 650, 700);
    assert!(matches!(log.answer(&asked(later)), Err(AuditError::ProofElsewhere(700))));
    let mut forged = Log::from_entries((0..300).map(|number| entry(number + u64::from(number == 7))));
    let elsewhere = EntryProof { checkpoint: forged.checkpoint(), ..good };
    assert!(log.answer(&asked(elsewhere)).is_err());
    assert!(forged.audit().is_ok(), "alone it looks right: that is why earlier checkpoints are kept");
}

#[test]
fn witnesses_are_named_and_their_forgeries_refused() {
    let mut log = Log::of(5);
    let witness = SignerKey::from_seed("witness.example.org", Kind::Cosignature, &[3; 32]).unwrap();
    let questions = Questions { witnesses: vec![witness.verifier()], ..Questions::about(key().verifier()) };
    assert!(log.answer(&questions).unwrap().cosigned_by.is_empty());

    let mut note = Note::read(log.checkpoint().as_bytes()).unwrap();
    note.add(witness.sign(note.text(), 1_700_000_000));
    log.files.insert("checkpoint".into(), note.to_string().into_bytes());
    assert_eq!(log.answer(&questions).unwrap().cosigned_by, ["witness.example.org"]);

    note.add(witness.sign("another\n", 1_700_000_000));
    log.files.insert("checkpoint".into(), note.to_string().into_bytes());
    assert!(matches!(log.answer(&questions), Err(AuditError::Checkpoint(_))));
}

#[test]
fn what_is_missing_or_too_much_is_named() {
    let broken = |damage: &dyn Fn(&mut Log)| {
        let mut log = Log::of(300);
        damage(&mut log);
        log.audit().unwrap_err().to_string()
    };
    assert_eq!(broken(&|log| drop(log.files.remove("checkpoint"))), "checkpoint is missing");
    assert_eq!(broken(&|log| drop(log.files.remove("tile/1/000.p/1"))), "tile/1/000.p/1 is missing");
    let path = "tile/entries/001.p/44";
    assert_eq!(broken(&|log| drop(log.files.remove(path))), format!("{path} is missing"));
    let longer = broken(&|log| log.files.get_mut(path).unwrap().extend([0, 0]));
    assert_eq!(longer, format!("{path} goes on after its last entry"));
    let shorter = broken(&|log| log.files.get_mut(path).unwrap().truncate(100));
    assert_eq!(shorter, format!("{path} does not hold entry 257 as it should"));
    let changed = broken(&|log| log.files.get_mut("tile/0/000").unwrap()[32 * 7] ^= 1);
    assert_eq!(changed, "tile/0/000 does not follow from the entries: entry 7 differs");
}

#[test]
fn a_full_tile_stands_for_the_partial_one_that_was_dropped() {
    let (mut log, grown) = (Log::of(300), Log::of(512));
    for (partial, full) in [("tile/0/001.p/44", "tile/0/001"), ("tile/entries/001.p/44", "tile/entries/001")]
    {
        log.files.remove(partial);
        log.files.insert(full.into(), grown.files[full].clone());
    }
    assert!(log.audit().is_ok());
}

#[test]
fn another_key_or_origin_is_refused() {
    let mut log = Log::of(5);
    let other = SignerKey::from_seed(ORIGIN, Kind::Note, &[1; 32]).unwrap();
    assert!(matches!(log.answer(&Questions::about(other.verifier())), Err(AuditError::Checkpoint(_))));
    let questions = Questions { origin: "example.org/other".into(), ..Questions::about(key().verifier()) };
    assert!(matches!(log.answer(&questions), Err(AuditError::Checkpoint(_))));
    let read = Checkpoint::read(&format!("{ORIGIN}\n05\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"));
    assert!(read.is_err(), "a number is written in one way");
}
