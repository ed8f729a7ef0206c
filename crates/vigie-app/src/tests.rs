//! The spine at work: people, links, sessions, and a bank made by two people.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use vigie_media::{Container, Ended, Examined, Limits, MediaError, Preview, PreviewSettings, Watched};
use vigie_model::access::CallerKind;
use vigie_model::bank::{BankKind, CHILD_SAFETY, Verdict};
use vigie_model::id::TokenId;
use vigie_model::{Caller, ManualClock, Moment, Role, Scope, SequentialIds};
use vigie_store::{Store, StoreSettings, tables};

use crate::banks::NewBank;
use crate::heavy::Heavy;
use crate::ledger::LedgerSettings;
use crate::ports::{AccountRecords, Answer, Decoder, Messenger};
use crate::records::InProcess;
use crate::requests::tests::{FakeRecords, Interrupted, RECORDS};
use crate::{App, Code, Parts, Settings};

pub(crate) mod authenticator;
pub(crate) mod desk;
mod machines;
pub(crate) mod messenger;

use messenger::{FakeMessenger, FakePager, SERVICE};

pub(crate) struct House {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) messenger: Arc<FakeMessenger>,
    pub(crate) pager: Arc<FakePager>,
    data: tempfile::TempDir,
}

pub(crate) async fn house() -> House {
    let data = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Moment::from_unix_seconds(1_790_000_000)));
    let (messenger, pager) = (Arc::new(FakeMessenger::default()), Arc::new(FakePager::default()));
    let app = process(&data, clock.clone(), Some(messenger.clone()), pager.clone()).await;
    House { app, clock, messenger, pager, data }
}

async fn process(
    data: &tempfile::TempDir,
    clock: Arc<ManualClock>,
    messenger: Option<Arc<FakeMessenger>>,
    pager: Arc<FakePager>,
) -> App {
    App::new(parts(data, clock, messenger, pager).await)
}

async fn parts(
    data: &tempfile::TempDir,
    clock: Arc<ManualClock>,
    messenger: Option<Arc<FakeMessenger>>,
    pager: Arc<FakePager>,
) -> Parts {
    let store = Store::open(&StoreSettings { database: None, data: data.path().to_owned() }).await.unwrap();
    let messenger = messenger.map(|messenger| (SERVICE.to_owned(), messenger as Arc<dyn Messenger>));
    Parts {
        store,
        clock,
        ids: Arc::new(SequentialIds::default()),
        heavy: Heavy::new(NonZeroUsize::MIN),
        media: Some(Arc::new(HereDecoder)),
        messengers: BTreeMap::from_iter(messenger),
        records: BTreeMap::from([(
            RECORDS.to_owned(),
            Arc::new(Interrupted(InProcess(FakeRecords))) as Arc<dyn AccountRecords>,
        )]),
        pagers: vec![pager],
        witnesses: vec![],
        provider: None,
        settings: Settings {
            instance: "test".into(),
            public_url: "http://localhost:8420".into(),
            evidence_url: "http://localhost:8421".into(),
            ledger: LedgerSettings::unwatched("vigie.example.org/test"),
            intake: crate::intake::IntakeSettings::default(),
            retention: crate::evidence::RetentionSettings::default(),
            review: crate::wellbeing::ReviewSettings { reread_percent: 0, ..Default::default() },
            access: crate::AccessSettings::LINKS_ALONE,
            disclosure: crate::requests::DisclosureSettings {
                services: vec![RECORDS.into()],
                addressees: vec!["Messenger".into()],
                ..Default::default()
            },
        },
    }
}

/// Decodes in this very process: the pictures of these tests are ours.
struct HereDecoder;

impl Decoder for HereDecoder {
    fn examine(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        let done = vigie_media::examine::examine(&media, &Limits::default());
        Box::pin(std::future::ready(done))
    }

    fn first_pass(&self, media: Bytes) -> Answer<'_, Result<Examined, MediaError>> {
        Box::pin(std::future::ready(vigie_media::examine::first_pass(&media, &Limits::default())))
    }

    fn preview(&self, media: Bytes, settings: PreviewSettings) -> Answer<'_, Result<Preview, MediaError>> {
        let done = vigie_media::preview::preview(&media, &Limits::default(), settings);
        Box::pin(std::future::ready(done))
    }

    /// The videos of these tests are the head of one and vPDQ's text form; any other cannot be decoded.
    fn watch(&self, media: Bytes) -> Answer<'_, Result<Watched, MediaError>> {
        let text = media.strip_prefix(VIDEO).and_then(|text| std::str::from_utf8(text).ok());
        let cut = text.is_some_and(|text| text.ends_with("cut"));
        let vpdq = text.and_then(|text| text.trim_end_matches("cut").parse().ok());
        let watched = vpdq.map(|vpdq| Watched {
            container: Container::Mp4,
            width: 320,
            height: 240,
            duration: None,
            vpdq,
            ended: if cut { Ended::OutOfTime } else { Ended::AtItsEnd },
        });
        Box::pin(std::future::ready(watched.ok_or(MediaError::NoVideoDecoder)))
    }
}

/// What a video of these tests begins with.
pub(crate) const VIDEO: &[u8] = b"\0\0\0\x18ftypisom\n";

/// A machine with a token of these scopes.
pub(crate) fn machine(number: u128, scopes: &[Scope]) -> Caller {
    Caller {
        kind: CallerKind::Token(TokenId(uuid::Uuid::from_u128(number))),
        name: "messenger".into(),
        roles: vec![],
        scopes: scopes.to_vec(),
    }
}

impl House {
    /// The data folder.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.data.path()
    }

    /// Every row of every table, after counts were written.
    pub(crate) async fn rows(&self) -> tables::Rows {
        self.app.flush_counts().await.unwrap();
        tables::rows(&self.app.store).await.unwrap()
    }

    /// Another process on the same store.
    pub(crate) async fn second_process(&self) -> App {
        process(&self.data, self.clock.clone(), Some(self.messenger.clone()), self.pager.clone()).await
    }

    /// Another process on the same store, whose uploads are hashed by the first pass.
    pub(crate) async fn process_with_first_pass(&self) -> App {
        self.process_set(|settings| settings.intake.first_pass = true).await
    }

    /// Another process on the same store, with these rules of review.
    pub(crate) async fn process_with_review(&self, review: crate::wellbeing::ReviewSettings) -> App {
        self.process_set(|settings| settings.review = review).await
    }

    /// Another process on the same store, under other rules about who proves what.
    pub(crate) async fn process_with_access(&self, access: crate::AccessSettings) -> App {
        self.process_set(|settings| settings.access = access).await
    }

    /// Another process on the same store, with settings of its own.
    pub(crate) async fn process_set(&self, set: impl FnOnce(&mut crate::Settings)) -> App {
        let (messenger, pager) = (Some(self.messenger.clone()), self.pager.clone());
        let mut parts = parts(&self.data, self.clock.clone(), messenger, pager).await;
        set(&mut parts.settings);
        App::new(parts)
    }

    /// Another process on the same store, that no messenger is connected to.
    pub(crate) async fn process_without_messenger(&self) -> App {
        process(&self.data, self.clock.clone(), None, self.pager.clone()).await
    }

    pub(crate) async fn person(&self, name: &str, role: Role) -> Caller {
        self.app.add_person(&Caller::operator(), name, &[role]).await.unwrap();
        self.again(name).await
    }

    /// A person who was added before signs in anew.
    pub(crate) async fn again(&self, name: &str) -> Caller {
        let mut reader = self.app.store.read().await.unwrap();
        let person = vigie_store::people::find_by_name(&mut reader, name).await.unwrap().unwrap();
        drop(reader);
        let link = self.app.make_sign_in_link(&Caller::operator(), person.id).await.unwrap();
        let secret = link.rsplit('/').next().unwrap();
        let session = self.app.sign_in(secret, "test").await.unwrap();
        self.app.signed_in(&session).await.unwrap().caller
    }
}

pub(crate) fn bank() -> NewBank {
    NewBank {
        name: "KNOWN_LANDSCAPES".parse().unwrap(),
        purpose: CHILD_SAFETY.into(),
        overlay: None,
        source: "Synthetic hotline".into(),
        legal_ground: "DSA Article 16".into(),
        kind: BankKind::Known,
        distance: 31,
        verdict: Verdict::Block,
        label_scheme: "inhope".into(),
    }
}

#[tokio::test]
async fn a_sign_in_link_opens_one_session_and_sessions_end() {
    let house = house().await;
    let person = house.app.add_person(&Caller::operator(), "Ada", &[Role::Reviewer]).await.unwrap();
    let link = house.app.make_sign_in_link(&Caller::operator(), person.id).await.unwrap();
    let secret = link.strip_prefix("http://localhost:8420/sign-in/").unwrap();

    let session = house.app.sign_in(secret, "test").await.unwrap();
    assert_eq!(house.app.sign_in(secret, "test").await.unwrap_err().code(), Code::LinkSpent);
    assert_eq!(house.app.signed_in(&session).await.unwrap().person.name, "Ada");

    house.clock.advance(Duration::from_secs(31 * 60));
    assert_eq!(house.app.signed_in(&session).await.unwrap_err().code(), Code::NotSignedIn);
}

#[tokio::test]
async fn what_a_stranger_guesses_is_refused_without_waiting_for_who_writes() {
    let house = house().await;
    let writing = house.app.store.begin().await.unwrap();
    let link = house.app.sign_in("a guess", "browser").await.unwrap_err();
    assert_eq!(link.code(), Code::LinkSpent);
    let ticket = house.app.redeem_preview("a guess").await.unwrap_err();
    assert_eq!(ticket.code(), Code::LinkSpent);
    let passkey = house.app.finish_passkey_sign_in("a guess", "{}", "browser").await.unwrap_err();
    assert_eq!(passkey.code(), Code::PasskeyRefused);
    drop(writing);
}

#[tokio::test]
async fn a_bank_is_made_by_two_people_and_only_once() {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let ben = house.person("Ben", Role::SeniorReviewer).await;
    let eve = house.person("Eve", Role::Reviewer).await;

    let refused = house.app.propose_bank(&eve, bank(), "new list").await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    let question = house.app.propose_bank(&ada, bank(), "new list").await.unwrap();
    assert!(house.app.banks(&ada).await.unwrap().is_empty());
    assert_eq!(house.app.approve(&ada, question.id).await.unwrap_err().code(), Code::SamePerson);
    assert_eq!(house.app.approve(&eve, question.id).await.unwrap_err().code(), Code::Forbidden);
    house.app.approve(&ben, question.id).await.unwrap();
    assert_eq!(house.app.banks(&ada).await.unwrap().len(), 1);
    assert_eq!(house.app.approve(&ben, question.id).await.unwrap_err().code(), Code::WrongState);
}

#[tokio::test]
async fn a_question_lapses() {
    let house = house().await;
    let ada = house.person("Ada", Role::SeniorReviewer).await;
    let question = house.app.propose_bank(&ada, bank(), "new list").await.unwrap();
    house.clock.advance(Duration::from_secs(73 * 60 * 60));
    let ben = house.person("Ben", Role::SeniorReviewer).await;
    assert_eq!(house.app.approve(&ben, question.id).await.unwrap_err().code(), Code::ApprovalExpired);
}
