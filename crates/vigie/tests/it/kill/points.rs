//! The service ends at each of its named points, again and again, and nothing is lost.
//!
//! A kill at a random moment seldom falls between two lines that follow each other closely; here it always does.

use std::time::Duration;

use vigie_synth::Random;
use vigie_testkit::Database;

use super::checks::Checks;
use super::clients::Clients;
use super::people::People;
use super::rest;
use super::rig::Rig;

/// Around every commit, acknowledgement and publishing: the first of its kind, and one when much is under way.
const POINTS: &[&str] = &[
    "store-before-commit",
    "store-after-commit",
    "vault-before-rename",
    "vault-after-rename",
    "submission-before-answer",
    "ledger-before-mark",
    "ledger-before-publish",
    "receipt-before-keeping",
];

/// How often a point is passed before the service ends there.
const PASSED: [usize; 2] = [1, 6];

/// How long the service may take to come to a point before the test says that there is none.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_an_end_at_every_named_point_loses_nothing_on_sqlite() {
    survive(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_an_end_at_every_named_point_loses_nothing_on_postgres() {
    let test = "heavy_an_end_at_every_named_point_loses_nothing_on_postgres";
    let Some(database) = Database::postgres(test).await else { return };
    survive(database).await;
}

async fn survive(database: Database) {
    let rig = Rig::start(database, 1).await;
    let mut people = People::meet(&rig).await;
    let clients = Clients::of(&rig, &people).await;
    let mut checks = Checks::default();
    let mut random = Random::named(1, "points");
    // Something to decide, so that there are receipts to keep.
    let service = rig.serve();
    let asking = clients.ask(&service.address(), random.draw());
    tokio::time::sleep(Duration::from_millis(500)).await;
    service.kill();
    clients.await_end(asking).await;
    for passed in PASSED {
        for point in POINTS {
            rig.let_claims_lapse().await;
            people.decide(&rig, &mut random).await;
            people.decide(&rig, &mut random).await;
            if let Some(mut service) = rig.serve_with(&format!("{point}={passed}*off->panic")) {
                let asking = clients.ask(&service.address(), random.draw());
                let ended = tokio::task::block_in_place(|| service.ends_within(PATIENCE));
                assert!(ended, "the service never came to {point}");
                clients.await_end(asking).await;
            }
            checks.after_a_kill(&rig, &clients, &people).await.unwrap_or_else(|fault| {
                panic!("after {point} was passed {passed} times: {fault}");
            });
        }
    }
    rest(&rig, &clients, &people, &mut checks).await;
    println!("{}", checks.summary(&rig, &clients, &people));
    rig.close().await;
}
