//! The disclosure desk is killed over and over while an authority asks and people answer it; afterwards no request is missing,
//! none stands twice, and nothing left but by two people.
//!
//! What it is: the same rig as upload checks are killed with, an authority (`authority.rs`) that sends, takes back and fetches by its own
//! keys, and the people of the desk (`officers.rs`). After each death the data is looked at as it lies (`checks.rs`), and at the end
//! everything that was asked is answered. Deaths at named points: `points.rs`.
//!
//! Environment: as `kill.rs`.

mod at_once;
mod authority;
mod checks;
mod officers;
mod order;
mod points;

use std::time::{Duration, Instant};

use vigie_synth::Random;
use vigie_testkit::Database;

use super::number;
use super::rig::Rig;
use authority::Authority;
use checks::Checks;
use officers::Officers;

/// The shortest and the longest time from the start of the work to the kill, in milliseconds.
const LIVES: (usize, usize) = (5, 500);

/// Of so many runs, one is killed before it is ready.
const STILLBORN: usize = 10;

/// How many requests are new in each run, at most.
const NEW: u64 = 2;

/// How long the last answers may take before the test gives up on them.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_kills_of_the_disclosure_desk_lose_no_request_on_sqlite() {
    survive(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_kills_of_the_disclosure_desk_lose_no_request_on_postgres() {
    let test = "heavy_kills_of_the_disclosure_desk_lose_no_request_on_postgres";
    let Some(database) = Database::postgres(test).await else { return };
    survive(database).await;
}

/// Everybody, and what is known of them.
struct Desk {
    rig: Rig,
    officers: Officers,
    authority: Authority,
    checks: Checks,
}

impl Desk {
    async fn open(database: Database, seed: u64) -> Self {
        let rig = Rig::start(database, seed).await;
        let authority = Authority::of(&rig).await;
        let officers = Officers::meet(&rig, authority.keys()).await;
        Self { rig, officers, authority, checks: Checks::default() }
    }

    async fn check(&mut self, when: &str) {
        let checked = self.checks.after_a_kill(&self.rig, &self.authority).await;
        checked.unwrap_or_else(|fault| panic!("{when}: {fault}"));
    }

    /// Nobody kills: what was asked is answered, and then all of it is true.
    async fn rest(mut self) {
        self.rig.let_claims_lapse().await;
        let service = self.rig.serve();
        let began = Instant::now();
        loop {
            self.officers.work(&self.rig).await;
            let left = self.authority.ask_for_the_rest(&service.address()).await;
            if left == 0 {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{left} requests are not answered");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        while checks::under_way(&self.rig).await > 0 {
            assert!(began.elapsed() < PATIENCE, "jobs are still under way");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(service.interrupt(), Some(0));
        self.check("at the end").await;
        let ended = self.checks.at_the_end(&self.rig, &self.authority).await;
        ended.unwrap_or_else(|fault| panic!("at the end: {fault}"));
        println!("{}", self.authority.summary());
        self.rig.close().await;
    }
}

async fn survive(database: Database) {
    let runs = number("VIGIE_KILL_RUNS").unwrap_or(24);
    let seed = number("VIGIE_KILL_SEED").unwrap_or(1) as u64;
    println!("{runs} runs, VIGIE_KILL_SEED={seed}");
    let mut desk = Desk::open(database, seed).await;
    let mut random = Random::named(seed, "kills of the desk");
    for run in 0..runs {
        let life = Duration::from_millis((LIVES.0 + random.below(LIVES.1 - LIVES.0 + 1)) as u64);
        desk.rig.let_claims_lapse().await;
        if random.below(STILLBORN) == 0 {
            desk.rig.kill_while_starting(life);
        } else {
            desk.officers.work(&desk.rig).await;
            let service = desk.rig.serve();
            let calling = desk.authority.call(&service.address(), NEW, random.draw());
            let (_, ()) = tokio::join!(tokio::time::sleep(life), desk.officers.work(&desk.rig));
            service.kill();
            desk.authority.await_end(calling).await;
        }
        desk.check(&format!("after run {run} of VIGIE_KILL_SEED={seed}")).await;
    }
    desk.rest().await;
}
