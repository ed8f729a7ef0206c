//! The application of one test: a database of its own, actors, a clock that stands.
//!
//! What it is: what these tests begin with, without a socket and without a decoding child, so that they are fast. What it is
//! not: the service as it runs; `vigie-testkit` has that.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

use bytes::Bytes;
use vigie_app::heavy::Heavy;
use vigie_app::intake::IntakeSettings;
use vigie_app::ledger::LedgerSettings;
use vigie_app::ports::{Answer, Decoder};
use vigie_app::tokens::NewToken;
use vigie_app::{App, Parts, Settings};
use vigie_match::{Digests, Pdq, Signal};
use vigie_media::{Examined, Limits, MediaError, Preview, PreviewSettings, examine, preview};
use vigie_model::bank::{Bank, BankEntry, BankKind, BankOrigin, CHILD_SAFETY, EntryState, Verdict};
use vigie_model::id::BankId;
use vigie_model::{Caller, ManualClock, Moment, Scope, SequentialIds};
use vigie_seal::ledger::Details;
use vigie_store::bank_entries::{self, StoredSignal};
use vigie_store::{BankChange, Store, StoreSettings, banks, tables};
use vigie_synth::{Recipe, Size, Variant};

/// The application of one test, as after its first start.
pub(crate) struct House {
    /// The use cases.
    pub(crate) app: App,
    /// Moves time.
    pub(crate) clock: Arc<ManualClock>,
    _data: tempfile::TempDir,
}

impl House {
    /// A fresh one.
    pub(crate) async fn start() -> Self {
        Self::start_with(IntakeSettings::default()).await
    }

    /// A fresh one with these settings of intake.
    pub(crate) async fn start_with(intake: IntakeSettings) -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = StoreSettings { database: None, data: data.path().to_owned() };
        let clock = Arc::new(ManualClock::at(Moment::from_unix_seconds(1_790_000_000)));
        let app = App::new(Parts {
            store: Store::open(&store).await.unwrap(),
            clock: clock.clone(),
            ids: Arc::new(SequentialIds::default()),
            heavy: Heavy::new(NonZeroUsize::MIN),
            media: Some(Arc::new(HereDecoder)),
            messengers: BTreeMap::new(),
            records: BTreeMap::new(),
            pagers: vec![],
            witnesses: vec![],
            provider: None,
            settings: Settings {
                instance: "test".into(),
                public_url: "http://localhost:8420".into(),
                evidence_url: "http://localhost:8421".into(),
                ledger: LedgerSettings::unwatched("vigie.example.org/test"),
                intake,
                retention: vigie_app::evidence::RetentionSettings::default(),
                review: vigie_app::wellbeing::ReviewSettings::default(),
                access: vigie_app::AccessSettings::LINKS_ALONE,
                disclosure: vigie_app::requests::DisclosureSettings::default(),
            },
        });
        app.enter_default_bases().await.unwrap();
        Self { app, clock, _data: data }
    }

    /// The secret of a token with these scopes.
    pub(crate) async fn token(&self, scopes: &[Scope]) -> String {
        let new = NewToken {
            name: "messenger".into(),
            scopes: scopes.to_vec(),
            entries_per_hour: 1000,
            life: None,
        };
        self.app.add_token(&Caller::operator(), new).await.unwrap().1
    }

    /// A bank of known signals, found by matching from now on.
    pub(crate) async fn know(&self, name: &str, verdict: Verdict, known: &[Signal]) -> Bank {
        let bank = Bank {
            id: BankId::fresh(&*self.app.ids),
            name: name.parse().unwrap(),
            purpose: CHILD_SAFETY.into(),
            overlay: None,
            source: "Synthetic hotline".into(),
            legal_ground: "Regulation (EU) 2022/2065, Article 16".into(),
            kind: BankKind::Known,
            origin: BankOrigin::Desk,
            distance: 31,
            verdict,
            label_scheme: "inhope".into(),
            ratio: 1.0,
            enabled: true,
            created_at: self.app.now(),
        };
        let mut tx = self.app.store.begin().await.unwrap();
        banks::insert(&mut tx, &bank).await.unwrap();
        tx.announce(BankChange::of_bank(bank.id));
        for signal in known {
            let entry = BankEntry {
                id: tx.next_number("bank_entry").await.unwrap(),
                bank: bank.id,
                source: bank.source.clone(),
                labels: vec![],
                note: None,
                original_reference: None,
                metadata: None,
                disabled_until: None,
                state: EntryState::Active,
                created_at: self.app.now(),
            };
            let stored =
                StoredSignal { kind: i64::from(signal.kind() as u8), value: signal.bytes().to_vec() };
            tx.announce(BankChange::of_entry(bank.id, entry.id));
            bank_entries::insert(&mut tx, &[(entry, vec![stored])]).await.unwrap();
        }
        let entry = Details::new(&Caller::system(), "test.known", "bank", self.app.now());
        tx.commit(&entry).await.unwrap();
        self.app.follow_changes().await.unwrap();
        bank
    }

    /// A bank that knows these very bytes.
    pub(crate) async fn know_bytes(&self, name: &str, verdict: Verdict, bytes: &[u8]) -> Bank {
        self.know(name, verdict, &[Signal::Sha256(Digests::of(bytes).sha256)]).await
    }

    /// A bank that knows this picture by its perceptual hash.
    pub(crate) async fn know_picture(&self, name: &str, verdict: Verdict, picture: &[u8]) -> Bank {
        self.know(name, verdict, &[Signal::Pdq(pdq(picture))]).await
    }

    /// Every row of every table, after counts were written.
    pub(crate) async fn rows(&self) -> tables::Rows {
        self.app.flush_counts().await.unwrap();
        tables::rows(&self.app.store).await.unwrap()
    }
}

/// A landscape, as JPEG; each number is another.
pub(crate) fn picture(number: u64) -> Vec<u8> {
    recipe(number).render().bytes
}

/// A changed copy of that landscape, whose perceptual hash is near and whose bytes are others.
pub(crate) fn copy(number: u64) -> Vec<u8> {
    recipe(number).changed(Variant::Watermarked).render().bytes
}

fn recipe(number: u64) -> Recipe {
    Recipe::original(number, Size::clamped(320, 240))
}

/// The perceptual hash of a picture.
pub(crate) fn pdq(picture: &[u8]) -> Pdq {
    examine::examine(picture, &Limits::default()).unwrap().pdq.unwrap()
}

/// Decodes in this very process: the pictures of tests are ours.
struct HereDecoder;

impl Decoder for HereDecoder {
    fn examine(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        Box::pin(std::future::ready(examine::examine(&media, &Limits::default())))
    }

    fn preview(&self, media: Bytes, settings: PreviewSettings) -> Answer<'_, Result<Preview, MediaError>> {
        Box::pin(std::future::ready(preview::preview(&media, &Limits::default(), settings)))
    }
}

/// A picture of one colour, as BMP: it says too little for a perceptual hash.
pub(crate) fn flat() -> Vec<u8> {
    const SIDE: u32 = 64;
    let pixels = SIDE * SIDE * 3;
    let mut picture = b"BM".to_vec();
    for number in [54 + pixels, 0, 54, 40, SIDE, SIDE, 1 | 24 << 16, 0, pixels, 2835, 2835, 0, 0] {
        picture.extend(number.to_le_bytes());
    }
    picture.resize(picture.len() + pixels as usize, 0x80);
    picture
}
