//! The disk is full for a while: who asks is told so, nothing that was acknowledged is lost, and when there is room again the
//! service goes on by itself.
//!
//! A disk of a size needs root; a limit on the size of every file does not, and is met at the same lines.

use std::process::Command;

use vigie_synth::Random;
use vigie_testkit::Database;

use super::checks::Checks;
use super::clients::Clients;
use super::people::People;
use super::rest;
use super::rig::Rig;

/// Questions before, while and after the disk is full.
const QUESTIONS: u64 = 12;

/// Room for sealed media and for no commit, and then for neither.
const NO_ROOM: [&str; 2] = ["65536", "4096"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_named_loses_nothing_and_is_got_over() {
    let rig = Rig::start(Database::sqlite(), 1).await;
    let people = People::meet(&rig).await;
    let clients = Clients::of(&rig, &people).await;
    let mut checks = Checks::default();
    let mut random = Random::named(1, "full disk");
    let service = rig.serve_past_limits();
    let address = service.address();
    assert_eq!(clients.ask_some(&address, QUESTIONS, &mut random).await, 0);

    for room in NO_ROOM {
        limit(service.id(), room);
        let refused = clients.ask_some(&address, QUESTIONS, &mut random).await;
        assert!(refused > 0, "nothing was refused although nothing can be written");
        checks.after_a_kill(&rig, &clients, &people).await.unwrap();

        limit(service.id(), "unlimited");
        assert_eq!(clients.ask_some(&address, QUESTIONS, &mut random).await, 0, "there is room again");
        checks.after_a_kill(&rig, &clients, &people).await.unwrap();
    }
    assert_eq!(service.interrupt(), Some(0));
    rest(&rig, &clients, &people, &mut checks).await;
    rig.close().await;
}

/// No file of the process grows beyond so many bytes.
fn limit(process: u32, bytes: &str) {
    let mut prlimit = Command::new("prlimit");
    prlimit.args(["--pid", &process.to_string(), &format!("--fsize={bytes}:unlimited")]);
    assert!(prlimit.status().is_ok_and(|status| status.success()), "prlimit of util-linux sets no limit");
}
