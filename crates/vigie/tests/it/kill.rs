//! The service is killed over and over while messengers ask and people decide; afterwards nothing is missing and nothing
//! was done twice.
//!
//! What it is: the real binary as a child that dies by SIGKILL at random moments, and this test as everything that
//! survives it: the messenger (`rig.rs`), its upload checks (`clients.rs`), the people who decide (`people.rs`). After each
//! death the data is looked at as it lies (`checks.rs`). What it is not: a power cut. What the kernel took in survives here;
//! that it reaches the disk is the business of the settings that `vigie-store` asserts on every connection.
//!
//! The disclosure desk is killed likewise, in `desk.rs`: an authority sends and fetches, and people answer it.
//!
//! The runs of one night: `cargo xtask soak`. Environment: `VIGIE_KILL_RUNS` says how often, `VIGIE_KILL_SEED` when.

mod checks;
mod clients;
mod desk;
mod full;
pub(crate) mod people;
mod points;
mod rig;

use std::time::{Duration, Instant};

use vigie_synth::Random;
use vigie_testkit::Database;

use checks::Checks;
use clients::Clients;
use people::People;
use rig::Rig;

/// The shortest and the longest time from the start of the work to the kill, in milliseconds.
const LIVES: (usize, usize) = (5, 500);

/// Of so many runs, one is killed before it is ready.
const STILLBORN: usize = 10;

/// How long the last actions may take before the test gives up on them.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_two_hundred_kills_on_sqlite_lose_nothing_and_do_nothing_twice() {
    survive(Database::sqlite(), number("VIGIE_KILL_RUNS").unwrap_or(200)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_kills_on_postgres_lose_nothing_and_do_nothing_twice() {
    let test = "heavy_kills_on_postgres_lose_nothing_and_do_nothing_twice";
    let Some(database) = Database::postgres(test).await else { return };
    survive(database, number("VIGIE_KILL_RUNS").unwrap_or(100)).await;
}

/// A number from the environment: how often and when to kill is the choice of who runs the test.
fn number(name: &str) -> Option<usize> {
    let value = std::env::var_os(name)?;
    Some(value.to_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{name} is no number")))
}

async fn survive(database: Database, runs: usize) {
    let began = Instant::now();
    let seed = number("VIGIE_KILL_SEED").unwrap_or(1) as u64;
    println!("{runs} runs, VIGIE_KILL_SEED={seed}");
    let rig = Rig::start(database, seed).await;
    let mut people = People::meet(&rig).await;
    let clients = Clients::of(&rig, &people).await;
    let mut checks = Checks::default();
    let mut random = Random::named(seed, "kills");
    for run in 0..runs {
        let life = Duration::from_millis((LIVES.0 + random.below(LIVES.1 - LIVES.0 + 1)) as u64);
        rig.let_claims_lapse().await;
        if random.below(STILLBORN) == 0 {
            rig.kill_while_starting(life);
        } else {
            people.decide(&rig, &mut random).await;
            let service = rig.serve();
            let asking = clients.ask(&service.address(), random.draw());
            let (_, ()) = tokio::join!(tokio::time::sleep(life), people.decide(&rig, &mut random));
            service.kill();
            clients.await_end(asking).await;
        }
        checks.after_a_kill(&rig, &clients, &people).await.unwrap_or_else(|fault| {
            panic!("after run {run} of VIGIE_KILL_SEED={seed}: {fault}");
        });
    }
    rest(&rig, &clients, &people, &mut checks).await;
    println!("{} in {:.0?}", checks.summary(&rig, &clients, &people), began.elapsed());
    rig.close().await;
}

/// The outside behaves, nobody kills: what is open is asked again, what was ordered is done, and then all of it is true.
async fn rest(rig: &Rig, clients: &Clients, people: &People, checks: &mut Checks) {
    rig.behave();
    rig.let_claims_lapse().await;
    let service = rig.serve();
    clients.ask_again(&service.address()).await;
    let began = Instant::now();
    while checks::under_way(rig).await > 0 {
        assert!(began.elapsed() < PATIENCE, "{} actions are still under way", checks::under_way(rig).await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(service.interrupt(), Some(0));
    let ended = checks.after_a_kill(rig, clients, people).await;
    ended
        .and(checks.at_the_end(rig, clients, people).await)
        .unwrap_or_else(|fault| panic!("at the end: {fault}"));
}
