//! The publisher: what it shows, what it refuses, and how a restored backup is recognised.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex as Lock};

use vigie_model::{Caller, ManualClock, Moment, SequentialIds};
use vigie_seal::ledger::{Details, leaf_hash};
use vigie_seal::merkle::Tree;
use vigie_seal::note::Note;
use vigie_seal::witness::{self, Request};
use vigie_store::{Store, StoreSettings};

use super::*;
use crate::heavy::Heavy;
use crate::ports::{Answer, DeliveryError};
use crate::{Code, Parts, Settings};

const ORIGIN: &str = "vigie.example.org/desk1";

/// A witness in memory. Silenced, it cannot be reached.
struct FakeWitness {
    key: SignerKey,
    log: VerifierKey,
    seen: Lock<Option<Tree>>,
    silent: AtomicBool,
}

impl FakeWitness {
    fn of(app: &App) -> Arc<Self> {
        let log = app.ledger_key(ORIGIN).unwrap().verifier();
        let key = SignerKey::from_seed("witness.example.net", Kind::Cosignature, &[9; 32]).unwrap();
        Arc::new(Self { key, log, seen: Lock::default(), silent: AtomicBool::new(false) })
    }

    fn answer(&self, body: &str) -> (u16, String) {
        let mut seen = self.seen.lock().unwrap();
        let request = Request::read(body.as_bytes());
        let decided = request.and_then(|request| {
            let tree = witness::decide(&request, std::slice::from_ref(&self.log), *seen)?;
            *seen = Some(tree);
            Ok(format!("{}\n", self.key.sign(request.note.text(), 1_790_000_000)))
        });
        match decided {
            Ok(lines) => (200, lines),
            Err(witness::Refusal::Stale(size)) => (409, format!("{size}\n")),
            Err(refusal) => (refusal.status(), String::new()),
        }
    }
}

impl WitnessServer for FakeWitness {
    fn add_checkpoint(&self, body: String) -> Answer<'_, Result<(u16, String), DeliveryError>> {
        let answer = if self.silent.load(Ordering::Relaxed) {
            Err(DeliveryError::later("no connection"))
        } else {
            Ok(self.answer(&body))
        };
        Box::pin(std::future::ready(answer))
    }
}

/// A place on disk, and processes that run on it.
struct Place {
    folder: tempfile::TempDir,
    high_water: Option<PathBuf>,
    needed: usize,
    witness: Option<Arc<FakeWitness>>,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), high_water: None, needed: 0, witness: None }
    }

    fn with_mark() -> Self {
        let mut place = Self::new();
        place.high_water = Some(place.folder.path().join("mark"));
        place
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn open(&self) -> App {
        let store = Store::open(&StoreSettings { database: None, data: self.data() }).await.unwrap();
        let witness = self.witness.clone();
        let witnesses = witness.map(|witness| Witness { key: witness.key.verifier(), server: witness });
        let ledger = LedgerSettings {
            origin: ORIGIN.into(),
            high_water: self.high_water.clone(),
            witnesses_needed: self.needed,
        };
        App::new(Parts {
            store,
            clock: Arc::new(ManualClock::at(Moment::from_unix_seconds(1_790_000_000))),
            ids: Arc::new(SequentialIds::default()),
            heavy: Heavy::new(NonZeroUsize::MIN),
            media: None,
            messengers: BTreeMap::new(),
            records: BTreeMap::new(),
            pagers: vec![],
            witnesses: witnesses.into_iter().collect(),
            provider: None,
            settings: Settings {
                instance: "test".into(),
                public_url: "http://localhost:8420".into(),
                evidence_url: "http://localhost:8421".into(),
                ledger,
                intake: crate::intake::IntakeSettings::default(),
                retention: crate::evidence::RetentionSettings::default(),
                review: crate::wellbeing::ReviewSettings { reread_percent: 0, ..Default::default() },
                access: crate::AccessSettings::LINKS_ALONE,
                disclosure: crate::requests::DisclosureSettings::default(),
            },
        })
    }

    /// Copies the database, as a backup of it does.
    fn copy(&self, from: &str, to: &str) {
        for ending in ["", "-wal", "-shm"] {
            let name = |base: &str| self.data().join(format!("{base}{ending}"));
            match std::fs::copy(name(from), name(to)) {
                Ok(_) => {}
                Err(_) => drop(std::fs::remove_file(name(to))),
            }
        }
    }
}

async fn write(app: &App, entries: usize) {
    for number in 0..entries {
        let details =
            Details::new(&Caller::operator(), "settings.changed", format!("number:{number}"), app.now());
        app.store.begin().await.unwrap().commit(&details).await.unwrap();
    }
}

/// Publishes until nothing is left to do. The size that is shown comes back.
async fn publish(app: &App) -> Result<u64> {
    while matches!(app.publish_ledger().await?, Published::More | Published::Checkpoint(_)) {}
    Ok(app.ledger_state(&Caller::operator()).await?.published.map_or(0, |published| published.size))
}

#[tokio::test]
async fn what_is_committed_is_published_verified_and_proven() {
    let place = Place::new();
    let app = place.open().await;
    assert_eq!(app.publish_ledger().await.unwrap(), Published::Nothing);
    assert_eq!(app.log_file("checkpoint").await.unwrap(), None);
    let early = app.verify_ledger(&Caller::operator()).await;
    assert_eq!(early.unwrap_err().code(), Code::ProofPending);

    write(&app, 300).await;
    assert_eq!(publish(&app).await.unwrap(), 300);
    let verification = app.verify_ledger(&Caller::operator()).await.unwrap();
    let report = verification.verdict.unwrap();
    assert_eq!(
        (report.checkpoint.origin.as_str(), report.checkpoint.tree.size, report.tiles),
        (ORIGIN, 300, 3)
    );

    // Every partial tile of a published size stays served, whatever came after.
    for path in ["tile/0/000.p/7", "tile/entries/001.p/1", "tile/1/000.p/1"] {
        assert!(matches!(app.log_file(path).await.unwrap(), Some(LogFile::Tile(_))), "{path}");
    }
    for path in ["tile/0/001", "tile/0/001.p/45", "tile/2/000.p/1", "tile/0/1", "vkey", "../checkpoint"] {
        assert_eq!(app.log_file(path).await.unwrap(), None, "{path}");
    }

    let proof = app.prove_entry(&Caller::operator(), 256).await.unwrap();
    let Some(LogFile::Tile(bundle)) = app.log_file("tile/entries/001.p/44").await.unwrap() else { panic!() };
    let (entry, _) = vigie_seal::tile::take_entry(&bundle).unwrap();
    let key = app.ledger_verifier().await.unwrap();
    assert!(proof.verify(&leaf_hash(entry), &key, ORIGIN).is_ok());
    assert!(app.prove_entry(&Caller::operator(), 300).await.is_err());
    let stranger = Caller { kind: vigie_model::access::CallerKind::Loopback, ..Caller::operator() };
    assert_eq!(app.prove_entry(&stranger, 0).await.unwrap_err().code(), Code::Forbidden);
}

#[tokio::test]
async fn a_restored_backup_is_recognised_by_the_mark_and_goes_on_in_a_new_epoch() {
    let place = Place::with_mark();
    let app = place.open().await;
    write(&app, 3).await;
    publish(&app).await.unwrap();
    app.store.close().await;
    place.copy("vigie.db", "backup");
    let app = place.open().await;
    write(&app, 2).await;
    assert_eq!(publish(&app).await.unwrap(), 5);
    app.store.close().await;

    place.copy("backup", "vigie.db");
    let app = place.open().await;
    write(&app, 1).await;
    let refused = publish(&app).await.unwrap_err();
    assert_eq!(refused.code(), Code::LedgerForked);
    assert!(refused.detail().contains("knows 5 entries, and the database has 4"), "{refused}");
    let state = app.ledger_state(&Caller::operator()).await.unwrap();
    assert!(matches!(state.fork, Some(Fork::Behind { signed: 5, here: 4, .. })));
    // Having caught up does not help: it is another ledger.
    write(&app, 3).await;
    assert_eq!(publish(&app).await.unwrap_err().code(), Code::LedgerForked);
    let state = app.ledger_state(&Caller::operator()).await.unwrap();
    assert!(matches!(state.fork, Some(Fork::Different { size: 5, .. })), "{:?}", state.fork);
    assert_eq!(state.published.unwrap().size, 3, "nothing was signed");

    let operator = Caller::operator();
    assert_eq!(app.open_ledger_epoch(&operator, " ", None).await.unwrap_err().code(), Code::InvalidValue);
    let epoch = app.open_ledger_epoch(&operator, "the disk of Friday was restored", None).await.unwrap();
    assert_eq!((epoch.origin.as_str(), epoch.first_seq), ("vigie.example.org/desk1/epoch2", 7));
    assert_eq!(publish(&app).await.unwrap(), 1);
    let Some(LogFile::Tile(bundle)) = app.log_file("tile/entries/000.p/1").await.unwrap() else { panic!() };
    let (entry, _) = vigie_seal::tile::take_entry(&bundle).unwrap();
    let entry: serde_json::Value = serde_json::from_slice(entry).unwrap();
    let quoted = entry["opens"]["quotes"].as_str().unwrap();
    assert!(quoted.starts_with(&format!("{ORIGIN}\n5\n")), "{quoted}");
    assert!(app.verify_ledger(&operator).await.unwrap().verdict.is_ok());
    assert!(app.prove_entry(&operator, 3).await.is_err(), "it stands in the log of the first epoch");
    app.prove_entry(&operator, 7).await.unwrap();

    // A copy from before the epoch does not know its origin.
    app.store.close().await;
    place.copy("backup", "vigie.db");
    let refused = publish(&place.open().await).await.unwrap_err();
    assert!(refused.detail().contains("which this database does not know"), "{refused}");
}

#[tokio::test]
async fn a_mark_that_is_not_ours_stops_the_signing() {
    let place = Place::with_mark();
    let app = place.open().await;
    write(&app, 1).await;
    std::fs::write(place.high_water.as_deref().unwrap(), "nonsense").unwrap();
    assert!(publish(&app).await.unwrap_err().detail().contains("cannot be relied on"));
    assert_eq!(app.log_file("checkpoint").await.unwrap(), None);
}

#[tokio::test]
async fn a_restored_backup_is_recognised_by_a_witness() {
    let mut place = Place::new();
    place.witness = Some(FakeWitness::of(&place.open().await));
    let app = place.open().await;
    write(&app, 3).await;
    assert_eq!(publish(&app).await.unwrap(), 3);
    app.store.close().await;
    place.copy("vigie.db", "backup");
    let app = place.open().await;
    write(&app, 2).await;
    publish(&app).await.unwrap();
    app.store.close().await;

    place.copy("backup", "vigie.db");
    let app = place.open().await;
    write(&app, 9).await;
    let refused = publish(&app).await.unwrap_err();
    assert_eq!(refused.code(), Code::LedgerForked);
    assert!(refused.detail().contains("witness.example.net knows 5 entries"), "{refused}");
    let seen = place.witness.as_ref().unwrap().seen.lock().unwrap().unwrap();
    assert_eq!(seen.size, 5, "the witness was not asked to cosign the fork");
}

#[tokio::test]
async fn a_checkpoint_that_needs_a_witness_waits_for_it_even_over_a_restart() {
    let mut place = Place::new();
    let witness = FakeWitness::of(&place.open().await);
    (place.witness, place.needed) = (Some(witness.clone()), 1);
    witness.silent.store(true, Ordering::Relaxed);
    let app = place.open().await;
    write(&app, 2).await;
    assert_eq!(app.publish_ledger().await.unwrap(), Published::WaitsForWitnesses(2));
    assert_eq!(app.log_file("checkpoint").await.unwrap(), None);
    app.store.close().await;

    witness.silent.store(false, Ordering::Relaxed);
    let app = place.open().await;
    assert_eq!(publish(&app).await.unwrap(), 2);
    let Some(LogFile::Checkpoint(note)) = app.log_file("checkpoint").await.unwrap() else { panic!() };
    let note = Note::read(note.as_bytes()).unwrap();
    let keys = [witness.key.verifier(), app.ledger_verifier().await.unwrap()];
    assert_eq!(note.verify(&keys).unwrap().len(), 2);
    write(&app, 300).await;
    assert_eq!(publish(&app).await.unwrap(), 302, "it grows under the eyes of the witness");
    assert_eq!(witness.seen.lock().unwrap().unwrap().size, 302);
}

#[tokio::test]
async fn two_processes_on_one_database_sign_one_log() {
    let place = Place::with_mark();
    let (one, other) = (place.open().await, place.open().await);
    for round in 1..8 {
        write(&one, 1).await;
        write(&other, 1).await;
        let (first, second) = tokio::join!(publish(&one), publish(&other));
        assert_eq!((first.unwrap(), second.unwrap()), (round * 2, round * 2));
    }
    assert!(one.verify_ledger(&Caller::operator()).await.unwrap().verdict.is_ok());
    let mark = std::fs::read_to_string(Path::new(place.high_water.as_deref().unwrap())).unwrap();
    assert!(mark.starts_with(&format!("{ORIGIN}\n14\n")), "{mark}");
}
