//! From the request to the sealed package, a stage at a time.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use vigie::clock::SystemClock;
use vigie_app::ledger::Published;
use vigie_model::Clock as _;
use vigie_model::disclosure::RequestState;
use vigie_model::id::RequestId;
use vigie_seal::package::{self, TrustedKeys};
use vigie_seal::pass::Pass;
use vigie_simulator::messenger::Session;

use crate::desk::Desk;

/// How often the way is gone; of all the turns the one in the middle counts.
const TURNS: u32 = 5;
/// Over how many days the connections are spread.
const DAYS: u32 = 60;

/// The stages of one turn with how long each took.
type Stages = Vec<(&'static str, Duration)>;

/// See the module.
pub(crate) async fn measure(sessions: u32, is_postgres: bool) -> anyhow::Result<Value> {
    let desk = Desk::open(is_postgres).await?;
    let account = desk.operation.accounts[0].id.clone();
    desk.messenger.connect(&account, connections(sessions));
    let resident_before = resident_megabytes("VmRSS")?;
    let mut turns = Vec::new();
    let mut last = None;
    for number in 0..TURNS {
        let (id, stages) = answered(&desk, number, &account.to_string()).await?;
        eprintln!("{stages:?}");
        turns.push(stages);
        last = Some(id);
    }
    let resident_peak = resident_megabytes("VmHWM")?;
    let id = last.context("there was no turn")?;
    let view = desk.house.app().request(&desk.officer, id).await?;
    let records: i64 = view.tasks.iter().filter_map(|task| task.records).sum();
    ensure!(records > i64::from(sessions), "only {records} records were taken");
    let (fetch, open, bytes) = taken_in(&desk, id, usize::try_from(records)?).await?;
    desk.close().await;
    turns.sort_by_key(total);
    let middle = &turns[turns.len() / 2];
    let milliseconds = |time: &Duration| time.as_secs_f64() * 1000.0;
    let stages: Vec<_> = middle.iter().map(|(name, took)| json!([name, milliseconds(took)])).collect();
    Ok(json!({
        "records": records,
        "stages": stages,
        "total_ms": milliseconds(&total(middle)),
        "slowest_ms": turns.last().map(|slowest| milliseconds(&total(slowest))),
        "fetch_ms": milliseconds(&fetch),
        "open_ms": milliseconds(&open),
        "package_bytes": bytes,
        "resident_before_mb": resident_before,
        "resident_peak_mb": resident_peak,
    }))
}

fn total(stages: &Stages) -> Duration {
    stages.iter().map(|(_, took)| *took).sum()
}

/// Evenly over the days before now, of addresses kept for documentation.
fn connections(count: u32) -> impl Iterator<Item = Session> {
    let (now, span) = (SystemClock.now(), Duration::from_secs(u64::from(DAYS - 1) * 24 * 3600));
    (0..count).map(move |number| Session {
        address: [203, 0, 113, u8::try_from(number % 250).unwrap_or(0)].into(),
        port: Some(u16::try_from(1024 + number % 60_000).unwrap_or(1024)),
        at: now.before(span / count * number + Duration::from_secs(60)),
    })
}

/// Leads one request from its arrival to the sealed package.
async fn answered(desk: &Desk, number: u32, account: &str) -> anyhow::Result<(RequestId, Stages)> {
    let (app, house) = (desk.house.app(), &desk.house);
    let mut stages = Stages::new();
    let mut began = Instant::now();
    let mut done = |name: &'static str| {
        stages.push((name, began.elapsed()));
        began = Instant::now();
    };
    let document = desk.signed(number, account, DAYS)?;
    let id = desk.submit(document).await?;
    done("handed in, signed");
    house.work().await;
    done("examined");
    app.accept_request(&desk.officer, id).await?;
    done("accepted");
    house.work().await;
    done("pulled, held to the grant, staged");
    let page = desk.browser.get(&format!("/requests/{id}/release")).await;
    ensure!(page.status == 200, "what would leave is not shown: {}", page.status);
    done("shown to who answers for it");
    let question = app.ask_release(&desk.officer, id, "found valid").await?;
    done("release asked");
    app.approve(&desk.releaser, question.id).await?;
    done("release agreed to");
    house.work().await;
    done("sealed");
    let state = app.request(&desk.officer, id).await?.request.state;
    ensure!(state == RequestState::Released, "it was not released: {state}");
    Ok((id, stages))
}

/// The authority fetches the package, verifies and opens it: how long both took, and how large it is.
async fn taken_in(desk: &Desk, id: RequestId, records: usize) -> anyhow::Result<(Duration, Duration, usize)> {
    let app = desk.house.app();
    while app.publish_ledger().await? == Published::More {}
    let call = desk.exchange.package_call(id);
    let pass = Pass::for_call(&call, SystemClock.now(), "0123456789abcdef0123".to_owned());
    let pass = pass.sign(&desk.signing)?;
    let began = Instant::now();
    let bytes = desk.exchange.package(id, &pass).await?;
    let fetch = began.elapsed();
    let log = app.ledger_verifier().await?;
    let origin = log.name().to_owned();
    let trusted = TrustedKeys { service: vec![app.disclosure_verifier()?], log: Some((log, origin)) };
    let began = Instant::now();
    let opened = package::open(&bytes, &desk.sealing, &trusted)?;
    let open = began.elapsed();
    ensure!(
        opened.verification.answers().iter().all(|(_, answer)| answer.is_yes()),
        "the package does not hold"
    );
    ensure!(opened.lines.len() == records, "{} of {records} records were in it", opened.lines.len());
    Ok((fetch, open, bytes.len()))
}

/// Of this process, with the messenger in it.
fn resident_megabytes(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).context("no memory is told")?;
    Ok(kilobytes.parse::<u64>()? / 1024)
}
