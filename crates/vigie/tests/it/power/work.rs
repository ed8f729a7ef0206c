//! The work that is recorded: a service from its very first start, that takes in uploads and publishes its ledger.
//!
//! It begins as after a process that was killed: shelves of the vault are there and nobody has synced them.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use vigie::clock::{SystemClock, SystemIds};
use vigie::service::{Listeners, Service, Surroundings};
use vigie::settings::Settings;
use vigie_app::App;
use vigie_app::bank_entries::{EntrySignals, NewEntry};
use vigie_app::ledger::Published;
use vigie_app::submissions::{AccountContext, Content, Context, Submission};
use vigie_app::tokens::NewToken;
use vigie_match::Signal;
use vigie_model::{Caller, Scope, Surface};
use vigie_synth::landscape::landscape;
use vigie_synth::{Encoding, Size};
use vigie_testkit::decoder;

use super::trace::ACKNOWLEDGED;
use crate::kill::people::{bank, entry, person};

/// How many rounds of uploads, and how many of them at once.
const ROUNDS: u64 = 14;
const AT_ONCE: u64 = 3;

/// So many pictures are known. Of a round, one is not.
const KNOWN: u64 = 2;

/// Entries that make the write-ahead log long enough to be taken over into the database meanwhile.
const MANY: u32 = 1_500;

pub(super) fn settings(root: &Path) -> Settings {
    let mut settings = Settings { data: root.join("data"), ..Settings::default() };
    settings.listen = ([127, 0, 0, 1], 0).into();
    settings.ledger.high_water = Some(root.join("apart/high-water"));
    settings.limits.decoding_children = 1;
    settings
}

/// This machine. The work that is due is done, or it is left alone.
pub(super) fn surroundings(works: bool) -> Surroundings {
    Surroundings { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds), decoder: decoder(), works }
}

/// Says, where the recording sees it, that somebody may rely on this.
fn acknowledge(what: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{ACKNOWLEDGED}{what}\n").as_bytes()).and_then(|()| out.flush()).unwrap();
}

pub(super) async fn work(root: &Path) {
    fs::create_dir(root.join("apart")).unwrap();
    fs::File::open(root).unwrap().sync_all().unwrap();
    leave_shelves(&root.join("data/vault"));
    let settings = settings(root);
    let listeners = Listeners::bind(&settings).await.unwrap();
    let service = Service::start(&settings, &surroundings(true), listeners).await.unwrap();
    let app = service.app();
    let known: Vec<_> = (0..KNOWN).map(picture).collect();
    make_bank(app, &known).await;
    let messenger = &messenger(app).await;
    for round in 0..ROUNDS {
        let uploads = (0..AT_ONCE).map(|number| async move {
            // Two of three are known, and each time under another name.
            let seed = if number < KNOWN { number } else { 100 + round };
            upload(app, messenger, seed, &format!("{round}-{number}")).await;
        });
        futures_util::future::join_all(uploads).await;
        publish(app).await;
    }
    service.stop().await;
    acknowledge("stopped");
}

/// What a killed process leaves: names that the disk has not been asked to keep.
fn leave_shelves(vault: &Path) {
    for shelf in 0..=u8::MAX {
        fs::create_dir_all(vault.join(format!("{shelf:02x}"))).unwrap();
    }
}

fn picture(seed: u64) -> Vec<u8> {
    landscape(seed, Size::clamped(96, 96)).encode(Encoding::Jpeg(85))
}

async fn make_bank(app: &App, known: &[Vec<u8>]) {
    let (ada, ben) = (person(app, "Ada").await, person(app, "Ben").await);
    let question = app.propose_bank(&ada, bank(), "new list").await.unwrap();
    app.approve(&ben, question.id).await.unwrap();
    let bank = app.banks(&ada).await.unwrap()[0].id;
    let others = (0..MANY).map(|number| {
        let mut digest = [7; 32];
        digest[..4].copy_from_slice(&number.to_be_bytes());
        NewEntry { signals: EntrySignals::from(vec![Signal::Sha256(digest)]), ..NewEntry::default() }
    });
    let entries: Vec<_> = known.iter().map(|picture| entry(picture)).chain(others).collect();
    let count = entries.len();
    app.add_entries(&ada, bank, entries).await.unwrap();
    acknowledge(&format!("entries {count}"));
    app.follow_changes().await.unwrap();
}

async fn messenger(app: &App) -> Caller {
    let new =
        NewToken { name: "messenger".into(), scopes: vec![Scope::Submit], entries_per_hour: 1, life: None };
    let (_, secret) = app.add_token(&Caller::operator(), new).await.unwrap();
    app.token_caller(&secret).await.unwrap()
}

async fn upload(app: &App, caller: &Caller, seed: u64, name: &str) {
    let mut upload = app.begin_upload(caller).unwrap();
    upload.push(&picture(seed)).unwrap();
    let context = Context {
        surface: Surface::PublicGroup,
        service: "messenger".into(),
        conversation: None,
        account: Some(AccountContext { id: format!("account-{}", seed % 5), name: None }),
        message_id: None,
        media_id: Some(name.to_owned()),
        sent_at: None,
        ip: None,
        port: None,
    };
    let content = Content::Media(upload.finish());
    let answer = app.submit(caller, Submission { context, content, idempotency_key: Some(name.to_owned()) });
    if let Some(id) = answer.await.unwrap().submission {
        acknowledge(&format!("submission {}", id.to_string().replace('-', "")));
    }
}

async fn publish(app: &App) {
    loop {
        match app.publish_ledger().await.unwrap() {
            Published::More => {}
            Published::Checkpoint(size) => acknowledge(&format!("checkpoint {size}")),
            Published::Nothing | Published::WaitsForWitnesses(_) => return,
        }
    }
}
