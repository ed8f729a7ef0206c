//! What the ledger costs a service at work: the share of an append in a submission with a hit, and how long a checkpoint
//! lags behind what was answered.
//!
//! What it is: a whole service in this process, on SQLite with every write synced, that is sent pictures of 512×512 which
//! are known, one after the other over loopback. What it is not: a load; see `load.rs`.
//!
//! `cargo run --release -p vigie --example ledger_cost [SUBMISSIONS]`, after
//! `cargo build --release -p vigie-media --bin vigie-decode-child`. The last line of the output is one JSON object.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use vigie_match::Digests;
use vigie_model::{Caller, Moment, Scope, Surface};
use vigie_seal::checkpoint::Checkpoint;
use vigie_seal::ledger::Details;
use vigie_seal::note::Note;
use vigie_store::counts::{DayCount, Tally};
use vigie_store::{Store, StoreSettings, counts};
use vigie_synth::landscape::landscape;
use vigie_synth::picture::{Encoding, Size};
use vigie_testkit::{House, Plan, Visitor};

/// How many pictures are sent in turn.
const PICTURES: u64 = 32;
/// The pause between two questions for the newest checkpoint.
const PAUSE: Duration = Duration::from_millis(5);
/// No checkpoint comes later than this, or something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let submissions: usize = std::env::args().nth(1).as_deref().unwrap_or("300").parse()?;
    let (mut answered, mut lags) = submit(submissions).await;
    let (with_entry, without) = commits(submissions).await?;
    let append = with_entry.saturating_sub(without);
    let hit = quantile(&mut answered, 0.5);
    println!(
        "{}",
        json!({
            "submissions": submissions,
            "hit_p50_us": hit.as_micros(),
            "commit_with_entry_us": with_entry.as_micros(),
            "commit_without_us": without.as_micros(),
            "append_share": append.as_secs_f64() / hit.as_secs_f64(),
            "lag_p50_ms": quantile(&mut lags, 0.5).as_millis(),
            "lag_p99_ms": quantile(&mut lags, 0.99).as_millis(),
        })
    );
    Ok(())
}

/// Sends known pictures one by one. How long each answer took, and how long after it the checkpoint had its entry.
async fn submit(submissions: usize) -> (Vec<Duration>, Vec<Duration>) {
    let house = House::of(Plan { works: true, ..Plan::default() }).await;
    let pictures: Vec<Vec<u8>> = (0..PICTURES)
        .map(|seed| landscape(seed, Size::clamped(512, 512)).encode(Encoding::Jpeg(85)))
        .collect();
    let by_digest = |bytes: &Vec<u8>| json!({ "sha256": hex::encode(Digests::of(bytes).sha256) });
    house.know(pictures.iter().map(by_digest).collect()).await;
    let messenger = house.machine(&[Scope::Submit]).await;
    let (mut answered, mut lags) = (Vec::new(), Vec::new());
    for (number, picture) in pictures.iter().cycle().take(submissions).enumerate() {
        let request = messenger.request(Method::POST, "/api/v1/submissions").multipart(form(number, picture));
        let began = Instant::now();
        let reply = messenger.send(request).await;
        let done = Instant::now();
        assert!(reply.json()["verdict"] == "block", "it is known: {}", reply.body);
        answered.push(done - began);
        let size = house.number("SELECT size FROM ledger_head").await;
        wait_for_checkpoint(&messenger, size, done).await;
        lags.push(done.elapsed());
    }
    house.close().await;
    (answered, lags)
}

async fn wait_for_checkpoint(anybody: &Visitor, size: i64, since: Instant) {
    loop {
        let reply = anybody.get("/log/checkpoint").await;
        let note = Note::read(reply.body.as_bytes()).ok();
        let shown = note.and_then(|note| Checkpoint::read(note.text()).ok()).map_or(0, |told| told.tree.size);
        if i64::try_from(shown).is_ok_and(|shown| shown >= size) {
            return;
        }
        assert!(since.elapsed() < PATIENCE, "no checkpoint of {size} entries came, the newest has {shown}");
        tokio::time::sleep(PAUSE).await;
    }
}

fn form(number: usize, picture: &[u8]) -> Form {
    let context: Value = json!({
        "surface": "public_channel", "service": "load", "account": { "id": format!("a{number}") },
        "conversation": { "id": format!("c{number}"), "kind": "channel" }, "message_id": format!("m{number}"),
    });
    Form::new()
        .part("context", Part::text(context.to_string()))
        .part("media", Part::bytes(picture.to_vec()).file_name("x"))
}

/// The same small change, in turns: committed with a ledger entry, and without. Both medians.
async fn commits(turns: usize) -> anyhow::Result<(Duration, Duration)> {
    let data = tempfile::tempdir()?;
    let store = Store::open(&StoreSettings { database: None, data: data.path().to_owned() }).await?;
    let details = Details::new(&Caller::operator(), "submission.recorded", "submission:1", Moment(1))
        .with(json!({ "surface": "public_channel", "verdict": "review", "incident": 1 }));
    let day = DayCount {
        surface: Surface::PublicChannel,
        day: "2026-11-22".to_owned(),
        tally: Tally { submitted: 1, ..Tally::default() },
    };
    let (mut with_entry, mut without) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        let began = Instant::now();
        let mut tx = store.begin().await?;
        tx.next_number("incident").await?;
        tx.commit(&details).await?;
        with_entry.push(began.elapsed());
        let began = Instant::now();
        let mut house = store.housekeeping().await?;
        counts::add(&mut house, &day).await?;
        house.commit().await?;
        without.push(began.elapsed());
    }
    Ok((quantile(&mut with_entry, 0.5), quantile(&mut without, 0.5)))
}

fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * share) as usize]
}
