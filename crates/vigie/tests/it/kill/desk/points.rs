//! The service ends at each of its named points, again and again, and no request is lost, and nothing leaves that should not.

use std::time::{Duration, Instant};

use vigie_synth::Random;
use vigie_testkit::Database;

use super::{Desk, number};

/// Around every commit of a request's way.
const POINTS: &[&str] = &[
    "store-before-commit",
    "store-after-commit",
    "vault-after-rename",
    "request-before-answer",
    "request-before-validating",
    "request-before-taking-back",
    "request-after-taking-back",
    "staging-before-row",
    "package-before-row",
    "package-before-destroying",
    "package-before-giving",
];

/// How often a point is passed before the service ends there; the second alone in a longer run.
const PASSED: [usize; 2] = [1, 4];

/// How many requests are new at each point, at most.
const NEW: u64 = 6;

/// How long the service may take to come to a point before the test says that there is none.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_an_end_of_the_disclosure_desk_at_every_named_point_loses_no_request_on_sqlite() {
    survive(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_an_end_of_the_disclosure_desk_at_every_named_point_loses_no_request_on_postgres() {
    let test = "heavy_an_end_of_the_disclosure_desk_at_every_named_point_loses_no_request_on_postgres";
    let Some(database) = Database::postgres(test).await else { return };
    survive(database).await;
}

async fn survive(database: Database) {
    let mut desk = Desk::open(database, 1).await;
    let mut random = Random::named(1, "points of the desk");
    let rounds = number("VIGIE_KILL_RUNS").map_or(1, |_| PASSED.len());
    for passed in PASSED.into_iter().take(rounds) {
        for point in POINTS {
            desk.rig.let_claims_lapse().await;
            desk.officers.work(&desk.rig).await;
            if let Some(mut service) = desk.rig.serve_with(&format!("{point}={passed}*off->panic")) {
                let calling = desk.authority.call(&service.address(), NEW, random.draw());
                let began = Instant::now();
                // People go on deciding: some points lie behind what they decide.
                while !tokio::task::block_in_place(|| service.ends_within(Duration::from_millis(50))) {
                    assert!(began.elapsed() < PATIENCE, "the service never came to {point}");
                    desk.officers.work(&desk.rig).await;
                }
                desk.authority.await_end(calling).await;
            }
            desk.check(&format!("after {point} was passed {passed} times")).await;
        }
    }
    desk.rest().await;
}
